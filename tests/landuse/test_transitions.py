"""All classes at once: demands met, the best map among those that meet them, chance as stated."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from simulator.errors import InputError
from simulator.landuse.assignment import assign
from simulator.landuse.transitions import ConversionRules, allocate, contradictions


def random_case(seed, units, classes, unequal=False):
    rng = np.random.default_rng(seed)
    area = rng.lognormal(8.0, 1.0, units) if unequal else np.full(units, 900.0)
    current = rng.integers(0, classes, units)
    log_potential = np.log(rng.dirichlet(np.full(classes, 0.5), units).T + 1e-9)
    wish = np.bincount(rng.integers(0, classes, units), weights=area, minlength=classes)
    return area, current, log_potential, wish, rng.random((classes, units))


def covered(new, area, classes):
    return np.bincount(new, weights=area, minlength=classes)


@given(st.integers(0, 10**6), st.integers(2, 40), st.integers(2, 5))
@settings(max_examples=60, deadline=None)
def test_demands_of_equal_units_are_met_exactly(seed, units, classes):
    area, current, log_potential, wish, draws = random_case(seed, units, classes)
    new = allocate(area, current, log_potential, wish, ConversionRules.free(classes), 0.3, draws)
    assert np.array_equal(covered(new, area, classes), wish)


@given(st.integers(0, 10**6), st.integers(2, 30), st.integers(2, 5))
@settings(max_examples=60, deadline=None)
def test_the_map_has_the_highest_total_score_of_all_that_meet_the_demands(seed, units, classes):
    area, current, log_potential, wish, draws = random_case(seed, units, classes)
    rules = ConversionRules.free(classes, inertia=1.5)
    new = allocate(area, current, log_potential, wish, rules, 0.0, draws)
    score = log_potential.T.copy()
    score[np.arange(units), current] += 1.5
    slots = np.repeat(np.arange(classes), np.rint(wish / 900.0).astype(int))
    rows, columns = linear_sum_assignment(score[:, slots], maximize=True)
    best = score[rows, slots[columns]].sum()
    assert score[np.arange(units), new].sum() == pytest.approx(best, abs=1e-6)


@given(st.integers(0, 10**6), st.integers(20, 200), st.integers(2, 5))
@settings(max_examples=40, deadline=None)
@example(691905, 106, 5)  # the cheapest chains end 1.7 of the largest unit off
def test_demands_of_unequal_units_are_met_to_the_largest_unit(seed, units, classes):
    area, current, log_potential, wish, draws = random_case(seed, units, classes, unequal=True)
    new = allocate(area, current, log_potential, wish, ConversionRules.free(classes), 0.0, draws)
    assert np.all(np.abs(covered(new, area, classes) - wish) <= area.max())


@given(st.integers(0, 2**32 - 1), st.integers(3, 60), st.integers(2, 5))
@settings(max_examples=40, deadline=None)
@example(410, 3, 5)  # two moves, each nearer by 6e-17
@example(0, 51, 4)  # a move that leaves a circle of gains
def test_areas_in_tenths_come_to_an_end(seed, units, classes):
    """Sums of tenths are rounded: a unit could go back and forth for ever."""
    rng = np.random.default_rng(seed)
    area = 0.1 * rng.integers(1, 9, units)
    demand = np.round(rng.dirichlet(np.ones(classes)) * area.sum(), 1)
    demand[np.argmax(demand)] += area.sum() - demand.sum()
    new = assign(rng.normal(size=(classes, units)), area, demand)
    assert np.all(np.abs(covered(new, area, classes) - demand) <= area.max())


def test_many_units_of_one_score_are_parted_by_their_draws():
    rng = np.random.default_rng(3)
    area, current = np.full(10_000, 1.0), np.zeros(10_000, dtype=np.int64)
    wish, draws = np.array([7_000.0, 2_000.0, 1_000.0]), rng.random((3, 10_000))
    new = allocate(area, current, np.zeros((3, 10_000)), wish, ConversionRules.free(3), 0.0, draws)
    assert np.array_equal(covered(new, area, 3), wish)
    assert abs(np.flatnonzero(new == 2).mean() - 5_000) < 500  # not the first nor the last of them


def test_chance_one_without_demands_draws_with_the_probabilities():
    rng = np.random.default_rng(5)
    n, p = 200_000, np.array([0.5, 0.3, 0.15, 0.05])
    log_potential = np.repeat(np.log(p)[:, None], n, axis=1)
    area, current = np.ones(n), np.zeros(n, dtype=np.int64)
    free = np.full(4, np.nan)
    rules = ConversionRules.free(4)
    new = allocate(area, current, log_potential, free, rules, 1.0, rng.random((4, n)))
    share = np.bincount(new, minlength=4) / n
    assert np.all(np.abs(share - p) < 4.0 * np.sqrt(p * (1 - p) / n))


def test_no_demand_and_no_chance_is_the_likeliest_class():
    area, current, log_potential, _, draws = random_case(1, 500, 4)
    free = np.full(4, np.nan)
    new = allocate(area, current, log_potential, free, ConversionRules.free(4), 0.0, draws)
    assert np.array_equal(new, log_potential.argmax(axis=0))


def test_present_areas_and_strong_inertia_leave_the_map_as_it_is():
    area, current, log_potential, _, draws = random_case(2, 500, 4)
    wish = covered(current, area, 4)
    rules = ConversionRules.free(4, inertia=50.0)
    assert np.array_equal(allocate(area, current, log_potential, wish, rules, 1.0, draws), current)


def test_what_is_forbidden_never_happens():
    area, current, log_potential, wish, draws = random_case(4, 400, 4)
    log_potential[2, :100] = -np.inf
    current[:100] = 1
    rules = ConversionRules.free(4, fixed=[3])
    wish = np.array([wish[0], wish[1], wish[2] + wish[3], 0.0])
    wish[3] = covered(current, area, 4)[3]
    wish[0] = area.sum() - wish[1:].sum()
    new = allocate(area, current, log_potential, wish, rules, 1.0, draws)
    assert np.array_equal(new == 3, current == 3)
    assert not np.any(new[:100] == 2)
    assert np.array_equal(covered(new, area, 4), wish)


def test_a_cost_turns_demand_to_other_land():
    """Of two donors of the same potential the one without a cost gives all."""
    area, current = np.ones(100), np.repeat([0, 1], 50)
    cost = np.zeros((3, 3))
    cost[0, 2] = 1.0
    rules = ConversionRules.free(3, cost=cost, inertia=2.0)
    draws = np.random.default_rng(0).random((3, 100))
    demand = np.array([np.nan, np.nan, 30.0])
    new = allocate(area, current, np.zeros((3, 100)), demand, rules, 0.0, draws)
    assert np.sum(new == 2) == 30
    assert np.all(current[new == 2] == 1)


def test_chains_reach_a_class_that_the_surplus_cannot_turn_into():
    """Class 0 has too much and turns into 1 only; class 2 is fed by 1."""
    area, current = np.ones(30), np.repeat([0, 1, 2], 10)
    allowed = np.array([[1, 1, 0], [0, 1, 1], [0, 0, 1]], dtype=bool)
    rules = ConversionRules(allowed, np.zeros((3, 3)), np.full(3, 5.0))
    draws = np.random.default_rng(0).random((3, 30))
    new = allocate(area, current, np.zeros((3, 30)), np.array([6.0, 10.0, 14.0]), rules, 0.0, draws)
    assert np.bincount(new).tolist() == [6, 10, 14]
    assert np.all(allowed[current, new])


@pytest.mark.parametrize(
    ("demand", "message"),
    [
        ([60.0, 30.0, 20.0], "want 0.011 ha, the land is 0.01"),  # more than there is
        ([20.0, 70.0, 10.0], "class 1"),  # 60 units can be of it
        ([100.0, 0.0, 0.0], "class 0"),  # 40 units of class 2 stay
        ([-1.0, 61.0, 40.0], "class 0: less than nothing"),
    ],
)
def test_demands_that_no_map_meets_say_so(demand, message):
    area, current = np.ones(100), np.repeat([0, 1, 2], [30, 30, 40])
    rules = ConversionRules.free(3, fixed=[2])
    draws = np.full((3, 100), 0.5)
    with pytest.raises(InputError, match=message):
        allocate(area, current, np.zeros((3, 100)), np.array(demand), rules, 0.0, draws)


def test_each_contradiction_is_told_once():
    possible = np.ones((4, 10), dtype=bool)
    possible[0, 5:] = False
    found = contradictions(
        np.ones(10), possible, np.array([6.0, np.nan, np.nan, 1.0]), ["wood", "b", "c", "d"]
    )
    assert [p.what.split(":")[0] for p in found] == ["class wood"]


def test_units_that_may_be_nothing_are_told():
    found = contradictions(np.ones(3), np.zeros((2, 3), dtype=bool), np.full(2, np.nan))
    assert "of no class" in found[0].what


def test_same_draws_same_map():
    area, current, log_potential, wish, draws = random_case(9, 3_000, 5)
    rules = ConversionRules.free(5)
    first = allocate(area, current, log_potential, wish, rules, 1.0, draws)
    assert np.array_equal(first, allocate(area, current, log_potential, wish, rules, 1.0, draws))


def test_rules_of_the_wrong_shape_are_refused():
    with pytest.raises(ValueError, match="class, class"):
        ConversionRules(np.ones((2, 2), dtype=bool), np.zeros((3, 3)), np.zeros(3))
    with pytest.raises(ValueError, match="finite"):
        ConversionRules.free(2, cost=np.inf)
