from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.physics.dispersion.gas import (
    GasDeposition,
    GasSubstance,
    Surroundings,
    gas_deposition,
    gas_scavenging,
    has_dew,
)
from simulator.physics.dispersion.surface_air import (
    aerodynamic_resistance,
    kinematic_viscosity,
    root_water,
    saturation_vapour_pressure,
    solar_irradiance,
)

UNTIMED = settings(deadline=None)  # the first example loads or compiles the kernels

SO2 = GasSubstance(0.1112e-4, 1.83e-9, 73200.0, 72.0, 0.0)
NOON = Surroundings(100.0, 70.0, 1.5, 400.0, 0.9, 0.0, 5.0, 0.0, 12.0, 1, 1.0, 2)

GASES = st.builds(
    GasSubstance,
    st.floats(2e-6, 3e-5),
    st.floats(3e-10, 3e-9),
    st.floats(10.0, 1e7),
    st.floats(-6.0, 4.0).map(lambda x: 10.0**x),
    st.floats(0.0, 1.0),
)
AROUND = st.builds(
    Surroundings,
    pressure=st.floats(70.0, 105.0),
    humidity=st.floats(5.0, 100.0),
    vapour=st.floats(0.01, 6.0),
    solar=st.floats(-100.0, 1200.0),
    water_factor=st.floats(0.01, 1.0),
    rain=st.one_of(st.just(0.0), st.floats(0.01, 50.0)),
    cloud=st.integers(0, 10).map(float),
    precipitation_code=st.sampled_from([0.0, 11.0, 22.0]),
    hour=st.integers(1, 24).map(float),
    season=st.integers(1, 5),
    leaf_area=st.sampled_from([0.25, 0.5, 1.0]),
    land_use=st.integers(1, 9),
)
U_STAR = st.floats(0.01, 2.0)
TEMPERATURE = st.floats(240.0, 315.0)


def deposited(
    gas: GasSubstance,
    around: Surroundings,
    u_star: float = 0.4,
    t_a: float = 290.0,
    length: float = 500.0,
) -> GasDeposition:
    r_a = aerodynamic_resistance(u_star, length, 0.1)
    viscosity = kinematic_viscosity(t_a, around.pressure)
    return gas_deposition(gas, around, r_a, u_star, t_a, viscosity)


# Spec 11.10: temperature, heat flux, u*, L, T_a; r_a, r_b, r_c, v_d, solar, depth, rate
@pytest.mark.parametrize(
    ("hour", "expected"),
    [
        (
            (295.0, 150.0, 0.6, -120.0, 294.433, 10000.0),
            (9.7289, 12.01, 1917.8, 5.1558e-4, 930.14, 1.8889e-9),
        ),
        (
            (282.0, -20.0, 0.25, 60.0, 282.633, 500.0),
            (24.896, 27.465, 8087.1, 1.2286e-4, 0.0, 3.6264e-8),
        ),
    ],
)
def test_worked_values(hour: tuple[float, ...], expected: tuple[float, ...]) -> None:
    temperature, heat_flux, u_star, length, t_a, depth = hour
    solar = solar_irradiance(heat_flux, 1.0, 0.2, 7.0, temperature, length)
    memory = root_water(np.array([temperature]), np.array([2.0]))
    around = NOON._replace(
        vapour=saturation_vapour_pressure(temperature),
        solar=solar,
        water_factor=memory.water_factor[0],
        rain=2.0 + memory.recent_precipitation[0],
        cloud=7.0,
    )
    dry = deposited(SO2, around, u_star, t_a, length)
    rate = gas_scavenging(SO2, t_a, 2.0, depth).rate
    ours = (dry.r_a, dry.r_b, dry.r_c, dry.v_d, solar, rate)
    assert ours == pytest.approx(expected, rel=6e-5)


@UNTIMED
@given(GASES, AROUND, U_STAR, TEMPERATURE, st.sampled_from([-50.0, 20.0, 500.0]))
def test_every_resistance_is_finite_and_the_velocity_within_bounds(
    gas: GasSubstance, around: Surroundings, u_star: float, t_a: float, length: float
) -> None:
    dry = deposited(gas, around, u_star, t_a, length)
    assert np.isfinite(dry).all()
    assert min(dry) >= 0.0
    assert 0.0 < dry.v_d <= 1.0 / dry.r_a
    assert dry.v_d == pytest.approx(1.0 / (dry.r_a + dry.r_b + dry.r_c), rel=1e-12)
    assert all(0.01 <= f <= 1.0 for f in dry[9:13])


@UNTIMED
@given(GASES, AROUND, U_STAR, TEMPERATURE, st.floats(1.1, 10.0))
def test_what_raises_the_velocity(
    gas: GasSubstance, around: Surroundings, u_star: float, t_a: float, factor: float
) -> None:
    v_d = deposited(gas, around, u_star, t_a).v_d * (1.0 - 1e-9)
    eager = gas._replace(reactivity=min(1.0, gas.reactivity + 0.1))
    assert deposited(eager, around, u_star, t_a).v_d >= v_d
    leaky = gas._replace(r_cuticle=gas.r_cuticle / factor)
    assert deposited(leaky, around, u_star, t_a).v_d >= v_d
    moist = around._replace(water_factor=min(1.0, around.water_factor * factor))
    assert deposited(gas, moist, u_star, t_a).v_d >= v_d
    bright = around._replace(solar=abs(around.solar) * factor)
    dim = around._replace(solar=abs(around.solar))
    assert deposited(gas, bright, u_star, t_a).v_d >= deposited(gas, dim, u_star, t_a).v_d * (
        1.0 - 1e-9
    )


@UNTIMED
@given(GASES, TEMPERATURE, st.floats(0.05, 100.0), st.floats(500.0, 1e4), st.floats(1.0, 10.0))
def test_washout_falls_with_henrys_constant(
    gas: GasSubstance, t_a: float, rain: float, depth: float, factor: float
) -> None:
    wet = gas_scavenging(gas, t_a, rain, depth)
    assert 0.0 < wet.saturation <= 1.0
    assert wet.rate > 0.0
    less = gas_scavenging(gas._replace(henry=gas.henry * factor), t_a, rain, depth)
    assert less.rate <= wet.rate * (1.0 + 1e-12)


@pytest.mark.parametrize(("season", "land_use"), list(itertools.product(range(1, 6), range(1, 10))))
def test_stomata_open_where_something_green_grows(season: int, land_use: int) -> None:
    dry = deposited(SO2, NOON._replace(season=season, land_use=land_use))
    closed = land_use in (1, 7, 8) or (season in (2, 3, 4) and land_use not in (4, 6))
    assert (dry.f_1 == 0.01) == closed


def test_dew_forms_in_calm_humid_nights_only() -> None:
    night = NOON._replace(hour=2.0, humidity=98.0, cloud=0.0)
    assert has_dew(night, 0.1)
    assert not has_dew(night._replace(hour=8.0), 0.1)
    assert has_dew(night._replace(hour=20.0), 0.1)
    assert not has_dew(night._replace(humidity=30.0), 0.1)
    assert not has_dew(night, 3.0)
    # clouds keep the ground warm
    u_star = 0.3 / (1000.0 * 0.622 * 1.5 * 0.02 / 100.0)
    assert has_dew(night, u_star)
    assert not has_dew(night._replace(cloud=9.0), u_star)


def test_dew_and_rain_wet_the_leaves_but_only_dew_stills_the_air() -> None:
    night = NOON._replace(hour=2.0, humidity=98.0)
    dew = deposited(SO2, night, 0.1)
    rain = deposited(SO2, NOON._replace(rain=1.0), 0.1)
    dry = deposited(SO2, NOON, 0.1)
    assert dew.r_a == 1000.0
    assert rain.r_a == dry.r_a < 1000.0
    assert dew.r_cut == rain.r_cut < dry.r_cut
    assert rain.r_g < dry.r_g


def test_falling_snow_does_not_wet() -> None:
    winter = NOON._replace(season=4, land_use=4, precipitation_code=22.0)
    still = deposited(SO2, winter, t_a=272.0)
    assert deposited(SO2, winter._replace(rain=1.0), t_a=272.0).r_cut == still.r_cut
    assert deposited(SO2, winter._replace(rain=1.0), t_a=274.0).r_cut < still.r_cut
    rain = winter._replace(precipitation_code=11.0, rain=1.0)
    assert deposited(SO2, rain, t_a=272.0).r_cut < still.r_cut


def test_frost_closes_the_surface() -> None:
    velocities = [deposited(SO2, NOON, t_a=t).v_d for t in (280.0, 268.0, 262.0, 255.0)]
    assert velocities == sorted(velocities, reverse=True)
    assert velocities[-1] < 0.2 * velocities[0]
