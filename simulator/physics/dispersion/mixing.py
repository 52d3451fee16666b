"""Mechanical and convective mixing heights as AERMET has them.

Equation numbers are those of the specification of the plume engine, section 10.

References
----------
U.S. EPA, 2024: AERMET version 24142 (program).
Cimorelli, A. J., et al., 2004: AERMOD: Description of Model Formulation, EPA-454/R-03-004.
Carson, D. J., 1973: Quart. J. Roy. Meteor. Soc. 99, 450-467.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.dispersion.meteorology import Floats, Ints
from simulator.physics.dispersion.surface_fluxes import GRAVITY, HEAT_CAPACITY

#: Highest mixing height. [m]
HIGHEST: Final[float] = 4000.0
#: Height that soundings are extended to. [m]
SOUNDING_TOP: Final[float] = 5000.0
#: Least gradient of potential temperature above the mixed layer. [K m-1]
LEAST_GRADIENT: Final[float] = 0.005
#: Density where the hour's is not known. [kg m-3]
COMMON_DENSITY: Final[float] = 1.2
#: Heat flux that counts as none. [W m-2]
NO_HEAT: Final[float] = 1.0e-4


@dataclass(frozen=True)
class Soundings:
    """A sounding for each day, taken before the day's convection begins.

    Attributes
    ----------
    year, month, day : ndarray of int
        Day in local standard time that the sounding stands for, ``[sounding]``.
    height : ndarray
        Above the lowest level or above the sea, ``[sounding, level]``, ascending; levels with a NaN
        in any of the three arrays are left out. [m]
    temperature : ndarray
        ``[sounding, level]``. [K]
    pressure : ndarray
        ``[sounding, level]``. [hPa]
    """

    year: Ints
    month: Ints
    day: Ints
    height: Floats
    temperature: Floats
    pressure: Floats


@dataclass(frozen=True)
class Profiles:
    """Soundings made ready for (10.11) and (10.13).

    Attributes
    ----------
    count : ndarray of int
        Levels of each sounding, ``[sounding]``.
    top : ndarray
        Highest level before the extension, ``[sounding]``. [m]
    height : ndarray
        Above the ground, ``[sounding, level]``. [m]
    theta : ndarray
        Potential temperature, not falling with height, ``[sounding, level]``. [K]
    area : ndarray
        Area S under the sounding, ``[sounding, level]``. [K m]
    """

    count: Ints
    top: Floats
    height: Floats
    theta: Floats
    area: Floats

    @classmethod
    def of(cls, soundings: Soundings) -> Self:
        """Potential temperature, extension to 5000 m and area (10.8 of the specification)."""
        shape = (soundings.height.shape[0], soundings.height.shape[1] + 1)
        height, theta, area = (np.full(shape, np.nan) for _ in range(3))
        count, top = np.zeros(shape[0], np.int64), np.full(shape[0], np.nan)
        for i in range(shape[0]):
            z, t, p = soundings.height[i], soundings.temperature[i], soundings.pressure[i]
            known = np.isfinite(z) & np.isfinite(t) & np.isfinite(p)
            if known.sum() < 2:
                continue
            z = z[known] - z[known][0]
            levels = t[known] * (1000.0 / p[known]) ** 0.2857
            top[i] = z[-1]
            if z[-1] < SOUNDING_TOP and z[-1] >= 600.0:
                gradient = (levels[-1] - np.interp(z[-1] - 500.0, z, levels)) / 500.0
                levels = np.append(levels, levels[-1] + gradient * (SOUNDING_TOP - z[-1]))
                z = np.append(z, SOUNDING_TOP)
            levels = np.maximum.accumulate(levels)
            n = count[i] = z.size
            height[i, :n], theta[i, :n] = z, levels
            area[i, 0] = 0.0
            area[i, 1:n] = np.cumsum(0.5 * np.diff(levels) * (z[1:] + z[:-1]))
        return cls(count, top, height, theta, area)


@njit(cache=True)
def mechanical_heights(friction: Floats, follows: NDArray[np.bool_]) -> Floats:
    """Mechanical mixing heights, smoothed from hour to hour, (10.10).

    Parameters
    ----------
    friction : ndarray
        u*, NaN where unknown, ``[hour]``. [m s-1]
    follows : ndarray of bool
        Whether the hour follows the one before it in the arrays, ``[hour]``.

    Returns
    -------
    ndarray
        ``[hour]``, NaN where u* is. [m]
    """
    heights = np.full(friction.size, np.nan)
    for i in range(friction.size):
        if math.isnan(friction[i]):
            continue
        heights[i] = min(HIGHEST, 2400.0 * friction[i] ** 1.5)
        if i > 0 and follows[i] and heights[i - 1] > 0.0:
            exponent = 3600.0 * 2.0 * friction[i] / heights[i - 1]
            if exponent <= 50.0:
                kept = math.exp(-exponent)
                smooth = heights[i - 1] * kept + heights[i] * (1.0 - kept)
                heights[i] = min(HIGHEST, smooth)
    return heights


@njit(cache=True)
def height_under(area: float, height: Floats, areas: Floats) -> float:
    """Height at which a sounding's area is reached, (10.11).

    Parameters
    ----------
    area : float
        What the heating has gained, at least 0. [K m]
    height, areas : ndarray
        Heights and areas S of the sounding, ``[level]``. [m, K m]

    Returns
    -------
    float
        [m]
    """
    for n in range(1, height.size):
        if area < areas[n]:
            part = (area - areas[n - 1]) / (areas[n] - areas[n - 1])
            return math.sqrt(height[n - 1] ** 2 + part * (height[n] ** 2 - height[n - 1] ** 2))
    return float(height[-1])


@njit(cache=True)
def _interpolate(z: float, height: Floats, theta: Floats) -> float:
    for n in range(1, height.size):
        if z <= height[n]:
            part = (z - height[n - 1]) / (height[n] - height[n - 1])
            return float(theta[n - 1] + part * (theta[n] - theta[n - 1]))
    return float("nan")


@njit(cache=True)
def gradient_above(z_i: float, top: float, height: Floats, theta: Floats) -> float:
    """Gradient of potential temperature above the mixed layer, (10.13).

    Parameters
    ----------
    z_i : float
        Larger of the two mixing heights, above 0. [m]
    top : float
        Highest level of the sounding before its extension. [m]
    height, theta : ndarray
        The sounding, ``[level]``. [m, K]

    Returns
    -------
    float
        At least 0.005. [K m-1]
    """
    if top - z_i <= 250.0:
        return LEAST_GRADIENT
    depth = min(500.0, top - 0.1)
    lower = _interpolate(z_i, height, theta)
    gradient = (_interpolate(z_i + depth, height, theta) - lower) / depth
    return max(gradient, LEAST_GRADIENT) if math.isfinite(gradient) else LEAST_GRADIENT


def convective_velocity(
    heat: Floats, height: Floats, density: Floats, temperature: Floats
) -> Floats:
    """Convective velocity scale w*, (10.12).

    Parameters
    ----------
    heat : ndarray
        Sensible heat flux, ``[hour]``, above 0. [W m-2]
    height : ndarray
        Convective mixing height, ``[hour]``. [m]
    density : ndarray
        Of the air, ``[hour]``. [kg m-3]
    temperature : ndarray
        ``[hour]``. [K]

    Returns
    -------
    ndarray
        ``[hour]``, at least 0.001. [m s-1]
    """
    buoyancy = GRAVITY * heat * height / (density * HEAT_CAPACITY * temperature)
    return np.maximum(buoyancy**0.333, 0.001)


@njit(cache=True)
def gradients_above(
    z_i: Floats, sounding: Ints, count: Ints, top: Floats, height: Floats, theta: Floats
) -> Floats:
    """:func:`gradient_above` of hours, ``[hour]``, each in its sounding of :class:`Profiles`."""
    gradients = np.empty_like(z_i)
    for i in range(z_i.size):
        s = sounding[i]
        n = count[s]
        gradients[i] = gradient_above(z_i[i], top[s], height[s, :n], theta[s, :n])
    return gradients


@njit(cache=True)
def _heated_hours(heat: Floats, convective: NDArray[np.bool_]) -> tuple[int, int]:
    """First and last convective hour of a day (from 0, ``[24]``); fills single gaps in `heat`."""
    first = 0
    while first < 24 and not convective[first]:
        first += 1
    if first == 24 or math.isnan(heat[first]):
        return 0, -1
    for h in range(first + 1, 23):
        mean = 0.5 * (heat[h - 1] + heat[h + 1])
        gap = convective[h] and math.isnan(heat[h]) and math.isfinite(mean)
        if gap and (heat[h - 1] > 0.0 or heat[h + 1] > 0.0):
            heat[h] = mean
    for h in range(first + 1, 24):
        if heat[h - 1] < NO_HEAT and heat[h] < NO_HEAT:
            return first, h - 2
    last = 23
    while not heat[last] > 0.0:
        last -= 1
    return first, last


@njit(cache=True)
def convective_heights(
    heat: Floats,
    convective: NDArray[np.bool_],
    density: Floats,
    sounding: Ints,
    gradient: Floats,
    count: Ints,
    height: Floats,
    area: Floats,
) -> Floats:
    """Convective mixing heights of days, (10.11) or (10.14).

    Parameters
    ----------
    heat : ndarray
        Sensible heat flux, ``[day, 24]``, NaN where unknown; a single unknown convective hour is
        given the mean of its neighbours, in place. [W m-2]
    convective : ndarray of bool
        ``[day, 24]``.
    density : ndarray
        ``[day, 24]``, NaN where unknown. [kg m-3]
    sounding : ndarray of int
        Sounding of the day, ``[day]``; -1 if none.
    gradient : ndarray
        Gradient of potential temperature on mornings without a sounding, ``[day]``; NaN if not
        known. [K m-1]
    count, height, area : ndarray
        Of :class:`Profiles`.

    Returns
    -------
    ndarray
        ``[day, 24]``, NaN in stable hours and where heat or morning profile are not known. [m]
    """
    heights = np.full(heat.shape, np.nan)
    for day in range(heat.shape[0]):
        first, last = _heated_hours(heat[day], convective[day])
        n = count[sounding[day]] if sounding[day] >= 0 else 0
        if n == 0 and math.isnan(gradient[day]):
            continue
        energy = 0.0
        for h in range(first, last + 1):
            if heat[day, h] > 0.0:
                energy += 3600.0 * heat[day, h]
            if not convective[day, h]:
                continue
            rho = COMMON_DENSITY if math.isnan(density[day, h]) else density[day, h]
            gained = 1.4 * energy / (rho * HEAT_CAPACITY)
            if n > 0:
                profile = sounding[day]
                z = height_under(gained, height[profile, :n], area[profile, :n])
            else:
                z = math.sqrt(2.0 * gained / gradient[day])
            if z > 0.0:
                heights[day, h] = min(z, HIGHEST)
    return heights
