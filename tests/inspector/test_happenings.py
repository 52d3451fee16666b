"""What happened in a run."""

from __future__ import annotations

from analysis.inspector.happenings import happenings
from simulator.record import RunFolder


def test_acts_openings_and_closings_are_told_with_their_years(acted: RunFolder) -> None:
    found = happenings(acted)
    told = {(h.kind, h.year) for h in found}
    emitting = acted.sources[(acted.sources["kg_per_yr"] > 0.0) & acted.sources["x"].notna()]
    spans = emitting.groupby("id")["year"].agg(["min", "max"])
    start, last = acted.manifest["start"], acted.recorded_until - 1
    opened = {("opens", int(y)) for y in spans["min"] if y > start}
    closed = {("closes", int(y) + 1) for y in spans["max"] if y < last}
    assert opened
    assert closed
    assert opened | closed <= told
    acts = acted.events[~acted.events["kind"].isin(("conversion", "shortfall"))]
    assert len(found) == len(acts) + sum(s > start for s in spans["min"]) + sum(
        s < last for s in spans["max"]
    )
    assert [h.year for h in found] == sorted(h.year for h in found)
