"""Means over cells of what AERMOD has computed at receptors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import LinearNDInterpolator
from scipy.spatial import QhullError

from simulator.physics.dispersion.cells import cell_means
from simulator.physics.dispersion.sources import Point
from simulator.region.model import Grid

OUTSIDE: Final[int] = 0
DIRECT: Final[int] = 1
INTERPOLATED: Final[int] = 2

#: Pieces along the side of a cell, near the source and elsewhere; odd, so that the centre of the
#: cell is that of a piece.
_PIECES_NEAR: Final[int] = 9
_PIECES: Final[int] = 3
#: Cells count as near the source within so many cells.
_NEAR: Final[float] = 5.0
#: Rings and rays that are evenly spaced to this share of their spacing are taken for such.
_EVEN: Final[float] = 0.02

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CellMeans:
    """Means over cells, and how they came about.

    Attributes
    ----------
    values : ndarray
        ``[quantity, row, col]``, NaN outside.
    kind : ndarray of int
        ``OUTSIDE``, ``DIRECT`` (receptors in the cell) or ``INTERPOLATED``, ``[row, col]``.
    rings : bool
        Whether the receptors were rings around the source, integrated over the cells.
    """

    values: Floats
    kind: NDArray[np.int8]
    rings: bool


def means_over_cells(grid: Grid, stack: Point, x: Floats, y: Floats, values: Floats) -> CellMeans:
    """Means over cells from values at points.

    Cells are cut into pieces. A piece takes the mean of its receptors, or what is interpolated at
    its centre: the logarithm, linearly in the triangles between receptors. The cell is the mean of
    its pieces. On the edge, where some pieces lie beyond the hull of the receptors, it is the mean
    of the pieces with receptors, or else of those within the hull; where its centre is beyond the
    hull and no receptor lies in it, it stays unknown. Rings around the source, evenly spaced in the
    logarithm of distance and in azimuth, are integrated over the cells instead.

    Parameters
    ----------
    grid : Grid
        Cells.
    stack : Point
        The source.
    x, y : ndarray
        Receptors, each once, ``[receptor]``. [m]
    values : ndarray
        Not negative, ``[receptor, quantity]``.
    """
    east, north = x - stack.x, y - stack.y
    dx, dy = grid.x - stack.x, grid.y - stack.y
    polar = rings_and_rays(east, north, values)
    if polar is not None:
        return _from_rings(*polar, dx, dy, grid.cell_size)
    return _from_points(east, north, values, dx, dy, grid.cell_size)


def rings_and_rays(east: Floats, north: Floats, values: Floats) -> tuple[Floats, Floats] | None:
    """Distances of rings and the values on them, ``[ray, ring, quantity]``; None without rings.

    Parameters
    ----------
    east, north : ndarray
        Receptors from the source, ``[receptor]``. [m]
    values : ndarray
        ``[receptor, quantity]``.
    """
    distance = np.hypot(east, north)
    if distance.size < 3 * 24 or distance.min() <= 0.0:
        return None
    log = np.log(distance)
    ordered = np.sort(log)
    edges = np.flatnonzero(np.diff(ordered) > 0.1 * (ordered[-1] - ordered[0]) / distance.size)
    n_ring = edges.size + 1
    n_ray, rest = divmod(distance.size, n_ring)
    if rest or n_ring < 3 or n_ray < 24:
        return None
    step = (ordered[-1] - ordered[0]) / (n_ring - 1)
    rings = ordered.reshape(n_ring, n_ray).mean(axis=1)
    ring, off_ring = _whole((log - rings[0]) / step)
    ray, off_ray = _whole(np.arctan2(east, north) * n_ray / (2.0 * math.pi))
    ray %= n_ray
    whole = np.unique(ring * n_ray + ray).size == distance.size and ring.max() == n_ring - 1
    if not whole or max(off_ring, off_ray) > _EVEN:
        return None
    field = np.empty((n_ray, n_ring, values.shape[1]))
    field[ray, ring] = values
    return np.exp(rings[0] + step * np.arange(n_ring)), field


def _whole(position: Floats) -> tuple[NDArray[np.int64], float]:
    """Nearest whole numbers, and the largest distance from them."""
    nearest = np.rint(position)
    return nearest.astype(np.int64), float(np.abs(position - nearest).max())


def _from_rings(rings: Floats, field: Floats, dx: Floats, dy: Floats, size: float) -> CellMeans:
    values = cell_means(field, rings, dx, dy, size)
    corner = np.hypot(np.abs(dx) + 0.5 * size, (np.abs(dy) + 0.5 * size)[:, None])
    outside = corner > rings[-1]
    values[:, outside] = np.nan
    return CellMeans(values, np.where(outside, OUTSIDE, DIRECT).astype(np.int8), True)


def _from_points(
    east: Floats, north: Floats, values: Floats, dx: Floats, dy: Floats, size: float
) -> CellMeans:
    shape = dy.size, dx.size
    # floors as cells are bounded: the west edge belongs to the cell, and the north one
    col = np.floor((east - dx[0]) / size + 0.5).astype(np.int64)
    row = np.floor((dy[0] - north) / size + 0.5).astype(np.int64)
    inside = (col >= 0) & (col < shape[1]) & (row >= 0) & (row < shape[0])
    direct = np.zeros(shape, dtype=bool)
    direct[row[inside], col[inside]] = True
    between = _Interpolation(east, north, values, size)
    result = np.full((values.shape[1], *shape), np.nan)
    kind = np.where(direct, DIRECT, OUTSIDE).astype(np.int8)
    near = np.hypot(dx, dy[:, None]) < _NEAR * size
    for pieces, chosen in ((_PIECES_NEAR, near), (_PIECES, ~near)):
        r, c = np.nonzero(chosen)
        if not r.size:
            continue
        offset = size * ((np.arange(pieces) + 0.5) / pieces - 0.5)
        piece_x = dx[c][:, None, None] + offset
        piece_y = dy[r][:, None, None] - offset[:, None]
        at = np.full((r.size, pieces * pieces, values.shape[1]), np.nan)
        at[:] = between(*np.broadcast_arrays(piece_x, piece_y)).reshape(at.shape)
        centre = np.isfinite(at[:, pieces * pieces // 2, 0])
        held = _put_receptors(at, (east, north), values, (row, col), inside, chosen, (dx, dy), size)
        known = np.isfinite(at[..., 0])
        edge = direct[r, c] & ~known.all(axis=1)
        known[edge] = held[edge]
        usable = direct[r, c] | centre
        total = np.where(known[..., None], at, 0.0).sum(axis=1)
        mean = total / np.maximum(known.sum(axis=1), 1)[:, None]
        result[:, r[usable], c[usable]] = mean[usable].T
        interpolated = usable & ~direct[r, c]
        kind[r[interpolated], c[interpolated]] = INTERPOLATED
    return CellMeans(result, kind, False)


def _put_receptors(
    at: Floats,
    position: tuple[Floats, Floats],
    values: Floats,
    cell: tuple[NDArray[np.int64], NDArray[np.int64]],
    inside: NDArray[np.bool_],
    chosen: NDArray[np.bool_],
    centres: tuple[Floats, Floats],
    size: float,
) -> NDArray[np.bool_]:
    """Put means of receptors into the pieces that hold some, ``at [cell, piece, quantity]``.

    Returns which pieces these are, ``[cell, piece]``.
    """
    pieces = math.isqrt(at.shape[1])
    number = np.cumsum(chosen.ravel()).reshape(chosen.shape) - 1
    row, col = cell
    use = np.flatnonzero(inside)
    use = use[chosen[row[use], col[use]]]
    along = (position[0][use] - centres[0][col[use]]) / size + 0.5
    down = (centres[1][row[use]] - position[1][use]) / size + 0.5
    i, j = (np.clip((p * pieces).astype(np.int64), 0, pieces - 1) for p in (down, along))
    index = number[row[use], col[use]] * at.shape[1] + i * pieces + j
    count = np.bincount(index, minlength=at.shape[0] * at.shape[1])
    filled = np.flatnonzero(count)
    flat = at.reshape(-1, at.shape[2])
    for q in range(at.shape[2]):
        total = np.bincount(index, values[use, q], minlength=count.size)
        flat[filled, q] = total[filled] / count[filled]
    return (count > 0).reshape(at.shape[:2])


class _Interpolation:
    """Interpolation of the logarithm between scattered points; NaN beyond their hull."""

    def __init__(self, east: Floats, north: Floats, values: Floats, size: float) -> None:
        # a least value, so that zeros have a logarithm
        lowest = np.where(values > 0.0, values, np.inf).min(axis=0)
        self._least = np.where(np.isfinite(lowest), lowest, 1.0)
        self._size = size
        self._quantities = values.shape[1]
        self._between: LinearNDInterpolator | None = None
        points = np.column_stack([east, north]) / size
        if len(points) >= 3:
            try:
                self._between = LinearNDInterpolator(points, np.log(values + self._least))
            except QhullError:  # all on a line
                return

    def __call__(self, east: Floats, north: Floats) -> Floats:
        if self._between is None:
            return np.full((*east.shape, self._quantities), np.nan)
        logarithm = self._between(east / self._size, north / self._size)
        return np.asarray(np.maximum(np.exp(logarithm) - self._least, 0.0))
