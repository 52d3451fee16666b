"""Suitability: the probability of change, learned from drivers, checked on blocks of land left out.

Land is alike to land nearby, so skill is measured on whole blocks that were not learned from
(Roberts et al. 2017, doi:10.1111/ecog.02881). The predictions of the blocks left out also
calibrate the learner: a share of 0.1 then means that a tenth of such land changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

Vector = NDArray[np.float64]

METHODS: Final = ("logistic", "forest", "boosting")
#: What "auto" blends, as the mean of log odds. Equal weights: neither carries on best to the next
#: interval on every map (docs/land-use-scores.md).
BLENDED: Final = ("logistic", "boosting")
#: Folds of blocks.
FOLDS: Final = 5
#: Probabilities are kept so far from 0 and 1.
FLOOR: Final = 1e-6
#: Pixels that importances are measured on, at most.
PROBES: Final = 10_000
DECILES: Final = 10


def learner(method: str, seed: int) -> Any:
    """A scikit-learn classifier of change.

    Parameters
    ----------
    method : str
        One of :data:`METHODS`.
    seed : int
        Of the draws of the learner.
    """
    if method == "logistic":
        return make_pipeline(
            SimpleImputer(keep_empty_features=True),
            StandardScaler(),
            LogisticRegression(C=0.1, max_iter=300),
        )
    if method == "forest":
        return make_pipeline(
            SimpleImputer(keep_empty_features=True),
            RandomForestClassifier(60, min_samples_leaf=20, max_features=0.3, random_state=seed),
        )
    if method == "boosting":
        return HistGradientBoostingClassifier(
            learning_rate=0.1,
            max_iter=80,
            max_leaf_nodes=12,
            min_samples_leaf=60,
            l2_regularization=5.0,
            max_features=0.5,
            early_stopping=False,
            random_state=seed,
        )
    raise ValueError(f"unknown method {method!r}: one of {', '.join(METHODS)}, auto")


class Suitability:
    """Probability of change given drivers.

    Parameters
    ----------
    method : str, optional
        One of :data:`METHODS`, or ``auto``: the blend of :data:`BLENDED`.
    seed : int, optional
        Of all draws.

    Attributes
    ----------
    methods_ : tuple of str
        Learners, whose log odds are averaged.
    skill_ : dict
        On blocks left out: ``auc``, ``log_loss``, ``log_loss_none`` (of the mean share alone), and
        ``figure_of_merit`` where as much is chosen, best first, as did change.
    reliability_ : DataFrame
        Predicted and observed share, and weight, of tenths of the land by predicted share.
    importance_ : Series
        Loss of log likelihood per pixel when a driver is shuffled, largest first.
    """

    def __init__(self, method: str = "auto", seed: int = 0) -> None:
        self.method = method
        self.seed = seed

    def fit(self, X: pd.DataFrame, share: Vector, weight: Vector, block: NDArray) -> Suitability:
        """Learn.

        Parameters
        ----------
        X : DataFrame ``[pixel, driver]``
            Drivers at the start.
        share : ndarray ``[pixel]``
            Share of the land that changed, 0 to 1.
        weight : ndarray ``[pixel]``
            Land that the pixel stands for.
        block : ndarray of int ``[pixel]``
            Number of its block.
        """
        self.methods_ = BLENDED if self.method == "auto" else (self.method,)
        self.base_ = float(np.clip(np.average(share, weights=weight), FLOOR, 1 - FLOOR))
        fold = _folds(block, self.seed)
        with threadpool_limits(1):  # the same bits on any number of processors
            odds = np.full(len(X), logit(self.base_))
            for k in np.unique(fold):
                out = fold == k
                if share[~out].any():
                    models = self._learned(X[~out], share[~out], weight[~out])
                    odds[out] = _log_odds(models, X[out])
            self.models_ = self._learned(X, share, weight)
            self.slope_, self.level_ = _calibrated(odds, share, weight)
        self.least_, self.most_ = X.min(), X.max()
        held = expit(self.slope_ * odds + self.level_)
        self.skill_ = scores(held, share, weight)
        self.reliability_ = reliability(held, share, weight)
        self.importance_ = self._importance(X, share, weight)
        return self

    def predict(self, X: pd.DataFrame) -> Vector:
        """Expected share that changes. ``[pixel]``"""
        known = X.clip(self.least_, self.most_, axis=1)  # nothing was learned beyond
        with threadpool_limits(1):
            odds = _log_odds(self.models_, known)
        return np.asarray(expit(self.slope_ * odds + self.level_))

    def _learned(self, X: pd.DataFrame, share: Vector, weight: Vector) -> list[Any]:
        return [_fitted(learner(m, self.seed), X, share, weight) for m in self.methods_]

    def _importance(self, X: pd.DataFrame, share: Vector, weight: Vector) -> pd.Series:
        rng = np.random.default_rng(self.seed)
        few = rng.choice(len(X), min(len(X), PROBES), replace=False)
        probe, truth, mass = X.iloc[few].reset_index(drop=True), share[few], weight[few]
        least = _loss(self.predict(probe), truth, mass)
        order = rng.permutation(len(few))
        lost = {}
        for name in X.columns:
            shuffled = probe.assign(**{name: probe[name].to_numpy()[order]})
            lost[name] = _loss(self.predict(shuffled), truth, mass) - least
        return pd.Series(lost, name="importance").sort_values(ascending=False)


def scores(predicted: Vector, share: Vector, weight: Vector) -> dict[str, float]:
    """Skill of predicted shares; see :class:`Suitability`."""
    none = np.full(len(share), np.average(share, weights=weight))
    twice, truth, mass = _as_classes(share, weight)
    return {
        "auc": float(roc_auc_score(truth, predicted[twice], sample_weight=mass)),
        "log_loss": _loss(predicted, share, weight),
        "log_loss_none": _loss(none, share, weight),
        "figure_of_merit": figure_of_merit(predicted, share, weight),
    }


def figure_of_merit(predicted: Vector, share: Vector, weight: Vector) -> float:
    """Hits over hits, misses and false alarms, as much land chosen, best first, as did change.

    Parameters
    ----------
    predicted, share : ndarray ``[pixel]``
        Predicted and true share that changes.
    weight : ndarray ``[pixel]``
        Land that the pixel stands for.
    """
    order = np.argsort(-predicted, kind="stable")
    changed = float((share * weight).sum())
    left = changed - (np.cumsum(weight[order]) - weight[order])
    hits = float((np.clip(left, 0.0, weight[order]) * share[order]).sum())
    return hits / (2.0 * changed - hits) if changed > 0.0 else 0.0


def reliability(predicted: Vector, share: Vector, weight: Vector) -> pd.DataFrame:
    """Predicted against observed share, in tenths of the land by predicted share."""
    order = np.argsort(predicted, kind="stable")
    done = np.cumsum(weight[order]) / weight.sum()
    tenth = np.minimum((done * DECILES).astype(int), DECILES - 1)
    sums = pd.DataFrame(
        {
            "predicted": predicted[order] * weight[order],
            "observed": share[order] * weight[order],
            "weight": weight[order],
        }
    )
    table = sums.groupby(tenth).sum()
    means = table[["predicted", "observed"]].div(table["weight"], axis=0)
    return means.assign(weight=table["weight"]).rename_axis("decile")


def _as_classes(share: Vector, weight: Vector) -> tuple[NDArray[np.intp], NDArray, Vector]:
    """Rows once as changed and once as kept, weighted with the share: index, class, weight."""
    n = len(share)
    row = np.concatenate([np.arange(n), np.arange(n)])
    truth = np.repeat([1, 0], n)
    mass = np.concatenate([weight * share, weight * (1.0 - share)])
    some = mass > 0.0
    return row[some], truth[some], mass[some]


def _fitted(model: Any, X: pd.DataFrame, share: Vector, weight: Vector) -> Any:
    row, truth, mass = _as_classes(share, weight)
    last = f"{model.steps[-1][0]}__" if hasattr(model, "steps") else ""
    return model.fit(X.iloc[row], truth, **{f"{last}sample_weight": mass / mass.mean()})


def _log_odds(models: Sequence[Any], X: pd.DataFrame) -> Vector:
    """Mean of the log odds of several learners."""
    shares = np.array([model.predict_proba(X)[:, 1] for model in models])
    return np.asarray(logit(np.clip(shares, FLOOR, 1.0 - FLOOR)).mean(axis=0))


def _loss(predicted: Vector, share: Vector, weight: Vector) -> float:
    row, truth, mass = _as_classes(share, weight)
    return float(
        log_loss(
            truth, np.clip(predicted, FLOOR, 1 - FLOOR)[row], sample_weight=mass, labels=[0, 1]
        )
    )


def _folds(block: NDArray, seed: int) -> NDArray[np.intp]:
    """Fold of each pixel: its whole block goes to one."""
    blocks, number = np.unique(block, return_inverse=True)
    dealt = np.random.default_rng(seed).permutation(np.arange(len(blocks)) % FOLDS)
    return dealt[number]


def _calibrated(odds: Vector, share: Vector, weight: Vector) -> tuple[float, float]:
    """Slope and level of Platt scaling (1999): log odds of held-out blocks onto what happened."""
    row, truth, mass = _as_classes(share, weight)
    fit = LogisticRegression(C=np.inf).fit(odds[row, None], truth, sample_weight=mass / mass.mean())
    return float(fit.coef_[0, 0]), float(fit.intercept_[0])
