"""A run with all that can be mapped, made by the model, and one written by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.layers import Atlas
from simulator.model import Simulation
from simulator.record import RunFolder, ZarrRecorder
from tests.analysis.assessment.hand_run import control_layer, write_run
from tests.make_calibration import calibration_by_hand


@pytest.fixture(scope="package")
def everything(region, make_scenario, tmp_path_factory) -> Atlas:
    """Five years in intervals of two, with fluxes, source tags and a calibration."""
    folder = tmp_path_factory.mktemp("layers") / "everything"
    scenario = make_scenario(years=5, record={"every": 2}, tags={"by": "sector"})
    calibration = calibration_by_hand(region)
    with Simulation(
        region, scenario, recorder=ZarrRecorder(folder), calibration=calibration
    ) as sim:
        sim.run()
    return Atlas(RunFolder(folder))


@pytest.fixture(scope="package")
def paper(tmp_path_factory) -> Atlas:
    """The run whose assessment can be worked out on paper; nothing but its history."""
    run = write_run(tmp_path_factory.mktemp("layers") / "paper")
    return Atlas(run, control_layer())


@pytest.fixture(scope="package")
def unfinished(tmp_path_factory) -> Atlas:
    """The same while it runs: up to 2026."""
    return until(tmp_path_factory.mktemp("layers") / "unfinished", 2026)


def until(folder: Path, year: int) -> Atlas:
    """The run written by hand, recorded up to a year."""
    if not folder.exists():
        write_run(folder, status="unfinished")
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**manifest, "recorded_until": year}), "utf-8")
    return Atlas(RunFolder(folder), control_layer())
