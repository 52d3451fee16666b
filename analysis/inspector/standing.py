"""How a cell stands to its limit: over or under it, since when, and what moved it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.assessment.grades import overloaded
from analysis.assessment.warning import trend_window, years_beyond
from analysis.report.numbers import number, short
from simulator.constants import BUILT_CLASSES

Floats = NDArray[np.float64]

_BARE: Final = "bare"
_DIGITS: Final = 3
_MOST_DIGITS: Final = 7


@dataclass(frozen=True, eq=False)
class Course:
    """A metal in the control layer of a cell along the recorded years, and what its limit hangs on.

    Attributes
    ----------
    metal : str
        Symbol.
    years : tuple of int ``[year]``
        Recorded years, rising.
    content, limit : ndarray ``[year]``
        NaN where there is none. [mg kg-1]
    land : tuple of str ``[year]``
        Land class that counts; empty for none.
    ph : ndarray ``[year]``
    sealed : ndarray ``[year]``
        Share of the cell that is sealed. [-]
    """

    metal: str
    years: tuple[int, ...]
    content: Floats
    limit: Floats
    land: tuple[str, ...]
    ph: Floats
    sealed: Floats

    @property
    def over(self) -> NDArray[np.bool_]:
        """Where the content is at or above the limit, ``[year]``."""
        return overloaded(self.content, self.limit)


@dataclass(frozen=True)
class Site:
    """Ground that was cleared to be built on: it counts as bare land before it does as built land.

    Attributes
    ----------
    old_land : str
        Land class that counted before.
    since : int
        First recorded year in which it counts as bare.
    built : int or None
        First recorded year in which it counts as built land; None if none has come.
    """

    old_land: str
    since: int
    built: int | None


@dataclass(frozen=True)
class Turn:
    """A limit that moved between two recorded years and carried the cell across it.

    Attributes
    ----------
    year : int
        The later one.
    old_limit, limit : float
        Before and after; NaN for none. [mg kg-1]
    old_land, land : str
        Land class that counts, before and after.
    old_ph, ph : float
    site : Site or None
        Building site that begins or ends with it.
    """

    year: int
    old_limit: float
    limit: float
    old_land: str
    land: str
    old_ph: float
    ph: float
    site: Site | None


@dataclass(frozen=True)
class Standing:
    """How a cell stands to its limit at the beginning of a year.

    Attributes
    ----------
    metal : str
        Symbol.
    year : int
    content, limit : float
        NaN for no limit. [mg kg-1]
    limit_name : str
        Citation of the limit, or why there is none.
    over : bool
        Whether the content is at or above the limit.
    since : int or None
        First year of the unbroken spell at or above the limit up to ``year``.
    next_over : int or None
        First later recorded year at or above the limit, where it is not yet.
    under_since : int or None
        First year of the unbroken spell below the limit, where it was over it before.
    last_year : int
        Last recorded year.
    turn : Turn or None
        What carried the cell over its limit, or will, or brought it back under, if it was the limit
        that moved and not the content.
    trend : float
        Change of the content at the last recorded year; NaN where there is one year only.
        [mg kg-1 yr-1]
    years_beyond : float
        Years from the last recorded year until the limit is reached by the trend; inf for never.
    text : str
        Content, limit and since when in one line.
    """

    metal: str
    year: int
    content: float
    limit: float
    limit_name: str
    over: bool
    since: int | None
    next_over: int | None
    under_since: int | None
    last_year: int
    turn: Turn | None
    trend: float
    years_beyond: float
    text: str


def standing_of(course: Course, year: int, limit_name: str) -> Standing:
    """How a cell stands to its limit.

    Parameters
    ----------
    course : Course
    year : int
        One of its years.
    limit_name : str
        Citation of the limit of that year, or why there is none.
    """
    years, over = course.years, course.over
    i = years.index(year)
    spell = _spell(over, i)
    later = np.flatnonzero(over[i + 1 :]) + i + 1
    earlier = np.flatnonzero(over[:i])
    since = next_over = under_since = None
    crossing = 0
    if over[i]:
        crossing = spell
        since = years[spell]
    else:
        if earlier.size:
            crossing = int(earlier[-1]) + 1
            under_since = years[crossing]
        if later.size:
            crossing = int(later[0])
            next_over = years[crossing]
    trend, beyond = _outlook(course)
    content, limit = float(course.content[i]), float(course.limit[i])
    return Standing(
        course.metal, year, content, limit, limit_name, bool(over[i]), since, next_over,
        under_since, years[-1], turn_at(course, crossing), trend, beyond,
        _text(course.metal, year, content, limit, limit_name, since, next_over, years),
    )  # fmt: skip


def turn_at(course: Course, i: int) -> Turn | None:
    """What the limit did at a year at which the cell crossed it; None if the content did it.

    The limit did it if the content of the year would not have crossed that of the year before.
    """
    if i == 0:
        return None
    content, limit, old = course.content[i], course.limit[i], course.limit[i - 1]
    if bool(overloaded(content, old)) == bool(overloaded(content, limit)):
        return None
    return Turn(
        course.years[i], float(old), float(limit), course.land[i - 1], course.land[i],
        float(course.ph[i - 1]), float(course.ph[i]), site_at(course, i) or site_at(course, i - 1),
    )  # fmt: skip


def site_at(course: Course, i: int) -> Site | None:
    """Building site that a cell is in a year; None if it is none.

    It is bare land that was open land of another class before, was sealed in part as it became
    bare, and becomes built land, or is still bare in the last recorded year.
    """
    land, years = course.land, course.years
    if land[i] != _BARE:
        return None
    begin = next((k for k in range(i, 0, -1) if land[k - 1] != _BARE), 0)
    end = next((k for k in range(i, len(land)) if land[k] != _BARE), None)
    if begin == 0 or land[begin - 1] in BUILT_CLASSES:
        return None
    if course.sealed[begin] <= course.sealed[begin - 1]:
        return None
    if end is not None and land[end] not in BUILT_CLASSES:
        return None
    return Site(land[begin - 1], years[begin], None if end is None else years[end])


def amounts(content: float, limit: float) -> tuple[str, str]:
    """Content and limit in words, with enough digits to tell them apart.

    Examples
    --------
    >>> amounts(0.41234, 0.3), amounts(0.29996, 0.3)
    (('0.412', '0.3'), ('0.29996', '0.3'))
    """
    for digits in range(_DIGITS, _MOST_DIGITS + 1):
        left, right = number(content, digits), short(limit, digits)
        if content == limit or short(content, digits) != right:
            break
    return left, right


def _spell(over: NDArray[np.bool_], i: int) -> int:
    """First place of the unbroken spell up to a place."""
    below = np.flatnonzero(~over[: i + 1])
    return int(below[-1]) + 1 if below.size else 0


def _outlook(course: Course) -> tuple[float, float]:
    """Trend at the last recorded year, and years until it reaches the limit; of one year none."""
    years = list(course.years)
    if len(years) < 2:
        return math.nan, math.inf
    since, until = trend_window(years, years[-1])
    rise = course.content[years.index(until)] - course.content[years.index(since)]
    trend = np.asarray(rise / max(until - since, 1))
    return float(trend), float(years_beyond(course.limit[-1], course.content[-1], trend))


def _text(
    metal: str,
    year: int,
    content: float,
    limit: float,
    name: str,
    since: int | None,
    next_over: int | None,
    years: Sequence[int],
) -> str:
    if not np.isfinite(limit):
        return f"{number(content)} mg/kg {metal} in {year}: no limit ({name})"
    here, bound = amounts(content, limit)
    begin = f"{here} mg/kg {metal} in {year}:"
    if since is not None:
        how = "above" if content > limit else "at"
        when = f"from the start ({since})" if since == years[0] else f"since {since}"
        return f"{begin} {how} {bound} ({name}) {when}"
    if next_over is not None:
        return f"{begin} below {bound} ({name}) until {next_over}"
    far = f", not reached by {years[-1]}" if len(years) > 1 else ""
    return f"{begin} below {bound} ({name}){far}"
