"""Where maps are made: the soil cells of a region, or the nodes of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from analysis.soilmap.score import Sites, read_sites
from analysis.soilmap.tables import Table, coordinates
from simulator.constants import LAND_CLASSES
from simulator.errors import InputError, Problem
from simulator.problems import suggest
from simulator.region.model import Grid, Region
from simulator.region.overlay import region_land

#: What a region tells of its cells.
REGION_COVARIATES: Final = (
    "landuse", "soil", "district", "elevation", "slope", "ph", "organic_matter", "clay",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """Places to be predicted, and where they lie in a raster.

    Attributes
    ----------
    inputs : DataFrame
        ``x``, ``y`` [m] and covariates, a row a place.
    samples : DataFrame
        Likewise of the samples, with secondary metals.
    shape : tuple of int or None
        Rows and columns of the raster; None where the places are no lattice.
    row, col : ndarray of int ``[place]``
        Pixel of each place.
    x_min, y_max, cell : float
        Upper left corner and side of the pixels. [m]
    crs : str or None
        Coordinate reference system, where it is known.
    region : str or None
        Name of the region whose cells they are.
    """

    inputs: pd.DataFrame
    samples: pd.DataFrame
    shape: tuple[int, int] | None
    row: NDArray[np.intp]
    col: NDArray[np.intp]
    x_min: float
    y_max: float
    cell: float
    crs: str | None
    region: str | None = None

    def raster(self, values: NDArray[np.float64]) -> NDArray[np.float32]:
        """Values of the places as ``[row, col]``, NaN elsewhere."""
        assert self.shape is not None
        field = np.full(self.shape, np.nan, dtype=np.float32)
        field[self.row, self.col] = values
        return field


def region_target(samples: Table, region: Region, names: Sequence[str]) -> Target:
    """Soil cells of a region; samples get the covariates of the nearest of them.

    Parameters
    ----------
    samples : Table
        With ``x,y`` in the region's reference system, or ``lon,lat``.
    region : Region
        The region.
    names : sequence of str
        Of ``REGION_COVARIATES``.
    """
    grid = region.grid
    row, col = np.nonzero(region.soil_mask)
    x, y = grid.x[col], grid.y[row]
    inputs = pd.DataFrame({"x": x, "y": y})
    for name in names:
        inputs[name] = region_covariate(region, name)[row, col]
    places, _ = coordinates([samples], grid.crs)
    nearest = cKDTree(np.column_stack([x, y])).query(places[0])[1]
    at = inputs.iloc[nearest].reset_index(drop=True)
    at["x"], at["y"] = places[0][:, 0], places[0][:, 1]
    _refuse_outside(samples, at, grid)
    return Target(
        inputs, at, grid.shape, row, col, grid.x_min, grid.y_max, grid.cell_size, grid.crs,
        region.name,
    )  # fmt: skip


def region_covariate(region: Region, name: str) -> NDArray[np.generic]:
    """Covariate of a region, ``[row, col]``: numbers, or names of classes."""
    if name == "landuse":
        open_share, sealed = region_land(region)
        largest = np.concatenate([open_share, sealed[None]]).argmax(axis=0)
        return np.array([*LAND_CLASSES, "sealed"], dtype=object)[largest]
    if name in ("soil", "district"):
        codes = region.soil_unit if name == "soil" else region.district
        names = region.soil_names if name == "soil" else region.district_names
        assert codes is not None
        return np.array([[names.get(int(c), str(c)) for c in line] for line in codes], dtype=object)
    fields = {
        "elevation": region.elevation,
        "slope": region.slope,
        "ph": region.soil.ph[0],
        "organic_matter": region.soil.organic_matter[0],
        "clay": region.soil.clay[0],
    }
    if name not in fields:
        raise InputError(
            Problem(
                "--covariates", f"{name!r} is no covariate of a region",
                f"a region tells {', '.join(REGION_COVARIATES)}", suggest(name, REGION_COVARIATES),
            )
        )  # fmt: skip
    return fields[name]


def grid_target(
    samples: Table, grid: Table, names: Sequence[str], crs: str | None = None
) -> Target:
    """Nodes of a table, and the pixels that they are the centres of, if they are a lattice."""
    lacking = [n for n in (e.partition(":")[0] for e in names) if n not in grid.text.columns]
    if lacking:
        raise InputError(
            Problem(
                f"{grid.name}: header", f"no column {lacking[0]!r}",
                "covariates are known at every node", suggest(lacking[0], grid.text.columns),
            )
        )  # fmt: skip
    sites: Sites = read_sites([samples, grid], names, grid, crs)
    at, inputs = sites.inputs
    steps = [np.diff(np.unique(inputs[c].round(6))) for c in ("x", "y")]
    smallest = [float(s.min()) if s.size else np.nan for s in steps]
    cell = float(np.nanmin(smallest)) if not np.isnan(smallest).all() else np.nan
    even = cell > 0.0 and all(np.allclose(s / cell, np.round(s / cell), atol=1e-3) for s in steps)
    none = np.zeros(0, dtype=np.intp)
    if not even:
        return Target(inputs, at, None, none, none, np.nan, np.nan, np.nan, sites.crs or crs)
    x_min, y_max = float(inputs["x"].min()) - cell / 2.0, float(inputs["y"].max()) + cell / 2.0
    col = np.floor((inputs["x"].to_numpy() - x_min) / cell).astype(np.intp)
    row = np.floor((y_max - inputs["y"].to_numpy()) / cell).astype(np.intp)
    shape = (int(row.max()) + 1, int(col.max()) + 1)
    return Target(inputs, at, shape, row, col, x_min, y_max, cell, sites.crs or crs)


def _refuse_outside(samples: Table, at: pd.DataFrame, grid: Grid) -> None:
    x_min, y_min, x_max, y_max = grid.bounds
    inside = at["x"].between(x_min, x_max) & at["y"].between(y_min, y_max)
    if not inside.any():
        raise InputError(
            Problem(
                samples.name,
                f"all {len(at)} samples lie outside the grid (the first at "
                f"{at['x'][0]:.6g}, {at['y'][0]:.6g})",
                f"the grid spans x {x_min:.0f} to {x_max:.0f}, y {y_min:.0f} to {y_max:.0f} "
                f"in {grid.crs}",
                "Give x,y in that reference system, or lon,lat.",
            )
        )
