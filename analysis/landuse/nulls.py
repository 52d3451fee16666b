"""What any prediction of growth must beat: chance, distance to built land, built neighbours.

Each null ranks the candidates by one number. Ties, which are many, are broken by a draw.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]


def take_best(
    rank: NDArray[np.floating], candidates: Mask, count: int, draws: NDArray[np.float64]
) -> Mask:
    """Choose the candidates that rank highest.

    Parameters
    ----------
    rank : ndarray ``[row, col]``
        Higher is sooner.
    candidates : ndarray of bool ``[row, col]``
        Pixels that may be chosen.
    count : int
        How many; all candidates if they are fewer.
    draws : ndarray ``[row, col]``
        Numbers that break ties, the lower the sooner.

    Returns
    -------
    ndarray of bool ``[row, col]``
        Chosen pixels.
    """
    chosen = np.zeros(rank.shape, dtype=bool)
    units = np.flatnonzero(candidates)
    count = min(count, units.size)
    if count <= 0:
        return chosen
    values = rank.ravel()[units]
    last = np.partition(values, -count)[-count]
    above, tied = units[values > last], units[values == last]
    by_draw = np.argsort(draws.ravel()[tied], kind="stable")
    chosen.ravel()[np.concatenate([above, tied[by_draw[: count - above.size]]])] = True
    return chosen


def nearness(built: Mask) -> NDArray[np.float64]:
    """Distance to built land, negative. ``[row, col]`` [pixel]"""
    if not built.any():
        return np.zeros(built.shape)
    return -ndimage.distance_transform_edt(~built)


def neighbours(built: Mask, side: int) -> NDArray[np.float64]:
    """Built pixels in the square window around each pixel. ``[row, col]``

    Parameters
    ----------
    built : ndarray of bool ``[row, col]``
        Built pixels.
    side : int
        Side of the window, odd. [pixel]
    """
    share = ndimage.uniform_filter(built.astype(np.float64), side, mode="constant")
    return np.rint(share * side**2)
