"""The air of towns: heat of the night and the rougher ground (spec 2.10).

Source: Cimorelli et al. (2005), doi:10.1175/JAM2227.1; AERMOD 24142.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.dispersion.constants import GRAVITY, LAPSE_RATE, VON_KARMAN
from simulator.physics.dispersion.hours import Hour, Hours, hour_of
from simulator.physics.dispersion.levels import (
    GRADIENT,
    LEVELS,
    N_LEVELS,
    SIGMA_V,
    SIGMA_W,
    integrate,
    integrate_temperature,
)
from simulator.physics.dispersion.similarity import convective_sigma_v2, convective_sigma_w2

_HEAT_CAPACITY: Final[float] = 1004.0  # J kg-1 K-1
_GAS_CONSTANT: Final[float] = 287.04  # of dry air, J kg-1 K-1
_PRESSURE: Final[float] = 101325.0  # Pa
_GRADIENT: Final[float] = 1e-5  # of potential temperature below the town's lid, K m-1

_U_STAR, _LENGTH, _Z_I, _URBAN = (
    Hour._fields.index(name) for name in ("u_star", "obukhov_length", "z_i", "urban")
)


def urbanise(hours: Hours, population: float, roughness: float = 1.0) -> Hours:
    """The same hours as the sources of a town have them.

    Changes stable hours, and unstable ones in the morning while the convective layer is still
    below the lid of the town's night (2.19).

    Parameters
    ----------
    hours : Hours
        Of the country around.
    population : float
        Inhabitants.
    roughness : float
        Roughness length of the town. [m]
    """
    scales, profiles = hours.scales.copy(), hours.profiles.copy()
    _urbanise(hours.valid, float(population), float(roughness), hours.base, scales, profiles)
    return replace(hours, scales=scales, profiles=profiles)


@njit(cache=True)
def urban_mixing_height(population: float) -> float:
    """Depth of the layer that a town keeps mixed at night. [m]"""
    return 400.0 * (population / 2e6) ** 0.25


@njit(cache=True)
def urban_scales(hour: Hour, population: float, roughness: float) -> tuple[float, float, float]:
    """Convective velocity w_u [m s-1], u* [m s-1] and L [m] over a town (2.19)."""
    depth = urban_mixing_height(population)
    warmer = 12.0 * (0.1 * np.log(population / 2e6) + 1.0)
    density = _PRESSURE / (_GAS_CONSTANT * hour.temperature)
    volume_heat = density * _HEAT_CAPACITY
    heat = 0.03 * warmer * hour.u_star * volume_heat
    w_u = (GRAVITY * heat * depth / (volume_heat * hour.temperature)) ** (1.0 / 3.0)
    z_h = 7.0 * max(roughness, hour.roughness)
    shape = np.sqrt(1.6 * (z_h / depth) ** (2.0 / 3.0))
    shape /= 1.3 * np.sqrt(1.0 - z_h / max(depth, hour.z_im))
    u_star = max(hour.u_star, w_u * shape)
    length = -volume_heat * hour.temperature * u_star**3 / (VON_KARMAN * GRAVITY * heat)
    if hour.obukhov_length > 0.0:
        length = abs(length)
    return w_u, u_star, max(length, hour.obukhov_length)


@njit(cache=True)
def _urbanise(
    valid: NDArray[np.bool_],
    population: float,
    roughness: float,
    base: float,
    scales: NDArray[np.float64],
    profiles: NDArray[np.float64],
) -> None:
    """Change scales and profiles of all hours in which the town shows."""
    depth = urban_mixing_height(population)
    for h in range(valid.size):
        hour = hour_of(scales[h])
        if not valid[h] or (hour.obukhov_length < 0.0 and hour.z_ic > depth):
            continue
        profile = profiles[h]
        w_u, u_star, length = urban_scales(hour, population, roughness)
        for j in range(N_LEVELS):
            z = LEVELS[j]
            profile[j, SIGMA_V] = np.sqrt(
                profile[j, SIGMA_V] ** 2 + convective_sigma_v2(z, w_u, depth)
            )
            profile[j, SIGMA_W] = np.sqrt(
                profile[j, SIGMA_W] ** 2 + convective_sigma_w2(z, w_u, depth)
            )
            if z <= depth:
                profile[j, GRADIENT] = _GRADIENT
        theta = hour.temperature + LAPSE_RATE * (hour.temperature_height + base)
        integrate_temperature(profile, theta, hour.temperature_height)
        integrate(profile)
        scales[h, _U_STAR] = u_star
        scales[h, _LENGTH] = length
        scales[h, _Z_I] = max(depth, hour.z_im)
        scales[h, _URBAN] = 1.0
