"""Which units are built on next."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.ndimage import uniform_filter
from scipy.stats import kstest, lognorm

from simulator.landuse.allocation import BEST, GrowthStyle, grow
from simulator.landuse.mosaic import Mosaic
from simulator.landuse.patches import NewPatches

BY_CHANCE = GrowthStyle(chance=1.0)
PATCHES = GrowthStyle(1.0, (0.25, 0.6, 0.15), 5.0, 0.8, 0.4)


def loose(area: np.ndarray) -> Mosaic:
    """Units that touch nothing."""
    return Mosaic.of_parcels(area, sparse.csr_array((area.size, area.size)))


def town(side: int, seed: int) -> tuple[Mosaic, np.ndarray, np.ndarray]:
    """Map of side x side pixels of 1 m2 with patchy built land and a potential that follows it."""
    rng = np.random.default_rng(seed)
    field = uniform_filter(rng.standard_normal((side, side)), 7)
    built = field > np.quantile(field, 0.85)
    potential = uniform_filter(built.astype(float), 9) + 0.02
    return Mosaic.of_cells(np.ones_like(built), 1.0), built.ravel(), potential.ravel()


def run(mosaic, built, potential, demand, style, seed=0) -> np.ndarray:  # type: ignore[no-untyped-def]
    draws = np.random.default_rng(seed).random((2, built.size))
    return grow(mosaic, built, potential, demand, style, draws)


STYLES = st.builds(
    GrowthStyle,
    chance=st.sampled_from([0.0, 0.3, 1.0]),
    shares=st.sampled_from([None, (0.2, 0.6, 0.2), (0.0, 0.0, 1.0), (1.0, 0.0, 0.0)]),
    patch_mean=st.sampled_from([0.0, 1.0, 8.0]),
    patch_log_sd=st.sampled_from([0.0, 1.2]),
    decay=st.sampled_from([0.0, 0.5]),
)


@settings(deadline=None)  # the first call compiles
@given(STYLES, st.integers(0, 2**32 - 1), st.floats(-1.0, 120.0))
def test_demand_is_met_by_no_more_than_is_needed(
    style: GrowthStyle, seed: int, demand: float
) -> None:
    rng = np.random.default_rng(seed)
    valid = rng.random((9, 11)) < 0.9
    units = np.count_nonzero(valid)
    mosaic = replace(Mosaic.of_cells(valid, 1.0), area=rng.uniform(0.2, 2.0, units))
    built = rng.random(units) < 0.3
    potential = np.where(rng.random(units) < 0.7, rng.random(units), 0.0)
    chosen = grow(mosaic, built, potential, demand, style, rng.random((2, units)))
    candidate = ~built & (potential > 0.0)
    assert chosen.dtype == np.int64
    assert len(set(chosen.tolist())) == chosen.size
    assert candidate[chosen].all()
    total = np.cumsum(mosaic.area[chosen])
    if chosen.size < np.count_nonzero(candidate):
        assert chosen.size == 0 if demand <= 0.0 else total[-1] >= demand
    assert chosen.size < 2 or total[-2] < demand


def test_best_takes_the_highest_potential_and_breaks_ties_by_draw() -> None:
    potential = np.array([0.1, 0.9, 0.5, 0.5, 0.0, np.nan, 0.7])
    built = np.array([False] * 6 + [True])
    draws = np.array([[0.5, 0.5, 0.8, 0.2, 0.0, 0.0, 0.0]] * 2)
    mosaic = loose(np.ones(7))
    assert grow(mosaic, built, potential, 9.0, BEST, draws).tolist() == [1, 3, 2, 0]
    assert grow(mosaic, built, potential, 2.0, BEST, draws).tolist() == [1, 3]


@settings(deadline=None)  # the first call compiles
@given(st.integers(0, 2**32 - 1), st.integers(1, 300), st.sampled_from([BEST, BY_CHANCE]))
def test_a_cut_is_the_beginning_of_the_whole_order(
    seed: int, count: int, style: GrowthStyle
) -> None:
    rng = np.random.default_rng(seed)
    potential, built = rng.integers(0, 5, 300) / 4.0, np.zeros(300, dtype=bool)
    draws, mosaic = rng.random((2, 300)), loose(np.ones(300))
    everyone = grow(mosaic, built, potential, math.inf, style, draws)
    assert everyone.size == np.count_nonzero(potential)
    few = grow(mosaic, built, potential, float(count), style, draws)
    assert few.tolist() == everyone[:count].tolist()


def test_the_first_two_come_with_the_chances_of_drawing_without_replacement() -> None:
    # P(i, then j) = w_i / W * w_j / (W - w_i). Counts are binomial; 5 sd fail once in 10^5 here.
    weight, trials = np.array([1.0, 2.0, 0.0, 5.0]), 20_000
    rng, built, mosaic = np.random.default_rng(11), np.zeros(4, dtype=bool), loose(np.ones(4))
    counts = np.zeros((4, 4))
    for _ in range(trials):
        first, second = grow(mosaic, built, weight, 2.0, BY_CHANCE, rng.random((2, 4)))
        counts[first, second] += 1
    chance = weight[:, None] / 8.0 * weight[None] / (8.0 - weight[:, None])
    np.fill_diagonal(chance, 0.0)
    spread = np.sqrt(trials * chance * (1.0 - chance))
    assert (np.abs(counts - trials * chance) <= 5.0 * spread).all()


def test_chance_between_follows_the_power_of_the_exponential_wait() -> None:
    # E1**c / w1 < E2**c / w2 has the odds (w1 / w2)**(1 / c).
    trials, built, mosaic = 20_000, np.zeros(2, dtype=bool), loose(np.ones(2))
    rng, style = np.random.default_rng(3), GrowthStyle(chance=0.5)
    weight = np.array([1.0, 2.0])
    wins = sum(
        grow(mosaic, built, weight, 1.0, style, rng.random((2, 2)))[0] == 1 for _ in range(trials)
    )
    assert wins == pytest.approx(trials * 0.8, abs=5.0 * math.sqrt(trials * 0.16))


@settings(deadline=None)  # the first call compiles
@given(st.integers(0, 2**32 - 1), st.sampled_from([BEST, BY_CHANCE]))
def test_the_order_of_single_units_that_stay_does_not_see_a_mask(
    seed: int, style: GrowthStyle
) -> None:
    rng = np.random.default_rng(seed)
    potential, built = rng.integers(1, 6, 60) / 5.0, np.zeros(60, dtype=bool)
    draws, mosaic, gone = rng.random((2, 60)), loose(np.ones(60)), rng.random(60) < 0.4
    everyone = grow(mosaic, built, potential, math.inf, style, draws)
    masked = grow(mosaic, built, np.where(gone, 0.0, potential), math.inf, style, draws)
    assert masked.tolist() == everyone[~gone[everyone]].tolist()


def test_only_ratios_of_the_potential_matter() -> None:
    mosaic, built, potential = town(40, 2)
    potential = np.round(potential, 3)  # rounding makes equals of unequal ones that are that near
    for style in (BEST, BY_CHANCE, PATCHES):
        scaled = run(mosaic, built, 64.0 * potential, 150.0, style)
        assert scaled.tolist() == run(mosaic, built, potential, 150.0, style).tolist()


def test_same_draws_same_choice_and_other_draws_another() -> None:
    mosaic, built, potential = town(60, 1)
    first, again, other = (run(mosaic, built, potential, 200.0, PATCHES, s) for s in (7, 7, 8))
    assert first.tolist() == again.tolist()
    assert set(first.tolist()) != set(other.tolist())


def test_shares_are_met_as_the_map_shows_them() -> None:
    mosaic, built, potential = town(300, 4)
    for shares in ((0.25, 0.6, 0.15), (0.1, 0.3, 0.6), (0.0, 1.0, 0.0)):
        chosen = run(mosaic, built, potential, 1500.0, replace(PATCHES, shares=shares))
        grown = built.copy()
        grown[chosen] = True
        found = NewPatches.between(mosaic, built, grown).shares
        # The last patch of each kind may overshoot its share: 5 units, rarely 30, of 1500.
        np.testing.assert_allclose(found, shares, atol=0.02)


def test_small_demands_meet_the_shares_together() -> None:
    # A patch or two a step: a quota of each single step would never leap.
    mosaic, built, potential = town(100, 5)
    area = np.zeros(3)
    for seed in range(400):
        chosen = run(mosaic, built, potential, 6.0, replace(PATCHES, patch_log_sd=0.0), seed)
        grown = built.copy()
        grown[chosen] = True
        patches = NewPatches.between(mosaic, built, grown)
        area += np.bincount(patches.kind, patches.area, minlength=3)
    # Some 2 patches a step, so the standard error of a share is at most 0.5 / sqrt(400).
    np.testing.assert_allclose(area / area.sum(), PATCHES.shares, atol=4 * 0.5 / 20)


def test_sizes_of_patches_are_distributed_as_asked() -> None:
    side = 400
    mosaic = Mosaic.of_cells(np.ones((side, side), dtype=bool), 1.0)
    built, potential = np.zeros(side * side, dtype=bool), np.ones(side * side)
    style = GrowthStyle(1.0, None, 40.0, 0.7, 0.4)
    grown = built.copy()
    grown[run(mosaic, built, potential, 20_000.0, style)] = True
    area = NewPatches.between(mosaic, built, grown).area
    # Rounding to whole units blurs sizes of some 10 or more little; 500 sizes, p below 0.001 fails.
    asked = lognorm(0.7, scale=40.0 * math.exp(-0.5 * 0.7**2))
    assert area.size == pytest.approx(500, rel=0.15)
    assert kstest(area, asked.cdf).pvalue > 0.001


@pytest.mark.parametrize(("aim", "units"), [(0.2, 1), (1.4, 1), (1.6, 2), (3.4, 3), (3.6, 4)])
def test_a_patch_has_the_size_that_whole_units_bring_nearest(aim: float, units: int) -> None:
    mosaic = Mosaic.of_cells(np.ones((60, 60), dtype=bool), 1.0)
    built = np.zeros(3600, dtype=bool)
    grown = built.copy()
    style = GrowthStyle(1.0, None, aim, 0.0, 0.4)
    grown[run(mosaic, built, np.ones(3600), 10.0 * units, style)] = True
    assert NewPatches.between(mosaic, built, grown).units.tolist() == [units] * 10


def test_patches_of_one_step_do_not_touch_and_come_one_after_the_other() -> None:
    mosaic, built, potential = town(150, 6)
    chosen = run(mosaic, built, potential, 600.0, PATCHES)
    grown = built.copy()
    grown[chosen] = True
    label = NewPatches.between(mosaic, built, grown).label[chosen]
    assert np.count_nonzero(np.diff(label)) == label.max()  # each patch is one stretch of the order


def test_decay_makes_round_patches() -> None:
    side = 61
    mosaic = Mosaic.of_cells(np.ones((side, side), dtype=bool), 1.0)
    built, centre = np.zeros(side * side, dtype=bool), side * side // 2
    potential = np.random.default_rng(0).uniform(0.2, 1.0, side * side)
    potential[centre] = 2.0

    def reach(decay: float) -> int:
        style = GrowthStyle(0.0, None, 121.0, 0.0, decay)
        row, col = np.divmod(run(mosaic, built, potential, 121.0, style), side)
        return int(np.maximum(abs(row - side // 2), abs(col - side // 2)).max())

    assert reach(0.0) > reach(1.0) > reach(10.0) == 5  # the square of 121 pixels


def test_a_patch_fills_a_gap_only_as_far_as_it_stays_a_filling() -> None:
    # A bay of one pixel's width: its end has 5 built of 8 around, its mouth opens on the land.
    built = np.zeros((7, 12), dtype=bool)
    built[2:5, :6] = True
    built[3, 2:6] = False
    mosaic = Mosaic.of_cells(np.ones_like(built), 1.0)
    style = GrowthStyle(0.0, (1.0, 0.0, 0.0), 50.0, 0.0, 0.0)
    potential = np.ones(built.size)
    potential[3 * 12 + 2] = 2.0
    chosen = grow(mosaic, built.ravel(), potential, 4.0, style, np.full((2, built.size), 0.5))
    assert sorted(chosen.tolist()) == [3 * 12 + c for c in (2, 3, 4, 5)]
    grown = built.ravel().copy()
    grown[chosen] = True
    assert NewPatches.between(mosaic, built.ravel(), grown).shares == (1.0, 0.0, 0.0)


def test_what_finds_no_room_as_asked_is_taken_unit_by_unit() -> None:
    mosaic, built, potential = town(30, 3)
    style = replace(PATCHES, shares=(1.0, 0.0, 0.0))
    chosen = run(mosaic, built, potential, math.inf, style)
    assert chosen.size == np.count_nonzero(~built)


def test_parcels_larger_than_a_patch_are_taken_alone() -> None:
    ring = sparse.csr_array(np.roll(np.eye(6), 1, 0) + np.roll(np.eye(6), -1, 0))
    mosaic = Mosaic.of_parcels(np.full(6, 100.0), ring)
    style = GrowthStyle(0.0, None, 10.0, 0.5, 0.0)
    chosen = run(mosaic, np.zeros(6, dtype=bool), np.array([3.0, 2, 1, 1, 1, 1]), 200.0, style)
    assert chosen[0] == 0
    assert chosen[1] not in (1, 5)  # a second patch does not touch the first


def test_yearly_steps_bring_back_the_style_they_were_learned_from() -> None:
    mosaic, built, potential = town(300, 9)
    grown = built.copy()
    grown[run(mosaic, built, potential, 2000.0, PATCHES)] = True
    learned = GrowthStyle.learn(mosaic, built, grown)
    assert learned.shares == pytest.approx(PATCHES.shares, abs=0.02)
    # Infill stops where its gap ends, so that the mean comes out somewhat small.
    assert 0.8 * PATCHES.patch_mean < learned.patch_mean < 1.05 * PATCHES.patch_mean
    assert learned.patch_log_sd == pytest.approx(PATCHES.patch_log_sd, abs=0.1)


def test_nothing_new_teaches_nothing() -> None:
    mosaic, built, _ = town(20, 0)
    with pytest.raises(ValueError, match="nothing to learn"):
        GrowthStyle.learn(mosaic, built, built)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"chance": -0.1}, "chance"),
        ({"patch_mean": math.inf}, "patch_mean"),
        ({"patch_log_sd": math.nan}, "patch_log_sd"),
        ({"decay": -1.0}, "decay"),
        ({"shares": (0.5, 0.6, 0.1)}, "shares"),
        ({"shares": (1.2, -0.2, 0.0)}, "shares"),
        ({"shares": (0.5, 0.5)}, "shares"),
    ],
)
def test_impossible_styles_are_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GrowthStyle(**values)  # type: ignore[arg-type]
