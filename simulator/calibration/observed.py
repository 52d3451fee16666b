"""Contents observed at the sites, beside which those of a hindcast are held."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.calibration.hindcast import Hindcast
from simulator.region.samples import SoilSamples

Floats = NDArray[np.float64]

#: Least content that one worked out from a change is taken for, in units of the processes'.
LEAST: Final = 0.02


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
    change : ndarray of bool ``[row, metal]``
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
    base, known = earlier(samples, chosen, hindcast.start)
    start = hindcast.initial[:, samples.cell[chosen]].T
    content = samples.content[chosen]
    content = np.where(known, at_least(start + content - base, start), content)
    index = np.searchsorted(hindcast.years, samples.year[chosen])
    return sampled(samples, chosen, index, content, known)


def earlier(
    samples: SoilSamples, chosen: NDArray[np.intp], year: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Last content of the site and metal of each chosen sample from before a year.

    One below its detection limit is no content to tell a change from.

    Returns
    -------
    content : ndarray ``[row, metal]``
        NaN without one. [kg kg-1]
    known : ndarray of bool ``[row, metal]``
        Where there is one.
    """
    last: dict[str, Floats] = {}
    none = np.full(samples.content.shape[1], np.nan)
    for i in np.argsort(samples.year, kind="stable"):
        if samples.year[i] < year:
            found = np.where(samples.below[i], np.nan, samples.content[i])
            before = last.get(samples.site[i], none)
            last[samples.site[i]] = np.where(np.isnan(found), before, found)
    content = np.array([last.get(samples.site[i], none) for i in chosen]).reshape(-1, none.size)
    return content, np.isfinite(content)


def at_least(content: Floats, process: Floats) -> Floats:
    """Contents that were worked out, no smaller than a small part of those of the processes."""
    return np.maximum(content, LEAST * process)


def sampled(
    samples: SoilSamples,
    chosen: NDArray[np.intp],
    year_index: NDArray[np.intp],
    content: Floats,
    change: NDArray[np.bool_],
) -> Observed:
    """Chosen samples with contents of one's own."""
    return Observed(
        np.array(samples.site)[chosen],
        samples.cell[chosen],
        np.column_stack([samples.x[chosen], samples.y[chosen]]),
        year_index.astype(np.intp),
        content,
        samples.below[chosen],
        change,
        samples.covariates.iloc[chosen].reset_index(drop=True),
    )
