"""What weather and crop ask of a column, day by day: rain, irrigation, evaporation, transpiration.

Rain less what leaves hold (interception) and less storm runoff by curve number reaches the soil
with irrigation. What the column then cannot take runs off too, so storm runoff and saturation are
counted once each. The evapotranspiration of the crop, the crop coefficient times that of reference
grass (FAO-56), less the water that evaporates from leaves, is divided by leaf area between soil and
plants. Flooded fields hold water behind their bunds and have no storm runoff.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.data import Parameters
from simulator.physics import runoff
from simulator.physics.percolation import evapotranspiration as et

if TYPE_CHECKING:
    from simulator.region.model import DailySite

Floats = NDArray[np.float64]

_KELVIN: Final = 273.15
_HYDROLOGIC_GROUPS: Final = ("A", "B", "C", "D")
#: Days between two waterings in the months of irrigation.
_IRRIGATION_INTERVAL: Final = 5
#: Months of the growing season of the curve number's moisture classes, on the northern hemisphere.
_GROWING: Final = range(4, 11)


@dataclass(frozen=True)
class Days:
    """Daily weather of a region, arrays ``[day]``.

    Attributes
    ----------
    rain, reference : ndarray
        Rain, and evapotranspiration of reference grass. [m]
    month : ndarray of int
        1 to 12.
    growing : ndarray of bool
        Whether plants grow.
    year_ends : ndarray of int
        Number of days up to the end of each year of the record.
    """

    rain: Floats
    reference: Floats
    month: NDArray[np.int64]
    growing: NDArray[np.bool_]
    year_ends: NDArray[np.int64]


@dataclass(frozen=True)
class Demand:
    """What a land class asks of the columns of one hydrologic group, arrays ``[day]``. [m]

    Attributes
    ----------
    rain, irrigation, interception, storm_runoff : ndarray
    transpiration, evaporation : ndarray
        Potential.
    bund : ndarray
        Depth of water that the surface holds.
    """

    rain: Floats
    irrigation: Floats
    interception: Floats
    storm_runoff: Floats
    transpiration: Floats
    evaporation: Floats
    bund: Floats

    @property
    def infiltrating(self) -> Floats:
        """Water that reaches the soil. [m]."""
        return self.rain + self.irrigation - self.interception - self.storm_runoff


def days_of(daily: pd.DataFrame, site: DailySite) -> Days:
    """Rain and reference evapotranspiration of a region's days.

    Parameters
    ----------
    daily : DataFrame
        ``Region.daily``.
    site : DailySite
    """
    date = daily["date"]
    t_min, t_max = daily["t_min_C"].to_numpy() + _KELVIN, daily["t_max_C"].to_numpy() + _KELVIN
    mean_saturation = 0.5 * (
        et.saturation_vapour_pressure(t_min) + et.saturation_vapour_pressure(t_max)
    )
    weather = et.DailyWeather(
        day=np.arange(len(daily)),
        rain=daily["precip_mm"].to_numpy() / 1000.0,
        t_min=t_min,
        t_max=t_max,
        vapour_pressure=daily["rh_pct"].to_numpy() / 100.0 * mean_saturation,
        pressure=daily["pressure_hPa"].to_numpy() * 100.0,
        wind=daily["wind_speed_ms"].to_numpy(),
        radiation=daily["global_rad_Wm2"].to_numpy() * 86400.0,
    )
    reference = et.reference_evapotranspiration(
        weather,
        float(np.radians(site.latitude)),
        date.dt.day_of_year.to_numpy(),
        site.anemometer_height,
        site.elevation,
    )
    month = date.dt.month.to_numpy(dtype=np.int64)
    season = month if site.latitude >= 0.0 else (month + 5) % 12 + 1
    return Days(
        weather.rain,
        reference,
        month,
        np.isin(season, list(_GROWING)),
        _year_ends(date),
    )


def _year_ends(date: pd.Series) -> NDArray[np.int64]:
    """Days up to the ends of whole years from the first day; one year if there is no whole one."""
    first, last = date.iloc[0], date.iloc[-1]
    ends: list[int] = []
    while True:
        end = first + pd.DateOffset(years=len(ends) + 1)
        if end > last + pd.Timedelta(days=1):
            break
        ends.append((end - first).days)
    return np.array(ends or [len(date)], dtype=np.int64)


def demand_of(land_class: str, days: Days, p: Parameters) -> dict[int, Demand]:
    """Demand of a land class by hydrologic group, 0 to 3.

    Parameters
    ----------
    land_class : str
    days : Days
    p : Parameters
    """

    def plant(name: str) -> float:
        return p.value("vegetation", land_class=land_class, parameter=name)

    def within(start: str, stop: str) -> NDArray[np.bool_]:
        first, last = plant(start), plant(stop)
        if first <= 0.0:
            return np.zeros(days.month.size, dtype=bool)
        inside = (days.month >= first) & (days.month <= last)
        return inside if first <= last else (days.month >= first) | (days.month <= last)

    lai = np.array([plant(f"lai_{m:02d}") for m in range(1, 13)])[days.month - 1]
    extinction = p.value("general", process="percolation", parameter="extinction")
    flooded = within("flooded_from", "flooded_to")
    irrigated = within("irrigated_from", "irrigated_to")
    caught = et.interception(days.rain, lai, plant("interception"), extinction)
    crop = p.value("land_classes", land_class=land_class, parameter="crop_coefficient")
    asked = crop * days.reference
    caught = np.minimum(caught, asked)
    transpiration, evaporation = et.split(asked - caught, lai, extinction)
    numbers = [
        p.value("land_classes", land_class=land_class, parameter=f"curve_number_{g}")
        for g in _HYDROLOGIC_GROUPS
    ]
    abstraction = p.value("general", process="runoff", parameter="initial_abstraction_ratio")
    storm = runoff.daily_runoff_series(days.rain, numbers, abstraction, days.growing)
    storm = np.where(flooded[:, None], 0.0, storm)
    caught = np.minimum(caught[:, None], days.rain[:, None] - storm)
    return {
        g: Demand(
            days.rain,
            _irrigation(irrigation_depth(p, land_class), irrigated, days.year_ends),
            caught[:, g],
            storm[:, g],
            transpiration,
            evaporation,
            np.where(flooded, plant("bund_height"), 0.0),
        )
        for g in range(len(_HYDROLOGIC_GROUPS))
    }


def irrigation_depth(p: Parameters, land_class: str) -> float:
    """Yearly irrigation of a land class. [m yr-1]."""
    keys = {"pathway": "irrigation", "land_class": land_class}
    return sum(
        p.value("farm_rates", material=m, **keys) for m in p.keys("farm_rates", "material", **keys)
    )


def _irrigation(depth: float, season: NDArray[np.bool_], year_ends: NDArray[np.int64]) -> Floats:
    """Equal waterings in the season of each year that sum to the yearly depth. [m].

    A record shorter than a year gets its part of the depth.
    """
    water = np.zeros(season.size)
    depth *= min(1.0, season.size / 365.0)
    first = 0
    for end in year_ends:
        days = first + np.flatnonzero(season[first:end])[::_IRRIGATION_INTERVAL]
        if days.size:
            water[days] = depth / days.size
        elif depth > 0.0:  # no season is named: all through the year
            days = np.arange(first, end, _IRRIGATION_INTERVAL)
            water[days] = depth / days.size
        first = end
    return water
