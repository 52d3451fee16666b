"""The levels of the gridded profiles, and reading between them (spec 2.1).

Profiles are tabulated once an hour and read by linear interpolation. The table is part of the
model: the formulas at the height itself give visibly different numbers near the ground and across
the top of the mixed layer.

A profile is an array ``[level, column]`` with the columns below. The last four are integrals of the
first ones from the ground up, so that the mean over a layer takes two look-ups.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.dispersion.constants import (
    SIGMA_V_MIN,
    SIGMA_W_MIN,
    TURBULENCE_MIN,
    WIND_MIN,
)

#: Heights of the levels. [m]
LEVELS: Final[NDArray[np.float64]] = np.concatenate(
    [
        [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 14.0],
        np.arange(20.0, 100.0, 10.0),
        np.arange(100.0, 200.0, 20.0),
        np.arange(200.0, 2000.0, 50.0),
        np.arange(2000.0, 5001.0, 100.0),
    ]
)
N_LEVELS: Final[int] = LEVELS.size

#: Columns: wind [m s-1], turbulence [m s-1], potential temperature [K] and its gradient [K m-1],
#: direction that the wind comes from [degree].
U, SIGMA_V, SIGMA_W, GRADIENT, THETA, DIRECTION = range(6)
#: Column of the integral of column c < 4: ``INTEGRAL + c``.
INTEGRAL: Final[int] = 6
N_COLUMNS: Final[int] = 10

_LOW_STEP = 0.5  # all levels up to 200 m are multiples of it
_LOW = np.searchsorted(LEVELS, np.arange(0.0, 200.0, _LOW_STEP), side="right") - 1
_I_200 = int(np.searchsorted(LEVELS, 200.0))
_I_2000 = int(np.searchsorted(LEVELS, 2000.0))


class Flow(NamedTuple):
    """Wind and turbulence at a height or over a layer. [m s-1]"""

    u: float
    sigma_v: float
    sigma_w: float


@njit(cache=True)
def level_below(z: float) -> int:
    """Index of the highest level at or below a height, at most the last but one."""
    if z < 200.0:
        return _LOW[int(z / _LOW_STEP)]
    if z < 2000.0:
        return _I_200 + int((z - 200.0) / 50.0)
    return min(_I_2000 + int((z - 2000.0) / 100.0), N_LEVELS - 2)


@njit(cache=True)
def value_at(profile: NDArray[np.float64], column: int, z: float) -> float:
    """A column of a profile at a height, linear between levels (2.1)."""
    j = level_below(z)
    low = profile[j, column]
    share = (z - LEVELS[j]) / (LEVELS[j + 1] - LEVELS[j])
    return low + share * (profile[j + 1, column] - low)


@njit(cache=True)
def floored(u: float, sigma_v: float, sigma_w: float) -> Flow:
    """Wind and turbulence not below the least values of the model (2.2)."""
    return Flow(
        max(u, WIND_MIN),
        max(sigma_v, SIGMA_V_MIN, TURBULENCE_MIN * u),
        max(sigma_w, SIGMA_W_MIN),
    )


@njit(cache=True)
def flow_at(profile: NDArray[np.float64], z: float) -> Flow:
    """Wind and turbulence at a height, with their floors."""
    j = level_below(z)
    share = (z - LEVELS[j]) / (LEVELS[j + 1] - LEVELS[j])
    low = profile[j]
    high = profile[j + 1]
    return floored(
        low[U] + share * (high[U] - low[U]),
        low[SIGMA_V] + share * (high[SIGMA_V] - low[SIGMA_V]),
        low[SIGMA_W] + share * (high[SIGMA_W] - low[SIGMA_W]),
    )


@njit(cache=True)
def _integral(
    profile: NDArray[np.float64], column: int, a: float, i: int, b: float, j: int
) -> float:
    """Integral of a column from a, just below level i, to b, just above level j >= i."""
    below = profile[i - 1, column]
    above = profile[i, column]
    at_a = below + (a - LEVELS[i - 1]) / (LEVELS[i] - LEVELS[i - 1]) * (above - below)
    low = profile[j, column]
    at_b = low + (b - LEVELS[j]) / (LEVELS[j + 1] - LEVELS[j]) * (profile[j + 1, column] - low)
    whole = profile[j, INTEGRAL + column] - profile[i, INTEGRAL + column]
    return 0.5 * (at_a + above) * (LEVELS[i] - a) + whole + 0.5 * (low + at_b) * (b - LEVELS[j])


class Layer(NamedTuple):
    """Means over a layer: wind and turbulence [m s-1], temperature gradient [K m-1]."""

    u: float
    sigma_v: float
    sigma_w: float
    gradient: float


@njit(cache=True)
def layer_mean(profile: NDArray[np.float64], bottom: float, top: float) -> Layer:
    """Means over a layer, without floors (spec 2.1).

    Parameters
    ----------
    profile : ndarray
        ``[level, column]``.
    bottom, top : float
        Heights, ``bottom < top``. [m]
    """
    a = max(bottom, 0.5)
    b = max(top, 0.51)
    i = level_below(a)
    j = level_below(b)
    if i == j:
        middle = 0.5 * (a + b)
        return Layer(
            value_at(profile, U, middle),
            value_at(profile, SIGMA_V, middle),
            value_at(profile, SIGMA_W, middle),
            value_at(profile, GRADIENT, middle),
        )
    depth = b - a
    return Layer(
        _integral(profile, U, a, i + 1, b, j) / depth,
        _integral(profile, SIGMA_V, a, i + 1, b, j) / depth,
        _integral(profile, SIGMA_W, a, i + 1, b, j) / depth,
        _integral(profile, GRADIENT, a, i + 1, b, j) / depth,
    )


@njit(cache=True)
def integrate(profile: NDArray[np.float64]) -> None:
    """Fill in the integrals of a profile ``[level, column]``."""
    for column in range(4):
        total = 0.0
        profile[0, INTEGRAL + column] = 0.0
        for j in range(1, N_LEVELS):
            mean = 0.5 * (profile[j - 1, column] + profile[j, column])
            total += mean * (LEVELS[j] - LEVELS[j - 1])
            profile[j, INTEGRAL + column] = total


@njit(cache=True)
def mean_below(profile: NDArray[np.float64], column: int, top: float) -> float:
    """Mean of a column from the ground to a height (spec 2.8)."""
    j = level_below(top)
    last = 0.5 * (profile[j, column] + value_at(profile, column, top)) * (top - LEVELS[j])
    return (profile[j, INTEGRAL + column] + last) / top


@njit(cache=True)
def integrate_temperature(profile: NDArray[np.float64], theta: float, height: float) -> None:
    """Fill in potential temperature from its gradient and its value at a height (spec 2.6).

    Parameters
    ----------
    profile : ndarray
        ``[level, column]``.
    theta : float
        Potential temperature [K] at ``height`` [m].
    """
    j = level_below(height)
    mean = 0.5 * (profile[j, GRADIENT] + profile[j + 1, GRADIENT])
    profile[j, THETA] = theta - mean * (height - LEVELS[j])
    for k in range(j - 1, -1, -1):
        mean = 0.5 * (profile[k, GRADIENT] + profile[k + 1, GRADIENT])
        profile[k, THETA] = profile[k + 1, THETA] - mean * (LEVELS[k + 1] - LEVELS[k])
    for k in range(j + 1, N_LEVELS):
        mean = 0.5 * (profile[k - 1, GRADIENT] + profile[k, GRADIENT])
        profile[k, THETA] = profile[k - 1, THETA] + mean * (LEVELS[k] - LEVELS[k - 1])


@njit(cache=True)
def between_directions(low: float, high: float, share: float) -> float:
    """Direction so far on the way from one to another, over the shorter arc. [degree]"""
    turn = high - low
    if turn > 180.0:
        turn -= 360.0
    elif turn < -180.0:
        turn += 360.0
    direction = low + share * turn
    if direction > 360.0:
        return direction - 360.0
    if direction <= 0.0:
        return direction + 360.0
    return direction


@njit(cache=True)
def direction_at(profile: NDArray[np.float64], z: float) -> float:
    """Direction that the wind comes from at a height. [degree]"""
    j = level_below(z)
    share = (z - LEVELS[j]) / (LEVELS[j + 1] - LEVELS[j])
    return between_directions(profile[j, DIRECTION], profile[j + 1, DIRECTION], share)
