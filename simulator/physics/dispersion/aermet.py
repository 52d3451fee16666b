"""Boundary layer from hourly weather: what AERMET 24142 makes of one station.

:func:`boundary_layer` turns observations at a site into the :class:`Meteorology` that the plume
model reads. Section and equation numbers are those of the specification of the plume engine. Not
here: AERMET's bulk Richardson and over-water options, its choice among several soundings of a day,
and its filling of missing temperature and cloud; fill the gaps before, if they are to be filled.

References
----------
U.S. EPA, 2024: AERMET version 24142 (program).
Cimorelli, A. J., et al., 2004: AERMOD: Description of Model Formulation, EPA-454/R-03-004.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.physics.dispersion import mixing, surface_fluxes
from simulator.physics.dispersion.meteorology import Floats, Ints, Meteorology
from simulator.physics.dispersion.mixing import Profiles, Soundings
from simulator.physics.dispersion.observations import (
    Observations,
    Site,
    calendar,
    dates,
    day_of_year,
    hours_ending,
    in_ten_degree_steps,
    spread_directions,
)

__all__ = [
    "Observations",
    "Site",
    "Soundings",
    "boundary_layer",
    "hours_ending",
    "in_ten_degree_steps",
    "mean_elevation",
    "printed",
    "spread_directions",
]

#: Least wind that is not calm, sqrt(2) times the least sigma_v. [m s-1]
LEAST_WIND: Final[float] = math.sqrt(2.0) * 0.2
#: What stands for unknown cloud and temperature in the test for stability. [tenths, K]
COMMON_CLOUD: Final[float] = 5.0
COMMON_TEMPERATURE: Final[float] = 288.0
#: Temperatures that a day needs for its mean to stand for a missing one.
LEAST_TEMPERATURES: Final[int] = 18

#: Decimals that AERMET prints.
DECIMALS: Final[dict[str, int]] = {
    "heat_flux": 1, "friction_velocity": 3, "convective_velocity": 3, "gradient_above": 3,
    "convective_height": 0, "mechanical_height": 0, "obukhov_length": 1, "roughness": 4,
    "bowen_ratio": 2, "albedo": 2, "wind_speed": 2, "wind_direction": 1, "wind_height": 1,
    "temperature": 1, "temperature_height": 1, "precipitation": 2, "relative_humidity": 0,
    "pressure": 0, "level_height": 1, "level_direction": 1, "level_speed": 2,
    "level_temperature": 2, "level_sigma_a": 2, "level_sigma_w": 2,
}  # fmt: skip


def boundary_layer(
    observations: Observations,
    site: Site,
    soundings: Soundings | None = None,
    *,
    rounded: bool = False,
) -> Meteorology:
    """Hourly boundary layer from weather observations (section 10).

    Measured global radiation S enters as in AERMET: where it and the sun are above 0, the cloud
    that (10.4) needs for S takes the place of the observed one (:func:`equivalent_cloud`), in
    (10.3) and in the long-wave terms, and S itself takes the place of the estimate in (10.4).

    Parameters
    ----------
    observations : Observations
        Hours in order of time; whole days, as the heating of a day is summed from its sunrise.
    site : Site
        Place, heights and ground.
    soundings : Soundings, optional
        Morning soundings; days without one take ``site.morning_gradient``.
    rounded : bool
        Round to the decimals that AERMET prints. Not by default, because the digits carry
        information (u* of calm nights has one or two left); round to compare with AERMOD, which
        reads the printed ones.

    Returns
    -------
    Meteorology
        Values of AERMET before AERMOD's limits, missing ones as coded.
    """
    obs, n = observations, observations.year.size
    days, follows = calendar(obs)
    calm = (obs.wind_speed <= 0.0) | (obs.wind_speed < site.calm_below)
    windy = ~calm & np.isfinite(obs.wind_speed)
    wind = np.where(windy, np.maximum(obs.wind_speed, LEAST_WIND), np.nan)
    direction = np.where(windy, obs.wind_direction, np.nan)
    noon_albedo, bowen_ratio, roughness = site.ground(obs.month, direction)

    elevation = mean_elevation(obs, site)
    radiation = np.full(n, np.nan) if obs.global_radiation is None else obs.global_radiation
    radiation = np.where((radiation > 0.0) & (elevation > 0.0), radiation, np.nan)
    cloud = np.floor(obs.cloud + 0.5)
    measured = np.isfinite(radiation)
    cloud = np.where(measured, surface_fluxes.equivalent_cloud(radiation, elevation), cloud)
    critical = _critical_elevation(obs, elevation, noon_albedo, cloud, measured, days)
    convective = elevation >= critical
    low = (elevation > 0.0) & (elevation < critical)
    # a sun that is lower by a rounding error would leave no temperature scale at all
    ratio = np.where(low, elevation / np.where(low, critical, 1.0), 0.0)
    low_sun = np.maximum(1.0 - ratio**2, 1.0e-9)
    albedo = surface_fluxes.hourly_albedo(elevation, noon_albedo)

    standard = 1013.25 * (1.0 - 0.0065 / 288.15 * site.elevation) ** 5.255
    pressure = np.where(np.isfinite(obs.pressure), obs.pressure, standard)
    density = 100.0 * pressure / (surface_fluxes.GAS_CONSTANT * obs.temperature)
    heat = surface_fluxes.convective_heat_flux(
        radiation, elevation, albedo, obs.temperature, cloud, bowen_ratio
    )
    friction, length, heat = surface_fluxes.friction_of_hours(
        convective, wind, site.wind_height, roughness, obs.temperature, density, cloud, low_sun,
        heat, site.adjusted_u_star,
    )  # fmt: skip
    z_im = mixing.mechanical_heights(friction, follows)
    heat, z_ic, velocity, gradient = _convective_layer(
        obs, site, soundings, days, convective, heat, density, length, z_im
    )

    # one level, two where the thermometer hangs at another height than the anemometer
    heights = sorted({site.wind_height, site.temperature_height})
    rain = obs.precipitation
    kind = np.where(np.isnan(obs.temperature), 99, 11)
    kind = np.where(obs.temperature < surface_fluxes.FREEZING, 22, kind)
    kind = np.where(np.isnan(rain), 99, np.where(rain > 0.0, kind, 0))
    met = Meteorology(
        year=obs.year, month=obs.month, day=obs.day, hour=obs.hour,
        heat_flux=_coded(heat, -999.0),
        friction_velocity=_coded(friction, -9.0),
        convective_velocity=_coded(velocity, -9.0),
        gradient_above=_coded(gradient, -9.0),
        convective_height=_coded(z_ic, -999.0),
        mechanical_height=_coded(z_im, -999.0),
        obukhov_length=_coded(length, -99999.0),
        roughness=roughness, bowen_ratio=bowen_ratio, albedo=albedo,
        wind_speed=np.where(calm, 0.0, _coded(wind, 999.0)),
        wind_direction=np.where(calm, 0.0, _coded(direction, 999.0)),
        wind_height=np.full(n, site.wind_height),
        temperature=_coded(obs.temperature, 999.0),
        temperature_height=np.full(n, site.temperature_height),
        precipitation_code=kind.astype(np.int64),
        precipitation=_coded(rain, -9.0),
        relative_humidity=_coded(obs.relative_humidity, 999.0),
        pressure=pressure,
        cloud=_coded(cloud, 99.0),
        level_count=np.full(n, len(heights), np.int64),
        level_height=np.tile(np.array(heights), (n, 1)),
        level_direction=_level(heights, site.wind_height, _coded(direction, 999.0), 999.0),
        level_speed=_level(heights, site.wind_height, _coded(wind, 99.0), 99.0),
        level_temperature=_level(
            heights, site.temperature_height,
            _coded(obs.temperature - surface_fluxes.FREEZING, 99.0), 99.0,
        ),
        level_sigma_a=np.full((n, len(heights)), 99.0),
        level_sigma_w=np.full((n, len(heights)), 99.0),
        adjusted_u_star=site.adjusted_u_star,
    )  # fmt: skip
    return printed(met) if rounded else met


def mean_elevation(observations: Observations, site: Site) -> Floats:
    """Mean of the sun's elevations at the start and the end of each hour, (10.1). [degree]"""
    obs = observations
    date = dates(obs.year, obs.month, obs.day)
    first = (obs.hour == 1) & (date == date[:1])  # AERMET takes the end of the first day itself
    before = np.where((obs.hour == 1) & ~first, date - 1, date)
    place = (site.latitude, site.longitude, site.time_zone)
    start_hour = np.where(obs.hour == 1, 24, obs.hour - 1)
    start = surface_fluxes.sun_elevation(day_of_year(before), start_hour, *place)
    return 0.5 * (start + surface_fluxes.sun_elevation(day_of_year(date), obs.hour, *place))


def printed(met: Meteorology) -> Meteorology:
    """The same with the decimals of AERMET's files.

    Rounds the binary number itself, as printing does; ``np.round`` scales it first, which turns
    287.55 into 287.6 instead of 287.5.
    """
    values: dict[str, Any] = {name: getattr(met, name) for name in DECIMALS}
    for name, decimals in DECIMALS.items():
        flat = [round(v, decimals) for v in values[name].ravel().tolist()]
        values[name] = np.array(flat).reshape(values[name].shape)
    return replace(met, **values)


def _critical_elevation(
    obs: Observations,
    elevation: Floats,
    noon_albedo: Floats,
    cloud: Floats,
    measured: NDArray[np.bool_],
    days: Ints,
) -> Floats:
    """(10.3) with what stands for missing cloud and temperature, ``[hour]``. [degree]"""
    known = np.isfinite(obs.temperature)
    count = np.bincount(days, known)
    total = np.bincount(days, np.where(known, obs.temperature, 0.0))
    mean = np.where(
        count >= LEAST_TEMPERATURES, total / np.maximum(count, 1.0), COMMON_TEMPERATURE
    )[days]
    stand_in = np.where(np.isfinite(cloud), mean, COMMON_TEMPERATURE)
    critical = surface_fluxes.critical_elevations(
        elevation,
        noon_albedo,
        np.where(known, obs.temperature, stand_in),
        np.where(np.isfinite(cloud), cloud, COMMON_CLOUD),
    )
    return np.where(measured & ~known, 94.0, critical)


def _convective_layer(
    obs: Observations,
    site: Site,
    soundings: Soundings | None,
    days: Ints,
    convective: NDArray[np.bool_],
    heat: Floats,
    density: Floats,
    length: Floats,
    z_im: Floats,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Heat flux with gaps filled, z_ic, w* and gradient above, all ``[hour]``, NaN if unknown."""
    where = (days, obs.hour - 1)
    shape = (int(days.max(initial=-1)) + 1, 24)
    heat_of_day, density_of_day = np.full(shape, np.nan), np.full(shape, np.nan)
    heat_of_day[where], density_of_day[where] = heat, density
    convective_of_day = np.zeros(shape, bool)
    convective_of_day[where] = convective

    date = np.zeros(shape[0], "datetime64[D]")
    date[days] = dates(obs.year, obs.month, obs.day)
    month = date.astype("datetime64[M]").astype(np.int64) % 12
    morning = np.full(12, np.nan) if site.morning_gradient is None else site.morning_gradient
    sounding = np.full(shape[0], -1, np.int64)
    if soundings is None:
        profiles = Profiles(np.zeros(0, np.int64), np.zeros(0), *np.zeros((3, 0, 0)))
    else:
        profiles = Profiles.of(soundings)
        index = {
            day: i
            for i, day in enumerate(dates(soundings.year, soundings.month, soundings.day))
            if profiles.count[i] > 0
        }
        sounding = np.array([index.get(day, -1) for day in date], np.int64)
    z_ic = mixing.convective_heights(
        heat_of_day, convective_of_day, density_of_day, sounding, morning[month],
        profiles.count, profiles.height, profiles.area,
    )[where]  # fmt: skip
    heat = heat_of_day[where]

    velocity, gradient = np.full(z_ic.size, np.nan), np.full(z_ic.size, np.nan)
    good = (length < 0.0) & np.isfinite(z_ic)
    gradient[good] = np.maximum(mixing.LEAST_GRADIENT, morning[month][days][good])
    velocity[good] = mixing.convective_velocity(
        heat[good], z_ic[good], density[good], obs.temperature[good]
    )
    good &= sounding[days] >= 0
    gradient[good] = mixing.gradients_above(
        np.fmax(z_ic, z_im)[good], sounding[days][good],
        profiles.count, profiles.top, profiles.height, profiles.theta,
    )  # fmt: skip
    return heat, z_ic, velocity, gradient


def _level(heights: list[float], height: float, values: Floats, missing: float) -> Floats:
    """Values of the level at one of the heights, missing at the others, ``[hour, level]``."""
    levels = np.full((values.size, len(heights)), missing)
    levels[:, heights.index(height)] = values
    return levels


def _coded(values: Floats, missing: float) -> Floats:
    return np.where(np.isnan(values), missing, values)
