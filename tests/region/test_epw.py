"""EPW files: the hours and the site come out, and broken files say what is wrong with them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator.errors import InputError
from simulator.region import read_region
from simulator.region.epw import EpwSite, read_epw
from simulator.region.meteorology import region_meteorology
from simulator.region.weather import COLUMNS

HEADER = """\
LOCATION,Hangzhou,Zhejiang,CHN,CSWD,584570,30.23,120.17,8.0,41.7
DESIGN CONDITIONS,0
TYPICAL/EXTREME PERIODS,0
GROUND TEMPERATURES,0
HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0
COMMENTS 1,a "quoted remark
COMMENTS 2,none
DATA PERIODS,1,1,Data,Sunday, 1/ 1,12/31
"""
CALM = 3


def fields(time: pd.Timestamp, year: int | None = None) -> list[str]:
    """Fields of the hour that starts at a time."""
    row = ["0"] * 35
    row[:6] = [str(year or time.year), str(time.month), str(time.day), str(time.hour + 1), "0", "?"]
    row[6], row[7], row[8], row[9] = "12.5", "3.0", "60", "101300"
    row[13], row[20], row[21], row[22], row[23], row[33] = "250", "225", "2.1", "7", "4", "0.6"
    return row


def typical(rows: list[list[str]]) -> None:
    """The second half of the hours is of another year."""
    for row in rows[len(rows) // 2 :]:
        row[0] = "1998"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(
        change: Callable[[list[list[str]]], object] = lambda rows: None,
        header: str = HEADER,
        hours: int = 48,
        encoding: str = "utf-8",
        newline: str = "\n",
    ) -> Path:
        rows = [fields(t) for t in pd.date_range("2005-01-01", periods=hours, freq="h")]
        change(rows)
        path = tmp_path / "station.epw"
        text = header + "\n".join(",".join(row) for row in rows) + "\n"
        path.write_bytes(text.replace("\n", newline).encode(encoding))
        return path

    return write


def problems(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_epw(path, "station.epw")
    return str(caught.value)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_hours_and_site_come_out(write: Callable[..., Path], newline: str) -> None:
    weather, site = read_epw(write(newline=newline), "station.epw")
    assert site == EpwSite("Hangzhou, Zhejiang, CHN", 30.23, 120.17, 8.0, 41.7)
    assert list(weather) == [c.name for c in COLUMNS]
    assert len(weather) == 48
    assert weather["time"].iloc[0] == pd.Timestamp("2005-01-01T01:00")
    assert weather["time"].iloc[23] == pd.Timestamp("2005-01-02T00:00")
    expected = [12.5, 60.0, 1013.0, 2.1, 225.0, 0.6, 250.0, 4.0]
    np.testing.assert_allclose(weather.iloc[5, 1:].to_numpy(float), expected)


def test_missing_codes_and_blanks_are_nan(write: Callable[..., Path]) -> None:
    codes = {
        6: "99.9", 8: "999", 9: "999999", 13: "9999", 20: "999", 21: "999.0", 22: "99", 23: "99",
        33: "999",
    }  # fmt: skip

    def change(rows: list[list[str]]) -> None:
        for position, code in codes.items():
            rows[4][position] = code
            rows[5][position] = " "

    weather, _ = read_epw(write(change), "station.epw")
    assert weather.iloc[4:6, 1:].isna().all(axis=None)
    assert weather.drop(index=[4, 5]).notna().all(axis=None)


def test_total_cloud_stands_for_missing_opaque_cloud(write: Callable[..., Path]) -> None:
    weather, _ = read_epw(write(lambda rows: rows[2].__setitem__(23, "99")), "station.epw")
    assert weather["cloud_tenths"].iloc[[1, 2]].tolist() == [4.0, 7.0]


def test_calm_has_no_direction_and_damp_air_is_saturated(write: Callable[..., Path]) -> None:
    def change(rows: list[list[str]]) -> None:
        rows[CALM][20:22] = ["0", "0.0"]
        rows[CALM][8] = "103"

    weather, _ = read_epw(write(change), "station.epw")
    assert weather["wind_speed_ms"].iloc[CALM] == 0.0
    assert np.isnan(weather["wind_dir_deg"].iloc[CALM])
    assert weather["rh_pct"].iloc[CALM] == 100.0


def test_lines_without_precipitation_are_old_files(write: Callable[..., Path]) -> None:
    def change(rows: list[list[str]]) -> None:
        for row in rows:
            del row[32:]

    weather, _ = read_epw(write(change), "station.epw")
    assert weather["precip_mm"].isna().all()


def test_typical_year_gets_one_year(write: Callable[..., Path]) -> None:
    weather, _ = read_epw(write(typical, hours=8760), "station.epw")
    assert (weather["time"].diff().dropna() == pd.Timedelta(hours=1)).all()
    assert weather["time"].iloc[[0, -1]].dt.year.tolist() == [2001, 2002]


def test_years_that_follow_each_other_are_kept(write: Callable[..., Path]) -> None:
    weather, _ = read_epw(write(hours=8784), "station.epw")
    assert weather["time"].iloc[-1] == pd.Timestamp("2006-01-02T00:00")


def test_names_may_be_in_any_encoding(write: Callable[..., Path]) -> None:
    header = HEADER.replace("Hangzhou", "Zürich")
    _, site = read_epw(write(header=header, encoding="latin-1"), "station.epw")
    assert site.name.startswith("Zürich")
    _, site = read_epw(write(header=header, encoding="utf-8-sig"), "station.epw")
    assert site.latitude == 30.23


def test_everything_wrong_is_said_at_once(write: Callable[..., Path]) -> None:
    def change(rows: list[list[str]]) -> None:
        rows[0][6] = "warm"
        rows[1][6] = "cold"
        rows[2][9] = "1013"
        rows[7][3] = "9"

    text = problems(write(change))
    assert "station.epw: line 9, temp_C: 'warm' is no number (and 1 more lines)" in text
    assert "line 11, pressure_hPa: value 10.13 hPa" in text
    assert "line 16: follows the line before after 0 days 02:00:00" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows[3].__delitem__(slice(10, None)), "line 12: 10 fields"),
        (lambda rows: rows[3].__setitem__(1, "13"), "line 12: '2005,13,1,4' is no hour"),
        (lambda rows: rows[3].__setitem__(3, "25"), "'2005,1,1,25' is no hour"),
        (lambda rows: rows[3].__setitem__(2, "x"), "'2005,1,x,4' is no hour"),
        (lambda rows: rows.__delitem__(slice(5, 9)), "after 0 days 05:00:00"),
        (lambda rows: rows[3].__setitem__(21, "nan"), "'nan' is no number"),
        (lambda rows: rows[3].__setitem__(23, "-1"), "value -1 tenths"),
        (lambda rows: rows.clear(), "8 lines; an EPW file has 8 lines of header"),
    ],
)
def test_broken_hours(
    write: Callable[..., Path], change: Callable[[list[list[str]]], object], said: str
) -> None:
    assert said in problems(write(change))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("LOCATION", "time", "line 1: begins with 'time'; line 1 of an EPW file is LOCATION"),
        ("COMMENTS 1,a", "COMMENTS 2,a", "line 6 of an EPW file is COMMENTS 1"),
        ("30.23", "91", "LOCATION, latitude: found '91'"),
        (",8.0,41.7", "", "LOCATION, time zone: found ''"),
        ("DATA PERIODS,1,1", "DATA PERIODS,1,4", "'4' records per hour; weather is hourly"),
    ],
)
def test_broken_header(write: Callable[..., Path], old: str, new: str, said: str) -> None:
    assert said in problems(write(header=HEADER.replace(old, new)))


def test_file_that_is_none(tmp_path: Path) -> None:
    assert "is a folder" in problems(tmp_path)
    (tmp_path / "empty.epw").write_bytes(b"")
    assert "0 lines" in problems(tmp_path / "empty.epw")
    (tmp_path / "noise.epw").write_bytes(bytes(range(256)))
    assert "LOCATION" in problems(tmp_path / "noise.epw")


def test_a_region_may_have_its_weather_as_epw(
    small_region: Path, tmp_path: Path, write: Callable[..., Path]
) -> None:
    """``file = "station.epw"`` in place of the table; gaps and calms are treated alike."""
    folder = tmp_path / "region"
    shutil.copytree(small_region, folder)
    write(hours=8760).rename(folder / "station.epw")
    toml = folder / "region.toml"
    toml.write_text(toml.read_text("utf-8").replace('"weather.csv"', '"station.epw"'), "utf-8")
    region = read_region(folder)
    assert len(region.weather) == 8760
    assert region.weather["temp_C"].eq(12.5).all()
    assert str(region.weather["time"].iloc[0]) == "2005-01-01 01:00:00"
    assert len(region_meteorology(region)) == 8760
