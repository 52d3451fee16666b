"""What changes on the disk while pages look at it: runs that end, regions that go, new members."""

from __future__ import annotations

import asyncio
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from starlette.requests import Request

from analysis.app import api_experiments, api_runs
from analysis.app.answers import give
from analysis.app.hub import Hub
from analysis.app.server import _unreadable
from analysis.app.views import Views, stamp_of
from analysis.desk import Desk, Status
from simulator.errors import InputError, Problem
from simulator.region import Region
from tests.app.conftest import FakeJob, StubDesk
from tests.experiment.made_experiment import MadeExperiment


@pytest.fixture
def own(runs: Path, tmp_path: Path, region: Region, monkeypatch: pytest.MonkeyPatch) -> Views:
    """Views of copies of the runs that a test may change."""
    for run in ("first", "second", "stopped.partial"):
        shutil.copytree(runs / run, tmp_path / run)
    monkeypatch.setattr("simulator.record.restart.read_region", lambda folder: region)
    return Views(Desk(tmp_path), Hub())


def request(query: str = "", **path: str) -> Request:
    return Request(
        {"type": "http", "method": "GET", "path": "/", "headers": [], "path_params": path,
         "query_string": query.encode()}
    )  # fmt: skip


@pytest.mark.parametrize("beside", ["", "with=stopped", "other=stopped"])
def test_what_is_read_while_a_run_ends_is_read_again(
    own: Views, tmp_path: Path, beside: str
) -> None:
    """The run itself, or the one beside it: it gets another folder, and its maps read as NaN."""
    asked: list[str] = []

    def values(views: Views, _: Request) -> list[float]:
        run = views.run("stopped")
        asked.append(run.path.name)
        if len(asked) == 1:
            run.path.rename(tmp_path / "stopped")
        return run.history.content.sel(year=2022).values[0, 0, 3, 4:6].tolist()

    answer = give(own, values, request(beside, run="first" if beside else "stopped"))
    assert asked == ["stopped.partial", "stopped"]
    assert np.isfinite(json.loads(bytes(answer.body))).all()


def test_limits_are_there_again_when_the_region_is(
    own: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(run: object) -> None:
        raise InputError(Problem("region", "is not there", "", ""))

    with monkeypatch.context() as patch:
        patch.setattr("analysis.app.views.has_region", lambda run: False)
        patch.setattr("analysis.layers.atlas.control_layer_of", gone)
        before = own.stamp("first")
        assert "Capacity and risk" in own.atlas("first").missing
    assert own.stamp("first") != before
    assert "Capacity and risk" not in own.atlas("first").missing


def test_pictures_hold_for_good_and_words_do_not(own: Views) -> None:
    """Words may say that the region is not there; it may come back."""
    asked = request(f"layer=content&v={own.stamp('first')}", run="first")
    held = [
        give(own, handler, asked).headers["cache-control"]
        for handler in (api_runs.map_png, api_runs.legend_of)
    ]
    assert ["immutable" in words for words in held] == [True, False]


def test_runs_begun_in_the_same_second_have_stamps_of_their_own(own: Views) -> None:
    first, second = own.run("first"), own.run("second")
    second.manifest["created"] = first.manifest["created"]
    assert stamp_of(first) != stamp_of(second)


def test_a_layer_that_the_run_beside_has_not_has_its_own_scale(own: Views) -> None:
    """A run that kept totals only has no maps of fluxes."""
    alone = give(own, api_runs.legend_of, request("layer=input&metal=Zn", run="first"))
    beside = give(
        own, api_runs.legend_of, request("layer=input&metal=Zn&with=stopped", run="first")
    )
    assert bytes(alone.body) == bytes(beside.body)


def test_what_holds_an_older_state_of_a_run_is_forgotten(own: Views, tmp_path: Path) -> None:
    own.cell("stopped", 3, 4, "Cd")
    own.cell("first", 3, 4, "Cd")
    own.stack("stopped", "coal-1")
    before = own.atlas("stopped")
    (tmp_path / "stopped.partial").rename(tmp_path / "stopped")
    text = (tmp_path / "stopped" / "manifest.json").read_text("utf-8")
    (tmp_path / "stopped" / "manifest.json").write_text(
        text.replace('"status": "unfinished"', '"status": "finished"'), "utf-8"
    )
    assert own.atlas("stopped") is not before
    assert (len(own._cells), len(own._stacks), len(own._atlases)) == (1, 0, 1)


def test_a_broken_run_hides_no_other(own: Views, tmp_path: Path) -> None:
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "manifest.json").write_text('{"format": 2}', "utf-8")
    assert {entry.name for entry in own.desk.runs()} == {"first", "second", "stopped"}
    assert set(own.desk.related("first")) == {"second", "stopped"}


def test_files_that_are_gone_are_told_in_words(own: Views, tmp_path: Path) -> None:
    (tmp_path / "first" / "parcels.parquet").unlink()
    with pytest.raises(OSError, match="parcels") as raised:
        give(own, api_runs.shapes, request(run="first"))
    told = json.loads(bytes(_unreadable(request(), raised.value).body))["error"]["what"]
    assert told.startswith("what is asked for cannot be read: ")


def test_an_experiment_that_was_made_anew_is_another(runs: Path, tmp_path: Path) -> None:
    """As many members as before, and in the same folder; or all done, and moved."""
    desk = StubDesk(runs)
    views = Views(desk, Hub())
    first = views.chances("made")
    assert views.chances("made") is first
    asked = request("option=clean&metal=Cd", name="made")
    give(views, api_experiments.chance_png, asked)
    again = MadeExperiment(
        runs / "made", lambda x, k, seed: 100.0, options=("as it is", "clean"), samples=20,
        replicates=2,
    )  # fmt: skip
    assert len(again.members_done) == len(first.folder.members_done)
    again.manifest |= {"created": "2026-01-01T00:00:00+00:00"}
    desk._made = again
    assert views.chances("made") is not first
    give(views, api_experiments.chance_png, asked)
    assert len(views.pictures) == 2  # not that of the one before
    moved = views.chances("made")
    again.path = tmp_path / "made"
    assert views.chances("made") is not moved


# --- news of jobs ---------------------------------------------------------------------------------


async def _first(hub: Hub) -> dict:
    stream = hub.stream()
    async for text in stream:
        if text.startswith(b"data: "):
            await stream.aclose()
            return json.loads(text[6:])
    raise AssertionError("the stream ended")


def test_a_page_is_told_how_a_job_stands_when_it_is_told() -> None:
    """Not how it stood when it changed: an older status that comes late does no harm."""
    hub, job = Hub(), FakeJob("run")
    hub.follow("run", job)
    job.status = Status("finished", 2026, 2020, 2026, "finished")
    job.watchers[0](Status("running", 2025, 2020, 2026, "simulates 2025"))
    # in a thread: tests in a browser leave a loop running in this one
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(lambda: asyncio.run(_first(hub))).result(10)
    assert told["run"]["phase"] == "finished"
