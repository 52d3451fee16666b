"""Runoff: dissolved metal off open ground, and all that falls on sealed ground.

Where a scenario leads runoff of sealed ground into the soil, its metal comes back to the cell as an
input: what leaves by ``runoff_sealed`` is that less ``retained_runoff``. The water that it comes
with is not added to the percolation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.ledger import FALLING, Pathway
from simulator.physics import inputs, losses
from simulator.processes.base import Process
from simulator.schedule import Phase

if TYPE_CHECKING:
    from simulator.model import Simulation


class Runoff(Process):
    """Surface runoff of open ground takes a share of the soil solution's concentration.

    Sealed ground passes on what falls on it; interventions may keep a share of that in the soil.
    """

    phase = Phase.LOSSES
    settles = True
    reads = ("runoff_depth", "sealed_share")
    pathways = (
        Pathway("runoff", "Runoff of open ground", "loss", dissolved=True),
        Pathway("runoff_sealed", "Runoff of sealed ground", "bypass"),
        Pathway("retained_runoff", "Runoff kept in the soil", "input", origin=FALLING),
    )

    def setup(self, sim: Simulation) -> None:
        """Take the extraction coefficient and the slots of what falls on sealed ground."""
        super().setup(sim)
        self.contact = sim.parameters.value("general", process="runoff", parameter="extraction")
        falling = [sim.ledger.slot(p.name) for p in sim.ledger.pathways if p.falls]
        self.falling = np.array(falling, dtype=np.int64)
        self.retained = np.zeros(sim.state.n_cell)

    def begin_year(self, year: int) -> None:
        """Take the share of the runoff of sealed ground that stays in each cell."""
        passed = np.ones_like(self.retained)
        for intervention in self.sim.interventions:
            passed *= 1.0 - intervention.retained_share(year)
        self.retained = 1.0 - passed

    def book(self, start: int, stop: int) -> None:
        """Write the rate on open ground and the amounts of sealed ground."""
        losses.carrying_water(
            self.state.flat("runoff_depth").reshape(1, -1),
            self.contact,
            self.ledger.flux,
            self.ledger.slot("runoff"),
            start,
            stop,
        )
        inputs.sealed_part(
            self.falling,
            self.state.flat("open_ground"),
            self.state.flat("sealed_share"),
            self.retained,
            self.ledger.flux,
            self.ledger.slot("runoff_sealed"),
            self.ledger.slot("retained_runoff"),
            start,
            stop,
        )
