"""What a simulation tells to whoever records it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.errors import RunError

if TYPE_CHECKING:
    from simulator.model import Simulation
    from simulator.record.cell_record import CellRecord


class Recorder:
    """Collects a run; the model calls it and knows nothing else of it."""

    def begin(self, sim: Simulation) -> None:
        """Before the first year: the initial state."""

    def record_year(self, sim: Simulation, year: int) -> None:
        """At the last instant of a year, its balance closed."""

    def finish(self, sim: Simulation) -> None:
        """After the last year."""

    def cell(self, row: int, col: int) -> CellRecord:
        """Everything recorded of one cell so far.

        Raises
        ------
        RunError
            If nothing is recorded.
        """
        raise RunError("the run is not recorded; give the simulation a ZarrRecorder")

    def close(self) -> None:
        """Let go of what it holds open, whether the run is finished or not."""


class NullRecorder(Recorder):
    """Records nothing."""
