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
    ramp_share,
    year_nodes,
)


def share(start: float, stop: float, year: float) -> float:
    return sum(weight for _, weight in year_nodes(year, start, stop, []))


def mean(f, year: float, ramps: list[tuple[float, float]]) -> float:
    """Mean over the year of a function of the shares that ramps have gone."""
    nodes = year_nodes(year, -math.inf, math.inf, ramps)
    return sum(w * f(*(ramp_share(t, *ramp) for ramp in ramps)) for t, w in nodes)


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


def test_a_ramp_rises_from_its_date_to_its_end() -> None:
    times = [2019.9, 2020.5, 2021.5, 2022.5, 2023.0]
    assert [ramp_share(t, 2020.5, 2.0) for t in times] == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert [ramp_share(t, 2020.5, 0.0) for t in times] == [0.0, 1.0, 1.0, 1.0, 1.0]


def test_the_mean_of_a_ramp() -> None:
    """From 2020.25 over half a year: 0.25 x 0 + 0.5 x 1/2 + 0.25 x 1."""
    ramp = [(2020.25, 0.5)]
    assert mean(lambda r: r, 2020.0, ramp) == pytest.approx(0.5, rel=1e-15)
    assert mean(lambda r: r, 2019.0, ramp) == 0.0
    assert mean(lambda r: r, 2021.0, ramp) == 1.0


def test_products_of_ramps_are_exact() -> None:
    """The integral of t^2, and of t^3 (1 - t), over a unit: 1/3 and 1/20."""
    whole = (2020.0, 1.0)
    assert mean(lambda a, b: a * b, 2020.0, [whole] * 2) == pytest.approx(1 / 3, rel=1e-14)
    four = mean(lambda a, b, c, d: a * b * c * (1 - d), 2020.0, [whole] * 4)
    assert four == pytest.approx(1 / 20, rel=1e-14)


@given(st.lists(st.tuples(st.floats(2018, 2022), st.floats(0, 4)), min_size=1, max_size=3))
def test_the_years_of_ramps_are_those_of_a_fine_sum(ramps: list[tuple[float, float]]) -> None:
    def left(*gone: float) -> float:
        return math.prod(1.0 - 0.7 * g for g in gone)

    times = 2020.0 + (np.arange(4000) + 0.5) / 4000
    fine = np.mean([left(*(ramp_share(t, *ramp) for ramp in ramps)) for t in times])
    assert mean(left, 2020.0, ramps) == pytest.approx(float(fine), abs=1e-3)


def test_dates_divide_the_year() -> None:
    """A change at 2020.5 and one at 2020.75, in a year that opens at 2020.25."""
    nodes = year_nodes(2020.0, 2020.25, math.inf, [(2020.75, 0.0), (2020.5, 0.0)])
    assert nodes == [(2020.25, 0.25), (2020.5, 0.25), (2020.75, 0.25)]


def test_emission_is_activity_times_factor() -> None:
    """1 Mt of coal at 0.1 g/t, a fifth less activity, half a year: 40 kg."""
    assert float(emission_rate(1e6, 1e-4, 0.8, 0.5)) == pytest.approx(40.0)


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
