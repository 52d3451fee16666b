"""A prediction to be scored: maps to learn from, the map to start from, demand, and the truth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.landuse.maps import (
    Demand,
    LandMap,
    called_built,
    cell_size_of,
    check_same_grid,
    columns_of,
    demand_of_table,
    parse_demand,
    read_demand_table,
    read_land_map,
    read_layers,
    read_mask,
)
from simulator.errors import InputError, Problem
from simulator.landuse.context import LandContext, Snapshot


@dataclass(frozen=True)
class LandTask:
    """What is predicted from what.

    Attributes
    ----------
    maps : tuple of LandMap
        Maps to learn from, dates rising.
    snapshots : tuple of Snapshot
        The same as the models see them.
    start : int
        Position of the map to start from.
    truth : LandMap
        Map of the date to predict.
    context : LandContext
        Pixels, drivers, what is never built on.
    counted : ndarray of bool ``[row, col]``
        Pixels that are scored: valid, and known in the truth.
    built_code : int
        Code of built land.
    classes : tuple of int
        Codes of the maps.
    demand : Demand
        Totals of the date to predict.
    growth : int
        Pixels to be built on.
    """

    maps: tuple[LandMap, ...]
    snapshots: tuple[Snapshot, ...]
    start: int
    truth: LandMap
    context: LandContext
    counted: NDArray[np.bool_]
    built_code: int
    classes: tuple[int, ...]
    demand: Demand
    growth: int

    @property
    def past(self) -> tuple[Snapshot, ...]:
        """What is known where the prediction starts."""
        return self.snapshots[: self.start + 1]

    @property
    def start_cover(self) -> NDArray[np.uint8]:
        """Codes at the start. ``[row, col]``"""
        return self.maps[self.start].cover

    @property
    def start_built(self) -> NDArray[np.bool_]:
        """Built pixels at the start. ``[row, col]``"""
        return (self.start_cover == self.built_code) & self.context.valid

    @property
    def truth_built(self) -> NDArray[np.bool_]:
        """Built pixels of the truth. ``[row, col]``"""
        return (self.truth.cover == self.built_code) & self.counted

    def with_built(self, new: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """Codes at the start with newly built land. ``[row, col]``"""
        return np.where(new, np.uint8(self.built_code), self.start_cover)


def open_task(
    maps: Sequence[str],
    truth: str,
    drivers: Sequence[str] = (),
    demand: str = "",
    built: int | None = None,
    within: str = "",
    exclude: Sequence[int] = (),
    years: Sequence[float] = (),
    from_first: bool = False,
) -> LandTask:
    """Read and check everything that a prediction needs.

    Parameters
    ----------
    maps : sequence of str
        ``FILE`` or ``FILE:BAND`` of two dates or more.
    truth : str
        Likewise, of the date to predict.
    drivers : sequence of str
        Rasters on the same pixels.
    demand : str
        A CSV file, or ``CODE=CELLS,...``; the totals of the truth if empty.
    built : int, optional
        Code of built land; a demand whose columns name it tells, too.
    within : str
        Raster that is above 0 where it counts.
    exclude : sequence of int
        Codes of classes that are never built on.
    years : sequence of float
        Dates of the maps and of the truth, where their names do not tell.
    from_first : bool
        Predict from the first map instead of the last.
    """
    read = [read_land_map(place) for place in maps]
    goal = read_land_map(truth)
    layers = read_layers(drivers)
    mask = {within: read_mask(within)} if within else {}
    check_same_grid([*read, goal], layers | mask)
    read, goal = _dated(read, goal, years)
    table = read_demand_table(Path(demand)) if demand and "=" not in demand else None
    valid = np.logical_and.reduce([m.cover > 0 for m in read] + list(mask.values()))
    classes = tuple(
        int(c) for c in np.unique(np.concatenate([np.unique(m.cover[valid]) for m in read]))
    )
    columns = {} if table is None else columns_of(table, _counts(read, valid, classes))
    code = _built_code(called_built(columns) if built is None else built, classes)
    start = 0 if from_first else len(read) - 1
    context = LandContext(
        cell_size_of(goal), valid, np.isin(read[start].cover, list(exclude)) & valid, layers
    )
    counted = valid & (goal.cover > 0)
    began = np.count_nonzero((read[start].cover == code) & valid)
    if table is not None:
        wanted = demand_of_table(table, columns, goal.year, code, Path(demand).name)
    elif demand:
        wanted = parse_demand(demand, code)
    else:
        wanted = _own_totals(goal, counted, classes, code)
        began = np.count_nonzero((read[start].cover == code) & counted)
    growth = round(wanted.built_cells) - int(began)
    task = LandTask(
        maps=tuple(read),
        snapshots=tuple(
            Snapshot(m.year, ((m.cover == code) & valid).astype(np.float32), m.cover) for m in read
        ),
        start=start,
        truth=goal,
        context=context,
        counted=counted,
        built_code=code,
        classes=classes,
        demand=wanted,
        growth=growth,
    )
    _check_growth(task)
    return task


def _dated(
    maps: Sequence[LandMap], truth: LandMap, years: Sequence[float]
) -> tuple[list[LandMap], LandMap]:
    """Give the maps their dates, and refuse dates that do not rise."""
    every = [*maps, truth]
    if years:
        if len(years) not in (len(maps), len(every)):
            raise InputError(
                Problem(
                    "--years", f"has {len(years)} dates for {len(every)} maps",
                    "each map has a date, the truth last", "Give as many dates as maps.",
                )
            )  # fmt: skip
        every = [replace(m, year=y) for m, y in zip(every, years, strict=False)] + (
            [truth] if len(years) == len(maps) else []
        )
    dates = [m.year for m in every]
    unknown = [m.name for m in every if math.isnan(m.year)]
    if unknown:
        raise InputError(
            Problem(
                ", ".join(unknown), "does not tell its year",
                "the name of the file or of the band holds one year, such as landuse_1991.tif",
                "Give --years, the date of each map and of the truth last.",
            )
        )  # fmt: skip
    if len(maps) < 2 or any(b <= a for a, b in pairwise(dates)):
        raise InputError(
            Problem(
                "--maps", f"are of {', '.join(f'{y:g}' for y in dates[:-1])}, the truth of "
                f"{dates[-1]:g}",
                "there are two maps or more, each later than the one before, and a later truth",
                "Give the maps in the order of their dates.",
            )
        )  # fmt: skip
    return every[:-1], every[-1]


def _counts(
    maps: Sequence[LandMap], valid: NDArray[np.bool_], classes: Sequence[int]
) -> dict[float, dict[int, int]]:
    """Pixels of each class by date and code."""
    found = {m.year: np.bincount(m.cover[valid], minlength=256) for m in maps}
    return {year: {code: int(n[code]) for code in classes} for year, n in found.items()}


def _built_code(built: int | None, classes: Sequence[int]) -> int:
    """Refuse a code of built land that is no class of the maps."""
    if built is None or built not in classes:
        raise InputError(
            Problem(
                "--built", "is missing" if built is None else f"is {built}",
                f"the code of built land is one of {', '.join(map(str, classes))}",
                "Give --built CODE.",
            )
        )  # fmt: skip
    return built


def _own_totals(
    truth: LandMap, counted: NDArray[np.bool_], classes: Sequence[int], built: int
) -> Demand:
    found = np.bincount(truth.cover[counted], minlength=256)
    cells = {code: float(found[code]) for code in classes}
    return Demand(float(found[built]), cells, f"the totals of {truth.name} itself")


def _check_growth(task: LandTask) -> None:
    room = np.count_nonzero(task.context.valid & ~task.start_built & ~task.context.excluded)
    if not 0 < task.growth <= room:
        raise InputError(
            Problem(
                f"demand ({task.demand.source})",
                f"asks for {task.demand.built_cells:.0f} built pixels, {task.growth:+d}",
                f"built land grows, and {room} pixels are open to it",
                "Check the demand and the code of built land.",
            )
        )  # fmt: skip
