"""Who may ask: pages of this server in this computer's browser, and nobody else.

The server listens on this computer only, but any page that is open in the browser can send requests
to it. Three things keep those away: the name that the server is called by (a foreign name that was
made to point here is not ours), where the browser says that a request comes from, and a header that
a foreign page cannot send without asking first.
"""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from analysis.app.encode import refusal

#: Header that every POST carries. Pages from elsewhere may not send it: that takes a preflight
#: request, which is refused.
OWN_HEADER: Final = "x-metalscape"
#: Names of this computer for itself.
OWN_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
_READING: Final = ("GET", "HEAD")
_DEFAULT_PORT: Final = 80

#: What the browser is told with every answer.
SECURITY_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class Guard:
    """Lets only our own pages through, and adds the security headers to every answer.

    Parameters
    ----------
    app : ASGIApp
        What is guarded.
    port : int
        Port of the server.
    """

    def __init__(self, app: ASGIApp, port: int) -> None:
        self.app = app
        self.hosts = frozenset(host for name in OWN_NAMES for host in _with_port(name, port))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it in words."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # the page opens no sockets
            await send({"type": "websocket.close", "code": 1008})
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers[name] = value
            await send(message)

        why = why_refused(scope["method"], scope["path"], Headers(scope=scope), self.hosts)
        app = self.app if why is None else refusal(403, why)
        await app(scope, receive, send_with_headers)


def why_refused(method: str, path: str, headers: Headers, hosts: frozenset[str]) -> str | None:
    """Say why a request is refused; None if it is not.

    Parameters
    ----------
    method, path : str
        Of the request.
    headers : Headers
        Of the request.
    hosts : frozenset of str
        What the server may be called: names with the port.
    """
    called = [host.lower() for host in headers.getlist("host")]
    if len(called) != 1 or called[0] not in hosts:
        return "the server answers to the address that it printed when it started, and to no other"
    if any(origin != f"http://{called[0]}" for origin in headers.getlist("origin")):
        return "the request comes from a page of another origin"
    site = headers.get("sec-fetch-site", "none")
    if site not in ("none", "same-origin") and not _opens_the_page(method, path, headers):
        return "the request comes from a page of another site"
    if method not in _READING:
        if method != "POST":
            return "the server knows GET and POST only"
        if OWN_HEADER not in headers:
            return "what changes something needs the header X-Metalscape: 1"
        if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return "what changes something needs the header Content-Type: application/json"
    return None


def _opens_the_page(method: str, path: str, headers: Headers) -> bool:
    """Whether a link elsewhere opens the page: that shows it, and tells nothing to who links."""
    return (
        method == "GET"
        and path == "/"
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )


def _with_port(name: str, port: int) -> list[str]:
    return [f"{name}:{port}", *([name] if port == _DEFAULT_PORT else [])]
