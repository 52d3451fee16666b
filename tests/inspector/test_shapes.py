"""Overlays of the map: paths that can be read back to the outlines they were drawn from."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import shapely

from analysis.inspector import shapes
from analysis.inspector.pick import Outlines, outlines
from analysis.inspector.shapes import (
    district_path,
    outline_path,
    parcel_path,
    stack_points,
)
from analysis.report.mapping import border_path
from analysis.runs import grid_of
from simulator.record import RunFolder

NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")


def read_path(path: str) -> list[np.ndarray]:
    """Lines ``[point, (x, y)]`` of a path of M, l, h, v and z."""
    lines: list[list[tuple[float, float]]] = []
    for command, text in re.findall(r"([Mlhvz])([^Mlhvz]*)", path):
        numbers = [float(n) for n in NUMBER.findall(text)]
        assert not NUMBER.sub("", text).strip()
        if command == "M":
            lines.append([(numbers[0], numbers[1])])
            continue
        x, y = lines[-1][-1]
        if command == "z":
            lines[-1].append(lines[-1][0])
            continue
        dx, dy = {
            "l": lambda n: (n[0], n[1]), "h": lambda n: (n[0], 0.0), "v": lambda n: (0.0, n[0])
        }[command](numbers)  # fmt: skip
        lines[-1].append((x + dx, y + dy))
    return [np.array(line) for line in lines]


def in_cells(run: RunFolder, shape: shapely.Geometry) -> shapely.Geometry:
    grid = grid_of(run)
    return shapely.transform(
        shape, lambda p: (p - [grid.x_min, grid.y_max]) / grid.cell_size * [1.0, -1.0]
    )


def test_an_outline_is_that_of_the_parcel(acted: RunFolder) -> None:
    known = outlines(acted)
    for parcel, shape in zip(known.ids[::7].tolist(), known.shapes[::7], strict=True):
        (ring,) = read_path(outline_path(acted, parcel))
        drawn, meant = shapely.Polygon(ring), in_cells(acted, shape)
        assert shapely.hausdorff_distance(drawn, meant) < 0.01


def test_all_outlines_are_drawn_each_line_once(acted: RunFolder) -> None:
    drawn = shapely.MultiLineString(list(read_path(parcel_path(acted))))
    meant = shapely.union_all(
        [shapely.set_precision(in_cells(acted, s), 0.01).boundary for s in outlines(acted).shapes]
    )
    assert shapely.hausdorff_distance(drawn, meant) < 0.02
    assert drawn.length == pytest.approx(meant.length, rel=1e-3)


def test_parts_and_holes_are_drawn(acted: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    grid = grid_of(acted)

    def square(x: float, y: float, size: float) -> shapely.Polygon:
        return shapely.box(
            grid.x_min + x * grid.cell_size, grid.y_max - (y + size) * grid.cell_size,
            grid.x_min + (x + size) * grid.cell_size, grid.y_max - y * grid.cell_size,
        )  # fmt: skip

    frame = square(1, 2, 4).difference(square(2, 3, 1))
    two = Outlines(np.array([7]), np.array([shapely.MultiPolygon([frame, square(8, 8, 2)])]))
    monkeypatch.setattr(shapes, "outlines", lambda run: two)
    rings = read_path(outline_path(acted, 7))
    assert sorted(shapely.Polygon(r).area for r in rings) == [1.0, 4.0, 16.0]
    lines = shapely.MultiLineString(read_path(parcel_path(acted)))
    assert lines.length == pytest.approx(16.0 + 4.0 + 8.0)


def test_a_window_holds_the_outlines_that_reach_into_it(acted: RunFolder) -> None:
    part = shapely.MultiLineString(read_path(parcel_path(acted, (2.0, 3.0, 4.0, 5.0))))
    whole = shapely.MultiLineString(read_path(parcel_path(acted)))
    window = shapely.box(2.0, 3.0, 4.0, 5.0)
    inside = whole.intersection(window).length
    assert part.intersection(window).length == pytest.approx(inside)
    assert part.length < whole.length


def test_too_many_points_are_simplified_then_left_out(
    acted: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = grid_of(acted)
    turn = np.linspace(0.0, 2.0 * np.pi, 2001)
    ring = np.stack([grid.x_min + 5e3 + 2e3 * np.cos(turn), grid.y_max - 5e3 + 2e3 * np.sin(turn)])
    disc = Outlines(np.array([1]), np.array([shapely.Polygon(ring.T)]))
    monkeypatch.setattr(shapes, "outlines", lambda run: disc)
    fine, coarse = (parcel_path(acted, max_points=n) for n in (5000, 500))
    assert len(coarse) < 0.2 * len(fine)
    assert parcel_path(acted, max_points=5) == ""
    (one,), (other,) = read_path(fine), read_path(coarse)
    apart = shapely.hausdorff_distance(shapely.LineString(one), shapely.LineString(other))
    assert apart < 0.05


@pytest.mark.parametrize(
    ("hundredths", "text"),
    [(0, "0"), (25, ".25"), (-25, "-.25"), (100, "1"), (1050, "10.5"), (-2005, "-20.05"),
     (1000, "10"), (7, ".07"), (120003, "1200.03")],
)  # fmt: skip
def test_numbers_are_short_and_right(hundredths: int, text: str) -> None:
    assert shapes._number(hundredths) == text
    assert float(text) == hundredths / 100


def test_borders_are_those_of_the_districts(acted: RunFolder) -> None:
    path = district_path(acted)
    assert path == border_path(acted.history["district"].values)
    assert read_path(path)


def test_points_say_which_stacks_emit_in_the_year_of_the_map(acted: RunFolder) -> None:
    on = {
        year: [p["id"] for p in stack_points(acted, "Cd", year) if p["on"]]
        for year in (2020, 2022, 2023, 2024)
    }
    assert on == {
        2020: ["coal-1", "waste-1", "copper-1"], 2022: ["coal-1", "waste-1", "copper-1"],
        2023: ["coal-1", "waste-1", "copper-1", "copper-1@park"],
        2024: ["coal-1", "copper-1@park"],
    }  # fmt: skip
    one = stack_points(acted, "Cd", 2021)[0]
    table = acted.sources.set_index(["year", "id", "metal"])["kg_per_yr"]
    assert one["kg"] == table[2020, "coal-1", "Cd"]
    rows, cols = grid_of(acted).shape
    assert (one["x"], one["y"]) == (pytest.approx(0.82 * cols), pytest.approx(0.31 * rows))


def test_stacks_outside_the_map_are_left_out(acted: RunFolder) -> None:
    other = RunFolder(acted.path)
    moved = acted.sources.copy()
    moved.loc[moved["id"] == "coal-1", "x"] += 1e6
    other.__dict__["sources"] = moved
    assert "coal-1" not in {p["id"] for p in stack_points(other, "Cd", 2021)}
    assert replace(grid_of(other)) == grid_of(acted)
