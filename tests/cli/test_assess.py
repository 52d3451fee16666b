"""``assess`` on a finished run of the small region."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.record import RunFolder


@pytest.fixture(scope="module")
def told(call, finished, tmp_path_factory):
    """Result of ``assess``, and where it wrote to."""
    out = tmp_path_factory.mktemp("assess") / "out"
    return call("assess", finished[1], "--out", out), out


def test_the_summary_has_a_row_a_metal_and_the_largest_zones(told, finished) -> None:
    result, out = told
    assert result.exit_code == 0, result.output
    rows = [line.split()[0] for line in result.stdout.splitlines() if line.split()]
    for metal in (*RunFolder(finished[1]).manifest["metals"], "all"):
        assert rows.count(metal) == 1
    assert "largest zones of comprehensive risk, 2024" in result.stdout
    assert str(out) in result.stdout
    names = {p.name for p in out.iterdir()}
    assert names == {
        "assessment.nc", "maps", "tables", "zones.gpkg",
        "capacity.png", "overload.png", "warning.png", "zones.png",
    }  # fmt: skip


def test_json_is_one_document(call, finished, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = call("assess", finished[1], "--out", out, "--no-pictures", "--json", "--year", 2024)
    document = json.loads(result.stdout)
    assert document["folder"] == str(out)
    assert {row["metal"] for row in document["overload"]} >= {"Cd", "all"}
    assert 0 < len(document["zones"]) <= 3
    assert not list(out.glob("*.png"))


@pytest.mark.slow
def test_by_default_it_writes_into_the_run(call, finished) -> None:
    result = call("assess", finished[1], "--no-pictures", "--year", 2020)
    assert result.exit_code == 0, result.output
    assert (finished[1] / "assessment" / "assessment.nc").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--year", "1066"], "2020 to 2024"),
        (["--standard", "none"], "screening"),
        (["--min-area", "-1"], "min-area"),
    ],
)
def test_a_wrong_option_is_told_and_writes_nothing(call, finished, tmp_path, arguments, words):
    result = call("assess", finished[1], "--out", tmp_path / "out", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_runs_that_are_not_there_or_not_finished_are_refused(
    call, write_scenario, tmp_path: Path, monkeypatch
) -> None:
    missing = call("assess", "nope")
    assert missing.exit_code == 2
    assert "no such run" in missing.stderr
    monkeypatch.setattr("simulator.model.Simulation.step", _stop)
    stopped = call("run", write_scenario(tmp_path / "s.toml"), "--out", tmp_path, "--name", "half")
    assert stopped.exit_code == 130
    result = call("assess", tmp_path / "half", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "is not finished" in result.stderr
    assert not (tmp_path / "out").exists()


def _stop(self) -> None:
    raise KeyboardInterrupt


def test_another_folder_is_left_alone(call, finished, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("", "utf-8")
    result = call("assess", finished[1], "--out", tmp_path)
    assert result.exit_code == 2
    assert "something else" in result.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
