"""Kernels on several threads.

Kernels release the interpreter and work on a range of independent hours, parts or rows. Threads of
Python do for them what numba's own would, compile in half the time and may be nested.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba


def in_ranges(kernel: Callable[..., None], count: int, size: int, *arguments: Any) -> None:
    """Call ``kernel(first, stop, *arguments)`` for ranges that cover ``count``.

    Parameters
    ----------
    kernel : callable
        Compiled with ``nogil``; writes results of its own range only.
    count, size : int
        Number of units, and units in a range.
    *arguments
        Handed on.
    """
    starts = range(0, count, size)
    threads = min(numba.get_num_threads(), len(starts))
    if threads <= 1:
        for first in starts:
            kernel(first, min(first + size, count), *arguments)
        return
    with ThreadPoolExecutor(threads) as pool:
        calls = [
            pool.submit(kernel, first, min(first + size, count), *arguments) for first in starts
        ]
        for call in calls:
            call.result()
