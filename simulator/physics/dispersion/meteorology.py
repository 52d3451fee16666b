"""Hourly meteorology as AERMET hands it over and AERMOD reads it.

``Meteorology`` holds the columns of a surface file (``.SFC``) and the levels of a profile file
(``.PFL``) with their codes for missing values. :func:`status` says which hours are calm or missing,
:func:`limited` applies the limits that AERMOD puts on the values of a valid hour.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

VALID: Final[int] = 0
CALM: Final[int] = 1
MISSING: Final[int] = 2

#: Most levels that a profile may have.
MAX_LEVELS: Final[int] = 50

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Meteorology:
    """Hours in order of time; all arrays ``[hour]`` unless stated, missing values as coded.

    Attributes
    ----------
    year, month, day, hour : ndarray of int
        Local standard time, hour ending, 1 to 24; ``year`` in full.
    heat_flux : ndarray
        Sensible heat flux H; -999. [W m-2]
    friction_velocity : ndarray
        u*; -9. [m s-1]
    convective_velocity : ndarray
        w*; -9 (stable hours too). [m s-1]
    gradient_above : ndarray
        Gradient of potential temperature above the mixed layer; -9. [K m-1]
    convective_height, mechanical_height : ndarray
        Mixing heights z_ic and z_im; -999. [m]
    obukhov_length : ndarray
        L; -99999. [m]
    roughness : ndarray
        z0. [m]
    bowen_ratio, albedo : ndarray
        Albedo of the hour, 1 at night. [-]
    wind_speed : ndarray
        At ``wind_height``; 0 in calms, 999. [m s-1]
    wind_direction : ndarray
        Where the wind comes from; 999. [degree]
    wind_height : ndarray
        [m]
    temperature : ndarray
        At ``temperature_height``; 999. [K]
    temperature_height : ndarray
        [m]
    precipitation_code : ndarray of int
        0 none, 11 liquid, 22 frozen, 99 missing.
    precipitation : ndarray
        Liquid equivalent; -9. [mm h-1]
    relative_humidity : ndarray
        999. [%]
    pressure : ndarray
        At the station; 99999. [hPa]
    cloud : ndarray
        99. [tenths]
    level_count : ndarray of int
        Levels of the profile in each hour.
    level_height : ndarray
        ``[hour, level]``, ascending. [m]
    level_direction, level_speed, level_temperature, level_sigma_a, level_sigma_w : ndarray
        ``[hour, level]``; missing 999, 99, 99, 99, 99. [degree, m s-1, degree Celsius, degree,
        m s-1]
    adjusted_u_star, bulk_richardson : bool
        The flags ``ADJ_U*`` and ``BULKRN`` of the surface file.
    """

    year: Ints
    month: Ints
    day: Ints
    hour: Ints
    heat_flux: Floats
    friction_velocity: Floats
    convective_velocity: Floats
    gradient_above: Floats
    convective_height: Floats
    mechanical_height: Floats
    obukhov_length: Floats
    roughness: Floats
    bowen_ratio: Floats
    albedo: Floats
    wind_speed: Floats
    wind_direction: Floats
    wind_height: Floats
    temperature: Floats
    temperature_height: Floats
    precipitation_code: Ints
    precipitation: Floats
    relative_humidity: Floats
    pressure: Floats
    cloud: Floats
    level_count: Ints
    level_height: Floats
    level_direction: Floats
    level_speed: Floats
    level_temperature: Floats
    level_sigma_a: Floats
    level_sigma_w: Floats
    adjusted_u_star: bool = False
    bulk_richardson: bool = False

    def __len__(self) -> int:
        return self.year.size

    def select(self, hours: slice | NDArray[np.bool_]) -> Meteorology:
        """The same for some of the hours."""
        changed: dict[str, Any] = {
            name: value[hours]
            for name, value in vars(self).items()
            if isinstance(value, np.ndarray)
        }
        return replace(self, **changed)


def status(met: Meteorology) -> Ints:
    """``VALID``, ``CALM`` or ``MISSING`` for each hour (spec 1.3, in AERMOD's order).

    Mixing heights below 1 m count as 1 m here, as they do in AERMOD.
    """
    unstable = met.obukhov_length < 0.0
    convective = met.convective_height
    missing = (
        (met.wind_speed >= 90.0)
        | (met.wind_speed < 0.0)
        | (met.wind_direction > 900.0)
        | (met.wind_direction <= -9.0)
        | (met.temperature > 900.0)
        | (met.temperature <= 0.0)
        | (met.obukhov_length < -99990.0)
        | (unstable & ((convective > 90000.0) | (convective < 0.0)))
        | (met.mechanical_height > 90000.0)
        | (met.mechanical_height < 0.0)
        | (met.friction_velocity < 0.0)
        | (met.friction_velocity >= 9.0)
        | (unstable & (met.convective_velocity < 0.0))
    )
    return np.where(met.wind_speed == 0.0, CALM, np.where(missing, MISSING, VALID))


def limited(met: Meteorology) -> Meteorology:
    """The same within the limits that AERMOD puts on a valid hour (spec 1.4)."""
    z_ic, z_im = (
        np.minimum(np.where((z >= 0.0) & (z < 1.0), 1.0, z), 4000.0)
        for z in (met.convective_height, met.mechanical_height)
    )
    sign = np.where(met.obukhov_length == 0.0, -np.sign(met.heat_flux), np.sign(met.obukhov_length))
    sign = np.where(sign == 0.0, 1.0, sign)  # neither length nor flux: stable
    length = np.where(np.abs(met.obukhov_length) < 1.0, sign, met.obukhov_length)
    raised = (length < 0.0) & (z_ic > 0.0) & (met.gradient_above < 0.005)
    rain = met.precipitation
    return replace(
        met,
        convective_height=z_ic,
        mechanical_height=z_im,
        wind_direction=np.where(met.wind_direction == 0.0, 360.0, met.wind_direction),
        convective_velocity=np.where(
            met.convective_velocity == 0.0, 0.001, met.convective_velocity
        ),
        obukhov_length=length,
        gradient_above=np.where(raised, 0.005, met.gradient_above),
        roughness=np.maximum(met.roughness, 0.0001),
        precipitation=np.where((rain < 0.0) | (rain > 900.0), 0.0, rain),
    )


def mixing_height(met: Meteorology) -> Floats:
    """Selected mixing height z_i of hours within their limits (1.2). [m]"""
    unstable = met.obukhov_length < 0.0
    z_i = np.where(
        unstable, np.maximum(met.convective_height, met.mechanical_height), met.mechanical_height
    )
    return np.maximum(z_i, 1.0)
