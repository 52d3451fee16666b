"""Predict later land-use maps of the three study areas from the maps that are given.

Run with ``python -m benchmarks.landuse_predictions --data ../shared/data/real`` (add ``--only
pie``, ``wuhan90`` or ``wuhan30``; ``--check`` also predicts a map that is given from those before
it and prints how good that is). Writes GeoTIFFs to ``benchmarks/landuse_predictions``. The later
maps themselves are kept apart; where their totals are given, the predictions have them.

- ``pie_1999.tif`` from 1991, ``pie_1999_from_1985.tif`` from the state of 1985.
- ``wuhan90_cover_2011_2020.tif``, a band a year. Totals are not given: as much is built in each
  year as in the mean year of the last five. ``wuhan90_rank_2010.tif`` is the order in which open
  land of the city is built on (1 first; 0: built by 2010, outside, or past the last rank kept), so
  that it can be cut at any other total.
- ``wuhan30_2013.tif``, all classes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import rasterio
from numpy.typing import NDArray

from simulator.landuse.allocation import BEST, grow
from simulator.landuse.class_model import ClassModel, figure_of_merit
from simulator.landuse.context import LandContext, Snapshot
from simulator.landuse.growth_model import GrowthModel
from simulator.landuse.mosaic import Mosaic
from simulator.landuse.transitions import allocate

Map = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Potential = NDArray[np.float64]

OUT: Final = Path("benchmarks/landuse_predictions")
SEED: Final = 0
#: Years at the end of the yearly series whose mean growth goes on.
TREND_YEARS: Final = 5
YEARS_AHEAD: Final = 10
#: Ranks kept: five times what the trend builds on in ten years.
RANKS: Final = 250_000


# ------------------------------------------------------------------ maps


def read(path: Path) -> NDArray[Any]:
    with rasterio.open(path) as file:
        return np.asarray(file.read())


def layer(path: Path) -> NDArray[np.float32]:
    values = read(path)[0].astype(np.float32)
    return np.where(values == -9999.0, np.float32(np.nan), values)


def write(path: Path, bands: NDArray[Any], like: Path, names: Sequence[str] = ()) -> None:
    with rasterio.open(like) as file:
        profile = file.profile
    profile.update(count=len(bands), dtype=bands.dtype, compress="deflate")
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(path, "w", **profile) as file:
        file.write(bands)
        for band, name in enumerate(names, start=1):
            file.set_band_description(band, name)
    print(f"wrote {path} ({path.stat().st_size / 1e3:.0f} kB)")


def snapshots(years: Sequence[int], covers: Sequence[Map], built: int) -> list[Snapshot]:
    return [
        Snapshot(year, (cover == built).astype(np.float32), cover)
        for year, cover in zip(years, covers, strict=True)
    ]


# ------------------------------------------------------------- predicting


def built_order(potential: Potential, now: Snapshot, within: Mask, cells: int) -> NDArray[np.intp]:
    """Flat indices of the pixels that are built on, the best first."""
    draws = np.random.default_rng(SEED).random((2, int(within.sum())))
    chosen = grow(
        Mosaic.of_cells(within, 1.0), now.built[within] > 0.5, potential[within], cells, BEST, draws
    )
    return np.flatnonzero(within)[chosen]


def with_growth(chances: NDArray[np.float32], potential: Potential, built: int) -> None:
    """Let the growth model have a say in which open land is built on (mean of both chances)."""
    open_land = potential > 0.0
    own = chances[built][open_land]
    both = np.clip(0.5 * (own + potential[open_land]), 0.0, 1.0)
    chances[:, open_land] *= (1.0 - both) / np.maximum(1.0 - own, 1e-6)
    chances[built][open_land] = both


def allocated(
    chances: NDArray[np.float32],
    now: Snapshot,
    model: ClassModel,
    demand: NDArray[np.float64],
    fixed: NDArray[np.integer] | None = None,
) -> Map:
    """Map of all classes of the highest total chance that has the totals (in pixels).

    ``fixed`` holds codes of pixels that are decided already, 0 elsewhere.
    """
    cover = np.asarray(now.cover)
    at = chances.sum(axis=0) > 0.0
    codes = np.array(model.codes_)
    with np.errstate(divide="ignore"):
        score = np.log(np.maximum(chances[:, at], 1e-6))
    current = np.searchsorted(codes, cover[at])
    if fixed is not None:
        decided = fixed[at]
        score[(codes[:, None] != decided) & (decided > 0)] = -np.inf
        for c, code in enumerate(codes):  # no more of a class that is decided
            if np.any(decided == code):
                score[c, decided == 0] = -np.inf
    draws = np.random.default_rng(SEED).random(score.shape, dtype=np.float32)
    new = allocate(np.ones(len(current)), current, score, demand, model.rules(), 0.0, draws)
    out = np.zeros(cover.shape, np.uint8)
    out[at] = codes[new]
    return out


def gain_merit(cover: Map, predicted: Map, truth: Map, code: int, within: Mask) -> float:
    """Figure of merit of what became of the class."""
    gained = (truth == code) & (cover != code) & within
    foretold = (predicted == code) & (cover != code) & within
    return float((gained & foretold).sum() / max((gained | foretold).sum(), 1))


def report(name: str, cover: Map, predicted: Map, truth: Map, built: int, within: Mask) -> None:
    at = within & (truth > 0) & (cover > 0)
    before, foretold, after = (a[at].astype(np.int64) for a in (cover, predicted, truth))
    merit = figure_of_merit(before, foretold, after, np.ones(len(before)))
    gain = gain_merit(cover, predicted, truth, built, at)
    print(f"{name}: figure of merit of built gain {gain:.4f}, of all change {merit:.4f}")


# ------------------------------------------------------------- study areas


def pie(data: Path, check: bool) -> None:
    """Plum Island Ecosystems; nothing to check against but the year learned from."""
    folder, built = data / "pie", 2
    paths = [folder / f"landuse_{year}.tif" for year in (1985, 1991)]
    past = snapshots((1985, 1991), [read(path)[0] for path in paths], built)
    valid = np.all([s.cover > 0 for s in past if s.cover is not None], axis=0)
    layers = {name: layer(folder / f"{name}.tif") for name in ("elevation_m", "slope_deg")}
    context = LandContext(99.94, valid, ~valid, layers)
    demand = pd.read_csv(folder / "demand.csv").set_index("year").loc[1999].to_numpy(float)
    growth = GrowthModel(seed=SEED).fit(past, context)
    classes = ClassModel(SEED).fit(past, context)
    print(f"pie: built {growth.skill_}, all classes {classes.skill_}")
    for now, name in ((past[1:], "pie_1999"), (past[:1], "pie_1999_from_1985")):
        predicted = built_first(growth, classes, now, context, demand, built)
        write(OUT / f"{name}.tif", predicted[None], paths[0])


def built_first(
    growth: GrowthModel,
    classes: ClassModel,
    past: Sequence[Snapshot],
    context: LandContext,
    demand: NDArray[np.float64],
    built: int,
) -> Map:
    """Built land grows by the growth model and never goes back, then the rest is shared out."""
    now = past[-1]
    at = context.valid
    wanted = int(demand[classes.codes_.index(built)] - (now.built[at] > 0.5).sum())
    chosen = built_order(growth.potential(past, context), now, at, wanted)
    fixed = np.where((now.built > 0.5) & at, built, 0)
    fixed.flat[chosen] = built
    totals = demand.copy()
    totals[np.argmax(np.where(np.array(classes.codes_) == built, 0, demand))] = np.nan
    totals[classes.codes_.index(built)] = (fixed[at] == built).sum()
    return allocated(classes.potential(past, context), now, classes, totals, fixed)


def wuhan90(data: Path, check: bool) -> None:
    """Wuhan at 90 m, year by year; counted inside the city."""
    folder, built = data / "wuhan_builtup_annual_90m", 3
    path = folder / "cover_2000_2010.tif"
    covers = read(path)
    past = snapshots(range(2000, 2011), list(covers), built)
    within = read(folder / "district.tif")[0] > 0
    valid = (covers > 0).all(axis=0) & within
    layers = {"elevation_m": layer(folder / "elevation_m.tif")}
    context = LandContext(90.0, valid, ~valid, layers)
    if check:
        growth = GrowthModel(seed=SEED).fit(past[:6], context)
        truth = covers[-1]
        cells = int(((truth == built) & (covers[5] != built) & valid).sum())
        predicted = covers[5].copy()
        order = built_order(growth.potential(past[:6], context), past[5], valid, cells)
        predicted.flat[order] = built
        report("wuhan 90 m, 2000-2005 -> 2010", covers[5], predicted, truth, built, valid)
    growth = GrowthModel(seed=SEED).fit(past, context)
    print(f"wuhan 90 m: {growth.skill_}")
    order = built_order(growth.potential(past, context), past[-1], valid, RANKS)
    rank = np.zeros(valid.shape, np.uint32)
    rank.flat[order] = np.arange(1, len(order) + 1)
    write(OUT / "wuhan90_rank_2010.tif", rank[None], path, ["rank"])
    counts = [(cover[valid] == built).sum() for cover in covers]
    yearly = (counts[-1] - counts[-1 - TREND_YEARS]) / TREND_YEARS
    years = range(1, YEARS_AHEAD + 1)
    maps = np.repeat(covers[-1:], YEARS_AHEAD, axis=0)
    for cover, ahead in zip(maps, years, strict=True):
        cover[(rank > 0) & (rank <= round(ahead * yearly))] = built
    write(OUT / "wuhan90_cover_2011_2020.tif", maps, path, [str(2010 + ahead) for ahead in years])


def wuhan30(data: Path, check: bool) -> None:
    """Wuhan at 30 m, all classes; maps classified one by one, so built land may go back too."""
    folder, built = data / "wuhan_landuse_30m", 4
    paths = [folder / f"landuse_{year}.tif" for year in (2003, 2005, 2010)]
    covers = [read(path)[0] for path in paths]
    past = snapshots((2003, 2005, 2010), covers, built)
    valid = np.all([cover > 0 for cover in covers], axis=0)
    layers = {name: layer(folder / f"{name}.tif") for name in ("elevation_m", "population")}
    context = LandContext(30.0, valid, ~valid, layers)
    if check:
        truth = covers[2]
        demand = np.bincount(truth[valid], minlength=8)[1:].astype(float)
        predicted = all_classes(past[:2], past[1:2], context, demand, built)
        report("wuhan 30 m, 2003-2005 -> 2010", covers[1], predicted, truth, built, valid)
    table = pd.read_csv(folder / "demand.csv").set_index("year")
    predicted = all_classes(past, past[1:], context, table.loc[2013].to_numpy(float), built)
    write(OUT / "wuhan30_2013.tif", predicted[None], paths[0])


def all_classes(
    learned: Sequence[Snapshot],
    past: Sequence[Snapshot],
    context: LandContext,
    demand: NDArray[np.float64],
    built: int,
) -> Map:
    """All classes at once, the growth model and the class model together on built land.

    The inertia learned makes the figure of merit best, which asks for more change than there is:
    more land is built on, and more goes back, than the later map will show.
    """
    classes = ClassModel(SEED).fit(learned, context)
    print(f"all classes: {classes.skill_}, inertia {classes.inertia_:.1f}")
    chances = classes.potential(past, context)
    growth = GrowthModel(seed=SEED).fit(learned, context)
    print(f"built: {growth.skill_}")
    with_growth(chances, growth.potential(past, context), classes.codes_.index(built))
    totals = demand.copy()
    totals[np.argmax(demand)] = np.nan  # maps differ by a few pixels of no data
    return allocated(chances, past[-1], classes, totals)


AREAS: Final = {"pie": pie, "wuhan90": wuhan90, "wuhan30": wuhan30}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/real"))
    parser.add_argument("--only", choices=list(AREAS), action="append")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    for name in options.only or AREAS:
        start = time.perf_counter()
        AREAS[name](options.data, options.check)
        print(f"{name}: {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
