"""Reading land maps, drivers and demands, and refusing those that do not fit together."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from scipy.optimize import linear_sum_assignment

from simulator.errors import InputError, Problem
from simulator.problems import Report, suggest

_YEAR: Final = re.compile(r"(?<!\d)(?:1[5-9]|20|21)\d\d(?!\d)")
#: Corners of two maps may lie apart by this share of a pixel.
_APART: Final = 0.05
#: How a column of built-up land is called.
_BUILT_WORDS: Final = ("built", "urban", "impervious")
_CODE: Final = 255
#: Totals of a demand and of maps may differ by this share, to be those of one class.
_TOTALS_AGREE: Final = 0.01


@dataclass(frozen=True)
class LandMap:
    """A map of land classes at a date.

    Attributes
    ----------
    name : str
        File, and the band where it has several.
    year : float
        Date; NaN where neither file nor band tells. [yr]
    cover : ndarray of uint8 ``[row, col]``
        Codes of the classes, 0 where unknown.
    profile : dict
        How rasterio opens a file like it.
    """

    name: str
    year: float
    cover: NDArray[np.uint8]
    profile: dict[str, Any]


def read_land_map(place: str) -> LandMap:
    """Read ``FILE`` or ``FILE:BAND``, the band by its description or number.

    Parameters
    ----------
    place : str
        E.g. ``landuse_1991.tif``, ``cover_2000_2010.tif:2005``.

    Raises
    ------
    InputError
        If there is no such map, or its values are no codes from 0 to 255.
    """
    path, band_name = _split(place)
    with _opened(path) as raster:
        band = _band(raster, path, band_name)
        values = raster.read(band, masked=True)
        profile = dict(raster.profile)
        described = raster.descriptions[band - 1] or ""
        several = raster.count > 1
    codes = np.ma.filled(values.astype(np.float64), 0.0)
    if not np.all((codes >= 0) & (codes <= _CODE) & (codes == np.rint(codes))):
        raise InputError(
            Problem(
                str(path), "holds values that are no codes",
                f"classes are whole numbers from 1 to {_CODE}, 0 is unknown",
                "Write the map with one code a class and a no-data value.",
            )
        )  # fmt: skip
    name = f"{path.name}:{described or band}" if several else path.name
    year = _year(described or band_name) if several else _year(path.stem)
    return LandMap(name, year, codes.astype(np.uint8), profile)


def read_layers(paths: Sequence[str]) -> dict[str, NDArray[np.float32]]:
    """Drivers, a layer a band, named by file or by description of the band; NaN where unknown."""
    layers = {}
    for place in paths:
        path, band_name = _split(place)
        with _opened(path) as raster:
            bands = [_band(raster, path, band_name)] if band_name else list(raster.indexes)
            for band in bands:
                described = raster.descriptions[band - 1] or f"{path.stem}_{band}"
                name = path.stem if raster.count == 1 else described
                values = raster.read(band, masked=True).astype(np.float32)
                layers[name] = np.ma.filled(values, np.nan)
    return layers


def read_mask(place: str) -> NDArray[np.bool_]:
    """Pixels of a raster that are above 0. ``[row, col]``"""
    path, band_name = _split(place)
    with _opened(path) as raster:
        values = raster.read(_band(raster, path, band_name), masked=True)
    return np.asarray(np.ma.filled(values > 0, False))


def check_same_grid(maps: Sequence[LandMap], others: Mapping[str, NDArray[Any]]) -> None:
    """Refuse maps on other pixels than the first, and layers of another shape."""
    report = Report()
    first = maps[0]
    fix = "Resample all rasters to one grid before."
    for one in maps[1:]:
        a, b = first.profile, one.profile
        if one.cover.shape != first.cover.shape:
            report.add(
                one.name, f"has {one.cover.shape} pixels, {first.name} {first.cover.shape}",
                "all maps lie on the same pixels", fix,
            )  # fmt: skip
        elif a["crs"] != b["crs"] or not _same_place(a["transform"], b["transform"], first):
            report.add(
                one.name, f"lies elsewhere than {first.name}",
                "all maps have the same reference system, corner and size of pixels", fix,
            )  # fmt: skip
    for name, values in others.items():
        if values.shape != first.cover.shape:
            report.add(
                name, f"has {values.shape} pixels, {first.name} {first.cover.shape}",
                "drivers and masks lie on the pixels of the maps", fix,
            )  # fmt: skip
    report.raise_if_any()


def cell_size_of(land: LandMap) -> float:
    """Side of a pixel, the root of its area. [m].

    Degrees are taken as lengths in the middle of the map.
    """
    crs, to_map = land.profile["crs"], land.profile["transform"]
    width, height = abs(to_map.a), abs(to_map.e)
    if crs is not None and crs.is_geographic:
        from pyproj import Geod

        rows, cols = land.cover.shape
        x, y = _at(to_map, (cols / 2, rows / 2))
        geod = Geod(ellps="WGS84")
        width = abs(geod.inv(x, y, x + width, y)[2])
        height = abs(geod.inv(x, y, x, y + height)[2])
    return float(np.sqrt(width * height))


@dataclass(frozen=True)
class Demand:
    """How much land is wanted of which class at the end.

    Attributes
    ----------
    built_cells : float
        Built pixels at the end. [pixel]
    cells : dict of int to float
        Pixels of all classes by code, where they are told. [pixel]
    source : str
        Where the numbers are from.
    """

    built_cells: float
    cells: dict[int, float]
    source: str


def read_demand_table(path: Path) -> pd.DataFrame:
    """Table of pixels, indexed by year, a column a class; columns in km2 are left out."""
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(
            Problem(
                str(path), f"cannot be read ({error})", "a demand is a CSV file",
                "Give a table with a column year and a column of pixels for each class.",
            )
        ) from error  # fmt: skip
    if "year" not in table.columns:
        raise InputError(
            Problem(
                str(path), f"has columns {', '.join(map(str, table.columns))}",
                "a demand has a row a year", "Add a column year.",
            )
        )  # fmt: skip
    kept = [c for c in table.columns if c != "year" and not str(c).endswith("_km2")]
    return table.set_index("year")[kept]


def called_built(columns: Mapping[int, str]) -> int | None:
    """Code whose column is called built, urban or impervious, if there is exactly one."""
    found = [c for c, name in columns.items() if any(w in name.lower() for w in _BUILT_WORDS)]
    return found[0] if len(found) == 1 else None


def columns_of(table: pd.DataFrame, counts: Mapping[float, Mapping[int, int]]) -> dict[int, str]:
    """Column of a demand by the code of its class.

    Where the table has the dates of maps, a column is the class that has its pixels there. Without
    such dates columns are taken in order of code if they are as many as the classes.

    Parameters
    ----------
    table : DataFrame
        Pixels, a row a year, a column a class.
    counts : mapping of float to mapping of int to int
        Pixels of each class on the maps, by date and code.
    """
    codes = list(next(iter(counts.values())))
    common = [year for year in counts if year in table.index]
    if not common:
        same = len(codes) == len(table.columns)
        return dict(zip(codes, map(str, table.columns), strict=True)) if same else {}
    told = table.loc[common].to_numpy(float)
    seen = np.array([[counts[year][code] for code in codes] for year in common], float)
    apart = np.abs(told[:, None, :] - seen[:, :, None]).sum(axis=0)
    agree = apart <= _TOTALS_AGREE * np.maximum(seen.sum(axis=0), 1.0)[:, None]
    row, column = linear_sum_assignment(apart)
    return {
        codes[r]: str(table.columns[c]) for r, c in zip(row, column, strict=True) if agree[r, c]
    }


def demand_of_table(
    table: pd.DataFrame, columns: Mapping[int, str], year: float, built: int, where: str
) -> Demand:
    """Row of a demand for a year.

    Parameters
    ----------
    table : DataFrame
        Pixels, a row a year.
    columns : mapping of int to str
        Columns by code, see :func:`columns_of`.
    year : float
        The year.
    built : int
        Code of built land.
    where : str
        Name of the table.
    """
    if year not in table.index:
        raise InputError(
            Problem(
                where, f"has no row for {year:g}", "the demand of the predicted year is needed",
                f"It has {', '.join(f'{y:g}' for y in table.index)}.",
            )
        )  # fmt: skip
    if built not in columns:
        raise InputError(
            Problem(
                where, f"has no column with the pixels of class {built} on the maps",
                "demand and maps count the same pixels",
                "Give --within with the mask that the demand was counted in.",
            )
        )  # fmt: skip
    row = table.loc[[year]].iloc[0].to_dict()
    cells = {code: float(row[column]) for code, column in columns.items()}
    _check_counts(cells, where)
    return Demand(cells[built], cells, where)


def _check_counts(cells: Mapping[int, float], where: str) -> None:
    """Refuse numbers of pixels that are none."""
    for code, number in cells.items():
        if not 0.0 <= number < math.inf:
            raise InputError(
                Problem(
                    where, f"class {code} is to have {number:g} pixels",
                    "a demand is a number of pixels, 0 or more", "Correct it.",
                )
            )  # fmt: skip


def parse_demand(text: str, built: int) -> Demand:
    """Read ``CODE=CELLS,CODE=CELLS``."""
    cells = {}
    for part in text.split(","):
        code, _, number = part.partition("=")
        try:
            cells[int(code)] = float(number)
        except ValueError as error:
            raise InputError(
                Problem(
                    f"--demand {text}", f"found {part!r}", "a demand is a file, or CODE=CELLS,...",
                    f"Give e.g. --demand {built}=43455.",
                )
            ) from error  # fmt: skip
    _check_counts(cells, f"--demand {text}")
    if built not in cells:
        raise InputError(
            Problem(
                f"--demand {text}", f"says nothing of class {built}",
                "the demand of built land is needed", f"Add {built}=CELLS.",
            )
        )  # fmt: skip
    return Demand(cells[built], cells, "as given")


def _split(place: str) -> tuple[Path, str]:
    """File and band of ``FILE:BAND``."""
    head, colon, tail = place.rpartition(":")
    if Path(place).exists() or not colon or not head or "/" in tail or "\\" in tail:
        return Path(place), ""
    return Path(head), tail


def _opened(path: Path) -> Any:
    try:
        return rasterio.open(path)
    except RasterioError as error:
        near = sorted(p.name for p in path.parent.glob("*.tif")) if path.parent.is_dir() else []
        raise InputError(
            Problem(
                str(path), "is no raster that can be read" if path.exists() else "is not there",
                "maps are GeoTIFF files", suggest(path.name, near),
            )
        ) from error  # fmt: skip


def _band(raster: Any, path: Path, name: str) -> int:
    """Number of a band by its description, or by its number."""
    if not name and raster.count == 1:
        return 1
    if name in raster.descriptions:
        return int(raster.descriptions.index(name) + 1)
    if name.isdecimal() and 1 <= int(name) <= raster.count:
        return int(name)
    described = [d or str(i) for i, d in zip(raster.indexes, raster.descriptions, strict=True)]
    raise InputError(
        Problem(
            f"{path}:{name}" if name else str(path),
            f"has no band {name!r}" if name else f"has {raster.count} bands",
            "one band is one map; name it as FILE:BAND", suggest(name, described),
        )
    )  # fmt: skip


def _year(text: str) -> float:
    found = _YEAR.findall(text)
    return float(found[-1]) if len(found) == 1 else float("nan")


def _same_place(a: Any, b: Any, land: LandMap) -> bool:
    """Whether the corners of two maps are the same within a part of a pixel."""
    rows, cols = land.cover.shape
    near = _APART * abs(a.a)
    return all(
        abs(p - q) <= near
        for corner in ((0, 0), (cols, rows))
        for p, q in zip(_at(a, corner), _at(b, corner), strict=True)
    )


def _at(to_map: Any, place: tuple[float, float]) -> tuple[float, float]:
    x, y = place
    return to_map.a * x + to_map.b * y + to_map.c, to_map.d * x + to_map.e * y + to_map.f
