"""What was found in the topsoil of a region: means of a survey, or maps made from its samples."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.constants import LAND_CLASSES, METALS, MG_PER_KG, WATER_CLASS
from simulator.errors import InputError, Problem
from simulator.files import MIB
from simulator.problems import Report, suggest
from simulator.region.csv_table import Column, complain, read_table
from simulator.region.model import Grid, Survey, SurveyMean
from simulator.region.rasters import MAX_BLOCK, cells, check_place, open_geotiff
from simulator.region.tables import CONFIDENCE

UNIT: Final = "mg/kg"
#: As in ``soils.csv``. [mg kg-1]
_MOST: Final = 1e5
_ANYWHERE: Final = "*"
_FORMS: Final = "'*', 'district:NAME', 'land:CLASS' or 'district:NAME land:CLASS'"

SURVEY_COLUMNS = (
    Column("scope", "text"),
    Column("metal", "text", choices=METALS),
    Column("value", low=0.0, high=_MOST, unit=UNIT),
    Column("low", low=0.0, high=_MOST, unit=UNIT, blank=True),
    Column("high", low=0.0, high=_MOST, unit=UNIT, blank=True),
    Column("n", low=1.0, high=1e9, blank=True),
    Column("unit", "text", choices=(UNIT,)),
    Column("year", "text", blank=True),
    Column("source", "text"),
    Column("note", "text", blank=True),
    Column("confidence", "text", choices=CONFIDENCE),
)


def read_survey(path: Path, where: str, grid: Grid) -> pd.DataFrame | NDArray[np.float64]:
    """``survey.csv`` as a table, or ``survey.tif`` as contents ``[metal, row, col]``. [kg kg-1]

    Parameters
    ----------
    path : Path
        The file; what it is follows from its ending.
    where : str
        File, for messages.
    grid : Grid
        Grid that a map must lie on.
    """
    if path.suffix.lower() in (".tif", ".tiff"):
        return _read_map(path, where, grid)
    table = read_table(path, where, SURVEY_COLUMNS)
    report = Report()
    twice = table.duplicated(["scope", "metal"]).to_numpy()
    if twice.any():
        complain(
            report, where, "scope, metal", twice, "the scope has this metal already",
            "a scope has one row for a metal", "Remove one of the rows.",
        )  # fmt: skip
    report.raise_if_any()
    return table


def survey_of(found: Mapping[str, Any], where: str, report: Report) -> Survey | None:
    """Survey of a region, its scopes resolved; None without one, or with problems in the report.

    Parameters
    ----------
    found : mapping
        ``survey``, ``districts`` and ``parcels``, as far as they could be read.
    where : str
        File of the survey, for messages.
    report : Report
        Receives scopes that the region does not have.
    """
    survey = found.get("survey")
    if survey is None or found.get("districts") is None or found.get("parcels") is None:
        return None
    if isinstance(survey, np.ndarray):
        return Survey(top=survey)
    districts = {name: code for code, name in found["districts"].items()}
    present = set(found["parcels"]["land_class"]) - {WATER_CLASS}
    means = []
    for number, row in enumerate(survey.to_dict("records"), start=2):
        place = f"{where}: row {number}, scope"
        district, land = _scope(str(row["scope"]), place, districts, present, report)
        content = row["value"] / MG_PER_KG
        means.append(SurveyMean(METALS.index(row["metal"]), content, district, land))
    return Survey(means=tuple(sorted(means, key=lambda m: m.rank)))


def _scope(
    scope: str, where: str, districts: Mapping[str, int], present: set[str], report: Report
) -> tuple[int | None, int | None]:
    """District and land class of a scope, None for any."""
    if scope == _ANYWHERE:
        return None, None
    # names may hold spaces, therefore the land class is taken off the end
    front, _, land = scope.rpartition("land:") if "land:" in scope else (scope, "", "")
    name = front.strip().removeprefix("district:") if front.strip() else ""
    if (front.strip() and not front.strip().startswith("district:")) or not (name or land):
        report.add(where, repr(scope), f"a scope is {_FORMS}", "Correct the scope.")
    elif name and name not in districts:
        report.add(
            where, f"{name!r} is no district", "districts are the names of districts.csv",
            suggest(name, districts),
        )  # fmt: skip
    elif land and land not in present:
        known = [c for c in LAND_CLASSES if c in present]
        report.add(
            where, f"no parcel is {land!r}", f"land classes of the region are {', '.join(known)}",
            suggest(land, known),
        )  # fmt: skip
    else:
        return districts.get(name), LAND_CLASSES.index(land) if land else None
    return None, None


def _read_map(path: Path, where: str, grid: Grid) -> NDArray[np.float64]:
    damaged = Problem(
        where, "is no GeoTIFF, or it is truncated or damaged",
        "a map of a survey is a GeoTIFF of eight bands, one a metal", "Write it again.",
    )  # fmt: skip
    with open_geotiff(path, damaged) as dataset:
        report = Report()
        _check_header(dataset, where, grid, report)
        report.raise_if_any()
        values = dataset.read().astype(np.float64)
    for metal, band in zip(METALS, values, strict=True):
        wrong = ~np.isnan(band) & ~((band >= 0.0) & (band <= _MOST))
        if wrong.any():
            raise InputError(
                Problem(
                    f"{where}: band {metal}, {cells(wrong)}", f"value {band[wrong][0]:g} {UNIT}",
                    f"values lie in 0 to {_MOST:g} {UNIT}, NaN where nothing is known",
                    "Check the unit.",
                )
            )  # fmt: skip
    return np.asarray(values / MG_PER_KG)


def _check_header(dataset: Any, where: str, grid: Grid, report: Report) -> None:
    """Everything that the header tells, before a pixel is read."""
    if dataset.descriptions != METALS or set(dataset.dtypes) != {"float32"}:
        bands = zip(dataset.descriptions, dataset.dtypes, strict=True)
        report.add(
            where, f"bands {', '.join(f'{name} ({kind})' for name, kind in bands)}",
            f"the bands are {', '.join(METALS)} of float32, by their descriptions",
            "Write the bands in this order and set their descriptions.",
        )  # fmt: skip
        return
    for unit in sorted({u for u in dataset.units if u} - {UNIT}):
        report.add(where, f"unit {unit!r}", f"the unit is {UNIT!r}", "Convert the values.")
    rows, cols = dataset.block_shapes[0]
    if rows * cols * 4 > MAX_BLOCK:
        report.add(
            where, f"blocks of {rows} x {cols} pixels",
            f"a block has at most {MAX_BLOCK // MIB} MiB", "Write the file again in strips.",
        )  # fmt: skip
    check_place(dataset, where, grid, report)
