r"""Daily potential evapotranspiration, its split by leaf area, and interception.

Two equations for well-watered short grass: FAO-56 Penman-Monteith, which needs humidity, wind and
radiation, and Hargreaves, which needs temperatures only. Hargreaves leaves out humidity and wind
and is biased where they matter (Shanghai 2012: 1005 mm against 1111 mm), so it is for records that
have nothing else. Where only radiation is missing, it follows from the temperature range.

Unlike the rest of the package this module is in SI with days: m d-1, K, Pa, J m-2 d-1.

Sources
-------
Allen, R.G., Pereira, L.S., Raes, D. & Smith, M. (1998): Crop evapotranspiration. FAO Irrigation
and Drainage Paper 56.
Hargreaves, G.H. & Samani, Z.A. (1985): Reference crop evapotranspiration from temperature. Appl.
Eng. Agric. 1, 96-99. doi:10.13031/2013.26773
Simunek, J. et al. (2013): The HYDRUS-1D software package, version 4.17. Split and interception;
extinction after Ritchie, J.T. (1972), Water Resour. Res. 8, 1204-1213.
doi:10.1029/WR008i005p01204
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

ZERO_CELSIUS: Final = 273.15
LATENT_HEAT: Final = 2.45e6  # J kg-1
WATER_DENSITY: Final = 1.0e3  # kg m-3
SOLAR_CONSTANT: Final = 0.0820e6  # J m-2 min-1
STEFAN_BOLTZMANN: Final = 4.903e-3  # J m-2 K-4 d-1
ALBEDO: Final = 0.23
#: Psychrometric coefficient over air pressure. [K-1]
PSYCHROMETRIC: Final = 0.665e-3
#: Least and greatest radiation over clear-sky radiation in the long-wave balance.
CLOUDINESS: Final = (0.3, 1.0)

#: Water that a unit of radiation evaporates, rounded as in Hargreaves' equation. [m3 J-1]
_HARGREAVES_EVAPORATION: Final = 0.408e-9

#: Fewest hours that make a day.
MIN_HOURS: Final = 24


@dataclass(frozen=True)
class DailyWeather:
    """Weather by day, arrays ``[day]``."""

    day: NDArray[np.int64]  #: number of the day, as given
    rain: NDArray[np.float64]  #: [m]
    t_min: NDArray[np.float64]  #: [K]
    t_max: NDArray[np.float64]  #: [K]
    vapour_pressure: NDArray[np.float64]  #: daily mean. [Pa]
    pressure: NDArray[np.float64]  #: daily mean. [Pa]
    wind: NDArray[np.float64]  #: daily mean at the anemometer. [m s-1]
    radiation: NDArray[np.float64]  #: global radiation. [J m-2 d-1]


def daily_weather(
    day: NDArray[np.integer],
    temperature: NDArray[np.float64],
    relative_humidity: NDArray[np.float64],
    pressure: NDArray[np.float64],
    wind: NDArray[np.float64],
    radiation: NDArray[np.float64],
    rain: NDArray[np.float64],
) -> DailyWeather:
    """Days from an hourly record.

    Parameters
    ----------
    day : ndarray of int
        Number of the day that each hour belongs to, rising. Where hours are named by their end,
        the day of an hour is that of its beginning.
    temperature : ndarray
        [K]
    relative_humidity : ndarray
        [-]
    pressure : ndarray
        [Pa]
    wind : ndarray
        [m s-1]
    radiation : ndarray
        Mean global radiation of the hour. [W m-2]
    rain : ndarray
        [m h-1]

    Returns
    -------
    DailyWeather
        Full days only; an unfinished first or last day is left out.
    """
    days, first, hours = np.unique(day, return_index=True, return_counts=True)
    full = hours >= MIN_HOURS

    def mean(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.add.reduceat(x, first)[full] / hours[full]

    return DailyWeather(
        day=days[full].astype(np.int64),
        rain=np.add.reduceat(rain, first)[full],
        t_min=np.minimum.reduceat(temperature, first)[full],
        t_max=np.maximum.reduceat(temperature, first)[full],
        vapour_pressure=mean(relative_humidity * saturation_vapour_pressure(temperature)),
        pressure=mean(pressure),
        wind=mean(wind),
        radiation=86400.0 * mean(radiation),
    )


def saturation_vapour_pressure(temperature: ArrayLike) -> NDArray[np.float64]:
    """Saturation vapour pressure over water (FAO-56 eq. 11). [Pa]

    Parameters
    ----------
    temperature : array_like
        [K]
    """
    celsius = np.asarray(temperature) - ZERO_CELSIUS
    return np.asarray(610.8 * np.exp(17.27 * celsius / (celsius + 237.3)))


def wind_at_2m(wind: ArrayLike, height: float) -> NDArray[np.float64]:
    """Wind 2 m above grass from wind at another height (FAO-56 eq. 47). [m s-1]

    Parameters
    ----------
    wind : array_like
        [m s-1]
    height : float
        Height of the anemometer. [m]
    """
    return np.asarray(wind) * (4.87 / np.log(67.8 * height - 5.42))


def extraterrestrial_radiation(latitude: float, day_of_year: ArrayLike) -> NDArray[np.float64]:
    """Daily radiation at the top of the atmosphere (FAO-56 eq. 21-25). [J m-2 d-1]

    Parameters
    ----------
    latitude : float
        North positive. [rad]
    day_of_year : array_like of int
        1 on 1 January.
    """
    angle = 2.0 * np.pi * np.asarray(day_of_year) / 365.0
    distance = 1.0 + 0.033 * np.cos(angle)
    declination = 0.409 * np.sin(angle - 1.39)
    # beyond the polar circles the sun stays up or down all day
    sunset = np.arccos(np.clip(-np.tan(latitude) * np.tan(declination), -1.0, 1.0))
    height = sunset * np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(
        declination
    ) * np.sin(sunset)
    return np.asarray(24.0 * 60.0 / np.pi * SOLAR_CONSTANT * distance * height)


def clear_sky_radiation(extraterrestrial: ArrayLike, elevation: float) -> NDArray[np.float64]:
    """Global radiation of a cloudless day (FAO-56 eq. 37). [J m-2 d-1]

    Parameters
    ----------
    extraterrestrial : array_like
        [J m-2 d-1]
    elevation : float
        Above sea level. [m]
    """
    return (0.75 + 2.0e-5 * elevation) * np.asarray(extraterrestrial)


def radiation_from_temperature(
    t_min: ArrayLike,
    t_max: ArrayLike,
    extraterrestrial: ArrayLike,
    elevation: float,
    coefficient: float = 0.16,
) -> NDArray[np.float64]:
    """Global radiation from the temperature range (FAO-56 eq. 50), not above that of a clear sky.

    Parameters
    ----------
    t_min, t_max : array_like
        Of the day, ``t_max`` not below ``t_min``. [K]
    extraterrestrial : array_like
        [J m-2 d-1]
    elevation : float
        Above sea level. [m]
    coefficient : float
        0.16 inland, about 0.19 on a coast where the sea makes the air masses. [K-0.5]

    Returns
    -------
    ndarray
        [J m-2 d-1]
    """
    spread = np.asarray(t_max) - np.asarray(t_min)
    estimate = coefficient * np.sqrt(spread) * np.asarray(extraterrestrial)
    return np.minimum(estimate, clear_sky_radiation(extraterrestrial, elevation))


def net_radiation(
    weather: DailyWeather, extraterrestrial: ArrayLike, elevation: float
) -> NDArray[np.float64]:
    """Net radiation of short grass (FAO-56 eq. 38-40). [J m-2 d-1]

    Parameters
    ----------
    weather : DailyWeather
    extraterrestrial : array_like
        Of the days of ``weather``. [J m-2 d-1]
    elevation : float
        Above sea level. [m]
    """
    clear_sky = clear_sky_radiation(extraterrestrial, elevation)
    # the polar night has no clear sky to compare with
    cloudiness = np.divide(
        weather.radiation, clear_sky, out=np.ones_like(clear_sky), where=clear_sky > 0.0
    )
    longwave = (
        STEFAN_BOLTZMANN
        * 0.5
        * (weather.t_min**4 + weather.t_max**4)
        * (0.34 - 0.14 * np.sqrt(1.0e-3 * weather.vapour_pressure))
        * (1.35 * np.clip(cloudiness, *CLOUDINESS) - 0.35)
    )
    return (1.0 - ALBEDO) * weather.radiation - longwave


def reference_evapotranspiration(
    weather: DailyWeather,
    latitude: float,
    day_of_year: NDArray[np.integer],
    anemometer_height: float,
    elevation: float,
) -> NDArray[np.float64]:
    """Penman-Monteith evapotranspiration of well-watered short grass (FAO-56 eq. 6), not below 0.

    Parameters
    ----------
    weather : DailyWeather
    latitude : float
        [rad]
    day_of_year : ndarray of int
        Of the days of ``weather``.
    anemometer_height : float
        [m]
    elevation : float
        Above sea level; clear-sky radiation rises with it. [m]

    Returns
    -------
    ndarray
        [m d-1]
    """
    mean = 0.5 * (weather.t_min + weather.t_max)
    celsius = mean - ZERO_CELSIUS
    saturation = 0.5 * (
        saturation_vapour_pressure(weather.t_min) + saturation_vapour_pressure(weather.t_max)
    )
    slope = 4098.0 * saturation_vapour_pressure(mean) / (celsius + 237.3) ** 2  # Pa K-1
    gamma = PSYCHROMETRIC * weather.pressure  # Pa K-1
    wind = wind_at_2m(weather.wind, anemometer_height)
    extraterrestrial = extraterrestrial_radiation(latitude, day_of_year)
    radiative = slope * net_radiation(weather, extraterrestrial, elevation) / LATENT_HEAT
    deficit = np.maximum(saturation - weather.vapour_pressure, 0.0)
    # 900 K mm s3 Mg-1 d-1 kPa-1 of FAO-56, here for Pa
    aerodynamic = gamma * 0.9 / (celsius + 273.0) * wind * deficit
    et = (radiative + aerodynamic) / (slope + gamma * (1.0 + 0.34 * wind))
    return np.maximum(et / WATER_DENSITY, 0.0)


def hargreaves(
    t_min: ArrayLike, t_max: ArrayLike, extraterrestrial: ArrayLike
) -> NDArray[np.float64]:
    """Evapotranspiration of short grass from temperatures (FAO-56 eq. 52), not below 0.

    Parameters
    ----------
    t_min, t_max : array_like
        Of the day, ``t_max`` not below ``t_min``. [K]
    extraterrestrial : array_like
        [J m-2 d-1]

    Returns
    -------
    ndarray
        [m d-1]
    """
    low, high = np.asarray(t_min), np.asarray(t_max)
    celsius = 0.5 * (low + high) - ZERO_CELSIUS
    radiation = _HARGREAVES_EVAPORATION * np.asarray(extraterrestrial)
    return np.maximum(0.0023 * radiation * (celsius + 17.8) * np.sqrt(high - low), 0.0)


def soil_cover(lai: ArrayLike, extinction: float = 0.463) -> NDArray[np.float64]:
    """Share of the radiation that leaves intercept (Beer's law). [-]

    Parameters
    ----------
    lai : array_like
        Leaf area index. [-]
    extinction : float
        [-]
    """
    return -np.expm1(-extinction * np.asarray(lai, dtype=np.float64))


def split(
    potential: ArrayLike, lai: ArrayLike, extinction: float = 0.463
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Potential transpiration and soil evaporation, by the radiation that each receives.

    Parameters
    ----------
    potential : array_like
        Evapotranspiration of the cover, of any unit.
    lai : array_like
        Leaf area index. [-]
    extinction : float
        [-]

    Returns
    -------
    transpiration, evaporation : ndarray
        In the unit of ``potential``, which they add up to.
    """
    whole = np.asarray(potential, dtype=np.float64)
    transpiration = whole * soil_cover(lai, extinction)
    return transpiration, whole - transpiration


def interception(
    rain: ArrayLike, lai: ArrayLike, a: float = 0.25e-3, extinction: float = 0.463
) -> NDArray[np.float64]:
    """Rain of a day that stays on the leaves.

    ``a LAI (1 - 1 / (1 + cover rain / (a LAI)))``: all that falls on leaves in light rain, up to
    ``a LAI`` in heavy rain.

    Parameters
    ----------
    rain : array_like
        [m d-1]
    lai : array_like
        Leaf area index. [-]
    a : float
        Water that a unit of leaf area holds in a day. [m d-1]
    extinction : float
        [-]

    Returns
    -------
    ndarray
        [m d-1]
    """
    store = a * np.asarray(lai, dtype=np.float64)
    caught = soil_cover(lai, extinction) * np.asarray(rain)
    total = store + caught
    return store * (caught / np.where(total > 0.0, total, 1.0))
