"""Writes the files of a region, each in the one form that ``docs/region-format.md`` allows.

Every function gives the same bytes for the same input: no time stamps, fixed number formats and
line ends.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import rasterio
import shapely
from affine import Affine
from numpy.typing import NDArray

from simulator.constants import LAND_CLASSES, METALS, WATER_CLASS
from simulator.region.description import DepositionTable, WeatherTable
from simulator.region.model import Grid, LayerInfo

SOIL_COLUMNS: Final[tuple[str, ...]] = (
    "code",
    "name",
    "layer",
    "ph",
    "organic_matter_pct",
    "clay_pct",
    "silt_pct",
    "sand_pct",
    "bulk_density_g_cm3",
    *METALS,
    "source",
    "confidence",
)
DISTRICT_COLUMNS: Final[tuple[str, ...]] = ("code", "name")
DEPOSITION_COLUMNS: Final[tuple[str, ...]] = (
    "metal",
    "value",
    "low",
    "high",
    "unit",
    "source",
    "note",
    "confidence",
)
WEATHER_COLUMNS: Final[tuple[str, ...]] = (
    "time",
    "temp_C",
    "rh_pct",
    "pressure_hPa",
    "wind_speed_ms",
    "wind_dir_deg",
    "precip_mm",
    "global_rad_Wm2",
    "cloud_tenths",
)
DAILY_COLUMNS: Final[tuple[str, ...]] = (
    "date",
    "t_min_C",
    "t_max_C",
    "rh_pct",
    "pressure_hPa",
    "wind_speed_ms",
    "global_rad_Wm2",
    "precip_mm",
)
SOURCE_COLUMNS: Final[tuple[str, ...]] = (
    "id",
    "name",
    "sector",
    "control",
    "activity",
    "activity_unit",
    "x",
    "y",
    "height_m",
    "diameter_m",
    "temperature_K",
    "velocity_m_s",
    "start_year",
    "stop_year",
    "status",
    "reference",
    "fuel",
)
PARCEL_COLUMNS: Final[tuple[str, ...]] = ("id", "land_class", "impervious", "zone", "geometry")

#: The files of a region and their names in its folder, in the order of ``region.toml``.
REGION_FILES: Final[Mapping[str, str]] = {
    "elevation": "elevation.tif",
    "slope": "slope.tif",
    "soil_unit": "soil_unit.tif",
    "district": "district.tif",
    "soils": "soils.csv",
    "districts": "districts.csv",
    "deposition": "deposition.csv",
    "weather": "weather.csv",
    "sources": "sources.csv",
    "parcels": "parcels.geojson",
}

#: Files that say where water runs: a region may do without them, one that is built has them.
FLOW_FILES: Final[Mapping[str, str]] = {
    "slope_length": "slope_length.tif",
    "connectivity": "connectivity.tif",
}

#: Files that a region may have besides and that are built.
OPTIONAL_FILES: Final[Mapping[str, str]] = {
    "daily_weather": "daily_weather.csv",
    **FLOW_FILES,
    "land_history": "land_history.tif",
}

#: Parcel corners are written to this many decimals of a metre.
_COORDINATE_DECIMALS: Final[int] = 1


def write_raster(
    path: Path, array: NDArray, grid: Grid, unit: str, nodata: float | int | None
) -> None:
    """Write one band as a compressed GeoTIFF on the region's grid.

    Parameters
    ----------
    path : Path
        File to write.
    array : ndarray, shape ``grid.shape``
        Values; row 0 is north. The type of the array is the type of the file.
    grid : Grid
        Grid of the region.
    unit : str
        Unit, written as the band's unit and the tag ``units``; empty for codes.
    nodata : float, int or None
        Value that means "no data".
    """
    if array.shape != grid.shape:
        raise ValueError(f"{path.name}: array is {array.shape}, grid is {grid.shape}")
    # Predictor 3 is for floats, 2 for integers: differences along a row compress best.
    predictor = 3 if np.issubdtype(array.dtype, np.floating) else 2
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=grid.shape[0],
        width=grid.shape[1],
        count=1,
        dtype=array.dtype.name,
        crs=grid.crs,
        transform=Affine(grid.cell_size, 0.0, grid.x_min, 0.0, -grid.cell_size, grid.y_max),
        nodata=nodata,
        compress="deflate",
        zlevel=9,
        predictor=predictor,
    ) as sink:
        sink.write(array, 1)
        if unit:
            sink.set_band_unit(1, unit)
            sink.update_tags(1, units=unit)


def write_table(
    path: Path,
    table: pd.DataFrame,
    columns: Sequence[str],
    decimals: Mapping[str, int] | None = None,
) -> None:
    """Write a CSV with the given columns in order; blank means missing.

    Parameters
    ----------
    path : Path
        File to write.
    table : pandas.DataFrame
        Rows to write. It must have every column; others are not written.
    columns : sequence of str
        Header of the file.
    decimals : mapping, optional
        Decimals to round a numeric column to; trailing zeros are dropped. Without it a number is
        written with up to 12 significant digits.
    """
    missing = [c for c in columns if c not in table.columns]
    if missing:
        raise ValueError(f"{path.name}: missing columns {missing}")
    decimals = decimals or {}
    text = pd.DataFrame(
        {c: [_cell(v, decimals.get(c)) for v in table[c].tolist()] for c in columns}
    )
    text.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def write_parcels(path: Path, parcels: pd.DataFrame, crs: str) -> None:
    """Write parcels as compact GeoJSON in the grid's CRS.

    Parameters
    ----------
    path : Path
        File to write.
    parcels : pandas.DataFrame
        Columns ``id``, ``land_class``, ``impervious`` (0-1), ``zone``, ``geometry`` (shapely
        polygons). Corners are rounded to 0.1 m, ``impervious`` to 0.001.
    crs : str
        ``"EPSG:<code>"``; named in the (legacy) member ``crs``, without which GeoJSON would mean
        longitude and latitude.
    """
    unknown = set(parcels["land_class"]) - set(LAND_CLASSES)
    if unknown:
        raise ValueError(f"{path.name}: unknown land classes {sorted(unknown)}")
    sealed_water = (parcels["land_class"] == WATER_CLASS) & (parcels["impervious"] != 0.0)
    if sealed_water.any():
        raise ValueError(f"{path.name}: water parcels must have impervious 0")
    authority, code = crs.split(":")
    lines = [
        _feature(*row) for row in parcels[list(PARCEL_COLUMNS)].itertuples(index=False, name=None)
    ]
    head = {
        "type": "name",
        "properties": {"name": f"urn:ogc:def:crs:{authority}::{code}"},
    }
    # One feature a line: compact, yet a change shows as one line in a diff.
    path.write_text(
        '{"type":"FeatureCollection","crs":'
        + _compact(head)
        + ',"features":[\n'
        + ",\n".join(lines)
        + "\n]}\n",
        encoding="utf-8",
        newline="\n",
    )


def write_region_toml(
    path: Path,
    *,
    name: str,
    title: str,
    description: str,
    grid: Grid,
    layer_thickness: Sequence[float],
    files: Mapping[str, LayerInfo],
    weather: WeatherTable,
    deposition: DepositionTable,
    covariates: Mapping[str, tuple[str, LayerInfo]] | None = None,
) -> None:
    """Write ``region.toml``.

    Parameters
    ----------
    path : Path
        File to write.
    name, title, description : str
        What the region is.
    grid : Grid
        Grid of the region.
    layer_thickness : sequence of float
        Thickness of the soil layers, top first. [m]
    files : mapping of str to LayerInfo
        Provenance of every file of :data:`REGION_FILES` and of those that the region has besides,
        with the file's name in the folder. Files not listed here come last, in the order given.
    weather : WeatherTable
        The weather station, the ground around it and the station of the daily weather; defaults of
        the latter two are not written.
    deposition : DepositionTable
        What the deposition is; defaults are not written.
    covariates : mapping of str to (str, LayerInfo), optional
        Kind (``number`` or ``class``) and provenance of maps that explain samples, by name.
    """
    absent = [f for f in REGION_FILES if f not in files]
    if absent:
        raise ValueError(f"{path.name}: no provenance given for {absent}")
    rows, cols = grid.shape
    lines = [
        "format = 1",
        f"name = {_toml(name)}",
        f"title = {_toml(title)}",
        f"description = {_toml(description)}",
        "",
        "[grid]",
        f"crs = {_toml(grid.crs)}",
        f"x_min = {float(grid.x_min)!r}",
        f"y_max = {float(grid.y_max)!r}",
        f"cell_size = {float(grid.cell_size)!r}",
        f"rows = {rows}",
        f"cols = {cols}",
        *([f"local_origin = {list(grid.local_origin)!r}"] if any(grid.local_origin) else []),
        "",
        "[soil]",
        f"layer_thickness_m = {[float(t) for t in layer_thickness]!r}",
    ]
    listed = (*REGION_FILES, *(f for f in OPTIONAL_FILES if f in files))
    for key in (*listed, *(f for f in files if f not in listed)):
        lines += ["", f"[files.{key}]", *_provenance(files[key])]
    for key, (kind, info) in (covariates or {}).items():
        lines += ["", f"[covariates.{key}]", f"kind = {_toml(kind)}", *_provenance(info)]
    said = {k: getattr(deposition, k) for k in DepositionTable.model_fields}
    said = {k: v for k, v in said.items() if v != DepositionTable.model_fields[k].default}
    if said:
        lines += ["", "[deposition]"]
        lines += [f"{k} = {_toml(v)}" for k, v in said.items()]
    lines += [
        "",
        "[weather]",
        f"station = {_toml(weather.station)}",
    ]
    for key in WeatherTable.model_fields:
        if key not in ("station", "surface", "daily"):
            lines.append(f"{key} = {float(getattr(weather, key))!r}")
    given = {k: v for k, v in weather.surface if v is not None}
    if given:
        lines += ["", "[weather.surface]"]
        lines += [f"{k} = {v[0] if len(set(v)) == 1 else list(v)!r}" for k, v in given.items()]
    told = {k: v for k, v in weather.daily if v is not None}
    if told:
        lines += ["", "[weather.daily]"]
        lines += [f"{k} = {_toml(v)}" for k, v in told.items()]
    lines.append("")
    path.write_text("\n".join(lines), encoding="utf-8", newline="\n")


def _provenance(info: LayerInfo) -> list[str]:
    """Lines of a table of ``region.toml`` that tell where a file comes from."""
    return [
        f"file = {_toml(info.file)}",
        f"status = {_toml(info.status)}",
        f"source = {_toml(info.source)}",
        f"licence = {_toml(info.licence)}",
        f"note = {_toml(info.note)}",
    ]


def _cell(value: object, decimals: int | None) -> str:
    """Text of a table cell; numbers without trailing zeros, missing values blank."""
    if isinstance(value, str):
        return value
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return ""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return str(int(value))
    number = float(value)  # type: ignore[arg-type]
    if decimals is None:
        return f"{number:.12g}"
    text = f"{number:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _feature(
    key: int, land_class: str, impervious: float, zone: str, geometry: shapely.Geometry
) -> str:
    properties = {
        "id": int(key),
        "land_class": land_class,
        "impervious": _number(impervious, 3),
        "zone": zone,
    }
    return (
        '{"type":"Feature","properties":'
        + _compact(properties)
        + ',"geometry":'
        + _compact(_geometry(geometry))
        + "}"
    )


def _geometry(geometry: shapely.Geometry) -> dict[str, object]:
    if geometry.geom_type == "Polygon":
        return {"type": "Polygon", "coordinates": _rings(geometry)}
    if geometry.geom_type == "MultiPolygon":
        return {"type": "MultiPolygon", "coordinates": [_rings(p) for p in geometry.geoms]}
    raise ValueError(f"a parcel must be a polygon or multipolygon, not {geometry.geom_type}")


def _rings(polygon: shapely.Polygon) -> list[list[list[float]]]:
    rings = [polygon.exterior, *polygon.interiors]
    return [
        [
            [_number(x, _COORDINATE_DECIMALS), _number(y, _COORDINATE_DECIMALS)]
            for x, y in shapely.get_coordinates(ring).tolist()
        ]
        for ring in rings
    ]


def _number(value: float, decimals: int) -> float:
    """Round; whole numbers become int, which JSON writes without ``.0``."""
    rounded = round(float(value), decimals)
    return int(rounded) if rounded == int(rounded) else rounded


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _toml(value: str | float | bool) -> str:
    """Return a TOML value: JSON writes numbers alike, and its escapes are a subset of TOML's."""
    return json.dumps(value, ensure_ascii=False)
