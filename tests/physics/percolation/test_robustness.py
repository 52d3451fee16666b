"""Columns that are hard to solve: they run, close their balance, and in few steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.physics.percolation.batch import run_columns
from simulator.physics.percolation.column import Bottom, Column, Material, Numerics, Top
from simulator.physics.percolation.outcome import Outcome
from tests.physics.percolation.soils import (
    CLASSES,
    column,
    days,
    even_roots,
    off_the_curve,
    profile,
    solute,
    water_residual,
)

NAMES = sorted(CLASSES)
#: Without air entry Picard's iterations do not come to rest in finer soils (spec, section 1.1).
COARSE = [name for name in NAMES if CLASSES[name].n > 1.35]
LAYER = Top("atmospheric", h_crit_s=8.0, surface_layer=True)
OPEN = Top("atmospheric")

TYPHOON = days(
    [27.0, 0.0, 0.0, 20.0, 0.0, 27.0, 27.0, 27.0, 0.0, 0.0, 0.0, 5.0, 0.0, 0.0],
    [0.0, 0.5, 0.5, 0.0, 0.5, 0.0, 0.0, 0.0, 0.5, 0.6, 0.5, 0.0, 0.4, 0.4],
)


def solved(c: Column, most_steps: float = 200.0) -> Outcome:
    """Outcome of a column that is to be solved without help."""
    assert c.weather is not None
    o = run_columns([c], c.weather.end, [0.0, *c.weather.end])
    assert np.isfinite(o.head).all()
    assert o.forced[0] == 0
    assert o.steps[0] < most_steps * (c.stop - c.start)
    assert o.iterations[0] < 15.0 * o.steps[0]
    assert water_residual(c, o) < 1e-10
    assert off_the_curve(c, o) < 1e-3
    return o


@pytest.mark.parametrize("top", [OPEN, LAYER], ids=["open", "layer"])
@pytest.mark.parametrize(("above", "below"), [(12.0, 4.0), (30.0, 12.0)])
@pytest.mark.parametrize(("n", "air_entry"), [(1.2, True), (1.4, True), (1.4, False), (1.9, False)])
def test_typhoon_that_fills_the_whole_profile(
    n: float, air_entry: bool, above: float, below: float, top: Top
) -> None:
    # between two flux boundaries a saturated profile has no solution but for its storage
    loam = Material(0.078, 0.43, 0.02, n, above)
    of = profile((30.0, loam), (70.0, replace(loam, k_s=below)), spacing=1.0, air_entry=air_entry)
    c = column(of, top, weather=TYPHOON)
    o = solved(c, 1500.0)
    assert 0.0 < o.percolation[0, -1] < 170.0
    gone = o.infiltration[0, -1] + o.runoff[0, -1] + o.pond[0, -1]
    potential = (TYPHOON.rain - TYPHOON.evaporation).sum()
    assert potential - 1e-9 <= gone <= potential + 2.0


@pytest.mark.parametrize("name", ["clay", "silty clay", "sandy clay"])
@pytest.mark.parametrize("kind", ["head", "layer", "open"])
def test_wet_clay_with_air_entry(name: str, kind: str) -> None:
    of = profile((50.0, CLASSES[name]), spacing=1.0, air_entry=True)
    top = {"head": Top("head", 5.0), "layer": LAYER, "open": OPEN}[kind]
    weather = days([10.0, 0.0, 0.0, 20.0, 0.0, 0.0, 10.0, 0.0, 0.0, 0.0], 0.5)
    solved(column(of, top, head=-200.0, weather=weather))


def test_rain_on_a_drained_clay_does_not_fill_its_pond_from_nowhere() -> None:
    # iterations pass heads above the bund here, and may not come to rest there
    of = profile((40.0, CLASSES["clay"]), air_entry=True)
    rain = [0.0, 5.0, 5.0, 0.0, 20.0, 1.0, 5.0, 20.0]
    weather = days(rain, [1.0, 0.0, 0.3, 0.0, 1.0, 0.0, 0.0, 1.0])
    top = Top("atmospheric", h_crit_s=4.0, surface_layer=True)
    c = column(of, top, head=-893.030643735157, weather=weather)
    o = run_columns([c], np.linspace(0.0, 8.0, 801))
    assert np.diff(o.runoff[0]).min() >= -1e-6
    assert o.pond.min() >= 0.0
    solved(c)


def test_clay_without_air_entry_is_told_apart_but_keeps_its_water() -> None:
    # HYDRUS gives up; here steps are accepted at the least length, and counted
    of = profile((30.0, CLASSES["clay"]), spacing=2.0)
    c = column(of, Top("head", 5.0), head=-200.0, weather=days([0.0]))
    plain = run_columns([c], [1.0])
    extended = run_columns([replace(c, profile=replace(of, air_entry=True))], [1.0])
    assert plain.forced[0] > 0
    assert extended.forced[0] == 0
    assert water_residual(c, plain) < 1e-10
    assert plain.infiltration[0, 0] == pytest.approx(extended.infiltration[0, 0], rel=0.25)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("top", [OPEN, LAYER], ids=["open", "layer"])
def test_heavy_rain_on_soil_as_dry_as_the_air(name: str, top: Top) -> None:
    air_entry = name not in COARSE
    of = profile((50.0, CLASSES[name]), spacing=1.0, air_entry=air_entry)
    o = solved(column(of, top, head=-15000.0, weather=days([27.0, 0.0, 0.0, 15.0, 0.0], 0.5)), 2500)
    assert o.infiltration[0, -1] > 0.2
    assert o.storage[0, -1] > 1.5 * CLASSES[name].theta_r * 50.0


def test_neither_rain_nor_demand() -> None:
    of = profile((50.0, CLASSES["loam"]))
    o = solved(column(of, weather=days(np.zeros(10))))
    assert not o.infiltration.any()
    assert not o.evaporation.any()
    assert o.percolation[0, -1] > 0.0
    rest = column(of, OPEN, Bottom("head", 0.0), of.depth - 50.0, days(np.zeros(10)))
    np.testing.assert_allclose(solved(rest).head[0, -1], rest.head, atol=1e-6)


def test_flooded_paddy_is_drained() -> None:
    of = profile(
        (16.0, Material(0.07, 0.48, 0.012, 1.38, 18.0)),
        (10.0, Material(0.07, 0.41, 0.007, 1.26, 0.15)),
        (34.0, Material(0.07, 0.44, 0.010, 1.33, 6.0)),
        spacing=1.0,
        air_entry=True,
    )
    rain = np.array([9.0, 0.0, 1.5] + [0.0] * 27)
    bund = np.where(np.arange(30) < 6, 8.0, 0.0)
    weather = replace(days(rain, 0.3, 0.3, np.full((1, 30), 0.1)), bund=bund)
    s = solute(of, 20.0, 1.0)
    c = column(of, LAYER, head=-60.0, weather=weather, roots=even_roots(of), solutes=(s,))
    o = solved(c)
    assert o.pond[0, 4] > 3.5
    assert (o.pond[0, 6:] < 1e-9).all()
    assert o.runoff[0, 6] - o.runoff[0, 5] > 2.5
    assert o.head_top[0, -1] < -100.0
    assert np.isfinite(o.concentration).all()
    assert o.concentration.min() >= 0.0


WEATHERS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.0, 1.0, 5.0, 27.0]), st.sampled_from([0.0, 0.3, 1.0])),
    min_size=6,
    max_size=6,
)


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
    WEATHERS,
    st.floats(-15000.0, -1.0),
    st.sampled_from([OPEN, LAYER]),
    st.sampled_from([0.02, 0.2]),
)
def test_any_layers_in_any_weather(
    first: str,
    second: str,
    third: str,
    weather: list[tuple[float, float]],
    head: float,
    top: Top,
    dt_max: float,
) -> None:
    layers = [(16.0, CLASSES[first]), (10.0, CLASSES[second]), (34.0, CLASSES[third])]
    of = profile(*layers, air_entry=True)
    rain, demand = np.array(weather).T
    c = column(
        of, top, head=head, weather=days(rain, demand, 0.5 * demand), roots=even_roots(of),
        numerics=Numerics(dt_max=dt_max),
    )  # fmt: skip
    solved(c, 5000.0)


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(COARSE), WEATHERS, st.floats(-1000.0, -1.0), st.sampled_from([OPEN, LAYER]))
def test_loams_and_sands_need_no_air_entry(
    name: str, weather: list[tuple[float, float]], head: float, top: Top
) -> None:
    rain, demand = np.array(weather).T
    solved(
        column(profile((40.0, CLASSES[name])), top, head=head, weather=days(rain, demand)), 30_000
    )
