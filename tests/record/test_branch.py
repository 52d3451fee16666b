"""Branching: the years before are the parent's, those after follow the new scenario."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.errors import InputError, RunError
from simulator.model import Simulation
from simulator.record import RunFolder, ZarrRecorder, branch, resume
from simulator.record.zarr_maps import Maps
from tests.record.conftest import ACTS
from tests.record.runs import Crash, assert_same, crashing, record


@pytest.mark.parametrize("at", [2020, 2022, 2025, 2026])
def test_with_the_same_scenario_nothing_changes(scenario, straight, tmp_path, at):
    """At the start, at a checkpoint, between two, and at the end with a year more."""
    longer = scenario if at < 2026 else scenario.model_copy(update={"years": 7})
    with branch(straight.path, at, longer, tmp_path / "b") as sim:
        assert sim.year == at
        assert [y.item() for y in RunFolder(tmp_path / "b").history.year] == [*range(2020, at + 1)]
        sim.run()
    run = RunFolder(tmp_path / "b")
    assert run.manifest["parent"]["year"] == at
    assert run.manifest["parent"]["name"] == "straight"
    if at < 2026:
        assert_same(straight, run)
    else:
        assert run.recorded_until == 2027
        assert np.array_equal(run.history.stock.sel(year=slice(None, 2026)), straight.history.stock)


def test_another_scenario_shows_from_the_year_of_the_branch(
    region, make_scenario, straight, tmp_path
):
    """It equals the run that had the later intervention from its start."""
    later = {"kind": "close", "date": 2023.25, "sources": ["sector:coal power"]}
    changed = make_scenario(
        interventions=[*ACTS[:1], ACTS[2], later], record={"checkpoint_every": 2}
    )
    with branch(straight.path, 2023, changed, tmp_path / "b") as sim:
        sim.run()
    run = RunFolder(tmp_path / "b")
    assert_same(record(region, changed, tmp_path / "whole"), run)
    before, after = (
        run.history.stock.sel(year=y).values - straight.history.stock.sel(year=y).values
        for y in (2023, 2024)
    )
    assert (before == 0.0).all()
    assert (after != 0.0).any()


def test_a_branch_can_be_killed_and_resumed(scenario, straight, tmp_path):
    with (
        pytest.raises(Crash),
        branch(straight.path, 2023, scenario, tmp_path / "b", processes=crashing(2024)) as sim,
    ):
        sim.run()
    assert RunFolder(tmp_path / "b").checkpoints == [2023, 2024]
    with resume(tmp_path / "b") as sim:
        sim.run()
    assert_same(straight, RunFolder(tmp_path / "b"))


def test_a_branch_that_was_stopped_on_its_way_is_not_resumed(scenario, straight, tmp_path):
    """From 2022 to 2023 it ran under the other scenario."""
    with pytest.raises(Crash):
        branch(straight.path, 2023, scenario, tmp_path / "b", processes=crashing(2022))
    with pytest.raises(RunError, match="no whole checkpoint"):
        resume(tmp_path / "b")


def test_from_a_run_that_is_not_finished(region, scenario, straight, tmp_path):
    with Simulation(region, scenario, recorder=ZarrRecorder(tmp_path / "a")) as sim:
        sim.run(until=2024)
    with branch(tmp_path / "a", 2023, scenario, tmp_path / "b") as sim:
        sim.run()
    assert_same(straight, RunFolder(tmp_path / "b"))


def test_a_run_that_moves_while_it_is_copied_is_told(region, scenario, tmp_path, monkeypatch):
    """Not passed over: a folder that is gone has no maps to copy."""
    with Simulation(region, scenario, recorder=ZarrRecorder(tmp_path / "a")) as sim:
        sim.run(until=2022)
    copy = Maps.copy_from

    def moves(maps, other, count):
        if other.parent.exists():
            other.parent.rename(tmp_path / "a")
        copy(maps, other, count)

    monkeypatch.setattr(Maps, "copy_from", moves)
    with pytest.raises(RunError, match="finished while its years were copied"):
        branch(tmp_path / "a", 2022, scenario, tmp_path / "b")


def test_from_a_branch(scenario, straight, tmp_path):
    with branch(straight.path, 2022, scenario, tmp_path / "b") as sim:
        sim.run()
    with branch(tmp_path / "b", 2024, scenario, tmp_path / "c") as sim:
        sim.run()
    assert_same(straight, RunFolder(tmp_path / "c"))
    with pytest.raises(InputError, match=r"checkpoints of 2022 to 2026.*Years before 2022 are"):
        branch(tmp_path / "b", 2021, scenario, tmp_path / "d")


def test_new_parameters_act_from_the_branch_on(scenario, straight, tmp_path):
    """What processes derive from parameters is derived anew, not taken from the checkpoint."""
    row = "sorption/Cd/p"
    changed = scenario.model_copy(update={"parameters": {row: -2.0}})
    with branch(straight.path, 2022, changed, tmp_path / "b") as sim:
        sim.run()
    leaching = [r.ledger["leaching"].sel(metal="Cd") for r in (straight, RunFolder(tmp_path / "b"))]
    old, new = (a.sel(year=slice(None, 2021)).values for a in leaching)
    assert np.array_equal(old, new)
    old, new = (a.sel(year=2022).values for a in leaching)
    assert (new[old > 0.0] != old[old > 0.0]).all()


@pytest.mark.parametrize(
    ("at", "changes", "words"),
    [
        (2019, {}, r"branch at 2019: .*checkpoints of 2020 to 2026"),
        (2027, {}, r"branch at 2027: .*checkpoints of 2020 to 2026"),
        (2024, {"years": 4}, r"runs to 2024; the new scenario goes on"),
        (2024, {"start": 2021, "years": 8}, r"start: 2021, but the run starts in 2020"),
        (2024, {"record": {"every": 2}}, r"record\.every: 2, but the run has 1"),
        (2024, {"record": {"ledger": "totals"}}, r"record\.ledger: 'totals', but"),
        (2024, {"record": {"precision": "float32"}}, r"record\.precision: 'float32', but"),
        (2024, {"interventions": ACTS[1:]}, r"close 'closing' of 2021\.5 is in the run but"),
        (
            2024,
            {"interventions": [*ACTS, {"kind": "protect", "date": 2021.0, "parcels": [3]}]},
            r"protect '' of 2021 is not in the run",
        ),
    ],
)
def test_what_cannot_follow_is_refused(make_scenario, straight, tmp_path, at, changes, words):
    scenario = make_scenario(**{"interventions": ACTS, **changes})
    with pytest.raises(InputError, match=words):
        branch(straight.path, at, scenario, tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


def test_only_recorded_years_can_be_branched_at(region, make_scenario, tmp_path):
    scenario = make_scenario(record={"every": 2})
    straight = record(region, scenario, tmp_path / "a")
    with pytest.raises(InputError, match=r"every 2 years only.* nearest is 202[24]"):
        branch(straight.path, 2023, scenario, tmp_path / "b")
    with branch(straight.path, 2022, scenario, tmp_path / "b") as sim:
        sim.run()
    assert_same(straight, RunFolder(tmp_path / "b"))
