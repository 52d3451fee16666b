"""What a correction may be made of: mappers of z, the processes alone, and mappers of content."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone

from simulator.calibration.target import Target
from simulator.estimators.base import SoilMapper
from simulator.estimators.kriged import OrdinaryKriging, UniversalKriging
from simulator.estimators.learned import Boosting, Forest, GaussianProcess, Ridge

Vector = NDArray[np.float64]

#: Column of the log of what the processes give.
PROCESS: Final = "ln_process"
#: What the *content* of a soil may only do, all else equal: rise with what the processes give and
#: with what sources deposit, fall with the distance to them. It is not asked of z: where processes
#: exaggerate, z falls towards the source while the content still rises.
PHYSICS: Final = {PROCESS: 1, "ln_source_deposition": 1, "ln_source_distance": -1}
#: Samples from which trees and Gaussian processes are worth their while, and up to which a Gaussian
#: process does not take too long.
_FEW: Final = 30
_MANY: Final = 1000
#: Trees of a forest, which is fitted dozens of times.
_TREES: Final = 120

_LEARNED: Final = ("direct forest", "gp")
METHODS: Final = ("ridge", "gp", "forest", "boosting", "kriging", "auto")


class NoCorrection(SoilMapper):
    """The processes alone: z = 0, as wrong as they are at the samples."""

    def _fit(self, X: pd.DataFrame, z: Vector) -> None:
        self.std_ = float(np.sqrt(np.mean(z**2)))

    def _predict(self, X: pd.DataFrame) -> tuple[Vector, Vector]:
        return np.zeros(len(X)), np.full(len(X), self.std_)


class Direct(SoilMapper):
    """A mapper of the log of the content itself, told as z.

    Parameters
    ----------
    mapper : SoilMapper
        Learns ln observed.
    target : Target
        Scale of z.
    columns : tuple of str, optional
        The only columns that it sees.
    """

    def __init__(
        self,
        mapper: SoilMapper,
        target: Target,
        columns: tuple[str, ...] | None = None,
        transform: str = "none",
        centre: str = "median",
        winsorise: bool = False,
        seed: int = 0,
    ) -> None:
        super().__init__(transform, centre, winsorise, seed)
        self.mapper = mapper
        self.target = target
        self.columns = columns

    def _fit(self, X: pd.DataFrame, z: Vector) -> None:
        observed = self.target.inverse(z, _process(X))
        self.mapper_ = clone(self.mapper).set_params(transform="none", seed=self.seed)
        self.mapper_.fit(self._seen(X), np.log(observed))

    def _predict(self, X: pd.DataFrame) -> tuple[Vector, Vector]:
        mean, std = self.mapper_.gaussian(self._seen(X))
        process = _process(X)
        low, centre, high = (
            self.target.forward(np.exp(mean + side * std), process) for side in (-1.0, 0.0, 1.0)
        )
        return centre, 0.5 * (high - low)

    def _seen(self, X: pd.DataFrame) -> pd.DataFrame:
        return X if self.columns is None else X[list(self.columns)]


def candidates(method: str, samples: int, target: Target, seed: int) -> dict[str, SoilMapper]:
    """Mappers of z by name.

    Parameters
    ----------
    method : str
        One of ``METHODS``; ``auto`` for all that so many samples are worth.
    samples : int
        Number of samples.
    target : Target
        Scale of z.
    seed : int
        Of everything that is drawn.
    """
    alone = ("x", "y")
    single: dict[str, SoilMapper] = {
        "ridge": Ridge(),
        "kriging": OrdinaryKriging(),
        "gp": GaussianProcess(),
        "forest": Forest(trees=_TREES),
        "boosting": Direct(Boosting(monotone=PHYSICS), target),
    }
    if method not in METHODS:
        raise ValueError(f"method {method!r}: one of {', '.join(METHODS)}")
    if method == "auto":
        found: dict[str, SoilMapper] = {
            "process": NoCorrection(),
            "ridge": single["ridge"],
            "kriging": single["kriging"],
            "direct kriging": Direct(OrdinaryKriging(), target, alone),
            "direct drift": Direct(UniversalKriging(), target, (*alone, PROCESS)),
            "direct forest": Direct(single["forest"], target),
            "gp": single["gp"],
        }
        left_out = _LEARNED if samples < _FEW else ("gp",) if samples > _MANY else ()
        found = {n: m for n, m in found.items() if n not in left_out}
    else:
        found = {method: single[method]}
    return {n: m.set_params(transform="none", seed=seed) for n, m in found.items()}


def _process(X: pd.DataFrame) -> Vector:
    return np.exp(X[PROCESS].to_numpy(np.float64))
