from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.experiment.spread import quantile, summary, worst_mean

VALUES = arrays(float, st.integers(1, 30), elements=st.floats(-1e6, 1e6))


@given(VALUES, st.floats(0.0, 1.0))
def test_quantiles_of_numbers_are_those_of_numpy(values, at):
    assert quantile(values, at) == pytest.approx(np.quantile(values, at), rel=1e-12, abs=1e-6)


def test_what_does_not_happen_is_last():
    values = np.array([3.0, np.inf, 1.0, np.nan, np.inf, 2.0])
    assert quantile(values, 0.0) == 1.0
    assert quantile(values, 0.5) == 3.0
    assert quantile(values, 0.6) == np.inf
    assert summary(np.full(3, np.inf)) == {"median": np.inf, "low": np.inf, "high": np.inf}
    assert np.isnan(quantile(np.array([np.nan]), 0.5))


@given(VALUES, st.floats(0.01, 1.0))
def test_mean_of_the_worst_lies_between_mean_and_highest(values, share):
    worst = worst_mean(values, share)
    assert values.mean() - 1e-6 <= worst <= values.max() + 1e-6


def test_worst_futures_by_hand():
    values = np.arange(1.0, 21.0)
    assert worst_mean(values, 0.05) == 20.0
    assert worst_mean(values, 0.10) == 19.5
    assert worst_mean(values, 0.075) == pytest.approx((20.0 + 0.5 * 19.0) / 1.5)
    assert worst_mean(values, 1.0) == values.mean()
