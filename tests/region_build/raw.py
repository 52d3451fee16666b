"""Small raw layers and a recipe for them: a river plain with a hill, generated."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import rasterio
from affine import Affine
from numpy.typing import NDArray
from scipy import ndimage

from tests.region_build.make_record import write_record

CRS = "EPSG:32649"
X_MIN, Y_MAX = 700_000.0, 3_400_000.0
CELL, CELLS = 500.0, 8
PIXEL = 25.0
PIXELS = round(CELL * CELLS / PIXEL)

GRASS, FOREST, CROP, TOWN, BARE, WATER = 1, 2, 3, 4, 5, 6
RIVER_UNIT, PLAIN_UNIT, BANK_UNIT, HILL_UNIT = 90, 10, 20, 30

#: The recipe of the shipped region serves as a pattern; places and limits are changed below.
PATTERN = Path(__file__).parents[2] / "scenarios" / "recipes" / "wuhan.toml"


def write_raw(folder: Path) -> Path:
    """Write the raw layers; the town lies in the north-west, the hill in the east."""
    folder.mkdir(parents=True, exist_ok=True)
    row, col = np.indices((PIXELS, PIXELS))
    river = np.abs(row - 0.5 * PIXELS) < 6
    hill = np.exp(-((row - 100) ** 2 + (col - 125) ** 2) / 30.0**2)
    elevation = np.round(20.0 + 150.0 * hill + (col % 2))
    rng = np.random.default_rng(5)
    land = np.full((PIXELS, PIXELS), CROP)
    land[hill > 0.3] = FOREST
    land[:50, :60] = TOWN
    # Meadows, many of them smaller than a parcel may be.
    meadow = ndimage.gaussian_filter(rng.normal(size=land.shape), 3.0)
    land[(meadow > np.quantile(meadow, 0.85)) & (land == CROP)] = GRASS
    land[river] = WATER
    land[:, :4] = 0
    soil = np.where(river, RIVER_UNIT, np.where(np.abs(row - 80) < 30, BANK_UNIT, PLAIN_UNIT))
    soil[(hill > 0.2) & ~river] = HILL_UNIT
    built = np.where((land == TOWN) | (river & (col < 40) & (col >= 4)), 3, 1)
    district = np.where(row < 80, 1, 2)
    _tif(folder / "land.tif", land.astype(np.uint8), 0)
    _tif(folder / "elevation.tif", elevation.astype(np.int16), -9999)
    _tif(folder / "soil.tif", soil.astype(np.int16), -9999)
    _tif(folder / "built.tif", built.astype(np.uint8), 0)
    # the town was half as wide in 2000 and has reached today's size by 2005
    then = np.where((land == TOWN) & (col >= 30), 1, built)
    _tif(folder / "history.tif", np.stack([then, built]).astype(np.uint8), 0, ("2000", "2005"))
    _tif(folder / "district.tif", district.astype(np.uint8), 0)
    _weather(folder)
    _plants(folder)
    return folder


def recipe() -> dict[str, Any]:
    """Recipe of the small region."""
    table = tomllib.loads(PATTERN.read_text(encoding="utf-8"))
    table["name"] = "smallplain"
    table["grid"] = {
        "crs": CRS,
        "x_min": X_MIN,
        "y_max": Y_MAX,
        "cell_size": CELL,
        "rows": CELLS,
        "cols": CELLS,
    }
    table["elevation"] |= {
        "file": "elevation.tif",
        "surroundings": "elevation.tif",
        "noise_margin_m": 50.0,
    }
    table["land_use"]["file"] = "land.tif"
    table["built_up"] |= {"file": "built.tif", "band": 1}
    table["land_history"] = {"file": "history.tif", "code": 3}
    table["district"] = {"file": "district.tif", "names": {1: "North", 2: "South"}}
    table["parcels"] = {"resolution_m": 50.0, "min_area_m2": 2e4, "max_area_m2": 2.5e5}
    table["soil"]["file"] = "soil.tif"
    table["soil"]["rule"] |= {
        "river_code": RIVER_UNIT,
        "red_elevation_m": 40.0,
        "skeletal_slope_deg": 40.0,
        "alluvial_distance_m": 500.0,
    }
    table["weather"] |= {"typical_year": "typical.csv", "rain": "rain.csv"}
    table["daily_weather"] |= {"record": "rain.csv", "first_year": 2012, "last_year": 2012}
    table["plants"]["file"] = "plants.csv"
    del table["tables"]
    return table


def _tif(path: Path, values: NDArray, nodata: int, bands: tuple[str, ...] = ()) -> None:
    stack = values.reshape(-1, *values.shape[-2:])
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=stack.shape[1],
        width=stack.shape[2],
        count=len(stack),
        dtype=values.dtype.name,
        crs=CRS,
        transform=Affine(PIXEL, 0.0, X_MIN, 0.0, -PIXEL, Y_MAX),
        nodata=nodata,
    ) as sink:
        sink.write(stack)
        if bands:
            sink.descriptions = bands


def _weather(folder: Path) -> None:
    hours = pd.date_range("2005-01-01", periods=8760, freq="h")
    n = np.arange(8760)
    pd.DataFrame(
        {
            "month": hours.month,
            "day": hours.day,
            "hour_ending": hours.hour + 1,
            "temp_C": np.round(17.0 - 10.0 * np.cos(2 * np.pi * n / 8760), 1),
            "rh_pct": 60 + n % 42,
            "pressure_hPa": 1010.0,
            "wind_speed_ms": (n % 5).astype(float),
            "wind_dir_deg": np.where(n % 5 == 0, 0, 360),
            "global_rad_Whm2": 100 * (n % 3),
            "total_cloud_tenths": n % 10,
        }
    ).to_csv(folder / "typical.csv", index=False)
    write_record(folder / "rain.csv", 2012)


def _plants(folder: Path) -> None:
    # 113.1 E, 30.7 N lies near the grid.
    rows = [
        ("Plain power station", "Coal", 700.0, 2007.0, 30.70, 113.10, 3000.0),
        ("Plain power station", "Coal", 120.0, 2015.0, 30.71, 113.10, np.nan),
        ("Plain Waste Incineration", "Gas", 10.0, np.nan, 30.72, 113.11, 19.0),
        ("Plain Landfill Gas", "Gas", 2.0, np.nan, 30.72, 113.11, 3.8),
        ("Plain turbine", "Gas", 400.0, 2003.0, 30.72, 113.11, 766.0),
        ("Plain Oil", "Oil", 180.0, np.nan, 30.72, 113.11, 1289.0),
        ("Far power station", "Coal", 600.0, 2007.0, 33.0, 113.1, 2583.0),
    ]
    names = ["name", "fuel", "capacity_mw", "commissioning_year"]
    names += ["lat", "lon", "generation_gwh_est"]
    pd.DataFrame(rows, columns=names).to_csv(folder / "plants.csv", index=False)
