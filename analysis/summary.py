"""A run in one row a metal: contents, inputs and outputs, and how much lies above its limit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.assessment.thresholds import dominant_land, farmland_limit
from analysis.runs import content, grid_of, pathways_of, years_of
from simulator.constants import HECTARE
from simulator.record import RunFolder


@dataclass(frozen=True)
class MetalSummary:
    """What a run did to one metal.

    Attributes
    ----------
    metal : str
        Symbol.
    content_start, content_end : float
        Mean content of the control layer over the soil cells. [mg kg-1]
    input, output : float
        What entered and what left the soil column, a year, over the soil cells. [g ha-1 yr-1]
    above_start, above_end : float
        Share of the soil cells whose control layer lies above the screening value. [-]
    """

    metal: str
    content_start: float
    content_end: float
    input: float
    output: float
    above_start: float
    above_end: float


def summarise(run: RunFolder) -> list[MetalSummary]:
    """Summarise a run, finished or not, in the order of its metals."""
    years = years_of(run)
    first, last = int(years[0]), int(years[-1])
    flows = column_flows(run)
    rows = []
    for metal in (str(m) for m in run.history["metal"].values):
        start, end = content(run, metal, first), content(run, metal, last)
        entered, left = flows.get(metal, (np.nan, np.nan))
        rows.append(
            MetalSummary(
                metal,
                float(np.nanmean(start)),
                float(np.nanmean(end)),
                entered,
                left,
                share_above(run, metal, first),
                share_above(run, metal, last),
            )
        )
    return rows


def share_above(run: RunFolder, metal: str, year: int) -> float:
    """Share of the soil cells above the screening value of their land and pH in a year. [-]."""
    values = content(run, metal, year)
    above = exceeds(run, metal, year)
    soil = np.isfinite(values)
    return float(above[soil].mean()) if soil.any() else np.nan


def exceeds(run: RunFolder, metal: str, year: int) -> NDArray[np.bool_]:
    """Where the control layer lies above the screening value in a year, ``[row, col]``."""
    state = run.history.sel(year=year)
    limit = farmland_limit(
        metal,
        state["ph"].isel(layer=0).values.astype(np.float64),
        dominant_land(state["open_share"].values),
    )
    above: NDArray[np.bool_] = content(run, metal, year) > limit
    return above


def column_flows(run: RunFolder) -> dict[str, tuple[float, float]]:
    """Mean yearly input to and output of the soil column by metal. [g ha-1 yr-1].

    What runs off sealed ground without ever entering the soil is taken off the inputs.
    """
    totals = run.totals
    n_year = totals["year"].nunique()
    n_layer = run.history.sizes["layer"]
    soil = np.isfinite(run.history["content"][0, 0, 0].values).sum() * grid_of(run).cell_area
    per_hectare = 1000.0 * HECTARE / soil / max(n_year, 1)
    effect = {
        (p.name, layer + 1): float(sum(p.signs(layer, n_layer)))  # layers count from 1
        for p in pathways_of(run)
        for layer in range(n_layer)
    }
    bypass = {p.name for p in pathways_of(run) if p.kind == "bypass"}
    sign = np.array([effect[k] for k in zip(totals["pathway"], totals["layer"], strict=True)])
    net = sign * totals["kg_per_yr"].to_numpy()
    is_input = (net > 0.0) | totals["pathway"].isin(bypass).to_numpy()
    table = totals.assign(entered=np.where(is_input, net, 0.0), left=np.where(is_input, 0.0, -net))
    sums = table.groupby("metal")[["entered", "left"]].sum() * per_hectare
    return {str(m): (float(row.entered), float(row.left)) for m, row in sums.iterrows()}
