"""The server as it runs: over HTTP, on a port of this computer."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from analysis.app.serve import Server, open_socket


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def words(self) -> str:
        """Error in words."""
        return str(self.json["error"]["what"])


@dataclass(frozen=True)
class Browser:
    """Asks as a page of the server does; headers may say otherwise."""

    port: int

    def get(self, path: str, **headers: str | None) -> Reply:
        return self.ask("GET", path, b"", headers)

    def post(self, path: str, body: object = None, **headers: str | None) -> Reply:
        own = {"content-type": "application/json", "x-metalscape": "1"}
        return self.ask("POST", path, json.dumps(body or {}).encode(), {**own, **headers})

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str | None]) -> Reply:
        path = path.replace(" ", "%20")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"host": f"127.0.0.1:{self.port}", **named}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.putrequest(method, path, skip_host=True)
            for name, value in {**sent, "content-length": str(len(body))}.items():
                if value is not None:
                    connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, content)


def asked(browser: Browser, path: str) -> Any:
    """Answer to a question that is in order."""
    reply = browser.get(f"/api/{path}")
    assert reply.status == 200, reply.body
    return reply.json


@contextmanager
def served(make: Any, hub: Any = None) -> Iterator[Browser]:
    """Serve the application that ``make(port)`` gives, in a thread."""
    listening = open_socket(0)
    port = listening.getsockname()[1]
    application: ASGIApp = make(port)
    up = threading.Event()
    config = uvicorn.Config(application, log_level="critical", ws="none", lifespan="on")
    server = Server(config, up.set, (lambda: None) if hub is None else hub.close)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    assert up.wait(10)
    try:
        yield Browser(port)
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
        assert not thread.is_alive(), "the server does not end"
