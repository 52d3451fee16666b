"""Mappers without a model of space: the mean, the mean of a class, inverse distances."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from simulator.estimators.base import SoilMapper
from simulator.estimators.features import class_columns, places

Vector = NDArray[np.float64]

#: Samples that a class counts as having in addition, with the spread of all.
_PRIOR: Final = 3.0


class Mean(SoilMapper):
    """The mean of all samples everywhere."""

    def _fit(self, X: pd.DataFrame, z: Vector) -> None:
        self.mean_ = float(z.mean())
        self.std_ = float(z.std(ddof=1)) * np.sqrt(1.0 + 1.0 / z.size) if z.size > 1 else 0.0

    def _predict(self, X: pd.DataFrame) -> tuple[Vector, Vector]:
        return np.full(len(X), self.mean_), np.full(len(X), self.std_)


class ClassMean(SoilMapper):
    """Background by class: the mean of the samples of the same class, of all for a class unknown.

    Parameters
    ----------
    by : str, optional
        Column of the classes; by default that which explains most of the variance.
    """

    def __init__(
        self,
        transform: str = "boxcox",
        centre: str = "median",
        winsorise: bool = False,
        seed: int = 0,
        by: str | None = None,
    ) -> None:
        super().__init__(transform, centre, winsorise, seed)
        self.by = by

    def _fit(self, X: pd.DataFrame, z: Vector) -> None:
        self.all_ = Mean()
        self.all_._fit(X, z)
        columns = [self.by] if self.by else class_columns(X)
        within = {c: _within(X[c], z) for c in columns}
        self.by_ = min(within, key=lambda c: within[c]) if within else None
        self.means_: dict[str, float] = {}
        self.stds_: dict[str, float] = {}
        if self.by_ is None:
            return
        pooled = within[self.by_]
        for name, group in pd.Series(z).groupby(X[self.by_].astype(str).to_numpy()):
            n = len(group)
            squares = float(((group - group.mean()) ** 2).sum())
            variance = (squares + _PRIOR * pooled) / (n - 1 + _PRIOR)
            self.means_[str(name)] = float(group.mean())
            self.stds_[str(name)] = float(np.sqrt(variance * (1.0 + 1.0 / n)))

    def _predict(self, X: pd.DataFrame) -> tuple[Vector, Vector]:
        if self.by_ is None:
            return self.all_._predict(X)
        names = X[self.by_].astype(str)
        mean = names.map(self.means_).fillna(self.all_.mean_).to_numpy(float)
        std = names.map(self.stds_).fillna(self.all_.std_).to_numpy(float)
        return np.asarray(mean), np.asarray(std)


class InverseDistance(SoilMapper):
    """Mean of the nearest samples, weighted by distance to a negative power.

    The standard deviation is that of the residuals when each sample is predicted from the others.

    Parameters
    ----------
    power : float
        Exponent of the distance.
    neighbours : int
        Samples used.
    """

    def __init__(
        self,
        transform: str = "boxcox",
        centre: str = "median",
        winsorise: bool = False,
        seed: int = 0,
        power: float = 2.0,
        neighbours: int = 12,
    ) -> None:
        super().__init__(transform, centre, winsorise, seed)
        self.power = power
        self.neighbours = neighbours

    def _fit(self, X: pd.DataFrame, z: Vector) -> None:
        self.tree_ = cKDTree(places(X))
        self.z_ = z
        k = min(self.neighbours + 1, z.size)
        distance, index = self.tree_.query(places(X), k=k)
        if k == 1:
            self.std_ = 0.0
            return
        other = self._weighted(distance[:, 1:], index[:, 1:])
        self.std_ = float(np.sqrt(np.mean((z - other) ** 2)))

    def _predict(self, X: pd.DataFrame) -> tuple[Vector, Vector]:
        k = min(self.neighbours, self.z_.size)
        distance, index = self.tree_.query(places(X), k=range(1, k + 1))
        return self._weighted(distance, index), np.full(len(X), self.std_)

    def _weighted(self, distance: Vector, index: NDArray[np.intp]) -> Vector:
        weight = np.maximum(distance, 1e-6) ** -self.power
        return np.asarray((weight * self.z_[index]).sum(axis=1) / weight.sum(axis=1))


def _within(column: pd.Series, z: Vector) -> float:
    """Pooled variance within the classes of a column."""
    groups = pd.Series(z).groupby(column.astype(str).to_numpy())
    squares = float(((z - groups.transform("mean").to_numpy()) ** 2).sum())
    return squares / max(z.size - groups.ngroups, 1)
