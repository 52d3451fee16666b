"""The ground that weather meets: seasons, and albedo, Bowen ratio and roughness of a region's land.

References
----------
U.S. EPA, 2020: User's Guide for AERSURFACE Tool, EPA-454/B-20-008 (seasons, means over land).
U.S. EPA, 2024: AERMET version 24142 (least height of the anemometer).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from simulator.constants import LAND_CLASSES
from simulator.data import Parameters
from simulator.problems import Report
from simulator.region.model import WeatherSite

#: Seasons of the surface table in the order of AERMOD's categories 1 to 5: lush midsummer; autumn
#: with the crops on the fields; after frost or harvest, without snow; snow; spring.
SEASONS: Final[tuple[str, ...]] = ("summer", "autumn", "winter", "snow", "spring")
_SUMMER, _AUTUMN, _WINTER, _SNOW, _SPRING = range(1, 6)
#: Category of the months where the temperature does not decide, northern hemisphere.
_CALENDAR: Final = np.array(
    [_WINTER] * 2 + [_SPRING] * 3 + [_SUMMER] * 3 + [_AUTUMN] * 3 + [_WINTER]
)

#: Mean of the month from which on it is summer and below which it is winter: the climatological
#: seasons of China (Zhang 1934; GB/T 42074-2022). [degree Celsius]
SUMMER_FROM: Final[float] = 22.0
WINTER_BELOW: Final[float] = 10.0
#: Mean of the month below which snow stays on the ground (judgement). [degree Celsius]
SNOW_BELOW: Final[float] = -5.0

#: Least height of the anemometer in roughness lengths, for which AERMET's profiles hold.
LEAST_HEIGHT: Final[float] = 7.0

Floats = NDArray[np.float64]


def monthly_temperature(weather: pd.DataFrame) -> Floats:
    """Mean temperature of January to December, ``[12]``. [degree Celsius]"""
    start = weather["time"] - pd.Timedelta(hours=1)
    mean = weather["temp_C"].groupby(start.dt.month).mean()
    return mean.reindex(range(1, 13)).interpolate(limit_direction="both").to_numpy(np.float64)


def season_by_month(temperature: Floats, latitude: float) -> tuple[int, ...]:
    """Seasonal category of each month, which vegetation and crops follow.

    Months of 22 degrees Celsius and more are midsummer, months below 10 winter (with snow below
    -5). In between the calendar decides: December to February winter, March to May spring, June
    to August summer, September to November autumn; half a year later south of the equator.

    Parameters
    ----------
    temperature : ndarray
        Means of January to December, ``[12]``. [degree Celsius]
    latitude : float
        North positive. [degree]

    Returns
    -------
    tuple of int
        1 midsummer, 2 autumn before harvest, 3 after harvest or winter without snow, 4 snow,
        5 spring; 12 values.
    """
    category = _CALENDAR if latitude >= 0.0 else np.roll(_CALENDAR, 6)
    category = np.where(temperature >= SUMMER_FROM, _SUMMER, category)
    category = np.where(temperature < WINTER_BELOW, _WINTER, category)
    category = np.where(temperature < SNOW_BELOW, _SNOW, category)
    return tuple(int(c) for c in category)


def class_shares(parcels: pd.DataFrame) -> Floats:
    """Share of the parcels' area by land class, ``[land_class]``. [-]"""
    area = shapely.area(parcels["geometry"].to_numpy())
    code = parcels["land_class"].map(LAND_CLASSES.index).to_numpy()
    total = np.bincount(code, area, len(LAND_CLASSES))
    return np.asarray(total / total.sum(), dtype=np.float64)


def land_surface(
    shares: Floats, seasons: tuple[int, ...], parameters: Parameters
) -> tuple[Floats, Floats, Floats]:
    """Noon albedo, Bowen ratio [-] and roughness [m] of land by month, all ``[12]``.

    As in AERSURFACE the albedo is the arithmetic mean over the land, Bowen ratio and roughness are
    geometric means.

    Parameters
    ----------
    shares : ndarray
        Share of the land by class, ``[land_class]``. [-]
    seasons : tuple of int
        Category of each month, 12 values of 1 to 5.
    parameters : Parameters
        The parameter tables.
    """
    classes = [c for c, share in zip(LAND_CLASSES, shares, strict=True) if share > 0.0]
    weight = shares[shares > 0.0] / shares.sum()
    names = [SEASONS[s - 1] for s in sorted(set(seasons))]
    month = [names.index(SEASONS[s - 1]) for s in seasons]

    def table(parameter: str) -> Floats:
        over, keys = ("season", "land_class"), (names, classes)
        return parameters.array("surface", over, keys, parameter=parameter)

    albedo = table("albedo") @ weight
    bowen_ratio, roughness = (
        np.exp(np.log(table(name)) @ weight) for name in ("bowen_ratio", "roughness")
    )
    return albedo[month], bowen_ratio[month], roughness[month]


def station_surface(
    site: WeatherSite,
    weather: pd.DataFrame,
    parcels: pd.DataFrame,
    parameters: Parameters,
) -> tuple[Floats, Floats, Floats]:
    """Noon albedo, Bowen ratio [-] and roughness [m] around the station by month, all ``[12]``.

    What `site` does not give is that of the region's land.
    """
    given = (site.albedo, site.bowen_ratio, site.roughness)
    if None not in given:
        return tuple(np.array(g, dtype=np.float64) for g in given)  # type: ignore[return-value]
    seasons = season_by_month(monthly_temperature(weather), site.latitude)
    albedo, bowen_ratio, roughness = (
        land if g is None else np.array(g, dtype=np.float64)
        for g, land in zip(
            given, land_surface(class_shares(parcels), seasons, parameters), strict=True
        )
    )
    return albedo, bowen_ratio, roughness


def check_anemometer(
    where: str,
    height: float,
    site: WeatherSite,
    weather: pd.DataFrame,
    parcels: pd.DataFrame,
    report: Report,
) -> None:
    """Report an anemometer that stands too low above the rough ground around it. [m]"""
    roughness = float(station_surface(site, weather, parcels, Parameters())[2].max())
    if height < LEAST_HEIGHT * roughness:
        of = "weather.surface.roughness_m" if site.roughness else "the region's land"
        report.add(
            where,
            f"found {height:g}",
            f"the anemometer stands at least {LEAST_HEIGHT:g} roughness lengths above the ground, "
            f"{LEAST_HEIGHT * roughness:.3g} m ({of} has {roughness:.3g} m)",
            "Give the roughness around the station in weather.surface.roughness_m.",
        )
