"""Jobs whose process is a thread: the same messages through the same pipe, without its start."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from analysis.desk import Desk, Job
from analysis.desk.worker import Line, run
from simulator.region import read_region
from tests.record.runs import record

#: An act before and one after the year of the branches.
ACTS = [
    {"kind": "close", "date": 2021.5, "sources": ["copper-1"], "name": "closing"},
    {"kind": "scale_input", "date": 2023.5, "pathway": "manure", "factor": 0.5},
]


class ThreadAsProcess:
    """What :class:`Job` needs of a process."""

    exitcode = 0

    def __init__(self, target, args, name, daemon):
        task, threads, pipe = args
        self._own = Connection(os.dup(pipe.fileno()))
        self._thread = threading.Thread(
            target=self._work, args=(task, threads), name=name, daemon=daemon
        )

    def _work(self, task, threads):
        with self._own:
            run(task, threads, Line(self._own))

    def start(self):
        self._thread.start()

    def join(self):
        self._thread.join()

    def terminate(self):
        """A thread cannot be made to end; it ends by itself."""

    kill = terminate


class Threads:
    """Context of multiprocessing whose processes are threads."""

    Process = ThreadAsProcess
    Pipe = staticmethod(multiprocessing.Pipe)


@pytest.fixture
def in_threads(monkeypatch, region, small_region):
    """Let jobs run in threads, with the small region read already."""

    def read(folder):
        return region if Path(folder) == small_region else read_region(folder)

    monkeypatch.setattr("analysis.desk.job.multiprocessing.get_context", lambda kind: Threads)
    for module in ("simulator.region", "simulator.record.restart", "simulator.record.branching"):
        monkeypatch.setattr(f"{module}.read_region", read)


@pytest.fixture(scope="session")
def scenario(make_scenario):
    """Six years with an act in 2021 and one in 2023."""
    return make_scenario(interventions=ACTS)


@pytest.fixture(scope="session")
def scenario_path(scenario, tmp_path_factory):
    """The same as a file."""
    path = tmp_path_factory.mktemp("scenarios") / "test.toml"
    path.write_text(scenario.to_toml(), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def straight(region, scenario, tmp_path_factory):
    """The scenario, recorded without a stop; for reading only."""
    return record(region, scenario, tmp_path_factory.mktemp("runs") / "straight", threads=1)


@pytest.fixture
def desk(tmp_path):
    """A desk with two empty folders; its live runs end with the test."""
    made = Desk(tmp_path / "runs", tmp_path / "experiments", threads=1)
    yield made
    made.close()


def wait(job: Job, *phases: str, timeout: float = 60.0) -> None:
    """Wait until a job is in one of some phases."""
    until = time.monotonic() + timeout
    while job.status.phase not in phases:
        assert time.monotonic() < until, f"{job} did not become {phases}: {job.status}"
        assert not job.status.over, job.status
        time.sleep(0.005)
