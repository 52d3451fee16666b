"""Commands ``export run``, ``aermod`` and ``hydrus``: runs and regions for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from analysis.cli.bars import preparing
from analysis.cli.column import Cell, LandClass, SomeMetals, land_lines
from analysis.cli.console import counted, say
from simulator.errors import InputError, Problem

_DEFAULT: Final = "run"


class ExportCommands(TyperGroup):
    """Commands of which one, ``run``, need not be named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take what begins with no command for arguments of ``run``."""
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)


def run(
    run: Annotated[str, typer.Argument(help="Path or name of a run, finished or not.")],
    geotiff: Annotated[
        bool, typer.Option("--geotiff", help="One GeoTIFF a metal, one band a year.")
    ] = False,
    netcdf: Annotated[bool, typer.Option("--netcdf", help="The history as NetCDF-4 (CF).")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Contents as a long table.")] = False,
    animation: Annotated[
        bool, typer.Option("--animation", help="Growth of built land as a GIF, a frame a year.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to; exports/NAME_OF_THE_RUN by default.")
    ] = None,
    metal: Annotated[str | None, typer.Option(help="Only this metal.")] = None,
    year: Annotated[int | None, typer.Option(help="Only the state of this year.")] = None,
) -> None:
    """Write a run as GeoTIFF, NetCDF, CSV or moving picture."""
    from analysis import export as write
    from analysis.runs import open_run, run_name

    if not (geotiff or netcdf or csv or animation):
        raise InputError(
            Problem(
                "export", "no format is named", "at least one of the formats is needed",
                "Add --geotiff, --netcdf, --csv or --animation.",
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
    if animation:
        from analysis.landuse.pictures import growth_animation, run_frames

        target.mkdir(parents=True, exist_ok=True)
        written.append(growth_animation(*run_frames(folder), target / "growth.gif"))
    for path in written:
        say(f"{path}  {path.stat().st_size / 1e6:.1f} MB")


def aermod(
    region: Annotated[str, typer.Argument(help="Name of a built-in region, or path of a folder.")],
    out: Annotated[Path, typer.Option(help="Folder to write the project to.")],
    sources: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Only this source; may be given several times."),
    ] = None,
    rings: Annotated[
        bool,
        typer.Option(
            "--rings/--grid",
            help="Receptors on rings around each source, or at the cells with more of them near "
            "the source.",
        ),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a project that is there.")
    ] = False,
) -> None:
    """Write the sources of a region as runs of AERMOD, ready to start."""
    from simulator.aermod.project import write_project
    from simulator.region import read_region

    runs = write_project(
        read_region(region), out, sources or (), "rings" if rings else "grid", overwrite=overwrite
    )
    say(f"{out}: {len(runs)} runs of AERMOD, {sum(r.receptors for r in runs)} receptors in all")
    say(f"how to run them and bring the results back: {out / 'README.txt'}")


def hydrus(
    run: Annotated[str, typer.Argument(help="Path or name of a run, finished or not.")],
    cell: Cell,
    out: Annotated[Path, typer.Option(help="Folder to write the project to.")],
    land_class: LandClass = None,
    metal: SomeMetals = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a project that is there, results and all.")
    ] = False,
) -> None:
    """Write the soil column of a cell as a project of HYDRUS-1D, with our own numbers beside it.

    The project begins with the contents of the start of the run and has no gains and no tillage;
    ours.csv is our daily column without them too. HYDRUS-1D holds water on the surface to one depth
    all the time: a paddy has its greatest.
    """
    from analysis.cli.inspect import parse_cell
    from analysis.column import cell_column
    from analysis.column_hydrus import OURS, README, bund, write_hydrus
    from analysis.runs import open_run, run_name

    folder = open_run(run)
    row, col = parse_cell(cell)
    with preparing("following the column day by day", quiet=False):
        found = cell_column(folder, row, col, land_class, metal or (), fluxes=False)
        title = f"metalscape {run_name(folder)}, cell {row},{col}, {found.land_class}"
        write_hydrus(found, out, title, overwrite=overwrite)
    years = counted(found.record_years.size, "year")
    say(f"{out}: {title}: {years} of weather, {counted(len(found.metals), 'solute')}")
    for line in land_lines(found):
        say(line)
    if bund(found) > 0.0:
        say(f"note: the surface holds {bund(found):g} cm of water all the time, not in season only")
    say(f"how to run it: {out / README}; our numbers to compare with: {out / OURS}")
