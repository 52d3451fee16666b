"""Resuming: a run that was stopped ends with the bits of one that was not."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from simulator.errors import InputError, RunError
from simulator.model import Simulation
from simulator.record import RunFolder, ZarrRecorder, resume
from simulator.record.tables import YearTable
from simulator.region import read_region
from tests.make_region import make_region
from tests.record.runs import Crash, assert_same, crashing, record


def crash(region, scenario, folder, year):
    """Begin a run that stops in the middle of a year."""
    with pytest.raises(Crash):
        record(region, scenario, folder, processes=crashing(year))
    assert not folder.exists()


def go_on(folder) -> RunFolder:
    with resume(folder) as sim:
        sim.run()
    return RunFolder(folder)


@pytest.mark.parametrize("year", [2020, 2023, 2025])
def test_after_an_exception_in_mid_year(region, scenario, straight, tmp_path, year):
    """First, middle and last year."""
    crash(region, scenario, tmp_path / "run", year)
    stopped = RunFolder(tmp_path / "run")
    assert not stopped.finished
    assert stopped.recorded_until == year
    assert stopped.history.year[-1] == year
    resumed = go_on(tmp_path / "run")
    assert resumed.finished
    assert [r["year"] for r in resumed.manifest["resumed"]] == [year]
    assert_same(straight, resumed)


def test_the_agents_remember_what_was_before(region, scenario, straight, tmp_path):
    """Sources know their changes, parcels their conversions, the calendar its past."""
    with Simulation(region, scenario) as whole:
        whole.run(until=2024)
        crash(region, scenario, tmp_path / "run", 2024)
        with resume(tmp_path / "run") as sim:
            for a, b in zip(sim.sources, whole.sources, strict=True):
                assert [(c.date, c.reason) for c in a.changes] == [
                    (c.date, c.reason) for c in b.changes
                ]
                assert {y: kg.tolist() for y, kg in a.history.items()} == {
                    y: kg.tolist() for y, kg in b.history.items()
                }
            assert sim.parcels.history == whole.parcels.history
            assert (sim.parcels.protected == whole.parcels.protected).all()
            assert sim.calendar.past == whole.calendar.past
            assert (sim.state.open_ground == whole.state.open_ground).all()
            assert sim.ledger.residual == whole.ledger.residual


KILLED = """
import os, signal, sys
from simulator import Simulation, read_region, read_scenario
from simulator.processes import Process, default_processes
from simulator.record import ZarrRecorder
from simulator.schedule import Phase

class Killing(Process):
    phase = Phase.LOSSES
    def begin_year(self, year):
        if year == 2023:
            os.kill(os.getpid(), signal.SIGKILL)

scenario = read_scenario(sys.argv[1])
Simulation(
    read_region(scenario.region), scenario, recorder=ZarrRecorder(sys.argv[2]),
    processes=[*default_processes(), Killing()],
).run()
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
def test_after_a_kill_in_mid_year(scenario, straight, tmp_path):
    file = tmp_path / "scenario.toml"
    file.write_text(scenario.to_toml(), encoding="utf-8")
    ended = subprocess.run([sys.executable, "-c", KILLED, str(file), str(tmp_path / "run")])
    assert ended.returncode == -signal.SIGKILL
    assert_same(straight, go_on(tmp_path / "run"))


def test_after_a_stop_in_the_middle_of_recording(region, scenario, straight, tmp_path, monkeypatch):
    """Half of a year is on the disk, its checkpoint is not."""
    add = YearTable.add

    def stop(self, year, ledger):
        if year == 2023:
            raise Crash
        add(self, year, ledger)

    with monkeypatch.context() as patch:
        patch.setattr(YearTable, "add", stop)
        with pytest.raises(Crash):
            record(region, scenario, tmp_path / "run")
    assert_same(straight, go_on(tmp_path / "run"))


def test_after_the_disk_was_full(region, scenario, straight, tmp_path):
    """The system refuses to write: the error names the folder, and what is there is good."""
    resource = pytest.importorskip("resource", reason="limits of file sizes are POSIX")
    with Simulation(region, scenario, recorder=ZarrRecorder(tmp_path / "run")) as sim:
        sim.run(until=2022)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))  # less than a checkpoint
        try:
            with pytest.raises(RunError, match=r"run\.partial: cannot record 2022: .*resume"):
                sim.run()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert_same(straight, go_on(tmp_path / "run"))


@pytest.mark.parametrize("harm", ["truncated", "one bit"])
def test_a_broken_checkpoint_gives_way_to_the_one_before(
    region, scenario, straight, tmp_path, caplog, harm
):
    crash(region, scenario, tmp_path / "run", 2025)
    run = RunFolder(tmp_path / "run")
    assert run.checkpoints == [2020, 2022, 2024, 2025]
    file = run.path / "checkpoint" / "2025.npz"
    content = bytearray(file.read_bytes())
    if harm == "truncated":
        del content[len(content) // 2 :]
    else:
        content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with caplog.at_level(logging.WARNING), resume(tmp_path / "run") as sim:
        assert "2025.npz cannot be read" in caplog.text
        assert sim.year == 2024
        sim.run()
    assert_same(straight, RunFolder(tmp_path / "run"))


def test_without_any_checkpoint_the_run_starts_again(region, scenario, tmp_path):
    crash(region, scenario, tmp_path / "run", 2020)
    (tmp_path / "run.partial" / "checkpoint" / "2020.npz").unlink()
    with pytest.raises(RunError, match="no whole checkpoint"):
        resume(tmp_path / "run")


def test_in_the_middle_of_a_recorded_interval(region, make_scenario, tmp_path):
    """It goes back to the last recorded year and sums the interval anew."""
    scenario = make_scenario(record={"every": 4})
    straight = record(region, scenario, tmp_path / "straight")
    crash(region, scenario, tmp_path / "run", 2023)
    assert RunFolder(tmp_path / "run").recorded_until == 2020
    assert_same(straight, go_on(tmp_path / "run"))


def test_again_and_again(region, scenario, straight, tmp_path):
    crash(region, scenario, tmp_path / "run", 2021)
    for year in (2022, 2024):
        with pytest.raises(Crash), resume(tmp_path / "run", processes=crashing(year)) as sim:
            sim.run()
    resumed = go_on(tmp_path / "run")
    assert [r["year"] for r in resumed.manifest["resumed"]] == [2021, 2022, 2024]
    assert_same(straight, resumed)


def test_a_finished_run_is_not_resumed(straight):
    with pytest.raises(RunError, match="is finished"):
        resume(straight.path)


def test_a_run_that_another_process_writes_is_left_alone(region, scenario, tmp_path):
    pytest.importorskip("fcntl", reason="locks are POSIX")
    crash(region, scenario, tmp_path / "run", 2022)
    lock = tmp_path / "run.partial" / "lock"
    code = (
        "import sys; from pathlib import Path; from simulator.record.lock import RunLock; "
        "lock = RunLock(Path(sys.argv[1])); print(flush=True); sys.stdin.read()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code, str(lock)], **pipes) as other:
        other.stdout.readline()
        with pytest.raises(RunError, match="another process is writing"):
            resume(tmp_path / "run")
        other.communicate()
    with resume(tmp_path / "run") as sim:
        assert sim.year == 2022


def test_a_region_that_was_changed_is_refused(make_scenario, tmp_path):
    folder = make_region(tmp_path / "land", rows=4, cols=5)
    crash(read_region(folder), make_scenario(region=str(folder)), tmp_path / "run", 2022)
    table = folder / "deposition.csv"
    table.write_text(table.read_text().replace("1.8", "1.9", 1))
    with pytest.raises(InputError, match=r"its files are not those of the run 'run'"):
        resume(tmp_path / "run")


def test_other_pathways_are_refused(region, scenario, tmp_path):
    crash(region, scenario, tmp_path / "run", 2022)
    with pytest.raises(RunError, match=r"other pathways \(calibration\)"):
        resume(tmp_path / "run", processes=crashing(2022)[:-2])


def test_another_version_is_warned_of(region, make_scenario, tmp_path, caplog, monkeypatch):
    crash(region, make_scenario(), tmp_path / "run", 2021)
    monkeypatch.setattr("simulator.record.restart.__version__", "9.9")
    with resume(tmp_path / "run"):
        assert "goes on with 9.9" in caplog.text


def test_a_checkpoint_is_plain_arrays(region, scenario, tmp_path):
    """No pickle: a run folder from a stranger runs no code."""
    crash(region, scenario, tmp_path / "run", 2021)
    with np.load(tmp_path / "run.partial" / "checkpoint" / "2021.npz", allow_pickle=False) as file:
        assert all(file[key].dtype != object for key in file.files)
        assert file["state/stock"].shape == (8, 3, *region.grid.shape)
    assert not any(name.startswith(".") for name in os.listdir(tmp_path / "run.partial"))
