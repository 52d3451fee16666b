"""Command ``inventory``: what sources emit, and the factors against totals of China."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.cli.console import console, counted, number, percent, print_json, say
from analysis.cli.describe import plain_table, read_both
from analysis.cli.inputs import Json

if TYPE_CHECKING:
    import pandas as pd

    from analysis.inventory import Inventory
    from analysis.national import Check


def inventory(
    scenario: Annotated[str, typer.Argument(help="Name of a scenario, or path of its file.")],
    year: Annotated[int | None, typer.Option(help="One year; the first by default.")] = None,
    years: Annotated[bool, typer.Option("--years", help="All years of the run.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for the tables as CSV.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Hold the factors against published totals of China.")
    ] = False,
    json: Json = False,
) -> None:
    """Print what the sources of a scenario emit, by sector, metal and species of mercury."""
    from analysis.inventory import make_inventory, write_inventory
    from analysis.national import national_check
    from simulator.data import Parameters

    if year is not None and years:
        raise typer.BadParameter("give --year or --years, not both")
    read, region = read_both(scenario)
    chosen = range(read.start, read.end) if years else (read.start if year is None else year,)
    made = make_inventory(region, read, chosen)
    checks = national_check(Parameters(read.parameters)) if check else []
    written = write_inventory(made, out) if out is not None else []
    if json:
        document = {
            "scenario": read.name,
            "region": region.name,
            "years": list(chosen),
            "unit": "kg yr-1",
            "sectors": made.sectors.to_dict("records"),
            "sources": made.sources.to_dict("records"),
            "mercury": made.mercury.to_dict("records"),
            "parameters": made.parameters,
            "recalled": made.recalled,
        }
        if check:
            document["national"] = [
                {**vars(c), "ratio": c.ratio, "verdict": c.verdict} for c in checks
            ]
        print_json(document)
        return
    if made.sources.empty:
        say(f"{region.name} has no sources.")
    else:
        _print_inventory(made, region.name)
        if year is not None and not read.start <= year < read.end:
            say(
                f"{year} lies outside of {read.name}, {read.start} to {read.end - 1}: activities "
                "are those of the nearest corner of their paths."
            )
    if check:
        _print_check(checks)
    for path in written:
        say(f"wrote {path}", "green")


def _print_inventory(made: Inventory, region: str) -> None:
    """Tables by sector and year, and of mercury; what the numbers rest on."""
    from analysis.inventory import TOTAL
    from simulator.constants import METALS

    years = made.sources["year"].unique().tolist()
    rows = made.sectors
    table = plain_table("sector" if len(years) == 1 else "year", *METALS, right=METALS)
    if len(years) == 1:
        say(f"{region} in {years[0]}, kg a year; low and high: of the emission factors")
        for sector, found in rows.groupby("sector", sort=False):
            table.add_row(str(sector), *_by_metal(found, "kg"))
        for bound in ("low", "high"):
            table.add_row(bound, *_by_metal(rows[rows["sector"] == TOTAL], bound))
        console().print(table)
        _print_mercury(made)
    else:
        say(f"{region}, all sources, kg a year")
        for year, found in rows[rows["sector"] == TOTAL].groupby("year"):
            table.add_row(str(year), *_by_metal(found, "kg"))
        console().print(table)
    say(
        f"{counted(made.parameters, 'parameter')} of the factors, "
        f"{percent(made.recalled / made.parameters if made.parameters else 0.0)} recalled: still "
        "to be checked against the source."
    )
    filled = made.sources[made.sources["stack_filled"] != ""]
    if not filled.empty:
        say(f"Stacks with typical values: {', '.join(filled['id'].unique())}.")


def _by_metal(found: pd.DataFrame, column: str) -> list[str]:
    from simulator.constants import METALS

    values = found.set_index("metal")[column]
    return [number(values[m]) for m in METALS]


def _print_mercury(made: Inventory) -> None:
    columns = tuple(made.mercury["species"].unique())
    table = plain_table("mercury of", *columns, "all", right=(*columns, "all"))
    for sector, found in made.mercury.groupby("sector", sort=False):
        kg = found.groupby("species")["kg"].sum()
        table.add_row(str(sector), *(number(kg[c]) for c in columns), number(kg.sum()))
    console().print(table)


def _print_check(checks: list[Check]) -> None:
    numbers = ("year", "ours", "low", "high", "published", "ratio")
    table = plain_table("China", "metal", *numbers, "factor", "published is", right=numbers)
    last = ""
    for c in checks:
        values = (number(v) for v in (c.ours, c.low, c.high, c.published))
        scope, last = ("" if c.scope == last else c.scope), c.scope
        table.add_row(
            scope, c.metal, str(c.year), *values, f"{c.ratio:.2f}", c.verdict, c.confidence
        )
    say("Factors times national activity against published totals, t a year")
    console().print(table)
    say(
        "'all sources': ours lacks the smelting of metals, steel, coking and kilns other than "
        "cement; a ratio below 1 is expected."
    )
