"""Command ``column``: one cell as a soil column, day by day and year by year."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from analysis.cli.bars import preparing
from analysis.cli.console import console, counted, number, print_json, say
from analysis.cli.describe import plain_table
from analysis.cli.inputs import Json
from analysis.cli.inspect import parse_cell

if TYPE_CHECKING:
    from analysis.column import CellColumn, Sides

_MG: Final = 1.0e6
#: Leaching below this is none, and has no difference in percent. [mg m-2]
_NONE: Final = 1.0e-9

Cell = Annotated[str, typer.Option(metavar="ROW,COL", help="Row from north, column from west.")]
LandClass = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="What grows on the column; by default what covers most of the cell's open ground at "
        "the start.",
    ),
]
SomeMetals = Annotated[
    list[str] | None,
    typer.Option("--metal", metavar="M", help="Only this metal; may be given several times."),
]


def column(
    run: Annotated[str, typer.Argument(help="Path or name of a run, finished or not.")],
    cell: Cell,
    land_class: LandClass = None,
    metal: SomeMetals = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for profiles.csv, leaching.csv and column.png.")
    ] = None,
    json: Json = False,
) -> None:
    """Follow a cell's soil column day by day, and hold the yearly balance against it.

    The daily column solves Richards' equation and the transport of every metal on nodes of 1 cm;
    the yearly one moves metals between slices, as the run does. Both have the soil, weather and
    parameters of the run, its contents at the start, and as gains what its ledger booked for the
    cell on all pathways but leaching: at the surface into the uppermost slice, by layer into all of
    its slices.

    All amounts are per area of open ground: what is recorded of the cell is divided by its open
    share of the year. When land changes, the column stays under its class and goes on with the
    gains of the cell, whatever grows there; sealed ground takes its soil away with it and leaves
    the contents as they are, ground that is unsealed counts as having them.
    """
    from analysis.column import cell_column, follow
    from analysis.runs import open_run, run_name

    folder = open_run(run)
    row, col = parse_cell(cell)
    with preparing("following the column day by day", quiet=json):
        found = cell_column(folder, row, col, land_class, metal or ())
        sides = follow(found)
    heading = (
        f"cell {row},{col} of {run_name(folder)} under {found.land_class}, "
        f"{found.years[0]} to {found.years[-1]}"
    )
    written: list[Path] = []
    if out is not None:
        from analysis.column_output import write

        written = write(found, sides, out, heading)
    if json:
        files = [str(path) for path in written]
        print_json({"run": run_name(folder), **document(found, sides), "files": files})
        return
    say(heading, "bold")
    for line in land_lines(found):
        say(line)
    _print_water(found)
    _print_leaching(found, sides)
    _print_contents(found, sides)
    _print_kd(found)
    for path in written:
        say(str(path))


def land_lines(cell: CellColumn) -> list[str]:
    """What the open ground of the cell is, and what the column leaves out."""
    from analysis.column_record import in_words

    return [
        f"open ground of the cell at the start: {in_words(cell.shares)}",
        *(f"note: {text}" for text in cell.notes),
    ]


def document(cell: CellColumn, sides: Sides) -> dict[str, Any]:
    """Everything about the column, for programs."""
    from analysis.column import mean_water

    daily, yearly = sides.daily, sides.yearly
    return {
        "cell": {"row": cell.row, "col": cell.col},
        "land_class": cell.land_class,
        "open_ground": cell.shares,
        "notes": cell.notes,
        "years": cell.years,
        "weather_years": cell.record_years,
        "water_mm_yr": mean_water(cell),
        "layers": cell.layers,
        "depth_m": cell.bottoms.round(9),
        "metals": {
            metal: {
                "leached_mg_m2": {
                    "daily": _MG * daily.leached[i],
                    "yearly": _MG * yearly.leached[i],
                    "run": _MG * cell.leached[i],
                },
                "content_mg_kg": {
                    "start": _MG * cell.contents.content[i],
                    "daily": _MG * sides.daily_layers[i],
                    "yearly": _MG * sides.yearly_layers[i],
                    "run": _MG * cell.content_end[i],
                },
                "kd_l_kg": {relation.model: relation.kd for relation in cell.kd[metal]},
                "profile": {
                    "daily": {"depth_m": daily.depth, "content_mg_kg": _MG * daily.content[i]},
                    "yearly": {"depth_m": yearly.depth, "content_mg_kg": _MG * yearly.content[i]},
                },
            }
            for i, metal in enumerate(cell.metals)
        },
    }


def _print_water(cell: CellColumn) -> None:
    from analysis.column import mean_water

    water = mean_water(cell)
    first, last = cell.record_years[0], cell.record_years[-1]
    say(
        f"\nwater of the column, mm yr-1, mean of {counted(cell.record_years.size, 'year')} of "
        f"weather ({first if first == last else f'{first}-{last}'})"
    )
    table = plain_table(*water, right=tuple(water))
    table.add_row(*(f"{value:.0f}" for value in water.values()))
    console().print(table)


def _print_leaching(cell: CellColumn, sides: Sides) -> None:
    depths = [f"{100.0 * depth:.0f} cm" for depth in cell.bottoms]
    places = sorted({0, len(depths) - 1})
    columns = [f"{depths[z]}\n{what}" for z in places for what in ("daily", "yearly", "%", "run")]
    say(f"leached in {counted(cell.years.size, 'year')}, mg m-2 of open ground")
    table = plain_table("metal", *columns, right=tuple(columns))
    for i, metal in enumerate(cell.metals):
        entries = []
        for z in places:
            daily, yearly, run = (
                _MG * float(side[i, :, z].sum())
                for side in (sides.daily.leached, sides.yearly.leached, cell.leached)
            )
            entries += [signed(daily), signed(yearly), difference(yearly, daily), signed(run)]
        table.add_row(metal, *entries)
    console().print(table)
    say(
        "daily, yearly: the column solved either way, %: of yearly against daily; run: as recorded "
        "of the cell.\nMinus is upwards.\n"
    )


def _print_contents(cell: CellColumn, sides: Sides) -> None:
    end = cell.years[-1] + 1
    columns = (f"{cell.years[0]}", f"{end}\ndaily", f"{end}\nyearly", f"{end}\nrun")
    say("content, mg/kg")
    table = plain_table("metal", "layer", *columns, right=columns)
    for i, metal in enumerate(cell.metals):
        for z, layer in enumerate(cell.layers):
            values = (cell.contents.content, sides.daily_layers, sides.yearly_layers,
                      cell.content_end)  # fmt: skip
            table.add_row(
                metal if z == 0 else "", layer, *(number(_MG * float(v[i, z]), 4) for v in values)
            )
    console().print(table)


def _print_kd(cell: CellColumn) -> None:
    columns = ("run", "lowest", "highest", "relations")
    say("\nKd of the top layer at the start, L/kg, by the run and by published relations")
    table = plain_table("metal", *columns, right=columns)
    for metal in cell.metals:
        own, *others = cell.kd[metal]
        values = sorted(relation.kd for relation in others)
        ends = (number(values[0]), number(values[-1])) if values else ("-", "-")
        table.add_row(metal, number(own.kd), *ends, str(len(values)))
    console().print(table)


def signed(value: float) -> str:
    """Amount with three digits, of either sign; 0 for next to nothing."""
    return "0" if abs(value) < _NONE else f"{'-' if value < 0.0 else ''}{number(abs(value))}"


def difference(value: float, reference: float) -> str:
    """Difference in percent; a dash where there is nothing to compare with."""
    if abs(reference) < _NONE or not math.isfinite(value):
        return "-"
    return f"{100.0 * (value - reference) / abs(reference):+.1f}"
