"""Commands about what goes in: ``regions``, ``scenarios``, ``check``, ``region build``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.cli.console import INPUT, console, print_json, print_problems, say
from analysis.cli.describe import (
    plain_table,
    read_both,
    region_facts,
    region_lines,
    scenario_line,
)
from simulator.errors import InputError, Problem

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def regions(json: Json = False) -> None:
    """List the built-in regions."""
    from simulator.region import builtin_regions, read_region

    facts = [region_facts(read_region(name)) for name in builtin_regions()]
    if json:
        print_json(facts)
        return
    numbers = ("soil cells", "cell", "sources", "parcels")
    table = plain_table("region", "title", *numbers, "illustrative layers", right=numbers)
    for row in facts:
        table.add_row(
            row["name"], row["title"], str(row["soil_cells"]), f"{row['cell_size_m']:g} m",
            str(row["sources"]), str(row["parcels"]), ", ".join(row["illustrative"]) or "none",
        )  # fmt: skip
    console().print(table)


def scenarios(json: Json = False) -> None:
    """List the built-in scenarios."""
    from simulator.scenario import DEFAULT_SCENARIO, builtin_scenarios, read_scenario

    read = {name: read_scenario(name) for name in builtin_scenarios()}
    if json:
        print_json(
            [
                {
                    "name": name,
                    "title": s.title,
                    "description": s.description,
                    "region": s.region,
                    "start": s.start,
                    "years": s.years,
                    "default": name == DEFAULT_SCENARIO,
                }
                for name, s in read.items()
            ]
        )
        return
    table = plain_table("scenario", "title", "region", "years")
    for name, s in read.items():
        default = " (default)" if name == DEFAULT_SCENARIO else ""
        table.add_row(name + default, s.title, s.region, f"{s.start}-{s.end - 1}")
    console().print(table)


def check(
    what: Annotated[
        str, typer.Argument(metavar="SCENARIO_OR_REGION", help="Name, or path of a file or folder.")
    ],
    json: Json = False,
) -> None:
    """Say everything that is wrong with a scenario and its region, or with a region."""
    problems: list[Problem] = []
    try:
        lines = _good(what)
    except InputError as error:
        problems = error.problems
    if json:
        print_json({"input": what, "ok": not problems, "problems": [vars(p) for p in problems]})
    elif problems:
        print_problems(problems)
    else:
        say(f"{what} is in order.", "green")
        for line in lines:
            say(f"  {line}")
    if problems:
        raise typer.Exit(INPUT)


def _good(what: str) -> list[str]:
    from simulator.region import builtin_regions, read_region
    from simulator.scenario import builtin_scenarios

    only_region = what in builtin_regions() and what not in builtin_scenarios()
    if only_region or Path(what).is_dir():
        return region_lines(read_region(what))
    scenario, region = read_both(what)
    return [scenario_line(scenario), *region_lines(region)]


def build(
    recipe: Annotated[Path, typer.Argument(help="TOML file that says how the region is made.")],
    raw: Annotated[Path, typer.Option(help="Folder of the raw data that the recipe names.")],
    out: Annotated[Path, typer.Option(help="Folder to write the region to.")],
) -> None:
    """Build a region from raw public data by a recipe, and check what came out."""
    from simulator.region import read_region
    from simulator.region.build import build_region

    folder = build_region(recipe, raw, out)
    say(f"wrote {folder}", "green")
    for line in region_lines(read_region(folder)):
        say(f"  {line}")
