"""Which factor matters where: rank correlation of the content of each cell with each factor."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata, t

Floats = NDArray[np.float64]

#: Codes of :func:`leading_factor` besides those of the factors, 1 for the first.
NO_VALUE, NO_FACTOR = -1, 0
#: Chance of calling any factor leading where none does anything.
_CHANCE: Final = 0.05
#: Values ranked at once: 8 byte each, and some copies of them.
_BLOCK: Final = 4_000_000
#: Ranks closer to one another than this are equal all over.
_SAME: Final = 1e-9


def rank_correlations(content: NDArray[np.floating], positions: Floats) -> Floats:
    """Spearman's rank correlation of each cell with each factor over members.

    Parameters
    ----------
    content : ndarray ``[member, row, col]``
        Any unit; NaN where there is no soil.
    positions : ndarray ``[member, factor]``
        Position of each factor.

    Returns
    -------
    ndarray ``[factor, row, col]``
        NaN where there is no soil in some member, where the content is the same in all, or where
        the factor is. [-]
    """
    shape = content.shape[1:]
    cells = content.reshape(len(content), -1)
    factors = _standardised(positions)
    found = np.full((positions.shape[1], cells.shape[1]), np.nan)
    step = max(_BLOCK // max(len(content), 1), 1)
    for start in range(0, cells.shape[1], step):
        block = cells[:, start : start + step]
        soil = np.isfinite(block).all(axis=0)
        part = np.full((positions.shape[1], block.shape[1]), np.nan)
        part[:, soil] = factors.T @ _standardised(block[:, soil])
        found[:, start : start + step] = part
    return np.clip(found, -1.0, 1.0).reshape(-1, *shape)


def _standardised(values: NDArray[np.floating]) -> Floats:
    """Ranks of each column, centred and of length one; NaN where all are equal."""
    ranks = rankdata(values, axis=0) if values.size else np.zeros(values.shape)
    ranks = ranks - ranks.mean(axis=0)
    length = np.linalg.norm(ranks, axis=0)
    standard: Floats = np.divide(
        ranks, length, out=np.full(ranks.shape, np.nan), where=length > _SAME
    )
    return standard


def leading_factor(correlations: Floats, members: int) -> NDArray[np.int8]:
    """Factor that the content of each cell follows most closely.

    Parameters
    ----------
    correlations : ndarray ``[factor, row, col]``
        From :func:`rank_correlations`.
    members : int
        Independent members that they are of.

    Returns
    -------
    ndarray of int8 ``[row, col]``
        Place of the factor from 1; 0 where none stands out from what chance gives (5 % over all
        factors together, after Bonferroni); -1 where there is no correlation.
    """
    size = np.abs(np.nan_to_num(correlations))
    leading = (size.argmax(axis=0) + 1).astype(np.int8)
    outstanding = size.max(axis=0) >= least_correlation(members, len(correlations))
    none = np.isnan(correlations).all(axis=0)
    return np.where(none, NO_VALUE, np.where(outstanding, leading, NO_FACTOR)).astype(np.int8)


def least_correlation(members: int, factors: int) -> float:
    """Size above which a rank correlation stands out from chance; more than 1 if none can.

    Student's t, to which a rank correlation without any relation is close.
    """
    freedom = members - 2
    if freedom < 1:
        return float("inf")
    quantile = float(t.ppf(1.0 - 0.5 * _CHANCE / factors, freedom))
    return quantile / float(np.sqrt(freedom + quantile**2))
