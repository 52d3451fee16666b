"""Which cells a story tells of: the worst, the typical and the surprising one, by stated rules."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Cell = tuple[int, int]

#: Fewest neighbours with soil that a cell is held against.
FEWEST: Final = 3


def worst(content: Floats, limit: Floats) -> Cell | None:
    """Cell with the highest content over its limit at the end; None where no cell has a limit.

    Parameters
    ----------
    content, limit : ndarray ``[row, col]``
        NaN where there is none. [mg kg-1]
    """
    return _first_largest(content / limit)


def typical(path: Floats, among: Mask, told: list[Cell]) -> Cell | None:
    """Cell whose path is nearest to the median path.

    Nearest in the sum over the years of squared differences, each over the median of its year.

    Parameters
    ----------
    path : ndarray ``[year, row, col]``
        Content; the years are the first of each decade and the last. [mg kg-1]
    among : ndarray ``[row, col]``
        Cells that count, all with content.
    told : list of (row, col)
        Cells that are told of already.
    """
    if not among.any():
        return None
    median = np.median(path[:, among], axis=1)
    distance = np.where(among, (((path.T - median) / median) ** 2).sum(axis=-1).T, np.nan)
    return _first_largest(_without(-distance, told))


def surprising(change: Floats, told: list[Cell]) -> Cell | None:
    """Cell whose change of content differs most from the median change of its neighbours.

    Neighbours are the cells with soil among the eight around it, at least :data:`FEWEST`.

    Parameters
    ----------
    change : ndarray ``[row, col]``
        Content at the end less content at the start; NaN without soil. [mg kg-1]
    told : list of (row, col)
        Cells that are told of already.
    """
    return _first_largest(_without(np.abs(change - neighbours(change)), told))


def neighbours(values: Floats) -> Floats:
    """Median of the known values around each cell, ``[row, col]``; NaN with too few of them."""
    rows, cols = values.shape
    wide = np.pad(values, 1, constant_values=np.nan)
    around = np.stack(
        [wide[i : i + rows, j : j + cols] for i in range(3) for j in range(3) if (i, j) != (1, 1)]
    )
    enough = np.isfinite(around).sum(axis=0) >= FEWEST
    result = np.full(values.shape, np.nan)
    result[enough] = np.nanmedian(around[:, enough], axis=0)
    return result


def _without(values: Floats, told: list[Cell]) -> Floats:
    values = values.copy()
    for cell in told:
        values[cell] = np.nan
    return values


def _first_largest(values: Floats) -> Cell | None:
    """Place of the largest known value, the first of equals by row and column."""
    if not np.isfinite(values).any():
        return None
    row, col = np.unravel_index(int(np.nanargmax(values)), values.shape)
    return int(row), int(col)
