"""Scores of mappers on sites kept apart, and of samples held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.stats import norm

from analysis.metrics import bias, log_rmse, r2, rmse
from analysis.soilmap.tables import (
    Table,
    contents,
    coordinates,
    covariates,
    metals_of,
    read_table,
)
from simulator.errors import InputError, Problem
from simulator.estimators.auto import Stack
from simulator.estimators.base import SoilMapper
from simulator.estimators.methods import make_mapper
from simulator.estimators.transform import Transform, moments
from simulator.progress import tell

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]

LEVEL: Final = 0.9
#: Fewest samples that a map is made from.
FEWEST: Final = 10
#: What the method is held against: name, mapper, transform.
BASELINES: Final = (
    ("mean", "mean", "none"),
    ("class mean", "class", "none"),
    ("inverse distance", "idw", "none"),
    ("ordinary kriging", "kriging", "none"),
)


@dataclass(frozen=True)
class MapScore:
    """Scores of a mapper for a metal.

    Attributes
    ----------
    n : int
        Sites.
    mae : float
        Mean absolute error of the median. [mg kg-1]
    rmse, bias : float
        Of the mean. [mg kg-1]
    r2, log_rmse : float
        Of the mean; of log10 of the median.
    coverage : float
        Share of the sites in their 90 % interval.
    """

    n: int
    mae: float
    rmse: float
    r2: float
    bias: float
    log_rmse: float
    coverage: float


@dataclass(frozen=True)
class MetalResult:
    """Scores of a metal.

    Attributes
    ----------
    train, test : int
        Samples with a content, and sites scored.
    below_train, below_test : int
        Those below their detection limit: imputed, and not scored.
    outliers : int
        Samples beyond 3.5 robust standard deviations; they are kept.
    inputs : list of str
        Covariates and secondary metals used.
    weights : dict of str to float
        What ``auto`` mixed.
    scores : dict of str to MapScore
        By mapper; the method first, then the baselines.
    """

    train: int
    test: int
    below_train: int
    below_test: int
    outliers: int
    inputs: list[str]
    weights: dict[str, float]
    scores: dict[str, MapScore]


def evaluate(transform: Transform, mean: Vector, std: Vector, observed: Vector) -> MapScore:
    """Score predictions that are normal on the scale of a transform."""
    median = transform.inverse(mean)
    expected, _ = moments(transform, mean, std)
    half = norm.ppf(0.5 + LEVEL / 2.0) * std
    low, high = transform.inverse(mean - half), transform.inverse(mean + half)
    inside = (observed >= low) & (observed <= high)
    return MapScore(
        n=observed.size,
        mae=float(np.mean(np.abs(median - observed))) if observed.size else np.nan,
        rmse=rmse(expected, observed),
        r2=r2(expected, observed),
        bias=bias(expected, observed),
        log_rmse=log_rmse(median, observed),
        coverage=float(inside.mean()) if observed.size else np.nan,
    )


@dataclass(frozen=True)
class Sites:
    """Samples, test sites and nodes with the same columns.

    Attributes
    ----------
    inputs : list of DataFrame
        ``x``, ``y`` [m], covariates and secondary metals, by table.
    crs : str or None
        Of the coordinates, where it is known.
    """

    inputs: list[pd.DataFrame]
    crs: str | None


def read_sites(
    tables: Sequence[Table], names: Sequence[str], grid: Table | None, crs: str | None = None
) -> Sites:
    """Inputs of all tables.

    Parameters
    ----------
    tables : sequence of Table
        Samples first.
    names : sequence of str
        Covariates and secondary metals.
    grid : Table, optional
        Nodes; covariates that the tables lack are those of the nearest node.
    crs : str, optional
        Where ``lon,lat`` are projected to.
    """
    everywhere = [*tables, grid] if grid is not None else list(tables)
    places, crs = coordinates(everywhere, crs)
    if grid is not None:
        tree = cKDTree(places[-1])
        tables = [
            _filled(t, names, grid, tree.query(p)[1]) for t, p in zip(tables, places, strict=False)
        ]
    inputs = covariates(tables, names)
    for frame, at in zip(inputs, places, strict=False):
        frame.insert(0, "x", at[:, 0])
        frame.insert(1, "y", at[:, 1])
    return Sites(inputs, crs)


def score_maps(
    train: Path,
    test: Path,
    metals: Sequence[str],
    covariate_names: Sequence[str] = (),
    secondary: Sequence[str] = (),
    grid: Path | None = None,
    method: str = "auto",
    transform: str = "boxcox",
    seed: int = 0,
    crs: str | None = None,
) -> dict[str, MetalResult]:
    """Learn from one file, predict the sites of another, and score.

    Of the test file, coordinates, covariates and secondary metals are inputs; the contents of the
    metal itself are read after everything has been predicted.

    Parameters
    ----------
    train, test : Path
        CSV files (:mod:`analysis.soilmap.tables`).
    metals : sequence of str
        Columns to predict; all known symbols where empty.
    covariate_names : sequence of str
        Columns of covariates.
    secondary : sequence of str
        Metals that are known at the test sites; none is used for itself.
    grid : Path, optional
        Nodes that tell covariates which the files lack.
    method, transform, seed
        See :func:`simulator.estimators.methods.make_mapper`.
    crs : str, optional
        Where ``lon,lat`` are projected to.
    """
    samples, sites = read_table(train), read_table(test)
    nodes = read_table(grid) if grid is not None else None
    chosen = metals_of(samples, metals)
    metals_of(sites, chosen)
    names = list(dict.fromkeys([*covariate_names, *secondary]))
    read = read_sites([samples, sites], names, nodes, crs)
    results = {}
    for done, metal in enumerate(chosen):
        tell("metals", done, len(chosen))
        results[metal] = _score_metal(samples, sites, metal, read, method, transform, seed)
    tell("metals", len(chosen), len(chosen))
    return results


def training(table: Table, metal: str, inputs: pd.DataFrame) -> tuple[pd.DataFrame, Vector, Mask]:
    """Samples that have a content of the metal: inputs without it, contents, which lie below."""
    values, below = contents(table, metal)
    known = np.isfinite(values)
    if known.sum() < FEWEST:
        raise InputError(
            Problem(
                f"{table.name}: column {metal!r}", f"{int(known.sum())} contents",
                f"a map needs at least {FEWEST}", "Add samples, or leave the metal out.",
            )
        )  # fmt: skip
    X = inputs.drop(columns=metal, errors="ignore")[known].reset_index(drop=True)
    return X, values[known], below[known]


def _score_metal(
    samples: Table, sites: Table, metal: str, read: Sites, method: str, transform: str, seed: int
) -> MetalResult:
    X, y, below = training(samples, metal, read.inputs[0])
    at = read.inputs[1].drop(columns=metal, errors="ignore")
    target = at[["x", "y"]].to_numpy(float)
    mapper = make_mapper(method, transform, seed, target).fit(X, y, below)
    predicted: dict[str, tuple[SoilMapper, tuple[Vector, Vector]]] = {
        method: (mapper, mapper.gaussian(at))
    }
    for name, plain, scale in BASELINES:
        baseline = make_mapper(plain, scale, seed).fit(X, y, below)
        predicted[name] = (baseline, baseline.gaussian(at))
    observed, censored = contents(sites, metal)
    known = np.isfinite(observed) & ~censored
    return MetalResult(
        train=len(X),
        test=int(known.sum()),
        below_train=int(below.sum()),
        below_test=int(censored.sum()),
        outliers=int(mapper.outliers_.sum()),
        inputs=[c for c in X.columns if c not in ("x", "y")],
        weights=_weights(mapper),
        scores={
            name: evaluate(fitted.transform_, mean[known], std[known], observed[known])
            for name, (fitted, (mean, std)) in predicted.items()
        },
    )


def _weights(mapper: Any) -> dict[str, float]:
    if not isinstance(mapper, Stack):
        return {}
    return {k: v for k, v in sorted(mapper.weights_.items(), key=lambda i: -i[1]) if v > 0.0}


def _filled(table: Table, names: Sequence[str], grid: Table, nearest: NDArray[np.intp]) -> Table:
    """Table with the covariates that it lacks, of its nearest nodes."""
    lacking = [n for n in (e.partition(":")[0] for e in names) if n not in table.text.columns]
    text = table.text.copy()
    for name in lacking:
        if name in grid.text.columns:
            text[name] = grid.text[name].to_numpy()[nearest]
    return Table(table.name, text, table.units)
