"""Charts of a stack and of a parcel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from analysis.assessment.palette import COLOURS as PALETTE
from analysis.layers.colours import CONTENT_PALETTE
from analysis.map_frame import axes_in_km, draw_borders, extent_of
from analysis.plots.style import (
    BLUE,
    FAINT,
    GROUND,
    INK,
    VERMILION,
    WIDTH,
    label,
    legend_below,
    tidy,
    title,
    year_axis,
)  # fmt: skip
from analysis.report.numbers import number, percent
from analysis.runs import grid_of, metal_of
from simulator.constants import LAND_CLASSES

if TYPE_CHECKING:
    from analysis.inspector.parcel import ParcelView
    from analysis.inspector.stack import StackView

#: A footprint is shown over so many powers of ten below its largest value.
_DECADES: Final = 3
_G_HA: Final = 10.0  # g ha-1 in a mg m-2
_LAND: Final = dict(zip(LAND_CLASSES, PALETTE["land_class"], strict=True))


def stack_plot(view: StackView, metal: str, year: int | None = None) -> Figure:
    """Emission of a stack along the years, and where that of one year came down.

    Parameters
    ----------
    view : StackView
        Of :func:`analysis.inspector.stack.look_stack`.
    metal : str
        Symbol.
    year : int, optional
        Year of the footprint, one that has been simulated; the last with emission by default.

    Examples
    --------
    >>> from analysis.inspector.stack import look_stack
    >>> from analysis.runs import open_run
    >>> view = look_stack(open_run("taizhou-baseline"), "cement-1")  # doctest: +SKIP
    >>> stack_plot(view, "Cd", 2030).savefig("stack.png")  # doctest: +SKIP
    """
    metal = metal_of(view.run, metal)
    years, kg = view.emission(metal)
    year = view.stack.last if year is None else year
    figure = Figure(figsize=(1.6 * WIDTH, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.1))
    _draw_emission(left, view, metal, years, kg)
    _draw_footprint(right, view, metal, year)
    stack = view.stack
    figure.suptitle(f"{stack.name} ({stack.sector})", x=0.01, ha="left", fontsize=11)
    return figure


def parcel_plot(view: ParcelView, year: int | None = None) -> Figure:
    """Outline of a parcel over its cells, its land class and its sealed share along the years.

    Parameters
    ----------
    view : ParcelView
        Of :func:`analysis.inspector.parcel.look_parcel`.
    year : int, optional
        A year of the history that is marked; none by default.
    """
    figure = Figure(figsize=(1.3 * WIDTH, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.8))
    _draw_outline(left, view)
    _draw_life(right, view)
    if year is not None:
        right.axvline(year, color=INK, linewidth=0.8)
    legend_below(right, columns=4)
    figure.suptitle(f"Parcel {view.id}, {number(view.hectares)} ha", x=0.01, ha="left", fontsize=11)
    return figure


def _draw_emission(axes: Axes, view: StackView, metal: str, years: Any, kg: Any) -> None:
    """Emission year by year, the interventions that name the stack as lines."""
    axes.bar(years, kg, 1.0, align="edge", color=BLUE, edgecolor="white", linewidth=0.3)
    tidy(axes)
    first, last = int(years[0]), int(years[-1]) + 1
    year_axis(axes, first, last)
    label(axes, "", f"emission of {metal} (kg/yr)")
    shown = view.events[(view.events["date"] >= first) & (view.events["date"] < last)]
    for event in shown.to_dict("records"):
        axes.axvline(event["date"], color=VERMILION, linestyle="--", linewidth=1.0)
        axes.plot(
            [], [], color=VERMILION, linestyle="--",
            label=f"{event['date']:g}: {event['name'] or event['kind']}",
        )  # fmt: skip
    if len(shown):
        axes.legend(
            loc="upper left", bbox_to_anchor=(0.0, -0.09), fontsize=8, frameon=False,
            borderaxespad=0.0,
        )  # fmt: skip
    title(axes, f"emission of {metal}")


def _draw_footprint(axes: Axes, view: StackView, metal: str, year: int) -> None:
    """Deposition of a year's emission on a scale of powers of ten, the stack as a triangle."""
    grid, found = grid_of(view.run), view.deposited(metal, year)
    values = _G_HA * view.footprint(metal, year)
    extent = extent_of(grid)
    axes.set_facecolor(GROUND)
    high = float(np.nanmax(values))
    if high > 0.0:
        image = axes.imshow(
            np.where(values > 0.0, values, np.nan), extent=extent, cmap=CONTENT_PALETTE,
            norm=LogNorm(high / 10.0**_DECADES, high), interpolation="nearest",
        )  # fmt: skip
        bar = axes.figure.colorbar(image, ax=axes, extend="min", fraction=0.046, pad=0.02)
        bar.set_label("g ha$^{-1}$ yr$^{-1}$", fontsize=9)
        bar.ax.tick_params(labelsize=8)
    axes.plot(
        view.stack.x / 1000.0, view.stack.y / 1000.0, marker="^", markersize=8,
        markerfacecolor="white", markeredgecolor="black", linestyle="none", clip_on=False,
    )  # fmt: skip
    axes.axis(extent)
    axes.set_aspect("equal")
    draw_borders(axes, view.run)
    axes_in_km(axes, extent)
    share = f", {percent(found.share)} of its emission" if found.share > 0.0 else ""
    title(axes, f"fallen in the region in {year}:\n{number(found.kg)} kg{share}")


def _draw_outline(axes: Axes, view: ParcelView) -> None:
    grid = grid_of(view.run)
    rings = shapely.get_rings(shapely.get_parts(view.outline))
    path = Path.make_compound_path(*(Path(shapely.get_coordinates(r) / 1000.0) for r in rings))
    for cell in view.cells:
        x, y = grid.x[cell.col], grid.y[cell.row]
        edge = np.array([-0.5, 0.5]) * grid.cell_size
        axes.fill(
            (x + edge[[0, 1, 1, 0]]) / 1000.0, (y + edge[[0, 0, 1, 1]]) / 1000.0,
            facecolor="none", edgecolor=FAINT, linewidth=0.8,
        )  # fmt: skip
    axes.add_patch(PathPatch(path, facecolor=to_rgba(BLUE, 0.25), edgecolor=BLUE, linewidth=1.5))
    axes.autoscale_view()
    axes.set_aspect("equal")
    tidy(axes)
    axes.ticklabel_format(useOffset=False, style="plain")
    axes.locator_params(nbins=4)
    label(axes, "easting (km)", "northing (km)")
    title(axes, "outline and cells")


def _draw_life(axes: Axes, view: ParcelView) -> None:
    """Sealed share over bands of the colour of the land class."""
    sealed = view.sealed
    first, last = int(sealed.years[0]), int(sealed.years[-1])
    edges = [first, *(c.year for c in view.changes), last]
    classes = [view.at(first).land_class, *(c.new for c in view.changes)]
    for k, (begin, end, name) in enumerate(zip(edges[:-1], edges[1:], classes, strict=True)):
        known = None if name in classes[:k] else name
        axes.axvspan(begin, end, color=_LAND[name], alpha=0.55, linewidth=0.0, label=known)
    axes.step(
        sealed.years, sealed.shares, where="post", color=INK, linewidth=1.8, label="sealed share"
    )
    tidy(axes)
    axes.set_ylim(0.0, 1.0)
    year_axis(axes, first, last)
    label(axes, "", "sealed share (-)")
    title(axes, "land class and sealing")
