"""Van Genuchten-Mualem functions against their closed forms, and the table columns read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.physics.percolation.column import Material
from simulator.physics.percolation.hydraulics import (
    ROWS,
    SPECIFIC_STORAGE,
    Hydraulics,
    conductivity,
    fill_table,
    look_up,
    water_content,
)
from tests.physics.percolation.soils import CLASSES, Floats, hydraulics

NAMES = sorted(CLASSES)
SUCTION = np.geomspace(1e-3, 1.5e4, 400)


def table_of(soil: Hydraulics) -> Floats:
    table = np.empty((soil.n.size, ROWS, 8))
    fill_table(soil, table)
    return table


def looked_up(soil: Hydraulics, heads: Floats) -> Floats:
    """Water content, capacity and conductivity, ``[head, 3]``."""
    table = table_of(soil)
    return np.array([look_up(h, soil, table, 0) for h in heads])


def exact(p: Material, h: Floats, air_entry: bool) -> tuple[Floats, Floats, Floats]:
    """Section 1.1 of the specification, written out, for unsaturated heads."""
    m = 1.0 - 1.0 / p.n
    t_m = p.theta_s
    if air_entry:
        t_m = p.theta_r + (p.theta_s - p.theta_r) * (1.0 + (2.0 * p.alpha) ** p.n) ** m
    power = np.abs(p.alpha * h) ** p.n
    x = (1.0 + power) ** -m
    theta = p.theta_r + (t_m - p.theta_r) * x
    effective = (theta - p.theta_r) / (p.theta_s - p.theta_r)

    def f(power: Floats | float) -> Floats | float:  # F(x) = 1 - (1 - x^(1/m))^m
        return 1.0 - (power / (1.0 + power)) ** m

    full = f((2.0 * p.alpha) ** p.n) if air_entry else 1.0
    k = p.k_s * effective**p.l * (f(power) / full) ** 2
    c = (t_m - p.theta_r) * m * p.n * p.alpha**p.n * np.abs(h) ** (p.n - 1.0)
    return theta, c * (1.0 + power) ** (-m - 1.0), k


@pytest.mark.parametrize("air_entry", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_functions_are_the_closed_forms(name: str, air_entry: bool) -> None:
    p, soil = CLASSES[name], hydraulics(CLASSES[name], air_entry)
    h = -np.geomspace(2.01 if air_entry else 1e-3, 3000.0, 200)
    theta, _, k = exact(p, h, air_entry)
    # 1 - (1 - x)^m of the closed form loses digits in dry sand
    wet = k > 1e-9 * p.k_s
    np.testing.assert_allclose([water_content(x, soil, 0) for x in h], theta, rtol=1e-13)
    got = np.array([conductivity(x, soil, 0) for x in h])
    np.testing.assert_allclose(got[wet], k[wet], rtol=1e-8)


@pytest.mark.parametrize("air_entry", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_table_is_within_the_stated_error(name: str, air_entry: bool) -> None:
    soil = hydraulics(CLASSES[name], air_entry)
    rng = np.random.default_rng(1)
    h = -np.exp(rng.uniform(np.log(1e-5), np.log(1.5e4), 4000))
    theta, _, k = looked_up(soil, h).T
    np.testing.assert_allclose(theta, [water_content(x, soil, 0) for x in h], rtol=1e-7)
    bound = 1e-5 if CLASSES[name].n > 1.6 else 2e-6
    np.testing.assert_allclose(k, [conductivity(x, soil, 0) for x in h], rtol=bound)


@pytest.mark.parametrize("air_entry", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_table_is_monotone_and_continuous(name: str, air_entry: bool) -> None:
    soil = hydraulics(CLASSES[name], air_entry)
    knots = np.concatenate([s * (1.0 + np.arange(32) / 32) for s in 2.0 ** np.arange(-10.0, 14.0)])
    around = np.concatenate([knots * (1 - 1e-12), knots, knots * (1 + 1e-12), SUCTION])
    h = -np.sort(around)
    theta, _, k = looked_up(soil, h).T
    assert (np.diff(theta) <= 1e-15).all()
    assert (np.diff(k) <= 1e-14 * k[:-1]).all()
    sides = looked_up(soil, -np.outer(knots, [1 - 1e-12, 1 + 1e-12]).ravel()).reshape(-1, 2, 3)
    inside = np.abs(knots - 2.0) > 0.1 if air_entry else np.ones(knots.size, dtype=bool)
    np.testing.assert_allclose(sides[:, 0, ::2], sides[:, 1, ::2], rtol=1e-9)
    np.testing.assert_allclose(sides[inside, 0, 1], sides[inside, 1, 1], rtol=1e-4, atol=1e-12)


@pytest.mark.parametrize("air_entry", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_capacity_is_the_derivative_of_water_content(name: str, air_entry: bool) -> None:
    soil = hydraulics(CLASSES[name], air_entry)
    h = -np.geomspace(2.1, 1e4, 300) * 1.0037  # off the knots
    d = 1e-4 * np.abs(h)
    theta_up, theta_down = looked_up(soil, h + d)[:, 0], looked_up(soil, h - d)[:, 0]
    capacity = looked_up(soil, h)[:, 1]
    slope = (theta_up - theta_down) / (2.0 * d)
    np.testing.assert_allclose(capacity, slope, rtol=2e-4, atol=1e-12)
    _, c, _ = exact(CLASSES[name], h, air_entry)
    np.testing.assert_allclose(capacity, c, rtol=2e-4)


@settings(deadline=None, max_examples=60)
@given(
    st.floats(0.002, 0.5),
    st.floats(1.03, 8.0),
    st.floats(-1.0, 3.0),
    st.booleans(),
    st.floats(-6.0, 7.0),
)
def test_table_holds_finite_numbers_everywhere(
    alpha: float, n: float, pore: float, air_entry: bool, exponent: float
) -> None:
    # within a micrometre of saturation 1 - u of a sand is below the resolution of numbers
    soil = hydraulics(Material(0.05, 0.45, alpha, n, 100.0, pore), air_entry)
    table = table_of(soil)
    rows = table[0, (-np.log2(1e6) < -20) + (21 * 32 if air_entry else 0) :]
    assert np.isfinite(rows).all()
    theta, capacity, k = look_up(-(10.0**exponent), soil, table, 0)
    assert 0.05 <= theta <= 0.45 + 1e-5
    assert capacity > -1e-8  # rounding of the water content, over the width of a piece
    assert 0.0 <= k <= 100.0 * (1 + 1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_saturation_is_met_from_below(name: str) -> None:
    p = CLASSES[name]
    for air_entry, h in ((False, -1e-9), (True, -2.0), (True, -2.0 - 1e-9)):
        soil = hydraulics(p, air_entry)
        theta, _, k = looked_up(soil, np.array([h]))[0]
        assert theta == pytest.approx(p.theta_s, rel=1e-8)
        assert k == pytest.approx(p.k_s, rel=1e-6)
    soil = hydraulics(p)
    theta, capacity, k = looked_up(soil, np.array([50.0]))[0]
    assert theta == pytest.approx(p.theta_s + 50.0 * SPECIFIC_STORAGE, rel=1e-14)
    assert (capacity, k) == (SPECIFIC_STORAGE, p.k_s)
    assert water_content(50.0, soil, 0) == theta


@pytest.mark.parametrize("name", NAMES)
def test_air_entry_hardly_changes_retention(name: str) -> None:
    plain, extended = (looked_up(hydraulics(CLASSES[name], e), -SUCTION) for e in (False, True))
    limit = 0.02 if CLASSES[name].alpha > 0.1 else 0.005  # sand holds less at 2 cm already
    assert np.abs(plain[:, 0] - extended[:, 0]).max() < limit
    below = SUCTION > 2.0
    assert (extended[below, 2] >= plain[below, 2]).all()


def test_what_is_no_number_finds_no_row() -> None:
    soil = hydraulics(CLASSES["loam"])
    _, _, k = look_up(float("nan"), soil, table_of(soil), 0)
    assert k == CLASSES["loam"].k_s
    theta, capacity, k = look_up(-1e300, soil, table_of(soil), 0)
    assert np.isfinite([theta, capacity, k]).all()
