"""Questions about an experiment: in how many of its futures a limit is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request
from starlette.responses import Response

from analysis.app.answers import Handler, png
from analysis.app.query import ChanceQuery, ChanceValueQuery, asked
from analysis.app.views import Views, state_of
from simulator.errors import InputError, Problem

if TYPE_CHECKING:
    from analysis.layers import Chances, Scale

Asked = tuple["Chances", str, str, int]


def about(views: Views, request: Request) -> dict[str, Any]:
    """What an experiment is, and how many members of each option are there."""
    name = request.path_params["name"]
    chances = views.chances(name)
    folder = views.desk.open_experiment(name)
    return {
        "name": name,
        "title": folder.spec.title,
        "region": folder.manifest["region"]["name"],
        "options": chances.options,
        "years": chances.years,
        "metals": chances.metals,
        "grid": _grid(chances),
        "members": {option: chances.members(option) for option in chances.options},
        "finished": folder.finished,
    }


def chance_png(views: Views, request: Request) -> Response:
    """Picture of the chance of being at or above the limit."""
    from analysis.layers import png as draw

    name = request.path_params["name"]
    chances, option, metal, year = _asked(views, name, asked(ChanceQuery, request))

    def make() -> bytes:
        values = chances.values(option, metal, year)["probability"]
        return draw(values, chances.layer, _scale(), water=None)

    key = ("chance", *state_of(chances.folder), option, metal, year)
    return png(views.pictures.get(key, make))


def chance_legend(views: Views, request: Request) -> dict[str, Any]:
    """Legend of the chance, and what the map shows in a line."""
    from analysis.layers import legend

    name = request.path_params["name"]
    query = asked(ChanceQuery, request)
    chances, option, metal, year = _asked(views, name, query)
    told = legend(chances.layer, _scale()).as_dict()
    caption = chances.caption(option, metal, year)
    if query.year not in (None, year):
        kept = ", ".join(map(str, chances.years))
        caption = f"{caption}; {year} is the nearest to {query.year} of the years kept: {kept}"
    return {**told, "caption": caption}


def chance_text(views: Views, request: Request) -> dict[str, str]:
    """Chance in a cell, with its interval."""
    name, query = request.path_params["name"], asked(ChanceValueQuery, request)
    chances, option, metal, year = _asked(views, name, query)
    rows, cols = chances.grid.shape
    if not (query.row < rows and query.col < cols):
        raise InputError(
            Problem(
                f"cell {query.row},{query.col}", "lies outside the grid",
                f"rows are 0 to {rows - 1}, columns 0 to {cols - 1}", "Choose a cell of the map.",
            )
        )  # fmt: skip
    return {"text": chances.describe(option, metal, year, query.row, query.col)}


def _asked(views: Views, name: str, query: ChanceQuery) -> Asked:
    """Experiment, option, metal and recorded year that a request asks for."""
    chances = views.chances(name)
    option = query.option or chances.options[0]
    metal = query.metal or chances.metals[0]
    year = chances.years[-1] if query.year is None else query.year
    return chances, option, metal, chances.nearest_year(year)


def _grid(chances: Chances) -> dict[str, Any]:
    """Place and size of the maps. [m]."""
    grid = chances.grid
    rows, cols = grid.shape
    place = {"x_min": grid.x_min, "y_max": grid.y_max, "cell_size": grid.cell_size}
    return {**place, "rows": rows, "cols": cols}


def _scale() -> Scale:
    from analysis.layers import Scale

    return Scale(0.0, 1.0, (False, False))


ROUTES: Final[tuple[tuple[str, Handler], ...]] = (
    ("/api/experiments/{name}", about),
    ("/api/experiments/{name}/chance.png", chance_png),
    ("/api/experiments/{name}/chance", chance_legend),
    ("/api/experiments/{name}/value", chance_text),
)
