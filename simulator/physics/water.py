r"""Yearly soil water: reference evapotranspiration, actual evapotranspiration, percolation.

Reference evapotranspiration is the daily FAO-56 Penman-Monteith equation. The simpler Hargreaves
equation would need temperatures only, but it leaves out humidity and wind and is known to
overestimate in humid, maritime climates (Allen et al. 1998, chapter 3), and the weather of a
region has all that Penman-Monteith needs.

Actual evapotranspiration of a year follows Fu's solution of the Budyko problem,

.. math:: \frac{E}{P} = 1 + \frac{E_0}{P} - \Big[1 + \Big(\frac{E_0}{P}\Big)^\omega\Big]^{1/\omega}

with :math:`P` rain and irrigation, :math:`E_0` the potential evapotranspiration of the cover and
:math:`\omega` 2.55 for grass and 2.84 for forest.

Sources
-------
Allen, R.G., Pereira, L.S., Raes, D. & Smith, M. (1998): Crop evapotranspiration. FAO Irrigation
and Drainage Paper 56.
Zhang, L. et al. (2004): A rational function approach for estimating mean annual
evapotranspiration. Water Resour. Res. 40, W02502. doi:10.1029/2003WR002710
Jackson, R.B. et al. (1996): A global analysis of root distributions for terrestrial biomes.
Oecologia 108, 389-411. doi:10.1007/BF00333714
Saxton, K.E. & Rawls, W.J. (2006): Soil water characteristic estimates by texture and organic
matter. Soil Sci. Soc. Am. J. 70, 1569-1578. doi:10.2136/sssaj2005.0117
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


def saturation_vapour_pressure(temperature: ArrayLike) -> NDArray[np.float64]:
    """Saturation vapour pressure over water (FAO-56 eq. 11). [Pa]

    Parameters
    ----------
    temperature : array_like
        [K]
    """
    celsius = np.asarray(temperature) - ZERO_CELSIUS
    return np.asarray(610.8 * np.exp(17.27 * celsius / (celsius + 237.3)))


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


def extraterrestrial_radiation(
    latitude: float, day_of_year: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Daily radiation at the top of the atmosphere (FAO-56 eq. 21-25). [J m-2 d-1]

    Parameters
    ----------
    latitude : float
        North positive. [rad]
    day_of_year : ndarray of int
        1 on 1 January.
    """
    angle = 2.0 * np.pi * np.asarray(day_of_year) / 365.0
    distance = 1.0 + 0.033 * np.cos(angle)
    declination = 0.409 * np.sin(angle - 1.39)
    # beyond the polar circles the sun stays up or down all day
    sunset = np.arccos(np.clip(-np.tan(latitude) * np.tan(declination), -1.0, 1.0))
    return np.asarray(
        24.0
        * 60.0
        / np.pi
        * SOLAR_CONSTANT
        * distance
        * (
            sunset * np.sin(latitude) * np.sin(declination)
            + np.cos(latitude) * np.cos(declination) * np.sin(sunset)
        )
    )


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


def reference_evapotranspiration(
    weather: DailyWeather,
    latitude: float,
    day_of_year: NDArray[np.integer],
    anemometer_height: float,
    elevation: float,
) -> NDArray[np.float64]:
    """Daily evapotranspiration of well-watered short grass (FAO-56 eq. 6), not below 0.

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

    clear_sky = (0.75 + 2.0e-5 * elevation) * extraterrestrial_radiation(latitude, day_of_year)
    # the polar night has no clear sky to compare with
    cloudiness = np.divide(
        weather.radiation, clear_sky, out=np.ones_like(clear_sky), where=clear_sky > 0.0
    )
    longwave = (
        STEFAN_BOLTZMANN
        * 0.5
        * (weather.t_min**4 + weather.t_max**4)
        * (0.34 - 0.14 * np.sqrt(1.0e-3 * weather.vapour_pressure))
        * (1.35 * np.clip(cloudiness, 0.3, 1.0) - 0.35)
    )
    net = (1.0 - ALBEDO) * weather.radiation - longwave

    deficit = np.maximum(saturation - weather.vapour_pressure, 0.0)
    # 900 K mm s3 Mg-1 d-1 kPa-1 of FAO-56, here for Pa
    aerodynamic = gamma * 0.9 / (celsius + 273.0) * wind * deficit
    radiative = slope * net / LATENT_HEAT
    et = (radiative + aerodynamic) / (slope + gamma * (1.0 + 0.34 * wind))
    return np.maximum(et / WATER_DENSITY, 0.0)


def actual_evapotranspiration(
    supply: ArrayLike, potential: ArrayLike, omega: ArrayLike
) -> NDArray[np.float64]:
    """Mean yearly evapotranspiration by Fu's equation (Zhang et al. 2004). [m yr-1]

    Parameters
    ----------
    supply : array_like
        Rain and irrigation, above 0. [m yr-1]
    potential : array_like
        Evapotranspiration of the cover without shortage of water. [m yr-1]
    omega : array_like
        Parameter of the cover, above 1. [-]
    """
    supply = np.asarray(supply)
    aridity = np.asarray(potential) / supply
    w = np.asarray(omega)
    return np.asarray(supply * (1.0 + aridity - (1.0 + aridity**w) ** (1.0 / w)))


def field_drainage(
    infiltration: ArrayLike, evapotranspiration: ArrayLike, share: ArrayLike
) -> NDArray[np.float64]:
    """Surplus water that is led off at the surface, e.g. over the bunds of a paddy. [m yr-1]

    Parameters
    ----------
    infiltration : array_like
        Rain and irrigation less storm runoff. [m yr-1]
    evapotranspiration : array_like
        [m yr-1]
    share : array_like
        Share of the surplus that is led off, 0 to 1. [-]
    """
    surplus = np.asarray(infiltration) - np.asarray(evapotranspiration)
    return np.asarray(share) * np.maximum(surplus, 0.0)


def root_fraction(beta: ArrayLike, layer_thickness: ArrayLike) -> NDArray[np.float64]:
    """Share of the roots in each layer (Jackson et al. 1996), all roots inside the column.

    Parameters
    ----------
    beta : array_like
        Extinction coefficient: the share of roots below depth d is ``beta**d`` with d in cm. [-]
    layer_thickness : array_like
        ``[layer]``. [m]

    Returns
    -------
    ndarray
        ``[layer, ...]`` with the shape of ``beta``; sums to 1 over layers. [-]
    """
    depth_cm = 100.0 * np.concatenate(([0.0], np.cumsum(layer_thickness)))
    below = np.power.outer(np.asarray(beta, dtype=np.float64), depth_cm)
    share = (below[..., :-1] - below[..., 1:]) / (1.0 - below[..., -1:])
    return np.moveaxis(share, -1, 0)


def layer_percolation(
    infiltration: ArrayLike, transpiration: ArrayLike, root_fraction: ArrayLike
) -> NDArray[np.float64]:
    """Water flux out of the bottom of each layer, not below 0.

    Parameters
    ----------
    infiltration : array_like
        Water that enters the top. [m yr-1]
    transpiration : array_like
        Water that leaves through plants and the surface. [m yr-1]
    root_fraction : array_like
        Share of it taken from each layer, ``[layer, ...]``. [-]

    Returns
    -------
    ndarray
        ``[layer, ...]``. [m yr-1]
    """
    taken = np.cumsum(root_fraction, axis=0) * np.asarray(transpiration)
    return np.maximum(np.asarray(infiltration) - taken, 0.0)


def field_capacity(
    sand: ArrayLike, clay: ArrayLike, organic_matter: ArrayLike
) -> NDArray[np.float64]:
    """Water content at 33 kPa from texture (Saxton & Rawls 2006, eq. 2). [m3 m-3]

    Parameters
    ----------
    sand, clay : array_like
        [kg kg-1]
    organic_matter : array_like
        [kg kg-1]; above 0.08, the end of the regression, it counts as 0.08.
    """
    s, c = np.asarray(sand), np.asarray(clay)
    om = 100.0 * np.minimum(organic_matter, 0.08)
    first = (
        -0.251 * s
        + 0.195 * c
        + 0.011 * om
        + 0.006 * s * om
        - 0.027 * c * om
        + 0.452 * s * c
        + 0.299
    )
    return np.asarray(first + 1.283 * first**2 - 0.374 * first - 0.015)
