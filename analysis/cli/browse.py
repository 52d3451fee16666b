"""Command ``app``: runs in the browser, live ones and finished ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.cli.console import say
from simulator.errors import InputError, Problem

if TYPE_CHECKING:
    from analysis.desk import Desk


def app(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN|SCENARIO",
            help="A run, by name or path, finished or not: opened for reading. Or a built-in "
            "scenario or a TOML file: started, and opened at its first year. Nothing: the list of "
            "all.",
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=1, max=65535, help="Port on this computer; the first free one from 8765 on."
        ),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the browser, or only print the address.")] = (
        True
    ),
    runs: Annotated[Path, typer.Option(help="Folder of the runs; new ones are put there.")] = Path(
        "runs"
    ),
    experiments: Annotated[Path, typer.Option(help="Folder of the experiments.")] = Path(
        "experiments"
    ),
) -> None:
    """Look into runs in the browser: maps, cells, stacks, years; step, go on, branch.

    All happens on this computer: the page is served to it only, and loads nothing from elsewhere.
    """
    from analysis.app.serve import serve
    from analysis.desk import Desk

    desk = Desk(runs, experiments)
    try:
        name = None if what is None else opened(desk, what, runs)
        serve(desk, port, name, browser, say)
    finally:
        desk.close()


def opened(desk: Desk, what: str, runs: Path) -> str:
    """Name under which a desk has a run, or a scenario that it starts.

    A run goes before a scenario of the same name.

    Raises
    ------
    InputError
        If it is neither.
    """
    from analysis.runs import find_run
    from simulator.problems import suggest
    from simulator.scenario import builtin_scenarios

    scenarios = builtin_scenarios()
    try:
        folder = find_run(what, runs)
    except InputError:
        if what in scenarios:
            return desk.start(what).name
        if Path(what).suffix == ".toml":
            return desk.start(Path(what)).name
    else:
        name = desk.add(folder)
        if what in scenarios:
            say(f"opening the run {name}; start the scenario anew from the list of all")
        return name
    known = [entry.name for entry in desk.runs()]
    raise InputError(
        Problem(
            repr(what), "is neither a run nor a scenario",
            f"a run is a folder or the name of one in {runs}/; a scenario is a built-in one or a "
            "TOML file", suggest(what, [*known, *scenarios]),
        )
    )  # fmt: skip
