"""The boundary layer of each hour: scales, and profiles on the model's levels (spec 2).

:func:`prepare` turns meteorology into ``Hours``, what the plume needs of the air around it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.dispersion.constants import (
    GRAVITY,
    LAPSE_RATE,
    STABLE_GRADIENT_MIN,
    VON_KARMAN,
)
from simulator.physics.dispersion.levels import (
    DIRECTION,
    GRADIENT,
    LEVELS,
    N_COLUMNS,
    N_LEVELS,
    SIGMA_V,
    SIGMA_W,
    THETA,
    U,
    integrate,
    integrate_temperature,
    mean_below,
    value_at,
)
from simulator.physics.dispersion.measured import (
    DIRECTIONS,
    GRADIENTS,
    SIGMA_VS,
    SIGMA_WS,
    SPEEDS,
    Measured,
    blend,
    bracket,
    nothing_measured,
    read_levels,
    turned,
)
from simulator.physics.dispersion.meteorology import (
    VALID,
    Meteorology,
    limited,
    mixing_height,
    status,
)
from simulator.physics.dispersion.similarity import (
    convective_sigma_v2,
    convective_sigma_w2,
    mechanical_sigma_v2,
    mechanical_sigma_w2,
    reference_wind,
    stable_gradient,
    surface_gradient,
)
from simulator.physics.threads import in_ranges


class Hour(NamedTuple):
    """Scales of one hour, in the order of the columns of ``Hours.scales``.

    ``urban`` is 1 where the air is that of a town (spec 2.10).
    """

    obukhov_length: float  #: [m]
    u_star: float  #: [m s-1]
    w_star: float  #: [m s-1]
    z_i: float  #: selected mixing height [m]
    z_ic: float  #: convective mixing height [m]
    z_im: float  #: mechanical mixing height [m]
    gradient_above: float  #: of potential temperature above z_i [K m-1]
    roughness: float  #: [m]
    temperature: float  #: [K]
    temperature_height: float  #: [m]
    u_top: float  #: wind at z_i [m s-1]
    theta_top: float  #: potential temperature at z_i [K]
    u_mean: float  #: mean wind up to z_i [m s-1]
    sigma_w_mean: float  #: mean sigma_w up to z_i [m s-1]
    theta_star: float  #: temperature scale of stable hours [K]
    urban: float


_U_TOP, _THETA_TOP, _U_MEAN, _SIGMA_W_MEAN, _THETA_STAR = (
    Hour._fields.index(name)
    for name in ("u_top", "theta_top", "u_mean", "sigma_w_mean", "theta_star")
)


@dataclass(frozen=True)
class Hours:
    """Hours ready for the plume.

    Attributes
    ----------
    valid : ndarray of bool
        Neither calm nor missing, ``[hour]``.
    scales : ndarray
        ``[hour, scale]`` in the order of :class:`Hour`.
    profiles : ndarray
        ``[hour, level, column]``, columns of :mod:`simulator.physics.dispersion.levels`.
    met : Meteorology
        Where they come from, as read.
    base : float
        Elevation of the foot of the profiles. [m]
    """

    valid: NDArray[np.bool_]
    scales: NDArray[np.float64]
    profiles: NDArray[np.float64]
    met: Meteorology
    base: float = 0.0

    def __len__(self) -> int:
        return self.valid.size


@njit(cache=True)
def hour_of(row: NDArray[np.float64]) -> Hour:
    """Scales of one hour from a row of ``Hours.scales``."""
    return Hour(
        row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10],
        row[11], row[12], row[13], row[14], row[15],
    )  # fmt: skip


def prepare(met: Meteorology, base: float = 0.0) -> Hours:
    """Scales and profiles of every hour.

    Parameters
    ----------
    met : Meteorology
        As AERMET hands it over.
    base : float
        Elevation of the foot of the profiles above the sea. [m]

    Returns
    -------
    Hours
    """
    state = status(met)
    inside = limited(met)
    z_i = mixing_height(inside)
    scales = np.zeros((len(met), len(Hour._fields)))
    named = {
        "obukhov_length": inside.obukhov_length,
        "u_star": inside.friction_velocity,
        "w_star": inside.convective_velocity,
        "z_i": z_i,
        "z_ic": inside.convective_height,
        "z_im": inside.mechanical_height,
        "gradient_above": inside.gradient_above,
        "roughness": inside.roughness,
        "temperature": inside.temperature,
        "temperature_height": inside.temperature_height,
        "theta_star": _theta_star_without_levels(inside),
    }
    for name, values in named.items():
        scales[:, Hour._fields.index(name)] = values
    profiles = np.zeros((len(met), N_LEVELS, N_COLUMNS))
    valid = state == VALID
    in_ranges(
        _profiles, len(met), 512,
        valid, scales, inside.wind_speed, inside.wind_direction, inside.wind_height,
        met.level_count, met.level_height, met.level_direction, met.level_speed,
        met.level_temperature, met.level_sigma_a, met.level_sigma_w,
        met.adjusted_u_star, float(base), profiles,
    )  # fmt: skip
    return Hours(valid, scales, profiles, met, float(base))


def _theta_star_without_levels(met: Meteorology) -> NDArray[np.float64]:
    """Temperature scale of stable hours where no gradient was measured (2.8). [K]"""
    if met.adjusted_u_star and met.bulk_richardson:
        eight = np.rint(0.8 * met.cloud)
        theta_0 = 1.4 * (0.005 / np.tan(0.17 * (2.0 * eight + 1.0)) + 0.05)
        height, z0 = met.wind_height, met.roughness
        u_max = 0.6 * np.cbrt(height / np.log((height - 5.0 * z0) / z0))
        return theta_0 * (1.0 - (2.0 * met.friction_velocity / u_max - 1.0) ** 2)
    if met.adjusted_u_star:
        return np.full(len(met), 0.08)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = met.temperature * met.friction_velocity**2
        return scale / (VON_KARMAN * GRAVITY * met.obukhov_length)


@njit(cache=True)
def _gradient(z: float, hour: Hour, theta_star: float, adjusted: bool, measured: Measured) -> float:
    """Gradient of potential temperature (2.7, 2.11). [K m-1]"""
    length, z_i = hour.obukhov_length, hour.z_i
    if length < 0.0:
        if z <= z_i:
            return 0.0
        above = hour.gradient_above if z <= z_i + 500.0 else 0.005
        return max(above, STABLE_GRADIENT_MIN)
    here = stable_gradient(z, theta_star, length, z_i, adjusted)
    count = measured.number[GRADIENTS]
    if count == 0:
        return here
    heights, values = measured.heights[GRADIENTS], measured.values[GRADIENTS]
    k, share = bracket(measured, GRADIENTS, z)
    if share < 0.0:
        gradient = values[k]
    elif k < 0:
        gradient = surface_gradient(max(z, 2.0), theta_star, length, adjusted)
    elif k == count - 1:
        top = stable_gradient(heights[k], theta_star, length, z_i, adjusted)
        gradient = values[k]
        if heights[k] > 100.0:
            gradient *= math.exp(-(z - heights[k]) / (0.44 * max(100.0, z_i)))
        elif abs(top) >= 1e-4:
            gradient *= here / top
    else:
        low = stable_gradient(heights[k], theta_star, length, z_i, adjusted)
        high = stable_gradient(heights[k + 1], theta_star, length, z_i, adjusted)
        gradient = values[k] + share * (values[k + 1] - values[k])
        if abs(low - high) > 1e-4:
            gradient *= here / (low + share * (high - low))
    return max(gradient, STABLE_GRADIENT_MIN)


@njit(cache=True)
def _theta_star(hour: Hour, measured: Measured) -> float:
    """Temperature scale of a stable hour, from the lowest measured gradient if any (2.8). [K]"""
    length = hour.obukhov_length
    for k in range(measured.number[GRADIENTS]):
        z = measured.heights[GRADIENTS, k]
        if z > hour.roughness:
            if z <= 100.0:
                gradient = measured.values[GRADIENTS, k]
                return gradient * VON_KARMAN * z / (1.0 + 5.0 * z / length)
            return hour.temperature * hour.u_star**2 / (VON_KARMAN * GRAVITY * length)
    return hour.theta_star


@njit(cache=True, nogil=True)
def _profiles(
    first: int,
    stop: int,
    valid: NDArray[np.bool_],
    scales: NDArray[np.float64],
    wind_speed: NDArray[np.float64],
    wind_direction: NDArray[np.float64],
    wind_height: NDArray[np.float64],
    level_count: NDArray[np.int64],
    level_height: NDArray[np.float64],
    level_direction: NDArray[np.float64],
    level_speed: NDArray[np.float64],
    level_temperature: NDArray[np.float64],
    level_sigma_a: NDArray[np.float64],
    level_sigma_w: NDArray[np.float64],
    adjusted: bool,
    base: float,
    profiles: NDArray[np.float64],
) -> None:
    """Fill in the profiles of all valid hours, and the scales that follow from them."""
    for h in range(first, stop):
        if valid[h]:
            _profile(
                scales[h], wind_speed[h], wind_direction[h], wind_height[h], level_count[h],
                level_height[h], level_direction[h], level_speed[h], level_temperature[h],
                level_sigma_a[h], level_sigma_w[h], adjusted, base, profiles[h],
            )  # fmt: skip


@njit(cache=True)
def _profile(
    scales: NDArray[np.float64],
    wind_speed: float,
    wind_direction: float,
    wind_height: float,
    level_count: int,
    level_height: NDArray[np.float64],
    level_direction: NDArray[np.float64],
    level_speed: NDArray[np.float64],
    level_temperature: NDArray[np.float64],
    level_sigma_a: NDArray[np.float64],
    level_sigma_w: NDArray[np.float64],
    adjusted: bool,
    base: float,
    profile: NDArray[np.float64],
) -> None:
    """Profile of one hour ``[level, column]``; completes its row of scales."""
    hour = hour_of(scales)
    z_i = hour.z_i
    measured = nothing_measured(level_count)
    read_levels(
        level_count, level_height, level_direction, level_speed, level_temperature, level_sigma_a,
        level_sigma_w, hour.obukhov_length > 0.0, measured,
    )  # fmt: skip
    for quantity, value in ((SPEEDS, wind_speed), (DIRECTIONS, wind_direction)):
        if measured.number[quantity] == 0:
            measured.heights[quantity, 0] = wind_height
            measured.values[quantity, 0] = value
            measured.number[quantity] = 1
    for k in range(measured.number[SPEEDS]):
        z = measured.heights[SPEEDS, k]
        measured.reference[SPEEDS, k] = _wind(z, hour, wind_height, wind_speed)
    for j in range(N_LEVELS):
        at_z = _wind(LEVELS[j], hour, wind_height, wind_speed)
        profile[j, U] = max(blend(measured, SPEEDS, LEVELS[j], at_z), 0.01)
        profile[j, DIRECTION] = turned(measured, LEVELS[j])

    theta_star = _theta_star(hour, measured)
    for j in range(N_LEVELS):
        profile[j, GRADIENT] = _gradient(LEVELS[j], hour, theta_star, adjusted, measured)
    theta = hour.temperature + LAPSE_RATE * (hour.temperature_height + base)
    integrate_temperature(profile, theta, hour.temperature_height)

    residual = _residual(measured, z_i, profile)
    for k in range(measured.number[SIGMA_VS]):
        measured.reference[SIGMA_VS, k] = _sigma_v(measured.heights[SIGMA_VS, k], hour)
    for k in range(measured.number[SIGMA_WS]):
        measured.reference[SIGMA_WS, k] = _sigma_w(measured.heights[SIGMA_WS, k], hour, residual)
    for j in range(N_LEVELS):
        z = LEVELS[j]
        profile[j, SIGMA_V] = blend(measured, SIGMA_VS, z, _sigma_v(z, hour))
        profile[j, SIGMA_W] = blend(measured, SIGMA_WS, z, _sigma_w(z, hour, residual))
    integrate(profile)
    for name, value in (
        (_U_TOP, value_at(profile, U, z_i)),
        (_THETA_TOP, value_at(profile, THETA, z_i)),
        (_U_MEAN, mean_below(profile, U, z_i)),
        (_SIGMA_W_MEAN, mean_below(profile, SIGMA_W, z_i)),
        (_THETA_STAR, theta_star),
    ):
        scales[name] = value


@njit(cache=True)
def _wind(z: float, hour: Hour, z_ref: float, u_ref: float) -> float:
    """Reference wind (2.4). [m s-1]"""
    return reference_wind(
        z, hour.u_star, hour.obukhov_length, hour.roughness, hour.z_i, z_ref, u_ref
    )


@njit(cache=True)
def _sigma_v(z: float, hour: Hour) -> float:
    """Reference lateral turbulence (2.15). [m s-1]"""
    variance = mechanical_sigma_v2(z, hour.u_star, hour.z_im)
    if hour.obukhov_length < 0.0:
        variance += convective_sigma_v2(z, hour.w_star, hour.z_ic)
    return math.sqrt(variance)


@njit(cache=True)
def _sigma_w(z: float, hour: Hour, residual: float) -> float:
    """Reference vertical turbulence (2.18). [m s-1]"""
    variance = max(mechanical_sigma_w2(z, hour.u_star, hour.z_i, residual), 1e-8)
    if hour.obukhov_length < 0.0:
        variance += max(convective_sigma_w2(z, hour.w_star, hour.z_ic), 1e-8)
    return math.sqrt(variance)


@njit(cache=True)
def _residual(measured: Measured, z_i: float, profile: NDArray[np.float64]) -> float:
    """Turbulence that is left above the mixed layer (spec 2.7). [m s-1]"""
    total = 0.0
    number = 0
    for k in range(measured.number[SIGMA_WS]):
        if measured.heights[SIGMA_WS, k] >= z_i:
            total += measured.values[SIGMA_WS, k]
            number += 1
    if number > 0:
        return total / number
    return 0.02 * value_at(profile, U, z_i)
