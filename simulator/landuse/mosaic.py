"""Units of land and which of them touch: pixels of a map or parcels alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import sparse


@dataclass(frozen=True)
class Mosaic:
    """Units of land that fill an area, and their neighbours.

    Attributes
    ----------
    area : ndarray ``[unit]``
        Area of each unit. [m2]
    indptr : ndarray of int64 ``[unit + 1]``
        The neighbours of unit *i* are ``indices[indptr[i]:indptr[i + 1]]``.
    indices : ndarray of int32
        Neighbours of all units, one unit after the other; symmetric, no unit touches itself.
    """

    area: NDArray[np.float64]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]

    @classmethod
    def of_cells(cls, valid: NDArray[np.bool_], cell_area: float) -> Mosaic:
        """Pixels of a map with their eight neighbours.

        Parameters
        ----------
        valid : ndarray of bool ``[row, col]``
            Pixels that are units, numbered in reading order: ``values[valid]`` is the order.
        cell_area : float
            Area of a pixel. [m2]
        """
        number = np.full((valid.shape[0] + 2, valid.shape[1] + 2), -1, dtype=np.int32)
        units = int(np.count_nonzero(valid))
        number[1:-1, 1:-1][valid] = np.arange(units, dtype=np.int32)
        indptr, indices = _cell_neighbours(number, units)
        return cls(np.full(units, float(cell_area)), indptr, indices)

    @classmethod
    def of_parcels(cls, area: NDArray[np.float64], adjacency: sparse.csr_array) -> Mosaic:
        """Parcels that touch where the square matrix of adjacency is not 0.

        Parameters
        ----------
        area : ndarray ``[parcel]``
            Area of each parcel. [m2]
        adjacency : sparse array ``[parcel, parcel]``
            Symmetric; any value but 0 is a common border, the diagonal does not count.
        """
        touch = sparse.coo_array(adjacency)
        keep = (touch.row != touch.col) & (touch.data != 0)
        touch = sparse.csr_array(
            (np.ones(np.count_nonzero(keep), np.int8), (touch.row[keep], touch.col[keep])),
            shape=touch.shape,
        )
        touch.sort_indices()
        return cls(
            np.ascontiguousarray(area, dtype=np.float64),
            touch.indptr.astype(np.int64),
            touch.indices.astype(np.int32),
        )


@njit(cache=True, nogil=True, error_model="numpy")
def _cell_neighbours(
    number: NDArray[np.int32], units: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Neighbours of the numbered pixels of a map that is framed by pixels without a number."""
    indptr = np.zeros(units + 1, dtype=np.int64)
    for row in range(1, number.shape[0] - 1):
        for col in range(1, number.shape[1] - 1):
            if number[row, col] >= 0:
                around = number[row - 1 : row + 2, col - 1 : col + 2]
                indptr[number[row, col] + 1] = np.count_nonzero(around >= 0) - 1
    indptr = np.cumsum(indptr)
    indices = np.empty(indptr[-1], dtype=np.int32)
    at = 0
    for row in range(1, number.shape[0] - 1):
        for col in range(1, number.shape[1] - 1):
            if number[row, col] >= 0:
                for other in number[row - 1 : row + 2, col - 1 : col + 2].flat:
                    if other >= 0 and other != number[row, col]:
                        indices[at] = other
                        at += 1
    return indptr, indices
