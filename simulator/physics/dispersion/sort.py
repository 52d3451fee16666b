"""Sorting a few numbers within kernels; numpy's sort takes seconds to compile."""

from __future__ import annotations

from numba import njit
from numpy.typing import NDArray


@njit(cache=True)
def sort_few(values: NDArray) -> None:
    """Sort in place, ascending, by insertion."""
    for i in range(1, values.size):
        value = values[i]
        j = i
        while j > 0 and values[j - 1] > value:
            values[j] = values[j - 1]
            j -= 1
        values[j] = value
