"""The point sources of a region as agents, with their factors, dates and changes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from simulator.agents.emitter import date_or
from simulator.agents.point_source import PointSource
from simulator.region.source_changes import CONTROL, FUEL, LOAD

if TYPE_CHECKING:
    from simulator.model import Simulation


def point_sources(sim: Simulation) -> list[PointSource]:
    """Point sources of the region as agents, in the order of its table, their changes dated."""
    sources = [_source(sim, row) for row in sim.region.sources.to_dict("records")]
    by_id = {source.source_id: source for source in sources}
    for change in sim.region.source_changes.to_dict("records"):
        _apply(by_id[change["id"]], float(change["date"]), change["what"], change["value"])
    return sources


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


def _apply(source: PointSource, date: float, what: str, value: str) -> None:
    if what == LOAD:
        source.set_load(date, float(value))
    elif what == CONTROL:
        source.retrofit(date, value)
    elif what == FUEL:
        source.switch_fuel(date, value)
    else:
        source.switch_technology(date, value)
