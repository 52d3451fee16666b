"""Transport in steady flow against analytical solutions, and its invariants in changing flow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import erfc, erfcx

from simulator.physics.percolation.batch import run_columns
from simulator.physics.percolation.column import Bottom, Column, Material, Numerics, Top
from simulator.physics.percolation.hydraulics import conductivity
from simulator.physics.percolation.transport import concentration_of, sorbed, sorbed_slope
from tests.physics.percolation.soils import (
    CLASSES,
    Floats,
    column,
    days,
    even_roots,
    hydraulics,
    profile,
    solute,
)

Q = 2.0  # cm/d
THIN = Material(0.078, 0.43, 0.036, 1.56, 24.96, 0.5, 1.4, 2.0)


def steady(kd: float = 0.0, length: float = 60.0, stop: float = 10.0, **others: Any) -> Column:
    """Loam that conducts :data:`Q` under gravity, with a solute of concentration 1 coming in."""
    head = brentq(lambda h: conductivity(h, hydraulics(THIN), 0) - Q, -1e3, -1e-3)
    numerics = others.pop("numerics", Numerics())
    of = profile((length, THIN), spacing=0.5)
    s = solute(of, kd, diffusion=0.0, top_concentration=1.0, **others)
    return column(of, Top("flux", Q), head=head, stop=stop, solutes=(s,), numerics=numerics)


def lapidus_amundson(x: Floats, t: float, v: float, d: float, r: float) -> Floats:
    """Resident concentration in a half-space with a third-type inlet (van Genuchten & Alves A2)."""
    root = 2.0 * np.sqrt(d * r * t)
    ahead, behind = (r * x - v * t) / root, (r * x + v * t) / root
    bell = np.exp(-(ahead**2))
    third = 0.5 * (1.0 + v * x / d + v * v * t / (d * r)) * bell * erfcx(behind)
    return 0.5 * erfc(ahead) + np.sqrt(v * v * t / (np.pi * d * r)) * bell - third


@pytest.mark.parametrize(("kd", "time"), [(0.0, 3.0), (0.0, 6.0), (0.5, 12.0)])
def test_front_in_steady_flow(kd: float, time: float) -> None:
    c = steady(kd, stop=time)
    o = run_columns([c], profiles=[time])
    theta = o.theta[0, 0, 0]
    v, r = Q / theta, 1.0 + THIN.bulk_density * kd / theta
    expected = lapidus_amundson(c.profile.depth, time, v, THIN.dispersivity * v, r)
    upper = c.profile.depth < 45.0  # the analytical column has no bottom
    assert expected[0] > 0.95
    assert expected[upper][-1] < 0.2
    np.testing.assert_allclose(o.concentration[0, 0, 0][upper], expected[upper], atol=2e-3)
    # and all that came in is there
    total = o.solute_storage[0, 0, 0] + o.solute_out[0, 0, 0]
    assert total == pytest.approx(Q * time, rel=1e-12)


@pytest.mark.parametrize("upstream", [False, True])
@pytest.mark.parametrize("kd", [0.0, 1.0])
def test_pulse_stays_as_long_as_its_retarded_pore_volume(kd: float, upstream: bool) -> None:
    # mean residence time in a vessel closed at both ends: what it holds at c = 1 over the flux
    stop = 60.0 if kd == 0.0 else 240.0
    c = steady(kd, 40.0, stop, pulse=1.0, numerics=Numerics(dt_max=0.05, upstream=upstream))
    times = np.linspace(0.0, stop, 2401)
    o = run_columns([c], times, [0.0])
    out = o.solute_out[0, 0]
    assert out[-1] == pytest.approx(Q, rel=1e-4)
    mean = np.trapezoid(1.0 - out / out[-1], times)
    theta = o.theta[0, 0, 0]
    expected = 40.0 * (theta + THIN.bulk_density * kd) / Q + 0.5
    assert mean == pytest.approx(expected, rel=2e-3)


def test_spread_of_a_pulse_is_that_of_its_dispersivity() -> None:
    # variance over squared mean of a closed vessel: 2/P - 2/P^2 (1 - e^-P), P = length/dispersivity
    c = steady(0.0, 40.0, 60.0, pulse=0.05, numerics=Numerics(dt_max=0.01))
    times = np.linspace(0.0, 60.0, 4801)
    out = run_columns([c], times).solute_out[0, 0]
    left = 1.0 - out / out[-1]
    mean = np.trapezoid(left, times)
    variance = 2.0 * np.trapezoid(times * left, times) - mean**2
    p = 40.0 / THIN.dispersivity
    expected = 2.0 / p - 2.0 / p**2 * (1.0 - np.exp(-p))
    assert variance / mean**2 == pytest.approx(expected, rel=0.01)


def test_diffusion_in_water_at_rest() -> None:
    # without flow the second moment grows by 2 D_w tau t (Millington & Quirk)
    of = profile((60.0, Material(0.05, 0.4, 0.02, 1.5, 10.0)), spacing=0.5)
    start = np.where(np.arange(of.depth.size) == 60, 1.0, 0.0)
    s = solute(of, 0.0, start, diffusion=2.0)
    c = column(of, Top("flux"), Bottom("flux"), of.depth + 1.0, stop=8.0, solutes=(s,))
    mass = run_columns([c], profiles=[0.0, 8.0]).mass[0, 0] * of.length
    mean = mass @ of.depth / mass.sum(axis=1)
    second = mass @ of.depth**2 / mass.sum(axis=1) - mean**2
    assert mean[1] == pytest.approx(mean[0], abs=1e-3)
    tau = 0.4 ** (7.0 / 3.0) / 0.4**2
    assert second[1] - second[0] == pytest.approx(2.0 * 2.0 * tau * 8.0, rel=5e-3)
    assert mass[1].sum() == pytest.approx(mass[0].sum(), rel=1e-12)


ISOTHERMS = [(20.0, 1.0, 0.0), (15.0, 0.7, 0.0), (50.0, 1.0, 0.3)]
WILD = days([3.0, 0.0, 0.4, 6.0, 0.0, 0.0], [0.2, 0.5, 0.2, 0.0, 0.6, 0.3], 0.2)


def stirred(**others: Any) -> tuple[Column, Floats]:
    """A layered column in changing weather; roots without a limit of concentration."""
    of = profile((16.0, CLASSES["loam"]), (24.0, CLASSES["silt loam"]))
    roots = even_roots(of, 20.0) if others.pop("rooted", True) else None
    return column(of, weather=others.pop("weather", WILD), roots=roots), of.depth


@pytest.mark.parametrize(("kd", "beta", "eta"), ISOTHERMS)
@pytest.mark.parametrize("upstream", [False, True])
def test_solute_balance_closes(kd: float, beta: float, eta: float, upstream: bool) -> None:
    c, depth = stirred()
    limits = {"root_limit": 0.05, "beta": beta, "eta": eta}
    s = solute(c.profile, kd, np.exp(-depth / 8.0), **limits)
    rain = np.full((1, WILD.rain.size), 0.4)
    weather = days(WILD.rain, WILD.evaporation, WILD.transpiration, rain)
    c = column(
        c.profile,
        weather=weather,
        roots=c.roots,
        solutes=(s,),
        numerics=Numerics(upstream=upstream),
    )
    o = run_columns([c], weather.end, [0.0, *weather.end])
    start = o.mass[0, 0, 0] @ c.profile.length
    left = start + o.solute_in - o.solute_out - o.solute_uptake - o.solute_storage
    assert np.abs(left).max() < 1e-12 * start
    assert o.solute_uptake[0, 0, -1] > 0.0
    np.testing.assert_allclose(o.solute_storage[0, 0], o.mass[0, 0, 1:] @ c.profile.length)
    # what is in solution and what is sorbed stay in equilibrium
    held = np.array([sorbed(x, kd, beta, eta) for x in o.concentration[0, 0, -1]])
    np.testing.assert_allclose(
        o.theta[0, -1] * o.concentration[0, 0, -1] + 1.4 * held, o.mass[0, 0, -1], rtol=2e-3
    )


def test_water_of_one_concentration_keeps_it() -> None:
    # neither evaporation nor uptake without solute: rain brings the concentration of the soil
    of = profile((16.0, CLASSES["loam"]), (24.0, CLASSES["silt loam"]))
    rain = np.array([3.0, 0.0, 0.4, 6.0, 0.0])
    weather = days(rain, 0.0, 0.2, np.full((2, 5), 0.7))
    kept = [solute(of, kd, 0.7, root_limit=np.inf) for kd in (0.0, 8.0)]
    c = column(of, weather=weather, roots=even_roots(of), solutes=tuple(kept))
    o = run_columns([c], profiles=weather.end)
    np.testing.assert_allclose(o.concentration, 0.7, rtol=1e-10)


@settings(deadline=None, max_examples=12)
@given(st.floats(0.0, 50.0), st.floats(0.05, 20.0), st.integers(0, 10_000))
def test_linear_solutes_superpose(kd: float, factor: float, seed: int) -> None:
    c, depth = stirred()
    rng = np.random.default_rng(seed)
    first, second = rng.uniform(0.0, 1.0, (2, depth.size))
    rain = rng.uniform(0.0, 1.0, (2, WILD.rain.size))
    fall = np.stack([rain[0], rain[1], rain[0] + factor * rain[1]])
    starts = (first, second, first + factor * second)
    weather = days(WILD.rain, WILD.evaporation, WILD.transpiration, fall)
    solutes = tuple(solute(c.profile, kd, s, root_limit=np.inf) for s in starts)
    c = column(c.profile, weather=weather, roots=c.roots, solutes=solutes)
    o = run_columns([c], weather.end, weather.end)
    for amount in (o.concentration, o.mass, o.solute_in, o.solute_out, o.solute_uptake):
        a, b, both = amount[0]
        np.testing.assert_allclose(both, a + factor * b, rtol=1e-9, atol=1e-12 * (1.0 + factor))


@settings(deadline=None, max_examples=12)
@given(st.sampled_from([1.0, 10.0, 100.0]), st.integers(0, 10_000))
def test_nothing_falls_below_zero(kd: float, seed: int) -> None:
    # a step of concentration in cells of a Peclet number of 0.2
    c, depth = stirred()
    rng = np.random.default_rng(seed)
    start = np.where(depth < rng.uniform(2.0, 20.0), 1.0, 0.0)
    c = column(c.profile, weather=WILD, roots=c.roots, solutes=(solute(c.profile, kd, start),))
    o = run_columns([c], profiles=np.linspace(0.1, 6.0, 60))
    assert o.concentration.min() >= -1e-8


@pytest.mark.parametrize(("kd", "beta", "eta"), [*ISOTHERMS, (0.0, 1.0, 0.0), (3.0, 1.3, 0.2)])
def test_isotherms_and_their_slope(kd: float, beta: float, eta: float) -> None:
    for c in (1e-6, 0.02, 1.0, 30.0):
        expected = kd * c**beta / (1.0 + eta * c**beta)
        assert sorbed(c, kd, beta, eta) == pytest.approx(expected, rel=1e-14)
        assert sorbed(-c, kd, beta, eta) == -sorbed(c, kd, beta, eta)
        d = 1e-5 * c
        slope = (sorbed(c + d, kd, beta, eta) - sorbed(c - d, kd, beta, eta)) / (2.0 * d)
        assert sorbed_slope(c, kd, beta, eta) == pytest.approx(slope, rel=1e-6)


@settings(deadline=None, max_examples=60)
@given(st.floats(-6.0, 4.0), st.floats(0.0, 5000.0), st.floats(0.3, 1.0), st.floats(0.0, 3.0))
def test_concentration_of_a_mass_is_the_inverse_of_the_isotherm(
    exponent: float, kd: float, beta: float, eta: float
) -> None:
    mass = 10.0**exponent
    c = concentration_of(mass, 0.3, 1.4, kd, beta, eta)
    assert c > 0.0
    assert 0.3 * c + 1.4 * sorbed(c, kd, beta, eta) == pytest.approx(mass, rel=1e-10)


def test_linear_isotherm_solved_as_a_curve_gives_the_line() -> None:
    c, depth = stirred(rooted=False)
    start = np.exp(-depth / 8.0)
    almost = solute(c.profile, 5.0, start, beta=1.0, eta=1e-12)
    c = column(c.profile, weather=WILD, solutes=(solute(c.profile, 5.0, start), almost))
    o = run_columns([c], profiles=[6.0])
    np.testing.assert_allclose(o.concentration[0, 0], o.concentration[0, 1], rtol=1e-6)
