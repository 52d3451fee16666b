"""Patches of new built land: which units form one, how large they are, how they lie to the old.

The Landscape Expansion Index of a patch is the built share of the land around it. Here the land
around it is all units that touch the patch, built or not at the start, where the original [1]_
takes a buffer of some metres.

References
----------
.. [1] X. Liu et al. (2010), A new landscape index for quantifying urban expansion using
   multi-temporal remotely sensed data, Landscape Ecology 25, 671-682,
   doi:10.1007/s10980-010-9454-5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_ndtr

from simulator.landuse.mosaic import Mosaic

INFILL, EDGE, LEAPFROG = 0, 1, 2
INFILL_ABOVE = 0.5
"""Expansion index above which a patch fills a gap; 0 leaps, between the two an edge moves."""


@dataclass(frozen=True)
class NewPatches:
    """Connected patches of land that became built between two dates.

    Attributes
    ----------
    label : ndarray of int32 ``[unit]``
        Number of the patch of each unit, -1 where nothing new was built.
    units : ndarray of int64 ``[patch]``
        Number of units.
    area : ndarray ``[patch]``
        Area. [m2]
    expansion_index : ndarray ``[patch]``
        Share of the land around the patch that was built at the start, by area. [-]
    """

    label: NDArray[np.int32]
    units: NDArray[np.int64]
    area: NDArray[np.float64]
    expansion_index: NDArray[np.float64]

    @classmethod
    def between(
        cls, mosaic: Mosaic, before: NDArray[np.bool_], after: NDArray[np.bool_]
    ) -> NewPatches:
        """Patches of units that are built after and were not before."""
        label, count = _label(~before & after, mosaic.indptr, mosaic.indices)
        around, around_built = _surroundings(
            label, count, before, mosaic.area, mosaic.indptr, mosaic.indices
        )
        new = label >= 0
        return cls(
            label,
            np.bincount(label[new], minlength=count),
            np.bincount(label[new], mosaic.area[new], minlength=count).astype(np.float64),
            np.divide(around_built, around, out=np.zeros(count), where=around > 0.0),
        )

    @property
    def kind(self) -> NDArray[np.int8]:
        """Kind of each patch: ``INFILL``, ``EDGE`` or ``LEAPFROG``."""
        return expansion_kind(self.expansion_index)

    @property
    def shares(self) -> tuple[float, float, float]:
        """Shares of infill, edge expansion and leapfrog in the new area. [-]"""
        area = np.bincount(self.kind, self.area, minlength=3)
        infill, edge, leapfrog = (area / area.sum()).tolist()
        return infill, edge, leapfrog


def expansion_kind(expansion_index: NDArray[np.float64]) -> NDArray[np.int8]:
    """Kind of growth by the expansion index: ``INFILL``, ``EDGE`` or ``LEAPFROG``."""
    middle = np.where(expansion_index > INFILL_ABOVE, INFILL, EDGE)
    return np.where(expansion_index > 0.0, middle, LEAPFROG).astype(np.int8)


def unit_expansion_index(mosaic: Mosaic, built: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Built share of the area of each unit's neighbours, 0 without neighbours. ``[unit]`` [-]"""
    return _unit_index(built, mosaic.area, mosaic.indptr, mosaic.indices)


def fit_patch_sizes(patches: NewPatches) -> tuple[float, float]:
    """Mean and log standard deviation of the lognormal size of patches. [m2], [-]

    Maximum likelihood of sizes known to half a unit: a patch of one unit may aim at anything up
    to one and a half units.
    """
    unit = patches.area / patches.units
    upper = np.log(patches.area + 0.5 * unit)
    lower = np.where(patches.units > 1, np.log(patches.area - 0.5 * unit), -np.inf)
    bounds, repeats = np.unique(np.column_stack([lower, upper]), axis=0, return_counts=True)

    def loss(guess: NDArray[np.float64]) -> float:
        z = (bounds - guess[0]) / np.exp(guess[1])
        z = np.where(z[:, :1] > 0.0, -z[:, ::-1], z)  # the small tail, where digits are left
        ahead = log_ndtr(z[:, 1])
        return -float(repeats @ (ahead + np.log1p(-np.exp(log_ndtr(z[:, 0]) - ahead))))

    log_size = np.log(patches.area)
    start = np.array([log_size.mean(), np.log(max(log_size.std(), 0.1))])
    fitted = minimize(loss, start, method="Nelder-Mead").x
    log_sd = float(np.exp(fitted[1]))
    return float(np.exp(fitted[0] + 0.5 * log_sd**2)), log_sd


@njit(cache=True, nogil=True, error_model="numpy")
def _label(
    new: NDArray[np.bool_], indptr: NDArray[np.int64], indices: NDArray[np.int32]
) -> tuple[NDArray[np.int32], int]:
    """Number of the connected patch of each new unit, and how many there are."""
    label = np.full(new.size, -1, dtype=np.int32)
    queue = np.empty(np.count_nonzero(new), dtype=np.int32)
    count = 0
    for start in range(new.size):
        if not new[start] or label[start] >= 0:
            continue
        label[start] = count
        queue[0] = start
        head, tail = 0, 1
        while head < tail:
            unit = queue[head]
            head += 1
            for k in range(indptr[unit], indptr[unit + 1]):
                other = indices[k]
                if new[other] and label[other] < 0:
                    label[other] = count
                    queue[tail] = other
                    tail += 1
        count += 1
    return label, count


@njit(cache=True, nogil=True, error_model="numpy")
def _surroundings(
    label: NDArray[np.int32],
    count: int,
    built: NDArray[np.bool_],
    area: NDArray[np.float64],
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Area of the units that touch each patch, and of the built among them."""
    around, around_built = np.zeros(count), np.zeros(count)
    for unit in range(label.size):
        if label[unit] >= 0:
            continue
        for k in range(indptr[unit], indptr[unit + 1]):
            patch = label[indices[k]]
            counted = patch < 0
            for before in range(indptr[unit], k):  # a unit may touch a patch more than once
                counted |= label[indices[before]] == patch
            if not counted:
                around[patch] += area[unit]
                if built[unit]:
                    around_built[patch] += area[unit]
    return around, around_built


@njit(cache=True, nogil=True, error_model="numpy")
def _unit_index(
    built: NDArray[np.bool_],
    area: NDArray[np.float64],
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
) -> NDArray[np.float64]:
    index = np.zeros(built.size)
    for unit in range(built.size):
        around = around_built = 0.0
        for k in range(indptr[unit], indptr[unit + 1]):
            around += area[indices[k]]
            if built[indices[k]]:
                around_built += area[indices[k]]
        if around > 0.0:
            index[unit] = around_built / around
    return index
