"""Results of a case, brought into the order of its receptors and hours."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.verify.cases import refused
from simulator.aermod.case import Case
from simulator.physics.dispersion.meteorology import Meteorology

Floats = NDArray[np.float64]

#: Results by the column of the results files, with the output of AERMOD that they are.
OUTPUTS: Final[dict[str, str]] = {
    "conc_ug_m3": "CONC",
    "ddep_g_m2": "DDEP",
    "wdep_g_m2": "WDEP",
    "depos_g_m2": "DEPOS",
}


def matched_period(case: Case, table: pd.DataFrame) -> dict[str, dict[str, Floats]]:
    """Results of the period by group and column, ``[receptor]``."""
    where = f"{case.folder.name}/{case.results['period']}"
    table = _matched(case, where, table, ["group"])
    by_group = {}
    for group in case.groups:
        rows = table[table["group"] == group].sort_values("receptor")
        if len(rows) != len(case.receptors):
            raise refused(
                f"{where}: group {group}",
                f"{len(rows)} rows, but the case has {len(case.receptors)} receptors",
                "the results of the period hold every group at every receptor",
                "Write the file again from AERMOD's output.",
            )
        by_group[group] = {c: rows[c].to_numpy() for c in OUTPUTS if c in rows}
    return by_group


def matched_hours(
    case: Case, kind: str, table: pd.DataFrame | None, met: Meteorology
) -> pd.DataFrame | None:
    """Hourly results with the index of their hour and of their receptor."""
    if table is None:
        return None
    where = f"{case.folder.name}/{case.results[kind]}"
    table = _matched(case, where, table, ["group", "yymmddhh"])
    stamps = met.year % 100 * 1_000_000 + met.month * 10_000 + met.day * 100 + met.hour
    index = pd.Series(np.arange(len(met)), index=stamps)
    hour = table["yymmddhh"].map(index[~index.index.duplicated()])
    if hour.isna().any():
        raise refused(
            f"{where}: row {int(np.flatnonzero(hour.isna())[0]) + 1}, yymmddhh",
            f"hour {table['yymmddhh'][hour.isna()].iloc[0]}",
            "hours of the results are hours of the meteorology, hour ending 01 to 24",
            "Check met.first_day and met.last_day, and that the files belong together.",
        )
    return table.assign(hour=hour.astype(np.int64))


def _matched(case: Case, where: str, table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The table with the index of the receptor of each row.

    Receptors at one place (of different heights) stand in the results in their own order.
    """
    points = pd.DataFrame(
        {"x": _centimetres(case.receptors.x), "y": _centimetres(case.receptors.y)}
    )
    points["turn"] = points.groupby(["x", "y"]).cumcount()
    points["receptor"] = np.arange(len(points))
    rows = table.assign(
        x=_centimetres(table["x_m"].to_numpy()), y=_centimetres(table["y_m"].to_numpy())
    )
    rows["turn"] = rows.groupby([*keys, "x", "y"]).cumcount()
    rows = rows.merge(points, on=["x", "y", "turn"], how="left", validate="many_to_one")
    values = rows[[c for c in OUTPUTS if c in rows]].to_numpy()
    for bad, what, rule in (
        (~rows["group"].isin(list(case.groups)).to_numpy(), "no such group",
         "groups of the results are those of the case"),
        (rows["receptor"].isna().to_numpy(), "no such receptor, or once too often",
         "results are at the receptors of the case, once for each group and hour"),
        (~(np.isfinite(values) & (values >= 0.0)).all(axis=1), "a value is no number from 0",
         "concentrations and depositions are not negative"),
    ):  # fmt: skip
        if bad.any():
            raise refused(
                f"{where}: row {int(np.flatnonzero(bad)[0]) + 1}", what, rule,
                "Check that inputs and results belong together.",
            )  # fmt: skip
    return rows.astype({"receptor": np.int64})


def _centimetres(metres: Floats) -> NDArray[np.int64]:
    return np.rint(np.nan_to_num(metres, posinf=0.0, neginf=0.0) * 100.0).astype(np.int64)
