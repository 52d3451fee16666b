"""Uptake by roots: Feddes' reduction, its limits, and the growth of roots."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.physics.percolation.batch import run_columns
from simulator.physics.percolation.column import Bottom, Feddes, RootGrowth, Roots, Top
from simulator.physics.percolation.flow import Mesh
from simulator.physics.percolation.roots import Uptake, grow, reduction, rooting_depth
from tests.physics.percolation.soils import CLASSES, column, days, even_roots, profile

OF = profile((60.0, CLASSES["loam"]))
RICE = Feddes(0.0, 0.0, -160.0, -250.0, -15000.0)


def uptake(feddes: Feddes | None = None, growth: RootGrowth | None = None) -> Uptake:
    f = feddes or Feddes()
    g = growth or RootGrowth(60.0, 200.0, 5.0, 80.0)
    return Uptake(
        np.zeros(OF.depth.size), OF.depth, np.zeros(1), f.p0, f.p_opt, f.p2_high, f.p2_low, f.p3,
        f.r2_high, f.r2_low, growth is not None, g.start, g.stop, g.least, g.greatest, g.period,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (5.0, 0.0),
        (-10.0, 0.0),
        (-17.5, 0.5),
        (-25.0, 1.0),
        (-100.0, 1.0),
        (-800.0, 1.0),
        (-4400.0, 0.5),
        (-8000.0, 0.0),
        (-15000.0, 0.0),
    ],
)
def test_reduction_is_linear_between_its_points(head: float, expected: float) -> None:
    assert reduction(head, uptake(), -800.0) == pytest.approx(expected, abs=1e-14)


def test_rice_takes_up_from_saturated_soil() -> None:
    assert reduction(10.0, uptake(RICE), -160.0) == 1.0
    assert reduction(0.0, uptake(RICE), -160.0) == 1.0


def transpired(head: float, potential: float, **others: Any) -> float:
    """Transpiration over its potential, in so short a time that the soil does not change."""
    c = column(
        OF, Top("flux"), Bottom("flux"), head, days(0.0, 0.0, potential), 1e-5,
        roots=even_roots(OF, **others),
    )  # fmt: skip
    o = run_columns([c])
    return float(o.transpiration[0, -1] / (potential * 1e-5))


@pytest.mark.parametrize(
    ("potential", "p2"),
    [(0.05, -800.0), (0.1, -800.0), (0.3, -500.0), (0.5, -200.0), (0.9, -200.0)],
)
def test_drought_begins_earlier_under_greater_demand(potential: float, p2: float) -> None:
    for head in (-300.0, -650.0, -3000.0):
        expected = min(1.0, (head + 8000.0) / (p2 + 8000.0))
        assert transpired(head, potential) == pytest.approx(expected, rel=1e-6)


def test_wilted_soil_gives_nothing() -> None:
    assert transpired(-9000.0, 0.3) == 0.0
    assert transpired(-5.0, 0.3) == 0.0  # no air


def test_density_counts_by_its_shape_and_not_in_the_lowest_node() -> None:
    density = np.exp(-OF.depth / 20.0) * 7.0
    roots = Roots(density)
    weather = days([0.0], 0.0, 0.4)
    c = column(OF, Top("flux"), Bottom("flux"), -100.0, weather, 1e-4, roots=roots)
    o = run_columns([c])
    share = o.uptake[0, 0] / o.uptake[0, 0].sum()
    expected = np.where(np.arange(OF.depth.size) < OF.depth.size - 1, density * OF.length, 0.0)
    np.testing.assert_allclose(share, expected / expected.sum(), rtol=1e-6)
    assert o.uptake[0, 0, -1] == 0.0


@settings(deadline=None, max_examples=15)
@given(st.floats(-12000.0, 0.0), st.just(0.0) | st.floats(1e-9, 1.5))
def test_transpiration_stays_below_its_potential_and_the_water_in_reach(
    head: float, potential: float
) -> None:
    weather = days(np.zeros(4), 0.0, potential)
    c = column(OF, Top("flux"), Bottom("flux"), head, weather, roots=even_roots(OF))
    o = run_columns([c], [1.0, 2.0, 3.0, 4.0], [0.0, 4.0])
    assert (np.diff(o.transpiration[0], prepend=0.0) <= potential * (1 + 1e-12)).all()
    assert (o.transpiration >= 0.0).all()
    # roots leave what is held below the wilting point
    dried = o.head[0, 1] < min(-8000.0, head) - 200.0
    assert not dried.any()


def test_logistic_growth_reaches_the_middle_halfway() -> None:
    growth = RootGrowth(60.0, 200.0, 5.0, 80.0)
    p = uptake(growth=growth)
    assert rooting_depth(60.0, p) == pytest.approx(5.0)
    assert rooting_depth(130.0, p) == pytest.approx(0.5 * (5.0 + 80.0))
    # X = Xm X0 / (X0 + (Xm - X0) e^-rt), r from the middle
    rate = -math.log(5.0 * (80.0 - 42.5) / (42.5 * 75.0)) / 70.0
    expected = 80.0 * 5.0 / (5.0 + 75.0 * math.exp(-rate * 30.0))
    assert rooting_depth(90.0, p) == pytest.approx(expected, rel=1e-12)
    assert rooting_depth(59.9, p) == 0.0
    assert rooting_depth(200.1, p) == 0.0
    assert rooting_depth(365.0 + 130.0, p) == pytest.approx(42.5)


def test_growing_roots_have_the_distribution_of_hoffman_and_van_genuchten() -> None:
    p = uptake(growth=RootGrowth(0.0, 100.0, 5.0, 75.0))
    mesh = Mesh(np.diff(OF.depth), OF.length, OF.material)
    grow(50.0, p, mesh)
    reach = 40.0
    d = OF.depth
    shape = np.where(d < 8.0, 1.667 / reach, 2.0833 / reach * (1.0 - d / reach))
    shape[(d > reach) | (np.arange(d.size) == 0) | (np.arange(d.size) == d.size - 1)] = 0.0
    np.testing.assert_allclose(p.density, shape / (shape @ OF.length), rtol=1e-12)
    assert p.density @ OF.length == pytest.approx(1.0)
    grow(150.0, p, mesh)
    assert not p.density.any()


def test_roots_take_up_within_their_season_only() -> None:
    growth = RootGrowth(2.0, 6.0, 10.0, 40.0)
    roots = Roots(np.zeros(OF.depth.size), growth=growth)
    c = column(OF, Top("flux"), Bottom("flux"), -100.0, days(np.zeros(8), 0.0, 0.2), roots=roots)
    daily = np.diff(run_columns([c], c.weather.end).transpiration[0], prepend=0.0)
    assert not daily[[0, 6, 7]].any()
    assert daily[1] <= 0.2 * 0.025 * (1 + 1e-9)  # depth is that of the end of a step
    np.testing.assert_allclose(daily[2:6], 0.2, rtol=1e-6)
