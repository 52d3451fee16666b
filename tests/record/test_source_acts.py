"""Interventions on sources and inputs: resumed and branched runs end with the same bits."""

from __future__ import annotations

import pytest

from simulator.processes.agriculture import Agriculture
from simulator.processes.deposition import Deposition
from simulator.record import RunFolder, branch, resume
from simulator.region import read_region
from tests.make_region import CELL, X_MIN, Y_MAX, make_region
from tests.make_schedules import thin_weather
from tests.record.runs import Crash, Crashing, assert_same, record

PLACE = [X_MIN + 2.5 * CELL, Y_MAX - 2.5 * CELL]
COAL = {"sources": ["coal-1"]}
#: One of each kind, all from 2022 on.
ACTS = [
    {"kind": "close", "date": 2022.5, "sources": ["copper-1"], "compliance": 0.5},
    {"kind": "retrofit", "date": 2022.0, "ramp_years": 2.5, "removal": {"all": 0.5}, **COAL},
    {"kind": "retrofit", "date": 2023.5, "strength": 0.7, "control": "ultra-low", **COAL},
    {"kind": "switch_fuel", "date": 2023.25, "fuel": "coal of Zhejiang", **COAL},
    {"kind": "relocate", "date": 2022.75, "name": "n", "to": PLACE, "ramp_years": 2.0, **COAL},
    {"kind": "relocate", "date": 2023.0, "name": "o", "to": "outside", "sources": ["waste-1"]},
    {"kind": "cap_load", "date": 2022.25, "sources": ["all"], "cap": {"Cd": 3.0}},
    {"kind": "cap_activity", "date": 2023.0, "sources": ["all"], "factor": 0.8},
    {"kind": "scale_input", "date": 2022.5, "pathway": "manure", "factors": {"Cu": 0.3}},
    {"kind": "limit_content", "date": 2023.0, "pathway": "manure", "limits": {"Zn": 200.0}},
]


def processes(*more):
    return [Deposition(), Agriculture(), *more]


@pytest.fixture(scope="module")
def quick_region(tmp_path_factory):
    """The small region with weather whose plumes are quick."""
    made = make_region(tmp_path_factory.mktemp("regions") / "testland")
    thin_weather(made)
    return read_region(made)


@pytest.fixture(scope="module")
def plan(quick_region, make_scenario):
    """A scenario of six years with given interventions."""

    def make(acts, **overrides):
        return make_scenario(
            region=str(quick_region.folder),
            interventions=acts,
            record={"checkpoint_every": 2},
            **overrides,
        )

    return make


@pytest.fixture(scope="module")
def straight(quick_region, plan, tmp_path_factory):
    """All of them, recorded without a stop."""
    folder = tmp_path_factory.mktemp("runs") / "straight"
    return record(quick_region, plan(ACTS), folder, processes=processes())


@pytest.mark.parametrize("year", [2022, 2023, 2025])
def test_a_killed_run_goes_on_with_the_same_bits(quick_region, plan, straight, tmp_path, year):
    with pytest.raises(Crash):
        record(quick_region, plan(ACTS), tmp_path / "run", processes=processes(Crashing(year)))
    with resume(tmp_path / "run", processes=processes()) as sim:
        sim.run()
    assert_same(straight, RunFolder(tmp_path / "run"))


@pytest.mark.parametrize("at", [2021, 2022])
def test_a_run_without_them_branches_into_them(quick_region, plan, straight, tmp_path, at):
    """Sources that move are not in the checkpoint of a run in which they do not."""
    record(quick_region, plan([]), tmp_path / "plain", processes=processes())
    with branch(tmp_path / "plain", at, plan(ACTS), tmp_path / "b", processes=processes()) as sim:
        sim.run()
    assert_same(straight, RunFolder(tmp_path / "b"))


def test_a_run_with_them_branches_into_one_without(quick_region, plan, straight, tmp_path):
    plain = record(quick_region, plan([]), tmp_path / "plain", processes=processes())
    with branch(straight.path, 2022, plan([]), tmp_path / "b", processes=processes()) as sim:
        sim.run()
    assert_same(plain, RunFolder(tmp_path / "b"))


def test_a_source_that_moves_is_listed_from_its_date_on(straight):
    table = straight.sources.query("id == 'coal-1@n'")
    assert table["year"].min() == 2022
    assert set(zip(table["x"], table["y"], strict=True)) == {tuple(PLACE)}
    assert (table.query("year > 2022 and metal == 'Pb'")["kg_per_yr"] > 0.0).all()
