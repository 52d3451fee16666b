"""Solutes at the surface, in ponds, within the soil and into roots."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.physics.percolation.batch import run_columns
from simulator.physics.percolation.column import Top
from tests.physics.percolation.soils import CLASSES, column, days, even_roots, profile, solute

OF = profile((40.0, CLASSES["loam"]))


def test_rain_brings_its_solute_in_or_away() -> None:
    # without a pond what does not infiltrate runs off with its share
    rain = np.array([20.0, 4.0, 60.0])
    weather = days(rain, [0.3, 0.3, 0.0], 0.0, np.array([[0.5, 0.1, 0.2]]))
    c = column(OF, weather=weather, solutes=(solute(OF),))
    o = run_columns([c], weather.end)
    arrived = np.cumsum(rain * weather.concentration[0])
    np.testing.assert_allclose(o.solute_in[0, 0] + o.solute_runoff[0, 0], arrived, rtol=1e-10)
    assert o.solute_runoff[0, 0, -1] > 1.0
    # the part that infiltrates is that of the water
    water = np.diff(o.infiltration[0], prepend=0.0) / (rain - weather.evaporation)
    share = np.diff(o.solute_in[0, 0], prepend=0.0) / (rain * weather.concentration[0])
    np.testing.assert_allclose(share, water, rtol=1e-9)


def test_rain_that_evaporates_the_same_day_brings_nothing() -> None:
    weather = days([0.2, 0.2], 0.4, 0.0, np.array([[1.0, 1.0]]))
    o = run_columns([column(OF, weather=weather, solutes=(solute(OF),))])
    assert o.solute_in[0, 0, 0] == 0.0


def test_pond_keeps_what_has_not_infiltrated() -> None:
    of = profile((40.0, CLASSES["silty clay"]), air_entry=True)
    top = Top("atmospheric", h_crit_s=5.0, surface_layer=True)
    weather = days([8.0, 0.0, 0.0, 6.0], [0.0, 0.5, 0.5, 0.0], 0.0, np.array([[1.0, 0, 0, 1.0]]))
    c = column(of, top, weather=weather, solutes=(solute(of),))
    o = run_columns([c], weather.end)
    arrived = np.array([8.0, 8.0, 8.0, 14.0])
    held = arrived - o.solute_in[0, 0] - o.solute_runoff[0, 0]
    # evaporation leaves it: the pond gets stronger than the rain
    strength = held / o.pond[0]
    assert strength[0] == pytest.approx(1.0, rel=1e-6)
    assert 1.05 < strength[1] < strength[2] < 1.6
    assert 1.0 < strength[3] < strength[2]
    assert (np.diff(o.solute_runoff[0, 0]) >= 0.0).all()


def test_clean_rain_and_clean_soil_stay_clean() -> None:
    weather = days([3.0, 0.0, 2.0], 0.3)
    o = run_columns([column(OF, weather=weather, solutes=(solute(OF, 3.0),))], profiles=[3.0])
    assert not o.concentration.any()
    assert not o.mass.any()


@pytest.mark.parametrize("limit", [0.0, 0.2, 5.0])
def test_roots_take_no_more_than_their_limit(limit: float) -> None:
    weather = days(np.zeros(4), 0.0, 0.4)
    s = solute(OF, 10.0, 1.0, root_limit=limit)
    c = column(OF, weather=weather, roots=even_roots(OF), solutes=(s,))
    o = run_columns([c])
    expected = min(limit, 1.0) * o.transpiration[0, 0]
    assert o.solute_uptake[0, 0, 0] == pytest.approx(expected, rel=0.01, abs=1e-15)


def test_constant_boundaries_bring_their_concentration_for_as_long_as_told() -> None:
    s = solute(OF, 0.0, top_concentration=2.0, pulse=1.5)
    c = column(OF, Top("flux", 1.0), head=-50.0, stop=4.0, solutes=(s,))
    o = run_columns([c], [1.0, 4.0])
    assert o.solute_in[0, 0, 0] == pytest.approx(2.0)
    assert o.solute_in[0, 0, 1] == pytest.approx(3.0, abs=0.06)  # to the step


def test_solutes_do_not_know_of_each_other() -> None:
    weather = days([3.0, 0.0, 2.0], 0.3)
    many = tuple(solute(OF, kd, 1.0, root_limit=0.1) for kd in (50.0, 5.0, 500.0))
    together = run_columns([column(OF, weather=weather, solutes=many)], profiles=[3.0])
    for i, s in enumerate(many):
        alone = run_columns([column(OF, weather=weather, solutes=(s,))], profiles=[3.0])
        # their Courant numbers may cut the steps
        np.testing.assert_allclose(together.mass[0, i], alone.mass[0, 0], rtol=1e-3)


def test_sources_are_booked_where_they_are() -> None:
    source = np.zeros((2, OF.depth.size))
    source[0, 3], source[1, 5] = 0.4, -0.05
    s = replace(solute(OF, 100.0, 1.0), source=source)
    c = column(OF, weather=days(np.zeros(4)), solutes=(s,))
    o = run_columns([c], [2.0, 4.0], [0.0, 2.0, 4.0], [2.0, 4.0])
    np.testing.assert_allclose(o.solute_source[0, 0], [2 * 2 * 0.4, 2 * 2 * 0.4 - 2 * 2 * 0.05])
    start = o.mass[0, 0, 0] @ OF.length
    left = start + o.solute_source[0, 0] - o.solute_out[0, 0] - o.solute_storage[0, 0]
    assert np.abs(left).max() < 1e-12 * start
    gain = (o.mass[0, 0, 1] - o.mass[0, 0, 0])[1:8]
    assert gain.argmax() == 2
    assert gain.max() == pytest.approx(0.8, rel=0.05)


def test_tillage_levels_the_layer_and_keeps_the_mass() -> None:
    start = np.exp(-OF.depth / 5.0)
    solutes = (solute(OF, 20.0, start), solute(OF, 20.0, start, beta=0.8))
    c = replace(column(OF, weather=days([1.0, 0.0]), solutes=solutes), tillage=11.0)
    o = run_columns([c], [1.0], [0.0, 1.0], [1.0, 2.0])
    tilled = OF.depth < 11.0
    for i in range(2):
        level = o.mass[0, i, 1][tilled]
        np.testing.assert_allclose(level, level[0], rtol=1e-12)
        left = o.mass[0, i, 1] @ OF.length + o.solute_out[0, i, 0]
        assert left == pytest.approx(o.mass[0, i, 0] @ OF.length, rel=1e-12)
        assert o.mass[0, i, 1][~tilled][0] < 0.6 * level[0]
