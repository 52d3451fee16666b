"""The way to the scale of the model and back; values below detection; outliers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator.estimators.censored import impute, robust_scores, tobit, truncated, winsorise
from simulator.estimators.plain import ClassMean, Mean
from simulator.estimators.transform import TRANSFORMS, fit_transform, moments


@pytest.fixture
def lognormal() -> np.ndarray:
    return np.exp(np.random.default_rng(0).normal(-1.0, 0.8, 400))


@pytest.mark.parametrize("name", TRANSFORMS)
def test_there_and_back(name: str, lognormal) -> None:
    transform = fit_transform(name, lognormal)
    np.testing.assert_allclose(transform.inverse(transform.forward(lognormal)), lognormal)
    z = transform.forward(np.sort(lognormal))
    assert (np.diff(z) > 0.0).all()


def test_the_mean_of_a_lognormal_is_that_of_its_formula() -> None:
    m, s = np.array([0.3, -2.0]), np.array([0.5, 1.0])
    mean, std = moments(fit_transform("log", np.ones(3)), m, s)
    np.testing.assert_allclose(mean, np.exp(m + s**2 / 2.0), rtol=1e-9)
    np.testing.assert_allclose(std, mean * np.sqrt(np.exp(s**2) - 1.0), rtol=1e-6)


def test_the_power_of_a_lognormal_is_near_zero_and_of_a_normal_near_one(lognormal) -> None:
    assert fit_transform("boxcox", lognormal).power < 0.1
    normal = 100.0 + np.random.default_rng(1).normal(0.0, 25.0, 2000)
    assert fit_transform("boxcox", np.abs(normal)).power > 0.7


def test_normal_scores_are_those_of_a_standard_normal(lognormal) -> None:
    z = fit_transform("normal-score", lognormal).forward(lognormal)
    assert z.mean() == pytest.approx(0.0, abs=1e-9)
    assert z.std() == pytest.approx(1.0, abs=0.02)


def test_median_and_mean_differ_as_they_should(lognormal) -> None:
    X = pd.DataFrame({"x": np.arange(400.0), "y": 0.0})
    median = Mean("log", centre="median").fit(X, lognormal).predict(X)[0]
    mean = Mean("log", centre="mean").fit(X, lognormal).predict(X)[0]
    assert median == pytest.approx(np.exp(-1.0), rel=0.1)
    assert mean == pytest.approx(np.exp(-1.0 + 0.8**2 / 2.0), rel=0.1)


def test_censored_lognormal_data_give_back_their_parameters() -> None:
    z = np.random.default_rng(2).normal(-1.0, 0.8, 4000)
    limit = np.quantile(z, 0.4)
    below = z < limit
    design = np.ones((4000, 1))
    mean, std = tobit(np.where(below, limit, z), below, design)
    assert mean[0] == pytest.approx(-1.0, abs=0.04)
    assert std == pytest.approx(0.8, abs=0.04)
    # half the limit, the usual way, does not
    half = np.where(below, limit - np.log(2.0), z)
    assert abs(half.mean() + 1.0) > abs(mean[0] + 1.0)


def test_the_likelihood_has_its_maximum_there() -> None:
    from scipy.optimize import minimize
    from scipy.stats import norm

    z = np.random.default_rng(3).normal(0.5, 1.2, 300)
    below = z < 0.3
    seen = np.where(below, 0.3, z)
    mean, std = tobit(seen, below, np.ones((300, 1)))

    def loss(p: np.ndarray) -> float:
        s = np.exp(p[1])
        dense = norm.logpdf(seen[~below], p[0], s).sum()
        return float(-dense - norm.logcdf(seen[below], p[0], s).sum())

    best = minimize(loss, [0.0, 0.0], method="BFGS").x
    assert mean[0] == pytest.approx(best[0], abs=1e-3)
    assert std == pytest.approx(np.exp(best[1]), abs=1e-3)


def test_imputed_contents_lie_below_their_limits_and_follow_the_class() -> None:
    rng = np.random.default_rng(4)
    rich = np.arange(600) % 2 == 0
    z = np.where(rich, 0.5, -1.0) + rng.normal(0.0, 0.5, 600)
    limit = -0.6
    below = z < limit
    y = np.exp(np.where(below, limit, z))
    filled = impute(y, below, np.column_stack([np.ones(600), rich]))
    assert (filled[below] < np.exp(limit)).all()
    np.testing.assert_array_equal(filled[~below], y[~below])
    assert np.log(filled[~rich]).mean() == pytest.approx(-1.0, abs=0.08)


def test_truncation_of_a_standard_normal() -> None:
    """E[z | z < 0] = -sqrt(2/pi), variance 1 - 2/pi."""
    mean, variance = truncated(np.zeros(1), 1.0, np.zeros(1))
    assert mean[0] == pytest.approx(-np.sqrt(2.0 / np.pi))
    assert variance[0] == pytest.approx(1.0 - 2.0 / np.pi)


def test_outliers_are_reported_and_kept_or_pulled_in() -> None:
    rng = np.random.default_rng(5)
    y = np.exp(rng.normal(0.0, 0.3, 100))
    y[7] = 500.0
    X = pd.DataFrame({"x": np.arange(100.0), "y": 0.0})
    kept = Mean("log").fit(X, y)
    assert list(np.flatnonzero(kept.outliers_)) == [7]
    pulled = Mean("log", winsorise=True).fit(X, y)
    assert list(np.flatnonzero(pulled.outliers_)) == [7]
    assert pulled.predict(X)[0] < kept.predict(X)[0]
    z = winsorise(np.log(y), 3.5)
    assert robust_scores(np.log(y))[7] > 3.5
    assert z.size == 100
    np.testing.assert_array_equal(np.delete(z, 7), np.delete(np.log(y), 7))


def test_a_class_has_its_mean_and_an_unknown_one_that_of_all() -> None:
    X = pd.DataFrame({"x": range(6), "y": 0, "rock": ["a", "a", "a", "b", "b", "b"]})
    y = np.array([1.0, 2.0, 3.0, 7.0, 8.0, 9.0])
    mapper = ClassMean("none").fit(X, y)
    new = pd.DataFrame({"x": [0, 0, 0], "y": 0, "rock": ["a", "b", "c"]})
    mean, std = mapper.predict(new, return_std=True)
    np.testing.assert_allclose(mean, [2.0, 8.0, 5.0])
    assert std[2] > std[0] > 0.0
