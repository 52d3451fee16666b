"""What was costly to make is kept for a while."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

T = TypeVar("T")


def _one(value: Any) -> int:
    return 1


class Cache(Generic[T]):
    """Values by key; those not asked for the longest go first. Safe between threads.

    A value is made once, however many ask for it at the same time; the others wait for it. A
    failure is not kept.

    Parameters
    ----------
    capacity : int
        Sum of sizes that is kept; the value made last always is.
    size : callable
        Size of a value; 1 by default, so that values are counted.
    """

    def __init__(self, capacity: int, size: Callable[[T], int] = _one) -> None:
        self.capacity, self.size = capacity, size
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._making: dict[Hashable, Future[T]] = {}
        self._sum = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Value of a key, made if it is not there."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            future = self._making.get(key)
            mine = future is None
            if future is None:
                future = self._making[key] = Future()
        if mine:
            self._make(key, make, future)
        return future.result()

    def _make(self, key: Hashable, make: Callable[[], T], future: Future[T]) -> None:
        try:
            value = make()
        except BaseException as error:
            with self._lock:
                del self._making[key]
            future.set_exception(error)
            return
        with self._lock:
            del self._making[key]
            self._values[key] = value
            self._sum += self.size(value)
            while self._sum > self.capacity and len(self._values) > 1:
                _, old = self._values.popitem(last=False)
                self._sum -= self.size(old)
        future.set_result(value)

    def drop(self, unwanted: Callable[[Any], bool]) -> None:
        """Forget the values of some keys."""
        with self._lock:
            for key in [key for key in self._values if unwanted(key)]:
                self._sum -= self.size(self._values.pop(key))

    def __len__(self) -> int:
        return len(self._values)
