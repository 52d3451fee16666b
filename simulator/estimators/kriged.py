"""Mappers by kriging: ordinary, with a drift, and of the residuals of a trend."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.ensemble import RandomForestRegressor

from simulator.estimators.base import SoilMapper
from simulator.estimators.features import Features, places
from simulator.estimators.kriging import krige, leave_one_out
from simulator.estimators.variogram import KINDS, Variogram, fit_variogram

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

#: Of the forest of regression kriging.
TREES: Final = 300


class _Kriging(SoilMapper):
    """Kriging about a drift that subclasses give.

    Parameters
    ----------
    kind : str
        Form of the variogram, or ``auto``: the one under which leaving one sample out is likeliest.
    robust : bool
        Variogram by the estimator of Cressie & Hawkins.
    anisotropic : bool
        Let the variogram have a main direction.

    Attributes
    ----------
    variogram_ : Variogram
        Of the values, or of the residuals, scaled by leaving one out.
    """

    def __init__(
        self,
        transform: str = "boxcox",
        centre: str = "median",
        winsorise: bool = False,
        seed: int = 0,
        kind: str = "auto",
        robust: bool = True,
        anisotropic: bool = False,
    ) -> None:
        super().__init__(transform, centre, winsorise, seed)
        self.kind = kind
        self.robust = robust
        self.anisotropic = anisotropic

    def _fit(self, X: pd.DataFrame, z: Vector) -> None:
        residuals = self._fit_trend(X, z)
        at, drift = places(X), self._drift(X)
        rough = residuals - drift @ np.linalg.lstsq(drift, residuals, rcond=None)[0]
        kinds = KINDS if self.kind == "auto" else (self.kind,)
        tried = [
            _rescaled(
                fit_variogram(at, rough, k, self.robust, self.anisotropic), at, residuals, drift
            )
            for k in kinds
        ]
        self.variogram_ = max(tried, key=lambda v: _likelihood(v, at, residuals, drift))
        self.kriged_ = krige(self.variogram_, at, residuals, drift)

    def _predict(self, X: pd.DataFrame) -> tuple[Vector, Vector]:
        mean, std = self.kriged_.predict(places(X), self._drift(X))
        return mean + self._trend(X), std

    def _fit_trend(self, X: pd.DataFrame, z: Vector) -> Vector:
        return z

    def _trend(self, X: pd.DataFrame) -> Vector:
        return np.zeros(len(X))

    def _drift(self, X: pd.DataFrame) -> Matrix:
        return np.ones((len(X), 1))


class OrdinaryKriging(_Kriging):
    """Kriging about a constant mean that is not known."""


class UniversalKriging(_Kriging):
    """Kriging about a mean linear in the coordinates and the covariates, estimated with it.

    With secondary metals among the covariates this is kriging with external drift, the
    collocated form of cokriging (Goovaerts 1997, section 6.1.3).
    """

    def _fit_trend(self, X: pd.DataFrame, z: Vector) -> Vector:
        self.features_ = Features().fit(X)
        self.origin_ = places(X).mean(axis=0)
        self.unit_ = max(float(places(X).std()), 1e-9)
        return z

    def _drift(self, X: pd.DataFrame) -> Matrix:
        at = (places(X) - self.origin_) / self.unit_
        return np.column_stack([np.ones(len(X)), at, self.features_.transform(X)])


class RegressionKriging(_Kriging):
    """A random forest, and kriging of what it leaves of samples that its trees have not seen."""

    def _fit_trend(self, X: pd.DataFrame, z: Vector) -> Vector:
        self.features_ = Features().fit(X)
        self.forest_ = RandomForestRegressor(
            TREES, min_samples_leaf=3, max_features=0.5, oob_score=True, random_state=self.seed
        ).fit(self._inputs(X), z)
        return np.asarray(z - self.forest_.oob_prediction_)

    def _trend(self, X: pd.DataFrame) -> Vector:
        return np.asarray(self.forest_.predict(self._inputs(X)))

    def _inputs(self, X: pd.DataFrame) -> Matrix:
        return np.column_stack([places(X), self.features_.transform(X)])


def _rescaled(variogram: Variogram, at: Matrix, z: Vector, drift: Matrix) -> Variogram:
    """Variogram times a factor under which samples, each left out, err as much as it says.

    Predictions do not change with the factor, only their standard deviation does. The robust
    estimator and residuals of a fitted drift make variograms too low without it.
    """
    mean, std = leave_one_out(variogram, at, z, drift)
    factor = float(np.nanmean(((z - mean) / std) ** 2))
    if not (np.isfinite(factor) and factor > 0.0):
        return variogram
    return replace(variogram, sill=factor * variogram.sill, nugget=factor * variogram.nugget)


def _likelihood(variogram: Variogram, at: Matrix, z: Vector, drift: Matrix) -> float:
    """Log density of the samples, each predicted from all others."""
    mean, std = leave_one_out(variogram, at, z, drift)
    return float(np.nansum(norm.logpdf(z, mean, std)))
