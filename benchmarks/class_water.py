"""Water of the built-in regions by land class, beside published water balances.

Run with ``python -m benchmarks.class_water``. The columns of a class are averaged over the years of
the weather record and, by area, over the soils that the class lies on; only open ground counts.
Rain and irrigation are interception, evaporation of soil and flooded water, transpiration, runoff,
percolation out of the column and gain of storage. What lies outside a published range is marked.
Sealed ground, which the balance does not follow, stands below with runoff by curve number and by
coefficient.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.constants import BUILT_CLASSES, LAND_CLASSES, WATER_CLASS
from simulator.data import Parameters
from simulator.physics import runoff
from simulator.physics.slices import slices_of
from simulator.region.model import Region
from simulator.region.overlay import region_land
from simulator.region.read import read_region
from simulator.soil_water.demand import days_of
from simulator.soil_water.soils import Soils
from simulator.soil_water.solve import ClassWater, class_water

REGIONS: Final = ("wuhan", "taizhou")
_MM: Final = 1000.0
_YEAR: Final = 365.25
#: Share of the rain that runs off sealed ground: with and without trees above it, InVEST user
#: guide, stormwater sample table (SWMM, Minneapolis, ten years).
SEALED: Final = (0.82, 0.87)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Published:
    """A published amount for some land classes, or its share of the rain.

    Attributes
    ----------
    classes : tuple of str
    quantity : str
        A column of the table; ``evapotranspiration``, or one that ends in ``/rain``.
    low, high : float
        [mm yr-1, or - for a share]
    source : str
    """

    classes: tuple[str, ...]
    quantity: str
    low: float
    high: float
    source: str


_PRACTICE: Final = "water-balance practice in Zhejiang (recalled; partition.csv of the facts)"
PUBLISHED: Final = (
    Published(("paddy",), "percolation", 150.0, 900.0, f"400, {_PRACTICE}"),
    Published(("dryland",), "percolation", 250.0, 700.0, f"450, {_PRACTICE}"),
    Published(("forest",), "percolation", 200.0, 700.0, f"400, {_PRACTICE}"),
    Published(BUILT_CLASSES, "percolation", 100.0, 500.0, f"300, open ground, {_PRACTICE}"),
    Published(
        ("paddy",), "evapotranspiration", 730.0, 990.0,
        "473 rice + 387 wheat, eddy covariance 2014-2017, eastern China (Duan et al. 2021, "
        "J. Appl. Meteorol. Climatol. 60:877); range 15 %, judgement",
    ),
    Published(
        ("forest",), "evapotranspiration", 580.0, 995.0,
        "787 +- 103 (s.d. of years), eddy covariance 2003-2010, conifers, Jiangxi (Xu et al. 2014, "
        "PLoS ONE 9:e85593); range two s.d.",
    ),
    Published(
        ("forest",), "interception", 0.0, 330.0,
        "294 in 2003, two-storey evergreen forest, Hunan (Zhang et al. 2006, Hydrol. Earth Syst. "
        "Sci. 10:65); an upper value",
    ),
    Published(
        ("forest",), "runoff/rain", 0.007, 0.18,
        "surface 0.01-0.02, Chinese fir, Huitong, 17 years (Deng et al. 2007, Sci. Silvae Sin. "
        "43(6)); pervious ground of groups B, C 0.08-0.16 (InVEST, as below)",
    ),
    Published(
        ("grassland", *BUILT_CLASSES), "runoff/rain", 0.09, 0.30,
        "pervious ground of groups B, C, D 0.09, 0.16, 0.30 (InVEST user guide, stormwater sample)",
    ),
    Published(
        ("bare",), "runoff/rain", 0.10, 0.35,
        "bare ground of groups B, C, D 0.10, 0.19, 0.35 (the same)",
    ),
)  # fmt: skip


def class_areas(region: Region, soils: Soils) -> Floats:
    """Open ground by class and soil, ``[land_class, soil]``. [cells]"""
    mask = region.soil_mask.reshape(-1)
    share = region_land(region)[0].reshape(len(LAND_CLASSES), -1) * mask
    return np.array([np.bincount(soils.soil, s, len(soils)) for s in share])


def balance_table(water: ClassWater, area: Floats) -> pd.DataFrame:
    """Water of the classes, means over years and by area over soils. [mm yr-1]"""
    parts = {
        "rain": water.rain,
        "irrigation": water.irrigation,
        "interception": water.interception,
        "evaporation": water.evaporation,
        "transpiration": water.uptake.sum(axis=1),
        "runoff": water.runoff,
        "percolation": water.percolation[:, -1],
        "storage": water.storage,
        "residual": water.residual,
        "potential": water.potential,
    }
    weight = area / np.maximum(area.sum(axis=1, keepdims=True), 1e-300)
    table = pd.DataFrame(
        {name: _MM * (part.mean(axis=0) * weight).sum(axis=-1) for name, part in parts.items()},
        index=LAND_CLASSES,
    ).drop(index=WATER_CLASS)
    found = area[[LAND_CLASSES.index(c) for c in table.index]].sum(axis=1)
    table.insert(0, "area", 100.0 * found / found.sum())
    parts_of_et = ["interception", "evaporation", "transpiration"]
    table["evapotranspiration"] = table[parts_of_et].sum(axis=1)
    return table[found > 0.0]


def spread(water: ClassWater, area: Floats) -> pd.DataFrame:
    """Least and greatest percolation of a year and of a soil of each class. [mm yr-1]"""
    rows = {}
    for i, name in enumerate(LAND_CLASSES):
        soils = np.flatnonzero(area[i])
        if name != WATER_CLASS and soils.size:
            out = _MM * water.percolation[:, -1, i][:, soils]
            weight = area[i, soils] / area[i].sum()
            rows[name] = [*_ends(out @ weight), *_ends(out.mean(axis=0))]
    columns = ["year, least", "greatest", "soil, least", "greatest"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _ends(values: Floats) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def value_of(table: pd.DataFrame, land_class: str, quantity: str) -> float:
    """A quantity of a class, or its share of the rain."""
    name, _, over = quantity.partition("/")
    row = dict(zip(table.columns, table.loc[land_class].to_numpy(np.float64), strict=True))
    return float(row[name] / row[over] if over else row[name])


def against_published(table: pd.DataFrame) -> list[str]:
    """A line for each class and published range."""
    lines = []
    for p in PUBLISHED:
        for name in p.classes:
            if name in table.index:
                value = value_of(table, name, p.quantity)
                mark = " " if p.low <= value <= p.high else "*"
                digits = 2 if "/" in p.quantity else 0
                lines.append(
                    f"{mark} {name:11}{p.quantity:19}{value:8.{digits}f}   "
                    f"{p.low:.{digits}f}-{p.high:.{digits}f}: {p.source}"
                )
    return lines


def sealed_ground(region: Region, table: pd.DataFrame, p: Parameters) -> list[str]:
    """Runoff of sealed ground, and of built land as a whole, in several ways. [mm yr-1]"""
    days = days_of(region.daily, region.daily_site)
    abstraction = p.value("general", process="runoff", parameter="initial_abstraction_ratio")
    scale = _MM * _YEAR / days.rain.size

    def by_number(number: float) -> float:
        """Without antecedent moisture, which pavement does not have."""
        return scale * float(runoff.daily_runoff_series(days.rain, number, abstraction).sum())

    rain = scale * float(days.rain.sum())
    asphalt = by_number(runoff.IMPERVIOUS)
    low, high = (c * rain for c in SEALED)
    lines = [
        f"  sealed ground: curve number {runoff.IMPERVIOUS:.0f} {asphalt:.0f} mm/yr, "
        f"{asphalt / rain:.2f} of the rain; by coefficient {low:.0f}-{high:.0f} "
        f"({SEALED[0]}-{SEALED[1]})"
    ]
    sealed = region_land(region)[1][region.soil_mask]
    for name in BUILT_CLASSES:
        if name not in table.index:
            continue
        parcels = region.parcels[region.parcels["land_class"] == name]
        size = np.array([g.area for g in parcels["geometry"]])
        share = float((parcels["impervious"].to_numpy() * size).sum() / size.sum())
        open_part = value_of(table, name, "runoff")
        number = p.value("land_classes", land_class=name, parameter="curve_number_C")
        whole = share * asphalt + (1.0 - share) * open_part
        composite = by_number(float(runoff.composite_curve_number(number, share)))
        lines.append(
            f"  {name}, {100 * share:.0f} % sealed: {whole:.0f} mm/yr from both parts apart, "
            f"{whole / rain:.2f} of the rain; by the composite number of group C {composite:.0f}; "
            f"0.05 + 0.9 x sealed (Schueler 1987) {(0.05 + 0.9 * share) * rain:.0f}"
        )
    lines.append(f"  {100 * sealed.mean():.1f} % of the land is sealed")
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("regions", nargs="*", default=REGIONS)
    p = Parameters()
    pd.set_option("display.width", 200, "display.max_columns", 20)
    for name in parser.parse_args(arguments).regions:
        region = read_region(name)
        water, soils = class_water(region, p, slices_of(region.layer_thickness))
        area = class_areas(region, soils)
        table = balance_table(water, area)
        print(f"{name}: {water.years} years, {len(soils)} soils [mm yr-1; area in % of open land]")
        print(table.drop(columns=["residual"]).round(0).astype(int).to_string())
        print(
            f"largest residual of a column and year {_MM * np.abs(water.residual).max():.1e} mm\n"
        )
        print("percolation: years and soils of a class [mm yr-1]")
        print(spread(water, area).round(0).astype(int).to_string(), "\n")
        print("against published ranges (* outside)")
        print(*against_published(table), sep="\n")
        print(*sealed_ground(region, table, p), sep="\n", end="\n\n")


if __name__ == "__main__":
    main()
