"""Built-up land of a later date from maps of the past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simulator.landuse.allocation import BEST, GrowthStyle, grow
from simulator.landuse.context import LandContext, Snapshot
from simulator.landuse.growth_model import GrowthModel
from simulator.landuse.mosaic import Mosaic


def predict_land(
    snapshots: Sequence[Snapshot],
    context: LandContext,
    growth: int,
    year: float,
    built_code: int,
    method: str = "auto",
    seed: int = 0,
    style: GrowthStyle = BEST,
    steps: int = 1,
) -> NDArray[np.bool_]:
    """Learn from maps of the past, and predict which land is built on from the last one on.

    Parameters
    ----------
    snapshots : sequence of Snapshot
        Two dates or more, rising.
    context : LandContext
        What does not change.
    growth : int
        Pixels to be built on.
    year : float
        Date of the prediction. [yr]
    built_code : int
        Code of built land in the covers of the snapshots.
    method, seed
        See :class:`~simulator.landuse.growth_model.GrowthModel`; the draws follow the seed, too.
    style : GrowthStyle
        How growth looks.
    steps : int
        Steps of the way to the year; the drivers are renewed after each.

    Returns
    -------
    ndarray of bool ``[row, col]``
        Land that is newly built.
    """
    model = GrowthModel(method, seed).fit(snapshots, context)
    mosaic = Mosaic.of_cells(context.valid, context.cell_size**2)
    draws = np.random.default_rng(seed).random((2, mosaic.area.size))
    order = choose_land(
        model, snapshots, context, mosaic, growth, year, built_code, style, draws, steps
    )
    return on_map(order, context.valid)


def choose_land(
    model: GrowthModel,
    past: Sequence[Snapshot],
    context: LandContext,
    mosaic: Mosaic,
    growth: int,
    year: float,
    built_code: int,
    style: GrowthStyle,
    draws: NDArray[np.float64],
    steps: int = 1,
    potential: NDArray[np.floating] | None = None,
) -> NDArray[np.int64]:
    """Units that are built on until a year, in the order of their choice.

    Parameters
    ----------
    model : GrowthModel
        Fitted.
    past : sequence of Snapshot
        What is known, up to the map to start from.
    context : LandContext
        What does not change.
    mosaic : Mosaic
        Valid pixels of the context.
    growth : int
        Pixels to be built on.
    year : float
        Date of the prediction. [yr]
    built_code : int
        Code of built land in the covers.
    style : GrowthStyle
        How growth looks.
    draws : ndarray ``[2, unit]``
        Luck of the units; the same in all steps.
    steps : int
        Steps of the way to the year; the drivers are renewed after each.
    potential : ndarray ``[row, col]``, optional
        That of the first step, where it is known already.
    """
    past = list(past)
    chosen: list[NDArray[np.int64]] = []
    begin = past[-1].year
    for step in range(1, steps + 1):
        if step > 1 or potential is None:
            potential = model.potential(past, context)
        now = past[-1]
        wanted = growth * step // steps - sum(c.size for c in chosen)
        units = grow(
            mosaic, now.built[context.valid] > 0.5, potential[context.valid].astype(np.float64),
            # half a pixel less: sums of areas may drift from whole pixels by rounding
            (wanted - 0.5) * context.cell_size**2, style, draws,
        )  # fmt: skip
        chosen.append(units)
        if step < steps:
            date = begin + (year - begin) * step / steps
            past.append(_built_on(now, on_map(units, context.valid), date, built_code))
    return np.concatenate(chosen)


def on_map(units: NDArray[np.int64], valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Map of the chosen units, ``[row, col]``; units are the valid pixels in reading order."""
    chosen = np.zeros(valid.shape, dtype=bool)
    chosen.ravel()[np.flatnonzero(valid)[units]] = True
    return chosen


def _built_on(now: Snapshot, new: NDArray[np.bool_], year: float, built_code: int) -> Snapshot:
    cover = None if now.cover is None else np.where(new, built_code, now.cover)
    built = np.where(new, np.float32(1.0), now.built)
    return replace(now, year=year, built=built, cover=cover)
