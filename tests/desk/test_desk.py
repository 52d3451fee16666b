"""The desk: runs by their names only, live runs two at a time, branches of a plan."""

from __future__ import annotations

import shutil
import time

import numpy as np
import pytest

from analysis.desk import Choice, Plan, Setting
from simulator.errors import InputError, RunError
from simulator.record import RunFolder
from tests.desk.conftest import wait
from tests.record.runs import assert_same


@pytest.fixture
def finished(desk, straight, tmp_path):
    """Name of a finished run of the desk."""
    shutil.copytree(straight.path, tmp_path / "runs" / "straight")
    return "straight"


# -- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["../secret", "/etc", "..", ".", "", "a/b", "a\\b", "~", "straight.partial", "Straight.PARTIAL",
     "straight.replaced", "straight.", "x" * 81],
)  # fmt: skip
def test_what_is_no_name_is_refused(desk, finished, tmp_path, name):
    shutil.copytree(tmp_path / "runs" / "straight", tmp_path / "secret")
    for ask in (desk.open_run, desk.resume, desk.related, desk.open_experiment):
        with pytest.raises(InputError):
            ask(name)
    with pytest.raises(InputError):
        desk.start(str(tmp_path / "test.toml"))  # text is a name, never a path
    with pytest.raises(InputError):
        desk.branch(finished, 2022, Plan(), name)


def test_links_that_lead_out_are_as_good_as_not_there(desk, straight, tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "out").symlink_to(straight.path)
    halves = tmp_path / "runs" / "halves"
    halves.mkdir()
    (halves / "manifest.json").symlink_to(straight.path / "manifest.json")
    assert desk.runs() == []
    for name in ("out", "halves"):
        with pytest.raises(InputError, match="there is no such run"):
            desk.open_run(name)


def test_a_run_of_the_command_line_is_added_by_its_path(desk, straight, tmp_path):
    name = desk.add(straight.path)
    assert name == "straight"
    assert desk.add(str(straight.path)) == name
    assert desk.open_run(name).path == straight.path.resolve()
    shutil.copytree(straight.path, tmp_path / "elsewhere" / "straight")
    assert desk.add(tmp_path / "elsewhere" / "straight") == "straight-2"
    assert {entry.name for entry in desk.runs()} == {"straight", "straight-2"}
    assert desk.related("straight") == ["straight-2"]
    with pytest.raises(RunError):
        desk.add(tmp_path / "nowhere")


def test_entries_say_what_a_run_is(desk, finished):
    (entry,) = desk.runs()
    assert (entry.name, entry.title, entry.region) == ("straight", "Test", "testland")
    assert (entry.start, entry.until, entry.end) == (2020, 2026, 2026)
    assert entry.finished
    assert not entry.live
    assert "weather" in entry.illustrative
    assert any(s.name == "wuhan-baseline" for s in desk.scenarios())
    assert desk.experiments() == []


def test_a_row_that_is_half_written_is_not_read(straight, tmp_path):
    shutil.copytree(straight.path, tmp_path / "run")
    whole = RunFolder(tmp_path / "run")
    for table, torn in (("sources", "202"), ("events", "2025"), ("policies", "2025,clo")):
        with (tmp_path / "run" / f"{table}.csv").open("a") as file:
            file.write(torn)
        kept = getattr(straight, table)
        assert getattr(whole, table).equals(kept)
        assert len(kept)


def test_what_is_not_recorded_yet_cannot_be_opened(desk, finished, tmp_path):
    bare = tmp_path / "runs" / "bare.partial"
    shutil.copytree(tmp_path / "runs" / finished, bare)
    text = (bare / "manifest.json").read_text().replace('"finished"', '"unfinished"')
    (bare / "manifest.json").write_text(text)
    shutil.rmtree(bare / "checkpoint")
    with pytest.raises(RunError, match="nothing is recorded"):
        desk.open_run("bare")
    assert [entry.name for entry in desk.runs()] == [finished]


# -- live runs -------------------------------------------------------------------------------------


def test_a_live_run_is_read_as_it_grows(in_threads, desk, scenario_path, straight):
    job = desk.start(scenario_path)
    wait(job, "ready")
    assert job.name == "test"
    assert [(e.name, e.until, e.live) for e in desk.runs()] == [("test", 2020, True)]
    first = desk.open_run("test")
    assert desk.open_run("test") is first
    job.step()
    wait(job, "ready")
    second = desk.open_run("test")
    assert second is not first
    assert second.recorded_until == 2021
    assert desk.resume("test") is job  # it is live: nothing to resume
    job.close()
    assert not desk.runs()[0].live
    again = desk.resume("test")
    assert again is not job
    again.go()
    assert again.wait(60)
    assert again.status.phase == "finished"
    assert_same(straight, desk.open_run("test"))
    with pytest.raises(InputError, match="finished"):
        desk.resume("test")
    assert desk.start(scenario_path).name == "test-2"


def test_two_at_once_and_the_next_when_one_is_over(in_threads, desk, scenario_path):
    first, second, third = (desk.start(scenario_path) for _ in range(3))
    assert [job.name for job in desk.jobs()] == ["test", "test-2", "test-3"]
    assert third.status.phase == "queued"
    third.go()  # heard when it begins
    wait(first, "ready")
    wait(second, "ready")
    assert third.status.phase == "queued"
    first.close()
    assert third.wait(60)
    assert third.status.phase == "finished"
    desk.close()
    assert [job.status.phase for job in desk.jobs()] == ["closed", "closed", "finished"]


# -- branches --------------------------------------------------------------------------------------


def test_a_plan_without_strength_leaves_every_bit(in_threads, desk, finished, straight):
    nothing = Plan(choices=(Choice("clean-farming", strength=0.0),))
    job = desk.branch(finished, 2022, nothing)
    assert job.name == "straight-2022-clean-farming"
    assert job.title == "Test; from 2022: Clean farming at 0 % of its strength"
    assert job.wait(60)
    assert job.status.phase == "finished"
    branch = desk.open_run(job.name)
    assert_same_maps(straight, branch)
    assert desk.related(finished) == [job.name]


def test_a_plan_shows_from_its_year_on(in_threads, desk, finished, straight):
    plan = Plan(
        choices=(Choice("clean-farming"),),
        levers=(Setting("deposition_background", 0.5), Setting("path", "compact")),
        close=("coal-1",),
    )
    assert desk.branch_problems(finished, 2022, plan) == []
    job = desk.branch(finished, 2022, plan, "tried")
    assert job.wait(60)
    assert job.status.phase == "finished"
    before, after = straight.ledger, desk.open_run("tried").ledger
    for pathway in ("deposition_background", "manure"):
        ratio = after[pathway].sum(("y", "x")) / before[pathway].sum(("y", "x"))
        assert (ratio.sel(year=slice(None, 2021)) == 1.0).all()
    fallen = after["deposition_background"].sum() / before["deposition_background"].sum()
    assert fallen < 1.0
    late = {"metal": "Cd", "year": 2024}
    share = after["deposition_background"].sel(late) / before["deposition_background"].sel(late)
    assert float(share.max()) == pytest.approx(0.5)
    sources = desk.open_run("tried").sources
    assert sources[(sources["id"] == "coal-1") & (sources["year"] >= 2022)]["kg_per_yr"].sum() == 0


def test_what_is_wrong_with_a_branch_is_said_at_once(desk, finished, in_threads):
    for at, plan in ((2027, Plan()), (2022, Plan(choices=(Choice("nothing"),)))):
        assert desk.branch_problems(finished, at, plan)
        with pytest.raises(InputError):
            desk.branch(finished, at, plan)
    assert desk.branch_problems(finished, 2022, Plan(close=("no-such-works",)))
    assert desk.jobs() == []


def test_a_branch_waits_while_its_run_is_finished(in_threads, desk, scenario_path, straight):
    """The run gets another folder meanwhile."""
    run, other = desk.start(scenario_path), desk.start(scenario_path)
    run.go(until=2023)
    wait(other, "ready")
    until = time.monotonic() + 60
    while run.status.year != 2023 or run.status.phase != "ready":
        assert time.monotonic() < until, run.status
        time.sleep(0.005)
    branch = desk.branch("test", 2022, Plan(), "tried")
    assert branch.status.phase == "queued"
    run.go()
    assert run.wait(60)
    assert branch.wait(60)
    assert branch.status.phase == "finished", branch.status
    tried = desk.open_run("tried")
    assert tried.manifest["parent"]["folder"] == str(desk.open_run("test").path.resolve())
    assert_same_maps(straight, tried)


def test_a_name_is_free_again_where_nothing_came_of_it(in_threads, desk, scenario, monkeypatch):
    def broken(*_):
        raise MemoryError

    monkeypatch.setattr("analysis.desk.worker.prepare", broken)
    monkeypatch.setattr("analysis.desk.desk.builtin_scenarios", lambda: ["test"])
    monkeypatch.setattr("analysis.desk.desk.read_scenario", lambda name: scenario)
    first = desk.start("test")
    assert first.wait(30)
    assert first.status.phase == "failed"
    second = desk.start("test")
    assert second.name == "test"
    assert second is not first


def assert_same_maps(a, b):
    """Every number of the maps, bit for bit; a branch has more rows of interventions."""
    for left, right in ((a.history, b.history), (a.ledger, b.ledger)):
        for name in left.data_vars:
            if "year" in left[name].dims:
                assert np.array_equal(left[name].values, right[name].values, equal_nan=True), name
