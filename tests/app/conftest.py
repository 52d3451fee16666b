"""A desk with three small runs, an experiment and a job that only says that it works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analysis.app.hub import Hub
from analysis.app.server import create_app
from analysis.desk import Desk, ExperimentEntry, Status
from simulator.model import Simulation
from simulator.record import ZarrRecorder
from simulator.region import Region
from simulator.scenario import Scenario
from tests.app.client import Browser, served
from tests.experiment.made_experiment import MadeExperiment

TITLE = "Much <script>alert(1)</script> & more"
MANURE = {
    "kind": "scale_input", "date": 2021.0, "pathway": "manure", "factor": 50.0,
    "cost": {"capital": 1.0, "yearly": 2.0},
}  # fmt: skip


class FakeJob:
    """Says what it was told, and tells its watcher."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.told: list[object] = []
        self.status = Status("ready", 2022, 2020, 2026, "at the beginning of 2022")
        self.watchers: list[Callable[[Status], None]] = []

    def watch(self, callback: Callable[[Status], None]) -> Callable[[], None]:
        self.watchers.append(callback)
        return lambda: self.watchers.remove(callback)

    def become(self, status: Status) -> None:
        self.status = status
        for watcher in list(self.watchers):
            watcher(status)

    def step(self) -> None:
        self.told.append("step")

    def go(self, until: int | None = None) -> None:
        self.told.append(("go", until))

    def pause(self) -> None:
        self.told.append("pause")

    def close(self) -> None:
        self.told.append("close")


class StubDesk(Desk):
    """A desk whose experiment is made up and whose jobs compute nothing."""

    def __init__(self, runs: Path) -> None:
        super().__init__(runs)
        self.fake = {"stopped": FakeJob("stopped")}
        self.begun: list[tuple[object, ...]] = []
        self.closed = False
        self._made = MadeExperiment(
            runs / "made", lambda x, k, seed: 100.0, options=("as it is", "clean")
        )
        self._made.manifest["region"] = {"name": "testland"}

    def experiments(self) -> list[ExperimentEntry]:
        return [ExperimentEntry("made", "Made", "testland", 40, 40, True)]

    def open_experiment(self, name: str):
        if name != "made":
            return super().open_experiment(name)
        return self._made

    def job(self, name: str):
        return self.fake.get(name)

    def jobs(self):
        return list(self.fake.values())

    def start(self, scenario, name=None):
        return self._begin_fake("start", name or scenario, scenario)

    def resume(self, name):
        return self._begin_fake("resume", name)

    def branch(self, name, at, plan, new_name=None):
        return self._begin_fake("branch", new_name or f"{name}-{at}", name, at, plan)

    def close(self, timeout: float = 10.0) -> None:
        self.closed = True

    def _begin_fake(self, kind: str, name: str, *rest: object) -> FakeJob:
        self.begun.append((kind, *rest))
        return self.fake.setdefault(name, FakeJob(name))


@pytest.fixture(scope="session")
def runs(
    region: Region,
    make_scenario: Callable[..., Scenario],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Folder of runs: ``first``, ``second`` with much manure, ``stopped`` after two years."""
    folder = tmp_path_factory.mktemp("desk")
    made = {
        "first": ({"title": TITLE, "years": 4, "tags": {"by": "sector"}}, None),
        "second": ({"title": "Second", "years": 4, "interventions": [MANURE]}, None),
        "stopped": ({"title": "Stopped", "record": {"ledger": "totals"}}, 2022),
    }
    for name, (settings, until) in made.items():
        recorder = ZarrRecorder(folder / name)
        with Simulation(region, make_scenario(**settings), recorder=recorder) as sim:
            sim.run(until)
    return folder


@pytest.fixture(scope="session")
def desk(runs: Path) -> StubDesk:
    return StubDesk(runs)


@pytest.fixture(scope="session")
def browser(
    desk: StubDesk, region: Region, small_region: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """The app, served; the small region is not read anew by each part that needs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simulator.record.restart.read_region", lambda folder: region)
        hub = Hub()
        with served(lambda port: create_app(desk, port, hub), hub) as one:
            yield one
