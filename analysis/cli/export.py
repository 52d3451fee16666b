"""Command ``export``: a run for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.cli.console import say
from simulator.errors import InputError, Problem


def export(
    run: Annotated[str, typer.Argument(help="Path or name of a run, finished or not.")],
    geotiff: Annotated[
        bool, typer.Option("--geotiff", help="One GeoTIFF a metal, one band a year.")
    ] = False,
    netcdf: Annotated[bool, typer.Option("--netcdf", help="The history as NetCDF-4 (CF).")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Contents as a long table.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to; exports/NAME_OF_THE_RUN by default.")
    ] = None,
    metal: Annotated[str | None, typer.Option(help="Only this metal.")] = None,
    year: Annotated[int | None, typer.Option(help="Only the state of this year.")] = None,
) -> None:
    """Write a run as GeoTIFF, NetCDF or CSV."""
    from analysis import export as write
    from analysis.runs import open_run, run_name

    if not (geotiff or netcdf or csv):
        raise InputError(
            Problem(
                "export", "no format is named", "at least one of the formats is needed",
                "Add --geotiff, --netcdf or --csv.",
            )
        )  # fmt: skip
    folder = open_run(run)
    metals, years = write.metals_and_years(folder, metal, year)
    target = Path("exports") / run_name(folder) if out is None else out
    written: list[Path] = []
    if geotiff:
        written += [write.write_geotiff(folder, target, m, years) for m in metals]
    if netcdf:
        written.append(write.write_netcdf(folder, target, metals, years))
    if csv:
        written.append(write.write_csv(folder, target, metals, years))
    for path in written:
        say(f"{path}  {path.stat().st_size / 1e6:.1f} MB")
