"""The calendar: what happens when, as a list that can be printed, pickled and run by simpy.

A step of the model covers the half-open year ``[year, year + 1)``. Dated events fire at their
fractional date. The phases of a year run at its last instant, in the order of their numbers, with
everything that was dated inside the year behind them.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import simpy
from simpy.events import EventPriority

_FIRST: Final = -1_000_000  # before every priority


class Phase(enum.IntEnum):
    """Phases of a year; smaller numbers first."""

    POLICY = 0
    LAND_USE = 10
    EMISSION = 20
    DEPOSITION = 30
    AGRICULTURE = 35
    WATER = 40
    LOSSES = 50
    CALIBRATION = 60
    BALANCE = 70
    RECORD = 80


class YearState(enum.Enum):
    """Where the model stands within its year."""

    CLOSED = "closed"
    OPEN = "open"
    BROKEN = "left half done"


@dataclass(frozen=True)
class Entry:
    """One thing that will happen.

    Attributes
    ----------
    time : float
        Date in years, e.g. 2031.5.
    priority : int
        Order among entries of the same time, smaller first; then the order of entering.
    action : str
        Name of the action, resolved by whoever runs the calendar.
    arguments : dict
        Plain values handed to the action.
    """

    time: float
    priority: int
    action: str
    arguments: dict[str, Any] = field(default_factory=dict)


class _Dated(simpy.Event):
    """An event that has happened already when it is scheduled, as simpy's own timeouts are."""

    def __init__(self, env: simpy.Environment, entry: Entry) -> None:
        super().__init__(env)
        self.entry = entry
        self._ok = True
        self._value = None


class Calendar:
    """Entries to come and entries gone; simpy's environment is built from it and never stored.

    Parameters
    ----------
    start : int
        First year.
    """

    def __init__(self, start: int) -> None:
        self.now = float(start)
        self.pending: list[Entry] = []
        self.past: list[Entry] = []
        self._environment: simpy.Environment | None = None
        self._handler: Callable[[Entry], None] | None = None

    def add(self, time: float, priority: int, action: str, **arguments: Any) -> Entry:
        """Enter something to come.

        Raises
        ------
        ValueError
            If the time lies before now.
        """
        if not time >= self.now:
            raise ValueError(f"{action} is dated {time}, before now ({self.now})")
        entry = Entry(float(time), int(priority), action, arguments)
        self.pending.append(entry)
        if self._environment is not None:
            self._schedule(entry)
        return entry

    def add_years(self, first: int, last: int) -> None:
        """Enter the phases of the years ``first`` to ``last - 1``."""
        for year in range(first, last):
            for phase in Phase:
                self.add(last_instant(year), phase, "phase", phase=phase.name, year=year)

    def run(self, until: float, handler: Callable[[Entry], None]) -> None:
        """Let everything before ``until`` happen, each entry handed to ``handler``."""
        self._handler = handler
        self._run_to(until, _FIRST)
        self.now = float(until)

    def run_phases(self, year: int, before: Phase, handler: Callable[[Entry], None]) -> None:
        """Let everything of a year happen that comes before one of its phases."""
        self._handler = handler
        self._run_to(last_instant(year), before - 1)
        self.now = last_instant(year)

    def upcoming(self) -> Iterator[Entry]:
        """Entries to come, in the order in which they will happen."""
        return iter(sorted(self.pending, key=lambda e: (e.time, e.priority)))

    def _run_to(self, time: float, priority: int) -> None:
        # simpy's own run(until=time) lets entries of priority 0 at that time slip in before it
        env = self._start()
        stop = _Dated(env, Entry(time, priority, "stop"))
        env.schedule(stop, priority=EventPriority(priority), delay=time - env.now)
        try:
            env.run(until=stop)
        except BaseException:
            self._environment = None  # it holds a stop that would come too early next time
            raise

    def _start(self) -> simpy.Environment:
        if self._environment is None:
            self._environment = simpy.Environment(initial_time=self.now)
            for entry in self.pending:
                self._schedule(entry)
        return self._environment

    def _schedule(self, entry: Entry) -> None:
        env = self._environment
        assert env is not None
        event = _Dated(env, entry)
        event.callbacks.append(self._fire)
        env.schedule(event, priority=EventPriority(entry.priority), delay=entry.time - env.now)

    def _fire(self, event: simpy.Event) -> None:
        assert isinstance(event, _Dated)
        assert self._handler is not None
        self.now = event.entry.time
        self.pending.remove(event.entry)
        self.past.append(event.entry)
        self._handler(event.entry)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_environment": None, "_handler": None}


def last_instant(year: int) -> float:
    """Return the last representable date before the next year begins."""
    return math.nextafter(year + 1.0, -math.inf)
