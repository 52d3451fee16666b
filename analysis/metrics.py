"""How well predictions meet observations: the usual scores, each a pure function of two vectors.

Predictions come first. Pairs with a value that is not finite are the caller's to drop; every
function gives NaN where its score is not defined. Notation: :math:`P` predicted, :math:`O`
observed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """Scores of one quantity.

    Attributes
    ----------
    n : int
        Pairs.
    mean_predicted, mean_observed : float
        Means, in the unit of the quantity.
    bias, rmse : float
        In the unit of the quantity.
    n_log : int
        Pairs with both values above zero, which ``log_rmse`` is taken over.
    log_rmse, r2, fac2, spearman : float
        Without unit.
    """

    n: int
    mean_predicted: float
    mean_observed: float
    bias: float
    rmse: float
    n_log: int
    log_rmse: float
    r2: float
    fac2: float
    spearman: float


def scores(predicted: Vector, observed: Vector) -> Scores:
    """Every score of this module for one set of pairs."""
    some = predicted.size > 0
    return Scores(
        n=predicted.size,
        mean_predicted=float(predicted.mean()) if some else np.nan,
        mean_observed=float(observed.mean()) if some else np.nan,
        bias=bias(predicted, observed),
        rmse=rmse(predicted, observed),
        n_log=int(_positive(predicted, observed).sum()),
        log_rmse=log_rmse(predicted, observed),
        r2=r2(predicted, observed),
        fac2=fac2(predicted, observed),
        spearman=spearman(predicted, observed),
    )


def bias(predicted: Vector, observed: Vector) -> float:
    r"""Mean error :math:`\overline{P - O}`, positive where the prediction is too high."""
    return float(np.mean(predicted - observed)) if predicted.size else np.nan


def rmse(predicted: Vector, observed: Vector) -> float:
    r"""Root mean square error :math:`\sqrt{\overline{(P - O)^2}}`."""
    return float(np.sqrt(np.mean((predicted - observed) ** 2))) if predicted.size else np.nan


def log_rmse(predicted: Vector, observed: Vector) -> float:
    r"""Root mean square of :math:`\log_{10}(P/O)`, over the pairs with both above zero. [-]."""
    both = _positive(predicted, observed)
    return rmse(np.log10(predicted[both]), np.log10(observed[both]))


def r2(predicted: Vector, observed: Vector) -> float:
    r"""Coefficient of determination :math:`1 - \sum (P - O)^2 / \sum (O - \bar O)^2`. [-].

    That of prediction, also known as the Nash-Sutcliffe efficiency (doi:10.1016/0022-1694(70)
    90255-6): 1 is perfect, 0 as good as the observed mean, negative worse than it. It is not the
    squared correlation, which forgives every bias.
    """
    if observed.size < 2:
        return np.nan
    spread = float(np.sum((observed - observed.mean()) ** 2))
    return 1.0 - float(np.sum((predicted - observed) ** 2)) / spread if spread > 0.0 else np.nan


def fac2(predicted: Vector, observed: Vector) -> float:
    r"""Share of pairs within a factor of two, :math:`0.5 \le P/O \le 2`. [-].

    Chang & Hanna 2004, doi:10.1007/s00703-003-0070-7. A pair of two zeros counts as within.
    """
    if not predicted.size:
        return np.nan
    return float(np.mean((predicted >= 0.5 * observed) & (predicted <= 2.0 * observed)))


def spearman(predicted: Vector, observed: Vector) -> float:
    """Rank correlation; ties share their mean rank. [-]."""
    if predicted.size < 2:
        return np.nan
    p = rankdata(predicted) - (predicted.size + 1) / 2.0
    o = rankdata(observed) - (observed.size + 1) / 2.0
    scale = float(np.sqrt(np.sum(p * p) * np.sum(o * o)))
    return float(np.sum(p * o)) / scale if scale > 0.0 else np.nan


def _positive(predicted: Vector, observed: Vector) -> NDArray[np.bool_]:
    return (predicted > 0.0) & (observed > 0.0)
