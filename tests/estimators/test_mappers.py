"""All mappers: what they promise together, folds, and the stack."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.preprocessing import PowerTransformer

from simulator.estimators.auto import (
    Stack,
    held_out,
    mappers_for,
    stacked_held_out,
    stacking_weights,
)
from simulator.estimators.blocks import (
    block_folds,
    block_side,
    held_out_distances,
    matched_folds,
    random_folds,
    spatial_blocks,
)
from simulator.estimators.features import Features
from simulator.estimators.learned import Boosting, Ridge
from simulator.estimators.methods import METHODS, make_mapper
from simulator.estimators.power import likeliest_powers, yeo_johnson
from tests.estimators.fields import soil

SINGLE = [m for m in METHODS if m != "auto"]
INPUTS = ["x", "y", "rock", "Zn"]


@pytest.fixture(scope="module", autouse=True)
def small_forests() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simulator.estimators.learned.TREES", 40)
        patch.setattr("simulator.estimators.learned.ROUNDS", 40)
        patch.setattr("simulator.estimators.kriged.TREES", 40)
        yield


@pytest.fixture(scope="module")
def data() -> tuple[pd.DataFrame, pd.DataFrame]:
    table = soil(220, seed=20)
    return table[:100], table[100:]


@pytest.fixture(scope="module")
def stack(data) -> Stack:
    train = data[0][:70]
    return Stack(folds=2).fit(train[INPUTS], train["Cd"])


@pytest.mark.parametrize("method", SINGLE)
def test_the_same_seed_gives_the_same_bits_and_the_input_stays_as_it_is(method, data) -> None:
    train, test = data
    before = train.copy()
    first = make_mapper(method, seed=3).fit(train[INPUTS], train["Cd"])
    again = clone(first).fit(train[INPUTS], train["Cd"])
    for a, b in zip(first.gaussian(test[INPUTS]), again.gaussian(test[INPUTS]), strict=True):
        np.testing.assert_array_equal(a, b)
    pd.testing.assert_frame_equal(train, before)


@pytest.mark.parametrize("method", SINGLE)
def test_predictions_are_finite_with_intervals_that_hold(method, data) -> None:
    train, test = data
    mapper = make_mapper(method).fit(train[INPUTS], train["Cd"])
    content, std = mapper.predict(test[INPUTS], return_std=True)
    assert (content > 0.0).all()
    assert (std > 0.0).all()
    low, high = mapper.interval(test[INPUTS], 0.9)
    inside = ((test["Cd"] >= low) & (test["Cd"] <= high)).mean()
    assert 0.78 <= inside <= 1.0  # 120 sites: 90 % less four standard deviations of the count


@pytest.mark.parametrize("method", ["universal", "regression", "ridge", "forest", "boosting", "gp"])
def test_a_secondary_metal_helps(method, data) -> None:
    train, test = data

    def error(columns: list[str]) -> float:
        mapper = make_mapper(method).fit(train[columns], train["Cd"])
        return float(np.abs(mapper.predict(test[columns]) - test["Cd"]).mean())

    assert error(INPUTS) < error(["x", "y", "rock"])


def test_what_a_mapper_has_not_seen_gives_no_error(data) -> None:
    train, test = data
    strange = test[INPUTS].copy()
    strange["rock"] = "basalt"
    strange.loc[strange.index[0], "Zn"] = np.nan
    for method in SINGLE:
        mapper = make_mapper(method).fit(train[INPUTS], train["Cd"])
        assert np.isfinite(mapper.predict(strange)).all()


@pytest.mark.parametrize("method", SINGLE)
def test_contents_that_are_all_the_same_stay_so(method, data) -> None:
    train = data[0][:30].assign(Zn=np.nan)
    mapper = make_mapper(method).fit(train[INPUTS], np.full(30, 0.3))
    np.testing.assert_allclose(mapper.predict(train[INPUTS]), 0.3, rtol=1e-3)


def test_boosting_keeps_the_signs_that_it_is_given(data) -> None:
    """Without them it does not: noise makes it fall here and there."""
    train, test = data
    rows = test[INPUTS].iloc[np.repeat(np.arange(20), 50)].reset_index(drop=True)
    rows["Zn"] = np.tile(np.linspace(train["Zn"].min(), train["Zn"].max(), 50), 20)

    def steps(monotone: dict[str, int] | None) -> np.ndarray:
        mapper = Boosting(monotone=monotone).fit(train[INPUTS], train["Cd"])
        return np.diff(mapper.predict(rows).reshape(20, 50), axis=1)

    assert steps(None).min() < 0.0
    rising = steps({"Zn": 1, "no such column": -1})
    assert rising.min() >= 0.0
    assert rising.max() > 0.0
    assert steps({"Zn": -1}).max() <= 0.0


def test_ridge_finds_a_plane_and_how_far_samples_are_from_it() -> None:
    rng = np.random.default_rng(31)
    X = pd.DataFrame(rng.uniform(0.0, 1000.0, (400, 2)), columns=["x", "y"])
    plane = 0.002 * X["x"].to_numpy() - 0.001 * X["y"].to_numpy()
    ridge = Ridge(transform="none").fit(X, plane + rng.normal(0.0, 0.1, 400))
    mean, std = ridge.gaussian(X)
    np.testing.assert_allclose(mean, plane, atol=0.04)
    np.testing.assert_allclose(std, 0.1, rtol=0.12)


def test_powers_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(32)
    values = np.column_stack(
        [rng.lognormal(0, 1, 300), rng.normal(0, 1, 300), -rng.lognormal(1, 0.5, 300), np.ones(300)]
    )
    values[0, 3] = 2.0
    theirs = PowerTransformer(standardize=False).fit(values[:, :3])
    powers = likeliest_powers(values)
    np.testing.assert_allclose(powers[:3], theirs.lambdas_, atol=1e-5)
    np.testing.assert_allclose(
        yeo_johnson(values[:, :3], theirs.lambdas_), theirs.transform(values[:, :3]), rtol=1e-10
    )
    assert np.isfinite(yeo_johnson(values, powers)).all()
    # logarithms at the exponents of zero
    logs = yeo_johnson(np.array([[1.0, -1.0]]), np.array([0.0, 2.0]))
    np.testing.assert_allclose(logs, [[np.log(2.0), -np.log(2.0)]])


def test_classes_come_before_numbers_on_one_scale(data) -> None:
    train, _ = data
    features = Features().fit(train[INPUTS])
    values = features.transform(train[INPUTS])
    assert features.classes_ == {"rock": ["lime", "sand"]}
    np.testing.assert_array_equal(values[:, :2].sum(axis=1), 1.0)
    assert values[:, 2].mean() == pytest.approx(0.0, abs=1e-9)
    assert values[:, 2].std() == pytest.approx(1.0, abs=1e-9)


def test_blocks_are_apart_and_matched_folds_are_like_the_map() -> None:
    rng = np.random.default_rng(21)
    places = rng.uniform(0.0, 5000.0, (300, 2))
    blocks = block_folds(places, 1200.0, 5, 0)
    drawn = random_folds(300, 5, 0)
    assert np.bincount(drawn).tolist() == [60] * 5
    near, far = (np.median(held_out_distances(places, f)) for f in (drawn, blocks))
    assert far > 1.7 * near
    counts = np.bincount(blocks)
    assert counts.size == 5
    assert counts.min() > 30
    # a map that ends 3 km beyond the samples, and one among them
    beyond = places + np.array([8000.0, 0.0])
    among = rng.uniform(0.0, 5000.0, (500, 2))
    apart = np.median(held_out_distances(places, matched_folds(places, beyond, 5, 0)))
    close = np.median(held_out_distances(places, matched_folds(places, among, 5, 0)))
    assert apart > 1.7 * close


@pytest.mark.parametrize("size", [1.0, 200.0, 1000.0, 1e6])
@pytest.mark.parametrize("shape", ["scattered", "strip", "clusters", "grid", "few", "doubled"])
def test_blocks_are_never_easier_than_chance_and_no_fold_is_starved(shape, size) -> None:
    places = arrangement(shape)
    blocks = spatial_blocks(places, [size], 5, 0)
    drawn = random_folds(len(places), 5, 0)
    near, far = (np.median(held_out_distances(places, f)) for f in (drawn, blocks.folds))
    assert far >= near
    counts = np.bincount(blocks.folds)
    assert counts.size == 5
    # a fold keeps at least half of what is fair, so that four have four in five or so
    assert counts.min() >= 0.5 * len(places) / 5
    np.testing.assert_array_equal(block_folds(places, size, 5, 0), blocks.folds)


def arrangement(shape: str) -> np.ndarray:
    """Places of a kind: 200 of them, or 15."""
    rng = np.random.default_rng(30)
    if shape == "strip":
        return rng.uniform(0.0, 1.0, (200, 2)) * [10_000.0, 300.0]
    if shape == "clusters":
        return rng.uniform(0.0, 8000.0, (20, 2))[np.arange(200) % 20] + rng.normal(0, 50, (200, 2))
    if shape == "grid":
        return np.array(np.meshgrid(np.arange(20.0), np.arange(10.0))).reshape(2, -1).T * 300.0
    if shape == "doubled":
        return np.repeat(rng.uniform(0.0, 5000.0, (100, 2)), 2, axis=0)
    return rng.uniform(0.0, 5000.0, (15 if shape == "few" else 200, 2))


def test_the_side_of_a_block_is_bounded_and_told() -> None:
    places = arrangement("grid")
    # 300 m to the nearest, so that 900 m is the least; two blocks a fold of 5.7 km x 2.7 km
    assert block_side(places, 1.0, 5) == pytest.approx(900.0)
    assert block_side(places, 1000.0, 5) == 1000.0
    assert block_side(places, 1e6, 5) == pytest.approx(np.sqrt(5700.0 * 2700.0 / 10.0))
    several = spatial_blocks(places, [1.0, 1100.0, 1e6], 5, 0)
    assert several.size == pytest.approx(1100.0, rel=0.05)
    assert several.blocks == pytest.approx(5700.0 * 2700.0 / several.size**2)


def test_no_fold_knows_its_own_contents(data) -> None:
    """Change what was measured in a fold: its prediction stays, that of the others moves."""
    train, _ = data
    X, z = train[INPUTS], np.log(train["Cd"].to_numpy())
    folds = block_folds(X[["x", "y"]].to_numpy(), 1500.0, 3, 0)
    all_mappers = mappers_for(X, 0)
    mappers = {n: all_mappers[n] for n in ("idw", "universal")}
    changed = np.where(folds == 1, z + 3.0, z)
    before, after = (held_out(mappers, X, v, folds)[0] for v in (z, changed))
    pd.testing.assert_frame_equal(before[folds == 1], after[folds == 1])
    assert (np.abs(before - after)[folds != 1].to_numpy().max(axis=0) > 0.1).all()


def test_the_stack_of_a_fold_does_not_know_its_contents_either(data) -> None:
    rng = np.random.default_rng(22)
    z, folds = rng.standard_normal(90), np.arange(90) % 3
    mean = pd.DataFrame({"a": z + rng.normal(0, 0.3, 90), "b": z + rng.normal(0, 0.6, 90)})
    std = pd.DataFrame({"a": np.full(90, 0.3), "b": np.full(90, 0.6)})
    known = np.ones(90, bool)
    centre, spread = stacked_held_out(mean, std, z, folds, known)
    other = np.where(folds == 0, -z, z)
    again, width = stacked_held_out(mean, std, other, folds, known)
    np.testing.assert_array_equal(centre[folds == 0], again[folds == 0])
    np.testing.assert_array_equal(spread[folds == 0], width[folds == 0])


def test_weights_are_those_of_least_squares() -> None:
    """Independent errors: weights go with the inverse variances; who repeats an error has none."""
    rng = np.random.default_rng(23)
    z = rng.standard_normal(20_000)
    small, large = rng.normal(0, 1.0, z.size), rng.normal(0, 2.0, z.size)
    predicted = np.column_stack([z + small, z + large, z + 3.0 * small])
    weights = stacking_weights(predicted, z)
    assert weights.sum() == pytest.approx(1.0)
    assert weights[2] == 0.0
    np.testing.assert_allclose(weights[:2], [0.8, 0.2], atol=0.02)


def test_the_stack_is_no_worse_than_most_and_its_intervals_hold(stack, data) -> None:
    train, test = data[0][:70], data[1]
    assert sum(stack.weights_.values()) == pytest.approx(1.0)
    error = np.abs(stack.predict(test[INPUTS]) - test["Cd"]).mean()
    singles = [
        np.abs(make_mapper(m).fit(train[INPUTS], train["Cd"]).predict(test[INPUTS]) - test["Cd"])
        for m in ("mean", "class", "idw", "kriging", "forest")
    ]
    assert error < min(s.mean() for s in singles)
    low, high = stack.interval(test[INPUTS], 0.9)
    assert 0.8 <= ((test["Cd"] >= low) & (test["Cd"] <= high)).mean() <= 0.99


@pytest.mark.slow
def test_the_stack_comes_out_the_same_again(stack, data) -> None:
    train, test = data[0][:70], data[1]
    again = clone(stack).fit(train[INPUTS], train["Cd"])
    np.testing.assert_array_equal(again.predict(test[INPUTS]), stack.predict(test[INPUTS]))


def test_censored_samples_are_imputed_and_their_contents_do_not_count(data) -> None:
    train, _ = data
    limit = float(train["Cd"].quantile(0.3))
    below = (train["Cd"] < limit).to_numpy()
    y = np.where(below, limit, train["Cd"])
    mapper = make_mapper("kriging").fit(train[INPUTS], y, below)
    assert (mapper.imputed_[below] < limit).all()
    assert mapper.below_.sum() == below.sum()
