"""What all mappers share: scale of the model, censored values, outliers, the way back."""

from __future__ import annotations

from typing import Any, Final, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm
from sklearn.base import BaseEstimator, RegressorMixin
from threadpoolctl import threadpool_limits

from simulator.estimators.censored import OUTLYING, impute, robust_scores, winsorise
from simulator.estimators.features import Features
from simulator.estimators.transform import fit_transform, moments

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: Sites that are predicted at a time; bounds the memory of covariances and trees.
CHUNK: Final = 4096


class SoilMapper(RegressorMixin, BaseEstimator):
    """Predicts contents at places from samples; subclasses say how.

    Parameters
    ----------
    transform : str
        Scale of the model: ``none``, ``log``, ``boxcox``, ``normal-score``.
    centre : str
        What ``predict`` gives: ``mean`` or ``median`` (:mod:`simulator.estimators.transform`).
    winsorise : bool
        Pull outliers in to 3.5 robust standard deviations on the scale of the model. They are
        reported either way, and never dropped.
    seed : int
        Of everything that is drawn.

    Attributes
    ----------
    transform_ : Transform
        Fitted transform.
    outliers_ : ndarray of bool ``[sample]``
        Samples beyond 3.5 robust standard deviations.
    below_ : ndarray of bool ``[sample]``
        Samples below their detection limit.
    range_ : tuple of float
        Smallest and largest sample on the scale of the model.
    imputed_ : ndarray ``[sample]``
        Contents with those replaced (:func:`simulator.estimators.censored.impute`).
    """

    def __init__(
        self,
        transform: str = "boxcox",
        centre: str = "median",
        winsorise: bool = False,
        seed: int = 0,
    ) -> None:
        self.transform = transform
        self.centre = centre
        self.winsorise = winsorise
        self.seed = seed

    def fit(self, X: pd.DataFrame, y: ArrayLike, below: Mask | None = None) -> Self:
        """Learn from samples.

        Parameters
        ----------
        X : DataFrame
            Columns ``x``, ``y`` [m] and covariates: text for classes, numbers.
        y : array ``[sample]``
            Contents; the detection limit where ``below``.
        below : ndarray of bool, optional
            Which contents lie below their detection limit.
        """
        contents = np.array(y, dtype=np.float64)
        self.below_ = np.zeros(len(contents), bool) if below is None else np.asarray(below, bool)
        self.imputed_ = contents
        if self.below_.any():
            design = np.column_stack([np.ones(len(X)), Features().fit(X).transform(X)])
            self.imputed_ = impute(contents, self.below_, design)
        self.transform_ = fit_transform(self.transform, self.imputed_)
        z = self.transform_.forward(self.imputed_)
        self.outliers_ = np.abs(robust_scores(z)) > OUTLYING
        self.range_ = (float(z.min()), float(z.max()))
        with threadpool_limits(1):  # small matrices: quicker so, and the same bits everywhere
            self._fit(X, winsorise(z, OUTLYING) if self.winsorise else z)
        return self

    def gaussian(self, X: pd.DataFrame) -> tuple[Vector, Vector]:
        """Mean and standard deviation of a new sample at each row, on the scale of the model.

        The mean stays within one range of the samples beyond their extremes, and the standard
        deviation below that range: a drift that runs away far from all samples is no knowledge.
        """
        if not len(X):
            return np.empty(0), np.empty(0)
        with threadpool_limits(1):
            parts = [self._predict(X.iloc[i : i + CHUNK]) for i in range(0, len(X), CHUNK)]
        mean, std = (np.concatenate(p) for p in zip(*parts, strict=True))
        low, high = self.range_
        width = high - low
        return np.clip(mean, low - width, high + width), np.minimum(std, width)

    def predict(self, X: pd.DataFrame, return_std: bool = False) -> Any:
        """Contents at each row, and the standard deviation of a new sample there if asked for."""
        mean, std = self.gaussian(X)
        expected, spread = moments(self.transform_, mean, std)
        centre = expected if self.centre == "mean" else self.transform_.inverse(mean)
        return (centre, spread) if return_std else centre

    def interval(self, X: pd.DataFrame, level: float = 0.9) -> tuple[Vector, Vector]:
        """Bounds between which a new sample lies with probability ``level``."""
        mean, std = self.gaussian(X)
        half = norm.ppf(0.5 + level / 2.0) * std
        return self.transform_.inverse(mean - half), self.transform_.inverse(mean + half)

    def _fit(self, X: pd.DataFrame, z: Vector) -> None:
        raise NotImplementedError

    def _predict(self, X: pd.DataFrame) -> tuple[Vector, Vector]:
        raise NotImplementedError
