"""Laws by which the built area of a region grows, and their fits to its past."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import least_squares

# Ceilings, as multiples of the largest area of the past, from which a fit sets out.
_FIRST_CEILINGS: Final = (1.1, 1.5, 2.5, 5.0, 20.0)


class Logistic(NamedTuple):
    """Logistic growth dA/dt = r A (1 - A/K): rate *r* [yr-1] and ceiling *K* [m2]."""

    rate: float
    ceiling: float


def linear_slope(years: ArrayLike, areas: ArrayLike) -> float:
    """Growth of an area in a year, by least squares, not below 0. [m2 yr-1].

    Parameters
    ----------
    years, areas : array_like ``[date]``
        Dates [yr] and areas [m2], two at least.

    Examples
    --------
    >>> round(linear_slope([2000, 2005, 2010], [1.0, 2.0, 3.0]), 12)
    0.2
    """
    t, a = np.asarray(years, dtype=np.float64), np.asarray(areas, dtype=np.float64)
    t = t - t.mean()
    return max(0.0, float(t @ a / (t @ t)))


def exponential_rate(years: ArrayLike, areas: ArrayLike) -> float:
    """Rate of growth of an area, by least squares of its logarithm, not below 0. [yr-1].

    Parameters
    ----------
    years, areas : array_like ``[date]``
        Dates [yr] and areas [m2], two at least.
    """
    return linear_slope(years, np.log(areas))


def fit_logistic(
    years: ArrayLike, areas: ArrayLike, most: float, ceiling: float | None = None
) -> Logistic:
    """Logistic growth that fits a past best, by least squares of the areas.

    Parameters
    ----------
    years, areas : array_like ``[date]``
        Dates [yr] and areas [m2]; two at least with a ceiling, else three at least.
    most : float
        The ceiling that is found does not lie above this. A past that does not bend yet has its
        best ceiling there. [m2]
    ceiling : float, optional
        The ceiling, if known. [m2]

    Returns
    -------
    Logistic
        Rate, not negative, and ceiling, above every area of the past.
    """
    t = np.asarray(years, dtype=np.float64)
    a = np.asarray(areas, dtype=np.float64)
    t, scale, largest = t - t.mean(), a.mean(), a.max()
    if ceiling is None and t.size < 3:
        raise ValueError("two dates do not tell a ceiling")
    top = max(most, largest * (1.0 + 1e-6)) if ceiling is None else ceiling

    def misfit(x: NDArray[np.float64]) -> NDArray[np.float64]:
        k = np.exp(x[2]) if ceiling is None else top
        return np.asarray((_curve(t, x[0], x[1], k) - a) / scale)

    bounds = (np.array([0.0, -np.inf, np.log(largest)]), np.array([np.inf, np.inf, np.log(top)]))
    n = 3 if ceiling is None else 2
    fits = []
    for first in _FIRST_CEILINGS if ceiling is None else (1.0,):
        k = min(first * largest, top * (1.0 - 1e-9)) if ceiling is None else top
        logit = np.log(a / np.maximum(k - a, 1e-9 * k))
        rate, at = linear_slope(t, logit), float(logit.mean())
        begin = np.clip([rate + 1e-9, at, np.log(k)], bounds[0], bounds[1])
        fits.append(
            least_squares(misfit, begin[:n], bounds=(bounds[0][:n], bounds[1][:n]), xtol=1e-12)
        )
    best = min(fits, key=lambda f: f.cost).x
    return Logistic(float(best[0]), float(np.exp(best[2])) if ceiling is None else top)


def _curve(
    t: NDArray[np.float64], rate: float, logit: float, ceiling: float
) -> NDArray[np.float64]:
    return np.asarray(ceiling / (1.0 + np.exp(-np.clip(logit + rate * t, -500.0, 500.0))))


def logistic_areas(
    start_area: float, rate: float, ceiling: float, elapsed: ArrayLike
) -> NDArray[np.float64]:
    """Logistic growth from an area at the start (Verhulst 1838).

    Parameters
    ----------
    start_area : float
        Area at the start. [m2]
    rate : float
        Rate of growth far below the ceiling. [yr-1]
    ceiling : float
        Area in the end. [m2]
    elapsed : array_like ``[year]``
        Time since the start. [yr]

    Returns
    -------
    ndarray ``[year]``
        Areas. [m2]
    """
    decay = np.exp(-rate * np.asarray(elapsed, dtype=np.float64))
    return np.asarray(ceiling / (1.0 + (ceiling / start_area - 1.0) * decay))


def people_areas(
    start_area: float,
    people: ArrayLike,
    elasticity: float = 1.0,
    saturation: float | None = None,
    saturation_rate: float = 0.0,
) -> NDArray[np.float64]:
    r"""Built area of people and of the land that each uses.

    .. math:: A_n = A_0 (P_n / P_0)^\epsilon a_n / a_0, \quad
              a_n = a_s + (a_0 - a_s) e^{-k n}, \quad a_0 = A_0 / P_0

    Parameters
    ----------
    start_area : float
        Area at the start, A0. [m2]
    people : array_like ``[1 + year]``
        People at the start and at the end of each year, P.
    elasticity : float
        Relative growth of the area per relative growth of the people. [-]
    saturation : float, optional
        Area per head that is reached in the end, as; by default that of the start. [m2]
    saturation_rate : float
        Share of the gap to it that closes in a year, k. [yr-1]

    Returns
    -------
    ndarray ``[year]``
        Area at the end of each year. [m2]
    """
    p = np.asarray(people, dtype=np.float64)
    now = start_area / p[0]
    final = now if saturation is None else saturation
    per_head = final + (now - final) * np.exp(-saturation_rate * np.arange(1, p.size))
    return np.asarray(start_area * (p[1:] / p[0]) ** elasticity * per_head / now)
