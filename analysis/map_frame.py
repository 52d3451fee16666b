"""What all maps of a run share: size, axes, scale bar, districts, sources, water, title."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from analysis.layers.colours import WATER
from analysis.report.mapping import point_sources
from analysis.runs import content, grid_of, run_name, years_of
from simulator.constants import LAND_CLASSES, METALS, WATER_CLASS
from simulator.record import RunFolder
from simulator.region.model import Grid

#: No colour of the palettes.
NO_SOIL: Final = "#ffffff"
_MARKERS: Final = "^sDovPX*<>"


def new_figure(grid: Grid, panels: int) -> tuple[Figure, list[Axes]]:
    """Figure with panels beside each other, for maps of a grid."""
    rows, cols = grid.shape
    height = float(np.clip(5.4 * rows / cols, 3.5, 8.0))
    figure = Figure(figsize=(6.6 * panels, height + 1.2), layout="constrained")
    axes = figure.subplots(1, panels, squeeze=False)[0]
    return figure, list(axes)


def axes_in_km(axes: Axes, extent: tuple[float, float, float, float]) -> None:
    """Label the axes of a map, and draw its scale bar."""
    axes.set_xlabel("easting (km)", fontsize=8)
    axes.set_ylabel("northing (km)", fontsize=8)
    axes.tick_params(labelsize=8)
    axes.ticklabel_format(useOffset=False, style="plain")
    scale_bar(axes, extent)


def extent_of(grid: Grid) -> tuple[float, float, float, float]:
    """Edges of a grid as matplotlib wants them. [km]."""
    x_min, y_min, x_max, y_max = (edge / 1000.0 for edge in grid.bounds)
    return x_min, x_max, y_min, y_max


def finish(
    figure: Figure,
    panels: list[Axes],
    run: RunFolder,
    metal: str | None,
    year: int,
    handles: Sequence[Artist] = (),
) -> None:
    """Add sources, legend, title and what the reader must know of the data."""
    handles = [*handles, *([] if metal is None else _draw_sources(panels, run, metal, year))]
    handles.append(Patch(facecolor=WATER, edgecolor="none", label="mostly water"))
    if not np.isfinite(content(run, METALS[0], year)).all():
        handles.append(Patch(facecolor=NO_SOIL, edgecolor="0.7", label="no soil data"))
    columns = 5 if len(panels) > 1 else 3
    figure.legend(
        handles=handles, loc="outside lower center", ncols=columns, fontsize=8, frameon=False
    )
    figure.suptitle(run_title(run), fontsize=11)


def run_title(run: RunFolder) -> str:
    """Region and name of a run, and what of the region is illustrative."""
    manifest = run.manifest
    title = f"{manifest['region']['title']} \N{EN DASH} {run_name(run)}"
    if manifest["illustrative"]:
        title += f"\nillustrative: {', '.join(manifest['illustrative'])}"
    return title


def _draw_sources(panels: list[Axes], run: RunFolder, metal: str, year: int) -> list[Artist]:
    """Draw the sources of a metal that lie on the map, a sign for each sector."""
    # at the start those of the first year
    before = max(year, int(years_of(run)[0]) + 1)
    grid, sources = grid_of(run), point_sources(run, metal, before)
    places = zip(sources["x"], sources["y"], strict=True)
    inside = np.array([grid.cell_of(x, y) is not None for x, y in places], dtype=bool)
    handles: list[Artist] = []
    sources = sources[inside]
    for i, (sector, group) in enumerate(sources.groupby("sector", sort=True)):
        style: dict[str, Any] = {
            "marker": _MARKERS[i % len(_MARKERS)],
            "markersize": 6.5,
            "markerfacecolor": "white",
            "markeredgecolor": "black",
            "linestyle": "none",
        }
        for axes in panels:
            axes.plot(group["x"] / 1000.0, group["y"] / 1000.0, zorder=5, **style)
        handles.append(Line2D([], [], label=f"{sector} ({len(group)})", **style))
    if (~inside).any():
        outside = f"{(~inside).sum()} more sources outside the map"
        handles.append(Line2D([], [], linestyle="none", label=outside))
    return handles


def draw_borders(axes: Axes, run: RunFolder) -> None:
    """Draw the borders of districts."""
    borders = district_borders(run.history["district"].values, grid_of(run))
    axes.add_collection(LineCollection(list(borders), colors="0.25", linewidths=0.5, zorder=3))


def mostly_water(run: RunFolder, year: int) -> NDArray[np.bool_]:
    """Where water covers more than half of the cell in a year, ``[row, col]``."""
    share = run.history["open_share"].sel(year=year)
    water: NDArray[np.bool_] = share.isel(land_class=LAND_CLASSES.index(WATER_CLASS)).values > 0.5
    return water


def district_borders(district: NDArray[np.integer], grid: Grid) -> NDArray[np.float64]:
    """Sides of cells between two districts, ``[side, end, (x, y)]``. [km].

    Parameters
    ----------
    district : ndarray of int ``[row, col]``
        District numbers, 0 outside.
    grid : Grid
        The cells.
    """
    edges_x = (grid.x_min + np.arange(grid.shape[1] + 1) * grid.cell_size) / 1000.0
    edges_y = (grid.y_max - np.arange(grid.shape[0] + 1) * grid.cell_size) / 1000.0
    row, col = np.nonzero(district[:, 1:] != district[:, :-1])
    upright = [[edges_x[col + 1], edges_y[row]], [edges_x[col + 1], edges_y[row + 1]]]
    below, beside = np.nonzero(district[1:] != district[:-1])
    level = [[edges_x[beside], edges_y[below + 1]], [edges_x[beside + 1], edges_y[below + 1]]]
    return np.concatenate([np.moveaxis(np.array(s), -1, 0) for s in (upright, level)])


def scale_bar(axes: Axes, extent: tuple[float, float, float, float]) -> None:
    """Bar of a round length, about a fifth of the width, in the lower left corner. [km]."""
    x_min, x_max, y_min, y_max = extent
    length = _round_length((x_max - x_min) / 5.0)
    x, y = x_min + 0.04 * (x_max - x_min), y_min + 0.03 * (y_max - y_min)
    height = 0.009 * (y_max - y_min)
    box = Rectangle(
        (x - 0.02 * (x_max - x_min), y_min + 0.012 * (y_max - y_min)),
        length + 0.04 * (x_max - x_min), 0.075 * (y_max - y_min),
        facecolor="white", edgecolor="none", alpha=0.8, zorder=4,
    )  # fmt: skip
    axes.add_patch(box)
    for k, colour in enumerate(("black", "white")):
        axes.add_patch(
            Rectangle(
                (x + k * length / 2.0, y), length / 2.0, height,
                facecolor=colour, edgecolor="black", linewidth=0.7, zorder=5,
            )
        )  # fmt: skip
    axes.text(
        x + length / 2.0, y + 1.7 * height, f"{length:g} km", ha="center", fontsize=8, zorder=5
    )


def _round_length(length: float) -> float:
    """Largest of 1, 2 or 5 times a power of ten that is not longer than ``length``."""
    power = 10.0 ** math.floor(math.log10(length))
    return next(f * power for f in (5.0, 2.0, 1.0) if f * power <= length)
