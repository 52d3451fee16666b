"""Undo the shift of Chinese map coordinates (GCJ-02) to WGS 84."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Krasovsky 1940 ellipsoid, on which the shift is defined.
_SEMI_MAJOR = 6378245.0  # m
_ECCENTRICITY_SQUARED = 0.00669342162296594323

#: The inverse contracts by about 1e-3 a step; six steps reach rounding.
_STEPS = 6


def wgs84_to_gcj02(
    lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shift WGS 84 coordinates as Chinese map providers must.

    The algorithm is not official; it is the one known from public implementations, e.g.
    "eviltransform" (https://github.com/googollee/eviltransform), whose test points it reproduces.

    Parameters
    ----------
    lon, lat : ndarray
        WGS 84, inside China. [degrees]

    Returns
    -------
    tuple of ndarray
        GCJ-02 longitude and latitude. [degrees]
    """
    x, y = lon - 105.0, lat - 35.0
    common = (20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)) * 2.0 / 3.0
    north = (
        -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * np.sqrt(np.abs(x))
        + common
        + (20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi * y / 3.0)) * 2.0 / 3.0
        + (160.0 * np.sin(np.pi * y / 12.0) + 320.0 * np.sin(np.pi * y / 30.0)) * 2.0 / 3.0
    )
    east = (
        300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * np.sqrt(np.abs(x))
        + common
        + (20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi * x / 3.0)) * 2.0 / 3.0
        + (150.0 * np.sin(np.pi * x / 12.0) + 300.0 * np.sin(np.pi * x / 30.0)) * 2.0 / 3.0
    )
    phi = np.radians(lat)
    w2 = 1.0 - _ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    meridian = _SEMI_MAJOR * (1.0 - _ECCENTRICITY_SQUARED) / (w2 * np.sqrt(w2))
    parallel = _SEMI_MAJOR / np.sqrt(w2) * np.cos(phi)
    return lon + np.degrees(east / parallel), lat + np.degrees(north / meridian)


def gcj02_to_wgs84(
    lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find the WGS 84 coordinates that :func:`wgs84_to_gcj02` shifts to the given ones.

    Parameters
    ----------
    lon, lat : ndarray
        GCJ-02, inside China. [degrees]

    Returns
    -------
    tuple of ndarray
        WGS 84 longitude and latitude. [degrees]
    """
    wgs_lon, wgs_lat = lon, lat
    for _ in range(_STEPS):
        shifted_lon, shifted_lat = wgs84_to_gcj02(wgs_lon, wgs_lat)
        wgs_lon = wgs_lon + lon - shifted_lon
        wgs_lat = wgs_lat + lat - shifted_lat
    return wgs_lon, wgs_lat
