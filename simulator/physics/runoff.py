"""Surface runoff by the curve-number method.

Sources
-------
USDA Soil Conservation Service (1986): Urban hydrology for small watersheds. TR-55.
USDA NRCS (2004): National Engineering Handbook, part 630, chapters 9 and 10.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

#: Retention S = 25.4 mm (1000 / CN - 10) in its two parts. [m]
_RETENTION_SCALE: Final = 25.4
_RETENTION_OFFSET: Final = 0.254

#: Upper clay contents of the hydrologic groups A, B and C. [kg kg-1]
_GROUP_CLAY: Final = (0.10, 0.20, 0.40)

#: Least sand of group A. [kg kg-1]
_GROUP_A_SAND: Final = 0.90


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


@njit(cache=True)
def _mean_runoff(
    rain: NDArray[np.float64], retentions: NDArray[np.float64], abstraction: float
) -> NDArray[np.float64]:
    total = np.zeros(retentions.size)
    for i in range(retentions.size):
        s = retentions[i]
        for d in range(rain.size):
            excess = rain[d] - abstraction * s
            if excess > 0.0:
                total[i] += excess * excess / (excess + s)
    return total / rain.size


def yearly_runoff(
    daily_rain: NDArray[np.float64],
    curve_number: ArrayLike,
    abstraction: float,
    days_per_year: float = 365.25,
) -> NDArray[np.float64]:
    """Mean yearly runoff of a record of daily rain.

    Parameters
    ----------
    daily_rain : ndarray
        One value a day, any number of days. [m]
    curve_number : array_like
        Any shape. [-]
    abstraction : float
        Initial abstraction as a fraction of the retention. [-]
    days_per_year : float
        Length of the year that the mean is scaled to. [d]

    Returns
    -------
    ndarray
        Runoff, shape of ``curve_number``. [m yr-1]
    """
    s = np.atleast_1d(retention(curve_number))
    mean = _mean_runoff(np.ascontiguousarray(daily_rain, dtype=np.float64), s.ravel(), abstraction)
    return days_per_year * mean.reshape(np.shape(curve_number))


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
