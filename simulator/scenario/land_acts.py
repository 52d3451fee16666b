"""Interventions on land and soil."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from simulator.problems import rule_broken
from simulator.scenario.acts import Act
from simulator.scenario.paths import Items, NonBlank, Share

Metal = Literal["As", "Cd", "Cr", "Cu", "Hg", "Ni", "Pb", "Zn"]
Content = Annotated[float, Field(ge=0, le=1e6)]

_HOW = "an id, 'district:NAME', 'zone:NAME', 'class:NAME' or 'all'"


def _parcel(value: object) -> object:
    named = isinstance(value, str) and value.startswith(("zone:", "district:", "class:"))
    if not named and value != "all" and type(value) is not int:
        raise rule_broken(f"a parcel is {_HOW}", "Give a list of these.")
    return value


Parcel = Annotated[int | str, BeforeValidator(_parcel)]


class OnParcels(Act):
    """Acts on parcels."""

    parcels: Items[Parcel] = Field(
        min_length=1,
        description="a list of parcel ids, 'district:NAME', 'zone:NAME', 'class:NAME' or 'all'",
    )


class OnSoil(OnParcels):
    """Acts on the soil of parcels, everywhere or where there is much of a metal."""

    above: dict[Metal, Content] = Field(
        default_factory=dict,
        description="only cells whose topsoil has more than this at the start, in any of the "
        "metals named [mg kg-1]",
    )


class Protect(OnParcels):
    """Parcels are protected from being built on."""

    kind: Literal["protect"] = Field(description="the kind of intervention")


class RedLine(Act):
    """The best farmland and nature are protected from being built on."""

    kind: Literal["red_line"] = Field(description="the kind of intervention")
    share: Share = Field(
        description="the share of the area of farmland, and of forest and grassland [-]"
    )


class GreenBelt(Act):
    """Land around the towns is kept open."""

    kind: Literal["green_belt"] = Field(description="the kind of intervention")
    width_m: float = Field(gt=0, le=100_000, description="the width of the belt [m]")
    distance_m: float = Field(
        default=0.0,
        ge=0,
        le=100_000,
        description="the distance from land built at the start at which the belt begins [m]",
    )


class CapBuilt(Act):
    """Towns grow no faster, or no further, than allowed."""

    kind: Literal["cap_built"] = Field(description="the kind of intervention")
    rate: float | None = Field(
        default=None, ge=0, le=0.5, description="the largest growth of the built area [yr-1]"
    )
    area_km2: float | None = Field(
        default=None, ge=0, le=1e7, description="the largest built area [km2]"
    )


class Unseal(OnParcels):
    """Sealed ground of built parcels is opened."""

    kind: Literal["unseal"] = Field(description="the kind of intervention")
    rate: Share = Field(description="the share of the sealed ground that is opened a year [yr-1]")
    floor: Share = Field(
        default=0.0, description="the sealed share of a parcel that is left in any case [-]"
    )


class RetainRunoff(OnParcels):
    """What runs off sealed ground is led into the soil beside it."""

    kind: Literal["retain_runoff"] = Field(description="the kind of intervention")
    share: Share = Field(description="the share of the runoff of sealed ground that is kept [-]")


class BuildingStandard(Act):
    """What is built on from the date on may be sealed less."""

    kind: Literal["building_standard"] = Field(description="the kind of intervention")
    max_impervious: float = Field(
        gt=0, le=1, description="the largest sealed share of parcels that are built on later [-]"
    )


class Lime(OnSoil):
    """Lime raises the pH of the topsoil."""

    kind: Literal["lime"] = Field(description="the kind of intervention")
    ph: float = Field(gt=0, le=4, description="the rise of the pH of limed topsoil")
    repeat_years: int | None = Field(
        default=None,
        ge=1,
        le=500,
        description="the years after which land is limed again; without it once",
    )


class Phytoextract(OnSoil):
    """Plants that take up much of a metal are grown and harvested."""

    kind: Literal["phytoextract"] = Field(description="the kind of intervention")
    plant: NonBlank = Field(
        default="Sedum plumbizincicola", description="a plant of hyperaccumulators.csv"
    )
    years: float | None = Field(
        default=None, gt=0, le=500, description="the years of growing it; without it to the end"
    )


class RemoveSoil(OnSoil):
    """Topsoil is dug off and replaced by clean soil."""

    kind: Literal["remove_soil"] = Field(description="the kind of intervention")
    depth_m: float = Field(gt=0, le=10, description="the depth of soil that is replaced [m]")
    content: dict[Metal, Content] = Field(
        default_factory=dict,
        description="the content of the clean soil by metal [mg kg-1]; the natural background of "
        "the place for those not named",
    )


def _capped(act: CapBuilt) -> CapBuilt:
    if act.rate is None and act.area_km2 is None:
        raise rule_broken(
            "a cap is on the growth, on the area or on both", "Set rate or area_km2, or both."
        )
    return act


LandAct = (
    Protect
    | RedLine
    | GreenBelt
    | Annotated[CapBuilt, AfterValidator(_capped)]
    | Unseal
    | RetainRunoff
    | BuildingStandard
    | Lime
    | Phytoextract
    | RemoveSoil
)
