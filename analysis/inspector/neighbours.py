"""The cells around a cell, to see whether it stands out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.assessment.thresholds import land_of_soil
from simulator.constants import LAND_CLASSES
from simulator.record import RunFolder


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Control layer of the cells around a cell at the beginning of a year.

    Attributes
    ----------
    year : int
    rows, cols : tuple of int ``[row]``, ``[col]``
        Cells of the window, cut off at the edge of the grid.
    content : ndarray ``[row, col]``
        NaN without soil. [mg kg-1]
    difference : ndarray ``[row, col]``
        From the cell in the middle. [mg kg-1]
    land : tuple of tuple of str ``[row][col]``
        Land class that counts; empty without soil.
    unit : str
        Of contents.
    """

    year: int
    rows: tuple[int, ...]
    cols: tuple[int, ...]
    content: NDArray[np.float64]
    difference: NDArray[np.float64]
    land: tuple[tuple[str, ...], ...]
    unit: str


def neighbours_of(
    run: RunFolder, row: int, col: int, metal: str, year: int, radius: int
) -> Neighbours:
    """Cells of a square window around a cell.

    Parameters
    ----------
    run : RunFolder
    row, col : int
        The cell in the middle.
    metal : str
        Symbol.
    year : int
        A recorded year.
    radius : int
        Cells on each side of the middle one.
    """
    history = run.history
    rows = range(max(row - radius, 0), min(row + radius + 1, history.sizes["y"]))
    cols = range(max(col - radius, 0), min(col + radius + 1, history.sizes["x"]))
    window = history.sel(year=year).isel(
        y=slice(rows.start, rows.stop), x=slice(cols.start, cols.stop)
    )
    content = window["content"].sel(metal=metal).isel(layer=0).values.astype(np.float64)
    land = land_of_soil(window["open_share"].values, window["sealed_share"].values, content[None])
    middle = content[row - rows.start, col - cols.start]
    return Neighbours(
        year, tuple(rows), tuple(cols), content, content - middle, _names(land), "mg/kg"
    )


def _names(land: NDArray[Any]) -> tuple[tuple[str, ...], ...]:
    """Names of land classes; -1 is none."""
    return tuple(tuple(LAND_CLASSES[k] if k >= 0 else "" for k in line) for line in land.tolist())
