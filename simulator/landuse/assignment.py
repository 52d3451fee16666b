"""Classes of units that meet demands at the highest total score: an assignment problem.

Offsets of the classes, its prices, meet the demands but for a few units; these are moved one by
one along the cheapest chains.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

# Sweeps over the offsets of the classes; what is left then is moved unit by unit.
SWEEPS = 60
# Scores nearer than this are the same: rounding must not make a circle of gains.
SAME = 1e-11
# Areas nearer to the demands by less than this part of them are as near as before: with areas like
# 0.1 rounding alone must not give a unit back and forth for ever.
NEARER = 1e-12


def assign(scores: Floats, area: Floats, demand: Floats) -> Ints:
    """Give each unit a class.

    Parameters
    ----------
    scores : ndarray ``[class, unit]``
        What is gained by each class, -inf where it cannot be; no unit has -inf throughout. Units
        of the same scores are to differ a little: many that do not are slow.
    area : ndarray ``[unit]``
        Area of each unit. [m2]
    demand : ndarray ``[class]``
        Area that each class is to cover [m2], NaN: what is left. The scores must allow it.

    Returns
    -------
    ndarray of int ``[unit]``
        Class; where each unit can be of every class, no demand is missed by more than the largest
        unit.
    """
    bound = np.isfinite(demand)
    new = _by_offsets(scores, area, demand, bound)
    _settle(scores, area, np.where(bound, demand, 0.0), bound, new)
    return new


def _by_offsets(
    scores: Floats,
    area: Floats,
    demand: Floats,
    bound: Mask,
) -> Ints:
    """Classes of the highest score plus offset, the demands met but for a few units.

    One class after the other gets the offset at which it covers its demand while the others stand
    still: a descent by coordinates on the dual of the assignment.
    """
    offset = np.zeros(len(demand))
    # If all are bound, only differences of the offsets matter, and the largest class may stay at 0.
    turned = np.flatnonzero(bound)
    if bound.all():
        turned = np.delete(turned, np.argmax(demand))
    new = np.empty(area.size, dtype=np.int64)
    margin = np.empty(area.size)
    near = area.max(initial=0.0)
    for _ in range(SWEEPS):
        covered = _choose(scores, offset, area, new)
        late = turned[np.abs(covered[turned] - demand[turned]) > near]
        if late.size == 0:
            break
        for c in late:
            low, high = _margins(scores, offset, c, margin)
            if low <= high:
                offset[c] = _threshold(margin, area, demand[c], low, high)
    return new


@njit(cache=True, nogil=True, error_model="numpy")
def _choose(scores: Floats, offset: Floats, area: Floats, new: Ints) -> Floats:
    """Write the class of the highest score to ``new``; areas that the classes then cover."""
    covered = np.zeros(offset.size)
    for u in range(area.size):
        best, chosen = -np.inf, -1
        for c in range(offset.size):
            score = scores[c, u] + offset[c]
            if score > best:
                best, chosen = score, c
        new[u] = chosen
        covered[chosen] += area[u]
    return covered


@njit(cache=True, nogil=True, error_model="numpy")
def _margins(scores: Floats, offset: Floats, c: int, margin: Floats) -> tuple[float, float]:
    """Write the offset at which class c takes each unit; least and largest of the finite ones.

    Units that can be nothing but c are had at any offset (-inf), those that cannot be c at none.
    """
    low, high = np.inf, -np.inf
    for u in range(margin.size):
        other = -np.inf
        for k in range(offset.size):
            if k != c:
                other = max(other, scores[k, u] + offset[k])
        own = scores[c, u]
        margin[u] = np.inf if own == -np.inf else other - own
        if np.isfinite(margin[u]):
            low, high = min(low, margin[u]), max(high, margin[u])
    return low, high


@njit(cache=True, nogil=True, error_model="numpy")
def _threshold(margin: Floats, area: Floats, demand: float, low: float, high: float) -> float:
    """Offset below which the units of the least margins cover the demand.

    The bin of a histogram in which the demand is reached is divided again and again.
    """
    bins = 1024
    held = np.empty(bins)
    below = 0.0
    for u in range(margin.size):
        if margin[u] < low:
            below += area[u]
    for _ in range(4):
        width = (high - low) / bins
        if width <= 0.0:
            break
        held[:] = 0.0
        for u in range(margin.size):
            if low <= margin[u] <= high:
                held[min(int((margin[u] - low) / width), bins - 1)] += area[u]
        b = 0
        while b < bins - 1 and below + held[b] < demand:
            below += held[b]
            b += 1
        low, high = low + b * width, low + (b + 1) * width
    return 0.5 * (low + high)


@njit(cache=True, nogil=True, error_model="numpy")
def _settle(scores: Floats, area: Floats, demand: Floats, bound: Mask, new: Ints) -> None:
    """Move single units along the cheapest chains of classes until the demands are met.

    A chain gives a unit of a class that has too much to the next class, one of that to a third
    and so on to a class that has too little (successive shortest paths of the assignment).
    A class that is not bound may give and take. Where units differ in area a chain may bring the
    areas no nearer to the demands; when none does, units are moved from class to class. As long as
    a class has more than the largest unit too much or too little such a move helps, if it may be
    made. It leaves circles of gains among the classes, so that no chain can be sought after it.
    """
    n = demand.size
    excess = -demand
    for u in range(area.size):
        excess[new[u]] += area[u]
    for c in range(n):
        if not bound[c]:
            excess[c] = 0.0
    loss = np.empty((n, n))
    unit = np.empty((n, n), dtype=np.int64)
    for a in range(n):
        _cheapest(scores, new, a, loss, unit)
    before = np.empty(n, dtype=np.int64)
    chains = True
    while True:
        if chains:
            source, target = _cheapest_chain(loss, unit, area, excess, bound, before)
            chains = source >= 0
        if not chains:
            source, target = _cheapest_move(loss, unit, area, excess, bound, before)
        if source < 0:
            return
        b = target
        while b != source:
            a = before[b]
            u = unit[a, b]
            new[u] = b
            excess[a] -= area[u] if bound[a] else 0.0
            excess[b] += area[u] if bound[b] else 0.0
            b = a
        b = target
        _cheapest(scores, new, b, loss, unit)
        while b != source:
            b = before[b]
            _cheapest(scores, new, b, loss, unit)


@njit(cache=True, nogil=True, error_model="numpy")
def _cheapest(scores: Floats, new: Ints, a: int, loss: Floats, unit: Ints) -> None:
    """The unit of class a that loses least by turning into each other class, and that loss."""
    loss[a] = np.inf
    unit[a] = -1
    for u in range(new.size):
        if new[u] == a:
            for b in range(scores.shape[0]):
                lost = scores[a, u] - scores[b, u]
                if b != a and lost < loss[a, b]:
                    loss[a, b], unit[a, b] = lost, u


@njit(cache=True, nogil=True, error_model="numpy")
def _cheapest_chain(
    loss: Floats, unit: Ints, area: Floats, excess: Floats, bound: Mask, before: Ints
) -> tuple[int, int]:
    """Ends of the cheapest chain that brings the areas nearer to the demands; -1 if none does.

    Bellman and Ford from each class that may give; ``before`` holds the chain backwards.
    """
    n = excess.size
    lowest, source, target = np.inf, -1, -1
    length = np.empty(n)
    came = np.empty(n, dtype=np.int64)
    for a in range(n):
        if bound[a] and excess[a] <= 0.0:
            continue
        length[:] = np.inf
        length[a] = 0.0
        came[:] = -1
        for _ in range(n - 1):
            for p in range(n):
                for q in range(n):
                    reached = length[p] + loss[p, q]
                    if q != a and reached < length[q] - SAME:
                        length[q], came[q] = reached, p
        for b in range(n):
            if b == a or length[b] >= lowest or (bound[b] and excess[b] >= 0.0):
                continue
            if not (bound[a] or bound[b]):
                continue
            if _helps(a, b, came, unit, area, excess, bound):
                lowest, source, target = length[b], a, b
                before[:] = came
    return source, target


@njit(cache=True, nogil=True, error_model="numpy")
def _cheapest_move(
    loss: Floats, unit: Ints, area: Floats, excess: Floats, bound: Mask, before: Ints
) -> tuple[int, int]:
    """Ends of the cheapest chain of a single unit that helps, as :func:`_cheapest_chain`."""
    lowest, source, target = np.inf, -1, -1
    for a in range(excess.size):
        before[:] = a
        for b in range(excess.size):
            if loss[a, b] < lowest and _helps(a, b, before, unit, area, excess, bound):
                lowest, source, target = loss[a, b], a, b
    before[:] = source
    return source, target


@njit(cache=True, nogil=True, error_model="numpy")
def _helps(
    a: int, b: int, came: Ints, unit: Ints, area: Floats, excess: Floats, bound: Mask
) -> bool:
    """Whether the areas are nearer to the demands after the chain from a to b."""
    gain, size = 0.0, 0.0
    left, k = 0.0, b  # walked backwards; left: what class k gives to the next one
    while True:
        got = area[unit[came[k], k]] if k != a else 0.0
        if bound[k]:
            gain += abs(excess[k]) - abs(excess[k] + got - left)
            size += abs(excess[k]) + got + left
        if k == a:
            return gain > NEARER * size
        left, k = got, came[k]
