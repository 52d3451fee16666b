"""Small edits that break a good region or scenario; each refuses to change nothing."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import rasterio
from affine import Affine
from rasterio.errors import NotGeoreferencedWarning

from tests.make_region import CELL, CRS, X_MIN, Y_MAX, make_region

#: Breaks what a folder holds: the region ``testland/`` and the scenario ``plan.toml``.
Edit = Callable[[Path], None]

PLAN = """name = "plan"
title = "Plan"
region = "testland"
start = 2010
years = 50
seed = 1

[landuse]
built_growth = [{year = 2010, rate = 0.05}, {year = 2040, rate = 0.01}]
densification_rate = 0.03
max_impervious_urban = 0.8
max_impervious_industrial = 0.88
neighbourhood_distance_m = 500

[emission]
paths = [{sector = "coal power", path = [{year = 2020, factor = 1}, {year = 2060, factor = 0.2}]}]

[parameters]
"sorption/Cd/m_ph" = -0.45

[[interventions]]
kind = "retrofit"
date = 2017.5
sources = ["coal-1", "sector:secondary copper"]
removal = {all = 0.9, Hg = 0.4}

[[interventions]]
kind = "protect"
date = 2020
parcels = [7, "district:North"]
"""


def make_inputs(folder: Path) -> Path:
    """Write a good region and a good scenario on it."""
    make_region(folder / "testland")
    (folder / "plan.toml").write_text(PLAN, "utf-8")
    return folder


def swap(name: str, old: str, new: str) -> Edit:
    """Replace a text that stands in a file."""

    def edit(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        assert old in text, f"{old!r} is not in {name}"
        (folder / name).write_text(text.replace(old, new, 1), "utf-8")

    return edit


def content(name: str, data: bytes) -> Edit:
    """Replace all of a file."""

    def edit(folder: Path) -> None:
        (folder / name).write_bytes(data)

    return edit


def remove(name: str) -> Edit:
    """Remove a file."""
    return lambda folder: (folder / name).unlink()


def cut(name: str, size: int) -> Edit:
    """Truncate a file, or extend it by a hole."""

    def edit(folder: Path) -> None:
        with (folder / name).open("r+b") as file:
            file.truncate(size)

    return edit


def damage(name: str) -> Edit:
    """Overwrite the compressed pixels of a raster, and leave its header."""

    def edit(folder: Path) -> None:
        raster(name, compress="deflate")(folder)
        with rasterio.open(folder / name) as dataset:
            start = int(dataset.get_tag_item("BLOCK_OFFSET_0_0", "TIFF", 1))
        with (folder / name).open("r+b") as file:
            file.seek(start)
            file.write(b"\xff" * 40)

    return edit


def recode(name: str, old: str, new: str, encoding: str) -> Edit:
    """Replace a text and save the file in another encoding."""

    def edit(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_bytes(text.replace(old, new, 1).encode(encoding))

    return edit


def cell(name: str, row: int, column: str, value: object) -> Edit:
    """Set a field of a table; `row` counts from 0 without the header."""

    def edit(folder: Path) -> None:
        table = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
        assert table.loc[row, column] != str(value)
        table.loc[row, column] = str(value)
        table.to_csv(folder / name, index=False)

    return edit


def table(name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Edit:
    """Change a table as a whole."""

    def edit(folder: Path) -> None:
        old = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
        change(old).to_csv(folder / name, index=False)

    return edit


def raster(
    name: str,
    change: Callable[[np.ndarray], np.ndarray] = lambda a: a,
    unit: str = "",
    **profile: Any,
) -> Edit:
    """Write a raster again with other pixels or another header."""

    def edit(folder: Path) -> None:
        path = folder / name
        with rasterio.open(path) as dataset:
            values, old = change(dataset.read(1)), dataset.profile
        bands = profile.get("count", 1)
        new = {k: old[k] for k in ("driver", "dtype", "crs", "nodata")}
        new |= {"height": values.shape[0], "width": values.shape[1], "count": 1}
        new |= {"transform": Affine(CELL, 0.0, X_MIN, 0.0, -CELL, Y_MAX)}
        path.unlink()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path, "w", **(new | profile)) as dataset:
                for band in range(1, bands + 1):
                    dataset.write(values.astype(dataset.dtypes[0]), band)
                if unit:
                    dataset.units = (unit,)

    return edit


def empty_raster(name: str, rows: int, cols: int) -> Edit:
    """Write the header of a raster without any pixel."""

    def edit(folder: Path) -> None:
        (folder / name).unlink()
        size = {"height": rows, "width": cols, "count": 1, "dtype": "float32"}
        place = {"crs": CRS, "transform": Affine(CELL, 0.0, X_MIN, 0.0, -CELL, Y_MAX)}
        rasterio.open(
            folder / name, "w", driver="GTiff", SPARSE_OK=True, BIGTIFF="YES", **size, **place
        ).close()

    return edit


def geojson(change: Callable[[dict[str, Any]], object]) -> Edit:
    """Change the document of parcels in place."""

    def edit(folder: Path) -> None:
        path = folder / "testland/parcels.geojson"
        document = json.loads(path.read_text("utf-8"))
        change(document)
        path.write_text(json.dumps(document), "utf-8")

    return edit


def feature(number: int, **properties: object) -> Edit:
    """Set properties of a parcel, counted from 0."""
    return geojson(lambda d: d["features"][number]["properties"].update(properties))


def ring(number: int, change: Callable[[list[list[float]]], object]) -> Edit:
    """Change the outer ring of a parcel in place."""
    return geojson(lambda d: change(d["features"][number]["geometry"]["coordinates"][0]))


def link(name: str, target: str) -> Edit:
    """Replace a file by a link."""

    def edit(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).symlink_to(target)

    return edit


def also(*edits: Edit) -> Edit:
    """Several edits, one after the other."""

    def edit(folder: Path) -> None:
        for e in edits:
            e(folder)

    return edit
