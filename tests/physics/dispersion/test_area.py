from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon, box

from simulator.aermod.case_read import read_case, read_results
from simulator.physics.dispersion.area import cumulative_normal, upwind_part
from simulator.physics.dispersion.engine import Dispersed, Receptors, disperse
from simulator.physics.dispersion.hours import Hours, prepare
from simulator.physics.dispersion.kernel_inputs import source_exit
from simulator.physics.dispersion.plume import crosswind, plume_at
from simulator.physics.dispersion.receptor import lateral_term
from simulator.physics.dispersion.sources import Area, Inert
from tests.physics.dispersion.plume_cases import (
    KEPT,
    NIGHT,
    UNTIMED,
    keys,
    one,
    released,
    settled,
    unit_hours,
    unit_met,
    weather,
)

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


def size_of(x: np.ndarray, y: np.ndarray) -> float:
    return 0.5 * abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))))


def clipped(polygon: list[tuple[float, float]]) -> list[tuple[float, float]]:
    corners = np.array(polygon)
    count, u, v = upwind_part(corners[:, 0].copy(), corners[:, 1].copy())
    if count:
        assert (u[count], v[count]) == (u[0], v[0])
    return list(zip(u[:count].tolist(), v[:count].tolist(), strict=True))


def test_upwind_part_of_a_triangle() -> None:
    triangle = [(2.0, 0.0), (10.0, 0.0), (2.0, 8.0)]
    assert clipped(triangle) == triangle
    assert clipped([(u - 10.0, v) for u, v in triangle]) == []
    assert clipped([(u - 2.0, v) for u, v in triangle]) == [
        pytest.approx(p) for p in [(1.01, 0.0), (8.0, 0.0), (1.01, 6.99)]
    ]


@UNTIMED
@given(st.integers(3, 9), st.integers(0, 10**6))
def test_upwind_part_has_the_right_size(corners: int, seed: int) -> None:
    # a star-shaped polygon, convex or not
    rng = np.random.default_rng(seed)
    angle = (np.arange(corners) + rng.uniform(0.0, 0.4, corners)) * 2.0 * math.pi / corners
    radius = rng.uniform(20.0, 100.0, corners)
    polygon = list(zip(radius * np.cos(angle), radius * np.sin(angle), strict=True))
    found = np.array(clipped(polygon))
    assert found[:, 0].min() >= 1.01
    expected = Polygon(polygon).intersection(box(1.01, -200.0, 200.0, 200.0)).area
    assert size_of(found[:, 0], found[:, 1]) == pytest.approx(expected, rel=1e-9)


@UNTIMED
@given(st.floats(-6.0, 6.0))
def test_cumulative_normal_to_four_decimals(z: float) -> None:
    exact = 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))
    assert cumulative_normal(z) == pytest.approx(exact, abs=5e-4)
    assert cumulative_normal(z) + cumulative_normal(-z) == pytest.approx(1.0)


def test_cumulative_normal_as_printed() -> None:
    # three entries of AERMOD's table are not the nearest
    for z, entry in ((0.4, 0.6555), (0.6, 0.7258), (2.0, 0.9773), (0.5, 0.6915), (3.8, 0.9999)):
        assert cumulative_normal(z) == pytest.approx(entry, abs=1e-12)
    assert cumulative_normal(3.9) == cumulative_normal(math.inf) == 1.0
    assert cumulative_normal(-3.9) == 0.0


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
    a, b, _, d = np.array(area.vertices)
    middles = (np.arange(30) + 0.5) / 30
    distances = 900.0 - a[0] - np.add.outer(middles * (d - a)[0], middles * (b - a)[0]).ravel()
    expected = np.mean([strip(area, HOURS[name], u)[0] for u in distances])
    assert found == pytest.approx(expected, rel=5e-3)


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


@pytest.mark.reference
def test_hours_are_aermods() -> None:
    """Every hour, at the edges of plumes and within polygons too, to the digits printed."""
    case = read_case(KEPT / "cases" / "10_area_volume")
    receptors = case.receptors
    places = list(zip(receptors.x.round(2), receptors.y.round(2), strict=True))
    numbers = {key: h for h, key in enumerate(keys(unit_met()))}
    hourly = read_results(case)["hourly"]
    areas = [s for s in case.sources if isinstance(s.source, Area)]
    assert len(areas) == 2
    for source in areas:
        expected = hourly[hourly.group == source.id]
        h = [numbers[key] for key in expected.yymmddhh]
        n = [
            places.index(p) for p in zip(expected.x_m.round(2), expected.y_m.round(2), strict=True)
        ]
        found = disperse(
            source.source, [Inert()], unit_hours(),
            Receptors.of(receptors.x, receptors.y), keep=np.arange(len(places)),
        )  # fmt: skip
        value = found.hourly[h, n, 0, 0] * source.rate * 1e6
        assert value == pytest.approx(expected.conc_ug_m3.to_numpy(), rel=1e-5, abs=1e-4)


def test_nothing_upwind() -> None:
    found = run(square(200.0), HOURS["day"], np.array([-100.0, -150.0, -99.0, -90.0]), 0.0)
    assert found.total[:2].max() == 0.0
    assert found.total[3, 0, 0] > found.total[2, 0, 0] >= 0.0
