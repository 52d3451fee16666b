"""Kriging against solutions by hand, gstools, and what theory says of the data points."""

from __future__ import annotations

import gstools
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.estimators.kriged import OrdinaryKriging, UniversalKriging
from simulator.estimators.kriging import krige, leave_one_out
from simulator.estimators.variogram import KINDS, Variogram, experimental, fit_variogram
from tests.estimators.fields import gaussian_field, soil

PLAIN = Variogram("exponential", sill=2.0, nugget=0.0, scale=300.0)


def ones(n: int) -> np.ndarray:
    return np.ones((n, 1))


def test_two_samples_by_hand() -> None:
    """Ordinary kriging from two samples: the weights follow from one equation.

    With covariances C12 between the samples and c1, c2 to the place, minimising the variance under
    w1 + w2 = 1 gives w1 = 1/2 + (c1 - c2) / (2 (C0 - C12)).
    """
    places = np.array([[0.0, 0.0], [200.0, 0.0]])
    z = np.array([1.0, 3.0])
    at = np.array([[50.0, 0.0]])
    rho = np.log(20.0) / 300.0  # 5 % at the practical range
    c0, c12 = 2.0, 2.0 * np.exp(-200.0 * rho)
    c1, c2 = 2.0 * np.exp(-50.0 * rho), 2.0 * np.exp(-150.0 * rho)
    w1 = 0.5 + (c1 - c2) / (2.0 * (c0 - c12))
    w2 = 1.0 - w1
    variance = c0 - 2 * (w1 * c1 + w2 * c2) + (w1**2 + w2**2) * c0 + 2 * w1 * w2 * c12
    mean, std = krige(PLAIN, places, z, ones(2)).predict(at, ones(1))
    assert mean[0] == pytest.approx(w1 * 1.0 + w2 * 3.0, abs=1e-7)
    assert std[0] ** 2 == pytest.approx(variance, abs=1e-7)


def test_three_samples_by_the_system_of_textbooks() -> None:
    """The bordered system with a Lagrange multiplier (Isaaks & Srivastava 1989, chapter 12)."""
    v = Variogram("spherical", sill=1.5, nugget=0.4, scale=500.0)
    places = np.array([[0.0, 0.0], [300.0, 50.0], [100.0, 250.0]])
    z = np.array([2.0, 5.0, 3.5])
    at = np.array([[120.0, 80.0]])

    def spherical(h: float) -> float:
        return 1.5 * (1.0 - 1.5 * h / 500.0 + 0.5 * (h / 500.0) ** 3) if h < 500.0 else 0.0

    a = np.ones((4, 4))
    a[3, 3] = 0.0
    for i in range(3):
        for j in range(3):
            a[i, j] = spherical(np.hypot(*(places[i] - places[j]))) + 0.4 * (i == j)
    b = np.append([spherical(np.hypot(*(p - at[0]))) for p in places], 1.0)
    solution = np.linalg.solve(a, b)
    mean, std = krige(v, places, z, ones(3)).predict(at, ones(1))
    assert mean[0] == pytest.approx(solution[:3] @ z, abs=1e-7)
    assert std[0] ** 2 == pytest.approx(1.9 - solution @ b, abs=1e-7)


def test_gstools_agrees() -> None:
    places = np.random.default_rng(1).uniform(0.0, 1000.0, (40, 2))
    at = np.random.default_rng(2).uniform(0.0, 1000.0, (25, 2))
    v = Variogram("exponential", sill=1.0, nugget=0.2, scale=400.0)
    z = gaussian_field(places, v, 3)
    model = gstools.Exponential(dim=2, var=1.0, len_scale=400.0 / np.log(20.0), nugget=0.2)
    theirs = gstools.krige.Ordinary(model, places.T, z, exact=False)
    expected, variance = theirs(at.T)
    mean, std = krige(v, places, z, ones(40)).predict(at, ones(25))
    np.testing.assert_allclose(mean, expected, atol=1e-6)
    np.testing.assert_allclose(std**2, variance, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_forms_are_those_of_gstools(kind) -> None:
    """The form that is fitted is the one that kriging uses."""
    places = np.random.default_rng(15).uniform(0.0, 1000.0, (150, 2))
    z = gaussian_field(places, Variogram(kind, 1.0, 0.1, 400.0), 16)
    found = fit_variogram(places, z, kind)
    scale = {"exponential": 1 / 2.995732, "spherical": 1.0, "matern": np.sqrt(1.5) / 4.743865}
    models = {
        "exponential": gstools.Exponential(dim=2),
        "spherical": gstools.Spherical(dim=2),
        "matern": gstools.Matern(dim=2, nu=1.5),
    }
    model = models[kind]
    model.var, model.len_scale = found.sill, found.scale * scale[kind]
    h = np.linspace(1.0, 800.0, 40)
    at = np.column_stack([h, np.zeros(40)])
    np.testing.assert_allclose(
        found.covariance(np.zeros((1, 2)), at)[0], model.covariance(h), atol=1e-6
    )


@pytest.mark.parametrize("kind", KINDS)
def test_exact_at_the_samples_without_nugget_and_no_surer_than_the_nugget_with_it(kind) -> None:
    places = np.random.default_rng(4).uniform(0.0, 1000.0, (30, 2))
    z = gaussian_field(places, PLAIN, 5)
    v = Variogram(kind, 2.0, 0.0, 300.0)
    mean, std = krige(v, places, z, ones(30)).predict(places, ones(30))
    np.testing.assert_allclose(mean, z, atol=1e-5)
    assert std.max() < 1e-3
    noisy = Variogram(kind, 2.0, 0.3, 300.0)
    mean, std = krige(noisy, places, z, ones(30)).predict(places, ones(30))
    assert (std**2 >= 0.3).all()
    assert (std**2 < 0.6).all()
    assert np.abs(mean - z).max() > 1e-2


def test_classes_that_add_up_to_the_mean_do_no_harm() -> None:
    """Columns of 0 and 1 of two classifications beside ones: singular, and solved all the same."""
    rng = np.random.default_rng(17)
    places = rng.uniform(0.0, 1000.0, (60, 2))
    one, two = np.eye(3)[rng.integers(0, 3, 60)], np.eye(4)[rng.integers(0, 4, 60)]
    z = one @ [1.0, 2.0, 3.0] + two @ [0.0, 5.0, 1.0, 2.0] + 0.1 * rng.standard_normal(60)
    full = np.column_stack([np.ones(60), one, two])
    regular = np.column_stack([np.ones(60), one[:, 1:], two[:, 1:]])
    v = Variogram("exponential", 0.005, 0.005, 300.0)
    found = leave_one_out(v, places, z, full)
    expected = leave_one_out(v, places, z, regular)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    a = krige(v, places, z, full).predict(places + 5.0, full)
    b = krige(v, places, z, regular).predict(places + 5.0, regular)
    np.testing.assert_allclose(a, b, atol=1e-6)


def test_the_only_sample_of_a_class_cannot_be_predicted_and_spoils_nothing() -> None:
    data = soil(60, seed=18)
    data.loc[5, "rock"] = "basalt"
    mapper = UniversalKriging().fit(data[["x", "y", "rock"]], data["Cd"])
    assert mapper.variogram_.sill + mapper.variogram_.nugget < 10.0 * np.log(data["Cd"]).var()
    drift = mapper._drift(data[["x", "y", "rock"]])
    places = data[["x", "y"]].to_numpy()
    mean, std = leave_one_out(mapper.variogram_, places, np.log(data["Cd"].to_numpy()), drift)
    assert np.flatnonzero(np.isnan(mean)).tolist() == [5]
    assert np.isnan(std[5])


def test_leaving_one_out_is_what_a_smaller_system_predicts() -> None:
    places = np.random.default_rng(6).uniform(0.0, 1000.0, (20, 2))
    v = Variogram("matern", 1.0, 0.1, 500.0)
    z = gaussian_field(places, v, 7)
    drift = np.column_stack([np.ones(20), places / 1000.0])
    mean, std = leave_one_out(v, places, z, drift)
    for i in (0, 7, 19):
        rest = np.arange(20) != i
        m, s = krige(v, places[rest], z[rest], drift[rest]).predict(places[[i]], drift[[i]])
        assert mean[i] == pytest.approx(m[0], abs=1e-6)
        assert std[i] == pytest.approx(s[0], abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(-50.0, 50.0), st.floats(0.01, 100.0))
def test_shift_and_scale_of_values_carry_over(seed: int, shift: float, factor: float) -> None:
    rng = np.random.default_rng(seed)
    places, at = rng.uniform(0.0, 1000.0, (12, 2)), rng.uniform(0.0, 1000.0, (5, 2))
    z = rng.standard_normal(12)
    one, _ = krige(PLAIN, places, z, ones(12)).predict(at, ones(5))
    other, _ = krige(PLAIN, places, shift + factor * z, ones(12)).predict(at, ones(5))
    np.testing.assert_allclose(other, shift + factor * one, atol=1e-6 * (1.0 + factor))


def test_a_linear_drift_is_followed_beyond_the_samples() -> None:
    rng = np.random.default_rng(8)
    X = pd.DataFrame(rng.uniform(0.0, 1000.0, (60, 2)), columns=["x", "y"])
    z = 3.0 + 0.01 * X["x"] - 0.02 * X["y"] + 0.01 * rng.standard_normal(60)
    far = pd.DataFrame({"x": [2000.0], "y": [2000.0]})
    found = UniversalKriging(transform="none").fit(X, z).predict(far)
    assert found[0] == pytest.approx(3.0 + 20.0 - 40.0, abs=0.2)


def test_the_variogram_of_a_field_is_recovered() -> None:
    places = np.random.default_rng(9).uniform(0.0, 10_000.0, (1200, 2))
    z = gaussian_field(places, Variogram("exponential", 1.0, 0.25, 1500.0), 10)
    found = fit_variogram(places, z, "exponential")
    # a field of some 45 ranges: sampling leaves a fifth or so
    assert found.nugget == pytest.approx(0.25, abs=0.12)
    assert found.sill == pytest.approx(1.0, abs=0.3)
    assert found.scale == pytest.approx(1500.0, rel=0.4)


def test_outliers_hardly_move_the_robust_variogram() -> None:
    data = soil(250, seed=11)
    places, z = data[["x", "y"]].to_numpy(), np.log(data["Cd"].to_numpy())
    spoilt = z.copy()
    spoilt[::50] += 6.0
    clean = experimental(places, z)[1].mean()
    robust = experimental(places, spoilt)[1].mean() / clean
    classical = experimental(places, spoilt, robust=False)[1].mean() / clean
    assert classical > 2.0 * robust


def test_a_main_direction_is_found() -> None:
    places = np.random.default_rng(12).uniform(0.0, 4000.0, (1000, 2))
    truth = Variogram("exponential", 1.0, 0.05, 1200.0, anisotropy=0.25, angle=np.pi / 6.0)
    z = gaussian_field(places, truth, 13)
    found = fit_variogram(places, z, "exponential", anisotropic=True)
    assert found.anisotropy <= 0.5
    assert abs(np.sin(found.angle - truth.angle)) <= np.sin(np.pi / 6.0) + 1e-9


def test_the_standard_error_is_honest() -> None:
    """Over several soils, 90 % of new samples lie in their 90 % interval."""
    inside = []
    for seed in range(14, 20):
        data = soil(300, seed=seed)
        train, test = data[:120], data[120:]
        mapper = OrdinaryKriging(kind="exponential").fit(train[["x", "y"]], train["Cd"])
        low, high = mapper.interval(test[["x", "y"]], 0.9)
        inside.append(((test["Cd"] >= low) & (test["Cd"] <= high)).mean())
    assert np.mean(inside) == pytest.approx(0.9, abs=0.04)
