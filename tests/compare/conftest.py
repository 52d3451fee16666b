"""Runs of the small region to compare, and two that can be worked out on paper."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import xarray as xr

from analysis.compare.align import Comparison, align
from simulator.constants import METALS
from simulator.model import Simulation
from simulator.record import RunFolder, ZarrRecorder
from simulator.region import Region
from simulator.scenario import Scenario
from tests.analysis.assessment.hand_run import CD, RISING, control_layer, write_run

#: Closes every power plant in the course of the second year.
CLOSING = {
    "kind": "close", "date": 2021.5, "sources": ["sector:coal power"], "name": "closing",
    "cost": {"capital": 10.0, "yearly": 1.0},
}  # fmt: skip
TAGGED = {"years": 4, "tags": {"by": "sector"}}


@pytest.fixture(scope="session")
def record_run(
    region: Region, make_scenario: Callable[..., Scenario], tmp_path_factory
) -> Callable[..., RunFolder]:
    """Record a run under a name; keywords override the scenario."""
    folder = tmp_path_factory.mktemp("compared")

    def make(name: str, **overrides: object) -> RunFolder:
        recorder = ZarrRecorder(folder / name)
        with Simulation(region, make_scenario(**overrides), recorder=recorder) as sim:
            sim.run()
        return RunFolder(folder / name)

    return make


@pytest.fixture(scope="session")
def baseline(record_run) -> RunFolder:
    """Four years with source tags."""
    return record_run("baseline", **TAGGED)


@pytest.fixture(scope="session")
def closed(record_run) -> RunFolder:
    """The same with the power plants closed, less manure, and a title that is a script."""
    manure = {"kind": "scale_input", "date": 2021.0, "pathway": "manure", "factor": 0.2}
    title = "<script>alert('closed')</script>"
    return record_run("closed", **TAGGED, interventions=[CLOSING, manure], title=title)


@pytest.fixture(scope="session")
def longer(record_run) -> RunFolder:
    """Two years more, of which every second is recorded, without tags."""
    return record_run("longer", years=6, record={"every": 2})


@pytest.fixture(scope="session")
def pair(baseline: RunFolder, closed: RunFolder) -> Comparison:
    """The baseline, and the run with the closed plants."""
    return align([baseline, closed])


@pytest.fixture(scope="session")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """Run of ``hand_run``, and one in which the rising cell stays as it was."""
    folder = tmp_path_factory.mktemp("paper")
    write_run(folder / "rising")
    shutil.copytree(folder / "rising", folder / "steady")
    for name in ("rising", "steady"):
        _complete(folder / name)
    steady = folder / "steady" / "history.zarr"
    history = xr.open_dataset(steady, engine="zarr", consolidated=False).load()
    history["content"][:, CD, :, *RISING] = history["content"][0, CD, 0, *RISING]
    shutil.rmtree(steady)
    history.to_zarr(steady, zarr_format=3, consolidated=False)
    made = align([RunFolder(folder / "rising"), RunFolder(folder / "steady")])
    vars(made)["soils"] = (control_layer(), control_layer())  # there is no region to read
    return made


def _complete(folder: Path) -> None:
    """Add what a comparison needs and an assessment does not."""
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text("utf-8"))
    manifest |= {"name": folder.name, "metals": list(METALS)}
    manifest |= {"scenario": {"title": folder.name}}
    manifest["region"] |= {"name": "paper", "digest": ""}
    file.write_text(json.dumps(manifest), "utf-8")
    columns = ("year", "metal", "pathway", "layer", "kg_per_yr")
    pd.DataFrame({c: [] for c in columns}).to_parquet(folder / "totals.parquet")
