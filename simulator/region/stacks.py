"""Stacks of sources that leave them blank: typical ones of the sector and the size of the plant."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
import pandas as pd

from simulator.problems import Report
from simulator.region.csv_table import complain

#: Columns of ``sources.csv`` and the parameters of ``plant_stacks.csv`` that fill them.
FILLED_BY: Final = {
    "height_m": "height",
    "diameter_m": "diameter",
    "temperature_K": "temperature",
    "velocity_m_s": "velocity",
}


def fill_stacks(table: pd.DataFrame, where: str, report: Report) -> pd.DataFrame:
    """Sources with typical stacks in place of blanks, and a column ``filled`` that names these.

    Parameters
    ----------
    table : DataFrame
        ``sources.csv``; blank numbers are NaN.
    where : str
        File, for messages.
    report : Report
        Receives sources of sectors without a typical stack.

    Returns
    -------
    DataFrame
        ``filled`` lists columns, separated by blanks.
    """
    blank = table[list(FILLED_BY)].isna().to_numpy()
    table = table.assign(
        filled=[" ".join(np.array(list(FILLED_BY))[row].tolist()) for row in blank]
    )
    sectors = set(plant_stacks()["sector"])
    lost = blank.any(axis=1) & ~table["sector"].isin(sectors).to_numpy()
    if lost.any():
        column = table["filled"][lost].iloc[0].split()[0]
        complain(
            report, where, column, lost,
            f"is blank, and no stack of {table['sector'][lost].iloc[0]!r} is typical",
            f"stacks may be blank in the sectors {', '.join(sorted(sectors))}", "Fill it in.",
        )  # fmt: skip
    for i, row in table[blank.any(axis=1) & ~lost].iterrows():
        stack = typical_stack(row["sector"], row["activity"])
        for column in row["filled"].split():
            table.loc[i, column] = stack[FILLED_BY[column]]
    return table


def filled_note(table: pd.DataFrame) -> str:
    """Sentence that names what :func:`fill_stacks` filled; empty if nothing."""
    rows = table[table["filled"] != ""]
    if rows.empty:
        return ""
    named = ", ".join(f"{r['id']} ({r['filled']})" for r in rows.to_dict("records"))
    return f"Stacks filled with typical values of plant_stacks.csv: {named}."


def typical_stack(sector: str, activity: float) -> dict[str, float]:
    """Height, diameter [m], temperature [K] and velocity [m s-1] of a sector's plant of a size."""
    rows = plant_stacks().query("sector == @sector")
    bounds = rows[(rows["parameter"] == "min_activity") & (rows["value"] <= activity)]
    chosen = bounds.sort_values("value")["capacity_class"].iloc[-1]
    stack = rows[rows["capacity_class"] == chosen].set_index("parameter")["value"]
    return {name: float(stack[name]) for name in FILLED_BY.values()}


@cache
def plant_stacks() -> pd.DataFrame:
    """Table ``plant_stacks.csv``."""
    with (files("simulator.data") / "plant_stacks.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file)
