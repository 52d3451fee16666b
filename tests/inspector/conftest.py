"""Small recorded runs in which something happens to stacks and parcels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.record import RunFolder
from simulator.region import Region, read_region
from simulator.scenario import Scenario
from tests.analysis.conftest import record  # noqa: F401
from tests.make_region import CELL, X_MIN, Y_MAX

#: A stack moves within the region, another gets a control that changes what its mercury is, a
#: third closes.
ACTS = [
    {"kind": "retrofit", "date": 2021.5, "sources": ["sector:coal power"], "control": "ultra-low",
     "name": "cleaner coal", "policy": "clean air"},
    {"kind": "relocate", "date": 2022.25, "sources": ["copper-1"], "name": "park",
     "to": [X_MIN + 3.2 * CELL, Y_MAX - 7.7 * CELL]},
    {"kind": "close", "date": 2023.0, "sources": ["waste-1"], "name": "closing"},
]  # fmt: skip

Record = Callable[..., RunFolder]


@pytest.fixture(scope="session")
def acted(record: Record, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:  # noqa: F811
    """Four years with every flux and with interventions on stacks."""
    return record(tmp_path_factory.mktemp("runs") / "acted", interventions=ACTS)


@pytest.fixture(autouse=True)
def _region_is_read_once(
    region: Region, small_region: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading the small region costs more than a run of it; another one is read as ever."""

    def read(folder: str | Path) -> Region:
        return region if Path(folder) == small_region else read_region(folder)

    monkeypatch.setattr("simulator.record.restart.read_region", read)


@pytest.fixture(scope="session")
def still(
    make_scenario: Callable[..., Scenario],
    record: Record,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> RunFolder:
    """Three years on land that stays as it is, recorded at their two ends only."""
    growth = {"built_growth": [{"year": 2020, "rate": 0.0}], "densification_rate": 0.0}
    land = make_scenario().landuse.model_dump() | growth
    folder = tmp_path_factory.mktemp("runs") / "still"
    return record(folder, years=3, landuse=land, record={"every": 3})
