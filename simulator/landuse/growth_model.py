"""Where built-up land grows, learned from how it grew.

Change between dates of the past teaches how likely open land is built on, given its drivers; the
same drivers of the present then rank the land of today. With three dates or more the record is
cut in two: growth of the first part is a driver of growth in the second. With two dates nothing
tells how growth follows growth. Then the land about a pixel that grew faster than its drivers
explain is expected to go on doing so: an observed over expected ratio, shrunk towards 1 by a gamma
prior (Clayton and Kaldor 1987, doi:10.2307/2532003).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.errors import InputError, Problem
from simulator.landuse.context import LandContext, Snapshot
from simulator.landuse.drivers import NARROWEST, bell, driver_table
from simulator.landuse.suitability import METHODS, Suitability

Vector = NDArray[np.float64]

#: Pixels learned from, at most; half of them changed.
ROWS: Final = 40_000
#: Blocks along the longer side of the map.
BLOCKS: Final = 8
#: Open land of a pixel below which it counts as built.
LEAST_OPEN: Final = 0.05
#: Pixels whose drivers are predicted at a time.
CHUNK: Final = 500_000
#: Spread of the bell in which growth is held against what is expected [m], and the expected growth
#: that the prior is worth [m2]. Judgement: helps where growth goes on as it went, costs where it
#: does not; benchmarks/growth_skill.py tells both.
RATE_SPREAD: Final = 750.0
RATE_PRIOR: Final = 2.5e5


class GrowthModel:
    """Potential of built-up growth.

    Parameters
    ----------
    method : str, optional
        ``logistic``, ``forest``, ``boosting``, or ``auto``: logistic and boosting together.
    seed : int, optional
        Of the sample and the learners.

    Attributes
    ----------
    memory_ : float
        Years of earlier growth that are drivers; 0 if learned from two dates. [yr]
    rate_ : ndarray ``[row, col]``
        Growth over what the drivers explain, 1 if there is a memory. [-]
    importance_ : Series
        Loss of log likelihood per pixel when a driver is shuffled, largest first.
    skill_ : dict
        On blocks left out: ``auc``, ``log_loss``, ``log_loss_none``, ``figure_of_merit``. The rate
        is not part of it.
    reliability_ : DataFrame
        Predicted against observed share, by tenths of the land.
    """

    def __init__(self, method: str = "auto", seed: int = 0) -> None:
        if method not in (*METHODS, "auto"):
            raise ValueError(f"unknown method {method!r}: one of {', '.join(METHODS)}, auto")
        self.method = method
        self.seed = seed

    def fit(self, snapshots: Sequence[Snapshot], context: LandContext) -> GrowthModel:
        """Learn from the change between snapshots.

        Parameters
        ----------
        snapshots : sequence of Snapshot
            At least two dates, in rising order.
        context : LandContext
            What does not change.
        """
        _check(snapshots, context)
        cut = _cut([s.year for s in snapshots])
        before, after = snapshots[cut], snapshots[-1]
        self.ends_ = (snapshots[0], after)
        self.memory_ = before.year - snapshots[0].year
        self.classes_ = _classes(snapshots, context)
        land = open_land(before, context)
        lost = np.clip(after.built - before.built, 0.0, None)
        share = np.divide(lost, 1.0 - before.built, out=np.zeros_like(land), where=land > 0.0)
        if not share.any():
            raise InputError(_no_growth(before.year, after.year))
        at, weight = _sample(share, land, np.random.default_rng(self.seed))
        drivers = driver_table(snapshots[: cut + 1], context, at, self.classes_)
        self.suitability_ = Suitability(self.method, self.seed).fit(
            drivers, share[at], weight, _block(at)
        )
        self.importance_ = self.suitability_.importance_
        self.skill_ = self.suitability_.skill_
        self.reliability_ = self.suitability_.reliability_
        self.rate_ = np.ones(land.shape)
        if self.memory_ == 0.0:
            expected = self._expected(snapshots[:1], context) * land
            self.rate_ = growth_rate(share * land, expected, context.cell_size)
        return self

    def potential(self, snapshots: Sequence[Snapshot], context: LandContext) -> NDArray[np.float64]:
        """Expected share of each pixel's open land that is built on in an interval as learned from.

        Parameters
        ----------
        snapshots : sequence of Snapshot
            Past up to the present, which is the last one. Without an earlier one a model with a
            memory steps back: what is learned from the whole record as two dates is used.
        context : LandContext
            What does not change.

        Returns
        -------
        ndarray ``[row, col]``
            0 where land is built, excluded or not valid.
        """
        known = self._known(snapshots)
        if self.memory_ > 0.0 and len(known) == 1:
            plain = GrowthModel(self.method, self.seed).fit(self.ends_, context)
            return plain.potential(known, context)
        expected = self._expected(known, context)
        # The rate is of the interval that was learned from: it is known only when that is over.
        over = known[-1].year >= self.ends_[1].year
        return np.minimum(expected * self.rate_, 1.0) if over else expected

    def _known(self, snapshots: Sequence[Snapshot]) -> Sequence[Snapshot]:
        """Snapshots from about as long ago as the memory reaches."""
        now = snapshots[-1]
        earlier = [s for s in snapshots[:-1] if s.year < now.year]
        if self.memory_ == 0.0 or not earlier:
            return [now]
        off = [abs(now.year - s.year - self.memory_) for s in earlier]
        return [*earlier[int(np.argmin(off)) :], now]

    def _expected(self, snapshots: Sequence[Snapshot], context: LandContext) -> NDArray[np.float64]:
        """Expected share of the open land by the drivers alone. ``[row, col]``"""
        at = open_land(snapshots[-1], context) > 0.0
        drivers = driver_table(snapshots, context, at, self.classes_)
        expected = np.zeros(at.shape)
        rows, cols = np.nonzero(at)
        for k in range(0, len(drivers), CHUNK):
            part = slice(k, k + CHUNK)
            expected[rows[part], cols[part]] = self.suitability_.predict(drivers.iloc[part])
        return expected


def growth_rate(gained: Vector, expected: Vector, cell_size: float) -> NDArray[np.float64]:
    """Growth about each pixel over what is expected there, shrunk towards 1.

    Parameters
    ----------
    gained, expected : ndarray ``[row, col]``
        Land that was built on and that was expected to be, as shares of pixels; the expected is
        scaled to the same sum.
    cell_size : float
        Side of a pixel. [m]

    Returns
    -------
    ndarray ``[row, col]``
        (observed + prior) / (expected + prior), both summed under a bell. [-]
    """
    spread = max(RATE_SPREAD / cell_size, NARROWEST)
    # the land that a bell is worth: one over the integral of its square
    area = 4.0 * np.pi * (spread * cell_size) ** 2
    scaled = expected * (gained.sum() / max(float(expected.sum()), np.finfo(float).tiny))
    observed = bell(gained.astype(np.float32), spread).astype(float) * area
    foreseen = bell(scaled.astype(np.float32), spread).astype(float) * area
    return (observed + RATE_PRIOR) / (foreseen + RATE_PRIOR)


def open_land(snapshot: Snapshot, context: LandContext) -> NDArray[np.float64]:
    """Share of each pixel that could be built on, 0 where built, excluded or not valid."""
    left = 1.0 - np.asarray(snapshot.built, float)
    may = context.valid & ~context.excluded & (left >= LEAST_OPEN)
    return np.where(may, left, 0.0)


def _classes(snapshots: Sequence[Snapshot], context: LandContext) -> list[int]:
    covers = [s.cover[context.valid] for s in snapshots if s.cover is not None]
    codes = {int(code) for cover in covers for code in np.unique(cover)}
    return sorted(codes - {0})


def _cut(years: Sequence[float]) -> int:
    """Date that halves the record; the first one of two."""
    if len(years) == 2:
        return 0
    middle = (years[0] + years[-1]) / 2.0
    return 1 + int(np.argmin([abs(year - middle) for year in years[1:-1]]))


def _sample(
    share: Vector, land: Vector, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], Vector]:
    """Pixels to learn from, changed ones more often than the rest, and the land each stands for."""
    at = np.zeros(share.shape, bool)
    stands_for = np.zeros(share.shape)
    for group in ((land > 0.0) & (share > 0.0), (land > 0.0) & (share <= 0.0)):
        pixels = np.flatnonzero(group)
        few = rng.choice(pixels, min(len(pixels), ROWS // 2), replace=False)
        if len(few):
            at.flat[few] = True
            stands_for.flat[few] = land.flat[few] * (land[group].sum() / land.flat[few].sum())
    return at, stands_for[at]


def _block(at: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Number of the square block of each marked pixel."""
    row, col = np.nonzero(at)
    side = max(max(at.shape) // BLOCKS, 1)
    return (row // side) * (at.shape[1] // side + 1) + col // side


def _check(snapshots: Sequence[Snapshot], context: LandContext) -> None:
    years = [s.year for s in snapshots]
    if len(years) < 2 or any(b <= a for a, b in pairwise(years)):
        raise InputError(
            Problem(
                "maps of the past",
                f"dates {', '.join(f'{y:g}' for y in years) or 'none'}",
                "growth is learned from two dates or more, each later than the one before",
                "Give maps of different years in rising order.",
            )
        )
    shapes = {s.built.shape for s in snapshots} | {context.valid.shape}
    if len(shapes) > 1:
        raise InputError(
            Problem(
                "maps of the past",
                f"maps of {' and '.join(str(shape) for shape in sorted(shapes))} pixels",
                "all maps have the same pixels",
                "Put them on one grid first.",
            )
        )


def _no_growth(before: float, after: float) -> Problem:
    return Problem(
        "maps of the past",
        f"no land is built on between {before:g} and {after:g}",
        "growth can only be learned where there was some",
        "Give maps further apart, or check the code of built land and the mask.",
    )
