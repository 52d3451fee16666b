"""From rings and rays to grid cells, keeping the mass.

Near a source deposition changes within a cell by orders of magnitude, so the mean over a cell is
integrated along rays from the source. The radial part is exact, as it is a difference of cumulative
amounts; what is left is an integral over azimuth that is smooth between the corners of the cell and
the rays. Neighbouring cells share their edges, so what leaves one enters the next.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.dispersion.sort import sort_few
from simulator.physics.threads import in_ranges

_CORNERS = np.array([[-0.5, -0.5], [-0.5, 0.5], [0.5, -0.5], [0.5, 0.5]])
#: Least and greatest power of distance that an amount follows within the first ring.
_INNER_POWER = (0.5, 10.0)
#: Stands for nothing where a logarithm is taken.
_SMALLEST = 1e-280
_GAUSS_NODES, _GAUSS_WEIGHTS = np.polynomial.legendre.leggauss(4)


def cumulative(field: NDArray[np.float64], rings: NDArray[np.float64]) -> NDArray[np.float64]:
    """Amounts within each ring, and their slopes.

    Between rings the logarithm of density is a cubic in that of distance, integrated by Simpson's
    rule; within the first one the amount goes on with the power that it has beyond: wet deposition
    rises as 1/r up to the source, dry deposition of a stack falls to nothing.

    Parameters
    ----------
    field : ndarray
        Density, ``[ray, ring, quantity]``.
    rings : ndarray
        Their distances, evenly spaced in their logarithm, ``[ring]``. [m]

    Returns
    -------
    ndarray
        ``[ray, ring, 2, quantity]``: amount per radian within the ring, and its slope with the
        logarithm of distance.
    """
    slope = field * (rings * rings)[:, None]
    step = math.log(rings[1] / rings[0])
    log = np.log(np.maximum(slope, _SMALLEST))
    # logarithm half way between rings, cubic through four where all four have something
    middle = 0.5 * (log[:, :-1] + log[:, 1:])
    around = np.minimum(log[:, :-3], log[:, 3:]) > math.log(_SMALLEST)
    bend = (middle[:, 1:-1] - 0.5 * (log[:, :-3] + log[:, 3:])) / 8.0
    middle[:, 1:-1] += np.where(around, bend, 0.0)
    inner, outer = slope[:, :-1], slope[:, 1:]
    half_way = np.where(inner + outer > 0.0, np.exp(middle), 0.0)
    within = step / 6.0 * (inner + 4.0 * half_way + outer)
    power = np.clip((log[:, 1:2] - log[:, :1]) / step, *_INNER_POWER)
    amount = np.concatenate([slope[:, :1] / power, within], axis=1).cumsum(axis=1)
    # no steeper than three times the smaller secant: the cubic is then monotone (Fritsch and
    # Carlson 1980, doi:10.1137/0717021)
    steepest = np.full_like(slope, np.inf)
    steepest[:, 1:] = 3.0 * within / step
    steepest[:, :-1] = np.minimum(steepest[:, :-1], 3.0 * within / step)
    return np.ascontiguousarray(np.stack([amount, np.minimum(slope, steepest)], axis=2))


def cell_means(
    field: NDArray[np.float64],
    rings: NDArray[np.float64],
    dx: NDArray[np.float64],
    dy: NDArray[np.float64],
    size: float,
) -> NDArray[np.float64]:
    """Means over square cells.

    Parameters
    ----------
    field : ndarray
        Density, ``[ray, ring, quantity]``; rays evenly spaced, the first to the north, clockwise.
    rings : ndarray
        Distances of the rings, ``[ring]``; the last one beyond the farthest corner. [m]
    dx, dy : ndarray
        Centres of the columns east and of the rows north of the source. [m]
    size : float
        Side of a cell. [m]

    Returns
    -------
    ndarray
        ``[quantity, row, col]``, in the unit of the field.
    """
    means = np.empty((field.shape[2], dy.size, dx.size))
    in_ranges(_cell_means, dy.size, 8, cumulative(field, rings), rings, dx, dy, float(size), means)
    return means


@njit(cache=True, nogil=True)
def _cell_means(
    first: int,
    stop: int,
    table: NDArray[np.float64],
    rings: NDArray[np.float64],
    dx: NDArray[np.float64],
    dy: NDArray[np.float64],
    size: float,
    means: NDArray[np.float64],
) -> None:
    """Fill in ``means [quantity, row, col]``."""
    for row in range(first, stop):
        result = np.empty(table.shape[3])
        for col in range(dx.size):
            cell_mean(table, rings, dx[col], dy[row], size, result)
            for q in range(result.size):
                means[q, row, col] = result[q]


@njit(cache=True)
def _add_within(
    table: NDArray[np.float64],
    rings: NDArray[np.float64],
    azimuth: float,
    distance: float,
    weight: float,
    result: NDArray[np.float64],
) -> None:
    """Add the amounts within a distance, per radian at an azimuth, times a weight.

    A cubic (Catmull and Rom) through four rays, which keeps the sum over all azimuths; between
    rings a monotone cubic in the logarithm of distance.
    """
    rays, n_ring = table.shape[0], table.shape[1]
    position = (azimuth * (0.5 * rays / math.pi)) % rays
    ray = int(position)
    t = position - ray
    across = (
        0.5 * t * ((2.0 - t) * t - 1.0),
        0.5 * (t * t * (3.0 * t - 5.0) + 2.0),
        0.5 * t * ((4.0 - 3.0 * t) * t + 1.0),
        0.5 * (t - 1.0) * t * t,
    )
    if distance <= rings[0]:
        share = (distance / rings[0]) ** 2
        for i in range(4):
            one = (ray + i - 1) % rays
            for q in range(result.size):
                result[q] += weight * across[i] * share * table[one, 0, 0, q]
        return
    step = math.log(rings[1] / rings[0])
    along = math.log(distance / rings[0]) / step
    k = min(int(along), n_ring - 2)
    t = along - k
    value_0, value_1 = (1.0 + 2.0 * t) * (1.0 - t) ** 2, t * t * (3.0 - 2.0 * t)
    slope_0, slope_1 = step * t * (1.0 - t) ** 2, step * t * t * (t - 1.0)
    for i in range(4):
        one = (ray + i - 1) % rays
        a = weight * across[i]
        for q in range(result.size):
            result[q] += a * (
                value_0 * table[one, k, 0, q]
                + value_1 * table[one, k + 1, 0, q]
                + slope_0 * table[one, k, 1, q]
                + slope_1 * table[one, k + 1, 1, q]
            )


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
def _kinks(dx: float, dy: float, size: float, rays: int) -> NDArray[np.float64]:
    """Azimuths that bound the cell or where the integrand over azimuth has a kink, ascending. [rad]

    These are the corners of the cell and the rays between them; the whole circle if the source lies
    within the cell or on its edge.
    """
    width = 2.0 * math.pi / rays
    inside = max(abs(dx), abs(dy)) <= 0.5 * size
    middle = 0.0 if inside else math.atan2(dx, dy)
    low, high = (-math.pi, math.pi) if inside else (math.pi, -math.pi)
    kinks = np.empty(rays + 7)  # both ends of the circle can be a ray
    for i in range(4):
        angle = math.atan2(dx + size * _CORNERS[i, 0], dy + size * _CORNERS[i, 1]) - middle
        kinks[i] = (angle + math.pi) % (2.0 * math.pi) - math.pi
        low = min(low, kinks[i])
        high = max(high, kinks[i])
    kinks[4] = low
    kinks[5] = high
    count = 6
    for ray in range(math.ceil((middle + low) / width), math.floor((middle + high) / width) + 1):
        kinks[count] = ray * width - middle
        count += 1
    kinks = kinks[:count]
    sort_few(kinks)
    for i in range(count):
        kinks[i] += middle
    return kinks


@njit(cache=True)
def cell_mean(
    table: NDArray[np.float64],
    rings: NDArray[np.float64],
    dx: float,
    dy: float,
    size: float,
    result: NDArray[np.float64],
) -> None:
    """Mean over one square cell.

    Parameters
    ----------
    table : ndarray
        Of :func:`cumulative`.
    rings : ndarray
        ``[ring]``. [m]
    dx, dy : float
        Centre of the cell east and north of the source. [m]
    size : float
        Side of the cell. [m]
    result : ndarray
        Filled in, ``[quantity]``.
    """
    kinks = _kinks(dx, dy, size, table.shape[0])
    for q in range(result.size):
        result[q] = 0.0
    area = size * size
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
            weight = half * _GAUSS_WEIGHTS[j] / area
            _add_within(table, rings, azimuth, far, weight, result)
            _add_within(table, rings, azimuth, near, -weight, result)
    for q in range(result.size):
        # the amounts are monotone; rounding may leave -1e-20
        result[q] = max(result[q], 0.0)
