"""Published numbers that runs are held against: ``published_*.csv``.

A row has a value, or a range (``low``, ``high``), or both; a lower bound has ``low`` alone.
``first`` and ``last`` are the years that it stands for. R in a label: read in a retrieved abstract,
page or data set; M: from memory; J: judgement.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.tables import number

TABLES: Final = ("published_rates.csv", "published_contents.csv")

#: Farmland soil, 0-20 cm of 1.2 g cm-3, in which rates in mg kg-1 are turned into g ha-1. [kg ha-1]
PLOUGH_LAYER: Final = 2.4e6

#: Ours disagrees when it is more than this factor away.
FACTOR: Final = 3.0

_CONFIDENCE: Final = {"read": "R", "recalled": "M", "choice": "J"}


@dataclass(frozen=True)
class Published:
    """One published number of one metal.

    Attributes
    ----------
    quantity, where, metal, unit, source, confidence : str
        As in the table.
    value, low, high : float
        In ``unit``; NaN where there is none.
    first, last : float
        Years that it stands for; NaN where it has none.
    """

    quantity: str
    where: str
    metal: str
    unit: str
    source: str
    confidence: str
    value: float
    low: float
    high: float
    first: float
    last: float

    @property
    def label(self) -> str:
        """Short name of the source, and whether it was read: ``Luo et al. 2009 (R)``."""
        match = re.match(r".*?\d{4}", self.source)
        short = match.group() if match and len(match.group()) <= 48 else self.source.split(",")[0]
        return f"{short} ({_CONFIDENCE[self.confidence]})"

    @property
    def text(self) -> str:
        """Value and range: ``5 [1 - 20]``, or ``at least 1``."""
        if np.isnan(self.low):
            return number(self.value)
        if np.isnan(self.high):
            return f"at least {number(self.low)}"
        span = f"{number(self.low)} - {number(self.high)}"
        return span if np.isnan(self.value) else f"{number(self.value)} [{span}]"

    def per_hectare(self) -> Published:
        """Return a rate in mg kg-1 yr-1 as a flux of a plough layer in g ha-1 yr-1."""
        if self.unit != "mg/kg/yr":
            return self
        values = (self.value, self.low, self.high)
        value, low, high = (v * PLOUGH_LAYER * 1e-3 for v in values)
        rest = {k: getattr(self, k) for k in self.__dataclass_fields__}
        return Published(**{**rest, "value": value, "low": low, "high": high, "unit": "g/ha/yr"})

    def ratio(self, ours: float) -> float:
        """Ours over the value, or over the nearest end of the range where there is no value."""
        if np.isfinite(self.value):
            return ours / self.value
        return ours / float(np.fmin(np.fmax(ours, self.low), self.high))

    def disagrees(self, ours: float) -> bool:
        """Whether ours lies outside the range and more than :data:`FACTOR` away; not if unknown."""
        spans = np.isfinite(self.low) and not (ours < self.low or ours > self.high)
        if np.isnan(ours) or spans:
            return False
        return not 1.0 / FACTOR <= self.ratio(ours) <= FACTOR


@cache
def _table() -> pd.DataFrame:
    folder = Path(__file__).parent
    return pd.concat([pd.read_csv(folder / name) for name in TABLES], ignore_index=True)


def published(quantity: str) -> list[Published]:
    """All numbers of one quantity, in the order of the tables."""
    table = _table()
    kept = list(Published.__dataclass_fields__)
    rows = table.loc[table["quantity"] == quantity, kept].to_dict("records")
    return [Published(**{str(k): v for k, v in row.items()}) for row in rows]


def period(
    years: NDArray[np.int64], first: float, last: float, fewest: int = 10
) -> NDArray[np.bool_]:
    """Years that lie in a period, or else the nearest to it: ``[year]``.

    Parameters
    ----------
    years : ndarray of int ``[year]``
        Years of a run.
    first, last : float
        Period; NaN for the whole of the run.
    fewest : int
        Years that are taken where none lies in it.
    """
    if np.isnan(first):
        return np.ones(years.size, dtype=bool)
    away = np.maximum(np.maximum(first - years, years - last), 0.0)
    if (away == 0.0).any():
        return away == 0.0
    nearest = np.zeros(years.size, dtype=bool)
    nearest[np.argsort(away, kind="stable")[:fewest]] = True
    return nearest
