"""Hourly weather to the joint frequency of wind sector, stability class, wind speed and rain.

A year of hours is summed up in a table: how often the wind comes from each of 16 sectors in each of
six Pasquill classes, several wind speed bins and several rain bins, with the mean wind, temperature
and rain of each bin. Deposition over the year is a sum over the table instead of over the hours.

References
----------
.. [1] U.S. EPA (2000), *Meteorological Monitoring Guidance for Regulatory Modeling Applications*,
   EPA-454/R-99-005: Turner's method (table 6-4) and the solar radiation method (table 6-7).
.. [2] Turner, D. B. (1964), A diffusion model for an urban area, J. Appl. Meteor. 3, 83-91.
.. [3] U.S. EPA (1995), *User's Guide for the ISC3 Dispersion Models*, vol. II,
   EPA-454/B-95-003b: the joint frequency table of the long-term model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

SECTORS: Final[int] = 16
CLASSES: Final[str] = "ABCDEF"

#: Lower edges of the wind bins above the first, at anemometer height. [m s-1]
WIND_EDGES: Final[tuple[float, ...]] = (
    1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 7.0, 8.0, 9.0, 10.0,
    12.0, 15.0,
)  # fmt: skip
#: Lower edges of the rain bins above the first wet one. [kg m-2 s-1]
RAIN_EDGES: Final[tuple[float, ...]] = tuple(mm / 3600.0 for mm in (0.5, 1.0, 2.0, 4.0, 8.0, 16.0))
#: Wind of calm hours, and the least wind of all hours: the Gaussian plume has no meaning at less
#: (1 m/s in ISC3, [3]_). [m s-1]
MINIMUM_WIND: Final[float] = 1.0
#: Calms take the directions that the wind of the same class has below this speed. [m s-1]
LIGHT_WIND: Final[float] = 2.0
#: Radiation above which an hour counts as day. [W m-2]
DAYLIGHT: Final[float] = 10.0
#: Mixing height by class, for want of soundings: typical depths of NRPB-R91 (Clarke 1979) for A-D;
#: ISC3 does not limit mixing in stable air. [m]
MIXING_HEIGHT: Final[tuple[float, ...]] = (1300.0, 900.0, 850.0, 800.0, np.inf, np.inf)

_KNOT = 0.514444  # m s-1
_HIGHEST_RAIN = 0.1  # kg m-2 s-1; 360 mm in an hour, above any on record

# Solar radiation method: rows are wind < 2, < 3, < 5, < 6, above [m s-1]; columns are radiation
# >= 925, >= 675, >= 175, less [W m-2]. Classes A-F are 0-5.
_DAY_WIND = np.array([2.0, 3.0, 5.0, 6.0])
_DAY_RADIATION = np.array([175.0, 675.0, 925.0])
_DAY_CLASS = np.array([[3, 1, 0, 0], [3, 2, 1, 0], [3, 2, 1, 1], [3, 3, 2, 2], [3, 3, 3, 2]])
# Turner's method at night: columns are net radiation index -2 and -1 (G counted with F); rows are
# wind, in whole knots, <= 3, <= 6, <= 10, above.
_NIGHT_KNOTS = np.array([3.0, 6.0, 10.0])
_NIGHT_CLASS = np.array([[5, 5], [5, 4], [4, 3], [3, 3]])


@dataclass(frozen=True)
class Climate:
    """What the plume needs to know of a year's weather.

    The shape of ``frequency`` is ``[sector, class, wind bin, rain bin]``: sectors are where the
    wind comes **from**, 0 = north, clockwise; the first rain bin is dry.

    Attributes
    ----------
    frequency : ndarray
        Share of the hours, sums to 1. [-]
    wind : ndarray
        Mean wind at anemometer height, ``[class, wind bin]``. [m s-1]
    temperature : ndarray
        Mean air temperature, ``[class, wind bin]``. [K]
    rain : ndarray
        Mean rain rate, ``[class, wind bin, rain bin]``. [kg m-2 s-1]
    mixing_height : ndarray
        ``[class]``; infinite for no lid. [m]
    anemometer_height : float
        [m]
    roughness : float
        Roughness length of the region. [m]
    urban : bool
        Dispersion coefficients and wind profile of towns instead of open country.
    """

    frequency: NDArray[np.float64]
    wind: NDArray[np.float64]
    temperature: NDArray[np.float64]
    rain: NDArray[np.float64]
    mixing_height: NDArray[np.float64]
    anemometer_height: float
    roughness: float
    urban: bool = False

    def __post_init__(self) -> None:
        sectors, classes, winds, rains = self.frequency.shape
        if (sectors, classes) != (SECTORS, len(CLASSES)):
            raise ValueError(f"frequency must be [{SECTORS}, {len(CLASSES)}, wind, rain]")
        if self.wind.shape != (classes, winds) or self.temperature.shape != (classes, winds):
            raise ValueError("wind and temperature must be [class, wind bin]")
        if self.rain.shape != (classes, winds, rains) or np.any(self.rain[..., 0] != 0.0):
            raise ValueError("rain must be [class, wind bin, rain bin], zero in the first bin")
        if np.any(self.frequency < 0.0) or abs(self.frequency.sum() - 1.0) > 1e-9:
            raise ValueError("frequency must be non-negative and sum to 1")
        used = self.frequency.sum(axis=(0, 3)) > 0.0
        if np.any(self.wind[used] < MINIMUM_WIND) or np.any(self.temperature[used] < 150.0):
            raise ValueError(f"wind must be at least {MINIMUM_WIND} m s-1, temperature in kelvin")
        if self.mixing_height.shape != (classes,) or np.any(self.mixing_height <= 0.0):
            raise ValueError("mixing_height must hold one positive height a class")
        if not np.all(np.isfinite(self.mixing_height[:3])):
            raise ValueError("unstable classes (A-C) need a finite mixing height")
        if not 0.0 < self.roughness < self.anemometer_height:
            raise ValueError("roughness must be positive and below the anemometer")

    @property
    def wet_fraction(self) -> float:
        """Share of the hours with rain. [-]"""
        return float(self.frequency[..., 1:].sum())

    @property
    def wind_rose(self) -> NDArray[np.float64]:
        """Share of the hours by sector that the wind comes from, ``[sector]``. [-]"""
        return self.frequency.sum(axis=(1, 2, 3))


def stability_class(
    wind_10m: ArrayLike,
    global_radiation: ArrayLike,
    cloud_tenths: ArrayLike,
    precipitation: ArrayLike,
) -> NDArray[np.int64]:
    """Pasquill class of each hour, 0 (A, very unstable) to 5 (F, moderately stable).

    By day from wind and radiation (solar radiation method, [1]_ table 6-7). By night from wind and
    cloud by Turner's net radiation index ([1]_ table 6-4, [2]_), as no temperature gradient is at
    hand: index -2 up to 4 tenths, -1 above, and neutral under a low overcast, taken to be there
    when 10 tenths go with rain.

    Parameters
    ----------
    wind_10m : array_like
        Wind 10 m above ground, 0 in calms. [m s-1]
    global_radiation : array_like
        On the horizontal. [W m-2]
    cloud_tenths : array_like
        Total cloud. [tenths]
    precipitation : array_like
        [kg m-2 s-1]

    Returns
    -------
    ndarray of int
        Class, the shape of the arguments.
    """
    wind, radiation, cloud, rain = np.broadcast_arrays(
        *(
            np.asarray(a, dtype=float)
            for a in (wind_10m, global_radiation, cloud_tenths, precipitation)
        )
    )
    day = _DAY_CLASS[
        np.searchsorted(_DAY_WIND, wind, side="right"),
        np.searchsorted(_DAY_RADIATION, radiation, side="right"),
    ]
    night = _NIGHT_CLASS[
        np.searchsorted(_NIGHT_KNOTS, np.rint(wind / _KNOT), side="left"),
        (cloud > 4.0).astype(int),
    ]
    night = np.where((cloud >= 9.5) & (rain > 0.0), 3, night)
    return np.where(radiation >= DAYLIGHT, day, night)


def sector_weights(direction: NDArray[np.float64], resolution: float = 10.0) -> NDArray[np.float64]:
    """Share of each hour that belongs to each sector.

    A direction reported in steps of 10 degrees stands for the 10 degrees around it; sectors of 22.5
    degrees would otherwise hold two or three of the steps by turns and the rose would show it.

    Parameters
    ----------
    direction : ndarray
        Where the wind comes from, clockwise from north, ``[hour]``. [degree]
    resolution : float
        Width that a reported direction stands for, at most 22.5. [degree]

    Returns
    -------
    ndarray
        ``[hour, sector]``, rows sum to 1. [-]
    """
    width = 360.0 / SECTORS
    centre = np.arange(SECTORS) * width
    # distance from the centre of the sector, folded to [-180, 180)
    off = (direction[:, None] - centre + 180.0) % 360.0 - 180.0
    upper = np.minimum(off + 0.5 * resolution, 0.5 * width)
    lower = np.maximum(off - 0.5 * resolution, -0.5 * width)
    share = np.maximum(upper - lower, 0.0) / resolution
    return share / share.sum(axis=1, keepdims=True)


def summarise_weather(
    *,
    wind_speed: ArrayLike,
    wind_direction: ArrayLike,
    global_radiation: ArrayLike,
    cloud_tenths: ArrayLike,
    temperature: ArrayLike,
    precipitation: ArrayLike,
    anemometer_height: float = 10.0,
    roughness: float = 0.1,
    urban: bool = False,
    mixing_height: Sequence[float] = MIXING_HEIGHT,
    wind_edges: Sequence[float] = WIND_EDGES,
    direction_resolution: float = 10.0,
) -> Climate:
    """Sum up hourly weather in a joint frequency table.

    Hours without direction (calm or variable wind) are shared among the sectors in proportion to
    the light winds of the same class, as in ISC3 [3]_; winds below 1 m s-1 are raised to it.

    Parameters
    ----------
    wind_speed : array_like
        At anemometer height, ``[hour]``. [m s-1]
    wind_direction : array_like
        Where the wind comes from; NaN in calms. [degree]
    global_radiation : array_like
        [W m-2]
    cloud_tenths : array_like
        [tenths]
    temperature : array_like
        [K]
    precipitation : array_like
        Mean of the hour; 1 mm in the hour is 1/3600. [kg m-2 s-1]
    anemometer_height : float
        [m]
    roughness : float
        Roughness length of the region; 0.1 m is farmland with few trees and houses. [m]
    urban : bool
        Dispersion coefficients and wind profile of towns.
    mixing_height : sequence of float
        One height a class. [m]
    wind_edges : sequence of float
        Edges between the wind bins. [m s-1]
    direction_resolution : float
        Step in which directions are reported. [degree]

    Returns
    -------
    Climate
    """
    speed, direction, radiation, cloud, temp, rain = (
        np.atleast_1d(np.asarray(a, dtype=float))
        for a in (
            wind_speed, wind_direction, global_radiation, cloud_tenths, temperature, precipitation,
        )
    )  # fmt: skip
    _check_hours(speed, direction, radiation, cloud, temp, rain)

    # the classes are defined for wind at 10 m; they are not known yet, so a neutral profile
    wind_10m = speed * (10.0 / anemometer_height) ** 0.15
    klass = stability_class(wind_10m, radiation, cloud, rain)
    directed = np.isfinite(direction) & (speed > 0.0)
    speed = np.maximum(speed, MINIMUM_WIND)
    wind_bin = np.searchsorted(np.asarray(wind_edges), speed, side="right")
    rain_bin = np.where(rain > 0.0, 1 + np.searchsorted(RAIN_EDGES, rain, side="right"), 0)

    weights = np.empty((speed.size, SECTORS))
    weights[directed] = sector_weights(direction[directed], direction_resolution)
    light = directed & (speed < LIGHT_WIND)
    for c in range(len(CLASSES)):
        calm = ~directed & (klass == c)
        if calm.any():
            weights[calm] = _rose(
                weights, [light & (klass == c), directed & (klass == c), directed]
            )

    shape = (len(CLASSES), len(wind_edges) + 1, len(RAIN_EDGES) + 2)
    cell = np.ravel_multi_index((klass, wind_bin, rain_bin), shape)

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        flat = np.bincount(cell, values, int(np.prod(shape)))
        return flat.astype(np.float64).reshape(shape)

    frequency = np.stack([total(w) for w in weights.T])
    frequency /= frequency.sum()
    hours = total(np.ones(speed.size))
    return Climate(
        frequency=frequency,
        wind=_mean(total(speed).sum(axis=-1), hours.sum(axis=-1)),
        temperature=_mean(total(temp).sum(axis=-1), hours.sum(axis=-1)),
        rain=_mean(total(rain), hours),
        mixing_height=np.asarray(mixing_height, dtype=float),
        anemometer_height=float(anemometer_height),
        roughness=float(roughness),
        urban=urban,
    )


def _rose(
    weights: NDArray[np.float64], candidates: Sequence[NDArray[np.bool_]]
) -> NDArray[np.float64]:
    """Mean direction weights of the first set of hours that is not empty, ``[sector]``."""
    for hours in candidates:
        if hours.any():
            return weights[hours].mean(axis=0)
    return np.full(SECTORS, 1.0 / SECTORS)


def _mean(total: NDArray[np.float64], count: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(count > 0, total / np.maximum(count, 1.0), 0.0)


def _check_hours(
    speed: NDArray[np.float64],
    direction: NDArray[np.float64],
    radiation: NDArray[np.float64],
    cloud: NDArray[np.float64],
    temperature: NDArray[np.float64],
    rain: NDArray[np.float64],
) -> None:
    """Refuse gaps and the usual mistakes of unit."""
    if len({a.shape for a in (speed, direction, radiation, cloud, temperature, rain)}) != 1:
        raise ValueError("hourly arrays must have the same length")
    limits = {
        "wind_speed [m s-1]": (speed, 0.0, 120.0),
        "global_radiation [W m-2]": (radiation, -20.0, 1500.0),
        "cloud_tenths [tenths]": (cloud, 0.0, 10.0),
        "temperature [K]": (temperature, 180.0, 340.0),
        "precipitation [kg m-2 s-1]": (rain, 0.0, _HIGHEST_RAIN),
    }
    for name, (values, low, high) in limits.items():
        # written so that NaN fails too
        if not np.all((values >= low) & (values <= high)):
            raise ValueError(f"{name} must have no gaps and lie within {low} to {high}")
    known = direction[np.isfinite(direction)]
    if np.any((known < 0.0) | (known > 360.0)):
        raise ValueError("wind_direction must lie within 0 to 360 degrees, NaN in calms")
