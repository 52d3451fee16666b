"""Small made-up raw data for the builder of kind ``kola``: works, sites, a coast and a lake."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from simulator.constants import METALS

RECIPE = Path(__file__).parents[2] / "scenarios" / "recipes" / "kola.toml"
X0, Y0, SIDE = 600e3, 7600e3, 60e3
WORK = (630e3, 7630e3)
#: The coast runs along this northing; the sea lies north of it. [m]
SHORE = 7650e3
#: West, south, east and north of the lake and of the island in it. [m]
LAKE, ISLAND = (605e3, 7605e3, 621e3, 7621e3), (609e3, 7609e3, 617e3, 7617e3)
FAR = 25.0


def ring(west: float, south: float, east: float, north: float) -> list[list[float]]:
    """Corners of a rectangle, drawn with a gap of 1 km before the end."""
    return [[west, south], [east, south], [east, north], [west, north], [west, south + 1e3]]


def kola_table() -> dict[str, Any]:
    """Return the recipe of a country of 60 x 60 km with one work."""
    table = tomllib.loads(RECIPE.read_text(encoding="utf-8"))
    table["grid"] |= {"x_min": X0, "y_max": Y0 + SIDE, "rows": 12, "cols": 12}
    table["raw"] = {
        "outlines": "outlines.geojson",
        "samples": "humus.csv",
        "places": "mineral.csv",
        "works": "works.csv",
    }
    table["seas"] = [
        {
            "name": "sea",
            "least_length": 5e4,
            "most_length": 1e6,
            "corners": [[X0 + SIDE, Y0 + 2 * SIDE], [X0, Y0 + 2 * SIDE]],
        }
    ]
    table["soil"]["clean_km"] = FAR
    del table["tables"]  # the map of the survey is that of the true grid
    for layer, name in zip(
        table["soil"]["layers"], ("humus.csv", "mineral.csv", "mineral.csv"), strict=True
    ):
        layer["table"] = name
    table["sources"]["works"] = [table["sources"]["works"][0]]
    return table


def write_raw(folder: Path) -> Path:
    """Write the raw data and return the folder."""
    folder.mkdir(parents=True)
    lines = {
        "coast": [[[X0, SHORE], [X0 + SIDE, SHORE]]],
        "lakes": [ring(*LAKE), ring(*ISLAND)],
        "boundary": [
            [[X0, Y0 + SIDE], [X0, Y0]],
            [[X0, Y0], [X0 + SIDE, Y0], [X0 + SIDE, Y0 + SIDE]],
        ],
    }
    features = [
        {
            "type": "Feature",
            "properties": {"kind": kind},
            "geometry": {"type": "MultiLineString", "coordinates": parts},
        }
        for kind, parts in lines.items()
    ]
    outlines = {"type": "FeatureCollection", "features": features}
    (folder / "outlines.geojson").write_text(json.dumps(outlines), encoding="utf-8")
    works = pd.DataFrame([("Nikel", "smelter", *WORK)], columns=["name", "kind", "x_m", "y_m"])
    works.to_csv(folder / "works.csv", index=False)
    sites(0.2).to_csv(folder / "humus.csv", index=False)
    sites(2.0).to_csv(folder / "mineral.csv", index=False)
    return folder


def sites(level: float) -> pd.DataFrame:
    """Sites on a lattice of 10 km; contents are `level`, ten times it near the work."""
    x, y = (
        v.ravel() for v in np.meshgrid(X0 + 5e3 + 1e4 * np.arange(6), Y0 + 5e3 + 1e4 * np.arange(5))
    )
    away = np.hypot(x - WORK[0], y - WORK[1]) / 1e3
    table = pd.DataFrame(
        {
            "site": range(1, x.size + 1),
            "x_m": x,
            "y_m": y,
            "y_accuracy_m": np.where(np.arange(x.size) == 3, 10_000, 1),
            "dist_nikel_km": away,
            "country": np.where(x < WORK[0], "NOR", "RUS"),
            "elev_m": (x - X0) / 1e3,
            "veg_zone": np.where(y > WORK[1], "TUNDRA", "BOREAL_FOREST"),
            "LOI": 80.0,
            "pH": 4.0,
        }
    )
    return table.assign(**{m: np.where(away < FAR, 10.0 * level, level) for m in METALS})
