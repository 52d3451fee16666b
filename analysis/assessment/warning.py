"""When a limit is reached: within the run, and beyond its end by the trend; early warning."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Years over which a trend is taken.
WINDOW: Final = 10
#: Upper ends of the spans of the levels "within 10", "10-30" and "30-50 years". [yr]
SPANS: Final = (10.0, 30.0, 50.0)
#: Change over :data:`WINDOW` years, as a share of the limit, up to which a content is steady.
STEADY: Final = 0.01

_OVERLOADED: Final = len(SPANS) + 2


def trend_window(years: Sequence[int], year: int) -> tuple[int, int]:
    """Return the recorded years between which the trend at a year is taken.

    They are the year itself and the last recorded one at least a decade earlier, or the first of
    all where the run is younger. The first year of a run has no past: its trend is that of the
    decade that follows.

    Parameters
    ----------
    years : sequence of int
        Recorded years, rising.
    year : int
        One of them.
    """
    first, last = years[0], years[-1]
    if year == first:
        return first, min((y for y in years if y >= first + WINDOW), default=last)
    return max((y for y in years if y <= year - WINDOW), default=first), year


def next_exceedances(
    overloads: Iterable[tuple[int, NDArray[np.bool_]]], wanted: Collection[int]
) -> dict[int, NDArray[np.float32]]:
    """First recorded year at or above the limit, counted from each wanted year on.

    Parameters
    ----------
    overloads : iterable of (year, overloaded)
        Recorded years from the last to the first, and where the content is at or above the limit
        then, any shape.
    wanted : collection of int
        Years that are asked for.

    Returns
    -------
    dict of int to ndarray
        By wanted year, NaN where the limit is not reached before the end of the run.
    """
    found: dict[int, NDArray[np.float32]] = {}
    upcoming: NDArray[np.float32] | None = None
    for year, over in overloads:
        if upcoming is None:
            upcoming = np.full(over.shape, np.nan, dtype=np.float32)
        upcoming[over] = year
        if year in wanted:
            found[year] = upcoming.copy()
    return found


def years_beyond(limit: Floats, content: Floats, trend: Floats) -> Floats:
    """Years until the limit is reached when the content goes on along its trend. [yr].

    Parameters
    ----------
    limit, content : ndarray
        At the end of the run. [mg kg-1]
    trend : ndarray
        Of the content. [mg kg-1 yr-1]

    Returns
    -------
    ndarray
        ``(limit - content) / trend``; 0 at or above the limit; inf where the content does not rise;
        NaN where there is no content or no limit.
    """
    room = limit - content
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        years = np.where(trend > 0.0, room / trend, np.inf)
    years = np.where(room <= 0.0, 0.0, years)
    return np.where(np.isfinite(room), years, np.nan)


def years_left(year: int, last: int, exceedance: NDArray[np.floating], beyond: Floats) -> Floats:
    """Years from a year until the limit is reached, in the run or after its end. [yr].

    Parameters
    ----------
    year, last : int
        The year, and the last one of the run.
    exceedance : ndarray
        Of :func:`next_exceedances` for the year.
    beyond : ndarray
        Of :func:`years_beyond`.
    """
    return np.where(np.isfinite(exceedance), exceedance - year, last - year + beyond)


def warning_level(years: Floats) -> Floats:
    """Early-warning level of the years until the limit is reached.

    Returns
    -------
    ndarray
        5 overloaded (0 years), 4 within 10, 3 within 30, 2 within 50 years, 1 later or never; NaN
        where ``years`` is.
    """
    level = _OVERLOADED - 1.0 - np.digitize(years, SPANS, right=True)
    level = np.where(years <= 0.0, float(_OVERLOADED), level)
    return np.where(np.isnan(years), np.nan, level)


def direction(trend: Floats, limit: Floats) -> Floats:
    """Direction of the content: 1 falling, 2 steady, 3 rising; NaN where there is no limit.

    A content is steady while it changes by no more than 1 % of the limit in a decade.
    """
    change = trend * WINDOW / limit
    code = 2.0 + (change > STEADY) - (change < -STEADY)
    return np.where(np.isfinite(change), code, np.nan)
