from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from simulator.physics.dispersion import Climate, Mode, Stack
from simulator.physics.dispersion.cells import cell_mean, cumulative, point_density
from simulator.physics.dispersion.radial import STEP
from tests.physics.dispersion.tables import table_of


@pytest.fixture(scope="module")
def table(low_stack: Stack, particles: Mode, climate: Climate) -> NDArray[np.float64]:
    return table_of(low_stack, particles, climate, reach=1.0e5)


def brute_force(
    table: NDArray[np.float64], dx: float, dy: float, size: float, n: int
) -> NDArray[np.float64]:
    """Mean over a cell by the midpoint rule on n x n points, those within 1 m left out."""
    offset = ((np.arange(n) + 0.5) / n - 0.5) * size
    total = np.zeros(3)
    for x in dx + offset:
        for y in dy + offset:
            r = math.hypot(x, y)
            if r >= 1.0:
                total += point_density(table, STEP, math.atan2(x, y), r)
    return total / (n * n)


def test_density_is_the_derivative_of_the_cumulative_amount(table: NDArray[np.float64]) -> None:
    for r in (30.0, 500.0, 4321.0, 40000.0):
        for azimuth in (-2.0, 0.3, 3.1):
            h = 1e-5 * r
            upper = np.array(cumulative(table, STEP, azimuth, r + h))
            lower = np.array(cumulative(table, STEP, azimuth, r - h))
            slope = (upper - lower) / (2.0 * h * r)
            np.testing.assert_allclose(point_density(table, STEP, azimuth, r), slope, rtol=1e-5)


def test_density_is_linear_between_the_centres_of_sectors(table: NDArray[np.float64]) -> None:
    width = math.pi / 8.0
    for s in range(16):
        left, right = (point_density(table, STEP, a * width, 2000.0) for a in (s, s + 1))
        for t in (1e-12, 0.25, 0.5, 1.0 - 1e-12):
            got = point_density(table, STEP, (s + t) * width, 2000.0)
            np.testing.assert_allclose(got, (1 - t) * np.array(left) + t * np.array(right))


def test_amount_at_the_centre_of_a_sector_is_that_of_the_sector(
    table: NDArray[np.float64],
) -> None:
    node = 150
    for s in (0, 3, 11):
        got = cumulative(table, STEP, s * math.pi / 8.0, math.exp(node * STEP))
        np.testing.assert_allclose(got, table[s, node, :3] / (math.pi / 8.0), rtol=1e-9)


@pytest.mark.parametrize("size", [100.0, 1000.0])
@pytest.mark.parametrize("place", [(1, 0), (1, 1), (-2, 1), (0.3, 1.4), (5.0, -3.0), (20.0, 13.0)])
def test_cells_away_from_the_source_against_a_fine_quadrature(
    table: NDArray[np.float64], size: float, place: tuple[float, float]
) -> None:
    dx, dy = place[0] * size, place[1] * size
    n = 240 if max(abs(dx), abs(dy)) < 3.0 * size else 60
    np.testing.assert_allclose(
        cell_mean(table, STEP, dx, dy, size), brute_force(table, dx, dy, size, n), rtol=3e-3
    )


@pytest.mark.parametrize("offset", [(0.0, 0.0), (0.31, 0.45), (0.5, 0.0), (0.5, 0.5)])
def test_cell_of_the_source_against_a_fine_quadrature(
    table: NDArray[np.float64], offset: tuple[float, float]
) -> None:
    size = 1000.0
    dx, dy = offset[0] * size, offset[1] * size
    exact = np.array(cell_mean(table, STEP, dx, dy, size))
    fine = brute_force(table, dx, dy, size, 400)
    # rain falls as 1/r up to the source, which the midpoint rule sees badly
    np.testing.assert_allclose(exact[[0, 2]], fine[[0, 2]], rtol=2e-3)
    np.testing.assert_allclose(exact[1], fine[1], rtol=2e-2)


@settings(max_examples=40, deadline=None)
@given(st.floats(-3000.0, 3000.0), st.floats(-3000.0, 3000.0), st.floats(50.0, 2000.0))
def test_mean_of_a_cell_is_the_mean_of_its_quarters(
    table: NDArray[np.float64], dx: float, dy: float, size: float
) -> None:
    quarter = 0.25 * size
    parts = [
        cell_mean(table, STEP, dx + i * quarter, dy + j * quarter, 0.5 * size)
        for i in (-1, 1)
        for j in (-1, 1)
    ]
    whole = cell_mean(table, STEP, dx, dy, size)
    np.testing.assert_allclose(np.mean(parts, axis=0), whole, rtol=6e-3)


def test_a_disc_of_cells_holds_the_mass_within_its_radius(table: NDArray[np.float64]) -> None:
    # cells of a grid add up to the amount within the square: compare with rays over the square
    size, n = 500.0, 31
    centres = (np.arange(n) - 15.0) * size + 130.0
    total = sum(
        np.array(cell_mean(table, STEP, x, y, size)) for x in centres for y in centres
    ) * size**2  # fmt: skip
    azimuths = (np.arange(7200) + 0.5) * 2.0 * math.pi / 7200
    inside = np.zeros(3)
    for a in azimuths:
        s, c = math.sin(a), math.cos(a)
        edge_x = (centres[-1] + 250.0) / s if s > 0.0 else (centres[0] - 250.0) / s
        edge_y = (centres[-1] + 250.0) / c if c > 0.0 else (centres[0] - 250.0) / c
        inside += cumulative(table, STEP, a, min(edge_x, edge_y))
    np.testing.assert_allclose(total, inside * 2.0 * math.pi / 7200, rtol=2e-4)
