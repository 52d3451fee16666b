"""Parcels from a fine land-cover map: classes on parcel cells that keep the map's areas."""

from __future__ import annotations

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from simulator.region.build.segment import dominant_class, label_parcels

#: Rounds of adjusting the class weights; the areas settle within a few per mille in about ten.
_ROUNDS = 12


def allocate(
    shares: NDArray[np.float64], weights: NDArray[np.float64], mapped: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Class of each cell: the largest weighted share.

    Parameters
    ----------
    shares : ndarray, shape (classes, rows, cols)
        Share of each class in each cell. [-]
    weights : ndarray, shape (classes,)
        Weight of each class.
    mapped : ndarray of bool, shape (rows, cols)
        False where there is no parcel.

    Returns
    -------
    ndarray of int
        1 + index of the class, 0 where not mapped.
    """
    best = np.argmax(shares * weights[:, None, None], axis=0) + 1
    return np.where(mapped, best, 0)


def area_keeping_classes(
    shares: NDArray[np.float64],
    mapped: NDArray[np.bool_],
    districts: NDArray[np.int64],
    transform: Affine,
    max_area_m2: float,
    min_area_m2: float,
) -> NDArray[np.int64]:
    """Class of each cell such that the *parcels* keep the total area of each class.

    A plain majority favours classes in large patches and loses the scattered ones, and joining
    small parcels does so again. Weights of the classes are therefore raised or lowered until the
    areas of the parcels agree with the shares; the best of the rounds is taken.

    Parameters
    ----------
    shares, mapped : see :func:`allocate`
    districts, transform, max_area_m2, min_area_m2 : see
        :func:`simulator.region.build.segment.segment`

    Returns
    -------
    ndarray of int
        1 + index of the class, 0 where not mapped.
    """
    wanted = np.where(mapped, shares, 0.0).sum(axis=(1, 2))
    present = wanted > 0.0
    weights = np.where(present, 1.0, 0.0)
    best, least = allocate(shares, weights, mapped), np.inf
    for _ in range(_ROUNDS):
        classes = allocate(shares, weights, mapped)
        labels = label_parcels(classes, transform, districts, max_area_m2, min_area_m2)
        got = parcel_class_cells(labels, classes, shares.shape[0])
        miss = float(np.abs(got - wanted).sum())
        if miss < least:
            best, least = classes, miss
        # Square root: a damped step, since the areas answer more than proportionally.
        step = np.sqrt(wanted[present] / np.maximum(got[present], 1.0))
        weights[present] *= np.clip(step, 0.5, 2.0)
        weights /= weights.max()
    return best


def parcel_class_cells(
    labels: NDArray[np.int32], classes: NDArray[np.int64], number: int
) -> NDArray[np.float64]:
    """Cells of each of `number` classes after every parcel has taken its most frequent class."""
    parcels = int(labels.max(initial=0))
    winner = dominant_class(labels, classes, parcels)
    cells = np.bincount(labels.ravel(), minlength=parcels + 1)[1:]
    return np.bincount(winner, weights=cells, minlength=number + 1)[1:].astype(np.float64)
