"""A browser, and a server of the checkout's files with the page's security policy."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from tests.app.browser.program import Program, running
from tests.app.browser.reader import Reader
from tests.app.browser.world import CLOSING, LESS_MANURE, World, make_world

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[3]
#: As the app sends it; harnesses may make pictures themselves.
POLICY = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'"

#: For the browser there is nothing but this computer, which has one name more.
ALONE = (
    "--host-resolver-rules=MAP rebound.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, "
    "EXCLUDE localhost"
)


class _Files(http.server.SimpleHTTPRequestHandler):
    """Files of the checkout, and ``/plain.png?colour=red&wait=ms`` that is answered late."""

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path != "/plain.png":
            super().do_GET()
            return
        query = parse_qs(address.query)
        time.sleep(int(query["wait"][0]) / 1000)
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.end_headers()
        Image.new("RGB", (60, 60), query["colour"][0]).save(self.wfile, "png")

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """Address of a server of the checkout's files."""
    handler = functools.partial(_Files, directory=str(ROOT))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("there is no chromium on this machine")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu", ALONE]
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A region with two finished runs, ``base`` and ``other``, and an experiment."""
    made = make_world(tmp_path_factory.mktemp("world"))
    made.record(made.scenario("base", "As it is", interventions=[CLOSING]))
    made.record(made.scenario("other", "Less manure", interventions=[CLOSING, LESS_MANURE]))
    made.experiment(made.scenario("futures", "Futures"))
    return made


@pytest.fixture(scope="module")
def program(world: World) -> Iterator[Program]:
    """The program, with the list of all that is there."""
    with running(world.folder) as one:
        yield one


@pytest.fixture
def reader(browser: Browser, program: Program) -> Iterator[Reader]:
    """A reader of the program; nothing may have gone wrong when the test ends."""
    one = Reader(browser, program.base)
    yield one
    one.close()
