"""The daily weather of a region: a file of its own, or the days of the hourly weather."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.physics.percolation.evapotranspiration import extraterrestrial_radiation
from simulator.problems import Report
from simulator.region.csv_table import Column, complain, read_table
from simulator.region.model import DailySite
from simulator.region.weather import MAX_BLANK

#: Longest gap that is filled. [d]
MAX_GAP = 10
#: Largest difference of the mean pressure from the standard atmosphere at the station. [hPa]
PRESSURE_MARGIN = 30.0
#: Mean global radiation over that at the top of the atmosphere: least and largest. [-]
TRANSMISSION = (0.15, 0.85)
#: 1 MJ m-2 d-1. [W m-2]
MJ_PER_DAY = 1e6 / 86400.0

DATE_PATTERN = r"\d{4}-\d\d-\d\d"
COLUMNS = (
    Column("date", "text"),
    Column("t_min_C", low=-75.0, high=50.0, blank=True, unit="degree C"),
    Column("t_max_C", low=-70.0, high=60.0, blank=True, unit="degree C"),
    Column("rh_pct", low=0.0, high=100.0, blank=True, unit="%"),
    Column("pressure_hPa", low=450.0, high=1090.0, blank=True, unit="hPa"),
    Column("wind_speed_ms", low=0.0, high=60.0, blank=True, unit="m s-1"),
    Column("global_rad_Wm2", low=0.0, high=500.0, blank=True, unit="W m-2"),
    Column("precip_mm", low=0.0, high=1900.0, blank=True, unit="mm"),  # the record is 1825
)
NAMES = tuple(c.name for c in COLUMNS)


class Days(NamedTuple):
    """Days without gaps, and how many of them have no record of rain and count as dry."""

    table: pd.DataFrame
    dry: int


def read_daily(path: Path, where: str, site: DailySite) -> Days:
    """``daily_weather.csv``: whole years of days without a break, gaps filled.

    Gaps of up to :data:`MAX_GAP` days are bridged linearly in time, except rain: a day without a
    record is dry. A day with only one of its two extremes of temperature counts as blank in both.
    With a radiation coefficient, blank radiation is estimated from the temperature instead.

    Parameters
    ----------
    path : Path
        The file.
    where : str
        The file, for messages.
    site : DailySite
        Where the days were observed.

    Raises
    ------
    InputError
        If the days are not whole years, too much is missing, or values contradict each other.
    """
    table = read_table(path, where, COLUMNS)
    report = Report()
    table["date"] = _dates(table["date"], where, report)
    report.raise_if_any()
    _check_years(table["date"], where, report)
    reversed_range = (table["t_max_C"] < table["t_min_C"]).to_numpy()
    if reversed_range.any():
        complain(
            report, where, "t_max_C", reversed_range, "lower than t_min_C",
            "t_max_C is at least t_min_C", "Check the two columns; they may be swapped.",
        )  # fmt: skip
    one = table["t_min_C"].isna() | table["t_max_C"].isna()
    table.loc[one, ["t_min_C", "t_max_C"]] = np.nan
    top = top_radiation(table["date"], site.latitude)
    if site.radiation_coefficient is not None:
        low, high = (_bridge(table[name]).to_numpy() for name in ("t_min_C", "t_max_C"))
        guess = temperature_radiation(low, high, top, site.radiation_coefficient, site.elevation)
        blank = table["global_rad_Wm2"].isna()
        table["global_rad_Wm2"] = table["global_rad_Wm2"].mask(blank, guess)
    for name in NAMES[1:]:
        _check_gaps(table[name], where, report)
    report.raise_if_any()
    dry = int(table["precip_mm"].isna().sum())
    table["precip_mm"] = table["precip_mm"].fillna(0.0)
    for name in NAMES[1:-1]:
        table[name] = _bridge(table[name])
    _check_level(table, where, site, top, report)
    report.raise_if_any()
    return Days(table, dry)


def daily_means(weather: pd.DataFrame) -> pd.DataFrame:
    """Days of the hourly weather, columns :data:`NAMES`.

    Full days only, and of these the first whole years if there is one.

    Parameters
    ----------
    weather : DataFrame
        Of :func:`simulator.region.weather.read_weather`.
    """
    day = (weather["time"] - pd.Timedelta(hours=1)).dt.normalize()  # hours are named by their end
    groups = weather.groupby(day.rename("date"))
    table = pd.DataFrame(
        {
            "t_min_C": groups["temp_C"].min(),
            "t_max_C": groups["temp_C"].max(),
            "rh_pct": groups["rh_pct"].mean(),
            "pressure_hPa": groups["pressure_hPa"].mean(),
            "wind_speed_ms": groups["wind_speed_ms"].mean(),
            "global_rad_Wm2": groups["global_rad_Wm2"].mean(),
            "precip_mm": groups["precip_mm"].sum(),
        }
    )
    table = table[(groups.size() == 24).to_numpy()].reset_index()
    years = _years(table["date"].iloc[0], table["date"].iloc[-1])
    if years > 0:
        end = table["date"].iloc[0] + pd.DateOffset(years=years)
        table = table[table["date"] < end]
    return table[list(NAMES)]


def top_radiation(date: pd.Series, latitude: float) -> NDArray[np.float64]:
    """Mean radiation of the days at the top of the atmosphere. [W m-2]

    Parameters
    ----------
    date : Series of datetime
        The days.
    latitude : float
        North positive. [degree]
    """
    day = date.dt.day_of_year.to_numpy()
    return extraterrestrial_radiation(float(np.radians(latitude)), day) / 86400.0


def temperature_radiation(
    t_min: NDArray[np.float64],
    t_max: NDArray[np.float64],
    top: NDArray[np.float64],
    coefficient: float,
    elevation: float,
) -> NDArray[np.float64]:
    """Global radiation by the range of temperature (FAO-56 eq. 50), at most that of a clear sky.

    Parameters
    ----------
    t_min, t_max : ndarray
        [degree C]
    top : ndarray
        Radiation at the top of the atmosphere. [W m-2]
    coefficient : float
        About 0.16 inland and 0.19 at the coast. [K-0.5]
    elevation : float
        Above the sea. [m]

    Returns
    -------
    ndarray
        [W m-2]
    """
    share = coefficient * np.sqrt(np.maximum(t_max - t_min, 0.0))
    return np.asarray(np.minimum(share, 0.75 + 2e-5 * elevation) * top)


def _bridge(column: pd.Series) -> pd.Series:
    return column.interpolate(limit_direction="both")


def _dates(text: pd.Series, where: str, report: Report) -> pd.Series:
    """Days; anything but an unbroken series of them goes into the report."""
    shaped = text.astype(str).str.fullmatch(DATE_PATTERN)
    dates = pd.to_datetime(text.where(shaped), format="ISO8601", errors="coerce")
    wrong = dates.isna().to_numpy()
    if wrong.any():
        found = repr(str(text[wrong].iloc[0])[:40])
        complain(
            report, where, "date", wrong, f"{found} is no date",
            "date is an ISO 8601 day such as 2011-01-31", "Rewrite the column.",
        )  # fmt: skip
        return dates
    step = dates.diff()
    uneven = ((step != pd.Timedelta(days=1)) & step.notna()).to_numpy()
    if uneven.any():
        complain(
            report, where, "date", uneven,
            f"follows the row before after {step[uneven].iloc[0].days} days",
            "rows follow each other by one day, leap days included",
            "Insert the missing days with blank fields, and remove repeated ones.",
        )  # fmt: skip
    return dates


def _years(first: pd.Timestamp, last: pd.Timestamp) -> int:
    """Whole years from a day to the end of another."""
    years = int(last.year - first.year) + 1
    while years > 0 and first + pd.DateOffset(years=years) > last + pd.Timedelta(days=1):
        years -= 1
    return years


def _check_years(date: pd.Series, where: str, report: Report) -> None:
    first, last = date.iloc[0], date.iloc[-1]
    years = _years(first, last)
    end = first + pd.DateOffset(years=max(years, 1)) - pd.Timedelta(days=1)
    if end != last:
        report.add(
            where,
            f"{len(date)} days from {first:%Y-%m-%d} to {last:%Y-%m-%d}",
            "the days are whole years, so that no season counts more than another",
            f"End on {end:%Y-%m-%d}." if years else "Take a longer series.",
        )


def _check_gaps(column: pd.Series, where: str, report: Report) -> None:
    """Report a column with too many blanks, or a gap that is too long."""
    blank = column.isna().to_numpy()
    if blank.mean() > MAX_BLANK:
        fix = "Fill the gaps from a station nearby, or leave out the years that have them."
        if column.name == "global_rad_Wm2":
            fix = (
                "Give radiation_coefficient in [weather.daily], 0.16 inland and 0.19 at the coast: "
                "blank days are then estimated from the range of temperature."
            )
        report.add(
            f"{where}: {column.name}", f"{100 * blank.mean():.1f} % of the days are blank",
            f"at most {100 * MAX_BLANK:.0f} % may be", fix,
        )  # fmt: skip
        return
    edges = np.flatnonzero(np.diff(np.concatenate(([False], blank, [False]))))
    starts, lengths = edges[::2], edges[1::2] - edges[::2]
    if lengths.size and lengths.max() > MAX_GAP:
        row = int(starts[lengths.argmax()]) + 2
        report.add(
            f"{where}: row {row}, {column.name}", f"{lengths.max()} days in a row are blank",
            f"gaps have at most {MAX_GAP} days",
            "Fill the gap from a station nearby, or leave out the year.",
        )  # fmt: skip


def _check_level(
    table: pd.DataFrame, where: str, site: DailySite, top: NDArray[np.float64], report: Report
) -> None:
    """Report values of a wrong unit or level, which no single day shows."""
    standard = standard_pressure(site.elevation)
    pressure = float(table["pressure_hPa"].mean())
    if abs(pressure - standard) > PRESSURE_MARGIN:
        report.add(
            f"{where}: pressure_hPa",
            f"the mean is {pressure:.0f} hPa, at {site.elevation:g} m",
            f"pressure is that at the station, where {standard:.0f} hPa are usual, "
            "not reduced to sea level",
            "Give the pressure at the station, or check the elevation.",
        )
    share = float(table["global_rad_Wm2"].mean() / top.mean())
    if not TRANSMISSION[0] <= share <= TRANSMISSION[1]:
        report.add(
            f"{where}: global_rad_Wm2",
            f"the mean is {table['global_rad_Wm2'].mean():.1f} W m-2, {100 * share:.0f} % of the "
            "radiation at the top of the atmosphere",
            f"it lies in {100 * TRANSMISSION[0]:.0f} to {100 * TRANSMISSION[1]:.0f} %",
            f"Check the unit: 1 MJ m-2 d-1 is {MJ_PER_DAY:.2f} W m-2.",
        )


def standard_pressure(elevation: float) -> float:
    """Pressure at an elevation above the sea (FAO-56 eq. 7). [hPa]

    Parameters
    ----------
    elevation : float
        [m]
    """
    return float(1013.0 * (1.0 - 0.0065 * elevation / 293.0) ** 5.26)
