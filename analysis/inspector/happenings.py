"""What happened in a run, for its timeline: what was done, what opened and what closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from analysis.inspector.stack import stacks
from simulator.record import RunFolder

#: Kinds of recorded events of every year: conversions and unmet demand are not told.
_EVERY_YEAR: Final = ("conversion", "shortfall")


@dataclass(frozen=True)
class Happening:
    """Something that happened in a year; ``kind`` is ``opens``, ``closes`` or that of the event."""

    year: int
    kind: str
    text: str


def happenings(run: RunFolder) -> list[Happening]:
    """Interventions, fits of the calibration, and point sources that open or close, by year.

    Parameters
    ----------
    run : RunFolder
        The run, finished or not; one sees what happened so far.
    """
    events = run.events[~run.events["kind"].isin(_EVERY_YEAR)]
    found = [
        Happening(int(date), str(kind), f"{date:g}: {kind} {what}")
        for date, kind, what in events[["date", "kind", "what"]].itertuples(index=False)
    ]
    start, last = int(run.manifest["start"]), run.recorded_until - 1
    for stack in stacks(run):
        if stack.first > start:
            found.append(Happening(stack.first, "opens", f"{stack.first}: {stack.name} opens"))
        if stack.last < last:
            end = stack.last + 1
            found.append(Happening(end, "closes", f"{end}: {stack.name} emits no more"))
    return sorted(found, key=lambda h: h.year)
