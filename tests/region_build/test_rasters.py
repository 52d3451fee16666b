"""Aggregation keeps what it sums."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from scipy import ndimage

from simulator.errors import InputError
from simulator.region.build import rasters
from simulator.region.build.landcover import area_keeping_classes, parcel_class_cells
from simulator.region.build.layers import move_off_water
from simulator.region.build.rasters import Layer
from simulator.region.build.segment import label_parcels
from simulator.region.model import Grid

GRID = Grid("EPSG:32649", 1000.0, 9000.0, 100.0, (4, 5))


def layer(values: np.ndarray, pixel: float, x_min: float = 1000.0, y_max: float = 9000.0) -> Layer:
    return Layer(
        values,
        np.ones(values.shape, dtype=bool),
        Affine(pixel, 0.0, x_min, 0.0, -pixel, y_max),
        "EPSG:32649",
    )


def test_mean_of_equal_pixels_is_the_block_mean() -> None:
    values = np.random.default_rng(0).random((16, 20))
    cells = rasters.cells_of(layer(values, 25.0), GRID)
    expected = values.reshape(4, 4, 5, 4).mean(axis=(1, 3))
    np.testing.assert_allclose(rasters.mean(values, cells, GRID), expected)


def test_counts_lose_no_pixel_inside_and_take_none_outside() -> None:
    # Pixels of 30 m do not divide the cells; 6 columns lie west of the grid.
    values = np.random.default_rng(1).integers(1, 4, (13, 22))
    shifted = layer(values, 30.0, x_min=1000.0 - 6 * 30.0)
    number = rasters.counts(values, rasters.cells_of(shifted, GRID), GRID, [1, 2, 3])
    assert number.sum() == 13 * (22 - 6)


def test_majority_takes_the_most_frequent_and_zero_without_pixels() -> None:
    values = np.full((16, 20), 7)
    values[:, 16:] = 99
    values[0, 0] = 8
    found = rasters.majority(values, rasters.cells_of(layer(values, 25.0), GRID), GRID, [7, 8])
    assert (found[:, :4] == 7).all()
    assert (found[:, 4] == 0).all()


def test_sample_takes_the_pixel_that_holds_the_centre() -> None:
    coarse = layer(np.arange(20).reshape(4, 5), 100.0)
    fine = layer(np.zeros((16, 24)), 25.0)
    taken = rasters.sample(coarse, fine, -1)
    np.testing.assert_array_equal(taken[:, :20], np.kron(coarse.values, np.ones((4, 4))))
    assert (taken[:, 20:] == -1).all()


def test_nearest_fill() -> None:
    values = np.array([[4, 0, 0, 0, 9]])
    np.testing.assert_array_equal(rasters.nearest_fill(values, values > 0), [[4, 4, 4, 9, 9]])


def test_missing_raster_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.tif"):
        rasters.read_layer(tmp_path / "nowhere.tif", "EPSG:32649")


def test_classes_of_parcels_keep_the_area_of_scattered_classes() -> None:
    """A majority loses a class that is a quarter everywhere; the weights bring it back."""
    noise = ndimage.gaussian_filter(np.random.default_rng(4).normal(size=(60, 60)), 1.5)
    scattered = np.clip(0.25 + 0.1 * noise / noise.std(), 0.0, 0.49)
    shares = np.stack([1.0 - scattered, scattered])
    mapped = np.ones((60, 60), dtype=bool)
    districts = np.ones((60, 60), dtype=np.int64)
    transform = Affine(100.0, 0.0, 0.0, 0.0, -100.0, 0.0)
    limits = (50e4, 3e4)
    classes = area_keeping_classes(shares, mapped, districts, transform, *limits)
    labels = label_parcels(classes, transform, districts, *limits)
    got = parcel_class_cells(labels, classes, 2)
    wanted = shares.sum(axis=(1, 2))
    assert (shares.argmax(axis=0) == 0).all()
    np.testing.assert_allclose(got, wanted, rtol=0.05)


def test_built_up_share_moves_from_water_to_the_nearest_land() -> None:
    built = np.array([[0.2, 0.5, 0.1, 0.0], [0.0, 0.0, 0.3, 0.4]])
    land = np.array([[True, False, False, True], [True, True, True, False]])
    mapped = np.ones((2, 4), dtype=bool)
    mapped[1, 3] = False  # not in the region: its share stays out
    moved = move_off_water(built, land, mapped)
    assert (moved[~land] == 0.0).all()
    assert moved.sum() == pytest.approx(built[mapped].sum())
