"""Maps of an assessment: remaining capacity, overload, early warning, comprehensive risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import matplotlib
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Colormap, ListedColormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator
from numpy.typing import NDArray

from analysis.assessment.palette import COLOURS, OVERLOAD_CHANGE
from analysis.assessment.variables import RISK_CLASSES, WARNING_LEVELS
from analysis.layers.colours import CONTENT_PALETTE, WATER
from analysis.map_frame import NO_SOIL, district_borders, mostly_water, run_title, scale_bar
from analysis.runs import control_layer, grid_of
from simulator.record import RunFolder
from simulator.region.model import Grid

#: Names of the files, in the order in which they are drawn.
PICTURES: Final = ("capacity.png", "overload.png", "warning.png", "zones.png")

#: Width of a panel, and the heights between which its own is kept. [inch]
_WIDTH: Final = 3.0
_HEIGHTS: Final = (2.0, 5.0)
_COLUMNS: Final = 4
_DPI: Final = 150
#: Share of the capacities above zero between the ends of a scale. [%]
_WITHIN: Final = (1.0, 99.0)


def write_pictures(data: xr.Dataset, out: Path, run: RunFolder) -> list[Path]:
    """Draw an assessment on current land into a folder.

    Parameters
    ----------
    data : xarray.Dataset
        An assessment.
    out : Path
        Folder.
    run : RunFolder
        Its run.

    Returns
    -------
    list of Path
        Files of :data:`PICTURES`.
    """
    current = data.sel(land="current")
    draw = (capacity_maps, overload_maps, warning_maps, zone_maps)
    written = [out / name for name in PICTURES]
    for path, maps in zip(written, draw, strict=True):
        maps(current, run).savefig(path, dpi=_DPI, format="png")
    return written


def capacity_maps(current: xr.Dataset, run: RunFolder) -> Figure:
    """Remaining capacity of each metal in the last year; what is overloaded stands out."""
    year = int(current["year"].values[-1])
    metals = current["metal"].values.tolist()
    figure, panels = _panels(grid_of(run), len(metals))
    palette = matplotlib.colormaps[CONTENT_PALETTE].with_extremes(under=COLOURS["overload"][1])
    for axes, metal in zip(panels, metals, strict=True):
        values = current["remaining_capacity"].sel(year=year, metal=metal).values
        room = values[values > 0.0]
        low, high = np.percentile(room, _WITHIN) if room.size else (1.0, 10.0)
        norm = LogNorm(low, max(high, 1.01 * low))  # limits of industrial land are far higher
        shown = np.where(values > 0.0, np.maximum(values, low), 0.1 * low)
        shown = np.where(np.isnan(values), np.nan, shown)
        image = _draw(axes, run, year, shown, palette, norm, "white")
        bar = figure.colorbar(
            image, ax=axes, extend="both", fraction=0.046, pad=0.02, format="{x:g}",
            ticks=LogLocator(subs=(1.0, 2.0, 5.0)),
        )  # fmt: skip
        bar.ax.minorticks_off()
        bar.ax.tick_params(labelsize=7)
        axes.set_title(str(metal), fontsize=10)
    legend = {"overloaded": COLOURS["overload"][1]}
    title = f"Remaining capacity of the {control_layer(run)}, {year} (kg ha$^{{-1}}$)"
    return _finish(figure, panels, run, legend, title)


def overload_maps(current: xr.Dataset, run: RunFolder) -> Figure:
    """Where the content is at or above the limit in the first and the last year."""
    first, last = (int(y) for y in current["year"].values[[0, -1]])
    metals = current["metal"].values.tolist()
    figure, panels = _panels(grid_of(run), len(metals))
    colours = tuple(OVERLOAD_CHANGE.values())
    for axes, metal in zip(panels, metals, strict=True):
        before, after = (
            current["overload"].sel(year=year, metal=metal).values for year in (first, last)
        )
        codes = np.where(np.isfinite(before + after), before + 2.0 * after, np.nan)
        _draw_codes(axes, run, last, codes, colours)
        share = [100.0 * np.nanmean(v) if np.isfinite(v).any() else 0.0 for v in (before, after)]
        arrow = "\N{RIGHTWARDS ARROW}"
        axes.set_title(f"{metal}: {share[0]:.1f} {arrow} {share[1]:.1f} %", fontsize=10)
    title = f"Overload of the {control_layer(run)}, {first} and {last}, share of the soil cells"
    return _finish(figure, panels, run, OVERLOAD_CHANGE, title)


def warning_maps(current: xr.Dataset, run: RunFolder) -> Figure:
    """Early-warning level of each metal in the last year."""
    year = int(current["year"].values[-1])
    metals = current["metal"].values.tolist()
    figure, panels = _panels(grid_of(run), len(metals))
    for axes, metal in zip(panels, metals, strict=True):
        values = current["warning"].sel(year=year, metal=metal).values - 1.0
        _draw_codes(axes, run, year, values, COLOURS["warning"])
        axes.set_title(str(metal), fontsize=10)
    legend = dict(zip(WARNING_LEVELS, COLOURS["warning"], strict=True))
    title = f"Early warning at {year}: when the limit is reached if contents go on as they went"
    return _finish(figure, panels, run, legend, title)


def zone_maps(current: xr.Dataset, run: RunFolder) -> Figure:
    """Classes of comprehensive risk in the first and the last year."""
    years = [int(y) for y in dict.fromkeys(current["year"].values[[0, -1]].tolist())]
    figure, panels = _panels(grid_of(run), len(years), width=5.5)
    for axes, year in zip(panels, years, strict=True):
        values = current["risk_class"].sel(year=year).values - 1.0
        _draw_codes(axes, run, year, values, COLOURS["risk_class"])
        axes.set_title(str(year), fontsize=10)
    legend = dict(zip(RISK_CLASSES, COLOURS["risk_class"], strict=True))
    return _finish(figure, panels, run, legend, "Class of comprehensive risk")


def _panels(grid: Grid, count: int, width: float = _WIDTH) -> tuple[Figure, list[Axes]]:
    columns = min(count, _COLUMNS)
    rows = -(-count // columns)
    height = float(np.clip(width * grid.shape[0] / grid.shape[1], *_HEIGHTS))
    size = (columns * (width + 0.4), rows * (height + 0.3) + 1.2)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).reshape(-1).tolist()
    for axes in panels[count:]:
        axes.set_visible(False)
    return figure, panels[:count]


def _draw_codes(
    axes: Axes, run: RunFolder, year: int, codes: NDArray[np.floating], colours: Sequence[str]
) -> None:
    _draw(axes, run, year, codes, ListedColormap(colours), Normalize(-0.5, len(colours) - 0.5))


def _draw(
    axes: Axes,
    run: RunFolder,
    year: int,
    values: NDArray[np.floating],
    palette: Colormap,
    norm: Normalize,
    border: str = "0.25",
) -> AxesImage:
    """Draw a field north up over its ground, with water, districts and a scale bar."""
    grid = grid_of(run)
    x_min, y_min, x_max, y_max = (edge / 1000.0 for edge in grid.bounds)
    extent = (x_min, x_max, y_min, y_max)
    axes.set_facecolor(NO_SOIL)
    image = axes.imshow(values, extent=extent, cmap=palette, norm=norm, interpolation="nearest")
    water = np.where(mostly_water(run, year), 1.0, np.nan)
    axes.imshow(
        water, extent=extent, cmap=ListedColormap([WATER]), vmin=0, vmax=1, interpolation="nearest"
    )
    borders = district_borders(run.history["district"].values, grid)
    axes.add_collection(LineCollection(list(borders), colors=border, linewidths=0.5))
    axes.set(xlim=extent[:2], ylim=extent[2:], xticks=[], yticks=[])
    scale_bar(axes, extent)
    return image


def _finish(
    figure: Figure, panels: list[Axes], run: RunFolder, legend: Mapping[str, str], title: str
) -> Figure:
    handles = [Patch(facecolor=c, edgecolor="0.5", label=n) for n, c in legend.items()]
    handles.append(Patch(facecolor=WATER, edgecolor="0.5", label="mostly water"))
    handles.append(Patch(facecolor=NO_SOIL, edgecolor="0.5", label="no soil data, or no limit"))
    columns = 4 if len(panels) > 2 else 3
    figure.legend(
        handles=handles, loc="outside lower center", ncols=columns, fontsize=9, frameon=False
    )
    figure.suptitle(f"{title}\n{run_title(run)}", fontsize=11)
    return figure
