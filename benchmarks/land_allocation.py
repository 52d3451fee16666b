"""Time and memory of one allocation of new built land, and what its patches look like.

``python -m benchmarks.land_allocation MAPS.npz`` with the yearly maps of Wuhan at 90 m of the
reference data (arrays ``cover`` with code 3 for built and 2 for water, ``years``, ``district``).
The whole rectangle of 2.5 million pixels is taken, with the city's growth of a year and of ten
years, and the built share of 9 x 9 pixels as the potential: what counts here is the allocation.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from simulator.landuse.allocation import BEST, GrowthStyle, grow
from simulator.landuse.mosaic import Mosaic
from simulator.landuse.patches import NewPatches

CELL_AREA = 90.0**2
WATER, BUILT = 2, 3


def describe(
    name: str, mosaic: Mosaic, before: NDArray[np.bool_], after: NDArray[np.bool_]
) -> None:
    patches = NewPatches.between(mosaic, before, after)
    infill, edge, leapfrog = patches.shares
    print(
        f"  {name:42s} {patches.area.size:6d} patches of {patches.area.mean() / 1e4:5.2f} ha,"
        f" log sd {np.log(patches.area).std():.2f},"
        f" infill {infill:.2f} edge {edge:.2f} leapfrog {leapfrog:.2f}"
    )


def potential_of(built: NDArray[np.bool_], open_land: NDArray[np.bool_]) -> NDArray[np.float64]:
    density = uniform_filter(built.reshape(open_land.shape).astype(float), 9)
    return np.where(open_land, density + 1e-3, 0.0).ravel()


def one_step(
    mosaic: Mosaic,
    cover: NDArray[np.integer],
    first: int,
    last: int,
    styles: dict[str, GrowthStyle],
) -> None:
    before, after = (cover[first] == BUILT).ravel(), (cover[last] == BUILT).ravel()
    after |= before
    demand = CELL_AREA * np.count_nonzero(after & ~before)
    potential = potential_of(before, cover[first] != WATER)
    draws = np.random.default_rng(1).random((2, before.size))
    describe("as mapped", mosaic, before, after)
    for name, style in {**styles, "as learned": GrowthStyle.learn(mosaic, before, after)}.items():
        grow(mosaic, before, potential, demand, style, draws)  # compiled before it is timed
        start = time.process_time()
        chosen = grow(mosaic, before, potential, demand, style, draws)
        seconds = time.process_time() - start
        grown = before.copy()
        grown[chosen] = True
        describe(f"{name}, {seconds:.2f} s of CPU", mosaic, before, grown)


def ten_years(mosaic: Mosaic, cover: NDArray[np.integer]) -> None:
    """Ten yearly steps in the style of the first year against the map of ten years."""
    start, first, last = ((cover[k] == BUILT).ravel() for k in (0, 1, 10))
    describe("as mapped", mosaic, start, last | start)
    style = GrowthStyle.learn(mosaic, start, first)
    yearly = CELL_AREA * np.count_nonzero(last & ~start) / 10
    rng = np.random.default_rng(1)
    grown = start.copy()
    for _ in range(10):
        potential = potential_of(grown, cover[0] != WATER)
        grown[grow(mosaic, grown, potential, yearly, style, rng.random((2, grown.size)))] = True
    describe("yearly steps, style of first year", mosaic, start, grown)


def main(path: str) -> None:
    with np.load(path) as maps:
        cover = maps["cover"]
    inside = np.ones(cover.shape[1:], dtype=bool)
    Mosaic.of_cells(inside[:2, :2], CELL_AREA)
    start = time.process_time()
    mosaic = Mosaic.of_cells(inside, CELL_AREA)
    print(f"mosaic of {mosaic.area.size} pixels: {time.process_time() - start:.2f} s of CPU")
    styles = {"best first": BEST, "single units by chance": GrowthStyle(chance=1.0)}
    print("2009-2010 in one step")
    one_step(mosaic, cover, 9, 10, styles)
    print("2000-2010 in one step")
    one_step(mosaic, cover, 0, 10, styles)
    print("2000-2010 in ten steps")
    ten_years(mosaic, cover)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory of the process {peak:.2f} GiB")


if __name__ == "__main__":
    main(sys.argv[1])
