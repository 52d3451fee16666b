"""An assessment as files: NetCDF, GeoTIFF, GeoPackage, CSV, pictures."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import shapely
import xarray as xr

from analysis.assessment import tables
from analysis.assessment.assess import Assessment
from analysis.assessment.geotiff import write_geotiffs
from analysis.assessment.pictures import PICTURES, write_pictures
from analysis.assessment.variables import LANDS, NO_CODE, catalogue
from analysis.assessment.zones import Zone, overload_zones, risk_zones
from analysis.runs import grid_of
from simulator.errors import InputError, Problem
from simulator.files import folder_beside
from simulator.region.model import Grid

NETCDF: Final = "assessment.nc"
GEOPACKAGE: Final = "zones.gpkg"
MAPS: Final = "maps"
TABLES: Final = "tables"
#: What an assessment consists of; a folder with anything else is not replaced.
_OURS: Final = {NETCDF, GEOPACKAGE, MAPS, TABLES, *PICTURES}

_TILE: Final = 256


@dataclass(frozen=True)
class Written:
    """What was written, and what the summary says of it.

    Attributes
    ----------
    folder : Path
        Where the files are.
    tables : dict of str to pandas.DataFrame
        By name of the CSV file.
    zones : list of Zone
        Zones of comprehensive risk on current land in the last year, the largest first.
    """

    folder: Path
    tables: dict[str, pd.DataFrame]
    zones: list[Zone]


def write_assessment(
    assessment: Assessment, out: Path, min_area: float = 0.0, pictures: bool = True
) -> Written:
    """Assess a run and write everything into a folder, which appears when it is whole.

    Parameters
    ----------
    assessment : Assessment
        The run and its years.
    out : Path
        Folder; an older assessment in it is replaced.
    min_area : float
        Smallest zone. [ha]
    pictures : bool
        Whether to draw maps.

    Raises
    ------
    InputError
        If there is something else in the folder.
    """
    check_folder(out)
    run = assessment.run
    grid = grid_of(run)
    with folder_beside(out) as folder:
        found: dict[str, list[pd.DataFrame]] = {}
        zones: list[Zone] = []
        overloads: list[Zone] = []
        for i, state in enumerate(assessment):
            if i == 0:
                _create(state, len(assessment.years), folder / NETCDF)
            _write_year(state, folder / NETCDF, i)
            for name, table in _tables(state, assessment, i == 0).items():
                found.setdefault(name, []).append(table)
            for land in LANDS:
                on_land = state.isel(year=0).sel(land=land)
                zones += risk_zones(on_land, grid, min_area)
                overloads += overload_zones(on_land, grid, min_area)
        written = {name: pd.concat(parts, ignore_index=True) for name, parts in found.items()}
        for grouping in tables.GROUPINGS:
            written[f"by_{grouping}_change"] = tables.differences(written[f"by_{grouping}"])
        (folder / TABLES).mkdir()
        for name, table in written.items():
            table.to_csv(folder / TABLES / f"{name}.csv", index=False, lineterminator="\n")
        write_geopackage(folder / GEOPACKAGE, {"risk": zones, "overload": overloads}, grid)
        with xr.open_dataset(folder / NETCDF, engine="h5netcdf", cache=False) as data:
            write_geotiffs(data, folder / MAPS, grid, run)
            if pictures:
                write_pictures(data, folder, run)
    last = [z for z in zones if z.year == assessment.years[-1] and z.land == LANDS[0]]
    return Written(out, written, last)


def check_folder(out: Path) -> None:
    """Refuse a folder that holds anything but an older assessment."""
    if out.exists() and not (out.is_dir() and {p.name for p in out.iterdir()} <= _OURS):
        raise InputError(
            Problem(
                f"--out {out}", "holds something else",
                "only an older assessment, or an empty folder, is replaced",
                "Name a folder that is not there.",
            )
        )  # fmt: skip


def write_geopackage(path: Path, layers: dict[str, Sequence[Zone]], grid: Grid) -> None:
    """Write zones as a GeoPackage, a layer each kind, outlines in the CRS of the grid."""
    import pyogrio.raw

    names = [f.name for f in dataclasses.fields(Zone) if f.name != "outline"]
    for layer, zones in layers.items():
        columns = [np.array([getattr(z, n) for z in zones]) for n in names]
        if not zones:  # types of no rows
            columns = [np.array([], dtype=_TYPES.get(n, np.dtype("O"))) for n in names]
        pyogrio.raw.write(
            path,
            np.array([shapely.to_wkb(z.outline) for z in zones], dtype=object),
            [c.astype(object) if c.dtype.kind == "U" else c for c in columns],
            np.array(names),
            layer=layer,
            driver="GPKG",
            geometry_type="MultiPolygon",
            crs=grid.crs,
            append=path.exists(),
        )


_TYPES: Final = {
    "year": np.dtype(np.int64),
    "code": np.dtype(np.int64),
    "cells": np.dtype(np.int64),
    "area_ha": np.dtype(np.float64),
    "mean_load": np.dtype(np.float64),
}


def _tables(state: xr.Dataset, assessment: Assessment, first: bool) -> dict[str, pd.DataFrame]:
    run = assessment.run
    area = grid_of(run).cell_area
    by = tables.overload_rows(state, area, run.manifest["region"]["districts"])
    found = {f"by_{name}": table for name, table in by.items()}
    found["grades"] = tables.grade_rows(state, area)
    found["leading_metals"] = tables.leading_rows(state, area)
    if first:
        found["exceedance_years"] = tables.exceedance_rows(state, assessment.recorded[-1], area)
    return found


def _create(state: xr.Dataset, years: int, path: Path) -> None:
    """Make the NetCDF file, with all but what changes with the year.

    Its axis ``year`` has its final length: reading is slow where h5netcdf must look for it.
    """
    import h5netcdf
    import h5py

    with h5netcdf.File(path, "w") as file:
        file.dimensions = {str(k): n for k, n in {**state.sizes, "year": years}.items()}
        file.attrs.update(state.attrs)
        for key, variable in state.variables.items():
            name, values = str(key), variable.values
            dtype, options = values.dtype, {}
            if name in catalogue():
                coded = bool(catalogue()[name].meanings)
                dtype = np.dtype(np.int8 if coded else np.float32)
                sides = tuple(min(_TILE, n) for n in values.shape[-2:])
                options = {
                    "fillvalue": dtype.type(NO_CODE if coded else np.nan),
                    "chunks": (*(1 for _ in values.shape[:-2]), *sides),
                    "compression": "gzip",
                    "compression_opts": 4,
                    "shuffle": True,
                }
            elif dtype.kind in "UTO":
                values, dtype = values.astype(object), h5py.string_dtype()
            made = file.create_variable(name, tuple(map(str, variable.dims)), dtype, **options)
            made.attrs.update(variable.attrs)
            if "year" not in variable.dims:
                made[...] = values


def _write_year(state: xr.Dataset, path: Path, index: int) -> None:
    import h5netcdf

    with h5netcdf.File(path, "a") as file:
        for name in ("year", *catalogue()):
            values = state[name].values[0]
            if name in catalogue() and catalogue()[name].meanings:
                values = np.where(np.isfinite(values), values, NO_CODE).astype(np.int8)
            file.variables[name][index] = values
