"""The hourly weather of a region: checks, and the filling of gaps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.problems import Report
from simulator.region.csv_table import Column, complain, read_table

#: A year of hours.
MIN_HOURS = 8760
#: Largest share of blanks in a column.
MAX_BLANK = 0.10
#: Below this speed a vane shows no direction, unless ``region.toml`` says another. [m s-1]
CALM = 0.5
#: Gaps up to this length are bridged in time, longer ones from the same hour of other days. [h]
SHORT_GAP = 3

TIME_PATTERN = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:00)?"
COLUMNS = (
    Column("time", "text"),
    Column("temp_C", low=-60.0, high=60.0, blank=True, unit="degree C"),
    Column("rh_pct", low=0.0, high=100.0, blank=True, unit="%"),
    Column("pressure_hPa", low=450.0, high=1090.0, blank=True, unit="hPa"),
    Column("wind_speed_ms", low=0.0, high=85.0, blank=True, unit="m s-1"),
    Column("wind_dir_deg", low=0.0, high=360.0, blank=True, unit="degree"),
    Column("precip_mm", low=0.0, high=310.0, blank=True, unit="mm"),  # the hourly record is 305
    Column("global_rad_Wm2", low=0.0, high=1500.0, blank=True, unit="W m-2"),
    Column("cloud_tenths", low=0.0, high=10.0, blank=True, unit="tenths"),
)
CONTINUOUS = ("temp_C", "rh_pct", "pressure_hPa", "wind_speed_ms", "global_rad_Wm2", "cloud_tenths")


def read_weather(path: Path, where: str, calm_below: float = CALM) -> pd.DataFrame:
    """``weather.csv``: an unbroken series of hours, gaps filled, direction NaN in calms only.

    Parameters
    ----------
    path : Path
        The file.
    where : str
        The file, for messages.
    calm_below : float
        Least speed that is not calm; no wind at all always is. [m s-1]
    """
    table = read_table(path, where, COLUMNS)
    report = Report()
    table["time"] = _times(table["time"], where, report)
    return complete(table, where, calm_below, report)


def complete(
    table: pd.DataFrame, where: str, calm_below: float = CALM, report: Report | None = None
) -> pd.DataFrame:
    """Hours with their gaps filled, direction NaN in calms only.

    Parameters
    ----------
    table : DataFrame
        Columns :data:`COLUMNS`, ``time`` as time stamps; NaN in gaps.
    where : str
        The file, for messages.
    calm_below : float
        Least speed that is not calm; no wind at all always is. [m s-1]
    report : Report, optional
        What was found so far.

    Raises
    ------
    InputError
        If there is less than a year, or too much is missing.
    """
    report = Report() if report is None else report
    if len(table) < MIN_HOURS:
        report.add(
            where,
            f"{len(table)} rows",
            f"the series has at least {MIN_HOURS} hours, a full year",
            "Take a longer series; dispersion needs every season.",
        )
    calm = _calm(table["wind_speed_ms"], calm_below)
    for column in COLUMNS[1:]:
        blank = table[column.name].isna().to_numpy()
        if column.name == "wind_dir_deg":
            blank = blank & ~calm
        if blank.mean() > MAX_BLANK:
            apart = f", calms below {calm_below:g} m s-1 apart"
            report.add(
                f"{where}: {column.name}",
                f"{100 * blank.mean():.1f} % of the hours are blank",
                f"at most {100 * MAX_BLANK:.0f} % may be"
                + (apart if column.name == "wind_dir_deg" else ""),
                "Fill the gaps from a station nearby, or take another year.",
            )
    report.raise_if_any()
    for name in CONTINUOUS:
        table[name] = fill_gaps(table[name].to_numpy())
    table["precip_mm"] = table["precip_mm"].fillna(0.0)
    calm = _calm(table["wind_speed_ms"], calm_below)
    direction = table["wind_dir_deg"]
    table["wind_dir_deg"] = direction.where(calm, direction.ffill().bfill())
    return table


def _calm(speed: pd.Series, below: float) -> NDArray[np.bool_]:
    return ((speed < below) | (speed <= 0.0)).to_numpy()


def _times(text: pd.Series, where: str, report: Report) -> pd.Series:
    """Hours as time stamps; anything but an unbroken hourly series goes into the report."""
    shaped = text.astype(str).str.fullmatch(TIME_PATTERN)
    times = pd.to_datetime(text.where(shaped), format="ISO8601", errors="coerce")
    wrong = times.isna().to_numpy()
    if wrong.any():
        found = repr(str(text[wrong].iloc[0])[:40])
        complain(
            report, where, "time", wrong, f"{found} is no time",
            "time is ISO 8601 local standard time without a zone, such as 2021-01-01T01:00",
            "Rewrite the column; 24:00 is 00:00 of the next day.",
        )  # fmt: skip
        return times
    step = times.diff()
    uneven = ((step != pd.Timedelta(hours=1)) & step.notna()).to_numpy()
    if uneven.any():
        found = str(step[uneven].iloc[0])
        complain(
            report, where, "time", uneven, f"follows the row before after {found}",
            "rows follow each other by one hour, without gaps, repeats or summer time",
            "Insert the missing hours with blank fields, and remove repeated ones.",
        )  # fmt: skip
    return times


def fill_gaps(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fill the NaN of an hourly series.

    Gaps up to :data:`SHORT_GAP` hours are bridged linearly in time. Longer ones take, hour by hour,
    the linear bridge between the same hour of the days before and after, which keeps the course of
    the day (a straight line through a night would leave the sun shining).

    Parameters
    ----------
    values : ndarray
        Hourly values, ``[time]``.

    Returns
    -------
    ndarray
        The same without NaN, ``[time]``.
    """
    known = np.isfinite(values)
    if known.all():
        return values
    time = np.arange(values.size)
    filled = np.interp(time, time[known], values[known])
    edges = np.flatnonzero(np.diff(np.concatenate(([True], known, [True]))))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if stop - start <= SHORT_GAP:
            continue
        for hour in range(start, min(start + 24, stop)):
            same = time[hour % 24 :: 24]
            same = same[known[same]]
            if same.size:
                gap = time[hour:stop:24]
                filled[gap] = np.interp(gap, same, values[same])
    return filled
