"""Sites of a file kept apart: where they are, and what they measured, read one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from analysis.soilmap.tables import Table, contents, coordinates
from simulator.calibration.hindcast import Hindcast
from simulator.calibration.observed import Observed
from simulator.constants import METALS, MG_PER_KG
from simulator.errors import InputError, Problem
from simulator.region.model import Region

#: Names of the column of the sites' own names.
_NAMES: Final = ("site", "id")
#: How far a site may lie from the soil cell that it is taken to be in. [cell]
_NEAR: Final = 1.5


@dataclass(frozen=True)
class KeptSites:
    """Sites of a file, without their contents.

    Attributes
    ----------
    sites : Observed
        Those near soil of the region; contents are missing.
    rows : ndarray of int
        Their rows in the file.
    outside : int
        Sites that are too far from any soil of the region, and left out.
    """

    sites: Observed
    rows: NDArray[np.intp]
    outside: int


def place_sites(table: Table, region: Region, hindcast: Hindcast) -> KeptSites:
    """Lay the sites of a file on a region; contents are not looked at.

    Parameters
    ----------
    table : Table
        With coordinates: ``x,y`` in the region's reference system, ``x_m,y_m`` in its local plane,
        or ``lon,lat``. Columns named as a covariate that both the region and its samples have go
        before the region's map.
    region : Region
        The region, with samples.
    hindcast : Hindcast
        The sites are asked at the end of it.

    Raises
    ------
    InputError
        If no site lies near soil of the region.
    """
    assert region.samples is not None
    (place,), _ = coordinates([table], region.grid.crs)
    if not {"x", "y"} <= set(table.text.columns) and {"x_m", "y_m"} <= set(table.text.columns):
        place = place + np.array(region.grid.local_origin)
    cells, distance = _soil_cells(place, region)
    rows = np.flatnonzero(distance <= _NEAR * region.grid.cell_size)
    if not rows.size:
        x_min, y_min, x_max, y_max = region.grid.bounds
        raise InputError(
            Problem(
                table.name, f"all {len(table)} sites lie far from the soil of the region",
                f"its grid spans x {x_min:.0f} to {x_max:.0f}, y {y_min:.0f} to {y_max:.0f} "
                f"in {region.grid.crs}",
                "Give x,y in that reference system, or lon,lat.",
            )
        )  # fmt: skip
    known = [n for n in region.covariates if n in table.text and n in region.samples.covariates]
    covariates = pd.DataFrame(
        {n: pd.to_numeric(table.text[n].iloc[rows], errors="coerce") for n in known}
    ).reset_index(drop=True)
    for name in known:  # what a site does not tell is that of its cell
        of_cell = region.covariates[name].values.reshape(-1)[cells[rows]]
        covariates[name] = covariates[name].fillna(pd.Series(of_cell))
    shape = (rows.size, len(METALS))
    sites = Observed(
        site=_names(table)[rows],
        cell=cells[rows],
        place=place[rows],
        year_index=np.full(rows.size, len(hindcast.years) - 1, dtype=np.intp),
        content=np.full(shape, np.nan),
        below=np.zeros(shape, dtype=bool),
        change=np.zeros((rows.size, len(METALS)), dtype=bool),
        covariates=covariates,
    )
    return KeptSites(sites, rows, len(table) - rows.size)


def measured(table: Table, metal: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """What a file found of a metal: contents, and which lie below detection. [kg kg-1]"""
    values, below = contents(table, metal)
    return values / MG_PER_KG, below


def _soil_cells(
    place: NDArray[np.float64], region: Region
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Soil cell that holds each place, or the nearest one, and how far its middle is. [m]"""
    grid = region.grid
    soil = np.flatnonzero(region.soil_mask)
    row, col = np.divmod(soil, grid.shape[1])
    distance, nearest = cKDTree(np.column_stack([grid.x[col], grid.y[row]])).query(place)
    cells = soil[nearest]
    for i, (x, y) in enumerate(place.tolist()):  # the nearest of two is no rule on their border
        own = grid.cell_of(x, y)
        if own is not None and region.soil_mask[own]:
            cells[i] = own[0] * grid.shape[1] + own[1]
    return cells, np.asarray(distance)


def _names(table: Table) -> NDArray[np.str_]:
    column = next((n for n in _NAMES if n in table.text), None)
    if column is None:
        return np.arange(1, len(table) + 1).astype(str)
    return table.text[column].to_numpy(dtype=str)
