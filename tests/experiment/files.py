"""Experiment files for the small region."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from analysis.experiment.folder import ExperimentFolder
from analysis.experiment.read import read_experiment
from analysis.experiment.run import Session, run_experiment
from simulator.scenario import Scenario

#: Two futures under three options: the usual, one that parts in 2022, one that parts at the start.
SMALL = """
name = "small"
title = "Small"
scenario = "base.toml"

[design]
samples = 2

[[levers]]
name = "policy"

[[levers.options]]
name = "none"

[[levers.options]]
name = "less manure"

[[levers.options.changes.interventions]]
kind = "scale_input"
date = 2022.5
pathway = "manure"
factor = 0.2
policy = "manure"
cost = {yearly = 3.0}

[[levers.options]]
name = "compact"
changes = {landuse = {path = "compact"}}

[[uncertainties]]
name = "manure contents"
parameters = ["material_contents/*manure*/C*"]

[[uncertainties]]
name = "background"
input = "deposition_background"
range = [0.5, 1.5]

[outcomes]
metals = ["Cd", "Cu"]
maps = [2022, 2024]
"""

#: Two futures under two options, that part in 2022.
TINY = SMALL.replace(
    """
[[levers.options]]
name = "compact"
changes = {landuse = {path = "compact"}}
""",
    "",
)


def write_experiment(
    folder: Path, make_scenario: Callable[..., Scenario], text: str = SMALL, **overrides: object
) -> Path:
    """Write an experiment file and the scenario that it is of; keywords override the scenario."""
    folder.mkdir(parents=True, exist_ok=True)
    scenario = make_scenario(**{"years": 4, **overrides})
    (folder / "base.toml").write_text(scenario.to_toml(), encoding="utf-8")
    path = folder / "small.toml"
    path.write_text(text, encoding="utf-8")
    return path


def run_file(path: Path, target: Path, **options: object) -> Session:
    """Read an experiment file and run it."""
    experiment, region = read_experiment(path)
    return run_experiment(experiment, region, target, **options)


def assert_same(a: ExperimentFolder, b: ExperimentFolder) -> None:
    """Every number of two experiments is the same, bit for bit."""
    assert a.members_done == b.members_done
    pd.testing.assert_frame_equal(a.design, b.design, check_exact=True)
    pd.testing.assert_frame_equal(a.outcomes, b.outcomes, check_exact=True)
    xr.testing.assert_identical(a.maps.load(), b.maps.load())
    assert np.isfinite(a.maps["content"].values).any()
