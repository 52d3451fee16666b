"""A small made-up coast for the tests of the coast builder: its recipe and its raw data."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from simulator.region.build.gcj02 import wgs84_to_gcj02
from tests.region_build.make_record import write_record

RECIPE = Path(__file__).parents[2] / "scenarios" / "recipes" / "taizhou.toml"
#: Two districts side by side on a made-up coast: west, south, east, north. [degrees, WGS 84]
WEST, EAST = (121.30, 28.52, 121.37, 28.66), (121.37, 28.52, 121.44, 28.66)
#: Sea that the boundaries run across: the eastern edge.
SEA = [[121.43, 28.50], [121.45, 28.50], [121.45, 28.68], [121.43, 28.68]]
PLANT = (121.40, 28.60)


def shipped_recipe() -> dict[str, Any]:
    return tomllib.loads(RECIPE.read_text(encoding="utf-8"))


def coast_table() -> dict[str, Any]:
    """Return the recipe of a coast of 14 x 17 km with two towns and two parks."""
    table = shipped_recipe()
    table["name"] = "smallcoast"
    table["grid"] |= {
        "x_min": 333000.0,
        "y_max": 3173000.0,
        "rows": 18,
        "cols": 16,
        "terrain_cell": 125.0,
    }
    table["raw"] = {k: f"{k}{'.geojson' if k == 'boundaries' else '.csv'}" for k in table["raw"]}
    table["daily_weather"] |= {"record": "record.csv", "first_year": 2012, "last_year": 2012}
    table["districts"] = [
        {"code": 1, "adcode": "1001", "name": "West"},
        {"code": 2, "adcode": "1002", "name": "East"},
    ]
    river = [[121.29, 28.60], [121.36, 28.61], [121.43, 28.60]]
    table["waters"] = [
        {"name": "bay", "kind": "sea", "points": SEA},
        {"name": "river", "kind": "river", "points": river, "widths": [100.0, 200.0, 300.0]},
    ]
    plain = [[121.36, 28.53], [121.43, 28.53], [121.43, 28.65], [121.36, 28.65]]
    table["plains"] = [{"name": "plain", "points": plain}]
    use = table["landuse"]
    use["orchard_districts"] = ["West"]
    use["protected_lakes"] = []
    use["towns"] = [
        {"name": "Westtown", "district": "West", "at": [121.35, 28.60], "weight": 2},
        {"name": "Easttown", "district": "East", "at": [121.40, 28.63], "weight": 3},
    ]
    use["parks"] = [
        {"name": "West park", "district": "West", "at": [121.34, 28.595], "weight": 1},
        {"name": "East park", "district": "East", "at": [121.40, 28.57], "weight": 1},
    ]
    table["plants"]["relocate"] = [
        {"name": "Lost Waste Incineration", "park": "West park", "why": "it is in the sea"}
    ]
    table["industry"] = [
        {**part, "parks": ["East park"], "activities": part["activities"][:1]}
        for part in table["industry"]
    ]
    del table["tables"]
    return table


def write_raw(folder: Path) -> Path:
    """Write boundaries (with the GCJ-02 shift), plants, a year of weather and a background."""
    folder.mkdir(exist_ok=True)
    features = []
    for adcode, (west, south, east, north) in (("1001", WEST), ("1002", EAST)):
        # Many points on each side, as the shift bends straight lines a little.
        box = shapely.segmentize(shapely.box(west, south, east, north), 0.01)
        shifted = shapely.transform(box, lambda p: np.column_stack(wgs84_to_gcj02(*p.T)))
        geometry = shapely.geometry.mapping(shifted)
        features.append({"type": "Feature", "properties": {"adcode": adcode}, "geometry": geometry})
    (folder / "boundaries.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features})
    )
    pd.DataFrame(
        [
            ("Shore power station", "Coal", 1260.0, 1995.0, PLANT[1], PLANT[0], 5425.0),
            ("Lost Waste Incineration", "Gas", 12.0, np.nan, 25.0, 125.0, 23.0),
            ("Far power station", "Coal", 600.0, 2001.0, 31.0, 121.4, 2500.0),
        ],
        columns=[
            "name",
            "fuel",
            "capacity_mw",
            "commissioning_year",
            "lat",
            "lon",
            "generation_gwh_est",
        ],
    ).to_csv(folder / "plants.csv", index=False)
    hour = np.arange(8760)
    day = hour % 24
    pd.DataFrame(
        {
            "time_local": pd.date_range("2020-06-01T01:00", periods=8760, freq="h"),
            "temp_C": 17.0 + 10.0 * np.cos(2 * np.pi * hour / 8760),
            "rh_pct": 80.0,
            "pressure_hPa": 1005.0,
            "wind_speed_ms": 3.0 + np.sin(hour),
            "wind_dir_deg": 10.0 * (1 + hour % 36),
            "precip_mm": np.where(hour % 50 == 0, 4.0, 0.0),
            "global_rad_MJm2": np.maximum(np.sin((day - 6) * np.pi / 12), 0.0),
            "cloud_tenths": np.where((day > 6) & (day < 18), 5.0, np.nan),
        }
    ).to_csv(folder / "weather.csv", index=False)
    write_record(folder / "record.csv", 2012)
    median = {"As": 6, "Cd": 0.1, "Cr": 50, "Cu": 20, "Hg": 0.08, "Ni": 20, "Pb": 35, "Zn": 100}
    background = pd.DataFrame({"metal": list(median), "median_mgkg": list(median.values())})
    background.to_csv(folder / "background.csv", index=False)
    return folder
