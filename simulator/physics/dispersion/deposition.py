"""How fast particles settle, deposit and are washed out: scalar kernels, SI units.

Particles follow method 1 of AERMOD, resistances in series with settling, and below-cloud collection
by raindrops by size.

References
----------
.. [1] U.S. EPA (2004), *AERMOD Deposition Algorithms - Science Document (revised draft)*, after
   Wesely, Doskey and Shannon (2002), ANL/ER/TR-01/003.
.. [2] Slinn, W. G. N. (1984), Precipitation scavenging, in *Atmospheric Science and Power
   Production*, DOE/TIC-27601.
.. [3] Golder, D. (1972), Relations among stability parameters in the surface layer,
   Boundary-Layer Meteor. 3, 47-58, doi:10.1007/BF00769106; as fitted in Seinfeld and Pandis,
   *Atmospheric Chemistry and Physics*, table of 1/L = a + b log10 z0.
.. [4] Seinfeld, J. H., Pandis, S. N. (2016), *Atmospheric Chemistry and Physics*, 3rd ed.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numba import njit

GRAVITY: Final[float] = 9.80616  # m s-2
VON_KARMAN: Final[float] = 0.4
_AIR_DENSITY = 1.2  # kg m-3
_AIR_VISCOSITY = 1.81e-5  # kg m-1 s-1
_MEAN_FREE_PATH = 6.5e-8  # m
_PHORETIC_VELOCITY = 1.0e-4  # m s-1
_CONVECTIVE_GUST = 0.24  # weight of (w*/u*)^2
_REFERENCE_ABOVE_ROUGHNESS = 1.0  # m

# 1/L = a + b log10(z0), z0 in metres, classes A-F
_GOLDER_A = np.array([-0.096, -0.037, -0.002, 0.0, 0.004, 0.035])
_GOLDER_B = np.array([0.029, 0.029, 0.018, 0.0, -0.018, -0.036])


@njit(cache=True)
def inverse_obukhov_length(stability: int, roughness: float) -> float:
    """1/L of a Pasquill class over ground of given roughness [3]_. [m-1]"""
    return _GOLDER_A[stability] + _GOLDER_B[stability] * math.log10(min(roughness, 0.5))


@njit(cache=True)
def _momentum_correction(zeta: float) -> float:
    """Businger-Dyer stability correction of the wind profile. [-]"""
    if zeta >= 0.0:
        return -5.0 * zeta
    x = (1.0 - 16.0 * zeta) ** 0.25
    return (
        2.0 * math.log(0.5 * (1.0 + x))
        + math.log(0.5 * (1.0 + x * x))
        - 2.0 * math.atan(x)
        + 0.5 * math.pi
    )


@njit(cache=True)
def friction_velocity(wind: float, height: float, roughness: float, inverse_l: float) -> float:
    """Friction velocity from the wind at one height. [m s-1]

    In stable air z/L is held at 1, beyond which the log-linear profile does not apply.
    """
    top = min(height * inverse_l, 1.0)
    bottom = min(roughness * inverse_l, 1.0)
    profile = (
        math.log(height / roughness) - _momentum_correction(top) + _momentum_correction(bottom)
    )
    return VON_KARMAN * wind / profile


@njit(cache=True)
def deposition_height(roughness: float) -> float:
    """Height above ground at which the flux is taken, z0 + 1 m [1]_. [m]"""
    return roughness + _REFERENCE_ABOVE_ROUGHNESS


@njit(cache=True)
def aerodynamic_resistance(u_star: float, roughness: float, inverse_l: float) -> float:
    """Resistance of the air between the reference height and the roughness height [1]_. [s m-1]"""
    z = deposition_height(roughness)
    if inverse_l >= 0.0:
        return (math.log(z / roughness) + 5.0 * z * inverse_l) / (VON_KARMAN * u_star)
    upper = math.sqrt(1.0 - 16.0 * z * inverse_l)
    lower = math.sqrt(1.0 - 16.0 * roughness * inverse_l)
    ratio = (upper - 1.0) * (lower + 1.0) / ((upper + 1.0) * (lower - 1.0))
    return math.log(ratio) / (VON_KARMAN * u_star)


@njit(cache=True)
def kinematic_viscosity(temperature: float) -> float:
    """Kinematic viscosity of air at standard pressure [1]_. [m2 s-1]"""
    return 1.505e-5 * (temperature / 273.16) ** 1.772


@njit(cache=True)
def slip_correction(diameter: float) -> float:
    """Cunningham slip correction [1]_; ``diameter`` in m. [-]"""
    knudsen = 2.0 * _MEAN_FREE_PATH / diameter
    return 1.0 + knudsen * (1.257 + 0.4 * math.exp(-1.1 / knudsen))


@njit(cache=True)
def settling_velocity(diameter: float, density: float) -> float:
    """Terminal velocity of a small sphere (Stokes with slip) [1]_. [m s-1]"""
    excess = max(0.0, density - _AIR_DENSITY)
    slip = slip_correction(diameter)
    return excess * GRAVITY * diameter * diameter * slip / (18.0 * _AIR_VISCOSITY)


@njit(cache=True)
def schmidt_number(diameter: float, temperature: float) -> float:
    """Viscosity of air over Brownian diffusivity of the particle [1]_. [-]"""
    diffusivity = 8.09e-20 * temperature * slip_correction(diameter) / diameter
    return kinematic_viscosity(temperature) / diffusivity


@njit(cache=True)
def particle_deposition_velocity(
    diameter: float,
    density: float,
    u_star: float,
    resistance: float,
    gustiness: float,
    temperature: float,
) -> float:
    """Dry deposition velocity of particles of one size, AERMOD method 1 [1]_.

    ``v_d = 1/(r_a + r_d + r_a r_d v_g) + v_g + 1e-4``, with
    ``r_d = 1/(G u* (Sc^(-2/3) + 10^(-3/St)))``.

    Parameters
    ----------
    diameter : float
        [m]
    density : float
        [kg m-3]
    u_star : float
        Friction velocity. [m s-1]
    resistance : float
        Aerodynamic resistance r_a. [s m-1]
    gustiness : float
        Square of the convective velocity scale over the friction velocity, 0 in stable air. [-]
    temperature : float
        [K]

    Returns
    -------
    float
        Deposition velocity, settling included. [m s-1]
    """
    settling = settling_velocity(diameter, density)
    nu = kinematic_viscosity(temperature)
    stokes = settling * u_star * u_star / (GRAVITY * nu)
    impaction = 10.0 ** (-3.0 / stokes) if stokes > 0.01 else 0.0
    diffusion = schmidt_number(diameter, temperature) ** (-2.0 / 3.0)
    gust = 1.0 + _CONVECTIVE_GUST * gustiness
    r_d = 1.0 / (gust * u_star * (diffusion + impaction))
    return 1.0 / (resistance + r_d + resistance * r_d * settling) + settling + _PHORETIC_VELOCITY


@njit(cache=True)
def particle_scavenging_rate(
    diameter: float, density: float, rain: float, temperature: float
) -> float:
    """Rate at which rain washes out particles of one size below cloud [1]_, [2]_.

    Collection by Brownian diffusion, interception and impaction by drops of the size that goes with
    the rain rate. Snow counts as the rain that it melts to.

    Parameters
    ----------
    diameter : float
        [m]
    density : float
        [kg m-3]
    rain : float
        Rain rate. [kg m-2 s-1]
    temperature : float
        [K]

    Returns
    -------
    float
        Scavenging rate. [s-1]
    """
    if rain <= 0.0:
        return 0.0
    rate = rain * 3600.0  # mm/h, of the drop-size and fall-speed fits
    fall = 3.75 * rate**0.111
    drop = 0.01 * rate**0.232 / 18.11  # radius, m
    settling = settling_velocity(diameter, density)
    schmidt = schmidt_number(diameter, temperature)
    reynolds = drop * fall / kinematic_viscosity(temperature)

    root = math.sqrt(reynolds)
    brownian = (
        4.0
        / (reynolds * schmidt)
        * (1.0 + 0.4 * root * schmidt ** (1.0 / 3.0) + 0.16 * math.sqrt(reynolds * schmidt))
    )
    ratio = diameter / (2.0 * drop)
    interception = 4.0 * ratio * (0.0181 + ratio * (1.0 + 2.0 * root))
    stokes = settling / GRAVITY * (fall - settling) / drop
    log_re = math.log(1.0 + reynolds)
    critical = min(max(stokes, 0.0), (1.2 + log_re / 12.0) / (1.0 + log_re))
    excess = max(stokes, 0.0) - critical
    # the drop is water: density ratio to the power of one half
    impaction = (excess / (excess + 2.0 / 3.0)) ** 1.5 * math.sqrt(1000.0 / density)
    efficiency = min(1.0, brownian + interception + impaction)
    return 0.75 * efficiency * (rain / 1000.0) / drop
