"""Questions about a run as a whole: what it is, its maps, outlines and stacks."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from analysis.app.answers import Handler, png
from analysis.app.hub import status_told
from analysis.app.query import MapQuery, MetalYear, PointQuery, ValueQuery, asked
from analysis.app.views import Views, has_region, metal_and_year, stamp_of
from simulator._version import __version__
from simulator.constants import WATER_CLASS
from simulator.errors import MetalscapeError

if TYPE_CHECKING:
    from analysis.layers import Atlas, View

#: A stack is hit from so far away. [cells]
_REACH: Final = 0.6


def home(views: Views, request: Request) -> dict[str, Any]:
    """All that can be opened or started."""
    from analysis.desk import library

    desk = views.desk
    return {
        "version": __version__,
        "runs": desk.runs(),
        "scenarios": desk.scenarios(),
        "experiments": desk.experiments(),
        "policies": library(),
    }


def about(views: Views, request: Request) -> dict[str, Any]:
    """What a run is and what can be shown of it."""
    from analysis.inspector.happenings import happenings

    name = request.path_params["run"]
    run, atlas = views.run(name), views.atlas(name)
    manifest = run.manifest
    job = views.desk.job(name)
    return {
        "name": name,
        "path": str(run.path.resolve()),
        "title": manifest["scenario"]["title"],
        "region": {
            "name": manifest["region"]["name"],
            "title": manifest["region"]["title"],
            "districts": list(manifest["region"]["districts"].values()),
        },
        "scenario": manifest["scenario"],
        "parent": manifest["parent"],
        "illustrative": manifest["illustrative"],
        "grid": manifest["grid"],
        "start": manifest["start"],
        "until": run.recorded_until,
        "end": manifest["start"] + manifest["years"],
        "finished": run.finished,
        "live": None if job is None else status_told(job.status),
        "years": atlas.years,
        "metals": atlas.metals,
        "depths": atlas.depths,
        "layers": [
            {**dataclasses.asdict(layer), "slow": layer.whole_run} for layer in atlas.layers
        ],
        "missing": atlas.missing,
        "events": happenings(run),
        "related": views.desk.related(name),
        "experiments": _experiments(views, manifest["region"]["name"]),
        "stamp": stamp_of(run),
    }


def _experiments(views: Views, region: str) -> list[dict[str, Any]]:
    found = []
    for e in views.desk.experiments():
        if e.region == region:
            try:
                options = views.chances(e.name).options
            except (MetalscapeError, OSError):
                continue  # a broken one is no reason not to see the run
            found.append({"name": e.name, "title": e.title, "options": options})
    return found


def policies(views: Views, request: Request) -> dict[str, Any]:
    """What the policies of a run have reached and cost at the beginning of a year."""
    from analysis.desk import REMARK, spending

    run, query = views.run(request.path_params["run"]), asked(MetalYear, request)
    year = run.recorded_until if query.year is None else query.year
    return {"year": year, "policies": spending(run, year), "remark": REMARK}


def overview(views: Views, request: Request) -> dict[str, Any]:
    """Share of the land at or above its limit, and mean content of the cells, by year."""
    name, query = request.path_params["run"], asked(MetalYear, request)
    atlas = views.atlas(name)
    run = atlas.run
    metal, _ = metal_and_year(run, query.metal, None)
    key = ("overview", run.path, run.manifest["created"], has_region(run), metal)
    found = [
        views.overviews.get((*key, year), partial(_standing, atlas, metal, year))
        for year in atlas.years
    ]
    return {
        "years": atlas.years,
        "over_share": [over for over, _ in found],
        "mean": [mean for _, mean in found],
    }


def _standing(atlas: Atlas, metal: str, year: int) -> tuple[float, float]:
    """Share of the land with a limit that is at or above it [-]; mean content [mg kg-1].

    A cell counts with its land, open and sealed; its water has neither soil nor limit.
    """
    from analysis.layers import View

    view = View("content", metal, 0, year)
    content, limit = atlas.values(view), atlas.limit(view)
    land = np.where(np.isfinite(content - limit), _land_share(atlas, year), 0.0)
    over = float(land[content >= limit].sum(dtype=np.float64))
    total = float(land.sum(dtype=np.float64))
    return over / total if total > 0.0 else np.nan, float(np.nanmean(content))


def _land_share(atlas: Atlas, year: int) -> NDArray[np.float32]:
    """Share of each cell that is not water at the beginning of a year, ``[row, col]``. [-]."""
    from analysis.layers.memory import MEMORY

    def read() -> NDArray[np.float32]:
        water = atlas.run.history["open_share"].sel(year=year, land_class=WATER_CLASS)
        return np.float32(1.0) - water.values.astype(np.float32)

    return MEMORY.of((atlas.record.identity, "land share", year), read)


# --- maps -----------------------------------------------------------------------------------------


def map_png(views: Views, request: Request) -> Response:
    """Picture of a layer, one pixel a cell, on the scale of all years."""
    from analysis.layers import png as draw

    name, query = request.path_params["run"], asked(MapQuery, request)
    view = views.view(name, query)
    names = _sharing(views, name, query)

    def make() -> bytes:
        atlas = views.atlas(name)
        water = atlas.water(view.year)
        return draw(
            atlas.values(view), atlas.layer(view.layer), views.scale(names, view), water=water
        )

    key = ("map", name, tuple((n, views.stamp(n)) for n in names), view)
    return png(views.pictures.get(key, make))


def difference_png(views: Views, request: Request) -> Response:
    """Picture of another run less this one."""
    from analysis.layers import difference
    from analysis.layers import png as draw

    name, query = request.path_params["run"], asked(MapQuery, request)
    view, other = views.view(name, query), query.other or name

    def make() -> bytes:
        atlas = views.atlas(name)
        values = difference(views.atlas(other), atlas, view)
        scale = views.difference_scale(other, name, view)
        water = atlas.water(view.year)
        return draw(values, atlas.layer(view.layer), scale, water=water, difference=True)

    key = ("difference", name, views.stamp(name), other, views.stamp(other), view)
    return png(views.pictures.get(key, make))


def legend_of(views: Views, request: Request) -> dict[str, Any]:
    """Legend of a map, and what the map shows in a line."""
    from analysis.layers import legend

    name, query = request.path_params["run"], asked(MapQuery, request)
    view = views.view(name, query)
    atlas = views.atlas(name)
    layer = atlas.layer(view.layer)
    caption = atlas.caption(view)
    if query.difference and query.other:
        scale = views.difference_scale(query.other, name, view)
        told = legend(layer, scale, difference=True)
        caption = f"{caption}: {query.other} minus {name}"
    else:
        told = legend(layer, views.scale(_sharing(views, name, query), view))
    return {**told.as_dict(), "caption": caption}


def value_text(views: Views, request: Request) -> dict[str, str]:
    """What the map says of a cell."""
    from analysis.layers import describe

    name, query = request.path_params["run"], asked(ValueQuery, request)
    view = views.view(name, query)
    text = describe(views.atlas(name), view, query.row, query.col)
    if query.difference and query.other:
        text = _difference_text(views, (query.other, name), view, (query.row, query.col), text)
    return {"text": text}


def _sharing(views: Views, name: str, query: MapQuery) -> tuple[str, ...]:
    """Runs that share the scale of a layer that they have, in an order that all ask in."""
    beside = query.beside or name
    has = any(layer.key == query.layer for layer in views.atlas(beside).layers)
    return tuple(sorted({name, beside if has else name}))


def _difference_text(
    views: Views, names: tuple[str, str], view: View, cell: tuple[int, int], here: str
) -> str:
    """What a cell has more in another run than in this one, and what it has in each."""
    from analysis.layers import describe, difference
    from analysis.layers.colours import difference_unit
    from analysis.layers.hover import with_sign

    other, own = (views.atlas(name) for name in names)
    layer = own.layer(view.layer)
    there = describe(other, view, *cell)
    value = float(difference(other, own, view)[cell])
    both = here if here == there else f"{names[0]}: {there}; {names[1]}: {here}"
    if layer.classes or not np.isfinite(value):
        return both
    if layer.unit == "%":
        value *= 100.0
    change = "no difference" if value == 0.0 else f"{with_sign(value)} {difference_unit(layer)}"
    return f"{change.rstrip()} ({both})"


# --- outlines -------------------------------------------------------------------------------------


def shapes(views: Views, request: Request) -> dict[str, str]:
    """Borders of districts and outlines of parcels, SVG paths in cells."""
    from analysis.inspector.shapes import district_path, parcel_path

    run = views.run(request.path_params["run"])
    return {"districts": district_path(run), "parcels": parcel_path(run)}


def pick(views: Views, request: Request) -> dict[str, Any]:
    """What lies at a point of the map."""
    from analysis.inspector.pick import parcel_at, stack_near

    run, point = views.run(request.path_params["run"]), asked(PointQuery, request)
    return {
        "stack": stack_near(run, point.x, point.y, _REACH),
        "parcel": parcel_at(run, point.x, point.y),
    }


ROUTES: Final[tuple[tuple[str, Handler], ...]] = (
    ("/api/home", home),
    ("/api/runs/{run}", about),
    ("/api/runs/{run}/policies", policies),
    ("/api/runs/{run}/overview", overview),
    ("/api/runs/{run}/map.png", map_png),
    ("/api/runs/{run}/difference.png", difference_png),
    ("/api/runs/{run}/legend", legend_of),
    ("/api/runs/{run}/value", value_text),
    ("/api/runs/{run}/shapes", shapes),
    ("/api/runs/{run}/pick", pick),
)
