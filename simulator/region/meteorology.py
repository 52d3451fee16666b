"""From the weather of a region to the boundary layer that its plumes are carried by."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.data import Parameters
from simulator.physics.dispersion.aermet import (
    Observations,
    Site,
    boundary_layer,
    hours_ending,
    in_ten_degree_steps,
    spread_directions,
)
from simulator.physics.dispersion.meteorology import Meteorology
from simulator.region.model import Region
from simulator.region.surface import station_surface

FREEZING: Final[float] = 273.15  # K

#: Seed of the degrees that rounded directions are spread over. It is no seed of a run: the same
#: weather is the same in every run.
DIRECTION_SEED: Final[int] = 20200601

#: Width of a point of the compass of 16. [degree]
POINT: Final[float] = 22.5
_POINTS: Final = POINT * np.arange(17)
#: The points as records write them: as they are, and rounded down or up to degrees.
_WRITTEN: Final = np.unique(np.concatenate((_POINTS, np.floor(_POINTS), np.ceil(_POINTS))))

Floats = NDArray[np.float64]


def region_meteorology(
    region: Region, parameters: Parameters | None = None, *, seed: int = DIRECTION_SEED
) -> Meteorology:
    """Hourly boundary layer of a region over its whole record.

    Measured radiation and cloud enter as in AERMET. Morning soundings there are none: a constant
    gradient of potential temperature stands for them.

    Parameters
    ----------
    region : Region
        The region.
    parameters : Parameters, optional
        The parameter tables; their defaults if not given.
    seed : int
        Of :func:`unrounded_directions`.

    Returns
    -------
    Meteorology
        One value an hour of ``region.weather``.
    """
    return boundary_layer(region_observations(region, seed), region_site(region, parameters))


def region_site(region: Region, parameters: Parameters | None = None) -> Site:
    """The station of a region's weather with the ground around it.

    Parameters
    ----------
    region : Region
        The region.
    parameters : Parameters, optional
        The parameter tables; their defaults if not given.
    """
    p = Parameters() if parameters is None else parameters
    site = region.weather_site
    albedo, bowen_ratio, roughness = station_surface(site, region.weather, region.parcels, p)
    if site.morning_gradient is None:
        value = p.value("general", process="boundary layer", parameter="morning_gradient")
        gradient = np.full(12, value)
    else:
        gradient = np.array(site.morning_gradient, dtype=np.float64)
    return Site(
        latitude=site.latitude,
        longitude=site.longitude,
        time_zone=site.time_zone,
        elevation=site.elevation,
        albedo=albedo,
        bowen_ratio=bowen_ratio,
        roughness=roughness,
        wind_height=region.anemometer_height,
        temperature_height=site.temperature_height,
        morning_gradient=gradient,
        calm_below=site.calm_below,
    )


def region_observations(region: Region, seed: int = DIRECTION_SEED) -> Observations:
    """The weather of a region as AERMET's input.

    Parameters
    ----------
    region : Region
        The region.
    seed : int
        Of :func:`unrounded_directions`.
    """
    weather = region.weather
    year, month, day, hour = hours_ending(weather["time"].to_numpy("datetime64[s]"))

    def column(name: str) -> Floats:
        return weather[name].to_numpy(np.float64)

    return Observations(
        year=year,
        month=month,
        day=day,
        hour=hour,
        wind_speed=column("wind_speed_ms"),
        wind_direction=unrounded_directions(column("wind_dir_deg"), seed),
        temperature=column("temp_C") + FREEZING,
        cloud=column("cloud_tenths"),
        pressure=column("pressure_hPa"),
        precipitation=column("precip_mm"),
        relative_humidity=column("rh_pct"),
        global_radiation=column("global_rad_Wm2"),
    )


def unrounded_directions(direction: Floats, seed: int) -> Floats:
    """Directions of the wind, spread over the angle that they were rounded to.

    Directions in steps of 10 degrees are spread over 10 full degrees as AERMET does, those of a
    compass of 16 points over the 22.5 degrees of a point; others stay as they are. Otherwise the
    plumes of a year would lie on a star of as many rays.

    Parameters
    ----------
    direction : ndarray
        ``[hour]``, NaN where missing. [degree]
    seed : int
        Same seed, same directions.

    Returns
    -------
    ndarray
        ``[hour]``, above 0 up to 360 where spread. [degree]
    """
    if in_ten_degree_steps(direction):
        return spread_directions(direction, seed)
    known = direction[np.isfinite(direction)]
    if known.size == 0 or not np.isin(known, _WRITTEN).all():
        return direction
    point = POINT * np.round(direction / POINT)
    spread = point + POINT * (np.random.default_rng(seed).random(direction.size) - 0.5)
    return np.where(np.isnan(spread), np.nan, 360.0 - (360.0 - spread) % 360.0)
