"""Print whether a run shows what the paper of 2026 found in fifty years of a region.

Run with ``python -m benchmarks.signatures RUN``. The paper's shares of overload lie in
``published_contents.csv``; of the rest its abstract tells the sense alone. Each signature is a
yes or no with its number; nothing is tuned to it.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.assessment.thresholds import (
    ECOLOGICAL,
    ECOLOGICAL_RECEPTOR,
    RECEPTORS,
)
from analysis.runs import open_run, run_name, years_of
from benchmarks.finished_runs import (
    COLUMN,
    CONTROL,
    DEPOSITION,
    FARM_INPUTS,
    RUNOFF,
    Effects,
    Land,
    effects,
    region,
)
from benchmarks.near_stacks import near_table
from benchmarks.standing import capacity_table, forest_table, overload_table, standing
from benchmarks.tables import print_table, verdict
from simulator.constants import METALS
from simulator.record import RunFolder
from simulator.record.restart import same_region

Floats = NDArray[np.float64]

DECADE: Final = 10


@dataclass(frozen=True)
class Change:
    """How a yearly series ``[year, metal]`` moves, each ``[metal]``."""

    first: Floats  #: mean of the first ten years
    last: Floats  #: mean of the last ten
    slope: Floats  #: least squares, of the mean of all years. [% yr-1]

    @classmethod
    def of(cls, years: NDArray[np.int64], series: Floats) -> Change:
        """Of a series of at least two years."""
        n = min(DECADE, (years.size + 1) // 2)
        slope = np.polyfit(years - years[0], series, 1)[0]
        mean = series.mean(axis=0)
        relative = np.divide(slope, mean, out=np.full_like(mean, np.nan), where=mean != 0.0)
        return cls(series[:n].mean(axis=0), series[-n:].mean(axis=0), 100.0 * relative)

    @property
    def ratio(self) -> Floats:
        """Last over first decade."""
        some = self.first != 0.0
        return np.divide(self.last, self.first, out=np.full_like(self.first, np.nan), where=some)

    def rows(self, what: str, holds: NDArray[np.bool_]) -> pd.DataFrame:
        """A row for each metal."""
        return pd.DataFrame(
            {
                "what": what,
                "metal": METALS,
                "first decade": self.first,
                "last decade": self.last,
                "last/first": self.ratio,
                "trend %/yr": self.slope,
                "so": [verdict(h) for h in holds],
            }
        )


def inputs_table(place: Effects) -> pd.DataFrame:
    """(a) Deposition rises, farm inputs fall."""
    air = Change.of(place.years, place.yearly(*DEPOSITION))
    own = Change.of(place.years, place.yearly("deposition_dry", "deposition_wet"))
    farm = Change.of(place.years, place.yearly(*FARM_INPUTS))
    return pd.concat(
        [
            air.rows("deposition rises", air.last > air.first),
            own.rows("of listed sources rises", own.last > own.first),
            farm.rows("farm inputs fall", farm.last < farm.first),
        ]
    )


def losses_table(place: Effects) -> pd.DataFrame:
    """(c) Leaching and erosion exceed crops and runoff. [g ha-1 yr-1]"""
    rows = []
    for scope in (CONTROL, COLUMN):
        mean = -place.mean(scope=scope)
        for metal in METALS:
            of = mean[metal]
            crops = of["crop_uptake"] + of["straw_return"]
            left, right = of["leaching"] + of["erosion"], crops + of[list(RUNOFF)].sum()
            rows.append(
                {
                    "of": scope,
                    "metal": metal,
                    "leaching": of["leaching"],
                    "erosion": of["erosion"],
                    "crops less straw": crops,
                    "runoff, open": of["runoff"],
                    "sealed": of["runoff_sealed"],
                    "(l + e)/(c + r)": left / right,
                    "more": verdict(left > right),
                    "more than crops gross": verdict(left > right - of["straw_return"]),
                }
            )
    return pd.DataFrame(rows)


def runoff_table(place: Effects, sealed: Floats) -> pd.DataFrame:
    """(d) Runoff grows with the sealed share.

    Parameters
    ----------
    place : Effects
        Of the region.
    sealed : ndarray ``[year]``
        Sealed share of the region at the end of each year. [-]
    """
    flux = -place.yearly(*RUNOFF)
    fallen = place.yearly(*DEPOSITION)
    moved = Change.of(place.years, flux)
    share = Change.of(place.years, 100.0 * flux / fallen)
    constant = np.ptp(sealed) == 0.0
    rows = []
    for m, metal in enumerate(METALS):
        slope, _ = (np.nan, 0.0) if constant else np.polyfit(100.0 * sealed, flux[:, m], 1)
        correlation = np.nan if constant else np.corrcoef(sealed, flux[:, m])[0, 1]
        rows.append(
            {
                "metal": metal,
                "first decade g/ha/yr": moved.first[m],
                "last decade": moved.last[m],
                "last/first": moved.ratio[m],
                "correlation": correlation,
                "g/ha/yr per % sealed": slope,
                "grows": verdict(correlation > 0.0 and moved.ratio[m] > 1.0),
                "% of deposition, first": share.first[m],
                "last": share.last[m],
                "its share grows": verdict(share.ratio[m] > 1.0),
            }
        )
    return pd.DataFrame(rows)


def report(run: RunFolder) -> None:
    """Print the signatures of a run."""
    name, years = run_name(run), years_of(run)
    place = effects(run, {"region": region})["region"]
    print_table(f"{name}: (a) inputs of the region [g/ha/yr]", inputs_table(place))
    print_table(
        f"{name}: (b) deposition above the background and the nearest stack, mean of the years",
        near_table(run),
        [
            "Excess: dry and wet deposition of listed sources, area sources among them;",
            "of metal works alone: what open soil gained from them (runs with source tags).",
        ],
    )
    print_table(f"{name}: (c) losses of the region [g/ha/yr]", losses_table(place))
    sealed = np.array([_sealed(run, int(year)) for year in years[1:]])
    print_table(
        f"{name}: (d) runoff, and sealed ground {100 * sealed[0]:.3g} to {100 * sealed[-1]:.3g} %",
        runoff_table(place, sealed),
    )
    ground, first, last = same_region(run), int(years[0]), int(years[-1])
    receptors = list(range(len(RECEPTORS)))
    for ecological in ECOLOGICAL:
        title = f"{name}, ecological limit {ecological!r}"
        begin = standing(run, ground, first, ecological)
        end = standing(run, ground, last, ecological)
        fixed = standing(run, ground, last, ecological, land_of=first)
        receptors = [k for k in receptors if begin.cells(k).any()]
        print_table(
            f"{title}: (e) mean remaining capacity {first} and {last}",
            capacity_table(begin, end, fixed, receptors),
        )
        forest = forest_table(begin, fixed)
        leading = forest["metal"].tolist()[:2]
        rising = forest.sort_values("rise", ascending=False)["metal"].tolist()[:2]
        print_table(
            f"{title}: (f) ecological land of {first}",
            forest,
            [
                f"led by {' and '.join(leading)}; by As and Cu: "
                f"{verdict(set(leading) == {'As', 'Cu'})}",
                f"content over limit rises most for {' and '.join(rising)}",
            ],
        )
        print_table(
            f"{title}: (g) overload [% of cells]",
            overload_table(begin, end, fixed, receptors),
            ["Cells without a limit count as not overloaded."],
        )
        receptors = [ECOLOGICAL_RECEPTOR]  # of the others nothing changes


def _sealed(run: RunFolder, year: int) -> float:
    land = Land.of(run, year)
    return float(land.sealed[land.soil].mean())


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the signatures of the runs named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", nargs="+", help="run folder")
    for name in parser.parse_args(arguments).run:
        report(open_run(name))


if __name__ == "__main__":
    main()
