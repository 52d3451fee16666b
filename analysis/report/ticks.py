"""Round values for axes."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.report.numbers import short


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten from ``low`` to ``high``, about so many.

    Examples
    --------
    >>> ticks(0.0, 1.0)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    rough = (high - low) / about
    if not rough > sys.float_info.min:
        return [low]
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= 0.999 * rough)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    decimals = max(0, -math.floor(math.log10(step)))
    return [round(k * step, decimals) for k in range(first, last + 1)]


#: Share of a colour bar that the number at an end takes, with a sign before it and without.
_SIGNED, _PLAIN = 0.25, 0.12
#: Before the number at an end of a colour bar that values lie beyond.
_BELOW, _ABOVE = "\N{LESS-THAN OR EQUAL TO} ", "\N{GREATER-THAN OR EQUAL TO} "
#: Numbers on a colour bar between its ends.
_ABOUT: Final = 4

Tick = tuple[float, str]


def bar_ticks(
    low: float,
    high: float,
    extend: tuple[bool, bool] = (False, False),
    write: Callable[[float], str] = short,
) -> list[Tick]:
    """Places along a colour bar from 0 to 1 and their numbers: its ends and what fits between.

    Parameters
    ----------
    low, high : float
        Values of its ends.
    extend : tuple of bool
        Whether there are values below ``low`` and above ``high``; the ends then say so.
    write : callable
        Writes a number.

    Examples
    --------
    >>> bar_ticks(0.0, 1.0)
    [(0.0, '0'), (0.5, '0.5'), (1.0, '1')]
    """
    span = high - low if high > low else 1.0
    inner = [((t - low) / span, t) for t in ticks(low, high, _ABOUT)]
    return _with_ends(low, high, inner, extend, write)


def log_ticks(
    low: float,
    high: float,
    extend: tuple[bool, bool] = (False, False),
    write: Callable[[float], str] = short,
) -> list[Tick]:
    """The same for a bar of logarithmic scale, whose ends are above zero and differ."""
    span = math.log10(high / low)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors = (1, 2, 5) if span < 1.5 else (1,)
    values = [float(f"{f}e{p}") for p in powers for f in factors]
    inner = [(math.log10(v / low) / span, v) for v in values if low < v < high]
    return _with_ends(low, high, inner, extend, write)


def _with_ends(
    low: float,
    high: float,
    inner: Sequence[tuple[float, float]],
    extend: tuple[bool, bool],
    write: Callable[[float], str],
) -> list[Tick]:
    """Ticks at the ends of a bar, and those between that leave room for them."""
    below, above = (_SIGNED if signed else _PLAIN for signed in extend)
    between_ends = [(p, write(v)) for p, v in inner if below < p < 1.0 - above]
    first, last = (_BELOW if extend[0] else ""), (_ABOVE if extend[1] else "")
    return [(0.0, f"{first}{write(low)}"), *between_ends, (1.0, f"{last}{write(high)}")]


def round_steps(values: NDArray[np.float64], most: int = 6) -> list[float]:
    """Edges of classes for positive values of any spread: 1, 2 or 5 times powers of ten.

    Of the range that holds nine tenths of them; only 1 and 3, or only powers of ten, where more
    than ``most`` would be needed.

    Examples
    --------
    >>> round_steps(np.array([0.5, 3.0, 30.0]))
    [1.0, 2.0, 5.0, 10.0, 20.0]
    """
    if values.size == 0:
        return []
    low, high = (float(v) for v in np.percentile(values, (5.0, 95.0)))
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    edges: list[float] = []
    for factors in ((1, 2, 5), (1, 3), (1,)):
        edges = [float(f"{f}e{p}") for p in powers for f in factors]
        edges = [e for e in edges if low < e < high]
        if len(edges) <= most:
            break
    return edges


def between(edges: Sequence[float]) -> list[str]:
    """Names of the classes above each edge: ``0–1``, ``1–2``, ``> 2``."""
    texts = [short(e) for e in edges]
    ranges = [f"{a}\N{EN DASH}{b}" for a, b in pairwise(texts)]
    return [*ranges, f"> {texts[-1]}"]
