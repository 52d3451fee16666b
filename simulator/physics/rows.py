"""Loops over rows of numbers that the exchange kernels share.

They run over slices from 0, which compile to vector instructions; loops over ``start:stop`` do not,
because an index that might be negative has to be checked.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Cells that a kernel works on at a time: what it touches of them stays in the cache.
ROW: Final = 512


@njit(cache=True, nogil=True)
def add_scaled(values: NDArray[np.floating[Any]], factor: float, row: Array) -> None:
    """Add ``factor`` times ``values`` to a row."""
    for j in range(row.size):
        row[j] += factor * values[j]


@njit(cache=True, nogil=True)
def scale_by(factor: Array, row: Array) -> None:
    """Multiply a row by a row."""
    for j in range(row.size):
        row[j] *= factor[j]


@njit(cache=True, nogil=True)
def sum_of(one: Array, other: Array, total: Array) -> None:
    """Write the sum of two rows."""
    for j in range(one.size):
        total[j] = one[j] + other[j]
