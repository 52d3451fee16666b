"""Variants held against samples that they have not seen: folds of blocks, or a file kept apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray

from analysis.calibration.case import Case
from analysis.calibration.scores import Predicted, VariantScore, score
from analysis.calibration.sites import measured, place_sites
from analysis.calibration.variants import CORRECTED, Fitted, Learner, Rows, predict_all
from analysis.soilmap.tables import metals_of, read_table
from simulator.constants import METALS
from simulator.estimators.auto import spatial_range
from simulator.estimators.blocks import held_out_distances, random_folds, spatial_blocks
from simulator.progress import tell

Folds = NDArray[np.intp]

#: Scores by metal and variant.
Table = dict[str, dict[str, VariantScore]]

BLOCKS: Final = "blocks"
RANDOM: Final = "random"
_TASK: Final = "variants"


@dataclass(frozen=True)
class Scheme:
    """Folds that all metals and variants share.

    Attributes
    ----------
    folds : ndarray of int ``[sample]``
        Fold of each sample.
    block_m : float
        Side of a block; NaN for folds drawn at random. [m]
    nearest_m : float
        Median distance of a held-out sample to the nearest one that is used. [m]
    """

    folds: Folds
    block_m: float
    nearest_m: float


@dataclass(frozen=True)
class HeldOut:
    """Predictions of samples by fits that have not seen them.

    Attributes
    ----------
    scheme : Scheme
        The folds.
    predicted : dict of str to dict of str to Predicted
        By metal and variant, at every sample.
    scores : dict of str to dict of str to VariantScore
        Likewise.
    """

    scheme: Scheme
    predicted: dict[str, dict[str, Predicted]]
    scores: Table


@dataclass(frozen=True)
class KeptApart:
    """Scores at the sites of a file that nothing was fitted to.

    Attributes
    ----------
    file : str
        Its name.
    sites, outside : int
        Sites scored, and those left out since there is no soil of the region near.
    below : dict of str to int
        Sites below their detection limit, by metal; they do not count.
    scores : dict of str to dict of str to VariantScore
        By metal and variant.
    """

    file: str
    sites: int
    outside: int
    below: dict[str, int]
    scores: Table


def schemes(case: Case, metals: Sequence[str], k: int) -> dict[str, Scheme]:
    """Folds of blocks and, to compare, folds drawn at random.

    Parameters
    ----------
    case : Case
        Gives the samples.
    metals : sequence of str
        The block is as large as the median range of the variograms of their logarithms.
    k : int
        Folds.
    """
    place, seed = case.observed.place, case.learner.seed
    ranges = []
    for metal in metals:
        contents = case.at_end(metal)
        known = np.isfinite(contents)
        X = pd.DataFrame(place[known], columns=["x", "y"])
        ranges.append(spatial_range(X, np.log(contents[known])))
    blocks = spatial_blocks(place, ranges, k, seed)
    drawn = random_folds(len(place), k, seed)
    return {
        BLOCKS: Scheme(blocks.folds, blocks.size, _nearest(place, blocks.folds)),
        RANDOM: Scheme(drawn, np.nan, _nearest(place, drawn)),
    }


def cross_validate(
    case: Case, metals: Sequence[str], variants: Sequence[str], scheme: Scheme, jobs: int
) -> HeldOut:
    """Predict each fold from the others; factors, corrections and scales are fitted anew.

    Parameters
    ----------
    case : Case
        Hindcast and samples.
    metals, variants : sequence of str
        What to predict, and how.
    scheme : Scheme
        The folds.
    jobs : int
        Processes. The bits do not depend on it.
    """
    weighted = {v: v in CORRECTED for v in variants}
    n = len(case.observed)
    predicted = {m: {v: Predicted.blank(n, w) for v, w in weighted.items()} for m in metals}
    numbers = np.unique(scheme.folds)
    asked = [(fold, metal) for fold in numbers for metal in metals]
    done = _at_work(list(_of_folds(case, metals, scheme.folds)), variants, case.learner, jobs)
    for (fold, metal), found in zip(asked, done, strict=True):
        for variant, part in found.items():
            predicted[metal][variant].put(scheme.folds == fold, part)
    scores = {
        metal: {
            variant: score(p, case.at_end(metal), case.observed.below[:, METALS.index(metal)])
            for variant, p in by_variant.items()
        }
        for metal, by_variant in predicted.items()
    }
    return HeldOut(scheme, predicted, scores)


def score_kept(
    case: Case, file: Path, metals: Sequence[str], variants: Sequence[str], jobs: int
) -> KeptApart:
    """Fit all samples, predict the sites of a file, then read what was measured there, and score.

    Parameters
    ----------
    case : Case
        Hindcast and samples.
    file : Path
        CSV file (:mod:`analysis.soilmap.tables`); metals in mg/kg.
    metals, variants, jobs
        As for :func:`cross_validate`; metals that the file lacks are left out.
    """
    table = read_table(file)
    there = metals_of(table, [])
    metals = [m for m in metals if m in there]
    kept = place_sites(table, case.region, case.hindcast)
    everything = np.ones(len(case.observed), dtype=bool)
    unseen = case.unseen(everything)
    physical = case.adjusted(case.inferred())[-1][:, kept.sites.cell].T
    asked = [
        (case.fitted(everything, m, unseen), case.rows(kept.sites, m, physical)) for m in metals
    ]
    predicted = list(_at_work(asked, variants, case.learner, jobs))
    scores: Table = {}
    below = {}
    for metal, by_variant in zip(metals, predicted, strict=True):
        observed, censored = measured(table, metal)
        found, limited = observed[kept.rows], censored[kept.rows]
        scores[metal] = {v: score(p, found, limited) for v, p in by_variant.items()}
        below[metal] = int(limited.sum())
    return KeptApart(file.name, kept.rows.size, kept.outside, below, scores)


def _of_folds(case: Case, metals: Sequence[str], folds: Folds) -> Iterator[tuple[Fitted, Rows]]:
    """Samples of the other folds and sites of each fold, by fold and metal."""
    for fold in np.unique(folds):
        out = folds == fold
        sites, unseen = case.observed.take(out), case.unseen(~out)
        physical = case.adjusted(case.inferred(~out))[-1][:, sites.cell].T
        for metal in metals:
            yield case.fitted(~out, metal, unseen), case.rows(sites, metal, physical)


def _at_work(
    asked: Sequence[tuple[Fitted, Rows]], variants: Sequence[str], learner: Learner, jobs: int
) -> Iterator[dict[str, Predicted]]:
    """Predictions of all variants, in order, on several processes."""
    tell(_TASK, 0, len(asked))
    work = Parallel(n_jobs=jobs, return_as="generator")
    found = work(delayed(predict_all)(variants, fitted, at, learner) for fitted, at in asked)
    for number, part in enumerate(found, start=1):
        tell(_TASK, number, len(asked))
        yield part


def _nearest(place: NDArray[np.float64], folds: Folds) -> float:
    return float(np.median(held_out_distances(place, folds)))
