r"""Where water runs on an elevation map: filled pits, area above each cell, way to the next stream.

Pits are filled by a priority flood, which also leaves each cell of a flat with a way out. Flow
leaves a cell to all lower neighbours. From the area above follow the length factor of RUSLE on a
map and how well a slope is connected with the water below it.

Maps are ``[row, col]`` with square cells and NaN outside; water leaves them over their edges.

Sources
-------
Barnes, R., Lehman, C. & Mulla, D. (2014): Priority-flood: an optimal depression-filling and
watershed-labeling algorithm for digital elevation models. Comput. Geosci. 62, 117-127.
doi:10.1016/j.cageo.2013.04.024
Freeman, T.G. (1991): Calculating catchment area with divergent flow based on a regular grid.
Comput. Geosci. 17, 413-422. doi:10.1016/0098-3004(91)90048-I
Desmet, P.J.J. & Govers, G. (1996): A GIS procedure for automatically calculating the USLE LS factor
on topographically complex landscape units. J. Soil Water Conserv. 51, 427-433.
Borselli, L., Cassi, P. & Torri, D. (2008): Prolegomena to sediment and flow connectivity in the
landscape: a GIS and field numerical assessment. Catena 75, 268-277.
doi:10.1016/j.catena.2008.07.006
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from simulator.physics.erosion import UNIT_PLOT_LENGTH, slope_length_exponent
from simulator.physics.rows import Array

#: Share of a lower neighbour grows with this power of the slope towards it (Freeman 1991).
DIVERGENCE: Final = 1.1

#: Steps to the eight neighbours: rows, columns, distance in cells.
_ROWS: Final = np.array([-1, -1, -1, 0, 0, 1, 1, 1])
_COLS: Final = np.array([-1, 0, 1, -1, 1, -1, 0, 1])
_FAR: Final = np.array([2**0.5, 1.0, 2**0.5, 1.0, 1.0, 2**0.5, 1.0, 2**0.5])

#: Exponent of the length factor below which the length has no effect; keeps its root finite.
_LEAST_EXPONENT: Final = 1.0e-3

#: Bounds of the slope and least cover in the index of connectivity, as in InVEST.
_INDEX_SLOPE: Final = (0.005, 1.0)
_INDEX_COVER: Final = 1.0e-3


@dataclass(frozen=True)
class Drainage:
    """How water runs over a map.

    Attributes
    ----------
    surface : ndarray ``[row, col]``
        Elevation with filled pits; every cell inside has a lower neighbour. [m]
    order : ndarray of int ``[cell]``
        Flat index of the known cells, from the lowest of the surface to the highest.
    cell : float
        Side of a cell. [m]
    """

    surface: Array
    order: NDArray[np.int64]
    cell: float


def drain(elevation: NDArray[np.floating], cell: float) -> Drainage:
    """Fill the pits of an elevation map.

    Parameters
    ----------
    elevation : ndarray ``[row, col]``
        NaN outside. [m]
    cell : float
        Side of a cell. [m]
    """
    surface, order = _flood(np.ascontiguousarray(elevation, dtype=np.float64))
    return Drainage(surface, order, cell)


@njit(cache=True)
def _flood(elevation: Array) -> tuple[Array, NDArray[np.int64]]:
    """Raise what lies lower than its way out, by the least step that a number can make.

    Cells are taken from the lowest of the flooded border inwards (Barnes et al. 2014, algorithm 3).
    """
    rows, cols = elevation.shape
    surface = elevation.copy()
    queued = np.isnan(elevation)
    order = np.empty(elevation.size - int(queued.sum()), np.int64)
    heap = [(0.0, np.int64(0))][:0]
    for r in range(rows):
        for c in range(cols):
            if queued[r, c]:
                continue
            for k in range(8):
                i, j = r + _ROWS[k], c + _COLS[k]
                if i < 0 or j < 0 or i == rows or j == cols or np.isnan(elevation[i, j]):
                    queued[r, c] = True
                    heap.append((surface[r, c], np.int64(r * cols + c)))
                    break
    heapq.heapify(heap)
    taken = 0
    while len(heap) > 0:
        height, index = heapq.heappop(heap)
        order[taken] = index
        taken += 1
        r, c = index // cols, index % cols
        above = np.nextafter(height, np.inf)
        for k in range(8):
            i, j = r + _ROWS[k], c + _COLS[k]
            if i < 0 or j < 0 or i == rows or j == cols or queued[i, j]:
                continue
            queued[i, j] = True
            surface[i, j] = max(surface[i, j], above)
            heapq.heappush(heap, (surface[i, j], np.int64(i * cols + j)))
    return surface, order


@njit(cache=True)
def _shares(surface: Array, r: int, c: int, share: Array) -> bool:
    """Share of the water of a cell that each neighbour takes; False where none is lower."""
    rows, cols = surface.shape
    steepest = 0.0
    for k in range(8):
        share[k] = 0.0
        i, j = r + _ROWS[k], c + _COLS[k]
        if i >= 0 and j >= 0 and i < rows and j < cols and surface[i, j] < surface[r, c]:
            share[k] = (surface[r, c] - surface[i, j]) / _FAR[k]
            steepest = max(steepest, share[k])
    if steepest == 0.0:
        return False
    total = 0.0
    for k in range(8):
        # relative to the steepest: the steps of a filled pit are too small for powers
        share[k] = (share[k] / steepest) ** DIVERGENCE
        total += share[k]
    for k in range(8):
        share[k] /= total
    return True


@njit(cache=True)
def _accumulate(surface: Array, order: NDArray[np.int64], amount: Array) -> Array:
    """Amount of each cell and of all above it."""
    cols = surface.shape[1]
    total = amount.copy()
    share = np.empty(8)
    for n in range(order.size - 1, -1, -1):
        r, c = order[n] // cols, order[n] % cols
        if _shares(surface, r, c, share):
            for k in range(8):
                if share[k] > 0.0:
                    total[r + _ROWS[k], c + _COLS[k]] += share[k] * total[r, c]
    return total


@njit(cache=True)
def _way_down(
    surface: Array, order: NDArray[np.int64], cost: Array, stream: NDArray[np.bool_], cell: float
) -> Array:
    """Mean over the ways to the next stream of cost times length."""
    cols = surface.shape[1]
    way = np.full(surface.shape, np.nan)
    share = np.empty(8)
    for n in range(order.size):
        r, c = order[n] // cols, order[n] % cols
        if stream[r, c]:
            way[r, c] = 0.0
        elif _shares(surface, r, c, share):
            way[r, c] = 0.0
            for k in range(8):
                if share[k] > 0.0:
                    step = cost[r, c] * cell * _FAR[k]
                    way[r, c] += share[k] * (step + way[r + _ROWS[k], c + _COLS[k]])
        else:
            way[r, c] = cost[r, c] * cell
    return way


def accumulate(drainage: Drainage, amount: NDArray[np.floating] | float = 1.0) -> Array:
    """Sum of an amount over each cell and all that drains to it.

    Parameters
    ----------
    drainage : Drainage
        The map.
    amount : float or ndarray ``[row, col]``
        What each cell adds: its area for the catchment area. Any unit.

    Returns
    -------
    ndarray ``[row, col]``
        NaN outside the map.
    """
    own = np.where(np.isnan(drainage.surface), np.nan, amount)
    return _accumulate(drainage.surface, drainage.order, own)


def length_factor(inflow: ArrayLike, cell: float, exponent: ArrayLike) -> NDArray[np.float64]:
    r"""Length factor L of a cell of a map (Desmet & Govers 1996, eq. 9). [-]

    .. math::

        L = \frac{(A + D^2)^{m+1} - A^{m+1}}{D^{m+2}\ x^m\ \lambda_0^m}

    with x = 1: :math:`|\sin\alpha| + |\cos\alpha|` of the aspect is the width of flow that enters
    over the sides of a cell. Flow to all lower neighbours advances by 0.94 to 1 sides a step,
    whatever its direction, and is about that wide.

    Parameters
    ----------
    inflow : array_like
        Area that drains into the cell, A. [m2]
    cell : float
        Side of the cell, D. [m]
    exponent : array_like
        Slope-length exponent m. [-]
    """
    m = np.asarray(exponent)
    # in units of the cell's area, so that powers of large areas do not cancel
    above = np.asarray(inflow) / (cell * cell)
    grown = (above + 1.0) ** (m + 1.0) - above ** (m + 1.0)
    return np.asarray(grown * (cell / UNIT_PLOT_LENGTH) ** m)


def hillslope_factor(
    area: Array, cell: float, exponent: ArrayLike, longest: float
) -> NDArray[np.float64]:
    """Length factor of each cell; beyond a length from the top of the slope it grows no more.

    Parameters
    ----------
    area : ndarray ``[row, col]``
        Area of each cell and all above it. [m2]
    cell : float
        Side of a cell. [m]
    exponent : array_like
        Slope-length exponent. [-]
    longest : float
        Length after which water has gathered in channels. [m]
    """
    most = max(longest - cell, 0.0) * cell
    inflow = np.clip(area - cell * cell, 0.0, most)
    return length_factor(inflow, cell, np.maximum(exponent, _LEAST_EXPONENT))


def even_slope_length(
    factor: ArrayLike, exponent: ArrayLike, longest: float
) -> NDArray[np.float64]:
    """Length of the even slope whose mean length factor is a given one. [m]

    Parameters
    ----------
    factor : array_like
        Mean length factor. [-]
    exponent : array_like
        Slope-length exponent. [-]
    longest : float
        Upper limit. [m]
    """
    m = np.maximum(exponent, _LEAST_EXPONENT)
    return np.minimum(UNIT_PLOT_LENGTH * np.asarray(factor) ** (1.0 / m), longest)


def slope_length(
    elevation: NDArray[np.floating], slope: NDArray[np.floating], cell: float, longest: float
) -> NDArray[np.float64]:
    """Slope length of each cell from the elevation of the cells themselves.

    Parameters
    ----------
    elevation : ndarray ``[row, col]``
        NaN outside. [m]
    slope : ndarray ``[row, col]``
        [rad]
    cell : float
        Side of a cell; one that is longer than any slope tells nothing. [m]
    longest : float
        Length after which water has gathered in channels. [m]

    Returns
    -------
    ndarray ``[row, col]``
        Up to `longest`. [m]
    """
    if cell >= longest:
        return np.full(elevation.shape, longest)
    area = accumulate(drain(elevation, cell), cell * cell)
    exponent = slope_length_exponent(slope)
    return even_slope_length(hillslope_factor(area, cell, exponent, longest), exponent, longest)


def connectivity(
    drainage: Drainage,
    area: Array,
    cover: NDArray[np.floating],
    gradient: NDArray[np.floating],
    stream: NDArray[np.bool_],
) -> NDArray[np.float64]:
    r"""Index of connectivity (Borselli et al. 2008). [-]

    .. math::

        IC = \log_{10} \frac{\bar C\ \bar S\ \sqrt{A}}{\sum_i d_i / (C_i S_i)}

    with means over the cells above and the sum over those on the way to the next stream; where the
    flow parts, the mean over its ways.

    Parameters
    ----------
    drainage : Drainage
        The map.
    area : ndarray ``[row, col]``
        Area of each cell and all above it. [m2]
    cover : ndarray ``[row, col]``
        Cover factor of RUSLE. [-]
    gradient : ndarray ``[row, col]``
        Slope, rise over run. [-]
    stream : ndarray of bool ``[row, col]``
        Streams and other water.

    Returns
    -------
    ndarray ``[row, col]``
        NaN in streams and outside the map.
    """
    weight = np.maximum(cover, _INDEX_COVER)
    slope = np.clip(gradient, *_INDEX_SLOPE)
    cells = area / drainage.cell**2
    above = accumulate(drainage, weight) * accumulate(drainage, slope) / cells**2 * np.sqrt(area)
    below = _way_down(
        drainage.surface, drainage.order, 1.0 / (weight * slope), stream, drainage.cell
    )
    inside = np.isfinite(below) & (below > 0.0)
    ratio = np.divide(above, below, out=np.ones_like(below), where=inside)
    return np.where(inside, np.log10(ratio), np.nan)
