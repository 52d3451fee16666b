"""What the correction is learned from: fluxes of the processes, sources, ground and covariates."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from simulator.calibration.hindcast import (
    LEACHING,
    OTHER_INPUTS,
    OTHER_LOSSES,
    SOURCE_DEPOSITION,
    Hindcast,
)
from simulator.constants import LAND_CLASSES, METALS
from simulator.region import Region
from simulator.scenario.select import SECTOR

Cells = NDArray[np.intp]

#: Least flux that is told from none. [kg m-2 yr-1], a microgram
_LEAST_FLUX: Final = 1e-9
#: Columns by which physics knows a direction; see :data:`simulator.calibration.candidates.PHYSICS`.
DEPOSITION: Final = "ln_source_deposition"
DISTANCE: Final = "ln_source_distance"


def feature_table(
    hindcast: Hindcast,
    region: Region,
    metal: str,
    cells: Cells,
    process: NDArray[np.float64],
    place: NDArray[np.float64] | None = None,
    covariates: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Features of cells, or of sites in them, for one metal.

    Parameters
    ----------
    hindcast : Hindcast
        Gives the fluxes.
    region : Region
        Gives ground, sources and covariates.
    metal : str
        The metal.
    cells : ndarray of int ``[row]``
        Flat indices of cells with soil.
    process : ndarray ``[row]``
        Content that the processes give. [kg kg-1]
    place : ndarray ``[row, 2]``, optional
        Coordinates; those of the middles of the cells by default. [m]
    covariates : DataFrame ``[row]``, optional
        What is known at the sites themselves; columns that the region has a map of go before it.

    Returns
    -------
    DataFrame
        ``x``, ``y`` and features: numbers, and text for classes.
    """
    m, grid = METALS.index(metal), region.grid
    row, col = np.divmod(cells, grid.shape[1])
    at = np.column_stack([grid.x[col], grid.y[row]]) if place is None else place
    flux = {group: values[m, cells] for group, values in hindcast.flux.items()}
    stock = np.maximum(hindcast.mean_content[m, cells] * hindcast.mass[cells], 1e-30)
    columns: dict[str, NDArray[np.float64] | pd.Series] = {
        "x": at[:, 0],
        "y": at[:, 1],
        "ln_process": np.log(process),
        DEPOSITION: np.log(flux[SOURCE_DEPOSITION] + _LEAST_FLUX),
        "ln_other_inputs": np.log(flux[OTHER_INPUTS] + _LEAST_FLUX),
        "leaching_rate": flux[LEACHING] / stock,
        "other_loss_rate": flux[OTHER_LOSSES] / stock,
        "land": _land(hindcast, cells),
        "sealed": hindcast.sealed_share[cells],
        "elevation": region.elevation[row, col],
        "slope": region.slope[row, col],
        "ph": region.soil.ph[0, row, col],
        "organic_matter": region.soil.organic_matter[0, row, col],
        "clay": region.soil.clay[0, row, col],
    }
    sectors = [i for i, tag in enumerate(hindcast.tags) if tag.startswith(SECTOR)]
    if sectors:
        share = hindcast.by_tag[-1, sectors][:, m, cells].sum(axis=0) * hindcast.mass[cells]
        columns["ln_area_sources"] = np.log(share / hindcast.horizon + _LEAST_FLUX)
    if len(region.sources):
        tree = cKDTree(region.sources[["x", "y"]].to_numpy(float))
        columns[DISTANCE] = np.log(tree.query(at)[0] + 0.5 * grid.cell_size)
    for name, covariate in region.covariates.items():
        if name in columns:
            raise ValueError(f"covariate {name!r} has the name of a feature")
        known = pd.Series(covariate.values[row, col])
        if covariates is not None and name in covariates:
            own = pd.to_numeric(covariates[name], errors="coerce").reset_index(drop=True)
            known = own.where(own.notna(), known)
        columns[name] = _class(known) if covariate.is_class else known.astype(float)
    return pd.DataFrame(columns, index=range(len(cells)))


def _class(values: pd.Series) -> pd.Series:
    """Codes of a class as text: 4 and 4.0 are the same, and unknown is a class."""
    return values.map(lambda v: f"{v:.15g}").where(values.notna(), "unknown")


def _land(hindcast: Hindcast, cells: Cells) -> pd.Series:
    """Class that has most of the open land of each cell."""
    most = np.argmax(hindcast.open_share[:, cells], axis=0)
    return pd.Series([LAND_CLASSES[k] for k in most])
