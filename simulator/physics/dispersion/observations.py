"""What :mod:`simulator.physics.dispersion.aermet` starts from: hourly weather and its site."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simulator.physics.dispersion.meteorology import Floats, Ints


@dataclass(frozen=True)
class Observations:
    """Hourly weather in order of time; all arrays ``[hour]``, NaN where missing.

    Attributes
    ----------
    year, month, day, hour : ndarray of int
        Local standard time, hour ending, 1 to 24.
    wind_speed : ndarray
        [m s-1]
    wind_direction : ndarray
        Where the wind comes from. [degree]
    temperature : ndarray
        [K]
    cloud : ndarray
        Rounded to full tenths, as AERMET does. [tenths]
    pressure : ndarray
        At the station; where missing that of the standard atmosphere is taken. [hPa]
    precipitation : ndarray
        [mm h-1]
    relative_humidity : ndarray
        [%]
    global_radiation : ndarray, optional
        Measured. As in AERMET 0 counts as not measured, so that an hour of twilight is not dark.
        [W m-2]
    """

    year: Ints
    month: Ints
    day: Ints
    hour: Ints
    wind_speed: Floats
    wind_direction: Floats
    temperature: Floats
    cloud: Floats
    pressure: Floats
    precipitation: Floats
    relative_humidity: Floats
    global_radiation: Floats | None = None


@dataclass(frozen=True)
class Site:
    """Where the weather was observed, and on what ground.

    Attributes
    ----------
    latitude, longitude : float
        North and east positive. [degree]
    time_zone : float
        Hours that local standard time is ahead of Greenwich, 8 in China; AERMET and (10.1) count
        the hours behind it, so their Z is minus this.
    elevation : float
        Above the sea; only for hours without pressure. [m]
    albedo : ndarray
        At noon, of each month and of each sector of the wind if there are several: ``[12]`` or
        ``[12, sector]``. [-]
    bowen_ratio : ndarray
        Like `albedo`. [-]
    roughness : ndarray
        Like `albedo`. [m]
    wind_height, temperature_height : float
        Above the ground. [m]
    sector_start : ndarray
        Direction at which each sector starts, ascending, ``[sector]``; the last one ends where the
        first one starts. [degree]
    morning_gradient : ndarray or None
        Gradient of potential temperature at sunrise of each month, ``[12]``, for days without a
        sounding (10.14); None leaves their convective hours without mixing height. [K m-1]
    calm_below : float
        Least speed that is not calm. [m s-1]
    adjusted_u_star : bool
        Whether stable hours take the adjusted friction velocity (``ADJ_U*``).
    """

    latitude: float
    longitude: float
    time_zone: float
    elevation: float
    albedo: Floats
    bowen_ratio: Floats
    roughness: Floats
    wind_height: float = 10.0
    temperature_height: float = 2.0
    sector_start: Floats = field(default_factory=lambda: np.zeros(1))
    morning_gradient: Floats | None = None
    calm_below: float = 0.0
    adjusted_u_star: bool = True

    def __post_init__(self) -> None:
        sectors = self.sector_start.size
        for name in ("albedo", "bowen_ratio", "roughness"):
            if getattr(self, name).reshape(12, -1).shape != (12, sectors):
                raise ValueError(f"{name} is [12, {sectors}], by month and sector")
        if not self.wind_height >= 7.0 * float(self.roughness.max()):
            raise ValueError("the anemometer stands at least 7 roughness lengths above the ground")

    def ground(self, month: Ints, direction: Floats) -> tuple[Floats, Floats, Floats]:
        """Noon albedo, Bowen ratio and roughness of hours, all ``[hour]``.

        Those of the sector that the wind comes from; the mean of the sectors where `direction` is
        NaN (10.1 of the specification).
        """
        unknown = np.isnan(direction)
        sector = np.searchsorted(self.sector_start, np.where(unknown, 0.0, direction), "right") - 1
        tables = (t.reshape(12, -1) for t in (self.albedo, self.bowen_ratio, self.roughness))
        albedo, bowen_ratio, roughness = (
            np.where(unknown, t.mean(axis=1)[month - 1], t[month - 1, sector]) for t in tables
        )
        return albedo, bowen_ratio, roughness


def in_ten_degree_steps(direction: Floats) -> bool:
    """Whether a record gives the direction of the wind in steps of 10 degrees only.

    Parameters
    ----------
    direction : ndarray
        ``[hour]``, NaN where missing. [degree]
    """
    known = direction[np.isfinite(direction)]
    return known.size > 0 and bool(np.all(known % 10.0 == 0.0))


def spread_directions(direction: Floats, seed: int) -> Floats:
    """Directions in steps of 10 degrees, spread evenly over the degrees they stand for.

    AERMET adds -4 to +5 full degrees to the directions of airports, from a table of random digits;
    here they come from a generator, one draw for each hour whether it has a direction or not.

    Parameters
    ----------
    direction : ndarray
        ``[hour]``, NaN where missing. [degree]
    seed : int
        Same seed, same directions.

    Returns
    -------
    ndarray
        ``[hour]``, above 0 up to 360. [degree]
    """
    spread = direction + np.random.default_rng(seed).integers(-4, 6, direction.size)
    return np.where(np.isnan(spread), np.nan, 360.0 - (360.0 - spread) % 360.0)


def hours_ending(time: NDArray[np.datetime64]) -> tuple[Ints, Ints, Ints, Ints]:
    """Year, month, day and hour (1 to 24) of hours that end at full hours of local standard time.

    Parameters
    ----------
    time : ndarray of datetime64
        End of each hour, ``[hour]``; 00:00 is hour 24 of the day before.

    Returns
    -------
    tuple of ndarray
        Each ``[hour]``.
    """
    start = time.astype("datetime64[h]") - np.timedelta64(1, "h")
    date = start.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    year = date.astype("datetime64[Y]")
    return (
        year.astype(np.int64) + 1970,
        (month - year.astype("datetime64[M]")).astype(np.int64) + 1,
        (date - month.astype("datetime64[D]")).astype(np.int64) + 1,
        (start - date.astype("datetime64[h]")).astype(np.int64) + 1,
    )


def dates(year: Ints, month: Ints, day: Ints) -> NDArray[np.datetime64]:
    """Days as ``datetime64[D]``."""
    years = (year - 1970).astype("datetime64[Y]")
    months = years.astype("datetime64[M]") + (month - 1).astype("timedelta64[M]")
    first: NDArray[np.datetime64] = months.astype("datetime64[D]")
    return first + (day - 1).astype("timedelta64[D]")


def day_of_year(date: NDArray[np.datetime64]) -> Ints:
    """1 to 366."""
    return (date - date.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64) + 1


def calendar(obs: Observations) -> tuple[Ints, NDArray[np.bool_]]:
    """Number of the day of each hour from 0, and whether the hour follows the one before it."""
    date = dates(obs.year, obs.month, obs.day)
    hours = date.astype("datetime64[h]").astype(np.int64) + obs.hour
    steps = np.diff(hours, prepend=hours[:1] - 1)
    if (steps <= 0).any():
        raise ValueError("hours are in order of time")
    return np.unique(date, return_inverse=True)[1], steps == 1
