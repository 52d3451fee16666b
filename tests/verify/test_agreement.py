"""Statistics of agreement: by hand, and what holds for any values."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.verify.agreement import (
    AREAS,
    PLUMES,
    Hourly,
    fractional_bias,
    hourly_agreement,
    maximum_place,
    outside_hourly,
    outside_maximum,
    outside_period,
    outside_tabulated,
    period_agreement,
    relative_error,
)

values = st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=30).map(np.array)


def test_period_by_hand() -> None:
    reference = np.array([100.0, 50.0, 2.0, 1.0, 0.5])  # the last two do not count
    computed = np.array([101.0, 50.0, 5.0, 9.0, 0.5])
    found = period_agreement(computed, reference)
    assert found.n == 3
    assert found.largest == pytest.approx(1.5)
    assert found.fractional_bias == pytest.approx(2.0 * 4.0 / 308.0)
    assert found.fac2 == pytest.approx(2.0 / 3.0)
    assert found.total == pytest.approx(165.5 / 153.5 - 1.0)
    assert found.spurious == 0


def test_hourly_by_hand() -> None:
    hour = np.array([0, 0, 0, 1, 1, 2, 3])
    reference = np.array([1000.0, 1.0, 0.9, 10.0, 5.0, 0.0, 5e-4])
    computed = np.array([1000.0, 1.1, 9.0, 10.2, 5.0, 0.0, 9.0])
    found = hourly_agreement(computed, reference, hour, limit=0.05)
    assert found.n == 4  # 0.9 is below 0.1 % of its hour, 5e-4 below a millionth of all
    assert found.largest == pytest.approx(0.1)
    assert found.within == pytest.approx(0.75)
    assert found.spurious == 0
    computed[5] = 1.0
    assert hourly_agreement(computed, reference, hour, 0.05).spurious == 1


def test_nothing_where_the_reference_has_nothing() -> None:
    zero = np.zeros(3)
    assert not outside_period(period_agreement(zero, zero), PLUMES, deposition=True)
    assert outside_period(period_agreement(zero + 1e-9, zero), PLUMES, deposition=True)
    assert maximum_place(zero, zero, zero, zero).place == "none"
    empty = hourly_agreement(zero, zero, np.arange(3), 1e-3)
    assert empty.n == 0
    assert not outside_hourly(empty, PLUMES)
    nobody = np.zeros(0)
    assert hourly_agreement(nobody, nobody, np.zeros(0, np.int64), 1e-3).n == 0


@given(values)
def test_equal_values_agree_fully(reference) -> None:
    found = period_agreement(reference, reference)
    assert (found.largest, found.fractional_bias, found.fac2, found.total) == (0.0, 0.0, 1.0, 0.0)
    place = maximum_place(reference, reference, np.arange(reference.size) * 1.0, reference)
    assert place.place == "same"
    hourly = hourly_agreement(reference, reference, np.zeros(reference.size, np.int64), 1e-3)
    assert (hourly.largest, hourly.within) == (0.0, 1.0)
    assert not outside_period(found, PLUMES, True) + outside_hourly(hourly, PLUMES)


@given(values, st.floats(0.2, 5.0), st.floats(1e-3, 1e3))
def test_a_common_factor_is_what_the_statistics_say(reference, factor, unit) -> None:
    found = period_agreement(factor * reference, reference)
    assert found.largest == pytest.approx(abs(factor - 1.0), abs=1e-12)
    assert found.total == pytest.approx(abs(factor - 1.0), abs=1e-12)
    expected = 2.0 * (factor - 1.0) / (factor + 1.0)
    assert found.fractional_bias == pytest.approx(expected, abs=1e-12)
    scaled = period_agreement(unit * factor * reference, unit * reference)  # units do not matter
    assert scaled.largest == pytest.approx(found.largest, abs=1e-9)
    assert scaled.fractional_bias == pytest.approx(found.fractional_bias, abs=1e-9)


@given(values, st.randoms(use_true_random=False))
def test_bias_is_antisymmetric_and_bounded_and_order_does_not_matter(reference, random) -> None:
    computed = np.array([r * random.uniform(0.0, 3.0) for r in reference])
    bias = fractional_bias(computed, reference)
    assert -2.0 <= bias <= 2.0
    assert fractional_bias(reference, computed) == pytest.approx(-bias)
    order = np.array(random.sample(range(reference.size), reference.size))
    one, other = (
        period_agreement(computed, reference),
        period_agreement(computed[order], reference[order]),
    )
    assert one.largest == other.largest
    assert one.fac2 == pytest.approx(other.fac2)


def test_bias_of_nothing_is_not_defined() -> None:
    assert math.isnan(fractional_bias(np.zeros(2), np.zeros(2)))
    assert relative_error(np.array([1.5]), np.array([1.0]))[0] == 0.5


def test_place_of_the_maximum() -> None:
    x, y = (a.ravel() for a in np.meshgrid(np.arange(7.0), np.arange(7.0)))
    reference = np.exp(-np.hypot(x - 3.0, y - 3.0))
    for (px, py), place in (((3, 3), "same"), ((4, 4), "neighbour"), ((5, 3), "elsewhere")):
        computed = np.exp(-np.hypot(x - px, y - py))
        found = maximum_place(computed, reference, x, y)
        assert found.place == place
        assert (found.x, found.y) == (px, py)
        assert (found.x_reference, found.y_reference) == (3.0, 3.0)
        assert bool(outside_maximum(found)) == (place == "elsewhere")


def test_equal_printed_maxima_are_the_same_place() -> None:
    reference = np.array([2.0, 1.0, 2.0])
    computed = np.array([2.0, 1.0, 2.000001])
    x = np.array([0.0, 50.0, 1e5])
    assert maximum_place(computed, reference, x, x).place == "same"


@pytest.mark.parametrize(
    ("changes", "deposition", "statistic"),
    [
        ({"largest": 1.1e-3}, False, "largest relative error"),
        ({"fractional_bias": -1.1e-3}, False, "fractional bias"),
        ({"fac2": 0.99}, False, "FAC2"),
        ({"total": 1.1e-3}, True, "relative error of the sum"),
        ({"total": 1.1e-3}, False, None),
        ({"largest": math.nan}, False, "largest relative error"),
    ],
)
def test_every_limit_of_a_period_is_held(changes, deposition, statistic) -> None:
    good = period_agreement(np.ones(3), np.ones(3))
    names = [f.statistic for f in outside_period(replace(good, **changes), PLUMES, deposition)]
    assert names == ([statistic] if statistic else [])


def test_areas_have_limits_of_their_own() -> None:
    good = period_agreement(np.ones(3), np.ones(3))
    wide = replace(good, largest=0.049, fractional_bias=4e-3, total=4e-3)
    assert not outside_period(wide, AREAS, True)
    assert len(outside_period(wide, PLUMES, True)) == 3
    assert outside_period(replace(wide, largest=0.051), AREAS, True)
    hourly = Hourly(n=100, largest=0.09, within=0.96, spurious=0, sample=False)
    assert not outside_hourly(hourly, AREAS)
    assert outside_hourly(replace(hourly, within=0.94), AREAS)
    assert outside_hourly(replace(hourly, largest=0.11), AREAS)
    assert not outside_hourly(replace(hourly, largest=0.11, sample=True), AREAS)
    assert outside_hourly(hourly, PLUMES)
    assert outside_hourly(replace(hourly, spurious=1), AREAS)


def test_the_tabulated_mode_is_held_to_half_a_percent() -> None:
    good = period_agreement(np.ones(3), np.ones(3))
    assert not outside_tabulated(replace(good, largest=4.9e-3), PLUMES)
    assert outside_tabulated(replace(good, largest=5.1e-3), PLUMES)
    assert not outside_tabulated(period_agreement(np.zeros(3), np.zeros(3)), PLUMES)
