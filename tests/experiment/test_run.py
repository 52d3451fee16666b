"""Running experiments: what is on the disk, going on, failing, and many processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.experiment import member as members
from analysis.experiment import run
from analysis.experiment.folder import ExperimentFolder, done_members
from analysis.experiment.read import read_experiment, read_spec
from analysis.experiment.run import pending_members, run_experiment
from simulator.errors import RunError
from tests.experiment.files import TINY, assert_same, run_file, write_experiment


@pytest.fixture(scope="module")
def file(make_scenario, tmp_path_factory) -> Path:
    return write_experiment(tmp_path_factory.mktemp("run"), make_scenario, TINY)


@pytest.fixture(scope="module")
def straight(file, tmp_path_factory) -> ExperimentFolder:
    """The experiment, simulated without a stop."""
    session = run_file(file, tmp_path_factory.mktemp("experiments") / "small")
    assert (session.done, session.failed) == (4, 0)
    return session.folder


def stopping(after: int):
    """Progress that stops the experiment from the keyboard."""

    def tell(done: int) -> None:
        if done >= after:
            raise KeyboardInterrupt

    return tell


def test_the_folder_holds_what_the_format_says(straight):
    assert straight.finished
    assert straight.members_done == [0, 1, 2, 3]
    assert len(straight.failures) == 0
    assert straight.levers == {"policy": ("none", "less manure")}
    assert straight.factors == ("manure contents", "background")
    assert list(straight.design) == [
        "member", "future", "sample", "replicate", "seed", "lever/policy",
        "position/manure contents", "position/background", "value/manure contents",
        "value/background",
    ]  # fmt: skip
    outcomes = straight.outcomes
    assert list(outcomes) == ["member", "year", "metal", "outcome", "value"]
    assert not outcomes.duplicated(["member", "year", "metal", "outcome"]).any()
    assert outcomes["value"].notna().all()
    assert len(set(outcomes.groupby("member").size())) == 1
    maps = straight.maps
    assert maps["content"].dims == ("member", "year", "metal", "y", "x")
    assert maps["content"].dtype == np.float32
    assert maps["overload"].dtype == np.int8
    assert maps["exceedance_year"].dims == ("member", "metal", "y", "x")
    assert maps["year"].values.tolist() == [2022, 2024]
    assert maps["metal"].values.tolist() == ["Cd", "Cu"]
    assert "spatial_ref" in maps.coords
    session = straight.manifest["sessions"][0]
    assert session["done"] == 4
    assert session["peak_memory_mb"] > 0
    assert straight.manifest["finished"]


def test_the_folder_can_be_run_again_from_itself(straight, tmp_path, file):
    again = run_file(straight.path / "experiment.toml", tmp_path / "again").folder
    assert_same(straight, again)
    assert read_spec(file).design == again.spec.design


def test_the_last_year_is_mapped_by_default(make_scenario, tmp_path):
    text = TINY.replace("maps = [2022, 2024]\n", "").replace("samples = 2", "samples = 1")
    text = text[: text.index("[[levers]]")] + text[text.index("[[uncertainties]]") :]
    folder = run_file(write_experiment(tmp_path, make_scenario, text, years=1), tmp_path / "e")
    assert folder.folder.maps["year"].values.tolist() == [2021]
    assert folder.folder.levers == {}


@pytest.mark.parametrize("after", [1, 2])
def test_a_stopped_experiment_goes_on_without_losing_or_repeating(file, straight, tmp_path, after):
    """In the middle of a future, and between two."""
    experiment, region = read_experiment(file)
    target = tmp_path / "small"
    with pytest.raises(KeyboardInterrupt):
        run_experiment(experiment, region, target, progress=stopping(after))
    partial = tmp_path / "small.partial"
    kept = {m: (partial / f"members/{m:06d}.parquet").stat().st_mtime_ns
            for m in done_members(partial)}  # fmt: skip
    assert len(kept) == after
    assert not ExperimentFolder(target).finished
    assert pending_members(experiment, target) == 4 - after
    session = run_experiment(experiment, region, target)
    assert session.done == 4 - after
    assert not partial.exists()
    for member, written in kept.items():
        assert (target / f"members/{member:06d}.parquet").stat().st_mtime_ns == written
    assert_same(straight, session.folder)


def test_a_member_torn_off_while_it_was_written_is_made_again(file, straight, tmp_path):
    """Killed between the maps and the outcomes: what is not whole is not there."""
    experiment, region = read_experiment(file)
    with pytest.raises(KeyboardInterrupt):
        run_experiment(experiment, region, tmp_path / "small", progress=stopping(3))
    members_folder = tmp_path / "small.partial" / "members"
    (members_folder / "000002.parquet").rename(members_folder / ".000002.parquet.new")
    session = run_experiment(experiment, region, tmp_path / "small")
    assert session.done == 2
    assert_same(straight, session.folder)


def test_a_failed_member_is_kept_and_tried_again(file, straight, tmp_path, monkeypatch):
    class Breaking(members.Simulation):
        def step(self) -> None:
            if self.year == 2023 and any(act.policy for act in self.scenario.interventions):
                raise MemoryError("no room")
            super().step()

    experiment, region = read_experiment(file)
    with monkeypatch.context() as patch:
        patch.setattr(members, "Simulation", Breaking)
        session = run_experiment(experiment, region, tmp_path / "small")
    assert (session.done, session.failed) == (2, 2)
    folder = session.folder
    assert not folder.finished
    assert folder.members_done == [0, 2]
    assert folder.failures["member"].tolist() == [1, 3]
    assert folder.failures["error"].tolist() == ["MemoryError: no room"] * 2
    assert folder.failures["cause"].str.startswith("test_run.py:").all()
    assert folder.maps.sizes["member"] == 2
    again = run_experiment(experiment, region, tmp_path / "small")
    assert (again.done, again.failed) == (2, 0)
    assert len(again.folder.failures) == 0
    assert len(pd.read_csv(again.folder.path / "failures.csv")) == 2, "the file keeps them"
    assert_same(straight, again.folder)


def test_a_finished_experiment_is_left_alone(file, straight):
    written = straight.path.stat().st_mtime_ns
    session = run_file(file, straight.path)
    assert (session.done, session.failed) == (0, 0)
    assert straight.path.stat().st_mtime_ns == written


@pytest.mark.slow
def test_another_experiment_does_not_take_its_place_unasked(make_scenario, tmp_path):
    short = TINY.replace("samples = 2", "samples = 1").replace("2022", "2020").replace(", 2024", "")
    folder = tmp_path / "files"
    path = write_experiment(folder, make_scenario, short, years=1)
    first = run_file(path, tmp_path / "e").folder
    changes = {
        "the experiment": (short.replace("1.5]", "1.6]"), {}),
        "its scenario": (short, {"farming": {"paths": [
            {"pathway": "manure", "path": [{"year": 2020, "factor": 0.5}]}]}}),
    }  # fmt: skip
    for text, overrides in changes.values():
        path = write_experiment(folder, make_scenario, text, years=1, **overrides)
        with pytest.raises(RunError, match="another experiment"):
            run_file(path, tmp_path / "e")
    replaced = run_file(path, tmp_path / "e", overwrite=True).folder
    assert replaced.manifest["digest"] != first.manifest["digest"]
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("e")] == ["e"]


@pytest.mark.slow
def test_a_changed_policy_of_a_strength_is_another_experiment(make_scenario, tmp_path):
    """No option has it: members take it from its file."""
    policy = """
name = "spray"
title = "Spray"
[[interventions]]
kind = "scale_input"
date = 2020.5
pathway = "pesticide"
factor = 0.5
"""
    text = TINY.replace("samples = 2", "samples = 1").replace("2022, 2024", "2021")
    text = text[: text.index("[[levers]]")] + text[text.index("[[uncertainties]]") :]
    text += '[[levers]]\nname = "spray"\npolicies = ["spray.toml"]\nstrength = [0.0, 1.0]\n'
    path = write_experiment(tmp_path / "files", make_scenario, text, years=1)
    (path.parent / "spray.toml").write_text(policy, encoding="utf-8")
    run_file(path, tmp_path / "e")
    assert run_file(path, tmp_path / "e").done == 0
    (path.parent / "spray.toml").write_text(policy.replace("0.5\n", "0.1\n"), encoding="utf-8")
    with pytest.raises(RunError, match="another experiment"):
        run_file(path, tmp_path / "e")


@pytest.mark.slow
def test_it_says_when_members_are_of_another_program(file, straight, tmp_path, monkeypatch):
    """Finished or not, whichever session it was."""
    assert not run_file(file, straight.path).other_program
    experiment, region = read_experiment(file)
    with pytest.raises(KeyboardInterrupt):
        run_experiment(experiment, region, tmp_path / "small", progress=stopping(1))
    with monkeypatch.context() as patch:
        for module in (run, members):
            patch.setattr(module, "program_digest", lambda: "changed")
        with pytest.raises(KeyboardInterrupt):
            run_experiment(experiment, region, tmp_path / "small", progress=stopping(1))
    assert run_experiment(experiment, region, tmp_path / "small").other_program
    assert run_experiment(experiment, region, tmp_path / "small").other_program


def test_a_folder_of_something_else_is_not_touched(file, tmp_path):
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(RunError, match="is no experiment"):
        run_file(file, tmp_path / "small", overwrite=True)
    assert (tmp_path / "small" / "letter.txt").exists()


def test_two_do_not_write_at_once(file, tmp_path):
    experiment, region = read_experiment(file)
    code = (
        "import sys, time; from simulator.record.lock import RunLock; from pathlib import Path; "
        "lock = RunLock(Path(sys.argv[1])); print('locked', flush=True); time.sleep(60)"
    )
    with pytest.raises(KeyboardInterrupt):
        run_experiment(experiment, region, tmp_path / "small", progress=stopping(1))
    lock = tmp_path / "small.partial" / "lock"
    other = subprocess.Popen([sys.executable, "-c", code, lock], stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"locked\n"
        with pytest.raises(RunError, match="another process is writing"):
            run_experiment(experiment, region, tmp_path / "small")
    finally:
        other.kill()
        other.wait()
        other.stdout.close()


@pytest.mark.slow
def test_two_processes_give_the_same_bits(file, straight, tmp_path):
    session = run_file(file, tmp_path / "small", workers=2)
    assert (session.done, session.failed) == (4, 0)
    assert_same(straight, session.folder)
    assert session.folder.manifest["sessions"][0]["peak_memory_mb"] > 100


@pytest.mark.slow
def test_a_killed_worker_is_replaced(file, straight, tmp_path):
    """SIGKILL of a worker in mid-year: its future goes to another one."""
    killed: list[int] = []

    def kill_one(done: int) -> None:
        if not killed:
            killed.append(_a_worker())
            os.kill(killed[0], signal.SIGKILL)

    session = run_file(file, tmp_path / "small", workers=2, progress=kill_one)
    assert killed
    assert (session.done, session.failed) == (4, 0)
    assert_same(straight, session.folder)


@pytest.mark.slow
def test_a_killed_experiment_goes_on(file, straight, tmp_path):
    """SIGKILL of the whole, workers and all; the same command goes on."""
    command = [sys.executable, "-c", "from analysis.cli import app; app()", "experiment", file,
               "--out", tmp_path, "--workers", "2"]  # fmt: skip
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    partial = tmp_path / "small.partial"
    patience = time.monotonic() + 600.0
    while not done_members(partial) and process.poll() is None and time.monotonic() < patience:
        time.sleep(0.05)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert done_members(partial) or ExperimentFolder(tmp_path / "small").finished
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert_same(straight, ExperimentFolder(tmp_path / "small"))


def _a_worker() -> int:
    """Process of a Dask worker of ours."""
    import psutil

    for child in psutil.Process().children(recursive=True):
        command = " ".join(child.cmdline())
        if "multiprocessing" in command and "resource_tracker" not in command:
            return int(child.pid)
    raise AssertionError("there is no worker")
