"""The control layer of a run against the limits of its receptors: capacity, risk, overload."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.assessment import capacity, grades
from analysis.assessment.assess import ControlLayer
from analysis.assessment.thresholds import (
    ECOLOGICAL_RECEPTOR,
    RECEPTORS,
    dominant_land,
    limits,
    receptor_of_land,
)
from benchmarks.published import published
from benchmarks.tables import verdict
from simulator.constants import METALS, MG_PER_KG
from simulator.record import RunFolder
from simulator.region import Region

Floats = NDArray[np.float64]

#: How far a share of overload may be from the paper's. [percentage points]
POINTS: Final = 10.0


@dataclass(frozen=True)
class Standing:
    """The control layer of a year against its limits."""

    receptor: NDArray[np.int8]  #: ``[row, col]``
    content: Floats  #: ``[metal, row, col]``. [mg kg-1]
    limit: Floats  #: ``[metal, row, col]``. [mg kg-1]
    capacity: Floats  #: remaining, ``[metal, row, col]``. [kg ha-1]
    soil: NDArray[np.bool_]  #: ``[row, col]``

    def cells(self, receptor: int | None) -> NDArray[np.bool_]:
        """Cells of a receptor, or all with soil."""
        return self.soil if receptor is None else self.soil & (self.receptor == receptor)

    def overload(self, receptor: int | None) -> Floats:
        """Share of cells that have reached their limit, ``[metal]``; NaN without a limit. [%]"""
        cells = self.cells(receptor)
        known = np.isfinite(self.limit[:, cells]).any(axis=1)
        over = grades.overloaded(self.content[:, cells], self.limit[:, cells])
        return np.where(known, 100.0 * over.mean(axis=1) if cells.any() else np.nan, np.nan)

    def mean(self, values: Floats, receptor: int | None) -> Floats:
        """Mean of the known values over cells, ``[metal]``."""
        chosen = values[:, self.cells(receptor)]
        known = np.isfinite(chosen)
        count = known.sum(axis=1)
        total = np.where(known, chosen, 0.0).sum(axis=1)
        return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def standing(
    run: RunFolder, ground: Region, year: int, ecological: str, land_of: int | None = None
) -> Standing:
    """Control layer at the beginning of a year, with the limits of land as it is in ``land_of``."""
    state = run.history.sel(year=year)
    then = run.history.sel(year=year if land_of is None else land_of)
    content = state["content"].isel(layer=0).values.astype(np.float64)
    soil = np.isfinite(content[0])
    land = dominant_land(then["open_share"].values, then["sealed_share"].values)
    land = np.where(soil, land, np.int8(-1))
    layer = ControlLayer.of_region(ground)
    limit = limits(
        receptor_of_land(land),
        state["ph"].isel(layer=0).values.astype(np.float64),
        land,
        layer.organic_matter,
        layer.clay,
        background=ground.background[:, 0] * MG_PER_KG,
        ecological=ecological,
    )
    left = capacity.remaining_capacity(limit, content, layer.mass)
    return Standing(receptor_of_land(land), content, limit, left, soil)


def capacity_table(
    first: Standing, last: Standing, fixed: Standing, receptors: Sequence[int]
) -> pd.DataFrame:
    """(e) Capacity falls, by metal and receptor. [kg ha-1]"""
    rows = []
    for receptor in receptors:
        begin, end, same = (s.mean(s.capacity, receptor) for s in (first, last, fixed))
        rows += [
            {
                "receptor": RECEPTORS[receptor],
                "metal": metal,
                "cells": int(first.cells(receptor).sum()),
                "cells at end": int(last.cells(receptor).sum()),
                "start kg/ha": begin[m],
                "end": end[m],
                "end, land as at start": same[m],
                "left %": 100.0 * same[m] / begin[m] if begin[m] > 0.0 else np.nan,
                "falls": verdict(same[m] < begin[m]),
            }
            for m, metal in enumerate(METALS)
            if np.isfinite(begin[m])
        ]
    return pd.DataFrame(rows)


def forest_table(first: Standing, fixed: Standing) -> pd.DataFrame:
    """(f) Metals that lead the risk of ecological land, the worst first."""
    over = [s.overload(ECOLOGICAL_RECEPTOR) for s in (first, fixed)]
    risk = [s.mean(s.content / s.limit, ECOLOGICAL_RECEPTOR) for s in (first, fixed)]
    table = pd.DataFrame(
        {
            "metal": METALS,
            "overload % start": over[0],
            "end": over[1],
            "content/limit start": risk[0],
            "end ": risk[1],
            "rise": risk[1] - risk[0],
        }
    )
    table = table[table["end"].notna()]
    return table.sort_values(["end", "end "], ascending=False, kind="stable")


def overload_table(
    first: Standing, last: Standing, fixed: Standing, receptors: Sequence[int]
) -> pd.DataFrame:
    """(g) Overload beside the paper's, over all soil cells and by receptor. [%]

    The paper does not say whether its share is that of the end or the rise: the nearer one counts.
    """
    rows = []
    for paper in published("overload"):
        m = METALS.index(paper.metal)
        for receptor in (None, *receptors):
            begin, end, same = (s.overload(receptor)[m] for s in (first, last, fixed))
            away = min(abs(share - paper.value) for share in (end, end - begin))
            rows.append(
                {
                    "metal": paper.metal,
                    "receptor": "all" if receptor is None else RECEPTORS[receptor],
                    "start": begin,
                    "end": end,
                    "rise": end - begin,
                    "end, land as at start": same,
                    "rise ": same - begin,
                    "paper": paper.value if receptor is None else np.nan,
                    "within 10": verdict(away <= POINTS) if receptor is None else "",
                }
            )
    return pd.DataFrame(rows)
