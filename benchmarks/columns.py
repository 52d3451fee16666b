"""Speed of soil columns, and what it costs in accuracy, on cases that HYDRUS-1D has computed.

Run with ``python -m benchmarks.columns``. Batches of ten-year columns, each of another soil (varied
a little about that of the case, by a fixed seed) and all under the weather of the case, run on all
processors: at the settings of the reference cases, and at those of
:data:`simulator.soil_water.solve.NUMERICS`. Beside the column-years in a second of the clock stands
the largest error of the unvaried case, which is compared with HYDRUS's results at every day that
these have. Transport alone, on flow that is stored by day or by year, comes last. Kernels are
compiled before anything is timed; times are medians of several runs.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

from simulator.hydrus.case import Case
from simulator.hydrus.case_read import read_case
from simulator.physics.percolation.batch import run_columns
from simulator.physics.percolation.column import Column, Numerics
from simulator.physics.percolation.outcome import Outcome
from simulator.physics.percolation.stored import Field, Moved, transport
from simulator.soil_water.solve import NUMERICS

REFERENCE: Final = Path(__file__).parents[2] / "shared" / "reference" / "percolation"
WATER: Final = ("d08a_10yr_synth_paddy", "d08b_10yr_synth_red", "d08c_10yr_synth_sandy")
SOLUTE: Final = ("d11a_freundlich_cd_red_10yr", "d10b_linear_kd50_10yr")
#: Column-years a second of HYDRUS-1D 4.08 on one processor, as recorded when the cases were made:
#: at the accuracy of the reference, and at its own fast defaults.
HYDRUS: Final = {"water": (0.22, 5.0), "one solute": (0.17, 2.0)}
_YEAR: Final = 365.25
#: Standard deviation of the logarithms of what differs from column to column.
_SPREAD: Final = {"k_s": 0.20, "alpha": 0.05, "n": 0.01}
_SEED: Final = 20240607

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """Numerics by name; those of the case where ``numerics`` is None."""

    name: str
    numerics: Numerics | None

    def applied(self, column: Column) -> Column:
        """Column with these numerics; the weighting of advection stays that of the case."""
        if self.numerics is None:
            return column
        upstream = column.numerics.upstream
        return replace(column, numerics=replace(self.numerics, upstream=upstream))


SETTINGS: Final = (Setting("reference", None), Setting("fast", NUMERICS))


def varied(column: Column, rng: np.random.Generator) -> Column:
    """Column of a soil like this one: conductivity, suction and slope of each material differ."""
    materials = []
    for material in column.profile.materials:
        factor = {k: float(np.exp(s * rng.standard_normal())) for k, s in _SPREAD.items()}
        materials.append(
            replace(
                material,
                k_s=material.k_s * factor["k_s"],
                alpha=material.alpha * factor["alpha"],
                n=1.0 + (material.n - 1.0) * factor["n"],
            )
        )
    return replace(column, profile=replace(column.profile, materials=tuple(materials)))


def batch_of(column: Column, count: int) -> list[Column]:
    """So many columns like this one, itself the first."""
    rng = np.random.default_rng(_SEED)
    return [column, *(varied(column, rng) for _ in range(count - 1))]


def median_seconds(task: Callable[[], object], runs: int) -> float:
    """Median time of several runs by the clock. [s]"""
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        task()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def years_of(column: Column) -> float:
    """Length of a run. [yr]"""
    return (column.stop - column.start) / _YEAR


def speed(column: Column, count: int, runs: int) -> float:
    """Column-years in a second of the clock."""
    columns = batch_of(column, count)
    return count * years_of(column) / median_seconds(lambda: run_columns(columns), runs)


def _largest(ours: Floats, theirs: Floats, scale: float) -> float:
    return float(np.abs(ours - theirs).max()) / scale


def water_error(case: Case, outcome: Outcome) -> float:
    """Largest error of a cumulative flux, over the largest flux of the case. [-]"""
    table = case.results.tlevel
    assert table is not None
    time = table["time"].to_numpy()
    pairs = (
        (outcome.infiltration[0], -table["sum_vTop"].to_numpy()),
        (outcome.transpiration[0], table["sum_vRoot"].to_numpy()),
        (outcome.percolation[0], -table["sum_vBot"].to_numpy()),
        (outcome.runoff[0], table["sum_runoff"].to_numpy()),
    )
    scale = max(float(np.abs(theirs).max()) for _, theirs in pairs[:3])
    start = np.append(case.column.start, outcome.output_times)
    return max(
        _largest(np.interp(time, start, np.append(0.0, ours)), theirs, scale)
        for ours, theirs in pairs
    )


def leached_by_hydrus(case: Case) -> tuple[float, float]:
    """What HYDRUS's upper subregion has lost, and what has left through the bottom. [ug cm-2]"""
    balance, table = case.results.balance, case.results.solute
    assert balance is not None
    assert table is not None
    upper = balance["ConcVol_1_reg1"].to_numpy()
    bottom = next(c for c in table.columns if c.startswith("sum_cvBot"))
    return float(upper[0] - upper[-1]), float(-table[bottom].iloc[-1])


def upper_mass(case: Case, mass: Floats) -> float:
    """Solute in the upper subregion, as HYDRUS sums it. [ug cm-2]"""
    depth = case.column.profile.depth
    inside = depth <= case.subregions[0][1] + 1e-3
    return float(np.trapezoid(mass[inside], depth[inside]))


@dataclass(frozen=True)
class Run:
    """A case as it is, run once."""

    case: Case
    outcome: Outcome

    @property
    def leached(self) -> float:
        """Solute that has left the upper subregion. [ug cm-2]"""
        first, last = self.outcome.mass[0, 0, 0], self.outcome.mass[0, 0, -1]
        return upper_mass(self.case, first) - upper_mass(self.case, last)


def run_case(case: Case, setting: Setting, periods: Floats | None = None) -> Run:
    """Run the case as it is."""
    column, table = setting.applied(case.column), case.results.tlevel
    assert table is not None
    output = np.unique(table["time"].to_numpy())
    ends = np.array([column.stop]) if periods is None else periods
    return Run(case, run_columns([column], output, [column.start, column.stop], ends))


def print_speed(kind: str, cases: Sequence[Case], counts: dict[str, int], runs: int) -> None:
    """A line for each case and setting."""
    slow, quick = HYDRUS[kind]
    print(f"\n{kind}: HYDRUS-1D {slow} at reference accuracy, about {quick:g} at its fast defaults")
    print(f"{'case':30}{'settings':11}{'columns':>8}{'years/s':>9}{'ratio':>7}"
          f"{'error, %':>10}{'leached, %':>12}")  # fmt: skip
    for case in cases:
        for setting in SETTINGS:
            column = setting.applied(case.column)
            run = run_case(case, setting)
            rate = speed(column, counts[setting.name], runs)
            ratio = rate / (slow if setting.numerics is None else quick)
            lost = ""
            if case.column.solutes:
                lost = f"{100 * (run.leached / leached_by_hydrus(case)[0] - 1):+12.3f}"
            print(
                f"{case.id:30}{setting.name:11}{counts[setting.name]:8}{rate:9.1f}{ratio:7.1f}"
                f"{100 * water_error(case, run.outcome):10.3f}{lost}"
            )


def stored_fields(case: Case) -> dict[str, Field]:
    """Flow of a case at the reference settings, stored by day and by year."""
    column = case.column
    days = np.arange(column.start + 1.0, column.stop + 0.5)
    annual = case.results.annual
    assert annual is not None
    years = column.start + np.cumsum(annual["days"].to_numpy(dtype=np.float64))
    fields = {}
    for name, ends in (("daily", days), ("yearly", years)):
        out = run_columns([replace(column, solutes=())], periods=ends)
        fields[name] = Field(
            np.diff(ends, prepend=column.start),
            out.flux[0], out.flux_abs[0], out.wetness[0], out.uptake[0],
        )  # fmt: skip
    return fields


def print_transport(cases: Sequence[Case], count: int, runs: int) -> None:
    """Print a line for each case and length of the periods of the flow."""
    print("\ntransport alone on stored flow")
    print(f"{'case':30}{'flow':11}{'solutes':>8}{'years/s':>9}{'leached, %':>12}{'bottom, %':>11}")
    for case in cases:
        column = case.column
        if column.weather is not None and column.weather.concentration.any():
            raise ValueError(f"{case.id}: transport here takes no solute with rain")
        start = run_case(case, SETTINGS[1]).outcome.mass[0, 0, 0]
        upper, bottom = leached_by_hydrus(case)
        for name, field in stored_fields(case).items():
            seconds, moved = timed_transport(column, field, count, runs)
            lost = upper_mass(case, start) - upper_mass(case, moved.mass[0])
            out = float(moved.flux[0, :, -1].sum())
            # a thousandth of what is there: below it the bottom says nothing
            whole = float(start @ column.profile.length)
            shown = f"{100 * (out / bottom - 1):+11.2f}" if bottom > 1e-3 * whole else f"{'-':>11}"
            print(
                f"{case.id:30}{name:11}{count:8}{count * years_of(column) / seconds:9.0f}"
                f"{100 * (lost / upper - 1):+12.3f}{shown}"
            )


def timed_transport(column: Column, field: Field, count: int, runs: int) -> tuple[float, Moved]:
    """Move the solute of a column so many times at once; seconds, and what became of it."""
    solutes = [replace(column.solutes[0], source=None)] * count
    arriving = np.zeros((count, field.days.size))

    def move() -> Moved:
        return transport(column.profile, solutes, field, arriving)

    moved = move()
    return median_seconds(move, runs), moved


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--columns", type=int, default=1000, help="columns of a batch")
    parser.add_argument(
        "--reference-columns", type=int, default=100,
        help="the same at the settings of the reference, where they take ten times as long",
    )  # fmt: skip
    parser.add_argument("--solutes", type=int, default=64, help="solutes on stored flow")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--reference", type=Path, default=REFERENCE, help="folder of the cases")
    args = parser.parse_args(arguments)
    water, solute = (
        [read_case(args.reference / name) for name in names] for names in (WATER, SOLUTE)
    )
    counts = {"fast": args.columns, "reference": min(args.reference_columns, args.columns)}
    for case in (*water, *solute):  # compile
        run_columns([replace(case.column, stop=case.column.start + 1.0)])
    print(
        f"{numba.get_num_threads()} of {os.cpu_count()} processors; column-years a second of the "
        "clock. ratio: to HYDRUS-1D on one processor, reference to reference, fast to defaults. "
        "error: largest of a cumulative flux of water against HYDRUS, in % of the largest flux; "
        "leached: out of the upper subregion, error of the amount."
    )
    print_speed("water", water, counts, args.runs)
    print_speed("one solute", solute, counts, args.runs)
    print_transport(solute, min(args.solutes, args.columns), args.runs)


if __name__ == "__main__":
    main()
