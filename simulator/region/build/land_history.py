"""Shares of built-up land at several dates, counted from maps of a land class."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from simulator.errors import InputError, Problem
from simulator.region.build import rasters
from simulator.region.build.rasters import Layer
from simulator.region.land_history import PERCENT, UNKNOWN, LandHistory
from simulator.region.model import Grid


class LandHistoryRecipe(BaseModel):
    """Maps of built-up land, a band for each year, and the code that means built-up."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: Path
    code: Annotated[int, Field(ge=0)]


def built_history(recipe: LandHistoryRecipe, raw: Path, pixels: Layer, fine: Grid) -> LandHistory:
    """Built-up share of each cell in each year.

    Parameters
    ----------
    recipe : LandHistoryRecipe
        Maps of built-up land, relative to `raw`.
    raw : Path
        Folder of raw data.
    pixels : Layer
        Land-use map: shares are counted on its valid pixels, as those of parcels are, and cells
        that it covers by less than half are not known.
    fine : Grid
        Grid of the cells.
    """
    file = raw / recipe.file
    years = _years(file)
    cells = rasters.cells_of(pixels, fine)
    known = rasters.covered(pixels, cells, fine)
    built = np.full((len(years), *fine.shape), np.nan, dtype=np.float32)
    for k in range(len(years)):
        cover = rasters.sample(rasters.read_layer(file, fine.crs, k + 1), pixels, 0)
        is_built = np.where(pixels.valid, cover == recipe.code, np.nan)
        built[k] = np.where(known, rasters.mean(is_built, cells, fine), np.nan)
    return LandHistory(years, built, fine.cell_size)


def write_land_history(path: Path, history: LandHistory, grid: Grid) -> None:
    """Write whole percents as bytes, a band for each year.

    Parameters
    ----------
    path : Path
        File to write.
    history : LandHistory
        Shares by year.
    grid : Grid
        Grid of the region, whose corner the history has.
    """
    known = np.isfinite(history.built)
    percent = np.rint(np.where(known, history.built, 0.0) * PERCENT)
    side = history.cell_size
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=percent.shape[1],
        width=percent.shape[2],
        count=len(history.years),
        dtype="uint8",
        crs=grid.crs,
        transform=Affine(side, 0.0, grid.x_min, 0.0, -side, grid.y_max),
        nodata=UNKNOWN,
        compress="deflate",
        zlevel=9,
        interleave="band",
    ) as sink:
        sink.write(np.where(known, percent, UNKNOWN).astype(np.uint8))
        sink.descriptions = tuple(str(year) for year in history.years)


def history_fact(history: LandHistory) -> str:
    """Built-up area of the first and the last year, for the note of the file."""
    first, last = (float(np.nansum(history.built[k])) * history.cell_size**2 / 1e6 for k in (0, -1))
    years = history.years
    return f"Built-up land {first:.1f} km2 in {years[0]}, {last:.1f} km2 in {years[-1]}."


def _years(file: Path) -> NDArray[np.int64]:
    """Years of the bands of a raw map."""
    with rasterio.open(file) as source:
        told = [text or "" for text in source.descriptions]
    if not all(text.isdigit() for text in told):
        raise InputError(
            Problem(
                str(file),
                f"bands described {', '.join(map(repr, told))}",
                "each band of a history of built-up land is described by its year",
                "Describe the bands, or leave land_history out of the recipe.",
            )
        )
    return np.array([int(text) for text in told], dtype=np.int64)
