"""Command ``score soilmap``: maps made from one file of samples, held against another."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.cli.bars import preparing
from analysis.cli.console import console, number, percent, print_json, say
from analysis.cli.describe import plain_table
from analysis.cli.inputs import Json
from analysis.cli.soilmap import Method, Scale, words

if TYPE_CHECKING:
    from analysis.soilmap.score import MapScore, MetalResult


def soilmap(
    train: Annotated[Path, typer.Option(help="CSV file of the samples to learn from.")],
    test: Annotated[Path, typer.Option(help="CSV file of the sites to predict and score.")],
    metals: Annotated[str, typer.Option(help="Columns, e.g. Cd,Zn; all metals by default.")] = "",
    covariates: Annotated[str, typer.Option(help="Columns of both files, e.g. landuse,rock.")] = "",
    secondary: Annotated[
        str, typer.Option(help="Metals known at the test sites, e.g. Ni,Zn.")
    ] = "",
    grid: Annotated[
        Path | None, typer.Option(help="Nodes that tell covariates which the files lack.")
    ] = None,
    method: Method = "auto",
    transform: Scale = "boxcox",
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.", min=0)] = 0,
    json: Json = False,
) -> None:
    """Score maps against sites kept apart, beside mean, class mean, distances and kriging."""
    from analysis.soilmap.score import score_maps

    with preparing("mapping", quiet=json):
        results = score_maps(
            train, test, words(metals), words(covariates), words(secondary), grid, method,
            transform, seed,
        )  # fmt: skip
    if json:
        print_json(
            {
                "train": train.name,
                "test": test.name,
                "method": method,
                "transform": transform,
                "seed": seed,
                "unit": "mg/kg",
                "metals": {metal: dataclasses.asdict(r) for metal, r in results.items()},
            }
        )
        return
    print_scores(results)


def print_scores(results: dict[str, MetalResult]) -> None:
    """Print a row a metal and mapper."""
    columns = ("n", "MAE", "RMSE", "R2", "bias", "log\nRMSE", "in 90 %\ninterval")
    table = plain_table("metal", "mapper", *columns, right=columns)
    for metal, result in results.items():
        for i, (name, s) in enumerate(result.scores.items()):
            table.add_row(metal if i == 0 else "", name, *_cells(s))
    console().print(table)
    say(
        "MAE and log RMSE (of log10) of the median, RMSE, R2 and bias of the mean; mg/kg. "
        "Baselines on contents as they are."
    )
    for metal, result in results.items():
        notes = [f"{k} {v:.2f}" for k, v in result.weights.items()]
        if result.below_train or result.below_test:
            notes.append(
                f"below detection: {result.below_train} samples, {result.below_test} sites (left "
                "out of the scores)"
            )
        if result.outliers:
            notes.append(f"{result.outliers} outlying samples (kept)")
        if notes:
            say(f"{metal}: {', '.join(notes)}")


def _cells(s: MapScore) -> list[str]:
    sign = "-" if s.bias < 0.0 else ""
    fraction = f"{s.r2:.2f}" if math.isfinite(s.r2) else "-"
    return [
        str(s.n), number(s.mae), number(s.rmse), fraction, sign + number(abs(s.bias)),
        number(s.log_rmse), percent(s.coverage),
    ]  # fmt: skip
