"""How near the stacks the deposition above the background lies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from analysis.runs import years_of
from benchmarks.finished_runs import G_HA, METAL_WORKS, Land, distance, kept_ledger, stacks
from benchmarks.tables import verdict
from simulator.constants import METALS
from simulator.record import RunFolder

Floats = NDArray[np.float64]

NEAR: Final = 10_000.0  #: "within 10 km". [m]
EXCESS: Final = 0.80  #: share of the excess that is asked for within it. [-]


@dataclass(frozen=True)
class Near:
    """Where the excess of deposition lies."""

    of_area: float  #: share of the ground that is near. [-]
    of_excess: float  #: share of the excess that falls there. [-]
    farthest: float  #: distance within which 80 % of the excess falls. [m]
    maximum: float  #: distance of the largest deposition from the nearest stack. [m]


def near(excess: Floats, ground: Floats, away: Floats) -> Near:
    """Where an excess per area of ground lies, by the distance from the nearest stack.

    Parameters
    ----------
    excess, ground, away : ndarray ``[row, col]``
        Deposition above the background, per area of ground [g ha-1 yr-1]; ground of the cell [-];
        distance [m].
    """
    amount = np.where(ground > 0.0, excess * ground, 0.0).ravel()
    order = np.argsort(away.ravel(), kind="stable")
    cumulated = np.cumsum(amount[order])
    reached = int(np.searchsorted(cumulated, EXCESS * cumulated[-1]))
    inside = away <= NEAR
    return Near(
        float(ground[inside].sum() / ground.sum()),
        float(amount.reshape(away.shape)[inside].sum() / amount.sum()),
        float(away.ravel()[order[min(reached, order.size - 1)]]),
        float(away.ravel()[np.argmax(np.where(ground > 0.0, excess, -np.inf))]),
    )


def excess_map(run: RunFolder) -> tuple[Floats, Floats]:
    """Mean deposition of all listed sources, area sources among them.

    Returns
    -------
    excess : ndarray ``[metal, row, col]``
        Dry and wet, per area of ground, open or sealed. [g ha-1 yr-1]
    ground : ndarray ``[row, col]``
        [-]
    """

    def fallen(fluxes: xr.Dataset) -> Floats:
        return np.asarray(fluxes["deposition_dry"].values + fluxes["deposition_wet"].values)

    return _mean_per_ground(run, fallen, lambda land: land.open_ground + land.sealed)


def works_map(run: RunFolder) -> tuple[Floats, Floats]:
    """Mean of what open soil got from metal works alone, of a run with source tags.

    Returns
    -------
    excess : ndarray ``[metal, row, col]``
        Per area of open ground. [g ha-1 yr-1]
    ground : ndarray ``[row, col]``
        [-]
    """
    tags = run.history["tag"].values.tolist()
    own = [k for k, tag in enumerate(tags) if tag.removeprefix("sector:") in METAL_WORKS]

    def gained(fluxes: xr.Dataset) -> Floats:
        return np.asarray(fluxes["gain_by_source"].isel(tag=own).values.sum(axis=0))

    return _mean_per_ground(run, gained, lambda land: land.open_ground)


def near_table(run: RunFolder) -> pd.DataFrame:
    """Where the excess lies by metal, from any stack and from metal works."""
    everything, works = stacks(run), stacks(run, METAL_WORKS)
    excess = excess_map(run)
    cases = [
        ("all sources", "any stack", everything, excess),
        ("all sources", "metal works", works, excess),
    ]
    if "tag" in run.history.coords:
        cases.append(("metal works", "metal works", works, works_map(run)))
    rows = []
    for of, which, points, (by_metal, ground) in cases:
        away = distance(run, points)
        for metal, one in zip(METALS, by_metal, strict=True):
            if not one.any() or not points.size:
                continue
            found = near(one, ground, away)
            rows.append(
                {
                    "excess of": of,
                    "distance from": f"{which} ({len(points)})",
                    "metal": metal,
                    "maximum at km": found.maximum / 1e3,
                    "inside": verdict(found.maximum <= NEAR),
                    "excess inside %": 100.0 * found.of_excess,
                    ">= 80 %": verdict(found.of_excess >= EXCESS),
                    "80 % within km": found.farthest / 1e3,
                    "land inside %": 100.0 * found.of_area,
                }
            )
    return pd.DataFrame(rows)


def _mean_per_ground(
    run: RunFolder, amount: Callable[[xr.Dataset], Floats], ground_of: Callable[[Land], Floats]
) -> tuple[Floats, Floats]:
    """Mean over the years of an amount [mg m-2] per area of ground, and mean ground."""
    years, ledger = years_of(run), kept_ledger(run)
    total: Floats = np.zeros((len(METALS), *(run.history.sizes[k] for k in ("y", "x"))))
    ground = np.zeros(total.shape[1:])
    for since, until in pairwise(years.tolist()):
        ground += ground_of(Land.of(run, until)) * (until - since)
        total += G_HA * np.nan_to_num(amount(ledger.sel(year=since)))
    per_ground = np.divide(total, ground, out=np.zeros_like(total), where=ground > 0.0)
    return per_ground, ground / (years[-1] - years[0])
