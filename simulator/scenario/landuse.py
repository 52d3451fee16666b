"""``[landuse]``: how much land is built on, along which path, and how densely."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from simulator.problems import rule_broken
from simulator.scenario.paths import Items, Point, RatePath, Table, interpolate_path, rising, unique

#: Classes of land that is neither built on nor water.
OpenClass = Literal["paddy", "dryland", "vegetable", "orchard", "forest", "grassland", "bare"]
UrbanPathName = Literal["trend", "compact", "sprawl", "polycentric", "ecological"]


class AreaPoint(Point):
    """The built area at a date."""

    area_km2: float = Field(gt=0, le=1e7, description="the built area at the date [km2]")

    @property
    def value(self) -> float:
        """The area. [km2]."""
        return self.area_km2


class PeoplePoint(Point):
    """The people at a date."""

    people: float = Field(gt=0, le=1e10, description="the people at the date")

    @property
    def value(self) -> float:
        """The people."""
        return self.people


class ChangePoint(Point):
    """A rate of change of an area at a date."""

    rate: float = Field(
        ge=-0.5, le=0.5, description="the change at the date, -0.01 = 1 % less [yr-1]"
    )

    @property
    def value(self) -> float:
        """The rate. [yr-1]."""
        return self.rate


AreaPath = Annotated[
    tuple[AreaPoint, ...], Field(strict=False, min_length=2), AfterValidator(rising)
]
PeoplePath = Annotated[
    tuple[PeoplePoint, ...], Field(strict=False, min_length=2), AfterValidator(rising)
]
ChangePath = Annotated[
    tuple[ChangePoint, ...], Field(strict=False, min_length=1), AfterValidator(rising)
]


class ClassDemand(Table):
    """Area of a class of open land over the years."""

    land_class: OpenClass = Field(description="a land class that is neither built nor water")
    path: ChangePath = Field(description="the change of its area, [{year, rate}, ...]")

    def rate(self, year: float) -> float:
        """Change of the area at a date. [yr-1]."""
        return interpolate_path(self.path, year)


def _unique_classes(demands: tuple[ClassDemand, ...]) -> tuple[ClassDemand, ...]:
    return unique(demands, [d.land_class for d in demands], "land class", "demand")


class _Demand(Table):
    classes: Annotated[Items[ClassDemand], AfterValidator(_unique_classes)] = Field(
        default=(), description="a list of {land_class, path}: areas of other classes"
    )


class RateDemand(_Demand):
    """Built area grows at the rates of ``built_growth``."""

    kind: Literal["rate"] = Field(default="rate", description="the kind of demand")


class _PastDemand(_Demand):
    history: AreaPath | None = Field(
        default=None,
        description="the built area of the past, [{year, area_km2}, ...]; without it that of the "
        "maps of the region",
    )


class TrendDemand(_PastDemand):
    """Built area goes on growing as in the past."""

    kind: Literal["trend"] = Field(description="the kind of demand")
    law: Literal["linear", "exponential"] = Field(
        default="linear", description="'linear': as much land a year; 'exponential': at a rate"
    )


class LogisticDemand(_PastDemand):
    """Built area grows ever more slowly toward a ceiling."""

    kind: Literal["logistic"] = Field(description="the kind of demand")
    ceiling_km2: float | None = Field(
        default=None,
        gt=0,
        le=1e7,
        description="the built area in the end [km2]; without it found from the past",
    )


class MarkovDemand(_PastDemand):
    """Open land is built on with the yearly chance of the past."""

    kind: Literal["markov"] = Field(description="the kind of demand")


class PopulationDemand(_Demand):
    """Built area follows the people and the land that each uses."""

    kind: Literal["population"] = Field(description="the kind of demand")
    population: PeoplePath = Field(description="the people, [{year, people}, ...]")
    elasticity: float = Field(
        default=1.0, ge=0, le=3, description="the growth of built area per growth of people [-]"
    )
    saturation_m2: float | None = Field(
        default=None,
        gt=0,
        le=1e5,
        description="the built area per head in the end [m2]; without it that of the start",
    )
    saturation_rate: float = Field(
        default=0.0, ge=0, le=1, description="the share of the gap to it that closes a year [yr-1]"
    )

    def people(self, year: float) -> float:
        """People at a date."""
        return interpolate_path(self.population, year)


class TableDemand(_Demand):
    """Built area is given."""

    kind: Literal["table"] = Field(description="the kind of demand")
    areas: AreaPath = Field(description="the built area, [{year, area_km2}, ...]")

    def area_km2(self, year: float) -> float:
        """Built area at a date. [km2]."""
        return interpolate_path(self.areas, year)


Demand = Annotated[
    RateDemand | TrendDemand | LogisticDemand | MarkovDemand | PopulationDemand | TableDemand,
    Field(discriminator="kind"),
]


class LandUse(Table):
    """``[landuse]``: how towns grow."""

    path: UrbanPathName = Field(
        default="trend",
        description="'trend', 'compact', 'sprawl', 'polycentric' or 'ecological': in what form "
        "towns grow",
    )
    built_growth: RatePath | None = Field(
        default=None,
        description="the growth of built-up area by conversion of parcels, [{year, rate}, ...]",
    )
    demand: Demand = Field(default=RateDemand(), description="the table [landuse.demand]")
    densification_rate: float = Field(
        ge=0, le=1, description="the logistic rate at which built parcels are sealed [yr-1]"
    )
    max_impervious_urban: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="the largest sealed share of urban parcels; without it that of the path",
    )
    max_impervious_industrial: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="the largest sealed share of industrial parcels; without it that of the path",
    )
    neighbourhood_distance_m: float = Field(
        ge=0,
        le=100_000,
        description="the distance from built parcels within which others may be built on [m]",
    )

    def growth_rate(self, year: float) -> float:
        """Growth of the built area at a date, 0 where no rates are given. [yr-1]."""
        return 0.0 if self.built_growth is None else interpolate_path(self.built_growth, year)

    def ceilings(self, urban: float, industrial: float) -> tuple[float, float]:
        """Ceilings of the sealed share: those of the scenario, else those of its path. [-].

        Parameters
        ----------
        urban, industrial : float
            What the path has.
        """
        own = self.max_impervious_urban, self.max_impervious_industrial
        return (urban if own[0] is None else own[0], industrial if own[1] is None else own[1])


def rates_given(landuse: LandUse) -> LandUse:
    """Refuse growth at rates without rates."""
    if landuse.demand.kind == "rate" and landuse.built_growth is None:
        raise rule_broken(
            "built area grows at the rates of built_growth, if not by another demand",
            "Set built_growth, or another kind in [landuse.demand].",
        )
    return landuse
