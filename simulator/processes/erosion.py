"""Erosion: metal that leaves with the soil, and what comes up as the surface falls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulator.constants import LAND_CLASSES, METALS, WATER_CLASS
from simulator.ledger import Pathway
from simulator.physics import erosion, flow_routing, land, losses
from simulator.processes.base import Process
from simulator.schedule import Phase

if TYPE_CHECKING:
    from simulator.model import Simulation

#: Practice factors of a land class by steepness, as they are called in ``land_classes``.
PRACTICE = ("p_factor_below_5", "p_factor_5_to_15", "p_factor_above_15")


class Erosion(Process):
    """Soil loss by RUSLE, the share of it that leaves the cell, and the enrichment of sediment.

    What does not leave comes to rest in the same cell and changes nothing. Slices keep their depth
    below the falling surface: as much soil as left rises through every face between them and from
    below the last, so that erosion of a soil alike in all depths changes nothing but by enrichment.
    """

    phase = Phase.LOSSES
    settles = True
    reads = ("stock", "slice_share", "open_share", "soil_mass")
    writes = ("soil_loss", "sediment_delivery")
    pathways = (
        Pathway("erosion", "Erosion", "loss"),
        Pathway("exhumation", "Soil from below", "upward", layered=True),
    )

    def setup(self, sim: Simulation) -> None:
        """Work out the soil loss of every land class in every cell, and what leaves the cell."""
        super().setup(sim)
        p, region = sim.parameters, sim.region
        self.loss = self._soil_loss()
        self.delivery = self._delivery()
        self.state.flat("sediment_delivery")[:] = self.delivery

        def value(name: str) -> float:
            return p.value("general", process="erosion", parameter=name)

        loss, power = value("enrichment_loss"), value("enrichment_exponent")
        # one class at a time: a large grid in double precision would not fit
        self.fines = np.empty_like(self.loss)
        for c in range(len(self.loss)):
            self.fines[c] = erosion.fines_lost(self.delivery * self.loss[c], loss, power)
        self.largest_enrichment = value("largest_enrichment")
        self.enrichment = p.array("enrichment", "metal", METALS)
        parent = region.background[:, -1].reshape(len(METALS), -1)
        self.background = np.ascontiguousarray(parent)

    def _soil_loss(self) -> NDArray[np.float32]:
        """Soil that erosion moves, ``[land_class, cell]``. [kg m-2 yr-1]"""
        p, region = self.sim.parameters, self.sim.region
        soil = region.soil
        rain_factor = erosion.erosivity(region.daily["precip_mm"].to_numpy() / 1000.0)
        k = erosion.erodibility(soil.sand[0], soil.silt[0], soil.clay[0], soil.organic_matter[0])
        longest = p.value("general", process="erosion", parameter="longest_slope")
        terrain = region.slope_length
        if terrain is None:
            terrain = flow_routing.slope_length(
                region.elevation, region.slope, region.grid.cell_size, longest
            )
        result = np.zeros((len(LAND_CLASSES), self.state.n_cell), dtype=np.float32)
        for c, cover_class in enumerate(LAND_CLASSES):
            if cover_class == WATER_CLASS:
                continue
            cover, field_length, *practice = (
                p.value("land_classes", land_class=cover_class, parameter=name)
                for name in ("c_factor", "slope_length", *PRACTICE)
            )
            loss = erosion.soil_loss(
                rain_factor,
                k,
                erosion.topographic_factor(region.slope, np.minimum(terrain, field_length)),
                cover,
                erosion.by_steepness(region.slope, practice),
            )
            result[c] = np.where(region.soil_mask, loss, 0.0).reshape(-1)
        return result

    def _delivery(self) -> NDArray[np.float64]:
        """Share of the soil that erosion moves that leaves the cell, ``[cell]``. [-]"""
        p, region = self.sim.parameters, self.sim.region

        def value(name: str) -> float:
            return p.value("general", process="erosion", parameter=name)

        largest = value("largest_delivery")
        mean = erosion.delivery_of_area(
            region.grid.cell_area, value("delivery_of_mile"), value("delivery_exponent"), largest
        )
        if region.connectivity is None:
            return np.full(self.state.n_cell, mean)
        index = np.where(region.soil_mask, region.connectivity, np.nan)
        spread = value("connectivity_spread")
        return erosion.delivery_of_connectivity(index, mean, spread, largest).reshape(-1)

    def book(self, start: int, stop: int) -> None:
        """Set the soil loss and write erosion and what comes up."""
        state, ledger = self.state, self.ledger
        share, ground, mass, loss = (
            state.flat(k) for k in ("open_share", "open_ground", "soil_mass", "soil_loss")
        )
        land.cell_mean(share, self.loss, ground, loss, start, stop)
        losses.erosion_rate(
            share,
            self.loss,
            self.delivery,
            self.fines,
            self.enrichment,
            self.largest_enrichment,
            ground,
            mass,
            ledger.flux,
            ledger.slot("erosion"),
            start,
            stop,
        )
        slices = state.slices
        losses.surface_lowering(
            state.flat("stock"),
            state.slice_share.reshape(*state.slice_share.shape[:2], -1),
            slices.first,
            slices.share,
            loss,
            self.delivery,
            mass,
            ground,
            self.background,
            ledger.rising,
            ledger.flux,
            ledger.slot("exhumation"),
            start,
            stop,
        )
