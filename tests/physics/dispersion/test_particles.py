from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from simulator.physics.dispersion import particles as p
from simulator.physics.dispersion.surface_air import aerodynamic_resistance, kinematic_viscosity
from tests.physics.dispersion import deposition_tables as tables

UNTIMED = settings(deadline=None)  # the first example loads or compiles the kernels

DIAMETER = st.floats(1e-8, 2e-4)
DENSITY = st.floats(100.0, 2e4)
U_STAR = st.floats(0.01, 2.0)
LENGTH = st.one_of(st.floats(-9000.0, -1.0), st.floats(1.0, 9000.0))
ROUGHNESS = st.floats(1e-4, 3.0)
TEMPERATURE = st.floats(230.0, 320.0)
PRESSURE = st.floats(70.0, 105.0)
RAIN = st.floats(0.05, 100.0)

# Spec 11.10: u*, w*, L, T_a; r_a, nu; by size v_g, tau_s, Sc, v_d, rate, efficiency
WORKED = {
    "convective": (
        (0.6, 1.8, -120.0, 294.433),
        (9.7289, 1.6677e-5),
        [
            (1e-6, 6.9993e-5, 7.1376e-6, 6.0180e5, 4.3512e-4, 1.2949e-7, 2.0154e-4),
            (5e-6, 0.0015532, 1.5839e-4, 3.3899e6, 0.074301, 1.7140e-4, 0.26677),
            (20e-6, 0.024261, 0.0024741, 1.3889e7, 0.11986, 4.4246e-4, 0.68866),
        ],
    ),
    "stable": (
        (0.25, -9.0, 60.0, 282.633),
        (24.896, 1.5511e-5),
        [
            (1e-6, 6.9993e-5, 7.1376e-6, 5.8309e5, 2.0572e-4, 1.2988e-7, 2.0214e-4),
            (5e-6, 0.0015532, 1.5839e-4, 3.2846e6, 0.0016689, 1.7180e-4, 0.2674),
            (20e-6, 0.024261, 0.0024741, 1.3458e7, 0.050869, 4.4303e-4, 0.68955),
        ],
    ),
}


def worked(value: float) -> object:
    return pytest.approx(value, rel=6e-5)  # five digits are printed


def size(diameter: float, density: float) -> tuple[float, float, float]:
    """Slip, settling velocity, stopping time."""
    slip = p.slip_correction(diameter)
    settling = p.settling_velocity(diameter, density, slip)
    return slip, settling, p.stopping_time(settling)


@pytest.mark.parametrize("name", WORKED)
def test_worked_values_of_method_1(name: str) -> None:
    (u_star, w_star, length, t_a), (r_a, nu), rows = WORKED[name]
    assert aerodynamic_resistance(u_star, length, 0.1) == worked(r_a)
    viscosity = kinematic_viscosity(t_a, 100.0)
    assert viscosity == worked(nu)
    resistance = aerodynamic_resistance(u_star, length, 0.1)
    assert p.drop_radius(2.0) == worked(0.064852)
    assert p.drop_fall_speed(2.0) == worked(4.0499)
    density = 2000.0
    for diameter, v_g, tau, sc, v_d, rate, efficiency in rows:
        slip, settling, stopping = size(diameter, density)
        schmidt = p.schmidt_number(diameter, slip, t_a, viscosity)
        dry = p.deposition_by_size(
            settling, stopping, schmidt, viscosity, resistance, u_star, w_star
        )
        wet = p.scavenging_by_size(diameter, density, settling, stopping, schmidt, viscosity, 2.0)
        assert (settling, stopping, schmidt) == (worked(v_g), worked(tau), worked(sc))
        assert dry.v_d == worked(v_d)
        assert (wet.flux, wet.depletion) == (worked(rate), worked(rate))
        assert wet.efficiency == worked(efficiency)


@pytest.mark.parametrize(
    ("u_star", "length", "depth", "v_d", "rate"),
    [
        (0.6, -120.0, 10000.0, 0.0046129, 1.2333e-5),
        (0.25, 60.0, 500.0, 0.0010869, 2.4667e-4),
    ],
)
def test_worked_values_of_method_2(
    u_star: float, length: float, depth: float, v_d: float, rate: float
) -> None:
    r_a = aerodynamic_resistance(u_star, length, 0.1)
    assert p.deposition_in_bulk(0.7, r_a, u_star, length).v_d == worked(v_d)
    wet = p.scavenging_in_bulk(0.6e-6, 0.7, 2.0, depth)
    assert (wet.flux, wet.depletion) == (worked(rate), worked(rate))
    assert size(0.6e-6, p.BULK_DENSITY)[1] == worked(1.3776e-5)


@UNTIMED
@given(DIAMETER, st.floats(1.001, 5.0), DENSITY)
def test_larger_and_denser_particles_settle_faster(
    diameter: float, factor: float, density: float
) -> None:
    slip, settling, stopping = size(diameter, density)
    larger = size(diameter * factor, density)
    assert 1.0 <= larger[0] <= slip
    assert larger[1] > settling > 0.0
    assert larger[2] > stopping > 0.0
    assert size(diameter, density * factor)[1] > settling


@UNTIMED
@given(U_STAR, ROUGHNESS, st.floats(1.0, 9000.0), st.floats(1.01, 5.0))
def test_the_resistance_of_the_air_falls_with_turbulence(
    u_star: float, z0: float, length: float, factor: float
) -> None:
    stable = aerodynamic_resistance(u_star, length, z0)
    unstable = aerodynamic_resistance(u_star, -length, z0)
    neutral = math.log((z0 + 1.0) / z0) / (0.4 * u_star)
    assert stable > neutral > unstable > 0.0
    assert aerodynamic_resistance(u_star * factor, length, z0) < stable
    assert aerodynamic_resistance(u_star, length * factor, z0) < stable


@UNTIMED
@given(DIAMETER, DENSITY, U_STAR, st.floats(-9.0, 3.0), LENGTH, ROUGHNESS, TEMPERATURE, PRESSURE)
def test_particles_deposit_faster_than_they_settle(
    diameter: float,
    density: float,
    u_star: float,
    w_star: float,
    length: float,
    z0: float,
    t_a: float,
    pressure: float,
) -> None:
    slip, settling, stopping = size(diameter, density)
    viscosity = kinematic_viscosity(t_a, pressure)
    schmidt = p.schmidt_number(diameter, slip, t_a, viscosity)
    r_a = aerodynamic_resistance(u_star, length, z0)
    arguments = (settling, stopping, schmidt, viscosity, r_a, u_star)
    v_d = p.deposition_by_size(*arguments, w_star).v_d
    assert math.isfinite(v_d)
    assert v_d >= settling + 1e-4
    assert p.deposition_by_size(*arguments, max(w_star, 0.0) + 1.0).v_d >= v_d * (1.0 - 1e-12)


@UNTIMED
@given(st.floats(0.0, 0.99), U_STAR, LENGTH, ROUGHNESS)
def test_fine_particles_deposit_slower_in_bulk(
    fine: float, u_star: float, length: float, z0: float
) -> None:
    r_a = aerodynamic_resistance(u_star, length, z0)
    v_d = p.deposition_in_bulk(fine, r_a, u_star, length).v_d
    assert v_d > p.deposition_in_bulk(fine + 0.01, r_a, u_star, length).v_d > 0.0


@UNTIMED
@given(DIAMETER, DENSITY, TEMPERATURE, PRESSURE, RAIN)
def test_washout_is_never_negative(
    diameter: float, density: float, t_a: float, pressure: float, rain: float
) -> None:
    slip, settling, stopping = size(diameter, density)
    viscosity = kinematic_viscosity(t_a, pressure)
    schmidt = p.schmidt_number(diameter, slip, t_a, viscosity)
    wet = p.scavenging_by_size(diameter, density, settling, stopping, schmidt, viscosity, rain)
    assert 0.0 < wet.efficiency <= 1.0
    assert wet.flux == wet.depletion > 0.0


@UNTIMED
@given(st.floats(1e-7, 1e-4), st.floats(0.0, 1.0), RAIN, st.floats(500.0, 1e4))
def test_the_flux_of_method_2_grows_with_rain_and_is_not_capped(
    diameter: float, fine: float, rain: float, depth: float
) -> None:
    wet = p.scavenging_in_bulk(diameter, fine, rain, depth)
    assert p.scavenging_in_bulk(diameter, fine, 1.01 * rain, depth).flux > wet.flux > 0.0
    if wet.efficiency < 1.0:
        assert wet.depletion == pytest.approx(wet.flux, rel=1e-12)
    else:
        assert 0.0 < wet.depletion <= wet.flux * (1.0 + 1e-12)


def test_the_cap_of_method_2_bites_on_depletion_only() -> None:
    wet = p.scavenging_in_bulk(1e-6, 0.0, 20.0, 500.0)
    assert wet.efficiency == 1.0
    assert wet.flux > 1.2 * wet.depletion


@pytest.mark.reference
def test_washout_of_a_year_agrees_with_aermod() -> None:
    """Every hour of rain; temperature from one size class, the other four must fit."""
    tables.need_cases()
    sizes = [(0.5e-6, 1800.0), (1.5e-6, 2000.0), (4e-6, 2400.0), (8e-6, 2500.0), (20e-6, 2600.0)]

    def washed(j: int, t_a: float, hour: object) -> p.Scavenging:
        diameter, density = sizes[j]
        slip, settling, stopping = size(diameter, density)
        viscosity = kinematic_viscosity(t_a, hour.pressure_kPa)
        schmidt = p.schmidt_number(diameter, slip, t_a, viscosity)
        return p.scavenging_by_size(
            diameter, density, settling, stopping, schmidt, viscosity, hour.rain_mm_h
        )

    frame = tables.washed_hours_of_case_12()
    assert len(frame) == 229
    for _, hour in frame.iterrows():
        t_a = brentq(lambda t, h=hour: washed(0, t, h).efficiency - h[1], 240.0, 320.0)
        for j in range(5):
            wet = washed(j, t_a, hour)
            assert wet.efficiency == pytest.approx(hour[j + 1], rel=1e-6)
            assert wet.depletion == pytest.approx(hour[f"rate_{j + 1}"], rel=1e-6)
