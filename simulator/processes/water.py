"""The water that moves metals: runoff and percolation of open ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulator.constants import LAND_CLASSES, WATER_CLASS
from simulator.physics import booking, land
from simulator.processes.base import Process
from simulator.schedule import Phase

if TYPE_CHECKING:
    from simulator.model import Simulation


class WaterBalance(Process):
    """Water of the region's soil columns by land class and soil, year by year of the record.

    The columns (:mod:`simulator.soil_water`) are solved once; cells take the mean of their open
    land. A run that is longer than the weather record goes through it again.
    """

    phase = Phase.WATER
    settles = True
    reads = ("open_share",)
    writes = ("percolation", "runoff_depth", "water_content")

    def setup(self, sim: Simulation) -> None:
        """Take the water of the classes and find out which land is tilled how deep."""
        super().setup(sim)
        self.water, self.soils = sim.soil_water
        depth = np.zeros(len(LAND_CLASSES))
        for i, name in enumerate(LAND_CLASSES):
            if name != WATER_CLASS:
                depth[i] = sim.parameters.value(
                    "vegetation", land_class=name, parameter="tillage_depth"
                )
        self.tilled = np.where(depth > 0.0, 1.0, 0.0)
        self.tilled_slices = sim.state.slices.above(float(depth.max()))
        self._mean_wetness = self._by_layer(self.water.wetness)
        self.begin_year(sim.year)

    def _by_layer(self, wetness: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean water content of layers, ``[year, layer, land_class, soil]``."""
        slices = self.state.slices
        weighted = wetness * slices.share[:, None, None]
        return np.add.reduceat(weighted, slices.first[:-1], axis=1)

    def begin_year(self, year: int) -> None:
        """Choose the year of the record and hand its exchange between slices to the ledger."""
        self.record_year = (year - self.sim.scenario.start) % self.water.years
        now = self.record_year
        self.ledger.exchange = booking.Exchange(
            self.water.ahead[now],
            self.water.behind[now],
            self.water.wetness[now],
            self.tilled,
            self.tilled_slices,
            self.soils.soil,
        )

    def book(self, start: int, stop: int) -> None:
        """Set percolation, runoff and water content of the cells."""
        state, now = self.state, self.record_year
        share, ground = state.flat("open_share"), state.flat("open_ground")
        for values, out in (
            (self.water.percolation[now], state.flat("percolation")),
            (self.water.runoff[now][None], state.flat("runoff_depth").reshape(1, -1)),
            (self._mean_wetness[now], state.flat("water_content")),
        ):
            land.class_mean(share, values, self.soils.soil, ground, out, start, stop)
