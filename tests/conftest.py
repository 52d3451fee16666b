"""Fixtures that every test may use."""

from __future__ import annotations

import os

if "PYTEST_XDIST_WORKER" in os.environ:
    # Workers share the processors among themselves; read when NumPy is loaded.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings

from simulator.cache import VARIABLE
from simulator.model import Simulation
from simulator.region import Region, read_region
from simulator.scenario import Scenario
from tests import make_region

# A busy machine is no error, and a check of the same code gives the same answer twice;
# `--hypothesis-profile search` looks for new counter-examples.
settings.register_profile("metalscape", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, print_blob=True)
settings.load_profile("metalscape")

#: Compile kernels that a run of a region does not need: where the second of two workers begins,
#: so that they do not both compile the same.
APART = {"dispersion", "percolation", "hydrus", "aermod"}


@pytest.hookimpl(trylast=True)  # after what is not asked for has gone
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files so that workers wait least for each other."""
    apart = [item for item in items if item.path.parent.name in APART]
    others = [item for item in items if item.path.parent.name not in APART]
    half = len(items) // 2
    items[:] = [*others[:half], *apart, *others[half:]]


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Footprints of the tests are kept for the session, apart from the user's."""
    place = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent  # that all workers share
    with pytest.MonkeyPatch.context() as patch:
        if VARIABLE not in os.environ:
            patch.setenv(VARIABLE, str(place / "cache"))
        yield


@pytest.fixture(scope="session")
def small_region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the small generated region; read only, copy it before changing it."""
    return make_region.make_region(tmp_path_factory.mktemp("regions") / "testland")


@pytest.fixture(scope="session")
def region(small_region: Path) -> Region:
    """The small region, read."""
    return read_region(small_region)


@pytest.fixture(scope="session")
def make_scenario(small_region: Path) -> Callable[..., Scenario]:
    """Scenarios for the small region; keywords override."""
    return partial(make_region.make_scenario, small_region)


@pytest.fixture
def make_sim(region: Region, make_scenario: Callable[..., Scenario]) -> Callable[..., Simulation]:
    """Simulations of the small region; ``options`` go to the constructor."""

    def make(options: dict[str, object] | None = None, **overrides: object) -> Simulation:
        return Simulation(region, make_scenario(**overrides), **(options or {}))

    return make
