"""Turning points: years in which a series changes its direction, and decades of largest rise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

Floats = NDArray[np.float64]

#: A series that moves by less than this share of its largest value has no turning points.
FLAT: Final = 0.005
#: A turn stands out by this share of the range of the series.
PROMINENCE: Final = 0.25
#: Years over which growth is taken, and how many times the mean its largest must be.
WINDOW: Final = 10
SURGE: Final = 1.5


@dataclass(frozen=True)
class Turn:
    """A turning point.

    Attributes
    ----------
    kind : str
        ``peak`` (rises before and falls after), ``trough`` (the other way round) or ``surge``
        (largest rise).
    year : int
        Recorded year of the peak or trough; year in which the decade of the surge begins.
    until : int
        Year in which it ends; ``year`` for the others.
    """

    kind: str
    year: int
    until: int


def turning_points(years: NDArray[np.int64], values: Floats) -> list[Turn]:
    """Turning points of a series in the order of time.

    A peak is a recorded year between the first and the last at which the series is highest among
    its neighbours and from which it falls on both sides by at least :data:`PROMINENCE` of its
    range before it rises above it again or ends (topographic prominence); a trough is a peak of
    the negative series; of a level top the middle counts. A surge is the span of at least
    :data:`WINDOW` years, between recorded years, with the largest yearly rise of all such spans,
    if that is at least :data:`SURGE` times the mean yearly change from the first year to the last,
    the series rises on the whole, and the span neither begins with the first year nor ends with
    the last. Series that move by less than :data:`FLAT` of their largest absolute value have none.

    Parameters
    ----------
    years : ndarray ``[year]``
        Rising.
    values : ndarray ``[year]``
    """
    spread = float(values.max() - values.min())
    if values.size < 3 or spread <= FLAT * float(np.abs(values).max()):
        return []
    found = [
        Turn(kind, int(years[i]), int(years[i]))
        for kind, sign in (("peak", 1.0), ("trough", -1.0))
        for i in find_peaks(sign * values, prominence=PROMINENCE * spread)[0]
    ]
    return sorted([*found, *_surge(years, values)], key=lambda t: (t.year, t.kind))


def _surge(years: NDArray[np.int64], values: Floats) -> list[Turn]:
    ends = np.searchsorted(years, years + WINDOW)
    starts = np.flatnonzero(ends < years.size)
    mean = (values[-1] - values[0]) / (years[-1] - years[0])
    if starts.size == 0 or mean <= 0.0:
        return []
    stops = ends[starts]
    rate = (values[stops] - values[starts]) / (years[stops] - years[starts])
    k = int(rate.argmax())
    start, stop = int(starts[k]), int(stops[k])
    if rate[k] < SURGE * mean or start == 0 or stop == years.size - 1:
        return []
    return [Turn("surge", int(years[start]), int(years[stop]))]
