"""Every parameter of the simulator as one typed object, read from the tables beside this file.

A table is a CSV file. Its last columns are ``value,low,high,unit,source,note,confidence``; the
columns before them are its keys, and a row's id is ``table/key1/key2/...`` in their order.
"""

from __future__ import annotations

import csv
import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from simulator.data.units import to_si
from simulator.errors import InputError, Problem

#: The tables that a run may use. Tables of the region builder lie beside them.
TABLES = (
    "emission_profiles",
    "fuel_contents",
    "release_fractions",
    "control_removal",
    "mercury_trains",
    "hg_speciation",
    "particle_sizes",
    "particle_density",
    "size_bins",
    "sorption",
    "weathering",
    "weathering_soils",
    "enrichment",
    "land_classes",
    "vegetation",
    "farm_rates",
    "material_contents",
    "uptake",
    "uptake_soil",
    "yields",
    "cropping",
    "surface",
    "general",
    "calibration_priors",
    "urbanisation",
    "hyperaccumulators",
)

FACT_COLUMNS = ("value", "low", "high", "unit", "source", "note", "confidence")


@dataclass(frozen=True)
class Parameter:
    """One row of a parameter table, in the display unit of the table.

    Attributes
    ----------
    id : str
        ``table/key1/key2/...``.
    value, low, high : float
        Value and its range, in ``unit``.
    unit : str
        A key of :data:`simulator.data.units.UNITS`.
    source, note : str
        Where the value comes from, and what to know about it.
    confidence : str
        ``read`` (seen in the source, or computed from such values), ``recalled`` (general
        knowledge that is still to be checked) or ``choice`` (no fact but a decision of ours).
    """

    id: str
    value: float
    low: float
    high: float
    unit: str
    source: str
    note: str
    confidence: str

    @property
    def si(self) -> float:
        """Value in SI."""
        return to_si(self.value, self.unit)


@dataclass(frozen=True)
class Table:
    """A parameter table: its key columns and its rows by key, in the order of the file."""

    name: str
    keys: tuple[str, ...]
    rows: Mapping[tuple[str, ...], Parameter]


class Parameters:
    """All parameter tables, with overrides.

    Parameters
    ----------
    overrides : mapping of str to float, optional
        New values by id, in the unit of the row. A value outside the row's own range is accepted
        and named in :attr:`warnings`.

    Attributes
    ----------
    warnings : tuple of str
        One line for each override outside the range of its row.

    Raises
    ------
    InputError
        If an override names no row, or is not a finite number.

    Examples
    --------
    >>> p = Parameters({"sorption/Cd/m_ph": -0.4})
    >>> p.value("sorption", metal="Cd", parameter="m_ph")
    -0.4
    """

    def __init__(self, overrides: Mapping[str, float] | None = None) -> None:
        self._tables = load_tables()
        self._by_id = {r.id: r for table in self._tables.values() for r in table.rows.values()}
        self._used: dict[str, None] = {}
        self._overridden: tuple[str, ...] = tuple(overrides or ())
        self.warnings: tuple[str, ...] = self._apply(overrides or {})

    def _apply(self, overrides: Mapping[str, float]) -> tuple[str, ...]:
        problems: list[Problem] = []
        warnings: list[str] = []
        for row_id, value in overrides.items():
            row = self._by_id.get(row_id)
            if row is None:
                problems.append(_unknown(f"parameter {row_id!r}", row_id, self._by_id))
                continue
            if not math.isfinite(value):
                problems.append(
                    Problem(
                        where=f"parameter {row_id!r}",
                        what=f"value {value}",
                        rule="a parameter is a finite number",
                        fix=f"Give a number in {row.unit}.",
                    )
                )
                continue
            if not row.low <= value <= row.high:
                warnings.append(
                    f"{row_id} = {value:g} {row.unit} lies outside its range "
                    f"{row.low:g} to {row.high:g} ({row.source})"
                )
            self._by_id[row_id] = replace(row, value=float(value))
        if problems:
            raise InputError(problems)
        return tuple(warnings)

    def row(self, table: str, **keys: str) -> Parameter:
        """Row of a table by its keys, overrides applied; counts as used.

        Parameters
        ----------
        table : str
            Name of the table (the file without ``.csv``).
        **keys : str
            One value for each key column of the table.
        """
        columns = self._table(table).keys
        if set(keys) != set(columns):
            raise InputError(
                Problem(
                    where=f"parameter table {table!r}",
                    what=f"asked for by {', '.join(sorted(keys)) or 'nothing'}",
                    rule=f"its key columns are {', '.join(columns)}",
                    fix="Give every key column once.",
                )
            )
        row_id = "/".join((table, *(keys[c] for c in columns)))
        row = self._by_id.get(row_id)
        if row is None:
            raise InputError(_unknown(f"parameter {row_id!r}", row_id, self._by_id))
        self._used[row_id] = None
        return row

    def value(self, table: str, **keys: str) -> float:
        """Value of a row in SI; see :func:`simulator.data.units.si_unit`."""
        return self.row(table, **keys).si

    def array(
        self,
        table: str,
        over: str | Sequence[str],
        keys: Sequence[str] | Sequence[Sequence[str]],
        **fixed: str,
    ) -> NDArray[np.float64]:
        """Values over one or two key columns, the other columns fixed.

        Parameters
        ----------
        table : str
            Name of the table.
        over : str or sequence of two str
            Key column(s) that become the axes of the result.
        keys : sequence of str, or a pair of such sequences
            Values of the key column(s) in the order of the axes.
        **fixed : str
            Values of the remaining key columns.

        Returns
        -------
        ndarray
            Values in SI, ``[len(keys)]`` or ``[len(keys[0]), len(keys[1])]``.
        """
        if isinstance(over, str):
            return np.array([self.value(table, **{over: str(k)}, **fixed) for k in keys])
        first, second = over
        rows, cols = keys
        return np.array(
            [[self.value(table, **{first: a, second: b}, **fixed) for b in cols] for a in rows]
        )

    def keys(self, table: str, column: str, **fixed: str) -> tuple[str, ...]:
        """Distinct values of a key column among the rows that agree with ``fixed``, in file order.

        Examples
        --------
        >>> Parameters().keys("emission_profiles", "control", sector="secondary copper")
        ('FF', 'none')
        """
        found = self._table(table)
        unknown = {column, *fixed} - set(found.keys)
        if unknown:
            raise InputError(
                Problem(
                    where=f"parameter table {table!r}",
                    what=f"no key column {', '.join(sorted(unknown))}",
                    rule=f"its key columns are {', '.join(found.keys)}",
                    fix="Use one of them.",
                )
            )
        i = found.keys.index(column)
        wanted = {found.keys.index(k): v for k, v in fixed.items()}
        return tuple(
            dict.fromkeys(
                key[i] for key in found.rows if all(key[j] == v for j, v in wanted.items())
            )
        )

    def tables(self) -> tuple[str, ...]:
        """Names of all tables."""
        return tuple(self._tables)

    def columns(self, table: str) -> tuple[str, ...]:
        """Key columns of a table, in the order of its ids."""
        return self._table(table).keys

    def ids(self) -> tuple[str, ...]:
        """Ids of all rows of all tables."""
        return tuple(self._by_id)

    def __getitem__(self, row_id: str) -> Parameter:
        """Row by its id, overrides applied; does not count as used."""
        if row_id not in self._by_id:
            raise InputError(_unknown(f"parameter {row_id!r}", row_id, self._by_id))
        return self._by_id[row_id]

    @property
    def used(self) -> tuple[str, ...]:
        """Ids asked for so far, in the order of first use."""
        return tuple(self._used)

    @property
    def recalled_used(self) -> tuple[str, ...]:
        """Ids asked for so far whose value is still to be checked against its source."""
        return tuple(i for i in self._used if self._by_id[i].confidence == "recalled")

    @property
    def overridden(self) -> tuple[str, ...]:
        """Ids whose value was overridden."""
        return self._overridden

    def _table(self, name: str) -> Table:
        if name not in self._tables:
            raise InputError(_unknown(f"parameter table {name!r}", name, self._tables))
        return self._tables[name]


@cache
def load_tables() -> Mapping[str, Table]:
    """Read every table of :data:`TABLES`, once a process."""
    folder = files("simulator.data")
    return MappingProxyType(
        {t: parse_table(t, (folder / f"{t}.csv").read_text(encoding="utf-8")) for t in TABLES}
    )


def parse_table(name: str, text: str) -> Table:
    """Parse the text of one table.

    Parameters
    ----------
    name : str
        Name of the table, first part of its ids.
    text : str
        The CSV file's text.

    Raises
    ------
    InputError
        Naming every row that breaks a rule of the tables.
    """
    lines = csv.reader(text.splitlines())
    header = tuple(next(lines, ()))
    keys, facts = header[: -len(FACT_COLUMNS)], header[-len(FACT_COLUMNS) :]
    if facts != FACT_COLUMNS or not keys:
        raise InputError(
            Problem(
                where=f"{name}.csv",
                what=f"columns {', '.join(header) or 'none'}",
                rule=f"the last columns are {', '.join(FACT_COLUMNS)}, the keys come before",
                fix="Correct the header.",
            )
        )
    rows: dict[tuple[str, ...], Parameter] = {}
    problems: list[Problem] = []
    for number, fields in enumerate(lines, start=2):
        key = tuple(fields[: len(keys)])
        try:
            row = _parse_row(name, fields, len(keys))
            if key in rows:
                raise ValueError(f"{row.id} is there twice")
        except (ValueError, InputError) as error:
            problems.append(
                Problem(
                    where=f"{name}.csv: row {number}",
                    what=str(error),
                    rule="rows have unique keys without '/', low <= value <= high, a known unit, "
                    "a source and confidence read, recalled or choice",
                    fix="Correct the row.",
                )
            )
            continue
        rows[key] = row
    if problems:
        raise InputError(problems)
    return Table(name, keys, MappingProxyType(rows))


def _parse_row(table: str, fields: Sequence[str], n_keys: int) -> Parameter:
    if len(fields) != n_keys + len(FACT_COLUMNS):
        raise ValueError(f"{len(fields)} fields")
    key = fields[:n_keys]
    if any("/" in k or not k.strip() for k in key):
        raise ValueError(f"key {key}")
    value, low, high = (float(f) for f in fields[n_keys : n_keys + 3])
    unit, source, note, confidence = fields[n_keys + 3 :]
    if not low <= value <= high:
        raise ValueError(f"low {low:g}, value {value:g}, high {high:g}")
    to_si(value, unit)
    if not source.strip():
        raise ValueError("no source")
    if confidence not in ("read", "recalled", "choice"):
        raise ValueError(f"confidence {confidence!r}")
    return Parameter("/".join((table, *key)), value, low, high, unit, source, note, confidence)


def _unknown(where: str, name: str, known: Mapping[str, object]) -> Problem:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    return Problem(
        where=where,
        what="there is no such row or table",
        rule="names are those of the parameter tables (simulator/data)",
        fix=f"Did you mean {near[0]!r}?"
        if near
        else "docs/parameters.md describes the tables and their keys.",
    )
