"""The tabulated mode beside the exact one."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.aermod.met_files import read_meteorology
from simulator.physics.dispersion.engine import Dispersed, Receptors, disperse
from simulator.physics.dispersion.hours import Hours, prepare
from simulator.physics.dispersion.sources import (
    Area,
    BulkParticles,
    Gas,
    Inert,
    Particles,
    Point,
    Source,
    Substance,
    Volume,
)
from simulator.physics.dispersion.table import NODES_PER_DECADE, node_distances
from tests.physics.dispersion.plume_cases import CASES, mixed, need_cases

SUBSTANCES: tuple[Substance, ...] = (
    Inert(),
    Particles((1e-6, 5e-6, 20e-6), (0.5, 0.3, 0.2), (2000.0, 2100.0, 2200.0)),
    BulkParticles(0.7, 0.6e-6),
    Gas(0.06e-4, 5.25e-10, 1e7, 6e-6, 1.0),
)
SOURCES: dict[str, Point | Volume] = {
    "low": Point(0.0, 0.0, 10.0, 0.5, 0.0, 5.0),
    "medium": Point(30.0, -20.0, 60.0, 2.0, 400.0, 12.0),
    "tall": Point(0.0, 0.0, 180.0, 5.0, 410.0, 20.0),
    "cold": Point(0.0, 0.0, 40.0, 1.0, 280.0, 2.0, release="capped"),
    "volume": Volume(0.0, 0.0, 8.0, 6.0, 3.0),
}


@cache
def synthetic() -> Hours:
    return prepare(mixed(360, 4))


@cache
def houston() -> Hours:
    """Every fourteenth day of a year."""
    need_cases()
    met = read_meteorology(
        CASES / "met" / "HOUSTON_1996.SFC.gz", CASES / "met" / "HOUSTON_1996.PFL.gz"
    )
    return prepare(met.select(np.arange(len(met)) // 24 % 14 == 3))


@cache
def grid(count: int = 9, reach: float = 6000.0) -> Receptors:
    # random within the cells, so that no direction or distance is favoured
    rng = np.random.default_rng(6)
    axis = np.linspace(-reach, reach, count)
    x, y = (g.ravel() for g in np.meshgrid(axis, axis))
    step = axis[1] - axis[0]
    return Receptors.of(*(g + rng.uniform(-0.5, 0.5, g.size) * step for g in (x, y)))


def both(source: Source, hours: Hours, receptors: Receptors) -> tuple[Dispersed, Dispersed]:
    exact = disperse(source, SUBSTANCES, hours, receptors)
    return exact, disperse(source, SUBSTANCES, hours, receptors, tabulated=True)


def differences(source: Source, hours: Hours) -> NDArray[np.float64]:
    """Of all sums that exceed a hundredth of their largest."""
    exact, quick = both(source, hours, grid())
    assert exact.hours == quick.hours
    counts = exact.total > 0.01 * exact.total.max(axis=0)
    assert np.array_equal(quick.total[..., 1:].any(axis=0), exact.total[..., 1:].any(axis=0))
    return np.abs(quick.total[counts] / exact.total[counts] - 1.0)


@pytest.mark.slow
@pytest.mark.parametrize("name", SOURCES)
def test_sums_over_many_hours(name: str) -> None:
    assert differences(SOURCES[name], synthetic()).max() < 0.005


@pytest.mark.reference
@pytest.mark.parametrize("name", SOURCES)
def test_sums_over_a_real_year(name: str) -> None:
    found = differences(SOURCES[name], houston())
    assert found.max() < 0.005
    assert np.median(found) < 0.001


@pytest.mark.parametrize("name", ["medium", "volume"])
def test_hours_that_count(name: str) -> None:
    receptors = grid()
    keep = np.arange(len(receptors))
    exact, quick = (
        disperse(SOURCES[name], SUBSTANCES[:2], synthetic(), receptors, keep=keep, tabulated=t)
        for t in (False, True)
    )
    counts = exact.hourly > 0.01 * exact.hourly.max(axis=1, keepdims=True)
    assert counts.sum() > 1000
    difference = np.abs(quick.hourly[counts] / exact.hourly[counts] - 1.0)
    assert np.median(difference) < 0.001
    assert np.quantile(difference, 0.99) < 0.02


def test_substances_and_weights_alike() -> None:
    source, receptors = SOURCES["medium"], grid(5)
    weight = np.random.default_rng(1).uniform(0.0, 2.0, 360)
    together = disperse(source, SUBSTANCES, synthetic(), receptors, tabulated=True, weight=weight)
    for n, substance in enumerate(SUBSTANCES):
        alone = disperse(source, [substance], synthetic(), receptors, tabulated=True, weight=weight)
        assert alone.total[:, 0] == pytest.approx(together.total[:, n], rel=1e-12)
    assert not together.total[:, 0, 1:].any()
    assert together.total.min() >= 0.0


@pytest.mark.slow
def test_areas_are_never_tabulated() -> None:
    exact, quick = both(Area.rectangle(0.0, 0.0, 90.0, 60.0, 2.0), prepare(mixed(4)), grid(4))
    assert np.array_equal(exact.total, quick.total)


def test_at_the_source_itself_there_is_nothing() -> None:
    source = SOURCES["low"]
    receptors = Receptors.of([0.0, 0.5, 300.0], 0.0)
    exact, quick = both(source, prepare(mixed(6)), receptors)
    assert not exact.total[:2].any()
    assert not quick.total[:2].any()
    assert quick.total[2, 0, 0] > 0.0


def test_calm_hours_add_nothing() -> None:
    hours = prepare(mixed(4, wind_speed=np.zeros(4)))
    _, quick = both(SOURCES["low"], hours, grid(4))
    assert quick.hours == 0
    assert not quick.total.any()


@pytest.mark.parametrize("poles", [0.0, 3.0])
def test_refused_with_terrain_or_receptors_of_several_heights(poles: float) -> None:
    hours = prepare(mixed(2))
    flat = Receptors.of([100.0, 500.0], 0.0, flagpole=[0.0, poles])
    with pytest.raises(ValueError, match="flat terrain"):
        disperse(SOURCES["low"], [Inert()], hours, flat, flat=poles > 0.0, tabulated=True)


@pytest.mark.parametrize(("nearest", "farthest"), [(1.0, 10.0), (30.0, 2e4), (500.0, 1e5)])
def test_nodes_reach_as_far_as_receptors_and_depletion(nearest: float, farthest: float) -> None:
    nodes = node_distances(nearest, farthest)
    assert nodes[0] <= max(1.0, 0.2113249 * (nearest - 1.0) + 1.0)
    assert nodes[-1] >= farthest
    assert np.diff(np.log10(nodes)) == pytest.approx(1.0 / NODES_PER_DECADE)
