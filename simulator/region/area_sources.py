"""Area sources of a region: sectors without stacks, and what each is spread over."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.constants import BUILT_CLASSES, FARM_CLASSES
from simulator.files import file_inside
from simulator.problems import Report, suggest
from simulator.region.csv_table import Column, complain, read_table
from simulator.region.model import Grid, LayerInfo
from simulator.region.rasters import MAX_RASTER, RasterRule, read_raster
from simulator.region.tables import (
    STATUS,
    check_profiles,
    check_unique,
    check_years,
)

#: Land classes whose area a source follows, by the word for them.
LAND_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "urban": ("urban",),
    "industrial": ("industrial",),
    "built": BUILT_CLASSES,
    "farmland": FARM_CLASSES,
}
#: Weights are read in any unit, as their shares alone count.
WEIGHTS: Final = RasterRule("float32", "-", 0.0, 1e12)

AREA_SOURCE_COLUMNS = (
    Column("id", "text"),
    Column("name", "text"),
    Column("sector", "text"),
    Column("control", "text"),
    Column("technology", "text", blank=True, optional=True),
    Column("fuel", "text", blank=True, optional=True),
    Column("activity", low=0.0, high=1e12),
    Column("activity_unit", "text"),
    Column("proxy", "text"),
    Column("height_m", low=0.5, high=100.0, unit="m"),
    Column("start_year", low=1800.0, high=2300.0, blank=True),
    Column("stop_year", low=1800.0, high=2300.0, blank=True),
    Column("status", "text", choices=STATUS),
    Column("reference", "text"),
)


def no_area_sources() -> pd.DataFrame:
    """Table of a region that has none."""
    return pd.DataFrame(columns=[column.name for column in AREA_SOURCE_COLUMNS])


def read_area_sources(path: Path, where: str) -> pd.DataFrame:
    """``area_sources.csv``; blank years are NaN."""
    table = read_table(path, where, AREA_SOURCE_COLUMNS)
    report = Report()
    check_unique(table["id"], where, report)
    check_profiles(table, where, report)
    check_years(table, where, report)
    unknown = np.array([not (p in LAND_OF or p.endswith(".tif")) for p in table["proxy"]])
    if unknown.any():
        word = str(table["proxy"][unknown].iloc[0])
        complain(
            report, where, "proxy", unknown, repr(word),
            f"it is one of {', '.join(LAND_OF)}, or a .tif of weights in the region's folder",
            suggest(word, list(LAND_OF)),
        )  # fmt: skip
    report.raise_if_any()
    return table


def read_weights(
    folder: Path,
    table: pd.DataFrame,
    grid: Grid,
    layers: dict[str, LayerInfo],
    paths: dict[str, Path | None],
    report: Report,
) -> Mapping[str, NDArray[np.float64]]:
    """Rasters of weights that a table names; they join the layers and files of the region.

    Parameters
    ----------
    folder : Path
        Of the region.
    table : DataFrame
        Of :func:`read_area_sources`.
    grid : Grid
        Grid that the rasters lie on.
    layers, paths : dict
        Provenance and files of the region by name.
    report : Report
        Receives what is wrong.

    Returns
    -------
    mapping of str to ndarray
        ``[row, col]`` by name of the file; 0 where there is no value.
    """
    weights: dict[str, NDArray[np.float64]] = {}
    for name, rows in table.groupby("proxy"):
        if name in LAND_OF:
            continue
        where = f"{folder.name}/{name}"
        path = report.attempt(file_inside, folder, str(name), where, MAX_RASTER)
        values = None
        if path is not None:
            values = report.attempt(read_raster, path, where, grid, WEIGHTS)
        if values is None:
            continue
        first = rows.iloc[0]
        status, reference = str(first["status"]), str(first["reference"])
        layers[str(name)] = LayerInfo(str(name), status, reference, "none stated")
        paths[str(name)] = path
        weights[str(name)] = np.nan_to_num(values, nan=0.0)
        if not weights[str(name)].any():
            report.add(
                where, "all weights are 0", "a source is spread over cells with weights",
                "Check the raster, or remove the source.",
            )  # fmt: skip
    return MappingProxyType(weights)


def check_others(found: Mapping[str, Any], where: str, report: Report) -> None:
    """Report what does not fit the other tables of the region: ids in use, land that is not there.

    Parameters
    ----------
    found : mapping of str to DataFrame
        ``area_sources``, ``sources`` and ``parcels``, as far as they could be read.
    where : str
        File of the area sources, for messages.
    report : Report
        Receives what is wrong.
    """
    table = found["area_sources"]
    if found.get("sources") is not None:
        twice = table["id"].isin(found["sources"]["id"]).to_numpy()
        if twice.any():
            complain(
                report, where, "id", twice, f"{table['id'][twice].iloc[0]} is a point source too",
                "no two sources have the same id", "Rename the source.",
            )  # fmt: skip
    if found.get("parcels") is not None:
        present = set(found["parcels"]["land_class"])
        lost = np.array([p in LAND_OF and not present & set(LAND_OF[p]) for p in table["proxy"]])
        if lost.any():
            kinds = LAND_OF[str(table["proxy"][lost].iloc[0])]
            complain(
                report, where, "proxy", lost, f"no parcel is {' or '.join(kinds)}",
                "a source is spread over land that the region has",
                "Name another proxy, or remove the source.",
            )  # fmt: skip
