"""The page of a comparison: what its template needs, as plain texts, tables and charts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pandas as pd

from analysis.compare.align import Comparison
from analysis.compare.attribution import PATHWAY, SOURCE, Attribution
from analysis.compare.findings import land_note, main_finding
from analysis.compare.flows import SCOPES
from analysis.compare.pictures import main_items
from analysis.compare.tables import ALL, DIFFERENCE, Tables
from analysis.report import svg
from analysis.report.numbers import number
from analysis.report.pictures import Picture
from analysis.runs import control_layer
from simulator.constants import METALS

TEMPLATE: Final = "compare.html.j2"

#: Rows of the tables of sources.
_SOURCES: Final = 10
_NAMES: Final = {
    "As": "Arsenic", "Cd": "Cadmium", "Cr": "Chromium", "Cu": "Copper", "Hg": "Mercury",
    "Ni": "Nickel", "Pb": "Lead", "Zn": "Zinc",
}  # fmt: skip
_STANDARDS: Final = {
    "screening": "risk screening values", "intervention": "risk intervention values",
    "background": "natural contents",
}  # fmt: skip


#: Ending of the period after the compared years.
_TREND: Final = " by trend"


@dataclass(frozen=True)
class Results:
    """All that a comparison found.

    Attributes
    ----------
    comparison : Comparison
    tables : Tables
    attribution : Attribution
    metals : tuple of str
        Metals that are mapped and told of.
    pictures : mapping of (str, str) to Picture
        Maps by kind and metal; empty where none were wanted.
    """

    comparison: Comparison
    tables: Tables
    attribution: Attribution
    metals: tuple[str, ...]
    pictures: Mapping[tuple[str, str], Picture] = field(default_factory=dict)

    @property
    def finding(self) -> str:
        """Sentence with the main finding."""
        return main_finding(self.comparison, self.tables, self.metals)

    @property
    def land_note(self) -> str:
        """Sentence on land use and limits."""
        return land_note(self.comparison, self.tables, self.metals)


def page_context(results: Results) -> dict[str, Any]:
    """What ``compare.html.j2`` uses."""
    comparison = results.comparison
    manifest = comparison.runs[0].manifest
    sections = [_metal_section(results, metal) for metal in results.metals]
    return {
        "title": f"{manifest['region']['title']}: {len(comparison.runs)} runs compared",
        "contents": [
            ("runs", "The runs"),
            *((section["id"], section["name"]) for section in sections),
            ("all-metals", "All metals"),
            ("how", "How it is compared"),
        ],
        "comparison": comparison,
        "finding": results.finding,
        "land_note": results.land_note,
        "illustrative": ", ".join(manifest["illustrative"]),
        "layer": control_layer(comparison.runs[0]),
        "standard": _STANDARDS[comparison.rules.standard],
        "residual": results.attribution.residual,
        "runs": _run_rows(results),
        "sections": sections,
        "all_metals": list(_metal_rows(results)),
    }


def change(value: float) -> str:
    """Difference with its sign and a few significant digits; a dash where there is none."""
    text = number(value)
    return f"+{text}" if value > 0.0 else text


def _run_rows(results: Results) -> list[dict[str, Any]]:
    comparison = results.comparison
    summary = results.tables.summary
    ends = summary[summary["metal"] == ALL].to_dict("records")  # in the order of the runs
    rows = []
    for name, title, run, end in zip(
        comparison.names, comparison.titles, comparison.runs, ends, strict=True
    ):
        policies = run.policies
        named = policies["policy"].where(policies["policy"] != "", policies["name"])
        rows.append(
            {
                "run": name,
                "measures": f"{title}: {', '.join(dict.fromkeys(named)) or 'no measures'}",
                "built": float(end["built_km2_end"]),
                "built_change": change(end[f"built_km2_end{DIFFERENCE}"]),
                "cost": float(end["cost_million_cny"]),
                "overload": float(end["overload_ha_end"]),
                "overload_change": change(end[f"overload_ha_end{DIFFERENCE}"]),
            }
        )
    return rows


def _metal_section(results: Results, metal: str) -> dict[str, Any]:
    comparison, tables = results.comparison, results.tables
    rows = tables.summary[tables.summary["metal"] == metal]
    shown = [
        {
            "run": row["run"],
            "content_start": number(row["mean_content_mg_kg_start"], 4),
            "content_end": number(row["mean_content_mg_kg_end"], 4),
            "content_change": change(row[f"mean_content_mg_kg_end{DIFFERENCE}"]),
            "overload_start": float(row["overload_ha_start"]),
            "overload_end": float(row["overload_ha_end"]),
            "overload_change": change(row[f"overload_ha_end{DIFFERENCE}"]),
            "fixed_end": float(row["overload_fixed_ha_end"]),
            "fixed_change": change(row[f"overload_fixed_ha_end{DIFFERENCE}"]),
            "capacity": float(row["capacity_kg_ha_end"]),
            "input": float(row["input_g_ha_yr"]),
            "input_change": change(row[f"input_g_ha_yr{DIFFERENCE}"]),
            "output": float(row["output_g_ha_yr"]),
            "output_change": change(row[f"output_g_ha_yr{DIFFERENCE}"]),
        }
        for row in rows.to_dict("records")
    ]
    return {
        "id": f"metal-{metal}",
        "metal": metal,
        "name": f"{_NAMES[metal]} ({metal})",
        "rows": shown,
        "share": _lines(results, metal, "overload_share", 100.0, "%"),
        "content": _lines(results, metal, "mean_content_mg_kg", 1.0, "mg/kg"),
        "exceedance": _exceedance(tables, metal),
        "pictures": {k: p for (k, m), p in results.pictures.items() if m == metal},
        "captions": captions(comparison, metal),
        "pairs": [_pair(results, name, metal) for name in comparison.others],
    }


def _lines(results: Results, metal: str, column: str, scale: float, unit: str) -> svg.LineChart:
    series = results.tables.series[results.tables.series["metal"] == metal]
    lines = []
    for name in results.comparison.names:
        line = series[series["run"] == name]
        lines.append((name, line["year"].tolist(), (scale * line[column]).tolist()))
    return svg.series(lines, unit)


def _exceedance(tables: Tables, metal: str) -> dict[str, Any]:
    """Table of the area that reaches its limit in each period but the last: a row a run."""
    rows = tables.exceedance[tables.exceedance["metal"] == metal]
    wide = rows.pivot_table(index="run", columns="period", values="area_ha", sort=False)
    columns: list[dict[str, str]] = [{"key": "run", "label": "Run"}]
    for period in map(str, wide.columns[:-1]):
        label = "Before" if period == wide.columns[0] else period.removesuffix(_TREND)
        unit = f"ha{_TREND}" if period.endswith(_TREND) else "ha"
        columns.append({"key": period, "label": label, "unit": unit, "align": "right"})
    table = [{"run": run, **values} for run, values in wide.to_dict("index").items()]
    return {"columns": columns, "rows": table}


def _pair(results: Results, name: str, metal: str) -> dict[str, Any]:
    """Why one run differs from the reference in one metal."""
    found = results.attribution
    parts = found.parts[(found.parts["run"] == name) & (found.parts["metal"] == metal)]
    emitted = found.emissions
    emitted = emitted[(emitted["run"] == name) & (emitted["metal"] == metal)]
    emitted = emitted[emitted["difference_kg"] != 0.0]
    return {
        "run": name,
        "id": f"{metal}-{results.comparison.names.index(name)}",
        "charts": list(_charts(parts)),
        "emissions": [
            {
                "name": row["name"],
                "sector": row["sector"],
                "reference": float(row["reference_kg"]),
                "run": float(row["run_kg"]),
                "difference": change(row["difference_kg"]),
            }
            for row in emitted.head(_SOURCES).to_dict("records")
        ],
        "more": max(0, len(emitted) - _SOURCES),
    }


def _charts(parts: pd.DataFrame) -> Iterator[tuple[str, svg.BarChart]]:
    """Bars of the difference of stock by pathway in each scope, and by source."""
    words = {
        (SCOPES[0], PATHWAY): "Control layer, by pathway",
        (SCOPES[1], PATHWAY): "Whole column, by pathway",
        (SCOPES[1], SOURCE): "Whole column, by source",
    }
    for (scope, by), text in words.items():
        rows = parts[(parts["scope"] == scope) & (parts["by"] == by)]
        if rows["difference_kg"].any():
            items = main_items(rows).iloc[:, 0]
            values = [(str(label), float(value)) for label, value in items.items()]
            yield text, _bars(values)


def _bars(values: Sequence[tuple[str, float]]) -> svg.BarChart:
    """Bars of differences; the last one is their sum."""
    chart = svg.bars(values, "g/ha")
    *items, whole = chart.rows
    return replace(chart, rows=(*items, replace(whole, kind="sum")))


def _metal_rows(results: Results) -> Iterator[dict[str, Any]]:
    summary = results.tables.summary
    for metal in (*(m for m in METALS if m in results.comparison.metals), ALL):
        for row in summary[summary["metal"] == metal].to_dict("records"):
            yield {
                "metal": "any" if metal == ALL else metal,
                "run": row["run"],
                "content": number(row["mean_content_mg_kg_end"], 4),
                "content_change": change(row[f"mean_content_mg_kg_end{DIFFERENCE}"]),
                "overload": float(row["overload_ha_end"]),
                "overload_change": change(row[f"overload_ha_end{DIFFERENCE}"]),
                "fixed_change": change(row[f"overload_fixed_ha_end{DIFFERENCE}"]),
                "input_change": change(row[f"input_g_ha_yr{DIFFERENCE}"]),
                "output_change": change(row[f"output_g_ha_yr{DIFFERENCE}"]),
            }


def alt_texts(comparison: Comparison, metal: str) -> dict[str, str]:
    """Texts in place of the maps of a metal, by their kind."""
    years = ", ".join(map(str, comparison.years))
    runs = ", ".join(comparison.names)
    others = ", ".join(comparison.others)
    return {
        "lattice": f"Maps of the content of {metal}: rows {runs}; columns {years}; one scale.",
        "difference": f"Maps of the content of {metal} less that of {comparison.reference}: rows "
        f"{others}; columns {years}; one scale on either side of zero.",
        "overload": f"Maps of where {metal} is at or above its limit in {comparison.years[-1]}: in "
        f"neither run, only in {comparison.reference}, only in the other, in both; for {others}.",
    }


def captions(comparison: Comparison, metal: str) -> dict[str, str]:
    """Captions of the maps of a metal, by their kind."""
    layer = control_layer(comparison.runs[0])
    return {
        "lattice": f"Content of {metal} in the {layer} at the beginning of the year, mg/kg. One "
        "legend for all; the lowest and highest 2\N{NO-BREAK SPACE}% of the values are drawn in "
        "its end colours.",
        "difference": f"Content of {metal} less that of {comparison.reference}, mg/kg: red is "
        "more, blue is less, and the legend is as long on either side of zero.",
        "overload": f"Where {metal} is at or above the limit of the land use of "
        f"{comparison.years[-1]}.",
    }
