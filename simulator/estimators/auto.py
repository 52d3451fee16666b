"""Stacking: mappers weighted by what they predict of samples held out."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.stats import norm
from sklearn.base import clone

from simulator.estimators.base import SoilMapper
from simulator.estimators.blocks import Folds, block_folds, matched_folds
from simulator.estimators.features import class_columns, number_columns, places
from simulator.estimators.kriged import OrdinaryKriging, RegressionKriging, UniversalKriging
from simulator.estimators.learned import Boosting, Forest, GaussianProcess
from simulator.estimators.plain import ClassMean, InverseDistance, Mean
from simulator.progress import tell

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

#: Level of the intervals that the standard deviation is calibrated for.
LEVEL: Final = 0.9
#: Samples above which a Gaussian process takes too long, and is left out.
MOST_OF_A_PROCESS: Final = 1000
#: Weight of the equation that says that the weights add up to one.
_HEAVY: Final = 1e3


class Stack(SoilMapper):
    """Weighted mean of several mappers, weights and standard deviation from held-out samples.

    Each mapper predicts each fold from the others. The weights, none below zero and 1 together, are
    those of least squares (stacking: Breiman 1996, doi:10.1007/BF00117832). The standard deviation
    is that of the mixture, scaled such that its 90 % interval holds 90 % of the held-out samples
    (split conformal: Lei et al. 2018, doi:10.1080/01621459.2017.1307116).

    Parameters
    ----------
    folds : int
        Folds.
    target : ndarray ``[site, 2]``, optional
        Places that are to be predicted; folds are matched to them. Without it folds are blocks
        whose side is the range of the variogram.

    Attributes
    ----------
    weights_ : dict of str to float
        Weights by mapper.
    held_out_ : DataFrame
        Prediction of each sample held out, a column a mapper, on the scale of the model.
    folds_ : ndarray of int ``[sample]``
        Fold of each sample.
    scale_ : float
        What the standard deviation of the mixture is multiplied with.
    """

    def __init__(
        self,
        transform: str = "boxcox",
        centre: str = "median",
        winsorise: bool = False,
        seed: int = 0,
        folds: int = 10,
        target: Matrix | None = None,
    ) -> None:
        super().__init__(transform, centre, winsorise, seed)
        self.folds = folds
        self.target = target

    def _fit(self, X: pd.DataFrame, z: Vector) -> None:
        candidates = mappers_for(X, self.seed)
        self.folds_ = self._folds(X, z)
        mean, std = held_out(candidates, X, z, self.folds_)
        known = ~self.below_
        self.held_out_ = mean
        weights = stacking_weights(mean.to_numpy()[known], z[known])
        self.weights_ = dict(zip(candidates, weights.tolist(), strict=True))
        centre, spread = mixture(mean.to_numpy(), std.to_numpy(), weights)
        self.scale_ = conformal_scale(np.abs(z - centre)[known], spread[known])
        self.mappers_ = {n: candidates[n] for n, w in self.weights_.items() if w > 0.0}
        for mapper in self.mappers_.values():
            mapper.fit(X, z)

    def _predict(self, X: pd.DataFrame) -> tuple[Vector, Vector]:
        parts = [m.gaussian(X) for m in self.mappers_.values()]
        weights = np.array([self.weights_[n] for n in self.mappers_])
        mean, std = (np.column_stack(p) for p in zip(*parts, strict=True))
        centre, spread = mixture(mean, std, weights)
        return centre, self.scale_ * spread

    def _folds(self, X: pd.DataFrame, z: Vector) -> Folds:
        if self.target is not None:
            return matched_folds(places(X), self.target, self.folds, self.seed)
        return block_folds(places(X), spatial_range(X, z), self.folds, self.seed)


def mappers_for(X: pd.DataFrame, seed: int) -> dict[str, SoilMapper]:
    """Mappers that the columns of a table allow, each on the scale that it is given."""
    found: dict[str, SoilMapper] = {
        "mean": Mean(),
        "idw": InverseDistance(),
        "kriging": OrdinaryKriging(),
        "forest": Forest(),
        "boosting": Boosting(),
    }
    if len(X) <= MOST_OF_A_PROCESS:
        found["gp"] = GaussianProcess()
    if class_columns(X):
        found["class"] = ClassMean()
    if class_columns(X) or number_columns(X):
        found |= {"universal": UniversalKriging(), "regression": RegressionKriging()}
    return {n: m.set_params(transform="none", seed=seed) for n, m in found.items()}


def spatial_range(X: pd.DataFrame, z: Vector) -> float:
    """Range of the variogram of the values. [m]"""
    return OrdinaryKriging(transform="none").fit(X, z).variogram_.scale


def held_out(
    mappers: dict[str, SoilMapper], X: pd.DataFrame, z: Vector, folds: Folds
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mean and standard deviation of each sample, predicted from the other folds, by mapper."""
    mean = pd.DataFrame(np.nan, index=range(len(z)), columns=list(mappers))
    std = mean.copy()
    numbers = np.unique(folds)
    for done, fold in enumerate(numbers):
        tell("cross-validation", done, len(numbers))
        out = folds == fold
        for name, mapper in mappers.items():
            fitted = clone(mapper).fit(X[~out], z[~out])
            mean.loc[out, name], std.loc[out, name] = fitted.gaussian(X[out])
    tell("cross-validation", len(numbers), len(numbers))
    return mean, std


def stacking_weights(predicted: Matrix, observed: Vector) -> Vector:
    """Weights of least squares, none below zero, 1 together.

    Parameters
    ----------
    predicted : ndarray ``[sample, mapper]``
        Held-out predictions.
    observed : ndarray ``[sample]``
        Values.
    """
    unit = max(float(np.std(observed)), 1e-12)
    a = np.vstack([(predicted - observed[:, None]) / unit, np.full(predicted.shape[1], _HEAVY)])
    b = np.append(np.zeros(len(observed)), _HEAVY)
    weights, _ = nnls(a, b)
    return np.asarray(weights / weights.sum())


def stacked_held_out(
    mean: pd.DataFrame, std: pd.DataFrame, z: Vector, folds: Folds, known: NDArray[np.bool_]
) -> tuple[Vector, Vector]:
    """Prediction of the stack for held-out samples, weights and scale from the other folds.

    Parameters
    ----------
    mean, std : DataFrame
        Of :func:`held_out`.
    z : ndarray ``[sample]``
        Values.
    folds : ndarray of int ``[sample]``
        Fold of each sample.
    known : ndarray of bool ``[sample]``
        Samples that are not censored; only they count.
    """
    centre, spread = np.empty_like(z), np.empty_like(z)
    for fold in np.unique(folds):
        out = folds == fold
        use = ~out & known
        weights = stacking_weights(mean.to_numpy()[use], z[use])
        m, s = mixture(mean.to_numpy(), std.to_numpy(), weights)
        centre[out] = m[out]
        spread[out] = s[out] * conformal_scale(np.abs(z - m)[use], s[use])
    return centre, spread


def mixture(mean: Matrix, std: Matrix, weights: Vector) -> tuple[Vector, Vector]:
    """Mean and standard deviation of a mixture of distributions.

    Parameters
    ----------
    mean, std : ndarray ``[row, mapper]``
        Of the parts.
    weights : ndarray ``[mapper]``
        None below zero, 1 together.
    """
    centre = mean @ weights
    variance = (std**2 + (mean - centre[:, None]) ** 2) @ weights
    return centre, np.sqrt(variance)


def conformal(errors: Vector) -> float:
    """Error that ``LEVEL`` of new samples stay below, from those of held-out ones.

    Lei et al. 2018, doi:10.1080/01621459.2017.1307116, eq. 2.
    """
    rank = min(int(np.ceil(LEVEL * (errors.size + 1))), errors.size) - 1
    return float(np.sort(errors)[rank])


def conformal_scale(error: Vector, spread: Vector) -> float:
    """What standard deviations are multiplied with for intervals to hold ``LEVEL`` of the errors.

    Parameters
    ----------
    error : ndarray ``[sample]``
        Absolute errors of held-out samples.
    spread : ndarray ``[sample]``
        Standard deviations that they were predicted with.
    """
    return conformal(error / np.maximum(spread, 1e-12)) / float(norm.ppf(0.5 + LEVEL / 2.0))
