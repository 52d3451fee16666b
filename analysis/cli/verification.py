"""What the commands of ``verify`` share: going through the cases, exit codes, small formats."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar

import typer

from analysis.cli.bars import preparing
from analysis.cli.console import (
    FAILED,
    INPUT,
    INTERRUPTED,
    complain,
    counted,
    print_json,
    print_problems,
    say,
)
from simulator.errors import InputError, Problem

if TYPE_CHECKING:
    from analysis.verify.agreement import Finding

Cases = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="A case, or a folder with cases below it.")
]
OnlyCases = Annotated[
    list[str] | None,
    typer.Option(help="Only this case, by name or beginning of the name; may be repeated."),
]

#: Folders that could not be used, with what is wrong.
Broken = dict[str, list[Problem]]


class Loaded(Protocol):
    """A case that has been read."""

    @property
    def folder(self) -> Path:
        """Where it is."""

    @property
    def work(self) -> float:
        """What computing it takes, in any unit."""


class Compared(Protocol):
    """A case computed and compared."""

    @property
    def passed(self) -> bool:
        """Whether everything is within its limits."""


L = TypeVar("L", bound=Loaded)
C = TypeVar("C", bound=Compared)


def verify_all(
    paths: Sequence[Path],
    load: Callable[[Path], L],
    verify: Callable[[L, Callable[[float], None]], C],
    document: Callable[[Sequence[C], Broken], dict[str, Any]],
    show: Callable[[Sequence[C]], None],
    what: str,
    json: bool,
) -> None:
    """Read all cases, compute them, print what was found and end with its exit code.

    Parameters
    ----------
    paths : sequence of Path
        Folders of the cases.
    load : callable
        Reads a case.
    verify : callable
        Computes and compares a case; tells how much of its work it has done.
    document : callable
        Everything for programs.
    show : callable
        Prints the tables.
    what : str
        What is done, for the progress bar.
    json : bool
        Whether one JSON document is asked for.
    """
    broken: Broken = {}
    done: list[C] = []
    loaded: list[L] = []
    for path in paths:
        try:
            loaded.append(load(path))
        except InputError as error:
            _refuse(path, error, broken)
    try:
        _compute(loaded, verify, what, done, broken)
    except KeyboardInterrupt:
        if not json:
            _print(done, broken, show)
        complain(f"stopped; {counted(len(done), 'case')} had been compared")
        raise typer.Exit(INTERRUPTED) from None
    if json:
        print_json(document(done, broken))
    else:
        _print(done, broken, show)
    if broken:
        raise typer.Exit(INPUT)
    if not all(entry.passed for entry in done):
        raise typer.Exit(FAILED)


def _compute(
    loaded: Sequence[L],
    verify: Callable[[L, Callable[[float], None]], C],
    what: str,
    done: list[C],
    broken: Broken,
) -> None:
    from simulator import progress

    total, gone = sum(entry.work for entry in loaded), 0.0

    def tell(work: float) -> None:
        nonlocal gone
        gone += work
        progress.tell("cases", gone, total)

    with preparing(what, quiet=False, stderr=True):
        for entry in loaded:
            try:
                done.append(verify(entry, tell))
            except InputError as error:
                _refuse(entry.folder, error, broken)


def _refuse(path: Path, error: InputError, broken: Broken) -> None:
    broken[str(path)] = error.problems
    print_problems(error.problems)


def _print(cases: Sequence[C], broken: Broken, show: Callable[[Sequence[C]], None]) -> None:
    if cases:
        show(cases)
    failed = sum(not case.passed for case in cases)
    words = f"{counted(len(cases), 'case')} compared: {len(cases) - failed} within their limits"
    words += f", {failed} outside" if failed else ""
    words += f"; {len(broken)} could not be used" if broken else ""
    say(words, "red" if failed or broken else "green")


def say_outside(where: str, findings: Sequence[Finding]) -> None:
    """Say which statistics are outside their limits."""
    for finding in findings:
        value, limit = (
            f"{v:.4g}" if isinstance(v, float) else v for v in (finding.value, finding.limit)
        )
        text = f"{where}: {finding.statistic} is {value}, limit {limit}"
        say(f"outside its limit: {text}", "red")


def small(value: float | None) -> str:
    """Small number with its exponent; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return "-"
    return "0" if value == 0.0 else f"{value:.1e}"
