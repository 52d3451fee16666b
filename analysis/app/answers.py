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
_PNG: Final = "image/png"


def give(views: Views, handler: Handler, request: Request) -> Response:
    """Answer of a handler: a response, or what becomes JSON.

    A picture for a request that names the runs' stamps (``v``) holds for good, so that the browser
    need not ask again; anything else is asked for again, and not sent twice. Words may say that the
    region is not there, which stamps know nothing of.
    """
    given = _found(views, handler, request)
    response = given if isinstance(given, Response) else answer(given)
    tag = f'"{hashlib.blake2b(bytes(response.body), digest_size=12).hexdigest()}"'
    lasting = response.media_type == _PNG and _holds(views, request)
    headers = {
        "cache-control": _FOR_GOOD if lasting else _ASK_AGAIN,
        "etag": tag,
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return response


def _found(views: Views, handler: Handler, request: Request) -> Any:
    """What a handler finds, again where a folder that it read moved meanwhile.

    Runs and experiments move when they are finished, and maps that are not there read as no data.
    """
    folders = [views.run(name).path for name in _runs(request)]
    if "name" in request.path_params:
        folders.append(views.chances(request.path_params["name"]).folder.path)
    try:
        given = handler(views, request)
    except Exception:  # what is read of a folder that moves may fail in any way, or be empty
        if all(folder.is_dir() for folder in folders):
            raise
    else:
        if all(folder.is_dir() for folder in folders):
            return given
    return handler(views, request)


def _runs(request: Request) -> list[str]:
    """Runs that a request is about: its own, and the one beside it."""
    asked = request.query_params
    names = (request.path_params.get("run"), asked.get("other") or asked.get("with"))
    return [name for name in names if name] if names[0] else []


def png(content: bytes) -> Response:
    """Picture as an answer."""
    return Response(content, media_type=_PNG)


def _holds(views: Views, request: Request) -> bool:
    """Whether a request says which states of its runs it is about, and they are these."""
    said = request.query_params.get("v")
    return bool(said) and said == "-".join(views.stamp(name) for name in _runs(request))
