"""Command ``sources``: where the metal in the soil comes from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.cli.console import console, number, percent, print_json, say
from analysis.cli.describe import plain_table
from analysis.cli.inputs import Json
from analysis.cli.inspect import parse_cell
from simulator.errors import InputError, Problem

if TYPE_CHECKING:
    from analysis.sources import Place
    from simulator.record import RunFolder


def sources(
    run: Annotated[str, typer.Argument(help="Path or name of a run, finished or not.")],
    cell: Annotated[str | None, typer.Option(metavar="ROW,COL", help="One cell.")] = None,
    district: Annotated[str | None, typer.Option(help="One district, by name.")] = None,
    landuse: Annotated[str | None, typer.Option(help="Open land of one class.")] = None,
    metal: Annotated[str, typer.Option(help="Symbol of the metal.")] = "Cd",
    year: Annotated[int | None, typer.Option(help="Look at this year, not the last one.")] = None,
    out: Annotated[Path | None, typer.Option(help="CSV file for all metals and sources.")] = None,
    json: Json = False,
) -> None:
    """Tell which sources the metal in the soil comes from: content, gains and losses of each."""
    from analysis.runs import metal_of, open_run, run_name, year_of
    from analysis.sources import largest_sources, source_table

    folder = open_run(run)
    symbol, at = metal_of(folder, metal), year_of(folder, year)
    place = _place(folder, cell, district, landuse, at)
    table = source_table(folder, place, at)
    if out is not None:
        from simulator.record.layout import replace_file

        content = table.to_csv(index=False, lineterminator="\n").encode()
        replace_file(out, lambda file: file.write(content))
    if json:
        print_json({"run": run_name(folder), "place": place.name, "year": at,
                    "sources": table.to_dict("records")})  # fmt: skip
        return
    rows = largest_sources(table, symbol)
    total = rows["content_mg_kg"].sum()
    say(
        f"{symbol} in the control layer of {place.name} at the beginning of {at}, "
        f"{run_name(folder)}: {number(total, 4)} mg/kg", "bold",
    )  # fmt: skip
    names = {"gain_g_ha_yr": "gained, g/ha/yr", "loss_g_ha_yr": "lost, g/ha/yr"}
    fluxes = [c for c in names if c in rows]
    columns = ("content, mg/kg", "share", *(names[c] for c in fluxes))
    shown = plain_table("source", *columns, right=columns)
    for row in rows.to_dict("records"):
        shown.add_row(
            row["source"], number(row["content_mg_kg"], 4), percent(row["share"]),
            *(number(row[c]) for c in fluxes),
        )  # fmt: skip
    console().print(shown)
    if fluxes:
        say(
            "Gains and losses: of the whole column, mean of the years since the start, per area of "
            "cell. What fell on sealed ground and ran off never was in the soil and is not in them."
        )
    say(
        f"All metals and sources are in {out}." if out else "All metals and sources: --out, --json."
    )


def _place(
    run: RunFolder, cell: str | None, district: str | None, landuse: str | None, year: int
) -> Place:
    from analysis.sources import one_cell, one_district, one_land_class, whole_region

    asked = {"--cell": cell, "--district": district, "--landuse": landuse}
    given = [name for name, value in asked.items() if value is not None]
    if len(given) > 1:
        raise InputError(
            Problem(
                " and ".join(given), "are given together", "sources are told of one place",
                "Give one of them, or none for the whole region.",
            )
        )  # fmt: skip
    if cell is not None:
        return one_cell(run, *parse_cell(cell))
    if district is not None:
        return one_district(run, district)
    if landuse is not None:
        return one_land_class(run, landuse, year)
    return whole_region(run)
