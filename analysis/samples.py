"""Samples taken in the field: reading a user's table and laying it on the grid of a run."""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.constants import METALS
from simulator.errors import InputError, Problem
from simulator.files import MIB, check_file, read_text
from simulator.problems import Report
from simulator.region.model import Grid

#: Unit of each quantity, and the spellings of it that a header may use.
UNITS: Final = {
    "concentration": ("mg/kg", "mg kg-1", "mg kg^-1"),
    "deposition": ("mg m-2 yr-1", "mg/m2/yr", "mg m^-2 yr^-1", "mg/m2/year", "mg m-2 a-1"),
}
#: CRS of ``lon,lat``.
GEOGRAPHIC: Final = "EPSG:4326"

_MAX_SIZE: Final = 256 * MIB
_PAIRS: Final = (("x", "y"), ("lon", "lat"))
_HEADER: Final = re.compile(r"^(?P<metal>[A-Za-z]+)\s*(?:[\[(](?P<unit>[^\])]*)[\])])?$")


@dataclass(frozen=True)
class Samples:
    """Points with measured values.

    Attributes
    ----------
    x, y : ndarray
        Coordinates as in the file.
    crs : str, optional
        CRS of the coordinates; None where the file does not say (``x,y``).
    values : mapping of str to ndarray
        Measured values by metal, NaN where blank, in the unit of the quantity.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    crs: str | None
    values: dict[str, NDArray[np.float64]]

    def __len__(self) -> int:
        return self.x.size


@dataclass(frozen=True)
class Located:
    """Samples on a grid.

    Attributes
    ----------
    row, col : ndarray of int
        Cell of each sample, -1 outside the grid.
    """

    row: NDArray[np.intp]
    col: NDArray[np.intp]

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which samples lie in the grid."""
        return self.row >= 0


def read_samples(path: Path, quantity: str) -> Samples:
    """Read a CSV file with coordinates and a column a metal.

    Parameters
    ----------
    path : Path
        Columns ``x,y`` or ``lon,lat`` and at least one metal, its unit in brackets if stated
        (``Cd[mg/kg]``). Other columns are left alone; blanks are missing values.
    quantity : str
        ``concentration`` [mg kg-1] or ``deposition`` [mg m-2 yr-1].

    Raises
    ------
    InputError
        Naming everything that is wrong with the file.
    """
    check_file(path, path.name, _MAX_SIZE)
    rows = list(csv.reader(io.StringIO(read_text(path, path.name))))
    header = [name.strip() for name in rows[0]] if rows else []
    body = [(i, r) for i, r in enumerate(rows[1:], start=2) if any(f.strip() for f in r)]
    report = Report()
    pair = _coordinates(header, path.name, report)
    metals = _metals(header, quantity, path.name, report)
    for number, fields in body:
        if len(fields) != len(header):
            report.add(
                f"{path.name}: row {number}", f"{len(fields)} fields",
                f"the header has {len(header)}", "Correct the row.",
            )  # fmt: skip
    if not body:
        report.add(path.name, "holds no samples", "one row a sample", "Add the samples.")
    report.raise_if_any()

    def column(index: int, blank: bool, low: float) -> NDArray[np.float64]:
        where = f"{path.name}: column {header[index]!r}"
        return _numbers([(n, r[index]) for n, r in body], where, blank, low, report)

    x, y = (column(i, blank=False, low=-math.inf) for i in pair)
    values = {metal: column(i, blank=True, low=0.0) for metal, i in metals.items()}
    report.raise_if_any()
    geographic = header[pair[0]].lower() == "lon"
    return Samples(x, y, GEOGRAPHIC if geographic else None, values)


def locate(samples: Samples, grid: Grid, crs: str | None = None) -> Located:
    """Cells that hold the samples.

    Parameters
    ----------
    samples : Samples
        The samples.
    grid : Grid
        Grid of the run.
    crs : str, optional
        CRS of the coordinates, against what the file says; by default the grid's for ``x,y``.

    Raises
    ------
    InputError
        If the CRS is unknown, or every sample lies outside the grid.
    """
    x, y = _to_grid(samples, grid, crs)
    with np.errstate(invalid="ignore"):
        col = np.floor((x - grid.x_min) / grid.cell_size)
        row = np.floor((grid.y_max - y) / grid.cell_size)
        inside = (row >= 0) & (row < grid.shape[0]) & (col >= 0) & (col < grid.shape[1])
    if not inside.any():
        x_min, y_min, x_max, y_max = grid.bounds
        raise InputError(
            Problem(
                "samples",
                f"all {len(samples)} lie outside the grid (the first at {x[0]:.6g}, {y[0]:.6g})",
                f"the grid spans x {x_min:.0f} to {x_max:.0f}, y {y_min:.0f} to {y_max:.0f} "
                f"in {grid.crs}",
                "Give the CRS of the coordinates with --crs, or check that x is east and y north.",
            )
        )
    return Located(
        np.where(inside, row, -1).astype(np.intp), np.where(inside, col, -1).astype(np.intp)
    )


def pairs(
    field: NDArray[np.float64], located: Located, observed: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Pairs of a field's value in the sample's cell and the sample.

    Parameters
    ----------
    field : ndarray ``[row, col]``
        Predicted field, NaN where there is no soil.
    located : Located
        Cells of the samples.
    observed : ndarray ``[sample]``
        Measured values, NaN where missing.

    Returns
    -------
    predicted, observed : ndarray ``[pair]``
        Those with both values.
    without_soil : int
        Measured samples in cells without soil.
    """
    measured = located.inside & np.isfinite(observed)
    predicted = field[located.row[measured], located.col[measured]]
    known = np.isfinite(predicted)
    return predicted[known], observed[measured][known], int((~known).sum())


def _to_grid(
    samples: Samples, grid: Grid, crs: str | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    import pyproj

    given = crs or samples.crs or grid.crs
    try:
        source = pyproj.CRS.from_user_input(given)
    except pyproj.exceptions.CRSError as error:
        raise InputError(
            Problem(
                "--crs", f"{given!r} is no coordinate reference system",
                "give an EPSG code", "For example --crs EPSG:4326 for longitude and latitude.",
            )
        ) from error  # fmt: skip
    transform = pyproj.Transformer.from_crs(source, grid.crs, always_xy=True)
    x, y = transform.transform(samples.x, samples.y)
    return np.asarray(x), np.asarray(y)


def _coordinates(header: list[str], where: str, report: Report) -> tuple[int, int]:
    lower = [name.lower() for name in header]
    for first, second in _PAIRS:
        if lower.count(first) == 1 and lower.count(second) == 1:
            return lower.index(first), lower.index(second)
    report.add(
        f"{where}: header", f"columns {', '.join(header) or 'none'}",
        "coordinates are columns x,y or lon,lat, each once", "Name the columns of the coordinates.",
    )  # fmt: skip
    return 0, 0


def _metals(header: list[str], quantity: str, where: str, report: Report) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, name in enumerate(header):
        match = _HEADER.match(name)
        metal = match["metal"].capitalize() if match else ""
        if match is None or metal not in METALS:
            continue
        unit = match["unit"]
        if unit is not None and " ".join(unit.split()) not in UNITS[quantity]:
            report.add(
                f"{where}: column {name!r}", f"unit {unit!r}",
                f"{quantity} is in {UNITS[quantity][0]}", "Convert the values and the header.",
            )  # fmt: skip
        if metal in found:
            report.add(
                f"{where}: column {name!r}", f"{metal} is there twice",
                "one column a metal", "Keep one of them.",
            )  # fmt: skip
        found[metal] = index
    if not found:
        report.add(
            f"{where}: header", f"columns {', '.join(header) or 'none'}",
            f"metals are columns named {', '.join(METALS)}",
            "Name them by their symbols, e.g. Cd or Cd[mg/kg].",
        )  # fmt: skip
    return found


def _numbers(
    fields: list[tuple[int, str]], where: str, blank: bool, low: float, report: Report
) -> NDArray[np.float64]:
    values = np.full(len(fields), np.nan)
    wrong: list[tuple[int, str]] = []
    for k, (number, text) in enumerate(fields):
        if not text.strip():
            if not blank:
                wrong.append((number, "blank"))
            continue
        try:
            values[k] = float(text)
        except ValueError:
            wrong.append((number, repr(text.strip())))
            continue
        if not (math.isfinite(values[k]) and values[k] >= low):
            wrong.append((number, text.strip()))
    if wrong:
        number, what = wrong[0]
        more = f" (and {len(wrong) - 1} more rows)" if len(wrong) > 1 else ""
        report.add(
            f"{where}, row {number}{more}", f"found {what}",
            "a finite number is needed" + (", not negative" if low == 0.0 else ""),
            "Leave missing values blank; give half the detection limit where a value lies below it."
            if blank
            else "Give every sample its coordinates.",
        )  # fmt: skip
    return values
