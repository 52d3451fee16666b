"""What every intervention of a scenario says: when, how strongly, who follows, what it costs."""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field

from simulator.scenario.paths import Share, Table

#: The key of a scenario that names policies.
POLICIES: Final = "policies"


class Cost(Table):
    """What an intervention costs at full reach, in money of the year 2020 without discount."""

    capital: float = Field(default=0.0, ge=0, description="spent once [million CNY]")
    yearly: float = Field(default=0.0, ge=0, description="spent each year [million CNY yr-1]")
    per_hectare: float = Field(
        default=0.0, ge=0, description="spent once on treated land [CNY ha-1]"
    )
    yearly_per_hectare: float = Field(
        default=0.0, ge=0, description="spent each year on treated land [CNY ha-1 yr-1]"
    )


class Act(Table):
    """Keys that all kinds of intervention have."""

    name: str = Field(default="", description="a name for the record")
    policy: str = Field(default="", description="the policy that it is part of")
    date: float = Field(description="the date in years, 2031.5 = middle of 2031")
    strength: Share = Field(default=1.0, description="the share of its aim, 0 = nothing [-]")
    compliance: Share = Field(default=1.0, description="the share that follows it [-]")
    ramp_years: float = Field(
        default=0.0, ge=0, le=500, description="the years until it has its full reach"
    )
    cost: Cost = Field(default=Cost(), description="the table cost")


def label_of(act: Any) -> str:
    """Name of an intervention in the record; kind and date where it was given none."""
    return act.name or f"{act.kind} {act.date:g}"
