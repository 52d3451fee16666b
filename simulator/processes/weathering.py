"""Weathering: what the minerals of the soil release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.constants import METALS
from simulator.ledger import Pathway
from simulator.physics import inputs
from simulator.processes.base import Process
from simulator.schedule import Phase

if TYPE_CHECKING:
    from simulator.model import Simulation


class Weathering(Process):
    """A constant release by metal and soil, shared among the layers by their thickness."""

    phase = Phase.AGRICULTURE
    settles = True
    pathways = (Pathway("weathering", "Weathering", "input", layered=True),)

    def setup(self, sim: Simulation) -> None:
        """Share the release among the layers, and find what soil each cell has."""
        super().setup(sim)
        p, region = sim.parameters, sim.region
        release = p.array("weathering", "metal", METALS)
        thickness = region.layer_thickness
        self.rate = np.ascontiguousarray(np.outer(release, thickness / thickness.sum()))
        self.factor = np.ones(sim.state.n_cell)
        known = p.keys("weathering_soils", "soil")
        for code, name in region.soil_names.items():
            if name in known and region.soil_unit is not None:
                cells = region.soil_unit.reshape(-1) == code
                self.factor[cells] = p.value("weathering_soils", soil=name)

    def book(self, start: int, stop: int) -> None:
        """Write the release of every layer."""
        inputs.layer_supply(
            self.rate,
            self.factor,
            self.state.flat("open_ground"),
            self.ledger.flux,
            self.ledger.slot("weathering"),
            start,
            stop,
        )
