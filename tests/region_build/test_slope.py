"""Slope is right on a plane; noise is measured on flat water and taken off again."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.region.build.slope import (
    SlopeNoise,
    levelled,
    mean_slope,
    open_water_slope,
    slope_degrees,
)
from simulator.region.model import Grid

PIXEL = 30.0
SIDE = 360
#: Cells of 36 pixels a side, as 1 km cells have 33.
GRID = Grid("EPSG:32649", 0.0, SIDE * PIXEL, 36 * PIXEL, (10, 10))
CELLS = np.kron(np.arange(100).reshape(10, 10), np.ones((36, 36), dtype=np.int64))


def noisy_plane(degrees: float, sigma: float, seed: int = 0) -> NDArray[np.float64]:
    """Elevation of a plane that rises to the south-east, with white noise of the heights. [m]"""
    row, col = np.indices((SIDE, SIDE)) * PIXEL
    noise = np.random.default_rng(seed).normal(0.0, sigma, (SIDE, SIDE))
    return np.tan(np.radians(degrees)) * (row + col) / np.sqrt(2.0) + noise


def measured(sigma: float) -> SlopeNoise:
    water = np.ones((SIDE, SIDE), dtype=bool)
    return open_water_slope(slope_degrees(noisy_plane(0.0, sigma, 1), PIXEL, 3), water, PIXEL, 90.0)


@pytest.mark.parametrize("smoothing", [1, 3])
def test_slope_of_a_plane_is_its_angle(smoothing: int) -> None:
    # Rises 3 m in 100 m to the east and 4 m in 100 m to the south: gradient 0.05.
    row, col = np.indices((12, 15))
    slope = slope_degrees(0.03 * 25 * col + 0.04 * 25 * row, 25.0, smoothing)
    inside = slope[2:-2, 2:-2]
    np.testing.assert_allclose(inside, np.degrees(np.arctan(0.05)))


def test_smoothing_lowers_the_slope_of_noise() -> None:
    flat = np.round(20.0 + np.random.default_rng(0).normal(0, 0.6, (80, 80)))
    rough = np.nanmean(slope_degrees(flat, 30.0, 1))
    assert np.nanmean(slope_degrees(flat, 30.0, 3)) < 0.6 * rough


def test_slope_does_not_invent_cliffs_at_missing_ground() -> None:
    elevation = np.full((9, 9), 500.0)
    elevation[:, 5:] = np.nan
    slope = slope_degrees(elevation, 30.0, 3)
    assert np.nanmax(slope) == pytest.approx(0.0, abs=1e-9)
    assert np.isnan(slope[:, 5:]).all()


@pytest.mark.parametrize("sigma", [0.5, 2.0])
def test_noise_of_white_heights_is_that_of_error_propagation(sigma: float) -> None:
    r"""Variance of a component after a 3 x 3 mean: the two means overlap in 3 of 9 pixels.

    Their difference has 2 x 6 pixels of weight 1/9, so :math:`n^2 = 2 \cdot 12/81\,\sigma^2 / (2
    d)^2`.
    """
    expected = np.sqrt(2.0 * 12.0 / 81.0) * sigma / (2.0 * PIXEL)
    assert measured(sigma).gradient == pytest.approx(expected, rel=0.02)


def test_dykes_on_the_water_hardly_move_the_noise() -> None:
    elevation = noisy_plane(0.0, 1.0, 1)
    elevation[::60] += 10.0
    water = np.ones((SIDE, SIDE), dtype=bool)
    slope = slope_degrees(elevation, PIXEL, 3)
    found = open_water_slope(slope, water, PIXEL, 90.0)
    assert found.gradient == pytest.approx(measured(1.0).gradient, rel=0.15)
    # The mean square follows them.
    assert np.sqrt(np.mean(np.tan(np.radians(slope)) ** 2)) > 1.5 * found.gradient


def test_water_counts_only_beyond_the_margin() -> None:
    slope = np.full((40, 40), 9.0)
    water = np.zeros((40, 40), dtype=bool)
    water[5:25, 5:25] = True
    slope[9:21, 9:21] = 1.0  # 5 pixels and more from the shore
    found = open_water_slope(slope, water, PIXEL, 4.0 * PIXEL)
    assert (found.pixels, found.median) == (144, 1.0)
    assert open_water_slope(slope, water, PIXEL, 400.0).pixels == 0


def test_levelled_water_is_found_and_missing_ground_is_not_levelled() -> None:
    elevation = np.round(noisy_plane(0.0, 2.0))[:60, :60]
    elevation[10:30, 10:30] = 16.0
    elevation[40:60, 40:60] = np.nan
    wanted = np.zeros((60, 60), dtype=bool)
    wanted[10:30, 10:30] = True
    np.testing.assert_array_equal(levelled(elevation, 7), wanted)


@pytest.mark.parametrize("degrees", [0.5, 1.0, 2.0, 5.0, 20.0])
@pytest.mark.parametrize("sigma", [0.5, 1.0, 2.0])
def test_a_noisy_plane_comes_back(degrees: float, sigma: float) -> None:
    r"""Within :math:`1 - \sqrt{\pi}/2` low, 3 % high (chance), where uncorrected it is high."""
    slope = slope_degrees(noisy_plane(degrees, sigma), PIXEL, 3)
    noise = np.full(slope.shape, measured(sigma).gradient)
    mean = mean_slope(slope, noise, CELLS, GRID).mean()
    assert -(1.0 - np.sqrt(np.pi) / 2.0) - 0.03 < mean / degrees - 1.0 < 0.03
    assert mean < slope.mean()


def test_flat_ground_keeps_less_than_pixel_by_pixel() -> None:
    """Chance leaves some noise in a cell; cut pixel by pixel, e^-1 sqrt(pi)/2 = 0.33 n stays."""
    slope = slope_degrees(noisy_plane(0.0, 2.0), PIXEL, 3)
    n = measured(2.0).gradient
    mean = mean_slope(slope, np.full(slope.shape, n), CELLS, GRID).mean()
    inside = np.tan(np.radians(slope[3:-3, 3:-3]))  # the edges have one-sided differences
    by_pixel = np.sqrt(np.maximum(inside**2 - n**2, 0.0)).mean()
    assert by_pixel == pytest.approx(np.sqrt(np.pi) / 2.0 / np.e * n, rel=0.05)
    assert np.tan(np.radians(mean)) < 0.5 * by_pixel


def test_rolling_ground_comes_back_exactly() -> None:
    """Gradients that scatter normally about zero: the ratio of mean to root mean square stays."""
    rng = np.random.default_rng(3)
    true = rng.normal(0.0, 0.03, (2, SIDE, SIDE))
    shown = true + rng.normal(0.0, 0.02, true.shape)
    slope = [np.degrees(np.arctan(np.hypot(*g))) for g in (true, shown)]
    noise = np.full((SIDE, SIDE), 0.02 * np.sqrt(2.0))
    mean = mean_slope(slope[1], noise, CELLS, GRID).mean()
    assert mean == pytest.approx(slope[0].mean(), rel=0.01)


def test_levelled_pixels_of_a_cell_have_no_noise_to_take_off() -> None:
    """A cell half of levelled water: half the slope of its land."""
    slope = slope_degrees(noisy_plane(5.0, 1.0), PIXEL, 3)
    noise = np.full(slope.shape, measured(1.0).gradient)
    whole = mean_slope(slope, noise, CELLS, GRID)
    half = np.indices(slope.shape)[1] % 36 < 18
    shore = mean_slope(np.where(half, 0.0, slope), np.where(half, 0.0, noise), CELLS, GRID)
    np.testing.assert_allclose(shore, 0.5 * whole, rtol=0.02)


def test_nothing_is_taken_off_without_noise_and_missing_stays_missing() -> None:
    slope = slope_degrees(noisy_plane(1.0, 1.0), PIXEL, 3)
    slope[:36, :36] = np.nan
    slope[36:72, :36] = 0.0
    mean = mean_slope(slope, np.zeros(slope.shape), CELLS, GRID)
    blocks = slope.reshape(10, 36, 10, 36).mean(axis=(1, 3))
    np.testing.assert_allclose(mean, blocks)
    assert np.isnan(mean[0, 0])
    assert mean[1, 0] == 0.0
