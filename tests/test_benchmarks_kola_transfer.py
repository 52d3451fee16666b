"""The transfer of Kola on made-up sites, where the answer is known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime

from benchmarks.kola_sites import Sites, as_written, observed
from benchmarks.kola_transfer import (
    SO2,
    Background,
    Distance,
    Kriged,
    Transfer,
    common_factor,
    held_out,
    predictions,
)
from simulator.constants import METALS

WORKS = np.array([[626.3, 7703.4], [649.1, 7704.7], [744.3, 7545.5]])
#: What the made-up country has: factor of Monchegorsk, rose, low share, strength.
FACTOR, EASTWARD, LOW, STRENGTH = 2.5, 0.6, 0.4, 3.0


def country(noise: float = 0.0, apart: bool = True) -> Sites:
    """Sites at random, whose humus follows the model; those about Monchegorsk left out."""
    random = np.random.default_rng(5)
    place = np.column_stack([random.uniform(380, 860, 600), random.uniform(7380, 7880, 600)])
    away = place[:, None, :] - WORKS
    distance = np.maximum(np.hypot(away[..., 0], away[..., 1]), 1.0)
    bearing = np.arctan2(away[..., 0], away[..., 1])
    plume = np.stack([100.0 * distance**-1.2, 900.0 * distance**-1.9], axis=-1)
    ground = np.column_stack([np.ones(600), random.normal(size=(600, 5))])
    rose = np.exp(EASTWARD * np.sin(bearing))
    fallen = np.sum(SO2 * [1.0, 1.0, FACTOR] * rose * (plume @ [1.0 - LOW, LOW]), axis=1)
    content = np.exp(1.0 + 0.2 * ground[:, 1]) + STRENGTH * fallen
    content = content * np.exp(noise * random.normal(size=600))
    sites = Sites(
        np.arange(600), distance, bearing, plume, place,
        dict.fromkeys(METALS, ground), pd.DataFrame({"Ni": content}),
    )  # fmt: skip
    return sites[distance[:, 2] > 54.0] if apart else sites


def test_it_finds_what_the_country_was_made_with() -> None:
    found = Transfer().fit(country(0.05), "Ni").fitted()
    assert found["Monchegorsk"] == pytest.approx(FACTOR, rel=0.1)
    assert found["exponent"] == pytest.approx(1.0, abs=0.1)
    assert found["towards"] == pytest.approx(90.0, abs=10.0)
    assert found["strength"] == pytest.approx(EASTWARD, abs=0.1)


def test_it_predicts_where_it_has_seen_nothing() -> None:
    sites = country(apart=False)
    near = sites[sites.distance[:, 2] < 54.0]
    truth = np.log(near.content["Ni"].to_numpy())
    error = Transfer().fit(country(0.05), "Ni").predict(near) - truth
    assert np.sqrt(np.mean(error**2)) < 0.1
    for other in (Background(), Distance()):
        worse = other.fit(country(0.05), "Ni").predict(near) - truth
        assert np.sqrt(np.mean(worse**2)) > 0.2


def test_a_factor_that_is_told_is_kept() -> None:
    fit = Transfer(factor=math.log(4.0)).fit(country(0.05), "Ni")
    assert fit.fitted()["Monchegorsk"] == pytest.approx(4.0, rel=0.05)


def test_derivatives_are_those_of_differences() -> None:
    sites, model = country(), Transfer()
    model.metal = "Ni"
    for seed in range(3):
        q = 0.4 * np.random.default_rng(seed).normal(size=14)
        exact = model._gradient(q, sites)
        for site in (3, 77):
            rough = approx_fprime(q, lambda q, i=site: model._at(q, sites)[i], 1e-7)
            assert exact[site] == pytest.approx(rough, abs=1e-5)


def test_more_falling_never_means_less() -> None:
    sites = country()
    model = Transfer().fit(country(0.3), "Ni")
    more = Sites(
        sites.name, sites.distance, sites.bearing, 1.5 * sites.plume, sites.place,
        sites.ground, sites.content,
    )  # fmt: skip
    assert np.all(model.predict(more) > model.predict(sites))
    assert np.all((model.share(sites) > 0.0) & (model.share(sites) < 1.0))


def test_nothing_of_what_is_held_out_is_near_what_is_kept_apart() -> None:
    sites = country()
    kinds: dict[str, int] = {}
    for kind, out in held_out(sites):
        kinds[kind] = kinds.get(kind, 0) + int(out.sum())
        assert 0 < out.sum() < len(sites) / 2
    assert set(kinds) == {"sector", "near field", "disc"}


class _Fit:
    def __init__(self, factor: float, sd: float) -> None:
        self.q = np.array([0.0, 0.0, 0.0, factor])
        self.factor_sd = sd


def test_one_factor_for_all() -> None:
    # alike: the weighted mean, with the error of the mean (1/0.2^2 + 1/0.1^2)^-1/2
    mean, sd = common_factor([_Fit(0.7, 0.2), _Fit(0.7, 0.1)])  # type: ignore[list-item]
    assert (mean, sd) == pytest.approx((0.7, math.sqrt(1.0 / 125.0)))
    # apart by far more than each is uncertain: Q = 2 * 1/0.01 - 1 = 199, tau2 = 199 / 100
    mean, sd = common_factor([_Fit(0.0, 0.1), _Fit(2.0, 0.1)])  # type: ignore[list-item]
    assert mean == pytest.approx(1.0)
    assert sd == pytest.approx(math.sqrt(1.99 + 2.0 / 2.0))


@pytest.mark.slow
def test_intervals_hold_nine_in_ten_and_widen_with_the_factor() -> None:
    sites = country(0.2)
    model = Kriged(math.log(FACTOR)).fit(sites, "Ni")
    error = model.predict(sites) - np.log(sites.content["Ni"].to_numpy())
    found = pd.DataFrame({"error": error, "share": model.share(sites)})
    table = predictions(model, model, sites, sites, found, 0.0)
    content = sites.content["Ni"].to_numpy()
    inside = (table["low"] <= content) & (content <= table["high"])
    assert inside.mean() == pytest.approx(0.9, abs=0.01)
    wider = predictions(model, model, sites, sites, found, 1.0)
    assert np.all(wider["high"] >= table["high"])
    assert (wider["high"] / table["high"]).max() > 1.5


def test_half_a_detection_limit_is_no_content() -> None:
    sites = country(0.05)
    limit = float(np.quantile(sites.content["Ni"], 0.4))
    hidden = sites.content["Ni"].where(sites.content["Ni"] >= limit, 0.5 * limit)
    blurred = replace(sites, content=pd.DataFrame({"Ni": hidden}))
    y, below = observed(blurred, "Ni")
    assert below.mean() == pytest.approx(0.4, abs=0.01)
    assert y[below] == pytest.approx(math.log(limit))
    model = Transfer().fit(blurred, "Ni")
    truth = np.log(sites.content["Ni"].to_numpy())
    # what lies below the limit comes out without having been seen
    assert model.predict(sites)[below] == pytest.approx(truth[below], abs=0.5)
    written = as_written(model.predict(sites), blurred, "Ni")
    assert written[written < math.log(limit)] == pytest.approx(math.log(0.5 * limit))
    assert not observed(sites, "Ni")[1].any()
