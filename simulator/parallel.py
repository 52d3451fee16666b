"""Run a kernel over ranges of cells on several threads.

The kernels release the interpreter lock and write to their own cells only, so the split has no
influence on the bits.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

_BLOCK: Final = 8192


def default_threads() -> int:
    """Number of processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this platform
        return os.cpu_count() or 1


class Workers:
    """A pool of threads for ranges of cells.

    Parameters
    ----------
    threads : int, optional
        Number of threads; all processors by default.
    """

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads if threads is not None else default_threads()
        if self.threads < 1:
            raise ValueError(f"threads is {self.threads}; it must be at least 1")
        self._pool: ThreadPoolExecutor | None = None

    def run(self, function: Callable[[int, int], None], start: int, stop: int) -> None:
        """Call ``function(a, b)`` on ranges that make up ``start:stop``."""
        if self.threads == 1 or stop - start <= _BLOCK:
            function(start, stop)
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="cells")
        edges = [*range(start, stop, _BLOCK), stop]
        for future in [self._pool.submit(function, a, b) for a, b in itertools.pairwise(edges)]:
            future.result()

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def __getstate__(self) -> dict[str, object]:
        return {"threads": self.threads, "_pool": None}
