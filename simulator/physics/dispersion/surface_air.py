"""Air near the ground as deposition sees it, and what the ground remembers of past hours.

Equation numbers are those of ``docs/dispersion.md``.

References
----------
.. [1] U.S. EPA (2004), *AERMOD Deposition Algorithms - Science Document (revised draft)*, after
   Wesely, Doskey and Shannon (2002), ANL/ER/TR-01/003; as coded in AERMOD 24142.
.. [2] Holtslag, A. A. M., van Ulden, A. P. (1983), A simple scheme for daytime estimates of the
   surface fluxes from routine weather data, J. Climate Appl. Meteor. 22, 517-529.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.dispersion.constants import FREEZING, VON_KARMAN

_VISCOSITY = 1.505e-5  # m2 s-1, at 273.16 K and 101.3 kPa
_NORMAL_PRESSURE = 101.3  # kPa
_ROOT_WATER_START = 180.0  # mm
_ROOT_WATER_FULL = 200.0  # mm
_STRESS_START = 0.9
_STRESS_MIN = 0.01
_VAPOUR_PRESSURE_25 = 3.167  # kPa, saturation at 25 degree Celsius
_PRECIPITATION_MAX = 900.0  # mm h-1, more counts as missing

Floats = NDArray[np.float64]


class GroundMemory(NamedTuple):
    """What the ground keeps of the hours before; arrays ``[hour]``.

    Attributes
    ----------
    water_factor : ndarray
        f2, how far soil moisture lets stomata open. [-]
    root_water : ndarray
        Water W in the root zone. [mm]
    recent_precipitation : ndarray
        Of the two hours before, P-1 + P-2. [mm]
    """

    water_factor: Floats
    root_water: Floats
    recent_precipitation: Floats


@njit(cache=True, error_model="numpy")
def saturation_vapour_pressure(temperature: float) -> float:
    """Saturation vapour pressure e_s over water, eq. 8.1 [1]_.

    Parameters
    ----------
    temperature : float
        Of the surface file. [K]

    Returns
    -------
    float
        [kPa]
    """
    return 0.6112 * math.exp(19.83 - 5417.4 / temperature)


@njit(cache=True)
def deposition_height(roughness: float) -> float:
    """Height above ground at which the dry flux is taken, eq. 8.2 [1]_.

    Parameters
    ----------
    roughness : float
        z0. [m]

    Returns
    -------
    float
        [m]
    """
    return roughness + 1.0


@njit(cache=True, error_model="numpy")
def aerodynamic_resistance(friction_velocity: float, obukhov_length: float, z0: float) -> float:
    """Resistance r_a of the air between deposition height and roughness height, eq. 8.3 [1]_.

    Parameters
    ----------
    friction_velocity : float
        u*. [m s-1]
    obukhov_length : float
        L. [m]
    z0 : float
        Roughness length. [m]

    Returns
    -------
    float
        [s m-1]
    """
    z_d = deposition_height(z0)
    if obukhov_length >= 0.0:
        profile = math.log(z_d / z0) + 5.0 * z_d / obukhov_length
    else:
        top = math.sqrt(1.0 - 16.0 * z_d / obukhov_length)
        bottom = math.sqrt(1.0 - 16.0 * z0 / obukhov_length)
        profile = math.log((top - 1.0) * (bottom + 1.0) / ((top + 1.0) * (bottom - 1.0)))
    return profile / (VON_KARMAN * friction_velocity)


@njit(cache=True)
def kinematic_viscosity(temperature: float, pressure: float) -> float:
    """Kinematic viscosity of air, eq. 8.4.

    Grows with pressure, against physics, because AERMOD 24142 has it so.

    Parameters
    ----------
    temperature : float
        At the stack top, T_a. [K]
    pressure : float
        [kPa]

    Returns
    -------
    float
        [m2 s-1]
    """
    return (
        _VISCOSITY
        * (temperature / FREEZING) ** 1.772
        * (pressure / _NORMAL_PRESSURE)
        * (1.0 + 0.0132 * (pressure - _NORMAL_PRESSURE))
    )


@njit(cache=True)
def solar_irradiance(
    heat_flux: float,
    bowen_ratio: float,
    albedo: float,
    cloud: float,
    temperature: float,
    obukhov_length: float,
) -> float:
    """Solar irradiance that goes with the heat flux of the hour, eq. 8.13 [1]_, [2]_.

    Parameters
    ----------
    heat_flux : float
        Sensible heat flux H. [W m-2]
    bowen_ratio, albedo : float
        [-]
    cloud : float
        [tenths]
    temperature : float
        Of the surface file. [K]
    obukhov_length : float
        L. [m]

    Returns
    -------
    float
        0 in stable hours and when it cannot be told; may be negative under much cloud. [W m-2]
    """
    if (
        obukhov_length > 0.0
        or obukhov_length < -99990.0
        or temperature < 0.0
        or albedo == 1.0
        or bowen_ratio == 0.0
    ):
        return 0.0
    net = (1.0 + 1.0 / bowen_ratio) * heat_flux / 0.9
    return (2.12 * net - 5.31e-13 * temperature**6 + 5.67e-8 * temperature**4 - 6.0 * cloud) / (
        1.0 - albedo
    )


@njit(cache=True)
def root_water(temperature: Floats, precipitation: Floats) -> GroundMemory:
    """Root-zone water and recent precipitation, hour after hour, eq. 8.14 [1]_.

    Parameters
    ----------
    temperature : ndarray
        ``[hour]`` as read, calm and missing hours included; -9, -99 or 999 when missing. AERMOD
        takes 999 for a temperature. [K]
    precipitation : ndarray
        ``[hour]`` as read, calm and missing hours included; -9 when missing, more than 900 counts
        as missing in the memory. [mm h-1]

    Returns
    -------
    GroundMemory
    """
    hours = temperature.size
    factors = np.empty(hours)
    waters = np.empty(hours)
    recent = np.empty(hours)
    water = _ROOT_WATER_START
    factor = _STRESS_START
    before = 0.0
    before_that = 0.0
    for hour in range(hours):
        if temperature[hour] >= 0.0 and precipitation[hour] >= 0.0:
            vapour = saturation_vapour_pressure(temperature[hour])
            water += before - 0.5 * factor * vapour / _VAPOUR_PRESSURE_25
            factor = min(1.0, max(_STRESS_MIN, water / _ROOT_WATER_FULL))
        factors[hour] = factor
        waters[hour] = water
        recent[hour] = before + before_that
        before_that = before
        fallen = precipitation[hour]
        before = fallen if 0.0 <= fallen <= _PRECIPITATION_MAX else 0.0
    return GroundMemory(factors, waters, recent)
