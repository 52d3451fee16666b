"""Classes of comprehensive risk and their contiguous areas."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from analysis.assessment.variables import RISK_CLASSES
from analysis.assessment.zones import (
    MATRIX,
    capacity_level,
    outlines,
    overload_zones,
    patches,
    risk_class,
    risk_level,
    risk_zones,
)
from simulator.region.model import Grid
from tests.analysis.assessment.hand_run import BUILT, FALLING, GRID, RISING


def test_levels_of_capacity_are_those_of_the_national_warning() -> None:
    load = np.array([0.5, 0.79, 0.81, 0.99, 1.0, 3.0, np.nan])
    assert capacity_level(load).tolist() == [1, 1, 2, 2, 3, 3, 0]


def test_the_worst_risk_counts_and_what_is_unknown_does_not() -> None:
    cancer = np.array([1e-7, 1e-5, 1e-3, 1e-7, 1e-7, np.nan, np.nan])
    hazard = np.array([0.1, 0.1, 0.1, 1.1, 0.1, np.nan, np.nan])
    index = np.array([50.0, 50.0, 50.0, 50.0, 700.0, 200.0, np.nan])
    assert risk_level(cancer, hazard, index).tolist() == [1, 2, 3, 3, 3, 2, 0]


def test_the_class_rises_with_either_level() -> None:
    assert (np.diff(MATRIX, axis=0) >= 0).all()
    assert (np.diff(MATRIX, axis=1) >= 0).all()
    assert sorted(set(MATRIX.ravel())) == list(range(1, len(RISK_CLASSES) + 1))
    none = np.full(3, np.nan)
    found = risk_class(np.array([0.5, 1.2, np.nan]), none, none, np.array([50.0, 700.0, 50.0]))
    np.testing.assert_array_equal(found, [1, 5, np.nan])


def test_cells_that_touch_by_a_corner_are_one_area() -> None:
    classes = np.array([[1, 2, 1], [2, 1, 0], [1, 0, 3]], dtype=np.int8)
    ids = patches(classes)
    assert len(np.unique(ids[classes == 1])) == 1
    assert len(np.unique(ids[classes == 2])) == 1
    assert (ids[classes == 0] == 0).all()
    shapes = outlines(ids, Grid("EPSG:32651", 0.0, 30.0, 10.0, (3, 3)))
    one = shapes[int(ids[0, 0])]
    assert one.is_valid
    assert one.area == pytest.approx(400.0)
    assert len(one.geoms) == 4
    assert one.contains(shapely.Point(25.0, 25.0))  # north-east cell, row 0
    assert not one.contains(shapely.Point(15.0, 25.0))


@given(arrays(np.int8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 2)))
def test_outlines_are_valid_and_hold_the_area_of_their_cells(classes) -> None:
    grid = Grid("EPSG:32651", 340_000.0, 3_168_000.0, 30.0, classes.shape)
    ids = patches(classes)
    shapes = outlines(ids, grid)
    count = sum(ndimage.label(classes == k, structure=np.ones((3, 3)))[1] for k in (1, 2))
    assert sorted(shapes) == list(range(1, count + 1))
    for k, outline in shapes.items():
        assert outline.is_valid
        assert outline.area == pytest.approx((ids == k).sum() * grid.cell_area)
        for row, col in zip(*np.nonzero(ids == k), strict=True):
            assert outline.contains(shapely.Point(grid.x[col], grid.y[row]))


@pytest.mark.parametrize("min_area", [0.0, 150.0, 400.0, 1e6])
@pytest.mark.parametrize("land", ["current", "fixed"])
def test_zones_cover_what_has_a_class_and_nothing_else(assessed, min_area, land) -> None:
    for year in (2020, 2030):
        state = assessed.sel(year=year, land=land)
        zones = risk_zones(state, GRID, min_area)
        known = np.isfinite(state["risk_class"].values)
        assert sum(z.area_ha for z in zones) == pytest.approx(100.0 * known.sum())
        union = shapely.union_all([z.outline for z in zones])
        assert union.area / 1e4 == pytest.approx(100.0 * known.sum())  # none overlap
        assert [z.cells for z in zones] == sorted((z.cells for z in zones), reverse=True)
        for zone in zones:
            assert zone.outline.area / 1e4 == pytest.approx(zone.area_ha)
            assert zone.name == RISK_CLASSES[zone.code - 1]


def test_small_areas_join_their_largest_neighbour_and_islands_stay(assessed: xr.Dataset) -> None:
    state = assessed.sel(year=2030, land="current").copy()
    classes = np.full(GRID.shape, 2.0)
    classes[1, 1] = 3.0
    classes[:, 3] = np.nan
    classes[0, 4] = 4.0
    classes[1:, 4] = np.nan
    state["risk_class"] = (("y", "x"), classes)
    assert [(z.code, z.cells) for z in risk_zones(state, GRID)] == [(2, 11), (3, 1), (4, 1)]
    assert [(z.code, z.cells) for z in risk_zones(state, GRID, 150.0)] == [(2, 12), (4, 1)]


def test_overload_zones_are_the_cells_above_their_limit(assessed: xr.Dataset) -> None:
    def cells(year: int, land: str) -> set[tuple[int, int]]:
        zones = overload_zones(assessed.sel(year=year, land=land), GRID)
        inside = shapely.union_all([z.outline for z in zones])
        return {
            (r, c)
            for r in range(4)
            for c in range(5)
            if inside.contains(shapely.Point(GRID.x[c], GRID.y[r]))
        }

    assert cells(2020, "current") == cells(2020, "fixed") == {FALLING, BUILT}
    assert cells(2030, "current") == {RISING}
    assert cells(2030, "fixed") == {RISING, BUILT}


def test_a_zone_names_its_metal_receptor_and_load(assessed: xr.Dataset) -> None:
    (zone,) = overload_zones(assessed.sel(year=2030, land="fixed"), GRID)
    assert (zone.leading_metal, zone.metals, zone.receptor) == ("Cd", "Cd", "agricultural")
    assert (zone.cells, zone.area_ha, zone.year, zone.land) == (2, 200.0, 2030, "fixed")
    assert zone.mean_load == pytest.approx(0.5 * (0.41 + 0.35) / 0.3, rel=1e-5)
    assert overload_zones(assessed.sel(year=2030, land="fixed"), GRID, min_area=201.0) == []
