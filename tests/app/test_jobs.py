"""What the page tells the runs that are being computed, and what it hears of them."""

from __future__ import annotations

import json
import socket

import pytest

from analysis.desk import Choice, Status
from tests.app.client import Browser, asked
from tests.app.conftest import StubDesk


def test_jobs_are_begun(browser: Browser, desk: StubDesk) -> None:
    start = {"kind": "start", "scenario": "taizhou-baseline", "name": "mine"}
    assert browser.post("/api/jobs", start).json == {"name": "mine"}
    assert browser.post("/api/jobs", {"kind": "resume", "run": "stopped"}).status == 201
    plan = {
        "choices": [{"policy": "clean-air", "strength": 0.5}],
        "levers": {"manure": 0.5, "path": "compact"},
        "close": ["coal-1"],
    }
    branch = {"kind": "branch", "run": "first", "at": 2022, "plan": plan}
    assert browser.post("/api/jobs", branch).json == {"name": "first-2022"}
    started, resumed, branched = desk.begun[-3:]
    assert (started, resumed) == (("start", "taizhou-baseline"), ("resume",))
    assert branched[:3] == ("branch", "first", 2022)
    assert branched[3].choices == (Choice("clean-air", 0.5, 1.0),)
    levers = {setting.lever: setting.value for setting in branched[3].levers}
    assert levers == {"manure": 0.5, "path": "compact"}
    assert branched[3].close == ("coal-1",)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"kind": "stop"}, 400),
        ({"kind": "start", "scenario": "../x.toml"}, 404),
        ({"kind": "start", "scenario": "/etc/passwd"}, 404),
        ({"kind": "resume", "run": "../x"}, 404),
        ({"kind": "resume", "run": "stopped", "more": 1}, 400),
        ({"kind": "branch", "run": "first", "at": "soon", "plan": {}}, 400),
        ({"kind": "branch", "run": "nowhere", "at": 2022, "plan": {}}, 404),
        ([1, 2], 400),
        ({"kind": "start", "scenario": "x" * 70_000}, 400),
    ],
)
def test_wrong_jobs_are_refused_in_words(browser: Browser, desk: StubDesk, body, status) -> None:
    begun = len(desk.begun)
    reply = browser.post("/api/jobs", body)
    assert reply.status == status
    assert reply.words
    assert len(desk.begun) == begun


def test_jobs_are_told_what_to_do(browser: Browser, desk: StubDesk) -> None:
    job = desk.fake["stopped"]
    job.told.clear()
    for command in ("step", "go", "pause", "close"):
        assert browser.post(f"/api/jobs/stopped/{command}").json["phase"] == "ready"
    assert browser.post("/api/jobs/stopped/go", {"until": 2024}).status == 200
    assert job.told == ["step", ("go", None), "pause", "close", ("go", 2024)]
    assert browser.post("/api/jobs/stopped/explode").status == 404
    assert browser.post("/api/jobs/nobody/step").status == 404
    assert asked(browser, "jobs")["stopped"]["year"] == 2022


def test_a_plan_is_told_in_words(browser: Browser) -> None:
    plan = {"levers": {"manure": 0.5}}
    told = browser.post("/api/plan", {"run": "first", "at": 2022, "plan": plan}).json
    assert told["sentence"] == "Manure 50 % of what it would be."
    assert told["problems"] == []
    late = browser.post("/api/plan", {"run": "first", "at": 2030, "plan": plan}).json
    assert "2030" in late["problems"][0]["where"]


def test_the_library_has_policies_levers_and_sources(browser: Browser) -> None:
    library = asked(browser, "library?run=first")
    levers = {lever["key"]: lever for lever in library["levers"]}
    assert levers["manure"]["default"] == 1.0
    assert levers["manure"]["options"] is None
    assert ["compact", "compact"] in levers["path"]["options"]
    assert {"id", "name", "sector"} == library["sources"][0].keys()
    costs = {policy["name"]: policy["cost"] for policy in library["policies"]}
    assert costs["clean-farming"] == "300 million CNY once, 265 million CNY a year"
    assert "orders of magnitude" in library["cost_remark"]


def test_events_tell_how_things_stand_and_each_change(browser: Browser, desk: StubDesk) -> None:
    job = desk.fake["stopped"]
    with socket.create_connection(("127.0.0.1", browser.port), timeout=10) as line:
        host = f"127.0.0.1:{browser.port}"
        line.sendall(f"GET /api/events HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        stream = line.makefile("rb")

        def told() -> dict:
            for text in stream:
                if text.startswith(b"data: "):
                    return json.loads(text[6:])
            raise AssertionError("the stream ended")

        begin = told()["stopped"]
        assert (begin["year"], begin["error"]) == (2022, None)
        job.become(Status("running", 2023, 2020, 2026, "simulates 2023", error="a <b> \n c"))
        news = told()["stopped"]
        assert (news["phase"], news["year"], news["error"]) == ("running", 2023, "a <b> \n c")
    job.become(Status("ready", 2022, 2020, 2026, "at the beginning of 2022"))
