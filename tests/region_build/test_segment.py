"""Parcels tile the raster, keep to districts and sizes, and do not depend on chance."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from simulator.region.build.segment import label_parcels, segment, zonal_mean

STEP = 100.0
TRANSFORM = Affine(STEP, 0.0, 500_000.0, 0.0, -STEP, 3_000_000.0)


def random_classes(seed: int, shape: tuple[int, int] = (40, 50)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    smooth = ndimage.gaussian_filter(rng.normal(size=shape), 1.5)
    return np.digitize(smooth, np.quantile(smooth, [0.1, 0.4, 0.7])).astype(np.int64)


def rasterised(parcels, shape: tuple[int, int]) -> np.ndarray:
    """Number of parcels at each cell centre."""
    y, x = np.indices(shape)
    points = shapely.points(
        TRANSFORM.c + (x.ravel() + 0.5) * STEP, TRANSFORM.f - (y.ravel() + 0.5) * STEP
    )
    tree = shapely.STRtree(points)
    hit = tree.query(parcels["geometry"].to_numpy(), predicate="contains")[1]
    return np.bincount(hit, minlength=points.size).reshape(shape)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), max_cells=st.integers(4, 400), min_cells=st.integers(1, 12))
def test_parcels_tile_the_classified_cells(seed: int, max_cells: int, min_cells: int) -> None:
    classes = random_classes(seed)
    parcels = segment(
        classes, np.zeros(classes.shape), TRANSFORM, None, max_cells * STEP**2, min_cells * STEP**2
    )
    np.testing.assert_array_equal(rasterised(parcels, classes.shape), (classes > 0).astype(int))
    area = shapely.area(parcels["geometry"].to_numpy())
    np.testing.assert_allclose(area, parcels["area_m2"])
    assert area.sum() == pytest.approx((classes > 0).sum() * STEP**2)
    assert shapely.is_valid(parcels["geometry"].to_numpy()).all()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_each_parcel_is_connected_and_numbers_follow_reading_order(seed: int) -> None:
    classes = random_classes(seed)
    labels = label_parcels(classes, TRANSFORM, None, 60 * STEP**2, 5 * STEP**2)
    for k in range(1, labels.max() + 1):
        assert ndimage.label(labels == k)[1] == 1
    first = [int(np.argmax(labels.ravel() == k)) for k in range(1, labels.max() + 1)]
    assert first == sorted(first)


def test_without_joining_no_parcel_mixes_classes_or_districts() -> None:
    classes = random_classes(3)
    districts = np.where(np.arange(50)[None, :] < 23, 1, 2) * np.ones((40, 1), dtype=int)
    labels = label_parcels(classes, TRANSFORM, districts, 60 * STEP**2, 0.0)
    for k in range(1, labels.max() + 1):
        assert np.unique(classes[labels == k]).size == 1
        assert np.unique(districts[labels == k]).size == 1


def test_without_joining_no_parcel_exceeds_the_largest_size() -> None:
    labels = label_parcels(np.ones((60, 60), dtype=int), TRANSFORM, None, 49 * STEP**2, 0.0)
    assert np.bincount(labels.ravel())[1:].max() <= 49


def test_no_parcel_is_smaller_than_asked_unless_it_is_an_island() -> None:
    classes = random_classes(8)
    classes[:6, :6] = 0
    classes[2, 2] = 1  # an island of one cell in ground without parcels
    labels = label_parcels(classes, TRANSFORM, None, 80 * STEP**2, 6 * STEP**2)
    size = np.bincount(labels.ravel())[1:]
    patches, _ = ndimage.label(classes > 0)
    for k in np.flatnonzero(size < 6) + 1:
        patch = patches[labels == k][0]
        assert (patches == patch).sum() == size[k - 1]
    assert (size == 1).sum() >= 1


def test_small_piece_joins_its_own_class_before_a_longer_border() -> None:
    # A sliver of class 1 touches class 2 along five cells and class 1, across a cut, along one.
    classes = np.full((5, 8), 2)
    classes[:, 4:] = 1
    classes[0, 3] = 1
    districts = np.ones((5, 8), dtype=int)
    labels = label_parcels(classes, TRANSFORM, districts, 1e9, 3 * STEP**2)
    assert labels[0, 3] == labels[0, 5]
    assert np.unique(labels).size == 2


def test_same_input_gives_the_same_parcels() -> None:
    classes = random_classes(11)
    one, two = (
        segment(classes, np.zeros(classes.shape), TRANSFORM, None, 1e6, 5e4) for _ in range(2)
    )
    assert shapely.equals_exact(
        one["geometry"].to_numpy(), two["geometry"].to_numpy(), tolerance=0.0
    ).all()
    assert one.drop(columns="geometry").equals(two.drop(columns="geometry"))


def test_impervious_area_is_kept() -> None:
    classes = random_classes(2)
    share = np.random.default_rng(1).random(classes.shape)
    parcels = segment(classes, share, TRANSFORM, None, 1e6, 5e4)
    sealed = (parcels["impervious"] * parcels["area_m2"]).sum()
    assert sealed == pytest.approx(share[classes > 0].sum() * STEP**2)


def test_zonal_mean_skips_missing_values() -> None:
    labels = np.array([[1, 1, 2, 0]])
    values = np.array([[1.0, np.nan, np.nan, 9.0]])
    np.testing.assert_array_equal(zonal_mean(labels, values, 2), [1.0, 0.0])


def test_nothing_classified_gives_no_parcels() -> None:
    empty = segment(np.zeros((3, 3), dtype=int), np.zeros((3, 3)), TRANSFORM, None, 1e6, 1e4)
    assert len(empty) == 0
