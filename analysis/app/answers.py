"""From what a handler gives to an answer that the browser may keep."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from analysis.app.encode import answer
from analysis.app.views import Views

Handler = Callable[[Views, Request], Any]

_FOR_GOOD: Final = "private, max-age=604800, immutable"
_ASK_AGAIN: Final = "private, no-cache"


def give(views: Views, handler: Handler, request: Request) -> Response:
    """Answer of a handler: a response, or what becomes JSON.

    An answer to a request that names the runs' stamps (``v``) holds for good, so that the browser
    need not ask again; any other is asked for again, and not sent twice.
    """
    given = _found(views, handler, request)
    response = given if isinstance(given, Response) else answer(given)
    tag = f'"{hashlib.blake2b(bytes(response.body), digest_size=12).hexdigest()}"'
    headers = {
        "cache-control": _FOR_GOOD if _holds(views, request) else _ASK_AGAIN,
        "etag": tag,
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return response


def _found(views: Views, handler: Handler, request: Request) -> Any:
    """What a handler finds, again where the run was finished, and so moved, meanwhile."""
    name = request.path_params.get("run")
    if name is None:
        return handler(views, request)
    views.run(name)  # in words if it is not there
    return views.desk.read(name, lambda run: handler(views, request))


def png(content: bytes) -> Response:
    """Picture as an answer."""
    return Response(content, media_type="image/png")


def _holds(views: Views, request: Request) -> bool:
    """Whether a request says which states of its runs it is about, and they are these."""
    said = request.query_params.get("v")
    if said is None or "run" not in request.path_params:
        return False
    beside = request.query_params.get("other") or request.query_params.get("with")
    names = [request.path_params["run"], *([beside] if beside else [])]
    return said == "-".join(views.stamp(name) for name in names)
