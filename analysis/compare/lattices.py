"""Maps of a comparison beside each other: runs by years, under one legend."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Patch
from numpy.typing import NDArray

from analysis.assessment.palette import OVERLOAD_CHANGE
from analysis.compare.align import Comparison
from analysis.compare.difference import Maps
from analysis.layers.colours import CHANGE_PALETTE, CONTENT_PALETTE, WATER
from analysis.layers.scales import Scale, about_zero, within
from analysis.map_frame import NO_SOIL, district_borders
from analysis.runs import control_layer

#: Width of all panels of a row, and the widths and heights of one. [inch]
_ROW: Final = 8.4
_WIDTHS: Final = (1.35, 3.0)
_HEIGHTS: Final = (0.9, 4.5)
#: Room for names, titles and legend. [inch]
_MARGINS: Final = (1.2, 0.8)
#: Most panels beside each other where they are not a year each.
_COLUMNS: Final = 3
_UNIT: Final = "mg kg$^{-1}$"
_NAME: Final = 20

#: What overload is in a run and in the reference: neither, the reference, the run, both.
OVERLOAD: Final = dict(
    zip(
        ("in neither", "only in the reference", "only in the run", "in both"),
        OVERLOAD_CHANGE.values(),
        strict=True,
    )
)


def content_lattice(comparison: Comparison, maps: Maps, metal: str) -> Figure:
    """Content of a metal: a row a run, a column a year."""
    values = maps.content[maps.metals.index(metal)]
    title = f"{metal} in the {control_layer(comparison.runs[0])}"
    scale = content_scale(values, maps.water)
    return _lattice(comparison, maps, values, comparison.names, scale, CONTENT_PALETTE, title)


def difference_lattice(comparison: Comparison, maps: Maps, metal: str) -> Figure:
    """Content less that of the reference: a row for each other run, a column a year."""
    values = maps.content[maps.metals.index(metal)]
    change = values[1:] - values[:1]
    layer = control_layer(comparison.runs[0])
    title = f"{metal} in the {layer}, difference from {comparison.reference}"
    scale = difference_scale(change, maps.water[1:])
    return _lattice(comparison, maps, change, comparison.others, scale, CHANGE_PALETTE, title)


def content_scale(values: NDArray[np.float32], water: NDArray[np.bool_]) -> Scale:
    """Scale of all maps together, without the few lowest and highest values."""
    return within(values[np.isfinite(values) & ~water])


def difference_scale(values: NDArray[np.float32], water: NDArray[np.bool_]) -> Scale:
    """Scale that is as long on either side of zero, without the few largest differences."""
    return about_zero(values[np.isfinite(values) & ~water])


def overload_maps(comparison: Comparison, maps: Maps, metal: str) -> Figure:
    """Where the limit is reached at the last mapped year, in a run, in the reference, in both."""
    over = maps.overload[maps.metals.index(metal), :, -1]
    panels = len(comparison.others)
    columns = min(panels, _COLUMNS)
    figure, axes = _panels(comparison, -(-panels // columns), columns)
    colours = ListedColormap(list(OVERLOAD.values()))
    for place, ax in enumerate(axes.reshape(-1)):
        if place >= panels:
            ax.set_visible(False)
            continue
        codes = over[0] + 2.0 * over[place + 1]
        water = maps.water[place + 1, -1]
        _draw(ax, comparison, codes, colours, Normalize(-0.5, 3.5), water)
        ax.set_title(wrapped(comparison.others[place]), fontsize=9)
    title = f"Overloaded with {metal} in {comparison.years[-1]}, reference {comparison.reference}"
    handles = [Patch(facecolor=c, edgecolor="0.5", label=n) for n, c in OVERLOAD.items()]
    handles += _ground("no soil data, or no limit")
    return _finish(figure, comparison, title, handles, columns=min(2 * columns, 4))


def _lattice(
    comparison: Comparison,
    maps: Maps,
    values: NDArray[np.float32],
    names: Sequence[str],
    scale: Scale,
    palette: str,
    title: str,
) -> Figure:
    figure, axes = _panels(comparison, len(names), len(comparison.years))
    water = maps.water[-len(names) :]
    norm = Normalize(scale.low, scale.high)
    for (row, column), ax in np.ndenumerate(axes):
        image = _draw(ax, comparison, values[row, column], palette, norm, water[row, column])
        if row == 0:
            ax.set_title(str(comparison.years[column]), fontsize=9)
        if column == 0:
            ax.set_ylabel(wrapped(names[row]), fontsize=8)
    bar = figure.colorbar(
        image, ax=list(axes.reshape(-1)), extend=scale.extend, shrink=min(1.0, 2.0 / len(names)),
        aspect=20, pad=0.015,
    )  # fmt: skip
    bar.set_label(_UNIT, fontsize=9)
    bar.ax.tick_params(labelsize=8)
    return _finish(figure, comparison, title, _ground("no soil data"), columns=3)


def _panels(comparison: Comparison, rows: int, columns: int) -> tuple[Figure, NDArray[np.object_]]:
    shape = comparison.grid.shape
    width = float(np.clip(_ROW / columns, *_WIDTHS))
    height = float(np.clip(width * shape[0] / shape[1], *_HEIGHTS))
    size = (columns * width + _MARGINS[0], rows * (height + 0.15) + _MARGINS[1])
    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False)


def _draw(
    axes: Axes,
    comparison: Comparison,
    values: NDArray[np.floating],
    palette: str | ListedColormap,
    norm: Normalize,
    water: NDArray[np.bool_],
) -> AxesImage:
    """Draw a map north up over its ground, with water and the borders of districts."""
    grid = comparison.grid
    x_min, y_min, x_max, y_max = (edge / 1000.0 for edge in grid.bounds)
    extent = (x_min, x_max, y_min, y_max)
    axes.set_facecolor(NO_SOIL)
    image = axes.imshow(values, extent=extent, cmap=palette, norm=norm, interpolation="nearest")
    blue = ListedColormap([WATER])
    wet = np.where(water, 1.0, np.nan)
    axes.imshow(wet, extent=extent, cmap=blue, vmin=0, vmax=1, interpolation="nearest")
    borders = district_borders(comparison.runs[0].history["district"].values, grid)
    axes.add_collection(LineCollection(list(borders), colors="0.25", linewidths=0.35))
    axes.set(xlim=extent[:2], ylim=extent[2:], xticks=[], yticks=[])
    axes.spines[:].set_linewidth(0.4)
    return image


def _finish(
    figure: Figure, comparison: Comparison, title: str, handles: list[Patch], columns: int
) -> Figure:
    figure.legend(
        handles=handles, loc="outside lower center", ncols=columns, fontsize=8, frameon=False
    )
    x_min, _, x_max, _ = comparison.grid.bounds
    width = f"each map is {(x_max - x_min) / 1000.0:.3g} km wide"
    figure.suptitle(f"{title}\n{width}".replace("$", r"\$"), fontsize=10)
    return figure


def _ground(blank: str) -> list[Patch]:
    return [
        Patch(facecolor=WATER, edgecolor="0.5", label="mostly water"),
        Patch(facecolor=NO_SOIL, edgecolor="0.5", label=blank),
    ]


def wrapped(name: str) -> str:
    """Wrap a name of a run; a dollar sign is no formula."""
    return textwrap.fill(name, _NAME).replace("$", r"\$")
