"""A recorded run that was never stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.region import read_region
from tests.record.runs import record

#: An intervention of each kind that leaves something behind, two of them at a year's first instant.
ACTS = [
    {"kind": "close", "date": 2021.5, "sources": ["copper-1"], "name": "closing"},
    {"kind": "retrofit", "date": 2023.0, "sources": ["coal-1"], "removal": {"all": 0.5}},
    {"kind": "protect", "date": 2022.0, "parcels": ["district:North"]},
    {"kind": "scale_input", "date": 2023.5, "pathway": "manure", "factor": 0.5, "ramp_years": 2.0},
]


@pytest.fixture(scope="session")
def scenario(make_scenario):
    """Six years with interventions, checkpoints every second year."""
    return make_scenario(interventions=ACTS, record={"checkpoint_every": 2})


@pytest.fixture(autouse=True)
def _region_is_read_once(region, small_region, monkeypatch):
    """Reading the small region costs more than a run of it; another one is read as ever."""

    def read(folder):
        return region if Path(folder) == small_region else read_region(folder)

    for module in ("restart", "branching"):
        monkeypatch.setattr(f"simulator.record.{module}.read_region", read)


@pytest.fixture(scope="session")
def straight(region, scenario, tmp_path_factory):
    """The scenario, recorded without a stop."""
    return record(region, scenario, tmp_path_factory.mktemp("runs") / "straight")
