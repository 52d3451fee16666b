"""What a simulation tells to whoever records it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.model import Simulation


class Recorder:
    """Collects a run; the model calls it and knows nothing else of it."""

    def begin(self, sim: Simulation) -> None:
        """Before the first year: the initial state."""

    def record_year(self, sim: Simulation, year: int) -> None:
        """At the last instant of a year, its balance closed."""

    def finish(self, sim: Simulation) -> None:
        """After the last year."""

    def close(self) -> None:
        """Let go of what it holds open, whether the run is finished or not."""


class NullRecorder(Recorder):
    """Records nothing."""
