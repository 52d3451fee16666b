"""What lies under the pointer."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.inspector.parcel import look_parcel
from analysis.inspector.pick import outlines, parcel_at, stack_near
from analysis.inspector.stack import in_cells, stacks
from analysis.runs import grid_of
from simulator.record import RunFolder


def test_every_parcel_is_found_by_a_point_inside_it(acted: RunFolder) -> None:
    grid = grid_of(acted)
    for parcel in outlines(acted).ids.tolist():
        assert parcel_at(acted, *in_cells(grid, *look_parcel(acted, parcel).centre)) == parcel


def test_what_is_found_holds_the_point(acted: RunFolder) -> None:
    grid, rng = grid_of(acted), np.random.default_rng(3)
    rows, cols = grid.shape
    for x, y in rng.uniform(0.0, (cols, rows), (50, 2)):
        parcel = parcel_at(acted, x, y)
        assert parcel is not None
        point = shapely.Point(grid.x_min + x * grid.cell_size, grid.y_max - y * grid.cell_size)
        assert look_parcel(acted, parcel).outline.intersects(point)


def test_outside_there_is_nothing(acted: RunFolder) -> None:
    assert parcel_at(acted, -0.5, 3.0) is None
    assert parcel_at(acted, 3.0, 1e6) is None


def test_outlines_are_read_once_for_a_folder(acted: RunFolder) -> None:
    assert outlines(RunFolder(acted.path)) is outlines(acted)


def test_the_nearest_stack_within_reach(acted: RunFolder) -> None:
    places = [(s.id, s.col, s.row) for s in stacks(acted)]

    @settings(max_examples=25, deadline=None)
    @given(st.floats(-5, 20), st.floats(-5, 20), st.floats(0, 8))
    def check(x: float, y: float, within: float) -> None:
        reach = {source: np.hypot(col - x, row - y) for source, col, row in places}
        nearest = min(reach.values())
        found = stack_near(acted, x, y, within)
        assert (found is not None) == (nearest <= within)
        if found is not None:
            assert reach[found] == nearest

    check()
