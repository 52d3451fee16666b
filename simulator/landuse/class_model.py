"""Which class land turns into, learned for all classes at once from how it turned.

The probabilities are those of the period learned from. Offsets of the classes carry them over to
other demands (:func:`~simulator.landuse.transitions.allocate`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.errors import InputError, Problem
from simulator.landuse.context import LandContext, Snapshot
from simulator.landuse.drivers import driver_table, window_share
from simulator.landuse.transitions import ConversionRules, allocate

Vector = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: Pixels learned from, at most; and the share of them that stands for change.
ROWS: Final = 80_000
CHANGED: Final = 0.5
#: Blocks a side of the map; every other one is left out in turn.
BLOCKS: Final = 16
#: Probabilities are kept so far from 0.
FLOOR: Final = 1e-6
#: Inertias that are tried. [log units]
INERTIAS: Final = tuple(np.arange(-4.0, 2.25, 0.5))
#: Pixels whose drivers are predicted at a time.
CHUNK: Final = 500_000


class ClassModel:
    """Probability of each class, given the land at one or more dates.

    Parameters
    ----------
    seed : int, optional
        Of the sample and the learner.

    Attributes
    ----------
    codes_ : list of int
        Codes of the classes, in the order of all arrays over classes.
    inertia_ : float
        What to add to the log probability of staying, so that a map of known totals has the best
        figure of merit on blocks left out. Below 0 where classes swap places: their totals alone
        would keep all of it out of the map. [log units]
    skill_ : dict
        On blocks left out: ``log_loss``, ``log_loss_none`` (of the shares that each class turned
        into), and ``figure_of_merit`` with ``inertia_`` at true totals.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, snapshots: Sequence[Snapshot], context: LandContext) -> ClassModel:
        """Learn how the last snapshot came from those before it.

        With more than two, the model also sees where land was of another class before: on maps
        that were classified one by one, such land often falls back.

        Parameters
        ----------
        snapshots : sequence of Snapshot
            At least two dates with cover, in rising order.
        context : LandContext
            What does not change.
        """
        covers = _covers(snapshots)
        if len(covers) < 2:
            raise InputError(
                Problem(
                    "land maps", "one map", "change shows between two", "Give two or more maps."
                )
            )
        known = context.valid & np.all([cover > 0 for cover in covers], axis=0)
        self.codes_ = [int(code) for code in np.union1d(covers[-2][known], covers[-1][known])]
        self.dates_ = len(covers) - 1
        rng = np.random.default_rng(self.seed)
        pixel, weight = _sample(covers[-2] != covers[-1], known, rng)
        at = np.zeros(known.shape, np.bool_)
        at.flat[pixel] = True
        X = class_table(snapshots[:-1], context, at, self.codes_)
        current = np.searchsorted(self.codes_, covers[-2].ravel()[pixel])
        truth = np.searchsorted(self.codes_, covers[-1].ravel()[pixel])
        self._judge(X, current, truth, weight, _half(pixel, known.shape))
        self.model_ = _fitted(X, truth, weight, self.seed)
        return self

    def potential(self, snapshots: Sequence[Snapshot], context: LandContext) -> NDArray[np.float32]:
        """Probability of each class after an interval as learned from.

        Parameters
        ----------
        snapshots : sequence of Snapshot
            Past up to the present, which is the last one; at least as many as were learned from,
            less the last.
        context : LandContext
            What does not change. Land where building is excluded is not treated in another way.

        Returns
        -------
        ndarray ``[class, row, col]``
            In the order of ``codes_``; 0 where land is not valid or its class unknown.
        """
        past = snapshots[-self.dates_ :]
        if len(past) < self.dates_:
            raise ValueError(f"learned from {self.dates_} dates, {len(past)} given")
        at = context.valid & np.isin(_covers(past)[-1], self.codes_)
        X = class_table(past, context, at, self.codes_)
        found = np.zeros((len(self.codes_), int(at.sum())), np.float32)
        for k in range(0, len(X), CHUNK):
            found[:, k : k + CHUNK] = _predicted(self.model_, X[k : k + CHUNK], len(found)).T
        potential = np.zeros((len(self.codes_), *at.shape), np.float32)
        potential[:, at] = found
        return potential

    def rules(self) -> ConversionRules:
        """All may turn into all, with the inertia learned."""
        return ConversionRules.free(len(self.codes_), inertia=self.inertia_)

    def _judge(
        self, X: pd.DataFrame, current: Ints, truth: Ints, weight: Vector, half: Mask
    ) -> None:
        n = len(self.codes_)
        held = np.empty((len(X), n))
        none = np.empty((len(X), n))
        for out in (half, ~half):
            held[out] = _predicted(
                _fitted(X[~out], truth[~out], weight[~out], self.seed), X[out], n
            )
            none[out] = _turned(current[~out], truth[~out], weight[~out], n)[current[out]]
        merit = {
            inertia: np.mean(
                [
                    _merit_at_totals(held[out], current[out], truth[out], weight[out], inertia)
                    for out in (half, ~half)
                ]
            )
            for inertia in INERTIAS
        }
        self.inertia_ = float(max(merit, key=lambda inertia: merit[inertia]))
        self.skill_ = {
            "log_loss": _log_loss(held, truth, weight),
            "log_loss_none": _log_loss(none, truth, weight),
            "figure_of_merit": float(merit[self.inertia_]),
        }


def class_table(
    snapshots: Sequence[Snapshot], context: LandContext, at: Mask, codes: Sequence[int]
) -> pd.DataFrame:
    """Drivers at the chosen pixels: those of the present, and what land was of before.

    Parameters
    ----------
    snapshots : sequence of Snapshot
        Past up to the present, which is the last one, with cover.
    context : LandContext
        What does not change.
    at : ndarray of bool ``[row, col]``
        Pixels to describe.
    codes : sequence of int
        Classes to tell apart.

    Returns
    -------
    DataFrame ``[pixel, driver]``
    """
    table = driver_table(snapshots[-1:], context, at, codes)
    past = {}
    for back, cover in enumerate(reversed(_covers(snapshots)[:-1]), start=1):
        for code in codes:
            of_class = cover == code
            past[f"class{code}_here_{back}ago"] = of_class[at].astype(np.float32)
            past[f"class{code}_window3_{back}ago"] = window_share(of_class, context.valid, 1)[at]
    return pd.concat([table, pd.DataFrame(past, index=table.index)], axis=1)


def figure_of_merit(current: Ints, new: Ints, truth: Ints, weight: Vector) -> float:
    """Hits over hits, wrong hits, misses and false alarms of all change (Pontius et al. 2008).

    A wrong hit is change that was seen, to another class.

    Parameters
    ----------
    current, new, truth : ndarray of int ``[unit]``
        Class before, class predicted, true class.
    weight : ndarray ``[unit]``
        Land that the unit stands for.

    References
    ----------
    .. [1] R. G. Pontius et al. (2008), Comparing the input, output, and validation maps for several
       models of land change, Annals of Regional Science 42, 11-37, doi:10.1007/s00168-007-0138-2.
    """
    changed = (truth != current) | (new != current)
    hit = (truth != current) & (new == truth)
    whole = weight[changed].sum()
    return float(weight[hit].sum() / whole) if whole > 0.0 else 0.0


def _covers(snapshots: Sequence[Snapshot]) -> list[NDArray[np.integer]]:
    covers = [s.cover for s in snapshots if s.cover is not None]
    if len(covers) < len(snapshots):
        raise InputError(
            Problem(
                "land maps",
                "a date has built shares only",
                "all classes are learned from maps of classes",
                "Give maps with a class code in each pixel.",
            )
        )
    return covers


def _sample(changed: Mask, known: Mask, rng: np.random.Generator) -> tuple[Ints, Vector]:
    """Pixels to learn from, in reading order, and the number of pixels each stands for."""
    pixels, weights = [], []
    for group, most in ((known & changed, CHANGED), (known & ~changed, 1.0 - CHANGED)):
        found = np.flatnonzero(group)
        few = rng.choice(found, min(len(found), int(ROWS * most)), replace=False)
        pixels.append(few)
        weights.append(np.full(len(few), len(found) / max(len(few), 1)))
    pixel = np.concatenate(pixels)
    order = np.argsort(pixel)
    return pixel[order], np.concatenate(weights)[order]


def _half(pixel: Ints, shape: tuple[int, ...]) -> Mask:
    """Pixels on the black fields of a chessboard."""
    row, col = np.unravel_index(pixel, shape)
    side = max(max(shape) // BLOCKS, 1)
    return np.asarray((row // side + col // side) % 2 == 0)


def _fitted(X: pd.DataFrame, truth: Ints, weight: Vector, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        learning_rate=0.12,
        max_iter=60,
        max_leaf_nodes=15,
        min_samples_leaf=50,
        l2_regularization=5.0,
        max_features=0.5,
        early_stopping=False,
        random_state=seed,
    )
    return model.fit(X, truth, sample_weight=weight / weight.mean())


def _predicted(model: Any, X: pd.DataFrame, n: int) -> Vector:
    """Probabilities ``[pixel, class]``, also of classes that the learner has not seen."""
    found = np.full((len(X), n), FLOOR)
    found[:, model.classes_] = np.maximum(model.predict_proba(X), FLOOR)
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def _turned(current: Ints, truth: Ints, weight: Vector, n: int) -> Vector:
    """Shares ``[from, to]`` of the land of each class."""
    pairs = np.bincount(current * n + truth, weights=weight, minlength=n * n).reshape(n, n) + FLOOR
    return np.asarray(pairs / pairs.sum(axis=1, keepdims=True))


def _log_loss(probability: Vector, truth: Ints, weight: Vector) -> float:
    return float(np.average(-np.log(probability[np.arange(len(truth)), truth]), weights=weight))


def _merit_at_totals(
    probability: Vector, current: Ints, truth: Ints, weight: Vector, inertia: float
) -> float:
    """Figure of merit of the best map that has the true totals."""
    n = probability.shape[1]
    new = allocate(
        weight,
        current,
        np.log(probability.T),
        np.bincount(truth, weights=weight, minlength=n).astype(np.float64),
        ConversionRules.free(n, inertia=inertia),
        0.0,
        np.random.default_rng(0).random((n, len(truth))),  # parts ties
    )
    return figure_of_merit(current, new, truth, weight)
