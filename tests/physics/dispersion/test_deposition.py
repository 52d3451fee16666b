"""Against rows printed by AERMOD 24142 and against the laws that the formulas must obey."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.dispersion.deposition import (
    aerodynamic_resistance,
    friction_velocity,
    inverse_obukhov_length,
    particle_deposition_velocity,
    particle_scavenging_rate,
    schmidt_number,
    settling_velocity,
)

# diameter [m], density [kg m-3], settling velocity [m s-1]: AERMOD, method 1
SIZES = [
    (0.5e-6, 1800.0, 1.79795e-5),
    (1.5e-6, 2000.0, 1.501094e-4),
    (4.0e-6, 2400.0, 1.202406e-3),
    (8.0e-6, 2500.0, 4.911804e-3),
    (20.0e-6, 2600.0, 3.154385e-2),
]
# u*, L, (w*/u*)^2, air temperature, r_a, deposition velocity of the five sizes: stable and
# convective hour over z0 = 0.1 m
STABLE = (0.315, 100.0, 0.0, 294.40, 19.46742)
STABLE_VELOCITY = [1.931355e-4, 2.820886e-4, 1.335741e-3, 0.0224317, 0.0688168]
CONVECTIVE = (0.209, -2.7, (2.32 / 0.209) ** 2, 293.20, 16.64043)
CONVECTIVE_VELOCITY = [1.610052e-3, 8.938805e-4, 1.619558e-3, 0.02371292, 0.08980785]
# rain [mm/h]: scavenging rate of the five sizes [s-1]
SCAVENGING = {
    0.5: [5.037198e-8, 9.02566e-8, 4.831738e-5, 1.086563e-4, 1.402584e-4],
    10.0: [2.823792e-7, 4.261441e-7, 3.118291e-4, 9.634936e-4, 1.326082e-3],
}


@pytest.mark.parametrize(("diameter", "density", "expected"), SIZES)
def test_settling_velocity_of_aermod(diameter: float, density: float, expected: float) -> None:
    assert settling_velocity(diameter, density) == pytest.approx(expected, rel=1e-3)


def test_stokes_law_without_slip() -> None:
    # 20 um: slip below 1 %; v = rho g d2 / (18 mu)
    expected = 2600.0 * 9.81 * (20e-6) ** 2 / (18.0 * 1.81e-5)
    assert settling_velocity(20e-6, 2600.0) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    ("hour", "expected"), [(STABLE, STABLE_VELOCITY), (CONVECTIVE, CONVECTIVE_VELOCITY)]
)
def test_deposition_velocity_of_aermod(
    hour: tuple[float, float, float, float, float], expected: list[float]
) -> None:
    u_star, length, gustiness, temperature, r_a = hour
    resistance = aerodynamic_resistance(u_star, 0.1, 1.0 / length)
    assert resistance == pytest.approx(r_a, rel=1e-4)
    for (diameter, density, _), value in zip(SIZES, expected, strict=True):
        got = particle_deposition_velocity(
            diameter, density, u_star, resistance, gustiness, temperature
        )
        # pressure is not an input here: viscosity within 1 %, which impaction magnifies
        assert got == pytest.approx(value, rel=0.03)


@pytest.mark.parametrize("rain", SCAVENGING)
def test_scavenging_rate_of_aermod(rain: float) -> None:
    for (diameter, density, _), value in zip(SIZES, SCAVENGING[rain], strict=True):
        got = particle_scavenging_rate(diameter, density, rain / 3600.0, 294.0)
        assert got == pytest.approx(value, rel=0.02)


def test_schmidt_number_of_aermod() -> None:
    assert schmidt_number(4e-6, 294.40) == pytest.approx(2762778, rel=0.01)


def test_no_rain_no_scavenging() -> None:
    assert particle_scavenging_rate(5e-6, 2000.0, 0.0, 288.0) == 0.0


@given(st.floats(1e-8, 1e-4), st.floats(1000.0, 8000.0), st.floats(0.05, 1.5))
def test_velocity_is_at_least_settling_and_at_most_what_air_brings(
    diameter: float, density: float, u_star: float
) -> None:
    settling = settling_velocity(diameter, density)
    resistance = aerodynamic_resistance(u_star, 0.1, 0.0)
    velocity = particle_deposition_velocity(diameter, density, u_star, resistance, 0.0, 288.0)
    assert settling < velocity <= settling + 1.0 / resistance + 1.001e-4


def test_deposition_velocity_has_its_minimum_between_0_1_and_2_um() -> None:
    d = np.geomspace(1e-8, 3e-5, 60)
    r_a = aerodynamic_resistance(0.4, 0.1, 0.0)
    v = [particle_deposition_velocity(x, 2000.0, 0.4, r_a, 0.0, 288.0) for x in d]
    assert 0.1e-6 < d[int(np.argmin(v))] < 2.0e-6


def test_friction_velocity_follows_the_log_law_in_neutral_air() -> None:
    expected = 0.4 * 5.0 / math.log(10.0 / 0.1)
    assert friction_velocity(5.0, 10.0, 0.1, 0.0) == pytest.approx(expected)


@given(st.floats(0.001, 2.0))
def test_stability_orders_length_and_friction(roughness: float) -> None:
    inverse = [inverse_obukhov_length(c, roughness) for c in range(6)]
    assert inverse == sorted(inverse)
    friction = [friction_velocity(3.0, 10.0, roughness, x) for x in inverse]
    assert friction == sorted(friction, reverse=True)
