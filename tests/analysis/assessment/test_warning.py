"""When limits are reached, and what level of warning that is."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis.assessment.warning import (
    direction,
    next_exceedances,
    trend_window,
    warning_level,
    years_beyond,
    years_left,
)


def test_the_trend_is_that_of_the_decade_before() -> None:
    yearly = list(range(2020, 2071))
    assert trend_window(yearly, 2070) == (2060, 2070)
    assert trend_window(yearly, 2025) == (2020, 2025)
    assert trend_window(yearly, 2020) == (2020, 2030)
    sparse = list(range(2020, 2071, 4))
    assert trend_window(sparse, 2068) == (2056, 2068)
    assert trend_window([2020], 2020) == (2020, 2020)


def test_the_next_exceedance_is_counted_from_each_year_on() -> None:
    over = np.array([[1, 0, 0], [0, 0, 1], [0, 0, 1], [1, 0, 0]], dtype=bool)
    years = (2020, 2021, 2022, 2023)
    falling = reversed(list(zip(years, over, strict=True)))
    found = next_exceedances(falling, (2020, 2021, 2023))
    np.testing.assert_array_equal(found[2020], [2020, np.nan, 2021])
    np.testing.assert_array_equal(found[2021], [2023, np.nan, 2021])
    np.testing.assert_array_equal(found[2023], [2023, np.nan, np.nan])
    assert sorted(found) == [2020, 2021, 2023]


def test_beyond_the_end_contents_follow_their_trend() -> None:
    limit = np.array([1.0, 1.0, 1.0, 1.0, np.nan, 1.0])
    content = np.array([0.5, 0.5, 0.5, 1.0, 0.5, np.nan])
    trend = np.array([0.05, 0.0, -0.1, -0.1, 0.1, 0.1])
    np.testing.assert_allclose(
        years_beyond(limit, content, trend), [10.0, np.inf, np.inf, 0.0, np.nan, np.nan]
    )
    exceedance = np.array([np.nan, 2024.0])
    beyond = np.array([10.0, np.inf])
    np.testing.assert_array_equal(years_left(2020, 2030, exceedance, beyond), [20.0, 4.0])


def test_levels_hold_their_upper_ends() -> None:
    years = np.array([0.0, 0.1, 10.0, 10.1, 30.0, 30.1, 50.0, 50.1, np.inf, np.nan])
    expected = [5, 4, 4, 3, 3, 2, 2, 1, 1, np.nan]
    np.testing.assert_array_equal(warning_level(years), expected)


@given(st.lists(st.floats(0.0, 1e6), min_size=2, max_size=20))
def test_sooner_is_never_a_lower_level(years: list[float]) -> None:
    level = warning_level(np.sort(np.array(years)))
    assert (np.diff(level) <= 0).all()
    assert ((level >= 1) & (level <= 5)).all()


def test_a_content_is_steady_within_one_per_cent_of_the_limit_in_a_decade() -> None:
    limit = np.array([10.0, 10.0, 10.0, 10.0, np.nan])
    trend = np.array([0.0101, 0.0099, -0.0099, -0.0101, 1.0])
    np.testing.assert_array_equal(direction(trend, limit), [3, 2, 2, 1, np.nan])
