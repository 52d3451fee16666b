"""Erosion: metal that leaves with the soil, and what comes up as the surface falls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.constants import LAND_CLASSES, METALS, WATER_CLASS
from simulator.ledger import Pathway
from simulator.physics import erosion, land, losses
from simulator.processes.base import Process
from simulator.schedule import Phase

if TYPE_CHECKING:
    from simulator.model import Simulation


class Erosion(Process):
    """Soil loss by RUSLE times the content of the top layer and the enrichment of sediment.

    The layers keep their thickness below the falling surface: as much soil comes up from below, so
    that erosion of a soil alike in all depths changes nothing but by enrichment.
    """

    phase = Phase.LOSSES
    settles = True
    reads = ("stock", "open_share", "soil_mass")
    writes = ("soil_loss",)
    pathways = (
        Pathway("erosion", "Erosion", "loss"),
        Pathway("exhumation", "Soil from below", "upward", layered=True),
    )

    def setup(self, sim: Simulation) -> None:
        """Work out the soil loss of every land class in every cell."""
        super().setup(sim)
        p, region = sim.parameters, sim.region
        soil, mask = region.soil, region.soil_mask
        rain_factor = erosion.erosivity(region.daily["precip_mm"].to_numpy() / 1000.0)
        k = erosion.erodibility(soil.sand[0], soil.silt[0], soil.clay[0], soil.organic_matter[0])
        self.loss = np.zeros((len(LAND_CLASSES), sim.state.n_cell), dtype=np.float32)
        for c, cover_class in enumerate(LAND_CLASSES):
            if cover_class == WATER_CLASS:
                continue
            cover, practice, length = (
                p.value("land_classes", land_class=cover_class, parameter=name)
                for name in ("c_factor", "p_factor", "slope_length")
            )
            topography = erosion.topographic_factor(region.slope, length)
            loss = erosion.soil_loss(rain_factor, k, topography, cover, practice)
            self.loss[c] = np.where(mask, loss, 0.0).reshape(-1)
        self.enrichment = p.array("enrichment", "metal", METALS)
        self.background = region.background.reshape(*region.background.shape[:2], -1)

    def book(self, start: int, stop: int) -> None:
        """Set the soil loss and write erosion and what comes up."""
        state, ledger = self.state, self.ledger
        ground, mass, loss = (state.flat(k) for k in ("open_ground", "soil_mass", "soil_loss"))
        land.cell_mean(state.flat("open_share"), self.loss, ground, loss, start, stop)
        losses.erosion_rate(
            loss, mass, self.enrichment, ledger.flux, ledger.slot("erosion"), start, stop
        )
        losses.surface_lowering(
            state.flat("stock"),
            loss,
            mass,
            ground,
            self.background,
            ledger.flux,
            ledger.slot("exhumation"),
            start,
            stop,
        )
