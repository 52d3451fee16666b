"""Dated changes of the sources of the small region, and stacks left blank."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

#: id, date, what, value
Change = tuple[str, float, str, object]


def add_source_changes(folder: Path, changes: Iterable[Change]) -> None:
    """Write ``source_changes.csv`` and name it in ``region.toml``."""
    table = pd.DataFrame(list(changes), columns=["id", "date", "what", "value"])
    table.assign(reference="made up").to_csv(folder / "source_changes.csv", index=False)
    with (folder / "region.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[files.source_changes]\nfile = "source_changes.csv"\nstatus = "illustrative"\n'
            'source = "generated for tests"\nlicence = "CC0-1.0"\n'
        )


def set_sources(folder: Path, **columns: list[object]) -> None:
    """Overwrite or add columns of ``sources.csv``."""
    table = pd.read_csv(folder / "sources.csv", dtype=object, keep_default_na=False)
    table.assign(**columns).to_csv(folder / "sources.csv", index=False)
