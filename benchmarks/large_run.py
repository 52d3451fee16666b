"""Fifty years of 1e6 cells, streamed to disk: wall time, peak memory, size on disk.

Run with ``python -m benchmarks.large_run``. The region is made in memory; maps are recorded as
float32 each year, the ledger as totals.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from benchmarks.synthetic import synthetic_region, synthetic_scenario
from simulator.model import Simulation
from simulator.record import ZarrRecorder
from simulator.scenario.model import Record


def peak_gigabytes() -> float:
    """Largest resident memory of this process so far. [GB]"""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=1000, help="cells a side")
    parser.add_argument("--years", type=int, default=50)
    parser.add_argument("--every", type=int, default=1, help="years between recorded maps")
    args = parser.parse_args()

    record = Record(ledger="totals", precision="float32", every=args.every)
    scenario = synthetic_scenario(years=args.years, interventions=(), record=record)
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "large"
        begin = time.perf_counter()
        region = synthetic_region(args.side, args.side)
        with Simulation(region, scenario, recorder=ZarrRecorder(run)) as sim:
            ready = time.perf_counter()
            print(
                f"{sim.state.n_cell} cells ready after {ready - begin:.1f} s, "
                f"peak {peak_gigabytes():.2f} GB"
            )
            sim.run(progress=lambda year: report(year, args.years, scenario.start))
            done = time.perf_counter()
            size = sum(f.stat().st_size for f in run.rglob("*") if f.is_file())
            print(
                f"{args.years} years in {done - ready:.1f} s; residual {sim.ledger.residual:.1e}; "
                f"peak {peak_gigabytes():.2f} GB; {size / 1e9:.2f} GB on disk"
            )


def report(year: int, years: int, start: int) -> None:
    """Print the memory of some years: it must not grow."""
    if (year - start) % max(years // 5, 1) == 0:
        print(f"  after {year}: peak {peak_gigabytes():.2f} GB")


if __name__ == "__main__":
    main()
