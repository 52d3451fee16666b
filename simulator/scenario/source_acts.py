"""Interventions on what is emitted and on what farms bring."""

from __future__ import annotations

import math
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from simulator.problems import rule_broken
from simulator.scenario.acts import Act
from simulator.scenario.paths import Items, NonBlank, Share

#: A metal, or all that are not named.
Named = Literal["As", "Cd", "Cr", "Cu", "Hg", "Ni", "Pb", "Zn", "all"]
Metal = Literal["As", "Cd", "Cr", "Cu", "Hg", "Ni", "Pb", "Zn"]
Factor = Annotated[float, Field(ge=0, le=1000)]
Amount = Annotated[float, Field(ge=0, le=1e12)]
#: Inputs that are materials with contents.
FarmInput = Literal["fertiliser", "manure", "pesticide", "irrigation"]
#: Inputs that are not the sources' own; those follow from what sources emit.
InputPathway = Literal[
    "fertiliser", "manure", "pesticide", "irrigation", "straw_return", "deposition_background"
]

#: Away from the region.
OUTSIDE: Final = "outside"


class OnSources(Act):
    """Acts on sources of emission."""

    sources: Items[NonBlank] = Field(
        min_length=1, description="a list of source ids, 'sector:NAME' or 'all'"
    )


class Close(OnSources):
    """Sources are closed for good."""

    kind: Literal["close"] = Field(description="the kind of intervention")


class Retrofit(OnSources):
    """Sources get a control: one of the tables, or one known by what it takes away."""

    kind: Literal["retrofit"] = Field(description="the kind of intervention")
    removal: dict[Named, Share] = Field(
        default_factory=dict,
        description="the removed share by metal; 'all' for those not named",
    )
    control: str = Field(
        default="", description="a control of the sector in the tables, in place of removal"
    )


class SwitchFuel(OnSources):
    """Sources burn another fuel."""

    kind: Literal["switch_fuel"] = Field(description="the kind of intervention")
    fuel: NonBlank = Field(description="a fuel of fuel_contents.csv")
    technology: str = Field(
        default="", description="a technology of release_fractions.csv; blank leaves it"
    )


def _place(value: Any) -> Any:
    if value == OUTSIDE:
        return value
    numbers = isinstance(value, list | tuple) and all(type(v) in (int, float) for v in value)
    if not numbers or len(value) != 2 or not all(map(math.isfinite, value)):
        raise rule_broken(
            "sources move to [x, y] in metres of the region's grid, or 'outside'",
            "Give two numbers, or 'outside'.",
        )
    return float(value[0]), float(value[1])


class Relocate(OnSources):
    """Sources move to another place, or away from the region."""

    kind: Literal["relocate"] = Field(description="the kind of intervention")
    name: NonBlank = Field(description="a name; sources at the new place are called ID@NAME")
    to: Annotated[tuple[float, float] | Literal["outside"], BeforeValidator(_place)] = Field(
        description="[x, y] in the region's CRS [m], or 'outside'"
    )


class CapLoad(OnSources):
    """What sources emit together stays below a load."""

    kind: Literal["cap_load"] = Field(description="the kind of intervention")
    cap: dict[Metal, Amount] = Field(
        min_length=1, description="the largest emission of all of them by metal [kg yr-1]"
    )


class CapActivity(OnSources):
    """Sources work less."""

    kind: Literal["cap_activity"] = Field(description="the kind of intervention")
    factor: Factor = Field(description="the largest activity against the inventory's [-]")


class ScaleInput(Act):
    """An input changes by a factor, at once or over some years."""

    kind: Literal["scale_input"] = Field(description="the kind of intervention")
    pathway: InputPathway = Field(description="the input that changes")
    factor: Factor | None = Field(default=None, description="the factor in the end [-]")
    factors: dict[Named, Factor] = Field(
        default_factory=dict,
        description="the factor by metal in place of factor; 'all' for those not named [-]",
    )


class LimitContent(Act):
    """Materials that farms bring have at most a content."""

    kind: Literal["limit_content"] = Field(description="the kind of intervention")
    pathway: FarmInput = Field(description="the input that the materials belong to")
    materials: Items[NonBlank] = Field(
        default=(), description="a list of its materials in farm_rates.csv; all without it"
    )
    limits: dict[Metal, Amount] = Field(
        min_length=1, description="the largest content, in the unit of material_contents.csv"
    )


def _one_way(act: Retrofit) -> Retrofit:
    if bool(act.removal) == bool(act.control.strip()):
        raise rule_broken(
            "a retrofit has either a control of the tables or the shares that it removes",
            "Set removal or control.",
        )
    return act


def _one_factor(act: ScaleInput) -> ScaleInput:
    if (act.factor is None) == (not act.factors):
        raise rule_broken(
            "an input is scaled by one factor or by factors of metals", "Set factor or factors."
        )
    return act


EmissionAct = (
    Close
    | Annotated[Retrofit, AfterValidator(_one_way)]
    | SwitchFuel
    | Relocate
    | CapLoad
    | CapActivity
)
SourceAct = EmissionAct | Annotated[ScaleInput, AfterValidator(_one_factor)] | LimitContent
