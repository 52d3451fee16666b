"""Command ``verify dispersion``: the dispersion engine against cases that AERMOD has computed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from analysis.cli.bars import preparing
from analysis.cli.console import (
    FAILED,
    INPUT,
    INTERRUPTED,
    complain,
    console,
    counted,
    print_json,
    print_problems,
    say,
)
from analysis.cli.describe import plain_table
from analysis.cli.inputs import Json
from simulator.errors import InputError, Problem

if TYPE_CHECKING:
    from rich.table import Table

    from analysis.verify.agreement import Finding
    from analysis.verify.outcome import CaseAgreement, OutputAgreement, Timing

_PLACES: Final = {"same": "same", "neighbour": "next", "elsewhere": "far", "none": "-"}


def dispersion(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A case, or a folder with cases below it.")
    ],
    case: Annotated[
        list[str] | None,
        typer.Option(help="Only this case, by name or beginning of the name; may be repeated."),
    ] = None,
    json: Json = False,
) -> None:
    """Compute what AERMOD has computed and compare: errors, bias, FAC2, sums, time.

    Exit code 1 if a case is outside its limits, 2 if one cannot be used.
    """
    from analysis.verify.dispersion import find_cases, load_case, verify_case
    from analysis.verify.outcome import document
    from simulator import progress

    broken: dict[str, list[Problem]] = {}
    done: list[CaseAgreement] = []
    loaded = []
    for path in find_cases(folder, case or ()):
        try:
            loaded.append(load_case(path))
        except InputError as error:
            _refuse(path, error, broken)
    try:
        total, gone = sum(entry.work for entry in loaded), 0.0

        def tell(work: float) -> None:
            nonlocal gone
            gone += work
            progress.tell("cases", gone, total)

        with preparing("computing what AERMOD has computed", quiet=False, stderr=True):
            for entry in loaded:
                try:
                    done.append(verify_case(entry, progress=tell))
                except InputError as error:
                    _refuse(entry.case.folder, error, broken)
    except KeyboardInterrupt:
        if not json:
            _print(done, broken)
        complain(f"stopped; {counted(len(done), 'case')} had been compared")
        raise typer.Exit(INTERRUPTED) from None
    if json:
        print_json(document(done, broken))
    else:
        _print(done, broken)
    if broken:
        raise typer.Exit(INPUT)
    if not all(entry.passed for entry in done):
        raise typer.Exit(FAILED)


def _refuse(path: Path, error: InputError, broken: dict[str, list[Problem]]) -> None:
    broken[str(path)] = error.problems
    print_problems(error.problems)


def _print(cases: Sequence[CaseAgreement], broken: dict[str, list[Problem]]) -> None:
    if cases:
        _print_agreement(cases)
        _print_times(cases)
    for case in cases:
        for line in _failures(case):
            say(f"outside its limit: {line}", "red")
    failed = sum(not case.passed for case in cases)
    words = f"{counted(len(cases), 'case')} compared: {len(cases) - failed} within their limits"
    words += f", {failed} outside" if failed else ""
    words += f"; {len(broken)} could not be used" if broken else ""
    say(words, "red" if failed or broken else "green")


def _print_agreement(cases: Sequence[CaseAgreement]) -> None:
    from analysis.verify.agreement import AREAS, PLUMES

    console().print(_rows(header=True))
    for case in cases:
        say(case.folder.resolve().name, "bold")
        table, group = _rows(header=False), ""
        for row in case.outputs:
            name, group = ("" if row.group == group else f"  {row.group}"), row.group
            mark = "red" if row.findings else None
            table.add_row(name, row.output, *_agreement(row), style=mark)
        console().print(table)
    say()
    say(
        "n: receptors above 1 % of the group's largest value; largest relative error, fractional "
        "bias FB\nand FAC2 are over them. sum: relative error of the sum over all receptors. "
        "hourly: largest relative\nerror of hourly values from 0.1 % of the hour's largest. "
        f"within: share of them within {PLUMES.hourly:g},\nof groups with an area within "
        f"{AREAS.hourly:g}. tabul.: largest, in the tabulated mode. max.: at the\n"
        "same receptor as AERMOD's, a neighbour (next) or elsewhere (far).\n"
    )


def _rows(header: bool) -> Table:
    """Return a table of agreement without rows; the columns of all are alike, 80 characters."""
    numbers = {"n": 5, "largest": 7, "FB": 8, "FAC2": 4, "sum": 7, "hourly": 7, "within\n%": 6,
               "tabul.": 7}  # fmt: skip
    widths = {"case\n  group": 10, "out": 5, **numbers, "max.": 4}
    table = plain_table(*widths, right=tuple(numbers))
    table.show_header, table.show_edge, table.padding = header, False, 0
    for column, width in zip(table.columns, widths.values(), strict=True):
        column.width = width
        column.min_width = None
    return table


def _agreement(row: OutputAgreement) -> tuple[str, ...]:
    period, hourly, tabulated = row.period, row.hourly, row.tabulated
    return (
        str(period.n),
        _small(period.largest),
        _small(period.fractional_bias),
        f"{period.fac2:.2f}" if math.isfinite(period.fac2) else "-",
        _small(period.total),
        _small(hourly.largest) if hourly else "-",
        f"{100.0 * hourly.within:.1f}" if hourly and hourly.n else "-",
        _small(tabulated.largest) if tabulated else "-",
        _PLACES[row.maximum.place],
    )


def _print_times(cases: Sequence[CaseAgreement]) -> None:
    columns = (
        "hours", "calm", "miss-\ning", "recep-\ntors", "plumes", "exact\ns", "user\ns", "/s",
        "tabul.\ns", "user\ns ", "/s ",
    )  # fmt: skip
    table = plain_table("case", *columns, right=columns)
    table.padding, table.show_edge = 0, False
    for case in cases:
        stated = case.hours_reference
        counts = [
            str(found) if found == said else f"{found} not {said}"
            for found, said in (
                (case.hours.processed, stated.processed),
                (case.hours.calm, stated.calm),
                (case.hours.missing, stated.missing),
            )
        ]
        table.add_row(
            case.folder.resolve().name, *counts, str(case.receptors), str(case.plumes),
            *_timing(case.exact), *_timing(case.tabulated),
            style=None if case.hours_agree else "red",
        )  # fmt: skip
    console().print(table)
    say()
    say(
        "s: by the clock; user s: of all processors; /s: receptor-hours in a second of the clock, "
        "which are\nreceptors x valid hours x plumes. Compiling and reading are left out.\n"
    )


def _timing(timing: Timing | None) -> tuple[str, str, str]:
    if timing is None:
        return "-", "-", "-"
    return f"{timing.seconds:.2f}", f"{timing.user_seconds:.2f}", _thousands(timing.per_second)


def _thousands(value: float) -> str:
    """Large number in short: ``135k``, ``2.4M``."""
    if value < 1e6:
        return f"{value / 1e3:.0f}k"
    return f"{value / 1e6:.1f}M"


def _failures(case: CaseAgreement) -> Iterator[str]:
    name = case.folder.resolve().name
    if not case.hours_agree:
        yield f"{name}: hours processed, calm or missing differ from those in case.toml"
    for row in case.outputs:
        for finding in row.findings:
            yield f"{name} {row.group} {row.output}: {_words(finding)}"


def _words(finding: Finding) -> str:
    value, limit = (
        f"{v:.4g}" if isinstance(v, float) else v for v in (finding.value, finding.limit)
    )
    return f"{finding.statistic} is {value}, limit {limit}"


def _small(value: float) -> str:
    """Small number with its exponent; a dash where there is none."""
    if not math.isfinite(value):
        return "-"
    return "0" if value == 0.0 else f"{value:.1e}"
