"""Means over cells of what is known at points."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.aermod.cell_mapping import (
    DIRECT,
    INTERPOLATED,
    OUTSIDE,
    means_over_cells,
    rings_and_rays,
)
from simulator.aermod.project_receptors import grid_receptors, ring_receptors
from simulator.physics.dispersion.sources import Point
from simulator.region.model import Grid

GRID = Grid("EPSG:32651", 1000.0, 8000.0, 500.0, (14, 10))


def stack(x: float = 2600.0, y: float = 4400.0) -> Point:
    return Point(x, y, 50.0, 2.0, 400.0, 10.0)


def test_points_of_an_exponential_give_its_means() -> None:
    """The logarithm is linear, so that only the pieces and the edge cost something."""
    slope = 1.0 / 700.0
    receptors = grid_receptors(GRID, stack())
    value = np.exp(slope * (receptors.x - 1000.0))
    means = means_over_cells(GRID, stack(), receptors.x, receptors.y, value[:, None])
    assert not means.rings
    assert (means.kind == DIRECT).all()
    half = 0.5 * slope * GRID.cell_size
    exact = np.exp(slope * (GRID.x - 1000.0)) * math.sinh(half) / half
    inner = means.values[0, 1:-1, 1:-1]
    np.testing.assert_allclose(inner, np.broadcast_to(exact[1:-1], inner.shape), rtol=0.007)
    np.testing.assert_allclose(
        means.values[0], np.broadcast_to(exact, GRID.shape), rtol=0.03
    )  # the cell's centre alone


def test_cells_between_receptors_are_interpolated_and_those_beyond_unknown() -> None:
    x, y = (a.ravel() for a in np.meshgrid([1250.0, 2750.0, 4250.0], [2250.0, 7750.0]))
    means = means_over_cells(GRID, stack(9e4), x, y, np.full((6, 2), [3.0, 0.0]))
    kind = means.kind
    assert np.count_nonzero(kind == DIRECT) == 6
    inside = np.zeros(GRID.shape, dtype=bool)
    inside[0:12, 0:7] = True  # from the first receptor to the last
    assert (kind[inside] != OUTSIDE).all()
    assert (kind[~inside] == OUTSIDE).all()
    assert (kind[1:11, 1] == INTERPOLATED).all()
    np.testing.assert_allclose(means.values[0, inside], 3.0)
    np.testing.assert_allclose(means.values[1, inside], 0.0, atol=1e-12)
    assert np.isnan(means.values[:, ~inside]).all()


@pytest.mark.parametrize("count", [1, 2, 5])
def test_receptors_on_a_line_serve_their_own_cells(count: int) -> None:
    x = 1250.0 + 500.0 * np.arange(count)
    means = means_over_cells(GRID, stack(), x, np.full(count, 7750.0), np.ones((count, 1)))
    assert np.count_nonzero(means.kind) == count
    assert (means.kind[0, :count] == DIRECT).all()


@given(rays=st.sampled_from([36, 72, 120]), rings=st.integers(3, 40), seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_rings_are_known_in_any_order_to_the_millimetre(rays: int, rings: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    distance = 50.0 * 1.2 ** np.arange(rings)
    azimuth = 2.0 * math.pi * np.arange(rays) / rays
    field = rng.random((rays, rings, 2))
    order = rng.permutation(rays * rings)
    east = (distance * np.sin(azimuth)[:, None]).ravel().round(3)[order]
    north = (distance * np.cos(azimuth)[:, None]).ravel().round(3)[order]
    found = rings_and_rays(east, north, field.reshape(-1, 2)[order])
    assert found is not None
    np.testing.assert_allclose(found[0], distance, rtol=1e-4)
    np.testing.assert_array_equal(found[1], field)
    assert rings_and_rays(east[1:], north[1:], np.ones((east.size - 1, 1))) is None


def test_rings_of_uneven_distance_are_points_like_others() -> None:
    azimuth = 2.0 * math.pi * np.arange(36) / 36
    distance = np.array([100.0, 200.0, 500.0, 1000.0, 2000.0])[:, None]
    east, north = (distance * np.sin(azimuth)).ravel(), (distance * np.cos(azimuth)).ravel()
    assert rings_and_rays(east, north, np.ones((east.size, 1))) is None
    means = means_over_cells(
        GRID, stack(), stack().x + east, stack().y + north, np.ones((east.size, 1))
    )
    assert not means.rings
    assert {DIRECT, INTERPOLATED, OUTSIDE} == set(means.kind.ravel().tolist())


def test_rings_are_integrated_over_the_cells_within_them() -> None:
    receptors = ring_receptors(stack(), 1500.0)
    means = means_over_cells(
        GRID, stack(), receptors.x, receptors.y, np.full((len(receptors), 1), 2.0)
    )
    assert means.rings
    known = means.kind == DIRECT
    assert 0 < np.count_nonzero(known) < GRID.size
    np.testing.assert_allclose(means.values[0, known], 2.0, rtol=1e-3)
    assert np.isnan(means.values[0, ~known]).all()


def test_points_lie_closer_near_the_source() -> None:
    receptors = grid_receptors(GRID, stack())
    cell = [GRID.cell_of(x, y) for x, y in zip(receptors.x, receptors.y, strict=True)]
    count = np.zeros(GRID.shape, dtype=int)
    np.add.at(count, tuple(np.array(cell).T), 1)
    assert count[GRID.cell_of(2600.0, 4400.0)] == 81
    assert count[0, -1] == 1
    assert len(np.unique(np.column_stack([receptors.x, receptors.y]), axis=0)) == len(receptors)
