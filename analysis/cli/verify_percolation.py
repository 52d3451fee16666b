"""Command ``verify percolation``: soil columns against cases that HYDRUS-1D has computed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from analysis.cli.console import console, say
from analysis.cli.describe import plain_table
from analysis.cli.inputs import Json
from analysis.cli.verification import Cases, OnlyCases, say_outside, small, verify_all

if TYPE_CHECKING:
    from rich.table import Table

    from analysis.verify.percolation_agreement import Amount, SoluteAgreement
    from analysis.verify.percolation_outcome import (
        Agreement,
        ColumnAgreement,
        EvapotranspirationAgreement,
    )

#: Widths of columns of names and of numbers.
_NAME, _WIDE_NAME, _WIDTH = 30, 58, 6
_WIDTHS: Final = {"NSE": 7, "balance": 7, "surface\n%": 7, "theta\nRMSE": 7, "log h\nRMSE": 7,
                  "or lost\n%": 7, "remains\n%": 7, "leached\n%": 7, "sum": 8, "reference": 9,
                  "largest\n%": 7, "re-\npeated": 6}  # fmt: skip


def percolation(
    folder: Cases,
    case: OnlyCases = None,
    json: Json = False,
) -> None:
    """Compute what HYDRUS-1D has computed and compare: water, solutes, balances, time.

    Exit code 1 if a case is outside its limits, 2 if one cannot be used.
    """
    from analysis.verify.percolation import LoadedCase, find_cases, load_case, verify_case
    from analysis.verify.percolation_outcome import document

    def verify(loaded: LoadedCase, tell: Callable[[float], None]) -> Agreement:
        found = verify_case(loaded)
        tell(loaded.work)
        return found

    verify_all(
        find_cases(folder, case or ()),
        load_case,
        verify,
        document,
        _show,
        "computing what HYDRUS-1D has computed",
        json,
    )


def _show(cases: Sequence[Agreement]) -> None:
    from analysis.verify.percolation_outcome import ColumnAgreement, EvapotranspirationAgreement

    columns = [case for case in cases if isinstance(case, ColumnAgreement)]
    if columns:
        _print_water(columns)
        if any(case.solutes for case in columns):
            _print_solutes(columns)
        _print_times(columns)
    potential = [case for case in cases if isinstance(case, EvapotranspirationAgreement)]
    if potential:
        _print_evapotranspiration(potential)
    for case in columns:
        for note in case.notes:
            say(f"{_name(case)}: {note}")
    for entry in cases:
        for name, findings in entry.findings.items():
            say_outside(f"{_name(entry)} {name}", findings)


def _print_water(cases: Sequence[ColumnAgreement]) -> None:
    numbers = ("surface\n%", "roots\n%", "bottom\n%", "runoff\n%", "theta\nRMSE", "log h\nRMSE",
               "NSE", "balance")  # fmt: skip
    table = _table("case", numbers)
    for case in cases:
        water = case.water
        table.add_row(
            _name(case), _percent(water.surface), _percent(water.roots), _percent(water.bottom),
            _percent(water.runoff), _decimals(water.theta), _decimals(water.head),
            _decimals(water.nse), small(water.balance),
            style="red" if case.findings["water"] else None,
        )  # fmt: skip
    _print(
        table,
        "Water. surface, roots, bottom, runoff: largest error of the cumulative flux at any output "
        "time,\nin % of the largest of the first three. theta: water content, log h: log10(-h) "
        "where h < -10 cm, of\nthe worst print time. NSE: Nash-Sutcliffe efficiency of the mean "
        "flux out of the bottom between\noutput times; - where it is constant. balance: our own "
        "error, relative to the water that passed.",
    )


def _print_solutes(cases: Sequence[ColumnAgreement]) -> None:
    numbers = ("in\n%", "uptake\n%", "runoff\n%", "bottom\n%", "or lost\n%", "remains\n%",
               "leached\n%", "NSE", "balance")  # fmt: skip
    table = _table("case\n  solute", numbers)
    for case in cases:
        for number, solute in enumerate(case.solutes):
            if number == 0:
                table.add_row(_name(case))
            table.add_row(
                f"  {solute.name}", *_solute(solute),
                style="red" if case.findings[solute.name] else None,
            )  # fmt: skip
    _print(
        table,
        "Solutes. in, uptake, runoff, bottom: largest error of the cumulative flux at any output "
        "time, in %\nof the largest of them. lost: what left through the bottom against what "
        "HYDRUS's profile has lost;\none of bottom and lost has to agree, as HYDRUS's flux leaves "
        "out the lowest half element. remains:\nin the profile, in % of all that there ever was. "
        "leached: out of the upper subregion, in % of it.\nAllowed is 1 %, or the residual of "
        "HYDRUS's own balance (a star: larger than 1 %, and needed). NSE:\nof the concentrations "
        "of the worst print time. balance: our own error, relative to all solute.",
    )


def _solute(solute: SoluteAgreement) -> tuple[str, ...]:
    entries = (
        solute.into, solute.uptake, solute.runoff, solute.bottom, solute.lost, solute.remaining,
        solute.leached,
    )  # fmt: skip
    return (*map(_amount, entries), _decimals(solute.nse), small(solute.balance))


def _amount(entry: Amount | None) -> str:
    from analysis.verify.percolation_agreement import LIMITS

    if entry is None:
        return "-"
    needed = entry.within and entry.error > LIMITS.solute
    return f"{'*' if needed else ''}{_percent(entry.error)}"


def _print_times(cases: Sequence[ColumnAgreement]) -> None:
    numbers = ("days", "nodes", "steps", "iter.\n/step", "re-\npeated", "forced", "s", "user\ns",
               "years\n/s")  # fmt: skip
    table = _table("case", numbers)
    for case in cases:
        effort, timing = case.effort, case.timing
        table.add_row(
            _name(case), f"{timing.days:g}", str(case.nodes), str(effort.steps),
            f"{effort.iterations / max(effort.steps, 1):.2f}", str(effort.repeated),
            str(effort.forced), f"{timing.seconds:.3f}", f"{timing.user_seconds:.2f}",
            f"{timing.per_second:.2f}",
        )  # fmt: skip
    _print(
        table,
        "repeated: steps tried again with a shorter one; forced: accepted without convergence. s: "
        "by the\nclock, user s: of the processor; years/s: column-years in a second of the clock. "
        "Compiling and\nreading are left out; one column runs on one processor.",
    )


def _print_evapotranspiration(cases: Sequence[EvapotranspirationAgreement]) -> None:
    numbers = ("days", "sum", "reference", "largest\n%", "limit\n%")
    table = _table("case\n  potential evapotranspiration", numbers, _WIDE_NAME)
    for case in cases:
        table.add_row(_name(case))
        for row in case.quantities:
            table.add_row(
                f"  {row.quantity}, {row.unit}", str(row.days), f"{row.sum_computed:.2f}",
                f"{row.sum_reference:.2f}", _percent(row.error),
                "-" if row.limit is None else _percent(row.limit),
                style=None if row.within else "red",
            )  # fmt: skip
    _print(
        table,
        "largest: error of a day, in % of the largest day. HYDRUS's Penman-Monteith has other "
        "resistances and\nlong-wave radiation than that of FAO-56, which is ours: no limit.",
    )


def _table(first: str, numbers: Sequence[str], name: int = _NAME) -> Table:
    """Return a table without rows, of a name and numbers, within 100 characters."""
    table = plain_table(first, *numbers, right=tuple(numbers))
    table.padding, table.show_edge = 0, False
    for column, header in zip(table.columns, (first, *numbers), strict=True):
        column.min_width, column.width = None, _WIDTHS.get(header, _WIDTH)
    table.columns[0].width, table.columns[0].overflow = name, "fold"
    return table


def _print(table: Table, below: str) -> None:
    console().print(table)
    say()
    say(f"{below}\n")


def _name(case: Agreement) -> str:
    return case.folder.resolve().name


def _percent(share: float) -> str:
    """Share in percent, three decimals where it is small."""
    if not math.isfinite(share):
        return "-"
    return f"{100.0 * share:.{3 if abs(share) < 0.1 else 1}f}"


def _decimals(value: float | None) -> str:
    """Number with five decimals; a dash where there is none."""
    return "-" if value is None or not math.isfinite(value) else f"{value:.5f}"
