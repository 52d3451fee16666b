"""Members of an experiment by option and future: options are compared in the same futures."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.experiment.folder import LEVER, POSITION, ExperimentFolder
from simulator.errors import InputError, Problem
from simulator.problems import suggest

Floats = NDArray[np.float64]

#: Between the options of several levers in the name of a choice.
_AND: Final = " + "


@dataclass(frozen=True)
class Series:
    """One outcome over years.

    Attributes
    ----------
    years : ndarray of int ``[year]``
        Rising.
    values : ndarray ``[option, future, year]``
        NaN where a member is missing.
    """

    years: NDArray[np.int64]
    values: Floats

    def at(self, year: int) -> Floats:
        """Values of one year, ``[option, future]``; NaN where the year is not among them."""
        found = self.years == year
        if not found.any():
            return np.full(self.values.shape[:2], np.nan)
        return self.values[:, :, int(np.argmax(found))]

    def before(self, year: int) -> tuple[NDArray[np.int64], Floats]:
        """Years before a year, and their values."""
        kept = self.years < year
        return self.years[kept], self.values[:, :, kept]


class Results:
    """Finished members of an experiment, arranged.

    Attributes
    ----------
    folder : ExperimentFolder
        Where they are from.
    options : tuple of str
        What was chosen between, the reference first: the options of the levers that have some, each
        combination of them when there are several levers.
    choices : pandas.DataFrame
        Option of each lever, one row an option of ``options``.
    futures : ndarray of int ``[future]``
        Numbers of the futures, rising.
    samples : ndarray of int ``[future]``
        Sample of each future: futures of one sample differ by their seed only.
    draws : ndarray of int ``[future]``
        What counts as one draw in intervals: the sample, or the future where nothing is sampled.
    positions : ndarray ``[future, factor]``
        Position of each factor in its range. [-]
    members : ndarray of int ``[option, future]``
        Number of the member; -1 where it is missing.
    independent : ndarray of bool ``[future]``
        Futures that are independent draws: see :func:`independent_samples`.
    """

    def __init__(self, folder: ExperimentFolder) -> None:
        self.folder = folder
        design = folder.design
        levers = list(folder.levers)
        columns = [f"{LEVER}{name}" for name in levers]
        chosen = [tuple(map(str, row)) for row in design[columns].to_numpy().tolist()]
        place = {options: i for i, options in enumerate(dict.fromkeys(chosen))}
        names = [_AND.join(options) if options else folder.spec.scenario for options in place]
        self.options = tuple(names)
        self.choices = pd.DataFrame(list(place), columns=levers)
        self.factors = folder.factors
        first = design.drop_duplicates("future").sort_values("future")
        self.futures = first["future"].to_numpy(np.int64)
        self.samples = first["sample"].to_numpy(np.int64)
        self.draws = self.samples if self.factors else self.futures
        self.positions = first[[f"{POSITION}{f}" for f in self.factors]].to_numpy(np.float64)
        self._option = np.array([place[options] for options in chosen], dtype=np.int64)
        self._future = np.searchsorted(self.futures, design["future"].to_numpy(np.int64))
        number = design["member"].to_numpy(np.int64)
        self._row = pd.Series(np.arange(number.size), index=number)
        self.members = np.full((len(names), self.futures.size), -1)
        done = np.isin(number, folder.members_done)
        self.members[self._option[done], self._future[done]] = number[done]
        self.independent = np.isin(
            self.samples,
            independent_samples(folder.spec.design.method, self.samples, len(self.factors)),
        )

    @property
    def reference(self) -> str:
        """The option that others are held against."""
        return self.options[0]

    @property
    def missing(self) -> int:
        """Members that did not finish."""
        return int((self.members < 0).sum())

    @property
    def metals(self) -> tuple[str, ...]:
        """Metals whose maps were kept."""
        return tuple(self.folder.spec.outcomes.metals)

    @property
    def map_years(self) -> list[int]:
        """Years whose maps were kept, rising."""
        return sorted(int(y) for y in self.folder.maps["year"].values)

    def series(self, outcome: str, metal: str = "") -> Series:
        """One outcome of all members; without years if nobody has it."""
        table = self.folder.outcomes.take(self._rows_of.get((outcome, metal), []))
        years = np.unique(table["year"].to_numpy(np.int64))
        values = np.full((*self.members.shape, years.size), np.nan)
        rows = self._row.loc[table["member"]].to_numpy()
        year = np.searchsorted(years, table["year"].to_numpy(np.int64))
        values[self._option[rows], self._future[rows], year] = table["value"].to_numpy(np.float64)
        return Series(years, values)

    @cached_property
    def _rows_of(self) -> dict[Hashable, NDArray[np.int64]]:
        """Rows of the outcomes by outcome and metal: they are many, and looked up often."""
        grouped = self.folder.outcomes.groupby(["outcome", "metal"], observed=True, sort=False)
        return {key: np.asarray(rows, np.int64) for key, rows in grouped.indices.items()}

    def outcomes(self, prefix: str) -> list[str]:
        """Names of outcomes that begin with something, in alphabetical order."""
        return sorted(o for o in self.folder.outcomes["outcome"].unique() if o.startswith(prefix))

    def by_sample(self, values: Floats) -> tuple[Floats, Floats]:
        """Positions and mean of the finished futures of each sample, in the order of the design.

        Parameters
        ----------
        values : ndarray ``[future]``
            NaN where a member is missing.

        Returns
        -------
        tuple of ndarray
            ``[sample, factor]`` and ``[sample]``, NaN where no future finished.
        """
        _, first, sample = np.unique(self.samples, return_index=True, return_inverse=True)
        known = np.isfinite(values)
        count = np.bincount(sample[known], minlength=first.size)
        total = np.bincount(sample[known], values[known], minlength=first.size)
        mean = np.divide(total, count, out=np.full(first.size, np.nan), where=count > 0)
        return self.positions[first], mean

    def check_metal(self, metal: str) -> str:
        """Symbol of a metal of the experiment, whatever its case."""
        for name in self.metals:
            if name.lower() == metal.lower():
                return name
        raise InputError(
            Problem(
                f"metal {metal!r}", "is not in the experiment",
                "metals are those whose maps were kept", suggest(metal, self.metals),
            )
        )  # fmt: skip

    def check_year(self, year: int | None) -> int:
        """Check a year whose maps were kept; the last one if None."""
        years = self.map_years
        if year is None:
            return years[-1]
        if year not in years:
            raise InputError(
                Problem(
                    f"year {year}", "has no maps",
                    "findings are of years whose maps were kept",
                    f"One of {', '.join(map(str, years))}.",
                )
            )  # fmt: skip
        return year


def independent_samples(method: str, samples: NDArray[np.int64], factors: int) -> NDArray[np.int64]:
    """Samples that are independent draws of the factors.

    All of a Latin hypercube and of a full design; of Sobol's blocks of A, A with a column of B each
    and B, the first and the last; of Morris's trajectories the first point. The rest of these
    repeat what is in them, and would make intervals look narrower than they are.

    Parameters
    ----------
    method : str
        How they were drawn.
    samples : ndarray of int
        Numbers of the samples: rows of the design.
    factors : int
        Number of factors.
    """
    numbers = np.unique(samples)
    if method == "sobol":
        block = numbers % (factors + 2)
        return numbers[(block == 0) | (block == factors + 1)]
    if method == "morris":
        return numbers[numbers % (factors + 1) == 0]
    return numbers


def paired(values: Floats, option: int, reference: Sequence[float] | Floats) -> Floats:
    """Difference of an option to the reference within each future; NaN where one is missing.

    Equal infinities differ by nothing: neither happened within the run.
    """
    other = np.asarray(reference, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        difference = values[option] - other
    return np.where(np.isinf(other) & (values[option] == other), 0.0, difference)
