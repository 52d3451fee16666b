"""Emission of sources: activity times emission factor, with dates inside the year."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def combined_range(
    values: ArrayLike, lows: ArrayLike, highs: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Product of independent factors and its range.

    Deviations of the logarithms add in quadrature, upwards and downwards by themselves:
    ``ln(high / value) = sqrt(sum(ln(high_i / value_i)^2))``. This is the propagation of errors of a
    product (IPCC 2006 Guidelines, volume 1, equation 3.1) in the logarithms, since the ranges of
    emission factors are ratios. A factor that may be 0 lets the product be 0; where a value is 0
    the product is 0, and its high is the product of the highs.

    Parameters
    ----------
    values, lows, highs : array_like
        Factors and their ranges, ``[factor, ...]``; ``0 <= low <= value <= high``.

    Returns
    -------
    value, low, high : ndarray
        Of the product, ``[...]``.
    """
    value, low, high = (np.asarray(v, dtype=np.float64) for v in (values, lows, highs))
    product = value.prod(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        down = np.sqrt((np.log(value / low) ** 2).sum(axis=0))
        up = np.sqrt((np.log(high / value) ** 2).sum(axis=0))
        none = product == 0.0
        least = np.where(none | (low == 0.0).any(axis=0), 0.0, product * np.exp(-down))
        most = np.where(none, high.prod(axis=0), product * np.exp(up))
    return product, least, most


def weights_in_force(
    year: float,
    start: float,
    stop: float,
    dates: Sequence[float],
    factors: Sequence[NDArray[np.float64]],
    n_metal: int,
    switches: Sequence[float] = (),
) -> NDArray[np.float64]:
    """What a source emits over the year ``[year, year + 1)`` against its reference, by setting.

    A source has one setting (control, fuel, load) at a time; each switch puts the next in force.
    It emits nothing before its opening and from its closing on; in between the product of the
    factors of all changes that have come into force.

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
    switches : sequence of float
        When the second and further settings come into force, ascending. [yr]

    Returns
    -------
    ndarray
        Mean factor times the share of the year, ``[setting, metal]``; their sum over settings is
        the mean over the year. [-]
    """
    inside = {d for d in (start, stop, *dates, *switches) if year < d < year + 1.0}
    weights = np.zeros((len(switches) + 1, n_metal))
    for begin, end in itertools.pairwise(sorted({year, year + 1.0, *inside})):
        if start <= begin < stop:
            factor = np.ones(n_metal)
            for date, left in zip(dates, factors, strict=True):
                if date <= begin:
                    factor = factor * left
            weights[bisect_right(switches, begin)] += (end - begin) * factor
    return weights


def operating_factor(
    year: float,
    start: float,
    stop: float,
    dates: Sequence[float],
    factors: Sequence[NDArray[np.float64]],
    n_metal: int,
) -> NDArray[np.float64]:
    """Mean over a year of what a source of one setting emits against its reference.

    Parameters
    ----------
    year, start, stop, dates, factors, n_metal
        As for :func:`weights_in_force`.

    Returns
    -------
    ndarray
        ``[metal]``. [-]
    """
    return np.asarray(weights_in_force(year, start, stop, dates, factors, n_metal)[0])


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
