"""How fast the app answers: from a click or a key in a browser to what is then on the screen.

Run with ``python -m benchmarks.app_speed RUN ...`` (folders of runs), with ``--make DIR`` for a run
of a million cells with its region, and ``--live`` for a run that is being computed. It needs
playwright and chromium. Times are from the event to the frame that shows the answer.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import psutil

from analysis.runs import years_of
from benchmarks.app_speed_page import BEGIN, MEASURES
from benchmarks.large_folder import make_run
from simulator.record import RunFolder
from simulator.record.layout import finished_folder
from tests.app.browser.program import Program, running, until
from tests.app.browser.reader import Reader

if TYPE_CHECKING:
    from playwright.sync_api import Browser

#: Measured at least so often, where there are so many years.
TIMES: Final = 20
#: A reader looks before the next step. [s]
LOOK: Final = 0.7
#: Off the triangles of stacks, and off the edge. [px]
APART: Final = 14.0
STEPPED: Final = ("content", "overload", "content_over_limit", "flux:deposition_dry")
WINDOW: Final = (1280, 800)


@dataclass
class Sample:
    """Times of one thing that was done again and again. [ms]."""

    name: str
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def line(self) -> str:
        """Row of the table; CPU is that of the server, of all it did for it."""
        if not self.wall:
            return f"{self.name:<44} {'-':>4}"
        middle, high = np.percentile(self.wall, (50, 90))
        spent = f"{np.median(self.cpu):9.0f}" if self.cpu else f"{'':9}"
        return f"{self.name:<44} {len(self.wall):4d} {middle:8.0f} {high:8.0f} {spent}"


class Bench:
    """One run in front of a reader.

    Parameters
    ----------
    browser : Browser
        Chromium.
    program : Program
        The server.
    run : RunFolder
        What is looked at; the server has it under the name of its folder.
    """

    def __init__(self, browser: Browser, program: Program, run: RunFolder) -> None:
        self.program, self.run, self.name = program, run, finished_folder(run.path).name
        self.shape = (run.history.sizes["y"], run.history.sizes["x"])
        self.years = years_of(run).tolist()
        self.metals = [str(m) for m in run.history["metal"].values]
        self.server = psutil.Process(program.process.pid)
        self.reader = Reader(browser, program.base, self.shape)
        self.page = self.reader.page
        self.page.set_default_timeout(180_000)
        self.page.add_init_script(BEGIN)
        self.samples: dict[str, Sample] = {}

    def measure(
        self,
        name: str,
        what: str,
        argument: object,
        do: Callable[[], object],
        rest: float | None = LOOK,
    ) -> float:
        """Do something, wait for what is to be seen, and note how long it took. [ms].

        Then rest, and wait until all other questions are answered; None does neither.
        """
        before = self._cpu()
        self.page.evaluate(f"(a) => {{ window.speed.pending = ({MEASURES[what]})(a); }}", argument)
        do()
        found = self.page.evaluate("() => window.speed.pending")
        if isinstance(found, dict):
            self.note(f"{name.partition(':')[0]}: why", found["why"])
            found = found["chart"]
        if rest is not None:
            time.sleep(rest)
            self.reader.settled()
        self.note(name, found, 1000.0 * (self._cpu() - before))
        return float(found)

    def note(self, name: str, wall: float, cpu: float | None = None) -> None:
        """Keep a time, and what the server spent on it. [ms]."""
        sample = self.samples.setdefault(name, Sample(name))
        sample.wall.append(wall)
        if cpu is not None:
            sample.cpu.append(cpu)

    def _cpu(self) -> float:
        times = self.server.cpu_times()
        return times.user + times.system

    # --- what is done -----------------------------------------------------------------------------

    def open(self, name: str, **cursor: object) -> None:
        """Open the run; from the first byte of the page to the map."""
        before = self._cpu()
        self.reader.go(run=self.name, **cursor)
        wall = float(self.page.evaluate(f"({MEASURES['opened']})()"))
        self.reader.settled()
        self.note(name, wall, 1000.0 * (self._cpu() - before))

    def clicks(self, tab: str, cells: Sequence[tuple[int, int]]) -> None:
        """Click on cells that were not looked at before, and on the same ones again."""
        self.reader.open(self.name, year=self.years[-1], tab=tab, cell="")
        for word in ("new", "again"):
            for row, col in cells:
                self.click(tab, word, row, col)

    def click(self, tab: str, word: str, row: int, col: int, rest: float | None = LOOK) -> float:
        """Click on a cell; time until the chart of the open tab is there. [ms]."""
        slot = {"history": "history", "pathways": "fall"}[tab]
        return self.measure(
            f"click, {word}: {tab}", "cell", [slot],
            lambda: self.reader.click_cell(row, col), rest,
        )  # fmt: skip

    def steps(self, layer: str, cell: tuple[int, int] | None) -> None:
        """Step through years by key: forth, which are new, and back."""
        at = "" if cell is None else ", cell open"
        for metal in self.metals if cell is None else self.metals[::-1]:  # not seen yet
            done = self.samples.get(f"step: {layer}{at}, new")
            if done is not None and len(done.wall) >= TIMES:
                return
            self.reader.open(
                self.name, layer=layer, metal=metal, year=self.years[0],
                cell="" if cell is None else f"{cell[0]},{cell[1]}",
            )  # fmt: skip
            self.reader.settled()
            time.sleep(LOOK)
            years = self.years[: TIMES + 1]
            for key, walk, word in ((".", years[1:], "new"), (",", years[-2::-1], "again")):
                for year in walk:
                    self.measure(
                        f"step: {layer}{at}, {word}",
                        "year",
                        year,
                        lambda k=key: self.page.keyboard.press(k),
                    )

    def held(self, layer: str, metal: str) -> None:
        """Step as fast as maps come."""
        self.reader.open(self.name, layer=layer, metal=metal, year=self.years[0])
        self.reader.settled()
        for year in self.years[1 : TIMES + 1]:
            self.measure(
                f"step at once: {layer}, new", "year", year,
                lambda: self.page.keyboard.press("."), rest=0.0,
            )  # fmt: skip

    def metals_shown(self, layer: str) -> None:
        """Choose other metals, none of which was shown before."""
        self.reader.open(self.name, layer=layer, metal=self.metals[0], year=self.years[-1])
        for metal in self.metals[1:]:
            self.measure(
                f"other metal: {layer}, new", "metal", metal,
                lambda metal=metal: self.page.keyboard.press(str(1 + self.metals.index(metal))),
            )  # fmt: skip

    def hovers(self, cells: Sequence[tuple[int, int]]) -> None:
        """Rest on cells."""
        self.reader.open(self.name, year=self.years[-1])
        for row, col in cells:
            self.measure(
                "hover: words", "words", None,
                lambda at=(col + 0.5, row + 0.5): self.page.mouse.move(*self.reader.point(*at)),
                rest=0.2,
            )  # fmt: skip

    def pan(self) -> None:
        """Drag the map at four times the size of the whole; frames that come meanwhile."""
        self.reader.open(self.name, year=self.years[-1])
        rows, cols = self.shape
        x, y = self.reader.point(cols / 2, rows / 2)
        self.page.mouse.move(x, y)
        for _ in range(4):
            self.page.mouse.wheel(0, -300)
            time.sleep(0.1)
        self.page.evaluate("() => window.speed.frames()")
        self.page.mouse.down()
        for k in range(120):
            self.page.mouse.move(x + 150 * np.sin(k / 10), y + 100 * np.cos(k / 10))
        self.page.mouse.up()
        gaps = self.page.evaluate("() => window.speed.gaps()")
        self.samples["pan: between frames"] = Sample("pan: between frames", gaps)

    def beside_slow(self, cells: Sequence[tuple[int, int]]) -> None:
        """Clicks while a map of all years is made; and that the map says that it is on its way."""
        self.reader.open(self.name, year=self.years[0], tab="history", metal=self.metals[-1])
        self.reader.settled()
        there = "() => window.speed.label().includes('Year of reaching')"
        self.page.evaluate("() => window.speed.watch()")
        begin = time.perf_counter()
        self.reader.choose("layer", "exceedance_year")
        clicked = 0
        for cell in cells:
            if self.page.evaluate(there):
                break
            self.click("history", "beside a slow map", *cell, rest=None)
            clicked += 1
        until(lambda: self.page.evaluate(there), "the slow map", 300)
        took = time.perf_counter() - begin
        said = self.page.evaluate("() => window.speed.said")
        print(f"  the slow map took {took:.1f} s, for {clicked} clicks; it said {said}", flush=True)

    def report(self, begin: str) -> None:
        """Print the table."""
        print(f"\n{begin}\n{'':<44} {'n':>4} {'median':>8} {'90 %':>8} {'CPU':>9}  [ms]")
        for sample in self.samples.values():
            print(sample.line())
        print(flush=True)


def some_cells(run: RunFolder, count: int, seed: int) -> list[tuple[int, int]]:
    """Cells with soil, off the stacks, on a map that fills the window."""
    soil = np.isfinite(run.history["content"][0, 0, 0].values)
    rows, cols = np.nonzero(soil)
    zoom = min(0.6 * WINDOW[0] / soil.shape[1], 0.6 * WINDOW[1] / soil.shape[0])
    size, x, y = (float(run.manifest["grid"][k]) for k in ("cell_size", "x_min", "y_max"))
    sources = run.sources.drop_duplicates("id").dropna(subset=["x", "y"])  # area sources have none
    stacks = np.stack([(y - sources["y"]) / size, (sources["x"] - x) / size], axis=1)
    order = np.random.default_rng(seed).permutation(rows.size)[: 20 * count]
    found = [
        (int(rows[k]), int(cols[k]))
        for k in order
        if not len(stacks)
        or np.hypot(*(stacks - [rows[k] + 0.5, cols[k] + 0.5]).T).min() * zoom > APART
    ]
    return found[:count]


def bench_run(browser: Browser, path: Path) -> None:
    """All that is measured of a finished run."""
    run = RunFolder(path)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), str(path)) as program:
        bench = Bench(browser, program, run)
        bench.open("open, first after the start", year=bench.years[-1])
        for _ in range(4):
            bench.open("open, again", year=bench.years[-1])
        layers = {
            layer["key"] for layer in program.client.get(f"/api/runs/{bench.name}").json["layers"]
        }
        cells = some_cells(run, 4 * TIMES, 1)
        bench.clicks("history", cells[:TIMES])
        bench.clicks("pathways", cells[TIMES : 2 * TIMES])
        for layer in STEPPED:
            if layer in layers:
                bench.steps(layer, None)
        bench.steps("content", cells[0])
        bench.held("ph", bench.metals[0])
        bench.metals_shown("remaining_capacity" if "remaining_capacity" in layers else "change")
        bench.hovers(cells[2 * TIMES : 3 * TIMES])
        bench.pan()
        if "exceedance_year" in layers:
            bench.beside_slow(cells[3 * TIMES :])
        rows, cols = bench.shape
        bench.report(f"{bench.name}: {rows} x {cols} cells, {len(bench.years)} years; {machine()}")
        bench.reader.context.close()


def machine() -> str:
    """How busy the machine is."""
    return f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Headless Chromium."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


def bench_live(browser: Browser, scenario: str, steps: int) -> None:
    """Steps of a run that is being computed: until a year is there, and until it is shown."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), scenario) as program:
        until(lambda: program.jobs().get(scenario, {}).get("phase") == "ready", "ready", 1800)
        run = RunFolder(Path(folder) / "runs" / scenario)
        bench = Bench(browser, program, run)
        bench.open("open", year=bench.years[0])
        year = bench.years[0]
        for _ in range(steps):
            year += 1
            bench.measure("live: step", "year", year, lambda: bench.page.keyboard.press("."))
            told, shown = bench.page.evaluate("() => [window.speed.told, window.speed.shown]")
            bench.note("live: until it is computed and told", told)
            bench.note("live: until the page shows it then", shown - told)
        bench.report(f"{scenario}, live; {machine()}")
        bench.reader.context.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="*", type=Path)
    parser.add_argument("--make", type=Path, help="folder for a run of a million cells")
    parser.add_argument("--live", metavar="SCENARIO", help="built-in scenario to step through")
    args = parser.parse_args()
    runs = [path.resolve() for path in args.runs]
    if args.make:
        runs.append(make_run(args.make.resolve(), side=1000, years=5))
    with chromium() as browser:
        for path in runs:
            bench_run(browser, path)
        if args.live:
            bench_live(browser, args.live, steps=20)


if __name__ == "__main__":
    main()
