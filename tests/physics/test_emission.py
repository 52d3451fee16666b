"""Emission: dates inside the year, and changes that add up as factors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.emission import (
    combined_range,
    emission_rate,
    operating_factor,
    weights_in_force,
)


def share(start: float, stop: float, year: float) -> float:
    return float(operating_factor(year, start, stop, [], [], 1)[0])


@pytest.mark.parametrize(
    ("start", "stop", "expected"),
    [
        (-math.inf, math.inf, 1.0),
        (2020.25, math.inf, 0.75),
        (-math.inf, 2020.5, 0.5),
        (2020.25, 2020.5, 0.25),
        (2021.0, math.inf, 0.0),
        (-math.inf, 2019.5, 0.0),
        (-math.inf, 2020.0, 0.0),
        (2020.5, 2020.25, 0.0),
    ],
)
def test_share_of_2020_in_operation(start: float, stop: float, expected: float) -> None:
    assert share(start, stop, 2020.0) == pytest.approx(expected)


@given(st.floats(1990, 2080), st.floats(0, 40))
def test_shares_of_all_years_are_the_life(start: float, life: float) -> None:
    total = sum(share(start, start + life, float(y)) for y in range(1980, 2130))
    assert total == pytest.approx(life, abs=1e-9)


def test_changes_multiply_from_their_dates_on() -> None:
    """Half from 2020.5, a further fifth of it from 2020.75: (0.5 + 0.25 * 0.5 + 0.25 * 0.1)."""
    factors = [np.array([0.5, 1.0]), np.array([0.2, 0.0])]
    args = (-math.inf, math.inf, [2020.5, 2020.75], factors, 2)
    np.testing.assert_allclose(operating_factor(2020.0, *args), [0.65, 0.75])
    np.testing.assert_allclose(operating_factor(2021.0, *args), [0.1, 0.0])
    np.testing.assert_allclose(operating_factor(2019.0, *args), [1.0, 1.0])


def test_emission_is_activity_times_factor() -> None:
    """1 Mt of coal at 0.1 g/t, a fifth less activity, half a year: 40 kg."""
    assert float(emission_rate(1e6, 1e-4, 0.8, 0.5)) == pytest.approx(40.0)


def test_switches_divide_the_year() -> None:
    """A switch at 2020.25 and a halving at 2020.5: a quarter, then 0.25 + 0.5 * 0.5."""
    args = (-math.inf, math.inf, [2020.5], [np.array([0.5])], 1)
    weights = weights_in_force(2020.0, *args, [2020.25])
    np.testing.assert_allclose(weights[:, 0], [0.25, 0.5])
    np.testing.assert_allclose(weights_in_force(2019.0, *args, [2020.25])[:, 0], [1.0, 0.0])
    np.testing.assert_allclose(weights_in_force(2021.0, *args, [2020.25])[:, 0], [0.0, 0.5])
    np.testing.assert_allclose(weights.sum(axis=0), operating_factor(2020.0, *args))


def test_of_two_switches_at_once_the_later_setting_holds() -> None:
    weights = weights_in_force(2020.0, -math.inf, math.inf, [], [], 1, [2020.5, 2020.5])
    np.testing.assert_allclose(weights[:, 0], [0.5, 0.0, 0.5])


@given(
    st.lists(st.floats(2019, 2022), max_size=5).map(sorted),
    st.floats(2018, 2021),
    st.floats(0, 3),
)
def test_settings_share_the_time_in_operation(
    switches: list[float], start: float, life: float
) -> None:
    weights = weights_in_force(2020.0, start, start + life, [], [], 1, switches)
    assert (weights >= 0.0).all()
    assert weights.sum() == pytest.approx(share(start, start + life, 2020.0), abs=1e-12)


def test_range_of_a_product_is_in_quadrature_of_logarithms() -> None:
    """Factor 3 up in one and factor 4 up in the other: exp(sqrt(ln(3)^2 + ln(4)^2)) = 5.867."""
    value, low, high = combined_range([2.0, 5.0], [1.0, 5.0], [6.0, 20.0])
    assert (value, low) == (pytest.approx(10.0), pytest.approx(5.0))
    assert high == pytest.approx(10.0 * 5.867, rel=1e-3)


def test_range_of_nothing() -> None:
    """A factor that may be 0, and one that is 0 but may be something."""
    value, low, high = combined_range(
        [[2.0, 0.0], [3.0, 3.0]], [[0.0, 0.0], [3.0, 1.0]], [[4.0, 0.5], [3.0, 6.0]]
    )
    np.testing.assert_allclose(value, [6.0, 0.0])
    np.testing.assert_allclose(low, [0.0, 0.0])
    np.testing.assert_allclose(high, [12.0, 3.0])


@given(
    st.lists(
        st.tuples(st.floats(1e-6, 1e3), st.floats(1, 100), st.floats(1, 100)),
        min_size=1,
        max_size=5,
    )
)
def test_a_range_holds_its_value_and_is_within_the_extremes(
    factors: list[tuple[float, float, float]],
) -> None:
    v, down, up = np.array(factors).T
    value, low, high = combined_range(v, v / down, v * up)
    assert low <= value * (1 + 1e-9)
    assert value <= high * (1 + 1e-9)
    assert low >= np.prod(v / down) * (1 - 1e-9)
    assert high <= np.prod(v * up) * (1 + 1e-9)
