"""The correction on synthetic soils whose truth is known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from simulator.calibration.candidates import METHODS, PHYSICS
from simulator.calibration.correction import FluxCorrection
from simulator.estimators.blocks import held_out_distances, random_folds
from tests.calibration.fields import Soils, soils

#: Fitted within a second; the others have to be asked for.
QUICK = ("ridge", "kriging")
EACH = [m if m in QUICK else pytest.param(m, marks=pytest.mark.slow) for m in METHODS]
SINGLE = [m for m, name in zip(EACH, METHODS, strict=True) if name != "auto"]
NOISE = 0.2


def fitted(method: str, data: Soils, **options: str) -> FluxCorrection:
    return FluxCorrection(method, **options).fit(data.X, data.observed, data.process)


def missed(content: np.ndarray, data: Soils) -> float:
    """Root mean square of ln content less that of the planted truth."""
    truth = data.process * np.exp(data.planted)
    return float(np.sqrt(np.mean(np.log(content / truth) ** 2)))


@pytest.fixture(scope="module", autouse=True)
def small_forests() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simulator.estimators.learned.ROUNDS", 60)
        patch.setattr("simulator.calibration.candidates._TREES", 60)
        yield


@pytest.fixture(scope="module")
def data() -> tuple[Soils, Soils]:
    both = soils(520, seed=1, noise=NOISE)
    return both[slice(0, 160)], both[slice(160, None)]


@pytest.fixture(scope="module")
def auto(data: tuple[Soils, Soils]) -> FluxCorrection:
    return fitted("auto", data[0])


@pytest.mark.parametrize("method", SINGLE)
def test_a_planted_correction_is_found(method: str, data: tuple[Soils, Soils]) -> None:
    """Of the part missed by the processes, less than half is left by all that see covariates."""
    train, test = data
    left = missed(fitted(method, train).predict(test.X, test.process).content, test)
    share = left / missed(test.process, test)
    assert share < (0.8 if method == "kriging" else 0.5)


@pytest.mark.slow
def test_the_mixture_is_as_good_as_any_alone(auto: FluxCorrection, data) -> None:
    train, test = data
    left = missed(auto.predict(test.X, test.process).content, test)
    alone = [
        missed(fitted(m, train).predict(test.X, test.process).content, test)
        for m in ("ridge", "forest", "kriging")
    ]
    assert left < 1.05 * min(*alone, missed(test.process, test))
    assert sum(auto.weights_.values()) == pytest.approx(1.0)
    assert {"process", "direct kriging", "direct forest"} <= set(auto.weights_)


@pytest.mark.parametrize(
    ("method", "draws"),
    [
        ("ridge", 8),
        pytest.param("kriging", 4, marks=pytest.mark.slow),
        pytest.param("auto", 3, marks=pytest.mark.slow),
    ],
)
def test_nine_in_ten_held_out_sites_lie_in_the_interval(method: str, draws: int) -> None:
    """On average of several sets of samples: of one set of 160 the share has a deviation of 3 %."""
    inside = []
    for draw in range(draws):
        both = soils(660, seed=40 + draw, noise=NOISE)
        test = both[slice(160, None)]
        found = fitted(method, both[slice(0, 160)]).predict(test.X, test.process)
        inside.append(np.mean((test.observed >= found.low) & (test.observed <= found.high)))
    assert 0.85 <= np.mean(inside) <= 0.95


@pytest.mark.slow
def test_there_is_no_correction_where_the_processes_are_right() -> None:
    both = soils(460, seed=3, strength=0.0, noise=NOISE)
    train, test = both[slice(0, 160)], both[slice(160, None)]
    found = fitted("auto", train).predict(test.X, test.process)
    # that of a mean of 160 samples would be 0.016
    assert missed(found.content, test) < 0.3 * NOISE
    assert ((found.low < test.process) & (test.process < found.high)).mean() > 0.95


def test_the_correction_fades_outside_the_domain(auto: FluxCorrection, data) -> None:
    _, test = data
    inside = auto.predict(test.X, test.process)
    assert np.median(inside.weight) == 1.0
    strange = test.X.assign(ph=14.0, x=test.X["x"] + 4e5, land="ice")
    outside = auto.predict(strange, test.process)
    np.testing.assert_array_equal(outside.weight, 0.0)
    np.testing.assert_array_equal(outside.content, test.process)
    width = np.log(outside.high / outside.low)
    assert (width > np.log(inside.high / inside.low)).mean() > 0.9
    # as wide as the processes are wrong at the samples, or wider
    spread = np.sqrt(np.mean(np.log(data[0].observed / data[0].process) ** 2))
    assert (width >= 0.99 * 2.0 * 1.645 * spread).all()
    # away along the pH, the weight falls steadily
    path = test.X.iloc[[0] * 60].assign(ph=np.linspace(6.0, 30.0, 60))
    assert (np.diff(auto.predict(path, np.full(60, test.process[0])).weight) <= 1e-12).all()


def test_the_corrected_content_follows_physics(data) -> None:
    """More deposition never lowers it, more distance never raises it, all else equal."""
    train, test = data
    boosted = fitted("boosting", train)
    rows = np.repeat(np.arange(20), 40)
    for column, sign in PHYSICS.items():
        values = test.X[column]
        steps = np.tile(np.linspace(values.min(), values.max(), 40), 20)
        X = test.X.iloc[rows].assign(**{column: steps}).reset_index(drop=True)
        process = np.exp(steps) if column == "ln_process" else test.process[rows]
        content = boosted.predict(X, process).content.reshape(20, 40)
        inside = boosted.predict(X, process).weight.reshape(20, 40) == 1.0
        moves = np.where(inside[:, 1:] & inside[:, :-1], np.diff(content, axis=1), 0.0)
        assert (sign * moves >= -1e-12 * content[:, 1:]).all()
        assert np.abs(moves).max() > 0.0


@pytest.mark.parametrize("target", ["log", "difference"])
@pytest.mark.parametrize("method", EACH)
def test_ten_samples_with_gaps_are_enough(method: str, target: str) -> None:
    few = soils(10, seed=5)
    X = few.X.copy()
    X.loc[2, "ph"] = np.nan
    X.loc[3, "land"] = None
    X["unknown"] = np.nan
    below = np.arange(10) == 4
    found = FluxCorrection(method, target).fit(X, few.observed, few.process, below)
    new = soils(50, seed=6)
    got = found.predict(new.X.assign(unknown=1.0), new.process)
    for values in (got.content, got.low, got.high):
        assert np.isfinite(values).all()
        assert (values >= 0.0).all()
    assert (got.low <= got.content).all()
    assert (got.content <= got.high).all()
    assert ((got.weight >= 0.0) & (got.weight <= 1.0)).all()


@pytest.mark.parametrize("method", SINGLE)
def test_predictions_stay_within_what_was_observed_to_be_missed(method: str, data) -> None:
    train, test = data
    found = fitted(method, train)
    z = np.log(found.predict(test.X, test.process).content / test.process)
    low, high = found.range_
    assert (z >= low - 1e-3).all()
    assert (z <= high + 1e-3).all()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bits(auto: FluxCorrection, data) -> None:
    train, test = data[0][slice(0, 60)], data[1]
    before = train.X.copy()
    once = clone(auto).fit(train.X, train.observed, train.process)
    again = clone(once).fit(train.X, train.observed, train.process)
    first, second = (f.predict(test.X, test.process) for f in (once, again))
    for name in ("content", "low", "high", "weight"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    pd.testing.assert_frame_equal(train.X, before)


def test_the_order_of_the_rows_does_not_matter(data) -> None:
    train, test = data
    found = fitted("ridge", train)
    X, process = test.X[:50].copy(), test.process[:50]
    X.loc[7, "ph"] = np.nan
    once = found.predict(X, process)
    order = np.random.default_rng(0).permutation(np.repeat(np.arange(50), 3))
    many = found.predict(X.iloc[order], process[order])
    for name in ("content", "low", "high", "weight"):
        np.testing.assert_allclose(getattr(many, name), getattr(once, name)[order], rtol=1e-12)


def test_censored_samples_pull_down_but_not_by_their_limit(data) -> None:
    """A third below a limit: imputed, the fit is nearer to the truth than if limits counted."""
    train, test = data
    limit = np.quantile(train.observed, 0.33)
    below = train.observed < limit
    seen = np.where(below, limit, train.observed)
    told, untold = (
        FluxCorrection("ridge").fit(train.X, seen, train.process, b).predict(test.X, test.process)
        for b in (below, None)
    )
    assert missed(told.content, test) < missed(untold.content, test)


def test_its_folds_are_no_nearer_than_chance(auto: FluxCorrection, data) -> None:
    at = data[0].X[["x", "y"]].to_numpy()
    near = np.median(held_out_distances(at, random_folds(len(at), 5, 0)))
    assert np.median(held_out_distances(at, auto.folds_)) >= near
    assert auto.block_size_ >= 3.0 * near
    assert len(auto.held_out_) == len(at)


def test_what_can_not_be_learned_from_is_refused(data) -> None:
    few = data[0][slice(0, 9)]
    with pytest.raises(ValueError, match="at least 10"):
        FluxCorrection().fit(few.X, few.observed, few.process)
    train = data[0]
    with pytest.raises(ValueError, match="observed contents"):
        FluxCorrection().fit(train.X, np.full(160, np.nan), train.process)
    with pytest.raises(ValueError, match="ridge, gp"):
        fitted("lasso", train)
    with pytest.raises(ValueError, match="log, difference"):
        fitted("ridge", train, target="ratio")
