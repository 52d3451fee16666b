"""What lies under the pointer: a parcel, a stack."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from analysis.inspector.stack import stacks
from analysis.runs import grid_of
from simulator.record import RunFolder


@dataclass(frozen=True, eq=False)
class Outlines:
    """Outlines of the parcels of a run, which stay as they are from its first year to its last.

    Attributes
    ----------
    ids : ndarray of int ``[parcel]``
    shapes : ndarray of shapely polygons ``[parcel]``
        In the CRS of the run. [m]
    """

    ids: NDArray[np.int64]
    shapes: NDArray[np.object_]

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Tree that finds outlines by place."""
        return shapely.STRtree(self.shapes)

    @cached_property
    def place(self) -> dict[int, int]:
        """Place of each parcel by its id."""
        return {parcel: k for k, parcel in enumerate(self.ids.tolist())}


@dataclass(frozen=True)
class _Key:
    """A run, known by its folder, when it was begun and its region."""

    path: Path
    created: str
    digest: str
    run: RunFolder = field(compare=False, repr=False)


def outlines(run: RunFolder) -> Outlines:
    """Outlines of the parcels of a run, read once for its folder."""
    about = run.manifest
    return _outlines(_Key(run.path, about["created"], about["region"]["digest"], run))


def parcel_at(run: RunFolder, x_cell: float, y_cell: float) -> int | None:
    """Id of the parcel at a place of the map.

    Parameters
    ----------
    run : RunFolder
    x_cell, y_cell : float
        Columns to the right and rows down from the north-west corner of the grid. [cells]

    Returns
    -------
    int or None
        On the line between parcels one of them; None outside of all.
    """
    grid, known = grid_of(run), outlines(run)
    point = shapely.Point(
        grid.x_min + x_cell * grid.cell_size, grid.y_max - y_cell * grid.cell_size
    )
    found = known.tree.query(point, predicate="intersects")
    return int(known.ids[found.min()]) if found.size else None


def stack_near(run: RunFolder, x_cell: float, y_cell: float, within: float) -> str | None:
    """Id of the stack nearest to a place of the map; None if none is near enough.

    Parameters
    ----------
    run : RunFolder
    x_cell, y_cell : float
        As in :func:`parcel_at`. [cells]
    within : float
        Largest distance. [cells]
    """
    reach = [(math.hypot(s.col - x_cell, s.row - y_cell), s.id) for s in stacks(run)]
    distance, source = min(reach, default=(math.inf, ""))
    return source if distance <= within else None


@lru_cache(maxsize=4)
def _outlines(key: _Key) -> Outlines:
    start = key.run.parcels[key.run.parcels["geometry"].notna()]
    return Outlines(start["id"].to_numpy(np.int64), shapely.from_wkb(start["geometry"].to_numpy()))
