"""Samples of the topsoil at sites of a region, and what is known of the sites."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.constants import METALS, MG_PER_KG
from simulator.problems import Report
from simulator.region.csv_table import Column, complain, read_table

if TYPE_CHECKING:
    from simulator.region.covariates import Covariate
    from simulator.region.model import Grid

#: As in ``soils.csv``; more than nothing. [mg kg-1]
_LEAST: Final = 1e-9
_MOST: Final = 1e5
#: Name of a covariate, and of a column of the samples that is neither place, year nor metal.
COVARIATE_NAME: Final = r"^[a-z][a-z0-9_]*$"
#: Names of places and of what a calibration learns from besides (simulator.calibration.features).
RESERVED: Final = (
    "x", "y", "land", "sealed", "elevation", "slope", "ph", "organic_matter", "clay", "ln_process",
    "ln_source_deposition", "ln_source_distance", "ln_other_inputs", "ln_area_sources",
    "leaching_rate", "other_loss_rate",
)  # fmt: skip

SAMPLE_COLUMNS = (
    Column("site", "text"),
    Column("x", low=-1e8, high=1e8, unit="m"),
    Column("y", low=-1e8, high=1e8, unit="m"),
    Column("year", low=1800.0, high=2300.0),
    *(Column(metal, "text", blank=True, optional=True) for metal in METALS),
)


@dataclass(frozen=True)
class SoilSamples:
    """Contents that were found at sites, one row a site and year.

    Attributes
    ----------
    site : tuple of str
        Name of the site of each sample, ``[sample]``. The same name in two years is a site that
        was sampled twice.
    x, y : ndarray
        In the grid's CRS, ``[sample]``. [m]
    year : ndarray of int
        A sample shows the soil at the end of this step, ``[sample]``.
    content : ndarray
        Of the top layer, ``[sample, metal]``; NaN where it is missing, the detection limit where
        it is below. [kg kg-1]
    below : ndarray of bool
        Whether it is below the detection limit, ``[sample, metal]``.
    covariates : DataFrame
        What else is known of the sites, ``[sample, column]``: numbers (NaN where blank) or text.
    cell : ndarray of int
        Flat index of the cell, row x cols + col, ``[sample]``.
    """

    site: tuple[str, ...]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    year: NDArray[np.int64]
    content: NDArray[np.float64]
    below: NDArray[np.bool_]
    covariates: pd.DataFrame
    cell: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.site)


def read_soil_samples(path: Path, where: str, grid: Grid) -> SoilSamples:
    """``samples.csv``.

    Parameters
    ----------
    path : Path
        The file.
    where : str
        File, for messages.
    grid : Grid
        Grid that the samples must lie on.

    Raises
    ------
    InputError
        With everything that is wrong with the table.
    """
    table = read_table(path, where, SAMPLE_COLUMNS, others=True)
    report = Report()
    declared = {column.name for column in SAMPLE_COLUMNS}
    others = [name for name in table if name not in declared]
    for name in others:
        _check_name(str(name), where, report)
    contents = [_contents(table[metal], where, report) for metal in METALS]
    content, below = (np.column_stack(parts) for parts in zip(*contents, strict=True))
    empty = np.all(table[list(METALS)] == "", axis=1).to_numpy()
    if empty.any():
        complain(
            report, where, "As to Zn", empty, "the sample has no content",
            "a sample has a content of one metal at least", "Fill it in, or remove the row.",
        )  # fmt: skip
    year = np.floor(table["year"].to_numpy()).astype(np.int64)
    _check_sites(table.assign(year=year), where, report)
    cell, outside = _cells(table["x"].to_numpy(), table["y"].to_numpy(), grid)
    if outside.any():
        x0, y0, x1, y1 = grid.bounds
        first = table[outside].iloc[0]
        complain(
            report, where, "x, y", outside, f"({first['x']:g}, {first['y']:g}) is off the grid",
            f"samples lie in x {x0:g} to {x1:g}, y {y0:g} to {y1:g} m",
            "Check the reference system and the order of x and y, or remove the row.",
        )  # fmt: skip
    report.raise_if_any()
    return SoilSamples(
        site=tuple(table["site"].tolist()),
        x=table["x"].to_numpy(),
        y=table["y"].to_numpy(),
        year=year,
        content=content / MG_PER_KG,
        below=below,
        covariates=pd.DataFrame(
            {str(name): _typed(table[name]) for name in others}, index=range(len(table))
        ),
        cell=cell,
    )


def check_samples(
    samples: SoilSamples,
    soil_unit: NDArray[np.int32] | None,
    covariates: dict[str, Covariate],
    where: str,
    report: Report,
) -> None:
    """Report samples where there is no soil, and columns that do not fit the map of their name.

    Parameters
    ----------
    samples : SoilSamples
        Of :func:`read_soil_samples`.
    soil_unit : ndarray of int, optional
        Code of the soil unit, 0 without soil, ``[row, col]``.
    covariates : dict of str to Covariate
        Maps of the region.
    where : str
        File of the samples, for messages.
    report : Report
        Receives what is wrong.
    """
    if soil_unit is not None:
        bare = soil_unit.reshape(-1)[samples.cell] == 0
        if bare.any():
            row, col = divmod(int(samples.cell[bare][0]), soil_unit.shape[1])
            complain(
                report, where, "x, y", bare, f"there is no soil in row {row}, col {col}",
                "samples lie on cells with a soil unit", "Check the place, or remove the row.",
            )  # fmt: skip
    for name in samples.covariates:
        column, covariate = samples.covariates[name], covariates.get(str(name))
        if covariate is None:
            continue
        numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64)
        wrong = np.isnan(numbers) & (column.astype(object) != "").to_numpy() & column.notna()
        rule = "a column that is a map of the region, too, has numbers as the map"
        if covariate.is_class:
            wrong |= ~np.isnan(numbers) & ((numbers != np.floor(numbers)) | (numbers < 1))
            rule = "a column that is a map of classes, too, has the codes of the map, 1 and up"
        if wrong.any():
            complain(
                report, where, str(name), np.asarray(wrong), f"value {column[wrong].iloc[0]!r}",
                rule, "Give the code of the map, leave it blank or rename the column.",
            )  # fmt: skip


def _check_name(name: str, where: str, report: Report) -> None:
    metal = next((m for m in METALS if m.lower() == name.lower()), None)
    if metal or not re.match(COVARIATE_NAME, name):
        report.add(
            f"{where}: {name}", "unknown column",
            "beside site, x, y, year and metals, columns have names of lower-case letters, "
            "digits and _",
            f"Write {metal}." if metal else "Rename the column, or remove it.",
        )  # fmt: skip


def _contents(
    text: pd.Series, where: str, report: Report
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Contents of a metal, NaN where blank, and which are below a limit of detection. [mg/kg]"""
    fields = text.astype(str)
    below = fields.str.startswith("<").to_numpy(bool)
    number = pd.to_numeric(fields.str.removeprefix("<"), errors="coerce").to_numpy(np.float64)
    blank = (fields == "").to_numpy(bool)
    wrong = ~blank & ~((number >= _LEAST) & (number <= _MOST))
    if wrong.any():
        complain(
            report, where, str(text.name), wrong, f"value {fields[wrong].iloc[0]!r}",
            f"contents lie above 0 and up to {_MOST:g} mg/kg",
            "Write <0.05 for a content below a limit of detection of 0.05; blank is missing.",
        )  # fmt: skip
    return number, below


def _check_sites(table: pd.DataFrame, where: str, report: Report) -> None:
    twice = table.duplicated(["site", "year"]).to_numpy()
    if twice.any():
        complain(
            report, where, "site, year", twice, "the site has a sample of this year already",
            "a site has one row for a year", "Remove one of the rows, or take their mean.",
        )  # fmt: skip
    place = table.groupby("site")[["x", "y"]].transform("first")
    moved = (table[["x", "y"]] != place).any(axis=1).to_numpy()
    if moved.any():
        complain(
            report, where, "x, y", moved,
            f"site {table['site'][moved].iloc[0]!r} lies elsewhere in another row",
            "a site has one place", "Correct the place, or give the site another name.",
        )  # fmt: skip


def _cells(
    x: NDArray[np.float64], y: NDArray[np.float64], grid: Grid
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Flat index of the cells of points, and which points lie outside the grid."""
    col = np.floor((x - grid.x_min) / grid.cell_size).astype(np.intp)
    row = np.floor((grid.y_max - y) / grid.cell_size).astype(np.intp)
    outside = (row < 0) | (row >= grid.shape[0]) | (col < 0) | (col >= grid.shape[1])
    return row * grid.shape[1] + col, outside


def _typed(text: pd.Series) -> pd.Series:
    """Column as numbers if all that is not blank are numbers, else as it is."""
    number = pd.to_numeric(text, errors="coerce").replace([np.inf, -np.inf], np.nan)
    given = text != ""
    return number.astype(np.float64) if given.any() and number[given].notna().all() else text
