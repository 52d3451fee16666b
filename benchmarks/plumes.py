"""Fall of deposition with distance on real weather, beside published transects.

Run with ``python -m benchmarks.plumes``. Particles and gaseous mercury of a 120 m and a 40 m stack
and of a leaking building, on the weather of the region ``taizhou``: ring means, exponents of the
fall, shares within 10 km, and which mixture of low and tall releases falls as observed. Prints
tables and draws ``docs/images/deposition-distance.png``. Fields are kept in ``METALSCAPE_CACHE``.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray
from scipy.optimize import brentq

from simulator import footprint_cache
from simulator.constants import MODES
from simulator.data import Parameters
from simulator.footprints import emitted_substances, source_field
from simulator.physics.dispersion.hours import Hours, prepare
from simulator.physics.dispersion.kernel_inputs import V_D, air_of, begin_hour, source_exit
from simulator.physics.dispersion.plume import crosswind, plume_at, settle
from simulator.physics.dispersion.polar import PolarField
from simulator.physics.dispersion.rates import categories
from simulator.physics.dispersion.receptor import DRY, WET
from simulator.physics.dispersion.sources import Ground, Particles, Point, Substance, Volume
from simulator.physics.dispersion.surface_air import deposition_height
from simulator.region.meteorology import region_meteorology
from simulator.region.read import read_region
from simulator.region.surface import monthly_temperature, season_by_month

LOW: Final = ("10 m building", "10 m, cement sizes", "10 m, 20-40 um")
PICTURE: Final = Path(__file__).parents[1] / "docs" / "images" / "deposition-distance.png"
REACH: Final[float] = 50e3  # m
#: Distances of the printed ring means. [km]
SHOWN: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
#: Colours of Okabe and Ito, which the colour-blind tell apart.
COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
#: What transects found, from validation_facts.md, section B. Huludao: mean deposition at 1 km over
#: that at 10 km, J. Hazard. Mater. 2010, 182:743.
HULUDAO: Final = {"Pb": -1.70, "Cd": -1.84, "Zn": -2.19}
PUBLISHED: Final = (
    ("Huludao Zn plant", "1 to 10 km: Pb -1.70, Cd -1.84, Zn -2.19 (two distances)"),
    ("rule of the collection", "0.5-20 km: -1.5 to -2.3 for one tall source, flatter with more"),
    ("Avonmouth (recalled)", "Zn, Pb, Cd decline to the background by 10-15 km"),
    ("Harjavalta Cu-Ni", "deposition raised to 30 km; ecosystem nearly normal from 8 km"),
    ("Pb-Zn smelters, 54 reports", "soils polluted mostly within 2 km"),
    ("model of 2026", "zones of high deposition within 10 km; target 80 % of the excess there"),
)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Release:
    """A source and what it emits."""

    name: str
    source: Point | Volume
    substances: list[Substance]


@dataclass(frozen=True)
class Fall:
    """Ring means around a source for each unit emitted.

    Attributes
    ----------
    rings : ndarray
        Distances, ``[ring]``. [m]
    mean : ndarray
        Mean over the circle, ``[ring, substance, way]``, ways dry and wet. [m-2]
    within : ndarray
        Share of the emission that comes down within the ring, likewise. [-]
    """

    rings: Floats
    mean: Floats
    within: Floats

    @classmethod
    def of(cls, field: PolarField) -> Fall:
        """Ring means and sums of a field."""
        mean = field.values[..., [DRY, WET]].mean(axis=0)
        # per unit of ln r; a power law between rings, exact where the fall is one
        slope = 2.0 * math.pi * mean * (field.rings**2)[:, None, None]
        step = math.log(field.rings[1] / field.rings[0])
        low, high = slope[:-1], slope[1:]
        both = (low > 0.0) & (high > 0.0)
        log = np.log(np.where(both, high / np.where(both, low, 1.0), 1.0))
        curved = both & (np.abs(log) > 1e-6)
        between = np.where(curved, (high - low) / np.where(curved, log, 1.0), 0.5 * (low + high))
        within = np.concatenate([0.5 * slope[:1], step * between]).cumsum(axis=0)
        return cls(field.rings, mean, within)

    def curve(self, substance: int = 0, way: int | None = None) -> Floats:
        """Ring means of one substance; dry and wet together unless one is named. [m-2]"""
        one = self.mean[:, substance]
        return one.sum(axis=-1) if way is None else one[:, way]

    def share(self, distance: float, substance: int = 0, way: int | None = None) -> float:
        """Share of the emission that comes down within a distance [m]."""
        one = self.within[:, substance]
        total = one.sum(axis=-1) if way is None else one[:, way]
        return float(np.interp(math.log(distance), np.log(self.rings), total))


def at(rings: Floats, curve: Floats, distance: float | Floats) -> Floats:
    """A curve at other distances, linear in logarithms."""
    log = np.log(np.maximum(curve, 1e-300))
    return np.exp(np.interp(np.log(distance), np.log(rings), log))


def exponent(rings: Floats, curve: Floats, low: float, high: float) -> float:
    """Slope of the logarithm of a curve against that of distance between two distances [m]."""
    x = np.geomspace(low, high, 64)
    return float(np.polyfit(np.log(x), np.log(at(rings, curve, x)), 1)[0])


def two_points(rings: Floats, curve: Floats) -> float:
    """Exponent from the values at 1 and 10 km alone, as for Huludao."""
    near, far = at(rings, curve, np.array([1e3, 10e3]))
    return math.log10(far / near)


def falls(
    releases: Iterable[Release], hours: Hours, ground: Ground, reach: float = REACH
) -> dict[str, Fall]:
    """Fall with distance of every release, from the cache where it is known."""
    key = footprint_cache.hours_digest(hours)
    return {
        r.name: Fall.of(source_field(r.source, r.substances, hours, key, reach, ground))
        for r in releases
    }


def smelter_releases(parameters: Parameters) -> list[Release]:
    """Releases of a works that smelts copper, and a tall stack of a power plant.

    Stacks are typical Chinese permit values: tail gas of an acid plant, works of 10 to 100 kt a
    year, coal units of 600 MW (``plant_stacks.csv`` and ``sources.csv`` of ``taizhou``; the first
    from the collection of facts). The building is 60 m wide and 20 m high. Two releases from it
    bound what coarser dust does: sizes of a cement kiln, and the coarsest bin alone.
    """
    fume = emitted_substances(parameters, "secondary copper", "FF")
    ash = emitted_substances(parameters, "coal power", "ultra-low")
    dust = emitted_substances(parameters, "cement", "FF")[:1]
    density = parameters.value("particle_density", sector="secondary copper", control="FF")
    grit = Particles((31.072e-6,), (1.0,), (density,))
    building = Volume(0.0, 0.0, 10.0, 60.0 / 4.3, 20.0 / 2.15)
    return [
        Release("210 m, coal power", Point(0.0, 0.0, 210.0, 8.0, 323.15, 18.0), ash),
        Release("120 m stack", Point(0.0, 0.0, 120.0, 3.0, 343.15, 14.0), fume),
        Release("40 m stack", Point(0.0, 0.0, 40.0, 1.5, 353.15, 12.0), fume),
        Release("10 m building", building, fume),
        Release("10 m, cement sizes", building, dust),
        Release("10 m, 20-40 um", building, [grit]),
    ]


def ring_table(found: dict[str, Fall]) -> pd.DataFrame:
    """Ring means of what is deposited for each unit emitted. [1e-12 m-2]"""
    rows = {}
    for name, fall in found.items():
        for s, mode in enumerate(MODES[: fall.mean.shape[1]]):
            for label, way in (("dry", 0), ("wet", 1), ("total", None)):
                curve = fall.curve(s, way)
                rows[name, mode, label] = at(fall.rings, curve, np.array(SHOWN) * 1e3) * 1e12
    table = pd.DataFrame.from_dict(rows, orient="index", columns=[f"{x:g} km" for x in SHOWN])
    table.index = pd.MultiIndex.from_tuples(table.index)
    return table


def shape_table(found: dict[str, Fall]) -> pd.DataFrame:
    """Exponents of the fall and shares within 10 km of what is deposited and of the emission."""
    rows = {}
    for name, fall in found.items():
        for s, mode in enumerate(MODES[: fall.mean.shape[1]]):
            for label, way in (("dry", 0), ("wet", 1), ("total", None)):
                curve = fall.curve(s, way)
                near, far = fall.share(10e3, s, way), fall.share(REACH, s, way)
                rows[name, mode, label] = {
                    "0.5-20 km": exponent(fall.rings, curve, 0.5e3, 20e3),
                    "1-10 km": exponent(fall.rings, curve, 1e3, 10e3),
                    "1 and 10 km": two_points(fall.rings, curve),
                    "in 10 of 50 km [%]": 100.0 * near / far,
                    "in 10 km, of emitted [%]": 100.0 * near,
                    "in 50 km, of emitted [%]": 100.0 * far,
                }
    return pd.DataFrame.from_dict(rows, orient="index")


def mixture_table(found: dict[str, Fall], low: str, tall: str) -> pd.DataFrame:
    """Exponents of particles that leave partly low and partly by a tall stack."""
    rings = found[tall].rings
    rows = {}
    for share in (0.0, 0.02, 0.05, 0.1, 0.2, 0.5, 0.84, 1.0):
        curve = share * found[low].curve() + (1.0 - share) * found[tall].curve()
        near, far = (
            share * found[low].share(x) + (1.0 - share) * found[tall].share(x)
            for x in (10e3, REACH)
        )
        rows[f"{100 * share:.0f} % low"] = {
            "0.5-20 km": exponent(rings, curve, 0.5e3, 20e3),
            "1-10 km": exponent(rings, curve, 1e3, 10e3),
            "1 and 10 km": two_points(rings, curve),
            "in 10 of 50 km [%]": 100.0 * near / far,
            "in 10 km, of emitted [%]": 100.0 * near,
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def low_share(found: dict[str, Fall], low: str, tall: str, wanted: float) -> str:
    """Share of particles that leaves low where 1 and 10 km give a wanted exponent."""
    rings = found[tall].rings

    def miss(share: float) -> float:
        curve = share * found[low].curve() + (1.0 - share) * found[tall].curve()
        return two_points(rings, curve) - wanted

    if miss(0.0) <= 0.0:
        return "the stack alone falls more steeply"
    if miss(1.0) > 0.0:
        return f"not reached: {miss(1.0) + wanted:.2f} with all of it low"
    return f"{100.0 * brentq(miss, 0.0, 1.0):.1f} % low"


@njit(cache=True)
def _crosswind_at(
    x: float, slope: float, initial: bool, z: float, out: Any, hour: Any, profile: Floats
) -> float:
    """Concentration at a height, integrated across the wind (8.19). [s m-2]"""
    plume = plume_at(x, 0.0, initial, out, hour, profile)
    both = crosswind(z, plume, settle(plume, slope * x, z, initial, out, hour, profile), out, hour)
    return both.main + both.penetrated


@njit(cache=True)
def _add_hour(
    distances: Floats,
    v_d: float,
    slope: float,
    z_d: float,
    near: float,
    out: Any,
    hour: Any,
    profile: Floats,
    total: Floats,
) -> None:
    """Add what comes down dry, with two points of the path and with all of it."""
    first = _crosswind_at(distances[0], slope, True, z_d, out, hour, profile)
    path, skipped, flux = 0.0, 0.0, 0.0
    for k in range(1, distances.size):
        x, before = distances[k], distances[k - 1]
        step = 0.5 * math.log(x / before)
        here = _crosswind_at(x, slope, True, z_d, out, hour, profile)
        path += step * (here * x + first * before)
        first = here
        middle, half = 0.5 * (x + 1.0), 0.2886751 * (x - 1.0)
        two = _crosswind_at(middle + half, slope, False, z_d, out, hour, profile)
        two += _crosswind_at(middle - half, slope, False, z_d, out, hour, profile)
        last, flux = flux, x * v_d * here * math.exp(-v_d * 0.5 * (x - 1.0) * two)
        if x < near:
            skipped, flux = path, 0.0
        elif last > 0.0:
            total[0] += step * (flux + last)
    total[1] += math.exp(-v_d * skipped) - math.exp(-v_d * path)


def depletion_table(releases: Iterable[Release], hours: Hours, density: float) -> pd.DataFrame:
    """What comes down dry to 50 km without rain, by size: AERMOD's rule and the full integral. [%]

    The rule (8.18) has two points for the whole path and leaves sigma_z0 out. Every 24th hour plus
    one, so that all hours of the day occur.
    """
    sizes = (0.63, 1.851, 3.884, 7.768, 15.536, 31.072)
    dust = Particles(tuple(d * 1e-6 for d in sizes), (1 / 6,) * 6, (density,) * 6)
    parts, air = categories([dust]), air_of(hours, Ground())
    distances = np.geomspace(1.0, REACH, 240)
    rows = {}
    for r in releases:
        near = 0.99 + 2.15 * r.source.sigma_y if isinstance(r.source, Volume) else 0.99
        chosen = [h for h in range(0, len(hours), 25) if hours.valid[h]]
        total = np.zeros((6, 2))
        for h in chosen:
            hour, profile, out, rates = begin_hour(h, air, source_exit(r.source), parts)
            z_d = deposition_height(hour.roughness)
            for c in range(6):
                slope = parts.settling[c] / out.u
                _add_hour(distances, rates[c, V_D], slope, z_d, near, out, hour, profile, total[c])
        for n, label in enumerate(("two points", "full")):
            rows[r.name, label] = 100.0 * total[:, n] / len(chosen)
    return pd.DataFrame.from_dict(rows, orient="index", columns=[f"{d:g} um" for d in sizes])


def picture(found: dict[str, Fall], path: Path) -> None:
    """Draw the fall of deposition with distance."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10.0, 4.8))
    for (name, fall), colour in zip(found.items(), COLOURS, strict=False):
        left.loglog(fall.rings / 1e3, fall.curve(), color=colour, lw=1.8, label=name)
    x, start = np.array([1.0, 10.0]), 5e-8
    for slope in HULUDAO.values():
        left.loglog(x, start * x**slope, color="0.3", lw=1.1, ls=(0, (4, 2)))
    left.annotate(
        "Huludao, 1 to 10 km:\nPb -1.70, Cd -1.84, Zn -2.19", (1.0, start), (6, 4),
        textcoords="offset points", fontsize=8, color="0.2",
    )  # fmt: skip
    left.set_title("particles, dry + wet, by release", fontsize=10)
    left.set_ylabel("mean on the circle, per unit emitted [m$^{-2}$]")
    left.set_ylim(1e-12, 1e-5)
    fall = found["120 m stack"]
    lines = (
        ("particles, dry", 0, 0, "-", COLOURS[1]), ("particles, wet", 0, 1, "--", COLOURS[1]),
        ("Hg(II), dry", 1, 0, "-", COLOURS[0]), ("Hg(II), wet", 1, 1, "--", COLOURS[0]),
        ("Hg(0), dry", 2, 0, "-", COLOURS[2]), ("Hg(0), wet", 2, 1, "--", COLOURS[2]),
    )  # fmt: skip
    for label, s, way, style, colour in lines:
        right.loglog(fall.rings / 1e3, fall.curve(s, way), style, color=colour, lw=1.8, label=label)
    right.set_title("120 m stack, by substance and way", fontsize=10)
    right.set_ylim(1e-17, 1e-8)
    for axes in (left, right):
        axes.set_xlim(0.1, 50.0)
        axes.set_xlabel("distance from the source [km]")
        axes.set_xticks([0.1, 1.0, 10.0, 50.0], ["0.1", "1", "10", "50"])
        axes.grid(True, which="major", color="0.88", lw=0.7)
        axes.legend(fontsize=8, frameon=False, loc="lower left", ncols=1 + (axes is right))
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def show(title: str, table: pd.DataFrame, digits: int = 3) -> None:
    """Print a table."""
    print(title)
    print(table.to_string(float_format=lambda v: f"{v:.{digits}g}", na_rep="-"), end="\n\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables and draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--region", default="taizhou")
    parser.add_argument("--picture", type=Path, default=PICTURE)
    options = parser.parse_args(arguments)
    region, parameters = read_region(options.region), Parameters()
    hours = prepare(region_meteorology(region, parameters))
    temperature = monthly_temperature(region.weather)
    ground = Ground(season=season_by_month(temperature, region.weather_site.latitude))
    releases = smelter_releases(parameters)
    found = falls(releases, hours, ground)
    show("ring means [1e-12 m-2 per unit emitted]", ring_table(found))
    show("shape: exponents and shares", shape_table(found))
    for low in LOW:
        show(f"particles: {low} with a 120 m stack", mixture_table(found, low, "120 m stack"))
        for metal, slope in HULUDAO.items():
            for tall in ("120 m stack", "40 m stack"):
                answer = low_share(found, low, tall, slope)
                print(f"{metal} at Huludao {slope:.2f}, {low} with a {tall}: {answer}")
        print()
    density = parameters.value("particle_density", sector="secondary copper", control="FF")
    table = depletion_table(releases[1:4], hours, density)
    show("dry to 50 km without rain, of the emission [%]: depletion by (8.18), and in full", table)
    print("published")
    for place, text in PUBLISHED:
        print(f"  {place}: {text}")
    picture(found, options.picture)
    print(f"\ndrawn: {options.picture}")


if __name__ == "__main__":
    main()
