"""Reading the rasters of a region: one band of GeoTIFF on the region's own grid."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from simulator.errors import InputError, Problem
from simulator.files import MIB
from simulator.problems import Report

if TYPE_CHECKING:
    from simulator.region.model import Grid

MAX_RASTER = 512 * MIB
#: Largest block that is decompressed at once. [byte]
MAX_BLOCK = 256 * MIB
#: Offset of the raster's corner and drift of its far edge, in cells.
TOLERANCE = 1e-6


@dataclass(frozen=True)
class RasterRule:
    """What a raster must be: data type, unit (None for any) and range of its values."""

    dtype: str
    unit: str | None
    low: float
    high: float


RASTERS: dict[str, RasterRule] = {
    "elevation": RasterRule("float32", "m", -500.0, 9000.0),
    "slope": RasterRule("float32", "degree", 0.0, 90.0),
    "slope_length": RasterRule("float32", "m", 0.0, 1000.0),
    "connectivity": RasterRule("float32", "-", -30.0, 30.0),
    "soil_unit": RasterRule("int32", "-", 0, 2**31 - 1),
    "district": RasterRule("int32", "-", 0, 2**31 - 1),
}


def read_raster(path: Path, where: str, grid: Grid, rule: RasterRule) -> NDArray[Any]:
    """Values of a raster on the grid.

    Parameters
    ----------
    path : Path
        GeoTIFF.
    where : str
        File, for messages.
    grid : Grid
        Grid that the raster must lie on.
    rule : RasterRule
        What the raster must hold.

    Returns
    -------
    ndarray
        ``[row, col]`` in the file's unit: float64 with NaN for nodata, or int32 with 0 for nodata.
    """
    damaged = Problem(
        where,
        "is not a GeoTIFF, or its header is damaged",
        "rasters are single-band GeoTIFF",
        "Write it again, for instance with gdal_translate -of GTiff.",
    )
    with open_geotiff(path, damaged) as dataset:
        report = Report()
        _check_header(dataset, where, grid, rule, report)
        report.raise_if_any()
        try:
            values = dataset.read(1)
        except RasterioError as error:
            raise InputError(
                Problem(
                    where,
                    "the pixels cannot be read: the file is truncated or damaged",
                    "every pixel must be readable",
                    "Copy or write the file again.",
                )
            ) from error
        nodata = dataset.nodata
    return _check_values(values, nodata, where, rule)


@contextmanager
def open_geotiff(path: Path, damaged: Problem) -> Iterator[Any]:
    """Open a GeoTIFF of a region, without the side files that GIS programs leave.

    Parameters
    ----------
    path : Path
        The file; no .aux.xml, .tfw or .ovr beside it counts: a region is what its files say, and
        nothing else.
    damaged : Problem
        What is reported where the file cannot be opened, or not be read in what follows.
    """
    with (
        rasterio.Env(GDAL_PAM_ENABLED="NO", GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # is a problem of ours, later
        try:
            with rasterio.open(path, driver="GTiff") as dataset:
                yield dataset
        except RasterioError as error:
            raise InputError(damaged) from error


def _check_header(dataset: Any, where: str, grid: Grid, rule: RasterRule, report: Report) -> None:
    """Everything that the header tells, before a pixel is read."""
    if dataset.count != 1:
        report.add(
            where,
            f"{dataset.count} bands",
            "a raster has one band",
            "Write the band that is meant to a file of its own.",
        )
    if dataset.dtypes[0] != rule.dtype:
        report.add(
            where,
            f"data type {dataset.dtypes[0]}",
            f"the data type is {rule.dtype}",
            f"Convert it, for instance with gdal_translate -ot {rule.dtype.capitalize()}.",
        )
    block_rows, block_cols = dataset.block_shapes[0]
    if block_rows * block_cols * np.dtype(dataset.dtypes[0]).itemsize > MAX_BLOCK:
        report.add(
            where,
            f"blocks of {block_rows} x {block_cols} pixels",
            f"a block has at most {MAX_BLOCK // MIB} MiB",
            "Write the file again in strips or in tiles of 256 x 256.",
        )
    check_place(dataset, where, grid, report)
    units = {dataset.units[0], dataset.tags(1).get("units"), dataset.tags().get("units")}
    for unit in sorted(units - {None, "", rule.unit} if rule.unit else ()):
        report.add(
            where,
            f"unit {unit!r}",
            f"the unit is {rule.unit!r}",
            "Convert the values, or correct the tag if it is wrong.",
        )


def check_place(dataset: Any, where: str, grid: Grid, report: Report) -> None:
    """Report where an open raster does not lie on the grid: size, reference system, corner."""
    if (dataset.height, dataset.width) != grid.shape:
        report.add(
            where,
            f"{dataset.height} rows x {dataset.width} columns",
            f"the grid has {grid.shape[0]} x {grid.shape[1]}",
            "Resample the raster to the grid of region.toml, or correct rows and cols there.",
        )
    _check_crs(dataset.crs, where, grid.crs, report)
    _check_alignment(dataset.transform, where, grid, report)


def _check_crs(crs: CRS | None, where: str, expected: str, report: Report) -> None:
    if not crs:
        report.add(
            where,
            "no reference system is set",
            f"it must be that of the grid, {expected}",
            f"Set it, for instance with gdal_edit.py -a_srs {expected}.",
        )
    elif crs.to_string() != expected and crs.to_epsg() != int(expected[5:]):
        name = crs.to_string()
        kind = " (geographic, degrees)" if crs.is_geographic else ""
        report.add(
            where,
            f"reference system {name if len(name) < 40 else 'of its own'}{kind}",
            f"it must be that of the grid, {expected}",
            f"Reproject it, for instance with gdalwarp -t_srs {expected}.",
        )


def _check_alignment(transform: Any, where: str, grid: Grid, report: Report) -> None:
    cell = grid.cell_size
    a, b, x, d, e, y = tuple(transform)[:6]
    if b or d:
        report.add(
            where,
            "the raster is rotated",
            "rows run west to east, row 0 is north",
            "Resample it with gdalwarp to the grid of region.toml.",
        )
    elif max(abs(a - cell) * grid.shape[1], abs(-e - cell) * grid.shape[0]) > TOLERANCE * cell:
        report.add(
            where,
            f"pixels of {a:.9g} x {-e:.9g}",
            f"cells are squares of {cell:g} m, row 0 is north",
            "Resample it with gdalwarp to the grid of region.toml.",
        )
    elif max(abs(x - grid.x_min), abs(y - grid.y_max)) > TOLERANCE * cell:
        report.add(
            where,
            f"shifted by {x - grid.x_min:.9g} m east and {y - grid.y_max:.9g} m north",
            f"the upper left corner is x {grid.x_min:.10g}, y {grid.y_max:.10g}",
            "Resample it with gdalwarp to the grid of region.toml.",
        )


def _check_values(
    values: NDArray[Any], nodata: float | None, where: str, rule: RasterRule
) -> NDArray[Any]:
    empty = np.zeros(values.shape, bool)
    if values.dtype.kind == "i":
        if nodata is not None:
            values = np.where(values == nodata, 0, values).astype(np.int32)
    else:
        if nodata is not None:
            with np.errstate(over="ignore"):  # -1.8e308 is a usual mark and no float32
                mark = np.float64(nodata).astype(values.dtype)
            empty = np.isnan(values) if np.isnan(nodata) else values == mark
        values = np.where(empty, np.nan, values).astype(np.float64)
        lost = ~np.isfinite(values) & ~empty
        if lost.any():
            raise InputError(
                Problem(
                    f"{where}: {cells(lost)}",
                    "NaN or infinite, but nodata is not declared so",
                    "missing values are marked by the nodata value that the file declares",
                    "Declare it, for instance with gdal_edit.py -a_nodata nan.",
                )
            )
    wrong = ~empty & ((values < rule.low) | (values > rule.high))
    if wrong.any():
        unit = "" if rule.unit in ("-", None) else f" {rule.unit}"
        raise InputError(
            Problem(
                f"{where}: {cells(wrong)}",
                f"value {values[wrong][0]:g}{unit}",
                f"values lie in {rule.low:g} to {rule.high:g}{unit}",
                "Check the unit, and declare nodata if this value marks missing data.",
            )
        )
    return values


def cells(mask: NDArray[np.bool_]) -> str:
    """Name the first cell of a mask and how many more there are, rows and columns from 0."""
    row, col = np.argwhere(mask)[0]
    more = int(mask.sum()) - 1
    return f"row {row}, col {col}" + (f" and {more} more cells" if more else "")
