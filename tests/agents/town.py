"""A small town in its land, as parcels, for the tests of parcels."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from shapely import box

from simulator.agents.building_rules import BuildingRules
from simulator.agents.parcel_events import LandEvent
from simulator.agents.parcel_map import ParcelMap
from simulator.agents.parcel_set import ParcelSet
from simulator.constants import BUILT_CLASSES, LAND_CLASSES
from simulator.region.model import Grid

RULES = BuildingRules(
    densification_rate=0.06,
    max_impervious_urban=0.85,
    max_impervious_industrial=0.8,
    neighbourhood_distance=200.0,
    construction_share=0.4,
    slope_limit=math.radians(25.0),
)
SIDE, SIZE = 24, 260.0  # parcels a side and their size; they cross the cells of 500 m
GRID = Grid("EPSG:32651", 340_000.0, 3_168_000.0, 500.0, (13, 13))
CODE = {name: k for k, name in enumerate(LAND_CLASSES)}


def town(seed: int = 0) -> pd.DataFrame:
    """Squares that tile most of the grid: a town with works, a river, farmland, a reserve."""
    rng = np.random.default_rng(seed)
    row, col = np.divmod(np.arange(SIDE * SIDE), SIDE)
    land = rng.choice(["paddy", "dryland", "vegetable", "forest"], row.size).astype(object)
    middle = np.hypot(row - 10, col - 10)
    land[middle < 3.5] = "urban"
    land[(middle < 3.5) & (col > 11)] = "industrial"
    land[col == 16] = "water"
    impervious = rng.uniform(0.0, 0.05, row.size)
    impervious[np.isin(land, BUILT_CLASSES)] = rng.uniform(0.3, 0.9)
    impervious[land == "water"] = 0.0
    x, y = GRID.x_min + col * SIZE, GRID.y_max - row * SIZE
    return pd.DataFrame(
        {
            "id": 1000 + 3 * np.arange(row.size),
            "land_class": land,
            "impervious": impervious,
            "zone": np.where((row < 6) & (col < 12), "protected", "open"),
            "geometry": list(box(x, y - SIZE, x + SIZE, y)),
        }
    )


def parcel_map(table: pd.DataFrame, distance: float = RULES.neighbourhood_distance) -> ParcelMap:
    slope = np.full(GRID.shape, math.radians(2.0))
    slope[-2:] = math.radians(40.0)
    return ParcelMap.build(GRID, slope, np.ones(GRID.shape, dtype=np.int32), table, distance)


TOWN = town()
MAP = parcel_map(TOWN)


def parcel_set(rules: BuildingRules = RULES) -> ParcelSet:
    return ParcelSet(
        MAP,
        rules,
        TOWN["land_class"].map(CODE).to_numpy(dtype=np.int64),
        TOWN["impervious"].to_numpy(),
        (TOWN["zone"] == "protected").to_numpy(),
    )


def step(parcels: ParcelSet, year: int, rate: float, rng: np.random.Generator) -> list[LandEvent]:
    """A year in which the built area that was demanded so far grows at a rate."""
    return parcels.step(year, (parcels.built_area - parcels.surplus) * rate, rng)


def grown(years: int, rate: float, seed: int = 5) -> ParcelSet:
    parcels, rng = parcel_set(), np.random.default_rng(seed)
    for year in range(2020, 2020 + years):
        step(parcels, year, rate, rng)
    return parcels


def same(one: ParcelSet, other: ParcelSet) -> bool:
    a, b = one.to_arrays(), other.to_arrays()
    return a.keys() == b.keys() and all(a[k].tobytes() == b[k].tobytes() for k in a)


def index_of_class(parcels: ParcelSet, name: str, protected: bool = False) -> int:
    return int(
        np.flatnonzero((parcels.land_class == CODE[name]) & (parcels.protected == protected))[0]
    )
