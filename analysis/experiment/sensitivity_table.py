"""Sensitivity of an experiment's outcomes to what was drawn, to what was decided and to chance."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.experiment.folder import ANY_METAL
from analysis.experiment.results import Results
from analysis.experiment.sensitivity import VARIANCE, Index, indices, variance_share
from simulator.progress import tell

Floats = NDArray[np.float64]

#: Outcomes that are looked at.
OUTCOMES: Final = ("overload_share", "mean_content")
#: Option of rows over all options.
ALL_OPTIONS: Final = "all"
#: Factor that is the seed of the futures.
SEED: Final = "seed"

#: Columns of :func:`sensitivity_table`.
COLUMNS: Final = (
    "option", "outcome", "metal", "year", "kind", "factor", "index", "value", "low", "high", "used",
    "left_out", "note",
)  # fmt: skip


def sensitivity_table(results: Results, metals: Sequence[str], year: int) -> pd.DataFrame:
    """Sensitivity indices of the outcomes at the beginning of a year.

    Parameters
    ----------
    results : Results
        The members.
    metals : sequence of str
        Metals; overload of any metal is looked at too.
    year : int
        The year.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`. ``kind`` is ``factor`` (by option, the mean over the seeds of a sample; see
        :func:`analysis.experiment.sensitivity.indices`), ``lever`` (share of the variance over all
        members of whole futures that lies between the options of a lever) or ``seed`` (share of
        the variance between futures of the same sample).
    """
    rows: list[dict[str, Any]] = []
    looked_at = list(_looked_at(metals))
    for done, (outcome, metal) in enumerate(looked_at):
        tell("sensitivity", done, len(looked_at))
        values = results.series(outcome, metal).at(year)
        head = {"outcome": outcome, "metal": metal, "year": year}
        for i, option in enumerate(results.options):
            found = _of_factors(results, values[i]) + _of_seed(results, values[i])
            rows += [{"option": option, **head, **row} for row in found]
        rows += [{"option": ALL_OPTIONS, **head, **row} for row in _of_levers(results, values)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def by_factor(
    table: pd.DataFrame, option: str, metals: Sequence[str]
) -> tuple[list[str], dict[tuple[str, str], dict[str, dict[str, Any]]]]:
    """Indices of the overloaded share of metals under an option, side by side.

    Returns
    -------
    tuple
        Names of the indices; rows of the table by metal and factor and, within, by index.
    """
    rows = table[
        (table["outcome"] == "overload_share")
        & (table["option"] == option)
        & table["metal"].isin(metals)
        & table["kind"].isin(["factor", SEED])
        & (table["factor"] != "")
    ].to_dict("records")
    found: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for row in rows:
        told = {str(key): value for key, value in row.items()}
        found.setdefault((row["metal"], row["factor"]), {})[row["index"]] = told
    return list(dict.fromkeys(row["index"] for row in rows)), found


def _looked_at(metals: Sequence[str]) -> Iterator[tuple[str, str]]:
    for metal in metals:
        for outcome in OUTCOMES:
            yield outcome, metal
    yield "overload_share", ANY_METAL


def _of_factors(results: Results, values: Floats) -> list[dict[str, Any]]:
    if not results.factors:
        return []
    positions, means = results.by_sample(values)
    method = results.folder.spec.design.method
    found = indices(method, results.factors, positions, means)
    return [{"kind": "factor", **dataclasses.asdict(index)} for index in found]


def _of_levers(results: Results, values: Floats) -> list[dict[str, Any]]:
    """Share of the variance between the options of each lever."""
    whole = results.independent & np.isfinite(values).all(axis=0)
    used, out = int(whole.sum()) * len(values), int((~whole).sum()) * len(values)
    rows = []
    for lever in results.choices.columns:
        group = np.repeat(results.choices[lever].to_numpy(str), int(whole.sum()))
        index = _share(lever, group, values[:, whole].ravel(), used, out)
        rows.append({"kind": "lever", **dataclasses.asdict(index)})
    return rows


def _of_seed(results: Results, values: Floats) -> list[dict[str, Any]]:
    """Share of the variance that only the seed makes: the mean variance within samples."""
    if results.folder.spec.design.replicates == 1 or not results.factors:
        return []
    known = np.isfinite(values)
    _, sample = np.unique(results.samples[known], return_inverse=True)
    count = np.bincount(sample)
    used, out = int(known.sum()), int((~known).sum())
    freedom = used - count.size
    total = float(np.var(values[known])) if used else 0.0
    if freedom <= 0 or total == 0.0:
        index = Index(SEED, VARIANCE, np.nan, np.nan, np.nan, used, out, "nothing to divide")
    else:
        apart = values[known] - (np.bincount(sample, values[known]) / count)[sample]
        share = min(float((apart**2).sum()) / freedom / total, 1.0)
        index = Index(SEED, VARIANCE, share, np.nan, np.nan, used, out)
    return [{"kind": "seed", **dataclasses.asdict(index)}]


def _share(factor: str, groups: NDArray[Any], values: Floats, used: int, out: int) -> Index:
    if values.size == 0 or np.ptp(values) == 0.0:
        note = "no whole future" if values.size == 0 else "constant in all members"
        return Index(factor, VARIANCE, np.nan, np.nan, np.nan, used, out, note)
    return Index(factor, VARIANCE, variance_share(groups, values), np.nan, np.nan, used, out)
