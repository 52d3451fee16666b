"""A case that is calibrated: the small region, a hindcast made by hand, samples around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.calibration.case import Case
from analysis.calibration.variants import Learner
from simulator.calibration.hindcast import GROUPS, Hindcast
from simulator.calibration.observed import observed_at
from simulator.constants import LAND_CLASSES, METALS
from simulator.region import Region
from simulator.region.covariates import Covariate
from simulator.region.samples import SoilSamples
from simulator.scenario import Scenario

N_SAMPLES = 90
#: Content of the processes, and the ratio of the observed one in the second zone.
LEVEL, RATIO = 2e-6, 2.0
SCATTER = 0.15
#: Metals that the samples were analysed for.
ANALYSED = ("Cd", "Pb", "Zn")
TAGS = ("initial", "deposition_background", "sector:smelting")


@pytest.fixture(scope="session")
def zoned(region: Region) -> Region:
    """The small region in two zones, west and east, with samples twice as rich in the east."""
    rows, cols = region.grid.shape
    zone = np.where(np.arange(cols) < cols // 2, 1.0, 2.0)[None].repeat(rows, axis=0)
    rng = np.random.default_rng(3)
    cell = rng.choice(np.flatnonzero(region.soil_mask), N_SAMPLES)
    row, col = np.divmod(cell, cols)
    step = 0.4 * region.grid.cell_size
    shape = (N_SAMPLES, len(METALS))
    richness = np.where(zone[row, col] == 2.0, RATIO, 1.0)[:, None]
    content = LEVEL * richness * np.exp(rng.normal(0.0, SCATTER, shape))
    samples = SoilSamples(
        site=tuple(f"s{i}" for i in range(N_SAMPLES)),
        x=region.grid.x[col] + rng.uniform(-step, step, N_SAMPLES),
        y=region.grid.y[row] + rng.uniform(-step, step, N_SAMPLES),
        year=np.full(N_SAMPLES, 2009),
        content=np.where([metal in ANALYSED for metal in METALS], content, np.nan),
        below=np.zeros(shape, dtype=bool),
        covariates=pd.DataFrame({"zone": zone[row, col]}),
        cell=cell,
    )
    return replace(region, samples=samples, covariates={"zone": Covariate(zone, True)})


@pytest.fixture(scope="session")
def past(zoned: Region) -> Hindcast:
    """Ten years; half of the content was there, the rest came from the air and a sector."""
    shape = (len(METALS), zoned.grid.size)
    soil = np.where(zoned.soil_mask.reshape(-1), 1.0, np.nan)
    content = np.full((1, *shape), LEVEL) * soil
    parts = np.array([0.5, 0.4, 0.1])[None, :, None, None] * content[:, None]
    land = np.zeros((len(LAND_CLASSES), zoned.grid.size))
    land[LAND_CLASSES.index("dryland")] = 1.0
    return Hindcast(
        start=2000,
        years=np.array([2009]),
        initial=0.5 * content[0],
        content=content,
        tags=TAGS,
        by_tag=parts,
        flux={group: np.full(shape, 1e-6) for group in GROUPS},
        mean_content=0.75 * content[0],
        mass=np.full(zoned.grid.size, 250.0),
        open_share=land,
        sealed_share=np.zeros(zoned.grid.size),
        sorption_response=np.zeros((1, *shape)),
    )


@pytest.fixture(scope="session")
def case(zoned: Region, past: Hindcast, make_scenario: Callable[..., Scenario]) -> Case:
    """Calibrated by ridge regression, with factors on the processes."""
    assert zoned.samples is not None
    scenario = make_scenario(start=2000, years=10, tags={"by": "sector"})
    return Case(
        scenario, scenario, zoned, past, observed_at(past, zoned.samples),
        Learner("ridge"), True,
    )  # fmt: skip
