"""The tabulated mode: many receptors in flat terrain from a table by distance in each hour."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.dispersion.kernel_inputs import Air, Points, Switches, begin_hour
from simulator.physics.dispersion.rates import Categories
from simulator.physics.dispersion.rise import (
    VOLUME,
    Exit,
    unless_penetrating,
)
from simulator.physics.dispersion.table import (
    fill_table,
    lateral_log,
    new_table,
    place_at,
    read,
)

_NEAREST: Final[float] = 0.99  # m
#: Least share that counts as penetrating. [-]
_PENETRATING: Final[float] = 1e-4
#: Logarithm of the lateral term below which a receptor lies outside the plume.
_OUTSIDE: Final[float] = -50.0


@njit(cache=True, nogil=True)
def tabulated_hours(
    begin: int,
    stop: int,
    x_source: float,
    y_source: float,
    distances: NDArray[np.float64],
    air: Air,
    exit_: Exit,
    parts: Categories,
    points: Points,
    switches: Switches,
    values: NDArray[np.float64],
) -> None:
    """Fill in ``values [hour, receptor, substance, quantity]``, rates per unit emission.

    Parameters
    ----------
    begin, stop : int
        Range of hours.
    distances : ndarray
        Of the nodes, ``[node]``. [m]
    """
    n_node = distances.size
    first, step = distances[0], math.log(distances[1] / distances[0])
    n_quantity = 3 * values.shape[2]
    for h in range(begin, stop):
        if not air.valid[h]:
            continue
        hour, profile, out, rates = begin_hour(h, air, exit_, parts)
        out = unless_penetrating(out, _PENETRATING)
        table = new_table(n_node, n_quantity)
        fill_table(distances, points.flagpole[0], switches, out, hour, profile, rates, parts, table)
        angle = math.radians(out.direction)
        sine, cosine = math.sin(angle), math.cos(angle)
        nearest = _NEAREST
        if out.kind == VOLUME:
            nearest += 2.15 * out.sigma_y0
        for n in range(points.x.size):
            dx, dy = points.x[n] - x_source, points.y[n] - y_source
            r = math.sqrt(dx * dx + dy * dy)
            if r < nearest:
                continue
            result = values[h, n].reshape(n_quantity)
            at = place_at(math.log(r / first) / step, n_node)
            for q in range(n_quantity):
                result[q] = math.exp(read(table.around, at, q))
            x = -(dx * sine + dy * cosine)
            if x < 1.0:
                continue
            k, t = at.below, at.share
            rest = 1.0 - (table.share[k] + t * (table.share[k + 1] - table.share[k]))
            y = dx * cosine - dy * sine
            at = place_at(math.log(x / first) / step, n_node)
            lateral = lateral_log(table, at, y, 0)
            if lateral > _OUTSIDE:
                for q in range(n_quantity):
                    result[q] += rest * math.exp(lateral + read(table.main, at, q))
            if out.penetration > 0.0:
                lateral = lateral_log(table, at, y, 1)
                if lateral > _OUTSIDE:
                    for q in range(n_quantity):
                        result[q] += rest * math.exp(lateral + read(table.penetrated, at, q))
