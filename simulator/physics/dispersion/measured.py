"""Measured levels of an hour: sorted by quantity, blended with a reference (spec 1.2, 2.3).

Between and around its measurements a profile keeps the shape of the reference.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.dispersion.constants import (
    FREEZING,
    LAPSE_RATE,
    SIGMA_V_MIN,
    SIGMA_W_MIN,
    STABLE_GRADIENT_MIN,
)
from simulator.physics.dispersion.levels import between_directions

#: Quantities in the order of the first axis of heights, values and counts.
SPEEDS, DIRECTIONS, SIGMA_VS, SIGMA_WS, GRADIENTS = range(5)


class Measured(NamedTuple):
    """What was measured of each quantity in an hour."""

    heights: NDArray[np.float64]  #: ``[quantity, level]``, ascending [m]
    values: NDArray[np.float64]  #: ``[quantity, level]``
    reference: NDArray[np.float64]  #: of the reference profile there, ``[quantity, level]``
    number: NDArray[np.int64]  #: of levels, ``[quantity]``


@njit(cache=True)
def nothing_measured(levels: int) -> Measured:
    """Room for so many levels."""
    room = max(levels, 1)
    return Measured(
        np.empty((5, room)), np.empty((5, room)), np.empty((5, room)), np.zeros(5, dtype=np.int64)
    )


@njit(cache=True)
def bracket(measured: Measured, quantity: int, z: float) -> tuple[int, float]:
    """Level below a height (-1 for none) and its share of the interval.

    The share is -1 where a level is met to 0.1 m (2.5a); the number is then that level's.
    """
    heights, count = measured.heights[quantity], measured.number[quantity]
    for k in range(count):
        if abs(heights[k] - z) <= 0.1:
            return k, -1.0
    k = -1
    while k + 1 < count and heights[k + 1] < z:
        k += 1
    if k < 0 or k == count - 1:
        return k, 0.0
    return k, (z - heights[k]) / (heights[k + 1] - heights[k])


@njit(cache=True)
def blend(measured: Measured, quantity: int, z: float, at_z: float) -> float:
    """Measurements with the shape of the reference profile between and around them (2.5).

    ``at_z`` is the reference at the height; without measurements it is the result.
    """
    count = measured.number[quantity]
    if count == 0:
        return at_z
    values, reference = measured.values[quantity], measured.reference[quantity]
    k, share = bracket(measured, quantity, z)
    if share < 0.0:
        return values[k]
    if k < 0:
        return values[0] * at_z / reference[0]
    if k == count - 1:
        return values[k] * at_z / reference[k]
    value = values[k] + share * (values[k + 1] - values[k])
    return value * at_z / (reference[k] + share * (reference[k + 1] - reference[k]))


@njit(cache=True)
def turned(measured: Measured, z: float) -> float:
    """Direction at a height from those measured (spec 2.4). [degree]"""
    values, count = measured.values[DIRECTIONS], measured.number[DIRECTIONS]
    k, share = bracket(measured, DIRECTIONS, z)
    low = max(k, 0)
    if share < 0.0 or k < 0 or k == count - 1:
        return between_directions(values[low], values[low], 0.0)
    return between_directions(values[k], values[k + 1], share)


@njit(cache=True)
def read_levels(
    level_count: int,
    height: NDArray[np.float64],
    direction: NDArray[np.float64],
    speed: NDArray[np.float64],
    temperature: NDArray[np.float64],
    sigma_a: NDArray[np.float64],
    sigma_w: NDArray[np.float64],
    stable: bool,
    measured: Measured,
) -> None:
    """Sort the valid values of the levels by quantity (spec 1.2); gradients in stable hours."""
    last = -1  # level of the last valid temperature
    for k in range(level_count):
        z = height[k]
        calm = speed[k] == 0.0 and direction[k] == 0.0
        known = 0.0 <= speed[k] <= 90.0 and not calm
        if known:
            _keep(SPEEDS, z, speed[k], measured)
        if 0.0 <= direction[k] <= 900.0 and not calm:
            blows = direction[k] if direction[k] != 0.0 else 360.0
            _keep(DIRECTIONS, z, blows, measured)
        if known and speed[k] > 0.0 and 0.0 <= sigma_a[k] < 99.0:
            s = math.radians(sigma_a[k])
            e = math.sin(s) * (1.0 - 0.073864 * s)
            sigma_v = max(SIGMA_V_MIN, s * speed[k] * math.sqrt(1.0 - e * e))
            _keep(SIGMA_VS, z, sigma_v, measured)
        if 0.0 <= sigma_w[k] <= 90.0:
            _keep(SIGMA_WS, z, max(sigma_w[k], SIGMA_W_MIN), measured)
        if stable and -90.0 < temperature[k] < 90.0:
            if last >= 0:
                # kelvin first, as rounding in the difference shows
                change = (temperature[k] + FREEZING) - (temperature[last] + FREEZING)
                gradient = change / (z - height[last]) + LAPSE_RATE
                middle = 0.5 * (z + height[last])
                _keep(GRADIENTS, middle, max(gradient, STABLE_GRADIENT_MIN), measured)
            last = k


@njit(cache=True)
def _keep(
    quantity: int,
    z: float,
    value: float,
    measured: Measured,
) -> None:
    k = measured.number[quantity]
    measured.heights[quantity, k] = z
    measured.values[quantity, k] = value
    measured.number[quantity] = k + 1
