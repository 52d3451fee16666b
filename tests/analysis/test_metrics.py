"""Scores against numbers worked out by hand, and the laws they follow."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.metrics import bias, fac2, log_rmse, r2, rmse, scores, spearman

OBSERVED = np.array([1.0, 2.0, 3.0, 4.0])
PREDICTED = np.array([2.0, 2.0, 2.0, 8.0])

POSITIVE = arrays(np.float64, 7, elements=st.floats(0.01, 100.0))


def test_hand_computed_numbers() -> None:
    # errors 1, 0, -1, 4; squares 1, 0, 1, 16; observed mean 2.5, squared spread 5
    assert bias(PREDICTED, OBSERVED) == 1.0
    assert rmse(PREDICTED, OBSERVED) == pytest.approx(math.sqrt(18.0 / 4.0))
    assert r2(PREDICTED, OBSERVED) == pytest.approx(1.0 - 18.0 / 5.0)
    # log10 ratios: log10 2, 0, log10 2/3, log10 2
    logs = [math.log10(2.0), 0.0, math.log10(2.0 / 3.0), math.log10(2.0)]
    expected = math.sqrt(sum(v * v for v in logs) / 4.0)
    assert log_rmse(PREDICTED, OBSERVED) == pytest.approx(expected)
    # ratios 2, 1, 2/3, 2: the bounds count as within
    assert fac2(PREDICTED, OBSERVED) == 1.0
    assert fac2(np.array([2.1, 0.4, 3.0, 4.0]), OBSERVED) == 0.5


def test_spearman_shares_ranks_among_ties() -> None:
    # predicted ranks 2, 2, 2, 4 (mean of 1-3); observed 1-4; centred products 0.75 + ... = 3
    # sum of squares: predicted 0.25 * 3 + 2.25 = 3, observed 5
    assert spearman(PREDICTED, OBSERVED) == pytest.approx(3.0 / math.sqrt(15.0))


def test_zeros_are_left_out_of_the_logarithm_and_counted() -> None:
    found = scores(np.array([0.0, 10.0]), np.array([1.0, 1.0]))
    assert found.n == 2
    assert found.n_log == 1
    assert found.log_rmse == 1.0
    assert found.fac2 == 0.0
    assert fac2(np.array([0.0]), np.array([0.0])) == 1.0


def test_scores_are_undefined_not_wrong_where_they_must_be() -> None:
    nothing = np.zeros(0)
    found = scores(nothing, nothing)
    assert found.n == 0
    for name in ("bias", "rmse", "log_rmse", "r2", "fac2", "spearman", "mean_observed"):
        assert math.isnan(getattr(found, name)), name
    same = np.array([3.0, 3.0])
    assert math.isnan(r2(OBSERVED[:2], same))
    assert math.isnan(spearman(OBSERVED[:2], same))
    assert math.isnan(spearman(np.array([1.0]), np.array([1.0])))


@given(POSITIVE, st.floats(0.1, 10.0))
def test_a_constant_factor_is_seen_by_the_log_and_not_by_the_rank(
    observed: np.ndarray, factor: float
) -> None:
    predicted = factor * observed
    assert log_rmse(predicted, observed) == pytest.approx(abs(math.log10(factor)), abs=1e-12)
    if len(set(observed.tolist())) == observed.size and np.diff(np.sort(observed)).min() > 1e-9:
        assert spearman(predicted, observed) == pytest.approx(1.0)


@given(POSITIVE, POSITIVE)
def test_order_does_not_matter_and_perfection_is_perfect(
    predicted: np.ndarray, observed: np.ndarray
) -> None:
    there, back = scores(predicted, observed), scores(predicted[::-1], observed[::-1])
    assert there.rmse == pytest.approx(back.rmse)
    assert there.rmse >= abs(there.bias) * (1.0 - 1e-12)
    perfect = scores(observed, observed)
    assert (perfect.bias, perfect.rmse, perfect.log_rmse, perfect.fac2) == (0.0, 0.0, 0.0, 1.0)
