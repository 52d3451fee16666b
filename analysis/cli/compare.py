"""Command ``compare``: what two or more runs of a region differ in, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from analysis.cli.bars import preparing
from analysis.cli.console import console, number, print_json, say
from analysis.cli.describe import plain_table
from analysis.cli.inputs import Json

if TYPE_CHECKING:
    from analysis.compare.page import Results


def compare(
    runs: Annotated[
        list[str],
        typer.Argument(help="Paths or names of two to eight finished runs, the reference first."),
    ],
    metal: Annotated[
        list[str] | None,
        typer.Option(
            help="Map and tell of this metal; may be given several times. By default Cd, Cu and "
            "those whose overloaded land differs most."
        ),
    ] = None,
    years: Annotated[
        list[int] | None,
        typer.Option(
            help="Map this year; may be given several times. By default the first and the last "
            "that all runs have, and every tenth."
        ),
    ] = None,
    standard: Annotated[
        Literal["screening", "intervention", "background"],
        typer.Option(help="Which limits of farmland and built land count."),
    ] = "screening",
    out: Annotated[
        Path | None,
        typer.Option(help="Folder to write to; comparisons/A-vs-B by default."),
    ] = None,
    pictures: Annotated[
        bool, typer.Option("--pictures/--no-pictures", help="Draw maps and charts.")
    ] = True,
    json: Json = False,
) -> None:
    """Hold runs against the first of them: overload, contents, what makes the difference."""
    from analysis.assessment.assess import Rules
    from analysis.compare.align import align
    from analysis.compare.output import (
        PAGE,
        check_folder,
        default_folder,
        document,
        write_comparison,
    )
    from analysis.runs import open_run

    comparison = align([open_run(run) for run in runs], years, Rules(standard))
    metals = None if metal is None else comparison.metals_of(metal)
    target = default_folder(comparison) if out is None else out
    check_folder(target)
    with preparing("comparing the runs", quiet=json):
        written = write_comparison(comparison, target, metals, pictures)
    if json:
        print_json(document(written))
        return
    print_comparison(written.results)
    size = sum(path.stat().st_size for path in target.iterdir()) / 1e6
    say(f"\ncomparison: {target}  {size:.1f} MB; the page: {target / PAGE}", "bold")


def print_comparison(results: Results) -> None:
    """Print the finding and a row a metal and run."""
    from analysis.compare.page import change
    from analysis.compare.tables import DIFFERENCE

    comparison = results.comparison
    say(results.finding, "bold")
    columns = (
        f"{comparison.start}\nmg/kg", f"{comparison.end}\nmg/kg", "difference\nmg/kg",
        f"overload\n{comparison.end} ha", "difference\nha", "on fixed\nha",
    )  # fmt: skip
    table = plain_table("metal", "run", *columns, right=columns)
    for metal in results.metals:
        rows = results.tables.summary[results.tables.summary["metal"] == metal]
        for row in rows.to_dict("records"):
            table.add_row(
                metal, row["run"], number(row["mean_content_mg_kg_start"]),
                number(row["mean_content_mg_kg_end"]),
                change(row[f"mean_content_mg_kg_end{DIFFERENCE}"]),
                number(row["overload_ha_end"]), change(row[f"overload_ha_end{DIFFERENCE}"]),
                change(row[f"overload_fixed_ha_end{DIFFERENCE}"]),
            )  # fmt: skip
    console().print(table)
    say(
        f"metals: {', '.join(results.metals)}; differences from {comparison.reference}. on fixed: "
        f"difference with the land use of {comparison.start} throughout."
    )
    say(f"largest residual of the attribution: {results.attribution.residual:.1e} of the stock")
