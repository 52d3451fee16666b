"""The command line: ``metalscape``. Each module of this package holds one group of commands.

The modules import what takes time inside their commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Annotated

import typer

from analysis.cli import (
    assess,
    browse,
    calibrate,
    column,
    compare,
    experiment,
    export,
    findings,
    imports,
    inputs,
    inspect,
    inventory,
    new,
    run,
    score,
    score_calibration,
    score_landuse,
    score_soilmap,
    soilmap,
    sources,
    story,
    verify,
    verify_percolation,
)
from analysis.cli.console import Commands
from simulator._version import __version__

app = typer.Typer(
    name="metalscape",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"metalscape {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Heavy metals in the soil of a region, cell by cell, over decades.

    Start with: metalscape run
    """
    logging.basicConfig(level=logging.WARNING, format="%(message)s")


region = typer.Typer(no_args_is_help=True, help="Make regions.")
region.command()(inputs.build)

scores = typer.Typer(
    no_args_is_help=True, help="Hold runs and predictions against measurements and maps."
)
scores.command()(score.samples)
scores.command()(score_soilmap.soilmap)
scores.command()(score_calibration.calibration)
scores.command(cls=score_landuse.ManyValues)(score_landuse.landuse)

verification = typer.Typer(no_args_is_help=True, help="Hold the model against reference programs.")
verification.command()(verify.dispersion)
verification.command()(verify_percolation.percolation)

exports = typer.Typer(
    cls=export.ExportCommands,
    no_args_is_help=True,
    subcommand_metavar="[run] RUN | COMMAND [ARGS]...",
    help="Write a run or a region for other programs.\n\n"
    "metalscape export RUN --geotiff is short for metalscape export run RUN --geotiff; its other "
    "options: metalscape export run -h.",
)
exports.command()(export.run)
exports.command()(export.aermod)
exports.command()(export.hydrus)

importing = typer.Typer(no_args_is_help=True, help="Bring in results of other models.")


@importing.callback()
def _import() -> None:
    """Bring in results of other models."""


importing.command()(imports.footprint)

_commands: tuple[Callable[..., None], ...] = (
    run.run,
    run.resume,
    run.branch,
    inspect.inspect,
    assess.assess,
    compare.compare,
    experiment.experiment,
    findings.findings,
    sources.sources,
    story.story,
    browse.app,
    column.column,
    inventory.inventory,
    soilmap.soilmap,
    calibrate.calibrate,
    inputs.check,
    inputs.scenarios,
    inputs.regions,
    new.policies,
    new.new,
)
for _command in _commands:
    app.command()(_command)
app.add_typer(exports, name="export")
app.add_typer(importing, name="import")
app.add_typer(region, name="region")
app.add_typer(scores, name="score")
app.add_typer(verification, name="verify")
