"""Kernels over the land of a cell: means over its classes, and what sealing moves."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.rows import Array


@njit(cache=True, nogil=True, error_model="numpy")
def class_mean(
    share: Array,
    value: Array,
    group: NDArray[np.int64],
    open_ground: Array,
    out: Array,
    start: int,
    stop: int,
) -> None:
    """Mean over the open land of a cell of values by land class and group of cells.

    Parameters
    ----------
    share : ndarray ``[land_class, cell]``
        Open share of the cell. [-]
    value : ndarray ``[row, land_class, group]``
        Any unit; one row of ``out`` each.
    group : ndarray ``[cell]``
        Group that the cell belongs to.
    open_ground : ndarray ``[cell]``
        Open share of the cell. [-]
    out : ndarray ``[row, cell]``
        Overwritten; 0 where nothing is open.
    start, stop : int
        Range of cells.
    """
    bare, groups = open_ground[start:stop], group[start:stop]
    for r in range(value.shape[0]):
        row = out[r, start:stop]
        row[:] = 0.0
        for c in range(value.shape[1]):
            part = share[c, start:stop]
            for j in range(row.size):
                row[j] += part[j] * value[r, c, groups[j]]
        for j in range(row.size):
            row[j] = row[j] / bare[j] if bare[j] > 0.0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def cell_mean(
    share: Array, value: NDArray[np.float32], open_ground: Array, out: Array, start: int, stop: int
) -> None:
    """Mean over the open land of a cell of values ``[land_class, cell]``; 0 where none is open."""
    row, bare = out[start:stop], open_ground[start:stop]
    row[:] = 0.0
    for c in range(value.shape[0]):
        part, local = share[c, start:stop], value[c, start:stop]
        for j in range(row.size):
            row[j] += part[j] * local[j]
    for j in range(row.size):
        row[j] = row[j] / bare[j] if bare[j] > 0.0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def moved_parts(change: float, open_ground: float, sealed: float) -> tuple[float, float]:
    """Parts of the open stock that go under pavement and of the sealed stock that come back. [-].

    ``change`` is the new less the old sealed share of the cell; one of the parts is 0.
    """
    down = min(change / open_ground, 1.0) if change > 0.0 else 0.0
    up = min(-change / sealed, 1.0) if change < 0.0 else 0.0
    return down, up


@njit(cache=True, nogil=True, error_model="numpy")
def seal(
    change: Array,
    open_ground: Array,
    sealed: Array,
    stock: Array,
    stock_sealed: Array,
    start: int,
    stop: int,
) -> None:
    """Move metal between open and sealed soil with a change of the sealed share.

    Sealing takes its share of the open stock under the pavement, unsealing gives its share of the
    sealed stock back.

    Parameters
    ----------
    change : ndarray ``[cell]``
        New less old sealed share. [-]
    open_ground, sealed : ndarray ``[cell]``
        Old open and sealed shares. [-]
    stock, stock_sealed : ndarray ``[metal, layer, cell]``
        Changed in place; their sum stays. [kg m-2 of cell]
    start, stop : int
        Range of cells.
    """
    for i in range(start, stop):
        if change[i] == 0.0:
            continue
        down, up = moved_parts(change[i], open_ground[i], sealed[i])
        for m in range(stock.shape[0]):
            for z in range(stock.shape[1]):
                moved = down * stock[m, z, i] - up * stock_sealed[m, z, i]
                stock[m, z, i] -= moved
                stock_sealed[m, z, i] += moved
