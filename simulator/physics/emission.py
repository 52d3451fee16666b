"""Emission of point sources: activity times emission factor, with dates inside the year."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def operating_factor(
    year: float,
    start: float,
    stop: float,
    dates: Sequence[float],
    factors: Sequence[NDArray[np.float64]],
    n_metal: int,
) -> NDArray[np.float64]:
    """Mean over the year ``[year, year + 1)`` of what a source emits against its reference.

    Nothing before its opening and from its closing on; in between the product of the factors of
    all changes that have come into force.

    Parameters
    ----------
    year : float
        First moment of the year. [yr]
    start, stop : float
        Dates of opening and closing; ``-inf`` and ``inf`` for none. [yr]
    dates : sequence of float
        When changes come into force. [yr]
    factors : sequence of ndarray ``[metal]``
        What each change leaves of the emission. [-]
    n_metal : int
        Number of metals.

    Returns
    -------
    ndarray
        ``[metal]``. [-]
    """
    inside = {d for d in (start, stop, *dates) if year < d < year + 1.0}
    mean = np.zeros(n_metal)
    for begin, end in itertools.pairwise(sorted({year, year + 1.0, *inside})):
        if start <= begin < stop:
            factor = np.ones(n_metal)
            for date, left in zip(dates, factors, strict=True):
                if date <= begin:
                    factor = factor * left
            mean += (end - begin) * factor
    return mean


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
        Of :func:`operating_factor`. [-]

    Returns
    -------
    ndarray
        [kg yr-1]
    """
    return np.asarray(activity) * np.asarray(factor) * np.asarray(path) * np.asarray(operating)
