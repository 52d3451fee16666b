from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.dispersion.spread import (
    buoyancy_spread,
    convective_sigma_y,
    convective_sigma_z,
    penetrated_sigma_z,
    stable_sigma_y,
    stable_sigma_z,
    surface_sigma_z,
    updrafts,
)
from tests.physics.dispersion.plume_cases import (
    UNTIMED,
    convective_hour,
    stable_hour,
    uniform_profile,
)

CALM_AIR = uniform_profile()
STRATIFIED = uniform_profile(gradient=0.01, theta=290.0)


def sigma_z(x: float, height: float, gradient: float = 0.0, stratified: bool = True) -> float:
    profile = STRATIFIED if gradient > 0.0 else CALM_AIR
    hour = stable_hour()
    return stable_sigma_z(x, 5.0, 0.3, gradient, height, 40.0, hour, profile, stratified)


def test_buoyancy_spread() -> None:
    assert buoyancy_spread(10.0) == pytest.approx(4.0 / math.sqrt(2.0))


def test_near_spread_follows_turbulence() -> None:
    # above z_i only the elevated part counts
    assert sigma_z(1.0, 600.0) == pytest.approx(0.3 / 5.0, rel=1e-3)
    assert stable_sigma_y(1.0, 5.0, 0.5, 40.0, 500.0) == pytest.approx(0.1, rel=2e-2)
    assert convective_sigma_y(1.0, 5.0, 1.0, 40.0, 1e6) == pytest.approx(0.2, rel=1e-3)


def test_far_vertical_spread_is_held_by_stratification() -> None:
    n = math.sqrt(9.80616 * 0.01 / 296.0)
    far = 1e5 * 0.3 / 5.0
    expected = far / math.sqrt(1.0 + far * (1.0 / (0.72 * 600.0) + n / (0.54 * 0.3)))
    assert sigma_z(1e5, 600.0, 0.01) == pytest.approx(expected)
    # a town's air is not
    free = far / math.sqrt(1.0 + far / (0.72 * 600.0))
    assert sigma_z(1e5, 600.0, 0.01, stratified=False) == pytest.approx(free)


def test_vertical_spread_goes_from_surface_to_elevated_with_height() -> None:
    hour = stable_hour()
    surface = math.sqrt(2.0 / math.pi) * 0.3 * 200.0 / (1.0 + 7.0) ** (1.0 / 3.0)
    assert sigma_z(1000.0, 0.0) == pytest.approx(surface)
    travelled = 0.3 * 200.0
    elevated = travelled / math.sqrt(1.0 + travelled / (0.72 * 250.0))
    # N is never quite zero
    assert sigma_z(1000.0, 250.0) == pytest.approx(0.5 * (surface + elevated))
    unstable = convective_hour(z_i=30.0)
    assert stable_sigma_z(1000.0, 5.0, 0.3, 0.0, 0.0, 40.0, unstable, CALM_AIR, True) == 0.0
    assert hour.z_i == 500.0


@UNTIMED
@given(st.floats(1.0, 5e4), st.floats(0.0, 800.0), st.sampled_from([0.0, 0.01]))
def test_spreads_grow_with_distance(x: float, height: float, gradient: float) -> None:
    assert sigma_z(1.1 * x, height, gradient) > sigma_z(x, height, gradient)
    near = stable_sigma_y(x, 5.0, 0.5, height, 400.0)
    assert stable_sigma_y(1.1 * x, 5.0, 0.5, height, 400.0) > near
    near = convective_sigma_y(x, 5.0, 0.8, height, 900.0)
    assert convective_sigma_y(1.1 * x, 5.0, 0.8, height, 900.0) > near
    assert penetrated_sigma_z(1.1 * x, 5.0, 0.1, 700.0) > penetrated_sigma_z(x, 5.0, 0.1, 700.0)


def test_lateral_spread_has_a_least_turbulence() -> None:
    assert stable_sigma_y(1e-3, 20.0, 0.2, 50.0, 500.0) == pytest.approx(5e-5, rel=1e-4)
    low, least = (convective_sigma_y(300.0, 20.0, s, 50.0, 900.0) for s in (0.2, 1.0))
    assert low == least
    assert convective_sigma_y(300.0, 20.0, 1.1, 50.0, 900.0) > least


def test_convective_lateral_spread_by_height_of_the_stack() -> None:
    # beta is 78 at the ground and falls to 0.7 at 51 m
    x, rho, z_i = 1000.0, 0.2, 1000.0
    for height, beta in ((0.0, 78.0), (0.46, 78.0), (4.6, 7.8), (100.0, 0.7)):
        expected = rho * x / (1.0 + beta * rho * x / z_i) ** 0.3
        assert convective_sigma_y(x, 5.0, 1.0, height, z_i) == pytest.approx(expected)


def test_penetrated_spread() -> None:
    expected = 20.0 / math.sqrt(1.0 + 20.0 / (0.72 * 600.0))
    assert penetrated_sigma_z(1000.0, 5.0, 0.1, 600.0) == pytest.approx(expected)


@UNTIMED
@given(st.floats(0.05, 2.0), st.floats(0.1, 3.0), st.floats(0.0, 1.0), st.booleans())
def test_updrafts_and_downdrafts_balance(
    sigma_w: float, w_star: float, share: float, surface: bool
) -> None:
    hour = convective_hour(w_star=w_star)
    centroid = share * (100.0 if surface else 1000.0)
    drafts = updrafts(sigma_w, centroid, surface, hour)
    one, two = drafts.share_1, 1.0 - drafts.share_1
    assert 0.0 < one < 1.0
    assert drafts.a_1 > 0.0 > drafts.a_2
    # no mean motion, the variance of (5.11) and its third moment
    assert one * drafts.a_1 + two * drafts.a_2 == pytest.approx(0.0, abs=1e-9)
    assert drafts.b_1 == 2.0 * drafts.a_1
    assert drafts.b_2 == -2.0 * drafts.a_2
    variance = one * (drafts.a_1**2 + drafts.b_1**2) + two * (drafts.a_2**2 + drafts.b_2**2)
    assert variance * w_star**2 == pytest.approx(sigma_w**2, rel=1e-6)
    third = one * (drafts.a_1**3 + 3.0 * drafts.a_1 * drafts.b_1**2)
    third += two * (drafts.a_2**3 + 3.0 * drafts.a_2 * drafts.b_2**2)
    expected = 1.25 * centroid / 1000.0 if surface else 0.125
    assert third == pytest.approx(expected, rel=1e-6, abs=1e-8)


def test_surface_releases() -> None:
    hour = convective_hour()
    assert surface_sigma_z(500.0, 5.0, 100.0, hour) == pytest.approx(0.0, abs=1e-12)
    expected = 0.5 * (0.3 / 5.0) ** 2 * 500.0**2 / 50.0
    assert surface_sigma_z(500.0, 5.0, 0.0, hour) == pytest.approx(expected)
    drafts = updrafts(0.8, 30.0, True, hour)
    above = convective_sigma_z(500.0, 5.0, drafts, 30.0, False, hour)
    assert above == pytest.approx((drafts.b_1 * 150.0, drafts.b_2 * 150.0))
    shear = surface_sigma_z(500.0, 5.0, 30.0, hour)
    within = convective_sigma_z(500.0, 5.0, drafts, 30.0, True, hour)
    scale = 0.6 + 0.4 * 0.3
    assert within == pytest.approx(
        (math.hypot(scale * above[0], shear), math.hypot(scale * above[1], shear))
    )
