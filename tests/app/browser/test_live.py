"""Runs that are computed while one looks at them, branches, and what goes wrong with them."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simulator.record import RunFolder
from tests.app.browser.program import Program, running, until
from tests.app.browser.reader import Reader
from tests.app.browser.world import OVER, START, UNDER, YEARS, World
from tests.record.runs import assert_same

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.slow

LONG = 200
#: What a click may take while a run is computed on the same processors. [s]
PATIENCE = 3.0
#: What the browser says of a run that has no folder yet.
PREPARING = "status of 404"
#: A browser opens six connections to a server.
TABS = 8
STEP = ".timeline-buttons button >> nth=3"
GO = ".timeline-go"


@pytest.fixture(scope="module")
def straight(world: World, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The long scenario, computed without a stop."""
    scenario = world.scenario("long", "Long", years=LONG)
    world.write(scenario)
    elsewhere = World(tmp_path_factory.mktemp("straight"))
    elsewhere.record(scenario)
    return RunFolder(elsewhere.runs / "long")


@pytest.fixture
def live(
    browser: Browser, world: World, straight: RunFolder, tmp_path: Path
) -> Iterator[tuple[Reader, Program, Path]]:
    """The long scenario, started by the command, its page open at the first year."""
    with running(world.folder, "long.toml", "--runs", str(tmp_path / "runs")) as program:
        reader = Reader(browser, program.base)
        reader.page.goto(program.opened)
        reader.drawn()
        reader.says(".timeline-text", f"at the beginning of {START}")
        assert reader.text("#notices") == ""
        yield reader, program, tmp_path / "runs"
        if reader.context.pages:
            reader.close(allowed=(PREPARING,))


def year_of(program: Program, run: str = "long") -> int:
    return int(program.jobs()[run]["year"])


def phase_of(program: Program, run: str = "long") -> str:
    return str(program.jobs()[run]["phase"])


# --- step, go, pause ------------------------------------------------------------------------------


def test_step_go_pause_and_back_end_as_a_straight_run(
    live: tuple[Reader, Program, Path], straight: RunFolder
) -> None:
    reader, program, runs = live
    assert reader.cursor["year"] == str(START)
    for year in (START + 1, START + 2):
        reader.one(STEP).click()
        reader.becomes(year=year)  # who looks at the newest year goes with it
        reader.says("#caption", str(year))
    reader.press(",", ",")
    reader.becomes(year=START)
    reader.one(STEP).click()
    reader.becomes(year=START + 1)
    assert year_of(program) == START + 2  # it was there, nothing was computed
    reader.press("End")
    reader.becomes(year=START + 2)

    reader.click_cell(9, 2)
    reader.says("#why", "Cd is")
    reader.one(GO).click()
    reader.says(GO, "Pause")
    until(lambda: year_of(program) > START + 5 or reader.rest(), "goes")
    until(lambda: int(reader.cursor["year"]) > START + 5 or reader.rest(), "the page goes with it")
    taken = []
    for cell in (OVER, UNDER, (5, 5)):
        began = time.monotonic()
        reader.page.mouse.click(*reader.point(cell[1] + 0.5, cell[0] + 0.5))
        reader.says(".side h2", f"Cell {cell[0]}, {cell[1]}")
        reader.says("#why", "Cd is")
        taken.append(time.monotonic() - began)
    assert phase_of(program) == "running", "too few years to measure a click in"
    print("clicks while a run is computed:", " ".join(f"{t:.2f} s" for t in taken))
    assert max(taken) < PATIENCE
    reader.one(GO).click()
    until(lambda: phase_of(program) == "ready" or reader.rest(), "pauses")
    paused = year_of(program)
    assert paused < START + LONG
    reader.becomes(year=paused)
    reader.says(GO, "Go")
    assert (runs / "long.partial").is_dir()

    reader.press("Home")
    reader.becomes(year=START)
    reader.press("End", ".")
    reader.becomes(year=paused + 1)
    reader.press("Space")
    until(lambda: phase_of(program) == "finished" or reader.rest(), "ends", timeout=180.0)
    reader.becomes(year=START + LONG)
    reader.says(".timeline-text", "finished")
    reader.says(GO, "Play")
    assert_same(RunFolder(runs / "long"), straight)


def test_the_program_ends_in_the_middle_and_the_run_goes_on_later(
    browser: Browser, world: World, straight: RunFolder, tmp_path: Path
) -> None:
    runs = ("--runs", str(tmp_path / "runs"))
    with running(world.folder, "long.toml", *runs) as program:
        reader = Reader(browser, program.base)
        reader.page.goto(program.opened)
        reader.drawn()
        reader.one(GO).click()
        until(lambda: year_of(program) > START + 5 or reader.rest(), "goes")
        workers = program.workers()
        assert workers
    assert program.process.returncode == 0
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    reader.says(".notice.error", "does not answer")
    reader.one(".notice button").click()
    reader.press("3")
    reader.becomes(metal="Cr")
    reader.says(".notice.error", "does not answer")
    assert reader.text(".bar h1") == "Long"
    reader.close(allowed=(PREPARING, "ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING"))

    with running(world.folder, *runs) as program:
        reader = Reader(browser, program.base)
        reader.go()
        card = reader.one("li.card", has_text="Long")
        assert "stopped" in card.inner_text()
        card.get_by_role("button", name="Go on computing").click()
        reader.drawn()
        reader.says(".timeline-text", "at the beginning of")
        assert year_of(program) < START + LONG
        reader.press("End")
        reader.one(GO).click()
        until(lambda: phase_of(program) == "finished" or reader.rest(), "ends", timeout=180.0)
        reader.says(".timeline-text", "finished")
        reader.close()
    assert_same(RunFolder(tmp_path / "runs" / "long"), straight)


# --- many tabs ------------------------------------------------------------------------------------


def test_more_tabs_than_connections_share_one_stream(
    live: tuple[Reader, Program, Path],
) -> None:
    reader, program, _ = live
    leader, address = reader.page, reader.page.url
    others = [reader.new_page() for _ in range(TABS - 1)]
    for page in others:
        page.goto(address)
        page.locator(".legend .scale-title").wait_for()
    assert streams(reader) == 1
    reader.one(GO).click()
    until(lambda: year_of(program) > START + 3 or reader.rest(), "goes")
    for page in (leader, *others):
        until(lambda p=page: shown_year(p) > START + 3 or reader.rest(), "the tab hears of it")
    *_, last = others
    pictures = len([url for url in reader.asked if "map.png" in url])
    last.keyboard.press("3")
    last.locator("#caption", has_text="Cr").wait_for()
    until(
        lambda: (
            len([u for u in reader.asked if "map.png" in u and "metal=Cr" in u]) or reader.rest()
        ),
        "asks for a map",
    )
    assert len([url for url in reader.asked if "map.png" in url]) > pictures

    leader.close()
    reader.page = last
    until(lambda: streams(reader) == 2 or reader.rest(), "another has the stream")
    for page in others:
        page.locator(".timeline-text", has_text="finished").wait_for(timeout=180_000)
        until(lambda p=page: shown_year(p) == START + LONG or reader.rest(), "all years are there")
    assert streams(reader) == 2


def test_what_happens_between_two_streams_is_heard_of(
    live: tuple[Reader, Program, Path],
) -> None:
    """The tab with the stream closes while its follower is told of nothing."""
    reader, program, _ = live
    follower = reader.new_page()
    held: list[Route] = []
    reader.context.route("**/api/events", lambda route: held.append(route))
    follower.goto(reader.page.url)
    follower.locator(".legend .scale-title").wait_for()
    reader.page.close()
    until(lambda: held or follower.wait_for_timeout(30), "the follower wants the stream")
    program.client.post("/api/jobs/long/step", {})
    until(lambda: year_of(program) == START + 1)
    assert shown_year(follower) == START
    for route in held:
        route.continue_()
    until(lambda: shown_year(follower) == START + 1 or follower.wait_for_timeout(30), "hears of it")


def streams(reader: Reader) -> int:
    """How often the tabs of a reader have opened the stream of events."""
    return sum(url.endswith("/api/events") for url in reader.asked)


def shown_year(page: Page) -> int:
    return int(page.locator(".timeline-year").inner_text())


# --- branches -------------------------------------------------------------------------------------


@pytest.fixture
def branching(
    browser: Browser, world: World, tmp_path: Path
) -> Iterator[tuple[Reader, Program, Path]]:
    """The program over a copy of the run ``base``."""
    runs = tmp_path / "runs"
    shutil.copytree(world.runs / "base", runs / "base")
    with running(world.folder, "--runs", str(runs), "--experiments", str(tmp_path)) as program:
        reader = Reader(browser, program.base)
        yield reader, program, runs
        if reader.context.pages:
            reader.close()


def test_a_policy_is_tried_and_compared(branching: tuple[Reader, Program, Path]) -> None:
    reader, program, runs = branching
    at = START + YEARS // 2
    reader.open("base", year=at, layer="flux:manure", cell="{},{}".format(*UNDER))
    reader.one(".timeline-branch").click()
    dialog = reader.one("dialog[open]")
    begin = dialog.get_by_role("button", name=f"Run from {at}")
    assert begin.is_disabled()
    dialog.get_by_label("Clean farming").check()
    article = dialog.locator("article", has_text="Clean farming")
    assert "300 million CNY once, 265 million CNY a year" in article.inner_text()
    assert "orders of magnitude" in dialog.inner_text()
    strength = article.get_by_label("Strength")
    strength.fill("0.5")
    dialog.get_by_label("Manure, x").fill("0.2")
    reader.says("dialog[open] .sentence", "clean farming at 50 % of its strength")
    reader.says("dialog[open] .sentence", "manure 20 %")
    until(lambda: begin.is_enabled() or reader.rest(), "the plan is in order")
    begin.click()
    until(lambda: not reader.one("dialog[open]").count() or reader.rest(), "begins")
    name = until(lambda: next(iter(program.jobs()), None))
    until(lambda: name in reader.text(".timeline-others") or reader.rest(), "progress")
    until(lambda: phase_of(program, name) == "finished" or reader.rest(), "ends", timeout=180.0)

    reader.becomes(other=name, run="base")
    reader.drawn(2)
    reader.settled()
    assert reader.seen(0) != reader.seen(1)
    assert reader.one(".scale").count() == 1
    assert name in reader.one("#choose-other option").all_inner_texts()
    assert reader.text(".beside").startswith(name)
    until(lambda: reader.one("section.costs table").count() == 2 or reader.rest(), "costs")
    booked = RunFolder(runs / name).policies
    rows = reader.one("section.costs table").first.locator("tbody tr").all_inner_texts()
    shown = {row.split("\t")[0]: row.split("\t")[1:] for row in rows}
    told = shown["Clean farming"]
    assert float(told[-1]) == pytest.approx(booked["cost_million_cny"].sum(), rel=5e-3)
    feed = booked[booked["name"] == "copper, zinc and arsenic of feed"].iloc[-1]
    reach = float(shown[feed["name"]][0].removesuffix("\N{NO-BREAK SPACE}%"))
    assert reach == pytest.approx(100.0 * feed["reach"], abs=0.5)
    assert shown["manure x 0.2"][-1] == "not stated"  # of a lever
    assert "no cost stated" in reader.one("section.costs table caption").last.inner_text()
    assert reader.one("#tab-panel .chart-line .chart-curve").count() >= 2
    reader.one("#choose-show").select_option("difference")
    reader.drawn(1)
    assert reader.one("section.costs").is_visible()
    reader.says("#caption", f"{name} minus base")
    ticks = reader.ticks()
    assert ticks[0].lstrip("-\N{MINUS SIGN}") == ticks[-1].lstrip("+")
    assert RunFolder(runs / name).finished


def test_a_policy_that_comes_too_late_is_refused_in_words(
    branching: tuple[Reader, Program, Path],
) -> None:
    reader, program, _ = branching
    reader.open("base", year=START + YEARS - 1)
    reader.press("b")
    dialog = reader.one("dialog[open]")
    dialog.get_by_label("Soil care").check()
    reader.says("dialog[open] .problems", "Branch earlier")
    assert dialog.get_by_role("button", name="Run from").is_disabled()
    dialog.get_by_role("button", name="Cancel").click()
    until(lambda: not reader.one("dialog").count() or reader.rest(), "the dialog is gone")
    assert program.jobs() == {}


# --- what goes wrong ------------------------------------------------------------------------------


def test_a_process_that_is_killed_is_told_and_resumed(
    live: tuple[Reader, Program, Path], straight: RunFolder
) -> None:
    reader, program, runs = live
    reader.one(GO).click()
    until(lambda: year_of(program) > START + 3 or reader.rest(), "goes")
    for worker in program.workers():
        os.kill(worker, signal.SIGKILL)
    reader.says(".notice.error", "ended from outside (by signal 9)")
    reader.says(".timeline-text", "ended from outside")
    reader.says(GO, "Resume")
    reader.click_cell(*OVER)
    reader.says("#why", "Cd is")  # what was recorded can still be read
    reader.press("End")
    reader.one(GO).click()
    until(lambda: phase_of(program) == "ready" or reader.rest(), "is back", timeout=60.0)
    reader.says(GO, "Go")
    reader.press("End")
    reader.one(GO).click()
    until(lambda: phase_of(program) == "finished" or reader.rest(), "ends", timeout=180.0)
    assert_same(RunFolder(runs / "long"), straight)
    reader.close(allowed=(PREPARING, "ended from outside"))


def test_a_run_that_is_deleted_while_it_is_open(branching: tuple[Reader, Program, Path]) -> None:
    reader, _, runs = branching
    reader.open("base", cell="{},{}".format(*OVER))
    shutil.rmtree(runs / "base")
    reader.press(",")
    reader.says(".notice.error", "there is no such run")
    assert reader.text(".bar h1") == "As it is"
    reader.page.reload()
    reader.says(".empty", "There is no such run")
    reader.page.get_by_role("link", name="All runs and scenarios").click()
    reader.says("h2", "No runs yet")
    reader.close(allowed=("status of 404",))


def test_addresses_that_lead_nowhere(branching: tuple[Reader, Program, Path]) -> None:
    reader, _, _ = branching
    reader.go(run="bsae")
    reader.says(".notice.error", "there is no such run")
    reader.says(".empty", "bsae")
    reader.open("base", year=1990, metal="Xx", layer="nothing", depth=99, tab="nothing")
    reader.becomes(year=START, metal="As")
    reader.says("#caption", f"As, Content, 0-20 cm, {START}")
    reader.go(run="base", stack="nobody")
    reader.says(".notice.error", "nobody")
    reader.go(run="base", parcel="999999")
    reader.says(".notice.error", "999999")
    reader.drawn()
    reader.close(allowed=("status of 404", "status of 400"))
