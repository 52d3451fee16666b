"""Which units of land are built on next: best first or by chance, one by one or in patches."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import ndtri

from simulator.landuse.mosaic import Mosaic
from simulator.landuse.patches import (
    INFILL,
    INFILL_ABOVE,
    LEAPFROG,
    NewPatches,
    expansion_kind,
    fit_patch_sizes,
    unit_expansion_index,
)


@dataclass(frozen=True)
class GrowthStyle:
    r"""How growth looks: how strictly the best land is taken, in what kinds and sizes of patches.

    Attributes
    ----------
    chance : float
        How much luck counts beside the potential *w*. A unit's turn comes after the wait
        :math:`E^{chance} / w` with exponential *E*: 0 takes the best first, 1 draws without
        replacement in proportion to *w* (Efraimidis & Spirakis 2006). [-]
    shares : tuple of float, optional
        Shares of infill, edge expansion and leapfrog in the new area, together 1. None: as the
        potential has it. [-]
    patch_mean : float
        Mean of the lognormal sizes that new patches aim at; 0: every unit by itself. [m2]
    patch_log_sd : float
        Standard deviation of the log of the size. [-]
    decay : float
        How fast the wish to join a patch falls with the steps *d* from its first unit to the
        joining one: :math:`w\, d^{-decay}` (FUTURES, Meentemeyer et al. 2013). 0 follows the
        potential alone, high values make round patches. [-]
    """

    chance: float = 0.0
    shares: tuple[float, float, float] | None = None
    patch_mean: float = 0.0
    patch_log_sd: float = 0.0
    decay: float = 0.0

    def __post_init__(self) -> None:
        for name in ("chance", "patch_mean", "patch_log_sd", "decay"):
            if not 0.0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} is {getattr(self, name)}, must be finite and >= 0")
        if self.shares is None:
            return
        if len(self.shares) != 3 or min(self.shares) < 0.0 or abs(sum(self.shares) - 1.0) > 1e-6:
            raise ValueError(f"shares are {self.shares}, must be 3, not negative, together 1")

    @classmethod
    def learn(
        cls,
        mosaic: Mosaic,
        before: NDArray[np.bool_],
        after: NDArray[np.bool_],
        chance: float = 1.0,
        decay: float = 0.4,
    ) -> GrowthStyle:
        """Sizes and kinds of patches as they were between two dates.

        The dates should lie as far apart as the steps that are to be grown: over ten years the
        patches of single years have joined to larger ones.

        Parameters
        ----------
        mosaic : Mosaic
            Units of land.
        before, after : ndarray of bool ``[unit]``
            Land that was built at the first and at the second date.
        chance, decay : float
            As in the attributes; not told by two maps. A potential that is a probability asks for
            the chance 1. The decay is the usual compactness of FUTURES, 0.4. [-]

        Raises
        ------
        ValueError
            Nothing was built between the dates.
        """
        patches = NewPatches.between(mosaic, before, after)
        if patches.area.size == 0:
            raise ValueError("no unit became built between the dates: there is nothing to learn")
        mean, log_sd = fit_patch_sizes(patches)
        return cls(chance, patches.shares, mean, log_sd, decay)


BEST = GrowthStyle()
"""Best land first, unit by unit, without chance."""


def grow(
    mosaic: Mosaic,
    built: NDArray[np.bool_],
    potential: NDArray[np.float64],
    demand: float,
    style: GrowthStyle,
    draws: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Choose the units that are built on next until an area is met.

    Single units are taken in the order of their waits. With patches, the waits order the first
    units of patches; a patch then takes the units that touch it, the most wished first, until it
    has the size it aims at. Patches of one call never touch one another, as two that touch are
    one, so that sizes are what the style asks for. With shares, the kind of a patch is that of
    its first unit, and only units that leave the kind of the whole patch as it is may join; the
    kinds are drawn by how much each lacks of its share. Where no room is left for a new patch,
    what is missing is taken unit by unit.

    A draw belongs to one unit, whatever else happens: taking units out of the choice changes no
    order among single units that stay, and with patches only what lies around.

    Parameters
    ----------
    mosaic : Mosaic
        Units of land and their neighbours.
    built : ndarray of bool ``[unit]``
        Land that is built already; never chosen. The expansion index looks at this land.
    potential : ndarray ``[unit]``
        Weight of each unit, only ratios matter; 0 or NaN is never chosen. [-]
    demand : float
        Area to reach. [m2]
    style : GrowthStyle
        How growth looks.
    draws : ndarray ``[2, unit]``
        Uniform numbers in [0, 1): the luck of a unit, and the size and kind of the patch that
        begins with it.

    Returns
    -------
    ndarray of int64
        Chosen units in the order of their choice. Together they reach the demand and would not
        without the last of them; if all candidates are too few, all of them.

    References
    ----------
    .. [1] P. S. Efraimidis, P. G. Spirakis (2006), Weighted random sampling with a reservoir,
       Information Processing Letters 97, 181-185, doi:10.1016/j.ipl.2005.11.003.
    .. [2] R. K. Meentemeyer et al. (2013), FUTURES: multilevel simulations of emerging
       urban-rural landscape structure using a stochastic patch-growing algorithm, Annals of the
       Association of American Geographers 103, 785-807, doi:10.1080/00045608.2012.707591.
    .. [3] X. Liu et al. (2010), Landscape Ecology 25, 671-682, doi:10.1007/s10980-010-9454-5.
    """
    potential = np.ascontiguousarray(potential, dtype=np.float64)
    candidate = ~built & (potential > 0.0)
    if demand <= 0.0 or not candidate.any():
        return np.empty(0, dtype=np.int64)
    wish = _wish(candidate, potential, draws[0], style.chance)
    units = np.flatnonzero(candidate)
    if style.patch_mean == 0.0 and style.shares is None:
        units = _surely_enough(units, wish, mosaic.area, demand)
        order = _in_turn(units, wish, draws[0])
        return order[: np.searchsorted(np.cumsum(mosaic.area[order]), demand) + 1]
    order = _in_turn(units, wish, draws[0])
    if style.shares is None:
        kind, shares = np.zeros(built.size, dtype=np.int8), np.array([1.0, 0.0, 0.0])
    else:
        kind = expansion_kind(unit_expansion_index(mosaic, built))
        shares = np.array(style.shares)
    return _grow_patches(
        mosaic.area, mosaic.indptr, mosaic.indices, built, candidate, wish, order, kind, shares,
        style.shares is not None, _target(style, draws[1]),
        max(style.patch_mean, float(mosaic.area[units].mean())), style.decay, draws[1], demand,
    )  # fmt: skip


def _surely_enough(
    units: NDArray[np.int64],
    wish: NDArray[np.float64],
    area: NDArray[np.float64],
    demand: float,
) -> NDArray[np.int64]:
    """The most wished units, as many as meet the demand even if all were as small as any."""
    most = demand / area[units].min() + 1.0
    if most >= units.size:
        return units
    last = units.size - math.ceil(most)
    return units[wish[units] >= np.partition(wish[units], last)[last]]


def _in_turn(
    units: NDArray[np.int64], wish: NDArray[np.float64], draw: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Units by falling wish, equal ones by draw."""
    return units[np.lexsort((draw[units], -wish[units]))]


def _target(style: GrowthStyle, draw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Size that the patch aims at which begins with each unit. ``[unit]`` [m2]"""
    if style.patch_mean == 0.0:
        return np.zeros(draw.size)
    middle = style.patch_mean * math.exp(-0.5 * style.patch_log_sd**2)
    return middle * np.exp(style.patch_log_sd * ndtri(draw))


@njit(cache=True, nogil=True, error_model="numpy")
def _wish(
    candidate: NDArray[np.bool_],
    potential: NDArray[np.float64],
    draw: NDArray[np.float64],
    chance: float,
) -> NDArray[np.float64]:
    """Log of one over the wait of each candidate. ``[unit]`` [-]"""
    wish = np.full(potential.size, -np.inf)
    for unit in range(potential.size):
        if candidate[unit]:
            wish[unit] = math.log(potential[unit])
            if chance > 0.0:  # a draw of 0 does not wait at all
                wish[unit] -= chance * math.log(-math.log1p(-draw[unit]))
    return wish


@njit(cache=True, nogil=True, error_model="numpy")
def _grow_patches(
    area: NDArray[np.float64],
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    built: NDArray[np.bool_],
    candidate: NDArray[np.bool_],
    wish: NDArray[np.float64],
    order: NDArray[np.int64],
    kind: NDArray[np.int8],
    shares: NDArray[np.float64],
    keep_kind: bool,
    target: NDArray[np.float64],
    step: float,
    decay: float,
    draw: NDArray[np.float64],
    demand: float,
) -> NDArray[np.int64]:
    """Grow patches until the demand is met; see :func:`grow`."""
    chosen = np.empty(order.size, dtype=np.int64)
    count, total = 0, 0.0
    free = candidate.copy()  # not chosen yet
    touched = np.full(area.size, -1, dtype=np.int32)  # the patch that a unit touches, -2: several
    around = np.full(area.size, -1, dtype=np.int32)  # last patch that counted the unit as around
    steps = np.zeros(area.size, dtype=np.int32)  # from the first unit of that patch
    by_kind = np.zeros(3)
    at = np.zeros(3, dtype=np.int64)  # how far each kind has come in the order
    patch = -1
    while total < demand:
        for k in range(3):  # units that can no longer begin a patch
            while at[k] < order.size and (
                kind[order[at[k]]] != k or not free[order[at[k]]] or touched[order[at[k]]] != -1
            ):
                at[k] += 1
        here = _draw_kind(order, at, shares, by_kind, step, draw)
        if here < 0:
            break
        first = order[at[here]]
        patch += 1
        size, around_area, around_built = 0.0, area[first], 0.0
        around[first] = patch
        heap = [(-np.inf, 0.0, first)]
        while len(heap) > 0 and total < demand:
            _, _, unit = heapq.heappop(heap)
            if size > 0.0 and size + 0.5 * area[unit] > target[first]:
                break
            if touched[unit] != -1 and touched[unit] != patch:
                continue  # touches another patch as well
            next_area, next_built = around_area - area[unit], around_built  # if the unit joins
            for j in range(indptr[unit], indptr[unit + 1]):
                if around[indices[j]] != patch:
                    next_area += area[indices[j]]
                    next_built += area[indices[j]] * built[indices[j]]
            if keep_kind and size > 0.0 and not _is_kind(here, next_built, next_area):
                continue
            around_area, around_built = next_area, next_built
            free[unit] = False
            chosen[count] = unit
            count += 1
            size += area[unit]
            total += area[unit]
            for j in range(indptr[unit], indptr[unit + 1]):
                other = indices[j]
                if touched[other] == -1:
                    touched[other] = patch
                elif touched[other] != patch:
                    touched[other] = -2
                if around[other] != patch:
                    around[other] = patch
                    steps[other] = steps[unit] + 1 if unit != first else 1
                    if free[other]:
                        pull = wish[other] - decay * math.log(steps[other])
                        heapq.heappush(heap, (-pull, draw[other], np.int64(other)))
        by_kind[here] += size
    for unit in order:
        if total >= demand:
            break
        if free[unit]:
            chosen[count] = unit
            count += 1
            total += area[unit]
    return chosen[:count]


@njit(cache=True, nogil=True, error_model="numpy")
def _draw_kind(
    order: NDArray[np.int64],
    at: NDArray[np.int64],
    shares: NDArray[np.float64],
    by_kind: NDArray[np.float64],
    step: float,
    draw: NDArray[np.float64],
) -> int:
    """Kind of the next patch, in proportion to what each kind lacks; -1 if none has room.

    Kinds without room are left out, and the others share what comes in their proportion.
    """
    best = -1
    open_share = open_area = 0.0
    for k in range(3):
        if at[k] < order.size and shares[k] > 0.0:
            open_share += shares[k]
            open_area += by_kind[k]
            if best < 0 or at[k] < at[best]:
                best = k
    if best < 0:
        return best
    lack = np.zeros(3)
    for k in range(3):
        if at[k] < order.size and shares[k] > 0.0:
            lack[k] = max(0.0, shares[k] / open_share * (open_area + step) - by_kind[k])
    # The first digits of the draw make the size of the patch, the last ones its kind.
    lot = draw[order[at[best]]] * 2.0**26
    lot = (lot - math.floor(lot)) * lack.sum()
    for k in range(3):
        lot -= lack[k]
        if lack[k] > 0.0 and lot < 0.0:
            return k
    return best


@njit(cache=True, nogil=True, error_model="numpy")
def _is_kind(kind: int, around_built: float, around_area: float) -> bool:
    """Whether a patch with this land around it is of the kind."""
    if kind == LEAPFROG:
        return around_built == 0.0
    fills = around_built > INFILL_ABOVE * around_area
    return fills if kind == INFILL else around_built > 0.0 and not fills
