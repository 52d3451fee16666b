"""The mappers by the names that commands know them by."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.estimators.auto import Stack
from simulator.estimators.base import SoilMapper
from simulator.estimators.kriged import OrdinaryKriging, RegressionKriging, UniversalKriging
from simulator.estimators.learned import Boosting, Forest, GaussianProcess, Ridge
from simulator.estimators.plain import ClassMean, InverseDistance, Mean

METHODS: Final[dict[str, type[SoilMapper]]] = {
    "mean": Mean,
    "class": ClassMean,
    "idw": InverseDistance,
    "kriging": OrdinaryKriging,
    "universal": UniversalKriging,
    "regression": RegressionKriging,
    "ridge": Ridge,
    "forest": Forest,
    "boosting": Boosting,
    "gp": GaussianProcess,
    "auto": Stack,
}


def make_mapper(
    method: str,
    transform: str = "boxcox",
    seed: int = 0,
    target: NDArray[np.float64] | None = None,
    winsorise: bool = False,
) -> SoilMapper:
    """Mapper of a name.

    Parameters
    ----------
    method : str
        One of ``METHODS``.
    transform : str
        See :mod:`simulator.estimators.transform`.
    seed : int
        Of everything that is drawn.
    target : ndarray ``[site, 2]``, optional
        Places to be predicted, which ``auto`` matches its folds to. [m]
    winsorise : bool
        Pull outliers in.
    """
    mapper = METHODS[method](transform=transform, seed=seed, winsorise=winsorise)
    return mapper.set_params(target=target) if isinstance(mapper, Stack) else mapper
