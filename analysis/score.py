"""Scoring a run against samples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.metrics import Scores, scores
from analysis.runs import content, grid_of, metal_of, year_of
from analysis.samples import UNITS, locate, pairs, read_samples
from simulator.constants import LAND_CLASSES, WATER_CLASS
from simulator.errors import InputError, Problem
from simulator.record import RunFolder


@dataclass(frozen=True)
class MetalScore:
    """Scores of a metal, and the measured samples that lie in cells without soil."""

    scores: Scores
    without_soil: int


@dataclass(frozen=True)
class SampleScore:
    """A run held against a file of samples.

    Attributes
    ----------
    year : int
        Year of the state, or of the deposition.
    unit : str
        Unit of the values.
    samples, outside : int
        Samples in the file, and those outside the grid.
    cells : int
        Different cells that hold samples.
    metals : dict of str to MetalScore
        By metal, in the order of the file.
    """

    quantity: str
    year: int
    unit: str
    samples: int
    outside: int
    cells: int
    metals: dict[str, MetalScore]


def score_samples(
    run: RunFolder, file: Path, quantity: str, year: int | None = None, crs: str | None = None
) -> SampleScore:
    """Compare each sample with the cell that holds it.

    Parameters
    ----------
    run : RunFolder
        The run.
    file : Path
        See :func:`analysis.samples.read_samples`.
    quantity : str
        ``concentration`` of the control layer at the beginning of ``year``, or ``deposition``, dry,
        wet and background together, in ``year``.
    year : int, optional
        The last one by default.
    crs : str, optional
        CRS of the coordinates; see :func:`analysis.samples.locate`.
    """
    samples = read_samples(file, quantity)
    located = locate(samples, grid_of(run), crs)
    metals = {metal_of(run, m): values for m, values in samples.values.items()}
    if quantity == "concentration":
        year = year_of(run, year)
        fields = {m: content(run, m, year) for m in metals}
    else:
        year = flux_year(run, year)
        fields = {m: deposition(run, m, year) for m in metals}
    result = {}
    for metal, observed in metals.items():
        predicted, measured, without_soil = pairs(fields[metal], located, observed)
        result[metal] = MetalScore(scores(predicted, measured), without_soil)
    inside = located.inside
    places = set(zip(located.row[inside].tolist(), located.col[inside].tolist(), strict=True))
    return SampleScore(
        quantity, year, UNITS[quantity][0], len(samples), int((~inside).sum()), len(places), result
    )


def flux_year(run: RunFolder, year: int | None) -> int:
    """Check a year of the ledger; the last one if None."""
    ledger = run.ledger
    if ledger is None:
        raise InputError(
            Problem(
                "--quantity deposition", "the run kept no fluxes of single cells",
                "they are recorded with [record] ledger = 'cells'", "Run the scenario with it.",
            )
        )  # fmt: skip
    years = ledger["year"].values
    chosen = int(years[-1]) if year is None else year
    if chosen not in years:
        raise InputError(
            Problem(
                f"year {year}", "has no entry in the ledger",
                f"it holds the years {years[0]} to {years[-1]}", "Choose one of them.",
            )
        )  # fmt: skip
    return chosen


def deposition(run: RunFolder, metal: str, year: int) -> NDArray[np.float64]:
    """Deposition on land, dry, wet and background together, ``[row, col]``. [mg m-2 yr-1].

    The ledger books what falls on the land of a cell per area of the whole cell; a collector stands
    on land, so it is taken per area of land. NaN where there is no soil.
    """
    ledger = run.ledger
    assert ledger is not None
    entry = ledger.sel(metal=metal, year=year)
    names = [str(n) for n in entry.data_vars if str(n).startswith("deposition_")]
    falling = np.sum([entry[n].values for n in names], axis=0)
    begin, end = entry["year_bounds"].values
    state = run.history.sel(year=year)
    shares = state["open_share"].values
    land = shares.sum(axis=0) - shares[LAND_CLASSES.index(WATER_CLASS)]
    land = land + state["sealed_share"].values
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(land > 0.0, falling / (end - begin) / land, np.nan)
