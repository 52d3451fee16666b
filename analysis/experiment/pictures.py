"""Pictures of findings: intervals of effects, cost against land, regret, chance, sensitivity."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any, Final

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from analysis.experiment.rasters import grid_of_maps
from analysis.experiment.results import Results
from analysis.experiment.sensitivity_maps import NO_VALUE
from analysis.map_frame import scale_bar

Floats = NDArray[np.float64]
Bytes = NDArray[np.int8]

#: Colours of Okabe and Ito, readable without red and green; black for the reference.
COLOURS: Final = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#8a6200",
)  # fmt: skip
_INK, _FAINT, _NONE = "#22262a", "#b9bfc5", "#e4e8ea"
_CHANCE_PALETTE: Final = "YlOrBr"
_WIDTH: Final = 6.2  # inch
_ROW: Final = 0.36
_COLUMNS: Final = 3
#: Characters of a label before it is broken.
_LABEL: Final = 22


def effects_picture(effects: pd.DataFrame, metals: Sequence[str], year: int) -> Figure:
    """Difference of overloaded area to the reference: median, 5 to 95 % of futures."""
    rows = effects[(effects["outcome"] == "overload_ha") & (effects["year"] == year)]
    options = list(dict.fromkeys(rows["option"]))
    figure, panels = _panels(len(metals), _ROW * len(options) + 1.0)
    for axes, metal in zip(panels, metals, strict=True):
        of_metal = rows[rows["metal"] == metal].set_index("option").loc[options]
        _intervals(axes, options, *(of_metal[f"difference_{k}"] for k in ("median", "low", "high")))
        axes.axvline(0.0, color=_INK, linewidth=0.8)
        axes.set_title(metal, loc="left", fontsize=10, fontweight="bold")
        axes.set_xlabel("overloaded land, ha more than in the reference", fontsize=8)
    return figure


def regret_picture(robustness: pd.DataFrame, metals: Sequence[str]) -> Figure:
    """Regret of each option: mean, 95 % of futures and largest."""
    options = list(dict.fromkeys(robustness["option"]))
    figure, panels = _panels(len(metals), _ROW * len(options) + 1.3)
    for axes, metal in zip(panels, metals, strict=True):
        of_metal = robustness[robustness["metal"] == metal].set_index("option").loc[options]
        mean, most = of_metal["regret_mean_ha"], of_metal["regret_max_ha"]
        _intervals(axes, options, mean, mean, of_metal["regret_95_ha"])
        places = np.arange(len(options))
        axes.plot(most, places, "|", color=_INK, markersize=11, markeredgewidth=1.6)
        axes.set_title(metal, loc="left", fontsize=10, fontweight="bold")
        axes.set_xlabel("regret, ha: dot mean, line to 95 %, bar largest", fontsize=8)
        axes.set_xlim(left=min(0.0, -0.02 * float(most.max())))
    return figure


def pareto_picture(pareto: pd.DataFrame, metals: Sequence[str]) -> Figure:
    """Cost against hectares kept under the limit; hollow where another option beats the medians."""
    figure, panels = _panels(len(metals), 3.4)
    for axes, metal in zip(panels, metals, strict=True):
        rows = pareto[pareto["metal"] == metal]
        for k, row in enumerate(rows.to_dict("records")):
            colour = _INK if k == 0 else COLOURS[(k - 1) % len(COLOURS)]
            x, y = row["cost_median_million_cny"], row["kept_median_ha"]
            spread_x = [[x - row["cost_low_million_cny"]], [row["cost_high_million_cny"] - x]]
            spread_y = [[y - row["kept_low_ha"]], [row["kept_high_ha"] - y]]
            axes.errorbar(
                x, y, xerr=spread_x, yerr=spread_y, fmt="o", color=colour, markersize=7,
                elinewidth=1.2, markerfacecolor=colour if row["non_dominated"] else "white",
            )  # fmt: skip
            axes.annotate(
                _broken(row["option"]), (x, y), (6, 6), textcoords="offset points", fontsize=8,
                color=colour,
            )  # fmt: skip
        axes.axhline(0.0, color=_FAINT, linewidth=0.8, zorder=0)
        axes.margins(x=0.18, y=0.12)
        axes.set_title(metal, loc="left", fontsize=10, fontweight="bold")
        axes.set_xlabel("cost, million CNY", fontsize=8)
        axes.set_ylabel("overloaded land, ha less than in the reference", fontsize=8)
        _plain(axes)
    return figure


def sensitivity_picture(sensitivity: pd.DataFrame, option: str, metal: str) -> Figure | None:
    """Indices of the overloaded share under an option; None if there are none."""
    rows = sensitivity[
        (sensitivity["outcome"] == "overload_share")
        & (sensitivity["option"] == option)
        & (sensitivity["metal"] == metal)
        & (sensitivity["kind"] == "factor")
        & sensitivity["value"].notna()
    ]
    if rows.empty:
        return None
    names = list(dict.fromkeys(rows["index"]))
    first = rows[rows["index"] == names[0]].set_index("factor")["value"]
    factors = first.sort_values(ascending=False).index.tolist()
    figure, panels = _panels(len(names), _ROW * len(factors) + 1.0, _COLUMNS)
    for k, (axes, index) in enumerate(zip(panels, names, strict=True)):
        of_index = rows[rows["index"] == index].set_index("factor").reindex(factors)
        low, high = (of_index[c].fillna(of_index["value"]) for c in ("low", "high"))
        _intervals(axes, factors, of_index["value"], low, high)
        axes.axvline(0.0, color=_INK, linewidth=0.8)
        axes.set_title(index, loc="left", fontsize=10, fontweight="bold")
        if k % _COLUMNS:
            axes.tick_params(labelleft=False)
    return figure


def chance_picture(results: Results, chances: Sequence[dict[str, Floats]]) -> Figure:
    """Share of futures in which cells are at or above the limit, a map an option."""
    grid = grid_of_maps(results.folder.maps)
    figure, panels = _map_panels(len(chances), grid.shape)
    palette = matplotlib.colormaps[_CHANCE_PALETTE]
    for axes, option, found in zip(panels, results.options, chances, strict=True):
        image = _draw_map(axes, grid, found["probability"], palette, Normalize(0.0, 1.0))
        axes.set_title(_broken(option), fontsize=9)
    bar = figure.colorbar(image, ax=panels, orientation="horizontal", fraction=0.05, pad=0.04)
    bar.ax.tick_params(labelsize=8)
    bar.set_label("share of futures at or above the limit; grey: no limit", fontsize=8)
    return figure


def leading_picture(results: Results, codes: Sequence[Bytes]) -> Figure:
    """Factor that the content of each cell follows most closely, a map an option."""
    grid = grid_of_maps(results.folder.maps)
    figure, panels = _map_panels(len(codes), grid.shape, extra=0.35 * len(results.factors) / 2)
    colours = ["#ffffff", *(COLOURS[k % len(COLOURS)] for k in range(len(results.factors)))]
    for axes, option, leading in zip(panels, results.options, codes, strict=True):
        values = np.where(leading == NO_VALUE, np.nan, leading.astype(np.float64))
        _draw_map(axes, grid, values, ListedColormap(colours), Normalize(-0.5, len(colours) - 0.5))
        axes.set_title(_broken(option), fontsize=9)
    names = ("none stands out", *results.factors)
    handles = [
        Patch(facecolor=c, edgecolor="0.5", label=_broken(n))
        for n, c in zip(names, colours, strict=True)
    ]
    handles.append(Patch(facecolor=_NONE, edgecolor="0.5", label="no soil, or always the same"))
    figure.legend(handles=handles, loc="outside lower center", ncols=2, fontsize=8, frameon=False)
    return figure


def _panels(count: int, height: float, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """Panels below one another, or in rows of some columns."""
    rows = -(-count // columns)
    figure = Figure(figsize=(_WIDTH, rows * height), layout="constrained")
    panels = figure.subplots(rows, min(count, columns), squeeze=False).reshape(-1).tolist()
    for axes in panels[count:]:
        axes.set_visible(False)
    return figure, panels[:count]


def _map_panels(
    count: int, shape: tuple[int, int], extra: float = 0.3
) -> tuple[Figure, list[Axes]]:
    columns = min(count, _COLUMNS)
    rows = -(-count // columns)
    width = _WIDTH / columns
    height = float(np.clip(width * shape[0] / shape[1], 1.5, 7.0)) + 0.35
    figure = Figure(figsize=(_WIDTH, rows * height + 0.5 + extra), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).reshape(-1).tolist()
    for axes in panels[count:]:
        axes.set_visible(False)
    return figure, panels[:count]


def _draw_map(axes: Axes, grid: Any, values: Floats, palette: Any, norm: Normalize) -> Any:
    x_min, y_min, x_max, y_max = (edge / 1000.0 for edge in grid.bounds)
    extent = (x_min, x_max, y_min, y_max)
    axes.set_facecolor(_NONE)
    image = axes.imshow(values, extent=extent, cmap=palette, norm=norm, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    scale_bar(axes, extent)
    return image


def _intervals(
    axes: Axes, names: Sequence[str], middle: pd.Series, low: pd.Series, high: pd.Series
) -> None:
    """Dots with lines, the first name on top; what is infinite is left out."""
    places = np.arange(len(names))
    finite = np.isfinite(low) & np.isfinite(high)
    axes.hlines(places[finite], low[finite], high[finite], color=COLOURS[0], linewidth=2.2)
    axes.plot(middle.where(np.isfinite(middle)), places, "o", color=COLOURS[0], markersize=6)
    axes.set_yticks(places, [_broken(n) for n in names], fontsize=8)
    axes.set_ylim(len(names) - 0.5, -0.5)
    _plain(axes)


def _plain(axes: Axes) -> None:
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)


def _broken(text: str) -> str:
    """Label in lines; a dollar sign is one."""
    return textwrap.fill(text, _LABEL).replace("$", r"\$")
