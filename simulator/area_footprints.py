"""Footprints of area sources: what a cell that emits leaves on the cells around it.

Traffic, stoves and small works are too many to be listed. They emit near the ground from all over
a cell, which AERMOD's plume describes as small volume sources side by side: a puff as wide as a
street, as high as the release, at many places of the cell.

References
----------
U.S. EPA, 2024: User's Guide for AERMOD, EPA-454/B-24-007, table 3-2 (initial spread of volumes).
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator import footprint_cache
from simulator.data import Parameters
from simulator.footprints import (
    check_emission,
    emitted_substances,
    field_reach,
    source_field,
)
from simulator.physics.cell_kernel import cell_kernel
from simulator.physics.dispersion.hours import prepare
from simulator.physics.dispersion.sources import Volume
from simulator.region.ground import common_ground
from simulator.region.meteorology import region_meteorology
from simulator.region.model import Grid, Region

#: Side of the puffs that make up a cell: about a street. [m]
PUFF: Final[float] = 20.0
#: Side and height of a volume over the spread of its emission at the start. [-]
SIDE_TO_SPREAD: Final[float] = 4.3
HEIGHT_TO_SPREAD: Final[float] = 2.15

_PROFILE: Final = ("sector", "control", "height_m")


def puff(height: float) -> Volume:
    """Small volume source of a release near the ground.

    Parameters
    ----------
    height : float
        Of the release; the buildings or vehicles that it comes from are as high. [m]
    """
    return Volume(0.0, 0.0, height, PUFF / SIDE_TO_SPREAD, height / HEIGHT_TO_SPREAD)


def area_kernels(
    region: Region,
    parameters: Parameters,
    open_share: NDArray[np.float64],
    sealed_share: NDArray[np.float64],
) -> list[NDArray[np.float32]]:
    """Kernels of the area sources of a region, in the order of its table.

    Sources that emit the same at the same height share their kernel, which is kept on disk.

    Parameters
    ----------
    region : Region
    parameters : Parameters
    open_share : ndarray
        Unsealed share of the cells by land class, ``[land_class, row, col]``. [-]
    sealed_share : ndarray
        ``[row, col]``. [-]

    Returns
    -------
    list of ndarray
        ``[way, mode, row offset, column offset]``, see
        :func:`~simulator.physics.cell_kernel.cell_kernel`. [m-2]
    """
    rows = region.area_sources.to_dict("records")
    if not rows:
        return []
    hours = prepare(region_meteorology(region, parameters))
    check_emission(str(rows[0]["id"]), None, hours)
    digest = footprint_cache.hours_digest(hours)
    ground = common_ground(region, open_share, sealed_share)
    grid = region.grid
    reach = field_reach(diagonal(grid))
    kernels: dict[tuple[Any, ...], NDArray[np.float32]] = {}
    missing = []
    for sector, control, height in dict.fromkeys(_profile(row) for row in rows):
        source, substances = puff(height), emitted_substances(parameters, sector, control)
        field_key = footprint_cache.field_key(source, substances, digest, reach, ground, None)
        key = footprint_cache.kernel_key(field_key, grid.cell_size, grid.shape)
        kernel = footprint_cache.load_kernel(key, grid.shape)
        if kernel is None:
            missing.append(((sector, control, height), source, substances, key))
        else:
            kernels[sector, control, height] = kernel
    for n, (profile, source, substances, key) in enumerate(missing):
        field = source_field(
            source, substances, hours, digest, reach, ground, before=n, total=len(missing)
        )
        kernels[profile] = cell_kernel(field, grid.cell_size, grid.shape)
        footprint_cache.save_kernel(key, kernels[profile])
    return [kernels[_profile(row)] for row in rows]


def diagonal(grid: Grid) -> float:
    """Distance that the rings around a cell have to reach to cover the grid from it. [m]"""
    return grid.cell_size * math.hypot(grid.shape[0] + 1, grid.shape[1] + 1)


def _profile(row: dict[Any, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in _PROFILE)
