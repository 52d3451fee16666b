"""Command ``inspect``: why a cell is what it is."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analysis.cli.console import console, counted, number, print_json, say
from analysis.cli.describe import plain_table
from analysis.cli.inputs import Json
from simulator.errors import InputError, Problem

if TYPE_CHECKING:
    from analysis.explain import CellHistory
    from simulator.record import RunFolder

#: Columns that the years are summed into, and the width below which it is half as many.
_PERIODS, _NARROW = 4, 100
#: Significant digits of the stock in the budget, whose columns add up in the digits shown.
_DIGITS = 6


def inspect(
    run: Annotated[str, typer.Argument(help="Path or name of a run, finished or not.")],
    cell: Annotated[str, typer.Option(metavar="ROW,COL", help="Row from north, column from west.")],
    metal: Annotated[str, typer.Option(help="Symbol of the metal.")] = "Cd",
    year: Annotated[int | None, typer.Option(help="Look at this year, not the last one.")] = None,
    json: Json = False,
) -> None:
    """Tell the history of a cell: contents, every pathway in and out, land, parcels, sources."""
    from analysis.explain import explain
    from analysis.runs import open_run

    folder = open_run(run)
    row, col = parse_cell(cell)
    history = explain(folder, row, col, metal, year)
    if json:
        print_json(document(folder, history))
    else:
        print_history(folder, history)


def parse_cell(text: str) -> tuple[int, int]:
    """Row and column from ``ROW,COL``.

    Raises
    ------
    InputError
        If it is not two whole numbers.
    """
    parts = text.replace(" ", "").split(",")
    if len(parts) != 2 or not all(p.removeprefix("-").isdecimal() for p in parts):
        raise InputError(
            Problem(
                "--cell", f"found {text!r}", "a cell is ROW,COL, both whole numbers",
                "For example --cell 40,52.",
            )
        )  # fmt: skip
    return int(parts[0]), int(parts[1])


def document(run: RunFolder, history: CellHistory) -> dict[str, Any]:
    """Everything about the cell, for programs."""
    from analysis.explain import why
    from analysis.runs import run_name

    result: dict[str, Any] = {
        "run": run_name(run),
        "cell": {"row": history.row, "col": history.col, "x_m": history.x, "y_m": history.y},
        "district": history.district,
        "metal": history.metal,
        "why": why(history),
        "layers": history.layers,
        "years": history.years,
        "content_mg_kg": history.content,
        "stock_mg_m2": history.stock,
        "land": history.land,
        "parcels": [dataclasses.asdict(p) for p in history.parcels],
        "nearest_sources": [dataclasses.asdict(s) for s in history.sources],
    }
    if history.effect is not None:
        result["pathways"] = [
            {
                "name": p.name,
                "label": p.label,
                "kind": p.kind,
                "effect_mg_m2": history.effect[:, k],
            }
            for k, p in enumerate(history.pathways)
        ]
        result["residual_mg_m2"] = history.residual
        result["relative_residual"] = history.relative_residual
    return result


def print_history(run: RunFolder, history: CellHistory) -> None:
    """Print the cell for people."""
    from analysis.explain import why
    from analysis.runs import run_name

    district = f", {history.district}" if history.district else ""
    say(
        f"cell {history.row},{history.col} of {run_name(run)}: x {history.x:.0f}, "
        f"y {history.y:.0f}{district}", "bold",
    )  # fmt: skip
    say(why(history))
    land = sorted(history.land.items(), key=lambda item: -item[1])
    say(
        f"land in {history.years[-1]}: "
        + (", ".join(f"{name} {100.0 * share:.0f} %" for name, share in land) or "none")
    )
    if history.effect is not None and history.years.size > 1:
        print_budget(history)
    else:
        print_states(history)
        if history.effect is None:
            say("This run kept no fluxes of single cells ([record] ledger = 'totals').")
    print_parcels(history)
    print_sources(history)


def print_budget(history: CellHistory) -> None:
    """Print the budget of the control layer: stock, what came, what went, stock."""
    import numpy as np

    assert history.effect is not None
    years, stock = history.years, history.stock[:, 0]
    out = console()
    edges = period_edges(years.size - 1, _PERIODS if out.width >= _NARROW else _PERIODS // 2)
    spans = list(itertools.pairwise(edges))
    spans += [(years.size - 2, years.size - 1)] if len(spans) > 1 else []
    spans += [(0, years.size - 1)] if len(spans) > 1 else []
    columns = [span_name(int(years[a]), int(years[b])) for a, b in spans]
    table = plain_table(f"mg m-2, {history.control_layer}", *columns, right=tuple(columns))
    decimals = max(0, _DIGITS - 1 - math.floor(math.log10(stock.max()))) if stock.max() > 0 else 0

    def amount(value: float, sign: str = "") -> str:
        return f"{value:{sign}.{decimals}f}"

    table.add_row("stock at the start", *(amount(stock[a]) for a, _ in spans), style="bold")
    effect = history.effect[:, :, 0]
    total = effect.sum(axis=0)
    for k in np.argsort(-total, kind="stable"):
        if np.any(effect[:, k]):
            cells = (amount(effect[a:b, k].sum(), "+") for a, b in spans)
            table.add_row(history.pathways[k].label, *cells)
    table.add_row("stock at the end", *(amount(stock[b]) for _, b in spans), style="bold")
    table.add_row(
        "content at the end, mg/kg", *(number(history.content[b, 0], 4) for _, b in spans)
    )
    out.print(table)
    say(
        f"Each column adds up; largest residual of a year and layer "
        f"{np.abs(history.residual).max():.1e} mg m-2 ({history.relative_residual:.1e} relative). "
        "All years and layers: --json."
    )


def print_states(history: CellHistory) -> None:
    """Print content and stock of the control layer by year."""
    columns = ("content, mg/kg", "stock, mg m-2")
    table = plain_table("year", *columns, right=columns)
    for i in period_edges(history.years.size - 1, _PERIODS):
        table.add_row(
            str(history.years[i]), number(history.content[i, 0], 4), number(history.stock[i, 0], 5)
        )
    console().print(table)


def print_parcels(history: CellHistory) -> None:
    """Print the parcels of the cell."""
    shown = history.parcels[:5]
    columns = ("share of cell", "sealed")
    table = plain_table("parcel", "land", *columns, "changes", right=columns)
    for p in shown:
        table.add_row(
            str(p.id), p.land_class, f"{100.0 * p.share:.0f} %", f"{100.0 * p.impervious:.0f} %",
            "; ".join(p.changes) or "none",
        )  # fmt: skip
    console().print(table)
    if len(history.parcels) > len(shown):
        more = counted(len(history.parcels) - len(shown), "smaller parcel")
        say(f"and {more}")


def print_sources(history: CellHistory) -> None:
    """Print the nearest sources of the metal."""
    if not history.sources:
        say(f"No point source emitted {history.metal}.")
        return
    columns = ("away", f"{history.metal} emitted")
    table = plain_table("nearest sources", "sector", *columns, "towards", right=columns)
    for s in history.sources:
        table.add_row(
            s.name, s.sector, f"{s.distance_m / 1000.0:.1f} km", f"{number(s.emitted_kg)} kg",
            s.direction,
        )  # fmt: skip
    console().print(table)


def period_edges(n: int, periods: int) -> list[int]:
    """Edges of at most ``periods`` periods of ``n`` intervals, as even as they can be.

    Examples
    --------
    >>> period_edges(50, 4), period_edges(2, 4), period_edges(0, 4)
    ([0, 12, 25, 38, 50], [0, 1, 2], [0])
    """
    return sorted({(2 * i * n + periods) // (2 * periods) for i in range(periods + 1)})


def span_name(begin: int, end: int) -> str:
    """Name the years from ``begin`` to before ``end``."""
    return str(begin) if end - begin == 1 else f"{begin}-{end - 1}"
