"""Raw rasters, and their shares, means and majorities on coarser cells.

A fine pixel belongs to the coarse cell that holds its centre; nothing is interpolated, so areas
are kept to the size of a fine pixel along the cell borders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.errors import RasterioIOError
from scipy import ndimage

from simulator.errors import InputError, Problem
from simulator.region.model import Grid


@dataclass(frozen=True)
class Layer:
    """One band of a north-up raster; `valid` is False where it has no data."""

    values: NDArray
    valid: NDArray[np.bool_]
    transform: Affine
    crs: str

    @property
    def x(self) -> NDArray[np.float64]:
        """Easting of the pixel centres, one a column. [m]"""
        return np.asarray(
            self.transform.c + (np.arange(self.values.shape[1]) + 0.5) * self.transform.a
        )

    @property
    def y(self) -> NDArray[np.float64]:
        """Northing of the pixel centres, one a row. [m]"""
        return np.asarray(
            self.transform.f + (np.arange(self.values.shape[0]) + 0.5) * self.transform.e
        )


def read_layer(path: Path, crs: str, band: int = 1) -> Layer:
    """Read a band of a raster that is in the grid's CRS."""
    try:
        with rasterio.open(path) as source:
            values = source.read(band)
            valid = source.read_masks(band) > 0
            transform = source.transform
            authority = source.crs.to_authority() if source.crs else None
    except RasterioIOError as error:
        raise InputError(
            Problem(str(path), str(error), "a raw layer is a readable GeoTIFF", "Mend the path.")
        ) from error
    found = ":".join(authority) if authority else "none"
    if found != crs:
        raise InputError(
            Problem(
                str(path),
                f"coordinate system {found}",
                f"raw rasters must be in the grid's, {crs}",
                "Reproject it.",
            )
        )
    return Layer(values, valid, transform, crs)


def sample(layer: Layer, like: Layer, missing: float | int) -> NDArray:
    """Value of a layer at the pixel centres of another (the pixel that holds them)."""
    col = np.floor((like.x - layer.transform.c) / layer.transform.a).astype(np.int64)
    row = np.floor((like.y - layer.transform.f) / layer.transform.e).astype(np.int64)
    rows, cols = layer.values.shape
    inside = ((row >= 0) & (row < rows))[:, None] & ((col >= 0) & (col < cols))[None, :]
    take = np.ix_(np.clip(row, 0, rows - 1), np.clip(col, 0, cols - 1))
    return np.where(inside & layer.valid[take], layer.values[take], missing)


def cells_of(layer: Layer, grid: Grid) -> NDArray[np.int64]:
    """Flat index of the grid cell that holds each pixel centre; -1 outside the grid."""
    rows, cols = grid.shape
    col = np.floor((layer.x - grid.x_min) / grid.cell_size).astype(np.int64)
    row = np.floor((grid.y_max - layer.y) / grid.cell_size).astype(np.int64)
    inside = ((row >= 0) & (row < rows))[:, None] & ((col >= 0) & (col < cols))[None, :]
    return np.where(inside, row[:, None] * cols + col[None, :], -1)


def finer(grid: Grid, cell_size: float) -> Grid:
    """Grid of the same corner and extent whose cells are this wide. [m]"""
    parts = round(grid.cell_size / cell_size)
    rows, cols = grid.shape
    return replace(grid, cell_size=cell_size, shape=(rows * parts, cols * parts))


def covered(layer: Layer, cells: NDArray[np.int64], grid: Grid) -> NDArray[np.bool_]:
    """Cells of which the valid pixels of a layer cover at least half."""
    number = counts(layer.valid, cells, grid, [True])[0]
    pixel_area = abs(layer.transform.a * layer.transform.e)
    return np.asarray(number * pixel_area >= 0.5 * grid.cell_area)


def mean(values: NDArray, cells: NDArray[np.int64], grid: Grid) -> NDArray[np.float64]:
    """Mean of the finite values in each cell, NaN where there are none."""
    use = (cells >= 0) & np.isfinite(values)
    total = np.bincount(cells[use], weights=values[use].astype(np.float64), minlength=grid.size)
    number = np.bincount(cells[use], minlength=grid.size)
    return np.divide(total, number, out=np.full(grid.size, np.nan), where=number > 0).reshape(
        grid.shape
    )


def counts(
    values: NDArray, cells: NDArray[np.int64], grid: Grid, codes: Sequence[int]
) -> NDArray[np.int64]:
    """Count the pixels of each code in each cell, ``[code, row, col]``."""
    result = np.empty((len(codes), *grid.shape), dtype=np.int64)
    for k, code in enumerate(codes):
        use = (cells >= 0) & (values == code)
        result[k] = np.bincount(cells[use], minlength=grid.size).reshape(grid.shape)
    return result


def majority(
    values: NDArray, cells: NDArray[np.int64], grid: Grid, codes: Sequence[int]
) -> NDArray[np.int64]:
    """Most frequent of `codes` in each cell, 0 where there is none; the first wins a tie."""
    number = counts(values, cells, grid, codes)
    best = np.asarray(codes, dtype=np.int64)[np.argmax(number, axis=0)]
    return np.where(number.sum(axis=0) > 0, best, 0)


def nearest_fill(values: NDArray, known: NDArray[np.bool_]) -> NDArray:
    """Fill unknown cells with the value of the nearest known one."""
    row, col = ndimage.distance_transform_edt(~known, return_distances=False, return_indices=True)
    return values[row, col]
