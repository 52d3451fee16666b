"""Fall-off of copper and nickel around the smelters of Kola, beside modelled deposition.

Run with ``python -m benchmarks.kola --data ../shared/data/real/kola``. Moss and humus (O horizon)
at some hundred sites tell how much fell at which distance of Nikel, Zapoljarnij and Monchegorsk.
The model has no weather of Kola: hours of Matsu and of Houston stand in. It is compared by its
shape only, fall-off and ranks, not by its level. Prints tables and draws
``docs/images/kola-falloff.png``.
"""

from __future__ import annotations

import argparse
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.plumes import COLOURS, at, show
from simulator import footprint_cache
from simulator.aermod.met_files import read_meteorology
from simulator.data import Parameters
from simulator.footprints import emitted_substances, source_field
from simulator.physics.dispersion.hours import prepare
from simulator.physics.dispersion.polar import RAYS, PolarField
from simulator.physics.dispersion.receptor import DRY, WET
from simulator.physics.dispersion.sources import Ground, Point, Volume

PICTURE: Final = Path(__file__).parents[1] / "docs" / "images" / "kola-falloff.png"
#: Hours that stand in, files in the folder of the reference cases.
WEATHERS: Final = {"Matsu": "MATSU_2020_2021", "Houston": "HOUSTON_1996"}
#: Farthest site used. The plume is meant for 50 km; beyond, it is shown but not defended. [km]
FARTHEST: Final[float] = 100.0
#: Sites at least so far from every plant give the background. [km]
CLEAN: Final[float] = 200.0
#: Bounds of the bins of distance to the nearest plant. [km]
BOUNDS: Final = (2.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 70.0, 100.0)
LEAST_SITES: Final[int] = 3
#: SO2 of 1991 [kt/yr], the only figure for all three plants in one year, stands for the shares of
#: the metals (emissions_published.csv: ngu.no after Kryuchkov 1993, Sivertsen et al. 1993).
EMITTED: Final = {"Nikel": 189.8, "Zapoljarnij": 67.6, "Monchegorsk": 196.2}
#: Height of the stacks. Assumed: the README of the data has found none and tells 100 to 160 m. [m]
STACK_HEIGHTS: Final = (100.0, 150.0)
#: Share of the dust that leaves the buildings low. Assumed; low emissions about the works are
#: reported (NILU on the episode of July 2007 at Nikel), their share is not.
LOW_SHARES: Final = (0.0, 0.1, 0.5, 1.0)
LOW: Final = "low"
MISSING: Final = (
    "long stable nights of the Arctic winter; snow on the ground, snowfall instead of rain; a lower"
    " mixed layer; mean wind and rose of Kola; hills and valleys that guide the wind; moss catches"
    " what it catches (rain, snow, canopy), humus keeps decades of it and loses some"
)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Layer:
    """Sites of one sampled layer with what lies above its background.

    Attributes
    ----------
    name : str
    sites : DataFrame
        With the columns of the file, ``near_km``, distance to the nearest plant, and ``western``,
        whether that is Nikel or Zapoljarnij. (About Monchegorsk the data begin at 54 km.)
    background : dict
        Median of the sites at least 200 km from every plant, by metal. [mg kg-1]
    """

    name: str
    sites: pd.DataFrame
    background: dict[str, float]

    @classmethod
    def read(cls, name: str, path: Path) -> Layer:
        """Read one layer; sites whose place is not known to a kilometre are left out."""
        sites = pd.read_csv(path)
        sites = sites[sites["y_accuracy_m"] <= 1000].copy()
        distance = sites.filter(regex=r"^dist_.*_km$")
        sites["near_km"] = distance.min(axis=1)
        sites["western"] = distance.idxmin(axis=1) != "dist_monchegorsk_km"
        clean = sites["near_km"] >= CLEAN
        background = {m: float(sites.loc[clean, m].median()) for m in ("Cu", "Ni")}
        return cls(name, sites[sites["near_km"] <= FARTHEST].reset_index(drop=True), background)

    def excess(self, metal: str) -> Floats:
        """Content above the background at each site. [mg kg-1]"""
        return self.sites[metal].to_numpy(np.float64) - self.background[metal]


@dataclass(frozen=True)
class Model:
    """Deposition of particles around one kind of release on one weather.

    Attributes
    ----------
    rings : ndarray
        ``[ring]``. [m]
    field : ndarray
        Dry and wet deposition per unit emitted, ``[ray, ring]``. [m-2]
    """

    rings: Floats
    field: Floats

    @classmethod
    def of(cls, field: PolarField) -> Model:
        """Take the particles of a field."""
        return cls(field.rings, field.values[:, :, 0, [DRY, WET]].sum(axis=-1))

    def around(self, distance: Floats) -> Floats:
        """Mean over all directions of the wind at distances [m]. [m-2]"""
        return at(self.rings, self.field.mean(axis=0), distance)

    def towards(self, dx: Floats, dy: Floats) -> Floats:
        """With the wind as it is, at points east and north of the source [m]. [m-2]"""
        place = np.arctan2(dx, dy) % (2.0 * math.pi) / (2.0 * math.pi) * RAYS
        ray = np.floor(place).astype(int)
        distance, t = np.hypot(dx, dy), place - ray
        values = np.empty((2, distance.size))
        for k in range(2):
            for n in range(distance.size):
                values[k, n] = at(self.rings, self.field[(ray[n] + k) % RAYS], distance[n])
        return (1.0 - t) * values[0] + t * values[1]


def models(folder: Path) -> dict[tuple[str, str], Model]:
    """Models by weather and release: stacks of the assumed heights, and a building."""
    fume = emitted_substances(Parameters(), "secondary copper", "FF")[:1]
    sources: dict[str, Point | Volume] = {
        f"{h:g} m": Point(0.0, 0.0, h, 6.0, 383.15, 10.0) for h in STACK_HEIGHTS
    }
    sources[LOW] = Volume(0.0, 0.0, 15.0, 100.0 / 4.3, 30.0 / 2.15)
    found = {}
    for weather, file in WEATHERS.items():
        met = read_meteorology(folder / f"{file}.SFC.gz", folder / f"{file}.PFL.gz")
        hours = prepare(met)
        key = footprint_cache.hours_digest(hours)
        for name, source in sources.items():
            reach = 3.0 * FARTHEST * 1e3
            found[weather, name] = Model.of(source_field(source, fume, hours, key, reach, Ground()))
    return found


def deposition(
    sites: pd.DataFrame,
    smelters: pd.DataFrame,
    stack: Model,
    low: Model,
    low_share: float,
    isotropic: bool,
) -> Floats:
    """Deposition of the three plants at sites, in units of their emission. [m-2]"""
    total = np.zeros(len(sites))
    for _, plant in smelters.iterrows():
        dx = sites["x_m"].to_numpy(np.float64) - plant["x_m"]
        dy = sites["y_m"].to_numpy(np.float64) - plant["y_m"]
        for model, share in ((stack, 1.0 - low_share), (low, low_share)):
            if share > 0.0:
                one = model.around(np.hypot(dx, dy)) if isotropic else model.towards(dx, dy)
                total += share * EMITTED[plant["name"]] * one
    return total / sum(EMITTED.values())


def binned(sites: pd.DataFrame, values: Floats) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Medians of distance and value in the bins that hold enough western sites, and how many."""
    rows = []
    near = sites["near_km"].where(sites["western"]).to_numpy(np.float64)
    for low, high in itertools.pairwise(BOUNDS):
        mask = (near >= low) & (near < high) & np.isfinite(values)
        if mask.sum() >= LEAST_SITES:
            rows.append((np.median(near[mask]), np.median(values[mask]), mask.sum()))
    x, y, n = np.array(rows).T
    return x, y, n.astype(np.int64)


def slopes(sites: pd.DataFrame, values: Floats) -> dict[str, float]:
    """Exponents of the medians of the bins against distance, whole and in parts."""
    x, y, _ = binned(sites, values)
    found = {}
    for label, low, high in (("2-100 km", 2, 100), ("2-20 km", 2, 20), ("15-50 km", 15, 50)):
        part = (x >= low) & (x <= high) & (y > 0.0)
        enough = part.sum() >= LEAST_SITES
        found[label] = (
            float(np.polyfit(np.log(x[part]), np.log(y[part]), 1)[0]) if enough else math.nan
        )
    return found


def ranks(one: Floats, other: Floats) -> float:
    """Spearman's correlation of ranks."""
    return float(pd.Series(one).corr(pd.Series(other), method="spearman"))


def interval(layer: Layer, metal: str, resamples: int = 300) -> tuple[float, float]:
    """Interval of 90 % of the exponent over 2-100 km, sites drawn anew (seed 1)."""
    random, excess = np.random.default_rng(1), layer.excess(metal)
    drawn = []
    for _ in range(resamples):
        index = random.integers(0, excess.size, excess.size)
        drawn.append(slopes(layer.sites.iloc[index], excess[index])["2-100 km"])
    low, high = np.nanquantile(drawn, (0.05, 0.95))
    return float(low), float(high)


def fall_table(
    layers: Sequence[Layer], smelters: pd.DataFrame, found: Mapping[tuple[str, str], Model]
) -> pd.DataFrame:
    """Exponents of what was found and of every model, which has all directions of the wind."""
    rows = {}
    for layer in layers:
        for metal in layer.background:
            low, high = interval(layer, metal)
            observed = slopes(layer.sites, layer.excess(metal))
            rows[layer.name, "observed", metal] = observed | {"5 %": low, "95 %": high}
        for weather in WEATHERS:
            for height in STACK_HEIGHTS:
                for share in LOW_SHARES:
                    if share == 1.0 and height != STACK_HEIGHTS[0]:
                        continue
                    stack, low_ = found[weather, f"{height:g} m"], found[weather, LOW]
                    values = deposition(layer.sites, smelters, stack, low_, share, True)
                    rows[layer.name, weather, named(height, share)] = slopes(layer.sites, values)
    return pd.DataFrame.from_dict(rows, orient="index")


def rank_table(
    layers: Sequence[Layer], smelters: pd.DataFrame, found: Mapping[tuple[str, str], Model]
) -> pd.DataFrame:
    """Correlation of ranks with the excess; stacks of 150 m, half of the dust low.

    With all directions of the wind the ranks hardly depend on weather and release.
    """
    rows = {}
    for layer in layers:
        candidates = {("nearness alone", "-"): -layer.sites["near_km"].to_numpy(np.float64)}
        for weather in WEATHERS:
            stack, low = found[weather, f"{STACK_HEIGHTS[-1]:g} m"], found[weather, LOW]
            for wind in ("isotropic", "as it is"):
                values = deposition(layer.sites, smelters, stack, low, 0.5, wind == "isotropic")
                candidates[weather, wind] = values
        west = layer.sites["western"].to_numpy()
        for (name, wind), values in candidates.items():
            rows[layer.name, name, wind] = {
                f"{metal}, {label}": ranks(values[mask], layer.excess(metal)[mask])
                for label, mask in (("all", west | ~west), ("western", west))
                for metal in layer.background
            }
    return pd.DataFrame.from_dict(rows, orient="index")


def named(height: float, share: float) -> str:
    """Name of a release."""
    if share in (0.0, 1.0):
        return "all low" if share else f"{height:g} m stacks"
    return f"{height:g} m, {100 * share:.0f} % low"


def bins_table(layers: Sequence[Layer], modelled: Mapping[str, Floats]) -> pd.DataFrame:
    """Medians of the excess in the bins, and of modelled deposition at the sites of the moss."""
    columns = {}
    for layer in layers:
        for metal in layer.background:
            x, y, n = binned(layer.sites, layer.excess(metal))
            columns[f"{layer.name} {metal} [mg/kg]"] = pd.Series(y, np.round(x, 1))
        columns[f"{layer.name} sites"] = pd.Series(n, np.round(x, 1))
    for name, values in modelled.items():
        x, y, _ = binned(layers[0].sites, values)
        columns[f"{name} [1e-12 m-2]"] = pd.Series(y * 1e12, np.round(x, 1))
    return pd.DataFrame(columns)


def picture(layers: Sequence[Layer], modelled: Mapping[str, Floats], path: Path) -> None:
    """Draw medians by distance, each in units of its value at 20 to 30 km."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(10.0, 4.6), sharey=True)
    for axes, layer in zip(panels, layers, strict=True):
        west = layer.sites["western"].to_numpy()
        for metal, marker, colour in (("Cu", "o", COLOURS[1]), ("Ni", "s", COLOURS[0])):
            x, y, _ = binned(layer.sites, layer.excess(metal))
            scale = at(x, np.maximum(y, 1e-9), 25.0)
            axes.loglog(
                layer.sites["near_km"][west],
                layer.excess(metal)[west] / scale,
                marker,
                ms=3,
                mew=0,
                color=colour,
                alpha=0.3,
            )
            axes.loglog(
                x, y / scale, marker, ms=8, mec="white", color=colour, label=f"{metal}, observed"
            )
        for (name, values), style in zip(modelled.items(), ("-", "--", "-.", ":"), strict=False):
            x, y, _ = binned(layers[0].sites, values)
            axes.loglog(x, y / at(x, y, 25.0), style, color="black", lw=1.6, label=name)
        axes.axvspan(50.0, FARTHEST, color="0.95", zorder=0)
        axes.set_title(f"{layer.name}: excess over the background", fontsize=10)
        axes.set_xlabel("distance from the nearest plant [km]")
        axes.set_xticks([3, 5, 10, 20, 50, 100], ["3", "5", "10", "20", "50", "100"])
        axes.minorticks_off()
        axes.set_xlim(3.0, FARTHEST)
        axes.set_ylim(2e-2, 1e2)
        axes.grid(True, which="major", color="0.88", lw=0.7)
        axes.legend(fontsize=8, frameon=False, loc="upper right")
    panels[0].set_ylabel("in units of the median at 25 km")
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables and draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/real/kola"))
    parser.add_argument("--met", type=Path, default=Path("../shared/reference/dispersion/met"))
    parser.add_argument("--picture", type=Path, default=PICTURE)
    options = parser.parse_args(arguments)
    for folder in (options.data, options.met):
        if not folder.is_dir():
            print(f"skipped: there is no folder {folder}")
            return
    smelters = pd.read_csv(options.data / "smelters.csv")
    layers = [
        Layer.read("moss", options.data / "moss.csv"),
        Layer.read("humus", options.data / "ohorizon.csv"),
    ]
    found = models(options.met)
    for layer in layers:
        text = ", ".join(f"{m} {v:.1f}" for m, v in layer.background.items())
        print(f"{layer.name}: {len(layer.sites)} sites to {FARTHEST:g} km, background {text} mg/kg")
    sites = layers[0].sites
    modelled = {}
    for weather, share in (("Matsu", 0.0), ("Matsu", 0.5), ("Matsu", 1.0), ("Houston", 0.5)):
        stack, low = found[weather, f"{STACK_HEIGHTS[-1]:g} m"], found[weather, LOW]
        values = deposition(sites, smelters, stack, low, share, True)
        modelled[f"{weather}, {named(STACK_HEIGHTS[-1], share)}"] = values
    show("\nmedians by distance from the nearest plant [km]", bins_table(layers, modelled))
    title = "exponents of the fall, medians of bins, sites nearest to Nikel or Zapoljarnij"
    show(title, fall_table(layers, smelters, found))
    title = "correlation of ranks with the excess, sites to 100 km"
    show(title, rank_table(layers, smelters, found))
    print(f"what the weather lacks: {MISSING}")
    picture(layers, modelled, options.picture)
    print(f"drawn: {options.picture}")


if __name__ == "__main__":
    main()
