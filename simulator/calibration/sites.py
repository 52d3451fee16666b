"""Contents of the processes at the sites, beside which the observed ones are held."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.calibration.hindcast import Hindcast
from simulator.calibration.observed import Observed, at_least
from simulator.calibration.physical import infer, predict
from simulator.data import Parameters

Floats = NDArray[np.float64]

#: Largest factor by which the flux of some years is carried on: errors of samples grow with it.
_MOST_CARRIED: Final = 3.0
#: Folds of blocks, each left out once.
_FOLDS: Final = 5
#: Sites below which factors are not inferred without some of them.
_FEWEST: Final = 2 * _FOLDS


@dataclass(frozen=True)
class AtSites:
    """Contents of the processes at the sites of samples, ``[row, metal]``. [kg kg-1].

    Attributes
    ----------
    then : ndarray
        At the end of the year of the sample.
    end : ndarray
        At the end of the hindcast.
    """

    then: Floats
    end: Floats

    def joined(self, other: Self) -> Self:
        """These rows and others."""
        return type(self)(
            np.concatenate([self.then, other.then]), np.concatenate([self.end, other.end])
        )


def at_sites(process: Floats, observed: Observed) -> AtSites:
    """Contents at the sites from maps ``[year, metal, cell]``."""
    return AtSites(process[observed.year_index, :, observed.cell], process[-1][:, observed.cell].T)


def unseen_sites(
    hindcast: Hindcast,
    observed: Observed,
    parameters: Parameters,
    candidates: Collection[str] = (),
    free: Collection[str] | None = None,
    seed: int = 0,
) -> AtSites:
    """Contents at the sites under factors inferred without their block.

    Factors that have seen the contents follow them: what the processes miss elsewhere could not be
    learned from what is left at such sites (cross-fitting: Chernozhukov et al. 2018,
    doi:10.1111/ectj.12097).

    Parameters
    ----------
    hindcast, observed, parameters, candidates, free
        As for :func:`simulator.calibration.physical.infer`.
    seed : int
        Of the blocks.
    """
    folds = _folds(observed, seed)
    found = at_sites(hindcast.content, observed)
    then, end = found.then.copy(), found.end.copy()
    for fold in np.unique(folds):
        out = folds == fold
        seen = observed.take(~out)
        adjusted = infer(hindcast, seen, parameters, candidates=candidates, free=free).adjustments
        part = at_sites(predict(hindcast, adjusted), observed.take(out))
        then[out], end[out] = part.then, part.end
    return AtSites(then, end)


def at_end(hindcast: Hindcast, observed: Observed, sites: AtSites, m: int) -> Floats:
    """Contents observed of one metal as of the end of the hindcast, ``[row]``. [kg kg-1].

    What was observed in an earlier year is carried on: the mean flux that the processes miss until
    then is taken to go on.
    """
    span = hindcast.years[observed.year_index] - hindcast.start + 1
    missed = observed.content[:, m] - sites.then[:, m]
    contents = sites.end[:, m] + missed * carried_on(hindcast.horizon, span)
    return at_least(contents, sites.end[:, m])


def carried_on(horizon: float, span: NDArray[np.int64]) -> Floats:
    """Factor on what was missed in a span of years to get what the whole hindcast misses. [-].

    No more than three: a difference of samples over few years is mostly their scatter.
    """
    return np.minimum(horizon / span, _MOST_CARRIED)


def _folds(observed: Observed, seed: int) -> NDArray[np.intp]:
    """Fold of each row: blocks as large as contents are alike, the median over the metals."""
    from simulator.estimators.auto import spatial_range
    from simulator.estimators.blocks import spatial_blocks

    if len(observed) < _FEWEST:
        return np.zeros(len(observed), dtype=np.intp)
    table = pd.DataFrame(observed.place, columns=["x", "y"])
    ranges = [
        spatial_range(table[known], np.log(content[known]))
        for content, known in zip(observed.content.T, np.isfinite(observed.content).T, strict=True)
        if known.sum() >= _FEWEST
    ]
    return spatial_blocks(observed.place, ranges or [0.0], _FOLDS, seed).folds
