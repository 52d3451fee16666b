"""Water uptake by roots: Feddes' reduction by head and the growth of roots.

References
----------
Feddes, R.A., Kowalik, P.J. & Zaradny, H. (1978): Simulation of field water use and crop yield.
Pudoc, Wageningen.
Hoffman, G.J. & van Genuchten, M.T. (1983): Soil properties and efficient water use: water
management for salinity control. In: Limitations to efficient water use in crop production, ASA.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.percolation.flow import Levels, Mesh
from simulator.physics.percolation.hydraulics import Hydraulics

Floats = NDArray[np.float64]

#: Water above the residual content that roots leave in the soil. [-]
_OUT_OF_REACH: Final = 0.00025


class Uptake(NamedTuple):
    """See :class:`simulator.physics.percolation.column.Roots`."""

    density: Floats  #: normalised: times the lengths of the nodes it sums to 1. [cm-1]
    depth: Floats  #: of the nodes. [cm]
    wilted: Floats  #: water content at ``p3``, ``[material]``. [-]
    p0: float
    p_opt: float
    p2_high: float
    p2_low: float
    p3: float
    r2_high: float
    r2_low: float
    grows: bool
    start: float
    stop: float
    least: float
    greatest: float
    period: float


@njit(cache=True, nogil=True, error_model="numpy")
def reduction(head: float, p: Uptake, p2: float) -> float:
    """Uptake over its potential at a head, ``alpha`` of Feddes. [-]."""
    if p.p_opt < p.p0 and head > p.p_opt:
        return max(0.0, min(1.0, (p.p0 - head) / (p.p0 - p.p_opt)))
    if head >= p2:
        return 1.0
    return max(0.0, (head - p.p3) / (p2 - p.p3))


@njit(cache=True, nogil=True, error_model="numpy")
def rooting_depth(time: float, p: Uptake) -> float:
    """Depth of growing roots, 0 outside their season. [cm]."""
    within = time - math.floor(time / p.period) * p.period if p.stop <= p.period else time
    if within < p.start or within > p.stop:
        return 0.0
    middle = 0.5 * (p.stop - p.start)
    half = 0.5 * (p.greatest + p.least)
    rate = -math.log(p.least * (p.greatest - half) / (half * (p.greatest - p.least))) / middle
    decay = math.exp(-rate * (within - p.start))
    return p.greatest * p.least / (p.least + (p.greatest - p.least) * decay)


@njit(cache=True, nogil=True, error_model="numpy")
def grow(time: float, p: Uptake, mesh: Mesh) -> None:
    """Write the density of growing roots; neither the surface node nor the lowest has any."""
    reach = rooting_depth(time, p)
    total = 0.0
    for i in range(p.density.size):
        share = 0.0
        depth = p.depth[i]
        if 0 < i < p.density.size - 1 and depth <= reach:
            share = 1.667 / reach if depth < 0.2 * reach else 2.0833 / reach * (1.0 - depth / reach)
        p.density[i] = share
        total += share * mesh.length[i]
    if total > 0.0:
        for i in range(p.density.size):
            p.density[i] /= total


@njit(cache=True, nogil=True, error_model="numpy")
def take_up(
    dt: float, potential: float, p: Uptake, mesh: Mesh, soil: Hydraulics, level: Levels
) -> None:
    """Write the uptake of a step, ``level.sink``, from the heads at its beginning.

    ``potential`` is the potential transpiration [cm d-1]. Half of the water above the wilting point
    is the most that a step takes from a node.
    """
    p2 = p.p2_low
    if potential >= p.r2_high:
        p2 = p.p2_high
    elif potential > p.r2_low:
        share = (potential - p.r2_low) / (p.r2_high - p.r2_low)
        p2 = p.p2_low + share * (p.p2_high - p.p2_low)
    for i in range(level.sink.size):
        rate = 0.0
        if p.density[i] > 0.0 and potential > 0.0:
            k = mesh.material[i]
            theta = level.theta[i]
            if theta > soil.theta_r[k] + _OUT_OF_REACH:
                rate = reduction(level.head[i], p, p2) * p.density[i] * potential
                rate = min(rate, max(0.0, 0.5 * (theta - p.wilted[k]) / dt))
        level.sink[i] = rate
