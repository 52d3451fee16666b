"""A run in a process of its own: it obeys commands between years and tells how far it is.

All that the run does is in its run folder. When the process that started it goes away, it stops
after the year in hand, and the run can be resumed.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from analysis.desk.messages import (
    Branch,
    Close,
    Command,
    Course,
    Event,
    Failed,
    Finished,
    Go,
    Pause,
    Preparing,
    Ready,
    Resume,
    Step,
    Task,
)
from simulator.errors import InputError, MetalscapeError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from simulator.model import Simulation
    from simulator.region import Region
    from simulator.scenario import Scenario

_log = logging.getLogger(__name__)

#: Progress within one task of the preparation is told no more often than this. [s]
_BETWEEN_TELLINGS: Final = 0.1
#: Years whose mean is the pace.
_PACE_YEARS: Final = 5
#: Priority given away, so that the page answers first.
_NICE: Final = 5

KEPT: Final = "What was recorded is kept; resume goes on from there."


class Gone(Exception):  # noqa: N818 - no error: nobody wants the process any more
    """The process is to end."""


class Line:
    """The line to the process that started this one.

    Parameters
    ----------
    pipe : Connection
        This end of it.
    """

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._waiting: list[Command] = []
        self._whole = ""
        self._told = ("", 0.0)

    def tell(self, event: Event) -> None:
        """Send an event up."""
        try:
            self._pipe.send(event)
        except OSError as error:
            raise Gone from error

    def prepare(self, text: str) -> None:
        """Tell what is prepared."""
        self._whole = text
        self.tell(Preparing(text))

    def progress(self, text: str, done: float, total: float) -> None:
        """Tell how far a part of the preparation is; hears a wish to end."""
        self._waiting += self._received()
        if done >= total:
            self._told = ("", 0.0)
            self.tell(Preparing(self._whole))
            return
        last, when = self._told
        now = time.monotonic()
        if text != last or now - when >= _BETWEEN_TELLINGS:
            self._told = (text, now)
            self.tell(Preparing(text, done / total))

    def commands(self, wait: bool) -> list[Command]:
        """Commands that have come; waits for one if asked to.

        Raises
        ------
        Gone
            If the process is to end.
        """
        waiting, self._waiting = self._waiting, []
        return waiting + self._received(wait and not waiting)

    def _received(self, wait: bool = False) -> list[Command]:
        received: list[Command] = []
        try:
            while self._pipe.poll(None if wait and not received else 0):
                received.append(self._pipe.recv())
        except (EOFError, OSError) as error:
            raise Gone from error
        if any(isinstance(command, Close) for command in received):
            raise Gone
        return received


def work(task: Task, threads: int | None, pipe: Connection) -> None:
    """Run a task as commands ask; what the process of a run executes.

    Parameters
    ----------
    task : Task
        What to run.
    threads : int, optional
        Threads for the cells; all processors by default. Results do not depend on it.
    pipe : Connection
        Where commands come from and events go to.
    """
    # Ctrl-C reaches all processes of a terminal; the one that started this decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICE)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    run(task, threads, Line(pipe))


def run(task: Task, threads: int | None, line: Line) -> None:
    """Prepare and serve a run; what goes wrong is told in words."""
    from simulator.progress import listening

    try:
        with listening(line.progress):
            sim = prepare(task, threads, line.prepare)
        with sim:
            serve(sim, line)
    except Gone:
        return
    except Exception as error:
        event = failure(error)
        try:
            line.tell(event)
        except Gone:
            _log.warning("%s", event.text)


def prepare(task: Task, threads: int | None, tell: Callable[[str], None]) -> Simulation:
    """Make the simulation of a task, its recorder open.

    Parameters
    ----------
    task : Task
        What to run.
    threads : int, optional
        Threads for the cells.
    tell : callable
        Told what takes a while.
    """
    from simulator import record
    from simulator.model import Simulation

    if isinstance(task, Resume):
        tell(f"going back to the last checkpoint of {task.folder.name}")
        return record.resume(task.folder, threads=threads)
    tell("checking the scenario and its region")
    scenario, region = _checked(task.scenario)
    if isinstance(task, Branch):
        tell(f"taking {task.parent.name.removesuffix('.partial')} to {task.at}")
        return record.branch(task.parent, task.at, scenario, task.folder, threads=threads)
    recorder = record.ZarrRecorder(task.folder)
    tell("preparing the region, its soils and plumes")
    return Simulation(region, scenario, recorder=recorder, threads=threads)


def _checked(scenario: str | Path | Scenario) -> tuple[Scenario, Region]:
    """Scenario and region, the one checked against the other."""
    from simulator.region import read_region
    from simulator.scenario import Scenario, check_scenario, read_scenario

    read = scenario if isinstance(scenario, Scenario) else read_scenario(scenario)
    region = read_region(read.region)
    problems = check_scenario(read, region)
    if problems:
        raise InputError(problems)
    return read, region


def serve(sim: Simulation, line: Line) -> None:
    """Simulate as commands ask, up to the end of the scenario.

    A run stands still in recorded years only, so that what is on the disk is what was simulated.
    """
    from simulator.record.writer import recorded_years

    stops = recorded_years(sim.scenario.start, sim.end, sim.scenario.record.every)
    sim.recorder.begin(sim)
    line.tell(Ready(sim.scenario.title, sim.scenario.start, sim.year, sim.end))
    target, spent = sim.year, deque[float](maxlen=_PACE_YEARS)
    while sim.year < sim.end:
        line.tell(Course(sim.year, target, sum(spent) / len(spent) if spent else None))
        commands = line.commands(wait=sim.year >= target)
        for command in commands:
            aim = _aim(command, sim, target)
            target = int(stops[stops >= min(aim, sim.end)][0])
        if not commands:
            begun = time.perf_counter()
            sim.run(until=sim.year + 1)
            spent.append(time.perf_counter() - begun)
    sim.run()  # where all years were there already, only the end was not
    line.tell(Finished())


def _aim(command: Command, sim: Simulation, target: int) -> int:
    """Year that a command asks for, recorded or not."""
    match command:
        case Step():
            return max(sim.year, target) + 1
        case Go(until):
            return sim.end if until is None else max(sim.year, until)
        case Pause():
            return sim.year
    raise ValueError(f"no command: {command!r}")


def failure(error: Exception) -> Failed:
    """Say in words why a run cannot go on; what was not foreseen is logged with its traceback."""
    if isinstance(error, InputError):
        return Failed(str(error), tuple(error.problems))
    if isinstance(error, MetalscapeError):
        return Failed(str(error))
    if isinstance(error, MemoryError):
        return Failed(f"There is not enough memory for this run. {KEPT}")
    _log.error("a run stopped", exc_info=error)
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return Failed(f"{place}{error.strerror or error}. {KEPT}")
    last = (str(error).strip() or "no more is known").splitlines()[-1]
    return Failed(
        f"The program made an error that was not foreseen: {type(error).__name__}: {last}. {KEPT} "
        "The terminal shows where it happened."
    )
