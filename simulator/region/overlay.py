"""Exact area overlay of parcels and cells, and who lies near whom.

The share of a cell that a polygon covers follows from its boundary alone (Green's theorem): an
edge that falls by ``dv`` through a row of cells adds ``dv`` to the coverage of every cell on its
right and a trapezium to the cell it passes through. One pass over the edges therefore gives all
cells of a polygon at once, to rounding, whatever its size, holes and parts; cutting polygons cell
by cell costs a general intersection for every pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, Final

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csr_array

from simulator.constants import LAND_CLASSES
from simulator.errors import InputError, Problem
from simulator.region.model import Grid, Region

#: Largest excess of a cell's covered share over 1 that comes from rounded coordinates: slivers
#: along slanted edges. Beyond it parcels overlap. [-]
OVERLAP_TOLERANCE: Final = 1.0e-2
_ROUNDING: Final = 1.0e-9

#: Shares below this are rounding residue of ground that the polygon does not touch. [-]
_RESIDUE: Final = 1.0e-12

#: Overlapping pairs that an error names.
_NAMED: Final = 5


def overlay(
    grid: Grid,
    geometries: Sequence[shapely.Geometry] | NDArray[np.object_],
    ids: Sequence[int] | NDArray[np.integer] | None = None,
    tolerance: float = OVERLAP_TOLERANCE,
) -> csr_array:
    """Share of each cell's area that each parcel covers, exact to rounding.

    Parameters
    ----------
    grid : Grid
        Cells, numbered row by row from the north-west.
    geometries : sequence of shapely polygons or multipolygons
        Valid polygons in the grid's CRS; parts outside the grid count nowhere.
    ids : sequence of int, optional
        What an error calls the parcels; their positions where not given.
    tolerance : float
        Largest excess over a whole cell that counts as rounding of coordinates. [-]

    Returns
    -------
    csr_array ``[cell, parcel]``
        Area of cell and parcel in common over the area of the cell. [-]

    Raises
    ------
    InputError
        If a cell is covered more than once.
    """
    shapes = np.asarray(geometries, dtype=object)
    u, v, ring_start, ring_sign, first_ring = _rings(grid, shapes)
    rows, cols = grid.shape
    cell, parcel, share = _cover_all(u, v, ring_start, ring_sign, first_ring, rows, cols)
    matrix = csr_array((share, (cell, parcel)), shape=(grid.size, shapes.size))
    named = np.arange(shapes.size) if ids is None else ids
    _refuse_overlap(grid, matrix, shapes, named, tolerance)
    return _without_slivers(matrix)


def land_shares(
    cover: csr_array, land_class: NDArray[np.integer], impervious: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Land of the cells, by area overlay.

    Parameters
    ----------
    cover : csr_array ``[cell, parcel]``
        Of :func:`overlay`. [-]
    land_class : ndarray of int ``[parcel]``
        Index into :data:`simulator.constants.LAND_CLASSES`.
    impervious : ndarray ``[parcel]``
        Sealed share. [-]

    Returns
    -------
    open_share : ndarray ``[land_class, cell]``
        Unsealed share of each cell's area by land class. [-]
    sealed_share : ndarray ``[cell]``
        Sealed share of each cell's area. [-]
    """
    parts = np.zeros((land_class.size, len(LAND_CLASSES) + 1))
    parts[np.arange(land_class.size), land_class] = 1.0 - impervious
    parts[:, -1] = impervious
    # A cell that many parcels share may add up to 1 and a unit in the last place.
    shares = np.minimum(cover @ parts, 1.0)
    return np.ascontiguousarray(shares[:, :-1].T), shares[:, -1].copy()


def region_land(region: Region) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Land of a region as its parcels are in the files.

    Returns
    -------
    open_share : ndarray ``[land_class, row, col]``
    sealed_share : ndarray ``[row, col]``
        As those of :func:`land_shares`.
    """
    table, shape = region.parcels, region.grid.shape
    cover = overlay(region.grid, table["geometry"].to_numpy(dtype=object), table["id"].to_numpy())
    code = np.array([LAND_CLASSES.index(name) for name in table["land_class"]])
    open_share, sealed_share = land_shares(cover, code, table["impervious"].to_numpy(np.float64))
    return open_share.reshape(-1, *shape), sealed_share.reshape(shape)


def _without_slivers(matrix: csr_array) -> csr_array:
    """Scale the rows of cells that are covered a little more than once, so that they sum to 1."""
    total = matrix.sum(axis=1)
    over = total > 1.0 + _ROUNDING
    if over.any():
        scale = np.where(over, 1.0 / total, 1.0)
        matrix.data *= np.repeat(scale, np.diff(matrix.indptr))
    return matrix


def neighbours(
    geometries: Sequence[shapely.Geometry] | NDArray[np.object_], distance: float
) -> csr_array:
    """Which parcels lie within a distance of each other, from edge to edge.

    Parameters
    ----------
    geometries : sequence of shapely geometries
        In a projected CRS, in metres.
    distance : float
        Largest gap between neighbours; 0 means touching. [m]

    Returns
    -------
    csr_array of bool ``[parcel, parcel]``
        Symmetric; no parcel is its own neighbour.
    """
    if not (np.isfinite(distance) and distance >= 0.0):
        raise ValueError(f"distance is {distance}; it must be finite and not negative")
    shapes = np.asarray(geometries, dtype=object)
    shapely.prepare(shapes)
    tail, head = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=distance)
    other = tail != head
    return csr_array(
        (np.ones(np.count_nonzero(other), dtype=np.bool_), (tail[other], head[other])),
        shape=(shapes.size, shapes.size),
    )


def _rings(grid: Grid, shapes: NDArray[np.object_]) -> tuple[NDArray[Any], ...]:
    """All rings of all polygons in units of cells, from the grid's upper left corner.

    Returns
    -------
    u, v : ndarray ``[point]``
        Columns to the right, rows down.
    ring_start : ndarray ``[ring + 1]``
        First point of each ring.
    ring_sign : ndarray ``[ring]``
        Factor that makes outer rings count as area and holes as its loss, as they may be drawn
        either way round.
    first_ring : ndarray ``[parcel + 1]``
        First ring of each parcel.
    """
    parts, part_of = shapely.get_parts(shapes, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    points, point_ring = shapely.get_coordinates(rings, return_index=True)
    ring_start = np.searchsorted(point_ring, np.arange(rings.size + 1))
    # The first ring of a polygon is its outer one.
    is_hole = np.r_[False, ring_part[1:] == ring_part[:-1]][: rings.size]
    ring_sign = np.where(shapely.is_ccw(rings) == is_hole, -1.0, 1.0)
    first_ring = np.searchsorted(part_of[ring_part], np.arange(shapes.size + 1))
    u = (points[:, 0] - grid.x_min) / grid.cell_size
    v = (grid.y_max - points[:, 1]) / grid.cell_size
    return u, v, ring_start, ring_sign, first_ring


@njit(cache=True)
def _window(position: NDArray[np.float64], size: int) -> tuple[int, int]:
    """First and last-plus-one cell along an axis that a polygon can reach."""
    low = min(max(np.floor(position.min()), 0.0), float(size))
    high = min(max(np.ceil(position.max()), 0.0), float(size))
    return int(low), int(high)


@njit(cache=True)
def _cover_all(
    u: NDArray[np.float64],
    v: NDArray[np.float64],
    ring_start: NDArray[np.int64],
    ring_sign: NDArray[np.float64],
    first_ring: NDArray[np.int64],
    rows: int,
    cols: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Cell, parcel and share of every pair that has ground in common."""
    parcels = first_ring.size - 1
    room = 0
    for p in range(parcels):
        start, stop = ring_start[first_ring[p]], ring_start[first_ring[p + 1]]
        if start < stop:  # not an empty polygon
            row0, row1 = _window(v[start:stop], rows)
            col0, col1 = _window(u[start:stop], cols)
            room += max(0, row1 - row0) * max(0, col1 - col0)
    cell = np.empty(room, dtype=np.int64)
    parcel = np.empty(room, dtype=np.int64)
    share = np.empty(room)
    count = 0
    for p in range(parcels):
        start, stop = ring_start[first_ring[p]], ring_start[first_ring[p + 1]]
        if start == stop:
            continue
        row0, row1 = _window(v[start:stop], rows)
        col0, col1 = _window(u[start:stop], cols)
        if row0 >= row1 or col0 >= col1:
            continue
        window = np.zeros((row1 - row0, col1 - col0))
        starts = ring_start[first_ring[p] : first_ring[p + 1] + 1] - start
        signs = ring_sign[first_ring[p] : first_ring[p + 1]]
        _cover(u[start:stop] - col0, v[start:stop] - row0, starts, signs, window)
        for row in range(row1 - row0):
            for col in range(col1 - col0):
                if window[row, col] > _RESIDUE:
                    cell[count] = (row + row0) * cols + col + col0
                    parcel[count] = p
                    share[count] = min(window[row, col], 1.0)
                    count += 1
    return cell[:count], parcel[:count], share[:count]


@njit(cache=True)
def _cover(
    u: NDArray[np.float64],
    v: NDArray[np.float64],
    ring_start: NDArray[np.int64],
    ring_sign: NDArray[np.float64],
    window: NDArray[np.float64],
) -> None:
    """Add the covered share of each cell of a window, whose corner is the origin of u and v.

    Going down an edge of an outer, anticlockwise ring has the inside on the right (to the east).
    """
    rows, cols = window.shape
    onward = np.zeros((rows, cols + 1))  # what counts in full for this column and all to its right
    for ring in range(ring_sign.size):
        for k in range(ring_start[ring], ring_start[ring + 1] - 1):
            sign = ring_sign[ring]
            ua, va, ub, vb = u[k], v[k], u[k + 1], v[k + 1]
            if va == vb:
                continue
            if va > vb:
                ua, va, ub, vb = ub, vb, ua, va
                sign = -sign
            for row in range(max(0, int(np.floor(va))), min(rows, int(np.ceil(vb)))):
                v0 = max(va, float(row))
                v1 = min(vb, row + 1.0)
                u0 = ua if v0 == va else ua + (ub - ua) * ((v0 - va) / (vb - va))
                u1 = ub if v1 == vb else ua + (ub - ua) * ((v1 - va) / (vb - va))
                _cover_row(u0, v0, u1, v1, sign, window[row], onward[row])
    for row in range(rows):
        full = 0.0
        for col in range(cols):
            full += onward[row, col]
            window[row, col] += full


@njit(cache=True)
def _cover_row(
    u0: float,
    v0: float,
    u1: float,
    v1: float,
    sign: float,
    row: NDArray[np.float64],
    onward: NDArray[np.float64],
) -> None:
    """Add a piece of edge inside one row, cut where it crosses from column to column."""
    cols = row.size
    if u0 > u1:  # the area on the right is the same whichever way the piece slants
        u0, u1 = u1, u0
    height = v1 - v0
    if u1 <= 0.0:
        onward[0] += sign * height
        return
    if u0 >= cols:
        return
    slant = height / (u1 - u0) if u1 > u0 else 0.0
    below = 0.0  # height of the piece that lies left of the current column
    if u0 < 0.0:
        below = -u0 * slant
        onward[0] += sign * below
        u0 = 0.0
    col = int(np.floor(u0))
    while col < cols:
        right = col + 1.0
        last = u1 <= right
        end = u1 if last else right
        part = height - below if last else (right - u0) * slant
        row[col] += sign * part * (right - 0.5 * (u0 + end))
        onward[col + 1] += sign * part
        if last:
            break
        below += part
        u0 = right
        col += 1


def _refuse_overlap(
    grid: Grid,
    matrix: csr_array,
    shapes: NDArray[np.object_],
    ids: Sequence[int] | NDArray[np.integer],
    tolerance: float,
) -> None:
    """Raise an error that names the parcels if a cell is covered more than once."""
    problems: dict[tuple[int, int], Problem] = {}
    for cell in np.flatnonzero(matrix.sum(axis=1) > 1.0 + tolerance).tolist():
        inside = matrix.indices[matrix.indptr[cell] : matrix.indptr[cell + 1]].tolist()
        for a, b in combinations(inside, 2):
            area = shapely.intersection(shapes[a], shapes[b]).area
            if area > tolerance * grid.cell_area / len(inside) ** 2:
                row, col = divmod(cell, grid.shape[1])
                problems[a, b] = Problem(
                    where=f"parcels {int(ids[a])} and {int(ids[b])}, cell row {row}, column {col}",
                    what=f"they overlap by {area:.6g} m2",
                    rule="parcels may not overlap",
                    fix="Cut one of them along the border of the other.",
                )
        if len(problems) >= _NAMED:
            break
    if problems:
        raise InputError(list(problems.values())[:_NAMED])
