"""Command ``score samples``: how well a run meets measurements."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Annotated, Literal

import typer

from analysis.cli.console import console, counted, number, percent, print_json, say
from analysis.cli.describe import plain_table
from analysis.cli.inputs import Json


def samples(
    run: Annotated[str, typer.Argument(help="Path or name of a run, finished or not.")],
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE.csv", help="x,y or lon,lat and a column a metal, Cd[mg/kg]."),
    ],
    quantity: Annotated[
        Literal["concentration", "deposition"],
        typer.Option(help="What was measured: mg/kg in the top layer, or mg m-2 yr-1."),
    ] = "concentration",
    year: Annotated[
        int | None, typer.Option(help="Year to compare with; the last one by default.")
    ] = None,
    crs: Annotated[
        str | None, typer.Option(help="CRS of the coordinates; the grid's for x,y by default.")
    ] = None,
    json: Json = False,
) -> None:
    """Score a run against samples: bias, RMSE, R2, FAC2, rank correlation, a metal a row."""
    from analysis.runs import open_run
    from analysis.score import score_samples

    result = score_samples(open_run(run), file, quantity, year, crs)
    if json:
        print_json(dataclasses.asdict(result))
        return
    unit = result.unit
    say(
        f"{quantity} in {result.year} against {counted(result.samples, 'sample')} of {file.name}: "
        f"{result.samples - result.outside} inside the grid in "
        f"{counted(result.cells, 'cell')}, {result.outside} outside"
    )
    columns = (
        "n", "obs.", "pred.", "bias", "RMSE", "log\nRMSE", "R2", "FAC2", "rank\nr", "no\nsoil",
    )  # fmt: skip
    table = plain_table("metal", *columns, right=columns)
    for metal, entry in result.metals.items():
        s = entry.scores
        values = (
            number(s.mean_observed), number(s.mean_predicted), number_signed(s.bias),
            number(s.rmse), number(s.log_rmse), two_decimals(s.r2), percent(s.fac2),
            two_decimals(s.spearman),
        )  # fmt: skip
        table.add_row(metal, str(s.n), *values, str(entry.without_soil))
    console().print(table)
    say(
        f"obs., pred.: means; bias: predicted less observed; they and RMSE in {unit}. log RMSE: of "
        "log10.\nR2: 1 - SSE/SST, 0 is as good as the observed mean. FAC2: share within a factor "
        "of two.\nrank r: Spearman. no soil: measured in cells without soil and left out."
    )


def number_signed(value: float) -> str:
    """Number with a minus sign where it is negative."""
    text = number(abs(value))
    return f"-{text}" if value < 0.0 and text != "0" else text


def two_decimals(value: float) -> str:
    """Score without unit; a dash where there is none."""
    return f"{value:.2f}" if math.isfinite(value) else "-"
