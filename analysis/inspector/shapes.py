"""What lies over the map: outlines and stacks, in cells.

Coordinates are columns to the right (x) and rows down (y) from the north-west corner of the grid:
cell (0, 0) spans 0 to 1 either way.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from analysis.inspector.pick import Outlines, outlines
from analysis.inspector.stack import flow_year, stacks
from analysis.report.mapping import border_path
from analysis.runs import grid_of, metal_of
from simulator.record import RunFolder
from simulator.region.model import Grid

#: Outlines are drawn to this part of a cell; pieces of that size would be drawn as one point.
_PRECISION: Final = 100
#: Points of lines that lie no farther than this from the simpler line are left out. [cells]
_TOLERANCE: Final = 0.04
#: So many points take up to 2 MB of path, in 8 characters each at most.
MAX_POINTS: Final = 250_000

#: Left, top, right and bottom of a part of the map. [cells]
Window = tuple[float, float, float, float]


def parcel_path(run: RunFolder, window: Window | None = None, max_points: int = MAX_POINTS) -> str:
    """SVG path of the outlines of all parcels; a line between two of them is drawn once.

    Parameters
    ----------
    run : RunFolder
    window : (left, top, right, bottom), optional
        Only outlines that reach into this part of the map. [cells]
    max_points : int
        Where there are more points, lines are simplified by less than 1/20 of a cell; where there
        are still more, the path is empty: zoom in.

    Returns
    -------
    str
        In cells.
    """
    known, grid = outlines(run), grid_of(run)
    if window is None:
        return _whole_path(known, grid, max_points)
    return _path(_in_window(known, grid, window), grid, max_points)


def district_path(run: RunFolder) -> str:
    """SVG path along the borders of the districts, in cells."""
    return border_path(run.history["district"].values)


def outline_path(run: RunFolder, parcel: int) -> str:
    """SVG path of the outline of one parcel, holes too, in cells; to be filled ``evenodd``."""
    known = outlines(run)
    shape = known.shapes[known.place[parcel]]
    rings = shapely.get_rings(shapely.get_parts(shape))
    points = [_in_hundredths(shapely.get_coordinates(ring), grid_of(run)) for ring in rings]
    return "".join(f"{_draw(p)}z" for p in points)


def stack_points(run: RunFolder, metal: str, year: int) -> list[dict[str, Any]]:
    """Stacks on the map, for the widget.

    Parameters
    ----------
    run : RunFolder
    metal : str
        Symbol.
    year : int
        Year of the map: flows are those of the year before (see
        :func:`~analysis.inspector.stack.flow_year`).

    Returns
    -------
    list of dict
        ``id, name, sector, x, y`` [cells], ``kg`` (emission of the metal [kg yr-1]) and ``on``
        (whether there is some). Stacks outside the grid are left out.
    """
    rows, cols = grid_of(run).shape
    at, table = flow_year(run, year), run.sources
    chosen = table[(table["year"] == at) & (table["metal"] == metal_of(run, metal))]
    kg = chosen.set_index("id")["kg_per_yr"].to_dict()
    return [
        {
            "id": s.id, "name": s.name, "sector": s.sector, "x": s.col, "y": s.row,
            "kg": float(kg.get(s.id, 0.0)), "on": kg.get(s.id, 0.0) > 0.0,
        }
        for s in stacks(run)
        if 0.0 <= s.col <= cols and 0.0 <= s.row <= rows
    ]  # fmt: skip


@lru_cache(maxsize=4)
def _whole_path(known: Outlines, grid: Grid, max_points: int) -> str:
    return _path(known.shapes, grid, max_points)


def _in_window(known: Outlines, grid: Grid, window: Window) -> NDArray[np.object_]:
    left, top, right, bottom = (edge * grid.cell_size for edge in window)
    box = shapely.box(grid.x_min + left, grid.y_max - bottom, grid.x_min + right, grid.y_max - top)
    return known.shapes[np.sort(known.tree.query(box))]


def _path(shapes: NDArray[np.object_], grid: Grid, max_points: int) -> str:
    lines = _shared_lines(shapes, grid)
    if shapely.get_num_coordinates(lines) > max_points:
        lines = shapely.simplify(lines, _TOLERANCE * _PRECISION)
    if shapely.get_num_coordinates(lines) > max_points:
        return ""
    parts = shapely.get_parts(lines)
    points, part = shapely.get_coordinates(parts, return_index=True)
    cuts = np.flatnonzero(np.diff(part)) + 1
    return "".join(_draw(p) for p in np.split(np.rint(points).astype(np.int64), cuts) if len(p))


def _shared_lines(shapes: NDArray[np.object_], grid: Grid) -> shapely.Geometry:
    """Lines along the outlines, each once, as long as they go on, in hundredths of a cell."""
    rings = shapely.get_rings(shapely.get_parts(shapes))
    points, ring = shapely.get_coordinates(rings, return_index=True)
    points = _in_hundredths(points, grid)
    ends = np.concatenate([points[:-1], points[1:]], axis=1)[ring[:-1] == ring[1:]]
    ends = ends[(ends[:, :2] != ends[:, 2:]).any(axis=1)]
    # the same edge, whichever way round it was drawn
    back = (ends[:, 0] > ends[:, 2]) | ((ends[:, 0] == ends[:, 2]) & (ends[:, 1] > ends[:, 3]))
    ends[back] = ends[back][:, [2, 3, 0, 1]]
    edges = shapely.linestrings(np.unique(ends, axis=0).reshape(-1, 2, 2).astype(np.float64))
    # no tolerance: only points on straight lines go
    return shapely.simplify(shapely.line_merge(shapely.multilinestrings(edges)), 0.0)


def _in_hundredths(points: NDArray[np.float64], grid: Grid) -> NDArray[np.int64]:
    """Points ``[point, (x, y)]`` in whole hundredths of a cell."""
    cells = (points - [grid.x_min, grid.y_max]) / grid.cell_size * [1.0, -1.0]
    return np.rint(_PRECISION * cells).astype(np.int64)


def _draw(points: NDArray[np.int64]) -> str:
    """SVG path through points in hundredths of a cell; steps are from rounded point to point."""
    x, y = points[0].tolist()
    parts = [f"M{_number(x)} {_number(y)}"]
    for dx, dy in np.diff(points, axis=0).tolist():
        if dx and dy:
            parts.append(f"l{_number(dx)} {_number(dy)}")
        elif dx:
            parts.append(f"h{_number(dx)}")
        elif dy:
            parts.append(f"v{_number(dy)}")
    return "".join(parts)


@lru_cache(maxsize=1 << 16)
def _number(hundredths: int) -> str:
    text = f"{hundredths / _PRECISION:.2f}".rstrip("0").rstrip(".")
    return text.replace("0.", ".", 1) if abs(hundredths) < _PRECISION else text
