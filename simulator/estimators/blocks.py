"""Folds for cross-validation: at random, by blocks, or as far apart as map and samples are.

Samples near each other are alike, so a fold drawn at random is easier to predict than most of a
map, and a fold of whole blocks is harder than the gaps between samples (Roberts et al. 2017,
doi:10.1111/ecog.02881). Where the places to be predicted are known, folds are chosen whose
distances to the remaining samples are spread like those of the places to the samples: k-fold
nearest neighbour distance matching (Linnenbrink et al. 2024, doi:10.5194/gmd-17-5897-2024).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.stats import wasserstein_distance
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

Matrix = NDArray[np.float64]
Folds = NDArray[np.intp]

#: Numbers of clusters that are tried for matching, up to one cluster a sample.
_TRIED: Final = 10


def random_folds(n: int, k: int, seed: int) -> Folds:
    """Fold of each of ``n`` samples, drawn at random; folds are of equal size."""
    return np.random.default_rng(seed).permutation(np.arange(n) % min(k, n))


def block_folds(places: Matrix, size: float, k: int, seed: int) -> Folds:
    """Folds of whole blocks.

    Parameters
    ----------
    places : ndarray ``[sample, 2]``
        Coordinates. [m]
    size : float
        Side of a block, for instance the range of the variogram. [m]
    k : int
        Folds.
    seed : int
        Of k-means.
    """
    area = float(np.prod(np.maximum(np.ptp(places, axis=0), 1.0)))
    return _clustered(places, round(area / max(size, 1e-9) ** 2), k, seed)


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
