"""Leaching: metal that water moves down between layers, and out of the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.constants import METALS
from simulator.ledger import Pathway
from simulator.physics.sorption import solution_coefficient
from simulator.processes.base import Process
from simulator.schedule import Phase

if TYPE_CHECKING:
    from simulator.model import Simulation

_COEFFICIENTS = ("p", "r_oc", "s_clay", "m_ph", "n")


class Leaching(Process):
    """Advection and dispersion of the soil solution, ``c = A X^n``.

    The balance solves them with the fluxes between slices that
    :class:`simulator.processes.water.WaterBalance` gives the ledger, so nothing is booked here.
    """

    phase = Phase.LOSSES
    settles = True
    writes = ("solution_coefficient",)
    pathways = (Pathway("leaching", "Leaching", "downward", layered=True),)

    def setup(self, sim: Simulation) -> None:
        """Derive ``A`` of every metal, layer and cell from pH, organic matter and clay."""
        super().setup(sim)
        self.update_sorption()

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
