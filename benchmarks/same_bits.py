"""Show on a real run that the same bits come out, however the run came about.

Run with ``python -m benchmarks.same_bits``; two to four minutes on two processors. The default
scenario is recorded as shipped, straight through, on one thread; then again on several threads,
with every cell stepped alone in random order, killed in mid-year and resumed, and branched under an
unchanged scenario; every recorded number is compared. The balance of the baselines is worked out
anew from the recorded state and fluxes. The exit code is 1 if anything fails.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numba
import numpy as np
import pyarrow.parquet as pq
import zarr
from numpy.typing import NDArray

from simulator import parallel
from simulator.constants import METALS
from simulator.model import Simulation
from simulator.physics.booking import SIGNED
from simulator.record import RunFolder, ZarrRecorder, layout
from simulator.record.checkpoint import checkpoint_file, checkpoint_years
from simulator.record.zarr_maps import FLUX_FIELDS
from simulator.scenario import read_scenario

SCENARIO: Final = "wuhan-baseline"
BASELINES: Final = ("wuhan-baseline", "taizhou-baseline")
#: Years to branch at: one of a kept checkpoint, and one to which the way is simulated again.
BRANCHES: Final = (2020, 2027)
#: Threads, and the largest number of cells that one takes at a time; None is the program's own.
SPLITS: Final = ((2, None), (2, 1000), (3, 137))

#: What ``docs/run-folder.md`` promises of the recorded balance. [-]
TOLERANCE: Final = 1.0e-13

#: The command ``metalscape``, in a process of its own.
_COMMAND: Final = (sys.executable, "-c", "from analysis.cli import app; app()")
#: Longest wait between two looks at a run that is to be killed. A year takes about 0.1 s. [s]
_LOOK: Final = 0.05

# -- runs, each made in another way ----------------------------------------------------------------


def run_straight(scenario: str, folder: Path, threads: int = 1, block: int | None = None) -> None:
    """Record a scenario from its first year to its last.

    Parameters
    ----------
    scenario : str
        Name or path.
    folder : Path
        Folder of the run.
    threads : int
        Threads for the cells, and for the footprints as far as there are processors.
    block : int, optional
        Largest number of cells that a thread takes at a time; the program's own by default.
    """
    recorder = ZarrRecorder(folder)
    with (
        _split(threads, block),
        Simulation.from_scenario(scenario, recorder=recorder, threads=threads) as sim,
    ):
        sim.run()


@contextmanager
def _split(threads: int, block: int | None) -> Iterator[None]:
    before = parallel._BLOCK, numba.get_num_threads()
    parallel._BLOCK = before[0] if block is None else block  # type: ignore[misc]
    numba.set_num_threads(min(threads, before[1]))
    try:
        yield
    finally:
        parallel._BLOCK = before[0]  # type: ignore[misc]
        numba.set_num_threads(before[1])


def run_alone(scenario: str, folder: Path, seed: int = 0) -> None:
    """Record a scenario whose cells are stepped one by one, each year in another random order.

    What the phases before the balance booked for all cells is blanked first: only the cell's own
    step can have written the numbers that are recorded.
    """
    order = np.random.default_rng(seed)
    with Simulation.from_scenario(scenario, recorder=ZarrRecorder(folder), threads=1) as sim:
        booked = sim.ledger.slots.kind != SIGNED  # the signed ones are added to
        sim.recorder.begin(sim)
        while sim.year < sim.end:
            sim.open_year()
            sim.ledger.flux[:, booked] = np.nan
            for key in FLUX_FIELDS:
                sim.state.flat(key)[...] = np.nan
            for index in order.permutation(sim.state.n_cell):
                sim.cells[index].step()
            sim.close_year()
        sim.recorder.finish(sim)


@dataclass(frozen=True)
class Death:
    """What a killed run left."""

    year: int  #: the year that it was in
    written: int  #: files of the year's fluxes that were on the disk
    maps: int  #: files that there are of a whole year

    def __str__(self) -> str:
        return f"{self.year} ({self.written} of {self.maps} ledger maps written)"


def run_killed(scenario: str, folder: Path, years: Sequence[int]) -> list[Death]:
    """``metalscape run``, killed in mid-year, gone on with by ``metalscape resume`` to the end.

    Parameters
    ----------
    scenario : str
        Name or path.
    folder : Path
        Folder of the run.
    years : sequence of int
        Rising. It is killed in the first year from each of these on in which it is caught; the
        resumed process is killed in the next.
    """
    begin = ("run", scenario, "--out", str(folder.parent), "--name", folder.name, "--quiet")
    go_on = ("resume", str(folder), "--quiet")
    commands = [begin, *[go_on] * (len(years) - 1)]
    deaths = [_kill_in_mid_year(c, folder, y) for c, y in zip(commands, years, strict=True)]
    _metalscape(*go_on)
    resumed = [r["year"] for r in RunFolder(folder).manifest["resumed"]]
    if resumed != [d.year for d in deaths]:
        raise RuntimeError(f"killed in {deaths}, resumed in {resumed}")
    return deaths


def _kill_in_mid_year(command: tuple[str, ...], folder: Path, year: int) -> Death:
    """Start a command and end it by SIGKILL while a year is neither untouched nor whole.

    It is halted at random moments to see what lies on the disk. Fluxes of a year whose checkpoint
    is missing mean that the year is half recorded: it is killed as it stands. Otherwise it goes on.
    """
    chance = random.Random()
    death = None
    with subprocess.Popen([*_COMMAND, *command], stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            time.sleep(chance.uniform(0.0, _LOOK))
            os.kill(process.pid, signal.SIGSTOP)  # ours, if only as a zombie, until it is polled
            os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            death = _half_done(layout.partial_folder(folder))
            if death is not None and death.year >= year:
                process.kill()
                break
            process.send_signal(signal.SIGCONT)
        _, said = process.communicate()
    if death is None or process.returncode != -signal.SIGKILL:
        raise RuntimeError(f"{' '.join(command)} ended by itself ({process.returncode}): {said}")
    left = RunFolder(folder)
    if folder.exists() or left.finished or _half_done(left.path) != death:
        raise RuntimeError(f"{left.path} is not what it was when it was killed in {death}")
    return death


def _half_done(partial: Path) -> Death | None:
    """Year of an unfinished run that is half recorded, if one is."""
    years = checkpoint_years(partial / layout.CHECKPOINTS)
    if not years:
        return None
    index = years[-1] - years[0]  # the first checkpoint stays
    maps = [p.parent for p in (partial / layout.LEDGER).glob("*/c.0.*")]
    written = list((partial / layout.LEDGER).glob(f"*/c.{index}.*"))
    return Death(years[-1], len(written), len(maps)) if index and written else None


def run_branched(parent: RunFolder, at: int, folder: Path) -> None:
    """``metalscape branch`` in a year, under the scenario of the run by another name."""
    copy = parent.scenario.model_copy(update={"name": folder.name})
    file = folder.with_suffix(".toml")
    file.write_text(copy.to_toml(), encoding="utf-8")
    _metalscape("branch", str(parent.path), "--at", str(at), "--scenario", str(file), "--quiet")
    if RunFolder(folder).manifest["parent"]["year"] != at:
        raise RuntimeError(f"{folder} is no branch at {at}")


def _metalscape(*command: str) -> None:
    subprocess.run([*_COMMAND, *command], check=True)


# -- comparison ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Comparison:
    """Two runs, number by number."""

    numbers: int  #: compared
    differing: dict[str, int]  #: how many differ, by array; -1 if one run has no such array

    def __str__(self) -> str:
        if not self.differing:
            return f"{self.numbers:,} numbers"
        what = ", ".join(f"{k} ({v})" for k, v in self.differing.items())
        return f"of {self.numbers:,} numbers differ: {what}"


def compare(a: RunFolder, b: RunFolder) -> Comparison:
    """Compare everything recorded of two finished runs of the same years but their manifests.

    Maps of the history and the ledger with their coordinates, the four tables, and the checkpoints
    that both keep: there the whole state is in SI units, in double precision.
    """
    years = sorted(set(a.checkpoints) & set(b.checkpoints))
    left, right = (_arrays(run, years) for run in (a, b))
    differing = dict.fromkeys(sorted(left.keys() ^ right.keys()), -1)
    numbers = 0
    for name in left.keys() & right.keys():
        mine, theirs = left[name](), right[name]()
        numbers += mine.size
        count = count_differing(mine, theirs)
        if count:
            differing[name] = count
    if not years or years[-1] != a.scenario.end:
        differing["checkpoint of the end"] = -1
    return Comparison(numbers, differing)


def count_differing(a: NDArray[Any], b: NDArray[Any]) -> int:
    """Count elements with other bits; all of them if the arrays are of another kind or shape.

    Examples
    --------
    >>> count_differing(np.array([0.0, np.nan, 1.0]), np.array([-0.0, np.nan, 1.0]))
    1
    """
    if a.dtype != b.dtype or a.shape != b.shape:
        return max(a.size, b.size, 1)
    if a.dtype.kind in "fiub":
        whole = np.dtype(f"u{a.dtype.itemsize}")
        a, b = (np.ascontiguousarray(x).view(whole) for x in (a, b))
    return int(np.count_nonzero(a != b))


def _arrays(run: RunFolder, checkpoints: Sequence[int]) -> dict[str, Callable[[], NDArray[Any]]]:
    """What gives each recorded array of a run, by name."""
    arrays: dict[str, Callable[[], NDArray[Any]]] = {}
    for name in (layout.HISTORY, layout.LEDGER):
        for key, stored in _group(run.path / name).items():
            arrays[f"{name}/{key}"] = partial(stored.__getitem__, ...)
    for name in (layout.TOTALS, layout.PARCELS):
        table = pq.read_table(run.path / name)
        for key in table.column_names:
            arrays[f"{name}/{key}"] = partial(_column, table[key])
    for name in (layout.SOURCES, layout.EVENTS):
        rows = (run.path / name).read_text(encoding="utf-8").splitlines()
        arrays[name] = partial(np.array, rows)
    for year in checkpoints:
        with np.load(checkpoint_file(run.path / layout.CHECKPOINTS, year)) as stored:
            for key, array in stored.items():
                arrays[f"{layout.CHECKPOINTS}/{year}/{key}"] = partial(np.asarray, array)
    return arrays


def _group(path: Path) -> dict[str, Any]:
    """Arrays of a Zarr group."""
    return dict(zarr.open_group(path, mode="r").arrays())


def _column(column: Any) -> NDArray[Any]:
    """Column of a table; words and outlines as objects, a missing one as None."""
    values = column.to_pylist()
    numeric = isinstance(values[0], int | float)
    return column.to_numpy() if numeric else np.array(values, dtype=object)


# -- balance ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Residual:
    """Where the recorded balance of a run closes worst."""

    relative: float  #: change less fluxes, over stock and turnover of the layer [-]
    absolute: float  #: the largest, wherever it is [mg m-2]
    place: tuple[int, str, int, int, int]  #: year, metal, layer from 1, row, column
    checked: int  #: years x metals x layers x cells
    program: float  #: the largest that the program itself found [-]

    def __str__(self) -> str:
        year, metal, layer, row, col = self.place
        return (
            f"{self.checked:,} balances: {self.relative:.1e} of stock and turnover ({metal}, "
            f"layer {layer}, cell {row},{col}, {year}), {self.absolute:.1e} mg/m2 at most; "
            f"by the program itself {self.program:.1e}"
        )


def ledger_residual(run: RunFolder) -> Residual:
    r"""Balance of every layer of every cell in every year, from the recorded state and fluxes.

    .. math:: r = \frac{|S_{y+1} - S_y - \sum_p \sigma_p F_p|}{S_y + \sum_p |F_p|}

    with the stock :math:`S` of open and sealed soil together, and the fluxes :math:`F` with the
    signs :math:`\sigma` that the files state. Neither the ledger nor its kernels are used.
    """
    history = _group(run.path / layout.HISTORY)
    n_layer = history["layer"].size
    fluxes = [
        (array, np.array(array.attrs["sign_by_layer"], dtype=float).reshape(-1, n_layer))
        for array in _group(run.path / layout.LEDGER).values()
        if "sign_by_layer" in array.attrs
    ]
    years = history["year"][:].tolist()
    worst, place, absolute, checked = -1.0, (0, "", 0, 0, 0), 0.0, 0
    before = history["stock"][0] + history["stock_sealed"][0]
    for i, year in enumerate(years[:-1]):
        after = history["stock"][i + 1] + history["stock_sealed"][i + 1]
        gain, scale = np.zeros_like(before), before.copy()
        for array, signs in fluxes:
            flux = array[i].reshape(len(METALS), -1, *before.shape[-2:])
            gain += np.einsum("msyx,sl->mlyx", flux, signs)
            scale += np.einsum("msyx,sl->mlyx", np.abs(flux), np.abs(signs))
        residual = np.abs((after - before) - gain)
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = np.where(residual == 0.0, 0.0, residual / scale)
        relative[np.isnan(relative)] = np.inf
        m, z, row, col = np.unravel_index(relative.argmax(), relative.shape)
        if relative[m, z, row, col] > worst:
            worst = float(relative[m, z, row, col])
            place = (year, METALS[m], int(z) + 1, int(row), int(col))
        absolute = max(absolute, float(residual.max()))
        checked += residual.size
        before = after
    return Residual(worst, absolute, place, checked, run.manifest["largest_residual"])


# -- the table -------------------------------------------------------------------------------------


def main() -> None:
    """Print the table."""
    began = time.perf_counter()
    scenario = read_scenario(SCENARIO)
    results = []
    print("| what | same | compared | s |\n| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as temporary:
        runs = Path(temporary)
        run_straight(SCENARIO, runs / "straight")
        straight = RunFolder(runs / "straight")
        what = f"| {SCENARIO}, {scenario.years} years, one thread | - | the runs below with it |"
        print(f"{what} {time.perf_counter() - began:.0f} |", flush=True)

        def row(what: str, make: Callable[[Path], Sequence[Death] | None]) -> None:
            begin = time.perf_counter()
            deaths = " and ".join(map(str, make(runs / "other") or ()))
            result = compare(straight, RunFolder(runs / "other"))
            shutil.rmtree(runs / "other")
            results.append(_print(what.format(deaths), not result.differing, result, begin))

        cells = straight.history.sizes["y"] * straight.history.sizes["x"]
        for threads, block in SPLITS:
            n = -(-cells // (parallel._BLOCK if block is None else block))
            make = partial(run_straight, SCENARIO, threads=threads, block=block)
            row(f"{threads} threads, {n} range{'s' if n > 1 else ''} of cells", make)
        row("every cell alone, in random order", partial(run_alone, SCENARIO))
        start, years = scenario.start, scenario.years
        when = (start + years // 4, start + years * 5 // 8)
        row("killed in {} and resumed", partial(run_killed, SCENARIO, years=when))
        for at in BRANCHES:
            since = max(year for year in straight.checkpoints if year <= at)
            again = f", simulated again from {since}" if since < at else ""
            row(f"branched at {at}{again}", partial(run_branched, straight, at))
        for name in BASELINES:
            begin = time.perf_counter()
            if name != SCENARIO:
                run_straight(name, runs / name)
            residual = ledger_residual(straight if name == SCENARIO else RunFolder(runs / name))
            good = residual.relative <= TOLERANCE
            results.append(_print(f"ledger of {name} closes", good, residual, begin))
    print(f"\n{time.perf_counter() - began:.0f} s")
    sys.exit(not all(results))


def _print(what: str, good: bool, compared: object, begin: float) -> bool:
    """Print a row of the table; tell whether it is good."""
    seconds = time.perf_counter() - begin
    print(f"| {what} | {'yes' if good else 'NO'} | {compared} | {seconds:.0f} |", flush=True)
    return good


if __name__ == "__main__":
    main()
