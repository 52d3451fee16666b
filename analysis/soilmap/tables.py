"""Reading tables of samples, test sites and grid nodes, together, so that their columns agree."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.samples import GEOGRAPHIC, UNITS
from simulator.errors import InputError, Problem
from simulator.files import MIB, check_file, read_text
from simulator.problems import Report, suggest

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Mask = NDArray[np.bool_]

_MAX_SIZE: Final = 256 * MIB
#: Names of coordinates, in the order of preference, and metres in a unit; none for degrees.
PAIRS: Final = (
    ("x", "y", 1.0), ("x_m", "y_m", 1.0), ("x_km", "y_km", 1e3), ("lon", "lat", None),
)  # fmt: skip
_HEADER: Final = re.compile(r"^(?P<name>[^\[\]()]+?)\s*[\[(](?P<unit>[^\])]*)[\])]$")
_MISSING: Final = ("", "na", "nan")
#: Ending of a column of detection limits: ``Cd_limit``.
LIMIT: Final = "_limit"
#: Metals and metalloids that are taken where none are named.
KNOWN: Final = ("As", "Cd", "Co", "Cr", "Cu", "Hg", "Mo", "Ni", "Pb", "Sb", "Se", "Tl", "V", "Zn")


@dataclass(frozen=True)
class Table:
    """A CSV file as text; columns are named without their unit.

    Attributes
    ----------
    name : str
        File, for messages.
    text : DataFrame
        Fields as they stand.
    units : dict of str to str
        Units that the header states, by column.
    """

    name: str
    text: pd.DataFrame
    units: dict[str, str]

    def __len__(self) -> int:
        return len(self.text)


def read_table(path: Path) -> Table:
    """Read a CSV file with a header.

    Raises
    ------
    InputError
        If rows do not fit the header, or a column is there twice.
    """
    check_file(path, path.name, _MAX_SIZE)
    rows = list(csv.reader(io.StringIO(read_text(path, path.name))))
    header = [name.strip() for name in rows[0]] if rows else []
    report = Report()
    units, names = {}, []
    for column in header:
        match = _HEADER.match(column)
        names.append(match["name"] if match else column)
        if match:
            units[match["name"]] = " ".join(match["unit"].split())
    for twice in sorted({n for n in names if names.count(n) > 1}):
        report.add(
            f"{path.name}: header", f"column {twice!r} is there twice", "a column has one name",
            "Rename or remove one of them.",
        )  # fmt: skip
    body = [row for row in rows[1:] if any(f.strip() for f in row)]
    for number, row in enumerate(rows[1:], start=2):
        if any(f.strip() for f in row) and len(row) != len(header):
            report.add(
                f"{path.name}: row {number}", f"{len(row)} fields",
                f"the header has {len(header)}", "Correct the row.",
            )  # fmt: skip
    if not body:
        report.add(path.name, "holds no rows", "one row a site", "Add the sites.")
    report.raise_if_any()
    text = pd.DataFrame([[f.strip() for f in row] for row in body], columns=names, dtype=object)
    return Table(path.name, text, units)


def coordinates(tables: Sequence[Table], crs: str | None = None) -> tuple[list[Matrix], str | None]:
    """Coordinates of all tables in one plane system, each ``[row, 2]``. [m]

    Parameters
    ----------
    tables : sequence of Table
        All have one of the pairs ``x,y``, ``x_m,y_m``, ``x_km,y_km`` or ``lon,lat``.
    crs : str, optional
        Where ``lon,lat`` are to be projected to; by default the UTM zone of the first table.

    Returns
    -------
    places : list of ndarray
        By table.
    crs : str or None
        That of ``lon,lat`` projected; None where the coordinates are plane already.
    """
    pair = next((p for p in PAIRS if all(set(p[:2]) <= set(t.text.columns) for t in tables)), None)
    if pair is None:
        raise InputError(
            Problem(
                ", ".join(t.name for t in tables), "share no columns of coordinates",
                "coordinates are columns x,y or x_m,y_m or x_km,y_km or lon,lat in every file",
                "Name the columns of the coordinates.",
            )
        )  # fmt: skip
    first, second, unit = pair
    report = Report()
    found = [
        np.column_stack([_numbers(t, c, report, needed=True) for c in (first, second)])
        for t in tables
    ]
    report.raise_if_any()
    if unit is not None:
        return [places * unit for places in found], None
    wrong = [t.name for t, p in zip(tables, found, strict=True) if np.abs(p[:, 1]).max() > 90.0]
    if wrong:
        raise InputError(
            Problem(
                f"{wrong[0]}: column 'lat'", "holds values beyond 90", "latitudes are in degrees",
                "Check whether lon and lat are exchanged, or name plane coordinates x,y.",
            )
        )  # fmt: skip
    return _projected(found, crs or _utm(found[0]))


def metals_of(table: Table, asked: Sequence[str]) -> list[str]:
    """Columns of contents: those asked for, else all known symbols in the table.

    Raises
    ------
    InputError
        If one is not there, its unit is not mg/kg, or there is none.
    """
    report = Report()
    columns = list(table.text.columns)
    for name in asked:
        if name not in columns:
            report.add(f"{table.name}: header", f"no column {name!r}", "metals are columns",
                       suggest(name, columns))  # fmt: skip
    chosen = list(dict.fromkeys(asked)) or [c for c in columns if c in KNOWN]
    if not chosen:
        report.add(
            f"{table.name}: header", f"columns {', '.join(columns)}",
            f"metals are columns named {', '.join(KNOWN)}", "Name the columns with --metals.",
        )  # fmt: skip
    for name in chosen:
        unit = table.units.get(name)
        if unit is not None and unit not in UNITS["concentration"]:
            report.add(
                f"{table.name}: column {name!r}", f"unit {unit!r}", "contents are in mg/kg",
                "Convert the values and the header.",
            )  # fmt: skip
    report.raise_if_any()
    return chosen


def contents(table: Table, metal: str) -> tuple[Vector, Mask]:
    """Contents of a metal, NaN where missing, and which lie below a detection limit.

    A field ``<0.05`` lies below 0.05. With a column ``Cd_limit``, so does what is smaller than its
    limit, and what is blank beside a limit. Those hold the limit.
    """
    report = Report()
    text = table.text[metal].astype(str)
    marked = text.str.startswith("<").to_numpy()
    bare = Table(table.name, pd.DataFrame({metal: text.str.lstrip("<")}), {})
    values = _numbers(bare, metal, report)
    below = marked & np.isfinite(values)
    if metal + LIMIT in table.text.columns:
        limits = _numbers(table, metal + LIMIT, report)
        under = np.isfinite(limits) & ~marked & ~(values >= limits)
        values = np.where(under, limits, values)
        below = below | under
    wrong = np.flatnonzero(values <= 0.0)
    if wrong.size:
        report.add(
            f"{table.name}: column {metal!r}, sample {wrong[0] + 1}", f"found {values[wrong[0]]:g}",
            "contents lie above zero", "Give what lies below the detection limit as <LIMIT.",
        )  # fmt: skip
    report.raise_if_any()
    return values, below


def covariates(tables: Sequence[Table], names: Iterable[str]) -> list[pd.DataFrame]:
    """Covariates of all tables, numbers where every field of every table is one, else classes.

    Parameters
    ----------
    tables : sequence of Table
        The first one is that of the samples.
    names : iterable of str
        Columns; ``name:class`` has numbers taken as classes. ``<0.05`` counts as half of it.
    """
    report = Report()
    columns: list[dict[str, pd.Series]] = [{} for _ in tables]
    for entry in names:
        name, _, kind = entry.partition(":")
        lacking = [t for t in tables if name not in t.text.columns]
        if lacking or kind not in ("", "class"):
            for t in lacking:
                report.add(f"{t.name}: header", f"no column {name!r}",
                           "a covariate is a column of every file",
                           suggest(name, t.text.columns))  # fmt: skip
            if kind not in ("", "class"):
                report.add("--covariates", repr(entry), "a covariate is NAME or NAME:class",
                           f"Give {name}:class to take its numbers as classes.")  # fmt: skip
            continue
        numbers = kind == "" and all(_is_numeric(t.text[name]) for t in tables)
        for table, into in zip(tables, columns, strict=True):
            text = table.text[name].astype(str)
            missing = text.str.lower().isin(_MISSING)
            if numbers:
                bare = Table(table.name, pd.DataFrame({name: text.str.lstrip("<")}), {})
                half = np.where(text.str.startswith("<"), 0.5, 1.0)
                into[name] = pd.Series(half * _numbers(bare, name, report))
            else:
                into[name] = text.mask(missing, "missing")
    report.raise_if_any()
    return [pd.DataFrame(c, index=range(len(t))) for c, t in zip(columns, tables, strict=True)]


def _is_numeric(text: pd.Series) -> bool:
    fields = text.astype(str).str.lstrip("<")
    return all(_number(t) is not None or t.lower() in _MISSING for t in fields)


def _numbers(table: Table, column: str, report: Report, needed: bool = False) -> Vector:
    values = np.full(len(table), np.nan)
    for i, text in enumerate(table.text[column].astype(str)):
        if text.lower() in _MISSING and not needed:
            continue
        number = _number(text)
        if number is None:
            report.add(
                f"{table.name}: column {column!r}, sample {i + 1}", f"found {text!r}",
                "a finite number is needed", "Correct the field.",
            )  # fmt: skip
            break
        values[i] = number
    return values


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _utm(places: Matrix) -> str:
    lon, lat = places.mean(axis=0)
    zone = int(np.clip(np.floor((lon + 180.0) / 6.0) + 1, 1, 60))
    return f"EPSG:{(32600 if lat >= 0.0 else 32700) + zone}"


def _projected(places: list[Matrix], crs: str) -> tuple[list[Matrix], str]:
    import pyproj

    try:
        transform = pyproj.Transformer.from_crs(GEOGRAPHIC, crs, always_xy=True)
    except pyproj.exceptions.CRSError as error:
        raise InputError(
            Problem("--crs", f"{crs!r} is no coordinate reference system", "give an EPSG code",
                    "For example --crs EPSG:32632.")
        ) from error  # fmt: skip
    return [np.column_stack(transform.transform(p[:, 0], p[:, 1])) for p in places], crs
