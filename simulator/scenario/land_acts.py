"""Interventions on land and soil."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from simulator.problems import rule_broken
from simulator.scenario.acts import Act
from simulator.scenario.paths import Items


def _parcel(value: object) -> object:
    named = isinstance(value, str) and value.startswith(("zone:", "district:"))
    if not named and type(value) is not int:
        raise rule_broken(
            "a parcel is an id, 'district:NAME' or 'zone:NAME'", "Give a list of these."
        )
    return value


Parcel = Annotated[int | str, BeforeValidator(_parcel)]


class Protect(Act):
    """Parcels are protected from being built on."""

    kind: Literal["protect"] = Field(description="the kind of intervention")
    parcels: Items[Parcel] = Field(
        min_length=1, description="a list of parcel ids, 'district:NAME' or 'zone:NAME'"
    )


LandAct = Protect
