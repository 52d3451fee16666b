"""Command ``import footprint``: results of other models for a region."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.cli.console import counted, percent, say

if TYPE_CHECKING:
    from simulator.aermod.footprint_import import Imported


class Mode(StrEnum):
    """Modes of emission."""

    PARTICLE = "particle"
    HG2 = "hg2"
    HG0 = "hg0"


def footprint(
    region: Annotated[str, typer.Argument(help="Folder of a region of your own.")],
    source: Annotated[str, typer.Argument(help="Id of the source, as in sources.csv.")],
    files: Annotated[
        list[Path], typer.Argument(help="Plot files (PERIOD, ANNUAL) or post files (1 hour).")
    ],
    mode: Annotated[Mode, typer.Option(help="Mode of emission that the run was made for.")],
    rate: Annotated[
        float, typer.Option(help="Emission in the run, mean of all hours [g/s].")
    ] = 1.0,
    valid_hours: Annotated[
        float | None,
        typer.Option(
            help="Hours of each file that were neither calm nor missing; those of the region's "
            "own weather by default."
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a footprint that is there.")
    ] = False,
) -> None:
    """Take AERMOD's results for the footprint of a source, in place of the program's own."""
    from simulator.aermod.footprint_import import import_footprint, own_region
    from simulator.region import read_region

    folder = own_region(region)
    done = import_footprint(
        read_region(folder), source, mode.value, files, rate, valid_hours, overwrite=overwrite
    )
    say(f"wrote {done.path}", "green")
    for line in footprint_lines(done):
        say(f"  {line}")


def footprint_lines(done: Imported) -> list[str]:
    """How a footprint came about, and what of the emission is on its cells."""
    way = "on rings, integrated over the cells" if done.rings else "at points"
    first = "within the rings" if done.rings else "with receptors of their own"
    lines = [
        f"{counted(done.receptors, 'receptor')} {way}; {done.hours:.0f} valid hours",
        f"cells: {done.direct} {first}, {done.interpolated} interpolated, {done.outside} beyond "
        "the receptors (nothing falls on these)",
        f"on these cells comes down, of what is emitted: dry {percent(done.dry)}, "
        f"wet {percent(done.wet)}",
    ]
    return lines if done.air else [*lines, "no concentrations: the band air is empty"]
