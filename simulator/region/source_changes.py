"""Dated changes of the point sources of a region: retrofits, other fuels, loads."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from simulator.emission_factors import source_problem
from simulator.problems import Report, suggest
from simulator.region.csv_table import Column, complain, read_table

#: What may change, in the words of the table.
CONTROL, FUEL, TECHNOLOGY, LOAD = "control", "fuel", "technology", "load"
WHAT: Final = (CONTROL, FUEL, TECHNOLOGY, LOAD)

SOURCE_CHANGE_COLUMNS = (
    Column("id", "text"),
    Column("date", low=1800.0, high=2300.0),
    Column("what", "text", choices=WHAT),
    Column("value", "text"),
    Column("reference", "text"),
)


def no_source_changes() -> pd.DataFrame:
    """Table of a region whose sources do not change."""
    return pd.DataFrame({column.name: [] for column in SOURCE_CHANGE_COLUMNS})


def read_source_changes(path: Path, where: str) -> pd.DataFrame:
    """``source_changes.csv``, in the order of the dates."""
    table = read_table(path, where, SOURCE_CHANGE_COLUMNS)
    report = Report()
    twice = table.duplicated(["id", "date", "what"]).to_numpy()
    if twice.any():
        complain(
            report, where, "id, date, what", twice, "the source has this change already",
            "a source changes one thing once at a time", "Remove one of the rows.",
        )  # fmt: skip
    number = pd.to_numeric(table["value"], errors="coerce")
    wrong = ((table["what"] == LOAD) & ~number.between(0.0, 100.0)).to_numpy()
    if wrong.any():
        complain(
            report, where, "value", wrong, f"load {table['value'][wrong].iloc[0]!r}",
            "a load is a factor on the activity of sources.csv, from 0 to 100",
            "Give a number; 1 is the activity of the table.",
        )  # fmt: skip
    report.raise_if_any()
    return table.sort_values("date", kind="stable", ignore_index=True)


def check_source_changes(
    changes: pd.DataFrame, sources: pd.DataFrame, where: str, report: Report
) -> None:
    """Report changes of sources that are not there, and to what no emission factor knows.

    Parameters
    ----------
    changes : DataFrame
        Of :func:`read_source_changes`.
    sources : DataFrame
        ``sources.csv``.
    where : str
        File, for messages.
    report : Report
        Receives what is wrong.
    """
    by_id = {row["id"]: row for row in sources.to_dict("records")}
    ids = changes["id"].to_numpy()
    unknown = np.array([i not in by_id for i in ids], dtype=bool)
    if unknown.any():
        word = str(ids[unknown][0])
        complain(
            report, where, "id", unknown, f"there is no source {word!r}",
            "changes are of sources of sources.csv", suggest(word, by_id),
        )  # fmt: skip
    for n, change in enumerate(changes.to_dict("records")):
        if unknown[n] or change["what"] == LOAD:
            continue
        row = {**by_id[change["id"]], change["what"]: change["value"]}
        keys = ("sector", CONTROL, "activity_unit", TECHNOLOGY, FUEL)
        problem = source_problem(*(str(row[k]) for k in keys))
        if problem is not None:
            _, what, rule, fix = problem
            report.add(
                f"{where}: {change['id']}, {change['date']:g}, {change['what']}", what, rule, fix
            )
