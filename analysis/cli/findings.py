"""Command ``findings``: what an experiment says of options and of what is uncertain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from analysis.cli.bars import preparing
from analysis.cli.console import console, counted, number, percent, print_json, say
from analysis.cli.describe import plain_table
from analysis.cli.inputs import Json

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.experiment.findings import Findings


def findings(
    experiment: Annotated[str, typer.Argument(help="Path or name of an experiment.")],
    metal: Annotated[
        list[str] | None,
        typer.Option(
            help="Look at this metal; may be given several times. By default all whose maps were "
            "kept."
        ),
    ] = None,
    year: Annotated[
        int | None, typer.Option(help="Year whose maps were kept; by default the last.")
    ] = None,
    discount: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Rate a year at which later costs count less.")
    ] = 0.0,
    json: Json = False,
) -> None:
    """Read an experiment: effects of options, robustness, chances, sensitivity."""
    from analysis.experiment.findings import find, write_findings
    from analysis.experiment.folder import ExperimentFolder

    folder = ExperimentFolder(experiment)
    with preparing("reading the experiment", quiet=json):
        found = find(folder, metal or (), year, discount)
        out = write_findings(found)
    if json:
        print_json(document(found, out))
        return
    print_effects(found)
    print_robustness(found)
    print_sensitivity(found)
    if found.results.missing:
        say(f"\n{counted(found.results.missing, 'member')} did not finish: left out.")
    say(f"\nfindings: {out}", "bold")
    say(f"  open {out / 'findings.html'}")


def document(found: Findings, out: Path) -> dict[str, Any]:
    """What the command prints with ``--json``."""
    tables = {name: table.to_dict("records") for name, table in found.tables.items()}
    return {
        "folder": str(out),
        "experiment": found.results.folder.spec.name,
        "options": found.results.options,
        "futures": int(found.results.independent.sum()),
        "missing": found.results.missing,
        "year": found.year,
        **tables,
    }


def print_effects(found: Findings) -> None:
    """Print the land that options keep under the limit, and what it costs."""
    from analysis.experiment.effects import PER_HECTARE

    effects = found.effects
    of_year = effects[(effects["year"] == found.year) & effects["metal"].isin(found.shown)]
    rows = of_year[of_year["outcome"] == "overload_ha"].to_dict("records")
    if not rows:
        return
    each = of_year[of_year["outcome"] == PER_HECTARE].set_index(["metal", "option"])
    say(f"overloaded land in {found.year} against {found.results.reference}, in the same futures:")
    columns = (
        "reference\nha",
        "option\nha",
        "difference\nha",
        "5 to 95 %",
        "better\nin",
        "CNY/ha\nkept",
    )
    table = plain_table("metal", "option", *columns, right=columns)
    for row in rows:
        table.add_row(
            row["metal"], row["option"], number(row["reference_median"]),
            number(row["option_median"]), number(row["difference_median"]),
            f"{number(row['difference_low'])} to {number(row['difference_high'])}",
            percent(row["better_share"]),
            number(each.loc[(row["metal"], row["option"]), "difference_median"]),
        )  # fmt: skip
    console().print(table)


def print_robustness(found: Findings) -> None:
    """Print how options do over futures."""
    rows = found.robustness[found.robustness["metal"].isin(found.shown)].to_dict("records")
    if not rows:
        return
    futures = counted(rows[0]["futures"], "future")
    say(f"\noverloaded land in {found.year} over {futures}:")
    columns = ("mean\nha", "worst 5 %\nha", "no more than\nat the start", "largest\nregret ha")
    table = plain_table("metal", "option", *columns, "least of\nlargest", right=columns)
    for row in rows:
        table.add_row(
            row["metal"], row["option"], number(row["mean_ha"]), number(row["worst_mean_ha"]),
            percent(row["satisfied_share"]), number(row["regret_max_ha"]),
            "*" if row["least_max_regret"] else "",
        )  # fmt: skip
    console().print(table)


def print_sensitivity(found: Findings) -> None:
    """Print the indices of the overloaded share under the reference."""
    from analysis.experiment.page import index_text
    from analysis.experiment.sensitivity_table import by_factor

    reference = found.results.reference
    names, rows = by_factor(found.sensitivity, reference, found.shown)
    if not rows:
        return
    say(f"\nsensitivity of the overloaded share in {found.year} under {reference} (95 %):")
    table = plain_table("metal", "factor", *names, right=tuple(names))
    for (metal, factor), of in rows.items():
        table.add_row(metal, factor, *(index_text(of[n]) if n in of else "" for n in names))
    console().print(table)
