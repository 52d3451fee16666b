"""Built shares of pixels from one map: what forms are worth elsewhere, and Xianning in 2015.

Run with ``python -m benchmarks.xianning_shares --data ../shared/data/real --out FILE.tif``. Only
one date of Xianning is given, so the form was chosen where two are: maps of Wuhan and West Bengal,
brought to pixels of 270-300 m, predicted from the first date alone with the true total. What lies
south of the north border of the Xianning map is left out, so nothing later than 2000 of that land
is used. Prints the mixed-cell figure of merit of the built class for every form, writes the
prediction in the layout of the given file (7 bands, thousandths, -1 outside).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import rasterio
from numpy.typing import NDArray
from scipy.optimize import brentq

from simulator.landuse.context import LandContext
from simulator.landuse.drivers import distance, smooth_share, window_share
from simulator.landuse.shares import (
    ShareModel,
    falling_barrier,
    gained_share,
    mixed_merit,
    surroundings,
)

Floats = NDArray[np.float64]

OTHER, BUILT, WATER = 0, 1, 2
#: Northing of the north border of the Xianning map, in the maps of Wuhan. [m]
XIANNING_NORTH: Final = 3_362_026.0
#: Spread of the surroundings and built share in them up to which land counts as rural.
RURAL: Final = (16000.0, 0.08)
#: Classes of Xianning, from 0: open water, built-up.
XIANNING_WATER, XIANNING_BUILT = 3, 4
THOUSAND: Final = 1000
#: Distances to roads are left out: what one half of the map tells of them misleads on the other.
BARRIERS: Final = ("slope_deg",)
ROADS: Final = ("dist_primary_road_deg", "dist_secondary_road_deg", "dist_tertiary_road_deg")
#: Rows of the north, which holds about as much built land as the south.
NORTH_ROWS: Final = 180
#: Factor of growth that is looked for at most.
MOST: Final = 1e4
#: Length of a degree of latitude, mean over the ellipsoid. [m]
DEGREE: Final = 111_195.0


@dataclass(frozen=True)
class Scene:
    """A place at two dates.

    Attributes
    ----------
    name : str
    shares : ndarray ``[class, row, col]``
        Other, built, water at the first date. [-]
    after : ndarray ``[row, col]``
        Built at the second date. [-]
    context : LandContext
    scored : ndarray of bool ``[row, col]``
        Pixels that are predicted and scored; the context tells of those around them too.
    """

    name: str
    shares: Floats
    after: Floats
    context: LandContext

    @property
    def built(self) -> Floats:
        return self.shares[BUILT]

    @property
    def gain(self) -> float:
        """Net growth. [pixel]"""
        return float((self.after - self.built)[self.context.valid].sum())

    @property
    def open_land(self) -> Floats:
        return np.where(self.context.valid, self.shares[OTHER], 0.0)

    def merit(self, gained: Floats) -> float:
        at = self.context.valid
        return mixed_merit(self.built[at], self.after[at], (self.built + gained)[at])

    def within(self, name: str, pixels: NDArray[np.bool_]) -> Scene:
        context = replace(self.context, valid=self.context.valid & pixels)
        return replace(self, name=name, context=context)


def blocks(values: NDArray, size: int) -> Floats:
    """Mean over squares of pixels."""
    rows, cols = (n // size * size for n in values.shape)
    cut = values[:rows, :cols].astype(float)
    return cut.reshape(rows // size, size, cols // size, size).mean(axis=(1, 3))


def scene(name: str, built: Floats, after: Floats, water: Floats, context: LandContext) -> Scene:
    other = np.clip(1.0 - built - water, 0.0, 1.0)
    return Scene(name, np.stack([other, built, water]), after, context)


def wuhan(data: Path) -> Iterator[Scene]:
    """2000 to 2010 of pixels of 90 m, and parts of it."""
    maps = np.load(data / "wuhan_builtup_annual_90m" / "maps.npz")
    cover, size = maps["cover"], 3
    height = np.where(maps["elevation_m"] > -9000.0, maps["elevation_m"], np.nan)
    height = blocks(np.nan_to_num(height, nan=float(np.nanmedian(height))), size)
    north = int((maps["extent"][3] - XIANNING_NORTH) / (90.0 * size))
    valid = np.arange(height.shape[0])[:, None] < np.where(np.ones(height.shape), north, 0)
    slope = np.degrees(np.arctan(np.hypot(*np.gradient(height, 90.0 * size))))
    layers = {"slope_deg": slope.astype(np.float32)}
    context = LandContext(90.0 * size, valid, np.zeros_like(valid), layers)
    before, after = (blocks(cover[i] == 3, size) for i in (0, 10))
    whole = scene("Wuhan 2000-2010", before, after, blocks(cover[0] == 2, size), context)
    yield whole
    spread, most = RURAL
    yield whole.within(
        "- rural part", smooth_share(before, valid, spread / context.cell_size) < most
    )
    west = np.arange(valid.shape[1])[None, :] < valid.shape[1] // 2
    yield whole.within("- west", west)
    yield whole.within("- east", ~west)


def wuhan_fine(data: Path) -> Iterator[Scene]:
    """2003 to 2010 of pixels of 30 m."""
    maps = np.load(data / "wuhan_landuse_30m" / "maps.npz")
    cover, size = maps["landuse"], 9
    valid = blocks((cover > 0).all(axis=0), size) > 0.99
    valid[int((maps["extent"][3] - XIANNING_NORTH) / (30.0 * size)) :] = False
    context = LandContext(30.0 * size, valid, np.zeros_like(valid))
    before, after = (blocks(cover[i] == 4, size) for i in (0, 2))
    yield scene("Wuhan 2003-2010", before, after, blocks(cover[0] == 6, size), context)


def west_bengal(data: Path) -> Iterator[Scene]:
    """1989 to 1999 and to 2005 of pixels of 100 m."""
    maps, size = np.load(data / "sleuth_west_bengal" / "maps.npz"), 3
    valid = blocks(maps["landuse_1989"] > 0, size) > 0.99
    roads = blocks(maps["roads_2005"] > 0, size) > 0.0
    layers = {
        "slope_percent": blocks(maps["slope"], size).astype(np.float32),
        "road_distance_m": distance(roads, 100.0 * size),
    }
    context = LandContext(100.0 * size, valid, np.zeros_like(valid), layers)
    before = blocks(maps["urban_1989"] > 0, size)
    for year in (1999, 2005):
        after = blocks(maps[f"urban_{year}"] > 0, size)
        water = np.minimum(blocks(maps["excluded"] >= 100, size), 1.0 - before)
        yield scene(f"West Bengal 1989-{year}", before, after, water, context)


def proportional(at: Scene) -> Floats:
    """Every pixel grows by one factor, as far as it has room."""
    return met(at, lambda factor: np.minimum(factor * at.built, at.open_land))


def spread_evenly(at: Scene, potential: Floats) -> Floats:
    """Open land is built on in proportion to the potential: the mean, not a quantile."""
    return met(at, lambda factor: at.open_land * np.minimum(factor * potential, 1.0))


def met(at: Scene, gained: Callable[[float], Floats]) -> Floats:
    """Growth at the factor that meets the total; as much as there is room for, if less."""
    if gained(MOST).sum() <= at.gain:
        return gained(MOST)
    return gained(brentq(lambda factor: gained(factor).sum() - at.gain, 0.0, MOST))


def whole_pixels(at: Scene, potential: Floats) -> Floats:
    """Pixels of highest potential are filled, one after the other."""
    order = np.argsort(-potential, axis=None, kind="stable")
    room = at.open_land.ravel()[order]
    before = np.cumsum(room) - room
    gained = np.zeros(room.size)
    gained[order] = np.clip(at.gain - before, 0.0, room)
    return gained.reshape(potential.shape)


def one_quantile(at: Scene, potential: Floats, exponent: float) -> Floats:
    gained = gained_share(potential.ravel(), at.open_land.ravel(), at.gain, exponent)
    return gained.reshape(potential.shape)


def score(at: Scene) -> dict[str, float]:
    """Figure of merit of every form."""
    window = window_share(at.built, at.context.valid, 4).astype(float)
    model = ShareModel(BUILT, (WATER,)).fit(at.shares, at.context)
    potential = model.potential(at.shares, at.context)
    found = {
        "built before": float(at.built[at.context.valid].mean()),
        "built after": float(at.after[at.context.valid].mean()),
        "exponent": model.exponent_,
        "proportional": at.merit(proportional(at)),
        "9x9, whole pixels": at.merit(whole_pixels(at, window)),
        "9x9, mean": at.merit(spread_evenly(at, window)),
        "scales, whole pixels": at.merit(whole_pixels(at, potential)),
        "scales, mean": at.merit(spread_evenly(at, potential)),
        "9x9, quantile": at.merit(one_quantile(at, window, model.exponent_)),
        "scales, quantile": at.merit(one_quantile(at, potential, model.exponent_)),
    }
    if at.context.layers:
        hindered = ShareModel(BUILT, (WATER,), tuple(at.context.layers)).fit(at.shares, at.context)
        rest = hindered.potential(at.shares, at.context)
        found["scales, barriers, quantile"] = at.merit(one_quantile(at, rest, model.exponent_))
    return found


def xianning(
    data: Path, names: tuple[str, ...]
) -> tuple[NDArray[np.int16], LandContext, Floats, dict]:
    """Shares of 2000 in thousandths, context with layers, demand of 2015, profile of the file."""
    folder = data / "xianning_mixed_landuse"
    with rasterio.open(folder / "fractions_2000.tif") as file:
        shares, profile, transform = file.read(), file.profile, file.transform
    with rasterio.open(folder / "drivers.tif") as file:
        layers = dict(zip(file.descriptions, file.read(), strict=True))
    known = {name: np.where(layers[name] > -9000.0, layers[name], np.nan) for name in names}
    valid = shares[0] >= 0
    latitude = transform.f + transform.e * valid.shape[0] / 2.0
    side = DEGREE * abs(transform.e) * np.sqrt(np.cos(np.radians(latitude)))
    context = LandContext(float(side), valid, np.zeros_like(valid), known)
    demand = pd.read_csv(folder / "demand.csv")["share_2015"].to_numpy(float)
    return shares, context, demand, profile


def carried_over(data: Path) -> pd.DataFrame:
    """Whether barriers learned on a part of Xianning help to find what is built on the other.

    The built land of 2000 is looked for with its surroundings alone, the pixel itself left out.
    """
    whole, context, _, _ = xianning(data, ROADS + BARRIERS)
    valid = context.valid
    built = np.where(valid, whole[XIANNING_BUILT], 0) / THOUSAND
    room = np.where(valid, 1.0 - whole[XIANNING_WATER] / THOUSAND, 0.0)
    around = surroundings(built, context)
    row, col = np.indices(valid.shape)
    sides = {"west": col < valid.shape[1] // 2, "north": row < NORTH_ROWS}
    sides |= {"east": ~sides["west"], "south": ~sides["north"]}
    found = {}
    for names in ((), BARRIERS, ROADS, ROADS + BARRIERS):
        for power in (1.0, 0.5) if names else (1.0,):
            row_of = found.setdefault(f"{', '.join(names) or 'none'}; power {power}", {})
            for side, pixels in sides.items():
                there, here = valid & ~pixels, valid & pixels
                expected, chance = (around * room)[there], around[here]
                for name in names:
                    layer = context.layers[name]
                    layer = np.where(np.isnan(layer), np.nanmedian(layer[valid]), layer)
                    values, factors = falling_barrier(layer[there], built[there], expected)
                    expected = expected * np.interp(layer[there], values, factors)
                    chance = chance * np.interp(layer[here], values, factors) ** power
                told = gained_share(chance, room[here], float(built[here].sum()), 1.0)
                row_of[side] = mixed_merit(np.zeros(told.shape), built[here], told)
    return pd.DataFrame(found).T


def in_thousandths(shares: Floats) -> NDArray[np.int16]:
    """Whole thousandths that keep the sum of each pixel: largest remainders are rounded up.

    Parameters
    ----------
    shares : ndarray ``[class, pixel]``
        Shares whose sums are whole thousandths. [-]
    """
    exact = shares * THOUSAND
    low = np.floor(exact + 1e-9)
    missing = np.rint(exact.sum(axis=0) - low.sum(axis=0))
    rank = np.argsort(np.argsort(low - exact, axis=0, kind="stable"), axis=0, kind="stable")
    return (low + (rank < missing)).astype(np.int16)


def predict(data: Path, out: Path) -> pd.DataFrame:
    """Write Xianning in 2015 and say what its totals are."""
    whole, context, demand, profile = xianning(data, BARRIERS)
    shares = np.where(context.valid, whole, 0) / THOUSAND
    model = ShareModel(XIANNING_BUILT, (XIANNING_WATER,), BARRIERS).fit(shares, context)
    later = model.predict(shares, demand, context)
    written = np.full(whole.shape, -1, np.int16)
    written[:, context.valid] = in_thousandths(later[:, context.valid])
    out.parent.mkdir(parents=True, exist_ok=True)
    profile.update(driver="GTiff", dtype="int16", nodata=-1, compress="deflate", predictor=2)
    with rasterio.open(out, "w", **profile) as file:
        file.write(written)
        file.descriptions = tuple(f"class_{k}" for k in range(1, len(written) + 1))
    print(f"exponent {model.exponent_:.2f}; of the chance barriers leave, lowest to highest:")
    for name, (_, factors) in model.barriers_.items():
        print(f"  {name}: {factors[-1] / factors[0]:.2f}")
    valid = context.valid
    return pd.DataFrame(
        {
            "class": np.arange(1, len(demand) + 1),
            "share 2000": shares[:, valid].mean(axis=1),
            "demand 2015": demand,
            "written 2015": written[:, valid].mean(axis=1) / THOUSAND,
            "pixels changed": (written != whole)[:, valid].mean(axis=1),
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/real"))
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("benchmarks/landuse_predictions/xianning_fractions_2015.tif"),
    )
    options = parser.parse_args()
    places = [*wuhan(options.data), *wuhan_fine(options.data), *west_bengal(options.data)]
    table = pd.DataFrame({place.name: score(place) for place in places})
    print(table.round(3).to_string())
    print(carried_over(options.data).round(3).to_string())
    print(predict(options.data, options.out).round(5).to_string(index=False))


if __name__ == "__main__":
    main()
