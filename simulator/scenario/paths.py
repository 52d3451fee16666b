"""Paths in time and the other words that the tables of a scenario are made of."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from simulator.problems import rule_broken

Share = Annotated[float, Field(ge=0, le=1)]
NonBlank = Annotated[str, Field(pattern=r"\S")]
T = TypeVar("T")
P = TypeVar("P", bound="Point")
#: A list; TOML's lists arrive as Python lists and are kept as tuples.
Items = Annotated[tuple[T, ...], Field(strict=False)]


def unique(
    items: tuple[T, ...], keys: Sequence[str], what: str, thing: str = "path"
) -> tuple[T, ...]:
    """Refuse a list that has two things for one key."""
    twice = sorted({k for k in keys if keys.count(k) > 1})
    if twice:
        raise rule_broken(
            f"each {what} has one {thing}, {', '.join(twice)} has more", f"Join or remove {thing}s."
        )
    return items


class Table(BaseModel):
    """A table of a scenario: frozen, and strict about keys and types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Point(Table):
    """A corner of a path in time."""

    year: float = Field(ge=1800, le=2500, description="the date of the corner, such as 2035")

    @property
    def value(self) -> float:
        """What the path has at the corner."""
        raise NotImplementedError


class FactorPoint(Point):
    """A factor on a reference value at a date."""

    factor: float = Field(ge=0, le=1000, description="the factor at the date, 1 = as now [-]")

    @property
    def value(self) -> float:
        """The factor. [-]."""
        return self.factor


class RatePoint(Point):
    """A rate of growth at a date."""

    rate: float = Field(ge=0, le=0.5, description="the growth at the date, 0.01 = 1 % [yr-1]")

    @property
    def value(self) -> float:
        """The rate. [yr-1]."""
        return self.rate


def rising(points: tuple[P, ...]) -> tuple[P, ...]:
    """Refuse points whose years do not rise."""
    years = [p.year for p in points]
    if any(b <= a for a, b in pairwise(years)):
        raise rule_broken("the years of a path rise", "Sort the points, one for each year.")
    return points


FactorPath = Annotated[
    tuple[FactorPoint, ...], Field(strict=False, min_length=1), AfterValidator(rising)
]
RatePath = Annotated[
    tuple[RatePoint, ...], Field(strict=False, min_length=1), AfterValidator(rising)
]


def interpolate_path(points: Sequence[Point], year: float) -> float:
    """Value of a path at a date: linear between its points, constant before and after them.

    Parameters
    ----------
    points : sequence of Point
        At least one, years rising.
    year : float
        Date. [yr]

    Returns
    -------
    float
        In the unit of the points.

    Examples
    --------
    >>> path = [FactorPoint(year=2020, factor=1.0), FactorPoint(year=2030, factor=0.5)]
    >>> interpolate_path(path, 2025)
    0.75
    >>> interpolate_path(path, 2050)
    0.5
    """
    if not points:
        raise ValueError("a path has at least one point")
    if year <= points[0].year:
        return points[0].value
    for before, after in pairwise(points):
        if year <= after.year:
            share = (year - before.year) / (after.year - before.year)
            return (1.0 - share) * before.value + share * after.value
    return points[-1].value
