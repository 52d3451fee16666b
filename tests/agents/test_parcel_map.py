"""What lies around parcels: slope and centres."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from shapely import box

from simulator.agents.parcel_map import ParcelMap
from tests.agents.town import (
    GRID,
    parcel_map,
)


def test_slope_of_a_parcel_is_the_mean_of_its_cells_by_area() -> None:
    table = pd.DataFrame(
        {
            "id": [1, 2, 3],
            "land_class": ["paddy"] * 3,
            # 1/5 in the first column; wholly on unknown ground; outside the grid
            "geometry": [
                box(GRID.x_min + 400.0, GRID.y_max - 500.0, GRID.x_min + 900.0, GRID.y_max),
                box(GRID.x_min + 1000.0, GRID.y_max - 500.0, GRID.x_min + 1500.0, GRID.y_max),
                box(GRID.x_min - 900.0, GRID.y_max - 500.0, GRID.x_min - 100.0, GRID.y_max),
            ],
        }
    )
    slope = np.zeros(GRID.shape)
    slope[0, :3] = 0.1, 0.2, np.nan
    district = np.ones(GRID.shape, dtype=np.int32)
    found = ParcelMap.build(GRID, slope, district, table, 100.0).slope
    np.testing.assert_allclose(found, [0.2 * 0.1 + 0.8 * 0.2, np.nan, np.nan], rtol=1e-12)


def test_each_district_has_its_centre_in_the_middle_of_its_built_land() -> None:
    # Two towns of two equal squares each, 250 m either side of their centre: b = 250 / sqrt(6).
    x, y = GRID.x_min + np.array([0, 500, 4000, 4500, 1500]), GRID.y_max - 500.0
    table = pd.DataFrame(
        {
            "id": range(5),
            "land_class": ["urban", "industrial", "urban", "urban", "paddy"],
            "geometry": [box(a, y, a + 500.0, y + 500.0) for a in x],
        }
    )
    district = np.ones(GRID.shape, dtype=np.int32)
    district[:, 7:] = 2
    found = ParcelMap.build(GRID, np.zeros(GRID.shape), district, table, 100.0)
    np.testing.assert_allclose(found.centre_distance, [250.0] * 4 + [1250.0], rtol=1e-12)
    assert found.centre_scale == GRID.cell_size  # never below what the region resolves
    fine = replace(GRID, cell_size=50.0, shape=(130, 130))
    district = np.repeat(np.repeat(district, 10, axis=0), 10, axis=1)
    found = ParcelMap.build(fine, np.zeros(fine.shape), district, table, 100.0)
    assert found.centre_scale == pytest.approx(250.0 / math.sqrt(6.0))


def test_large_parcels_draw_the_centre_to_them() -> None:
    # 3 parts of area at 0 m and 1 part at 2000 m have their middle at 500 m.
    x, y = GRID.x_min + 1000.0, GRID.y_max - 2000.0
    shapes = [box(x - 150.0, y, x + 150.0, y + 100.0), box(x + 1950.0, y, x + 2050.0, y + 100.0)]
    table = pd.DataFrame({"id": [1, 2], "land_class": ["urban", "urban"], "geometry": shapes})
    np.testing.assert_allclose(parcel_map(table).centre_distance, [500.0, 1500.0], rtol=1e-9)
