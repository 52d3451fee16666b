"""Drivers: windows and bells by hand, distances, recent growth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulator.landuse.context import LandContext, Snapshot
from simulator.landuse.drivers import (
    NARROWEST,
    bell,
    distance,
    driver_table,
    smooth_share,
    spreads_of,
    window_share,
)

SHARES = arrays(np.float32, (6, 9), elements=st.floats(0.0, 1.0, width=32))
MASKS = arrays(bool, (6, 9))


def context(shape=(6, 9), **layers) -> LandContext:
    return LandContext(100.0, np.ones(shape, bool), np.zeros(shape, bool), layers)


def test_window_leaves_the_pixel_and_invalid_land_out():
    built = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    valid = np.ones((3, 3), bool)
    assert window_share(built, valid, 1)[1, 1] == pytest.approx(2 / 8)
    assert window_share(built, valid, 1)[0, 0] == pytest.approx(1 / 3)  # three neighbours
    valid[0, 0] = False
    assert window_share(built, valid, 1)[1, 1] == pytest.approx(1 / 7)


@given(SHARES, MASKS, st.integers(1, 4))
def test_window_is_the_mean_over_neighbours(values, valid, half):
    share = window_share(values, valid, half)
    rows, cols = np.indices(values.shape)
    for r, c in ((0, 0), (3, 4), (5, 8)):
        near = (abs(rows - r) <= half) & (abs(cols - c) <= half) & valid
        near[r, c] = False
        expected = values[near].mean() if near.any() else 0.0
        assert share[r, c] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("spread", [NARROWEST, 4.0, 11.0])
def test_bell_keeps_mass_and_has_its_spread(spread):
    point = np.zeros((121, 121), np.float32)
    point[60, 60] = 1.0
    smooth = bell(point, spread).astype(float)
    assert smooth.sum() == pytest.approx(1.0, abs=1e-4)
    row = np.arange(121) - 60
    # sizes of moving means are odd numbers of pixels
    assert np.sqrt(smooth.sum(axis=1) @ row**2) == pytest.approx(spread, rel=0.15)


@given(SHARES, MASKS)
def test_smooth_share_lies_within_the_valid_shares(values, valid):
    share = smooth_share(values, valid, 2.0)
    seen = values[valid] if valid.any() else np.zeros(1)
    assert share.max() <= max(seen.max(), 0.0) + 1e-4
    assert share[valid].min(initial=1.0) >= seen.min() - 1e-4


def test_distance_is_in_metres():
    mask = np.zeros((5, 5), bool)
    mask[0, 0] = True
    far = distance(mask, 100.0)
    assert far[0, 0] == 0.0
    assert far[3, 4] == pytest.approx(500.0)
    assert np.all(distance(np.zeros((3, 4), bool), 100.0) == pytest.approx(500.0))


def test_spreads_are_those_that_pixels_resolve():
    assert spreads_of(30.0)[0] == 500.0
    assert spreads_of(400.0)[0] == 1000.0


def test_table_has_a_row_per_pixel_in_reading_order():
    slope = np.arange(54, dtype=np.float32).reshape(6, 9)
    at = np.zeros((6, 9), bool)
    at[[0, 2, 5], [3, 1, 8]] = True
    table = driver_table([Snapshot(2000, np.zeros((6, 9)))], context(slope_deg=slope), at)
    assert table["slope_deg"].tolist() == [3.0, 19.0, 53.0]
    assert not any(name.startswith("gain") for name in table)
    assert np.isfinite(table.to_numpy()).all()


def test_recent_growth_is_a_yearly_rate():
    built = np.zeros((60, 60), np.float32)
    past = [Snapshot(2000, built), Snapshot(2005, built + 0.5)]
    table = driver_table(past, context((60, 60)), np.ones((60, 60), bool))
    assert table["gain_window5"].to_numpy() == pytest.approx(0.1)
    assert table["gain_500m"].to_numpy() == pytest.approx(0.1, rel=1e-3)
    plain = driver_table(past[-1:], context((60, 60)), np.ones((60, 60), bool))
    assert "gain_window5" not in plain


def test_spreads_leave_room_on_the_map():
    table = driver_table(
        [Snapshot(2000, np.zeros((100, 300)))], context((100, 300)), np.ones((100, 300), bool)
    )
    assert "built_1000m" in table  # an eighth of 10 km is 1250 m
    assert "built_2000m" not in table


def test_what_land_was_before_is_told_as_how_often():
    built = np.zeros((6, 9), np.float32)
    covers = [np.full((6, 9), code) for code in (1, 2, 2)]
    past = [Snapshot(2000 + i, built, cover) for i, cover in enumerate(covers)]
    table = driver_table(past, context(), np.ones((6, 9), bool))
    assert set(table["class2_before"]) == {0.5}
    assert set(table["class2_here"]) == {1.0}
    assert "class1_here" not in table
    assert set(driver_table(past, context(), built == 0.0, [1, 2])["class1_before"]) == {0.5}
