"""Scores of predicted contents."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.calibration.scores import Predicted, VariantScore, at_least_as_good, score
from simulator.calibration.fit import CORRECTED, EXTRAPOLATED, TRUSTED, status_of

MG = 1e-6


def predicted(content: list[float], half: float = 2.0) -> Predicted:
    """Contents in mg/kg with an interval of a factor either way."""
    values = MG * np.array(content)
    return Predicted(values, values / half, values * half)


def test_scores_by_hand() -> None:
    """Observed 1, 10, 100: logarithms 0, 1, 2 with SST = 2. Errors of log10: 0, 0, 1."""
    observed = MG * np.array([1.0, 10.0, 100.0])
    found = score(predicted([1.0, 10.0, 10.0]), observed, np.zeros(3, bool))
    assert found.n == 3
    assert found.r2_log10 == pytest.approx(1.0 - 1.0 / 2.0)
    assert found.rmse_log10 == pytest.approx(np.sqrt(1.0 / 3.0))
    assert found.mae_mg_kg == pytest.approx(30.0)
    assert found.bias_mg_kg == pytest.approx(-30.0)
    assert found.coverage_90 == pytest.approx(2.0 / 3.0)
    assert found.weight is None
    assert found.trusted is None


def test_missing_and_censored_sites_do_not_count() -> None:
    observed = MG * np.array([1.0, np.nan, 3.0, 4.0])
    below = np.array([False, False, True, False])
    found = score(predicted([1.0, 9.0, 9.0, 4.0]), observed, below)
    assert found.n == 2
    assert found.rmse_log10 == 0.0


def test_nothing_to_score_is_no_number() -> None:
    found = score(predicted([1.0]), np.array([np.nan]), np.zeros(1, bool))
    assert found.n == 0
    assert np.isnan([found.r2_log10, found.rmse_log10, found.mae_mg_kg, found.coverage_90]).all()


def test_trust_follows_ratio_and_weight() -> None:
    """Corrected by a quarter of the content or less, by more, and unlike the samples."""
    process = np.full(4, 1.0)
    low, high = 0.5 * process, 2.0 * process
    status = status_of(np.array([1.2, 1.3, 0.7, 1.0]), np.array([1.0, 1.0, 0.6, 0.4]))
    assert status.tolist() == [TRUSTED, CORRECTED, CORRECTED, EXTRAPOLATED]
    found = score(
        Predicted(process, low, high, np.array([1.0, 1.0, 0.6, 0.4]), status),
        process, np.zeros(4, bool),
    )  # fmt: skip
    assert found.weight == pytest.approx(0.75)
    assert (found.trusted, found.corrected, found.extrapolated) == (0.25, 0.5, 0.25)


def test_parts_are_entered_where_they_belong() -> None:
    whole = Predicted.blank(3, weighted=True)
    one = np.array([5.0])
    whole.put(np.array([False, True, False]), Predicted(one, one, one, one, np.array([2])))
    np.testing.assert_array_equal(whole.content, [np.nan, 5.0, np.nan])
    assert whole.status is not None
    assert whole.status.tolist() == [0, 2, 0]


def test_a_tie_is_no_worse() -> None:
    def of(rmse: float) -> VariantScore:
        return VariantScore(3, 0.0, rmse, 0.0, 0.0, 0.9)

    scores = {
        "Cd": {"a": of(0.2), "b": of(0.2), "c": of(0.3)},
        "Zn": {"a": of(0.2), "b": of(0.1), "c": of(0.3)},
    }
    assert at_least_as_good(scores, "a", ("b", "c")) == ["Cd"]
    assert at_least_as_good(scores, "a", ("c",)) == ["Cd", "Zn"]
