"""Small runs that stories are told of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.story import build_story
from analysis.story.model import Story
from simulator.model import Simulation
from simulator.record import RunFolder, ZarrRecorder
from simulator.region import Region
from simulator.scenario import Scenario

#: A run in which much happens: sources end, towns grow, an act costs money, two decades pass.
EVENTFUL = {
    "title": "Much <script>alert(1)</script> happens",
    "start": 2030,
    "years": 14,
    "tags": {"by": "sector"},
    "interventions": [
        {"kind": "close", "name": "no coal", "date": 2035.5, "sources": ["coal-1"],
         "cost": {"capital": 3.0, "yearly": 0.5}},
        {"kind": "scale_input", "date": 2032.0, "pathway": "manure", "factor": 8.0},
        {"kind": "scale_input", "name": "less spray", "policy": "care", "date": 2041.0,
         "pathway": "pesticide", "factor": 0.5},
        {"kind": "scale_input", "name": "clean water", "policy": "care", "date": 2041.25,
         "pathway": "irrigation", "factor": 0.5},
    ],
}  # fmt: skip


@pytest.fixture(scope="session")
def record_run(region: Region, make_scenario: Callable[..., Scenario]) -> Callable[..., RunFolder]:
    """Record a run of the small region; keywords override the scenario."""

    def make(folder: Path, **overrides: object) -> RunFolder:
        with Simulation(region, make_scenario(**overrides), recorder=ZarrRecorder(folder)) as sim:
            sim.run()
        return RunFolder(folder)

    return make


@pytest.fixture(scope="session")
def eventful(
    record_run: Callable[..., RunFolder], tmp_path_factory: pytest.TempPathFactory
) -> RunFolder:
    """The run in which much happens."""
    return record_run(tmp_path_factory.mktemp("story") / "eventful", **EVENTFUL)


@pytest.fixture(scope="session")
def quiet(
    record_run: Callable[..., RunFolder], tmp_path_factory: pytest.TempPathFactory
) -> RunFolder:
    """The same without acts and with slower towns; no fluxes of cells, every second year."""
    settings = EVENTFUL | {
        "title": "Quiet",
        "interventions": [],
        "landuse": {
            "built_growth": [{"year": 2020, "rate": 0.0}],
            "densification_rate": 0.0,
            "neighbourhood_distance_m": 600.0,
        },
        "tags": {"by": "none"},
        "record": {"ledger": "totals", "every": 2},
    }
    return record_run(tmp_path_factory.mktemp("story") / "quiet", **settings)


@pytest.fixture(scope="session")
def told(eventful: RunFolder) -> Story:
    """Story of one run."""
    return build_story([eventful])


@pytest.fixture(scope="session")
def compared(eventful: RunFolder, quiet: RunFolder) -> Story:
    """Story of two runs, in Chinese."""
    return build_story([quiet, eventful], "zh", "Cu")


@pytest.fixture(scope="session")
def answered(eventful: RunFolder, quiet: RunFolder) -> Story:
    """Story of two runs, the one in which much happens first."""
    return build_story([eventful, quiet])
