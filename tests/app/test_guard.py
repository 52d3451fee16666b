"""Nobody but our own page may ask."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from analysis.app.guard import SECURITY_HEADERS, Guard
from tests.app.client import Browser, served


def greet(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


def fail(request: Request) -> PlainTextResponse:
    raise RuntimeError("on purpose")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    routes = [
        Route("/", greet), Route("/api/hello", greet, methods=["GET", "POST", "PUT"]),
        Route("/api/fail", fail),
    ]  # fmt: skip
    with served(lambda port: Guard(Starlette(routes=routes), port)) as one:
        yield one


def test_our_own_page_is_answered(browser: Browser) -> None:
    own = f"http://127.0.0.1:{browser.port}"
    assert browser.get("/api/hello").body == b"hello"
    assert browser.get("/api/hello", sec_fetch_site="same-origin").status == 200
    assert browser.get("/", sec_fetch_site="none").status == 200
    assert browser.post("/api/hello", origin=own).status == 200
    here = f"localhost:{browser.port}"
    assert browser.post("/api/hello", host=here, origin=f"http://{here}").status == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "0.0.0.0:{port}", ""],
)
def test_a_foreign_name_is_refused(browser: Browser, host: str) -> None:
    """Against DNS rebinding: a name of somebody else that points to this computer."""
    reply = browser.get("/api/hello", host=host.format(port=browser.port))
    assert reply.status == 403
    assert "address that it printed" in reply.words


def test_two_names_are_refused(browser: Browser) -> None:
    with socket.create_connection(("127.0.0.1", browser.port), timeout=10) as line:
        own = f"127.0.0.1:{browser.port}"
        line.sendall(
            f"GET /api/hello HTTP/1.1\r\nHost: {own}\r\nHost: evil.example\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        assert line.recv(64).split()[1] in (b"400", b"403")


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1:{port}",
     "http://localhost:{port}"],
)  # fmt: skip
@pytest.mark.parametrize("ask", [Browser.get, Browser.post])
def test_a_foreign_origin_is_refused(browser: Browser, ask, origin: str) -> None:
    reply = ask(browser, "/api/hello", origin=origin.format(port=browser.port))
    assert reply.status == 403
    assert "another origin" in reply.words


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
def test_another_site_is_refused(browser: Browser, site: str) -> None:
    """Pictures, too: ``<img>`` of a foreign page sends no Origin, but says where it stands."""
    for path in ("/", "/api/hello"):
        for more in ({}, {"sec_fetch_mode": "no-cors", "sec_fetch_dest": "image"}):
            assert browser.get(path, sec_fetch_site=site, **more).status == 403
    assert browser.post("/api/hello", sec_fetch_site=site).status == 403


def test_a_link_elsewhere_may_open_the_page_and_nothing_else(browser: Browser) -> None:
    link = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"}
    assert browser.get("/?run=a", sec_fetch_dest="document", **link).status == 200
    assert browser.get("/?run=a", sec_fetch_dest="iframe", **link).status == 403
    assert browser.get("/api/hello", sec_fetch_dest="document", **link).status == 403
    assert browser.post("/", sec_fetch_dest="document", **link).status == 403


def test_what_changes_something_needs_the_header_and_json(browser: Browser) -> None:
    assert "X-Metalscape" in browser.post("/api/hello", x_metalscape=None).words
    for kind in ("text/plain", "application/x-www-form-urlencoded", None):
        assert "application/json" in browser.post("/api/hello", content_type=kind).words
    json = "application/json; charset=utf-8"
    assert browser.post("/api/hello", content_type=json).status == 200


def test_other_methods_are_refused(browser: Browser) -> None:
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
        own = {"content-type": "application/json", "x-metalscape": "1"}
        reply = browser.ask(method, "/api/hello", b"", own)
        assert reply.status == 403
        assert "access-control-allow-origin" not in reply.headers


@pytest.mark.parametrize("path", ["/", "/api/hello", "/nowhere", "/api/fail"])
@pytest.mark.parametrize("host", [None, "evil.example"])
def test_every_answer_has_the_security_headers(browser: Browser, path: str, host) -> None:
    reply = browser.get(path, **({} if host is None else {"host": host}))
    assert SECURITY_HEADERS.items() <= reply.headers.items()
    policy = reply.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
