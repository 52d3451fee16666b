"""Emission of sources: activity times emission factor, with dates inside the year."""

from __future__ import annotations

import itertools
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


def ramp_share(time: float, date: float, years: float) -> float:
    """Share of its way that a change has gone at a time: 0 before its date, 1 at the end. [-].

    Parameters
    ----------
    time, date : float
        The time, and when the change begins. [yr]
    years : float
        How long it takes; 0 for at once. [yr]
    """
    if time < date:
        return 0.0
    return 1.0 if time >= date + years else (time - date) / years


def year_nodes(
    year: float, start: float, stop: float, ramps: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Moments of the year ``[year, year + 1)`` that stand for what a source does in it.

    Between the dates at which something begins or ends, what a source emits is a product of ramps:
    constant, or a polynomial of the degree of the number of ramps under way. Gauss-Legendre nodes
    (Abramowitz & Stegun 1964, 25.4.30), n of which are exact to the degree 2 n - 1, make the sum
    over moments the mean over the year, exact but for rounding.

    Parameters
    ----------
    year : float
        First moment of the year. [yr]
    start, stop : float
        Dates of opening and closing; ``-inf`` and ``inf`` for none. [yr]
    ramps : sequence of tuple of float
        Date and length of every change; length 0 for one that comes at once. [yr]

    Returns
    -------
    list of tuple of float
        Time [yr] and share of the year [-] of each moment, rising; none outside of operation.
    """
    dates = {start, stop, *(d for d, _ in ramps), *(d + length for d, length in ramps)}
    inside = {d for d in dates if year < d < year + 1.0}
    nodes: list[tuple[float, float]] = []
    for begin, end in itertools.pairwise(sorted({year, year + 1.0, *inside})):
        if not start <= begin < stop:
            continue
        rising = sum(d <= begin < d + length for d, length in ramps)
        if not rising:
            nodes.append((begin, end - begin))
            continue
        x, w = np.polynomial.legendre.leggauss(rising // 2 + 1)
        times = begin + 0.5 * (end - begin) * (1.0 + x)
        nodes += zip(times.tolist(), (0.5 * (end - begin) * w).tolist(), strict=True)
    return nodes


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
        Share of a full year's emission that is left, by metal or for all. [-]

    Returns
    -------
    ndarray
        [kg yr-1]
    """
    return np.asarray(activity) * np.asarray(factor) * np.asarray(path) * np.asarray(operating)
