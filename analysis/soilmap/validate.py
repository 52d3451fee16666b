"""Cross-validation of samples, by folds drawn at random beside folds of blocks."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone

from analysis.soilmap.score import evaluate
from simulator.estimators.auto import Stack, held_out, mappers_for, spatial_range, stacked_held_out
from simulator.estimators.base import SoilMapper
from simulator.estimators.blocks import (
    held_out_distances,
    matched_folds,
    random_folds,
    spatial_blocks,
)
from simulator.estimators.features import places

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]

_FOLDS: Final = 5


def cross_validate(
    mapper: SoilMapper, X: pd.DataFrame, y: Vector, below: Mask, target: NDArray[np.float64] | None
) -> pd.DataFrame:
    """Scores of held-out samples.

    Parameters
    ----------
    mapper : SoilMapper
        Fitted to these samples; its scale and what it made of censored samples are taken, the
        mapper itself is fitted anew for each fold. Of a stack, each mapper is scored as well, and
        the stack with weights that the fold had no part in.
    X, y, below
        As for :meth:`simulator.estimators.base.SoilMapper.fit`.
    target : ndarray ``[site, 2]``, optional
        Places of the map, for folds matched to them. [m]

    Returns
    -------
    DataFrame
        Columns ``folds`` (``random``, ``blocks``, ``matched``), ``block_m``, ``nearest_m`` (median
        distance of a held-out sample to the nearest sample used), ``mapper`` and the scores.
    """
    z = mapper.transform_.forward(mapper.imputed_)
    at = places(X)
    blocks = spatial_blocks(at, [spatial_range(X, z)], _FOLDS, mapper.seed)
    schemes = {
        "random": random_folds(len(y), _FOLDS, mapper.seed),
        "blocks": blocks.folds,
    }
    if target is not None:
        schemes["matched"] = matched_folds(at, target, _FOLDS, mapper.seed)
    if isinstance(mapper, Stack):
        mappers = mappers_for(X, mapper.seed)
    else:
        mappers = {"": clone(mapper).set_params(transform="none")}
    rows = []
    for scheme, folds in schemes.items():
        mean, std = held_out(mappers, X, z, folds)
        if isinstance(mapper, Stack):
            mean["auto"], std["auto"] = stacked_held_out(mean, std, z, folds, ~below)
        nearest = float(np.median(held_out_distances(at, folds)))
        for name in mean.columns:
            score = evaluate(
                mapper.transform_,
                mean[name].to_numpy()[~below], std[name].to_numpy()[~below], y[~below],
            )  # fmt: skip
            head = {"folds": scheme, "block_m": blocks.size if scheme == "blocks" else np.nan}
            rows.append(head | {"nearest_m": nearest, "mapper": name} | vars(score))
    return pd.DataFrame(rows)
