"""Radial tables to grid cells: lookup at a point and means over cells.

Near the source deposition changes within a cell by orders of magnitude, so the mean over a cell
is integrated along rays from the source: the radial part is exact, as the table is cumulative, and
what is left is an integral over azimuth that is smooth between the corners of the cell and the
centres of the sectors.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.dispersion.meteorology import SECTORS

_WIDTH = 2.0 * math.pi / SECTORS  # of a sector, rad
_CORNERS = np.array([[-0.5, -0.5], [-0.5, 0.5], [0.5, -0.5], [0.5, 0.5]])
_GAUSS_NODES, _GAUSS_WEIGHTS = np.polynomial.legendre.leggauss(4)


@njit(cache=True)
def _sectors_at(azimuth: float) -> tuple[int, int, float]:
    """Sectors on either side of an azimuth [rad] and the weight of the second."""
    position = (azimuth / _WIDTH) % SECTORS
    first = int(position)
    return first % SECTORS, (first + 1) % SECTORS, position - first


@njit(cache=True)
def _combine(
    table: NDArray[np.float64],
    sectors: tuple[int, int, float],
    k: int,
    value: tuple[float, float],
    slope: tuple[float, float],
) -> tuple[float, float, float]:
    """Weigh the values and slopes at nodes k and k + 1 of two sectors, for the three amounts."""
    first, second, weight = sectors
    a = (1.0 - weight) / _WIDTH
    b = weight / _WIDTH
    dry, wet, air = 0.0, 0.0, 0.0
    for j in range(2):
        v, m = value[j], slope[j]
        n = k + j
        dry += v * (a * table[first, n, 0] + b * table[second, n, 0])
        dry += m * (a * table[first, n, 3] + b * table[second, n, 3])
        wet += v * (a * table[first, n, 1] + b * table[second, n, 1])
        wet += m * (a * table[first, n, 4] + b * table[second, n, 4])
        air += v * (a * table[first, n, 2] + b * table[second, n, 2])
        air += m * (a * table[first, n, 5] + b * table[second, n, 5])
    return dry, wet, air


@njit(cache=True)
def cumulative(
    table: NDArray[np.float64], step: float, azimuth: float, distance: float
) -> tuple[float, float, float]:
    """Dry, wet [-] and air [s m-1] amounts within a distance, per radian at an azimuth.

    Linear in azimuth between the centres of the sectors, as in ISC3's long-term model (EPA-454/
    B-95-003b): this keeps the mass and takes away the steps at the edges of sectors. Within the
    first node (1 m) amounts grow with distance.
    """
    sectors = _sectors_at(azimuth)
    if distance <= 1.0:
        return _combine(table, sectors, 0, (max(distance, 0.0), 0.0), (0.0, 0.0))
    position = math.log(distance) / step
    k = min(int(position), table.shape[1] - 2)
    t = position - k
    # cubic Hermite basis
    value = ((1.0 + 2.0 * t) * (1.0 - t) ** 2, t * t * (3.0 - 2.0 * t))
    slope = (step * t * (1.0 - t) ** 2, step * t * t * (t - 1.0))
    return _combine(table, sectors, k, value, slope)


@njit(cache=True)
def point_density(
    table: NDArray[np.float64], step: float, azimuth: float, distance: float
) -> tuple[float, float, float]:
    """Dry and wet deposition [m-2] and concentration [s m-3] at a point, at least 1 m away.

    The derivative of :func:`cumulative` with distance, over distance.
    """
    position = math.log(distance) / step
    k = min(int(position), table.shape[1] - 2)
    t = position - k
    edge = 6.0 * t * (t - 1.0) / step
    dry, wet, air = _combine(
        table,
        _sectors_at(azimuth),
        k,
        (edge, -edge),
        ((1.0 - t) * (1.0 - 3.0 * t), t * (3.0 * t - 2.0)),
    )
    scale = 1.0 / (distance * distance)
    # the cubic is monotone; rounding may leave -1e-20
    return max(dry, 0.0) * scale, max(wet, 0.0) * scale, max(air, 0.0) * scale


@njit(cache=True)
def _crossing(dx: float, dy: float, half: float, azimuth: float) -> tuple[float, float]:
    """Distances at which a ray from the source enters and leaves a cell; equal if it misses."""
    near = 0.0
    far = math.inf
    for offset, along in ((dx, math.sin(azimuth)), (dy, math.cos(azimuth))):
        if abs(along) < 1e-12:
            if abs(offset) > half:
                return 0.0, 0.0
            continue
        one = (offset - half) / along
        two = (offset + half) / along
        near = max(near, min(one, two))
        far = min(far, max(one, two))
    if far <= near:
        return 0.0, 0.0
    return near, far


@njit(cache=True)
def _sort(values: NDArray[np.float64]) -> None:
    """Sort a few values in place, ascending."""
    for i in range(1, values.size):
        value = values[i]
        j = i
        while j > 0 and values[j - 1] > value:
            values[j] = values[j - 1]
            j -= 1
        values[j] = value


@njit(cache=True)
def _kinks(dx: float, dy: float, size: float) -> NDArray[np.float64]:
    """Azimuths that bound the cell or where the integrand over azimuth has a kink, ascending. [rad]

    These are the corners of the cell and the centres of the sectors between them; the whole circle
    if the source lies within the cell or on its edge.
    """
    inside = max(abs(dx), abs(dy)) <= 0.5 * size
    middle = 0.0 if inside else math.atan2(dx, dy)
    low, high = (-math.pi, math.pi) if inside else (math.pi, -math.pi)
    kinks = np.empty(SECTORS + 7)  # both ends of the circle can be the centre of a sector
    for i in range(4):
        angle = math.atan2(dx + size * _CORNERS[i, 0], dy + size * _CORNERS[i, 1]) - middle
        kinks[i] = (angle + math.pi) % (2.0 * math.pi) - math.pi
        low = min(low, kinks[i])
        high = max(high, kinks[i])
    kinks[4] = low
    kinks[5] = high
    count = 6
    for s in range(math.ceil((middle + low) / _WIDTH), math.floor((middle + high) / _WIDTH) + 1):
        kinks[count] = s * _WIDTH - middle
        count += 1
    kinks = kinks[:count]
    _sort(kinks)
    return kinks + middle


@njit(cache=True)
def cell_mean(
    table: NDArray[np.float64], step: float, dx: float, dy: float, size: float
) -> tuple[float, float, float]:
    """Mean dry and wet deposition [m-2] and concentration [s m-3] over a square cell.

    Parameters
    ----------
    table : ndarray
        Of :func:`~simulator.physics.dispersion.radial.radial_table`.
    step : float
        Spacing of its nodes in ln r.
    dx, dy : float
        Centre of the cell east and north of the source. [m]
    size : float
        Side of the cell. [m]
    """
    kinks = _kinks(dx, dy, size)
    dry, wet, air = 0.0, 0.0, 0.0
    for i in range(kinks.size - 1):
        half = 0.5 * (kinks[i + 1] - kinks[i])
        if half <= 0.0:
            continue
        middle = 0.5 * (kinks[i + 1] + kinks[i])
        for j in range(_GAUSS_NODES.size):
            azimuth = middle + half * _GAUSS_NODES[j]
            near, far = _crossing(dx, dy, 0.5 * size, azimuth)
            if far <= near:
                continue
            inner = cumulative(table, step, azimuth, near)
            outer = cumulative(table, step, azimuth, far)
            weight = half * _GAUSS_WEIGHTS[j]
            dry += weight * (outer[0] - inner[0])
            wet += weight * (outer[1] - inner[1])
            air += weight * (outer[2] - inner[2])
    area = size * size
    # the table is monotone; rounding may leave -1e-20
    return max(dry, 0.0) / area, max(wet, 0.0) / area, max(air, 0.0) / area
