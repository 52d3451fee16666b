"""What the charts have in common: colours, sizes, titles, legends that cover nothing."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.report.numbers import number

#: Colours of Okabe and Ito, readable without red and green.
BLUE, ORANGE, VERMILION, GREEN = "#0072b2", "#e69f00", "#d55e00", "#009e73"
INK, FAINT, GROUND = "#22262a", "#8b949c", "#e4e8ea"
#: Of what is told apart by name, in this order; the rest together is :data:`FAINT`.
COLOURS: Final = (BLUE, ORANGE, GREEN, "#cc79a7", "#56b4e9", VERMILION, "#f0e442")

WIDTH: Final = 7.2  # inch
ROW: Final = 0.3  # inch, of a bar
_LABEL: Final = 40  # characters
_WRAP: Final = 100


def one_panel(height: float, width: float = WIDTH) -> tuple[Figure, Axes]:
    """Figure with one chart; sizes in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    tidy(axes)
    return figure, axes


def tidy(axes: Axes) -> None:
    """Leave the frame away where nothing is read."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)


def label(axes: Axes, x: str = "", y: str = "") -> None:
    """Name the axes."""
    axes.set_xlabel(x, fontsize=9)
    axes.set_ylabel(y, fontsize=9)


def title(axes: Axes, text: str) -> None:
    """Title on the left."""
    axes.set_title(text, loc="left", fontsize=10)


def year_axis(axes: Axes, first: int, last: int) -> None:
    """Years from the first to the last one, whole ones as ticks."""
    axes.set_xlim(first, max(last, first + 1))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8, steps=[1, 2, 5, 10]))


def legend_below(axes: Axes, columns: int) -> None:
    """Legend below the chart; long names are broken."""
    handles, names = axes.get_legend_handles_labels()
    if handles:
        axes.figure.legend(
            handles, [textwrap.fill(n, _WRAP) for n in names], loc="outside lower left",
            ncols=columns, fontsize=8, frameon=False,
        )  # fmt: skip


def name_rows(axes: Axes, names: Sequence[str]) -> None:
    """Names of horizontal bars, the first one on top."""
    axes.set_yticks(np.arange(len(names)), [textwrap.shorten(n, _LABEL) for n in names])
    axes.set_ylim(len(names) - 0.5, -0.5)


def others(count: int) -> str:
    """Name of what is not told apart."""
    return f"{count} others"


def colour_of(k: int, name: str) -> str:
    """Colour of the ``k``-th thing, or of :func:`others`."""
    return FAINT if name.endswith(" others") else COLOURS[k]


def signed(value: float) -> str:
    """Number with its sign."""
    return f"+{number(value)}" if value > 0.0 else number(value)
