"""Maps as matplotlib figures: contents and changes, any layer of a run, differences, chances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from analysis.layers.atlas import Atlas
from analysis.layers.colours import (
    CHANGE_PALETTE,
    CONTENT_PALETTE,
    RISE_PALETTE,
    SHADES,
    WATER,
    codes,
    colours,
    legend,
)
from analysis.layers.model import Layer, View
from analysis.layers.scales import WITHIN, Scale, difference, difference_scale, shared_scale
from analysis.map_frame import (
    NO_SOIL,
    axes_in_km,
    draw_borders,
    extent_of,
    finish,
    mostly_water,
    new_figure,
)
from analysis.runs import content, control_layer, grid_of, run_name, year_of, years_of
from simulator.errors import InputError, Problem
from simulator.record import RunFolder
from simulator.region.model import Grid

if TYPE_CHECKING:
    from analysis.experiment.folder import ExperimentFolder

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
    figure, (axes,) = new_figure(grid_of(run), 1)
    _draw_content(axes, run, metal, year)
    finish(figure, [axes], run, metal, year)
    return figure


def change_map(
    run: RunFolder, metal: str, since: int | None = None, year: int | None = None
) -> Figure:
    """Map of the change of content of the control layer between two years of the history."""
    first = int(years_of(run)[0]) if since is None else year_of(run, since)
    year = year_of(run, year)
    figure, (axes,) = new_figure(grid_of(run), 1)
    _draw_change(axes, run, metal, first, year)
    finish(figure, [axes], run, metal, year)
    return figure


def overview_map(run: RunFolder, metal: str, year: int | None = None) -> Figure:
    """Content in a year, and its change since the start beside it."""
    year = year_of(run, year)
    figure, axes = new_figure(grid_of(run), 2)
    _draw_content(axes[0], run, metal, year)
    _draw_change(axes[1], run, metal, int(years_of(run)[0]), year)
    axes[1].set_ylabel("")
    axes[1].tick_params(labelleft=False)
    finish(figure, axes, run, metal, year)
    return figure


def layer_map(
    run: RunFolder,
    layer: str,
    metal: str | None = None,
    year: int | None = None,
    depth: int = 0,
) -> Figure:
    """Map of any layer of a run, on the scale of all its years.

    Parameters
    ----------
    run : RunFolder
        The run, finished or not.
    layer : str
        Key of a layer, see :attr:`analysis.layers.Atlas.layers`.
    metal : str, optional
        Symbol; needed by layers that are by metal.
    year : int, optional
        A year of the history; the last one by default.
    depth : int
        Index of the soil layer, 0 on top, for layers that are by depth.

    Raises
    ------
    InputError
        If the run has no such map.
    """
    atlas = Atlas(run)
    view = _view(atlas, layer, metal, year, depth)
    figure, panels = new_figure(atlas.grid, 1)
    one, scale = atlas.layer(layer), shared_scale([atlas], view)
    handles = _draw_layer(
        panels[0], atlas.grid, atlas.values(view), one, scale, atlas.water(view.year)
    )
    draw_borders(panels[0], run)
    panels[0].set_title(atlas.caption(view), fontsize=11)
    finish(figure, panels, run, view.metal if one.by_metal else None, view.year, handles)
    return figure


def difference_map(
    run: RunFolder,
    other: RunFolder,
    layer: str,
    metal: str | None = None,
    year: int | None = None,
    depth: int = 0,
) -> Figure:
    """Map of a layer of a run less that of another, on the scale of all their common years.

    Raises
    ------
    InputError
        If one has no such map, or they are not on one grid.
    """
    atlas, reference = Atlas(run), Atlas(other)
    view = _view(atlas, layer, metal, year, depth)
    values = difference(atlas, reference, view)
    figure, panels = new_figure(atlas.grid, 1)
    one, scale = atlas.layer(layer), difference_scale([(atlas, reference)], view)
    water = atlas.water(view.year) & reference.water(view.year)
    handles = _draw_layer(panels[0], atlas.grid, values, one, scale, water, differs=True)
    draw_borders(panels[0], run)
    names = f"{run_name(run)} minus {run_name(other)}"
    panels[0].set_title(f"{atlas.caption(view)}\n{names}".replace("$", r"\$"), fontsize=11)
    finish(figure, panels, run, view.metal if one.by_metal else None, view.year, handles)
    return figure


def chance_map(
    experiment: ExperimentFolder, metal: str, year: int | None = None, option: str | None = None
) -> Figure:
    """Map of the chance of being at or above the limit over the futures of an experiment.

    Parameters
    ----------
    experiment : ExperimentFolder
        The experiment, finished or not.
    metal : str
        Symbol of a metal whose maps were kept.
    year : int, optional
        A year whose maps were kept; the last one by default.
    option : str, optional
        Option of the levers; the reference by default.
    """
    from analysis.layers.chances import Chances

    chances = Chances(experiment)
    option = chances.options[0] if option is None else option
    year = chances.years[-1] if year is None else year
    values = chances.values(option, metal, year)["probability"]
    figure, panels = new_figure(chances.grid, 1)
    handles = _draw_layer(panels[0], chances.grid, values, chances.layer, Scale(0.0, 1.0))
    panels[0].set_title(chances.caption(option, metal, year).replace("$", r"\$"), fontsize=11)
    handles.append(Patch(facecolor=NO_SOIL, edgecolor="0.7", label="no soil data, or no limit"))
    figure.legend(handles=handles, loc="outside lower center", fontsize=8, frameon=False)
    figure.suptitle(experiment.spec.title.replace("$", r"\$"), fontsize=11)
    return figure


def _view(atlas: Atlas, layer: str, metal: str | None, year: int | None, depth: int) -> View:
    """Checked view; a layer that is by metal needs one."""
    if metal is None and atlas.layer(layer).by_metal:
        raise InputError(
            Problem(
                f"layer {layer!r}", "no metal is named", "its maps are of a metal each",
                f"One of {', '.join(atlas.metals)}.",
            )
        )  # fmt: skip
    return atlas.check(View(layer, metal or "", depth, year_of(atlas.run, year)))


def _draw_layer(
    axes: Axes,
    grid: Grid,
    values: NDArray[np.floating],
    layer: Layer,
    scale: Scale,
    water: NDArray[np.bool_] | None = None,
    differs: bool = False,
) -> list[Artist]:
    """Draw a map in the colours of its layer, with bar; return what stands beside the bar."""
    shown = codes(values, layer, scale, water=water, difference=differs)
    palette = colours(layer, differs)
    opaque = np.where(shown > 0, 255, 0).astype(np.uint8)
    axes.set_facecolor(NO_SOIL)
    extent = extent_of(grid)
    picture = np.dstack((palette[shown], opaque))
    axes.imshow(picture, extent=extent, interpolation="nearest", zorder=1)
    axes_in_km(axes, extent)
    key = legend(layer, scale, difference=differs)
    if key.palette:
        stops = ListedColormap(palette[-SHADES:] / 255.0)
        bar = axes.figure.colorbar(
            ScalarMappable(Normalize(0.0, 1.0), stops), ax=axes, fraction=0.046, pad=0.02
        )
        places, texts = zip(*key.ticks, strict=True)
        bar.set_ticks(list(places), labels=list(texts))
        bar.set_label(key.unit)
        for place, text in key.marks:
            bar.ax.axhline(place, color="black", linewidth=1.5)
            bar.ax.text(-0.2, place, text, ha="right", va="center", fontsize=8)
    return [Patch(facecolor=c, edgecolor="0.5", label=name) for name, c in key.classes]


def _draw_content(axes: Axes, run: RunFolder, metal: str, year: int) -> None:
    values = content(run, metal, year)
    low, high = np.nanpercentile(values, WITHIN)
    _draw(axes, run, year, values, CONTENT_PALETTE, Normalize(low, high), _SOIL_UNIT)
    axes.set_title(f"Content of {metal} in the {control_layer(run)}, {year}", fontsize=11)


def _draw_change(axes: Axes, run: RunFolder, metal: str, first: int, year: int) -> None:
    values = content(run, metal, year) - content(run, metal, first)
    low, high = np.nanpercentile(values, WITHIN)
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
    extent = extent_of(grid_of(run))
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
    axes_in_km(axes, extent)
