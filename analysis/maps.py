"""Maps of a run as matplotlib figures: a content in a year, its change, and both side by side."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from analysis.runs import content, control_layer, grid_of, run_name, year_of, years_of
from simulator.constants import LAND_CLASSES, WATER_CLASS
from simulator.record import RunFolder
from simulator.region.model import Grid

#: Perceptually uniform palettes: contents, rises or falls only, changes of either sign
#: (the last after Moreland 2009, doi:10.1007/978-3-642-10520-3_9).
CONTENT_PALETTE: Final = "viridis"
RISE_PALETTE: Final = "plasma"
CHANGE_PALETTE: Final = "coolwarm"

#: Neither is a colour of the palettes: white beside a middle grey.
NO_SOIL: Final = "#ffffff"
WATER: Final = "#97a1ab"
_MARKERS: Final = "^sDovPX*<>"
#: Share of the values between the ends of a scale; what lies beyond is drawn in the end colour.
_WITHIN: Final = (2.0, 98.0)
_SOIL_UNIT: Final = "mg kg$^{-1}$"


def content_map(run: RunFolder, metal: str, year: int | None = None) -> Figure:
    """Map of the content of the control layer at the beginning of a year.

    Parameters
    ----------
    run : RunFolder
        The run.
    metal : str
        Symbol of the metal.
    year : int, optional
        A year of the history; the last one by default.

    Returns
    -------
    matplotlib.figure.Figure
        Not tied to any backend; ``savefig`` writes it.
    """
    year = year_of(run, year)
    figure, (axes,) = _figure(grid_of(run), 1)
    _draw_content(axes, run, metal, year)
    _finish(figure, [axes], run, metal, year)
    return figure


def change_map(
    run: RunFolder, metal: str, since: int | None = None, year: int | None = None
) -> Figure:
    """Map of the change of content of the control layer between two years of the history."""
    first = int(years_of(run)[0]) if since is None else year_of(run, since)
    year = year_of(run, year)
    figure, (axes,) = _figure(grid_of(run), 1)
    _draw_change(axes, run, metal, first, year)
    _finish(figure, [axes], run, metal, year)
    return figure


def overview_map(run: RunFolder, metal: str, year: int | None = None) -> Figure:
    """Content in a year, and its change since the start beside it."""
    year = year_of(run, year)
    figure, axes = _figure(grid_of(run), 2)
    _draw_content(axes[0], run, metal, year)
    _draw_change(axes[1], run, metal, int(years_of(run)[0]), year)
    axes[1].set_ylabel("")
    axes[1].tick_params(labelleft=False)
    _finish(figure, axes, run, metal, year)
    return figure


def _figure(grid: Grid, panels: int) -> tuple[Figure, list[Axes]]:
    rows, cols = grid.shape
    height = float(np.clip(5.4 * rows / cols, 3.5, 8.0))
    figure = Figure(figsize=(6.6 * panels, height + 1.2), layout="constrained")
    axes = figure.subplots(1, panels, squeeze=False)[0]
    return figure, list(axes)


def _draw_content(axes: Axes, run: RunFolder, metal: str, year: int) -> None:
    values = content(run, metal, year)
    low, high = np.nanpercentile(values, _WITHIN)
    _draw(axes, run, year, values, CONTENT_PALETTE, Normalize(low, high), _SOIL_UNIT)
    axes.set_title(f"Content of {metal} in the {control_layer(run)}, {year}", fontsize=11)


def _draw_change(axes: Axes, run: RunFolder, metal: str, first: int, year: int) -> None:
    values = content(run, metal, year) - content(run, metal, first)
    low, high = np.nanpercentile(values, _WITHIN)
    if low < 0.0 < high:
        edge = max(-low, high)
        palette, norm = CHANGE_PALETTE, Normalize(-edge, edge)
    else:
        palette = RISE_PALETTE if high > 0.0 else f"{RISE_PALETTE}_r"
        norm = Normalize(min(low, 0.0), max(high, 0.0))
    _draw(axes, run, year, values, palette, norm, _SOIL_UNIT)
    axes.set_title(f"Change of {metal} since {first}", fontsize=11)


def _draw(
    axes: Axes,
    run: RunFolder,
    year: int,
    values: NDArray[np.float64],
    palette: str,
    norm: Normalize,
    unit: str,
) -> None:
    """Draw a field over its ground, with colour bar, scale bar and axes in kilometres."""
    grid = grid_of(run)
    x_min, y_min, x_max, y_max = (edge / 1000.0 for edge in grid.bounds)
    extent = (x_min, x_max, y_min, y_max)
    axes.set_facecolor(NO_SOIL)
    image = axes.imshow(
        values, extent=extent, cmap=palette, norm=norm, interpolation="nearest", zorder=1
    )
    water = mostly_water(run, year)
    axes.imshow(
        np.where(water, 1.0, np.nan), extent=extent, cmap=ListedColormap([WATER]), vmin=0, vmax=1,
        interpolation="nearest", zorder=2,
    )  # fmt: skip
    shown = values[np.isfinite(values) & ~water]
    low, high = image.get_clim()
    beyond = (bool((shown < low).any()), bool((shown > high).any()))
    extend = {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}[beyond]
    bar = axes.figure.colorbar(image, ax=axes, extend=extend, fraction=0.046, pad=0.02)
    bar.set_label(unit)
    axes.set_xlabel("easting (km)", fontsize=8)
    axes.set_ylabel("northing (km)", fontsize=8)
    axes.tick_params(labelsize=8)
    axes.ticklabel_format(useOffset=False, style="plain")
    scale_bar(axes, extent)


def _finish(figure: Figure, panels: list[Axes], run: RunFolder, metal: str, year: int) -> None:
    """Add sources, legend, title and what the reader must know of the data."""
    grid = grid_of(run)
    sources = _sources(run, metal, year)
    places = zip(sources["x"], sources["y"], strict=True)
    inside = np.array([grid.cell_of(x, y) is not None for x, y in places], dtype=bool)
    handles = _draw_sources(panels, sources[inside])
    handles.append(Patch(facecolor=WATER, edgecolor="none", label="mostly water"))
    if not np.isfinite(content(run, metal, year)).all():
        handles.append(Patch(facecolor=NO_SOIL, edgecolor="0.7", label="no soil data"))
    if (~inside).any():
        outside = f"{(~inside).sum()} more sources outside the map"
        handles.append(Line2D([], [], linestyle="none", label=outside))
    columns = 5 if len(panels) > 1 else 3
    figure.legend(
        handles=handles, loc="outside lower center", ncols=columns, fontsize=8, frameon=False
    )
    manifest = run.manifest
    title = f"{manifest['region']['title']} \N{EN DASH} {run_name(run)}"
    if manifest["illustrative"]:
        title += f"\nillustrative: {', '.join(manifest['illustrative'])}"
    figure.suptitle(title, fontsize=11)


def _draw_sources(panels: list[Axes], sources: pd.DataFrame) -> list[Artist]:
    handles: list[Artist] = []
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
    return handles


def _sources(run: RunFolder, metal: str, year: int) -> pd.DataFrame:
    """Sources that emitted the metal before a year (at the start: in the first one)."""
    table, first = run.sources, int(years_of(run)[0])
    table = table[
        (table["metal"] == metal)
        & (table["year"] < max(year, first + 1))
        & (table["kg_per_yr"] > 0.0)
        & table["x"].notna()  # area sources are everywhere
    ]
    return table.drop_duplicates("id")[["id", "sector", "x", "y"]].reset_index(drop=True)


def mostly_water(run: RunFolder, year: int) -> NDArray[np.bool_]:
    """Where water covers more than half of the cell in a year, ``[row, col]``."""
    share = run.history["open_share"].sel(year=year)
    water: NDArray[np.bool_] = share.isel(land_class=LAND_CLASSES.index(WATER_CLASS)).values > 0.5
    return water


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
