"""Variants of predicting contents at sites, from no process at all to calibrated ones.

All of them are fitted to the same samples and asked at the same sites, one metal at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.calibration.scores import LEVEL, Predicted
from simulator.calibration.correction import FluxCorrection
from simulator.calibration.fit import status_of
from simulator.calibration.target import FEWEST
from simulator.constants import MG_PER_KG
from simulator.estimators.auto import Stack, conformal
from simulator.estimators.base import SoilMapper
from simulator.estimators.kriged import OrdinaryKriging
from simulator.estimators.learned import Forest

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]

NONE: Final = "none"
KRIGING: Final = "kriging"
LEARNING: Final = "machine_learning"
SOIL_MAP: Final = "soil_map"
PROCESS: Final = "process"
PHYSICAL: Final = "physical"
CALIBRATED: Final = "process_calibration"
BOTH: Final = "physical_calibration"

#: Variants with what they are called in tables and pictures, in the order in which they are shown.
VARIANTS: Final = {
    NONE: "none",
    KRIGING: "kriging alone",
    LEARNING: "machine learning alone",
    SOIL_MAP: "soil map alone",
    PROCESS: "process alone",
    PHYSICAL: "physical",
    CALIBRATED: "process + calibration",
    BOTH: "physical + calibration",
}
#: Folds within the samples by which a soil map is mixed; as many as those of a correction.
_FOLDS: Final = 5
#: Variants with a correction, which know where they may be trusted.
CORRECTED: Final = (CALIBRATED, BOTH)


@dataclass(frozen=True)
class Rows:
    """What is known of sites before their contents, for one metal.

    Attributes
    ----------
    plain : DataFrame
        ``x``, ``y`` [m] and what is known without the processes.
    start, process, physical : ndarray ``[site]``
        Content at the start, of the processes as they are, and of those with inferred factors.
        [kg kg-1]
    of_process, of_physical : DataFrame
        Features of the correction on either.
    """

    plain: pd.DataFrame
    start: Vector
    process: Vector
    physical: Vector
    of_process: pd.DataFrame
    of_physical: pd.DataFrame


@dataclass(frozen=True)
class Fitted:
    """Samples of a metal.

    Attributes
    ----------
    rows : Rows
        What is known of their sites.
    observed : ndarray ``[sample]``
        Contents; the detection limit where ``below``. [kg kg-1]
    below : ndarray of bool ``[sample]``
        Which lie below their detection limit.
    """

    rows: Rows
    observed: Vector
    below: Mask


@dataclass(frozen=True)
class Learner:
    """How corrections are learned: method and target of ``[calibration]``, and the seed."""

    method: str = "auto"
    target: str = "log"
    seed: int = 0


def predict(variant: str, fitted: Fitted, at: Rows, learner: Learner) -> Predicted:
    """Fit a variant to samples and predict sites.

    Parameters
    ----------
    variant : str
        One of :data:`VARIANTS`.
    fitted : Fitted
        Samples with a content.
    at : Rows
        The sites.
    learner : Learner
        How corrections are learned.
    """
    return _WAYS[variant](fitted, at, learner)


def predict_all(
    variants: Sequence[str], fitted: Fitted, at: Rows, learner: Learner
) -> dict[str, Predicted]:
    """Prediction of each of some variants."""
    return {name: predict(name, fitted, at, learner) for name in variants}


def _plain(field: str) -> Callable[[Fitted, Rows, Learner], Predicted]:
    """What is there without looking at these sites' neighbours, with the errors of the samples."""

    def way(fitted: Fitted, at: Rows, learner: Learner) -> Predicted:
        content: Vector = getattr(at, field)
        known = ~fitted.below
        error = np.log(fitted.observed[known]) - np.log(getattr(fitted.rows, field)[known])
        half = conformal(np.abs(error)) if error.size else np.inf
        return Predicted(content, content * np.exp(-half), content * np.exp(half))

    return way


def _mapped(make: Callable[[], SoilMapper], covariates: bool) -> Callable[..., Predicted]:
    def way(fitted: Fitted, at: Rows, learner: Learner) -> Predicted:
        mapper = make().set_params(transform="log", centre="median", seed=learner.seed)
        X, sites = (r.plain if covariates else r.plain[["x", "y"]] for r in (fitted.rows, at))
        mapper.fit(X, MG_PER_KG * fitted.observed, fitted.below)
        low, high = mapper.interval(sites, LEVEL)
        return Predicted(mapper.predict(sites) / MG_PER_KG, low / MG_PER_KG, high / MG_PER_KG)

    return way


def _corrected(field: str) -> Callable[[Fitted, Rows, Learner], Predicted]:
    def way(fitted: Fitted, at: Rows, learner: Learner) -> Predicted:
        if fitted.observed.size < FEWEST:  # as a run does: nothing is corrected
            alone, none = _plain(field)(fitted, at, learner), np.zeros(len(at.plain))
            status = status_of(np.ones(none.size), none)
            return Predicted(alone.content, alone.low, alone.high, none, status)
        correction = FluxCorrection(learner.method, learner.target, learner.seed)
        features = f"of_{field}"
        correction.fit(
            getattr(fitted.rows, features), fitted.observed, getattr(fitted.rows, field),
            fitted.below,
        )  # fmt: skip
        process: Vector = getattr(at, field)
        found = correction.predict(getattr(at, features), process)
        status = status_of(found.content / process, found.weight)
        return Predicted(found.content, found.low, found.high, found.weight, status)

    return way


_WAYS: Final[dict[str, Callable[[Fitted, Rows, Learner], Predicted]]] = {
    NONE: _plain("start"),
    KRIGING: _mapped(OrdinaryKriging, covariates=False),
    LEARNING: _mapped(Forest, covariates=True),
    SOIL_MAP: _mapped(lambda: Stack(folds=_FOLDS), covariates=True),
    PROCESS: _plain("process"),
    PHYSICAL: _plain("physical"),
    CALIBRATED: _corrected("process"),
    BOTH: _corrected("physical"),
}
