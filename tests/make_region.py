"""Write a small valid region: two soils on a plain and a hill, three plants, a year of weather.

Everything is generated, in the format of ``docs/region-format.md``; the numbers are of the order
found on the coastal plain of Zhejiang, but describe no place.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import rasterio
from affine import Affine
from numpy.typing import NDArray

from simulator.scenario import Scenario

CRS = "EPSG:32651"
X_MIN, Y_MAX, CELL = 340_000.0, 3_168_000.0, 500.0
LATITUDE = 28.6

#: Initial contents of the top layer [mg/kg] of the paddy soil and of the red soil.
TOPSOIL = {
    1: {
        "As": 7.5,
        "Cd": 0.16,
        "Cr": 72.0,
        "Cu": 30.0,
        "Hg": 0.12,
        "Ni": 31.0,
        "Pb": 36.0,
        "Zn": 100.0,
    },
    2: {
        "As": 6.0,
        "Cd": 0.09,
        "Cr": 42.0,
        "Cu": 17.0,
        "Hg": 0.07,
        "Ni": 16.0,
        "Pb": 32.0,
        "Zn": 76.0,
    },
}
DEPOSITION = {
    "As": 1.8,
    "Cd": 0.25,
    "Cr": 5.0,
    "Cu": 8.0,
    "Hg": 0.04,
    "Ni": 4.0,
    "Pb": 12.0,
    "Zn": 60.0,
}
RECORD = {"status": "illustrative", "source": "generated for tests", "licence": "CC0-1.0"}


def make_region(folder: Path, rows: int = 12, cols: int = 10, seed: int = 0) -> Path:
    """Write a region of `rows` x `cols` cells of 500 m into `folder` and return the folder.

    The south-east corner cell has no soil; one parcel is water, one protected; the parcels tile the
    grid without gaps, their corners off the cell corners; district 1 is the north half.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    write_toml(folder, rows, cols)
    write_rasters(folder, rows, cols)
    soils().to_csv(folder / "soils.csv", index=False)
    pd.DataFrame({"code": [1, 2], "name": ["North", "South"]}).to_csv(
        folder / "districts.csv", index=False
    )
    deposition().to_csv(folder / "deposition.csv", index=False)
    weather(rng).to_csv(folder / "weather.csv", index=False)
    sources(rows, cols).to_csv(folder / "sources.csv", index=False)
    (folder / "parcels.geojson").write_text(json.dumps(parcels(rows, cols, rng)), "utf-8")
    return folder


def make_scenario(folder: Path, **overrides: object) -> Scenario:
    """Scenario of six years for the small region; keywords override."""
    settings: dict[str, object] = {
        "name": "test",
        "title": "Test",
        "region": str(folder),
        "start": 2020,
        "years": 6,
        "seed": 7,
        "landuse": {
            "built_growth": [{"year": 2020, "rate": 0.04}],
            "densification_rate": 0.05,
            "max_impervious_urban": 0.8,
            "max_impervious_industrial": 0.9,
            "neighbourhood_distance_m": 600.0,
        },
    }
    return Scenario.model_validate({**settings, **overrides})


def write_toml(folder: Path, rows: int, cols: int) -> None:
    """Write ``region.toml``."""
    suffixes = dict.fromkeys(("elevation", "slope", "soil_unit", "district"), "tif")
    suffixes |= dict.fromkeys(("soils", "districts", "deposition", "weather", "sources"), "csv")
    suffixes["parcels"] = "geojson"
    text = f"""format = 1
name = "testland"
title = "Testland"
description = "A small generated region."

[grid]
crs = "{CRS}"
x_min = {X_MIN}
y_max = {Y_MAX}
cell_size = {CELL}
rows = {rows}
cols = {cols}

[soil]
layer_thickness_m = [0.2, 0.3, 0.5]

[weather]
station = "generated"
latitude = 28.6
longitude = 121.4
time_zone = 8.0
elevation_m = 5.0
anemometer_height_m = 10.0
"""
    for name, suffix in suffixes.items():
        entries = {"file": f"{name}.{suffix}", **RECORD}
        text += f"\n[files.{name}]\n" + "".join(f'{k} = "{v}"\n' for k, v in entries.items())
    (folder / "region.toml").write_text(text, "utf-8")


def write_raster(
    path: Path, array: NDArray[np.generic], unit: str = "", nodata: float | None = None
) -> None:
    """Write one band on the grid of the test region."""
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=array.shape[0],
        width=array.shape[1],
        count=1,
        dtype=array.dtype.name,
        crs=CRS,
        transform=Affine(CELL, 0.0, X_MIN, 0.0, -CELL, Y_MAX),
        nodata=nodata,
    ) as raster:
        raster.write(array, 1)
        if unit:
            raster.units = (unit,)


def write_rasters(folder: Path, rows: int, cols: int) -> None:
    """Write elevation, slope, soil units (1 plain, 2 hill, 0 corner) and two districts."""
    column = np.linspace(0.0, 1.0, cols)
    elevation = np.tile((4.0 + 260.0 * np.clip(0.6 - column, 0.0, None)), (rows, 1))
    slope = np.tile(np.where(column < 0.6, 18.0 - 15.0 * column, 0.8), (rows, 1))
    soil_unit = np.tile(np.where(column < 0.4, 2, 1), (rows, 1)).astype(np.int32)
    soil_unit[-1, -1] = 0
    district = np.repeat(np.where(np.arange(rows) < rows // 2, 1, 2), cols)
    elevation[-1, -1] = slope[-1, -1] = -9999.0
    write_raster(folder / "elevation.tif", elevation.astype(np.float32), "m", -9999.0)
    write_raster(folder / "slope.tif", slope.astype(np.float32), "degree", -9999.0)
    write_raster(folder / "soil_unit.tif", soil_unit)
    write_raster(folder / "district.tif", district.reshape(rows, cols).astype(np.int32))


def soils() -> pd.DataFrame:
    """Two soil units of three layers, ``soils.csv``."""
    table = []
    for code, name, ph, organic, clay, silt, density in (
        (1, "paddy soil", 6.2, 3.4, 32.0, 48.0, 1.18),
        (2, "red soil", 5.1, 2.1, 38.0, 34.0, 1.25),
    ):
        for layer in (1, 2, 3):
            depth = layer - 1
            row = {
                "code": code,
                "name": name,
                "layer": layer,
                "ph": round(ph + 0.2 * depth, 2),
                "organic_matter_pct": round(organic * 0.6**depth, 2),
                "clay_pct": clay + 2.0 * depth,
                "silt_pct": silt - depth,
                "sand_pct": 100.0 - clay - silt - depth,
                "bulk_density_g_cm3": round(density + 0.1 * depth, 2),
            }
            row |= {m: round(v * 0.95**depth, 4) for m, v in TOPSOIL[code].items()}
            table.append(row | {"source": "generated for tests", "confidence": "recalled"})
    return pd.DataFrame(table)


def deposition() -> pd.DataFrame:
    """Regional bulk deposition, ``deposition.csv``."""
    return pd.DataFrame(
        [
            {
                "metal": metal,
                "value": value,
                "low": round(value / 3, 4),
                "high": round(value * 2.5, 4),
                "unit": "mg m-2 yr-1",
                "source": "generated for tests",
                "note": "",
                "confidence": "recalled",
            }
            for metal, value in DEPOSITION.items()
        ]
    )


def weather(rng: np.random.Generator) -> pd.DataFrame:
    """One year of hours of a humid subtropical coast: about 1500 mm of rain, monsoon winds."""
    n = 8760
    hour = np.arange(1, n + 1)
    day = (hour - 0.5) / 24.0
    clock = np.mod(hour - 0.5, 24.0)
    season = np.cos(2 * np.pi * (day - 205.0) / 365.0)  # warmest in late July

    def wander(days: float) -> NDArray[np.float64]:
        """Red noise of unit variance with the given memory."""
        memory = np.exp(-1.0 / (24.0 * days))
        noise = rng.normal(size=n) * np.sqrt(1 - memory**2)
        out = np.empty(n)
        last = rng.normal()
        for i in range(n):
            last = out[i] = memory * last + noise[i]
        return out

    cloud = np.clip(np.round(6.0 + 3.5 * wander(0.8)), 0, 10) + 0.0  # no minus zero
    declination = np.radians(23.45) * np.sin(2 * np.pi * (284 + day) / 365.0)
    latitude = np.radians(LATITUDE)
    sun = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(
        np.radians(15.0 * (clock - 12.0))
    )
    clear = np.where(sun > 0, 990.0 * np.clip(sun, 0, None) - 30.0, 0.0)  # Kasten & Czeplak (1980)
    radiation = np.clip(clear, 0, None) * (1 - 0.75 * (cloud / 10.0) ** 3.4)
    temperature = (
        17.5 + 10.5 * season + 3.0 * np.cos(2 * np.pi * (clock - 15.0) / 24) + 2.5 * wander(3.0)
    )
    humidity = np.clip(78.0 + 6.0 * season - 2.0 * (temperature - 17.5 - 10.5 * season), 20, 100)
    speed = np.round(np.clip(3.4 + 1.7 * wander(0.5), 0, None), 1)
    direction = np.mod(np.where(season > 0, 160.0, 20.0) + 45.0 * wander(0.7), 360.0)
    wet = (cloud >= 8) & (rng.random(n) < 0.30)
    rain = np.where(wet, rng.gamma(0.7, 2.3 + 1.2 * season, n), 0.0)
    table = pd.DataFrame(
        {
            "time": pd.date_range("2021-01-01T01:00", periods=n, freq="h").strftime(
                "%Y-%m-%dT%H:%M"
            ),
            "temp_C": temperature.round(1),
            "rh_pct": humidity.round(0),
            "pressure_hPa": (1015.0 - 9.0 * season + 3.0 * wander(3.0)).round(1),
            "wind_speed_ms": speed,
            "wind_dir_deg": direction.round(0),
            "precip_mm": rain.round(1),
            "global_rad_Wm2": radiation.round(0),
            "cloud_tenths": cloud,
        }
    )
    table.loc[speed < 0.5, "wind_dir_deg"] = np.nan  # calms
    table.loc[100:102, "temp_C"] = np.nan  # a short gap
    table.loc[2000:2040, ["cloud_tenths", "global_rad_Wm2"]] = np.nan  # a long one
    return table


def sources(rows: int, cols: int) -> pd.DataFrame:
    """A coal power plant, a waste incinerator (from mid-2015) and a copper works (until 2040)."""
    table = pd.DataFrame(
        {
            "id": ["coal-1", "waste-1", "copper-1"],
            "name": ["Coast power station", "Waste to energy", "Copper works"],
            "sector": ["coal power", "waste incineration", "secondary copper"],
            "control": ["ESP+WFGD", "AC+FF", "FF"],
            "activity": [2.4e6, 4.0e5, 6.0e4],
            "activity_unit": ["t coal", "t waste", "t product"],
            "x": X_MIN + np.array([0.82, 0.57, 0.64]) * cols * CELL,
            "y": Y_MAX - np.array([0.31, 0.62, 0.66]) * rows * CELL,
            "height_m": [210.0, 80.0, 35.0],
            "diameter_m": [7.5, 2.2, 1.4],
            "temperature_K": [328.0, 413.0, 353.0],
            "velocity_m_s": [18.0, 15.0, 12.0],
            "start_year": [None, 2015.5, None],
            "stop_year": [None, None, 2040.0],
        }
    )
    return table.assign(status="illustrative", reference="generated for tests")


def parcels(rows: int, cols: int, rng: np.random.Generator) -> dict[str, object]:
    """About forty quadrilaterals that tile the grid; a town in the middle, water in one corner."""
    down, across = max(2, 2 * rows // 3), max(2, cols // 2)
    x, y = np.meshgrid(
        X_MIN + np.linspace(0, cols * CELL, across + 1),
        Y_MAX - np.linspace(0, rows * CELL, down + 1),
    )
    x[:, 1:-1] += rng.uniform(-60, 60, x[:, 1:-1].shape).round(1)
    y[1:-1] += rng.uniform(-60, 60, y[1:-1].shape).round(1)
    cover = ("paddy", "paddy", "vegetable", "dryland", "paddy")
    features = []
    for i in range(down):
        for j in range(across):
            number = i * across + j
            hill = j < 0.4 * across
            land = ("forest", "orchard", "grassland")[number % 3] if hill else cover[number % 5]
            impervious = 0.01 if hill else 0.03
            if abs(i - down // 2) <= 1 and j in (across // 2, across // 2 + 1):
                land, impervious = ("industrial", 0.7) if j > across // 2 else ("urban", 0.55)
            if (i, j) == (down - 1, across - 1):
                land, impervious = "water", 0.0
            corners = ((i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1), (i, j))
            ring = [[float(x[c]), float(y[c])] for c in corners]
            features.append(
                {
                    "type": "Feature",
                    "properties": {
                        "id": number + 1,
                        "land_class": land,
                        "impervious": impervious,
                        "zone": "protected" if number == 0 else "open",
                    },
                    "geometry": {"type": "Polygon", "coordinates": [ring]},
                }
            )
    code = CRS.split(":")[1]
    return {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{code}"}},
        "features": features,
    }


def add_samples(folder: Path, text: str) -> None:
    """Give a region the samples of a CSV text."""
    _describe(folder, "files.samples", file="samples.csv")
    (folder / "samples.csv").write_text(text, "utf-8")


def add_covariate(
    folder: Path, name: str, array: NDArray[np.generic], nodata: float | None = None
) -> None:
    """Give a region a map of numbers (float32) or of classes (int32)."""
    kind = "class" if array.dtype.kind == "i" else "number"
    _describe(folder, f"covariates.{name}", file=f"{name}.tif", kind=kind)
    write_raster(folder / f"{name}.tif", array, nodata=nodata)


def add_land_history(
    folder: Path,
    years: Sequence[object],
    percent: NDArray[np.generic],
    pixel: float,
    corner: float = X_MIN,
    nodata: float | None = 255,
) -> None:
    """Give a region maps of built-up land, ``[year, row, col]``, on pixels of a width [m]."""
    _describe(folder, "files.land_history", file="land_history.tif")
    with rasterio.open(
        folder / "land_history.tif",
        "w",
        driver="GTiff",
        height=percent.shape[1],
        width=percent.shape[2],
        count=len(percent),
        dtype=percent.dtype.name,
        crs=CRS,
        transform=Affine(pixel, 0.0, corner, 0.0, -pixel, Y_MAX),
        nodata=nodata,
    ) as raster:
        raster.write(percent)
        raster.descriptions = tuple(str(year) for year in years)


def _describe(folder: Path, table: str, **entries: str) -> None:
    """Add the table of a file to ``region.toml``."""
    lines = [f'{key} = "{value}"\n' for key, value in (entries | RECORD).items()]
    with (folder / "region.toml").open("a", encoding="utf-8") as out:
        out.write(f"\n[{table}]\n" + "".join(lines))
