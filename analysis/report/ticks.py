"""Round values for axes."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from itertools import pairwise

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
