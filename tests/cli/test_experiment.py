"""``experiment`` on the small region."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.experiment import member as members
from simulator.parallel import default_threads
from tests.experiment.files import TINY, write_experiment

SHORT = TINY.replace("samples = 2", "samples = 1").replace("maps = [2022, 2024]", "")


@pytest.fixture(scope="module")
def file(make_scenario, tmp_path_factory) -> Path:
    return write_experiment(tmp_path_factory.mktemp("files"), make_scenario, SHORT, years=3)


@pytest.fixture(scope="module")
def told(call, file, tmp_path_factory):
    out = tmp_path_factory.mktemp("experiments")
    return call("experiment", file, "--out", out, "--workers", 1), out / "small"


def test_it_says_what_it_does_and_what_comes_next(told):
    result, folder = told
    assert result.exit_code == 0, result.output
    assert (
        "1 future x 2 options, 2020 to 2022; 2 of 2 members to simulate, processes: 1"
        in result.stdout
    )
    assert "2 of 2 members done, 2 now" in result.stdout
    assert "overloaded land at the beginning of 2023:" in result.stdout
    words = [line.split()[:2] for line in result.stdout.splitlines()]
    rows = [pair for pair in words if pair[:1] in (["Cd"], ["Cu"])]
    assert rows == [["Cd", "none"], ["Cd", "less"], ["Cu", "none"], ["Cu", "less"]]
    assert f"next: metalscape findings {folder}" in result.stdout
    assert "note:" not in result.stdout, "manure is neither water nor plume"


def test_a_finished_one_is_left_alone_and_json_is_one_document(call, told, file):
    result = call("experiment", file, "--out", told[1].parent, "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert (document["members"], document["done"], document["done_now"]) == (2, 2, 0)
    assert document["failed"] == []
    cadmium = [row for row in document["overload_ha"] if row["metal"] == "Cd"]
    assert [row["options"] for row in cadmium] == [["none"], ["less manure"]]
    assert all(row["low"] <= row["median"] <= row["high"] for row in cadmium)


def test_failures_are_told_by_their_members(call, file, tmp_path, monkeypatch):
    class Breaking(members.Simulation):
        def step(self) -> None:
            raise MemoryError("no room")

    monkeypatch.setattr(members, "Simulation", Breaking)
    result = call("experiment", file, "--out", tmp_path, "--name", "x", "--workers", 1)
    assert result.exit_code == 1
    assert "members 0, 1 failed; the same command tries them again" in result.stderr
    assert "0: MemoryError: no room (test_experiment.py:" in result.stderr
    assert (tmp_path / "x.partial").is_dir()


def test_the_keyboard_stops_it(call, file, tmp_path, monkeypatch):
    class Stopped(members.Simulation):
        def step(self) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr(members, "Simulation", Stopped)
    result = call("experiment", file, "--out", tmp_path, "--workers", 1)
    assert result.exit_code == 130
    assert "go on with the same command" in result.stderr


def test_a_name_does_not_lead_elsewhere(call, file, tmp_path):
    assert call("experiment", file, "--out", tmp_path, "--name", "../x").exit_code == 2


def test_processes_default_to_the_processors(call):
    assert default_threads() >= 1
    assert "as many as there are processors" in " ".join(call("experiment", "-h").stdout.split())
