"""Small recorded runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.model import Simulation
from simulator.record import RunFolder, ZarrRecorder
from simulator.region import Region
from simulator.scenario import Scenario


@pytest.fixture(scope="session")
def record(region: Region, make_scenario: Callable[..., Scenario]) -> Callable[..., RunFolder]:
    """Record a run of the small region; keywords override the scenario."""

    def make(folder: Path, until: int | None = None, **overrides: object) -> RunFolder:
        scenario = make_scenario(**{"years": 4, **overrides})
        with Simulation(region, scenario, recorder=ZarrRecorder(folder)) as sim:
            sim.run(until)
        return RunFolder(folder)

    return make


@pytest.fixture(scope="session")
def run(record: Callable[..., RunFolder], tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Four years with every map and flux."""
    return record(tmp_path_factory.mktemp("runs") / "straight")


@pytest.fixture(scope="session")
def sparse(record: Callable[..., RunFolder], tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Five years, maps every second one."""
    folder = tmp_path_factory.mktemp("runs") / "sparse"
    return record(folder, years=5, record={"every": 2})


@pytest.fixture(scope="session")
def totals_only(
    record: Callable[..., RunFolder], tmp_path_factory: pytest.TempPathFactory
) -> RunFolder:
    """Two years without fluxes of single cells."""
    folder = tmp_path_factory.mktemp("runs") / "totals"
    return record(folder, years=2, record={"ledger": "totals"})
