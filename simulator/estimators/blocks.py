"""Folds for cross-validation: at random, by blocks, or as far apart as map and samples are.

Samples near each other are alike, so a fold drawn at random is easier to predict than most of a
map, and a fold of whole blocks is harder than the gaps between samples (Roberts et al. 2017,
doi:10.1111/ecog.02881). Blocks smaller than the gaps would be no harder than chance, and blocks as
large as the region leave nothing to learn from: their size is bounded on both sides. Where the
places to be predicted are known, folds are chosen whose distances to the remaining samples are
spread like those of the places to the samples: k-fold nearest neighbour distance matching
(Linnenbrink et al. 2024, doi:10.5194/gmd-17-5897-2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError, cKDTree
from scipy.stats import wasserstein_distance
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

Matrix = NDArray[np.float64]
Folds = NDArray[np.intp]

#: Numbers of clusters that are tried for matching, up to one cluster a sample.
_TRIED: Final = 10
#: Least side of a block, in median distances of nearest neighbours; blocks a fold has at least.
_NEIGHBOURS: Final = 3.0
_BLOCKS_A_FOLD: Final = 2
#: What the number of blocks is multiplied with while they are no harder than chance.
_FEWER: Final = 0.7


def random_folds(n: int, k: int, seed: int) -> Folds:
    """Fold of each of ``n`` samples, drawn at random; folds are of equal size."""
    return np.random.default_rng(seed).permutation(np.arange(n) % min(k, n))


@dataclass(frozen=True)
class Blocks:
    """Folds of whole blocks.

    Attributes
    ----------
    folds : ndarray of int ``[sample]``
        Fold of each sample.
    size : float
        Side of a square as large as a block is on average. [m]
    blocks : int
        Number of blocks.
    """

    folds: Folds
    size: float
    blocks: int


def spatial_blocks(places: Matrix, sizes: Sequence[float], k: int, seed: int) -> Blocks:
    """One set of folds of blocks for several variables of the same samples.

    The side asked for is the median of ``sizes``. It is kept at or above three times the median
    distance of nearest neighbours, and low enough for two blocks a fold. A fold of such blocks is
    no nearer to the other samples than one drawn at random: blocks grow until that holds.

    Parameters
    ----------
    places : ndarray ``[sample, 2]``
        Coordinates. [m]
    sizes : sequence of float
        Sides wanted, for instance the ranges of the variograms of several metals. [m]
    k : int
        Folds.
    seed : int
        Of k-means and of the random folds that blocks are held against.
    """
    area = _area(places)
    wanted = area / block_side(places, float(np.median(sizes)), k) ** 2
    distinct = len(np.unique(places, axis=0))
    fewest = min(k, distinct)
    clusters = int(np.clip(round(wanted), fewest, distinct))
    chance = np.median(held_out_distances(places, random_folds(len(places), k, seed)))
    folds = _clustered(places, clusters, k, seed)
    while clusters > fewest and np.median(held_out_distances(places, folds)) < chance:
        clusters = max(fewest, int(_FEWER * clusters))
        folds = _clustered(places, clusters, k, seed)
    return Blocks(folds, float(np.sqrt(area / clusters)), clusters)


def block_folds(places: Matrix, size: float, k: int, seed: int) -> Folds:
    """Folds of whole blocks of a side ``size`` [m], bounded; see :func:`spatial_blocks`."""
    return spatial_blocks(places, (size,), k, seed).folds


def block_side(places: Matrix, size: float, k: int) -> float:
    """Side of a block within its bounds. [m]

    Parameters
    ----------
    places : ndarray ``[sample, 2]``
        Coordinates. [m]
    size : float
        Side wanted. [m]
    k : int
        Folds; the upper bound, two blocks a fold, goes before the lower one.
    """
    distinct = np.unique(places, axis=0)
    if len(distinct) < 2:
        return size
    nearest = float(np.median(cKDTree(distinct).query(distinct, k=2)[0][:, 1]))
    largest = float(np.sqrt(_area(places) / (_BLOCKS_A_FOLD * k)))
    return min(max(size, _NEIGHBOURS * nearest), largest)


def matched_folds(places: Matrix, target: Matrix, k: int, seed: int) -> Folds:
    """Folds whose distances to the remaining samples are those of the target to the samples.

    Parameters
    ----------
    places : ndarray ``[sample, 2]``
        Coordinates of the samples. [m]
    target : ndarray ``[site, 2]``
        Places that are to be predicted. [m]
    k : int
        Folds.
    seed : int
        Of k-means and of the draw.
    """
    n = len(places)
    wanted = cKDTree(places).query(target)[0]
    counts = np.unique(np.geomspace(min(k, n), n, _TRIED).round().astype(int))
    tried = [_clustered(places, int(c), k, seed) for c in counts[:-1]]
    tried.append(random_folds(n, k, seed))
    return min(tried, key=lambda f: wasserstein_distance(held_out_distances(places, f), wanted))


def held_out_distances(places: Matrix, folds: Folds) -> NDArray[np.float64]:
    """Distance of each sample to the nearest one of another fold. [m]"""
    distance = np.empty(len(places))
    for fold in np.unique(folds):
        out = folds == fold
        distance[out] = cKDTree(places[~out]).query(places[out])[0]
    return distance


def _area(places: Matrix) -> float:
    """Area of the convex hull; of the box around them where places lie on a line. [m2]"""
    try:
        area = float(ConvexHull(places).volume)
    except (QhullError, ValueError):
        area = 0.0
    return area if area > 0.0 else float(np.prod(np.maximum(np.ptp(places, axis=0), 1.0)))


def _clustered(places: Matrix, clusters: int, k: int, seed: int) -> Folds:
    """k-means clusters, largest first, each to the fold with the fewest samples."""
    distinct = len(np.unique(places, axis=0))
    clusters = int(np.clip(clusters, min(k, distinct), distinct))
    with threadpool_limits(1):
        labels = KMeans(clusters, n_init=1, random_state=seed).fit_predict(places)
    sizes = np.bincount(labels, minlength=clusters)
    fold_of = np.zeros(clusters, dtype=np.intp)
    filled = np.zeros(min(k, clusters), dtype=np.intp)
    for cluster in np.argsort(-sizes, kind="stable"):
        fold_of[cluster] = np.argmin(filled)
        filled[fold_of[cluster]] += sizes[cluster]
    return fold_of[labels]
