"""Hourly station records, in the forms they are published in, as rows of ``weather.csv``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from simulator.region.build.write import WEATHER_COLUMNS

#: 1 MJ m-2 in an hour as a mean flux. [W m-2]
_MJ_PER_HOUR = 1.0e6 / 3600.0


def read_cswd(path: Path, year: int) -> pd.DataFrame:
    """Read a typical year (Chinese Standard Weather Data), which has no rain.

    Parameters
    ----------
    path : Path
        CSV with ``month``, ``day``, ``hour_ending`` (1-24) and the weather columns.
    year : int
        Calendar year to put on the rows; a typical year has none of its own.

    Returns
    -------
    pandas.DataFrame
        Columns of ``weather.csv``; ``precip_mm`` missing, ``wind_dir_deg`` missing in calms.
    """
    raw = pd.read_csv(path)
    day = pd.to_datetime(raw[["month", "day"]].assign(year=year))
    table = pd.DataFrame(
        {
            "time": day + pd.to_timedelta(raw["hour_ending"], unit="h"),
            "temp_C": raw["temp_C"],
            # Some hours of the set say 101 %.
            "rh_pct": raw["rh_pct"].clip(upper=100.0),
            "pressure_hPa": raw["pressure_hPa"],
            "wind_speed_ms": raw["wind_speed_ms"],
            # A calm is given as direction 0, north as 360.
            "wind_dir_deg": raw["wind_dir_deg"].where(raw["wind_speed_ms"] > 0.0).astype(float),
            "precip_mm": np.nan,
            "global_rad_Wm2": raw["global_rad_Whm2"].astype(float),
            "cloud_tenths": raw["total_cloud_tenths"].astype(float),
        }
    )
    return _checked(table)


def read_cwb(path: Path) -> pd.DataFrame:
    """Read a year of a station of the Central Weather Bureau of Taiwan (CODiS).

    Cloud is observed by day only; nights are interpolated between evening and morning, since the
    stability of the night depends on it.

    Returns
    -------
    pandas.DataFrame
        Columns of ``weather.csv``.
    """
    raw = pd.read_csv(path, parse_dates=["time_local"])
    table = pd.DataFrame(
        {
            "time": raw["time_local"],
            "temp_C": raw["temp_C"],
            "rh_pct": raw["rh_pct"],
            "pressure_hPa": raw["pressure_hPa"],
            "wind_speed_ms": raw["wind_speed_ms"],
            # Direction 0 is the code of a calm, north is 360.
            "wind_dir_deg": raw["wind_dir_deg"].where(raw["wind_dir_deg"] > 0.0),
            "precip_mm": raw["precip_mm"],
            "global_rad_Wm2": raw["global_rad_MJm2"] * _MJ_PER_HOUR,
            "cloud_tenths": raw["cloud_tenths"].interpolate(limit_direction="both").round(1),
        }
    )
    return _checked(table)


def read_uci_rain(path: Path, year: int) -> pd.Series:
    """Read hourly rain of a year from "PM2.5 Data of Five Chinese Cities" (UCI). [mm]

    Returns
    -------
    pandas.Series
        8760 values without 29 February, in order of the hours; missing where not observed.
    """
    raw = pd.read_csv(path, parse_dates=["time_local"], usecols=["time_local", "precip_mm"])
    rain = raw[raw["time_local"].dt.year == year].sort_values("time_local")
    leap_day = (rain["time_local"].dt.month == 2) & (rain["time_local"].dt.day == 29)
    rain = rain[~leap_day]
    if len(rain) != 8760:
        raise ValueError(f"{path.name}: {len(rain)} hours in {year}, 8760 are needed")
    return rain["precip_mm"].reset_index(drop=True)


def with_rain(weather: pd.DataFrame, rain: pd.Series) -> pd.DataFrame:
    """Lay the rain of another station on a record, hour by hour of the year. [mm]

    The two are not joint: which wind blows while it rains is lost.
    """
    if len(weather) != len(rain):
        raise ValueError(f"weather has {len(weather)} hours, rain {len(rain)}")
    return weather.assign(precip_mm=rain.to_numpy())


def weather_rows(weather: pd.DataFrame) -> pd.DataFrame:
    """Rows as they are written: ISO time, hour ending."""
    return weather.assign(time=weather["time"].dt.strftime("%Y-%m-%dT%H:%M"))


#: Decimals of the columns of ``weather.csv``.
WEATHER_DECIMALS = {
    "temp_C": 1,
    "rh_pct": 0,
    "pressure_hPa": 1,
    "wind_speed_ms": 1,
    "wind_dir_deg": 0,
    "precip_mm": 2,
    "global_rad_Wm2": 0,
    "cloud_tenths": 1,
}


def _checked(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns in order, after making sure that the hours are complete and rising."""
    step = table["time"].diff().dropna()
    if not (step == pd.Timedelta(hours=1)).all():
        raise ValueError("the hours of the record are not complete and in order")
    return table[list(WEATHER_COLUMNS)]
