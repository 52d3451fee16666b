"""Chance of being above a limit: a share of futures, with the interval that their number allows."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from analysis.experiment.outcomes import ABOVE, BELOW

Floats = NDArray[np.float64]


def wilson(share: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Interval of a share seen in independent draws.

    Parameters
    ----------
    share : array_like
        Share of the draws. [-]
    n : array_like
        Number of draws; without any the interval is 0 to 1 and the share is not looked at.
    level : float
        Share of such intervals that hold the true share. [-]

    Returns
    -------
    tuple of ndarray
        Low and high end. [-]

    Notes
    -----
    Score interval of Wilson (1927, doi:10.1080/01621459.1927.10502953), which stays within 0 and 1
    and has a width at 0 and 1 too.
    """
    p, n = np.asarray(share, dtype=np.float64), np.asarray(n, dtype=np.float64)
    z2 = float(norm.ppf(0.5 + 0.5 * level)) ** 2
    p = np.where(n > 0.0, p, 0.5)
    middle = (n * p + 0.5 * z2) / (n + z2)
    half = np.sqrt(z2 * (n * p * (1.0 - p) + 0.25 * z2)) / (n + z2)
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def chance_above(overload: NDArray[np.int8], samples: NDArray[np.int64]) -> dict[str, Floats]:
    """Share of futures in which cells are at or above the limit.

    Parameters
    ----------
    overload : ndarray of int8 ``[future, row, col]``
        1 at or above the limit, 0 below; anything else where there is no limit.
    samples : ndarray of int ``[future]``
        Draw that each future belongs to: repeats of a draw count as one draw in the interval.

    Returns
    -------
    dict
        ``probability``, ``low`` and ``high``, each ``[row, col]``: NaN where no future has a
        limit. [-]
    """
    above = (overload == ABOVE).sum(axis=0)
    known = above + (overload == BELOW).sum(axis=0)
    share = np.divide(above, known, out=np.full(above.shape, np.nan), where=known > 0)
    draws = known * np.unique(samples).size / max(samples.size, 1)
    low, high = wilson(np.nan_to_num(share), draws)
    none = np.isnan(share)
    return {
        "probability": share,
        "low": np.where(none, np.nan, low),
        "high": np.where(none, np.nan, high),
    }
