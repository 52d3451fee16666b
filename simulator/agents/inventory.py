"""The emission inventory: point sources of a region with their factors, stacks and modes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from simulator.agents.point_source import PointSource
from simulator.constants import METALS

if TYPE_CHECKING:
    from simulator.model import Simulation

_SPECIES = ("HgP", "HgII", "Hg0")  # in the order of constants.MODES


def point_sources(sim: Simulation) -> list[PointSource]:
    """Point sources of the region as agents, in the order of its table."""
    return [_source(sim, row) for row in sim.region.sources.to_dict("records")]


def _source(sim: Simulation, row: dict[Any, Any]) -> PointSource:
    profile = {"sector": str(row["sector"]), "control": str(row["control"])}
    factors = {**profile, "activity_unit": str(row["activity_unit"])}
    return PointSource(
        sim,
        str(row["id"]),
        str(row["name"]),
        profile["sector"],
        profile["control"],
        (float(row["x"]), float(row["y"])),
        float(row["activity"]),
        sim.parameters.array("emission_profiles", "metal", METALS, **factors),
        sim.parameters.array("hg_speciation", "species", _SPECIES, **profile),
        start=_date(row["start_year"], -math.inf),
        stop=_date(row["stop_year"], math.inf),
    )


def _date(value: Any, otherwise: float) -> float:
    return otherwise if value is None or math.isnan(value) else float(value)
