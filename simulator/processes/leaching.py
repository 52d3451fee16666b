"""Leaching: dissolved metal that percolating water carries down, layer by layer, and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.constants import METALS
from simulator.ledger import Pathway
from simulator.physics import exchange
from simulator.physics.sorption import solution_coefficient
from simulator.processes.base import Process
from simulator.schedule import Phase

if TYPE_CHECKING:
    from simulator.model import Simulation

_COEFFICIENTS = ("p", "r_oc", "s_clay", "m_ph", "n")


class Leaching(Process):
    """Percolation times the concentration in the soil solution, ``c = A X^n``."""

    phase = Phase.LOSSES
    reads = ("stock", "percolation", "solution_coefficient", "soil_mass", "water_content")
    writes = ("solution_coefficient",)
    pathways = (Pathway("leaching", "Leaching", "downward", layered=True, dissolved=True),)

    def setup(self, sim: Simulation) -> None:
        """Derive ``A`` of every metal, layer and cell from pH, organic matter and clay."""
        super().setup(sim)
        self.update_sorption()
        thickness = sim.region.layer_thickness[:, None]
        self.pore_water = np.ascontiguousarray(sim.state.flat("water_content") * thickness)

    def update_sorption(self) -> None:
        """Set the sorption coefficient from the soil as it is now."""
        soil, state = self.sim.region.soil, self.state
        mask = self.sim.region.soil_mask
        for m, metal in enumerate(METALS):
            values = [
                self.sim.parameters.value("sorption", metal=metal, parameter=k)
                for k in _COEFFICIENTS
            ]
            a = solution_coefficient(state.ph, soil.organic_matter, soil.clay, *values)
            state.solution_coefficient[m] = np.where(mask, a, 0.0)

    def book(self, start: int, stop: int) -> None:
        """Write the rate of every layer."""
        dissolved_rate(self, "percolation", "leaching", start, stop)


def dissolved_rate(process: Process, water: str, pathway: str, start: int, stop: int) -> None:
    """Write the rates at which a water flux carries the metals of its layers off in solution."""
    state, ledger = process.state, process.ledger
    exchange.dissolved_rate(
        state.flat("stock"),
        state.flat("open_ground"),
        state.flat("soil_mass"),
        process.pore_water,  # type: ignore[attr-defined]
        state.flat("solution_coefficient"),
        ledger.exponent,
        state.flat(water).reshape(-1, state.n_cell),
        ledger.flux,
        ledger.slot(pathway),
        start,
        stop,
    )
