"""Print how far the cells of a footprint are from the exact engine.

Run with ``python -m benchmarks.footprint_error``. For stacks of ``taizhou``'s weather, cells at
growing distances are taken as means of many points of the exact mode and compared with what rings,
rays and the mapping to cells give.
"""

from __future__ import annotations

import argparse
import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.physics.dispersion.engine import Receptors, disperse
from simulator.physics.dispersion.hours import Hours, prepare
from simulator.physics.dispersion.polar import polar_field
from simulator.physics.dispersion.sources import Particles, Point
from simulator.region.meteorology import region_meteorology
from simulator.region.read import read_region

DUST = Particles(
    (0.5e-6, 1.5e-6, 4e-6, 8e-6, 20e-6),
    (0.2, 0.25, 0.25, 0.2, 0.1),
    (1800.0, 2000.0, 2400.0, 2500.0, 2600.0),
)
STACKS = {
    "120 m": Point(137.0, -211.0, 120.0, 4.0, 410.0, 15.0),
    "35 m": Point(137.0, -211.0, 35.0, 1.5, 353.0, 12.0),
}
SIZE = 1000.0  # of a cell, m
#: Cells east and north of the one that holds the source.
CELLS = ((0, 0), (1, 0), (0, -1), (-1, 1), (3, 0), (-2, -3), (0, 5), (-7, 2), (8, 8), (-4, -15))
QUANTITIES = ("air", "dry", "wet")


def exact_mean(
    stack: Point, hours: Hours, centre: tuple[float, float], points: int
) -> NDArray[np.float64]:
    """Mean over a cell of the exact mode, ``[quantity]``, per unit emitted in valid hours."""
    offsets = ((np.arange(points) + 0.5) / points - 0.5) * SIZE
    x, y = np.meshgrid(centre[0] + offsets, centre[1] + offsets)
    found = disperse(stack, [DUST], hours, Receptors.of(x.ravel(), y.ravel()))
    total = found.total[:, 0].mean(axis=0)
    return total / found.hours / np.array([1.0, 3600.0, 3600.0])


def compare(stack: Point, hours: Hours, points: int) -> pd.DataFrame:
    """Relative errors of the cells, and their share of the largest cell."""
    field = polar_field(stack, [DUST], hours, 50e3)
    centres: NDArray[np.float64] = SIZE * np.arange(-20.0, 21.0)
    cells = field.on_cells(centres - stack.x, centres - stack.y, SIZE)[0]
    rows = []
    for east, north in CELLS:
        exact = exact_mean(stack, hours, (SIZE * east, SIZE * north), points)
        got = cells[:, north + 20, east + 20]
        rows.append(
            {
                "km": math.hypot(SIZE * east - stack.x, SIZE * north - stack.y) / 1000.0,
                **dict(zip(QUANTITIES, 100.0 * (got / exact - 1.0), strict=True)),
                "of the largest dry": 100.0 * got[1] / cells[1].max(),
            }
        )
    return pd.DataFrame(rows).sort_values("km")


def main() -> None:
    """Print a table for each stack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=16, help="points along a side of a cell")
    points = parser.parse_args().points
    hours = prepare(region_meteorology(read_region("taizhou")))
    for name, stack in STACKS.items():
        table = compare(stack, hours, points)
        print(f"\n{name} stack: error of cells of 1 km against {points} x {points} points [%]")
        print(table.to_string(index=False, float_format="%.2f"))


if __name__ == "__main__":
    main()
