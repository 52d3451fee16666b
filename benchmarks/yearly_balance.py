"""Time the yearly balance of 1e6 cells x 8 metals x 3 layers beside plain numpy and Mesa agents.

Run with ``python -m benchmarks.yearly_balance``. All three solve the same year of the same cells;
their new stocks are compared before anything is timed. Medians of several runs. Every timed year
starts from the same state.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.plain import mesa_model, named_processes, numpy_year
from benchmarks.synthetic import synthetic_calibration, synthetic_region, synthetic_scenario
from simulator.agents.calibrator import PATHWAY, FluxCalibrator
from simulator.model import Simulation
from simulator.parallel import Workers


def median_seconds(function: Callable[[], object], runs: int) -> float:
    """Median wall time of several calls. [s]"""
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        function()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def bandwidth(workers: Workers, runs: int) -> float:
    """Memory traffic of copying a large array on all threads: read + write. [byte s-1]"""
    a = np.ones(48_000_000)
    b = np.empty_like(a)

    def copy(start: int, stop: int) -> None:
        b[start:stop] = a[start:stop]

    step = a.size // workers.threads

    def run() -> None:
        with ThreadPoolExecutor(workers.threads) as pool:
            list(pool.map(lambda k: copy(k * step, (k + 1) * step), range(workers.threads)))

    run()
    seconds = median_seconds(run, runs)
    return 2 * a.nbytes / seconds


def necessary_bytes(sim: Simulation) -> int:
    """Bytes that a year must move if each array were touched once and no more. [byte]

    Every slot is written; stock and its shares are read and written; every field and constant that
    a process needs of a cell is read.
    """
    state, by_name = sim.state, named_processes(sim)
    d, e, u = by_name["Deposition"], by_name["Erosion"], by_name["CropUptake"]
    read: list[NDArray[Any]] = [
        state.open_share,
        state.sealed_share,
        state.open_ground,
        state.soil_mass,
    ]
    read += [state.solution_coefficient, by_name["WaterBalance"].soils.soil]
    read += [d.dry.footprint, d.wet.footprint, e.loss, e.background, u.stands.soil]
    changed: list[NDArray[Any]] = [state.stock, state.slice_share]
    written: list[NDArray[Any]] = [sim.ledger.flux, state.percolation, state.water_content]
    written += [state.runoff_depth, state.soil_loss]
    return sum(a.nbytes for a in read + changed) + sum(a.nbytes for a in written + changed)


def ready(rows: int, cols: int, threads: int | None) -> Simulation:
    """A simulation whose first year is prepared up to its balance."""
    region = synthetic_region(rows, cols)
    sim = Simulation(region, synthetic_scenario(), threads=threads)
    sim.open_year()
    return sim


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=1000, help="cells a side of the large grid")
    parser.add_argument("--small", type=int, default=40, help="cells a side for the agents")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=None)
    args = parser.parse_args()

    small = ready(args.small, args.small, args.threads)
    before = small.state.flat("stock").copy()
    plain_year = numpy_year(small)
    agents = mesa_model(small)
    seconds_mesa = median_seconds(lambda: agents.agents.do("step"), 1) / small.state.n_cell
    by_agents = np.moveaxis(np.array([a.stock for a in agents.agents]), 0, -1)
    small.cells.do("step")
    ours = small.state.flat("stock")
    scale = np.abs(ours - before).max(axis=(1, 2), keepdims=True)
    print(
        f"agreement of the year's change, largest difference over largest change: "
        f"numpy {np.max(np.abs(plain_year.stock - ours) / scale):.1e}, "
        f"agents {np.max(np.abs(by_agents - ours) / scale):.1e}; "
        f"at most {plain_year.most_steps} steps"
    )

    sim = ready(args.side, args.side, args.threads)
    n = sim.state.n_cell
    start = sim.state.stock.copy(), sim.state.slice_share.copy()

    def begin() -> None:
        sim.state.stock[...], sim.state.slice_share[...] = start

    def book() -> None:
        sim.book(0, n)

    def close() -> None:
        sim.workers.run(sim.ledger.close, 0, n)

    rate = bandwidth(sim.workers, args.runs)
    booking, closing = [], []
    for _ in range(args.runs + 1):  # the first warms up
        begin()
        booking.append(median_seconds(book, 1))
        closing.append(median_seconds(close, 1))
    booked, closed = statistics.median(booking[1:]), statistics.median(closing[1:])
    year = booked + closed
    calibrator = FluxCalibrator(sim, synthetic_calibration(sim.region))
    calibrator.step()
    correcting = median_seconds(calibrator.step, args.runs)
    sim.ledger.amounts(PATHWAY)[...] = 0.0
    begin()
    plain = median_seconds(lambda: numpy_year(sim), max(1, args.runs // 2))
    limit = necessary_bytes(sim) / rate
    print(
        f"{n} cells x 8 metals x {sim.state.n_layer} layers of {len(sim.state.slices)} slices, "
        f"{len(sim.ledger.slots.kind)} slots, {sim.workers.threads} threads"
    )
    print(
        f"  fused kernels        {year:8.3f} s a year ({booked:.3f} booking, {closed:.3f} closing)"
    )
    print(f"  calibrator           {correcting:8.3f} s, {correcting / year:.1%} of that")
    print(f"  plain numpy          {plain:8.3f} s   ratio {plain / year:6.1f}")
    print(
        f"  Mesa agent a cell    {seconds_mesa * n:8.1f} s   ratio {seconds_mesa * n / year:6.1f}"
        f"   (from {small.state.n_cell} cells)"
    )
    gigabytes = necessary_bytes(sim) / 1e9
    print(
        f"  memory bandwidth     {rate / 1e9:8.1f} GB/s, at which the {gigabytes:.2f} GB of a year"
    )
    print(f"                       take {limit:.3f} s: the year reaches {limit / year:.0%} of that")


if __name__ == "__main__":
    main()
