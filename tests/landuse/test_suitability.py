"""Suitability: merit by hand, calibration, skill that chance does not have."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit

from simulator.landuse.suitability import (
    METHODS,
    Suitability,
    figure_of_merit,
    reliability,
    scores,
)


def world(n: int = 4000, seed: int = 0):
    """Change by a known logistic law of one driver; the other says nothing."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 2)).astype(np.float32), columns=["near", "noise"])
    chance = expit(2.0 * X["near"].to_numpy() - 2.0)
    changed = (rng.random(n) < chance).astype(float)
    return X, chance, changed, np.ones(n), np.arange(n) // 100


def test_figure_of_merit_by_hand():
    predicted = np.array([0.9, 0.8, 0.3, 0.1])
    changed = np.array([1.0, 0.0, 1.0, 0.0])
    # the best two are chosen: 1 hit, 1 false alarm, 1 miss
    assert figure_of_merit(predicted, changed, np.ones(4)) == pytest.approx(1 / 3)
    assert figure_of_merit(changed, changed, np.ones(4)) == 1.0
    # the last pixel is taken in part: 2 of land 4 that all changed, none of the other
    assert figure_of_merit(predicted[:2], np.array([0.5, 0.0]), np.array([4.0, 9.0])) == (
        pytest.approx(1.0 / 3.0)
    )
    assert figure_of_merit(predicted, np.zeros(4), np.ones(4)) == 0.0


@given(
    arrays(float, 30, elements=st.floats(0.0, 1.0)), arrays(float, 30, elements=st.floats(0.0, 1.0))
)
def test_figure_of_merit_is_a_share(predicted, changed):
    assert 0.0 <= figure_of_merit(predicted, changed, np.ones(30)) <= 1.0 + 1e-9


def test_reliability_holds_all_the_land():
    _, chance, changed, weight, _ = world()
    table = reliability(chance, changed, weight)
    assert len(table) == 10
    assert table["weight"].sum() == pytest.approx(len(chance))
    assert table["predicted"].is_monotonic_increasing
    assert table["predicted"].to_numpy() == pytest.approx(table["observed"].to_numpy(), abs=0.08)


def test_scores_of_the_truth_beat_the_mean():
    _, chance, changed, weight, _ = world()
    skill = scores(chance, changed, weight)
    assert skill["log_loss"] < skill["log_loss_none"]
    assert skill["auc"] == pytest.approx(0.87, abs=0.03)


@pytest.mark.parametrize("method", [*METHODS, "auto"])
def test_learns_the_law_and_is_calibrated(method):
    X, _, changed, weight, block = world()
    model = Suitability(method).fit(X, changed, weight, block)
    fresh, chance, *_ = world(seed=1)
    predicted = model.predict(fresh)
    assert np.corrcoef(predicted, chance)[0, 1] > 0.95
    assert predicted.mean() == pytest.approx(chance.mean(), rel=0.1)
    assert model.importance_.index[0] == "near"
    assert model.importance_["noise"] < 0.1 * model.importance_["near"]
    assert model.skill_["log_loss"] < model.skill_["log_loss_none"]


@pytest.mark.slow
def test_weights_undo_a_sample_by_outcome():
    X, chance, changed, _, block = world(8000)
    rng = np.random.default_rng(2)
    taken = (changed > 0) | (rng.random(len(X)) < 0.25)
    weight = np.where(changed > 0, 1.0, 4.0)[taken]
    X_few = X[taken].reset_index(drop=True)
    model = Suitability("boosting").fit(X_few, changed[taken], weight, block[taken])
    assert model.predict(X).mean() == pytest.approx(chance.mean(), rel=0.1)


def test_shares_are_learned_as_well_as_classes():
    X, chance, _, weight, block = world()
    model = Suitability("logistic").fit(X, chance, weight, block)
    assert model.predict(X) == pytest.approx(chance, abs=0.03)


def test_does_not_reach_beyond_what_was_learned():
    X, _, changed, weight, block = world()
    model = Suitability("logistic").fit(X, changed, weight, block)
    far = X.iloc[:2].assign(near=[X["near"].max(), 1000.0], noise=0.0)
    assert np.ptp(model.predict(far)) == 0.0


@pytest.mark.slow
def test_nothing_to_learn_gives_the_mean():
    X, _, _, weight, block = world()
    changed = (np.random.default_rng(5).random(len(X)) < 0.2).astype(float)
    model = Suitability().fit(X, changed, weight, block)
    assert model.predict(X) == pytest.approx(changed.mean(), abs=0.03)
    assert model.skill_["auc"] == pytest.approx(0.5, abs=0.05)


@pytest.mark.slow
def test_same_seed_same_bits():
    X, _, changed, weight, block = world(1500)
    one = Suitability(seed=3).fit(X, changed, weight, block).predict(X)
    two = Suitability(seed=3).fit(X, changed, weight, block).predict(X)
    assert np.array_equal(one, two)


def test_unknown_method_is_named():
    X, _, changed, weight, block = world(200)
    with pytest.raises(ValueError, match="unknown method 'tree'"):
        Suitability("tree").fit(X, changed, weight, block)
