"""Station records become hourly rows with calms, complete hours and rain in its place."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from simulator.region.build import weather
from tests.region_build.raw import write_raw


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_raw(tmp_path_factory.mktemp("raw"))


def test_typical_year_is_complete_and_hour_ending(raw: Path) -> None:
    table = weather.read_cswd(raw / "typical.csv", 2010)
    assert len(table) == 8760
    assert table["time"].iloc[0] == pd.Timestamp("2010-01-01 01:00")
    assert table["time"].iloc[-1] == pd.Timestamp("2011-01-01 00:00")
    assert table["precip_mm"].isna().all()
    assert table["rh_pct"].max() == 100.0


def test_calms_have_no_direction_and_north_is_360(raw: Path) -> None:
    table = weather.read_cswd(raw / "typical.csv", 2010)
    calm = table["wind_speed_ms"] == 0.0
    assert table.loc[calm, "wind_dir_deg"].isna().all()
    assert (table.loc[~calm, "wind_dir_deg"] == 360.0).all()


def test_a_missing_hour_is_refused(raw: Path, tmp_path: Path) -> None:
    rows = pd.read_csv(raw / "typical.csv").drop(index=100)
    rows.to_csv(tmp_path / "gap.csv", index=False)
    with pytest.raises(ValueError, match="not complete"):
        weather.read_cswd(tmp_path / "gap.csv", 2010)


def test_rain_of_a_leap_year_loses_29_february_only(raw: Path) -> None:
    rain = weather.read_uci_rain(raw / "rain.csv", 2012)
    whole = pd.read_csv(raw / "rain.csv", parse_dates=["time_local"])
    leap_day = (whole["time_local"].dt.month == 2) & (whole["time_local"].dt.day == 29)
    assert len(rain) == 8760
    assert rain.sum() == pytest.approx(whole.loc[~leap_day, "precip_mm"].sum())
    # The first hour of March follows the last of 28 February.
    assert rain[59 * 24] == whole["precip_mm"][60 * 24]


def test_rain_of_another_length_is_refused(raw: Path) -> None:
    table = weather.read_cswd(raw / "typical.csv", 2010)
    with pytest.raises(ValueError, match="8759"):
        weather.with_rain(table, pd.Series([0.0] * 8759))


def test_taiwan_record_converts_radiation_and_fills_cloud_over_night(tmp_path: Path) -> None:
    hours = pd.date_range("2020-06-01 01:00", periods=24, freq="h")
    cloud: list[float | None] = [None] * 24
    cloud[8], cloud[16] = 2.0, 10.0
    pd.DataFrame(
        {
            "time_local": hours.strftime("%Y-%m-%dT%H:%M"),
            "temp_C": 25.0,
            "rh_pct": 80.0,
            "pressure_hPa": 1005.0,
            "wind_speed_ms": [0.0, 0.2] + [3.0] * 22,
            "wind_dir_deg": [None, 0.0] + [360.0] * 22,
            "precip_mm": 0.0,
            "global_rad_MJm2": [0.0] * 12 + [3.6] + [0.0] * 11,
            "cloud_tenths": cloud,
        }
    ).to_csv(tmp_path / "cwb.csv", index=False)
    table = weather.read_cwb(tmp_path / "cwb.csv")
    assert table["global_rad_Wm2"][12] == pytest.approx(1000.0)
    assert table["cloud_tenths"].notna().all()
    assert table["cloud_tenths"][12] == pytest.approx(6.0)
    assert table["wind_dir_deg"].isna().tolist()[:3] == [True, True, False]
