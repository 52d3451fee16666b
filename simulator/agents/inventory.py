"""The point sources of a region as agents, with their factors, dates and changes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from simulator.agents.emitter import date_or
from simulator.agents.interventions.sources import select_sources
from simulator.agents.moved_source import MovedSource
from simulator.agents.point_source import PointSource
from simulator.region.source_changes import LOAD
from simulator.scenario.source_acts import OUTSIDE, Relocate

if TYPE_CHECKING:
    from simulator.model import Simulation


def point_sources(sim: Simulation) -> list[PointSource]:
    """Point sources of the region as agents, in the order of its table, their changes dated.

    After them come those that the scenario moves, at the places where they move to.
    """
    sources = [_source(sim, row) for row in sim.region.sources.to_dict("records")]
    by_id = {source.source_id: source for source in sources}
    for change in sim.region.source_changes.to_dict("records"):
        what, value = change["what"], change["value"]
        fields: dict[str, Any] = {what: float(value) if what == LOAD else value}
        by_id[change["id"]].switch(float(change["date"]), **fields)
    moves = [a for a in sim.scenario.interventions if isinstance(a, Relocate) and a.to != OUTSIDE]
    moved = [MovedSource(s, act) for act in moves for s in select_sources(sources, act.sources)]
    return [*sources, *moved]


def _source(sim: Simulation, row: dict[Any, Any]) -> PointSource:
    return PointSource(
        sim,
        str(row["id"]),
        str(row["name"]),
        str(row["sector"]),
        str(row["control"]),
        (float(row["x"]), float(row["y"])),
        float(row["activity"]),
        str(row["activity_unit"]),
        str(row["technology"]),
        str(row["fuel"]),
        start=date_or(row["start_year"], -math.inf),
        stop=date_or(row["stop_year"], math.inf),
    )
