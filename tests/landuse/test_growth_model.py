"""Growth model: learns where land is built on, leaves the rest at 0, says what it lacks."""

import numpy as np
import pytest

from simulator.errors import InputError
from simulator.landuse.context import LandContext, Snapshot
from simulator.landuse.drivers import distance
from simulator.landuse.growth_model import RATE_PRIOR, GrowthModel, growth_rate, open_land
from simulator.landuse.suitability import figure_of_merit

SIDE = 150


def rings(years, seed: int = 0) -> tuple[list[Snapshot], LandContext]:
    """Towns that grow at their edges, on the right ten times as fast; a lake at the top."""
    rng = np.random.default_rng(seed)
    row, col = np.mgrid[:SIDE, :SIDE]
    water = row < 15
    built = np.zeros((SIDE, SIDE), bool)
    for r, c in rng.integers(20, SIDE - 10, (25, 2)):
        built |= (np.hypot(row - r, col - c) < rng.uniform(2.0, 7.0)) & ~water
    snapshots = []
    for year in years:
        snapshots.append(Snapshot(year, built.astype(np.float32), np.where(built, 2, 1)))
        chance = np.exp(-distance(built, 1.0) / 2.0) * np.where(col > SIDE / 2, 0.2, 0.02)
        built = built | ((rng.random(built.shape) < chance) & ~water)
    valid = np.ones((SIDE, SIDE), bool)
    valid[:, -5:] = False
    return snapshots, LandContext(100.0, valid, water)


def merit(potential, before, after, context) -> float:
    land = open_land(before, context) > 0.0
    changed = ((after.built > 0.5) & land).ravel()
    chosen = np.argsort(-np.where(land, potential, -1.0), axis=None, kind="stable")[: changed.sum()]
    hits = changed[chosen].sum()
    return hits / (2 * changed.sum() - hits)


@pytest.fixture(scope="module")
def town():
    return rings(range(2000, 2005))


@pytest.mark.slow
@pytest.mark.parametrize("dates", [(0, 3), (0, 1, 2, 3)])
def test_finds_where_the_next_growth_is(town, dates):
    snapshots, context = town
    past = [snapshots[i] for i in dates]
    potential = GrowthModel().fit(past, context).potential(past, context)
    distance_only = np.exp(-distance(past[-1].built > 0.5, 1.0))
    ours = merit(potential, past[-1], snapshots[4], context)
    assert ours > 1.2 * merit(distance_only, past[-1], snapshots[4], context)


def test_potential_is_nought_where_nothing_can_be_built(town):
    snapshots, context = town
    potential = (
        GrowthModel("logistic").fit(snapshots[:2], context).potential(snapshots[:2], context)
    )
    shut = ~context.valid | context.excluded | (snapshots[1].built > 0.5)
    assert (potential[shut] == 0.0).all()
    assert (potential[~shut] > 0.0).all()
    assert potential.max() <= 1.0


def test_memory_halves_the_record_and_looks_back_as_far(town):
    snapshots, context = town
    model = GrowthModel("logistic").fit(snapshots, context)
    assert model.memory_ == 2.0
    assert (model.rate_ == 1.0).all()
    assert any(name.startswith("gain") for name in model.importance_.index)
    # snapshots from before the memory do not matter
    all_of_them = model.potential(snapshots, context)
    assert np.array_equal(all_of_them, model.potential(snapshots[2:], context))
    assert not np.array_equal(all_of_them, model.potential(snapshots[3:], context))


@pytest.mark.slow
def test_without_an_earlier_map_a_model_of_two_dates_answers(town):
    snapshots, context = town
    model = GrowthModel("logistic").fit(snapshots, context)
    plain = GrowthModel("logistic").fit([snapshots[0], snapshots[-1]], context)
    now = snapshots[-1:]
    assert np.array_equal(model.potential(now, context), plain.potential(now, context))


def test_expected_growth_is_what_was_seen():
    snapshots, context = rings([2000, 2001])
    model = GrowthModel("logistic").fit(snapshots, context)
    land = open_land(snapshots[0], context)
    seen = ((snapshots[1].built > snapshots[0].built) & (land > 0.0)).sum()
    expected = (model.potential(snapshots[:1], context) / model.rate_ * land).sum()
    assert expected == pytest.approx(seen, rel=0.1)


def test_shares_of_pixels_will_do():
    snapshots, context = rings(range(2000, 2005))
    *past, truth = [
        Snapshot(s.year, s.built.reshape(SIDE // 3, 3, SIDE // 3, 3).mean(axis=(1, 3)))
        for s in snapshots
    ]
    wide = LandContext(300.0, context.valid[1::3, 1::3], context.excluded[1::3, 1::3])
    potential = GrowthModel().fit(past, wide).potential(past, wide)
    land = open_land(past[-1], wide)
    some = land > 0.0
    gained = (truth.built - past[-1].built)[some] / (1.0 - past[-1].built[some])
    evenly = figure_of_merit(np.random.default_rng(0).random(some.sum()), gained, land[some])
    assert figure_of_merit(potential[some], gained, land[some]) > 2.0 * evenly


def test_rate_is_one_where_growth_is_as_expected():
    expected = np.random.default_rng(0).random((40, 40))
    assert growth_rate(expected, 3.0 * expected, 100.0) == pytest.approx(1.0, abs=1e-4)


def test_rate_is_shrunk_by_the_prior():
    # one pixel of 0.01 km2 built on in the middle of nowhere, all expected elsewhere
    gained, expected = np.zeros((2, 201, 201))
    gained[100, 60] = 1.0
    expected[100, 190] = 1.0
    rate = growth_rate(gained, expected, 100.0)
    # under the bell it is worth twice its own land at its place: 4 pi s2 / (2 pi s2)
    assert rate[100, 60] == pytest.approx(1.0 + 2.0 * 1e4 / RATE_PRIOR, rel=0.02)
    assert rate[100, 190] < 1.0
    assert rate[100, 120] == pytest.approx(1.0)


@pytest.mark.slow
def test_same_seed_same_bits(town):
    snapshots, context = town
    past = snapshots[:2]
    one, two, other = (
        GrowthModel("boosting", seed).fit(past, context).potential(past, context)
        for seed in (1, 1, 2)
    )
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_bad_maps_are_refused(town):
    snapshots, context = town
    with pytest.raises(InputError, match="two dates or more"):
        GrowthModel().fit(snapshots[:1], context)
    with pytest.raises(InputError, match="each later"):
        GrowthModel().fit(snapshots[1::-1], context)
    with pytest.raises(InputError, match="same pixels"):
        GrowthModel().fit([snapshots[0], Snapshot(2001, np.zeros((3, 3)))], context)
    still = Snapshot(2001, snapshots[0].built)
    with pytest.raises(InputError, match="no land is built on between 2000 and 2001"):
        GrowthModel().fit([snapshots[0], still], context)
    with pytest.raises(ValueError, match="unknown method"):
        GrowthModel("tree")
