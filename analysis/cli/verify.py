"""Command ``verify dispersion``: the dispersion engine against cases that AERMOD has computed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from analysis.cli.console import console, say
from analysis.cli.describe import plain_table
from analysis.cli.inputs import Json
from analysis.cli.verification import Cases, OnlyCases, say_outside, small, verify_all

if TYPE_CHECKING:
    from rich.table import Table

    from analysis.verify.outcome import CaseAgreement, OutputAgreement, Timing

_PLACES: Final = {"same": "same", "neighbour": "next", "elsewhere": "far", "none": "-"}


def dispersion(
    folder: Cases,
    case: OnlyCases = None,
    json: Json = False,
) -> None:
    """Compute what AERMOD has computed and compare: errors, bias, FAC2, sums, time.

    Exit code 1 if a case is outside its limits, 2 if one cannot be used.
    """
    from analysis.verify.dispersion import find_cases, load_case, verify_case
    from analysis.verify.outcome import document

    verify_all(
        find_cases(folder, case or ()),
        load_case,
        lambda loaded, tell: verify_case(loaded, progress=tell),
        document,
        _show,
        "computing what AERMOD has computed",
        json,
    )


def _show(cases: Sequence[CaseAgreement]) -> None:
    _print_agreement(cases)
    _print_times(cases)
    for case in cases:
        name = case.folder.resolve().name
        if not case.hours_agree:
            text = "hours processed, calm or missing differ from those in case.toml"
            say(f"outside its limit: {name}: {text}", "red")
        for row in case.outputs:
            say_outside(f"{name} {row.group} {row.output}", row.findings)


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
        small(period.largest),
        small(period.fractional_bias),
        f"{period.fac2:.2f}" if math.isfinite(period.fac2) else "-",
        small(period.total),
        small(hourly.largest) if hourly else "-",
        f"{100.0 * hourly.within:.1f}" if hourly and hourly.n else "-",
        small(tabulated.largest) if tabulated else "-",
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
