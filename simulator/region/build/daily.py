"""Years of daily weather from a station record, as rows of ``daily_weather.csv``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.region.build.write import DAILY_COLUMNS, OPTIONAL_FILES, write_table
from simulator.region.description import WeatherTable

#: Hours that a day must have for its means, extremes and sum.
MIN_HOURS = 18

#: Decimals of the columns of ``daily_weather.csv``.
DAILY_DECIMALS = {
    "t_min_C": 1,
    "t_max_C": 1,
    "rh_pct": 1,
    "pressure_hPa": 1,
    "wind_speed_ms": 2,
    "precip_mm": 2,
}

_KELVIN = 273.15
#: Fall of temperature with height. [K m-1]
_LAPSE = 0.0065


class DailyRecipe(BaseModel):
    """``[daily_weather]`` of a recipe: a record, its years, the rain and wind to scale it to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    record: Path
    first_year: int
    last_year: int
    #: Mean yearly rain that the record is scaled to; left out, rain is as observed. [mm]
    annual_rain_mm: float | None = Field(default=None, gt=0.0)
    #: Mean wind that the record is scaled to; left out, wind is as observed. [m s-1]
    mean_wind_ms: float | None = Field(default=None, gt=0.0)

    @model_validator(mode="after")
    def _forward(self) -> DailyRecipe:
        if self.last_year < self.first_year:
            raise ValueError("last_year comes before first_year")
        return self


def write_daily(out: Path, recipe: DailyRecipe | None, raw: Path, weather: WeatherTable) -> None:
    """Write ``daily_weather.csv``, if the recipe has daily weather.

    Parameters
    ----------
    out : Path
        Folder of the region.
    recipe : DailyRecipe, optional
        What to write.
    raw : Path
        Folder that the path of the record starts from.
    weather : WeatherTable
        ``[weather]`` of the region, for the height of the station.
    """
    if recipe is None:
        return
    elevation = weather.daily_site.elevation
    days = read_uci_days(raw / recipe.record, recipe.first_year, recipe.last_year, elevation)
    if recipe.annual_rain_mm is not None:
        days = scale_rain(days, recipe.annual_rain_mm)
    if recipe.mean_wind_ms is not None:
        days = scale_wind(days, recipe.mean_wind_ms)
    rows = days.assign(date=days["date"].dt.strftime("%Y-%m-%d"))
    write_table(out / OPTIONAL_FILES["daily_weather"], rows, DAILY_COLUMNS, DAILY_DECIMALS)


def read_uci_days(path: Path, first_year: int, last_year: int, elevation: float) -> pd.DataFrame:
    """Days of an hourly record of "PM2.5 Data of Five Chinese Cities" (UCI).

    A value of a day needs :data:`MIN_HOURS` hours, else it is missing. The record has no radiation,
    and its pressure is that at sea level, which is brought to the station.

    Parameters
    ----------
    path : Path
        CSV with ``time_local``, ``temp_C``, ``rh_pct``, ``pressure_hPa``, ``wind_speed_ms`` and
        ``precip_mm``.
    first_year, last_year : int
        Calendar years to take.
    elevation : float
        Of the station above the sea. [m]

    Returns
    -------
    pandas.DataFrame
        Columns of ``daily_weather.csv``, ``date`` as time stamps.
    """
    raw = pd.read_csv(path, parse_dates=["time_local"])
    raw = raw[raw["time_local"].dt.year.between(first_year, last_year)]
    span = pd.date_range(
        f"{first_year}-01-01", f"{last_year + 1}-01-01", freq="h", inclusive="left"
    )
    if len(raw) != len(span) or not (raw["time_local"].to_numpy() == span.to_numpy()).all():
        raise ValueError(f"{path.name}: not every hour of {first_year} to {last_year}, in order")
    raw = raw.assign(
        pressure_hPa=station_pressure(
            raw["pressure_hPa"].to_numpy(), raw["temp_C"].to_numpy(), elevation
        )
    )
    groups = raw.groupby(raw["time_local"].dt.normalize().rename("date"))
    enough = groups.count() >= MIN_HOURS
    days = pd.DataFrame(
        {
            "t_min_C": groups["temp_C"].min().where(enough["temp_C"]),
            "t_max_C": groups["temp_C"].max().where(enough["temp_C"]),
            "global_rad_Wm2": np.nan,
            "precip_mm": groups["precip_mm"].sum().where(enough["precip_mm"]),
        }
    )
    for name in ("rh_pct", "pressure_hPa", "wind_speed_ms"):
        days[name] = groups[name].mean().where(enough[name])
    return days.reset_index()[list(DAILY_COLUMNS)]


def scale_rain(days: pd.DataFrame, annual: float) -> pd.DataFrame:
    """Days with their rain multiplied by one factor, so that the mean year has `annual`. [mm]

    Linear scaling, the simplest correction of a bias in rain (Teutschbein & Seibert 2012,
    doi:10.1016/j.jhydrol.2012.05.052): dry days stay dry. Days without a record count as dry.
    """
    years = days["date"].dt.year.nunique()
    return days.assign(precip_mm=days["precip_mm"] * (annual * years / days["precip_mm"].sum()))


def scale_wind(days: pd.DataFrame, mean: float) -> pd.DataFrame:
    """Days with their wind multiplied by one factor, so that its mean is `mean`. [m s-1]"""
    wind = days["wind_speed_ms"]
    return days.assign(wind_speed_ms=wind * (mean / wind.mean()))


def station_pressure(
    sea_level: NDArray[np.float64], temperature: NDArray[np.float64], elevation: float
) -> NDArray[np.float64]:
    """Pressure at a station from that reduced to sea level, by the barometric formula. [hPa]

    Parameters
    ----------
    sea_level : ndarray
        [hPa]
    temperature : ndarray
        At the station. [degree C]
    elevation : float
        Of the station above the sea. [m]
    """
    at_sea = temperature + _KELVIN + _LAPSE * elevation
    return np.asarray(sea_level * (1.0 - _LAPSE * elevation / at_sea) ** 5.257)
