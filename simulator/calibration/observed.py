"""Contents observed at the sites, beside which those of a hindcast are held."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.calibration.hindcast import Hindcast
from simulator.region.samples import SoilSamples

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Observed:
    """Samples taken in years of a hindcast, arrays ``[row]``.

    Attributes
    ----------
    site : ndarray of str
        Names.
    cell : ndarray of int
        Flat index of the cell.
    place : ndarray ``[row, 2]``
        Coordinates. [m]
    year_index : ndarray of int
        Place of the year in :attr:`Hindcast.years`.
    content : ndarray ``[row, metal]``
        What was found; the detection limit where ``below``, NaN where nothing. At a site that had
        been sampled before: what the hindcast starts from plus the observed change. [kg kg-1]
    below : ndarray of bool ``[row, metal]``
        Below the detection limit.
    change : ndarray of bool ``[row]``
        Whether it is the start of the hindcast plus an observed change.
    covariates : DataFrame ``[row]``
        What else is known at the sites.
    """

    site: NDArray[np.str_]
    cell: NDArray[np.intp]
    place: Floats
    year_index: NDArray[np.intp]
    content: Floats
    below: NDArray[np.bool_]
    change: NDArray[np.bool_]
    covariates: pd.DataFrame

    def __len__(self) -> int:
        return self.cell.size

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """Some of the rows."""
        return type(self)(
            self.site[rows], self.cell[rows], self.place[rows], self.year_index[rows],
            self.content[rows], self.below[rows], self.change[rows],
            self.covariates.iloc[np.arange(len(self))[rows]].reset_index(drop=True),
        )  # fmt: skip

    def joined(self, other: Self) -> Self:
        """These rows and others."""
        names = [f.name for f in fields(self) if f.name != "covariates"]
        arrays = {n: np.concatenate([getattr(self, n), getattr(other, n)]) for n in names}
        tables = [self.covariates, other.covariates]
        return type(self)(**arrays, covariates=pd.concat(tables, ignore_index=True))


def observed_at(hindcast: Hindcast, samples: SoilSamples) -> Observed:
    """Samples of the years of a hindcast.

    A site that was sampled before the hindcast began tells the change since then, whatever the
    hindcast takes its soil to have been at the start (two surveys). All others tell the content
    (one survey and a background).
    """
    chosen = np.flatnonzero(np.isin(samples.year, hindcast.years))
    content = samples.content[chosen].copy()
    before = samples_before(samples, chosen, hindcast.start)
    known = before >= 0
    start = hindcast.initial[:, samples.cell[chosen[known]]].T
    content[known] += start - samples.content[before[known]]
    index = np.searchsorted(hindcast.years, samples.year[chosen])
    return sampled(samples, chosen, index, content, known)


def samples_before(samples: SoilSamples, chosen: NDArray[np.intp], year: int) -> NDArray[np.intp]:
    """Last sample of the site of each chosen one that was taken before a year; -1 without one."""
    last: dict[str, int] = {}
    for i in np.argsort(samples.year, kind="stable"):
        if samples.year[i] < year:
            last[samples.site[i]] = int(i)
    return np.array([last.get(samples.site[i], -1) for i in chosen], dtype=np.intp)


def sampled(
    samples: SoilSamples,
    chosen: NDArray[np.intp],
    year_index: NDArray[np.intp],
    content: Floats,
    change: NDArray[np.bool_],
) -> Observed:
    """Chosen samples with contents of one's own, those above zero."""
    return Observed(
        np.array(samples.site)[chosen],
        samples.cell[chosen],
        np.column_stack([samples.x[chosen], samples.y[chosen]]),
        year_index.astype(np.intp),
        np.where(content > 0.0, content, np.nan),
        samples.below[chosen],
        change,
        samples.covariates.iloc[chosen].reset_index(drop=True),
    )
