"""Beginning and ending: the port, the command, streams that end, jobs that are kept."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from analysis.app.cache import Cache
from analysis.app.hub import Hub
from analysis.app.serve import PORTS, open_socket
from analysis.app.server import create_app
from analysis.cli import app
from analysis.cli.browse import opened
from analysis.desk import Desk
from simulator.errors import InputError
from simulator.scenario import Scenario
from tests.app.client import served
from tests.app.conftest import FakeJob, StubDesk


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments])


# --- what the command opens -----------------------------------------------------------------------


def test_a_run_is_opened_by_name_or_path_finished_or_not(runs: Path) -> None:
    desk = StubDesk(runs)
    assert opened(desk, "first", runs) == "first"
    assert opened(desk, str(runs / "first"), runs) == "first"
    assert opened(desk, "stopped", runs) == "stopped"
    assert opened(desk, str(runs / "stopped.partial"), runs) == "stopped"
    elsewhere = StubDesk(runs / "nothing")
    assert opened(elsewhere, str(runs / "first"), runs / "nothing") == "first"
    assert elsewhere.open_run("first").path == runs / "first"


def test_a_scenario_is_started(
    runs: Path, make_scenario: Callable[..., Scenario], tmp_path: Path
) -> None:
    desk = StubDesk(runs)
    assert opened(desk, "taizhou-baseline", runs) == "taizhou-baseline"
    file = tmp_path / "mine.toml"
    file.write_text(make_scenario().to_toml(), encoding="utf-8")
    opened(desk, str(file), runs)
    assert desk.begun == [("start", "taizhou-baseline"), ("start", file)]


def test_what_is_neither_is_told_in_words(runs: Path, tmp_path: Path) -> None:
    result = call("app", "frist", "--runs", runs, "--no-browser")
    assert result.exit_code == 2
    assert "is neither a run nor a scenario" in result.output
    assert "Did you mean 'first'?" in result.output
    shutil.copytree(runs / "first", tmp_path / "my run")
    result = call("app", tmp_path / "my run", "--runs", runs, "--no-browser")
    assert result.exit_code == 2
    assert "'my run'" in result.output
    assert "is not the name of a run" in result.output
    result = call("app", tmp_path / "nowhere.toml", "--runs", runs, "--no-browser")
    assert result.exit_code == 2
    assert "nowhere.toml" in result.output


def test_a_scenario_that_is_not_in_order_is_told_before_anything_starts(tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text('name = "wrong"\nregion = "taizhou"\nyaers = 3\n', encoding="utf-8")
    result = call("app", file, "--runs", tmp_path, "--no-browser")
    assert result.exit_code == 2
    assert "yaers" in result.output


# --- the port -------------------------------------------------------------------------------------


def test_the_port_is_one_of_this_computer_only() -> None:
    with open_socket(0) as free:
        assert free.getsockname()[0] == "127.0.0.1"


def test_a_port_that_is_taken_is_left_alone() -> None:
    with open_socket(None) as one, open_socket(None) as other:
        numbers = {one.getsockname()[1], other.getsockname()[1]}
        assert len(numbers) == 2
        assert numbers <= set(PORTS)
        with pytest.raises(InputError, match="--port"):
            open_socket(one.getsockname()[1])


# --- the end --------------------------------------------------------------------------------------


def test_the_end_ends_the_streams_and_closes_the_desk(runs: Path) -> None:
    desk, hub = StubDesk(runs), Hub()
    with served(lambda port: create_app(desk, port, hub), hub) as browser:
        line = socket.create_connection(("127.0.0.1", browser.port), timeout=10)
        host = f"127.0.0.1:{browser.port}"
        line.sendall(f"GET /api/events HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert b"200" in line.recv(64)
    with line, line.makefile("rb") as rest:
        rest.read()  # to its end
    assert desk.closed


@pytest.mark.slow
def test_ctrl_c_ends_a_server_that_somebody_listens_to(runs: Path) -> None:
    """The command as it is run; it ends by itself, with a word and without a traceback."""
    code = "from analysis.cli import app; app()"
    command = [sys.executable, "-c", code, "app", "first", "--no-browser", "--runs", str(runs)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as server:  # fmt: skip
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        assert address.endswith("/?run=first")
        base = address.partition("/?")[0]
        stream = urllib.request.urlopen(f"{base}/api/events", timeout=10)
        threading.Timer(0.5, server.send_signal, (signal.SIGINT,)).start()
        stream.read()
        told = server.stdout.read()
    assert server.returncode == 0
    assert "Traceback" not in told


@pytest.mark.slow
def test_a_branch_is_computed_and_compared(runs: Path, tmp_path: Path) -> None:
    """From the page's POST to the branch's own maps, with a real process."""
    desk, hub = Desk(tmp_path), Hub()
    name = desk.add(runs / "second")
    with served(lambda port: create_app(desk, port, hub), hub) as browser:
        plan = {"levers": {"fertiliser": 0.5}}
        body = {"kind": "branch", "run": name, "at": 2022, "plan": plan, "name": "less"}
        assert browser.post("/api/jobs", body).json == {"name": "less"}
        until = time.monotonic() + 120.0
        while browser.get("/api/jobs").json["less"]["phase"] != "finished":
            assert time.monotonic() < until, browser.get("/api/jobs").json
            time.sleep(0.2)
        run = browser.get("/api/runs/less").json
        assert run["finished"]
        assert run["parent"]
        assert "less" in browser.get(f"/api/runs/{name}").json["related"]


# --- parts ----------------------------------------------------------------------------------------


def test_a_value_is_made_once_and_the_oldest_goes() -> None:
    made: list[str] = []
    cache: Cache[bytes] = Cache(10, len)

    def make(name: str, size: int) -> bytes:
        return cache.get(name, lambda: made.append(name) or b"x" * size)

    make("a", 4)
    make("b", 4)
    make("a", 4)
    assert made == ["a", "b"]
    make("c", 4)  # no room for three: b was not asked for the longest
    make("a", 4)
    make("b", 4)
    assert made == ["a", "b", "c", "b"]
    make("large", 99)
    assert len(cache) == 1


def test_many_who_ask_at_once_get_what_one_makes() -> None:
    cache: Cache[int] = Cache(4)
    begin, made, got = threading.Barrier(4), [], []

    def make() -> int:
        made.append(1)
        time.sleep(0.05)
        return 7

    def ask() -> None:
        begin.wait()
        got.append(cache.get("key", make))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (made, got) == ([1], [7] * 4)


def test_a_failure_is_told_to_all_and_not_kept() -> None:
    cache: Cache[int] = Cache(4)
    with pytest.raises(ZeroDivisionError):
        cache.get("key", lambda: 1 // 0)
    assert cache.get("key", lambda: 3) == 3


def test_a_job_of_the_same_name_takes_the_place_of_the_one_before() -> None:
    hub, one, other = Hub(), FakeJob("a"), FakeJob("a")
    hub.follow("a", one)
    hub.follow("a", one)
    assert len(one.watchers) == 1
    hub.follow("a", other)
    assert (len(one.watchers), len(other.watchers)) == (0, 1)
    hub.close()
    assert other.watchers == []
