"""News of the jobs, for every page that listens: server-sent events."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from analysis.app.encode import as_json, plain

if TYPE_CHECKING:
    from analysis.desk import Job, Status

#: A comment is sent when there was nothing to tell for so long, so that nobody hangs up. [s]
KEEP_ALIVE: Final = 15.0


def status_told(status: Status) -> dict[str, Any]:
    """Status of a job as the pages read it: no error is null, and no text."""
    return {**plain(status), "error": status.error or None}


class _Listener:
    """What one page has not been told yet: the jobs that changed."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.changed: set[str] = set()
        self.woken = asyncio.Event()

    def wake(self, *names: str) -> None:
        """Say that there is news of some jobs, from any thread."""

        def take() -> None:
            self.changed.update(names)
            self.woken.set()

        try:
            self.loop.call_soon_threadsafe(take)
        except RuntimeError:  # the loop is closed: nobody listens any more
            return


class Hub:
    """Passes the status of jobs on to the pages that listen.

    Jobs tell from their own threads that they changed; how they stand is read when a page is told.
    So no page ends with an older status than the last, and one that is slow gets fewer of them.
    """

    def __init__(self) -> None:
        self._listeners: set[_Listener] = set()
        self._followed: dict[str, tuple[Job, Callable[[], None]]] = {}
        self._lock = threading.Lock()
        self._closed = False

    def follow(self, name: str, job: Job) -> None:
        """Pass on what a job tells from now on; a job of the same name before it is let go."""

        def told(_: Status) -> None:
            self._wake(name)

        with self._lock:
            known = self._followed.get(name)
            if known is not None:
                if known[0] is job:
                    return
                known[1]()
            self._followed[name] = (job, job.watch(told))
        self._wake(name)

    def statuses(self, names: Iterable[str] | None = None) -> dict[str, Any]:
        """Status of jobs that are followed, as the pages read it; of all by default."""
        with self._lock:
            jobs = {name: job for name, (job, _) in self._followed.items()}
        wanted = jobs if names is None else jobs.keys() & set(names)
        return {name: status_told(jobs[name].status) for name in wanted}

    def _wake(self, *names: str) -> None:
        for listener in list(self._listeners):
            listener.wake(*names)

    async def stream(self) -> AsyncIterator[bytes]:
        """Events for one page: first how things stand, then each change, until the end."""
        listener = _Listener()
        self._listeners.add(listener)
        listener.changed.update(self.statuses())
        try:
            yield b"retry: 1000\n\n"
            while not self._closed:
                listener.woken.clear()
                names, listener.changed = listener.changed, set()
                news = self.statuses(names)
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
        self._wake()
