"""Reading tables whose columns are declared: text, numbers and integers, with their ranges."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.errors import InputError, Problem
from simulator.files import MIB, read_text
from simulator.problems import Report, suggest

MAX_TABLE = 64 * MIB


@dataclass(frozen=True)
class Column:
    """A column of a table: what its fields may be.

    Attributes
    ----------
    name : str
        Header.
    kind : str
        ``"number"``, ``"integer"`` or ``"text"``.
    low, high : float
        Range of numbers.
    blank : bool
        Whether fields may be left blank.
    choices : tuple of str
        The words that a text may be, if only some.
    unit : str
        For messages.
    optional : bool
        Whether the column may be left out; all its fields are blank then.
    """

    name: str
    kind: Literal["number", "integer", "text"] = "number"
    low: float = -np.inf
    high: float = np.inf
    blank: bool = False
    choices: tuple[str, ...] = ()
    unit: str = ""
    optional: bool = False


def read_table(
    path: Path,
    where: str,
    columns: Sequence[Column],
    empty: bool = False,
    others: bool = False,
) -> pd.DataFrame:
    """Table with the declared columns, in their declared order.

    Rows are named in messages as a spreadsheet numbers them: the header is row 1.

    Parameters
    ----------
    path : Path
        CSV file: UTF-8, comma, one header.
    where : str
        File, for messages.
    columns : sequence of Column
        The columns.
    empty : bool
        Whether the table may have no rows.
    others : bool
        Whether it may have other columns, too; they come last, as texts that may be blank.

    Returns
    -------
    DataFrame
        Numbers as float64 (blank as NaN), integers as int64, texts without outer spaces.
    """
    rows = _rows(path, where)
    header = [name.strip() for name in rows[0]] if rows else []
    report = Report()
    if others:
        more = dict.fromkeys(h for h in header if h and h not in {c.name for c in columns})
        columns = [*columns, *(Column(name, "text", blank=True) for name in more)]
    _check_header(header, where, columns, report)
    if not rows[1:] and not empty:
        report.add(
            where, "the table has no rows", "at least one row is needed", "Fill in the table."
        )
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(header):
            report.add(
                f"{where}: row {number}",
                f"{len(row)} fields",
                f"the header has {len(header)} columns",
                "Quote fields that hold commas, and remove blank lines.",
            )
            break
    report.raise_if_any()
    fields = dict(zip(header, zip(*rows[1:], strict=True), strict=True)) if rows[1:] else {}
    table = {}
    for column in columns:
        absent = ("",) * len(rows[1:])
        values = np.array([f.strip() for f in fields.get(column.name, absent)], dtype=object)
        table[column.name] = _convert(values, where, column, report)
    report.raise_if_any()
    return pd.DataFrame(table)


def _rows(path: Path, where: str) -> list[list[str]]:
    text = read_text(path, where)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise InputError(
            Problem(
                where,
                f"is not CSV ({error})",
                "tables are CSV with commas and double quotes",
                "Save the table again as CSV (UTF-8, comma).",
            )
        ) from error
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


def _check_header(header: list[str], where: str, columns: Sequence[Column], report: Report) -> None:
    names = [c.name for c in columns]
    absent = [n for n in names if n not in header]
    missing = [c.name for c in columns if c.name in absent and not c.optional]
    for name in missing:
        report.add(
            f"{where}: {name}",
            "the column is missing",
            f"the columns are {','.join(names)}",
            "Add the column; its fields may not be left out.",
        )
    for name in dict.fromkeys(h for h in header if h not in names):
        report.add(
            f"{where}: {name or 'a column without a name'}",
            "unknown column",
            "only the columns of the format may be used",
            suggest(name, absent or names),
        )
    for name in dict.fromkeys(h for h in header if header.count(h) > 1):
        report.add(
            f"{where}: {name}",
            "the column is there twice",
            "every column is there once",
            "Remove one of them.",
        )


def _convert(
    fields: NDArray[np.object_], where: str, column: Column, report: Report
) -> NDArray[Any]:
    """Fields of a column as its type; everything wrong with them goes into the report."""
    blank = fields == ""
    if blank.any() and not column.blank:
        complain(report, where, column.name, blank, "is blank", "it must be given", "Fill it in.")
    if column.kind == "text":
        if column.choices:
            wrong = ~blank & ~np.isin(fields.astype(str), column.choices)
            if wrong.any():
                word = str(fields[wrong][0])
                rule = f"it is one of {', '.join(column.choices)}"
                complain(
                    report, where, column.name, wrong, repr(word), rule,
                    suggest(word, column.choices),
                )  # fmt: skip
        return fields
    values = pd.to_numeric(pd.Series(fields, dtype=object), errors="coerce").to_numpy(np.float64)
    lost = ~np.isfinite(values) & ~blank
    unit = f" {column.unit}" if column.unit else ""
    what = "an integer" if column.kind == "integer" else "a number"
    if lost.any():
        found = repr(str(fields[lost][0])[:40])
        complain(
            report, where, column.name, lost, f"{found} is no number", f"it is {what}{unit}",
            "Use digits with a point; leave missing values blank where that is allowed.",
        )  # fmt: skip
    good = ~blank & ~lost
    outside = np.zeros(fields.shape, bool)
    outside[good] = (values[good] < column.low) | (values[good] > column.high)
    if outside.any():
        complain(
            report, where, column.name, outside, f"value {values[outside][0]:g}{unit}",
            f"values lie in {column.low:g} to {column.high:g}{unit}", "Check value and unit.",
        )  # fmt: skip
    if column.kind == "integer":
        broken = good & (values != np.floor(values))
        if broken.any():
            complain(
                report, where, column.name, broken, f"value {values[broken][0]:g}",
                "it is an integer", "Use whole numbers.",
            )  # fmt: skip
        return np.where(good & ~broken & ~outside, values, 0).astype(np.int64)
    return values


def complain(
    report: Report, where: str, column: str, mask: NDArray[np.bool_], what: str, rule: str, fix: str
) -> None:
    """Report the first row of a mask, and how many more rows share the problem."""
    rows = np.flatnonzero(mask)
    more = f" (and {rows.size - 1} more rows)" if rows.size > 1 else ""
    report.add(f"{where}: row {rows[0] + 2}, {column}", what + more, rule, fix)
