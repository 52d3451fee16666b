"""Telling how far long work has come, to whoever listens.

Work deep inside the program says what it does (:func:`tell`); a front end listens
(:func:`listening`) and shows it. Without a listener nothing happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

#: Told the task in words, the units done and their number.
Listener = Callable[[str, float, float], None]

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Let ``listener`` hear of the work done within the block."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(task: str, done: float, total: float) -> None:
    """Say that ``done`` of ``total`` units of a task have been done."""
    listener = _listener.get()
    if listener is not None:
        listener(task, done, total)
