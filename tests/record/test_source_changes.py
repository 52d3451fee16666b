"""Dated changes of sources belong to the region: a resumed run has them again."""

from __future__ import annotations

import shutil

import pytest

from simulator.record import RunFolder, resume
from simulator.region import read_region
from tests.make_sources import add_source_changes
from tests.record.runs import Crash, assert_same, crashing, record


def test_a_resumed_run_has_the_changes_of_before_and_after(small_region, make_scenario, tmp_path):
    folder = shutil.copytree(small_region, tmp_path / "testland")
    add_source_changes(
        folder,
        [
            ("coal-1", 2020.5, "control", "ultra-low"),
            ("coal-1", 2022.25, "load", 0.4),
            ("coal-1", 2023.5, "fuel", "coal of Anhui"),
        ],
    )
    scenario = make_scenario(region=str(folder), years=4, record={"checkpoint_every": 2})
    region = read_region(folder)
    straight = record(region, scenario, tmp_path / "straight")
    with pytest.raises(Crash):
        record(region, scenario, tmp_path / "run", processes=crashing(2022))
    with resume(tmp_path / "run") as sim:
        sim.run()
    assert_same(straight, RunFolder(tmp_path / "run"))
    kg = straight.sources.query("id == 'coal-1' and metal == 'Pb'")["kg_per_yr"].to_numpy()
    assert (kg[1:] < kg[:-1]).tolist() == [True, True, True]
