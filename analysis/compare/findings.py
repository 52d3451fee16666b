"""What a comparison comes to, in sentences made from its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd

from analysis.compare.align import Comparison
from analysis.compare.tables import ALL, DIFFERENCE, Tables
from analysis.report.numbers import number, percent

#: Metals that are shown without being asked for, and how many more with the largest differences.
USUAL: Final[tuple[str, ...]] = ("Cd", "Cu")
MORE: Final = 2

#: Between a number and its unit.
_GAP: Final = "\N{NO-BREAK SPACE}"
_OVERLOAD: Final = "overload_ha_end"
_FIXED: Final = "overload_fixed_ha_end"
_CONTENT: Final = "mean_content_mg_kg_end"


def telling_metals(comparison: Comparison, tables: Tables) -> list[str]:
    """Cd, Cu, and the metals whose overloaded land differs most from the reference at the end."""
    rows = tables.summary[tables.summary["metal"] != ALL]
    spread = rows.groupby("metal", sort=False)[_OVERLOAD + DIFFERENCE].agg(lambda d: d.abs().max())
    others = spread[(spread > 0.0) & ~spread.index.isin(USUAL)]
    most = others.sort_values(ascending=False, kind="stable").index[:MORE]
    usual = [m for m in USUAL if m in comparison.metals] or list(comparison.metals[:1])
    return [*usual, *most]


def main_finding(comparison: Comparison, tables: Tables, metals: Sequence[str]) -> str:
    """Sentence on the run that ends with the least overloaded land.

    It is about the first of the metals whose overloaded land differs; where none does, about the
    mean content of the first.
    """
    for metal in metals:
        rows = _rows(tables, metal)
        if rows[_OVERLOAD].max() > rows[_OVERLOAD].min():
            return _least_land(comparison, rows, metal)
    return _least_content(comparison, _rows(tables, metals[0]), metals[0])


def land_note(comparison: Comparison, tables: Tables, metals: Sequence[str]) -> str:
    """Sentence on how overload differs where land keeps the limit that it began with."""
    parts = []
    for metal in metals:
        rows = _rows(tables, metal)
        values = ", ".join(f"{run} {number(v)}" for run, v in rows[_FIXED].items())
        parts.append(f"{metal}: {values} ha")
    return (
        "The limit follows the land use of the year: land that is built on gets the limit of built "
        "land, for Cd far above that of farmland, and so may leave the overloaded land without any "
        f"change of its soil. Under the land use of {comparison.start} throughout, the land "
        f"overloaded in {comparison.end} is: {'; '.join(parts)}."
    )


def _rows(tables: Tables, metal: str) -> pd.DataFrame:
    return tables.summary[tables.summary["metal"] == metal].set_index("run")


def _least_land(comparison: Comparison, rows: pd.DataFrame, metal: str) -> str:
    area = rows[_OVERLOAD].sort_values(kind="stable")
    least, most = area.iloc[0], area.iloc[-1]
    lowest, highest = ([str(run) for run in area.index[area == v]] for v in (least, most))
    start = (
        f"In {comparison.end}, {_have(lowest)} the least land overloaded with {metal}: "
        f"{number(least)}{_GAP}ha"
    )
    if comparison.reference in lowest:
        return f"{start}; {_have(highest)} the most, {number(most)}{_GAP}ha."
    fewer = area[comparison.reference] - least
    return f"{start}, {number(fewer)}{_GAP}ha less than {comparison.reference}."


def _least_content(comparison: Comparison, rows: pd.DataFrame, metal: str) -> str:
    area, content = rows[_OVERLOAD].iloc[0], rows[_CONTENT].sort_values(kind="stable")
    start = (
        f"In {comparison.end}, all runs have the same area of land overloaded with {metal}, "
        f"{number(area)}{_GAP}ha"
    )
    low, high = content.iloc[0], content.iloc[-1]
    if not high > low:
        return f"{start}, and the same mean content, {number(low)}{_GAP}mg/kg."
    return (
        f"{start}; its mean content is lowest in {content.index[0]}, {number(low, 4)}{_GAP}mg/kg, "
        f"{percent((high - low) / high, 2)} below that in {content.index[-1]}."
    )


def _have(runs: Sequence[str]) -> str:
    """``a has``, ``a and b have``, ``a, b and c have``."""
    if len(runs) == 1:
        return f"{runs[0]} has"
    return f"{', '.join(runs[:-1])} and {runs[-1]} have"
