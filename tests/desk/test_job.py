"""One run in a process of its own: obeys between years, tells where it is, ends in words."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analysis.desk import Job
from analysis.desk.messages import Begin
from simulator.record import RunFolder, resume
from simulator.scenario import Scenario
from tests.desk.conftest import wait
from tests.record.runs import assert_same


def test_step_go_and_pause_leave_the_bits_of_a_straight_run(
    in_threads, scenario, straight, tmp_path
):
    job = Job.run(scenario, tmp_path / "run", threads=1)
    wait(job, "ready")
    assert (job.status.year, job.status.start, job.status.end) == (2020, 2020, 2026)
    assert RunFolder(tmp_path / "run").recorded_until == 2020  # the start can be looked at
    job.step()
    wait(job, "ready")
    assert job.status.year == 2021
    job.go(until=2023)
    wait(job, "ready")
    assert job.status.year == 2023
    assert job.status.share == pytest.approx(0.5)
    assert RunFolder(tmp_path / "run").recorded_until == 2023
    job.go()
    job.pause()
    wait(job, "ready", "finished")
    job.go()
    wait(job, "finished")
    assert job.status.year == 2026
    assert job.status.share == 1.0
    assert_same(straight, RunFolder(tmp_path / "run"))
    job.step()  # nothing more comes of it
    assert job.status.phase == "finished"


def test_two_steps_at_once_are_two_years(in_threads, scenario, tmp_path):
    job = Job.run(scenario, tmp_path / "run", threads=1)
    job.step()  # heard once it is ready
    job.step()
    wait(job, "ready")
    until = time.monotonic() + 30
    while job.status.year != 2022:
        assert time.monotonic() < until, job.status
        time.sleep(0.005)
    job.close()
    assert job.status.phase == "closed"
    assert RunFolder(tmp_path / "run").recorded_until == 2022


def test_it_stands_still_in_recorded_years_only(in_threads, make_scenario, tmp_path):
    job = Job.run(make_scenario(record={"every": 4}), tmp_path / "run", threads=1)
    wait(job, "ready")
    job.step()
    wait(job, "ready")
    assert job.status.year == RunFolder(tmp_path / "run").recorded_until == 2024
    job.step()
    wait(job, "finished")


def test_the_watcher_hears_the_phases_in_their_order(in_threads, scenario, tmp_path, caplog):
    """One that breaks stops neither the run nor the others."""
    heard = []

    def broken(status):
        raise ValueError("a broken watcher")

    job = Job.run(scenario, tmp_path / "run", threads=1)
    job.watch(broken)
    stop = job.watch(heard.append)
    wait(job, "ready")
    job.go()
    assert job.wait(30)
    phases = [status.phase for status in heard]
    assert phases[-1] == "finished"
    assert set(phases) <= {"preparing", "ready", "running", "finished"}
    years = [status.year for status in heard if status.phase == "running"]
    assert years == sorted(years)
    assert all(0.0 <= s.share <= 1.0 for s in heard if s.share is not None)
    assert "a broken watcher" in caplog.text
    stop()
    number = len(heard)
    job.close()
    assert len(heard) == number


def test_a_bad_scenario_fails_in_words(in_threads, scenario, tmp_path):
    acts = [{"kind": "close", "date": 2021.0, "sources": ["no-such-works"]}]
    bad = scenario.model_copy(update={"interventions": ()}).model_dump(exclude_none=True)
    job = Job.run(Scenario.model_validate(bad | {"interventions": acts}), tmp_path / "run")
    assert job.wait(30)
    assert job.status.phase == "failed"
    (problem,) = job.status.problems
    assert "no-such-works" in problem.what
    assert str(problem) == job.status.error
    assert not (tmp_path / "run.partial").exists()


def test_what_was_not_foreseen_is_said_without_its_traceback(
    in_threads, scenario, tmp_path, monkeypatch, caplog
):
    def broken(self, region, scenario, **options):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("simulator.model.Simulation.__init__", broken)
    job = Job.run(scenario, tmp_path / "run", threads=1)
    job.wait(30)
    assert job.status.phase == "failed"
    assert "ZeroDivisionError: division by zero" in job.status.error
    assert "Traceback" not in job.status.error
    assert "Traceback" in caplog.text


def test_a_killed_process_fails_in_words_and_resume_goes_on(scenario_path, straight, tmp_path):
    """A real process, and the rest of its run here."""
    job = Job.run(scenario_path, tmp_path / "run", threads=1)
    wait(job, "ready")
    assert job.title == "Test"
    job.go(until=2023)
    wait(job, "ready")
    os.kill(job._process.pid, signal.SIGKILL)
    assert job.wait(30)
    assert job.status.phase == "failed"
    assert "signal 9" in job.status.error
    assert "resume" in job.status.error
    with resume(tmp_path / "run", threads=1) as sim:
        assert sim.year == 2023
        sim.run()
    assert_same(straight, RunFolder(tmp_path / "run"))


def test_a_process_that_cannot_be_started_fails_in_words(scenario, tmp_path, monkeypatch):
    def no_memory(process):
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr("multiprocessing.context.SpawnProcess.start", no_memory)
    job = Job.run(scenario, tmp_path / "run")
    assert job.status.phase == "failed"
    assert "Cannot allocate memory" in job.status.error
    assert job.wait(0)
    job.close()


def test_what_is_closed_before_it_began_is_over(scenario, tmp_path):
    job = Job(Begin(scenario, tmp_path / "run"))
    job.close()
    assert job.wait(0)
    assert job.status.phase == "closed"
    assert "resume" not in job.status.text


STARTS_AND_WAITS = """
import sys, time
from pathlib import Path
from analysis.desk import Job
job = Job.run(Path(sys.argv[1]), Path(sys.argv[2]), threads=1)
while job.status.phase != "ready":
    time.sleep(0.01)
print(job._process.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.slow
def test_a_process_ends_when_the_one_that_started_it_is_killed(scenario_path, straight, tmp_path):
    """The app is gone, and the run is there to be resumed."""
    command = [sys.executable, "-c", STARTS_AND_WAITS, str(scenario_path), str(tmp_path / "run")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        parent.kill()
    until = time.monotonic() + 20
    while Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes():
        assert time.monotonic() < until
        time.sleep(0.05)
    again = Job.resume(tmp_path / "run", threads=1)
    again.go()
    assert again.wait(60)
    assert again.status.phase == "finished"
    assert_same(straight, RunFolder(tmp_path / "run"))


@pytest.mark.slow
def test_ctrl_c_of_the_terminal_does_not_break_a_year(scenario_path, tmp_path):
    job = Job.run(scenario_path, tmp_path / "run", threads=1)
    wait(job, "ready")
    os.kill(job._process.pid, signal.SIGINT)
    job.go()
    wait(job, "finished")
