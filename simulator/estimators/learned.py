"""Mappers that learn: ridge, forests, boosted trees, Gaussian processes (scikit-learn)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, Matern, WhiteKernel
from sklearn.linear_model import BayesianRidge
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
#: Numbers up to which each has a scale of its own in a Gaussian process; more of them share one,
#: for some hundred samples tell no more scales apart.
_MOST_SCALES: Final = 8


class Ridge(SoilMapper):
    """Bayesian ridge regression (doi:10.1162/neco.1992.4.3.415) on coordinates and covariates.

    Mean linear in the coordinates, the classes and the numbers; the precisions of the noise and of
    the coefficients are those of largest evidence. The standard deviation is that of the posterior
    and the noise.
    """

    def _fit(self, X: pd.DataFrame, z: Vector) -> None:
        self.features_ = Features().fit(X)
        self.origin_ = places(X).mean(axis=0)
        self.unit_ = max(float(places(X).std()), 1e-9)
        self.model_ = BayesianRidge().fit(self._inputs(X), z)

    def _predict(self, X: pd.DataFrame) -> tuple[Vector, Vector]:
        return self.model_.predict(self._inputs(X), return_std=True)

    def _inputs(self, X: pd.DataFrame) -> Matrix:
        at = (places(X) - self.origin_) / self.unit_
        return np.column_stack([at, self.features_.transform(X)])


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

    Parameters
    ----------
    trees : int, optional
        Number of trees; ``TREES`` by default.
    """

    def __init__(
        self,
        transform: str = "boxcox",
        centre: str = "median",
        winsorise: bool = False,
        seed: int = 0,
        trees: int | None = None,
    ) -> None:
        super().__init__(transform, centre, winsorise, seed)
        self.trees = trees

    def _fit(self, X: pd.DataFrame, z: Vector) -> None:
        self.features_ = Features().fit(X)
        inputs = self._inputs(X)
        self.forest_ = RandomForestRegressor(
            self.trees or TREES,
            min_samples_leaf=2, max_features=0.4, oob_score=True, random_state=self.seed,
        ).fit(inputs, z)  # fmt: skip
        residuals = z - self.forest_.oob_prediction_
        self.floor_ = 0.5 * float(np.sqrt(np.mean(residuals**2)))
        spread = np.hypot(self._each(inputs).std(axis=0), self.floor_)
        self.scale_ = float(np.sqrt(np.mean((residuals / np.maximum(spread, 1e-12)) ** 2)))

    def _predict(self, X: pd.DataFrame) -> tuple[Vector, Vector]:
        each = self._each(self._inputs(X))
        return each.mean(axis=0), self.scale_ * np.hypot(each.std(axis=0), self.floor_)

    def _each(self, inputs: Matrix) -> Matrix:
        """Prediction of each tree, ``[tree, row]``; without the checks of scikit-learn."""
        rows = inputs.astype(np.float32)
        return np.array([t.tree_.predict(rows)[:, 0] for t in self.forest_.estimators_])


class Boosting(_Trees):
    """Gradient boosting with shallow trees (doi:10.1214/aos/1013203451).

    The standard deviation is that of the residuals of a three-fold cross-validation.

    Parameters
    ----------
    monotone : mapping of str to int, optional
        Columns of numbers that the prediction may only rise (1) or fall (-1) with, all else equal.
        Columns that the table lacks do not matter.
    """

    def __init__(
        self,
        transform: str = "boxcox",
        centre: str = "median",
        winsorise: bool = False,
        seed: int = 0,
        monotone: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(transform, centre, winsorise, seed)
        self.monotone = monotone

    def _fit(self, X: pd.DataFrame, z: Vector) -> None:
        self.features_ = Features().fit(X)
        inputs = self._inputs(X)
        model = self._model(inputs.shape[1])
        folds = KFold(min(3, len(z)), shuffle=True, random_state=self.seed)
        held_out = cross_val_predict(model, inputs, z, cv=folds)
        self.std_ = float(np.sqrt(np.mean((z - held_out) ** 2)))
        self.model_ = model.fit(inputs, z)

    def _predict(self, X: pd.DataFrame) -> tuple[Vector, Vector]:
        return self.model_.predict(self._inputs(X)), np.full(len(X), self.std_)

    def _model(self, width: int) -> Any:
        """Trees of the same depth; those with constraints see histograms, and take longer steps."""
        # features rise with the covariates that they are made from, so that signs stay
        numbers = self.features_.numbers_
        signs = [(self.monotone or {}).get(n, 0) for n in numbers]
        if not any(signs):
            return GradientBoostingRegressor(
                n_estimators=ROUNDS, learning_rate=0.05, max_depth=3, min_samples_leaf=5,
                subsample=0.6, max_features=0.5, random_state=self.seed,
            )  # fmt: skip
        return HistGradientBoostingRegressor(
            max_iter=ROUNDS // 2, learning_rate=0.1, max_depth=3, min_samples_leaf=5,
            max_features=0.5, monotonic_cst=[0] * (width - len(numbers)) + signs,
            early_stopping=False, random_state=self.seed,
        )  # fmt: skip


class GaussianProcess(SoilMapper):
    """Gaussian process: a field of place, offsets of classes, linear and smooth effects of numbers.

    The covariance is a sum of an exponential one of the distance, one of the classes (equal or
    not), of the numbers a linear and a squared exponential one, one of slopes that differ from
    class to class, and noise. Their sizes and scales are those of maximum likelihood (Rasmussen &
    Williams 2006, chapters 4 and 5); more than eight numbers share one scale. With secondary metals
    among the numbers it is a co-regionalised model given them.
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
        count = numbers - classes
        # distances grow with the root of the count
        scales = np.full(count, 2.0) if count <= _MOST_SCALES else 2.0 * np.sqrt(count)
        smooth = OnColumns(RBF(scales, (0.7, 50.0)), classes, numbers)
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
