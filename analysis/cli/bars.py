"""Showing that work goes on: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from analysis.cli.console import console, say

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

#: Lines in place of a bar come no more often than this. [s]
_BETWEEN_LINES: Final = 10.0


@contextmanager
def preparing(what: str, quiet: bool, stderr: bool = False) -> Iterator[None]:
    """Say what takes a moment, and how far its longer parts have come; nothing when quiet."""
    from rich.progress import (
        BarColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from simulator.progress import listening

    if quiet:
        yield
        return
    out = console(stderr)
    if not out.is_terminal:
        with listening(_PartLines(out)):
            yield
        return
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(),
        TextColumn("gone,"), TimeRemainingColumn(), TextColumn("left"), console=out, transient=True,
    ) as bar:  # fmt: skip
        bar.add_task(f"{what} ...", total=None)
        with listening(_PartBars(bar)):
            yield


class _PartBars:
    """A bar for each task that is told of."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, task: str, done: float, total: float) -> None:
        if task not in self._tasks:
            self._tasks[task] = self._bar.add_task(task, total=total)
        self._bar.update(self._tasks[task], completed=done)


class _PartLines:
    """A line now and then on the task that is told of."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._last = self._began = time.monotonic()

    def __call__(self, task: str, done: float, total: float) -> None:
        now = time.monotonic()
        if now - self._last < _BETWEEN_LINES:
            return
        self._last = now
        text = f"{task}: {100.0 * done / total:.0f} %, {now - self._began:.0f} s gone"
        self._out.print(text, soft_wrap=True)


@contextmanager
def years_bar(start: int, end: int, quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """Progress over years: a bar on a terminal, a line now and then elsewhere.

    Gives what :meth:`simulator.model.Simulation.run` calls after each year.
    """
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    if quiet or end <= start:
        yield None
        return
    out = console()
    if not out.is_terminal:
        yield _lines(start, end)
        return
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("years,"),
        TimeElapsedColumn(), TextColumn("gone,"), TimeRemainingColumn(), TextColumn("left"),
        console=out,
    ) as bar:  # fmt: skip
        task = bar.add_task(str(start), total=end - start)
        yield lambda year: bar.update(task, completed=year + 1 - start, description=str(year))


def _lines(start: int, end: int) -> Callable[[int], None]:
    """Print a line after each tenth of the years."""
    began = time.monotonic()
    every = max(1, (end - start) // 10)

    def tell(year: int) -> None:
        done = year + 1 - start
        if done % every == 0 or year + 1 == end:
            gone = time.monotonic() - began
            left = gone / done * (end - start - done)
            say(f"{year}: {done} of {end - start} years, {gone:.1f} s gone, {left:.1f} s left")

    return tell


@contextmanager
def counting_bar(total: int, noun: str, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Progress of things that are done one by one: a bar on a terminal, lines elsewhere.

    Gives what is told how many are done.
    """
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    if quiet or total <= 0:
        yield lambda done: None
        return
    out = console()
    if not out.is_terminal:
        yield _count_lines(total, noun)
        return
    with Progress(
        BarColumn(), MofNCompleteColumn(), TextColumn(f"{noun},"), TimeElapsedColumn(),
        TextColumn("gone,"), TimeRemainingColumn(elapsed_when_finished=False), TextColumn("left"),
        console=out,
    ) as bar:  # fmt: skip
        task = bar.add_task(noun, total=total)
        yield lambda done: bar.update(task, completed=done)


def _count_lines(total: int, noun: str) -> Callable[[int], None]:
    """Print a line now and then, and at the end."""
    began = last = time.monotonic()

    def tell(done: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done < total and now - last < _BETWEEN_LINES:
            return
        last, gone = now, now - began
        left = gone / done * (total - done)
        say(f"{done} of {total} {noun}, {gone:.0f} s gone, {left:.0f} s left")

    return tell
