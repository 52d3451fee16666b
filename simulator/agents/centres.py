"""Centres of towns: where they are, how far land is from them, and where new ones arise."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

Places = NDArray[np.float64]

#: A new centre arises no nearer to the others than this, in distances over which density falls.
_APART = 2.0


def district_centres(
    points: Places, built_area: NDArray[np.float64], district: NDArray[np.integer]
) -> Places:
    """Middle of the built land of each district that has some.

    Parameters
    ----------
    points : ndarray ``[parcel, 2]``
        Centroids. [m]
    built_area : ndarray ``[parcel]``
        Area of the parcel where it is built, else 0. [m2]
    district : ndarray of int ``[parcel]``
        District of each parcel.

    Returns
    -------
    ndarray ``[centre, 2]``
        In the order of the districts' numbers. [m]
    """
    built = built_area > 0.0
    found = [
        np.average(points[here], axis=0, weights=built_area[here])
        for here in (built & (district == d) for d in np.unique(district[built]))
    ]
    return np.array(found).reshape(-1, 2)


def centre_distance(points: Places, centres: Places) -> NDArray[np.float64]:
    """Distance to the nearest centre, 0 where there is none. ``[parcel]`` [m]."""
    if not len(centres):
        return np.zeros(len(points))
    distance: NDArray[np.float64] = KDTree(centres).query(points)[0]
    return distance


def centre_scale(distance: NDArray[np.float64], built_area: NDArray[np.float64]) -> float:
    """Distance over which built density falls by a factor e. [m].

    Around a centre where density falls as exp(-r / b) (Clark 1951, doi:10.2307/2981088) the mean
    square distance is 6 b^2, which gives b.
    """
    if not (built_area > 0.0).any():
        return 0.0
    return math.sqrt(float(np.average(distance**2, weights=built_area)) / 6.0)


def with_subcentres(
    points: Places,
    built_area: NDArray[np.float64],
    centres: Places,
    scale: float,
    count: int,
) -> Places:
    """Add centres in the largest towns that have none.

    One after the other, a new centre is the built parcel with the most built land within one
    scale, among those two scales or more from every centre.

    Parameters
    ----------
    points : ndarray ``[parcel, 2]``
        Centroids. [m]
    built_area : ndarray ``[parcel]``
        Area of the parcel where it is built, else 0. [m2]
    centres : ndarray ``[centre, 2]``
        Centres so far. [m]
    scale : float
        Distance over which built density falls by a factor e. [m]
    count : int
        New centres wanted; fewer come where there is no such parcel.
    """
    built = np.flatnonzero(built_area > 0.0)
    if count == 0 or built.size == 0:
        return centres
    towns = points[built]
    around = KDTree(towns).query_ball_point(towns, scale)
    mass = np.array([built_area[built[near]].sum() for near in around])
    for _ in range(count):
        far = centre_distance(towns, centres) >= _APART * scale
        if not far.any():
            break
        centres = np.vstack([centres, towns[np.argmax(np.where(far, mass, -1.0))]])
    return centres
