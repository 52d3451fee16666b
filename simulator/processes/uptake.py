"""Crops and trees: metal that they take up, and what comes back with straw and litter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.constants import FARM_CLASSES, LAND_CLASSES, METALS, WATER_CLASS
from simulator.ledger import Pathway
from simulator.physics import losses, uptake
from simulator.physics.sorption import OM_PER_OC
from simulator.processes.base import Process
from simulator.schedule import Phase

if TYPE_CHECKING:
    from simulator.model import Simulation

#: Soil properties that uptake depends on, in the order of :func:`uptake.soil_factor`.
_PROPERTIES = ("ph", "organic_carbon", "clay")
#: Crops with relations of their own in ``uptake_soil.csv``; the rest have those of ``other crops``.
_OTHER_CROPS = "other crops"


class CropUptake(Process):
    """Harvest and residues times their content, by soil-plant relations.

    Uptake is booked gross. The straw that stays on the field is an input of its own, worked out
    from the soil at the start of the year.
    """

    phase = Phase.LOSSES
    settles = True
    reads = ("stock", "open_share", "soil_mass", "ph")
    pathways = (
        Pathway("crop_uptake", "Crop uptake", "loss", layered=True),
        Pathway("straw_return", "Straw return", "input", origin="crop_uptake"),
    )

    def setup(self, sim: Simulation) -> None:
        """Work out what every crop on every land class takes up from every soil."""
        super().setup(sim)
        p = sim.parameters
        stands = [
            (name, crop)
            for name in LAND_CLASSES
            if name != WATER_CLASS
            for crop in p.keys("cropping", "crop", land_class=name)
        ]
        crops = [crop for _, crop in stands]
        self.farmed = np.array([land_class in FARM_CLASSES for land_class, _ in stands])
        harvest, dry_matter, harvest_index, self.left = (
            p.array("yields", "crop", crops, parameter=k)
            for k in ("harvest", "dry_matter", "harvest_index", "straw_return")
        )
        bcf, straw_ratio = (
            p.array("uptake", ("crop", "metal"), (crops, METALS), parameter=k)
            for k in ("bcf", "straw_ratio")
        )
        share = [p.value("cropping", land_class=c, crop=crop) for c, crop in stands]
        taken, straw = uptake.stand_uptake(
            share, harvest, dry_matter, harvest_index, bcf, straw_ratio
        )
        self.straw = np.ascontiguousarray(straw.T)  #: share of the uptake in it [metal, stand]
        own = p.keys("uptake_soil", "crop")
        like = [crop if crop in own else _OTHER_CROPS for crop in crops]
        slope = np.stack(
            [
                p.array("uptake_soil", ("crop", "metal"), (like, METALS), parameter=k)
                for k in _PROPERTIES
            ],
            axis=-1,
        )
        soils, soil = _soils(sim)
        reference = [
            p.value("general", process="uptake", parameter=f"reference_{k}") for k in _PROPERTIES
        ]
        factor = uptake.soil_factor(soils, np.array(reference), slope[:, :, np.newaxis, :])
        content = p.value("general", process="uptake", parameter="reference_content")
        least = p.value("general", process="uptake", parameter="least_content")
        self.stands = uptake.Stands(
            np.array([LAND_CLASSES.index(c) for c, _ in stands]),
            np.ascontiguousarray(np.swapaxes(taken[:, :, np.newaxis] * factor, 0, 1)),
            p.array("uptake_soil", ("metal", "crop"), (METALS, like), parameter="content"),
            np.zeros_like(self.straw),
            content,
            least / content,
            soil,
            np.ascontiguousarray(slope[:, :, _PROPERTIES.index("ph")].T),
            np.ones(sim.state.n_cell),
        )
        self.ph = sim.state.flat("ph")[0].copy()  #: of ``coefficient`` [cell]
        # plants take metals where they take water, in the mean of years and soils
        water = sim.soil_water[0].uptake.mean(axis=(0, 3))
        self.root = water / np.maximum(water.sum(axis=0), np.finfo(float).tiny)

    def begin_year(self, year: int) -> None:
        """Take the share of the straw that stays this year, and the pH."""
        # what a path says of straw is so on fields; litter stays where it falls
        factor = np.where(self.farmed, self.sim.input_factor("straw_return", year)[:, None], 1.0)
        left = uptake.returned_share(self.left, factor)
        limed = 10.0 ** (self.state.flat("ph")[0] - self.ph)
        self.stands = self.stands._replace(returned=self.straw * left, limed=limed)

    def book(self, start: int, stop: int) -> None:
        """Write the rate of every layer and what comes back."""
        state, ledger = self.state, self.ledger
        losses.crop_uptake(
            state.flat("open_share"),
            self.stands,
            self.root,
            state.flat("stock"),
            state.flat("open_ground"),
            state.flat("soil_mass"),
            ledger.flux,
            ledger.slot("crop_uptake"),
            ledger.slot("straw_return"),
            start,
            stop,
        )


def _soils(sim: Simulation) -> tuple[np.ndarray, np.ndarray]:
    """Topsoils of the region, ``[soil, property]``, and that of each cell."""
    soil = sim.region.soil
    least = sim.parameters.value("general", process="sorption", parameter="least_organic_matter")
    carbon = np.fmax(soil.organic_matter[0], least) / OM_PER_OC
    columns = (sim.state.ph[0], carbon, soil.clay[0])
    table = np.stack([c.reshape(-1) for c in columns], axis=-1)
    # without soil nothing is open: any number will do
    table = np.where(sim.region.soil_mask.reshape(-1, 1), table, 1.0)
    soils, of_cell = np.unique(table, axis=0, return_inverse=True)
    return soils, of_cell.reshape(-1).astype(np.int64)
