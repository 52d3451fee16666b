"""Scores of predicted contents, and how far the calibrator trusts itself where they were made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from analysis.metrics import bias, log_rmse, r2
from simulator.calibration.fit import STATUS
from simulator.constants import MG_PER_KG

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: Level of the intervals.
LEVEL: Final = 0.9


@dataclass(frozen=True)
class Predicted:
    """Contents that a variant predicts at some sites.

    Attributes
    ----------
    content, low, high : ndarray ``[site]``
        Median and the bounds of the 90 % interval of a sample. [kg kg-1]
    weight : ndarray ``[site]``, optional
        Weight of the correction, 0 outside its domain, 1 inside; None for variants without.
    status : ndarray of int ``[site]``, optional
        Code of :data:`simulator.calibration.fit.STATUS`.
    """

    content: Vector
    low: Vector
    high: Vector
    weight: Vector | None = None
    status: NDArray[np.intp] | None = None

    @classmethod
    def blank(cls, n: int, weighted: bool) -> Self:
        """Nothing predicted yet at ``n`` sites."""
        none = np.full(n, np.nan)
        if not weighted:
            return cls(none, none.copy(), none.copy())
        return cls(none, none.copy(), none.copy(), none.copy(), np.zeros(n, dtype=np.intp))

    def put(self, where: Mask, part: Predicted) -> None:
        """Enter what was predicted for some of the sites."""
        for name in ("content", "low", "high", "weight", "status"):
            into = getattr(self, name)
            if into is not None:
                into[where] = getattr(part, name)


@dataclass(frozen=True)
class VariantScore:
    """Scores of a variant for a metal.

    Attributes
    ----------
    n : int
        Sites; those below a detection limit do not count.
    r2_log10, rmse_log10 : float
        Of log10 of the content; the R2 is that of any other logarithm too. [-]
    mae_mg_kg, bias_mg_kg : float
        Mean absolute error, and mean of predicted less observed. [mg kg-1]
    coverage_90 : float
        Share of the sites in their 90 % interval.
    weight : float, optional
        Mean weight of the correction.
    trusted, corrected, extrapolated : float, optional
        Shares of the sites by status (:data:`simulator.calibration.fit.STATUS`).
    """

    n: int
    r2_log10: float
    rmse_log10: float
    mae_mg_kg: float
    bias_mg_kg: float
    coverage_90: float
    weight: float | None = None
    trusted: float | None = None
    corrected: float | None = None
    extrapolated: float | None = None


def score(predicted: Predicted, observed: Vector, below: Mask) -> VariantScore:
    """Score one variant.

    Parameters
    ----------
    predicted : Predicted
        At every site.
    observed : ndarray ``[site]``
        Contents, NaN where missing. [kg kg-1]
    below : ndarray of bool ``[site]``
        Which lie below their detection limit; they are left out.
    """
    use = np.isfinite(observed) & ~below & np.isfinite(predicted.content)
    p, o = MG_PER_KG * predicted.content[use], MG_PER_KG * observed[use]
    held = (observed >= predicted.low) & (observed <= predicted.high)
    some = bool(use.any())
    trust: dict[str, float] = {}
    if predicted.weight is not None and predicted.status is not None:
        trust["weight"] = float(predicted.weight[use].mean()) if some else np.nan
        for code, name in enumerate(STATUS[1:], start=1):
            trust[name] = float((predicted.status[use] == code).mean()) if some else np.nan
    return VariantScore(
        n=int(use.sum()),
        r2_log10=r2(np.log10(p), np.log10(o)),
        rmse_log10=log_rmse(p, o),
        mae_mg_kg=float(np.abs(p - o).mean()) if some else np.nan,
        bias_mg_kg=bias(p, o),
        coverage_90=float(held[use].mean()) if some else np.nan,
        **trust,
    )


def at_least_as_good(
    scores: Mapping[str, Mapping[str, VariantScore]], variant: str, others: Sequence[str]
) -> list[str]:
    """Metals for which a variant has no higher RMSE of the logarithm than any of some others."""
    return [
        metal
        for metal, by_variant in scores.items()
        if all(by_variant[variant].rmse_log10 <= by_variant[other].rmse_log10 for other in others)
    ]
