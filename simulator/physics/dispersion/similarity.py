"""Reference profiles of wind, temperature gradient and turbulence (spec 2.2, 2.5, 2.7).

Surface-layer similarity and the mixed layer's convective and mechanical turbulence, at a height.
Sources: Cimorelli et al. (2005), doi:10.1175/JAM2227.1; AERMOD 24142.
"""

from __future__ import annotations

import math

from numba import njit

from simulator.physics.dispersion.constants import STABLE_GRADIENT_MIN, VON_KARMAN


@njit(cache=True)
def psi(z: float, obukhov_length: float) -> float:
    """Stability correction of the wind profile (2.3). [-]"""
    if obukhov_length < 0.0:
        mu = (1.0 - 16.0 * z / obukhov_length) ** 0.25
        return (
            2.0 * math.log(0.5 * (1.0 + mu))
            + math.log(0.5 * (1.0 + mu * mu))
            - 2.0 * math.atan(mu)
            + 0.5 * math.pi
        )
    return -17.0 * (1.0 - math.exp(-0.29 * z / obukhov_length))


@njit(cache=True)
def similarity_wind(z: float, u_star: float, obukhov_length: float, roughness: float) -> float:
    """Wind of the surface layer at a height (2.3). [m s-1]"""
    log = math.log(z / roughness)
    return u_star / VON_KARMAN * (log - psi(z, obukhov_length) + psi(roughness, obukhov_length))


@njit(cache=True)
def reference_wind(
    z: float,
    u_star: float,
    obukhov_length: float,
    roughness: float,
    z_i: float,
    z_ref: float,
    u_ref: float,
) -> float:
    """Reference wind at a height, from the ground to above the mixed layer (2.4). [m s-1]

    ``u_ref`` is the wind measured at ``z_ref``.
    """
    z_7 = 7.0 * roughness
    if z_7 < z <= z_i:
        return similarity_wind(z, u_star, obukhov_length, roughness)
    if z_7 < z_ref <= z_i:
        if z <= z_7:
            return similarity_wind(z_7, u_star, obukhov_length, roughness) * z / z_7
        return similarity_wind(z_i, u_star, obukhov_length, roughness)
    if z_ref > z_i:
        if z <= z_7:
            return similarity_wind(z_7, u_star, obukhov_length, roughness)
        return u_ref
    if z <= z_7:
        return u_ref * z / z_ref
    return similarity_wind(z_i, u_star, obukhov_length, roughness)


@njit(cache=True)
def surface_gradient(z: float, theta_star: float, obukhov_length: float, adjusted: bool) -> float:
    """Gradient of potential temperature in the stable surface layer (2.9). [K m-1]"""
    a, b = (0.74, 4.7) if adjusted else (1.0, 5.0)
    return theta_star / (VON_KARMAN * z) * (a + b * z / obukhov_length)


@njit(cache=True)
def stable_gradient(
    z: float, theta_star: float, obukhov_length: float, z_i: float, adjusted: bool
) -> float:
    """Reference gradient of potential temperature in a stable hour (2.10). [K m-1]"""
    gradient = surface_gradient(min(max(z, 2.0), 100.0), theta_star, obukhov_length, adjusted)
    if z > 100.0:
        gradient *= math.exp(-(z - 100.0) / (0.44 * max(100.0, z_i)))
    return max(gradient, STABLE_GRADIENT_MIN)


@njit(cache=True)
def convective_sigma_v2(z: float, w_star: float, z_ic: float) -> float:
    """Lateral variance of convective turbulence (2.13). [m2 s-2]"""
    full = 0.35 * w_star * w_star
    above = min(full, 0.25)
    if z <= z_ic:
        return full
    if z <= 1.2 * z_ic:
        return full + (above - full) * (z - z_ic) / (0.2 * z_ic)
    return above


@njit(cache=True)
def mechanical_sigma_v2(z: float, u_star: float, z_im: float) -> float:
    """Lateral variance of mechanical turbulence (2.14). [m2 s-2]"""
    ground = 3.6 * u_star * u_star
    above = min(ground, 0.25)
    return ground + (above - ground) * min(z / z_im, 1.0)


@njit(cache=True)
def convective_sigma_w2(z: float, w_star: float, z_ic: float) -> float:
    """Vertical variance of convective turbulence (2.16). [m2 s-2]"""
    if z <= 0.1 * z_ic:
        return 1.6 * w_star * w_star * (z / z_ic) ** (2.0 / 3.0)
    full = 0.35 * w_star * w_star
    if z <= z_ic:
        return full
    return full * math.exp(-6.0 * (z - z_ic) / z_ic)


@njit(cache=True)
def mechanical_sigma_w2(z: float, u_star: float, z_i: float, residual: float) -> float:
    """Vertical variance of mechanical turbulence (2.17). [m2 s-2]"""
    variance = (residual * min(1.0, z / z_i)) ** 2
    if z < z_i:
        variance += 1.69 * u_star * u_star * (1.0 - z / z_i)
    return variance
