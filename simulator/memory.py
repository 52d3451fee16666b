"""What was computed is kept for a while: recorded years do not change."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

import numpy as np

T = TypeVar("T")

#: What an entry counts beside its arrays. [byte]
_SMALL: Final = 1024


class Memory:
    """Results by a key, the longest unused forgotten first; safe to share among threads.

    Two threads that ask for the same at the same time may both compute it. Arrays become read-only,
    since they are handed out again.

    Parameters
    ----------
    limit : int
        Size of what is kept. [byte]
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, key: Hashable, compute: Callable[[], T]) -> T:
        """Return what is kept under a key; compute it where there is nothing."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                found: T = self._kept[key][0]
                return found
        value = compute()
        size = _size(value)
        with self._lock:
            self._drop(key)
            self._kept[key] = value, size
            self.size += size
            while self.size > self.limit and len(self._kept) > 1:
                self._drop(next(iter(self._kept)))
        return value

    def __contains__(self, key: Hashable) -> bool:
        return key in self._kept

    def _drop(self, key: Hashable) -> None:
        if key in self._kept:
            self.size -= self._kept.pop(key)[1]


def _size(value: Any) -> int:
    """Bytes of an array or of arrays; they become read-only."""
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
        return value.nbytes
    if isinstance(value, dict):
        return _SMALL + sum(_size(v) for v in value.values())
    if isinstance(value, tuple):
        return _SMALL + sum(_size(v) for v in value)
    return _SMALL
