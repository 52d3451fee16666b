from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.dispersion.area import chords, cumulative_normal
from simulator.physics.dispersion.engine import Dispersed, Receptors, disperse
from simulator.physics.dispersion.hours import Hours, prepare
from simulator.physics.dispersion.plume import crosswind, plume_at
from simulator.physics.dispersion.receptor import lateral_term
from simulator.physics.dispersion.release_hour import source_exit
from simulator.physics.dispersion.sources import Area, Inert
from tests.physics.dispersion.plume_cases import NIGHT, UNTIMED, one, released, settled, weather

HOURS = {"day": prepare(weather()), "night": prepare(weather(**NIGHT))}


def run(area: Area, hours: Hours, x: np.ndarray | float, y: np.ndarray | float) -> Dispersed:
    return disperse(area, [Inert()], hours, Receptors.of(x, y))


def strip(area: Area, hours: Hours, x: float) -> tuple[float, float]:
    """Crosswind integral [s m-2] and sigma_y [m] of the plume at a distance from one strip."""
    hour, profile = one(hours)
    out = released(source_exit(area), hour, profile)
    plume = plume_at(x, 0.0, True, out, hour, profile)
    setting = settled(plume, out, hour, profile)
    return crosswind(0.0, plume, setting, out, hour).main, plume.sigma_y


def square(side: float, height: float = 3.0, sigma_z: float = 1.0) -> Area:
    return Area.rectangle(-side / 2, -side / 2, side, side, height, sigma_z=sigma_z)


def lengths(u: float, polygon: list[tuple[float, float]]) -> list[float]:
    corners = np.array(polygon)
    ends = np.empty(len(polygon))
    count = chords(u, corners[:, 0].copy(), corners[:, 1].copy(), ends)
    assert count % 2 == 0
    assert np.all(np.diff(ends[:count]) >= 0.0)
    return [ends[i + 1] - ends[i] for i in range(0, count, 2)]


def test_chords_of_a_convex_polygon() -> None:
    triangle = [(0.0, 0.0), (10.0, 0.0), (0.0, 10.0)]
    for u in (0.0, 1.0, 5.0, 9.5):
        assert lengths(u, triangle) == pytest.approx([10.0 - u])
    assert lengths(10.5, triangle) == lengths(-0.1, triangle) == []


def test_chords_of_a_polygon_with_a_notch() -> None:
    # a U that opens towards larger u
    polygon = [(0.0, 0.0), (10.0, 0.0), (10.0, 2.0), (4.0, 2.0), (4.0, 6.0), (10.0, 6.0),
               (10.0, 9.0), (0.0, 9.0)]  # fmt: skip
    assert lengths(2.0, polygon) == pytest.approx([9.0])
    assert lengths(7.0, polygon) == pytest.approx([2.0, 3.0])
    # a notch that narrows
    wedge = [(0.0, 0.0), (10.0, 0.0), (2.0, 5.0), (10.0, 10.0), (0.0, 10.0)]
    assert lengths(6.0, wedge) == pytest.approx([2.5, 2.5])
    assert lengths(1.0, wedge) == pytest.approx([10.0])


@UNTIMED
@given(st.integers(3, 9), st.integers(0, 10**6))
def test_chords_add_up_to_the_area(corners: int, seed: int) -> None:
    # a star-shaped polygon, convex or not
    rng = np.random.default_rng(seed)
    angle = (np.arange(corners) + rng.uniform(0.0, 0.4, corners)) * 2.0 * math.pi / corners
    radius = rng.uniform(20.0, 100.0, corners)
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    polygon = list(zip(x, y, strict=True))
    edges = np.linspace(x.min(), x.max(), 401)
    total = sum(sum(lengths(u, polygon)) for u in 0.5 * (edges[1:] + edges[:-1]))
    size = 0.5 * abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))))
    assert total * (edges[1] - edges[0]) == pytest.approx(size, rel=2e-2)


@UNTIMED
@given(st.floats(-6.0, 6.0))
def test_cumulative_normal_to_four_decimals(z: float) -> None:
    exact = 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))
    assert cumulative_normal(z) == pytest.approx(exact, abs=5e-4)
    assert cumulative_normal(z) + cumulative_normal(-z) == pytest.approx(1.0)


@pytest.mark.parametrize("name", HOURS)
def test_a_small_area_is_a_point_far_away(name: str) -> None:
    area = square(10.0)
    y = np.array([0.0, 80.0])
    found = run(area, HOURS[name], 3000.0, y).concentration[:, 0]
    integral, sigma_y = strip(area, HOURS[name], 3000.0)
    expected = [integral * lateral_term(v, sigma_y) for v in y]
    assert found == pytest.approx(expected, rel=1e-2)  # the table of Phi


@pytest.mark.parametrize("name", HOURS)
@pytest.mark.parametrize("angle", [0.0, 30.0])
def test_mass_across_the_wind_is_whole(name: str, angle: float) -> None:
    area = Area.rectangle(-60.0, -100.0, 120.0, 200.0, 2.0, angle=angle, sigma_z=1.5)
    y = np.arange(-1200.0, 1200.0, 4.0)
    found = run(area, HOURS[name], 900.0, y).concentration[:, 0].sum() * 4.0
    # the mean over the polygon of what a strip leaves
    along = 900.0 - np.array(area.vertices)[:, 0]
    across = np.array(area.vertices)[:, 1].copy()
    edges = np.linspace(along.min(), along.max(), 401)
    ends = np.empty(4)
    expected = 0.0
    for u in 0.5 * (edges[1:] + edges[:-1]):
        assert chords(u, along, across, ends) == 2
        width = ends[1] - ends[0]
        expected += width * strip(area, HOURS[name], u)[0] * (edges[1] - edges[0]) / area.size
    assert found == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize("name", HOURS)
def test_an_area_is_the_sum_of_its_parts(name: str) -> None:
    x, y = np.array([0.0, 120.0, 400.0, 1500.0]), np.array([10.0, 40.0, -60.0, 200.0])
    whole = run(square(200.0), HOURS[name], x, y).concentration[:, 0]
    parts = [
        Area.rectangle(-100.0 + 100.0 * i, -100.0 + 100.0 * j, 100.0, 100.0, 3.0, sigma_z=1.0)
        for i in (0, 1)
        for j in (0, 1)
    ]
    mean = sum(run(p, HOURS[name], x, y).concentration[:, 0] for p in parts) / 4.0
    assert whole == pytest.approx(mean, rel=2e-2)


def test_order_and_first_corner_do_not_matter() -> None:
    corners = square(200.0).vertices
    x, y = np.array([0.0, 150.0, 800.0]), np.array([20.0, -30.0, 100.0])
    first = run(Area(corners, 3.0), HOURS["day"], x, y).total
    for other in (corners[::-1], corners[2:] + corners[:2]):
        assert run(Area(other, 3.0), HOURS["day"], x, y).total == pytest.approx(first, rel=1e-12)


def test_nothing_upwind() -> None:
    found = run(square(200.0), HOURS["day"], np.array([-100.0, -150.0, -99.0, -90.0]), 0.0)
    assert found.total[:2].max() == 0.0
    assert found.total[3, 0, 0] > found.total[2, 0, 0] >= 0.0
