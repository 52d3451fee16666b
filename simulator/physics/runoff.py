"""Surface runoff by the curve-number method.

Sources
-------
USDA Soil Conservation Service (1986): Urban hydrology for small watersheds. TR-55.
USDA NRCS (2004): National Engineering Handbook, part 630, chapters 9 and 10.
USDA Soil Conservation Service (1972): National Engineering Handbook, section 4 (NEH-4), table 4.2:
limits of antecedent rain.
Chow, V.T., Maidment, D.R. & Mays, L.W. (1988): Applied hydrology, eq. 5.5.7 and 5.5.8: curve
numbers of dry and wet soil.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Retention S = 25.4 mm (1000 / CN - 10) in its two parts. [m]
_RETENTION_SCALE: Final = 25.4
_RETENTION_OFFSET: Final = 0.254

#: Upper clay contents of the hydrologic groups A, B and C. [kg kg-1]
_GROUP_CLAY: Final = (0.10, 0.20, 0.40)

#: Least sand of group A. [kg kg-1]
_GROUP_A_SAND: Final = 0.90

#: Curve number of impervious ground.
IMPERVIOUS: Final = 98.0

#: Greatest share of impervious ground from which water may still seep away beside it. [-]
MAX_UNCONNECTED: Final = 0.30

#: Days before a storm whose rain decides on the moisture of the soil.
ANTECEDENT_DAYS: Final = 5

#: Rain of these days below which soil is dry and above which it is wet, in the dormant and in the
#: growing season: 0.5 and 1.1, 1.4 and 2.1 inches. [m]
DORMANT_LIMITS: Final = (0.0127, 0.02794)
GROWING_LIMITS: Final = (0.03556, 0.05334)


def retention(curve_number: ArrayLike) -> NDArray[np.float64]:
    """Potential maximum retention S after runoff begins. [m]

    Parameters
    ----------
    curve_number : array_like
        Curve number, above 0 and up to 100. [-]
    """
    return _RETENTION_SCALE / np.asarray(curve_number, dtype=np.float64) - _RETENTION_OFFSET


def daily_runoff(
    rain: ArrayLike, curve_number: ArrayLike, abstraction: float
) -> NDArray[np.float64]:
    """Runoff of a day.

    Parameters
    ----------
    rain : array_like
        Rain of the day. [m]
    curve_number : array_like
        [-]
    abstraction : float
        Initial abstraction as a fraction of the retention; 0.2 in the method. [-]

    Returns
    -------
    ndarray
        Runoff. [m]
    """
    s = retention(curve_number)
    excess = np.maximum(np.asarray(rain) - abstraction * s, 0.0)
    # the sum below is positive wherever there is any excess
    return excess * excess / np.where(excess > 0.0, excess + s, 1.0)


def antecedent_rain(rain: ArrayLike, days: int = ANTECEDENT_DAYS) -> NDArray[np.float64]:
    """Rain of the days before each day; before the record there was none. [m]

    Parameters
    ----------
    rain : array_like
        ``[day]``. [m]
    days : int
        How many days before count.
    """
    fallen = np.concatenate((np.zeros(days + 1), np.cumsum(rain)))
    return fallen[days:-1] - fallen[: -days - 1]


def antecedent_curve_number(
    curve_number: ArrayLike, antecedent: ArrayLike, growing: ArrayLike
) -> NDArray[np.float64]:
    """Curve number of dry, average or wet soil from that of average soil.

    Parameters
    ----------
    curve_number : array_like
        Of average antecedent moisture. [-]
    antecedent : array_like
        Rain of the five days before. [m]
    growing : array_like of bool
        Whether the day is in the growing season.

    Returns
    -------
    ndarray
        The arguments broadcast against each other. [-]
    """
    average = np.asarray(curve_number, dtype=np.float64)
    before, season = np.asarray(antecedent), np.asarray(growing)
    lower, upper = (
        np.where(season, g, d) for g, d in zip(GROWING_LIMITS, DORMANT_LIMITS, strict=True)
    )
    dry = 4.2 * average / (10.0 - 0.058 * average)
    wet = 23.0 * average / (10.0 + 0.13 * average)
    return np.where(before < lower, dry, np.where(before > upper, wet, average))


def composite_curve_number(
    pervious: ArrayLike, impervious_share: ArrayLike, unconnected: ArrayLike = 0.0
) -> NDArray[np.float64]:
    """Curve number of ground that is partly impervious (TR-55, figures 2-3 and 2-4).

    Parameters
    ----------
    pervious : array_like
        Curve number of the rest. [-]
    impervious_share : array_like
        Impervious part of the area. [-]
    unconnected : array_like
        Part of it that drains onto pervious ground; without effect where more than
        :data:`MAX_UNCONNECTED` of the area is impervious. [-]
    """
    rest = np.asarray(pervious, dtype=np.float64)
    share = np.asarray(impervious_share, dtype=np.float64)
    seeping = np.where(share <= MAX_UNCONNECTED, unconnected, 0.0)
    return rest + share * (IMPERVIOUS - rest) * (1.0 - 0.5 * seeping)


def daily_runoff_series(
    rain: ArrayLike,
    curve_number: ArrayLike,
    abstraction: float,
    growing: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Runoff of every day of a record.

    Parameters
    ----------
    rain : array_like
        ``[day]``. [m]
    curve_number : array_like
        Any shape. [-]
    abstraction : float
        Initial abstraction as a fraction of the retention; 0.2 in the method. [-]
    growing : array_like of bool, optional
        ``[day]``, whether the day is in the growing season. Given, the curve number follows the
        rain of the five days before; otherwise it is that of average moisture on every day.

    Returns
    -------
    ndarray
        ``[day, ...]`` with the shape of ``curve_number``. [m]
    """
    number = np.asarray(curve_number, dtype=np.float64)
    by_day = (-1,) + (1,) * number.ndim
    if growing is not None:
        before = np.reshape(antecedent_rain(rain), by_day)
        number = antecedent_curve_number(number, before, np.reshape(growing, by_day))
    return daily_runoff(np.reshape(rain, by_day), number, abstraction)


def hydrologic_group(clay: ArrayLike, sand: ArrayLike) -> NDArray[np.intp]:
    """Hydrologic soil group from texture.

    NEH 630, chapter 7: A below 10 % clay with more than 90 % sand, B 10-20 % clay, C 20-40 %,
    D above 40 %. Soils with little clay that are not sand are in B.

    Parameters
    ----------
    clay, sand : array_like
        [kg kg-1]

    Returns
    -------
    ndarray of int
        0, 1, 2, 3 for groups A, B, C, D.
    """
    clay = np.asarray(clay)
    group = np.searchsorted(_GROUP_CLAY, clay)
    return np.where((group == 0) & (np.asarray(sand) <= _GROUP_A_SAND), 1, group)
