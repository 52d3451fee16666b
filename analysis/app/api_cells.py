"""Questions about one cell, and about one parcel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from starlette.requests import Request

from analysis.app.answers import Handler
from analysis.app.encode import MissingError
from analysis.app.query import CellQuery, MetalYear, asked
from analysis.app.views import Views, metal_and_year
from simulator.errors import InputError, Problem

if TYPE_CHECKING:
    from analysis.explain import NearSource
    from analysis.inspector.cell import Cell
    from analysis.inspector.flows import Step
    from simulator.record import RunFolder

Parts = list[dict[str, Any]]

#: Neighbours on each side of a cell.
_RADIUS: Final = 2
#: Parcels that cover less of a cell only touch it. [-]
_LEAST: Final = 1e-6


@dataclass(frozen=True)
class _Asked:
    """A cell that was asked for, and from when to when."""

    run: RunFolder
    cell: Cell
    year: int
    since: int | None
    depth: int

    @classmethod
    def of(cls, views: Views, request: Request) -> _Asked:
        name, query = request.path_params["run"], asked(CellQuery, request)
        run = views.run(name)
        metal, year = metal_and_year(run, query.metal, query.year)
        found = views.cell(name, query.row, query.col, metal)
        depth = min(query.depth, len(found.depths) - 1)
        return cls(run, found, year, _since(found, query.since, year), depth)


def cell(views: Views, request: Request) -> dict[str, Any]:
    """What a cell is and how it stands; what costs more to read has questions of its own."""
    this = _Asked.of(views, request)
    found, year = this.cell, this.year
    return {
        "row": found.row,
        "col": found.col,
        "x": found.x,
        "y": found.y,
        "lon": found.lon,
        "lat": found.lat,
        "place": found.place(year),
        "where": _where(found),
        "standing": found.standing(year),
        "limit_source": found.limit_source(year),
        "line": _line(found, this.depth, year),
        "profile": _profile(found, year),
    }


def why(views: Views, request: Request) -> dict[str, Any]:
    """Why a cell is over its limit, or is not."""
    this = _Asked.of(views, request)
    return {"why": this.cell.why(this.year, this.since)}


def pathways(views: Views, request: Request) -> dict[str, Any]:
    """What came and went, by pathway."""
    this = _Asked.of(views, request)
    return {
        "flows": None
        if this.since is None
        else _flows(this.cell, this.since, this.year, this.depth),
        "yearly": _yearly(this.cell, this.depth),
    }


def sources(views: Views, request: Request) -> dict[str, Any]:
    """What came and went, by source, and the stacks around."""
    this = _Asked.of(views, request)
    return {
        "sources": None if this.since is None else _sources(this.cell, this.since, this.year),
        "stacks_near": _near(this.run, this.cell, this.year),
    }


def land(views: Views, request: Request) -> dict[str, Any]:
    """Land of a cell, and what became of its parcels."""
    this = _Asked.of(views, request)
    return {
        "land": this.cell.land(this.year),
        "parcels": _parcels(this.run, this.cell, this.year),
    }


def around(views: Views, request: Request) -> dict[str, Any]:
    """Contents of the cells around one."""
    this = _Asked.of(views, request)
    return _neighbours(this.cell, this.year)


def parcel(views: Views, request: Request) -> dict[str, Any]:
    """What became of a parcel."""
    from analysis.inspector.parcel import look_parcel
    from analysis.inspector.shapes import outline_path

    run, query = views.run(request.path_params["run"]), asked(MetalYear, request)
    _, year = metal_and_year(run, "", query.year)
    number = _number(request.path_params["id"])
    try:
        view = look_parcel(run, number)
    except InputError as error:
        raise MissingError(error.problems) from error
    now = view.at(year)
    return {
        "id": view.id,
        "hectares": view.hectares,
        "class": now.land_class,
        "impervious": now.impervious,
        "zone": now.zone,
        "changes": [{"year": t.year, "from": t.old, "to": t.new} for t in view.changes],
        "sealed": {"years": view.sealed.years, "values": view.sealed.shares},
        "biography": view.biography(year),
        "outline": outline_path(run, view.id),
        "cells": view.cells,
    }


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 12:
        raise MissingError(
            Problem(
                f"parcel {text!r}", "there is no such parcel", "parcels are known by numbers",
                "Click on the map.",
            )
        )  # fmt: skip
    return int(text)


# --- parts of a cell ------------------------------------------------------------------------------


def _since(found: Cell, since: int | None, year: int) -> int | None:
    """First year of what is told up to a year: a recorded one before it; None if there is none."""
    before = [int(y) for y in found.years if y < year]
    if not before:
        return None
    return max((y for y in before if since is not None and y <= since), default=before[0])


def _where(found: Cell) -> str:
    ns, ew = ("N" if found.lat >= 0 else "S"), ("E" if found.lon >= 0 else "W")
    return (
        f"{abs(found.lat):.4f}\N{DEGREE SIGN} {ns}, {abs(found.lon):.4f}\N{DEGREE SIGN} {ew}; "
        f"easting {found.x:.0f} m, northing {found.y:.0f} m (centre of the cell)"
    )


def _line(found: Cell, depth: int, year: int) -> dict[str, Any]:
    line = found.line(depth)
    limited = bool(np.isfinite(line.limit).any())
    return {
        "years": line.years,
        "content": line.content,
        "limit": line.limit if limited else None,
        "limit_name": found.standing(year).limit_name if limited else "",
        "over": line.over,
        "depth": found.depths[depth],
    }


def _flows(found: Cell, since: int, year: int, depth: int) -> dict[str, Any] | None:
    flows = found.flows(since, year, depth)
    if flows is None:
        return None
    return {
        "since": since,
        "until": year,
        "depth": found.depths[depth],
        "unit": flows.unit,
        "start": {"label": f"stock {since}", "value": flows.start},
        "steps": _rows(flows.steps),
        "end": {"label": f"stock {year}", "value": flows.end},
        "residual": flows.residual,
    }


def _yearly(found: Cell, depth: int) -> dict[str, Any] | None:
    yearly = found.yearly(depth)
    if yearly is None:
        return None
    return {
        "unit": yearly.unit,
        "years": yearly.years,
        "ends": yearly.ends,
        "series": [
            {"key": key, "label": label, "values": yearly.values[:, k]}
            for k, (key, label) in enumerate(yearly.pathways)
        ],
    }


def _sources(found: Cell, since: int, year: int) -> dict[str, Any] | None:
    by_source = found.by_source(since, year)
    if by_source is None:
        return None
    return {
        "since": since,
        "year": year,
        "unit": by_source.unit,
        "gains": _rows(by_source.gains),
        "losses": _rows(by_source.losses),
        "content_now": _rows(by_source.content_now),
    }


def _rows(steps: tuple[Step, ...]) -> Parts:
    return [{"key": step.name, "label": step.label, "value": step.value} for step in steps]


def _profile(found: Cell, year: int) -> dict[str, Any]:
    profile = found.profile(year)
    return {
        "tops": profile.tops_cm,
        "bottoms": profile.bottoms_cm,
        "content": profile.content,
        "content_start": profile.content_start,
    }


def _neighbours(found: Cell, year: int) -> dict[str, Any]:
    """Window around a cell; where it reaches over the edge of the grid, there is nothing."""
    around = found.neighbours(year, _RADIUS)
    rows = range(found.row - _RADIUS, found.row + _RADIUS + 1)
    cols = range(found.col - _RADIUS, found.col + _RADIUS + 1)
    values = np.full((len(rows), len(cols)), np.nan)
    values[
        around.rows[0] - rows[0] : around.rows[-1] - rows[0] + 1,
        around.cols[0] - cols[0] : around.cols[-1] - cols[0] + 1,
    ] = around.content
    return {"rows": list(rows), "cols": list(cols), "values": values}


def _parcels(run: RunFolder, found: Cell, year: int) -> Parts:
    """Parcels in a cell and what became of them, the largest first."""
    from analysis.inspector.parcel import look_parcel
    from analysis.inspector.pick import outlines

    half = 0.5 * float(run.manifest["grid"]["cell_size"])
    square = shapely.box(found.x - half, found.y - half, found.x + half, found.y + half)
    known = outlines(run)
    near = known.tree.query(square, predicate="intersects")
    shares = shapely.area(shapely.intersection(known.shapes[near], square)) / square.area
    parts = sorted(zip((-shares).tolist(), known.ids[near].tolist(), strict=True))
    views = [(-share, look_parcel(run, number)) for share, number in parts if -share > _LEAST]
    return [
        {
            "id": view.id,
            "share": share,
            "class": view.at(year).land_class,
            "biography": view.biography(year),
        }
        for share, view in views
    ]


def _near(run: RunFolder, found: Cell, year: int) -> list[NearSource]:
    from analysis.explain import near_sources

    return near_sources(run, found.x, found.y, found.metal, year)


ROUTES: Final[tuple[tuple[str, Handler], ...]] = (
    ("/api/runs/{run}/cell", cell),
    ("/api/runs/{run}/cell/why", why),
    ("/api/runs/{run}/cell/pathways", pathways),
    ("/api/runs/{run}/cell/sources", sources),
    ("/api/runs/{run}/cell/land", land),
    ("/api/runs/{run}/cell/around", around),
    ("/api/runs/{run}/parcels/{id}", parcel),
)
