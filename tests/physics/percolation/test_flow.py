"""Flow of water against what can be worked out by hand or by quadrature."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq

from simulator.physics.percolation.batch import run_columns
from simulator.physics.percolation.column import Bottom, Numerics, Top
from simulator.physics.percolation.hydraulics import conductivity, water_content
from tests.physics.percolation.soils import (
    CLASSES,
    column,
    days,
    even_roots,
    hydraulics,
    profile,
    water_residual,
    water_start,
)

TIGHT = Numerics(dt_max=5.0, tol_theta=1e-7, tol_h=1e-5)


@pytest.mark.parametrize("air_entry", [False, True])
@pytest.mark.parametrize("name", ["sand", "loam", "clay loam"])
def test_water_at_rest_above_a_water_table_stays(name: str, air_entry: bool) -> None:
    of = profile((50.0, CLASSES[name]), (70.0, CLASSES["silt loam"]), air_entry=air_entry)
    head = of.depth - 80.0
    o = run_columns(
        [column(of, Top("flux"), Bottom("head", 40.0), head, stop=20.0)], [20.0], [20.0]
    )
    np.testing.assert_allclose(o.head[0, 0], head, atol=1e-6)
    assert abs(o.percolation[0, 0]) < 1e-8
    assert np.abs(o.flux).max() < 1e-9


def test_drainage_ends_at_rest() -> None:
    of = profile((60.0, CLASSES["sandy loam"]))
    c = column(of, Top("flux"), Bottom("seepage"), 0.0, stop=3000.0, numerics=TIGHT)
    o = run_columns([c], [1.0, 10.0, 100.0, 3000.0])
    np.testing.assert_allclose(o.head[0, 0], of.depth - 60.0, atol=0.3)
    assert (np.diff(o.percolation[0]) > 0.0).all()
    soil = hydraulics(CLASSES["sandy loam"])
    drained, _ = quad(lambda d: 0.41 - water_content(d - 60.0, soil, 0), 0.0, 60.0)
    assert o.percolation[0, -1] == pytest.approx(drained, rel=3e-3)


@pytest.mark.parametrize("name", ["loam", "sandy loam", "silt"])
def test_steady_infiltration_has_a_unit_gradient(name: str) -> None:
    p = CLASSES[name]
    q = 0.05 * p.k_s
    soil = hydraulics(p)
    expected = brentq(lambda h: conductivity(h, soil, 0) - q, -1e4, -1e-3)
    of = profile((60.0, p))
    c = column(of, Top("flux", q), head=-50.0, stop=400.0, numerics=TIGHT)
    o = run_columns([c], [399.0, 400.0])
    np.testing.assert_allclose(o.head[0, 0], expected, rtol=1e-5)
    assert np.diff(o.percolation[0])[0] == pytest.approx(q, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "q"), [("silt loam", 0.2), ("sandy loam", 0.05), ("clay loam", 0.1)]
)
def test_steady_evaporation_from_a_water_table_obeys_darcy(name: str, q: float) -> None:
    # upward flux q = K (dh/dx - 1): the height above the table of a suction is its quadrature
    depth = 40.0
    soil = hydraulics(CLASSES[name])
    of = profile((depth, CLASSES[name]), spacing=0.25)
    c = column(
        of, Top("flux", -q), Bottom("head", 0.0), of.depth - depth, stop=300.0, numerics=TIGHT
    )
    o = run_columns([c], [299.0, 300.0])
    assert -np.diff(o.percolation[0])[0] == pytest.approx(q, rel=1e-5)
    for node in (0, 40, 100):
        suction = -o.head[0, 0, node]
        height, _ = quad(lambda s: 1.0 / (1.0 + q / conductivity(-s, soil, 0)), 0.0, suction)
        assert height == pytest.approx(depth - of.depth[node], rel=2e-3)


def test_saturated_layers_obey_darcy() -> None:
    upper, lower = CLASSES["loam"], CLASSES["sandy loam"]
    of = profile((40.0, upper), (60.0, lower), spacing=1.0)
    c = column(of, Top("head", 10.0), Bottom("head", 50.0), 20.0, stop=5.0, numerics=TIGHT)
    o = run_columns([c], [4.0, 5.0])
    # resistances in series; the gap below the last node of the upper layer has the mean of both
    mean = 0.5 * (upper.k_s + lower.k_s)
    resistance = 40.0 / upper.k_s + 1.0 / mean + 59.0 / lower.k_s
    q = (100.0 + 10.0 - 50.0) / resistance
    assert np.diff(o.percolation[0])[0] == pytest.approx(q, rel=1e-7)
    assert np.diff(o.infiltration[0])[0] == pytest.approx(q, rel=1e-7)
    np.testing.assert_allclose(np.diff(o.head[0, 0, :41]), 1.0 - q / upper.k_s, rtol=1e-6)


@pytest.mark.parametrize("name", ["loam", "sandy loam"])
def test_infiltration_falls_to_the_saturated_conductivity(name: str) -> None:
    k_s = CLASSES[name].k_s
    of = profile((100.0, CLASSES[name]), spacing=1.0)
    late = 600.0 / k_s
    c = column(of, Top("head", 0.0), head=-300.0, stop=late, numerics=Numerics(dt_init=1e-5))
    times = np.geomspace(1e-3 * late, late, 60)
    o = run_columns([c], times)
    rate = np.diff(o.infiltration[0]) / np.diff(times)
    assert (np.diff(rate[5:]) < 0.02 * k_s).all()
    assert rate[0] > 1.4 * k_s
    assert rate[-1] == pytest.approx(k_s, rel=1e-3)


def test_early_infiltration_grows_with_the_root_of_time() -> None:
    # Philip (1957): I = S sqrt(t) + A t with A between 0 and K_s
    of = profile((15.0, CLASSES["loam"]), spacing=0.1)
    numerics = Numerics(dt_init=1e-6, dt_min=1e-9, dt_max=1e-3)
    c = column(of, Top("head", 0.0), head=-500.0, stop=0.06, numerics=numerics)
    times = np.linspace(0.005, 0.06, 12)
    depth = run_columns([c], times).infiltration[0]
    basis = np.stack([np.sqrt(times), times], axis=1)
    (sorptivity, linear), *_ = np.linalg.lstsq(basis, depth, rcond=None)
    np.testing.assert_allclose(basis @ [sorptivity, linear], depth, rtol=0.02)
    assert sorptivity > 5.0
    assert 0.0 < linear < CLASSES["loam"].k_s


def test_free_drainage_slows_down_like_the_conductivity() -> None:
    of = profile((100.0, CLASSES["sandy loam"]))
    c = column(of, Top("flux"), head=-5.0, stop=30.0)
    times = np.arange(0.5, 30.1, 0.5)
    o = run_columns([c], times, times)
    rate = np.diff(o.percolation[0]) / 0.5
    assert (np.diff(rate) < 0.0).all()
    # free drainage is what the lowest soil conducts under gravity alone
    soil = hydraulics(CLASSES["sandy loam"])
    late = [0.5 * sum(conductivity(h, soil, 0) for h in o.head[0, i, -2:]) for i in (-2, -1)]
    assert late[1] <= rate[-1] <= late[0]


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from(sorted(CLASSES)),
    st.sampled_from(sorted(CLASSES)),
    st.floats(-3000.0, -1.0),
    st.lists(st.sampled_from([0.0, 0.0, 0.3, 2.0, 9.0]), min_size=4, max_size=4),
    st.floats(0.0, 0.6),
    st.sampled_from(["free_drainage", "seepage", "head", "flux", "deep_drainage"]),
    st.booleans(),
)
def test_water_balance_closes(
    above: str,
    below: str,
    head: float,
    rain: list[float],
    evaporation: float,
    bottom: str,
    ponds: bool,
) -> None:
    of = profile((20.0, CLASSES[above]), (20.0, CLASSES[below]), air_entry=True)
    edge = {
        "head": Bottom("head", -20.0),
        "flux": Bottom("flux", 0.0),
        "deep_drainage": Bottom("deep_drainage", 0.0, -0.3, -0.02, 100.0),
    }.get(bottom, Bottom(bottom))  # type: ignore[arg-type]
    top = Top("atmospheric", h_crit_s=3.0, surface_layer=ponds)
    weather = days(rain, evaporation, 0.3)
    c = column(of, top, edge, head, weather, roots=even_roots(of))
    o = run_columns([c], weather.end)
    assert water_residual(c, o) < 1e-10
    passed = float(o.infiltration[0, -1] + o.transpiration[0, -1] + abs(o.percolation[0, -1]))
    rounding = 1e-14 * water_start(c)  # counts where next to nothing passes
    assert o.water_error[0] * passed <= 1e-6 * passed + rounding


@settings(deadline=None, max_examples=10)
@given(st.sampled_from(sorted(CLASSES)), st.floats(-2000.0, -5.0))
def test_tolerances_do_not_touch_the_balance(name: str, head: float) -> None:
    of = profile((30.0, CLASSES[name]), air_entry=True)
    loose = Numerics(dt_max=0.5, tol_theta=0.01, tol_h=5.0)
    c = column(of, head=head, weather=days([2.0, 0.0, 4.0], 0.3), numerics=loose)
    o = run_columns([c], c.weather.end)
    assert water_residual(c, o) < 1e-10


def test_halving_the_step_hardly_matters() -> None:
    of = profile((60.0, CLASSES["loam"]))
    weather = days([0.0, 3.0, 0.0, 0.0, 1.0, 0.0], 0.4, 0.3)
    c = column(of, weather=weather, roots=even_roots(of))
    fine = replace(c, numerics=Numerics(dt_max=0.003))
    o = run_columns([c, fine])
    for amount in (o.infiltration, o.transpiration, o.percolation):
        assert amount[0, -1] == pytest.approx(amount[1, -1], abs=2e-3)
