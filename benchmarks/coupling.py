"""Leaching by the yearly balance beside that of the daily column, for soils of both regions.

Run with ``python -m benchmarks.coupling``. For land classes on the soil that most of them lies on,
metals start from the background of the region, the surface gets its bulk deposition each year, and
the class is tilled as it is. Each column is followed twice (:mod:`simulator.soil_water.compare`):
day by day, water and metals together, and year by year as every cell of a run is. Farm inputs,
harvest, erosion and runoff are left out of both. Prints what leaves each layer over the years.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.constants import LAND_CLASSES, METALS, MG_PER_KG, SETTLING_YEARS
from simulator.data import Parameters
from simulator.physics.column_year import yearly_column
from simulator.physics.percolation.column import Column
from simulator.physics.slices import Slices, slices_of
from simulator.physics.sorption import solution_coefficient
from simulator.region.model import Region
from simulator.region.overlay import region_land
from simulator.region.read import read_region
from simulator.soil_water.compare import (
    Followed,
    Metals,
    follow_daily,
    follow_yearly,
    settled,
)
from simulator.soil_water.demand import days_of, demand_of
from simulator.soil_water.soils import soils_of
from simulator.soil_water.solve import class_water, column_of

FOLLOWED: Final = ("Cd", "Zn", "Cu", "Pb")
CASES: Final = (
    ("wuhan", "paddy"),
    ("wuhan", "dryland"),
    ("wuhan", "urban"),
    ("wuhan", "forest"),
    ("taizhou", "paddy"),
    ("taizhou", "vegetable"),
    ("taizhou", "orchard"),
    ("taizhou", "forest"),
)
_YEAR_SECONDS: Final = 86400.0 * 365.25
_COEFFICIENTS: Final = ("p", "r_oc", "s_clay", "m_ph", "n")
_MG: Final = 1.0e6  # mg m-2 in kg m-2

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A land class on a soil of a region, ready to be followed.

    Attributes
    ----------
    name, soil : str
        What it is called, and what the soil is.
    column : Column
        Without solutes.
    lengths : ndarray of int
        Days of the years of the record.
    exchange : tuple of ndarray
        What the yearly balance takes of the water: ``ahead``, ``behind``, ``wetness``.
    bulk_density : ndarray ``[layer]``
        [kg m-3]
    metals : Metals
    slices : Slices
    tillage : float
        [m]
    diffusion : float
        [m2 yr-1]
    """

    name: str
    soil: str
    column: Column
    lengths: NDArray[np.int64]
    exchange: tuple[Floats, Floats, Floats]
    bulk_density: Floats
    metals: Metals
    slices: Slices
    tillage: float
    diffusion: float

    def daily(self) -> Followed:
        """Follow it day by day."""
        return follow_daily(
            self.column, self.lengths, self.bulk_density, self.metals, self.slices, self.tillage,
            self.diffusion,
        )  # fmt: skip

    def yearly(self) -> Followed:
        """Follow it year by year."""
        return follow_yearly(
            self.exchange, self.bulk_density, self.metals, self.slices, self.tillage
        )

    @property
    def stock(self) -> Floats:
        """Metal at the start, ``[metal, layer]``. [kg m-2]"""
        thickness = np.diff(self.slices.edges[self.slices.first])
        return self.metals.content * self.bulk_density * thickness

    @property
    def kd(self) -> Floats:
        """Content over concentration in the top layer at the start, ``[metal]``. [L kg-1]"""
        x, a, n = self.metals.content[:, 0], self.metals.coefficient[:, 0], self.metals.n
        return 1e3 * x / (a * x**n)


def usual_cell(region: Region, land_class: str) -> tuple[int, int]:
    """Soil on which most of a class lies, and the cell there that has the most of it."""
    soils, mask = soils_of(region), region.soil_mask.reshape(-1)
    share = region_land(region)[0][LAND_CLASSES.index(land_class)].reshape(-1) * mask
    if not share.any():
        raise ValueError(f"{region.name} has no open ground of {land_class}")
    soil = int(np.bincount(soils.soil, share).argmax())
    return soil, int(np.where(soils.soil == soil, share, -1.0).argmax())


def metals_of(
    region: Region, p: Parameters, cell: int, properties: Floats, years: int, slices: Slices
) -> Metals:
    """Background content of a cell, its isotherms, and the region's deposition on the surface."""
    index = [METALS.index(m) for m in FOLLOWED]
    layers = region.layer_thickness.size
    _, _, clay, _, organic = properties
    least = p.value("general", process="sorption", parameter="least_organic_matter")
    ph = region.soil.ph.reshape(layers, -1)[:, cell]
    values = {
        m: [p.value("sorption", metal=m, parameter=k) for k in _COEFFICIENTS] for m in FOLLOWED
    }
    gain = np.zeros((len(FOLLOWED), years, len(slices)))
    gain[:, :, 0] = region.background_deposition[index][:, None]
    return Metals(
        content=region.background[index].reshape(len(index), layers, -1)[:, :, cell],
        coefficient=np.array(
            [
                solution_coefficient(ph, np.maximum(organic, least), clay, *values[m])
                for m in FOLLOWED
            ]
        ),
        n=np.array([values[m][-1] for m in FOLLOWED]),
        gain=gain,
    )


def cases_of(name: str, classes: Sequence[str], years: int) -> list[Case]:
    """Cases of a region."""
    region, p = read_region(name), Parameters()
    slices, days = slices_of(region.layer_thickness), days_of(region.daily, region.daily_site)
    water, soils = class_water(region, p, slices)
    diffusion = p.value("general", process="percolation", parameter="diffusion") * _YEAR_SECONDS
    found = []
    for land_class in classes:
        soil, cell = usual_cell(region, land_class)
        properties = soils.properties[soil]
        demand = demand_of(land_class, days, p)[int(soils.hydrologic_group[soil])]
        c = LAND_CLASSES.index(land_class)
        ph = region.soil.ph.reshape(region.layer_thickness.size, -1)[0, cell]
        exchange = (
            water.ahead[:, :, c, soil].copy(),
            water.behind[:, :, c, soil].copy(),
            water.wetness[:, :, c, soil].copy(),
        )
        tillage = p.value("vegetation", land_class=land_class, parameter="tillage_depth")
        metals = metals_of(region, p, cell, properties, years, slices)
        found.append(
            Case(
                name=f"{name}, {land_class}",
                soil=f"pH {ph:.1f}, clay {100 * properties[2, 0]:.0f} %, "
                f"organic matter {100 * properties[4, 0]:.1f} %, "
                f"percolation {1e3 * water.percolation[:, -1, c, soil].mean():.0f} mm/yr",
                column=column_of(
                    properties, soils.layer_thickness, land_class, demand, days, p
                ),
                lengths=np.diff(days.year_ends, prepend=0),
                exchange=exchange,
                bulk_density=properties[3],
                metals=settled(
                    exchange, properties[3], metals, slices, tillage, SETTLING_YEARS
                ),
                slices=slices,
                tillage=tillage,
                diffusion=diffusion,
            )
        )  # fmt: skip
    return found


def all_cases(years: int) -> list[Case]:
    """Those of :data:`CASES`."""
    regions = dict.fromkeys(region for region, _ in CASES)
    return [
        case
        for region in regions
        for case in cases_of(region, [c for r, c in CASES if r == region], years)
    ]


def compared(case: Case, daily: Followed, yearly: Followed) -> pd.DataFrame:
    """What leaves each layer of a case, one row a metal and layer."""
    bottoms = 100.0 * case.slices.edges[case.slices.first[1:]]
    rows = []
    for m, metal in enumerate(FOLLOWED):
        for z, bottom in enumerate(bottoms):
            a, b = daily.leached[m, :, z], yearly.leached[m, :, z]
            apart = 100.0 * np.abs(b / a - 1.0)
            rows.append(
                {
                    "case": case.name,
                    "metal": metal,
                    "depth": round(float(bottom)),
                    "kd": case.kd[m],
                    "content": case.metals.content[m, z] * MG_PER_KG,
                    "daily": a.sum() * _MG,
                    "yearly": b.sum() * _MG,
                    "difference": 100.0 * (b.sum() / a.sum() - 1.0),
                    "of_stock": 100.0 * (b.sum() - a.sum()) / case.stock[m, z],
                    "median": float(np.median(apart)),
                    "largest": float(apart.max()),
                }
            )
    return pd.DataFrame(rows)


def yearly_in_parts(case: Case, parts: int) -> Followed:
    """Follow a case year by year, each year in so many equal parts, each solved like a year."""
    layer, slices = case.slices.layer, case.slices
    ahead, behind, wetness = case.exchange
    mass = case.bulk_density[layer] * slices.thickness
    tilled = slices.above(case.tillage)
    even = slices.share[:tilled] / slices.share[:tilled].sum()
    start = case.metals.start(case.bulk_density, slices)
    count, years = case.metals.gain.shape[:2]
    leached = np.zeros((count, years, case.bulk_density.size))
    content, solution = np.zeros((count, len(slices))), np.zeros((count, len(slices)))
    for m, year in np.ndindex(count, years):
        now = year % ahead.shape[0]
        stock = content[m] * mass if year else start[m].copy()
        for _ in range(parts):
            moved = yearly_column(
                stock, case.metals.gain[m, year] / parts, mass, wetness[now] * slices.thickness,
                case.metals.coefficient[m, layer], float(case.metals.n[m]) - 1.0,
                ahead[now] / parts, behind[now] / parts,
            )  # fmt: skip
            through = ahead[now][1:] * moved
            through[:-1] -= behind[now][1:-1] * moved[1:]
            leached[m, year] += through[slices.first[1:] - 1] / parts
        if tilled > 1:
            stock[:tilled] = even * stock[:tilled].sum()
        content[m], solution[m] = stock / mass, moved
    middle = 0.5 * (slices.edges[1:] + slices.edges[:-1])
    return Followed(leached, middle, content, solution)


def print_parts(cases: Sequence[Case], yearly: Sequence[Followed], parts: int) -> None:
    """Print what solving a year in so few steps costs."""
    print(
        f"\nYears in {parts} parts: largest difference of what leaches out of each layer over the"
    )
    print("years, and of a slice's content at the end [%]")
    for case, whole in zip(cases, yearly, strict=True):
        fine = yearly_in_parts(case, parts)
        sums = np.abs(whole.leached.sum(axis=1) / fine.leached.sum(axis=1) - 1.0).max(axis=0)
        worst = np.abs(whole.content / fine.content - 1.0).max()
        print(f"{case.name:20}", *(f"{100 * s:8.4f}" for s in sums), f"{100 * worst:10.4f}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=50)
    parser.add_argument("--parts", type=int, default=64, help="of a year, to check its steps")
    args = parser.parse_args(arguments)
    years = args.years
    cases = all_cases(years)
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # the kernels release the interpreter
        daily = list(pool.map(Case.daily, cases))
    yearly = [c.yearly() for c in cases]
    tables = [compared(*three) for three in zip(cases, daily, yearly, strict=True)]
    print(f"Leached in {years} years [mg m-2], and the yearly balance against the daily column:")
    print("difference of the sums in % and in % of the stock of the layer above at the start;")
    print("median and largest difference of a year in %.")
    for case, table in zip(cases, tables, strict=True):
        print(f"\n{case.name} ({case.soil}; tilled to {100 * case.tillage:.0f} cm)")
        print("        Kd       depth     daily    yearly      %  % of stock   median  largest")
        for row in table.itertuples():
            first = f"{row.metal:3} {row.kd:8.0f} L/kg" if row.depth == table["depth"][0] else ""
            print(
                f"{first:16}{row.depth:4} cm {row.daily:10.4g}{row.yearly:10.4g} "
                f"{row.difference:+6.2f} {row.of_stock:+11.3f} {row.median:8.2f} {row.largest:8.1f}"
            )
    whole = pd.concat(tables)
    whole["size"] = whole["difference"].abs()
    print("\nSize of the difference of the sums over all cases [%]: median, largest")
    for (metal, depth), part in whole.groupby(["metal", "depth"], sort=False):
        print(f"{metal:3} {depth:4} cm {part['size'].median():8.2f} {part['size'].max():8.2f}")
    print_parts(cases, yearly, args.parts)


if __name__ == "__main__":
    main()
