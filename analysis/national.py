"""Emission factors held against published totals of China."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.constants import METALS
from simulator.data import Parameters
from simulator.emission_factors import emission_factor

KG_PER_TONNE: Final = 1000.0


@dataclass(frozen=True)
class Check:
    """One published total and what the factors give for the same activity.

    Attributes
    ----------
    scope : str
        What the total is of.
    year : int
    metal : str
    ours, low, high : float
        National activity times factors, and its range from the factors. [t yr-1]
    published : float
        [t yr-1]
    confidence : str
        Of the published total.
    """

    scope: str
    year: int
    metal: str
    ours: float
    low: float
    high: float
    published: float
    confidence: str

    @property
    def ratio(self) -> float:
        """Ours over the published total. [-]"""
        return self.ours / self.published

    @property
    def verdict(self) -> str:
        """How close they are."""
        apart = max(self.ratio, 1.0 / self.ratio) if self.ratio > 0.0 else np.inf
        return next((f"within {f}" for f in (2, 3) if apart <= f), "beyond 3")


def national_check(parameters: Parameters) -> list[Check]:
    """Every published total of ``national_totals.csv`` with ours.

    Factors of the same sector are wrong together, so ranges add within a scope.

    Parameters
    ----------
    parameters : Parameters
        Tables, with their overrides.
    """
    table = national_totals()
    checks = []
    for _, rows in table.groupby(["scope", "year"], sort=False):
        ours = _ours(rows[rows["quantity"] == "activity"], parameters) / KG_PER_TONNE
        for row in rows[rows["quantity"] == "emission"].to_dict("records"):
            value, low, high = ours[:, METALS.index(row["metal"])].tolist()
            head = row["scope"], row["year"], row["metal"]
            checks.append(Check(*head, value, low, high, row["value"], row["confidence"]))
    return checks


def _ours(activities: pd.DataFrame, parameters: Parameters) -> NDArray[np.float64]:
    """Value, low and high of activities times factors, ``[3, metal]``. [kg yr-1]."""
    total = np.zeros((3, len(METALS)))
    for row in activities.to_dict("records"):
        names = ("sector", "control", "unit", "technology", "fuel")
        factor = emission_factor(parameters, *(str(row[n]) for n in names))
        total += float(row["value"]) * np.stack([factor.value, factor.low, factor.high])
    return total


@cache
def national_totals() -> pd.DataFrame:
    """Table ``national_totals.csv``: published emissions, and activities of the same year."""
    with (files("simulator.data") / "national_totals.csv").open(encoding="utf-8") as file:
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
    return table.astype({"year": int, "value": float})
