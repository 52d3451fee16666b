"""Choosing sources and parcels of a region by the words of a scenario."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from simulator.region.model import Region

SECTOR = "sector"
#: Words before a name that choose several things at once.
PREFIXES = (SECTOR, "district", "zone", "class")
#: Chooses every parcel.
ALL = "all"


def split_selector(selector: str) -> tuple[str, str]:
    """Prefix and name of ``sector:NAME`` and others of :data:`PREFIXES`; else no prefix.

    Examples
    --------
    >>> split_selector("sector:coal power")
    ('sector', 'coal power')
    >>> split_selector("coal-1")
    ('', 'coal-1')
    """
    prefix, colon, name = selector.partition(":")
    return (prefix, name) if colon and prefix in PREFIXES else ("", selector)


def parcel_districts(region: Region) -> NDArray[np.int32]:
    """District number of the cell that holds an inner point of each parcel, 0 outside.

    An inner point stands for the parcel: one that straddles a border belongs to one district.

    Returns
    -------
    ndarray of int
        ``[parcel]``.
    """
    points = shapely.point_on_surface(region.parcels["geometry"].to_numpy())
    grid = region.grid
    col = np.floor((shapely.get_x(points) - grid.x_min) / grid.cell_size).astype(np.intp)
    row = np.floor((grid.y_max - shapely.get_y(points)) / grid.cell_size).astype(np.intp)
    inside = (row >= 0) & (row < grid.shape[0]) & (col >= 0) & (col < grid.shape[1])
    district = np.zeros(len(points), dtype=np.int32)
    district[inside] = region.district[row[inside], col[inside]]
    return district


def select_parcels(selectors: Sequence[int | str], region: Region) -> list[int]:
    """Ids of the parcels that a list of ids and words means.

    Parameters
    ----------
    selectors : sequence of int or str
        ``parcels`` of an intervention that has passed
        :func:`simulator.scenario.check_scenario`: ids, ``district:NAME``, ``zone:NAME``,
        ``class:NAME`` (land class at the start of a run) and ``all``.
    region : Region
        The region.

    Returns
    -------
    list of int
        Each id once, in the order of the region's parcels.
    """
    table = region.parcels
    ids = table["id"].to_numpy()
    chosen = np.isin(ids, [s for s in selectors if isinstance(s, int)])
    for selector in (s for s in selectors if isinstance(s, str)):
        prefix, name = split_selector(selector)
        if selector == ALL:
            chosen[:] = True
        elif prefix == "zone":
            chosen |= (table["zone"] == name).to_numpy()
        elif prefix == "class":
            chosen |= (table["land_class"] == name).to_numpy()
        else:
            codes = [code for code, known in region.district_names.items() if known == name]
            chosen |= np.isin(parcel_districts(region), codes)
    return ids[chosen].tolist()
