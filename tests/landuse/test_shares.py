"""Shares of land classes: the figure of merit, growth at one quantile, totals, the model."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import beta

from simulator.landuse.context import LandContext
from simulator.landuse.shares import (
    ShareModel,
    falling_barrier,
    fit_totals,
    gained_share,
    mixed_merit,
)

SHARES = arrays(float, (3, 8), elements=st.floats(0.0, 1.0))
CROPLAND, BUILT, WATER = 0, 1, 2


def land(seed: int = 1, side: int = 40) -> tuple[np.ndarray, LandContext]:
    """A town in cropland beside a lake; slopes rise to the right."""
    rng = np.random.default_rng(seed)
    row, col = np.mgrid[:side, :side]
    built = np.exp(-((row - side / 2) ** 2 + (col - side / 2) ** 2) / 30.0) * rng.random(row.shape)
    built = np.where(built > 0.05, built, 0.0)
    water = np.where(row < 6, 1.0 - built, 0.0)
    slope = (col + rng.random(row.shape)).astype(np.float32)
    valid = np.ones(row.shape, bool)
    valid[-3:] = False
    context = LandContext(270.0, valid, np.zeros_like(valid), {"slope_deg": slope})
    return np.stack([1.0 - built - water, built, water]), context


def later(
    shares: np.ndarray, context: LandContext, factor: float, water: float = 1.0
) -> np.ndarray:
    """Demand in which built land is `factor` and water `water` times what it was."""
    mean = shares[:, context.valid].mean(axis=1)
    built, lake = factor * mean[BUILT], water * mean[WATER]
    return np.array([mean.sum() - built - lake, built, lake])


def test_merit_of_pure_pixels_is_hits_over_hits_misses_and_false_alarms() -> None:
    before = np.zeros(10)
    after = np.r_[np.ones(5), np.zeros(5)]
    told = np.r_[np.zeros(2), np.ones(4), np.zeros(4)]
    assert mixed_merit(before, after, told) == pytest.approx(3 / (3 + 2 + 1))


def test_merit_by_hand() -> None:
    # Agreed 0.1, 0, 0.2, 0; union 0.3, 0.2 + 0.1, 0.2, 0.4.
    before = np.array([0.2, 0.5, 0.6, 0.0])
    after = np.array([0.5, 0.7, 0.4, 0.0])
    told = np.array([0.3, 0.4, 0.4, 0.4])
    assert mixed_merit(before, after, told) == pytest.approx(0.3 / 1.2)


@given(SHARES, SHARES, SHARES)
def test_merit_is_symmetric_and_one_only_for_the_truth(a, b, c) -> None:
    merit = mixed_merit(a, b, c)
    if np.isnan(merit):
        assert np.array_equal(a, b)
        assert np.array_equal(a, c)
        return
    assert 0.0 <= merit <= 1.0 + 1e-12
    assert merit == pytest.approx(mixed_merit(a, c, b))
    if not np.array_equal(a, b):
        assert mixed_merit(a, b, b) == pytest.approx(1.0)


@given(
    arrays(float, 30, elements=st.floats(0.0, 5.0).map(lambda x: round(x, 4))),
    arrays(float, 30, elements=st.floats(0.0, 1.0)),
    st.floats(0.0, 1.0),
    st.floats(0.2, 5.0),
)
def test_growth_meets_the_total_within_the_open_land(potential, open_land, part, exponent) -> None:
    room = open_land[potential > 0.0].sum()
    gained = gained_share(potential, open_land, part * room, exponent)
    assert gained.sum() == pytest.approx(part * room, abs=1e-9)
    assert np.all((gained >= 0.0) & (gained <= open_land + 1e-12))
    assert not gained[potential == 0.0].any()


def test_the_room_added_up_in_another_order_may_be_asked_for() -> None:
    land = np.array([0.86336187, 0.13441119, 0.3, 0.7])
    room = np.nextafter(land.sum(), 9.0)
    assert np.array_equal(gained_share(np.ones(4), land, room, 1.0), land)
    with pytest.raises(ValueError, match="room for"):
        gained_share(np.ones(4), land, room + 1e-9, 1.0)


def test_growth_is_the_same_quantile_of_every_pixel() -> None:
    chance = np.array([0.05, 0.2, 0.4, 0.8])
    gained = gained_share(chance, np.ones(4), 0.9, 2.0)
    # Given growth, the share is Beta(1, b); so P(gain > s) = chance * survival of Beta(1, 2).
    level = chance * beta.sf(gained, 1.0, 2.0)
    assert gained[0] == 0.0
    assert np.all(np.diff(gained[1:]) > 0.0)
    assert level[1:] == pytest.approx(np.full(3, level[1]))
    assert chance[0] < level[1]


def test_one_quantile_agrees_better_with_patchy_growth_than_the_mean_does() -> None:
    rng = np.random.default_rng(3)
    chance = rng.random(20000) ** 4
    grows = rng.random(chance.size) < chance
    truth = np.where(grows, beta.rvs(1.0, 1.5, size=chance.size, random_state=rng), 0.0)
    start = np.zeros(chance.size)
    told = gained_share(chance, np.ones(chance.size), truth.sum(), 1.5)
    mean = chance * truth.sum() / chance.sum()
    best = np.argsort(-chance)
    whole = np.zeros(chance.size)
    whole[best[: round(truth.sum())]] = 1.0
    merit = mixed_merit(start, truth, told)
    assert merit > 1.05 * mixed_merit(start, truth, mean)
    assert merit > 1.05 * mixed_merit(start, truth, whole)


def test_growth_beyond_the_room_is_refused() -> None:
    with pytest.raises(ValueError, match="room for 0 to 1"):
        gained_share(np.array([1.0, 0.0]), np.ones(2), 1.5, 1.0)
    with pytest.raises(ValueError, match=r"growth of -0\.1"):
        gained_share(np.ones(2), np.ones(2), -0.1, 1.0)


def test_fitted_shares_have_the_odds_they_started_from() -> None:
    rng = np.random.default_rng(0)
    start = rng.random((3, 50))
    pixels = np.full(50, 0.8)
    classes = np.array([10.0, 22.0, 8.0])
    fitted = fit_totals(start, pixels, classes)
    assert fitted.sum(axis=0) == pytest.approx(pixels, abs=1e-12)
    assert fitted.sum(axis=1) == pytest.approx(classes, abs=1e-6)
    odds = (fitted[0] / fitted[1]) / (start[0] / start[1])
    assert odds == pytest.approx(np.full(50, odds[0]))


def test_barrier_falls_and_finds_the_step() -> None:
    layer = np.linspace(0.0, 20.0, 4000)
    built = np.where(layer < 10.0, 0.3, 0.03)
    values, factors = falling_barrier(layer, built, np.full(4000, 0.3))
    assert np.all(np.diff(factors) <= 0.0)
    assert np.interp([5.0, 15.0], values, factors) == pytest.approx([1.0, 0.1])


@pytest.mark.parametrize("factor", [1.0, 1.5, 3.0])
def test_model_meets_the_totals_and_keeps_pixels_full(factor) -> None:
    shares, context = land()
    model = ShareModel(BUILT, (WATER,), ("slope_deg",)).fit(shares, context)
    demand = later(shares, context, factor)
    told = model.predict(shares, demand, context)
    assert told.sum(axis=0) == pytest.approx(shares.sum(axis=0))
    assert told[:, context.valid].mean(axis=1) == pytest.approx(demand, abs=1e-9)
    assert np.all(told[BUILT] >= shares[BUILT])
    assert np.all(told >= 0.0)
    assert np.array_equal(told[:, ~context.valid], shares[:, ~context.valid])
    assert told[BUILT][:6] == pytest.approx(shares[BUILT][:6])  # the lake is not built on


def test_more_demand_never_takes_built_land_back() -> None:
    shares, context = land()
    model = ShareModel(BUILT, (WATER,)).fit(shares, context)
    some, more = (model.predict(shares, later(shares, context, f), context) for f in (1.5, 2.5))
    assert np.all(more[BUILT] >= some[BUILT] - 1e-12)


def test_steep_land_is_built_on_less() -> None:
    shares, context = land()
    _row, col = np.mgrid[:40, :40]
    shares[BUILT] = np.where(col > 22, 0.02 * shares[BUILT], shares[BUILT])
    shares[CROPLAND] = 1.0 - shares[BUILT] - shares[WATER]
    demand = later(shares, context, 3.0)
    free, hindered = (
        ShareModel(BUILT, (WATER,), barriers).fit(shares, context).predict(shares, demand, context)
        for barriers in ((), ("slope_deg",))
    )
    steep = context.valid & (col > 24)
    assert hindered[BUILT][steep].sum() < 0.8 * free[BUILT][steep].sum()


def test_exponent_is_that_of_the_mean_fill() -> None:
    shares, context = land()
    built = shares[BUILT][context.valid]
    model = ShareModel(BUILT, (WATER,)).fit(shares, context)
    assert 1.0 / (1.0 + model.exponent_) == pytest.approx(built[built > 0.01].mean())


def test_a_map_without_built_land_is_refused() -> None:
    shares, context = land()
    shares[CROPLAND] += shares[BUILT]
    shares[BUILT] = 0.0
    with pytest.raises(ValueError, match="nothing is built"):
        ShareModel(BUILT, (WATER,)).fit(shares, context)
