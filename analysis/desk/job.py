"""One run in a process of its own, seen from the process that started it."""

from __future__ import annotations

import logging
import multiprocessing
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from analysis.desk.messages import (
    Begin,
    Branch,
    Close,
    Command,
    Course,
    Event,
    Failed,
    Go,
    Pause,
    Preparing,
    Ready,
    Resume,
    Step,
    Task,
)
from analysis.desk.worker import KEPT, work
from simulator.errors import Problem
from simulator.record.checkpoint import checkpoint_years
from simulator.record.layout import CHECKPOINTS, finished_folder, partial_folder

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

    from simulator.scenario import Scenario

_log = logging.getLogger(__name__)

Phase = Literal[
    "queued", "preparing", "ready", "running", "pausing", "finished", "failed", "closed"
]
#: Phases after which nothing more comes.
OVER: Final = ("finished", "failed", "closed")
#: Time that a process has to end after it was told to with force. [s]
_LAST_WAIT: Final = 2.0


@dataclass(frozen=True)
class Status:
    """Where a run is.

    Attributes
    ----------
    phase : str
        ``queued``: waits for its turn; ``preparing``: before its first year; ``ready``: stands
        still; ``running``; ``pausing``: stops after the year in hand; ``finished``; ``failed``;
        ``closed``: stopped, to be resumed.
    year : int, optional
        Year at whose beginning it is; None before that is known.
    start, end : int, optional
        First year, and first year after the run.
    text : str
        The same in words.
    share : float, optional
        Done so far: of the preparation, then of the years. [-]
    seconds_left : float, optional
        Until the preparation is done, or until it stops. [s]
    error : str
        Why it failed, in words, and what to do.
    problems : tuple of Problem
        The same one by one, where inputs are wrong.
    """

    phase: Phase
    year: int | None = None
    start: int | None = None
    end: int | None = None
    text: str = ""
    share: float | None = None
    seconds_left: float | None = None
    error: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.phase in OVER


Watcher = Callable[[Status], None]


class Job:
    """One run in a process of its own.

    ``run``, ``resume`` and ``branch`` make one and begin it. All calls return at once.

    Parameters
    ----------
    task : Task
        What to run.
    threads : int, optional
        Threads for the cells; all processors by default.
    name : str, optional
        That it is known by; that of its folder by default.

    Attributes
    ----------
    folder : Path
        Folder of the run once it is finished; until then it is ``NAME.partial``.
    name : str
        Its name.
    title : str
        Title of its scenario; its name until that is known.
    """

    def __init__(self, task: Task, threads: int | None = None, name: str | None = None) -> None:
        self.task = task
        self.folder = finished_folder(Path(task.folder))
        self.name = name or self.folder.name
        read = None if isinstance(task, Resume) else getattr(task.scenario, "title", None)
        self.title: str = read or self.name
        self._threads = threads
        self._lock = threading.RLock()
        self._status = Status("queued", text="waits until another run is finished or closed")
        self._told = self._status
        self._telling = threading.RLock()
        self._watchers: list[Watcher] = []
        self._early: list[Command] = []
        self._pipe: Connection | None = None
        self._process: SpawnProcess | None = None
        self._closing = False
        self._ended = threading.Event()
        self._task_began = ("", 0.0)

    @classmethod
    def run(cls, scenario: str | Path | Scenario, folder: Path, threads: int | None = None) -> Job:
        """Begin a run of a scenario; it stands still at its start until it is told to go."""
        return cls(Begin(scenario, folder), threads).begin()

    @classmethod
    def resume(cls, folder: Path, threads: int | None = None) -> Job:
        """Go back to where a run was stopped."""
        return cls(Resume(folder), threads).begin()

    @classmethod
    def branch(
        cls, parent: Path, at: int, scenario: Scenario, folder: Path, threads: int | None = None
    ) -> Job:
        """Leave a run at the beginning of a year; see :func:`simulator.record.branch`."""
        return cls(Branch(parent, at, scenario, folder), threads).begin()

    def begin(self) -> Job:
        """Start the process, once; nothing if it was started or closed."""
        with self._lock:
            if self._status.phase != "queued":
                return self
            try:
                self._start()
            except OSError as error:  # no memory, or too many processes
                self._status = replace(
                    self._status, phase="failed", text="did not begin",
                    error=f"No process could be started for the run: {error.strerror or error}.",
                )  # fmt: skip
                self._ended.set()
        self._notify()
        return self

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        pipe, theirs = context.Pipe()
        process = context.Process(
            target=work,
            args=(self.task, self._threads, theirs),
            name=f"metalscape {self.name}",
            daemon=True,
        )
        with theirs:
            process.start()
        self._pipe, self._process = pipe, process
        self._status = Status("preparing", text="starting")
        for command in self._early:
            self._send(command)
        threading.Thread(target=self._listen, name=f"job {self.name}", daemon=True).start()

    @property
    def status(self) -> Status:
        """Where the run is. Replaced as a whole, so that nobody who asks waits for the lock."""
        return self._status

    # -- commands ----------------------------------------------------------------------------------

    def step(self) -> None:
        """Simulate a year; as many as lie between recorded ones, where not all are recorded."""
        self._command(Step(), "running")

    def go(self, until: int | None = None) -> None:
        """Simulate up to the beginning of a year, or to the end."""
        self._command(Go(until), "running")

    def pause(self) -> None:
        """Stand still after the year in hand."""
        self._command(Pause(), "pausing")

    def close(self, timeout: float = 10.0) -> None:
        """End the process after the year in hand, or without mercy after some time.

        The run can be resumed either way. This is the one call that waits.

        Parameters
        ----------
        timeout : float
            How long it may take. [s]
        """
        self.begin_closing()
        self.end_closing(timeout)

    def begin_closing(self) -> None:
        """Ask the process to end, without waiting for it."""
        with self._lock:
            if self._status.over:
                return
            self._closing = True
            if self._process is None:
                self._status = Status("closed", text="closed before it began")
                self._ended.set()
            else:
                self._send(Close())
                if self._status.phase == "running":
                    self._status = _pausing(self._status)
        self._notify()

    def end_closing(self, timeout: float) -> None:
        """Wait for the process to end, and make it end then. [s]."""
        process = self._process
        if process is None or self.wait(timeout):
            return
        for end in (process.terminate, process.kill):
            end()
            if self.wait(_LAST_WAIT):
                return

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the process has ended; whether it has after some time, if given. [s]."""
        return self._ended.wait(timeout)

    def watch(self, callback: Watcher) -> Callable[[], None]:
        """Call something with each new status, from a thread of the job.

        What comes while the callback works is told at once afterwards, the last of it only.

        Returns
        -------
        callable
            Ends it.
        """
        with self._lock:
            self._watchers.append(callback)

        def stop() -> None:
            with self._lock:
                if callback in self._watchers:
                    self._watchers.remove(callback)

        return stop

    def _command(self, command: Command, phase: Phase) -> None:
        with self._lock:
            if self._status.over or self._closing:
                return
            if self._process is None:
                self._early.append(command)
                return
            self._send(command)
            if phase == "pausing" and self._status.phase == "running":
                self._status = _pausing(self._status)
            elif phase == "running" and self._status.phase in ("ready", "pausing"):
                self._status = replace(self._status, phase="running", text="goes on")
        self._notify()

    def _send(self, command: Command) -> None:
        assert self._pipe is not None
        try:
            self._pipe.send(command)
        except OSError:  # it has ended; the thread that listens says how
            _log.debug("%s did not hear %s", self.name, command)

    # -- what the process tells --------------------------------------------------------------------

    def _listen(self) -> None:
        """Follow the process to its end; a thread of its own."""
        assert self._pipe is not None
        assert self._process is not None
        while True:
            try:
                event = self._pipe.recv()
                more = self._pipe.poll()
            except (EOFError, OSError):
                break
            with self._lock:
                self._status = self._after(event)
            if not more:
                self._notify()
        self._process.join()
        with self._lock:
            self._status = self._after_end(self._process.exitcode or 0)
            self._pipe.close()
        self._notify()
        self._ended.set()

    def _after(self, event: Event) -> Status:
        now = self._status
        match event:
            case Preparing(text, share):
                return Status(
                    "preparing", text=text, share=share, seconds_left=self._rest(text, share)
                )
            case Ready(title, start, year, end):
                self.title = title
                return Status("ready", year, start, end, f"at the beginning of {year}")
            case Course():
                return _under_way(now, event)
            case Failed(text, problems):
                return replace(
                    now, phase="failed", text="stopped by an error", share=None,
                    seconds_left=None, error=text, problems=problems,
                )  # fmt: skip
        years = "" if now.start is None or now.end is None else f": {now.start} to {now.end - 1}"
        return replace(
            now, phase="finished", year=now.end, text=f"finished{years}", share=1.0,
            seconds_left=None,
        )  # fmt: skip

    def _rest(self, text: str, share: float | None) -> float | None:
        """Time that a part of the preparation still takes. [s]."""
        now = time.monotonic()
        if text != self._task_began[0]:
            self._task_began = (text, now)
        gone = now - self._task_began[1]
        return gone * (1.0 - share) / share if share and gone > 1.0 else None

    def _after_end(self, code: int) -> Status:
        """Status after the process has ended."""
        now = self._status
        if now.over:
            return now
        still = replace(now, share=None, seconds_left=None)
        begun = bool(checkpoint_years(partial_folder(self.folder) / CHECKPOINTS))
        if self._closing:
            text = "closed; resume goes on" if begun else "closed before its first year"
            return replace(still, phase="closed", text=text)
        how = f"by signal {-code}" if code < 0 else f"with code {code}"
        way_on = KEPT if begun else "Nothing was recorded yet; start it again."
        error = (
            f"The process of the run was ended from outside ({how}). The system does so when "
            f"memory runs out, too. {way_on}"
        )
        return replace(still, phase="failed", text="its process was ended", error=error)

    def _notify(self) -> None:
        """Tell those that watch, if there is news; one after the other, so that none is late."""
        with self._telling:
            with self._lock:
                watchers, status = list(self._watchers), self._status
            if status is self._told:
                return
            self._told = status
            for watcher in watchers:
                try:
                    watcher(status)
                except Exception:
                    _log.exception("a watcher of %s", self.name)

    def __repr__(self) -> str:
        return f"<Job {self.name}: {self.status.phase}>"


def _pausing(now: Status) -> Status:
    return replace(now, phase="pausing", text=f"stops after {now.year}", seconds_left=None)


def _under_way(now: Status, course: Course) -> Status:
    """Status of a run that stands at the beginning of a year, or goes on from there."""
    assert now.start is not None
    assert now.end is not None
    year, target = course.year, course.target
    now = replace(
        now, year=year, share=(year - now.start) / (now.end - now.start), seconds_left=None
    )
    if year >= target:
        return replace(now, phase="ready", text=f"at the beginning of {year}")
    if now.phase == "pausing":  # it has not heard of it yet, or is between recorded years
        return _pausing(now)
    left = None if course.pace is None else course.pace * (target - year)
    return replace(
        now, phase="running", text=f"simulates {year}, up to {target}", seconds_left=left
    )
