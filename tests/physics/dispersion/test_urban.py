from __future__ import annotations

import numpy as np
import pytest

from simulator.physics.dispersion.constants import GRAVITY
from simulator.physics.dispersion.hours import Hours, prepare
from simulator.physics.dispersion.levels import (
    DIRECTION,
    GRADIENT,
    LEVELS,
    SIGMA_V,
    SIGMA_W,
    THETA,
    U,
)
from simulator.physics.dispersion.similarity import convective_sigma_v2, convective_sigma_w2
from simulator.physics.dispersion.urban import urban_mixing_height, urban_scales, urbanise
from tests.physics.dispersion.plume_cases import NIGHT, one, stable_hour, weather


def night() -> Hours:
    return prepare(weather(**NIGHT))


def test_depth_of_the_town() -> None:
    assert urban_mixing_height(2e6) == 400.0
    assert urban_mixing_height(2e6 / 16.0) == pytest.approx(200.0)


def test_scales_by_hand() -> None:
    hour = stable_hour(u_star=0.2, obukhov_length=40.0, temperature=285.0, z_im=150.0)
    w_u, u_star, length = urban_scales(hour, 2e6, 1.0)
    # 12 K warmer: H / (rho c_p) is 0.03 * 12 * u*
    assert w_u == pytest.approx((GRAVITY * 0.072 * 400.0 / 285.0) ** (1 / 3))
    shape = np.sqrt(1.6 * (7.0 / 400.0) ** (2 / 3)) / (1.3 * np.sqrt(1.0 - 7.0 / 400.0))
    assert u_star == pytest.approx(max(0.2, w_u * shape))
    assert length == pytest.approx(max(285.0 * u_star**3 / (0.4 * GRAVITY * 0.072), 40.0))


def test_more_people_more_turbulence() -> None:
    hour = stable_hour()
    few, many = (urban_scales(hour, p, 1.0) for p in (5e4, 5e6))
    assert few[0] < many[0]
    assert few[1] <= many[1]


def test_stable_hour() -> None:
    before = night()
    after = urbanise(before, 2e6)
    hour, profile = one(before)
    town, above = one(after)
    w_u, u_star, length = urban_scales(hour, 2e6, 1.0)
    assert (town.u_star, town.obukhov_length, town.z_i) == (u_star, length, 400.0)
    assert town.urban == 1.0
    assert hour.urban == 0.0
    # wind and what was taken at z_i stay
    assert np.array_equal(profile[:, [U, DIRECTION]], above[:, [U, DIRECTION]])
    assert (town.u_top, town.theta_top, town.u_mean, town.z_im, town.sigma_w_mean) == (
        hour.u_top, hour.theta_top, hour.u_mean, hour.z_im, hour.sigma_w_mean,
    )  # fmt: skip
    for j, z in enumerate(LEVELS):
        v2, w2 = convective_sigma_v2(z, w_u, 400.0), convective_sigma_w2(z, w_u, 400.0)
        assert above[j, SIGMA_V] ** 2 == pytest.approx(profile[j, SIGMA_V] ** 2 + v2)
        assert above[j, SIGMA_W] ** 2 == pytest.approx(profile[j, SIGMA_W] ** 2 + w2)
    low = LEVELS <= 400.0
    assert np.all(above[low, GRADIENT] == 1e-5)
    assert np.array_equal(above[~low, GRADIENT], profile[~low, GRADIENT])
    assert np.ptp(above[low, THETA]) < 0.005


def test_given_hours_are_left_alone() -> None:
    before = night()
    scales, profiles = before.scales.copy(), before.profiles.copy()
    urbanise(before, 1e6)
    assert np.array_equal(before.scales, scales)
    assert np.array_equal(before.profiles, profiles)


def test_only_shallow_convection_changes() -> None:
    met = weather(3, convective_height=np.array([399.0, 401.0, 300.0]), wind_speed=[4.0, 4.0, 0.0])
    before = prepare(met)
    after = urbanise(before, 2e6)
    changed = (before.profiles != after.profiles).any(axis=(1, 2))
    assert changed.tolist() == [True, False, False]
    town = one(after)[0]
    assert town.obukhov_length < 0.0
    assert town.obukhov_length >= -80.0
    assert town.z_i == 600.0  # the mechanical height is higher than the town's


@pytest.mark.parametrize("population", [1e4, 1e6, 2e7])
def test_a_town_is_never_less_turbulent(population: float) -> None:
    before, after = night(), urbanise(night(), population, 0.5)
    for column in (SIGMA_V, SIGMA_W):
        assert np.all(after.profiles[..., column] >= before.profiles[..., column])
    assert one(after)[0].z_i >= one(before)[0].z_i
