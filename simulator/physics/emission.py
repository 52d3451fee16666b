"""Emission of point sources: activity times emission factor, with dates inside the year."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def year_share(start: ArrayLike, stop: ArrayLike, year: float) -> NDArray[np.float64]:
    """Share of the year ``[year, year + 1)`` that lies between two dates.

    Parameters
    ----------
    start, stop : array_like
        Dates as fractional years (2031.5 is mid-2031); ``-inf`` and ``inf`` for none. [yr]
    year : float
        First moment of the year. [yr]

    Returns
    -------
    ndarray
        0 to 1. [-]
    """
    begin = np.maximum(start, year)
    end = np.minimum(stop, year + 1.0)
    return np.clip(end - begin, 0.0, 1.0)


def emission_rate(
    activity: ArrayLike,
    factor: ArrayLike,
    path: ArrayLike,
    operating: ArrayLike,
) -> NDArray[np.float64]:
    """Emission of a year.

    Parameters
    ----------
    activity : array_like
        Activity of a full year of the reference, e.g. coal burnt. [activity unit yr-1]
    factor : array_like
        Emission factor behind the control. [kg per activity unit]
    path : array_like
        Activity of the year relative to the reference. [-]
    operating : array_like
        Share of the year in operation, of :func:`year_share`. [-]

    Returns
    -------
    ndarray
        [kg yr-1]
    """
    return np.asarray(activity) * np.asarray(factor) * np.asarray(path) * np.asarray(operating)


def retrofit_factor(removal: ArrayLike, date: ArrayLike, year: float) -> NDArray[np.float64]:
    """Mean factor of a year on an emission of which a control removes a share from a date on.

    Parameters
    ----------
    removal : array_like
        Share removed by the new control of what left the old one, 0 to 1. [-]
    date : array_like
        When it starts. [yr]
    year : float
        First moment of the year. [yr]

    Returns
    -------
    ndarray
        1 before, ``1 - removal`` after. [-]
    """
    return 1.0 - np.asarray(removal) * year_share(date, np.inf, year)
