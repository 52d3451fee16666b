"""Add emission schedules to a region's folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

Row = tuple[str, int | str, int | str, float]

#: Emits in December, January and February only; twice as much by day (hours ending 9 to 18).
WINTER: tuple[Row, ...] = tuple(("winter", m, "", float(m in (12, 1, 2))) for m in range(1, 13))
DAY: tuple[Row, ...] = tuple(("day", "", h, 2.0 if 9 <= h <= 18 else 1.0) for h in range(1, 25))


def add_schedules(folder: Path, rows: Iterable[Row], used: Mapping[str, str]) -> None:
    """Write ``schedules.csv``, name it in ``region.toml`` and in the sources that use it.

    ``used`` maps ids of sources to names of schedules.
    """
    table = pd.DataFrame(list(rows), columns=["schedule", "month", "hour", "factor"])
    table.to_csv(folder / "schedules.csv", index=False)
    name_schedules(folder)
    use_schedules(folder, used)


def name_schedules(folder: Path) -> None:
    """Add ``[files.schedules]`` to ``region.toml``."""
    with (folder / "region.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[files.schedules]\nfile = "schedules.csv"\nstatus = "illustrative"\n'
            'source = "generated for tests"\nlicence = "CC0-1.0"\n'
        )


def use_schedules(folder: Path, used: Mapping[str, str]) -> None:
    """Add the column ``schedule`` to ``sources.csv``."""
    table = pd.read_csv(folder / "sources.csv", dtype=str, keep_default_na=False)
    table["schedule"] = [used.get(i, "") for i in table["id"]]
    table.to_csv(folder / "sources.csv", index=False)


def thin_weather(folder: Path, every: int = 13) -> None:
    """Leave wind in every so manyeth hour only: most hours are calm, and plumes are quick."""
    table = pd.read_csv(folder / "weather.csv", dtype=str, keep_default_na=False)
    table.loc[table.index % every > 0, "wind_speed_ms"] = "0"
    table.to_csv(folder / "weather.csv", index=False)
