from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.dispersion.similarity import (
    convective_sigma_v2,
    convective_sigma_w2,
    mechanical_sigma_v2,
    mechanical_sigma_w2,
    psi,
    reference_wind,
    similarity_wind,
    stable_gradient,
    surface_gradient,
)
from tests.physics.dispersion.plume_cases import UNTIMED


def test_psi_by_hand() -> None:
    # z/L = -1 and 1
    mu = 17.0**0.25
    by_hand = 2.0 * math.log((1.0 + mu) / 2.0) + math.log((1.0 + mu * mu) / 2.0)
    by_hand += math.pi / 2.0 - 2.0 * math.atan(mu)
    assert psi(10.0, -10.0) == pytest.approx(by_hand)
    assert psi(10.0, 10.0) == pytest.approx(-17.0 * (1.0 - math.exp(-0.29)))


@UNTIMED
@given(st.floats(0.5, 300.0), st.floats(1.0, 8888.0))
def test_wind_rises_faster_with_height_the_more_stable(z: float, length: float) -> None:
    assert psi(z, -length) > 0.0 > psi(z, length)
    unstable = similarity_wind(z, 0.3, -length, 0.1)
    neutral = 0.3 / 0.4 * math.log(z / 0.1)
    assert unstable < neutral < similarity_wind(z, 0.3, length, 0.1)


@pytest.mark.parametrize("length", [1e7, -1e7])
@pytest.mark.parametrize("z", [1.0, 10.0, 100.0])
def test_neutral_wind_is_logarithmic(z: float, length: float) -> None:
    expected = 0.5 / 0.4 * math.log(z / 0.03)
    assert similarity_wind(z, 0.5, length, 0.03) == pytest.approx(expected, rel=1e-4)


# u* 0.4, L -60, z0 0.1 (7 z0 = 0.7), u_ref 3.3
def wind(z: float, z_i: float, z_ref: float, z0: float = 0.1) -> float:
    return reference_wind(z, 0.4, -60.0, z0, z_i, z_ref, 3.3)


def surface_layer(z: float, z0: float = 0.1) -> float:
    return similarity_wind(z, 0.4, -60.0, z0)


@pytest.mark.parametrize(
    ("z", "z_i", "z_ref", "z0", "expected"),
    [
        # measured within the mixed layer
        (20.0, 500.0, 10.0, 0.1, surface_layer(20.0)),
        (500.0, 500.0, 10.0, 0.1, surface_layer(500.0)),
        (0.35, 500.0, 10.0, 0.1, 0.5 * surface_layer(0.7)),
        (0.7, 500.0, 10.0, 0.1, surface_layer(0.7)),
        (0.0, 500.0, 10.0, 0.1, 0.0),
        (900.0, 500.0, 10.0, 0.1, surface_layer(500.0)),
        (9.0, 500.0, 500.0, 0.1, surface_layer(9.0)),
        # measured above it
        (5.0, 8.0, 10.0, 0.1, surface_layer(5.0)),
        (0.35, 8.0, 10.0, 0.1, surface_layer(0.7)),
        (9.0, 8.0, 10.0, 0.1, 3.3),
        (900.0, 8.0, 10.0, 0.1, 3.3),
        # measured below seven roughness lengths
        (50.0, 500.0, 10.0, 2.0, surface_layer(50.0, 2.0)),
        (5.0, 500.0, 10.0, 2.0, 1.65),
        (14.0, 500.0, 10.0, 2.0, 1.4 * 3.3),
        (900.0, 500.0, 10.0, 2.0, surface_layer(500.0, 2.0)),
        # mixing height below seven roughness lengths: between both is "below"
        (10.0, 8.0, 9.0, 2.0, surface_layer(14.0, 2.0)),
        (10.0, 8.0, 7.0, 2.0, 3.3 * 10.0 / 7.0),
    ],
)
def test_cases_of_the_reference_wind(
    z: float, z_i: float, z_ref: float, z0: float, expected: float
) -> None:
    assert wind(z, z_i, z_ref, z0) == pytest.approx(expected, rel=1e-12)


def test_gradient_in_stable_air() -> None:
    assert surface_gradient(10.0, 0.08, 50.0, False) == pytest.approx(0.02 * (1.0 + 1.0))
    assert surface_gradient(10.0, 0.08, 50.0, True) == pytest.approx(0.02 * (0.74 + 0.94))
    low = stable_gradient(2.0, 0.08, 50.0, 300.0, False)
    assert stable_gradient(0.0, 0.08, 50.0, 300.0, False) == low
    top = stable_gradient(100.0, 0.08, 50.0, 300.0, False)
    assert top == pytest.approx(surface_gradient(100.0, 0.08, 50.0, False))
    # one scale of 0.44 z_i above 100 m, where z_i is 100 m at least
    above = stable_gradient(100.0 + 132.0, 0.08, 50.0, 300.0, False)
    assert above == pytest.approx(top / math.e)
    above = stable_gradient(100.0 + 44.0, 0.08, 50.0, 30.0, False)
    assert above == pytest.approx(top / math.e)
    assert stable_gradient(4000.0, 0.08, 50.0, 300.0, False) == 0.002


def test_lateral_turbulence() -> None:
    full = 0.35 * 4.0
    assert convective_sigma_v2(500.0, 2.0, 1000.0) == full
    assert convective_sigma_v2(1000.0, 2.0, 1000.0) == full
    assert convective_sigma_v2(1100.0, 2.0, 1000.0) == pytest.approx(0.5 * (full + 0.25))
    assert convective_sigma_v2(1300.0, 2.0, 1000.0) == 0.25
    # weak turbulence does not fall off
    assert convective_sigma_v2(1300.0, 0.5, 1000.0) == pytest.approx(0.35 * 0.25)
    assert mechanical_sigma_v2(0.0, 0.5, 800.0) == pytest.approx(0.9)
    assert mechanical_sigma_v2(400.0, 0.5, 800.0) == pytest.approx(0.5 * (0.9 + 0.25))
    assert mechanical_sigma_v2(900.0, 0.5, 800.0) == 0.25
    assert mechanical_sigma_v2(900.0, 0.1, 800.0) == pytest.approx(0.036)


def test_vertical_turbulence() -> None:
    assert convective_sigma_w2(0.0, 2.0, 1000.0) == 0.0
    assert convective_sigma_w2(50.0, 2.0, 1000.0) == pytest.approx(6.4 * 0.05 ** (2 / 3))
    assert convective_sigma_w2(500.0, 2.0, 1000.0) == pytest.approx(1.4)
    assert convective_sigma_w2(1100.0, 2.0, 1000.0) == pytest.approx(1.4 * math.exp(-0.6))
    # nearly without a step at a tenth of the layer: 1.6 0.1^(2/3) = 0.345
    assert convective_sigma_w2(100.0, 2.0, 1000.0) == pytest.approx(1.4, rel=0.02)
    assert mechanical_sigma_w2(0.0, 0.5, 800.0, 0.2) == pytest.approx(1.69 * 0.25)
    assert mechanical_sigma_w2(400.0, 0.5, 800.0, 0.2) == pytest.approx(0.5 * 1.69 * 0.25 + 0.01)
    assert mechanical_sigma_w2(900.0, 0.5, 800.0, 0.2) == pytest.approx(0.04)
