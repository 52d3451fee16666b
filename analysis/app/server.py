"""The server as a whole: files of the page, questions to the runs, errors in words."""

from __future__ import annotations

import mimetypes
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from analysis.app import api_cells, api_experiments, api_jobs, api_runs, api_stacks
from analysis.app.answers import give
from analysis.app.encode import failure, refusal
from analysis.app.guard import Guard
from analysis.app.hub import Hub
from analysis.app.views import Views
from analysis.report.page import PALETTE
from simulator.errors import MetalscapeError

if TYPE_CHECKING:
    from analysis.desk import Desk

STATIC: Final = Path(__file__).parent / "static"


class _Files(StaticFiles):
    """Files of the page; the browser asks each time whether they are still the same."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "no-cache"
        return response


def create_app(desk: Desk, port: int, hub: Hub | None = None, first: str | None = None) -> ASGIApp:
    """Application that serves a desk to the pages of one port.

    Parameters
    ----------
    desk : Desk
        Runs, experiments and jobs; closed when the application ends.
    port : int
        Port that it will be served on: questions to any other address are refused.
    hub : Hub, optional
        What tells the pages of the jobs.
    first : str, optional
        Run that will be looked at first: it is read while the browser starts.
    """
    # what a system says of these differs, and a browser runs no module of another type
    mimetypes.add_type("text/javascript", ".js")
    mimetypes.add_type("image/svg+xml", ".svg")
    views = Views(desk, hub or Hub())

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if first is not None:
            threading.Thread(target=views.warm, args=(first,), daemon=True).start()
        try:
            yield
        finally:
            views.hub.close()
            await run_in_threadpool(desk.close)

    reading = (
        *api_runs.ROUTES,
        *api_cells.ROUTES,
        *api_stacks.ROUTES,
        *api_experiments.ROUTES,
        *api_jobs.ROUTES,
    )
    routes = [
        *(Route(path, partial(give, views, function)) for path, function in reading),
        *(
            Route(path, partial(function, views), methods=[method])
            for path, function, method in api_jobs.DIRECT_ROUTES
        ),
        Route("/favicon.ico", _favicon),
        Route("/palette.css", _palette),
        Mount("/", _Files(directory=STATIC, html=True)),
    ]
    handlers: dict[Any, Any] = {
        MetalscapeError: _foreseen,
        OSError: _unreadable,
        HTTPException: _unanswered,
        Exception: _unforeseen,
    }
    return Guard(Starlette(routes=routes, exception_handlers=handlers, lifespan=lifespan), port)


def _favicon(request: Request) -> Response:
    return FileResponse(STATIC / "favicon.svg")


def _palette(request: Request) -> Response:
    return FileResponse(PALETTE, headers={"cache-control": "no-cache"})


def _foreseen(request: Request, error: MetalscapeError) -> Response:
    return failure(error)


def _unreadable(request: Request, error: OSError) -> Response:
    place = f"{error.filename}: " if error.filename else ""
    return refusal(409, f"what is asked for cannot be read: {place}{error.strerror or error}")


def _unanswered(request: Request, error: HTTPException) -> Response:
    words = {404: "there is nothing at this address", 405: "this address does not take that"}
    return refusal(error.status_code, words.get(error.status_code, error.detail))


def _unforeseen(request: Request, error: Exception) -> Response:
    """Say what went wrong; the terminal that the server runs in has the traceback."""
    return refusal(500, f"the program failed: {type(error).__name__}: {error}")
