"""``run``, ``resume`` and ``branch``: what they say, what they leave, what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from simulator.errors import BalanceError
from simulator.model import Simulation
from simulator.record import RunFolder


def test_run_says_what_it_does_and_ends_with_a_table_and_a_map(finished) -> None:
    result, folder = finished
    assert result.exit_code == 0, result.output
    for words in (
        "2020 to 2023, 4 years", "119 soil cells in 12 x 10 cells of 500 m", "3 point sources",
        "illustrative layers (generated, not measured): elevation", "2023: 4 of 4 years",
        "g/ha/yr", "GB 15618-2018", "largest relative residual", "recalled",
        f"metalscape inspect {folder} --cell", f"metalscape export {folder}",
    ):  # fmt: skip
        assert words in result.stdout, words
    for metal in ("As", "Cd", "Cr", "Cu", "Hg", "Ni", "Pb", "Zn"):
        assert f"\n {metal} " in result.stdout
    assert (folder / "map.png").read_bytes().startswith(b"\x89PNG")
    assert RunFolder(folder).finished


@pytest.mark.usefixtures("no_map")
def test_quiet_says_nothing_and_a_run_is_not_overwritten_unasked(
    call, write_scenario, tmp_path: Path
) -> None:
    scenario = write_scenario(tmp_path / "s.toml", years=1)
    first = call("run", scenario, "--out", tmp_path, "--quiet")
    assert (first.exit_code, first.stdout, first.stderr) == (0, "", "")
    assert RunFolder(tmp_path / "test").finished
    second = call("run", scenario, "--out", tmp_path, "--quiet")
    assert second.exit_code == 1
    assert "already" in second.stderr
    assert call("run", scenario, "--out", tmp_path, "--quiet", "--overwrite").exit_code == 0


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "a/b", "..", ".hidden", "x.partial", ""])
def test_a_name_cannot_lead_elsewhere(call, write_scenario, tmp_path: Path, name: str) -> None:
    scenario = write_scenario(tmp_path / "s.toml")
    result = call("run", scenario, "--out", tmp_path / "runs", "--name", name)
    assert result.exit_code == 2
    assert "name of a run" in result.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.usefixtures("no_map")
def test_ctrl_c_leaves_a_run_that_goes_on_to_the_same_end(
    call, finished, write_scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = write_scenario(tmp_path / "s.toml")
    step = Simulation.step

    def interrupted(self: Simulation) -> None:
        if self.year == 2022:
            raise KeyboardInterrupt
        step(self)

    monkeypatch.setattr(Simulation, "step", interrupted)
    result = call("run", scenario, "--out", tmp_path, "--name", "stopped")
    assert result.exit_code == 130
    assert "stopped in 2022" in result.stderr
    assert f"metalscape resume {tmp_path / 'stopped'}" in result.stderr
    partial = tmp_path / "stopped.partial"
    assert RunFolder(partial).recorded_until == 2022
    seen = call("inspect", partial, "--cell", "5,6", "--json")
    assert json.loads(seen.stdout)["years"] == [2020, 2021, 2022]
    monkeypatch.setattr(Simulation, "step", step)
    result = call("resume", tmp_path / "stopped", "--threads", 1)
    assert result.exit_code == 0, result.output
    assert "goes on from 2022" in result.stdout
    again, straight = RunFolder(tmp_path / "stopped"), RunFolder(finished[1])
    np.testing.assert_array_equal(again.history["stock"].values, straight.history["stock"].values)
    assert call("resume", tmp_path / "stopped").exit_code == 1


@pytest.mark.usefixtures("no_map")
def test_branch_takes_the_past_and_goes_its_own_way(
    call, finished, write_scenario, tmp_path: Path
) -> None:
    act = {"kind": "scale_input", "date": 2022.0, "pathway": "manure", "factor": 0.0}
    scenario = write_scenario(tmp_path / "b.toml", name="clean", interventions=[act])
    parent = RunFolder(finished[1])
    result = call("branch", finished[1], "--at", 2022, "--scenario", scenario, "--name", "clean")
    assert result.exit_code == 0, result.output
    child = RunFolder(finished[1].parent / "clean")
    there, here = parent.history["stock"], child.history["stock"]
    past = slice(None, 2022)
    assert (here.sel(year=past).values == there.sel(year=past).values).all()
    last = {"year": 2024, "metal": "Zn"}
    assert here.sel(last).sum() < there.sel(last).sum()
    wrong = call("branch", finished[1], "--at", 2050, "--scenario", scenario, "--name", "wrong")
    assert wrong.exit_code == 2
    assert "2020 to 2024" in wrong.stderr


def test_a_run_that_does_not_balance_ends_with_a_message(
    call, write_scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Simulation) -> None:
        raise BalanceError("the mass balance of 2020 does not close")

    monkeypatch.setattr(Simulation, "step", broken)
    result = call("run", write_scenario(tmp_path / "s.toml"), "--out", tmp_path)
    assert result.exit_code == 1
    assert "error: the mass balance of 2020 does not close" in result.stderr
    assert "Traceback" not in result.output


def test_nothing_is_written_when_the_check_fails(call, write_scenario, tmp_path: Path) -> None:
    act = {"kind": "close", "date": 2021.0, "sources": ["no-such"]}
    scenario = write_scenario(tmp_path / "s.toml", interventions=[act])
    result = call("run", scenario, "--out", tmp_path / "runs")
    assert result.exit_code == 2
    assert "no-such" in result.stderr
    assert not (tmp_path / "runs").exists()
