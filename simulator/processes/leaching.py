"""Leaching: dissolved metal that percolating water carries down, layer by layer, and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulator.constants import METALS
from simulator.ledger import Pathway
from simulator.physics import losses
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
        self.pore_water = pore_water(sim)

    def update_sorption(self) -> None:
        """Set the sorption coefficient from the soil as it is now."""
        soil, state = self.sim.region.soil, self.state
        mask = self.sim.region.soil_mask
        least = self.sim.parameters.value(
            "general", process="sorption", parameter="least_organic_matter"
        )
        organic_matter = np.maximum(soil.organic_matter, least)
        for m, metal in enumerate(METALS):
            values = [
                self.sim.parameters.value("sorption", metal=metal, parameter=k)
                for k in _COEFFICIENTS
            ]
            a = solution_coefficient(state.ph, organic_matter, soil.clay, *values)
            state.solution_coefficient[m] = np.where(mask, a, 0.0)

    def book(self, start: int, stop: int) -> None:
        """Write the rate of every layer."""
        book_dissolved(self, "percolation", "leaching", 1.0, self.pore_water, start, stop)


def pore_water(sim: Simulation) -> NDArray[np.float64]:
    """Water held in each layer at field capacity, ``[layer, cell]``. [m]."""
    thickness = sim.region.layer_thickness[:, None]
    return np.ascontiguousarray(sim.state.flat("water_content") * thickness)


def book_dissolved(
    process: Process,
    water: str,
    pathway: str,
    contact: float,
    pore_water: NDArray[np.float64],
    start: int,
    stop: int,
) -> None:
    """Write the rates at which a water flux carries the metals of its layers off in solution."""
    state, ledger = process.state, process.ledger
    losses.dissolved_rate(
        state.flat("stock"),
        state.flat("open_ground"),
        state.flat("soil_mass"),
        pore_water,
        state.flat("solution_coefficient"),
        ledger.exponent,
        state.flat(water).reshape(-1, state.n_cell),
        contact,
        ledger.flux,
        ledger.slot(pathway),
        start,
        stop,
    )
