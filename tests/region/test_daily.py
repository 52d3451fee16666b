"""Daily weather: whole years without gaps, from a file of its own or from the hours."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.region import Region, read_region
from simulator.region.daily import (
    NAMES,
    Days,
    daily_means,
    read_daily,
    standard_pressure,
    temperature_radiation,
    top_radiation,
)
from simulator.region.model import DailySite
from tests.make_daily import add_daily, daily_table

SITE = DailySite("generated", 28.6, 5.0, 10.0)
COAST = DailySite("generated", 28.6, 5.0, 10.0, 0.19)


@pytest.fixture
def folder(small_region: Path, tmp_path: Path) -> Path:
    """A copy that the test may change."""
    return Path(shutil.copytree(small_region, tmp_path / "testland"))


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Days]:
    """Write a table and read it as daily weather."""

    def write_and_read(table: pd.DataFrame, site: DailySite = SITE) -> Days:
        table.to_csv(tmp_path / "daily_weather.csv", index=False)
        return read_daily(tmp_path / "daily_weather.csv", "daily_weather.csv", site)

    return write_and_read


def test_a_region_without_the_file_has_the_days_of_its_hours(region: Region) -> None:
    days, hours = region.daily, region.weather
    assert tuple(days.columns) == NAMES
    assert len(days) == 365
    assert days["date"].iloc[0] == pd.Timestamp("2021-01-01")
    assert days.notna().all().all()
    assert days["precip_mm"].sum() == pytest.approx(hours["precip_mm"].sum(), rel=1e-12)
    second = hours.iloc[24:48]  # hours are named by their end: 01:00 to 24:00
    assert days["t_min_C"].iloc[1] == second["temp_C"].min()
    assert days["t_max_C"].iloc[1] == second["temp_C"].max()
    assert days["global_rad_Wm2"].iloc[1] == pytest.approx(second["global_rad_Wm2"].mean())
    site = region.daily_site
    assert (site.latitude, site.elevation, site.anemometer_height) == (28.6, 5.0, 10.0)
    assert site.station == region.weather_station


@pytest.mark.parametrize(
    ("cut", "length", "first"), [(5, 364, "2021-01-02"), (0, 365, "2021-01-01")]
)
def test_unfinished_days_of_the_hours_are_left_out(
    region: Region, cut: int, length: int, first: str
) -> None:
    days = daily_means(region.weather.iloc[cut:])
    assert len(days) == length
    assert days["date"].iloc[0] == pd.Timestamp(first)


def test_hours_of_more_than_a_year_make_whole_years(region: Region) -> None:
    longer = pd.concat([region.weather, region.weather.iloc[:2000]], ignore_index=True)
    longer["time"] = pd.date_range("2021-01-01T01:00", periods=len(longer), freq="h")
    days = daily_means(longer)
    assert days["date"].iloc[-1] == pd.Timestamp("2021-12-31")


def test_the_file_is_taken_as_it_is(folder: Path, region: Region) -> None:
    add_daily(folder, station="elsewhere", latitude=31.2, elevation_m=4.0)
    read = read_region(folder)
    table = daily_table()
    assert len(read.daily) == 731
    for name in NAMES[1:]:
        np.testing.assert_array_equal(read.daily[name], table[name])
    assert read.daily_site == DailySite("elsewhere", 31.2, 4.0, 10.0)
    pd.testing.assert_frame_equal(read.weather, region.weather)
    assert read.layers["daily_weather"].file == "daily_weather.csv"
    assert read.layers["daily_weather"].note == ""


def test_the_file_is_part_of_the_digest(folder: Path) -> None:
    add_daily(folder)
    before = read_region(folder).digest
    text = (folder / "daily_weather.csv").read_text()
    (folder / "daily_weather.csv").write_text(text.replace("2.0", "2.5", 1))
    assert read_region(folder).digest != before


def test_days_without_rain_are_dry_and_counted(folder: Path) -> None:
    add_daily(folder, lambda t: t.assign(precip_mm=t["precip_mm"].where(t.index % 20 > 0)))
    read = read_region(folder)
    assert (read.daily["precip_mm"][::20] == 0.0).all()
    note = read.layers["daily_weather"].note
    assert note == "37 of 731 days have no record of rain and count as dry."


@given(start=st.integers(1, 700), length=st.integers(1, 10), slope=st.floats(-0.01, 0.01))
def test_gaps_are_bridged_in_time(
    start: int, length: int, slope: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A straight line is restored."""
    path = tmp_path_factory.mktemp("gap") / "daily_weather.csv"
    table = daily_table()
    line = 60.0 + slope * np.arange(len(table))
    table["rh_pct"] = line
    table.loc[start : start + length - 1, "rh_pct"] = np.nan
    table.to_csv(path, index=False)
    filled = read_daily(path, "daily_weather.csv", SITE).table["rh_pct"]
    np.testing.assert_allclose(filled, line, rtol=1e-12)


def test_a_day_with_one_extreme_has_none(read: Callable[..., Days]) -> None:
    table = daily_table()
    table.loc[100, "t_max_C"] = np.nan
    table.loc[100, "t_min_C"] = 15.0  # alone, it may lie above an interpolated maximum
    days = read(table).table
    for name in ("t_min_C", "t_max_C"):
        assert days[name][100] == pytest.approx((table[name][99] + table[name][101]) / 2)


def test_years_may_begin_on_any_day(read: Callable[..., Days]) -> None:
    assert len(read(daily_table("2020-06-01", "2021-05-31")).table) == 365
    assert len(read(daily_table("2012-03-01", "2014-02-28")).table) == 730


def test_radiation_that_was_not_observed_follows_from_temperature(
    read: Callable[..., Days],
) -> None:
    table = daily_table()
    table.loc[300:, "global_rad_Wm2"] = np.nan
    days = read(table, COAST).table
    np.testing.assert_array_equal(days["global_rad_Wm2"][:300], table["global_rad_Wm2"][:300])
    top = top_radiation(days["date"], 28.6)
    guess = 0.19 * np.sqrt(table["t_max_C"] - table["t_min_C"]) * top
    np.testing.assert_allclose(days["global_rad_Wm2"][300:], guess[300:], rtol=1e-12)


def test_a_table_of_fao_56_is_met() -> None:
    """Example 15 of FAO-56: Lyon, 45.72 N, July: Ra 40.6, Rs 22.3 MJ m-2 d-1."""
    date = pd.Series([pd.Timestamp("2011-07-15")])
    top = top_radiation(date, 45.0 + 43.0 / 60.0)
    assert top[0] * 0.0864 == pytest.approx(40.6, abs=0.06)
    low, high = np.array([14.8]), np.array([26.6])
    guess = temperature_radiation(low, high, top, 0.16, 200.0)
    assert guess[0] * 0.0864 == pytest.approx(22.3, abs=0.06)


def test_no_estimate_is_brighter_than_a_clear_sky() -> None:
    date = pd.Series([pd.Timestamp("2011-07-15")])
    top = top_radiation(date, 30.0)
    guess = temperature_radiation(np.array([0.0]), np.array([30.0]), top, 0.19, 1000.0)
    assert guess[0] == pytest.approx(0.77 * top[0])


def test_standard_pressure_is_that_of_fao_56() -> None:
    """Table 2.1 of FAO-56: 101.3 kPa at sea level, 81.8 kPa at 1800 m."""
    assert standard_pressure(0.0) == pytest.approx(1013.0)
    assert standard_pressure(1800.0) == pytest.approx(818.0, abs=0.6)


@pytest.mark.parametrize(("name", "rain"), [("wuhan", 1300.0), ("taizhou", 1500.0)])
def test_shipped_regions_have_three_years_of_one_station(name: str, rain: float) -> None:
    region = read_region(name)
    days = region.daily
    assert sorted(set(days["date"].dt.year)) == [2011, 2012, 2013]
    assert days["precip_mm"].sum() / 3 == pytest.approx(rain, rel=1e-4)
    assert days.notna().all().all()
    assert (days["t_min_C"] <= days["t_max_C"]).all()
    # 4.4-4.9 GJ m-2 a year in the east of China between 28 and 32 degrees north
    assert 4400.0 < days["global_rad_Wm2"].sum() * 0.0864 / 3 < 4900.0
    assert "11 of 1096 days" in region.layers["daily_weather"].note
    assert region.layers["daily_weather"].licence == "CC BY 4.0"
