"""The run that was written by hand, and its assessment."""

from __future__ import annotations

import pytest
import xarray as xr

from analysis.assessment.assess import assess
from simulator.record import RunFolder
from tests.analysis.assessment.hand_run import control_layer, write_run


@pytest.fixture(scope="session")
def paper(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The run of ``hand_run``."""
    return write_run(tmp_path_factory.mktemp("paper") / "paper")


@pytest.fixture(scope="session")
def assessed(paper: RunFolder) -> xr.Dataset:
    """Its assessment at the start and at the end."""
    return assess(paper, soil=control_layer())
