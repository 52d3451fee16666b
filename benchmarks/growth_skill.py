"""What makes a potential of growth that holds in the next interval: every variant, on every map.

Run with ``python -m benchmarks.growth_skill --data ../shared/data/real [--maps pie,demo]``. Models
learn from the past of a map and choose as much land at its present as was built on until a later
date, best first; the figure of merit is hits over hits, misses and false alarms. Maps that are
kept apart are not touched. The two dates of Plum Island (pie) leave no later one: there all
variants learn and predict the same interval on opposite squares of a chessboard, and variants that
carry growth on cannot be tried. ``docs/land-use-scores.md`` shows the table.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import rasterio
from numpy.typing import NDArray

from simulator.landuse.context import LandContext, Snapshot
from simulator.landuse.drivers import distance, window_share
from simulator.landuse.growth_model import GrowthModel, open_land
from simulator.landuse.suitability import figure_of_merit

Map = NDArray[np.float64]

MISSING: Final = -9999.0
#: Side of a square of the chessboard. [pixel]
SQUARE: Final = 60


@dataclass(frozen=True)
class Task:
    """Past to learn from and a later truth; on a chessboard, both on the same interval."""

    name: str
    past: Sequence[Snapshot]
    truth: Snapshot
    context: LandContext
    chessboard: bool = False


def pie(data: Path) -> Iterator[Task]:
    maps = np.load(data / "pie" / "maps.npz")
    snapshots = [_of_cover(year, maps[f"landuse_{year}"], 2) for year in (1985, 1991)]
    layers = {name: _layer(maps[name]) for name in ("elevation_m", "slope_deg")}
    context = _context(99.9, maps["landuse_1985"] > 0, layers)
    yield Task("pie 1985->1991, chessboard", snapshots[:1], snapshots[1], context, chessboard=True)


def w90(data: Path) -> Iterator[Task]:
    maps = np.load(data / "wuhan_builtup_annual_90m" / "maps.npz")
    years = maps["years"].tolist()
    all_years = [_of_cover(y, cover, 3) for y, cover in zip(years, maps["cover"], strict=True)]
    layers = {"elevation_m": _layer(maps["elevation_m"])}
    context = _context(90.0, maps["district"] > 0, layers)
    for now, then in ((2005, 2010), (2004, 2008), (2003, 2006)):
        past, truth = all_years[: years.index(now) + 1], all_years[years.index(then)]
        yield Task(f"w90 2000..{now}->{then}", past, truth, context)


def w30(data: Path) -> Iterator[Task]:
    folder = data / "wuhan_landuse_30m"
    maps = np.load(folder / "maps.npz")
    covers = maps["landuse"]
    snapshots = [_of_cover(y, c, 4) for y, c in zip(maps["years"].tolist(), covers, strict=True)]
    layers = {}
    for name in ("elevation_m", "population"):
        with rasterio.open(folder / f"{name}.tif") as raster:
            layers[name] = _layer(raster.read(1))
    context = _context(30.0, (covers > 0).all(axis=0), layers)
    yield Task("w30 2003,2005->2010", snapshots[:2], snapshots[2], context)
    yield Task("w30 2003,2005->2010, chessboard", snapshots[:2], snapshots[2], context, True)


def west_bengal(data: Path) -> Iterator[Task]:
    maps = np.load(data / "sleuth_west_bengal" / "maps.npz")
    layers = {name: maps[name].astype(np.float32) for name in ("excluded", "slope", "roads_2005")}
    context = _context(100.0, maps["landuse_1989"] > 0, layers)
    snapshots = [_of_urban(y, maps[f"urban_{y}"]) for y in (1989, 1999, 2005)]
    yield Task("wb 1989,1999->2005", snapshots[:2], snapshots[2], context)


def demo(data: Path) -> Iterator[Task]:
    maps = np.load(data / "sleuth_demo200" / "maps.npz")
    layers = {
        "slope": maps["slope"].astype(np.float32),
        "road_distance": distance(maps["roads_1950"] > 0, 1.0),
    }
    context = _context(100.0, maps["excluded"] < 50, layers)
    snapshots = [_of_urban(y, maps[f"urban_{y}"]) for y in (1930, 1950, 1970)]
    yield Task("demo 1930,1950->1970", snapshots[:2], snapshots[2], context)


MAPS: Final[Mapping[str, Callable[[Path], Iterator[Task]]]] = {
    "pie": pie,
    "w90": w90,
    "w30": w30,
    "wb": west_bengal,
    "demo": demo,
}


def variants(task: Task) -> Iterator[tuple[str, Map]]:
    """Name and potential of each way to choose."""
    built, valid = task.past[-1].built, task.context.valid
    yield "random", np.random.default_rng(0).random(built.shape)
    yield "distance to built", -distance(built > 0.5, 1.0).astype(float)
    for half in (1, 2, 4, 8):
        size = 2 * half + 1
        yield f"neighbourhood {size}x{size}", window_share(built, valid, half).astype(float)
    if task.chessboard:
        yield from _on_squares(task)
        return
    ends = [task.past[0], task.past[-1]]
    for method in ("logistic", "forest", "boosting", "auto"):
        model = GrowthModel(method).fit(ends, task.context)
        potential = model.potential(ends, task.context)
        yield f"{method}, two dates, no rate", potential / model.rate_
        yield f"{method}, two dates, rate", potential
    if len(task.past) > 2:
        for method in ("logistic", "forest", "boosting", "auto"):
            model = GrowthModel(method).fit(task.past, task.context)
            yield f"{method}, memory", model.potential(task.past, task.context)


def _on_squares(task: Task) -> Iterator[tuple[str, Map]]:
    """Each colour of the chessboard by what was learned on the other, on the same interval."""
    row, col = np.indices(task.truth.built.shape)
    white = (row // SQUARE + col // SQUARE) % 2 == 0
    past = task.past
    for method in ("logistic", "forest", "boosting", "auto"):
        potential = np.zeros(white.shape)
        for learned in (white, ~white):
            there = replace(task.context, excluded=task.context.excluded | ~learned)
            here = replace(task.context, excluded=task.context.excluded | learned)
            model = GrowthModel(method).fit([*past, task.truth], there)
            potential += model.potential(past, here)  # before the rate is known
        yield f"{method}, {'memory' if len(past) > 1 else 'two dates, no rate'}", potential


def merit(task: Task, potential: Map) -> float:
    """Figure of merit of the gain, as much land chosen as was built on."""
    some = open_land(task.past[-1], task.context) > 0.0
    changed = (task.truth.built[some] > 0.5).astype(float)
    luck = np.random.default_rng(1).random(int(some.sum()))  # ties are cut by chance
    rank = np.lexsort((luck, potential[some])).argsort().astype(float)
    return figure_of_merit(rank, changed, np.ones(len(rank)))


def _of_cover(year: float, cover: NDArray, built: int) -> Snapshot:
    return Snapshot(year, (cover == built).astype(np.float32), cover)


def _of_urban(year: float, urban: NDArray) -> Snapshot:
    return Snapshot(year, (urban > 0).astype(np.float32))


def _layer(values: NDArray) -> NDArray[np.float32]:
    return np.where(values == MISSING, np.nan, values).astype(np.float32)


def _context(cell_size: float, valid: NDArray, layers: Mapping[str, NDArray]) -> LandContext:
    return LandContext(cell_size, valid, ~valid, layers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/real"))
    parser.add_argument("--maps", default=",".join(MAPS))
    options = parser.parse_args()
    for name in options.maps.split(","):
        for task in MAPS[name](options.data):
            print(f"\n| {task.name} | FoM |\n|---|---|", flush=True)
            for variant, potential in variants(task):
                print(f"| {variant} | {merit(task, potential):.4f} |", flush=True)


if __name__ == "__main__":
    main()
