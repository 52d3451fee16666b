"""Densification: how fast built land fills up, learned from yearly maps of built-up land.

Inside parcels that are built the built-up share grows logistically [1]_ toward a ceiling. Rate and
ceiling are those of least squares over all dates and parcels, by area. Shares are bounded, so no
parcel can pull far; a robust loss would take the few parcels that are filling up for outliers, and
foretell too little.

References
----------
.. [1] P.-F. Verhulst (1838), Notice sur la loi que la population suit dans son accroissement,
   Correspondance mathématique et physique 10, 113-121.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import least_squares

from simulator.physics.growth import logistic_step

#: Where the search for rate [yr-1] and ceiling [-] starts and ends. A ceiling above 1 is never
#: reached by a share; it says that the data show no slowing.
_START: Final = (0.1, 0.9)
_LOW: Final = (0.0, 0.2)
_HIGH: Final = (2.0, 3.0)
#: Ends of the interval of the bootstrap. [%]
_INTERVAL: Final = (2.5, 97.5)


@dataclass(frozen=True)
class Densification:
    """Logistic growth of the share of built parcels.

    Attributes
    ----------
    rate : float
        Intrinsic rate r. [yr-1]
    ceiling : float
        Ceiling K, in the unit of the shares it was learned from. [-]
    rate_interval, ceiling_interval : tuple of float
        95 % of the bootstrap over blocks.
    units : int
        Number of parcels that it was learned from.
    """

    rate: float
    ceiling: float
    rate_interval: tuple[float, float]
    ceiling_interval: tuple[float, float]
    units: int

    def after(self, share: NDArray[np.float64], time: float) -> NDArray[np.float64]:
        """Share after a time [yr]; what is above the ceiling stays. [-]"""
        return _after(share, self.rate, self.ceiling, time)


def fit_densification(
    years: NDArray[np.int64],
    share: NDArray[np.float64],
    area: NDArray[np.float64],
    block: NDArray[np.int64],
    *,
    built_from: float = 0.3,
    ceiling: float | None = None,
    draws: int = 200,
    seed: int = 0,
) -> Densification:
    """Rate and ceiling from the shares of parcels at several dates.

    Every parcel starts from its share at the first date. Which parcels count is decided there
    too: chosen by what they are at the end, those that grew would be preferred.

    Parameters
    ----------
    years : ndarray ``[year]``
        Dates, rising. [yr]
    share : ndarray ``[year, parcel]``
        Built-up share, or sealed share: a constant factor changes the ceiling, not the rate. [-]
    area : ndarray ``[parcel]``
        Weight of each parcel. [m2]
    block : ndarray of int ``[parcel]``
        District or square of each parcel; blocks are drawn with replacement for the intervals.
    built_from : float, optional
        Share at the first date from which a parcel counts as built. [-]
    ceiling : float, optional
        Ceiling that is known; without it the data tell it. [-]
    draws : int, optional
        Number of draws of the bootstrap.
    seed : int, optional
        Of the draws.

    Raises
    ------
    ValueError
        If fewer than two dates or no parcel are there to learn from.
    """
    built = (share[0] >= built_from) & (area > 0.0)
    if len(years) < 2 or not built.any():
        raise ValueError("densification is learned from two dates and one built parcel at least")
    time = np.asarray(years - years[0], dtype=np.float64)
    seen, size = share[:, built], area[built]
    names, member = np.unique(block[built], return_inverse=True)
    rng = np.random.default_rng(seed)
    best = _fit(time, seen, size, ceiling)
    drawn = [
        _fit(time, seen, size * np.bincount(picked, minlength=names.size)[member], ceiling)
        for picked in rng.integers(names.size, size=(draws, names.size))
    ]
    low, high = np.percentile(drawn, _INTERVAL, axis=0).tolist()
    return Densification(
        best[0], best[1], (low[0], high[0]), (low[1], high[1]), int(np.count_nonzero(built))
    )


def share_by_age(
    years: NDArray[np.int64],
    share: NDArray[np.float64],
    area: NDArray[np.float64],
    *,
    first_above: float = 0.1,
) -> pd.DataFrame:
    """Mean share of new quarters against the time since they were first built.

    Parameters
    ----------
    years, share, area
        As for :func:`fit_densification`.
    first_above : float, optional
        A quarter is first built in the year whose share is the first at or above this; those that
        were so at the first date, or never are, do not count. [-]

    Returns
    -------
    DataFrame
        ``age`` [yr], negative before; ``share`` by area [-]; ``units``, parcels that it is of.
    """
    above = share >= first_above
    new = above.any(axis=0) & ~above[0]
    age = years[:, None] - years[above.argmax(axis=0)][None, new]
    table = pd.DataFrame(
        {
            "age": age.ravel(),
            "built": (share[:, new] * area[new]).ravel(),
            "area": np.broadcast_to(area[new], age.shape).ravel(),
        }
    )
    total = table.groupby("age", as_index=False).agg(
        built=("built", "sum"), area=("area", "sum"), units=("area", "size")
    )
    return total.assign(share=total["built"] / total["area"])[["age", "share", "units"]]


def _after(
    share: NDArray[np.float64], rate: float, ceiling: float, time: float
) -> NDArray[np.float64]:
    return np.where(share < ceiling, logistic_step(share, rate, ceiling, time), share)


def _fit(
    time: NDArray[np.float64],
    share: NDArray[np.float64],
    area: NDArray[np.float64],
    ceiling: float | None,
) -> tuple[float, float]:
    """Rate and ceiling of least squares by area."""
    weight = np.sqrt(area / area.sum())

    def misfit(guess: NDArray[np.float64]) -> NDArray[np.float64]:
        limit = guess[1] if ceiling is None else ceiling
        grown = [_after(share[0], guess[0], limit, t) for t in time[1:]]
        return np.asarray((np.stack(grown) - share[1:]) * weight).ravel()

    free = 2 if ceiling is None else 1
    found = least_squares(misfit, _START[:free], bounds=(_LOW[:free], _HIGH[:free])).x
    return float(found[0]), float(found[1] if ceiling is None else ceiling)
