"""Charts of a cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.plots.style import (
    BLUE,
    COLOURS,
    FAINT,
    INK,
    ORANGE,
    ROW,
    VERMILION,
    WIDTH,
    colour_of,
    label,
    legend_below,
    name_rows,
    one_panel,
    others,
    signed,
    tidy,
    title,
    year_axis,
)  # fmt: skip
from analysis.report.numbers import number
from simulator.errors import InputError, Problem

if TYPE_CHECKING:
    from analysis.inspector.cell import Cell
    from analysis.inspector.flows import Step

Floats = NDArray[np.float64]

#: A limit farther above the contents than this is named, not drawn: they would be a flat line.
_IN_SIGHT: Final = 4.0
#: An axis of sums begins at zero unless the sums differ by less than this share of them.
_LEAST_SPAN: Final = 0.25


def history_plot(cell: Cell, depth: int = 0) -> Figure:
    """Content along the years, with the limit of the control layer and where it is reached.

    Parameters
    ----------
    cell : Cell
        Of :func:`analysis.inspector.look`.
    depth : int
        Layer, 0 on top; limits are those of the control layer and shown with it only.

    Examples
    --------
    >>> from analysis.inspector import look
    >>> from analysis.runs import open_run
    >>> cell = look(open_run("taizhou-baseline"), 45, 40, "Cd")  # doctest: +SKIP
    >>> history_plot(cell).savefig("history.png")  # doctest: +SKIP
    """
    line = cell.line(depth)
    figure, axes = one_panel(3.6)
    axes.plot(line.years, line.content, color=BLUE, linewidth=2.0, label="content")
    if depth == 0:
        _draw_limit(axes, cell, line.content, line.limit)
        over = np.flatnonzero(line.over)
        if over.size:
            axes.plot(
                np.array(line.years)[over], line.content[over], linestyle="none", marker="o",
                markersize=3.5, color=VERMILION, label="at or above the limit",
            )  # fmt: skip
    label(axes, "beginning of the year", f"{cell.metal} ({line.unit})")
    year_axis(axes, cell.years[0], cell.years[-1])
    legend_below(axes, columns=1)
    title(axes, _heading(cell, f"content, {cell.depths[depth]}"))
    return figure


def waterfall_plot(
    cell: Cell, since: int | None = None, until: int | None = None, depth: int | None = 0
) -> Figure:
    """From the stock in one year to that in another, pathway by pathway; it adds up.

    Parameters
    ----------
    cell : Cell
        Of a run with fluxes of single cells.
    since, until : int, optional
        Two recorded years; the first and the last one by default.
    depth : int or None
        Layer, 0 on top; None for the whole column.

    Raises
    ------
    InputError
        Without fluxes of single cells.
    """
    since, until = _span(cell, since, until)
    flows = cell.flows(since, until, depth)
    if flows is None:
        raise _no_fluxes()
    values = np.array([step.value for step in flows.steps])
    levels = flows.start + np.concatenate(([0.0], np.cumsum(values)))
    names = [f"stock in {since}", *(s.label for s in flows.steps), f"stock in {until}"]
    rows = np.arange(len(names))
    low, high = float(levels.min()), float(levels.max())
    cut = low > 0.0 and high - low < _LEAST_SPAN * high
    base = low - 0.1 * max(high - low, 1e-3 * high) if cut else min(low, 0.0)
    left = np.r_[base, np.minimum(levels[:-1], levels[1:]), base]
    width = np.r_[flows.start - base, np.abs(values), flows.end - base]
    right = left + width
    figure, axes = one_panel(1.3 + ROW * len(names))
    bars = slice(1, -1) if cut else slice(None)  # the length of a bar from no zero says nothing
    colours = [FAINT, *(ORANGE if v > 0.0 else BLUE for v in values), FAINT]
    axes.barh(rows[bars], width[bars], left=left[bars], color=colours[bars], height=0.66)
    if cut:
        axes.plot(
            [flows.start, flows.end], rows[[0, -1]], linestyle="none", marker="D", color=FAINT
        )
    for row, level in zip(rows[:-1], levels, strict=True):
        axes.plot([level, level], [row - 0.33, row + 1.33], color=INK, linewidth=0.7)
    texts = [number(flows.start), *map(signed, values.tolist()), number(flows.end)]
    for row, end, text in zip(rows, right, texts, strict=True):
        axes.annotate(text, (end, row), (6, 0), textcoords="offset points", va="center", fontsize=8)
    axes.set_xlim(base, right.max() + 0.16 * (right.max() - base))
    name_rows(axes, names)
    begins = "; the axis does not begin at 0" if cut else ""
    label(axes, f"{cell.metal} per area of the cell ({flows.unit}{begins})")
    title(axes, _heading(cell, f"what changed it, {_layer(cell, depth)}"))
    return figure


def yearly_plot(cell: Cell, depth: int | None = 0) -> Figure:
    """What each pathway added or took, year by year: gains above zero, losses below.

    Parameters
    ----------
    cell : Cell
        Of a run with fluxes of single cells.
    depth : int or None
        Layer, 0 on top; None for the whole column.

    Raises
    ------
    InputError
        Without fluxes of single cells.
    """
    yearly = cell.yearly(depth)
    if yearly is None:
        raise _no_fluxes()
    begin, end = np.array(yearly.years), np.array(yearly.ends)
    span = (end - begin).astype(np.float64)
    rates = yearly.values / span[:, None]
    figure, axes = one_panel(4.2)
    top, bottom = np.zeros((2, span.size))
    for k, (name, columns) in enumerate(_largest([n for _, n in yearly.pathways], rates)):
        gain, loss = (f(columns, 0.0).sum(axis=1) for f in (np.maximum, np.minimum))
        style: dict[str, Any] = {
            "color": colour_of(k, name), "edgecolor": "white", "linewidth": 0.3
        }  # fmt: skip
        axes.bar(begin, gain, span, top, align="edge", label=name, **style)
        axes.bar(begin, loss, span, bottom, align="edge", **style)
        top, bottom = top + gain, bottom + loss
    axes.plot(begin + span / 2.0, rates.sum(axis=1), color=INK, linewidth=1.2, label="net")
    axes.axhline(0.0, color=INK, linewidth=0.8)
    label(axes, "", f"{cell.metal} per area of the cell\n({yearly.unit} a year)")
    year_axis(axes, int(begin[0]), int(end[-1]))
    legend_below(axes, columns=3)
    title(axes, _heading(cell, f"gains and losses, {_layer(cell, depth)}"))
    return figure


def sources_plot(cell: Cell, since: int | None = None, until: int | None = None) -> Figure:
    """Where the metal of the control layer is from, and what each source added in years.

    Parameters
    ----------
    cell : Cell
        Of a run with source tags.
    since, until : int, optional
        Two recorded years; the first and the last one by default.

    Raises
    ------
    InputError
        If the run has no source tags.
    """
    since, until = _span(cell, since, until)
    found = cell.by_source(since, until)
    if found is None:
        raise InputError(
            Problem(
                "the run", "has no source tags",
                'metal is told apart by source where the scenario has [tags] by = "sector"',
                "Set it and run again.",
            )
        )  # fmt: skip
    parts = [
        (f"content of {cell.depths[0]} in {until} ({found.content_unit})", found.content_now),
        (f"added to the column, {since}-{until} ({found.unit})", found.gains),
    ]
    parts = [(text, steps) for text, steps in parts if steps]
    longest = max((min(len(steps), len(COLOURS) + 1) for _, steps in parts), default=1)
    figure = Figure(figsize=(1.4 * WIDTH, 1.2 + ROW * longest), layout="constrained")
    panels = figure.subplots(1, max(len(parts), 1), squeeze=False)[0]
    # a source has one colour in both
    names = [s.label for _, steps in parts for s in steps]
    place = {name: k for k, name in enumerate(dict.fromkeys(names))}
    for axes, (text, steps) in zip(panels, parts, strict=True):
        _ranked(axes, steps, place)
        axes.set_title(text, fontsize=9, loc="left")
    figure.suptitle(_heading(cell, "by source"), x=0.01, ha="left", fontsize=10)
    return figure


def profile_plot(cell: Cell, year: int | None = None) -> Figure:
    """Content by depth in a year, and at the start of the run."""
    profile = cell.profile(cell.years[-1] if year is None else year)
    edges = np.r_[profile.tops_cm, profile.bottoms_cm[-1]]
    figure, axes = one_panel(4.0, width=0.62 * WIDTH)
    drawn = [(profile.content, profile.year, BLUE, "-")]
    if profile.year != profile.start:
        drawn.insert(0, (profile.content_start, profile.start, ORANGE, "--"))
    for values, when, colour, style in drawn:
        axes.stairs(
            values, edges, orientation="horizontal", baseline=None, label=str(when), linewidth=2.0,
            color=colour, linestyle=style,
        )  # fmt: skip
    axes.set_ylim(edges[-1], 0.0)
    axes.set_xlim(0.0, 1.1 * max(*profile.content, *profile.content_start))
    label(axes, f"{cell.metal} ({profile.unit})", "depth (cm)")
    legend_below(axes, columns=2)
    title(axes, _heading(cell, "by depth"))
    return figure


def _heading(cell: Cell, what: str) -> str:
    where = f", {cell.district}" if cell.district else ""
    return f"{cell.metal} in cell {cell.row},{cell.col}{where}: {what}"


def _layer(cell: Cell, depth: int | None) -> str:
    return "whole column" if depth is None else cell.depths[depth]


def _span(cell: Cell, since: int | None, until: int | None) -> tuple[int, int]:
    first, last = cell.years[0], cell.years[-1]
    return (first if since is None else since), (last if until is None else until)


def _draw_limit(axes: Axes, cell: Cell, content: Floats, limit: Floats) -> None:
    """Limit of the years with the name of the last one, or the name alone where it is far above."""
    known = np.flatnonzero(np.isfinite(limit))
    if not known.size:
        why = cell.standing(cell.years[-1]).limit_name
        axes.plot([], [], " ", label=f"no limit: {why}")
        return
    last = int(known[-1])
    year = cell.years[last]
    name = f"limit, {number(limit[last])} mg/kg in {year}: {cell.standing(year).limit_name}"
    if np.nanmin(limit) > _IN_SIGHT * np.nanmax(content):
        axes.plot([], [], " ", label=f"{name}; above the chart")
        return
    axes.step(
        cell.years, limit, where="post", color=VERMILION, linestyle="--", linewidth=1.5, label=name
    )


def _largest(names: Sequence[str], values: Floats) -> list[tuple[str, Floats]]:
    """Columns by name: those that move most, in their order, then the others together."""
    order = np.argsort(-np.abs(values).sum(axis=0), kind="stable")
    kept, rest = np.sort(order[: len(COLOURS)]), order[len(COLOURS) :]
    found = [(names[k], values[:, [k]]) for k in kept]
    return [*found, (others(rest.size), values[:, rest])] if rest.size else found


def _ranked(axes: Axes, steps: Sequence[Step], place: dict[str, int]) -> None:
    """Bars with their numbers, the largest on top, the smallest together."""
    kept, rest = steps[: len(COLOURS)], steps[len(COLOURS) :]
    names, values = [s.label for s in kept], [s.value for s in kept]
    if rest:
        names.append(others(len(rest)))
        values.append(sum(s.value for s in rest))
    colours = [
        COLOURS[place[n]] if place.get(n, len(COLOURS)) < len(COLOURS) else FAINT for n in names
    ]
    bars = axes.barh(np.arange(len(names)), values, color=colours, height=0.66)
    axes.bar_label(bars, [number(v) for v in values], padding=4, fontsize=8)
    axes.margins(x=0.18)
    name_rows(axes, names)
    tidy(axes)


def _no_fluxes() -> InputError:
    return InputError(
        Problem(
            "the run", "kept no fluxes of single cells",
            "what each pathway did to a cell is recorded where the scenario asks for it",
            'Run it again with [record] ledger = "cells".',
        )
    )  # fmt: skip
