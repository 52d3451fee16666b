"""Elevated terrain: how much of a plume keeps its level (spec 7).

Below the dividing streamline air goes round a hill, above it over the hill. Sources: Cimorelli et
al. (2005), doi:10.1175/JAM2227.1; Snyder et al. (1985), doi:10.1017/S0022112085003019.
"""

from __future__ import annotations

import math
from typing import Final

from numba import njit
from numpy.typing import NDArray

from simulator.physics.dispersion.constants import GRAVITY
from simulator.physics.dispersion.levels import (
    GRADIENT,
    LEVELS,
    N_LEVELS,
    THETA,
    U,
    value_at,
)

_SQRT_2: Final[float] = math.sqrt(2.0)


@njit(cache=True)
def critical_height(ground: float, hill: float, plume_height: float, profile: NDArray) -> float:
    """Height of the dividing streamline (7.3-7.5). [m]

    Parameters
    ----------
    ground, hill : float
        Elevation and hill height scale of the receptor above the foot of the stack. [m]
    plume_height : float
        [m]
    profile : ndarray
        ``[level, column]``.
    """
    top = min(hill, ground + plume_height)
    if top <= 0.0:
        return 0.0
    last = 0  # the highest level below the top
    while last + 1 < N_LEVELS and LEVELS[last + 1] < top:
        last += 1
    z_up, u_up = top, value_at(profile, U, top)
    theta_up, gradient_up = value_at(profile, THETA, top), value_at(profile, GRADIENT, top)
    kinetic_up = 0.5 * u_up * u_up
    potential_up = 0.0
    # the lowest level whose air has the energy to reach the top; its layer below, if any
    found = False
    z_t, u_t, spare, n2_t, z_b, u_b = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(last, -1, -1):
        z, u = LEVELS[j], profile[j, U]
        theta, gradient = profile[j, THETA], profile[j, GRADIENT]
        n2 = GRAVITY * (0.5 * (gradient + gradient_up)) / (0.5 * (theta + theta_up))
        potential = potential_up + n2 * (top - 0.5 * (z + z_up)) * (z_up - z)
        kinetic = 0.5 * u * u
        if kinetic_up >= potential_up and kinetic < potential:
            found = True
            z_t, u_t, spare, n2_t, z_b, u_b = (
                z_up, u_up, kinetic_up - potential_up, n2, z, u,
            )  # fmt: skip
        elif kinetic >= potential and j == 0:
            found = False
        z_up, u_up, theta_up, gradient_up = z, u, theta, gradient
        kinetic_up, potential_up = kinetic, potential
    if not found:
        return 0.0
    slope = (u_t - u_b) / (z_t - z_b)
    a = 0.5 * (n2_t - slope * slope)
    b = z_t * slope * slope - u_t * slope - n2_t * top
    k = n2_t * top * z_t - 0.5 * (n2_t + slope * slope) * z_t * z_t + u_t * slope * z_t - spare
    discriminant = b * b - 4.0 * a * k
    if -0.001 < discriminant / (b * b) < 0.0:
        discriminant = 0.0
    return (-b - math.sqrt(discriminant)) / (2.0 * a)


@njit(cache=True)
def _within(q: float, sigma: float) -> float:
    return math.erf(q / (_SQRT_2 * sigma))


@njit(cache=True)
def share_below(critical: float, height: float, sigma: float, lid: float) -> float:
    """Share of a plume's mass below the dividing streamline (7.6). [-]"""
    if critical <= 0.0:
        return 0.0
    c = min(lid, critical)
    total = _within(c - height, sigma) + _within(c + height, sigma)
    for m in range(1, 101):
        shift = 2.0 * m * lid
        term = (
            _within(c - height + shift, sigma)
            + _within(c + height + shift, sigma)
            + _within(c - height - shift, sigma)
            + _within(c + height - shift, sigma)
        )
        total += term
        if m >= 5 and abs(term) <= 1e-6 * abs(total):
            break
    share = 0.5 * total
    return 1.0 if share > 1.01 else share


@njit(cache=True)
def level_weight(
    stable: bool,
    ground: float,
    hill: float,
    height: float,
    sigma: float,
    lid: float,
    profile: NDArray,
) -> float:
    """Weight of the plume that keeps its level (7.2). [-]

    One half in unstable hours; more in stable ones, by what lies below the dividing streamline.
    """
    if not stable:
        return 0.5
    critical = critical_height(ground, hill, height, profile)
    return 0.5 * (1.0 + share_below(critical, height, sigma, lid))
