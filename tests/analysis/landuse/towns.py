"""Maps of a town that grows outwards along a road, as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray

SHAPE = (60, 70)
YEARS = (1990, 2000, 2010)
#: Built pixels at the dates.
BUILT = (200, 350, 500)
OPEN, TOWN, WATER = 1, 2, 3
PLACE = Affine(100.0, 0.0, 5e5, 0.0, -100.0, 3.4e6)


def town(shape: tuple[int, int] = SHAPE) -> list[NDArray[np.uint8]]:
    """Covers of the three dates; water in a corner, the last column unknown."""
    row, col = np.mgrid[: shape[0], : shape[1]]
    away = np.hypot(row - 30, col - 30) * np.where(np.abs(row - 30) < 4, 0.5, 1.0)
    away += np.random.default_rng(3).normal(0.0, 1.5, shape)
    land = (row + col > 12) & (col < shape[1] - 1)
    order = np.argsort(np.where(land, away, np.inf), axis=None)
    covers = []
    for count in BUILT:
        cover = np.where(land, OPEN, WATER).astype(np.uint8)
        cover.ravel()[order[:count]] = TOWN
        cover[:, -1] = 0
        covers.append(cover)
    return covers


def write(
    path: Path, bands: list[NDArray], names: list[str] | None = None, **profile: object
) -> Path:
    """Write bands as a GeoTIFF of pixels of 100 m."""
    rows, cols = bands[0].shape
    usual = {"crs": "EPSG:32649", "transform": PLACE, "nodata": 0, "dtype": bands[0].dtype.name}
    size = {"driver": "GTiff", "count": len(bands), "height": rows, "width": cols}
    with rasterio.open(path, "w", **(usual | size | profile)) as raster:
        for k, band in enumerate(bands, start=1):
            raster.write(band, k)
            if names:
                raster.set_band_description(k, names[k - 1])
    return path


def write_town(folder: Path) -> Path:
    """Write ``town_YEAR.tif``, all dates in ``towns.tif``, ``road.tif`` and ``demand.csv``."""
    covers = town()
    for year, cover in zip(YEARS, covers, strict=True):
        write(folder / f"town_{year}.tif", [cover])
    write(folder / "towns.tif", covers, [str(y) for y in YEARS])
    road = np.abs(np.mgrid[: SHAPE[0], : SHAPE[1]][0] - 30).astype(np.float32)
    write(folder / "road.tif", [road], nodata=-1.0)
    rows = [
        ",".join([str(y), *(str(np.count_nonzero(c == k)) for k in (OPEN, TOWN, WATER))])
        for y, c in zip(YEARS, covers, strict=True)
    ]
    text = "\n".join(["year,open_cells,built_cells,water_cells", *rows]) + "\n"
    (folder / "demand.csv").write_text(text, encoding="utf-8")
    return folder
