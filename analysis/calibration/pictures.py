"""Pictures of a calibration: its correction, where it may be trusted, and what it predicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap, SymLogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, NullLocator
from numpy.typing import NDArray

from analysis.assessment.palette import COLOURS as PALETTE
from analysis.calibration.make import MG, Made
from analysis.calibration.variants import VARIANTS
from analysis.layers.colours import CHANGE_PALETTE
from analysis.map_frame import NO_SOIL, scale_bar
from simulator.calibration.fit import STATUS
from simulator.constants import METALS, MG_PER_KG
from simulator.region.model import Grid

Floats = NDArray[np.float64]

#: Colours of :data:`simulator.calibration.fit.STATUS`, apart for colour-blind eyes (Okabe & Ito).
COLOURS: Final = (NO_SOIL, *PALETTE["calibration_status"])
_COLUMNS: Final = 4
_WIDTH: Final = 3.2
_HEIGHTS: Final = (1.8, 4.5)
#: Share of the corrections between the ends of the scale, and of those in its linear part. [%]
_WITHIN: Final = 98.0
_LINEAR: Final = 30.0


def correction_maps(made: Made) -> Figure:
    """Mean correction of each metal, with the sites."""
    figure, panels = _panels(made.case.region.grid, len(made.metals))
    soil = made.calibration.status.max(axis=0) > 0
    for axes, metal in zip(panels, made.metals, strict=True):
        rate = np.where(soil, MG * made.calibration.rate[METALS.index(metal)], np.nan)
        edge, linear = np.nanpercentile(np.abs(rate), (_WITHIN, _LINEAR))
        edge = max(edge, 1e-9)
        norm = SymLogNorm(max(linear, 1e-3 * edge), vmin=-edge, vmax=edge)
        image = axes.imshow(
            rate.reshape(made.case.region.grid.shape), extent=_extent(made.case.region.grid),
            cmap=matplotlib.colormaps[CHANGE_PALETTE], norm=norm, interpolation="nearest",
        )  # fmt: skip
        bar = figure.colorbar(image, ax=axes, extend="both", fraction=0.046, pad=0.02)
        bar.set_ticks([-edge, 0.0, edge], labels=[_two_digits(v) for v in (-edge, 0.0, edge)])
        bar.ax.yaxis.set_minor_locator(NullLocator())
        bar.ax.tick_params(labelsize=7)
        _finish(axes, made, metal)
    figure.suptitle(
        f"Correction of the top layer, mean of {_span(made)} (mg m$^{{-2}}$ yr$^{{-1}}$ of open "
        f"ground)\n{_words(made)}", fontsize=11,
    )  # fmt: skip
    return figure


def trust_maps(made: Made) -> Figure:
    """Where each metal is trusted, corrected, extrapolated, with the sites."""
    figure, panels = _panels(made.case.region.grid, len(made.metals))
    palette = ListedColormap(COLOURS)
    norm = BoundaryNorm(np.arange(len(STATUS) + 1) - 0.5, len(STATUS))
    for axes, metal in zip(panels, made.metals, strict=True):
        status = made.calibration.status[METALS.index(metal)]
        axes.imshow(
            status.reshape(made.case.region.grid.shape), extent=_extent(made.case.region.grid),
            cmap=palette, norm=norm, interpolation="nearest",
        )  # fmt: skip
        _finish(axes, made, metal)
    handles = [
        Patch(facecolor=c, edgecolor="0.5", label=n) for c, n in zip(COLOURS, STATUS, strict=True)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, fontsize=9, frameon=False)
    figure.suptitle(f"Where the processes are trusted\n{_words(made)}", fontsize=11)
    return figure


def scatter(made: Made) -> Figure:
    """Observed and predicted contents of held-out samples, a row a variant, a column a metal."""
    by_metal = made.held_out.predicted
    variants = list(next(iter(by_metal.values())))
    size = (2.2 * len(made.metals) + 0.8, 2.2 * len(variants) + 0.8)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(len(variants), len(made.metals), squeeze=False)
    for column, metal in enumerate(made.metals):
        observed = MG_PER_KG * made.case.at_end(metal)
        known = np.isfinite(observed)
        every = np.concatenate(
            [observed[known], *(MG_PER_KG * p.content[known] for p in by_metal[metal].values())]
        )
        low, high = 0.8 * every.min(), 1.25 * every.max()
        for line, variant in enumerate(variants):
            axes = panels[line, column]
            predicted = MG_PER_KG * by_metal[metal][variant].content[known]
            axes.plot([low, high], [low, high], color="0.6", linewidth=0.8, zorder=1)
            axes.scatter(observed[known], predicted, s=5, color="#0072b2", alpha=0.6, linewidth=0)
            axes.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high), aspect="equal")
            _round_ticks(axes)
            scored = made.held_out.scores[metal][variant]
            text = f"R² {scored.r2_log10:.2f}\nRMSE {scored.rmse_log10:.3f}"
            axes.text(0.04, 0.96, text, transform=axes.transAxes, va="top", fontsize=7)
            if line == 0:
                axes.set_title(metal, fontsize=10)
            if column == 0:
                axes.set_ylabel(VARIANTS[variant], fontsize=8)
    figure.supxlabel("observed (mg kg$^{-1}$)", fontsize=9)
    figure.suptitle(
        f"Held-out samples, folds of blocks of {made.held_out.scheme.block_m / 1000.0:.1f} km, "
        f"predicted (mg kg$^{{-1}}$); R² and RMSE of log10\n{_words(made)}", fontsize=11,
    )  # fmt: skip
    return figure


def _panels(grid: Grid, count: int) -> tuple[Figure, Sequence[Axes]]:
    columns = min(count, _COLUMNS)
    rows = -(-count // columns)
    height = float(np.clip(_WIDTH * grid.shape[0] / grid.shape[1], *_HEIGHTS))
    size = (max(columns * (_WIDTH + 0.5), 6.0), rows * (height + 0.3) + 1.0)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).reshape(-1).tolist()
    for axes in panels[count:]:
        axes.set_visible(False)
    return figure, panels[:count]


def _finish(axes: Axes, made: Made, metal: str) -> None:
    """Sites, scale bar and name of a map."""
    observed = made.case.observed
    there = np.isfinite(observed.content[:, METALS.index(metal)])
    x, y = observed.place[there].T / 1000.0
    axes.scatter(x, y, s=2, color="black", linewidth=0)
    extent = _extent(made.case.region.grid)
    axes.set(xlim=extent[:2], ylim=extent[2:], xticks=[], yticks=[])
    axes.set_title(metal, fontsize=10)
    scale_bar(axes, extent)


def _extent(grid: Grid) -> tuple[float, float, float, float]:
    x_min, y_min, x_max, y_max = (edge / 1000.0 for edge in grid.bounds)
    return x_min, x_max, y_min, y_max


def _round_ticks(axes: Axes) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(FuncFormatter(lambda value, _: ""))
        axis.set_tick_params(labelsize=7)


def _two_digits(value: float) -> str:
    return f"{float(f'{value:.2g}'):g}"


def _span(made: Made) -> str:
    return f"{made.case.hindcast.start} to {made.case.hindcast.years[-1]}"


def _words(made: Made) -> str:
    words = f"{made.case.region.title} \N{EN DASH} {VARIANTS[made.variant]}"
    if made.case.region.illustrative:
        words += f"\nillustrative: {', '.join(made.case.region.illustrative)}"
    return words
