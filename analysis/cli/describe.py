"""What the commands say of regions and scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from analysis.cli.console import counted
from simulator.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from simulator.region import Region
    from simulator.scenario import Scenario


def read_both(name: str) -> tuple[Scenario, Region]:
    """Read a scenario and its region, and check the one against the other.

    Raises
    ------
    InputError
        With everything that is wrong with either.
    """
    from simulator.region import read_region
    from simulator.scenario import check_scenario, read_scenario

    scenario = read_scenario(name)
    region = read_region(scenario.region)
    problems = check_scenario(scenario, region)
    if problems:
        raise InputError(problems)
    return scenario, region


def region_facts(region: Region) -> dict[str, Any]:
    """Size and origin of a region, for people and programs."""
    rows, cols = region.grid.shape
    return {
        "name": region.name,
        "title": region.title,
        "crs": region.grid.crs,
        "rows": rows,
        "cols": cols,
        "cell_size_m": region.grid.cell_size,
        "soil_cells": int(region.soil_mask.sum()),
        "sources": len(region.sources),
        "area_sources": len(region.area_sources),
        "parcels": len(region.parcels),
        "samples": len(region.samples or ()),
        "status": {name: layer.status for name, layer in region.layers.items()},
        "illustrative": list(region.illustrative),
    }


def region_lines(region: Region) -> list[str]:
    """Size of a region, and what of it is not measured."""
    rows, cols = region.grid.shape
    samples = f", {counted(len(region.samples), 'sample')}" if region.samples else ""
    lines = [
        f"{region.title}: {counted(int(region.soil_mask.sum()), 'soil cell')} "
        f"in {rows} x {cols} cells of {region.grid.cell_size:g} m, "
        f"{counted(len(region.sources), 'point source')}, "
        f"{counted(len(region.area_sources), 'area source')}, "
        f"{counted(len(region.parcels), 'parcel')}{samples}"
    ]
    for status, words in (
        ("illustrative", "illustrative layers (generated, not measured)"),
        ("modelled", "modelled layers"),
        ("derived", "derived layers"),
    ):
        names = [name for name, layer in region.layers.items() if layer.status == status]
        if names:
            lines.append(f"{words}: {', '.join(names)}")
    return lines


def scenario_line(scenario: Scenario) -> str:
    """Span of a scenario and its interventions."""
    acts = len(scenario.interventions)
    return (
        f"{scenario.title}: {scenario.start} to {scenario.end - 1}, "
        f"{counted(scenario.years, 'year')}, seed {scenario.seed}, "
        f"{counted(acts, 'intervention') if acts else 'no interventions'}"
    )


def plain_table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """Return an empty table with a rule under its header; columns in ``right`` hold numbers."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for column in columns:
        number = column in right
        justify: Literal["left", "right"] = "right" if number else "left"
        table.add_column(column, justify=justify, no_wrap=number, min_width=5)
    return table
