"""Add area sources to a region's folder."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

#: Traffic on urban land, boilers on built land, stoves of villages on farmland.
AREA_SOURCES = pd.DataFrame(
    {
        "id": ["traffic", "boilers", "stoves"],
        "name": ["Traffic", "Small boilers", "Stoves of villages"],
        "sector": ["road traffic", "small industry", "residential coal"],
        "control": ["none", "cyclone", "none"],
        "activity": [400.0, 6000.0, 2000.0],
        "activity_unit": ["1e6 km", "t coal", "t coal"],
        "proxy": ["urban", "built", "farmland"],
        "height_m": [2.0, 30.0, 6.0],
        "start_year": [None, None, None],
        "stop_year": [None, None, None],
        "status": ["illustrative"] * 3,
        "reference": ["generated for tests"] * 3,
    }
)


def add_area_sources(folder: Path, table: pd.DataFrame = AREA_SOURCES) -> Path:
    """Write ``area_sources.csv`` and name it in ``region.toml``; returns the folder."""
    table.to_csv(folder / "area_sources.csv", index=False)
    with (folder / "region.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[files.area_sources]\nfile = "area_sources.csv"\nstatus = "illustrative"\n'
            'source = "generated for tests"\nlicence = "CC0-1.0"\n'
        )
    return folder


def measure_all_sources(folder: Path) -> None:
    """Say that the deposition of a region holds that of its own sources."""
    with (folder / "region.toml").open("a", encoding="utf-8") as file:
        file.write("\n[deposition]\nincludes_sources = true\n")
