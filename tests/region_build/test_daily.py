"""Hourly records become days: complete, at the pressure of the station, rain at its level."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from simulator.region.build.daily import (
    DailyRecipe,
    read_uci_days,
    scale_rain,
    station_pressure,
)
from simulator.region.build.write import DAILY_COLUMNS
from simulator.region.daily import NAMES, standard_pressure
from tests.region_build.make_record import write_record


@pytest.fixture
def record(tmp_path: Path) -> tuple[pd.DataFrame, Path]:
    path = tmp_path / "record.csv"
    return write_record(path, 2011, 2), path


def test_builder_and_reader_know_the_same_columns() -> None:
    assert DAILY_COLUMNS == NAMES


def test_days_are_those_of_the_calendar(record: tuple[pd.DataFrame, Path]) -> None:
    table, path = record
    days = read_uci_days(path, 2011, 2012, 0.0)
    assert tuple(days.columns) == DAILY_COLUMNS
    assert len(days) == 731
    hours = table.iloc[24:48]
    assert days["t_min_C"][1] == hours["temp_C"].min()
    assert days["t_max_C"][1] == hours["temp_C"].max()
    assert days["rh_pct"][1] == pytest.approx(hours["rh_pct"].mean())
    assert days["precip_mm"].sum() == pytest.approx(table["precip_mm"].sum())
    assert days["global_rad_Wm2"].isna().all()


def test_a_day_needs_three_quarters_of_its_hours(record: tuple[pd.DataFrame, Path]) -> None:
    table, path = record
    table.loc[24 : 24 + 6, "precip_mm"] = np.nan  # 17 hours left of 2 January
    table.loc[48 : 48 + 5, "precip_mm"] = np.nan  # 18 of the 3rd
    table.to_csv(path, index=False)
    days = read_uci_days(path, 2011, 2011, 0.0)
    assert days["precip_mm"].isna().tolist()[:4] == [False, True, False, False]
    assert days["t_max_C"].notna().all()


def test_a_record_with_a_missing_hour_is_refused(record: tuple[pd.DataFrame, Path]) -> None:
    table, path = record
    table.drop(index=100).to_csv(path, index=False)
    with pytest.raises(ValueError, match="not every hour of 2011 to 2012"):
        read_uci_days(path, 2011, 2012, 0.0)


def test_rain_is_scaled_to_the_mean_year(record: tuple[pd.DataFrame, Path]) -> None:
    days = read_uci_days(record[1], 2011, 2012, 0.0)
    scaled = scale_rain(days, 1500.0)
    assert scaled["precip_mm"].sum() == pytest.approx(3000.0)
    assert ((scaled["precip_mm"] > 0) == (days["precip_mm"] > 0)).all()


def test_pressure_is_brought_to_the_station() -> None:
    sea, warm = np.array([1013.0]), np.array([15.0])
    assert station_pressure(sea, warm, 0.0)[0] == 1013.0
    # the standard atmosphere of FAO-56 has 20 degrees at sea level
    at = station_pressure(sea, np.array([20.0 - 6.5]), 1000.0)
    assert at[0] == pytest.approx(standard_pressure(1000.0), rel=1e-3)


def test_years_must_run_forward() -> None:
    with pytest.raises(ValidationError, match="comes before"):
        DailyRecipe(record=Path("r.csv"), first_year=2013, last_year=2011)
