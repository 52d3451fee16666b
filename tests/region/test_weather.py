"""Weather: an unbroken series without gaps, and nothing invented that was measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulator.region import read_region
from simulator.region.weather import CONTINUOUS, fill_gaps, read_weather

HOURS = 240


@given(
    values=arrays(float, HOURS, elements=st.floats(-50, 1000)),
    gaps=arrays(bool, HOURS, elements=st.booleans()),
    keep=st.integers(0, HOURS - 1),
)
def test_filling_keeps_what_is_known_and_stays_in_its_range(
    values: np.ndarray, gaps: np.ndarray, keep: int
) -> None:
    gaps[keep] = False
    filled = fill_gaps(np.where(gaps, np.nan, values))
    known = values[~gaps]
    np.testing.assert_array_equal(filled[~gaps], known)
    assert np.isfinite(filled).all()
    slack = 1e-12 * (1 + np.abs(known).max())
    assert (filled >= known.min() - slack).all()
    assert (filled <= known.max() + slack).all()


@given(start=st.integers(1, HOURS - 5), length=st.integers(1, 3), slope=st.floats(-2, 2))
def test_short_gaps_are_bridged_in_time(start: int, length: int, slope: float) -> None:
    """A straight line is restored."""
    line = 10.0 + slope * np.arange(HOURS)
    series = line.copy()
    series[start : start + length] = np.nan
    np.testing.assert_allclose(fill_gaps(series), line, rtol=1e-12, atol=1e-12)


@given(start=st.integers(24, HOURS - 24 - 72), length=st.integers(4, 72))
def test_long_gaps_keep_the_course_of_the_day(start: int, length: int) -> None:
    """A course that is the same every day, and drifts from day to day, is restored."""
    hour = np.arange(HOURS)
    course = np.clip(np.sin(2 * np.pi * (hour % 24 - 6) / 24), 0, None) * 800 + hour // 24
    series = course.copy()
    series[start : start + length] = np.nan
    np.testing.assert_allclose(fill_gaps(series), course, rtol=1e-12, atol=1e-12)


def test_gaps_of_the_file_are_filled_and_calms_have_no_direction(small_region: Path) -> None:
    raw = pd.read_csv(small_region / "weather.csv")
    weather = read_region(small_region).weather
    for name in CONTINUOUS:
        assert weather[name].notna().all()
        known = raw[name].notna()
        np.testing.assert_array_equal(weather[name][known], raw[name][known])
    assert raw["global_rad_Wm2"].isna().any(), "or the test shows nothing"
    assert (weather["wind_dir_deg"].isna() == (weather["wind_speed_ms"] < 0.5)).all()
    assert weather["time"].iloc[0] == pd.Timestamp("2021-01-01T01:00")
    assert (weather["time"].diff().dropna() == pd.Timedelta(hours=1)).all()


@pytest.fixture
def weather_file(small_region: Path, tmp_path: Path) -> tuple[pd.DataFrame, Path]:
    return pd.read_csv(small_region / "weather.csv"), tmp_path / "weather.csv"


def test_missing_rain_is_none_and_missing_direction_stays_as_before(
    weather_file: tuple[pd.DataFrame, Path],
) -> None:
    table, path = weather_file
    table.loc[500:510, "precip_mm"] = np.nan
    table.loc[500:510, "wind_speed_ms"] = 4.0
    table.loc[500, "wind_dir_deg"] = 77.0
    table.loc[501:510, "wind_dir_deg"] = np.nan
    table.to_csv(path, index=False)
    weather = read_weather(path, "weather.csv")
    assert (weather["precip_mm"][500:511] == 0).all()
    assert (weather["wind_dir_deg"][500:511] == 77.0).all()


def test_calms_are_no_gaps_of_the_direction(weather_file: tuple[pd.DataFrame, Path]) -> None:
    table, path = weather_file
    table.loc[:3000, "wind_speed_ms"] = 0.0
    table.loc[:3000, "wind_dir_deg"] = np.nan
    table.to_csv(path, index=False)
    assert read_weather(path, "weather.csv")["wind_dir_deg"][:3001].isna().all()


def test_several_years_may_be_given(weather_file: tuple[pd.DataFrame, Path]) -> None:
    table, path = weather_file
    both = pd.concat([table, table], ignore_index=True)
    both["time"] = pd.date_range("2021-01-01T01:00", periods=len(both), freq="h").astype(str)
    both.to_csv(path, index=False)
    assert len(read_weather(path, "weather.csv")) == 2 * 8760
