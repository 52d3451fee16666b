"""Geometry of charts: what is drawn in per cent of the plot, what is said as text.

``charts.html.j2`` turns it into inline SVG that stretches with the page, and HTML text that keeps
its size on every screen and can be read aloud, searched and translated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

from analysis.report.numbers import number, short, signed, with_decimals
from analysis.report.ticks import ticks

#: Zero is on an axis unless the values span less than this share of the largest.
_LEAST_SPAN: Final = 0.25
#: Room beyond the longest bar, as a share of the axis.
_MARGIN: Final = 0.03
#: Least distance between the names at the ends of lines. [% of the plot]
_APART: Final = 11.0
#: Dashes of lines, so that they are not told apart by colour alone.
DASHES: Final = ("none", "7 3", "2 3", "10 3 2 3", "14 4", "5 2", "1 2", "8 2 2 2 2 2")


@dataclass(frozen=True)
class Tick:
    """A tick of an axis: where and what it says."""

    at: float  #: [%]
    text: str


@dataclass(frozen=True)
class Row:
    """A bar with its name and number.

    Attributes
    ----------
    label, text : str
        Name and number.
    kind : str
        ``sum``, ``gain`` or ``loss``.
    left, width : float
        Extent of the bar. [%]
    end : float
        Where it ends, and the next one begins. [%]
    marked : bool
        Whether it is drawn as a mark at its end, since the axis does not begin at zero.
    """

    label: str
    text: str
    kind: str
    left: float
    width: float
    end: float
    marked: bool = False


@dataclass(frozen=True)
class BarChart:
    """Bars under one axis; ``zero`` is where it is zero, None if that is not on it. [%]."""

    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    zero: float | None
    unit: str
    linked: bool


def waterfall(
    start: tuple[str, float],
    steps: Sequence[tuple[str, float]],
    end: tuple[str, float],
    unit: str,
) -> BarChart:
    """Start, what was added and taken away, end.

    Parameters
    ----------
    start, end : (str, float)
        Name and value.
    steps : sequence of (str, float)
        Names and changes in their order; each begins where the one before ended.
    unit : str
        Display unit.
    """
    levels = np.cumsum([start[1], *(value for _, value in steps)])
    axis = _Axis.around([*levels.tolist(), end[1]])
    marked = axis.low > 0.0 or axis.high < 0.0
    decimals = _decimals([value for _, value in steps] or [start[1]], _largest([start[1], end[1]]))
    rows = [axis.total(*start, decimals, marked)]
    for (label, value), (old, new) in zip(steps, pairwise(levels.tolist()), strict=True):
        kind = "gain" if value >= 0.0 else "loss"
        rows.append(axis.bar(label, signed(value, decimals), kind, old, new))
    rows.append(axis.total(*end, decimals, marked))
    return BarChart(tuple(rows), axis.ticks, axis.zero, unit, linked=True)


def bars(values: Sequence[tuple[str, float]], unit: str) -> BarChart:
    """Bars from zero, in the order given; ``values`` are names and values of either sign."""
    axis = _Axis.around([0.0, *(v for _, v in values)])
    rows = [
        axis.bar(label, number(value), "gain" if value >= 0.0 else "loss", 0.0, value)
        for label, value in values
    ]
    return BarChart(tuple(rows), axis.ticks, axis.zero, unit, linked=False)


@dataclass(frozen=True)
class _Axis:
    """An axis of bars from ``low`` to ``high``."""

    low: float
    high: float

    @classmethod
    def around(cls, values: Sequence[float]) -> _Axis:
        """Axis that holds the values, and zero unless that would crush what is between them."""
        low, high = min(values), max(values)
        longest = max(abs(low), abs(high))
        if high - low >= _LEAST_SPAN * longest or longest == 0.0:
            low, high = min(low, 0.0), max(high, 0.0)
        room = _MARGIN * (high - low if high > low else longest or 1.0)
        return cls(low - room if low != 0.0 else 0.0, high + room if high != 0.0 else 0.0)

    @property
    def ticks(self) -> tuple[Tick, ...]:
        return tuple(Tick(self.at(t), short(t, 4)) for t in ticks(self.low, self.high, 4))

    @property
    def zero(self) -> float | None:
        return self.at(0.0) if self.low <= 0.0 <= self.high else None

    def at(self, value: float) -> float:
        span = self.high - self.low
        return 100.0 * (value - self.low) / span if span > 0.0 else 0.0

    def bar(self, label: str, text: str, kind: str, old: float, new: float) -> Row:
        left, right = sorted((self.at(old), self.at(new)))
        return Row(label, text, kind, left, right - left, self.at(new))

    def total(self, label: str, value: float, decimals: int, marked: bool) -> Row:
        base = self.low if marked else 0.0
        row = self.bar(label, with_decimals(value, decimals), "sum", base, value)
        return replace(row, marked=marked)


def _largest(values: Sequence[float]) -> float:
    return max((abs(v) for v in values), default=0.0)


def _decimals(steps: Sequence[float], total: float) -> int:
    """Decimals that show the largest step with two digits and the totals with three."""
    decimals = 0
    for value, digits in ((_largest(steps), 2), (total, 3)):
        if value > 0.0 and math.isfinite(value):
            decimals = max(decimals, digits - 1 - math.floor(math.log10(value)))
    return decimals


@dataclass(frozen=True)
class Curve:
    """A line: its name, pieces between gaps as SVG points, where its name stands at the end."""

    label: str
    pieces: tuple[str, ...]
    colour: str
    dash: str
    label_at: float  #: from the top [%]


@dataclass(frozen=True)
class Flag:
    """A marked year: its number in the chart, place from the left [%], and what it means."""

    number: int
    at: float
    text: str


@dataclass(frozen=True)
class LineChart:
    """Lines over years; ticks of ``y`` count from the top."""

    curves: tuple[Curve, ...]
    x: tuple[Tick, ...]
    y: tuple[Tick, ...]
    flags: tuple[Flag, ...]
    unit: str


def series(
    lines: Sequence[tuple[str, Sequence[float], Sequence[float]]],
    unit: str,
    marks: Sequence[tuple[int, str]] = (),
) -> LineChart:
    """Lines over years, named at their ends, with marked years.

    Parameters
    ----------
    lines : sequence of (str, years, values)
        Name, years and values, NaN where there is none. At most eight.
    unit : str
        Display unit.
    marks : sequence of (int, str)
        Years and why they are marked.
    """
    years = [y for _, line_years, _ in lines for y in line_years]
    values = [float(v) for _, _, line in lines for v in line if math.isfinite(v)] or [0.0]
    first, last = min(years), max(years)
    levels = _rounded(values)
    low, high = levels[0], levels[-1]

    def x(year: float) -> float:
        return 100.0 * (year - first) / (last - first) if last > first else 50.0

    def y(value: float) -> float:
        return 100.0 * (high - value) / (high - low)

    ends = [
        next((y(float(v)) for v in reversed(line) if math.isfinite(v)), 100.0)
        for _, _, line in lines
    ]
    curves = tuple(
        Curve(
            label, _pieces([(x(t), y(float(v))) for t, v in zip(line_years, line, strict=True)]),
            f"var(--c{k % len(DASHES)})", DASHES[k % len(DASHES)], place,
        )
        for k, ((label, line_years, line), place) in enumerate(
            zip(lines, _spread(ends, _APART), strict=True)
        )
    )  # fmt: skip
    places = [x(year) for year, _ in marks]
    flags = tuple(
        Flag(k, at, f"{year}: {text}")
        for k, (at, (year, text)) in enumerate(zip(places, marks, strict=True), start=1)
    )
    return LineChart(
        curves,
        tuple(Tick(x(t), f"{t:.0f}") for t in ticks(first, last, 5) if t == int(t)),
        tuple(Tick(y(t), short(t, 4)) for t in levels),
        flags,
        unit,
    )


def _rounded(values: Sequence[float]) -> list[float]:
    """Round values from below the smallest to above the largest; zero is one of them if near."""
    low, high = min(values), max(values)
    if low >= 0.0 and high - low >= _LEAST_SPAN * high:
        low = 0.0
    if high <= 0.0 and high - low >= _LEAST_SPAN * -low:
        high = 0.0
    if high == low == 0.0:
        high = 1.0  # nothing at all: of what is never negative as a rule
    if high == low:
        room = 0.1 * abs(high)
        low, high = low - room, high + room
    inner = ticks(low, high, 5)
    step = inner[1] - inner[0] if len(inner) > 1 else high - low
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [step * k for k in range(first, last + 1)]


def _pieces(points: Sequence[tuple[float, float]]) -> tuple[str, ...]:
    """Runs of finite points as SVG points, in a square of 1000. [% in]."""
    pieces: list[list[str]] = [[]]
    for x, y in points:
        if math.isfinite(y):
            pieces[-1].append(f"{10.0 * x:.1f},{10.0 * y:.1f}")
        elif pieces[-1]:
            pieces.append([])
    return tuple(" ".join(piece) for piece in pieces if piece)


def _spread(places: Sequence[float], apart: float) -> list[float]:
    """Move places apart, keeping their order, as little as one pass down and one up need."""
    order = sorted(range(len(places)), key=lambda k: (places[k], k))
    moved = list(places)
    for above, below in pairwise(order):
        moved[below] = max(moved[below], moved[above] + apart)
    if order and moved[order[-1]] > 100.0:
        moved[order[-1]] = 100.0
        for below, above in pairwise(reversed(order)):
            moved[above] = min(moved[above], moved[below] - apart)
    return moved
