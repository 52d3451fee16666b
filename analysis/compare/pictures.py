"""Charts of a comparison: overload and content over the years, what stocks differ by."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.compare.align import Comparison
from analysis.compare.attribution import RESIDUAL, STOCK
from analysis.compare.lattices import wrapped
from analysis.report.numbers import signed

#: Colours after Okabe and Ito, dashes and marks of the runs, the reference first.
_STYLES: Final = (
    ("#000000", "-", "o"),
    ("#d55e00", (0, (5, 2)), "s"),
    ("#0072b2", (0, (1, 1.2)), "^"),
    ("#009e73", (0, (6, 2, 1, 2)), "D"),
    ("#cc79a7", (0, (3, 1)), "v"),
    ("#b07d00", (0, (8, 2)), "P"),
    ("#56b4e9", (0, (4, 1, 1, 1, 1, 1)), "X"),
    ("#7a5195", (0, (2, 2)), "*"),
)
_SERIES: Final = {
    "overload_share": ("Overloaded share of the land with a limit", "%", 100.0),
    "mean_content_mg_kg": ("Mean content", "mg kg$^{-1}$", 1.0),
}
#: Most items of a chart that have a bar of their own, and the least of the largest that they are.
BARS: Final = 10
_SMALL: Final = 0.01
_GAIN, _LOSS, _TOTAL = "#c8500a", "#0072b2", "#59616a"


def series_chart(comparison: Comparison, series: pd.DataFrame, metal: str) -> Figure:
    """Overloaded share and mean content of a metal over the years, a line a run."""
    figure = Figure(figsize=(10.0, 3.8), layout="constrained")
    rows = series[series["metal"] == metal]
    for axes, (column, (title, unit, scale)) in zip(
        figure.subplots(1, len(_SERIES)), _SERIES.items(), strict=True
    ):
        ends = []
        for name, (colour, dash, mark) in zip(comparison.names, _STYLES, strict=False):
            line = rows[rows["run"] == name]
            values = scale * line[column].to_numpy()
            every = max(1, len(line) // 5)
            axes.plot(
                line["year"], values, color=colour, linestyle=dash, marker=mark, markersize=4,
                markevery=every, linewidth=1.6, label=name,
            )  # fmt: skip
            ends.append(float(values[-1]))
        _name_ends(axes, comparison, ends)
        axes.set_title(f"{metal}: {title[0].lower()}{title[1:]} ({unit})", fontsize=10, loc="left")
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=9)
        axes.margins(x=0.01)
        axes.ticklabel_format(axis="y", useOffset=False)
        axes.xaxis.get_major_locator().set_params(integer=True)
    return figure


def difference_bars(comparison: Comparison, parts: pd.DataFrame, title: str) -> Figure:
    """What the stock differs by from the reference: a panel a run, a row an item.

    Parameters
    ----------
    comparison : Comparison
        The runs.
    parts : pandas.DataFrame
        Rows of one metal, scope and kind of item; see :class:`Attribution`.
    title : str
        What they are of.
    """
    table = main_items(parts)
    columns = len(table.columns)
    size = (2.6 + 2.3 * columns, 1.5 + 0.27 * len(table))
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(1, columns, sharey=True, sharex=True, squeeze=False)[0]
    place = np.arange(len(table))[::-1]
    for axes, name in zip(panels, table.columns, strict=True):
        values = table[name].to_numpy()
        colours = np.where(values > 0.0, _GAIN, _LOSS)
        colours[-1] = _TOTAL
        bars = axes.barh(place, values, color=colours, height=0.65)
        axes.bar_label(bars, _signed(values), fontsize=7, padding=2)
        axes.axvline(0.0, color="0.3", linewidth=0.8)
        axes.set_title(wrapped(str(name)), fontsize=9)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0, labelsize=8)
        axes.tick_params(axis="x", labelsize=8)
        axes.margins(x=0.22)
    panels[0].set_yticks(place, table.index.tolist())
    figure.supxlabel(f"difference from {comparison.reference} (g ha$^{{-1}}$)", fontsize=9)
    figure.suptitle(title, fontsize=10)
    return figure


def main_items(parts: pd.DataFrame) -> pd.DataFrame:
    """Items that make most of the difference of stock, the others together, and all.

    Parameters
    ----------
    parts : pandas.DataFrame
        Rows of one metal, scope and kind of item; see :class:`Attribution`.

    Returns
    -------
    pandas.DataFrame
        By label, a column a run, the largest difference first; the last row is the sum of the
        others. [g ha-1]
    """
    table = parts.pivot_table(index="item", columns="run", values="difference_g_ha", sort=False)
    labels = dict(zip(parts["item"], parts["label"], strict=True))
    whole = table.loc[[STOCK]].rename(index={STOCK: "All together"})
    table = table.drop([STOCK, RESIDUAL]).rename(index=labels)
    size = table.abs().max(axis=1).sort_values(ascending=False, kind="stable")
    largest = size.index[(size > _SMALL * size.max())][:BARS]
    rest = table.drop(largest)
    rest = rest[(rest != 0.0).any(axis=1)]
    if len(rest) > 1:
        name = f"{len(rest)} others"
        rest = pd.DataFrame([rest.sum()], index=[name])
    return pd.concat([table.loc[largest], rest, whole])


def _name_ends(axes: Axes, comparison: Comparison, ends: Sequence[float]) -> None:
    """Write the names of the runs beside the ends of their lines, apart from each other."""
    low, high = axes.get_ylim()
    places = _apart(ends, 0.075 * (high - low), (low, high))
    for name, (colour, _, _), end, place in zip(
        comparison.names, _STYLES, ends, places, strict=False
    ):
        axes.annotate(
            wrapped(name), (comparison.end, end), (1.03, (place - low) / (high - low)),
            textcoords="axes fraction", fontsize=8, color=colour, va="center",
            arrowprops={
                "arrowstyle": "-", "color": colour, "linewidth": 0.6, "relpos": (0.0, 0.5),
            },
        )  # fmt: skip


def _apart(values: Sequence[float], least: float, bounds: tuple[float, float]) -> list[float]:
    """Places as near to the values as their order, a distance and bounds allow."""
    order = np.argsort(values, kind="stable")
    ladder = least * np.arange(len(values))
    # Distances are taken off first: what is left has to rise, as in isotonic regression.
    level = np.array(values, dtype=np.float64)[order] - ladder
    blocks: list[list[float]] = []
    for value in level.tolist():
        blocks.append([value])
        while len(blocks) > 1 and np.mean(blocks[-2]) > np.mean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    rising = np.concatenate([np.full(len(b), np.mean(b)) for b in blocks])
    places = np.empty(len(values))
    places[order] = np.clip(rising, bounds[0], bounds[1] - ladder[-1]) + ladder
    return [float(p) for p in places]


def _signed(values: NDArray[np.float64]) -> list[str]:
    """Numbers with their signs, as exact as the largest of them needs with three digits."""
    largest = float(np.abs(values).max())
    decimals = 2 - math.floor(math.log10(largest)) if largest > 0.0 else 0
    return [signed(float(v), max(0, decimals)) for v in values]
