"""Land as a Markov chain: each hectare has a chance to change its class in a year.

References
----------
.. [1] T. Takada, A. Miyamoto, S. F. Hasegawa (2010), Derivation of a yearly transition probability
   matrix for land-use dynamics and its applications, Landscape Ecology 25, 561-572,
   doi:10.1007/s10980-009-9433-x.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import fractional_matrix_power


def transition_matrix(
    before: NDArray[np.integer],
    after: NDArray[np.integer],
    classes: int,
    weight: ArrayLike = 1.0,
) -> NDArray[np.float64]:
    """Chances of change between two maps.

    Parameters
    ----------
    before, after : ndarray of int
        Class of each unit at two dates, 0 to ``classes - 1``; below 0 where it is not known.
    classes : int
        Number of classes.
    weight : array_like
        Area of each unit, or one for all. [m2]

    Returns
    -------
    ndarray ``[from, to]``
        Chances, rows sum to 1; a class that is not there before stays as it is. [-]

    Examples
    --------
    >>> transition_matrix(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), 2).tolist()
    [[0.5, 0.5], [0.0, 1.0]]
    """
    known = (before >= 0) & (after >= 0)
    flat = before[known].astype(np.int64) * classes + after[known]
    area = np.broadcast_to(np.asarray(weight, dtype=np.float64), before.shape)[known]
    change = np.bincount(flat, area, minlength=classes * classes).reshape(classes, classes)
    total = change.sum(axis=1, keepdims=True)
    return np.where(total > 0.0, change / np.where(total > 0.0, total, 1.0), np.eye(classes))


def yearly_matrix(matrix: ArrayLike, years: float) -> NDArray[np.float64]:
    """Chances of change in one year of a chain whose chances in some years are known.

    The principal root of the matrix; chances that come out below 0 count as none, and rows are
    brought back to 1 [1]_.

    Parameters
    ----------
    matrix : array_like ``[from, to]``
        Chances of change in ``years``. [-]
    years : float
        Time between the two maps. [yr]

    Returns
    -------
    ndarray ``[from, to]``
        Chances of change in a year. [-]
    """
    root = np.real(fractional_matrix_power(np.asarray(matrix, dtype=np.float64), 1.0 / years))
    root = np.maximum(root, 0.0)
    return np.asarray(root / root.sum(axis=1, keepdims=True))


def markov_areas(start: ArrayLike, yearly: ArrayLike, years: int) -> NDArray[np.float64]:
    """Areas of all classes of a Markov chain.

    Parameters
    ----------
    start : array_like ``[class]``
        Areas at the start. [m2]
    yearly : array_like ``[from, to]``
        Chances of change in a year. [-]
    years : int
        Number of years.

    Returns
    -------
    ndarray ``[year, class]``
        Areas at the end of each year; their sum stays. [m2]
    """
    areas = np.asarray(start, dtype=np.float64)
    chances = np.asarray(yearly, dtype=np.float64)
    course = np.empty((years, areas.size))
    for year in range(years):
        areas = areas @ chances
        course[year] = areas
    return course
