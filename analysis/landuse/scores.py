"""Scores of a predicted land map against the true one, seen from the map both start from.

All functions take maps of one shape ``[row, col]`` and look at the pixels of ``counted`` only.

References
----------
.. [1] R. G. Pontius Jr et al. (2008), Comparing the input, output, and validation maps for several
   models of land change, Annals of Regional Science 42, 11-37, doi:10.1007/s00168-007-0138-2.
.. [2] R. G. Pontius Jr, A. Santacruz (2014), Quantity, exchange, and shift components of difference
   in a square contingency table, International Journal of Remote Sensing 35, 7543-7554,
   doi:10.1080/2150704X.2014.969814.
.. [3] R. Costanza (1989), Model goodness of fit: a multiple resolution procedure, Ecological
   Modelling 47, 199-215, doi:10.1016/0304-3800(89)90001-X.
.. [4] C. M. Almeida et al. (2008), Using neural networks and cellular automata for modelling
   intra-urban land-use dynamics, International Journal of Geographical Information Science 22,
   943-963, doi:10.1080/13658810701731168.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Mask = NDArray[np.bool_]
Codes = NDArray[np.integer] | Mask

#: Sides of the blocks of the coarser and coarser comparison. [pixel]
BLOCKS: Final = (1, 2, 4, 8, 16, 32)
#: Radii within which a change found nearby counts. [pixel]
RADII: Final = (0, 1, 2, 3, 5, 10)
#: How fast the weight of a resolution falls with the side of its blocks [3]_. [pixel-1]
DECAY: Final = 0.1
#: Codes are 0 to 255.
_CODES: Final = 256


@dataclass(frozen=True)
class ThreeMaps:
    """Change predicted against change observed [1]_, in pixels.

    Attributes
    ----------
    hits : int
        Observed change, predicted as change to the right class.
    misses : int
        Observed change, predicted as persistence.
    false_alarms : int
        Observed persistence, predicted as change.
    wrong_hits : int
        Observed change, predicted as change to a wrong class; none where there are two classes.
    """

    hits: int
    misses: int
    false_alarms: int
    wrong_hits: int = 0

    @property
    def figure_of_merit(self) -> float:
        """Hits by the union of observed and predicted change, NaN without any change. [-]"""
        union = self.hits + self.misses + self.false_alarms + self.wrong_hits
        return _ratio(self.hits, union)

    @property
    def producers(self) -> float:
        """Producer's accuracy: hits by observed change. [-]"""
        return _ratio(self.hits, self.hits + self.misses + self.wrong_hits)

    @property
    def users(self) -> float:
        """User's accuracy: hits by predicted change. [-]"""
        return _ratio(self.hits, self.hits + self.false_alarms + self.wrong_hits)


def three_maps(start: Codes, truth: Codes, predicted: Codes, counted: Mask) -> ThreeMaps:
    """Compare all changes of class.

    Parameters
    ----------
    start, truth, predicted : ndarray of int ``[row, col]``
        Codes of the land classes at the start, and at the end as they are and as predicted.
    counted : ndarray of bool ``[row, col]``
        Pixels that are looked at.
    """
    start, truth, predicted = start[counted], truth[counted], predicted[counted]
    changed, moved, right = truth != start, predicted != start, predicted == truth
    return ThreeMaps(
        hits=_count(changed & right),
        misses=_count(changed & ~moved),
        false_alarms=_count(~changed & moved),
        wrong_hits=_count(changed & moved & ~right),
    )


def gain(start: Mask, truth: Mask, predicted: Mask, counted: Mask) -> ThreeMaps:
    """Compare the gain of one class; pixels that have it at the start are left out.

    Parameters
    ----------
    start, truth, predicted : ndarray of bool ``[row, col]``
        Pixels of the class at the start, and at the end as they are and as predicted.
    counted : ndarray of bool ``[row, col]``
        Pixels that are looked at.
    """
    open_land = counted & ~start
    observed, foreseen = truth[open_land], predicted[open_land]
    return ThreeMaps(
        hits=_count(observed & foreseen),
        misses=_count(observed & ~foreseen),
        false_alarms=_count(~observed & foreseen),
    )


@dataclass(frozen=True)
class Components:
    """Parts of the difference of two maps [2]_, as shares of the pixels.

    Attributes
    ----------
    quantity : float
        Classes have different totals. [-]
    exchange : float
        Pairs of pixels that would be right if both were swapped. [-]
    shift : float
        The rest: swaps among three classes and more. [-]
    """

    quantity: float
    exchange: float
    shift: float


def contingency(predicted: Codes, truth: Codes, counted: Mask) -> NDArray[np.int64]:
    """Pixels by predicted (row) and true (column) class, those that occur in order of code."""
    pair = predicted[counted].astype(np.int32) * _CODES + truth[counted]
    table = np.bincount(pair, minlength=_CODES**2).reshape(_CODES, _CODES)
    there = np.flatnonzero(table.any(axis=0) | table.any(axis=1))
    return table[np.ix_(there, there)]


def components(table: NDArray[np.integer]) -> Components:
    """Quantity, exchange and shift of a square contingency table.

    Parameters
    ----------
    table : ndarray of int ``[class, class]``
        Pixels by class in one and in the other map.
    """
    share = table / max(table.sum(), 1)
    difference = 1.0 - np.trace(share) if table.sum() else 0.0
    quantity = 0.5 * float(np.abs(share.sum(axis=0) - share.sum(axis=1)).sum())
    exchange = float(2.0 * np.triu(np.minimum(share, share.T), 1).sum())
    return Components(quantity, exchange, max(float(difference - quantity - exchange), 0.0))


@dataclass(frozen=True)
class ByResolution:
    """Agreement where pixels are put together to blocks, a value a side of block.

    Attributes
    ----------
    block_cells : tuple of int
        Sides of the blocks. [pixel]
    figure_of_merit : tuple of float
        Of the gain in a block: the lesser by the greater of observed and predicted, summed. [-]
    agreement : tuple of float
        Share of the pixels whose class agrees if pixels of a block may be swapped [3]_. [-]
    weighted_agreement : float
        Mean of the agreement with weights exp(-0.1 (side - 1)) [3]_. [-]
    """

    block_cells: tuple[int, ...]
    figure_of_merit: tuple[float, ...]
    agreement: tuple[float, ...]
    weighted_agreement: float


def multiresolution(
    start: Mask, truth: Mask, predicted: Mask, counted: Mask, blocks: Sequence[int] = BLOCKS
) -> ByResolution:
    """Compare the built land of blocks of pixels: what is near and what is far off.

    Blocks do not overlap, where the original [3]_ moves a window pixel by pixel.

    Parameters
    ----------
    start, truth, predicted : ndarray of bool ``[row, col]``
        Built pixels at the start, and at the end as they are and as predicted.
    counted : ndarray of bool ``[row, col]``
        Pixels that are looked at.
    blocks : sequence of int
        Sides of the blocks, each a multiple of the one before. [pixel]
    """
    open_land = counted & ~start
    observed, foreseen = truth & open_land, predicted & open_land
    then, foretold = truth & counted, predicted & counted
    sums = [m.astype(np.int32) for m in (observed, foreseen, then, foretold)]
    merit, agreement, side = [], [], 1
    for block in blocks:
        sums = [_together(s, block // side) for s in sums]
        side = block
        seen, said, built, meant = sums
        merit.append(_ratio(np.minimum(seen, said).sum(), np.maximum(seen, said).sum()))
        agreement.append(1.0 - _ratio(np.abs(built - meant).sum(), _count(counted)))
    weight = np.exp(-DECAY * (np.asarray(blocks) - 1.0))
    mean = float(weight @ np.asarray(agreement) / weight.sum())
    return ByResolution(tuple(blocks), tuple(merit), tuple(agreement), mean)


@dataclass(frozen=True)
class Fuzzy:
    """Agreement where a change found nearby counts too, a value a radius.

    Attributes
    ----------
    radius_cells : tuple of int
        Radii. [pixel]
    figure_of_merit : tuple of float
        With hits the mean of observed gains that have a predicted one within the radius, and of
        predicted ones that have an observed one; equals the plain one at radius 0. [-]
    similarity : tuple of float
        The lesser of both shares, as of the reciprocal comparison [4]_: of observed gains near
        predicted ones, and of predicted near observed. [-]
    """

    radius_cells: tuple[int, ...]
    figure_of_merit: tuple[float, ...]
    similarity: tuple[float, ...]


def fuzzy(
    start: Mask, truth: Mask, predicted: Mask, counted: Mask, radii: Sequence[int] = RADII
) -> Fuzzy:
    """Compare gains that may lie off by a radius.

    Parameters
    ----------
    start, truth, predicted : ndarray of bool ``[row, col]``
        Built pixels at the start, and at the end as they are and as predicted.
    counted : ndarray of bool ``[row, col]``
        Pixels that are looked at.
    radii : sequence of int
        Distances between centres of pixels. [pixel]
    """
    open_land = counted & ~start
    observed, foreseen = np.argwhere(truth & open_land), np.argwhere(predicted & open_land)
    if not len(observed) or not len(foreseen):
        none = (0.0 if len(observed) or len(foreseen) else np.nan,) * len(radii)
        return Fuzzy(tuple(radii), none, none)
    reach = max(radii) + 0.5
    off_observed = cKDTree(foreseen).query(observed, distance_upper_bound=reach)[0]
    off_foreseen = cKDTree(observed).query(foreseen, distance_upper_bound=reach)[0]
    merit, similarity = [], []
    for radius in radii:
        near = _count(off_observed <= radius), _count(off_foreseen <= radius)
        hits = 0.5 * (near[0] + near[1])
        outside = len(observed) - near[0] + len(foreseen) - near[1]
        merit.append(_ratio(hits, hits + outside))
        similarity.append(min(near[0] / len(observed), near[1] / len(foreseen)))
    return Fuzzy(tuple(radii), tuple(merit), tuple(similarity))


def _together(values: NDArray[np.int32], factor: int) -> NDArray[np.int32]:
    """Sums of square blocks; the last ones may reach beyond the map."""
    if factor == 1:
        return values
    rows, cols = (-(-size // factor) for size in values.shape)
    framed = np.zeros((rows * factor, cols * factor), np.int32)
    framed[: values.shape[0], : values.shape[1]] = values
    summed = np.zeros((rows, cols), np.int32)
    for i in range(factor):
        for k in range(factor):
            summed += framed[i::factor, k::factor]
    return summed


def _count(mask: Mask) -> int:
    return int(np.count_nonzero(mask))


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")
