"""The power transform of Yeo & Johnson 2000 (doi:10.1093/biomet/87.4.954), all columns at once.

    y = ((x + 1)^p - 1) / p              where x >= 0
    y = -((1 - x)^(2 - p) - 1) / (2 - p)   where x < 0

with the logarithm where an exponent is 0. The power of a column is the one under which its values
are likeliest to be normal. scikit-learn finds it too, a column at a time and many times slower;
the tests hold this against it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

#: Powers are looked for between these; beyond them a column hangs on single values.
_POWERS: Final = (-4.0, 6.0)
#: Share of the bracket that a step of the golden section keeps, and steps: down to 1e-7.
_GOLDEN: Final = 0.5 * (np.sqrt(5.0) - 1.0)
_STEPS: Final = 38


def yeo_johnson(values: Matrix, power: Vector) -> Matrix:
    """Transformed values.

    Parameters
    ----------
    values : ndarray ``[row, column]``
        Any numbers.
    power : ndarray ``[column]``
        Power of each column.
    """
    return _transformed(np.log1p(np.abs(values)), values >= 0.0, power)


def likeliest_powers(values: Matrix) -> Vector:
    """Power of each column, of maximum likelihood, by golden section.

    Parameters
    ----------
    values : ndarray ``[row, column]``
        Numbers, not all the same in a column.
    """
    logs, positive = np.log1p(np.abs(values)), values >= 0.0
    tilt = np.where(positive, logs, -logs).mean(axis=0)

    def likelihood(power: Vector) -> Vector:
        variance = _transformed(logs, positive, power).var(axis=0)
        return (power - 1.0) * tilt - 0.5 * np.log(np.maximum(variance, np.finfo(float).tiny))

    low, high = (np.full(values.shape[1], p) for p in _POWERS)
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = likelihood(left), likelihood(right)
    for _ in range(_STEPS):
        down = at_left > at_right
        low, high = np.where(down, low, left), np.where(down, right, high)
        new = np.where(down, high - _GOLDEN * (high - low), low + _GOLDEN * (high - low))
        at_new = likelihood(new)
        left, right = np.where(down, new, right), np.where(down, left, new)
        at_left, at_right = np.where(down, at_new, at_right), np.where(down, at_left, at_new)
    return 0.5 * (low + high)


def _transformed(logs: Matrix, positive: NDArray[np.bool_], power: Vector) -> Matrix:
    exponent = np.where(positive, power, 2.0 - power)
    flat = np.abs(exponent) < 1e-12
    size = np.where(flat, logs, np.expm1(exponent * logs) / np.where(flat, 1.0, exponent))
    return np.where(positive, size, -size)
