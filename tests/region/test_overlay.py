"""The overlay of parcels and cells is exact, whatever the polygons look like."""

from __future__ import annotations

import time

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from shapely import box

from simulator.errors import InputError
from simulator.region.model import Grid
from simulator.region.overlay import neighbours, overlay

GRID = Grid("EPSG:32651", 340_000.0, 3_168_000.0, 500.0, (6, 8))


def cell_boxes(grid: Grid) -> np.ndarray:
    x0, _, _, y1 = grid.bounds
    rows, cols = grid.shape
    size = grid.cell_size
    return np.array(
        [
            box(x0 + c * size, y1 - (r + 1) * size, x0 + (c + 1) * size, y1 - r * size)
            for r in range(rows)
            for c in range(cols)
        ]
    )


def by_geos(grid: Grid, shapes: list[shapely.Geometry]) -> np.ndarray:
    """The same matrix by cutting every polygon with every cell."""
    common = shapely.intersection(cell_boxes(grid)[:, None], np.array(shapes)[None, :])
    return shapely.area(common) / grid.cell_area


def voronoi(grid: Grid, count: int, seed: int, margin: float = 0.0) -> list[shapely.Geometry]:
    """Convex polygons of all slants that tile the grid, and a margin around it, exactly once."""
    x0, y0, x1, y1 = grid.bounds
    frame = box(x0 - margin, y0 - margin, x1 + margin, y1 + margin)
    points = np.random.default_rng(seed).uniform(frame.bounds[:2], frame.bounds[2:], (count, 2))
    cells = shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=frame)
    return [p for p in shapely.intersection(shapely.get_parts(cells), frame) if p.area > 0.0]


def at(*corners: tuple[float, float]) -> list[tuple[float, float]]:
    """Corners given in cells from the upper left, as coordinates."""
    return [(GRID.x_min + u * 500.0, GRID.y_max - v * 500.0) for u, v in corners]


def cover_of(*shapes: shapely.Geometry) -> np.ndarray:
    return overlay(GRID, shapes).toarray().reshape(*GRID.shape, len(shapes))


def test_box_covers_the_product_of_its_overlaps_with_columns_and_rows() -> None:
    u0, v0, u1, v1 = 1.25, 0.5, 4.75, 2.125
    share = cover_of(shapely.Polygon(at((u0, v0), (u1, v0), (u1, v1), (u0, v1))))[..., 0]
    along_u = [np.clip(min(u1, c + 1) - max(u0, c), 0, 1) for c in range(8)]
    along_v = [np.clip(min(v1, r + 1) - max(v0, r), 0, 1) for r in range(6)]
    np.testing.assert_array_equal(share, np.outer(along_v, along_u))


def test_triangle_covers_half_of_the_cells_on_its_diagonal() -> None:
    share = cover_of(shapely.Polygon(at((0, 0), (4, 4), (0, 4))))[..., 0]
    expected = np.zeros(GRID.shape)
    expected[:4, :4] = np.tril(np.ones((4, 4)), -1) + 0.5 * np.eye(4)
    np.testing.assert_allclose(share, expected, atol=1e-15)


def test_row_zero_is_north() -> None:
    share = cover_of(box(*GRID.bounds[:1], GRID.y_max - 500.0, GRID.bounds[2], GRID.y_max))
    assert (share[0] == 1.0).all()
    assert (share[1:] == 0.0).all()


@pytest.mark.parametrize("reverse_hole", [False, True])
@pytest.mark.parametrize("reverse_shell", [False, True])
def test_holes_are_left_out_whichever_way_rings_are_drawn(
    reverse_shell: bool, reverse_hole: bool
) -> None:
    shell = at((0, 0), (0, 4), (4, 4), (4, 0))[:: -1 if reverse_shell else 1]
    hole = at((1.5, 1.5), (1.5, 2.5), (2.5, 2.5), (2.5, 1.5))[:: -1 if reverse_hole else 1]
    share = cover_of(shapely.Polygon(shell, [hole]))[..., 0]
    assert share.sum() == pytest.approx(15.0, abs=1e-13)
    np.testing.assert_allclose(share[1:3, 1:3], 0.75, atol=1e-15)


def test_parts_of_a_multipolygon_count_together() -> None:
    parts = [box(*at((0, 1))[0], *at((1, 0))[0]), box(*at((6, 5.5))[0], *at((6.5, 5))[0])]
    share = cover_of(shapely.MultiPolygon(parts))[..., 0]
    assert share[0, 0] == 1.0
    assert share[5, 6] == 0.25
    assert np.count_nonzero(share) == 2


def test_only_the_part_inside_the_grid_counts() -> None:
    x0, y0, x1, y1 = GRID.bounds
    around = cover_of(box(x0 - 3e3, y0 - 3e3, x1 + 3e3, y1 + 3e3))
    assert (around == 1.0).all()
    away = [box(x1 + 10.0, y0, x1 + 20.0, y1), box(x0 - 20.0, y0, x0 - 10.0, y1)]
    away += [box(x0, y1 + 10.0, x1, y1 + 20.0), box(x0, y0 - 20.0, x1, y0 - 10.0)]
    assert overlay(GRID, away).nnz == 0


def test_nothing_gives_an_empty_matrix() -> None:
    assert overlay(GRID, []).shape == (48, 0)
    matrix = overlay(GRID, [shapely.Polygon(), box(*GRID.bounds)])
    assert matrix.shape == (48, 2)
    assert matrix[:, [0]].nnz == 0


@given(count=st.integers(2, 60), seed=st.integers(0, 2**32 - 1), margin=st.sampled_from([0, 700]))
@settings(max_examples=25, deadline=None)
def test_agrees_with_geos_and_tiles_cover_each_cell_once(
    count: int, seed: int, margin: float
) -> None:
    shapes = voronoi(GRID, count, seed, margin)
    share = overlay(GRID, shapes).toarray()
    # GEOS works in metres of 3e6: its areas carry 1e-9 of a cell.
    np.testing.assert_allclose(share, by_geos(GRID, shapes), atol=1e-8)
    np.testing.assert_allclose(share.sum(axis=1), 1.0, atol=1e-9)
    if margin == 0:
        areas = share.sum(axis=0) * GRID.cell_area
        np.testing.assert_allclose(areas, shapely.area(shapes), atol=1e-3)


@given(seed=st.integers(0, 2**32 - 1), points=st.integers(5, 40))
@settings(max_examples=25, deadline=None)
def test_agrees_with_geos_on_ragged_polygons_with_holes(seed: int, points: int) -> None:
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, points))
    centre = np.array(at((4, 3))[0])
    outer = rng.uniform(900.0, 2500.0, points)[:, None] * np.c_[np.cos(angle), np.sin(angle)]
    shape = shapely.Polygon(centre + outer, [centre + 0.3 * outer])
    if not shape.is_valid:
        shape = shapely.Polygon(centre + outer).buffer(0)
    share = overlay(GRID, [shape]).toarray()
    np.testing.assert_allclose(share, by_geos(GRID, [shape]), atol=1e-8)


@given(factor=st.sampled_from([0.5, 2.0, 4.0]), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_area_of_a_parcel_does_not_depend_on_the_cells(factor: float, seed: int) -> None:
    shapes = voronoi(GRID, 20, seed)
    rows, cols = (int(n / factor) if factor < 2 else -(-n // int(factor)) for n in GRID.shape)
    other = Grid(GRID.crs, GRID.x_min, GRID.y_max, GRID.cell_size * factor, (rows, cols))
    area = overlay(GRID, shapes).sum(axis=0) * GRID.cell_area
    np.testing.assert_allclose(
        overlay(other, shapes).sum(axis=0) * other.cell_area, area, rtol=1e-9
    )


def test_slivers_of_rounded_coordinates_are_scaled_away() -> None:
    """Two halves that overlap by 0.2 m along their common edge: the cell is covered once."""
    grid = Grid("EPSG:32651", 0.0, 100.0, 100.0, (1, 1))
    halves = [shapely.box(0, 0, 50.1, 100), shapely.box(49.9, 0, 100, 100)]
    share = overlay(grid, halves).toarray()
    np.testing.assert_allclose(share, [[0.5, 0.5]], rtol=1e-12)
    assert share.sum() == pytest.approx(1.0, abs=1e-15)


def test_overlap_is_refused_and_names_the_parcels() -> None:
    x0, y0, x1, y1 = GRID.bounds
    west, east = box(x0, y0, x0 + 2100.0, y1), box(x0 + 2000.0, y0, x1, y1)
    with pytest.raises(InputError, match=r"parcels 7 and 42.*overlap by 300000 m2") as caught:
        overlay(GRID, [west, east], ids=[7, 42])
    assert len(caught.value.problems) == 1
    assert overlay(GRID, [west, shapely.difference(east, west)]).sum() == pytest.approx(48.0)


def test_matrix_has_sorted_cells_without_duplicates() -> None:
    matrix = overlay(GRID, voronoi(GRID, 30, 3))
    assert matrix.has_canonical_format
    assert matrix.data.min() > 0.0


def test_neighbours_are_those_within_the_distance_from_edge_to_edge() -> None:
    shapes = [box(0, 0, 10, 10), box(10, 0, 20, 10), box(25, 0, 30, 10), box(33, 14, 40, 20)]
    touching = neighbours(shapes, 0.0).toarray()
    assert {(i, j) for i, j in np.argwhere(touching).tolist() if i < j} == {(0, 1)}
    # The last two lie a 3-4-5 triangle apart, corner to corner.
    assert not neighbours(shapes, 4.99).toarray()[2, 3]
    assert neighbours(shapes, 5.0).toarray()[2, 3]


@given(seed=st.integers(0, 2**32 - 1), distance=st.floats(0.0, 2000.0))
@settings(max_examples=15, deadline=None)
def test_neighbours_are_symmetric_and_agree_with_distances(seed: int, distance: float) -> None:
    shapes = np.array(voronoi(GRID, 25, seed))[::2]
    found = neighbours(shapes, distance).toarray()
    assert (found == found.T).all()
    gap = shapely.distance(shapes[:, None], shapes[None, :])
    clear = np.abs(gap - distance) > 1e-6
    expected = (gap <= distance) & ~np.eye(shapes.size, dtype=bool)
    assert (found == expected)[clear | np.eye(shapes.size, dtype=bool)].all()


@pytest.mark.parametrize("distance", [-1.0, np.nan, np.inf])
def test_neighbours_refuse_a_distance_that_is_none(distance: float) -> None:
    with pytest.raises(ValueError, match="distance"):
        neighbours([box(0, 0, 1, 1)], distance)


def test_one_pass_beats_cutting_a_large_polygon_cell_by_cell() -> None:
    grid = Grid("EPSG:32651", 0.0, 60_000.0, 1000.0, (60, 60))
    angle = np.linspace(0.0, 2.0 * np.pi, 20_000, endpoint=False)
    radius = 20_000.0 + 4000.0 * np.sin(900.0 * angle)
    ring = 30_000.0 + radius[:, None] * np.c_[np.cos(angle), np.sin(angle)]
    star = shapely.Polygon(ring)
    share, tries = overlay(grid, [star]), []  # compiled now
    for _ in range(3):  # one may be interrupted by others on the machine
        start = time.perf_counter()
        overlay(grid, [star])
        tries.append(time.perf_counter() - start)
    boxes = cell_boxes(grid)[:600]
    start = time.perf_counter()
    cut = shapely.area(shapely.intersection(boxes, star)) / grid.cell_area
    a_sixth_by_cutting = time.perf_counter() - start

    np.testing.assert_allclose(share.toarray()[:600, 0], cut, atol=1e-8)
    assert min(tries) < a_sixth_by_cutting


@pytest.mark.slow
def test_fifteen_thousand_parcels_take_about_a_second() -> None:
    grid = Grid("EPSG:32651", 340_000.0, 3_268_000.0, 1000.0, (90, 100))
    shapes = voronoi(grid, 15_000, 1)
    overlay(grid, shapes[:10])  # compile
    start = time.perf_counter()
    matrix = overlay(grid, shapes)
    assert time.perf_counter() - start < 5.0
    assert isinstance(matrix, csr_array)
    np.testing.assert_allclose(matrix.sum(axis=1), 1.0, atol=1e-9)
