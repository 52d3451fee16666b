"""Dispersion coefficients and the vertical velocities of the convective layer (spec 5).

Sources: Cimorelli et al. (2005), doi:10.1175/JAM2227.1; Weil, Corio and Brower (1997),
doi:10.1175/1520-0450(1997)036<0982:APDMFB>2.0.CO;2; AERMOD 24142.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from numba import njit
from numpy.typing import NDArray

from simulator.physics.dispersion.constants import (
    BETA_2,
    GRAVITY,
    TINY,
    TURBULENCE_MIN,
)
from simulator.physics.dispersion.hours import Hour
from simulator.physics.dispersion.levels import THETA, value_at

_SQRT_2: Final[float] = math.sqrt(2.0)
_SQRT_2_PI: Final[float] = math.sqrt(2.0 / math.pi)
#: Below this share of z_i a convective release is one of the surface layer. [-]
SURFACE_LAYER: Final[float] = 0.1


class Updrafts(NamedTuple):
    """The two Gaussians of vertical velocity: 1 updrafts, 2 downdrafts (5.11-5.13).

    ``a`` are means and ``b`` standard deviations in units of w*, ``share_1`` is lambda_1.
    """

    a_1: float
    a_2: float
    b_1: float
    b_2: float
    share_1: float


@njit(cache=True)
def buoyancy_spread(rise: float) -> float:
    """Spread that the rise itself induces (5.1). [m]"""
    return BETA_2 * rise / _SQRT_2


@njit(cache=True)
def stable_sigma_z(
    x: float,
    u: float,
    sigma_w: float,
    gradient: float,
    height: float,
    stack_height: float,
    hour: Hour,
    profile: NDArray,
    stratified: bool,
) -> float:
    """Ambient vertical spread of a plume at a height in the stable branch (5.3-5.5). [m]

    ``stratified`` is false where the damping by stratification is left out (towns).
    """
    frequency = TINY
    if gradient > 0.0:
        theta = value_at(profile, THETA, height)
        frequency = max(TINY, math.sqrt(GRAVITY * gradient / theta))
    higher = max(stack_height, height, 1e-4)
    travelled = sigma_w * x / u
    damping = 1.0 / (0.72 * higher)
    if stratified:
        damping += frequency / (0.54 * sigma_w)
    elevated = travelled / math.sqrt(1.0 + travelled * damping)
    if height >= hour.z_i:
        return elevated
    surface = 0.0
    if hour.obukhov_length > 0.0:
        cube = (1.0 + 0.7 * x / hour.obukhov_length) ** (1.0 / 3.0)
        surface = _SQRT_2_PI * hour.u_star * (x / u) / cube
    share = height / hour.z_i
    return (1.0 - share) * surface + share * elevated


@njit(cache=True)
def stable_sigma_y(x: float, u: float, sigma_v: float, height: float, z_im: float) -> float:
    """Ambient lateral spread in the stable branch and of the penetrated plume (5.7). [m]"""
    scale = z_im / (156.0 * sigma_v) * max(height, 0.46) / 0.46
    return max(TURBULENCE_MIN, sigma_v / u) * x / (1.0 + x / (2.0 * u * scale)) ** 0.3


@njit(cache=True)
def convective_sigma_y(
    x: float, u: float, sigma_v: float, stack_height: float, z_i: float
) -> float:
    """Ambient lateral spread in the convective branch (5.8). [m]"""
    rate = max(TURBULENCE_MIN, sigma_v / u)
    beta = max(78.0 * 0.46 / max(stack_height, 0.46), 0.7)
    return rate * x / (1.0 + beta * rate * x / z_i) ** 0.3


@njit(cache=True)
def updrafts(sigma_w: float, centroid: float, surface: bool, hour: Hour) -> Updrafts:
    """Distribution of vertical velocity for a given sigma_w (5.9-5.13)."""
    w_star = hour.w_star
    third_moment = 0.125 * w_star**3
    if surface:
        third_moment = 1.25 * w_star**3 * centroid / hour.z_i
    skewness = third_moment / sigma_w**3
    alpha_s = 5.0 / 13.0 * skewness
    root = math.sqrt(alpha_s * alpha_s + 0.8)
    scale = 0.5 * sigma_w / w_star
    a_1 = scale * (alpha_s + root)
    a_2 = scale * (alpha_s - root)
    return Updrafts(a_1, a_2, 2.0 * a_1, -2.0 * a_2, a_2 / (a_2 - a_1))


@njit(cache=True)
def surface_sigma_z(x: float, u: float, centroid: float, hour: Hour) -> float:
    """Vertical spread by the surface layer's shear, for releases within it (5.15). [m]"""
    share = 1.0 - 10.0 * centroid / hour.z_i
    return 0.5 * share * (hour.u_star / u) ** 2 * x * x / abs(hour.obukhov_length)


@njit(cache=True)
def convective_sigma_z(
    x: float, u: float, drafts: Updrafts, centroid: float, surface: bool, hour: Hour
) -> tuple[float, float]:
    """Ambient vertical spread of both parts in the convective branch (5.14). [m]"""
    scale = 1.0
    shear = 0.0
    if surface:
        scale = 0.6 + 4.0 * centroid / hour.z_i
        shear = surface_sigma_z(x, u, centroid, hour)
    reach = scale * hour.w_star * x / u
    return (
        math.sqrt((drafts.b_1 * reach) ** 2 + shear * shear),
        math.sqrt((drafts.b_2 * reach) ** 2 + shear * shear),
    )


@njit(cache=True)
def penetrated_sigma_z(x: float, u: float, sigma_w: float, height: float) -> float:
    """Ambient vertical spread of the penetrated plume (5.16). [m]"""
    travelled = sigma_w * x / u
    return travelled / math.sqrt(1.0 + travelled / (0.72 * height))
