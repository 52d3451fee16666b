"""Runoff: dissolved metal off open ground, and all that falls on sealed ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.ledger import Pathway
from simulator.physics import exchange
from simulator.processes.base import Process
from simulator.processes.leaching import dissolved_rate
from simulator.schedule import Phase

if TYPE_CHECKING:
    from simulator.model import Simulation

_FALLING = ("deposition_dry", "deposition_wet", "deposition_background")


class Runoff(Process):
    """Surface runoff of open ground takes soil solution; sealed ground passes deposition on."""

    phase = Phase.LOSSES
    reads = ("stock", "runoff_depth", "solution_coefficient", "soil_mass", "sealed_share")
    pathways = (
        Pathway("runoff", "Runoff of open ground", "loss", dissolved=True),
        Pathway("runoff_sealed", "Runoff of sealed ground", "bypass"),
    )

    def setup(self, sim: Simulation) -> None:
        """Find the slots of what falls on sealed ground."""
        super().setup(sim)
        thickness = sim.region.layer_thickness[:, None]
        self.pore_water = np.ascontiguousarray(sim.state.flat("water_content") * thickness)
        self.falling = np.array([sim.ledger.slot(p) for p in _FALLING], dtype=np.int64)

    def book(self, start: int, stop: int) -> None:
        """Write the rate on open ground and the amount on sealed ground."""
        dissolved_rate(self, "runoff_depth", "runoff", start, stop)
        exchange.sealed_part(
            self.falling,
            self.state.flat("open_ground"),
            self.state.flat("sealed_share"),
            self.ledger.flux,
            self.ledger.slot("runoff_sealed"),
            start,
            stop,
        )
