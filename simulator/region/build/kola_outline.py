"""Land and lakes of a region of kind ``kola`` from outlines that are lines."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from simulator.region.build.coast_recipe import fault
from simulator.region.build.kola_recipe import KolaRecipe, SeaPart

#: A line whose ends lie so close is a ring that was drawn with a gap. [m]
GAP = 5000.0


@dataclass(frozen=True)
class Outline:
    """Land inside the boundary of the survey, islands included, the lakes in it and the coast.

    Attributes
    ----------
    land, lakes, coast : shapely geometry
        In the grid's CRS. Lakes are part of the land; the coast is lines. [m]
    """

    land: shapely.Geometry
    lakes: shapely.Geometry
    coast: shapely.Geometry


def read_outline(recipe: KolaRecipe, raw: Path) -> Outline:
    """Read the outlines and make areas of them.

    Closed lines of the coast are islands, open ones have a sea behind them, which the recipe
    closes. Lakes may hold islands. The boundary of the survey is closed by the seas.
    """
    features = json.loads((raw / recipe.raw.outlines).read_text(encoding="utf-8"))["features"]
    lines = {
        f["properties"]["kind"]: shapely.geometry.shape(f["geometry"])
        for f in features
        if f["properties"]["kind"] != "area"
    }
    coast, lakes = rings(lines["coast"]), rings(lines["lakes"])
    open_coast = [line for line in _merged(lines["coast"]) if not is_ring(line)]
    seas = shapely.union_all([sea_area(part, open_coast) for part in recipe.seas])
    surveyed = _surveyed(lines["boundary"], recipe)
    islands = shapely.union_all(coast)
    land = surveyed.difference(seas).union(islands.intersection(surveyed))
    # what is drawn inside a lake is an island: even rings are land again
    water = shapely.Polygon()
    for ring in sorted(lakes, key=lambda r: -r.area):
        water = water.symmetric_difference(ring)
    return Outline(land, water.intersection(land), lines["coast"])


def is_ring(line: shapely.LineString) -> bool:
    """Whether a line is closed, or would be but for a small gap."""
    first, last = np.asarray(line.coords)[[0, -1]]
    return float(np.hypot(*(first - last))) <= GAP and line.length > 2.0 * GAP


def rings(lines: shapely.Geometry) -> list[shapely.Geometry]:
    """Areas of the closed lines."""
    return [shapely.make_valid(shapely.Polygon(n.coords)) for n in _merged(lines) if is_ring(n)]


def sea_area(part: SeaPart, coasts: list[shapely.LineString]) -> shapely.Geometry:
    """Area between the open coast of a length and the corners of the recipe."""
    found = [n for n in coasts if part.least_length <= n.length <= part.most_length]
    if len(found) != 1:
        raise fault(
            f"seas, {part.name}",
            f"{len(found)} open lines of the coast have such a length",
            "a sea has one open line of the coast",
            "Mend least_length and most_length.",
        )
    return shapely.make_valid(shapely.Polygon([*found[0].coords, *part.corners]))


def _merged(lines: shapely.Geometry) -> list[shapely.LineString]:
    """Lines joined end to end."""
    merged = shapely.line_merge(shapely.union_all(shapely.get_parts(lines)))
    return list(shapely.get_parts(merged))


def _surveyed(boundary: shapely.Geometry, recipe: KolaRecipe) -> shapely.Geometry:
    """Area of the survey: west, south and east as drawn, in the north to the edge of the grid."""
    y1 = recipe.grid.grid().bounds[3]
    west, rest = sorted(shapely.get_parts(boundary), key=lambda n: n.length)
    points = [*west.coords, *rest.coords]
    return shapely.make_valid(shapely.Polygon([*points, (points[-1][0], y1), (points[0][0], y1)]))
