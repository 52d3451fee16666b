"""The page of an experiment's findings: what each table and picture means, and what it does not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from analysis.experiment.drawn import Drawn
from analysis.experiment.effects import COST, DELAY, PER_HECTARE, WON
from analysis.experiment.findings import Findings
from analysis.experiment.folder import ANY_METAL
from analysis.experiment.results import Results
from analysis.experiment.sensitivity_table import ALL_OPTIONS, by_factor
from analysis.report.numbers import number, percent
from analysis.report.page import write_page

TEMPLATE: Final = "findings.html.j2"
#: How a value is written that does not occur within the run.
_NEVER: Final = "not in the run"
_DRAWN_BY: Final = {
    "latin-hypercube": "a Latin hypercube",
    "sobol": "Sobol's design",
    "morris": "Morris's trajectories",
    "full": "a full grid",
}
_RIGHT: Final = {"align": "right"}
#: Columns of effects on a metal of which the median is shown, and their outcomes.
_MEDIANS: Final = (("later", DELAY), ("content", "mean_content"), ("capacity", "capacity_kg_ha"))

Table = dict[str, Any]


def write_page_of(findings: Findings, drawn: Drawn, path: Path) -> Path:
    """Write the page.

    Parameters
    ----------
    findings : Findings
        What was found.
    drawn : Drawn
        Its pictures.
    path : Path
        The file.
    """
    results = findings.results
    several = len(results.options) > 1
    sections = [("run", "What was run", True), ("effects", "What the options do", several),
                ("cost", "What they cost", several), ("robust", "Which option holds", several),
                ("chance", "How likely the limit is passed", True),
                ("sensitivity", "What the outcome hangs on", True),
                ("limits", "What this does not say", True)]  # fmt: skip
    return write_page(
        path,
        TEMPLATE,
        title=results.folder.spec.title,
        finding=finding(findings),
        contents=[(anchor, text) for anchor, text, there in sections if there],
        findings=findings,
        results=results,
        spec=results.folder.spec,
        manifest=results.folder.manifest,
        several=several,
        independent=int(results.independent.sum()),
        metals=", ".join(findings.shown),
        drawn=drawn,
        factors=factors_table(results),
        failures=failures_table(results),
        effects={m: effects_table(findings, m) for m in (*findings.shown, ANY_METAL)},
        costs=costs_table(findings),
        drawn_by=_DRAWN_BY[results.folder.spec.design.method],
        futures={m: futures_text(findings, m) for m in (*findings.shown, ANY_METAL)},
        robustness={m: robustness_rows(findings, m) for m in (*findings.shown, ANY_METAL)},
        sensitivity=sensitivity_rows(findings),
        levers=levers_rows(findings),
        constant=constant_outcomes(findings.sensitivity),
    )


def finding(findings: Findings) -> str:
    """First sentence: what the best option does to the metal with most overloaded land."""
    results, metal, year = findings.results, findings.shown[0], findings.year
    rows = findings.effects
    rows = rows[
        (rows["outcome"] == "overload_ha") & (rows["metal"] == metal) & (rows["year"] == year)
    ]
    rows = rows[rows["difference_median"].notna()]
    if rows.empty:
        row = next((r for r in findings.robustness.to_dict("records") if r["metal"] == metal), None)
        if row is None:
            return "No future has all options."
        return (
            f"In {year}, {number(row['mean_ha'])} ha are overloaded with {metal} in the mean of "
            f"{row['futures']} futures, and {number(row['worst_mean_ha'])} ha in the worst 5 % of "
            "them."
        )
    best = rows.sort_values("difference_median", kind="stable").iloc[0]
    if not best["difference_median"] < 0.0:
        return (
            f"No option has less land overloaded with {metal} in {year} than "
            f"“{results.reference}” in the median future."
        )
    return (
        f"The option “{best['option']}” keeps {spread(best, -1)} ha more land under "
        f"the limit of {metal} than “{results.reference}” in {year}, and is better in "
        f"{percent(best['better_share'], 0)} of {best['futures']} futures."
    )


def spread(
    row: Mapping[Any, Any] | pd.Series, sign: int = 1, never: str = _NEVER, digits: int = 3
) -> str:
    """Difference in words, median and interval: ``120 (80 to 150)``; one number where all agree."""
    middle, low, high = (sign * float(row[f"difference_{k}"]) for k in ("median", "low", "high"))
    if math.isnan(middle) or low == high:
        return _or_never(middle, never, digits)
    ends = " to ".join(_or_never(v, never, digits) for v in sorted((low, high)))
    return f"{_or_never(middle, never, digits)} ({ends})"


def _or_never(value: float, never: str = _NEVER, digits: int = 3) -> str:
    return never if math.isinf(value) else number(value, digits)


def factors_table(results: Results) -> Table:
    """Factors and their ranges."""
    spec = results.folder.spec
    rows = [
        {"name": lever.name, "what": f"strength of {_names(lever.policies)}",
         "span": _span(lever.strength)}
        for lever in spec.strengths
    ]  # fmt: skip
    for item in spec.uncertainties:
        if item.parameters:
            count = len(results.folder.manifest["parameters"][item.name])
            what = f"parameters {', '.join(item.parameters)} ({count} in all)"
        elif item.input is not None:
            what = f"factor on {item.input}"
        elif item.sectors:
            what = f"factor on the activity of {', '.join(item.sectors)}"
        else:
            what = "share that follows policies"
        rows.append({"name": item.name, "what": what, "span": _span(item.span)})
    columns = [_column("name", "Factor"), _column("what", "What it is"), _column("span", "Range")]
    return _table(columns, rows)


def failures_table(results: Results) -> Table:
    """Members that failed, and why."""
    rows = results.folder.failures.astype(str).to_dict("records")
    columns = [_column("member", "Member"), _column("error", "Error"), _column("cause", "Cause")]
    return _table(columns, rows)


def effects_table(findings: Findings, metal: str) -> Table:
    """What each option does to the land of a metal, or of any, the reference first."""
    effects = findings.effects
    of_metal = effects[(effects["metal"] == metal) & effects["year"].isin([findings.year, ""])]
    found = {(row["option"], row["outcome"]): row for row in of_metal.to_dict("records")}
    rows: list[dict[str, Any]] = []
    for option in findings.results.options[1:]:
        area = found[option, "overload_ha"]
        if not rows:
            reference = number(area["reference_median"])
            rows.append({"option": findings.results.reference, "area": reference})
        medians = {
            key: _or_never(found[option, name]["difference_median"])
            for key, name in _MEDIANS
            if (option, name) in found
        }
        rows.append(
            {
                "option": option,
                "area": number(area["option_median"]),
                "difference": spread(area),
                "better": percent(area["better_share"], 0),
                "won": spread(found[option, WON], digits=1),
                **medians,
            }
        )
    columns = [
        _column("option", "Option"), _column("area", "Overloaded", "ha", **_RIGHT),
        _column("difference", "Difference", "ha", **_RIGHT),
        _column("better", "Better in", **_RIGHT), _column("won", "Years won", **_RIGHT),
    ]  # fmt: skip
    if metal != ANY_METAL:
        columns += [
            _column("later", "Later", "yr", **_RIGHT),
            _column("content", "Content", "mg/kg", **_RIGHT),
            _column("capacity", "Capacity", "kg/ha", **_RIGHT),
        ]
    return _table(columns, rows)


def futures_text(findings: Findings, metal: str) -> str:
    """Count of the futures that the effects on a metal rest on, by option: ``58 to 60``."""
    table = findings.effects
    of_metal = table[(table["metal"] == metal) & (table["outcome"] == "overload_ha")]
    counts = sorted(set(of_metal[of_metal["year"] == findings.year]["futures"]))
    return " to ".join(str(count) for count in dict.fromkeys([*counts[:1], *counts[-1:]]))


def costs_table(findings: Findings) -> Table:
    """Cost, and cost per hectare kept under the limit of each metal, by option."""
    effects = findings.effects[findings.effects["year"] == findings.year]
    spent = effects[effects["outcome"] == COST]
    each = effects[effects["outcome"] == PER_HECTARE].set_index(["option", "metal"])
    metals = (*findings.shown, ANY_METAL)
    rows = [
        {"option": row["option"], "cost": spread(row)}
        | {m: spread(each.loc[(row["option"], m)], never="none kept") for m in metals}
        for row in spent.to_dict("records")
    ]
    columns = [
        _column("option", "Option"),
        _column("cost", "More than the reference", "million CNY", **_RIGHT),
        *(_column(m, f"{m}: each hectare", "CNY", **_RIGHT) for m in metals),
    ]  # fmt: skip
    return _table(columns, rows)


def robustness_rows(findings: Findings, metal: str) -> Table:
    """Robustness of the options for a metal, or any."""
    table = findings.robustness
    rows = [
        {
            **row,
            "satisfied_share": percent(row["satisfied_share"], 0),
            "best_share": percent(row["best_share"], 0),
            "least_max_regret": "least" if row["least_max_regret"] else "",
        }
        for row in table[table["metal"] == metal].to_dict("records")
    ]
    columns = [
        _column("option", "Option"),
        _column("mean_ha", "Mean", "ha", **_RIGHT),
        _column("worst_mean_ha", "Worst 5 %", "ha", **_RIGHT),
        _column("satisfied_share", "Satisfied", **_RIGHT),
        _column("best_share", "Best in", **_RIGHT),
        _column("regret_mean_ha", "Mean regret", "ha", **_RIGHT),
        _column("regret_max_ha", "Largest", "ha", **_RIGHT),
        _column("least_max_regret", "Of the largest"),
    ]
    return _table(columns, rows)


def sensitivity_rows(findings: Findings) -> Table:
    """Indices of the overloaded share of the shown metals under the reference."""
    names, found = by_factor(findings.sensitivity, findings.results.reference, findings.shown)
    rows = [
        {
            "metal": metal,
            "factor": factor,
            **{name: index_text(row) for name, row in of.items()},
            "used": max(row["used"] for row in of.values()),
            "left_out": max(row["left_out"] for row in of.values()),
        }
        for (metal, factor), of in found.items()
    ]
    columns = [
        _column("factor", "Factor"), _column("metal", "Metal"),
        *(_column(name, name, **_RIGHT) for name in names),
        _column("used", "Samples", **_RIGHT), _column("left_out", "Left out", **_RIGHT),
    ]  # fmt: skip
    return _table(columns, rows)


def index_text(row: Mapping[str, Any]) -> str:
    """Index with its interval in words, or why there is none."""
    if row["note"]:
        return str(row["note"])
    value = number(row["value"])
    if math.isnan(row["low"]):
        return value
    return f"{value} ({number(row['low'])} to {number(row['high'])})"


def levers_rows(findings: Findings) -> Table:
    """Share of variance that decisions make."""
    table = findings.sensitivity
    rows = table[
        (table["option"] == ALL_OPTIONS) & table["metal"].isin([*findings.shown, ANY_METAL])
    ].to_dict("records")
    told = [
        {"factor": row["factor"], "metal": row["metal"], "outcome": _words(row["outcome"]),
         "value": row["note"] or percent(row["value"])}
        for row in rows
    ]  # fmt: skip
    columns = [
        _column("factor", "Lever"), _column("metal", "Metal"), _column("outcome", "Outcome"),
        _column("value", "Share of variance", **_RIGHT),
    ]  # fmt: skip
    return _table(columns, told)


def constant_outcomes(sensitivity: pd.DataFrame) -> list[str]:
    """Outcomes without anything to explain, and why."""
    rows = sensitivity[(sensitivity["kind"] == "factor") & (sensitivity["factor"] == "")]
    return [
        f"{_words(row['outcome'])} of {row['metal']} under {row['option']}: {row['note']}"
        for row in rows.to_dict("records")
    ]


def _words(outcome: str) -> str:
    return {"overload_share": "overloaded share", "mean_content": "mean content"}[outcome]


def _names(policies: Sequence[Any]) -> str:
    return ", ".join(p if isinstance(p, str) else p.name for p in policies)


def _span(span: tuple[float, float] | None) -> str:
    if span is None:
        return "low to high of each row"
    return f"{number(span[0])} to {number(span[1])}"


def _table(columns: list[dict[str, str]], rows: Sequence[Mapping[Any, Any]]) -> Table:
    """Table whose rows have all columns."""
    keys = [column["key"] for column in columns]
    return {"columns": columns, "rows": [{key: row.get(key, "") for key in keys} for row in rows]}


def _column(key: str, label: str, unit: str = "", align: str = "left") -> dict[str, str]:
    return {"key": key, "label": label, "unit": unit, "align": align}
