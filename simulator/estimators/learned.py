"""Mappers that learn: forests, boosted trees, Gaussian processes (scikit-learn)."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, Matern, WhiteKernel
from sklearn.model_selection import KFold, cross_val_predict

from simulator.estimators.base import SoilMapper
from simulator.estimators.features import Features, places
from simulator.estimators.kernels import OnColumns

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

#: Trees of a forest, and of boosting.
TREES: Final = 300
ROUNDS: Final = 150
#: Steps after which the search for the likeliest kernel ends.
_STEPS: Final = 50


class _Trees(SoilMapper):
    """Trees on coordinates, their two diagonals, and covariates."""

    def _inputs(self, X: pd.DataFrame) -> Matrix:
        at = places(X)
        diagonals = at @ np.array([[1.0, 1.0], [1.0, -1.0]])
        return np.column_stack([at, diagonals, self.features_.transform(X)])


class Forest(_Trees):
    """Random forest (doi:10.1023/A:1010933404324).

    The standard deviation is the spread of the trees, scaled such that the residuals of samples
    that trees have not seen have it on average.
    """

    def _fit(self, X: pd.DataFrame, z: Vector) -> None:
        self.features_ = Features().fit(X)
        inputs = self._inputs(X)
        self.forest_ = RandomForestRegressor(
            TREES, min_samples_leaf=2, max_features=0.4, oob_score=True, random_state=self.seed
        ).fit(inputs, z)
        residuals = z - self.forest_.oob_prediction_
        self.floor_ = 0.5 * float(np.sqrt(np.mean(residuals**2)))
        spread = np.hypot(self._spread(inputs), self.floor_)
        self.scale_ = float(np.sqrt(np.mean((residuals / np.maximum(spread, 1e-12)) ** 2)))

    def _predict(self, X: pd.DataFrame) -> tuple[Vector, Vector]:
        inputs = self._inputs(X)
        spread = np.hypot(self._spread(inputs), self.floor_)
        return self.forest_.predict(inputs), self.scale_ * spread

    def _spread(self, inputs: Matrix) -> Vector:
        each = np.array([tree.predict(inputs) for tree in self.forest_.estimators_])
        return np.asarray(each.std(axis=0))


class Boosting(_Trees):
    """Gradient boosting with shallow trees (doi:10.1214/aos/1013203451).

    The standard deviation is that of the residuals of a three-fold cross-validation.
    """

    def _fit(self, X: pd.DataFrame, z: Vector) -> None:
        self.features_ = Features().fit(X)
        inputs = self._inputs(X)
        model = GradientBoostingRegressor(
            n_estimators=ROUNDS, learning_rate=0.05, max_depth=3, min_samples_leaf=5, subsample=0.6,
            max_features=0.5, random_state=self.seed,
        )  # fmt: skip
        folds = KFold(min(3, len(z)), shuffle=True, random_state=self.seed)
        held_out = cross_val_predict(model, inputs, z, cv=folds)
        self.std_ = float(np.sqrt(np.mean((z - held_out) ** 2)))
        self.model_ = model.fit(inputs, z)

    def _predict(self, X: pd.DataFrame) -> tuple[Vector, Vector]:
        return self.model_.predict(self._inputs(X)), np.full(len(X), self.std_)


class GaussianProcess(SoilMapper):
    """Gaussian process: a field of place, offsets of classes, linear and smooth effects of numbers.

    The covariance is a sum of an exponential one of the distance, one of the classes (equal or
    not), of the numbers a linear and a squared exponential one, one of slopes that differ from
    class to class, and noise. Their sizes and
    scales are those of maximum likelihood (Rasmussen & Williams 2006, chapters 4 and 5). With
    secondary metals among the numbers it is a co-regionalised model given them.
    """

    def _fit(self, X: pd.DataFrame, z: Vector) -> None:
        self.features_ = Features().fit(X)
        self.origin_ = places(X).mean(axis=0)
        self.unit_ = max(float(places(X).std()), 1e-9)
        inputs = self._inputs(X)
        self.process_ = GaussianProcessRegressor(
            self._kernel(inputs.shape[1]), optimizer=_likeliest, normalize_y=True, alpha=1e-8
        )
        with warnings.catch_warnings():
            # a part that the data do not need ends at the bound of its size: no fault
            warnings.simplefilter("ignore", ConvergenceWarning)
            self.process_.fit(inputs, z)

    def _predict(self, X: pd.DataFrame) -> tuple[Vector, Vector]:
        return self.process_.predict(self._inputs(X), return_std=True)

    def _inputs(self, X: pd.DataFrame) -> Matrix:
        at = (places(X) - self.origin_) / self.unit_
        return np.column_stack([at, self.features_.transform(X)])

    def _kernel(self, width: int) -> OnColumns:
        classes, numbers = 2 + self.features_.n_classes_, width

        def size(start: float) -> ConstantKernel:
            return ConstantKernel(start, (1e-5, 1e2))

        alike = OnColumns(RBF(0.5, "fixed"), 2, classes)
        linear = OnColumns(DotProduct(0.0, "fixed"), classes, numbers)
        smooth = OnColumns(RBF(np.full(numbers - classes, 2.0), (0.7, 50.0)), classes, numbers)
        kernel = WhiteKernel(0.3, (1e-3, 2.0))
        kernel += size(0.5) * OnColumns(Matern(0.3, (1e-2, 1e1), nu=0.5), 0, 2)
        if classes > 2:
            kernel += size(0.2) * alike
        if numbers > classes:
            kernel += size(0.2) * linear + size(0.2) * smooth
        if numbers > classes > 2:
            kernel += size(0.1) * alike * linear
        return kernel


def _likeliest(
    objective: Callable[[Vector], Any], start: Vector, bounds: Matrix
) -> tuple[Vector, float]:
    """Search of scikit-learn's process: L-BFGS-B from one start, of few steps."""
    found = minimize(
        objective, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": _STEPS}
    )
    return found.x, float(found.fun)
