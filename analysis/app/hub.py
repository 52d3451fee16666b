"""News of the jobs, for every page that listens: server-sent events."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, Final

from analysis.app.encode import as_json, plain

if TYPE_CHECKING:
    from analysis.desk import Status

#: A comment is sent when there was nothing to tell for so long, so that nobody hangs up. [s]
KEEP_ALIVE: Final = 15.0


def status_told(status: Status) -> dict[str, Any]:
    """Status of a job as the pages read it: no error is null, and no text."""
    return {**plain(status), "error": status.error or None}


class _Listener:
    """What one page has not been told yet: the latest status of each job."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.news: dict[str, Any] = {}
        self.woken = asyncio.Event()

    def tell(self, news: dict[str, Any]) -> None:
        """Take news, from any thread."""

        def take() -> None:
            self.news.update(news)
            self.woken.set()

        try:
            self.loop.call_soon_threadsafe(take)
        except RuntimeError:  # the loop is closed: nobody listens any more
            return


class Hub:
    """Passes the status of jobs on to the pages that listen.

    Jobs tell from their own threads. A page that is slow gets the latest status of each job and
    not every one.
    """

    def __init__(self) -> None:
        self._listeners: set[_Listener] = set()
        self._followed: dict[str, tuple[Any, Callable[[], None]]] = {}
        self._lock = threading.Lock()
        self._closed = False

    def follow(self, name: str, job: Any) -> None:
        """Pass on what a job tells from now on; a job of the same name before it is let go."""

        def told(status: Status) -> None:
            self._tell({name: status_told(status)})

        with self._lock:
            known = self._followed.get(name)
            if known is not None:
                if known[0] is job:
                    return
                known[1]()
            self._followed[name] = (job, job.watch(told))
        told(job.status)

    def _tell(self, news: dict[str, Any]) -> None:
        for listener in list(self._listeners):
            listener.tell(news)

    async def stream(self, now: dict[str, Any]) -> AsyncIterator[bytes]:
        """Events for one page: first how things stand, then each change, until the end.

        Parameters
        ----------
        now : dict
            Status by job.
        """
        listener = _Listener()
        listener.news.update(now)
        self._listeners.add(listener)
        try:
            yield b"retry: 1000\n\n"
            while not self._closed:
                news, listener.news = listener.news, {}
                listener.woken.clear()
                if news:
                    yield b"data: " + as_json(news) + b"\n\n"
                try:
                    await asyncio.wait_for(listener.woken.wait(), KEEP_ALIVE)
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """End all streams."""
        self._closed = True
        with self._lock:
            followed, self._followed = self._followed, {}
        for _, leave in followed.values():
            leave()
        self._tell({})
