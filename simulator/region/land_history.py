"""How the towns of a region have grown: maps of built-up land at several dates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from rasterio.errors import RasterioError

from simulator.errors import InputError, Problem
from simulator.files import MIB
from simulator.problems import Report
from simulator.region.rasters import MAX_BLOCK, TOLERANCE, cells, check_place, open_geotiff

if TYPE_CHECKING:
    from simulator.region.model import Grid

#: Mark of pixels that no map covers; shares are written in percent.
UNKNOWN: Final = 255
PERCENT: Final = 100
#: Years times pixels, beyond which the maps no longer fit an ordinary machine.
MAX_VALUES: Final = 250_000_000
#: Years that a map may be of.
_FIRST_YEAR, _LAST_YEAR = 1700, 2100


@dataclass(frozen=True)
class LandHistory:
    """Built-up land of the past, on pixels that divide the cells of the grid.

    Attributes
    ----------
    years : ndarray of int
        Dates of the maps, rising, ``[year]``. [yr]
    built : ndarray of float32
        Built-up share of each pixel, NaN where it is not known, ``[year, row, col]``. [-]
    cell_size : float
        Side of a pixel; the corner is that of the grid. [m]
    """

    years: NDArray[np.int64]
    built: NDArray[np.float32]
    cell_size: float


def read_land_history(path: Path, where: str, grid: Grid) -> LandHistory:
    """Maps of ``[files.land_history]``.

    Parameters
    ----------
    path : Path
        GeoTIFF of bytes, a band for each date, whose description is the year; percent, 255 where
        it is not known.
    where : str
        File, for messages.
    grid : Grid
        Grid whose corner and extent the maps have.

    Raises
    ------
    InputError
        With every problem of the header, or the first of the values.
    """
    damaged = Problem(
        where,
        "is not a GeoTIFF, or it is truncated or damaged",
        "a land history is a GeoTIFF with a band for each year",
        "Copy or write the file again.",
    )
    with open_geotiff(path, damaged) as dataset:
        report = Report()
        fine = _pixels(dataset, where, grid, report)
        _check_bands(dataset, where, report)
        years = _years(dataset, where, report)
        report.raise_if_any()
        try:
            percent = dataset.read()
        except RasterioError as error:
            raise InputError(damaged) from error
    _check_values(percent, years, where)
    built = np.where(percent == UNKNOWN, np.float32(np.nan), percent / np.float32(PERCENT))
    return LandHistory(np.array(years, dtype=np.int64), built, fine.cell_size)


def _pixels(dataset: Any, where: str, grid: Grid, report: Report) -> Grid:
    """Grid of the pixels: that of the region, each cell divided."""
    pixel = dataset.transform.a
    parts = max(1, round(grid.cell_size / pixel)) if pixel > 0 else 1
    side = grid.cell_size / parts
    rows, cols = grid.shape
    fine = replace(grid, cell_size=side, shape=(rows * parts, cols * parts))
    if pixel > 0 and abs(pixel - side) * fine.shape[1] > TOLERANCE * side:
        report.add(
            where,
            f"pixels of {pixel:.9g} m",
            f"a cell of {grid.cell_size:g} m is a whole number of pixels wide",
            f"Resample the maps, for instance to pixels of {side:.9g} m.",
        )
    else:
        check_place(dataset, where, fine, report)
    return fine


def _check_bands(dataset: Any, where: str, report: Report) -> None:
    """Everything about number, type and size of the bands."""
    if dataset.count < 2:
        report.add(
            where,
            f"{dataset.count} band",
            "a land history has maps of two dates at least",
            "Add a band, or leave the file out.",
        )
    if other := sorted(set(dataset.dtypes) - {"uint8"}):
        report.add(
            where,
            f"data type {', '.join(other)}",
            "the data type is uint8: built-up share in percent, 255 where it is not known",
            "Convert it, for instance with gdal_translate -ot Byte.",
        )
    if dataset.nodata not in (None, UNKNOWN):
        report.add(
            where,
            f"nodata is {dataset.nodata:g}",
            f"pixels that are not known are {UNKNOWN}",
            f"Set them to {UNKNOWN} and declare it, or declare no nodata.",
        )
    block_rows, block_cols = dataset.block_shapes[0]
    if block_rows * block_cols > MAX_BLOCK:
        report.add(
            where,
            f"blocks of {block_rows} x {block_cols} pixels",
            f"a block has at most {MAX_BLOCK // MIB} MiB",
            "Write the file again in strips or in tiles of 256 x 256.",
        )
    if (number := dataset.count * dataset.height * dataset.width) > MAX_VALUES:
        report.add(
            where,
            f"{dataset.count} bands of {dataset.height} x {dataset.width} pixels",
            f"at most {MAX_VALUES / 1e6:g} million values, and these are {number / 1e6:.0f}",
            "Take fewer years or larger pixels.",
        )


def _years(dataset: Any, where: str, report: Report) -> list[int]:
    """Years that the descriptions of the bands tell."""
    told = [(text or "").strip() for text in dataset.descriptions]
    years = [int(t) if t.isascii() and t.isdigit() and len(t) <= 4 else 0 for t in told]
    for band, (text, year) in enumerate(zip(told, years, strict=True), start=1):
        if not _FIRST_YEAR <= year <= _LAST_YEAR:
            report.add(
                f"{where}: band {band}",
                f"described {text!r}" if text else "no description",
                f"the description of a band is its year, {_FIRST_YEAR} to {_LAST_YEAR}",
                "Set it, for instance with rio edit-info or gdal_translate from a VRT.",
            )
            return years
    if any(later <= year for year, later in pairwise(years)):
        report.add(
            where,
            f"bands of {', '.join(map(str, years))}",
            "the years of the bands rise",
            "Put the bands in order, one for each year.",
        )
    return years


def _check_values(percent: NDArray[np.uint8], years: list[int], where: str) -> None:
    """Raise for the first year with a value that is no share, or without any."""
    for year, values in zip(years, percent, strict=True):
        wrong = (values > PERCENT) & (values != UNKNOWN)
        if wrong.any():
            raise InputError(
                Problem(
                    f"{where}: {year}, {cells(wrong)}",
                    f"value {values[wrong][0]}",
                    f"a share is 0 to {PERCENT} percent, or {UNKNOWN} where it is not known",
                    f"Correct the values, or mark missing ones by {UNKNOWN}.",
                )
            )
        if (values == UNKNOWN).all():
            raise InputError(
                Problem(
                    f"{where}: {year}",
                    "no pixel is known",
                    "every year shows some land",
                    "Leave the band out.",
                )
            )
