"""A comparison as files: tables, GeoTIFFs, pictures and one page that needs nothing else."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from analysis.compare import lattices, pictures
from analysis.compare.align import Comparison
from analysis.compare.attribution import PATHWAY, SOURCE, attribute
from analysis.compare.difference import Maps, difference_maps
from analysis.compare.findings import telling_metals
from analysis.compare.flows import SCOPES
from analysis.compare.page import TEMPLATE, Results, alt_texts, page_context
from analysis.compare.tables import make_tables
from analysis.report.page import write_page
from analysis.report.pictures import Picture, of_figure
from simulator.errors import InputError, Problem
from simulator.files import folder_beside
from simulator.progress import tell

#: Folder in which comparisons are put.
COMPARISONS: Final = Path("comparisons")
PAGE: Final = "compare.html"
#: What a comparison consists of; a folder with anything else is not replaced.
_OURS: Final = re.compile(
    r"(summary|series|exceedance|pathways|emissions)\.csv|compare\.html"
    r"|(difference|lattice|overload|series|pathways|sources)_[A-Z][a-z]?\.(png|tif)"
)
_LONGEST: Final = 120
_DPI: Final = 150


@dataclass(frozen=True)
class Written:
    """What was written, and where.

    Attributes
    ----------
    folder : Path
        Where the files are.
    results : Results
        What they say.
    """

    folder: Path
    results: Results


def default_folder(comparison: Comparison) -> Path:
    """``comparisons/A-vs-B``; with many or long names ``comparisons/A-vs-7-others``."""
    safe = [re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") for name in comparison.names]
    name = "-vs-".join(safe)
    if len(name) > _LONGEST:
        name = f"{safe[0]}-vs-{len(comparison.others)}-others"
    return COMPARISONS / name


def write_comparison(
    comparison: Comparison,
    out: Path,
    metals: Sequence[str] | None = None,
    with_pictures: bool = True,
) -> Written:
    """Compare runs and write everything into a folder, which appears when it is whole.

    Parameters
    ----------
    comparison : Comparison
        The runs.
    out : Path
        Folder; an older comparison in it is replaced.
    metals : sequence of str, optional
        Symbols of the metals to map and tell of; by default :func:`telling_metals`. Tables hold
        all of them.
    with_pictures : bool
        Whether to draw maps and charts as PNG, and to put maps on the page.

    Raises
    ------
    InputError
        If there is something else in the folder.
    """
    check_folder(out)
    tables = make_tables(comparison)
    shown = telling_metals(comparison, tables) if metals is None else list(metals)
    results = Results(comparison, tables, attribute(comparison), tuple(shown))
    with folder_beside(out) as folder:
        _write_tables(results, folder)
        maps = difference_maps(comparison, shown, folder)
        if with_pictures:
            results = replace(results, pictures=_draw_maps(comparison, maps, folder))
            _draw_charts(results, folder)
        write_page(folder / PAGE, TEMPLATE, **page_context(results))
    return Written(out, results)


def check_folder(out: Path) -> None:
    """Refuse a folder that holds anything but an older comparison."""
    ours = out.is_dir() and all(_OURS.fullmatch(path.name) for path in out.iterdir())
    if out.exists() and not ours:
        raise InputError(
            Problem(
                f"--out {out}", "holds something else",
                "only an older comparison, or an empty folder, is replaced",
                "Name a folder that is not there.",
            )
        )  # fmt: skip


def document(written: Written) -> dict[str, Any]:
    """What the command prints with ``--json``."""
    results = written.results
    comparison = results.comparison
    return {
        "folder": str(written.folder),
        "reference": comparison.reference,
        "runs": [
            {"name": name, "folder": str(run.path), "title": title}
            for name, run, title in zip(
                comparison.names, comparison.runs, comparison.titles, strict=True
            )
        ],
        "start": comparison.start,
        "end": comparison.end,
        "years": list(comparison.years),
        "metals": list(results.metals),
        "finding": results.finding,
        "largest_residual": results.attribution.residual,
        "summary": results.tables.summary.to_dict("records"),
    }


def _write_tables(results: Results, folder: Path) -> None:
    tables: dict[str, pd.DataFrame] = {
        "summary": results.tables.summary,
        "series": results.tables.series,
        "exceedance": results.tables.exceedance,
        "pathways": results.attribution.parts,
        "emissions": results.attribution.emissions,
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")


def _draw_maps(comparison: Comparison, maps: Maps, folder: Path) -> dict[tuple[str, str], Picture]:
    """Draw the maps of every metal into a folder, and keep them for the page."""
    draw = {
        "lattice": lattices.content_lattice,
        "difference": lattices.difference_lattice,
        "overload": lattices.overload_maps,
    }
    drawn = {}
    for done, metal in enumerate(maps.metals):
        alts = alt_texts(comparison, metal)
        for kind, figure in draw.items():
            tell("drawing maps", done, len(maps.metals))
            picture = of_figure(figure(comparison, maps, metal), alts[kind])
            png = base64.b64decode(picture.uri.partition(",")[2])
            (folder / f"{kind}_{metal}.png").write_bytes(png)
            drawn[kind, metal] = picture
    return drawn


def _draw_charts(results: Results, folder: Path) -> None:
    comparison, parts = results.comparison, results.attribution.parts
    for metal in results.metals:
        chart = pictures.series_chart(comparison, results.tables.series, metal)
        chart.savefig(folder / f"series_{metal}.png", dpi=_DPI)
        for name, scope, by in (
            ("pathways", SCOPES[0], PATHWAY),
            ("sources", SCOPES[1], SOURCE),
        ):
            rows = parts[
                (parts["metal"] == metal) & (parts["scope"] == scope) & (parts["by"] == by)
            ]
            if rows.empty:  # runs without source tags
                continue
            title = f"{metal} in the {scope} at the beginning of {comparison.end}, by {by}"
            chart = pictures.difference_bars(comparison, rows, title)
            chart.savefig(folder / f"{name}_{metal}.png", dpi=_DPI)
