"""Daily weather of a region that is broken in one way each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from tests.broken.edit import Edit
from tests.make_daily import add_daily, describe


def _daily(change: Callable[[pd.DataFrame], pd.DataFrame] = lambda t: t, **site: float) -> Edit:
    return lambda folder: add_daily(folder / "testland", change, **site)


def _blank(column: str, first: int, last: int) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Blank a column from a day to another, counted from 0."""

    def change(days: pd.DataFrame) -> pd.DataFrame:
        days.loc[first:last, column] = np.nan
        return days

    return change


#: Name, the edit, and words that the message has.
DAILY_CASES: dict[str, tuple[Edit, tuple[str, ...]]] = {
    "daily weather of half a year too much": (
        _daily(lambda t: t[:550]),
        ("550 days from 2011-01-01 to 2012-07-03", "whole years", "End on 2011-12-31."),
    ),
    "daily weather of half a year": (_daily(lambda t: t[:180]), ("180 days", "a longer series")),
    "daily weather without the leap day": (
        _daily(lambda t: t[t["date"] != "2012-02-29"]),
        ("daily_weather.csv: row 426, date", "after 2 days", "leap days included"),
    ),
    "day of 31 June": (
        _daily(lambda t: t.assign(date=t["date"].where(t.index != 180, "2011-06-31"))),
        ("row 182, date", "'2011-06-31' is no date"),
    ),
    "day in another order": (
        _daily(lambda t: t.assign(date=t["date"].where(t.index != 3, "04/01/2011"))),
        ("row 5, date", "'04/01/2011' is no date", "such as 2011-01-31"),
    ),
    "minimum and maximum swapped": (
        _daily(lambda t: t.rename(columns={"t_min_C": "t_max_C", "t_max_C": "t_min_C"})),
        ("row 2, t_max_C", "lower than t_min_C (and 730 more rows)", "swapped"),
    ),
    "daily weather in Kelvin": (
        _daily(lambda t: t.assign(t_min_C=t["t_min_C"] + 273.15)),
        ("t_min_C", "values lie in -75 to 50 degree C"),
    ),
    "daily weather with many gaps": (
        _daily(lambda t: t.assign(precip_mm=t["precip_mm"].where(t.index % 5 > 0))),
        ("daily_weather.csv: precip_mm", "20.1 % of the days are blank", "at most 10 %"),
    ),
    "rain of three weeks missing": (
        _daily(_blank("precip_mm", 300, 320)),
        ("row 302, precip_mm", "21 days in a row are blank", "at most 10 days"),
    ),
    "no radiation and no coefficient": (
        _daily(_blank("global_rad_Wm2", 0, 730)),
        ("global_rad_Wm2", "100.0 % of the days", "radiation_coefficient in [weather.daily]"),
    ),
    "radiation in MJ": (
        _daily(lambda t: t.assign(global_rad_Wm2=t["global_rad_Wm2"] * 0.0864)),
        ("global_rad_Wm2", "3 % of the radiation at the top", "1 MJ m-2 d-1 is 11.57 W m-2"),
    ),
    "pressure at sea level of a station on a mountain": (
        _daily(elevation_m=1200.0),
        ("pressure_hPa", "the mean is 1015 hPa, at 1200 m", "not reduced to sea level"),
    ),
    "radiation coefficient of nothing": (
        _daily(radiation_coefficient=16.0),
        ("weather.daily.radiation_coefficient", "found 16.0", "less than or equal to 0.3"),
    ),
    "station of daily weather without the file": (
        lambda folder: describe(folder / "testland", latitude=31.2),
        ("region.toml: weather.daily", "no daily weather", "Add [files.daily_weather]"),
    ),
}
