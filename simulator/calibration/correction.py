"""The correction of process contents: learned at samples, bounded, with an interval, fading out.

With z the distance of the observed content from that of the processes
(:mod:`simulator.calibration.target`), candidates predict z of each sample from the other folds of
blocks; the correction is their mean, weighted by what blocks tell for each (:func:`evidence`). The
processes alone are a candidate, and so are kriging and a forest of the content itself. Its interval
is scaled to hold nine in ten of the held-out samples. Away from the samples
(:mod:`simulator.calibration.domain`) the correction fades to none, and the interval widens to what
the processes alone were wrong by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm
from sklearn.base import BaseEstimator, clone

from simulator.calibration.candidates import PROCESS, candidates
from simulator.calibration.domain import Domain, importances
from simulator.calibration.target import FEWEST, fit_target
from simulator.estimators.auto import (
    LEVEL,
    conformal_scale,
    held_out,
    mixture,
)
from simulator.estimators.blocks import Folds, spatial_blocks
from simulator.estimators.censored import impute
from simulator.estimators.features import PLACE, class_columns, number_columns, places
from simulator.estimators.variogram import fit_variogram

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: Folds of the cross-validation.
_FOLDS: Final = 5
#: Content that counts as none, in median observed contents: what logarithms start from.
_NONE: Final = 1e-3
#: Weight below which a candidate is left out.
_LEAST_WEIGHT: Final = 0.02


@dataclass(frozen=True)
class Corrected:
    """Corrected contents, ``[row]``.

    Attributes
    ----------
    content : ndarray
        Median. [kg kg-1]
    low, high : ndarray
        Bounds of the 90 % interval of a new sample. [kg kg-1]
    weight : ndarray
        1 inside the domain of applicability, falling to 0 where nothing like it was sampled.
    """

    content: Vector
    low: Vector
    high: Vector
    weight: Vector


class FluxCorrection(BaseEstimator):
    """Learns what the processes miss of observed contents.

    Parameters
    ----------
    method : str
        ``ridge``, ``gp``, ``forest``, ``boosting``, ``kriging`` or ``auto``, a mixture of mappers
        with the processes alone and with mappers of the content itself. ``boosting`` learns the
        content, under the constraints of
        :data:`simulator.calibration.candidates.PHYSICS`; the other single ones learn z.
    target : str
        Scale of z: ``log`` or ``difference`` (:mod:`simulator.calibration.target`).
    seed : int
        Of everything that is drawn.

    Attributes
    ----------
    weights_ : dict of str to float
        Weights by candidate, 0 for those left out; see
        :func:`simulator.calibration.candidates.candidates`.
    held_out_ : DataFrame
        z of each sample predicted from the other folds, a column a candidate.
    folds_ : ndarray of int ``[sample]``
        Fold of each sample.
    block_size_ : float
        Side of a block of the folds. [m]
    scale_ : float
        What the standard deviation of the mixture is multiplied with.
    range_ : tuple of float
        Smallest and largest z of the samples; predictions stay within.
    domain_ : Domain
        Domain of applicability; holds the importance of each feature.
    """

    def __init__(self, method: str = "auto", target: str = "log", seed: int = 0) -> None:
        self.method = method
        self.target = target
        self.seed = seed

    def fit(
        self, X: pd.DataFrame, observed: ArrayLike, process: ArrayLike, below: Mask | None = None
    ) -> Self:
        """Learn from samples.

        Parameters
        ----------
        X : DataFrame
            Columns ``x``, ``y`` [m] and features: text for classes, numbers, NaN where unknown.
        observed : array ``[sample]``
            Contents observed; the detection limit where ``below``. [kg kg-1]
        process : array ``[sample]``
            What the processes give there. [kg kg-1]
        below : ndarray of bool, optional
            Which contents lie below their detection limit.
        """
        content = np.asarray(observed, dtype=np.float64)
        given = np.asarray(process, dtype=np.float64)
        censored = np.zeros(len(X), bool) if below is None else np.asarray(below, bool)
        _check(content, given)
        self.none_ = _NONE * float(np.median(content))
        content, given = content + self.none_, given + self.none_
        content = impute(content, censored, np.column_stack([np.ones(len(X)), np.log(given)]))
        self.table_ = _Table(X)
        rows = self.table_.rows(X, given)
        self.target_ = fit_target(self.target, content, given)
        z = self.target_.forward(content, given)
        self.range_ = (float(z.min()), float(z.max()))
        self.unknowing_ = float(np.sqrt(np.mean(z**2)))
        self._fit_mixture(rows, z, np.log(content), ~censored if not censored.all() else censored)
        self.domain_ = Domain().fit(rows, importances(rows, z, self.seed), self.folds_)
        return self

    def _fit_mixture(self, rows: pd.DataFrame, z: Vector, log_content: Vector, known: Mask) -> None:
        at = places(rows)
        sizes = [fit_variogram(at, v, "exponential").scale for v in (z, log_content)]
        blocks = spatial_blocks(at, sizes, _FOLDS, self.seed)
        self.folds_, self.block_size_ = blocks.folds, blocks.size
        tried = candidates(self.method, len(z), self.target_, self.seed)
        self.held_out_, std = held_out(tried, rows, z, self.folds_)
        mean = self.held_out_.to_numpy()
        weights = evidence(mean[known], z[known], blocks.blocks)
        weights = np.where(weights < _LEAST_WEIGHT, 0.0, weights)
        weights = weights / weights.sum()
        self.weights_ = dict(zip(tried, weights.tolist(), strict=True))
        centre, spread = _unseen(mean, std.to_numpy(), z, self.folds_, known, blocks.blocks)
        error = np.abs(z - np.clip(centre, *self.range_))
        self.scale_ = conformal_scale(error[known], spread[known])
        self.mappers_ = {n: clone(m) for n, m in tried.items() if self.weights_[n] > 0.0}
        for mapper in self.mappers_.values():
            mapper.fit(rows, z)

    def predict(self, X: pd.DataFrame, process: ArrayLike) -> Corrected:
        """Corrected contents with their intervals.

        Parameters
        ----------
        X : DataFrame
            Columns of the fit.
        process : array ``[row]``
            What the processes give there. [kg kg-1]
        """
        given = np.asarray(process, dtype=np.float64)
        rows = self.table_.rows(X, given + self.none_)
        z, std, weight = self._corrections(rows)
        half = norm.ppf(0.5 + LEVEL / 2.0) * std
        content, low, high = (self._content(v, given) for v in (z, z - half, z + half))
        return Corrected(content, low, high, weight)

    def _corrections(self, rows: pd.DataFrame) -> tuple[Vector, Vector, Vector]:
        """z, its standard deviation and the weight of each row."""
        shares = np.array([self.weights_[n] for n in self.mappers_])
        parts = [m.gaussian(rows) for m in self.mappers_.values()]
        mean, std = (np.column_stack(p) for p in zip(*parts, strict=True))
        centre, spread = mixture(mean, std, shares)
        spread = self.scale_ * spread
        weight = self.domain_.weight(rows)
        wide = np.maximum(spread, self.unknowing_)
        spread = np.sqrt(weight * spread**2 + (1.0 - weight) * wide**2)
        return weight * np.clip(centre, *self.range_), spread, weight

    def _content(self, z: Vector, process: Vector) -> Vector:
        """Content of a correction: exactly that of the processes where z is 0."""
        start = process + self.none_
        return np.maximum(process + (self.target_.inverse(z, start) - start), 0.0)


def evidence(predicted: Matrix, observed: Vector, blocks: int) -> Vector:
    """Weights of candidates by their held-out errors, 1 together.

    ``exp(-n/2 ln MSE)``, as of Akaike (Burnham & Anderson 2002, chapter 2.9), with n the number of
    blocks: neighbours err together, so a sample is less than one witness. Least squares (stacking)
    tells the weights of a dozen candidates from so few no better.

    Parameters
    ----------
    predicted : ndarray ``[sample, candidate]``
        Held-out predictions.
    observed : ndarray ``[sample]``
        Values.
    blocks : int
        Blocks that the folds are made of.
    """
    error = np.mean((predicted - observed[:, None]) ** 2, axis=0)
    told = -0.5 * blocks * np.log(np.maximum(error, np.finfo(float).tiny))
    weights = np.exp(told - told.max())
    return np.asarray(weights / weights.sum())


def _unseen(
    mean: Matrix, std: Matrix, z: Vector, folds: Folds, known: Mask, blocks: int
) -> tuple[Vector, Vector]:
    """Mixture of each held-out sample under weights that its fold had no part in either."""
    centre, spread = np.empty_like(z), np.empty_like(z)
    for fold in np.unique(folds):
        out = folds == fold
        use = ~out & known if (~out & known).any() else ~out
        weights = evidence(mean[use], z[use], blocks)
        centre[out], spread[out] = mixture(mean[out], std[out], weights)
    return centre, spread


class _Table:
    """Features as candidates see them: those that vary, numbers in units of their usual size.

    Fluxes of 1e-9 kg m-2 would otherwise be nothing beside the 1 of the transform of Yeo & Johnson.
    """

    def __init__(self, X: pd.DataFrame) -> None:
        others = X.drop(columns=[*PLACE, PROCESS], errors="ignore")
        seen = others.loc[:, others.nunique().to_numpy() > 1]
        self.classes = class_columns(seen)
        self.units = {c: _usual(X[c].to_numpy(np.float64)) for c in number_columns(seen)}

    def rows(self, X: pd.DataFrame, process: Vector) -> pd.DataFrame:
        """Table of any rows; classes as text, a missing one NaN."""
        columns: dict[str, object] = {c: X[c].to_numpy(np.float64) for c in PLACE}
        for name in self.classes:
            text = X[name].astype(object)
            columns[name] = text.where(text.isna(), text.astype(str)).to_numpy()
        for name, unit in self.units.items():
            columns[name] = X[name].to_numpy(np.float64) / unit
        return pd.DataFrame(columns | {PROCESS: np.log(process)})


def _usual(values: Vector) -> float:
    """Median absolute value of those that are not 0."""
    sizes = np.abs(values[np.isfinite(values) & (values != 0.0)])
    return float(np.median(sizes)) if sizes.size else 1.0


def _check(observed: Vector, process: Vector) -> None:
    if len(observed) < FEWEST:
        raise ValueError(f"{len(observed)} samples: a correction needs at least {FEWEST}")
    for name, values in (("observed", observed), ("process", process)):
        if not (np.isfinite(values).all() and (values >= 0.0).all()):
            raise ValueError(f"{name} contents: numbers of 0 or more, the unknown left out")
