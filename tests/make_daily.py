"""Add daily weather to a region's folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from simulator.region.daily import NAMES

#: Names the file of daily weather in ``region.toml``.
FILE = (
    '\n[files.daily_weather]\nfile = "daily_weather.csv"\nstatus = "illustrative"\n'
    'source = "generated for tests"\nlicence = "CC0-1.0"\n'
)


def daily_table(first: str = "2011-01-01", last: str = "2012-12-31") -> pd.DataFrame:
    """Days of a humid subtropical coast, without gaps; ``date`` as text."""
    date = pd.date_range(first, last, freq="D")
    n = np.arange(len(date))
    season = np.cos(2 * np.pi * (date.day_of_year.to_numpy() - 205) / 365.0)
    return pd.DataFrame(
        {
            "date": date.strftime("%Y-%m-%d"),
            "t_min_C": np.round(13.0 + 11.0 * season + n % 3, 1),
            "t_max_C": np.round(21.0 + 11.0 * season + n % 4, 1),
            "rh_pct": 70.0 + n % 11,
            "pressure_hPa": np.round(1015.0 - 9.0 * season, 1),
            "wind_speed_ms": 2.0 + n % 5,
            "global_rad_Wm2": np.round(160.0 + 60.0 * season - 10.0 * (n % 4), 1),
            "precip_mm": np.where(n % 4 == 0, 15.0 + n % 3, 0.0),
        }
    )[list(NAMES)]


def add_daily(
    folder: Path,
    change: Callable[[pd.DataFrame], pd.DataFrame] = lambda t: t,
    **site: float | str,
) -> None:
    """Write ``daily_weather.csv`` as `change` makes it and name it in ``region.toml``.

    `site` are keys of ``[weather.daily]``.
    """
    change(daily_table()).to_csv(folder / "daily_weather.csv", index=False)
    describe(folder, FILE, **site)


def describe(folder: Path, text: str = "", **site: float | str) -> None:
    """Add a text and the table ``[weather.daily]`` to ``region.toml``."""
    if site:
        lines = (f'{k} = "{v}"' if isinstance(v, str) else f"{k} = {v}" for k, v in site.items())
        text += "\n[weather.daily]\n" + "\n".join(lines) + "\n"
    with (folder / "region.toml").open("a", encoding="utf-8") as file:
        file.write(text)
