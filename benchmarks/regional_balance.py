"""Print the mean balance of the soil of finished runs beside published balances.

Run with ``python -m benchmarks.regional_balance RUN...``, or with ``--runs FOLDER``, which makes
the runs of the built-in scenarios that are not in the folder. For each run: the
effect of every pathway on the control layer over the region and over farmland, on the column over
the region, and a line for each published number, with the years of the run that it is compared
with. Published numbers lie in ``published_rates.csv``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.runs import open_run, run_name
from benchmarks.finished_runs import (
    COLUMN,
    CONTROL,
    DEPOSITION,
    FARM_INPUTS,
    Effects,
    effects,
    farmland,
    region,
    run_of,
    ways,
)
from benchmarks.published import FACTOR, PLOUGH_LAYER, Published, period, published
from benchmarks.tables import print_table
from simulator.constants import METALS
from simulator.record import RunFolder

SCENARIOS = ("taizhou-baseline", "taizhou-hindcast", "wuhan-baseline", "wuhan-hindcast")

QUANTITIES = (
    "deposition", "input", "net", "share deposition", "share manure", "share fertiliser",
    "share irrigation", "share leaching",
)  # fmt: skip

#: How ours are reckoned.
NOTES = (
    f"Rates in mg/kg/yr are turned into g/ha/yr by a plough layer of {PLOUGH_LAYER:.0f} kg/ha "
    "(0-20 cm, 1.2 g/cm3): 0.001 mg/kg/yr = 2.4 g/ha/yr.",
    "Ours: per area of farmland (deposition also over the region). Inputs: deposition, fertiliser, "
    "manure, pesticide, irrigation; neither straw nor weathering.",
    "Share of leaching: of leaching, runoff and crops less straw; control layer, no erosion.",
    "Years: those of the run in the period of the number, or the ten nearest to it.",
    "R read, M from memory, J judgement.",
)


@dataclass(frozen=True)
class Comparison:
    """One published number beside ours."""

    number: Published
    place: str
    ours: float
    years: NDArray[np.int64]

    def row(self) -> dict[str, object]:
        """One row of the table."""
        n = self.number
        return {
            "quantity": n.quantity,
            "metal": n.metal,
            "ours": self.ours,
            "published": n.text,
            "ratio": n.ratio(self.ours),
            "unit": n.unit,
            "far": "FAR" if n.disagrees(self.ours) else "",
            "our place, years": f"{self.place} {self.years[0]}-{self.years[-1]}",
            "their place": n.where,
            "source": n.label,
        }


def balance_table(place: Effects, labels: dict[str, str], scope: str = CONTROL) -> pd.DataFrame:
    """Mean effect of each pathway with anything in it, and the net of all. [g ha-1 yr-1]"""
    mean = place.mean(scope=scope)
    table = mean[(mean != 0.0).any(axis=1)].rename(index=labels)
    return pd.concat([table, mean.sum().rename("net").to_frame().T])


def over(place: Effects, quantity: str, years: NDArray[np.bool_]) -> NDArray[np.float64]:
    """A quantity over some years, ``[metal]``: mean of a flux, ratio of the means of a share."""
    numerator, denominator = _parts(place, quantity)
    mean = numerator[years].mean(axis=0)
    if denominator is None:
        return mean
    with np.errstate(divide="ignore", invalid="ignore"):
        return 100.0 * mean / denominator[years].mean(axis=0)


def _parts(place: Effects, quantity: str) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Numerator and, of shares, denominator of a quantity, ``[year, metal]``. [g ha-1 yr-1]"""
    if quantity == "deposition":
        return place.yearly(*DEPOSITION), None
    inputs = place.yearly(*DEPOSITION, *FARM_INPUTS)
    if quantity == "input":
        return inputs, None
    if quantity == "net":
        return place.yearly(*place.pathways), None
    what = quantity.removeprefix("share ")
    if what == "leaching":
        out = place.yearly("leaching", "runoff", "crop_uptake", "straw_return")
        return place.yearly("leaching"), out
    return place.yearly(*(DEPOSITION if what == "deposition" else (what,))), inputs


def comparisons(places: dict[str, Effects]) -> list[Comparison]:
    """Every published number beside ours, of farmland; deposition of the region too."""
    found = []
    for quantity in QUANTITIES:
        names = ("farmland", "region") if quantity == "deposition" else ("farmland",)
        for number in published(quantity):
            for name in names:
                place = places[name]
                years = period(place.years, number.first, number.last)
                ours = over(place, quantity, years)[METALS.index(number.metal)]
                found.append(
                    Comparison(number.per_hectare(), name, float(ours), place.years[years])
                )
    return found


def report(run: RunFolder) -> None:
    """Print the tables of a run."""
    places = effects(run, {"region": region, "farmland": farmland})
    labels, title = ways(run), f"{run_name(run)} {run.manifest['start']}-{run.recorded_until - 1}"
    for name, scope in (("region", CONTROL), ("farmland", CONTROL), ("region", COLUMN)):
        print_table(
            f"{title}: {name}, {scope}, mean of the years [g/ha/yr], gains positive",
            balance_table(places[name], labels, scope),
        )
    found = comparisons(places)
    print_table(f"{title}: beside published numbers", pd.DataFrame([c.row() for c in found]), NOTES)
    far = [c.row() for c in found if c.number.disagrees(c.ours)]
    print(f"{title}: {len(far)} of {len(found)} disagree by more than a factor of {FACTOR:.0f}")
    if far:
        print_table("By far:", pd.DataFrame(far).drop(columns="far"))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the balances of the runs named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", nargs="*", help="run folder")
    parser.add_argument("--runs", type=Path, help="folder of the runs of built-in scenarios")
    options = parser.parse_args(arguments)
    for name in options.run:
        report(open_run(name))
    for scenario in SCENARIOS if options.runs else ():
        report(run_of(scenario, options.runs))


if __name__ == "__main__":
    main()
