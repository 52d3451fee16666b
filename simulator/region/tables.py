"""The small tables of a region: soils, districts, background deposition and point sources."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.constants import METALS, MG_PER_KG
from simulator.emission_factors import source_problem
from simulator.problems import Report
from simulator.region.csv_table import Column, complain, read_table
from simulator.region.model import Grid
from simulator.region.stacks import fill_stacks

CONFIDENCE = ("read", "recalled")
STATUS = ("measured", "derived", "modelled", "illustrative")
DEPOSITION_UNIT = "mg m-2 yr-1"
#: Sources farther away than this are part of the regional background. [m]
MAX_SOURCE_DISTANCE = 100_000.0

SOIL_COLUMNS = (
    Column("code", "integer", 1, 2**31 - 1),
    Column("name", "text"),
    Column("layer", "integer", 1, 10),
    Column("ph", low=2.0, high=12.0),
    Column("organic_matter_pct", low=0.0, high=100.0, unit="%"),
    Column("clay_pct", low=0.0, high=100.0, unit="%"),
    Column("silt_pct", low=0.0, high=100.0, unit="%"),
    Column("sand_pct", low=0.0, high=100.0, unit="%"),
    Column("bulk_density_g_cm3", low=0.05, high=2.5, unit="g cm-3"),
    # 10 %: beyond that it is an ore, or a content in ug/kg
    *(Column(metal, low=0.0, high=1e5, unit="mg kg-1") for metal in METALS),
    Column("source", "text"),
    Column("confidence", "text", choices=CONFIDENCE),
)
DISTRICT_COLUMNS = (Column("code", "integer", 1, 2**31 - 1), Column("name", "text"))
DEPOSITION_COLUMNS = (
    Column("metal", "text", choices=METALS),
    Column("value", low=0.0, high=1e5, unit=DEPOSITION_UNIT),
    Column("low", low=0.0, high=1e5, unit=DEPOSITION_UNIT, blank=True),
    Column("high", low=0.0, high=1e5, unit=DEPOSITION_UNIT, blank=True),
    Column("unit", "text"),
    Column("source", "text"),
    Column("note", "text", blank=True),
    Column("confidence", "text", choices=CONFIDENCE),
)
SOURCE_COLUMNS = (
    Column("id", "text"),
    Column("name", "text"),
    Column("sector", "text"),
    Column("control", "text"),
    Column("activity", low=0.0, high=1e12),
    Column("activity_unit", "text"),
    Column("x", unit="m"),
    Column("y", unit="m"),
    Column("height_m", low=0.5, high=500.0, unit="m", blank=True),
    Column("diameter_m", low=0.01, high=50.0, unit="m", blank=True),
    Column("temperature_K", low=250.0, high=2000.0, unit="K", blank=True),
    Column("velocity_m_s", low=0.0, high=150.0, unit="m s-1", blank=True),
    Column("start_year", low=1800.0, high=2300.0, blank=True),
    Column("stop_year", low=1800.0, high=2300.0, blank=True),
    Column("status", "text", choices=STATUS),
    Column("reference", "text"),
    Column("schedule", "text", blank=True, optional=True),
    Column("technology", "text", blank=True, optional=True),
    Column("fuel", "text", blank=True, optional=True),
)


def read_soils(path: Path, where: str, n_layers: int) -> pd.DataFrame:
    """``soils.csv``: every soil unit with all its layers, sorted by code and layer."""
    table = read_table(path, where, SOIL_COLUMNS)
    report = Report()
    texture = table[["clay_pct", "silt_pct", "sand_pct"]].sum(axis=1).to_numpy()
    wrong = np.abs(texture - 100.0) > 1.0
    if wrong.any():
        complain(
            report, where, "clay_pct + silt_pct + sand_pct", wrong,
            f"the sum is {texture[wrong][0]:g} %", "texture adds up to 100 % within 1",
            "Complete or rescale the three shares.",
        )  # fmt: skip
    twice = table.duplicated(["code", "layer"]).to_numpy()
    if twice.any():
        complain(
            report, where, "code, layer", twice, "the unit has this layer already",
            "one row a soil unit and layer", "Remove one of the rows.",
        )  # fmt: skip
    layers = set(range(1, n_layers + 1))
    for code, found in table.groupby("code")["layer"]:
        if set(found) != layers:
            report.add(
                f"{where}: code {code}",
                f"layers {', '.join(str(n) for n in sorted(set(found)))}",
                f"every unit has the layers 1 to {n_layers} of region.toml",
                "Add or remove rows.",
            )
            break
    report.raise_if_any()
    return table.sort_values(["code", "layer"], ignore_index=True)


def read_districts(path: Path, where: str) -> Mapping[int, str]:
    """``districts.csv``: names by number."""
    table = read_table(path, where, DISTRICT_COLUMNS)
    report = Report()
    check_unique(table["code"], where, report)
    check_unique(table["name"], where, report)
    report.raise_if_any()
    return dict(zip(table["code"].tolist(), table["name"].tolist(), strict=True))


def read_deposition(path: Path, where: str) -> NDArray[np.float64]:
    """``deposition.csv``: bulk deposition ``[metal]``. [kg m-2 yr-1]"""
    table = read_table(path, where, DEPOSITION_COLUMNS)
    report = Report()
    check_unique(table["metal"], where, report)
    other = (table["unit"] != DEPOSITION_UNIT).to_numpy()
    if other.any():
        complain(
            report, where, "unit", other, repr(table["unit"][other].iloc[0]),
            f"the unit is {DEPOSITION_UNIT}",
            "Convert the values (1 g ha-1 yr-1 is 0.1 mg m-2 yr-1), then correct the unit.",
        )  # fmt: skip
    missing = [m for m in METALS if m not in set(table["metal"])]
    if missing:
        report.add(
            f"{where}: metal",
            f"no row for {', '.join(missing)}",
            "there is one row for each metal",
            "Add the rows; a metal that does not fall has the value 0.",
        )
    value = table["value"].to_numpy()
    low = table["low"].fillna(-np.inf).to_numpy()
    high = table["high"].fillna(np.inf).to_numpy()
    wrong = (value < low) | (value > high)
    if wrong.any():
        complain(
            report, where, "value", wrong, f"value {value[wrong][0]:g} is outside low to high",
            "low <= value <= high", "Correct the range.",
        )  # fmt: skip
    report.raise_if_any()
    by_metal = dict(zip(table["metal"], value, strict=True))
    return np.array([by_metal[m] / MG_PER_KG for m in METALS])


def read_sources(path: Path, where: str, grid: Grid) -> pd.DataFrame:
    """``sources.csv``: point sources; blank years are NaN. The table may have no rows.

    Blank dimensions of stacks are those of the sector; the column ``filled`` names them.
    """
    table = read_table(path, where, SOURCE_COLUMNS, empty=True)
    report = Report()
    check_unique(table["id"], where, report)
    check_profiles(table, where, report)
    report.raise_if_any()
    table = fill_stacks(table, where, report)
    x0, y0, x1, y1 = grid.bounds
    x, y = table["x"].to_numpy(), table["y"].to_numpy()
    far = np.maximum.reduce([x0 - x, x - x1, y0 - y, y - y1]) > MAX_SOURCE_DISTANCE
    if far.any():
        complain(
            report, where, "x, y", far,
            f"({x[far][0]:.10g}, {y[far][0]:.10g}) is far outside the grid",
            f"sources lie within {MAX_SOURCE_DISTANCE / 1000:g} km of the grid, in {grid.crs}",
            "Check the reference system of x and y, or leave the source to the background.",
        )  # fmt: skip
    check_years(table, where, report)
    report.raise_if_any()
    return table


def check_years(table: pd.DataFrame, where: str, report: Report) -> None:
    """Sources stop after they have started."""
    early = (table["stop_year"] <= table["start_year"]).to_numpy()  # false where blank
    if early.any():
        row = table[early].iloc[0]
        complain(
            report, where, "stop_year", early,
            f"stops in {row['stop_year']:g} and starts in {row['start_year']:g}",
            "a source stops after it has started", "Correct the years.",
        )  # fmt: skip


def check_profiles(table: pd.DataFrame, where: str, report: Report) -> None:
    """Sector, control, unit, technology and fuel are known to the emission factors."""
    names = ("sector", "control", "activity_unit", "technology", "fuel")
    keys = list(zip(*(table[n] for n in names), strict=True))
    for key in dict.fromkeys(keys):
        problem = source_problem(*key)
        if problem is not None:
            column, what, rule, fix = problem
            complain(report, where, column, np.array([k == key for k in keys]), what, rule, fix)


def check_unique(column: pd.Series, where: str, report: Report) -> None:
    """Each value of a column is there once."""
    twice = column.duplicated().to_numpy()
    if twice.any():
        complain(
            report, where, str(column.name), twice, f"{column[twice].iloc[0]} is there already",
            f"{column.name} is unique", "Give each row its own, or remove the row.",
        )  # fmt: skip
