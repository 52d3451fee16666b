"""Classes of all land where it is known which land is built on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.landuse.class_model import ClassModel
from simulator.landuse.context import LandContext, Snapshot
from simulator.landuse.transitions import allocate


def learn_classes(
    snapshots: Sequence[Snapshot], known: int, context: LandContext, seed: int
) -> ClassModel:
    """Learn how the last map came from those before it, as many as are known at the start.

    Parameters
    ----------
    snapshots : sequence of Snapshot
        Maps to learn from, dates rising.
    known : int
        How many of them are known where the prediction starts.
    context : LandContext
        What does not change.
    seed : int
        Of the sample and the learner.
    """
    before = min(known, len(snapshots) - 1)
    return ClassModel(seed).fit(snapshots[len(snapshots) - before - 1 :], context)


def predict_classes(
    model: ClassModel,
    past: Sequence[Snapshot],
    context: LandContext,
    new: NDArray[np.bool_],
    built_code: int,
    cells: Mapping[int, float],
    seed: int,
) -> NDArray[np.integer]:
    """Classes after growth of built land; built land stays built, and no other becomes it.

    Parameters
    ----------
    model : ClassModel
        Fitted.
    past : sequence of Snapshot
        What is known, up to the map to start from.
    context : LandContext
        What does not change.
    new : ndarray of bool ``[row, col]``
        Land that is newly built.
    built_code : int
        Code of built land.
    cells : mapping of int to float
        Pixels of the classes at the end, by code; classes that are left out take what they take.
        Together they are brought to the land that is not built.
    seed : int
        Of the draws that part pixels of the same potential, which are many.

    Returns
    -------
    ndarray of int ``[row, col]``
        Codes; where land is not valid, as at the start.
    """
    start = past[-1].cover
    if start is None:
        raise ValueError("the map to start from has no classes")
    codes = np.asarray(model.codes_)
    valid = context.valid & np.isin(start, codes)
    built = (new | (start == built_code))[valid]
    probability = model.potential(past, context)[:, valid]
    with np.errstate(divide="ignore"):
        log_potential = np.log(probability)
    is_built = codes == built_code
    log_potential[np.ix_(~is_built, built)] = -np.inf
    log_potential[np.ix_(is_built, ~built)] = -np.inf
    log_potential[np.ix_(is_built, built)] = 0.0
    demand = np.array([cells.get(code, np.nan) for code in model.codes_])
    demand[is_built] = np.nan
    if np.isfinite(demand[~is_built]).all():
        demand *= np.count_nonzero(~built) / np.nansum(demand)
    draws = np.random.default_rng(seed).random(log_potential.shape, dtype=np.float32)
    classes = allocate(
        np.ones(built.size), np.searchsorted(codes, start[valid]), log_potential, demand,
        model.rules(), 0.0, draws,
    )  # fmt: skip
    cover = start.copy()
    cover[valid] = codes[classes]
    return cover
