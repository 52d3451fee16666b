"""The ends of a column: what the atmosphere gets and gives, ponds and bunds, and the bottom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.physics.percolation.batch import run_columns
from simulator.physics.percolation.column import Bottom, Column, Top
from simulator.physics.percolation.outcome import Outcome
from tests.physics.percolation.soils import CLASSES, column, days, profile

SOILS = st.sampled_from(sorted(CLASSES))
DAYS = st.lists(st.sampled_from([0.0, 0.0, 0.5, 2.0, 8.0, 25.0]), min_size=5, max_size=5)
DEMAND = st.lists(st.sampled_from([0.0, 0.2, 0.8]), min_size=5, max_size=5)
OFTEN = np.linspace(0.0, 5.0, 501)
#: Water by which a surface may overdraw its account in the step in which it falls dry. [cm]
SWITCH = 1e-4


def run(
    name: str, rain: Any, evaporation: Any, bund: float | None, head: float = -100.0
) -> tuple[Column, Outcome]:
    of = profile((40.0, CLASSES[name]), air_entry=True)
    top = Top("atmospheric", h_crit_s=bund or 0.0, surface_layer=bund is not None)
    c = column(of, top, head=head, weather=days(rain, evaporation))
    return c, run_columns([c], OFTEN)


def potential(c: Column) -> np.ndarray:
    """Rain less potential evaporation since the start, at the times of :data:`OFTEN`."""
    assert c.weather is not None
    net = np.append(0.0, np.cumsum(c.weather.rain - c.weather.evaporation))
    return np.interp(OFTEN, np.append(0.0, c.weather.end), net)


@settings(deadline=None, max_examples=25)
@given(SOILS, DAYS, DEMAND, st.floats(-1000.0, -1.0))
def test_surface_without_a_layer(
    name: str, rain: list[float], demand: list[float], head: float
) -> None:
    c, o = run(name, rain, demand, None, head)
    assert o.forced[0] == 0
    assert not o.pond.any()
    assert o.head_top.max() <= 0.1  # the tolerance of heads
    assert o.head_top.min() >= -15000.0 * (1 + 1e-9)
    runoff, evaporation = np.diff(o.runoff[0]), np.diff(o.evaporation[0])
    assert runoff.min() >= -1e-6
    # nothing evaporates but what is asked for
    asked = np.maximum(-np.diff(potential(c)), 0.0)
    assert (evaporation <= asked * (1 + 1e-9) + SWITCH).all()
    # what does not evaporate is neither infiltration nor runoff
    short = o.infiltration[0] + o.runoff[0] - potential(c)
    assert (np.diff(short) >= -SWITCH).all()
    wet = np.diff(potential(c)) > 0.0
    np.testing.assert_allclose(np.diff(short)[wet], 0.0, atol=1e-10)


@settings(deadline=None, max_examples=25)
@given(SOILS, DAYS, DEMAND, st.floats(-1000.0, -1.0), st.floats(0.5, 10.0))
def test_surface_with_a_layer(
    name: str, rain: list[float], demand: list[float], head: float, bund: float
) -> None:
    c, o = run(name, rain, demand, bund, head)
    assert o.forced[0] == 0
    assert o.pond.min() >= -1e-12
    assert o.pond.max() <= bund * (1 + 1e-12)
    assert np.diff(o.runoff[0]).min() >= -1e-6
    # runoff begins when the bund is full
    full = o.pond[0, 1:] >= bund - 1e-9
    assert full[np.diff(o.runoff[0]) > 1e-9].all() or o.pond.max() == pytest.approx(bund)
    short = o.infiltration[0] + o.runoff[0] + o.pond[0] - potential(c)
    assert (np.diff(short) >= -SWITCH).all()
    wet = (np.diff(potential(c)) > 0.0) | (o.pond[0, 1:] > 1e-6)
    np.testing.assert_allclose(np.diff(short)[wet], 0.0, atol=1e-9)


def test_dry_surface_evaporates_less_and_less() -> None:
    _, o = run("silt loam", np.zeros(5), 0.8, None, -300.0)
    daily = np.diff(o.evaporation[0, ::100])
    assert (np.diff(daily) < 0.0).all()
    assert o.head_top[0, -1] == pytest.approx(-15000.0)


def test_rain_ends_the_drought_at_the_surface() -> None:
    _, o = run("silt loam", [0.0, 0.0, 0.0, 0.0, 2.0], 0.8, None, -2000.0)
    assert o.head_top[0, 400] == pytest.approx(-15000.0)
    assert o.infiltration[0, 500] - o.infiltration[0, 400] == pytest.approx(1.2, rel=1e-6)


def test_a_lowered_bund_lets_the_water_go() -> None:
    of = profile((40.0, CLASSES["silty clay"]), air_entry=True)
    weather = replace(days([12.0, 0.0, 0.0]), bund=np.array([10.0, 10.0, 2.0]))
    c = column(of, Top("atmospheric", h_crit_s=10.0, surface_layer=True), weather=weather)
    o = run_columns([c], [1.0, 2.0, 2.1, 3.0])
    assert o.pond[0, 1] > 8.0
    assert o.pond[0, 2] <= 2.0 + 1e-9
    let_go = o.runoff[0, 2] - o.runoff[0, 1]
    assert let_go == pytest.approx(o.pond[0, 1] - 2.0, abs=0.1)
    assert o.runoff[0, 3] == pytest.approx(o.runoff[0, 2])
    stays = np.array([12.0, 12.0, 12.0, 12.0])
    np.testing.assert_allclose(o.infiltration[0] + o.runoff[0] + o.pond[0], stays, rtol=1e-10)


def test_deep_drainage_follows_the_groundwater() -> None:
    of = profile((60.0, CLASSES["loam"]))
    head = of.depth - 40.0
    c = column(of, Top("flux"), Bottom("deep_drainage", 0.0, -0.1, -0.02, 90.0), head, stop=1e-3)
    o = run_columns([c])
    expected = 0.1 * np.exp(-0.02 * abs(20.0 - 90.0))
    assert o.percolation[0, 0] / 1e-3 == pytest.approx(expected, rel=1e-3)


def test_seepage_waits_for_saturation() -> None:
    of = profile((40.0, CLASSES["loam"]))
    c = column(of, Top("flux", 2.0), Bottom("seepage"), -100.0, stop=20.0)
    o = run_columns([c], np.arange(0.25, 20.1, 0.25))
    dry = o.head_bottom[0] < -0.1
    assert dry[:4].all()
    assert not o.percolation[0][dry].any()
    assert np.diff(o.percolation[0])[-1] == pytest.approx(0.5, rel=1e-3)
    assert o.head_bottom[0, -1] == pytest.approx(0.0, abs=1e-9)


def test_fluxes_are_what_is_prescribed() -> None:
    of = profile((40.0, CLASSES["loam"]))
    c = column(of, Top("flux", 0.3), Bottom("flux", 0.1), -200.0, stop=10.0)
    o = run_columns([c])
    assert o.infiltration[0, 0] == pytest.approx(3.0, rel=1e-12)
    assert o.percolation[0, 0] == pytest.approx(1.0, rel=1e-12)
