"""Kernels of emitting cells: mass, symmetry, the exact mean, convolution."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.signal import convolve2d

from simulator.physics.cell_kernel import NEAR, cell_kernel, spread
from simulator.physics.dispersion.polar import RAYS, PolarField

LENGTH = 400.0  # m, over which deposition falls by a factor e
SIZE = 500.0  # m


def density(x, y):
    """Deposition that falls exponentially around its source and sums to 1. [m-2]."""
    return np.exp(-np.hypot(x, y) / LENGTH) / (2.0 * np.pi * LENGTH**2)


def field(of_ray=lambda azimuth: 1.0, wet=0.5):
    """Field of one substance: :func:`density` as dry deposition, a part of it as wet."""
    rings = np.geomspace(20.0, 40e3, 67)
    rays = np.array([of_ray(2.0 * np.pi * k / RAYS) for k in range(RAYS)])
    dry = rays[:, None] * density(rings, 0.0)
    return PolarField(rings, np.stack([0.0 * dry, dry, wet * dry], axis=-1)[:, :, None, :])


def test_all_that_comes_down_is_on_the_cells():
    dry, wet = cell_kernel(field(), SIZE, (30, 30))[:, 0]
    assert dry.sum() * SIZE**2 == pytest.approx(1.0, rel=2e-3)
    assert wet.sum() * SIZE**2 == pytest.approx(0.5, rel=2e-3)


@pytest.mark.parametrize(("down", "right"), [(0, 0), (0, 1), (1, 1), (3, 0), (5, 2), (6, 0)])
def test_it_is_the_mean_over_both_cells(down, right):
    """Mean over emitting and receiving cell = mean over the offset, weighted with a tent."""
    kernel = cell_kernel(field(), SIZE, (10, 10))[0, 0]
    offset = (np.arange(800) + 0.5) / 400.0 - 1.0
    tent = 1.0 - np.abs(offset)
    x, y = SIZE * (right + offset), SIZE * (down + offset)
    exact = tent @ density(x, y[:, None]) @ tent / tent.sum() ** 2
    # beyond NEAR the source stands in the middle of its cell: second order in size over distance
    rel = 0.01 if max(down, right) <= NEAR else 0.15
    assert kernel[9 + down, 9 + right] == pytest.approx(exact, rel=rel)


def test_a_round_plume_leaves_the_same_on_all_sides():
    kernel = cell_kernel(field(), SIZE, (7, 7))[0, 0]
    for same in (kernel[::-1], kernel[:, ::-1], kernel.T):
        np.testing.assert_allclose(same, kernel, rtol=1e-5)


def test_wind_from_the_west_carries_east_and_rows_run_south():
    east = cell_kernel(field(lambda a: float(np.sin(a) > 0.99)), SIZE, (5, 8))[0, 0]
    assert east[4, 8] > 1e3 * east[4, 6]
    south = cell_kernel(field(lambda a: float(np.cos(a) < -0.99)), SIZE, (5, 8))[0, 0]
    assert south[5, 7] > 1e3 * south[3, 7]


def test_one_hot_cell_leaves_the_kernel_around_it():
    kernel = cell_kernel(field(lambda a: 1.0 + np.sin(a)), SIZE, (6, 9))
    share = np.zeros((6, 9))
    share[4, 2] = 1.0
    np.testing.assert_allclose(
        spread(share, kernel), kernel[:, :, 5 - 4 : 11 - 4, 8 - 2 : 17 - 2], rtol=1e-5, atol=1e-18
    )


@cache
def leaning_kernel():
    """Kernel of a plume that goes north more than south."""
    return cell_kernel(field(lambda a: 1.0 + 0.5 * np.cos(a)), SIZE, (5, 4))


@given(arrays(float, (5, 4), elements=st.floats(0.0, 1.0)))
@settings(max_examples=30, deadline=None)
def test_a_map_leaves_the_sum_of_its_cells(share):
    kernel = leaning_kernel()
    found = spread(share, kernel)
    assert (found >= 0.0).all()
    direct = convolve2d(share, kernel[0, 0].astype(float), mode="full")[4:9, 3:7]
    np.testing.assert_allclose(found[0, 0], direct, rtol=1e-5, atol=1e-12 * kernel.max())
    # what leaves the grid is lost, so no more than each cell's own total comes down on it
    assert found[0, 0].sum() <= share.sum() * kernel[0, 0].sum() * (1.0 + 1e-6)
