"""Command ``soilmap``: maps of contents from scattered samples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from analysis.cli.bars import preparing
from analysis.cli.console import console, counted, number, percent, say
from analysis.cli.describe import plain_table
from simulator.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

    from analysis.soilmap.tables import Table
    from analysis.soilmap.targets import Target

Method = Annotated[
    Literal[
        "auto", "mean", "class", "idw", "kriging", "universal", "regression", "forest", "boosting",
        "gp",
    ],
    typer.Option(help="How to map; auto mixes what predicts held-out samples best."),
]  # fmt: skip
Scale = Annotated[
    Literal["boxcox", "log", "normal-score", "none"],
    typer.Option(help="Scale on which contents are taken as normal."),
]


def soilmap(
    samples: Annotated[
        Path, typer.Argument(metavar="SAMPLES.csv", help="x,y or lon,lat and a column a metal.")
    ],
    out: Annotated[Path, typer.Option(help="Folder to write to.")],
    region: Annotated[str | None, typer.Option(help="Map the soil cells of this region.")] = None,
    grid: Annotated[
        Path | None, typer.Option(metavar="GRID.csv", help="Map the nodes of this file.")
    ] = None,
    metals: Annotated[str, typer.Option(help="Columns, e.g. Cd,Zn; all metals by default.")] = "",
    covariates: Annotated[
        str, typer.Option(help="Columns of samples and grid, or layers of the region.")
    ] = "",
    method: Method = "auto",
    transform: Scale = "boxcox",
    centre: Annotated[
        Literal["mean", "median"], typer.Option(help="What the map shows of each place.")
    ] = "mean",
    winsorise: Annotated[
        bool, typer.Option("--winsorise", help="Pull outliers in to 3.5 robust deviations.")
    ] = False,
    crs: Annotated[
        str | None, typer.Option(help="CRS of the map of a grid; lon,lat are projected to it.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.", min=0)] = 0,
) -> None:
    """Map contents of metals with their standard error from scattered samples."""
    from analysis.soilmap.maps import check_folder, make_maps, write_maps
    from analysis.soilmap.tables import metals_of, read_table

    check_folder(out)
    table = read_table(samples)
    chosen = metals_of(table, words(metals))
    target = _target(table, region, grid, words(covariates), crs)
    with preparing("mapping", quiet=False):
        made = make_maps(table, target, chosen, method, transform, centre, seed, winsorise)
        write_maps(made, target, samples.name, out)
    say(
        f"{counted(len(table), 'sample')} of {samples.name}, mapped at "
        f"{counted(len(target.inputs), 'place')}"
    )
    for metal, one in made.items():
        kept = f"{int(one.mapper.outliers_.sum())} outlying (kept)"
        say(f"{metal}: {int(one.mapper.below_.sum())} below detection, {kept}")
        print_validation(metal, one.scores)
    say(f"\nsoil maps: {out}", "bold")
    for path in sorted(out.iterdir()):
        say(f"  {path.name}")


def print_validation(metal: str, scores: pd.DataFrame) -> None:
    """Print the scores of held-out samples, best mapper first, for each kind of folds."""
    columns = ("nearest\nsample m", "MAE", "RMSE", "R2", "in 90 %\ninterval")
    table = plain_table("metal", "folds", "mapper", *columns, right=columns)
    for row in scores.sort_values(["folds", "mae"], kind="stable").to_dict("records"):
        table.add_row(
            metal, row["folds"], row["mapper"], number(row["nearest_m"]), number(row["mae"]),
            number(row["rmse"]), f"{row['r2']:.2f}", percent(row["coverage"]),
        )  # fmt: skip
    console().print(table)


def words(text: str) -> list[str]:
    """Words between commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def _target(
    table: Table, region: str | None, grid: Path | None, covariates: list[str], crs: str | None
) -> Target:
    from analysis.soilmap.tables import read_table
    from analysis.soilmap.targets import grid_target, region_target
    from simulator.region import read_region

    if (region is None) == (grid is None):
        raise InputError(
            Problem(
                "--region, --grid", "both are given" if region else "neither is given",
                "a map is made either for a region or for the nodes of a grid",
                "Give one of them.",
            )
        )  # fmt: skip
    if region is not None:
        return region_target(table, read_region(region), covariates)
    assert grid is not None
    return grid_target(table, read_table(grid), covariates, crs)
