"""Statistics of a quantity over futures; an infinite one does not happen within the run."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Middle and ends of the intervals of all tables: median, and 5 to 95 % of futures.
MIDDLE: Final = 0.5
ENDS: Final = (0.05, 0.95)


def quantile(values: Floats, at: float) -> float:
    """Quantile of values that are not NaN; NaN if there are none.

    Between two values it is interpolated, as numpy does by default; between a number and infinity
    it is infinite.

    Examples
    --------
    >>> quantile(np.array([1.0, 2.0, np.inf]), 0.5), quantile(np.array([1.0, np.inf]), 0.5)
    (2.0, inf)
    """
    rising = np.sort(values[~np.isnan(values)])
    if rising.size == 0:
        return float("nan")
    place = at * (rising.size - 1)
    below = int(np.floor(place))
    low, part = float(rising[below]), place - below
    high = float(rising[min(below + 1, rising.size - 1)])
    if part == 0.0 or low == high:
        return low
    if np.isinf(low) and np.isinf(high):
        return float("nan")  # from -inf to inf: no number between them is meant
    return low + part * (high - low)


def summary(values: Floats) -> dict[str, float]:
    """Median and 5 to 95 % of values: ``median, low, high``."""
    return {
        "median": quantile(values, MIDDLE),
        "low": quantile(values, ENDS[0]),
        "high": quantile(values, ENDS[1]),
    }


def worst_mean(values: Floats, share: float) -> float:
    """Mean of the highest share of values: conditional value at risk.

    The value on the border counts with the part of it that belongs to the share, as Rockafellar and
    Uryasev (2002, doi:10.1016/S0378-4266(02)00271-6) define it for distributions with jumps.

    Examples
    --------
    >>> worst_mean(np.array([1.0, 2.0, 3.0, 4.0]), 0.25), worst_mean(np.array([1.0, 5.0]), 0.05)
    (4.0, 5.0)
    """
    falling = -np.sort(-values)
    weights = np.clip(share * values.size - np.arange(values.size), 0.0, 1.0)
    return float(np.average(falling, weights=weights))
