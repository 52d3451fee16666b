"""Samples for the small region, and calibrations made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.calibration.adjustments import Adjustments
from simulator.calibration.fit import Calibration
from simulator.constants import METALS
from simulator.model import Simulation
from simulator.processes import default_processes
from simulator.region import Region
from simulator.region.samples import SoilSamples


def with_samples(region: Region, years: Sequence[int], count: int = 24, seed: int = 3) -> Region:
    """The region with samples of the same sites in some years: its background, and noise."""
    rng = np.random.default_rng(seed)
    soil = np.flatnonzero(region.soil_mask.ravel())
    cell = np.tile(rng.choice(soil, count, replace=False), len(years))
    row, col = np.divmod(cell, region.grid.shape[1])
    background = region.background.reshape(len(METALS), -1, region.grid.size)[:, 0, cell].T
    content = background * np.exp(rng.normal(0.3, 0.3, background.shape))
    samples = SoilSamples(
        site=tuple(f"s{i}" for _ in years for i in range(count)),
        x=region.grid.x[col],
        y=region.grid.y[row],
        year=np.repeat(years, count),
        content=content,
        below=np.zeros(content.shape, dtype=bool),
        covariates=pd.DataFrame(index=range(cell.size)),
        cell=cell,
    )
    return replace(region, samples=samples, digest=f"{region.digest} sampled")


def calibration_by_hand(
    region: Region, rate: float | NDArray[np.float64] = 1e-6, **fields: NDArray[np.float64]
) -> Calibration:
    """A calibration with a rate, positive in the west and negative in the east if it is one number.

    References are those of no input and of the background content.
    """
    shape = (len(METALS), region.grid.size)
    if np.ndim(rate) == 0:
        west = np.arange(region.grid.size) % region.grid.shape[1] < region.grid.shape[1] // 2
        rate = np.where(west, rate, np.negative(rate))
    rate = np.broadcast_to(np.asarray(rate, dtype=float), shape).copy()
    content = region.background[:, 0].reshape(shape)
    made = {
        "rate": rate,
        "low": rate - 1e-7,
        "high": rate + 1e-7,
        "weight": np.ones(shape),
        "ratio": np.full(shape, 2.0),
        "reference_input": np.zeros(shape),
        "reference_content": np.where(region.soil_mask.ravel(), content, np.nan),
    }
    return Calibration(adjustments=Adjustments.none(), horizon=10.0, **(made | fields))


def only_calibration(
    region: Region, scenario: object, calibration: Calibration | None, **options: object
) -> Simulation:
    """A simulation in which nothing happens to soil but the calibration."""
    booked = [p for p in default_processes() if p.name == "calibration"]
    return Simulation(
        region, scenario, calibration=calibration, processes=booked, settle=False, **options
    )
