"""A region of any size, made in memory: real soils and weather of the shape, no file read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from simulator.calibration.adjustments import Adjustments
from simulator.calibration.fit import Calibration
from simulator.constants import LAND_CLASSES, METALS
from simulator.region import Region, read_region
from simulator.region.area_sources import no_area_sources
from simulator.region.model import Grid, Soil
from simulator.scenario import Scenario, read_scenario
from simulator.scenario.model import InitialSoil, Tags


def synthetic_region(rows: int, cols: int, parcel_cells: int = 10, seed: int = 0) -> Region:
    """Region of `rows` x `cols` cells of 100 m with soils, sources and weather as in `taizhou`.

    Parcels are squares of `parcel_cells` cells a side with classes drawn at random.
    """
    real = read_region("taizhou")
    rng = np.random.default_rng(seed)
    grid = Grid(real.grid.crs, real.grid.x_min, real.grid.y_max, 100.0, (rows, cols))
    rr, cc = np.nonzero(real.soil_mask)
    pick = rng.integers(rr.size, size=(rows, cols))

    def spread(array: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(array[..., rr[pick], cc[pick]])

    soil = Soil(**{name: spread(getattr(real.soil, name)) for name in Soil.__dataclass_fields__})
    return Region(
        name="synthetic",
        title="Synthetic region",
        description="made in memory for benchmarks",
        folder=Path(),
        grid=grid,
        latitude=real.latitude,
        layer_thickness=real.layer_thickness,
        soil_mask=np.ones((rows, cols), dtype=bool),
        soil=soil,
        background=spread(real.background),
        elevation=spread(real.elevation),
        slope=spread(real.slope),
        district=np.ones((rows, cols), dtype=np.int32),
        district_names={1: "all"},
        background_deposition=real.background_deposition,
        weather=real.weather,
        weather_station=real.weather_station,
        anemometer_height=real.anemometer_height,
        weather_site=real.weather_site,
        daily=real.daily,
        daily_site=real.daily_site,
        sources=_sources(real.sources, grid, rng),
        area_sources=no_area_sources(),
        parcels=_parcels(grid, parcel_cells, rng),
        digest=f"synthetic {rows}x{cols} seed {seed}",
    )


def synthetic_scenario(**overrides: object) -> Scenario:
    """The settings of `taizhou-baseline`, for a region made in memory."""
    return read_scenario("taizhou-baseline").model_copy(
        update={
            "name": "synthetic",
            "region": "synthetic",
            "soil": InitialSoil(),
            "tags": Tags(),
            **overrides,
        }
    )


def synthetic_calibration(region: Region, seed: int = 0) -> Calibration:
    """A calibration of every cell and metal, half of the rates missing inputs, half losses."""
    rng = np.random.default_rng(seed)
    shape = (len(METALS), region.grid.size)
    content = region.background[:, 0].reshape(shape)
    rate = rng.normal(0.0, 1e-3, shape) * content  # kg m-2 yr-1: a per mille of a kg of soil
    return Calibration(
        adjustments=Adjustments.none(),
        horizon=30.0,
        rate=rate,
        low=0.5 * rate,
        high=1.5 * rate,
        weight=np.ones(shape),
        ratio=np.ones(shape),
        reference_input=np.full(shape, 1e-6),
        reference_content=content,
    )


def _sources(real: pd.DataFrame, grid: Grid, rng: np.random.Generator) -> pd.DataFrame:
    sources = real.iloc[:10].copy()
    x_min, y_min, x_max, y_max = grid.bounds
    sources["x"] = rng.uniform(x_min, x_max, len(sources))
    sources["y"] = rng.uniform(y_min, y_max, len(sources))
    return sources


def _parcels(grid: Grid, side: int, rng: np.random.Generator) -> pd.DataFrame:
    rows, cols = -(-grid.shape[0] // side), -(-grid.shape[1] // side)
    size = side * grid.cell_size
    row, col = np.divmod(np.arange(rows * cols), cols)
    x_min, y_min, x_max, y_max = grid.bounds
    left, top = x_min + col * size, y_max - row * size
    boxes = shapely.box(left, np.maximum(top - size, y_min), np.minimum(left + size, x_max), top)
    land = rng.choice(
        LAND_CLASSES, rows * cols, p=[0.2, 0.1, 0.05, 0.05, 0.4, 0.04, 0.01, 0.1, 0.05, 0.0]
    )
    built = np.isin(land, ["urban", "industrial"])
    impervious = np.where(built, rng.uniform(0.2, 0.7, land.size), 0.03)
    return pd.DataFrame(
        {
            "id": np.arange(1, rows * cols + 1),
            "land_class": land,
            "impervious": np.where(land == "water", 0.0, impervious),
            "zone": "open",
            "geometry": boxes,
        }
    )


assert len(METALS) == 8  # the figures of the benchmarks are for eight metals
