"""Interventions on what is emitted and on what farms bring."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.scenario.acts import Act
from simulator.scenario.paths import Items, NonBlank, Share

#: A metal, or all that are not named.
Removed = Literal["As", "Cd", "Cr", "Cu", "Hg", "Ni", "Pb", "Zn", "all"]
#: Inputs that are not the sources' own; those follow from what sources emit.
InputPathway = Literal[
    "fertiliser", "manure", "pesticide", "irrigation", "straw_return", "deposition_background"
]


class Close(Act):
    """Sources are closed for good."""

    kind: Literal["close"] = Field(description="the kind of intervention")
    sources: Items[NonBlank] = Field(
        min_length=1, description="a list of source ids or 'sector:NAME'"
    )


class Retrofit(Act):
    """Sources get a control that takes away a share of what they emit."""

    kind: Literal["retrofit"] = Field(description="the kind of intervention")
    sources: Items[NonBlank] = Field(
        min_length=1, description="a list of source ids or 'sector:NAME'"
    )
    removal: dict[Removed, Share] = Field(
        min_length=1, description="the removed share by metal; 'all' for those not named"
    )


class ScaleInput(Act):
    """An input changes by a factor, at once or over some years."""

    kind: Literal["scale_input"] = Field(description="the kind of intervention")
    pathway: InputPathway = Field(description="the input that changes")
    factor: float = Field(ge=0, le=1000, description="the factor in the end [-]")


SourceAct = Close | Retrofit | ScaleInput
