"""Command ``calibrate``: what the processes miss of the samples of a region."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.cli.bars import preparing
from analysis.cli.console import console, counted, number, percent, say
from analysis.cli.describe import plain_table
from analysis.cli.score_calibration import Folds, Jobs, Scenario, Threads, print_scores

if TYPE_CHECKING:
    from analysis.calibration.make import Made


def calibrate(
    scenario: Scenario,
    out: Annotated[Path, typer.Option(help="Folder to write to.")],
    folds: Folds = 10,
    jobs: Jobs = 2,
    threads: Threads = None,
) -> None:
    """Calibrate the processes by the samples of a region, and write maps, factors and scores."""
    from analysis.calibration.case import open_case
    from analysis.calibration.files import check_folder, write_calibration
    from analysis.calibration.make import make

    check_folder(out)
    with preparing("calibrating", quiet=False):
        case = open_case(scenario, threads)
        made = make(case, folds, jobs)
        written = write_calibration(made, out)
    say(
        f"{case.region.title}: {counted(len(case.observed), 'sample')} beside {case.past.name}, "
        f"{case.hindcast.start} to {case.hindcast.years[-1]}"
    )
    scheme = made.held_out.scheme
    say(f"held-out samples, folds of blocks of {scheme.block_m / 1000.0:.1f} km", "bold")
    print_scores(made.held_out.scores)
    _print_factors(made)
    _print_correction(made)
    say(f"\ncalibration: {out}", "bold")
    for path in written:
        say(f"  {path.name}")


def _print_factors(made: Made) -> None:
    """Print factors that the data tell something of, a column a metal."""
    if made.inference is None:
        return
    factors, told = made.inference.adjustments, made.inference.told
    table = plain_table("factor on", *made.metals, right=made.metals)
    for name in told.index:
        by_metal = dict(zip(told.columns, factors.of(name).tolist(), strict=True))
        cells = [
            f"{by_metal[metal]:.2f}{'*' if told.loc[name, metal] >= 0.5 else ''}"
            for metal in made.metals
        ]
        table.add_row(name, *cells)
    say("factors on the processes; * where the samples tell more than was known before", "bold")
    console().print(table)


def _print_correction(made: Made) -> None:
    """Print the mean correction of the soil cells, and where it stands."""
    from analysis.calibration.make import summary

    columns = ("correction\nmg m-2 yr-1", "input\nmg m-2 yr-1", "trusted", "corrected",
               "extra-\npolated")  # fmt: skip
    table = plain_table("metal", *columns, right=columns)
    for row in summary(made).to_dict("records"):
        rate = row["correction_mg_m2_yr"]
        table.add_row(
            row["metal"], ("-" if rate < 0.0 else "") + number(abs(rate)),
            number(row["input_mg_m2_yr"]),
            *(percent(row[name]) for name in ("trusted", "corrected", "extrapolated")),
        )  # fmt: skip
    say("correction of the top layer, mean of the soil cells per open ground", "bold")
    console().print(table)
