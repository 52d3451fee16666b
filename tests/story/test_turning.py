"""Turning points of series that are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.story.turning import Turn, turning_points

YEARS = np.arange(2020, 2071)


def test_a_straight_line_has_none() -> None:
    assert turning_points(YEARS, np.linspace(1.0, 2.0, YEARS.size)) == []
    assert turning_points(YEARS, np.linspace(2.0, 1.0, YEARS.size)) == []


def test_a_hill_has_a_peak_and_a_valley_a_trough() -> None:
    hill = 1.0 - ((YEARS - 2040.0) / 40.0) ** 2
    assert turning_points(YEARS, hill) == [Turn("peak", 2040, 2040)]
    assert turning_points(YEARS, 2.0 - hill) == [Turn("trough", 2040, 2040)]


def test_ripples_are_no_turning_points() -> None:
    line = np.linspace(1.0, 2.0, YEARS.size)
    ripple = 0.1 * np.sin(YEARS)  # stands out by less than a quarter of the range
    assert all(turn.kind == "surge" for turn in turning_points(YEARS, line + ripple))


def test_a_step_back_for_a_year_is_no_turning_point() -> None:
    area = np.array([0.0, 0, 0, 400, 800, 1500, 1200, 1500, 1600])
    assert turning_points(np.arange(2062, 2071), area) == []


def test_a_flat_series_has_none() -> None:
    assert turning_points(YEARS, 1.0 + 0.002 * np.sin(YEARS / 5.0)) == []
    assert turning_points(YEARS, np.zeros(YEARS.size)) == []
    assert turning_points(YEARS[:2], np.array([1.0, 2.0])) == []


def test_a_surge_is_the_decade_of_largest_rise() -> None:
    rise = np.clip((YEARS - 2035.0) / 10.0, 0.0, 1.0)
    assert turning_points(YEARS, rise) == [Turn("surge", 2035, 2045)]
    # at the beginning and at the end it is no turn but how things are
    assert turning_points(YEARS, np.clip((YEARS - 2020.0) / 10.0, 0.0, 1.0)) == []
    assert turning_points(YEARS, np.clip((YEARS - 2060.0) / 10.0, 0.0, 1.0)) == []


def test_years_need_not_be_even() -> None:
    years = np.array([2020, 2024, 2028, 2032, 2036, 2040, 2043])
    values = np.array([0.0, 1.0, 3.0, 5.0, 4.0, 3.0, 2.0])
    assert turning_points(years, values) == [Turn("peak", 2032, 2032)]


@given(arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e3, 1e3)))
def test_peaks_and_troughs_mirror_each_other(values: np.ndarray) -> None:
    years = np.arange(2000, 2000 + values.size)
    found = turning_points(years, values)
    assert all(years[0] < turn.year < years[-1] for turn in found)
    turned = {
        ("trough" if t.kind == "peak" else "peak", t.year) for t in found if t.kind != "surge"
    }
    mirrored = turning_points(years, -values)
    assert turned == {(t.kind, t.year) for t in mirrored if t.kind != "surge"}


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_turns_do_not_hang_on_the_unit(scale: float) -> None:
    values = np.sin(YEARS / 6.0) + (YEARS - 2020.0) / 20.0
    assert turning_points(YEARS, values)
    assert turning_points(YEARS, scale * values) == turning_points(YEARS, values)
