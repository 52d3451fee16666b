"""What gases fall on around a source: land use by direction and season by month.

References
----------
U.S. EPA, 2024: User's Guide for AERMOD, EPA-454/B-24-007 (GDLANUSE, GDSEASON).
Auer, A. H., 1978: Correlation of land use and cover with meteorological anomalies, J. Appl.
Meteorol. 17:636-643.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.constants import BUILT_CLASSES, LAND_CLASSES
from simulator.errors import InputError, Problem
from simulator.physics.dispersion.sources import Ground
from simulator.region.model import Region
from simulator.region.surface import monthly_temperature, season_by_month

SECTORS: Final[int] = 36
#: Land farther from a source than this does not count. [m]
REACH: Final[float] = 10_000.0
#: Cells are cut into pieces of at most this side, so that near sectors are not empty. [m]
_PIECE: Final[float] = 250.0

#: AERMOD's classes.
URBAN, FARMLAND, RANGELAND, FOREST, SUBURBAN, WATER, BARREN = 1, 2, 3, 4, 5, 7, 8
#: Class of each unsealed land class. Orchards (citrus, tea) are evergreen woody canopies. Built
#: land is :data:`URBAN` or :data:`SUBURBAN` by how much of it is sealed.
LAND_USE: Final[dict[str, int]] = {
    "paddy": FARMLAND,
    "dryland": FARMLAND,
    "vegetable": FARMLAND,
    "orchard": FOREST,
    "forest": FOREST,
    "grassland": RANGELAND,
    "bare": BARREN,
    "water": WATER,
}
#: Sealed share of built land from which on it is town without vegetation: the urban types of Auer
#: (1978) have at most 35 % vegetation. [-]
TOWN_FROM: Final[float] = 0.65

Floats = NDArray[np.float64]


def region_ground(
    region: Region, position: tuple[float, float], open_share: Floats, sealed_share: Floats
) -> Ground:
    """The ground around a source of a region.

    Parameters
    ----------
    region : Region
        The region.
    position : tuple of float
        Easting and northing of the source. [m]
    open_share : ndarray
        Unsealed share of the cells by land class, ``[land_class, row, col]``. [-]
    sealed_share : ndarray
        Sealed share of the cells, ``[row, col]``. [-]
    """
    _require_land(region, open_share, sealed_share)
    grid = region.grid
    return Ground(
        land_use=land_use(open_share, sealed_share, grid.x, grid.y, position),
        season=_seasons(region),
    )


def common_ground(region: Region, open_share: Floats, sealed_share: Floats) -> Ground:
    """The most frequent ground of a region, the same in all directions.

    Parameters
    ----------
    region : Region
        The region.
    open_share : ndarray
        Unsealed share of the cells by land class, ``[land_class, row, col]``. [-]
    sealed_share : ndarray
        Sealed share of the cells, ``[row, col]``. [-]
    """
    _require_land(region, open_share, sealed_share)
    common = _most_frequent(open_share.sum(axis=(1, 2)), float(sealed_share.sum()))
    assert common is not None  # there is land
    return Ground(land_use=(common,) * SECTORS, season=_seasons(region))


def _require_land(region: Region, open_share: Floats, sealed_share: Floats) -> None:
    if not (open_share.any() or sealed_share.any()):
        raise InputError(
            Problem(
                f"{region.name}: parcels",
                "no parcel lies on the grid",
                "parcels say what the land of the cells is",
                "Check the coordinates of the parcels and of the grid.",
            )
        )


def _seasons(region: Region) -> tuple[int, ...]:
    return season_by_month(monthly_temperature(region.weather), region.weather_site.latitude)


def land_use(
    open_share: Floats,
    sealed_share: Floats,
    x: Floats,
    y: Floats,
    position: tuple[float, float],
) -> tuple[int, ...]:
    """Most frequent class of land in each sector of 10 degrees around a source.

    Land without a class (outside the parcels or the grid) does not count; a sector that has no
    other takes the most frequent class of the whole grid.

    Parameters
    ----------
    open_share : ndarray
        Unsealed share of the cells by land class, ``[land_class, row, col]``. [-]
    sealed_share : ndarray
        Sealed share of the cells, ``[row, col]``. [-]
    x, y : ndarray
        Cell centres, ``[col]`` and ``[row]``, evenly spaced alike. [m]
    position : tuple of float
        Easting and northing of the source. [m]

    Returns
    -------
    tuple of int
        AERMOD's class for flow towards 10, 20, ... 360 degrees.
    """
    area = np.zeros((SECTORS, len(LAND_CLASSES)))
    size = abs(x[1] - x[0]) if x.size > 1 else abs(y[1] - y[0]) if y.size > 1 else _PIECE
    pieces = math.ceil(size / _PIECE)
    offset = size * ((np.arange(pieces) + 0.5) / pieces - 0.5)
    cols = np.flatnonzero(np.abs(x - position[0]) <= REACH + size)
    rows = np.flatnonzero(np.abs(y - position[1]) <= REACH + size)
    east = (x[cols, None] + offset).ravel() - position[0]
    north = (y[rows, None] + offset).ravel() - position[1]
    distance = np.hypot(east, north[:, None])
    azimuth = np.degrees(np.arctan2(east, north[:, None])) % 360.0
    # the sector towards 360 degrees is the last one
    sector = (np.floor(azimuth / 10.0 + 0.5).astype(np.int64) - 1) % SECTORS
    near = distance <= REACH
    row = np.broadcast_to(np.repeat(rows, pieces)[:, None], near.shape)[near]
    col = np.broadcast_to(np.repeat(cols, pieces), near.shape)[near]
    for k in range(len(LAND_CLASSES)):
        area[:, k] = np.bincount(sector[near], open_share[k, row, col], SECTORS)
    sealed = np.bincount(sector[near], sealed_share[row, col], SECTORS)
    common = _most_frequent(open_share.sum(axis=(1, 2)), float(sealed_share.sum()))
    if common is None:
        raise ValueError("no cell of the grid has land")
    return tuple(_most_frequent(area[k], float(sealed[k])) or common for k in range(SECTORS))


def _most_frequent(area: Floats, sealed: float) -> int | None:
    """AERMOD's class with the largest area, None without land; areas are ``[land_class]``."""
    total = dict.fromkeys(sorted(set(LAND_USE.values())), 0.0)
    built = sealed
    for name, part in zip(LAND_CLASSES, area.tolist(), strict=True):
        if name in BUILT_CLASSES:
            built += part
        else:
            total[LAND_USE[name]] += part
    total[URBAN if sealed >= TOWN_FROM * built else SUBURBAN] = built
    largest = max(total, key=total.__getitem__)
    return largest if total[largest] > 0.0 else None
