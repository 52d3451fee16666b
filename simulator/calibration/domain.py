"""Domain of applicability: how unlike the samples a place is, in what the correction leans on.

The dissimilarity index of Meyer & Pebesma 2021 (doi:10.1111/2041-210X.13650): features on one
scale, each times its importance; the distance of a row to the nearest sample over the mean distance
between samples. A correction was tested on samples predicted from the other folds, so it may be
trusted as far as those were from the samples used: up to the upper whisker of their index.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial.distance import cdist, pdist
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestRegressor

from simulator.estimators.blocks import Folds
from simulator.estimators.features import PLACE, Features, places

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

#: Trees that importances are found with, and times that each feature is shuffled.
_TREES: Final = 100
_SHUFFLES: Final = 3
#: Rows at a time; bounds the memory of distances.
_CHUNK: Final = 4096
#: Length of a whisker, in interquartile ranges.
_WHISKER: Final = 1.5


class Domain(BaseEstimator):
    """Weight of a correction: 1 inside the domain of applicability, falling to 0 outside.

    Attributes
    ----------
    threshold_ : float
        Largest dissimilarity index that counts as inside.
    index_ : ndarray ``[sample]``
        Index of each sample, from those of other folds.
    """

    def fit(self, X: pd.DataFrame, importance: Mapping[str, float], folds: Folds) -> Self:
        """Learn where samples lie.

        Parameters
        ----------
        X : DataFrame
            Columns ``x``, ``y`` [m] and features: text for classes, numbers.
        importance : mapping of str to float
            Importance of each column, none below zero.
        folds : ndarray of int ``[sample]``
            Folds of the cross-validation of the correction.
        """
        self.importance_ = dict(importance)
        self.features_ = Features(clip=False).fit(X)
        self.origin_ = places(X).mean(axis=0)
        self.unit_ = max(float((places(X) - self.origin_).std()), 1e-9)
        self.scales_ = {
            c: max(float(np.sqrt(self._classes(X, c).var(axis=0).sum())), 1e-9)
            for c in self.features_.classes_
        }
        self.samples_ = self._scaled(X)
        mean = float(pdist(self.samples_).mean())
        self.mean_ = mean if mean > 0.0 else 1.0
        self.index_ = np.empty(len(X))
        for fold in np.unique(folds):
            out = folds == fold
            self.index_[out] = self._nearest(self.samples_[out], self.samples_[~out])
        low, high = np.quantile(self.index_, [0.25, 0.75])
        whisker = high + _WHISKER * (high - low)
        self.threshold_ = float(self.index_[self.index_ <= whisker].max())
        return self

    def index(self, X: pd.DataFrame) -> Vector:
        """Dissimilarity index of each row: 0 for a sample, 1 as far as samples are on average."""
        return self._nearest(self._scaled(X), self.samples_)

    def weight(self, X: pd.DataFrame) -> Vector:
        """1 up to the threshold of the index, 0 from twice that on, linear between."""
        return np.clip(2.0 - self.index(X) / max(self.threshold_, 1e-9), 0.0, 1.0)

    def _nearest(self, rows: Matrix, samples: Matrix) -> Vector:
        parts = [
            cdist(rows[i : i + _CHUNK], samples).min(axis=1) for i in range(0, len(rows), _CHUNK)
        ]
        return np.concatenate(parts) / self.mean_ if parts else np.empty(0)

    def _scaled(self, X: pd.DataFrame) -> Matrix:
        """Features with a variance of one over the samples, times their importance."""
        weights = self.importance_
        at = (places(X) - self.origin_) / self.unit_ * [weights[c] for c in PLACE]
        classes = [self._classes(X, c) * (weights[c] / s) for c, s in self.scales_.items()]
        numbers = self.features_.transform(X)[:, self.features_.n_classes_ :]
        numbers = numbers * [weights[c] for c in self.features_.numbers_]
        return np.hstack([at, *classes, numbers])

    def _classes(self, X: pd.DataFrame, column: str) -> Matrix:
        """0 and 1 by class; the last column for classes that no sample has, and for none.

        A class is as far from one that it does not know as from any other.
        """
        names = X[column].astype(str).to_numpy()
        known = names[:, None] == np.array(self.features_.classes_[column], dtype=object)
        return np.column_stack([known, ~known.any(axis=1)]).astype(np.float64)


def importances(X: pd.DataFrame, z: Vector, seed: int) -> dict[str, float]:
    """Importance of each column: what shuffling it costs a random forest, in squared error.

    It is asked of the samples that the forest has seen: that is how far a model *leans* on a
    feature, rightly or not, and where it does a value out of range misleads it. The sum is 1; all
    are equal where nothing is learned.

    Parameters
    ----------
    X : DataFrame
        Columns ``x``, ``y`` and features.
    z : ndarray ``[sample]``
        What is learned.
    seed : int
        Of the forest and of the shuffles.
    """
    features = Features().fit(X)
    inputs = np.column_stack([places(X), features.transform(X)])
    forest = RandomForestRegressor(
        _TREES, min_samples_leaf=3, max_features=0.4, random_state=seed
    ).fit(inputs, z)
    rng = np.random.default_rng(seed)
    orders = np.concatenate([rng.permutation(len(X)) for _ in range(_SHUFFLES)])
    groups = _columns(features)
    shuffled = np.tile(inputs, (len(groups), _SHUFFLES, 1))
    for rows, columns in zip(shuffled, groups.values(), strict=True):
        rows[:, columns] = inputs[orders][:, columns]
    predicted = forest.predict(shuffled.reshape(-1, inputs.shape[1]))
    missed = (predicted.reshape(len(groups), -1) - np.tile(z, _SHUFFLES)) ** 2
    gain = missed.mean(axis=1) - float(np.mean((z - forest.predict(inputs)) ** 2))
    cost = dict.fromkeys(X.columns, 0.0)
    cost |= dict(zip(groups, np.maximum(gain, 0.0).tolist(), strict=True))
    total = sum(cost.values())
    return {c: v / total if total > 0.0 else 1.0 / len(cost) for c, v in cost.items()}


def _columns(features: Features) -> dict[str, list[int]]:
    """Columns of ``[x, y, features]`` by the column of the table that they are made from."""
    found: dict[str, list[int]] = {c: [i] for i, c in enumerate(PLACE)}
    at = len(PLACE)
    for name, classes in features.classes_.items():
        found[name] = list(range(at, at + len(classes)))
        at += len(classes)
    return found | {name: [at + i] for i, name in enumerate(features.numbers_)}
