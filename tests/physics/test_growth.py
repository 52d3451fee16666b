"""Laws of the growth of built land."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from simulator.physics.growth import logistic_step, suitability

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
