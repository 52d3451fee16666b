"""Crop uptake: metal that leaves with the harvest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.constants import LAND_CLASSES, METALS, WATER_CLASS
from simulator.ledger import Pathway
from simulator.physics import losses, uptake
from simulator.processes.base import Process
from simulator.schedule import Phase

if TYPE_CHECKING:
    from simulator.model import Simulation

_CROP = ("harvest", "dry_matter", "harvest_index", "straw_return")


class CropUptake(Process):
    """Harvest and removed residues times their content, by soil-plant transfer factors and pH."""

    phase = Phase.LOSSES
    settles = True
    reads = ("stock", "open_share", "soil_mass", "ph")
    pathways = (Pathway("crop_uptake", "Crop uptake", "loss", layered=True),)

    def setup(self, sim: Simulation) -> None:
        """Sum the crops of every land class and share their uptake among the layers."""
        super().setup(sim)
        p = sim.parameters
        self.coefficient = np.zeros((len(METALS), len(LAND_CLASSES)))
        land = [c for c in LAND_CLASSES if c != WATER_CLASS]
        for name in land:
            crops = p.keys("cropping", "crop", land_class=name)
            if crops:
                harvest, dry_matter, harvest_index, straw_return = (
                    p.array("yields", "crop", crops, parameter=k) for k in _CROP
                )
                bcf, straw_ratio = (
                    p.array("uptake", ("crop", "metal"), (crops, METALS), parameter=k)
                    for k in ("bcf", "straw_ratio")
                )
                self.coefficient[:, LAND_CLASSES.index(name)] = uptake.removal_coefficient(
                    p.array("cropping", "crop", crops, land_class=name),
                    harvest,
                    dry_matter,
                    harvest_index,
                    straw_return,
                    bcf,
                    straw_ratio,
                )
        # plants take metals where they take water, in the mean of years and soils
        water = sim.soil_water[0].uptake.mean(axis=(0, 3))
        self.root = water / np.maximum(water.sum(axis=0), np.finfo(float).tiny)
        reference = p.value("general", process="uptake", parameter="reference_ph")
        slope = p.array("uptake_ph", "metal", METALS)
        ph = sim.state.flat("ph")[0]
        self.acidity = uptake.ph_factor(ph, slope[:, None], reference).astype(np.float32)

    def book(self, start: int, stop: int) -> None:
        """Write the rate of every layer."""
        state = self.state
        losses.uptake_rate(
            state.flat("open_share"),
            self.coefficient,
            self.root,
            self.acidity,
            state.flat("open_ground"),
            state.flat("soil_mass"),
            self.ledger.flux,
            self.ledger.slot("crop_uptake"),
            start,
            stop,
        )
