"""Serving the app on this computer: a port, the browser, and an orderly end."""

from __future__ import annotations

import errno
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import uvicorn

from analysis.app.hub import Hub
from analysis.app.server import create_app
from simulator.errors import InputError, Problem

if TYPE_CHECKING:
    from analysis.desk import Desk

HOST: Final = "127.0.0.1"
#: Ports that are tried where none is asked for.
PORTS: Final = range(8765, 8785)
#: Answers in the making get so long at the end. [s]
_GRACE: Final = 5


def serve(
    desk: Desk,
    port: int | None = None,
    run: str | None = None,
    browser: bool = True,
    say: Callable[[str], None] = print,
) -> None:
    """Serve the app until Ctrl-C; then end the years in hand and close the desk.

    Parameters
    ----------
    desk : Desk
        What is served.
    port : int, optional
        Port on this computer; the first free one from 8765 on by default.
    run : str, optional
        Name of the run that is opened; the list of all by default.
    browser : bool
        Open it in the browser.
    say : callable
        Prints a line.

    Raises
    ------
    InputError
        If the port is taken.
    """
    listening = open_socket(port)
    number = listening.getsockname()[1]
    address = f"http://{HOST}:{number}/" + (f"?{urlencode({'run': run})}" if run else "")
    hub = Hub()

    def ready() -> None:
        say(f"{address}\nCtrl-C ends it. Runs that are not finished are kept and can be resumed.")
        if browser and _has_screen():
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    def ending() -> None:
        hub.close()
        if not all(job.status.over for job in desk.jobs()):
            say("ending; a year in hand is finished first")

    config = uvicorn.Config(
        create_app(desk, number, hub, run),
        log_level="warning",
        access_log=False,
        server_header=False,
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=_GRACE,
    )
    try:
        Server(config, ready, ending).run(sockets=[listening])
    except KeyboardInterrupt:  # raised again by uvicorn once all is closed
        return
    finally:
        listening.close()


class Server(uvicorn.Server):
    """A server that says when it is ready and when it ends.

    Streams of events have no end of their own: they are ended before the server waits for the
    answers in the making.
    """

    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], None], ending: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._ready, self._ending = ready, ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then all."""
        self._ending()
        await super().shutdown(sockets)


def _has_screen() -> bool:
    """Whether a browser would open a window, and not take the terminal."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


def open_socket(port: int | None) -> socket.socket:
    """Socket that listens on this computer only.

    Raises
    ------
    InputError
        If the port is taken, or all that are tried.
    """
    for number in PORTS if port is None else (port,):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if os.name == "posix":  # elsewhere it would let two servers share a port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, number))
        except OSError as error:
            listening.close()
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            continue
        listening.listen()
        return listening
    tried = f"port {port}" if port is not None else f"ports {PORTS[0]} to {PORTS[-1]}"
    raise InputError(
        Problem(
            tried, "cannot be used: other programs listen there, or it is not allowed",
            "the app needs a port of its own", "Give another one: --port 9000.",
        )
    )  # fmt: skip
