"""Scores of land maps: worked by hand, and what holds for all maps."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.landuse.scores import (
    ThreeMaps,
    components,
    contingency,
    fuzzy,
    gain,
    multiresolution,
    three_maps,
)

SHAPE = (9, 7)
MAPS = arrays(np.int8, SHAPE, elements=st.integers(1, 4))
MASKS = arrays(np.bool_, SHAPE)
EVERYWHERE = np.ones(SHAPE, dtype=bool)


def test_three_maps_by_hand():
    start = np.array([[1, 1, 1, 1, 1, 1, 2, 2]])
    truth = np.array([[2, 2, 3, 3, 1, 1, 2, 3]])
    said_ = np.array([[2, 1, 3, 2, 2, 1, 2, 2]])
    found = three_maps(start, truth, said_, np.ones((1, 8), dtype=bool))
    assert found == ThreeMaps(hits=2, misses=2, false_alarms=1, wrong_hits=1)
    assert found.figure_of_merit == pytest.approx(2 / 6)
    assert found.producers == pytest.approx(2 / 5)  # of five observed changes
    assert found.users == pytest.approx(2 / 4)  # of four predicted changes


def test_what_is_not_counted_does_not_count():
    start = np.array([[1, 1, 1]])
    truth = np.array([[2, 2, 1]])
    counted = np.array([[True, False, True]])
    assert three_maps(start, truth, truth, counted) == ThreeMaps(1, 0, 0)
    assert gain(start == 2, truth == 2, truth == 2, counted) == ThreeMaps(1, 0, 0)


def test_no_change_has_no_figure_of_merit():
    built = np.zeros((2, 2), dtype=bool)
    found = gain(built, built, built, ~built)
    assert math.isnan(found.figure_of_merit)
    assert gain(built, ~built, built, ~built).figure_of_merit == 0.0


def test_random_growth_scores_as_expected():
    """Of N candidates, n chosen at random and n observed share n²/N on average."""
    rng = np.random.default_rng(5)
    size, n = 4000, 400
    start = np.zeros((1, size), dtype=bool)
    hits = []
    for _ in range(40):
        truth, said_ = start.copy(), start.copy()
        truth[0, rng.choice(size, n, replace=False)] = True
        said_[0, rng.choice(size, n, replace=False)] = True
        hits.append(gain(start, truth, said_, ~start).hits)
    assert np.mean(hits) == pytest.approx(n * n / size, rel=0.1)


def test_quantity_exchange_and_shift_of_pure_cases():
    """The three cases that the components are named after (Pontius & Santacruz 2014)."""
    quantity = components(np.array([[4, 2], [0, 4]]))
    assert (quantity.quantity, quantity.exchange, quantity.shift) == pytest.approx((0.2, 0, 0))
    exchange = components(np.array([[4, 1], [1, 4]]))
    assert (exchange.quantity, exchange.exchange, exchange.shift) == pytest.approx((0, 0.2, 0))
    shift = components(np.array([[3, 1, 0], [0, 3, 1], [1, 0, 3]]))  # round three classes
    assert (shift.quantity, shift.exchange, shift.shift) == pytest.approx((0, 0, 0.25))


def test_components_by_hand():
    table = np.array([[50, 5, 3], [2, 20, 4], [1, 6, 9]])
    # column less row totals: -5, 5, 0; pairs in both directions: 2, 1 and 4; off the diagonal: 21
    found = components(table)
    assert found.quantity == pytest.approx(0.05)
    assert found.exchange == pytest.approx(0.14)
    assert found.shift == pytest.approx(0.21 - 0.05 - 0.14)


@given(MAPS, MAPS)
def test_components_add_up_to_the_difference(first, second):
    found = components(contingency(first, second, EVERYWHERE))
    total = found.quantity + found.exchange + found.shift
    assert total == pytest.approx(np.mean(first != second))
    assert min(found.quantity, found.exchange, found.shift) >= 0.0


@given(MASKS, MASKS)
def test_two_classes_have_no_shift(first, second):
    assert components(contingency(first, second, EVERYWHERE)).shift == pytest.approx(0.0, abs=1e-12)


@given(MAPS, MAPS, MAPS, MASKS)
def test_three_maps_split_the_pixels(start, truth, predicted, counted):
    found = three_maps(start, truth, predicted, counted)
    union = ((truth != start) | (predicted != start)) & counted
    assert found.hits + found.misses + found.false_alarms + found.wrong_hits == union.sum()
    perfect = three_maps(start, truth, truth, counted)
    assert perfect.hits == ((truth != start) & counted).sum()
    assert perfect.misses == perfect.false_alarms == perfect.wrong_hits == 0


def test_coarser_blocks_forgive_what_lies_near():
    start = np.zeros((4, 4), dtype=bool)
    truth, predicted = start.copy(), start.copy()
    truth[0, 0] = truth[3, 3] = True
    predicted[1, 1] = predicted[3, 3] = True  # one right, one off by a pixel in the same block
    found = multiresolution(start, truth, predicted, ~start, (1, 2, 4))
    assert found.figure_of_merit == pytest.approx((1 / 3, 1.0, 1.0))
    assert found.agreement == pytest.approx((14 / 16, 1.0, 1.0))
    weights = np.exp(-0.1 * np.array([0, 1, 3]))
    expected = weights @ [14 / 16, 1, 1] / weights.sum()
    assert found.weighted_agreement == pytest.approx(expected)


def test_blocks_that_do_not_divide_the_map_lose_nothing():
    start = np.zeros((5, 7), dtype=bool)
    truth = ~start
    found = multiresolution(start, truth, start, ~start, (3, 9))
    assert found.agreement == pytest.approx((0.0, 0.0))


@given(MASKS, MASKS, MASKS, MASKS)
def test_the_finest_block_and_the_least_radius_are_the_plain_figure(start, truth, said_, counted):
    plain = gain(start, truth, said_, counted).figure_of_merit
    same = pytest.approx(plain, nan_ok=True)
    assert multiresolution(start, truth, said_, counted).figure_of_merit[0] == same
    assert fuzzy(start, truth, said_, counted).figure_of_merit[0] == same


@given(MASKS, MASKS, MASKS)
def test_agreement_does_not_fall_with_the_radius(start, truth, said_):
    found = fuzzy(start, truth, said_, EVERYWHERE)
    for values in (found.figure_of_merit, found.similarity):
        assert math.isnan(values[0]) or all(np.diff(values) >= 0.0)


def test_fuzzy_by_hand():
    start = np.zeros((1, 10), dtype=bool)
    truth, said_ = start.copy(), start.copy()
    truth[0, [0, 5, 9]] = True
    said_[0, [1, 5]] = True
    found = fuzzy(start, truth, said_, ~start, (0, 1))
    assert found.figure_of_merit == pytest.approx((1 / 4, 2 / 3))
    assert found.similarity == pytest.approx((1 / 3, 2 / 3))
