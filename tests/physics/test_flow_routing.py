"""Pits, flow, length factor and connectivity on maps whose answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulator.physics.flow_routing import (
    accumulate,
    connectivity,
    drain,
    even_slope_length,
    hillslope_factor,
    length_factor,
    slope_length,
)

sides = st.integers(1, 9)
maps = arrays(np.float64, st.tuples(sides, sides), elements=st.integers(0, 9))


def plane(rows: int, cols: int, gradient: float, cell: float) -> np.ndarray:
    """Plane that falls to the south."""
    return np.repeat((1000.0 - gradient * cell * np.arange(rows))[:, None], cols, axis=1)


def neighbours(z: np.ndarray, r: int, c: int) -> np.ndarray:
    """Heights around a cell; the outside is lower than all."""
    padded = np.pad(z, 1, constant_values=-np.inf)
    block = padded[r : r + 3, c : c + 3].reshape(-1)
    return np.delete(block, 4)


def filled_by_iteration(z: np.ndarray) -> np.ndarray:
    """Planchon and Darboux (2002): lower a flood until it stands on the ground or on its outlet."""
    level = np.full(z.shape, np.inf)
    while True:
        new = np.empty_like(level)
        for r, c in np.ndindex(z.shape):
            new[r, c] = max(z[r, c], min(neighbours(level, r, c).min(), level[r, c]))
        if np.array_equal(new, level):
            return level
        level = new


def test_a_bowl_fills_to_its_notch() -> None:
    bowl = np.full((5, 5), 9.0)
    bowl[1:4, 1:4] = 2.0
    bowl[4, 2] = 5.0
    surface = drain(bowl, 1.0).surface
    np.testing.assert_allclose(surface[1:4, 1:4], 5.0, rtol=1e-12)
    assert surface[4, 2] == 5.0
    # and all of it runs out through the notch: nine cells of the bowl, the notch, the rim's share
    assert accumulate(drain(bowl, 1.0))[4, 2] >= 10.0


@settings(deadline=None)
@given(maps)
def test_pits_fill_as_the_iteration_of_planchon_and_darboux_fills_them(z: np.ndarray) -> None:
    surface = drain(z, 1.0).surface
    np.testing.assert_allclose(surface, filled_by_iteration(z), atol=1e-12)


@settings(deadline=None)
@given(maps)
def test_every_cell_drains_and_no_area_is_lost(z: np.ndarray) -> None:
    drainage = drain(z, 2.0)
    surface = drainage.surface
    assert (surface >= z).all()
    outlets = np.zeros(z.shape, dtype=bool)
    for r, c in np.ndindex(z.shape):
        around = neighbours(surface, r, c)
        outlets[r, c] = (around[np.isfinite(around)] >= surface[r, c]).all()
    assert not outlets[1:-1, 1:-1].any()
    area = accumulate(drainage, 4.0)
    assert (area >= 4.0).all()
    assert area[outlets].sum() == pytest.approx(4.0 * z.size, rel=1e-12)


def test_flow_by_hand() -> None:
    assert accumulate(drain(np.array([[3.0, 2.0, 1.0]]), 1.0)).tolist() == [[1.0, 2.0, 3.0]]
    # a ridge of one cell sends half to each side
    assert accumulate(drain(np.array([[1.0, 2.0, 1.0]]), 1.0)).tolist() == [[1.5, 1.0, 1.5]]
    # Freeman (1991): slopes 2 and 2 / sqrt 2 share as their powers 1.1
    z = np.array([[9.0, 9.0, 9.0], [9.0, 3.0, 1.0], [9.0, 9.0, 1.0]])
    straight, across = 2.0**1.1, 2.0**0.55
    total = accumulate(drain(z, 1.0), np.where(np.arange(9).reshape(3, 3) == 4, 1.0, 0.0))
    assert total[1, 2] == pytest.approx(straight / (straight + across))
    assert total[2, 2] >= across / (straight + across) - 1e-12


def test_missing_cells_are_the_outside() -> None:
    z = plane(6, 6, 0.1, 1.0)
    z[:, :2] = np.nan
    area = accumulate(drain(z, 1.0))
    assert np.isnan(area[:, :2]).all()
    assert np.isfinite(area[:, 2:]).all()


def test_area_above_a_cone() -> None:
    """Every point of a cone has the sector above it: r / 2 for each metre of contour.

    A step to the lower neighbours goes on by 0.94 to 1 sides of a cell, depending on the direction,
    so that this much more area passes a cell; with the sides that a cell turns to the flow,
    |sin| + |cos|, it would be up to 41 %.
    """
    size, cell = 301, 10.0
    row, col = np.indices((size, size)) - size // 2
    radius = cell * np.hypot(row, col)
    area = accumulate(drain(5000.0 - radius, cell), cell**2)
    ring = (radius > 1000.0) & (radius < 1400.0)
    # at the middle of a cell half of it is above
    ratio = (area[ring] - 0.5 * cell**2) / cell / (radius[ring] / 2.0)
    assert ratio.min() > 1.0
    assert ratio.max() < 1.07


@pytest.mark.parametrize("gradient", [0.02, 0.1, 0.4])
def test_desmet_and_govers_on_a_plane_is_the_slope_of_one_dimension(gradient: float) -> None:
    cell, rows = 10.0, 30
    drainage = drain(plane(rows, 41, gradient, cell), cell)
    area = accumulate(drainage, cell**2)[:, 20]
    np.testing.assert_allclose(area, cell**2 * np.arange(1, rows + 1), rtol=1e-6)
    m = 0.45
    factor = length_factor(area - cell**2, cell, m)
    # the mean over a slope is the factor of its whole length, wherever it ends
    lengths = cell * np.arange(1, rows + 1)
    means = np.cumsum(factor) / np.arange(1, rows + 1)
    np.testing.assert_allclose(means, (lengths / 22.13) ** m, rtol=1e-6)
    np.testing.assert_allclose(even_slope_length(means, m, 1e4), lengths, rtol=1e-5)


def test_length_factor_by_the_printed_formula() -> None:
    # A 4000 m2, D 20 m, m 0.5: (4400^1.5 - 4000^1.5) / (20^2.5 x 22.13^0.5)
    by_hand = (4400**1.5 - 4000**1.5) / (20**2.5 * math.sqrt(22.13))
    assert float(length_factor(4000.0, 20.0, 0.5)) == pytest.approx(by_hand, rel=1e-12)


@given(st.floats(0, 1e6), st.floats(1, 200), st.floats(0, 0.8))
def test_length_factor_grows_with_the_area_above(inflow: float, cell: float, m: float) -> None:
    here = float(length_factor(inflow, cell, m))
    assert here > 0.0
    assert float(length_factor(inflow + 100.0, cell, m)) >= here * (1.0 - 1e-9)


def test_slopes_end_where_water_has_gathered() -> None:
    z = plane(200, 21, 0.1, 10.0)
    length = slope_length(z, np.full(z.shape, math.atan(0.1)), 10.0, 305.0)
    assert length.max() == 305.0
    drainage = drain(z, 10.0)
    factor = hillslope_factor(accumulate(drainage, 100.0), 10.0, 0.5, 305.0)
    np.testing.assert_allclose(factor[40:-1, 10], factor[150, 10], rtol=1e-6)


def test_cells_longer_than_any_slope_tell_nothing() -> None:
    z = np.random.default_rng(0).normal(size=(4, 4))
    assert (slope_length(z, np.full((4, 4), 0.1), 1000.0, 305.0) == 305.0).all()


def test_slope_length_where_the_ground_is_level() -> None:
    length = slope_length(np.zeros((5, 5)), np.zeros((5, 5)), 10.0, 305.0)
    assert (np.isfinite(length) & (length > 0.0)).all()


def test_connectivity_by_hand() -> None:
    drainage = drain(np.array([[3.0, 2.0, 1.0]]), 10.0)
    area = accumulate(drainage, 100.0)
    stream = np.array([[False, False, True]])
    index = connectivity(drainage, area, np.full((1, 3), 0.1), np.full((1, 3), 0.2), stream)
    # 0.1 x 0.2 x sqrt 100 over 20 m / 0.02, and x sqrt 200 over 10 m / 0.02
    assert index[0, 0] == pytest.approx(math.log10(0.2 / 1000.0))
    assert index[0, 1] == pytest.approx(math.log10(0.02 * math.sqrt(200.0) / 500.0))
    assert np.isnan(index[0, 2])


def test_denser_cover_and_a_longer_way_disconnect() -> None:
    z = plane(20, 9, 0.1, 30.0)
    drainage = drain(z, 30.0)
    area = accumulate(drainage, 900.0)
    stream = np.zeros(z.shape, dtype=bool)
    stream[-1] = True

    def index(cover: float) -> np.ndarray:
        return connectivity(drainage, area, np.full(z.shape, cover), np.full(z.shape, 0.1), stream)

    assert (index(0.2)[:-1] > index(0.02)[:-1]).all()
    assert (np.diff(index(0.2)[:-1, 4]) > 0.0).all()
