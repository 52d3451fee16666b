"""Questions about the stacks of a run: where they stand, what they emit, where that falls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from analysis.app.answers import Handler, png
from analysis.app.query import MetalYear, Place, asked
from analysis.app.views import Views, metal_and_year, stamp_of
from analysis.runs import years_of
from simulator.errors import InputError

if TYPE_CHECKING:
    from analysis.inspector.stack import StackView
    from analysis.layers import Layer, Scale

#: g ha-1 in 1 mg m-2.
_G_PER_HA: Final = 10.0


class FootprintValue(MetalYear, Place):
    """What falls on a cell."""


def stacks(views: Views, request: Request) -> list[dict[str, Any]]:
    """Stacks on the map, and whether they emit the metal."""
    from analysis.inspector.shapes import stack_points

    run, query = views.run(request.path_params["run"]), asked(MetalYear, request)
    metal, year = metal_and_year(run, query.metal, query.year)
    if years_of(run).size < 2:  # nothing was emitted yet
        return []
    key = ("stacks", stamp_of(run), run.path, metal, year)
    return views.answers.get(key, lambda: stack_points(run, metal, year))


def stack(views: Views, request: Request) -> dict[str, Any]:
    """What a stack emits, and what was done to it."""
    view, metal, flows = _asked(views, request)
    years, kg = view.emission(metal)
    return {
        "id": view.stack.id,
        "name": view.stack.name,
        "sector": view.stack.sector,
        "x": view.stack.col,
        "y": view.stack.row,
        "text": _text(view, metal, flows),
        "year": flows,
        "emission": {"years": years, "values": kg, "unit": "kg/yr"},
        "events": _events(view),
        "parameters": _parameters(view),
    }


def footprint_png(views: Views, request: Request) -> Response:
    """Picture of what falls of a stack's emission of a year."""
    from analysis.layers import png as draw

    view, metal, flows = _asked(views, request)
    key = ("footprint", stamp_of(view.run), view.run.path, view.stack.id, metal, flows)

    def make() -> bytes:
        return draw(
            _fallen(view, metal, flows), _layer(view, metal), _scale(views, view, metal), water=None
        )

    return png(views.pictures.get(key, make))


def footprint_legend(views: Views, request: Request) -> dict[str, Any]:
    """Legend of that picture, and what it shows in a line."""
    from analysis.layers import legend

    view, metal, flows = _asked(views, request)
    told = view.deposited(metal, flows)
    scale = _scale(views, view, metal)
    share = f", {100.0 * told.share:.2g} % of what it emitted" if np.isfinite(told.share) else ""
    caption = (
        f"{metal} from {view.stack.name}, fallen in {flows}, g/ha/yr: {told.kg:.3g} kg inside the "
        f"region{share}"
    )
    return {**legend(_layer(view, metal), scale).as_dict(), "caption": caption}


def footprint_text(views: Views, request: Request) -> dict[str, str]:
    """What falls on a cell."""
    view, metal, flows = _asked(views, request)
    place = asked(FootprintValue, request)
    fallen = _fallen(view, metal, flows)
    if not (place.row < fallen.shape[0] and place.col < fallen.shape[1]):
        return {"text": "outside of the grid"}
    value = float(fallen[place.row, place.col])
    if not np.isfinite(value):
        return {"text": "no soil here"}
    return {"text": f"{value:.3g} g/ha {metal} from {view.stack.name} in {flows}"}


def _asked(views: Views, request: Request) -> tuple[StackView, str, int]:
    """Stack, metal and year of the flows that a request asks for."""
    from analysis.inspector.stack import flow_year

    name, query = request.path_params["run"], asked(MetalYear, request)
    run = views.run(name)
    metal, year = metal_and_year(run, query.metal, query.year)
    flows = flow_year(run, year)
    return views.stack(name, request.path_params["id"]), metal, flows


# --- words ----------------------------------------------------------------------------------------


def _text(view: StackView, metal: str, year: int) -> str:
    years, kg = view.emission(metal)
    now = float(kg[years == year].sum())
    if now == 0.0:
        return f"No {metal} in {year}. Active {view.stack.first} to {view.stack.last} so far."
    share = view.share_of_region(metal, year)
    return (
        f"{now:.3g} kg {metal} in {year}, {100.0 * share:.2g} % of what all sources of the region "
        f"emitted; {float(kg.sum()):.3g} kg since {years[0]}."
    )


def _events(view: StackView) -> list[dict[str, Any]]:
    """What was done to it and will be, by date: policies, and changes that the region lists."""
    found = [
        {"date": row["date"], "text": f"{row['date']:g}: {row['name']} ({_by(row)})"}
        for row in view.events.to_dict("records")
    ]
    try:
        changes = view.changes.to_dict("records")
    except InputError:  # without its region the run knows of policies only
        changes = []
    found += [
        {"date": row["date"], "text": f"{row['date']:g}: {row['what']} {row['value']}"}
        for row in changes
    ]
    return sorted(found, key=lambda event: float(event["date"]))


def _by(row: dict[Any, Any]) -> str:
    return f"{row['kind']}, policy {row['policy']}" if row["policy"] else str(row["kind"])


def _parameters(view: StackView) -> dict[str, str]:
    try:
        found = view.parameters
    except InputError as error:
        return {"not known": error.problems[0].what}
    return {
        p.name: f"{p.value} {p.unit}".strip() + (f" ({p.note})" if p.note else "") for p in found
    }


# --- the footprint as a map -----------------------------------------------------------------------


def _fallen(view: StackView, metal: str, year: int) -> NDArray[np.float32]:
    """What falls in a year. [g ha-1]."""
    from analysis.layers.memory import MEMORY

    def fall() -> NDArray[np.float32]:
        return np.float32(_G_PER_HA) * view.footprint(metal, year).astype(np.float32)

    run = view.run
    return MEMORY.of(("fallen", run.path, stamp_of(run), view.stack.id, metal, year), fall)


def _layer(view: StackView, metal: str) -> Layer:
    from analysis.layers import Layer

    return Layer(
        "footprint", f"Fallen from {view.stack.name}", "g/ha/yr", "Sources",
        note=f"{metal} of this stack, dry and wet, on open and sealed ground, per area of the "
        "whole cell; the same as in the run's ledger.",
    )  # fmt: skip


def _scale(views: Views, view: StackView, metal: str) -> Scale:
    """Scale for all years: that of the year in which most was emitted, from 0."""
    from analysis.layers import Scale

    years, kg = view.emission(metal)
    most = int(years[int(kg.argmax())])

    def make() -> Scale:
        fallen = _fallen(view, metal, most)
        some = fallen[np.isfinite(fallen) & (fallen > 0.0)]
        high = float(np.percentile(some, 98.0)) if some.size else 1.0
        return Scale(0.0, high, (False, bool((some > high).any())))

    key = ("footprint scale", stamp_of(view.run), view.run.path, view.stack.id, metal)
    return views.answers.get(key, make)


ROUTES: Final[tuple[tuple[str, Handler], ...]] = (
    ("/api/runs/{run}/stacks", stacks),
    ("/api/runs/{run}/stacks/{id}", stack),
    ("/api/runs/{run}/stacks/{id}/footprint.png", footprint_png),
    ("/api/runs/{run}/stacks/{id}/footprint", footprint_legend),
    ("/api/runs/{run}/stacks/{id}/value", footprint_text),
)
