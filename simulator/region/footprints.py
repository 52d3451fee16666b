"""Footprints of other models in a region's folder: ``footprints/SOURCE-MODE.tif``.

They are found by their names, so that importing one changes no file of the user's.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
from affine import Affine

from simulator.constants import MODES
from simulator.errors import InputError, Problem
from simulator.files import MIB, file_inside
from simulator.problems import Report, suggest
from simulator.region.model import Grid, ImportedFootprint, LayerInfo
from simulator.region.rasters import MAX_BLOCK, MAX_RASTER, cells, check_place, open_geotiff

FOLDER: Final[str] = "footprints"
#: Bands with their units.
BANDS: Final[dict[str, str]] = {"dry": "m-2", "wet": "m-2", "air": "s m-3"}

_DTYPE: Final[str] = "float32"
_MAX_NOTE: Final[int] = 500
#: All that a source emits within a square metre would be 1 m-2.
_MOST: Final[dict[str, float]] = {"dry": 1.0, "wet": 1.0, "air": 1e6}


def footprint_name(source: str, mode: str) -> str:
    """Path of a footprint in the folder of its region.

    Raises
    ------
    InputError
        If the id of the source cannot be part of the name of a file.
    """
    if not re.fullmatch(r"[\w][\w .,()+-]{0,99}", source):
        raise InputError(
            Problem(
                f"source {source!r}", "the id cannot be part of the name of a file",
                "ids of sources with imported footprints are up to 100 letters, digits and .,()+-_",
                "Rename the source in sources.csv.",
            )
        )  # fmt: skip
    return f"{FOLDER}/{source}-{mode}.tif"


def find_footprints(
    folder: Path, sources: Sequence[str], report: Report
) -> dict[tuple[str, str], Path]:
    """Footprints of a region's folder by source and mode; files of no source are reported.

    Parameters
    ----------
    folder : Path
        Of the region.
    sources : sequence of str
        Ids of its sources.
    report : Report
        Receives what is wrong.
    """
    found: dict[tuple[str, str], Path] = {}
    place = folder / FOLDER
    if not place.is_dir():
        return found
    for path in sorted(place.iterdir()):
        if path.suffix.lower() not in (".tif", ".tiff") or path.name.startswith("."):
            continue  # side files of GIS programs
        where = f"{folder.name}/{FOLDER}/{path.name}"
        source, _, mode = path.stem.rpartition("-")
        if path.suffix != ".tif" or mode not in MODES:
            report.add(
                where, "is not named as a footprint",
                f"footprints are SOURCE-MODE.tif, MODE one of {', '.join(MODES)}",
                "Rename it, or move it out of the folder.",
            )  # fmt: skip
        elif source not in sources:
            report.add(
                where, f"there is no source {source!r}",
                "footprints belong to sources of sources.csv", suggest(source, sources),
            )  # fmt: skip
        else:
            name = report.attempt(footprint_name, source, mode)
            if name is None:
                continue
            inside = report.attempt(file_inside, folder, name, where, MAX_RASTER)
            if inside is not None:
                found[source, mode] = inside
    return found


def read_footprint(path: Path, where: str, grid: Grid) -> tuple[ImportedFootprint, LayerInfo]:
    """A footprint and where it comes from.

    Parameters
    ----------
    path : Path
        GeoTIFF with the bands of :data:`BANDS`.
    where : str
        File, for messages.
    grid : Grid
        Grid that it must lie on.
    """
    damaged = Problem(
        where, "is no GeoTIFF, or it is truncated or damaged",
        "footprints are GeoTIFF as metalscape import footprint writes them",
        "Import the footprint again.",
    )  # fmt: skip
    with open_geotiff(path, damaged) as dataset:
        report = Report()
        _check_header(dataset, where, grid, report)
        report.raise_if_any()
        values = dataset.read().astype(np.float64)
        tags = dataset.tags()
    for name, band in zip(BANDS, values, strict=True):
        wrong = ~np.isnan(band) & ~((band >= 0.0) & (band <= _MOST[name]))
        if wrong.any():
            raise InputError(
                Problem(
                    f"{where}: band {name}, {cells(wrong)}", f"value {band[wrong][0]:g}",
                    f"values lie in 0 to {_MOST[name]:g} {BANDS[name]}, NaN where not known",
                    "Import the footprint again, and check --rate.",
                )
            )  # fmt: skip
    dry, wet, air = values
    info = LayerInfo(
        file=f"{FOLDER}/{path.name}",
        status="modelled",
        source=str(tags.get("source", "imported"))[:_MAX_NOTE],
        licence=str(tags.get("licence", "none stated"))[:_MAX_NOTE],
        note=str(tags.get("note", ""))[:_MAX_NOTE],
    )
    return ImportedFootprint(dry, wet, air), info


def _check_header(dataset: Any, where: str, grid: Grid, report: Report) -> None:
    """Everything that the header tells, before a pixel is read."""
    if dataset.count != len(BANDS) or any(t != _DTYPE for t in dataset.dtypes):
        report.add(
            where, f"{dataset.count} bands of {', '.join(sorted(set(dataset.dtypes)))}",
            f"a footprint has the bands {', '.join(BANDS)} of {_DTYPE}",
            "Import the footprint again.",
        )  # fmt: skip
        return
    if dataset.nodata is not None and not np.isnan(dataset.nodata):
        report.add(
            where, f"nodata {dataset.nodata:g}", "cells without a value are NaN",
            "Convert it, for instance with gdal_calc.py.",
        )  # fmt: skip
    if dataset.descriptions != tuple(BANDS) or dataset.units != tuple(BANDS.values()):
        told = ", ".join(
            f"{d} [{u}]" for d, u in zip(dataset.descriptions, dataset.units, strict=True)
        )
        report.add(
            where, f"bands {told}",
            f"the bands are {', '.join(f'{d} [{u}]' for d, u in BANDS.items())}",
            "Import the footprint again; bands carry their names and units.",
        )  # fmt: skip
    rows, cols = dataset.block_shapes[0]
    if rows * cols * 4 > MAX_BLOCK:
        report.add(
            where, f"blocks of {rows} x {cols} pixels",
            f"a block has at most {MAX_BLOCK // MIB} MiB", "Write the file again in strips.",
        )  # fmt: skip
    check_place(dataset, where, grid, report)


def write_footprint(
    path: Path, footprint: ImportedFootprint, grid: Grid, tags: Mapping[str, str]
) -> None:
    """Write a footprint; the file appears when it is whole.

    Parameters
    ----------
    path : Path
        File; its folder is made if it is not there.
    footprint : ImportedFootprint
    grid : Grid
    tags : mapping of str to str
        ``source``, ``licence``, ``note`` are read again; others inform.
    """
    path.parent.mkdir(exist_ok=True)
    size = grid.cell_size
    profile: dict[str, Any] = {
        "driver": "GTiff", "height": grid.shape[0], "width": grid.shape[1], "count": len(BANDS),
        "dtype": _DTYPE, "crs": rasterio.CRS.from_string(grid.crs),
        "transform": Affine(size, 0.0, grid.x_min, 0.0, -size, grid.y_max),
        "nodata": float("nan"), "compress": "deflate", "predictor": 3,
    }  # fmt: skip
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    os.close(handle)
    beside = Path(name)
    try:
        with rasterio.open(beside, "w", **profile) as dataset:
            dataset.update_tags(**tags)
            for n, (band, unit) in enumerate(BANDS.items(), start=1):
                dataset.write(getattr(footprint, band).astype(_DTYPE), n)
                dataset.set_band_description(n, band)
                dataset.set_band_unit(n, unit)
        beside.chmod(0o644)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
