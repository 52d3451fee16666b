"""An hourly record in the form of the raw data of Shanghai, generated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd


def write_record(path: Path, first_year: int = 2012, years: int = 1) -> pd.DataFrame:
    """Write a record without gaps; it rains 7.5 mm in every fiftieth hour."""
    time = pd.date_range(
        f"{first_year}-01-01", f"{first_year + years}-01-01", freq="h", inclusive="left"
    )
    n = np.arange(len(time))
    table = pd.DataFrame(
        {
            "time_local": time.strftime("%Y-%m-%dT%H:%M"),
            "temp_C": np.round(
                17.0 - 10.0 * np.cos(2 * np.pi * n / 8766) - 4.0 * np.cos(2 * np.pi * n / 24), 1
            ),
            "rh_pct": 60.0 + n % 30,
            "pressure_hPa": 1016.0,
            "wind_speed_ms": (n % 5).astype(float),
            "precip_mm": np.where(n % 50 == 0, 7.5, 0.0),
        }
    )
    table.to_csv(path, index=False)
    return table
