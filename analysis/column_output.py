"""A cell's column, daily and yearly, as tables and as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from analysis.column import CellColumn, Sides
from analysis.export import replacing
from simulator.physics.percolation.column import node_faces

Floats = NDArray[np.float64]

_MG: Final = 1.0e6
_G: Final = 1000.0  # g m-3, which is mg L-1, in a kg m-3
#: Okabe and Ito's colours, told apart by all: of the bottom of the first layer and of the column.
_COLOURS: Final = ("#0072b2", "#d55e00")
_DAILY, _YEARLY = "#000000", "#e69f00"
_METALS_ABREAST: Final = 2
_PANELS: Final = 2  # of a metal


def profiles(cell: CellColumn, sides: Sides) -> pd.DataFrame:
    """Contents by depth: at the start, and at the end by the daily column, the yearly and the run.

    Returns
    -------
    DataFrame
        ``metal, source, top_m, bottom_m, content_mg_kg, solution_mg_l``; ``source`` is ``start``,
        ``daily`` (nodes), ``yearly`` (slices) or ``run`` (layers).
    """
    layers = np.append(0.0, cell.bottoms)
    daily, yearly = sides.daily, sides.yearly
    unknown = np.full(layers.size - 1, np.nan)
    tables = []
    for i, metal in enumerate(cell.metals):
        for source, edges, content, solution in (
            ("start", layers, cell.contents.content[i], unknown),
            ("daily", node_faces(daily.depth), daily.content[i], _G * daily.solution[i]),
            ("yearly", cell.slices.edges, yearly.content[i], _G * yearly.solution[i]),
            ("run", layers, cell.content_end[i], unknown),
        ):
            tables.append(
                pd.DataFrame(
                    {
                        "metal": metal,
                        "source": source,
                        "top_m": edges[:-1],
                        "bottom_m": edges[1:],
                        "content_mg_kg": _MG * content,
                        "solution_mg_l": solution,
                    }
                )
            )
    return pd.concat(tables, ignore_index=True)


def leaching(cell: CellColumn, sides: Sides) -> pd.DataFrame:
    """Leaching out of the bottom of each layer by year.

    Returns
    -------
    DataFrame
        ``metal, year, depth_m, daily_mg_m2, yearly_mg_m2, run_mg_m2``, per area of open ground.
    """
    shape = (len(cell.metals), cell.years.size, cell.bottoms.size)
    metal, year, depth = (a.reshape(-1) for a in np.indices(shape))
    return pd.DataFrame(
        {
            "metal": np.array(cell.metals)[metal],
            "year": cell.years[year],
            "depth_m": cell.bottoms[depth],
            "daily_mg_m2": _MG * sides.daily.leached.reshape(-1),
            "yearly_mg_m2": _MG * sides.yearly.leached.reshape(-1),
            "run_mg_m2": _MG * cell.leached.reshape(-1),
        }
    )


def write(cell: CellColumn, sides: Sides, out: Path, title: str) -> list[Path]:
    """Write ``profiles.csv``, ``leaching.csv`` and ``column.png`` into a folder.

    Parameters
    ----------
    cell, sides
        The column and what became of it.
    out : Path
        Folder; it is made if it is not there.
    title : str
        Heading of the figure.

    Returns
    -------
    list of Path
        The files.
    """
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name, table in (("profiles.csv", profiles(cell, sides)),
                        ("leaching.csv", leaching(cell, sides))):  # fmt: skip
        written.append(out / name)
        with replacing(out / name) as beside:
            table.to_csv(beside, index=False, float_format="%.8g", lineterminator="\n")
    written.append(out / "column.png")
    with replacing(out / "column.png") as beside:
        figure(cell, sides, title).savefig(beside, dpi=150, format="png")
    return written


def figure(cell: CellColumn, sides: Sides, title: str) -> Figure:
    """Content against depth, and cumulative leaching beside it, of each metal.

    Returns
    -------
    matplotlib.figure.Figure
        Not tied to any backend; ``savefig`` writes it.
    """
    abreast = min(_METALS_ABREAST, len(cell.metals))
    rows = -(-len(cell.metals) // abreast)
    whole = Figure(figsize=(6.6 * abreast, 3.1 * rows + 1.1), layout="constrained")
    panels = whole.subplots(
        rows, _PANELS * abreast, squeeze=False, width_ratios=(1.0, 1.35) * abreast
    ).reshape(-1, _PANELS)
    for i, metal in enumerate(cell.metals):
        profile, sums = panels[i]
        _draw_profile(profile, cell, sides, i)
        _draw_leaching(sums, cell, sides, i)
        profile.set_title(metal, loc="left", fontsize=11, fontweight="bold")
        profile.set_ylabel("depth, cm")
        sums.set_ylabel("leached since the start, mg m$^{-2}$")
        profile.set_xlabel("content, mg kg$^{-1}$")
    for unused in panels[len(cell.metals) :].reshape(-1):
        unused.remove()
    whole.suptitle(title, fontsize=12)
    whole.legend(
        handles=_legend(cell), loc="outside lower center", ncols=3, fontsize=9, frameon=False
    )
    return whole


def _draw_profile(axes: Axes, cell: CellColumn, sides: Sides, i: int) -> None:
    edges = 100.0 * np.append(0.0, cell.bottoms)
    _steps(axes, edges, _MG * cell.contents.content[i], color="#777777", ls="--", lw=1.0)
    _steps(axes, 100.0 * cell.slices.edges, _MG * sides.yearly.content[i], color=_YEARLY, lw=2.0)
    axes.plot(_MG * sides.daily.content[i], 100.0 * sides.daily.depth, color=_DAILY, lw=1.1)
    axes.set_ylim(edges[-1], 0.0)
    axes.margins(x=0.08)
    axes.grid(alpha=0.25)


def _steps(axes: Axes, edges: Floats, values: Floats, **style: object) -> None:
    """Draw values that hold between depths."""
    axes.plot(np.repeat(values, 2), np.repeat(edges, 2)[1:-1], **style)  # type: ignore[arg-type]


def _draw_leaching(axes: Axes, cell: CellColumn, sides: Sides, i: int) -> None:
    """Draw sums at the ends of the years, out of the first layer and out of the column."""
    times = np.append(cell.years, cell.years[-1] + 1)
    axes.axhline(0.0, color="#bbbbbb", lw=0.8)
    for z, colour in _depths(cell):
        for leached, style in (
            (sides.daily.leached, {"ls": "-", "lw": 1.3}),
            (sides.yearly.leached, {"ls": "none", "marker": "o", "ms": 4.0, "mfc": "none"}),
            (cell.leached, {"ls": "none", "marker": "x", "ms": 4.0}),
        ):
            total = np.append(0.0, np.cumsum(_MG * leached[i, :, z]))
            axes.plot(times, total, color=colour, **style)  # type: ignore[arg-type]
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.grid(alpha=0.25)


def _depths(cell: CellColumn) -> Sequence[tuple[int, str]]:
    """Layers whose bottoms are shown, with their colours."""
    last = cell.bottoms.size - 1
    return list(zip((0, last) if last else (0,), _COLOURS, strict=False))


def _legend(cell: CellColumn) -> list[Line2D]:
    """Handles in three columns: profiles, how the sums were found, and their depths."""
    grey = "#444444"
    shown = [
        Line2D([], [], color="#777777", ls="--", lw=1.0, label="content at the start"),
        Line2D([], [], color=_DAILY, lw=1.1, label="content at the end, daily column"),
        Line2D([], [], color=_YEARLY, lw=2.0, label="content at the end, yearly balance"),
        Line2D([], [], color=grey, lw=1.3, label="leached, daily column"),
        Line2D([], [], color=grey, ls="none", marker="o", mfc="none", ms=4.0,
               label="leached, yearly balance"),
        Line2D([], [], color=grey, ls="none", marker="x", ms=4.0, label="leached, the run's cell"),
    ]  # fmt: skip
    return shown + [
        Line2D([], [], color=colour, lw=4.0, label=f"at {100.0 * cell.bottoms[z]:.0f} cm")
        for z, colour in _depths(cell)
    ]
