"""Sun, net radiation, heat flux, friction velocity and Obukhov length as AERMET has them.

AERMET's constants differ from those of AERMOD in :mod:`simulator.physics.dispersion.constants`; its
own are here. Equation numbers are those of the specification of the plume engine, section 10.

References
----------
U.S. EPA, 2024: AERMET version 24142 (program).
Cimorelli, A. J., et al., 2004: AERMOD: Description of Model Formulation, EPA-454/R-03-004.
Holtslag, A. A. M., A. P. van Ulden, 1983: J. Climate Appl. Meteor. 22, 517-529.
van Ulden, A. P., A. A. M. Holtslag, 1985: J. Climate Appl. Meteor. 24, 1196-1207.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from simulator.physics.dispersion.meteorology import Floats

GRAVITY: Final[float] = 9.80655  # m s-2
VON_KARMAN: Final[float] = 0.4
#: Specific heat of air. [J kg-1 K-1]
HEAT_CAPACITY: Final[float] = 1004.0
#: Gas constant of dry air. [J kg-1 K-1]
GAS_CONSTANT: Final[float] = 287.0406
STEFAN_BOLTZMANN: Final[float] = 5.67e-8  # W m-2 K-4
#: 0 degree Celsius. [K]
FREEZING: Final[float] = 273.15
#: Degree in radians. AERMET has pi in single precision here; the sun near its critical elevation
#: feels it, so that L near neutral would differ in the fifth digit.
DEGREE: Final[float] = float(np.float32(np.pi)) / 180.0
#: Part of the net radiation that does not warm the ground. [-]
TURBULENT_PART: Final[float] = 0.9
#: What a convective hour has at least. [W m-2]
LEAST_HEAT_FLUX: Final[float] = 0.1
#: Most heat that stable air gives to the ground. [W m-2]
DOWNWARD_LIMIT: Final[float] = 64.0
NEUTRAL_LENGTH: Final[float] = 8888.0  # m
#: Relative change at which iterations end.
TOLERANCE: Final[float] = 0.01
#: The iteration for L has no limit in AERMET; it needs some ten passes.
MOST_PASSES: Final[int] = 200


def sun_elevation(
    day_of_year: ArrayLike, hour: ArrayLike, latitude: float, longitude: float, time_zone: float
) -> Floats:
    """Elevation of the sun at the end of hours, (10.1).

    Parameters
    ----------
    day_of_year, hour : array_like
        Local standard time, ``[hour]``; 1 to 366 and 0 to 24.
    latitude, longitude : float
        North and east positive. [degree]
    time_zone : float
        Hours that the local standard time is ahead of Greenwich.

    Returns
    -------
    ndarray
        ``[hour]``. [degree]
    """
    d = 0.0172028 * (np.asarray(day_of_year, float) - 1.0)
    sin_d, cos_d, sin_2d, cos_2d = np.sin(d), np.cos(d), np.sin(2.0 * d), np.cos(2.0 * d)
    ecliptic = (
        279.9348 + d / DEGREE
        + 1.914827 * sin_d - 0.079525 * cos_d + 0.019938 * sin_2d - 0.00162 * cos_2d
    )  # fmt: skip
    sin_declination = 0.39785 * np.sin(ecliptic * DEGREE)
    cos_declination = np.sqrt(1.0 - sin_declination**2)
    noon = 12.0 + 0.12357 * sin_d - 0.004289 * cos_d + 0.153809 * sin_2d + 0.060783 * cos_2d
    angle = (15.0 * (np.asarray(hour, float) - noon - time_zone) + longitude) * DEGREE
    north = latitude * DEGREE
    sine = math.sin(north) * sin_declination + math.cos(north) * cos_declination * np.cos(angle)
    return np.arcsin(np.clip(sine, -1.0, 1.0)) / DEGREE


def hourly_albedo(elevation: Floats, noon_albedo: Floats) -> Floats:
    """Albedo of hours from that of noon, (10.2); 1 at night.

    Parameters
    ----------
    elevation : ndarray
        Mean elevation of the sun, ``[hour]``. [degree]
    noon_albedo : ndarray
        ``[hour]``. [-]

    Returns
    -------
    ndarray
        ``[hour]``. [-]
    """
    rest = 1.0 - noon_albedo
    day = noon_albedo + rest * np.exp(-0.1 * np.maximum(elevation, 0.0) - 0.5 * rest**2)
    return np.where(elevation > 0.0, day, 1.0)


@njit(cache=True)
def critical_elevation(
    elevation: float, noon_albedo: float, temperature: float, cloud: float
) -> float:
    """Elevation of the sun at which the net radiation vanishes, (10.3). [degree]

    Parameters
    ----------
    elevation : float
        Of the hour; where the iteration starts. [degree]
    noon_albedo : float
        [-]
    temperature : float
        [K]
    cloud : float
        Integer tenths.
    """
    if elevation <= 0.0:
        return 94.0
    rest = 1.0 - noon_albedo
    loss = STEFAN_BOLTZMANN * temperature**4 - 5.31e-13 * temperature**6 - 6.0 * cloud
    gain = 990.0 * (1.0 - 0.75 * (cloud / 10.0) ** 3.4)
    critical, last = elevation, 0.0
    for _ in range(21):
        if abs(critical - last) <= TOLERANCE * critical:
            break
        last = critical
        absorbed = rest * (1.0 - math.exp(-0.1 * critical - 0.5 * rest * rest))
        sine = loss / (gain * absorbed) + 30.0 / 990.0
        if sine <= 0.0:
            return 0.0
        if sine > 1.0:
            return 92.0
        critical = math.asin(sine) / DEGREE
    return critical


@njit(cache=True)
def critical_elevations(
    elevation: Floats, noon_albedo: Floats, temperature: Floats, cloud: Floats
) -> Floats:
    """:func:`critical_elevation` of every hour, ``[hour]``. [degree]"""
    critical = np.empty_like(elevation)
    for i in range(critical.size):
        critical[i] = critical_elevation(elevation[i], noon_albedo[i], temperature[i], cloud[i])
    return critical


def clear_sky_radiation(elevation: Floats) -> Floats:
    """Global radiation without clouds, (10.4); below 0 near the horizon. [W m-2]"""
    return 990.0 * np.sin(elevation * DEGREE) - 30.0


def equivalent_cloud(radiation: Floats, elevation: Floats) -> Floats:
    """Cloud that would let the measured radiation through, by inverting (10.4).

    AERMET puts it in the place of the observed cloud, in integer tenths, in every hour with
    radiation and sun above 0; cloud enters the long-wave terms and (10.3).

    Parameters
    ----------
    radiation : ndarray
        Measured global radiation, ``[hour]``. [W m-2]
    elevation : ndarray
        ``[hour]``. [degree]

    Returns
    -------
    ndarray
        ``[hour]``. [tenths]
    """
    clear = clear_sky_radiation(elevation)
    through = radiation / np.where(clear > 0.0, clear, 1.0)
    opaque = np.where((clear > 0.0) & (through < 1.0), (1.0 - through) / 0.75, 0.0)
    return np.floor(10.0 * np.minimum(np.maximum(opaque, 0.0) ** (1.0 / 3.4), 1.0) + 0.5)


def convective_heat_flux(
    radiation: Floats,
    elevation: Floats,
    albedo: Floats,
    temperature: Floats,
    cloud: Floats,
    bowen_ratio: Floats,
) -> Floats:
    """Sensible heat flux of convective hours, (10.4).

    Parameters
    ----------
    radiation : ndarray
        Measured global radiation, ``[hour]``; where it is NaN or 0 the estimate from sun and cloud
        takes its place, as in AERMET. [W m-2]
    elevation : ndarray
        ``[hour]``. [degree]
    albedo, bowen_ratio : ndarray
        ``[hour]``. [-]
    temperature : ndarray
        ``[hour]``. [K]
    cloud : ndarray
        ``[hour]``. [tenths]

    Returns
    -------
    ndarray
        ``[hour]``, at least 0.1, NaN where temperature or cloud are. [W m-2]
    """
    estimate = clear_sky_radiation(elevation) * (1.0 - 0.75 * (cloud / 10.0) ** 3.4)
    estimate = np.where(elevation > 1.74, estimate, 0.0)
    shortwave = (1.0 - albedo) * np.where(radiation > 0.0, radiation, estimate)
    longwave = 5.31e-13 * temperature**6 - STEFAN_BOLTZMANN * temperature**4 + 6.0 * cloud
    heat = TURBULENT_PART * (shortwave + longwave) / 1.12 / (1.0 + 1.0 / bowen_ratio)
    return np.where(heat <= 0.0, LEAST_HEAT_FLUX, heat)


@njit(cache=True)
def _unstable_psi(z_over_length: float) -> float:
    mu = (1.0 - 16.0 * z_over_length) ** 0.25
    return (
        2.0 * math.log((1.0 + mu) / 2.0)
        + math.log((1.0 + mu * mu) / 2.0)
        - 2.0 * math.atan(mu)
        + math.pi / 2.0
    )


@njit(cache=True)
def convective_friction(
    wind: float, height: float, roughness: float, temperature: float, density: float, heat: float
) -> tuple[float, float]:
    """Friction velocity and Obukhov length of a convective hour, (10.5).

    Parameters
    ----------
    wind : float
        At `height`, above 0. [m s-1]
    height, roughness : float
        [m]
    temperature : float
        [K]
    density : float
        Of the air. [kg m-3]
    heat : float
        Sensible heat flux, above 0. [W m-2]

    Returns
    -------
    tuple of float
        u* and L. [m s-1, m]
    """
    scale = density * HEAT_CAPACITY * temperature / (VON_KARMAN * GRAVITY * heat)
    logarithm = math.log(height / roughness)
    friction = VON_KARMAN * wind / logarithm
    length, last = -scale * friction**3, 0.0
    for _ in range(MOST_PASSES):
        if abs(length - last) <= TOLERANCE * abs(length):
            break
        last = length
        psi = _unstable_psi(height / length) - _unstable_psi(roughness / length)
        friction = VON_KARMAN * wind / (logarithm - psi)
        length = -scale * friction**3
    return friction, length


@njit(cache=True)
def stable_friction(
    wind: float,
    height: float,
    roughness: float,
    temperature: float,
    density: float,
    cloud: float,
    low_sun: float,
    adjusted: bool,
) -> tuple[float, float, float]:
    """Friction velocity, Obukhov length and heat flux of a stable hour, (10.6) to (10.9).

    Parameters
    ----------
    wind : float
        At `height`, above 0. [m s-1]
    height, roughness : float
        `height` above 7 `roughness`. [m]
    temperature : float
        [K]
    density : float
        Of the air. [kg m-3]
    cloud : float
        [tenths]
    low_sun : float
        Factor on the temperature scale, 1 at night. [-]
    adjusted : bool
        Whether to take the adjusted friction velocity (``ADJ_U*``).

    Returns
    -------
    tuple of float
        u*, L and H. [m s-1, m, W m-2]
    """
    if adjusted:
        beta, depth, lowered = 4.7, height - 5.0 * roughness, height - 6.0 * roughness
        theta = 0.08 * low_sun
    else:
        beta, depth, lowered = 5.0, height, height
        theta = 0.09 * (1.0 - 0.5 * (cloud / 10.0) ** 2) * low_sun
    drag = VON_KARMAN / math.log(depth / roughness)
    critical = 2.0 * math.sqrt(beta * lowered * GRAVITY * theta / (temperature * drag))
    chi = max((critical / wind) ** 2, 1.0e-300)
    friction = 0.5 * drag * wind
    if adjusted:
        friction *= (1.0 + math.exp(-0.5 * chi)) / (1.0 - math.exp(-2.0 / math.sqrt(chi)))
        friction = max(friction, 0.25 * drag * critical)
    elif chi <= 1.0:
        friction *= 1.0 + math.sqrt(1.0 - chi)
    if chi > 1.0:
        theta *= wind / critical

    most = DOWNWARD_LIMIT / (density * HEAT_CAPACITY)
    if friction * theta > most:
        root = _largest_root(drag * wind, beta * depth * GRAVITY * most * drag / temperature)
        friction = root if root > 0.0 else friction
        theta = most / friction
    length = temperature * friction**2 / (VON_KARMAN * GRAVITY * theta)
    if adjusted:
        length = max(length, 1100.0 * friction**2)
    return friction, length, -density * HEAT_CAPACITY * friction * theta


@njit(cache=True)
def _largest_root(neutral: float, constant: float) -> float:
    """Largest real root of s^3 - neutral s^2 + constant, -1 if no root is positive, (10.8)."""
    third = neutral / 3.0
    cosine = 1.0 - constant / (2.0 * third**3)
    if cosine < -1.0:
        return -1.0
    return third * (1.0 + 2.0 * math.cos(math.acos(min(cosine, 1.0)) / 3.0))


@njit(cache=True)
def friction_of_hours(
    convective: NDArray[np.bool_],
    wind: Floats,
    height: float,
    roughness: Floats,
    temperature: Floats,
    density: Floats,
    cloud: Floats,
    low_sun: Floats,
    heat: Floats,
    adjusted: bool,
) -> tuple[Floats, Floats, Floats]:
    """Friction velocity, Obukhov length within its limits, and heat flux of every hour.

    Hours without wind, temperature or cloud (NaN) have NaN, but for the heat flux of convective
    ones, which is handed through. All arrays ``[hour]``; units as in :func:`stable_friction`.
    """
    friction = np.full(wind.size, np.nan)
    length = np.full(wind.size, np.nan)
    flux = np.full(wind.size, np.nan)
    for i in range(wind.size):
        if convective[i]:
            flux[i] = heat[i]
        if math.isnan(wind[i]) or math.isnan(temperature[i]) or math.isnan(cloud[i]):
            continue
        if convective[i]:
            friction[i], length[i] = convective_friction(
                wind[i], height, roughness[i], temperature[i], density[i], heat[i]
            )
        else:
            friction[i], length[i], flux[i] = stable_friction(
                wind[i], height, roughness[i], temperature[i], density[i], cloud[i], low_sun[i],
                adjusted,
            )  # fmt: skip
        size = min(max(abs(length[i]), 1.0), NEUTRAL_LENGTH)
        length[i] = -size if convective[i] else size
    return friction, length, flux
