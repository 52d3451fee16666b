"""The desk: what one app serves. Runs on the disk, live runs, branches."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import RLock

from analysis.desk.job import OVER, Job, Status
from analysis.desk.messages import Begin, Branch, Resume, Task
from analysis.desk.plan import Plan
from analysis.desk.shelf import ExperimentEntry, RunEntry, Shelf
from analysis.experiment.folder import EXPERIMENTS, ExperimentFolder
from analysis.runs import RUNS, region_of, safe_name
from simulator.errors import InputError, MetalscapeError, Problem
from simulator.problems import suggest
from simulator.record import RunFolder
from simulator.record.branching import branch_problems
from simulator.record.layout import finished_folder
from simulator.region import Region
from simulator.scenario import builtin_scenarios, read_scenario


@dataclass(frozen=True)
class ScenarioEntry:
    """A built-in scenario."""

    name: str
    title: str
    description: str
    region: str
    start: int
    end: int


class Desk:
    """Runs of a folder, those that are being simulated, and what can be begun.

    Names that come from a page lead to folders inside ``runs`` and ``experiments`` and to runs
    that were added; paths are taken from the program only. May be used by several threads.

    Parameters
    ----------
    runs, experiments : Path
        Folders; they need not be there yet.
    threads : int, optional
        Threads of each live run; all processors by default.
    places : int
        Live runs that may be in memory at once, at work or not; others wait.
    """

    def __init__(
        self,
        runs: Path = RUNS,
        experiments: Path = EXPERIMENTS,
        threads: int | None = None,
        places: int = 2,
    ) -> None:
        self._shelf = Shelf(runs, experiments)
        self._threads = threads
        self._places = places
        self._jobs: dict[str, Job] = {}
        self._lock = RLock()

    # -- what is there -----------------------------------------------------------------------------

    def runs(self) -> list[RunEntry]:
        """Runs in which something is recorded, the one last written first."""
        entries = []
        for name in self._shelf.names():
            try:
                entries.append(self._shelf.entry(name, self._is_live(name)))
            except (MetalscapeError, OSError):
                continue  # gone since it was listed
        return entries

    def scenarios(self) -> list[ScenarioEntry]:
        """Built-in scenarios."""
        return list(_scenarios())

    def experiments(self) -> list[ExperimentEntry]:
        """Experiments, the one last written first."""
        return self._shelf.experiments_there()

    def add(self, path: str | Path) -> str:
        """Take in a run from anywhere, and return the name that it has here."""
        return self._shelf.add(path)

    def open_run(self, name: str) -> RunFolder:
        """Open a run by its name; what was recorded since it was last opened is in it.

        Raises
        ------
        InputError
            If there is no run of that name.
        RunError
            If it cannot be read, or nothing is recorded in it yet.
        """
        return self._shelf.open(name)

    def open_experiment(self, name: str) -> ExperimentFolder:
        """Open an experiment by its name."""
        return self._shelf.open_experiment(name)

    def region(self, name: str) -> Region:
        """Region of a run; costs a second or more the first time."""
        return region_of(self.open_run(name))

    def related(self, name: str) -> list[str]:
        """Other runs of the same region, grid and start: those that a run compares with."""
        return self._shelf.related(name)

    # -- live runs ---------------------------------------------------------------------------------

    def start(self, scenario: str | Path, name: str | None = None) -> Job:
        """Begin a run; it stands still at its start until it is told to go.

        Parameters
        ----------
        scenario : str or Path
            Name of a built-in scenario, or path of a file. Text is always taken as a name.
        name : str, optional
            Of the run; that of the scenario by default, with a number behind it if it is taken.

        Raises
        ------
        InputError
            If there is no such scenario, it is not in order, or the name is none.
        """
        if isinstance(scenario, str) and scenario not in builtin_scenarios():
            raise InputError(
                Problem(
                    f"scenario {scenario!r}",
                    "there is no such built-in scenario",
                    "a run is begun from one of the list",
                    suggest(scenario, builtin_scenarios()),
                )
            )
        read = read_scenario(scenario)
        return self._begin(read.name if name is None else name, lambda f: Begin(read, f))

    def resume(self, name: str) -> Job:
        """Go back to where a run was stopped; the live run, if it is one.

        Raises
        ------
        InputError
            If there is no such run, or it is finished.
        """
        with self._lock:
            if self._is_live(name):
                return self._jobs[name]
            run = self.open_run(name)
            if run.finished:
                raise InputError(
                    Problem(
                        f"run {name!r}",
                        "is finished",
                        "a run is resumed that was stopped",
                        "Branch from it to go on otherwise.",
                    )
                )
            job = self._take(name, Resume(finished_folder(run.path)))
        self._fill_places()
        return job

    def branch_problems(self, name: str, at: int, plan: Plan) -> list[Problem]:
        """Everything that is wrong with a plan for a run; an empty list if it can be tried.

        Reads the region, so it may take a second.
        """
        run = self.open_run(name)
        problems = plan.problems(run.scenario, self.region(name), at)
        return problems or branch_problems(run, at, plan.scenario(run.scenario, at))

    def branch(self, name: str, at: int, plan: Plan, new_name: str | None = None) -> Job:
        """Branch from a run; the branch goes to its end by itself.

        Parameters
        ----------
        name : str
            Of the run that is branched from, finished or not.
        at : int
            Year at whose beginning the branch leaves it; a recorded one.
        plan : Plan
            What is tried from then on.
        new_name : str, optional
            Of the branch; made of run, year and plan by default.

        Raises
        ------
        InputError
            With everything that is wrong, but for what depends on the region: that the branch
            itself will say.
        """
        run = self.open_run(name)
        scenario = plan.scenario(run.scenario, at)
        problems = branch_problems(run, at, scenario)
        if problems:
            raise InputError(problems)
        parent = finished_folder(run.path)  # a run in the making may get this name meanwhile
        end = f"-{at}-{plan.slug}"
        wanted = f"{name[: 80 - len(end)]}{end}" if new_name is None else new_name
        job = self._begin(wanted, lambda f: Branch(parent, at, scenario, f))
        job.go()
        return job

    def job(self, name: str) -> Job | None:
        """Live run of a name, or the last one, however it ended; None if there was none."""
        with self._lock:
            return self._jobs.get(name)

    def jobs(self) -> list[Job]:
        """All runs that were begun or resumed here, in this order."""
        with self._lock:
            return list(self._jobs.values())

    def close(self, timeout: float = 10.0) -> None:
        """End all live runs after the years in hand; all of them can be resumed.

        Parameters
        ----------
        timeout : float
            How long it may take before they are ended without mercy. [s]
        """
        jobs = self.jobs()
        for job in sorted(jobs, key=lambda j: j.status.phase != "queued"):
            job.begin_closing()  # queued ones first, so that none moves up
        until = time.monotonic() + timeout
        for job in jobs:
            job.end_closing(max(0.0, until - time.monotonic()))

    # -- helpers -----------------------------------------------------------------------------------

    def _begin(self, wanted: str, task: Callable[[Path], Task]) -> Job:
        with self._lock:
            name = self._shelf.free_name(safe_name(wanted), self._is_live)
            job = self._take(name, task(self._shelf.runs.resolve() / name))
        self._fill_places()
        return job

    def _take(self, name: str, task: Task) -> Job:
        """Put a new job in the queue."""
        task.folder.parent.mkdir(parents=True, exist_ok=True)
        job = Job(task, self._threads, name)
        self._jobs.pop(name, None)
        self._jobs[name] = job
        job.watch(self._after)
        return job

    def _after(self, status: Status) -> None:
        if status.over:
            self._fill_places()

    def _fill_places(self) -> None:
        """Let as many begin as there are places. A job is never spoken to under the desk's lock."""
        phases = {job: job.status.phase for job in self.jobs()}
        waiting = [job for job, phase in phases.items() if phase == "queued"]
        taken = sum(phase not in ("queued", *OVER) for phase in phases.values())
        for job in waiting[: max(0, self._places - taken)]:
            job.begin()

    def _is_live(self, name: str) -> bool:
        job = self.job(name)
        return job is not None and not job.status.over


@lru_cache(maxsize=1)
def _scenarios() -> tuple[ScenarioEntry, ...]:
    read = (read_scenario(name) for name in builtin_scenarios())
    return tuple(
        ScenarioEntry(s.name, s.title, " ".join(s.description.split()), s.region, s.start, s.end)
        for s in read
    )
