"""Command ``assess``: capacity, overload, risk and early warning of a finished run."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from analysis.cli.bars import preparing
from analysis.cli.console import console, counted, number, percent, print_json, say
from analysis.cli.describe import plain_table
from analysis.cli.inputs import Json

if TYPE_CHECKING:
    import pandas as pd

    from analysis.assessment.outputs import Written

_ZONES: Final = 3


def assess(
    run: Annotated[str, typer.Argument(help="Path or name of a finished run.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to; assessment/ in the run by default.")
    ] = None,
    year: Annotated[
        list[int] | None,
        typer.Option(
            help="Assess this year; may be given several times. By default the first, the last and "
            "every tenth."
        ),
    ] = None,
    standard: Annotated[
        Literal["screening", "intervention", "background"],
        typer.Option(help="Which limits of farmland and built land count."),
    ] = "screening",
    ecological: Annotated[
        Literal["added", "criteria"],
        typer.Option(help="Which limits of forest, grassland and bare land count."),
    ] = "added",
    min_area: Annotated[
        float, typer.Option(min=0.0, help="Smallest zone in ha; smaller ones join their neighbour.")
    ] = 0.0,
    pictures: Annotated[bool, typer.Option(help="Draw maps.")] = True,
    json: Json = False,
) -> None:
    """Assess a finished run: capacity, overload, health and ecological risk, early warning."""
    from analysis.assessment.assess import Assessment, Rules
    from analysis.assessment.outputs import check_folder, write_assessment
    from analysis.runs import open_run

    folder = open_run(run)
    target = folder.path / "assessment" if out is None else out
    check_folder(target)
    with preparing("assessing the run", quiet=json):
        assessment = Assessment(folder, year, Rules(standard, ecological))
        written = write_assessment(assessment, target, min_area, pictures)
    if json:
        print_json(document(written))
        return
    print_overload(written.tables, assessment.years)
    print_zones(written, assessment.years[-1])
    say(f"\nassessment: {written.folder}", "bold")
    for path in sorted(p for p in target.iterdir()):
        files = [p for p in (path.rglob("*") if path.is_dir() else [path]) if p.is_file()]
        size = sum(p.stat().st_size for p in files) / 1e6
        what = f"{path.name}/  {counted(len(files), 'file')}" if path.is_dir() else path.name
        say(f"  {what}  {size:.1f} MB")


def document(written: Written) -> dict[str, Any]:
    """What the command prints with ``--json``."""
    zones = [{k: v for k, v in vars(zone).items() if k != "outline"} for zone in largest(written)]
    return {
        "folder": str(written.folder),
        "overload": written.tables["by_metal_change"].to_dict("records"),
        "zones": zones,
    }


def largest(written: Written) -> list[Any]:
    """Return the largest zones of the last year on current land, those of the worst class first."""
    return sorted(written.zones, key=lambda z: (-z.code, -z.cells))[:_ZONES]


def print_overload(tables: dict[str, pd.DataFrame], years: list[int]) -> None:
    """Print the overloaded area by metal at the start and the end, and what farmland can take."""
    first, last = years[0], years[-1]
    farmed = tables["by_receptor_change"].set_index(["land", "group", "metal"])
    columns = (
        f"{first}\nha", f"{last}\nha", "change\nha", f"share\n{first}", f"share\n{last}",
        "change\npoints", "on fixed\npoints", f"{first}\nkg/ha", f"{last}\nkg/ha",
    )  # fmt: skip
    table = plain_table("metal", *columns, right=columns)
    rows = tables["by_metal_change"].set_index(["land", "metal"])
    for metal in rows.loc["current"].index:
        row, fixed = rows.loc[("current", metal)], rows.loc[("fixed", metal)]
        table.add_row(
            metal, number(row[f"overload_ha_{first}"]), number(row[f"overload_ha_{last}"]),
            signed(row["overload_ha_change"], 0), percent(row[f"overload_share_{first}"]),
            percent(row[f"overload_share_{last}"]),
            signed(100.0 * row["overload_share_change"], 1),
            signed(100.0 * fixed["overload_share_change"], 1),
            *(capacity(farmed, metal, year) for year in (first, last)),
        )  # fmt: skip
    console().print(table)
    say(
        "overloaded: at or above the limit of the receptor; shares of the cells that have a limit; "
        "all: any metal.\non fixed: land use of the first year throughout; kg/ha: mean capacity "
        "that remains on land that is farmed in the first year."
    )


def capacity(farmed: pd.DataFrame, metal: str, year: int) -> str:
    """Mean capacity that remains on farmland of the first year; a dash where there is none."""
    place = ("fixed", "agricultural", metal)
    return number(float(farmed[f"capacity_mean_kg_ha_{year}"].get(place, math.nan)))


def print_zones(written: Written, year: int) -> None:
    """Print the largest zones of the worst classes."""
    zones = largest(written)
    if not zones:
        say("no zones: no cell has a class")
        return
    say(f"\nlargest zones of comprehensive risk, {year}, worst classes first:")
    table = plain_table(
        "class", "area ha", "leading", "load", "receptor", right=("area ha", "load")
    )
    for zone in zones:
        table.add_row(
            f"{zone.code} {zone.name}", number(zone.area_ha), zone.leading_metal,
            number(zone.mean_load), zone.receptor,
        )  # fmt: skip
    console().print(table)
    say("load: mean content of the leading metal over its limit.")


def signed(value: float, decimals: int) -> str:
    """Change with its sign; a dash where there is none."""
    if value != value:
        return "-"
    return f"{value:+.{decimals}f}" if round(value, decimals) != 0.0 else "0"
