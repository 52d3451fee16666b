"""What parcels cost: one a square, from ten thousand to a million of them.

Prints seconds for the overlay with the cells, for neighbours, for the agents and for a year of land
use with patches, and the peak memory of the process::

    python -m benchmarks.parcel_scale --parcels 100000
"""

from __future__ import annotations

import argparse
import math
import resource
import time

import mesa
import numpy as np
import pandas as pd
import shapely

from simulator.agents.building_rules import BuildingRules
from simulator.agents.parcel import LandUseParcel
from simulator.agents.parcel_map import ParcelMap
from simulator.agents.parcel_set import ParcelSet
from simulator.constants import LAND_CLASSES
from simulator.landuse.allocation import GrowthStyle
from simulator.region.model import Grid

SIDE = 100.0  # m
CELL = 1000.0  # m
RULES = BuildingRules(
    densification_rate=0.045,
    max_impervious_urban=0.8,
    max_impervious_industrial=0.88,
    neighbourhood_distance=SIDE,
    construction_share=0.4,
    slope_limit=math.radians(25.0),
    construction_years=2.0,
    style=GrowthStyle(1.0, (0.2, 0.65, 0.15), 4 * SIDE**2, 0.9, 0.4),
)


def squares(side: int) -> pd.DataFrame:
    """Parcels of one hectare that tile a square: farmland with a town in every 5 km."""
    row, col = np.divmod(np.arange(side * side), side)
    x, y = col * SIDE, (side - row) * SIDE
    town = np.hypot((row % 50) - 25, (col % 50) - 25) < 8
    return pd.DataFrame(
        {
            "id": np.arange(1, side * side + 1),
            "land_class": np.where(town, "urban", "dryland"),
            "geometry": shapely.box(x, y - SIDE, x + SIDE, y),
        }
    )


def main() -> None:
    """Print the costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parcels", type=int, default=100_000)
    side = 10 * round(math.sqrt(parser.parse_args().parcels) / 10)
    cells = round(side * SIDE / CELL)
    grid = Grid("EPSG:32651", 0.0, side * SIDE, CELL, (cells, cells))
    table = squares(side)
    seconds: dict[str, float] = {}

    def clock(what: str, begun: float) -> float:
        now = time.perf_counter()
        seconds[what] = now - begun
        return now

    ParcelMap.build(*_flat(Grid("EPSG:32651", 0, 10 * CELL, CELL, (10, 10))), squares(100), SIDE)
    now = time.perf_counter()
    parcel_map = ParcelMap.build(*_flat(grid), table, SIDE)
    now = clock("overlay, neighbours, centres", now)
    codes = table["land_class"].map({name: k for k, name in enumerate(LAND_CLASSES)}).to_numpy()
    built = parcel_map.built_at_start
    parcels = ParcelSet(
        parcel_map, RULES, codes, np.where(built, 0.5, 0.0), np.zeros(len(codes), dtype=bool)
    )
    model = mesa.Model(rng=0)
    model.parcels = parcels
    now = time.perf_counter()
    agents = [LandUseParcel(model, i) for i in range(len(parcels))]
    now = clock("agents", now)
    rng = np.random.default_rng(0)
    demand = 0.03 * parcels.built_area
    parcels.step(2020, demand, rng)  # compiles
    years = []
    for year in range(2021, 2026):
        now = time.perf_counter()
        parcels.step(year, demand, rng)
        parcels.land_shares()
        years.append(time.perf_counter() - now)
    seconds["a year, shares of cells too (median of 5)"] = float(np.median(years))
    print(f"{len(agents)} parcels, {parcel_map.adjacency.nnz} pairs of neighbours")
    for what, s in seconds.items():
        print(f"  {what:<45} {s:8.2f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"  {'peak memory':<45} {peak:8.2f} GiB")


def _flat(grid: Grid) -> tuple[Grid, np.ndarray, np.ndarray]:
    return grid, np.zeros(grid.shape), np.ones(grid.shape, dtype=np.int32)


if __name__ == "__main__":
    main()
