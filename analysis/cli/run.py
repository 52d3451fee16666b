"""Commands that simulate: ``run``, ``resume``, ``branch``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.cli.bars import preparing, years_bar
from analysis.cli.console import INTERRUPTED, complain, console, number, percent, say
from analysis.cli.describe import plain_table, read_both, region_lines, scenario_line

if TYPE_CHECKING:
    from simulator.model import Simulation
    from simulator.record import RunFolder

_MAP_METAL = "Cd"

Threads = Annotated[
    int | None,
    typer.Option(min=1, help="Threads; all processors by default. Results do not depend on it."),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace a run of that name, once this one is finished.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only what went wrong.")]


def run(
    scenario: Annotated[
        str | None, typer.Argument(help="Name of a built-in scenario, or path of a TOML file.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the run; that of the scenario by default.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder that the run is put into.")] = Path("runs"),
    overwrite: Overwrite = False,
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Simulate a scenario and record it."""
    from analysis.runs import safe_name
    from simulator.model import Simulation
    from simulator.record import ZarrRecorder
    from simulator.scenario import DEFAULT_SCENARIO

    with preparing("checking the scenario and its region", quiet):
        checked, region = read_both(scenario or DEFAULT_SCENARIO)
    folder = out / safe_name(checked.name if name is None else name)
    if not quiet:
        say(scenario_line(checked), "bold")
        for line in region_lines(region):
            say(line)
    with preparing("preparing the region, soils and plumes", quiet):
        recorder = ZarrRecorder(folder, overwrite=overwrite)
        sim = Simulation(region, checked, recorder=recorder, threads=threads)
    if not quiet:
        for warning in (*sim.parameters.warnings, *sim.warnings):
            say(f"note: {warning}", "yellow")
    simulate(sim, folder, quiet)


def resume(
    run: Annotated[str, typer.Argument(help="Path or name of a run that was stopped.")],
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Go on with a run that was stopped or killed; it ends as if it had not been."""
    from analysis.runs import find_run
    from simulator import record

    folder = find_run(run)
    with preparing(f"going back to the last checkpoint of {folder}", quiet):
        sim = record.resume(folder, threads=threads)
    if not quiet:
        say(f"{sim.scenario.name} goes on from {sim.year}")
    simulate(sim, folder.with_name(folder.name.removesuffix(".partial")), quiet)


def branch(
    run: Annotated[str, typer.Argument(help="Path or name of the run to branch from.")],
    at: Annotated[int, typer.Option(help="Year at whose beginning the new run goes its own way.")],
    scenario: Annotated[Path, typer.Option(help="Scenario that holds from then on.")],
    name: Annotated[
        str | None, typer.Option(help="Name of the new run; that of its scenario by default.")
    ] = None,
    overwrite: Overwrite = False,
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Branch a run in a year and go on under another scenario."""
    from analysis.runs import find_run, safe_name
    from simulator import record

    parent = find_run(run)
    checked, _ = read_both(str(scenario))
    folder = parent.parent / safe_name(checked.name if name is None else name)
    with preparing(f"taking {parent.name} to {at}", quiet):
        sim = record.branch(parent, at, checked, folder, overwrite, threads)
    if not quiet:
        say(scenario_line(checked), "bold")
    simulate(sim, folder, quiet)


def simulate(sim: Simulation, folder: Path, quiet: bool) -> None:
    """Run to the end with a bar; then draw the map and print the closing table.

    A run that is stopped from the keyboard stays behind and can be resumed.
    """
    from simulator.record import RunFolder

    try:
        with sim, years_bar(sim.year, sim.end, quiet) as progress:
            sim.run(progress=progress)
    except KeyboardInterrupt:
        complain(
            f"stopped in {sim.year}. What was simulated is kept; go on with\n"
            f"  metalscape resume {folder}"
        )
        raise typer.Exit(INTERRUPTED) from None
    finished = RunFolder(folder)
    write_map(finished, _MAP_METAL)
    if not quiet:
        closing_table(finished)
        next_steps(finished)


def write_map(run: RunFolder, metal: str) -> Path:
    """Write ``map.png`` into the folder of a run."""
    from analysis.export import replacing
    from analysis.maps import overview_map

    path = run.path / "map.png"
    with replacing(path) as beside:
        overview_map(run, metal).savefig(beside, dpi=150, format="png")
    return path


def closing_table(run: RunFolder) -> None:
    """Print what the run did, a metal a row."""
    from analysis.assessment.thresholds import STANDARD
    from analysis.runs import control_layer, years_of
    from analysis.summary import summarise

    years = years_of(run)
    first, last = int(years[0]), int(years[-1])
    columns = (
        f"{first}\nmg/kg", f"{last}\nmg/kg", "change", "in\ng/ha/yr", "out\ng/ha/yr",
        f"above\n{first}", f"above\n{last}",
    )  # fmt: skip
    table = plain_table("metal", *columns, right=columns)
    for row in summarise(run):
        change = row.content_end / row.content_start - 1.0
        table.add_row(
            row.metal, number(row.content_start), number(row.content_end),
            f"{100.0 * change:+.1f} %", number(row.input), number(row.output),
            percent(row.above_start), percent(row.above_end),
        )  # fmt: skip
    console().print(table)
    parameters = run.manifest["parameters"]
    say(
        f"content: mean of the {control_layer(run)} of all soil cells. in, out: of the whole "
        f"column, mean of the years.\nabove: share of soil cells above the {STANDARD}.\n"
        f"balance: largest relative residual {run.manifest['largest_residual']:.1e}\n"
        f"parameters: {len(parameters['used'])} values used, {len(parameters['recalled'])} of them "
        "recalled, still to be checked (manifest.json)"
    )


def next_steps(run: RunFolder) -> None:
    """Say where the run lies and what to try next."""
    import numpy as np

    from analysis.runs import content, year_of

    last = content(run, _MAP_METAL, year_of(run, None))
    row, col = np.unravel_index(int(np.nanargmax(last)), last.shape)
    folder = run.path
    say(f"\nrun: {folder}   map: {folder / 'map.png'}", "bold")
    say("next, for example:")
    say(f"  metalscape app {folder}")
    say(f"  metalscape inspect {folder} --cell {row},{col} --metal {_MAP_METAL}")
    say(f"  metalscape assess {folder}")
    say(f"  metalscape story {folder}")
    say(f"  metalscape export {folder} --geotiff --metal {_MAP_METAL}")
    say(f"  metalscape branch {folder} --at YEAR --scenario FILE.toml --name NAME")
