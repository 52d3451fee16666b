"""Command ``score landuse``: built-up land predicted from maps, held against a later map."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer
from typer.core import TyperCommand

from analysis.cli.bars import preparing
from analysis.cli.console import as_json, console, counted, number, percent, print_json, say
from analysis.cli.describe import plain_table
from analysis.cli.inputs import Json
from analysis.cli.soilmap import words
from simulator.errors import InputError, Problem

if TYPE_CHECKING:
    from analysis.landuse.make import Scored

#: Options that take all values up to the next option.
_MANY: Final = ("--maps", "--drivers")


class ManyValues(TyperCommand):
    """A command where ``--maps a b`` says the same as ``--maps a --maps b``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Repeat the options before each of their values, then parse as ever."""
        return super().parse_args(ctx, repeated(args))


def repeated(args: list[str]) -> list[str]:
    """Write an option of several values once for each of them.

    Examples
    --------
    >>> repeated(["--maps", "a", "b", "--truth", "c"])
    ['--maps', 'a', '--maps', 'b', '--truth', 'c']
    """
    said: list[str] = []
    option = ""
    for i, word in enumerate(args):
        if word.startswith("-"):
            option = word if word in _MANY else ""
        elif option and args[i - 1] != option:
            said.append(option)
        said.append(word)
    return said


def landuse(
    maps: Annotated[
        list[str],
        typer.Option(metavar="FILE...", help="Land maps of two dates or more, the oldest first."),
    ],
    truth: Annotated[str, typer.Option(metavar="FILE", help="Land map of the date to predict.")],
    drivers: Annotated[
        list[str] | None, typer.Option(metavar="FILE...", help="Rasters such as elevation.")
    ] = None,
    demand: Annotated[
        str,
        typer.Option(
            metavar="FILE.csv|CODE=CELLS", help="Totals at the end; the truth's own by default."
        ),
    ] = "",
    built: Annotated[
        int | None, typer.Option(metavar="CODE", help="Built land, unless the demand names it.")
    ] = None,
    within: Annotated[str, typer.Option(metavar="FILE", help="Only where this is above 0.")] = "",
    exclude: Annotated[
        str, typer.Option(metavar="CODE,...", help="Classes that are never built on.")
    ] = "",
    years: Annotated[
        str, typer.Option(help="Dates of the maps and of the truth, if names do not tell.")
    ] = "",
    start: Annotated[
        Literal["FIRST", "LAST"],
        typer.Option(help="Map to predict from.", case_sensitive=False),
    ] = "LAST",
    steps: Annotated[int, typer.Option(help="Steps to the year of the truth.", min=1)] = 1,
    classes: Annotated[
        Literal["built", "all"], typer.Option(help="Predict built land only, or all classes.")
    ] = "built",
    method: Annotated[
        Literal["auto", "logistic", "forest", "boosting"], typer.Option(help="What learns.")
    ] = "auto",
    seeds: Annotated[int, typer.Option(help="Maps drawn by chance.", min=0)] = 10,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.", min=0)] = 0,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write maps, pictures and scores there.")
    ] = None,
    json: Json = False,
) -> None:
    """Score a prediction of built-up land against a later map, beside what it must beat.

    FILE may be FILE:BAND, the band by its description or number.
    """
    from analysis.landuse.make import score_land
    from analysis.landuse.output import as_document, write_output
    from analysis.landuse.task import open_task

    with preparing("predicting", quiet=json):
        task = open_task(
            maps, truth, drivers or (), demand, built, within,
            [int(v) for v in _numbers("--exclude", exclude)], _numbers("--years", years),
            start == "FIRST",
        )  # fmt: skip
        scored = score_land(task, method, seeds, seed, steps, classes == "all")
        document = as_document(scored, method, steps, seed)
        if out is not None:
            write_output(scored, as_json(document), out)
    if json:
        print_json(document)
        return
    _print(scored, document)
    if out is not None:
        say(f"wrote {out}", "green")


def _numbers(option: str, text: str) -> list[float]:
    try:
        return [float(word) for word in words(text)]
    except ValueError as error:
        raise InputError(
            Problem(
                option, f"found {text!r}", "it is numbers with commas between",
                f"Give e.g. {option} 1,2.",
            )
        ) from error  # fmt: skip


def _print(scored: Scored, document: dict[str, Any]) -> None:
    from analysis.landuse.scores import BLOCKS, RADII

    task, demand = document["task"], document["demand"]
    say(
        f"{task['start']:g} to {task['year']:g}: {demand['start_cells']} built pixels of "
        f"{task['cell_size_m']:.4g} m, {demand['growth_cells']} more wanted by "
        f"{demand['source']}; in truth {demand['gain_cells']} became built"
    )
    heads = (
        "figure\nof merit", "hits", "misses", "false\nalarms", "prod.\nacc.", "user's\nacc.",
        "FoM\nblocks 8", "FoM\nwithin 2", "all\nclasses",
    )  # fmt: skip
    table = plain_table("map", *heads, right=heads)
    table.columns[0].no_wrap = True
    for name, s in scored.models.items():
        spread = f" ±{s['sd']['figure_of_merit']:.4f}" if "sd" in s else ""
        table.add_row(
            name, _score(s["figure_of_merit"]) + spread,
            *(f"{float(s[k]):.0f}" for k in ("hits", "misses", "false_alarms")),
            percent(float(s["producers"])), percent(float(s["users"])),
            _score(s["multiresolution"]["figure_of_merit"][BLOCKS.index(8)]),
            _score(s["fuzzy"]["figure_of_merit"][RADII.index(2)]),
            _score(s["all_classes"]["figure_of_merit"]),
        )  # fmt: skip
    console().print(table)
    columns = (
        "patches", "mean\nha", "largest\nha", "edges\nm/ha", "infill", "edge\nexp.", "leapfrog"
    )  # fmt: skip
    table = plain_table("built land", *columns, right=columns)
    ours = {k: s["landscape"] for k, s in scored.models.items() if k != "no change"}
    for name, m in (scored.landscape | ours).items():
        kinds = [m.get(k, math.nan) for k in ("infill", "edge_expansion", "leapfrog")]
        table.add_row(
            name, f"{float(m['patches']):.0f}",
            *(number(float(m[k])) for k in ("mean_patch_ha", "largest_patch_ha")),
            f"{float(m['edge_density_m_ha']):.1f}", *(percent(float(k)) for k in kinds),
        )  # fmt: skip
    console().print(table)
    learning = document["learning"]
    skill = [f"{k} {_score(v)}" for k, v in learning["skill"].items()]
    say(f"on blocks left out: {', '.join(skill)}")
    say(f"most telling drivers: {', '.join(list(learning['importance'])[:6])}")
    say(
        f"{counted(task['counted_cells'], 'pixel')} scored. figure of merit: hits / (hits + misses "
        "+ false alarms) of the gain of\nbuilt land. FoM blocks 8: of gains put together in blocks "
        "of 8 x 8 pixels; within 2: a gain counts if the other\nmap has one within 2 pixels. all "
        "classes: of every change of class. infill, edge exp(ansion), leapfrog: shares\nof the new "
        "area."
    )


def _score(value: float) -> str:
    return f"{float(value):.4f}"
