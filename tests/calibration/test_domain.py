"""The dissimilarity index of Meyer & Pebesma 2021, its threshold, and importances."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist, pdist

from simulator.calibration.domain import Domain, importances
from simulator.estimators.features import Features


def table(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "x": rng.uniform(0.0, 1e4, n),
            "y": rng.uniform(0.0, 1e4, n),
            "land": rng.choice(["farm", "town"], n),
            "a": rng.normal(0.0, 1.0, n),
            "b": rng.normal(0.0, 1.0, n),
        }
    )


NONE = {"x": 0.0, "y": 0.0, "land": 0.0, "a": 0.0, "b": 0.0}
FOLDS = np.arange(120) % 5


def test_the_index_is_that_of_the_paper() -> None:
    """Equations 1 and 2: distance to the nearest over the mean, features scaled and weighted."""
    samples, rows = table(120, 0), table(30, 1)
    domain = Domain().fit(samples, NONE | {"a": 0.7, "b": 0.2}, FOLDS)
    features = Features(clip=False).fit(samples[["x", "y", "a", "b"]])
    train = features.transform(samples) * [0.7, 0.2]
    new = features.transform(rows) * [0.7, 0.2]
    expected = cdist(new, train).min(axis=1) / pdist(train).mean()
    np.testing.assert_allclose(domain.index(rows), expected)
    # the threshold: largest index of samples, from other folds, within the upper whisker
    d = cdist(train, train)
    d[FOLDS[:, None] == FOLDS] = np.inf
    crossed = d.min(axis=1) / pdist(train).mean()
    q1, q3 = np.quantile(crossed, [0.25, 0.75])
    assert domain.threshold_ == pytest.approx(crossed[crossed <= q3 + 1.5 * (q3 - q1)].max())


def test_samples_are_inside_and_the_weight_falls_linearly_outside() -> None:
    samples = table(120, 0)
    domain = Domain().fit(samples, NONE | {"a": 1.0}, FOLDS)
    np.testing.assert_allclose(domain.index(samples), 0.0, atol=1e-12)
    assert (domain.weight(samples) == 1.0).all()
    far = samples.iloc[[0] * 400].assign(a=samples["a"].max() + np.linspace(0.0, 5.0, 400))
    index, weight = domain.index(far), domain.weight(far)
    np.testing.assert_allclose(weight, np.clip(2.0 - index / domain.threshold_, 0.0, 1.0))
    assert weight[0] == 1.0
    assert weight[-1] == 0.0
    assert (np.diff(weight) <= 0.0).all()


def test_what_the_correction_does_not_lean_on_does_not_count() -> None:
    samples = table(120, 0)
    domain = Domain().fit(samples, NONE | {"a": 1.0}, FOLDS)
    assert (domain.weight(samples.assign(b=50.0, x=1e9, land="ice")) == 1.0).all()


@pytest.mark.parametrize("importance", [NONE | {"land": 1.0}, NONE | {"land": 0.5, "a": 0.5}])
def test_a_class_that_no_sample_has_is_outside(importance: dict[str, float]) -> None:
    samples = table(120, 0)
    domain = Domain().fit(samples, importance, FOLDS)
    assert (domain.weight(samples.assign(land="ice")) == 0.0).all()
    # as far from the nearest class as those are from each other
    other = domain._scaled(samples.assign(land="ice"))
    known = domain._scaled(samples.assign(land="farm"))
    town = domain._scaled(samples.assign(land="town"))
    np.testing.assert_allclose(
        np.linalg.norm(other - known, axis=1), np.linalg.norm(town - known, axis=1)
    )


def test_a_missing_number_is_taken_for_the_median() -> None:
    samples = table(120, 0)
    domain = Domain().fit(samples, NONE | {"a": 1.0}, FOLDS)
    np.testing.assert_allclose(
        domain.index(samples.assign(a=np.nan)),
        domain.index(samples.assign(a=samples["a"].median())),
    )


def test_importance_goes_to_what_is_leaned_on() -> None:
    X = table(300, 2)
    z = 2.0 * X["a"].to_numpy() + 1.0 * (X["land"] == "farm").to_numpy()
    found = importances(X, z, 0)
    assert sum(found.values()) == pytest.approx(1.0)
    assert found["a"] > 3.0 * found["land"] > 9.0 * max(found["b"], found["x"], found["y"])
    assert importances(X, z, 0) == found


def test_where_nothing_is_learned_all_features_are_equal() -> None:
    assert set(importances(table(40, 3), np.zeros(40), 0).values()) == {0.2}
