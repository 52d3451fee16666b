"""Laws of the growth of built land."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from simulator.physics.growth import logistic_step, pick_conversions, suitability

SHARE = st.floats(1e-6, 1.0)
RATE = st.floats(0.0, 2.0)


def one(value: float, rate: float, ceiling: float, dt: float) -> float:
    return float(logistic_step(np.array([value]), rate, ceiling, dt)[0])


def test_logistic_step_solves_its_differential_equation() -> None:
    rate, ceiling, start = 0.3, 0.85, 0.1
    times = np.array([1.0, 7.0, 30.0])
    solution = solve_ivp(
        lambda _, i: rate * i * (1 - i / ceiling), (0, 30), [start], t_eval=times,
        rtol=1e-11, atol=1e-13,
    )  # fmt: skip
    stepped = [one(start, rate, ceiling, t) for t in times]
    np.testing.assert_allclose(stepped, solution.y[0], rtol=1e-9)


def test_half_the_ceiling_is_reached_after_the_time_of_the_logit() -> None:
    # From K/(1+e^2) to K/2 the logit rises by 2: it takes 2/r.
    assert one(0.8 / (1 + math.exp(2)), 0.1, 0.8, 20.0) == pytest.approx(0.4, rel=1e-14)


@given(SHARE, RATE, SHARE, st.floats(0.0, 20.0), st.floats(0.0, 20.0))
def test_two_steps_are_one_step_of_their_sum(
    value: float, rate: float, ceiling: float, first: float, second: float
) -> None:
    twice = one(one(value, rate, ceiling, first), rate, ceiling, second)
    assert twice == pytest.approx(one(value, rate, ceiling, first + second), rel=1e-12)


@given(SHARE, RATE, SHARE, st.floats(0.0, 200.0))
def test_growth_never_passes_the_ceiling_nor_turns_back(
    value: float, rate: float, ceiling: float, dt: float
) -> None:
    after = one(value, rate, ceiling, dt)
    assert min(value, ceiling) <= after <= max(value, ceiling)
    if value <= ceiling:
        assert after >= value


def test_nothing_the_ceiling_and_no_time_stay_as_they_are() -> None:
    assert one(0.0, 0.3, 0.8, 10.0) == 0.0
    assert one(0.8, 0.3, 0.8, 10.0) == 0.8
    assert one(0.37, 0.3, 0.8, 0.0) == 0.37
    assert one(0.37, 0.0, 0.8, 10.0) == 0.37


@given(st.lists(st.tuples(SHARE, SHARE), min_size=1, max_size=40), RATE)
def test_an_element_has_the_same_bits_alone_and_in_a_batch(
    pairs: list[tuple[float, float]], rate: float
) -> None:
    value, ceiling = np.array(pairs).T.copy()
    alone = [one(v, rate, k, 1.0) for v, k in pairs]
    assert logistic_step(value, rate, ceiling, 1.0).tolist() == alone


def test_suitability_is_the_product_of_its_three_factors() -> None:
    limit = math.radians(25.0)
    score = suitability(
        np.array([0.5, 0.5, 0.5, 0.0]),
        np.array([0.0, 2000.0, 0.0, 0.0]),
        np.array([0.0, limit / 4, limit, 0.0]),
        2000.0,
        limit,
    )
    np.testing.assert_allclose(score, [0.5, 0.5 * math.exp(-1) * 0.75, 0.0, 0.0], rtol=1e-14)


def test_nothing_is_built_on_steep_or_unknown_ground() -> None:
    slope = np.array([math.radians(60.0), np.nan])
    score = suitability(np.ones(2), np.zeros(2), slope, 1000.0, math.radians(25.0))
    assert score.tolist() == [0.0, 0.0]


@given(
    st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(1.0, 1e6)), min_size=1, max_size=50),
    st.floats(0.0, 2e7),
    st.integers(0, 2**32 - 1),
)
def test_demand_is_met_by_no_more_than_is_needed(
    candidates: list[tuple[float, float]], demand: float, seed: int
) -> None:
    score, area = np.array(candidates).T
    draws = np.random.default_rng(seed).random(score.size)
    chosen = pick_conversions(score, area, demand, draws)
    assert len(set(chosen.tolist())) == chosen.size
    assert (score[chosen] > 0.0).all()
    total = np.cumsum(area[chosen])
    if chosen.size == np.count_nonzero(score):
        assert chosen.size < 2 or total[-2] < demand
    elif demand > 0.0:
        assert total[-1] >= demand
        assert chosen.size == 1 or total[-2] < demand
    else:
        assert chosen.size == 0


def test_the_first_is_chosen_with_chance_in_proportion_to_its_weight() -> None:
    # n trials give each candidate a binomial count; 5 standard deviations fail once in 10^6.
    score, trials = np.array([1.0, 2.0, 0.0, 5.0]), 20_000
    rng = np.random.default_rng(11)
    first = [pick_conversions(score, np.ones(4), 0.5, rng.random(4))[0] for _ in range(trials)]
    chance = score / score.sum()
    spread = 5.0 * np.sqrt(trials * chance * (1.0 - chance))
    assert (np.abs(np.bincount(first, minlength=4) - trials * chance) <= spread).all()


def test_area_of_a_candidate_does_not_change_its_chance() -> None:
    draws = np.random.default_rng(3).random(30)
    score = np.linspace(0.1, 1.0, 30)
    small = pick_conversions(score, np.ones(30), 30.0, draws)
    large = pick_conversions(score, np.linspace(50.0, 1.0, 30), 1e9, draws)
    assert small.tolist() == large.tolist()


@given(st.integers(0, 2**32 - 1), st.integers(0, 29))
def test_taking_one_candidate_out_leaves_the_order_of_the_others(seed: int, out: int) -> None:
    rng = np.random.default_rng(seed)
    score, draws, area = rng.random(30) + 0.01, rng.random(30), np.ones(30)
    everyone = pick_conversions(score, area, 30.0, draws).tolist()
    score[out] = 0.0
    everyone.remove(out)
    assert pick_conversions(score, area, 30.0, draws).tolist() == everyone


def test_draws_and_weights_at_their_edges_choose_without_warning() -> None:
    score = np.array([5e-324, 1.0, 0.0])
    draws = np.array([np.nextafter(1.0, 0.0), 0.0, 0.0])
    assert pick_conversions(score, np.ones(3), 3.0, draws).tolist() == [1, 0]
