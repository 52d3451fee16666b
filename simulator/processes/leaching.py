"""Leaching: metal that water moves down between layers, and out of the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulator.constants import METALS
from simulator.ledger import Pathway
from simulator.physics.sorption import solution_coefficient, submerged_factor
from simulator.processes.base import Process
from simulator.schedule import Phase

if TYPE_CHECKING:
    from simulator.model import Simulation

_COEFFICIENTS = ("p", "r_oc", "s_clay", "m_ph", "n")


class Leaching(Process):
    """Advection and dispersion of the soil solution, ``c = A X^n``.

    The top layer of land that is flooded has for that part of its percolation the solubility at the
    pH of submerged soil, by the land of the start. The coefficient follows the pH, which lime
    changes.

    The balance solves them with the fluxes between slices that
    :class:`simulator.processes.water.WaterBalance` gives the ledger, so nothing is booked here.
    """

    phase = Phase.LOSSES
    settles = True
    reads = ("open_share", "ph")
    writes = ("solution_coefficient",)
    pathways = (Pathway("leaching", "Leaching", "downward", layered=True),)

    def setup(self, sim: Simulation) -> None:
        """Derive ``A`` of every metal, layer and cell from pH, organic matter and clay."""
        super().setup(sim)
        self.flooded = self._flooded()
        self.update_sorption()

    def begin_year(self, year: int) -> None:
        """Follow the pH, if it is another than that of the coefficient."""
        if not np.array_equal(self.ph, self.state.ph):
            self.update_sorption()

    def update_sorption(self) -> None:
        """Set the sorption coefficient from the soil as it is now, as the calibration shifts it."""
        soil, state = self.sim.region.soil, self.state
        mask = self.sim.region.soil_mask
        least = self.sim.parameters.value(
            "general", process="sorption", parameter="least_organic_matter"
        )
        submerged = self.sim.parameters.value(
            "general", process="sorption", parameter="submerged_ph"
        )
        organic_matter = np.maximum(soil.organic_matter, least)
        self.ph = state.ph.copy()
        for m, metal in enumerate(METALS):
            values = [
                self.sim.parameters.value("sorption", metal=metal, parameter=k)
                for k in _COEFFICIENTS
            ]
            a = solution_coefficient(state.ph, organic_matter, soil.clay, *values)
            m_ph = values[_COEFFICIENTS.index("m_ph")]
            a[0] *= submerged_factor(state.ph[0], m_ph, submerged, self.flooded)
            a *= self.sim.adjustments.sorption[m]
            state.solution_coefficient[m] = np.where(mask, a, 0.0)

    def _flooded(self) -> NDArray[np.float64]:
        """Part of the percolation of open ground that comes from flooded land, ``[row, col]``."""
        state, (water, soils) = self.state, self.sim.soil_water
        part = water.flooded.mean(axis=0)[:, soils.soil]  # [land_class, cell]
        percolation = np.maximum(water.percolation[:, 0].mean(axis=0), 0.0)[:, soils.soil]
        through = state.flat("open_share") * percolation
        total = through.sum(axis=0)
        flooded = (through * part).sum(axis=0)
        mean = np.divide(flooded, total, out=np.zeros(state.n_cell), where=total > 0.0)
        return mean.reshape(state.shape)
