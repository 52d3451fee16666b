"""Why stocks differ at the end: by pathway, by source, and what the sources emitted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from analysis.compare.align import Comparison
from analysis.compare.flows import SCOPES, between, signed_totals, stock_kg
from analysis.runs import pathways_of
from simulator.record import RunFolder

#: Items that are no pathway: what the soil held before, what no item explains, and the whole.
START: Final = "start"
RESIDUAL: Final = "residual"
STOCK: Final = "stock"
#: What differences are taken apart by.
PATHWAY: Final = "pathway"
SOURCE: Final = "source"

_COLUMN: Final = SCOPES[1]
_LABELS: Final = {
    START: "Stock at the first common year",
    RESIDUAL: "Rounding of the record",
    STOCK: "Stock at the last common year",
}
_ORDER: Final = ["reference", "run", "metal", "scope", "by", "item", "label"]
_SOURCE_KEYS: Final = ["id", "name", "sector", "metal"]


@dataclass(frozen=True)
class Attribution:
    """Differences from the reference, taken apart.

    Attributes
    ----------
    parts : pandas.DataFrame
        ``reference, run, metal, scope, by, item, label``, ``reference_kg`` and ``run_kg`` and
        ``difference_kg`` of the region, and ``difference_g_ha`` of the cells with soil. For each
        pair, metal, scope and kind of item, those before ``stock`` add up to ``stock``, with
        ``residual``, which is what rounding leaves.
    emissions : pandas.DataFrame
        ``reference, run, id, name, sector, metal, reference_kg, run_kg, difference_kg``: what
        sources emitted in the compared years, largest difference first.
    """

    parts: pd.DataFrame
    emissions: pd.DataFrame

    @property
    def residual(self) -> float:
        """Largest residual as a share of the larger of the two stocks. [-]."""
        keys = _ORDER[:5]
        rows = self.parts.set_index(keys)
        left = rows.loc[rows["item"] == RESIDUAL, "difference_kg"].abs()
        stock = rows.loc[rows["item"] == STOCK, ["reference_kg", "run_kg"]].abs().max(axis=1)
        share = left / stock.reindex(left.index)
        return float(share.max())


def attribute(comparison: Comparison) -> Attribution:
    """Take apart the differences of every run from the reference.

    Sources are told apart where both runs have source tags.
    """
    parts, emissions = [], []
    reference = comparison.runs[0]
    for place, name in enumerate(comparison.others, start=1):
        run = comparison.runs[place]
        labels = {"reference": comparison.reference, "run": name}
        for table in _parts(comparison, reference, run):
            hectares = comparison.soil_hectares(0)
            table["difference_g_ha"] = table["difference_kg"] * 1.0e3 / hectares
            parts.append(table.assign(**labels))
        emissions.append(_emissions(comparison, reference, run).assign(**labels))
    columns = ["reference_kg", "run_kg", "difference_kg"]
    return Attribution(
        pd.concat(parts, ignore_index=True)[[*_ORDER, *columns, "difference_g_ha"]],
        pd.concat(emissions, ignore_index=True)[["reference", "run", *_SOURCE_KEYS, *columns]],
    )


def _parts(comparison: Comparison, reference: RunFolder, run: RunFolder) -> Iterator[pd.DataFrame]:
    """Tables of one pair: by pathway in each scope, and by source in the column."""
    pair = (reference, run)
    labels = {p.name: p.label for r in pair for p in pathways_of(r)}
    span = comparison.start, comparison.end
    signed = [signed_totals(r, *span) for r in pair]
    for scope in SCOPES:
        gains = [_wide(table, "pathway", scope) for table in signed]
        yield _pair_table(comparison, pair, gains, scope, PATHWAY, labels)
    if all(r.source_totals is not None for r in pair):
        gains = [source_gains(r, *span) for r in pair]
        labels = {k: v for r in pair for k, v in _tag_labels(r).items()}
        yield _pair_table(comparison, pair, gains, _COLUMN, SOURCE, labels)


def source_gains(run: RunFolder, start: int, end: int) -> pd.DataFrame:
    """What each source tag gained less what it lost in the years ``[start, end)``.

    Returns
    -------
    pandas.DataFrame
        Of the whole column of the region, a row a metal, a column a tag. [kg]
    """
    table = run.source_totals
    assert table is not None
    table = between(table, start, end).astype({"metal": str, "tag": str})
    sign = np.where(table["way"] == "gain", 1.0, -1.0)
    return _wide(table.assign(kg=sign * table["kg_per_yr"]), "tag", "kg")


def _pair_table(
    comparison: Comparison,
    pair: tuple[RunFolder, RunFolder],
    gains: list[pd.DataFrame],
    scope: str,
    by: str,
    labels: dict[str, str],
) -> pd.DataFrame:
    """Items of a pair of runs: stock at the start, gains, residual, stock at the end."""
    columns = []
    for run, gain in zip(pair, gains, strict=True):
        items = gain.reindex(list(comparison.metals))
        begin, end = (
            stock_kg(run, year, comparison.grid)[scope].reindex(items.index)
            for year in (comparison.start, comparison.end)
        )
        items.insert(0, START, begin)
        items[RESIDUAL] = end - items.sum(axis=1)
        items[STOCK] = end
        columns.append(items)
    names = list(dict.fromkeys([*columns[0].columns[:-2], *columns[1].columns[:-2]]))
    reference, other = (
        c.reindex(columns=[*names, RESIDUAL, STOCK])
        .fillna(0.0)
        .reset_index()
        .melt("metal", var_name="item")
        for c in columns
    )
    table = reference.rename(columns={"value": "reference_kg"}).assign(run_kg=other["value"])
    table = table.sort_values("metal", kind="stable")
    table["difference_kg"] = table["run_kg"] - table["reference_kg"]
    words = {**labels, **_LABELS}
    table["label"] = table["item"].map(lambda item: words.get(item, item))
    return table.assign(scope=scope, by=by)


def _wide(table: pd.DataFrame, item: str, values: str) -> pd.DataFrame:
    """Sums over the years: a row a metal, a column an item."""
    wide = table.pivot_table(index="metal", columns=item, values=values, aggfunc="sum", sort=False)
    return wide.rename_axis(columns=None)


def _emissions(comparison: Comparison, reference: RunFolder, run: RunFolder) -> pd.DataFrame:
    """What each source emitted in the compared years, in both runs."""
    span = comparison.start, comparison.end
    sums = [
        between(r.sources, *span).groupby(_SOURCE_KEYS, sort=False)["kg_per_yr"].sum()
        for r in (reference, run)
    ]
    table = pd.concat(sums, axis=1, keys=["reference_kg", "run_kg"]).fillna(0.0)
    table["difference_kg"] = table["run_kg"] - table["reference_kg"]
    table = table[(table[["reference_kg", "run_kg"]] > 0.0).any(axis=1)]
    order = table["difference_kg"].abs().sort_values(ascending=False, kind="stable").index
    return table.reindex(order).reset_index()


def _tag_labels(run: RunFolder) -> dict[str, str]:
    names = run.history["tag"].values.tolist()
    return dict(zip(names, run.history["tag_label"].values.tolist(), strict=True))
