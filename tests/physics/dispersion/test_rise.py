from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.dispersion.constants import GRAVITY, LAPSE_RATE, TINY
from simulator.physics.dispersion.levels import DIRECTION, LEVELS
from simulator.physics.dispersion.rise import (
    CAPPED,
    HORIZONTAL,
    VOLUME,
    Exit,
    centroid_height,
    direct_rise,
    indirect_rise,
    neutral_reach,
    penetration,
    stable_rise,
    stack_fluxes,
    tip_downwash,
)
from tests.physics.dispersion.plume_cases import (
    UNTIMED,
    convective_hour,
    one,
    released,
    stable_hour,
    stack,
    stacks,
    uniform_profile,
    unit_hours,
    volume,
)

STABLE = uniform_profile(gradient=0.02)
CONVECTIVE = uniform_profile(sigma_w=0.9, sigma_v=0.9)


def test_two_thirds_law() -> None:
    # Briggs: 1.6 F^(1/3) x^(2/3) / u
    x = np.array([100.0, 400.0, 2000.0])
    found = np.array([direct_rise(v, 5.0, 60.0, TINY) for v in x])
    assert found == pytest.approx(1.609 * 60.0 ** (1 / 3) * x ** (2 / 3) / 5.0, rel=1e-3)


def test_one_third_law_of_a_jet() -> None:
    found = direct_rise(800.0, 4.0, TINY, 100.0) / direct_rise(100.0, 4.0, TINY, 100.0)
    assert found == pytest.approx(2.0, rel=1e-6)


def test_reach_of_neutral_rise() -> None:
    assert neutral_reach(10.0) == pytest.approx(49.0 * 10.0**0.625)
    assert neutral_reach(100.0) == pytest.approx(119.0 * 100.0**0.4)
    assert neutral_reach(55.0) == pytest.approx(neutral_reach(54.999999), rel=2e-2)


def test_fluxes_by_hand() -> None:
    buoyancy, momentum = stack_fluxes(stack(temperature=400.0), 300.0)
    assert buoyancy == pytest.approx(GRAVITY * 12.0 * 4.0 * 100.0 / 1600.0)
    assert momentum == pytest.approx(144.0 * 4.0 * 300.0 / 1600.0)


@pytest.mark.parametrize("kind", [CAPPED, HORIZONTAL])
def test_capped_and_horizontal_stacks_have_little_momentum(kind: int) -> None:
    free, caught = (stack_fluxes(stack(kind=k), 300.0) for k in (0, kind))
    assert caught[0] == free[0]
    # 0.001 v d2 (spec 4.2): the exit velocity takes part once
    assert caught[1] == pytest.approx(0.001 * 12.0 * 4.0 * 300.0 / 1600.0)


def test_temperatures_of_the_exit() -> None:
    # of the air
    buoyancy, momentum = stack_fluxes(stack(temperature=0.0), 300.0)
    assert buoyancy == pytest.approx(GRAVITY * 12.0 * 4.0 * 1e-5 / 1200.0, rel=1e-4)
    assert momentum == pytest.approx(144.0, rel=1e-6)
    # a fixed excess
    for air in (270.0, 300.0):
        fixed, _ = stack_fluxes(stack(temperature=-50.0), air)
        assert fixed == stack_fluxes(stack(temperature=air + 50.0), air)[0]
    # colder than the air: as the air
    assert stack_fluxes(stack(temperature=250.0), 300.0)[0] == TINY


def test_fluxes_are_never_zero() -> None:
    assert stack_fluxes(stack(velocity=0.0, diameter=0.0), 300.0) == (TINY, TINY)


def test_tip_downwash() -> None:
    assert tip_downwash(stack(velocity=7.5), 5.0) == 40.0
    assert tip_downwash(stack(velocity=5.0), 5.0) == pytest.approx(40.0 - 4.0 * 0.5)
    assert tip_downwash(stack(velocity=0.0), 5.0) == pytest.approx(40.0 - 6.0, rel=1e-5)
    assert tip_downwash(stack(height=3.0, velocity=0.0), 5.0) == 0.0
    assert tip_downwash(stack(velocity=0.0, kind=HORIZONTAL), 5.0) == 40.0
    # a capped stack has the velocity of 0.001 m/s
    assert tip_downwash(stack(velocity=30.0, kind=CAPPED), 5.0) == pytest.approx(34.0, rel=1e-4)


@UNTIMED
@given(st.floats(1e-6, 5000.0), st.floats(1.0, 900.0), st.floats(0.3, 15.0))
def test_penetration(buoyancy: float, depth: float, u: float) -> None:
    share, rise = penetration(u, buoyancy, 0.01, 293.0, depth)
    assert 0.0 <= share <= 1.0
    more, _ = penetration(u, 1.2 * buoyancy, 0.01, 293.0, depth)
    assert more >= share
    assert penetration(u, buoyancy, 0.02, 293.0, depth)[0] <= share
    if share > 0.0:
        # what penetrates rests above the lid
        assert rise >= depth * (1.0 - 1e-6)


def test_penetration_bounds() -> None:
    n2 = GRAVITY * 0.01 / 293.0
    # e = 2/3 without buoyancy, e = 2 where all penetrates; no step in the share
    limit = (8.0 - 0.296296) / 17.576 * 5.0 * n2 * 200.0**3
    for factor, expected in ((0.999, 1.0 - 2e-4), (1.001, 1.0)):
        assert penetration(5.0, factor * limit, 0.01, 293.0, 200.0)[0] == pytest.approx(
            expected, abs=2e-4
        )
    assert penetration(5.0, 1e-9, 0.01, 293.0, 200.0)[0] == 0.0
    assert penetration(5.0, 2.0 * limit, 0.01, 293.0, 200.0)[1] > 2.0 * 200.0


def test_stable_rise_of_a_buoyant_plume() -> None:
    # the first of (4.8), with little friction and wind the same at all heights
    out = released(stack(), stable_hour(u_star=0.01), STABLE)
    n2 = out.frequency**2
    assert n2 == pytest.approx(GRAVITY * 0.02 / out.theta)
    assert out.final == pytest.approx(2.66 * (out.buoyancy / (5.0 * n2)) ** (1 / 3), rel=5e-3)
    assert not out.convective
    assert out.penetration == 0.0


def test_calm_limit_of_stable_rise() -> None:
    out = released(
        stack(diameter=4.0), stable_hour(u_star=0.01), uniform_profile(u=0.3, gradient=0.02)
    )
    n2 = out.frequency**2
    assert out.final == pytest.approx(4.0 * out.buoyancy**0.25 / n2**0.375, rel=2e-2)


@UNTIMED
@given(stacks, st.integers(0, 47), st.floats(1.0, 5e4))
def test_rise_never_exceeds_the_final_rise(exit_: Exit, h: int, x: float) -> None:
    if not unit_hours().valid[h]:
        return
    hour, profile = one(unit_hours(), h)
    out = released(exit_, hour, profile)
    assert 0.0 <= out.start <= exit_.height
    assert out.final > 0.0
    assert 0.0 < out.direction <= 360.0
    if out.convective:
        assert 0.0 <= out.penetration <= 1.0
        assert 0.0 < centroid_height(x, out, hour) <= hour.z_i
        assert indirect_rise(x, out, hour) >= 0.0
        return
    rise = stable_rise(x, out, hour, profile)
    assert 0.0 < rise <= out.final
    assert rise <= direct_rise(x, out.u, out.buoyancy, out.momentum) * (1.0 + 1e-12)
    if x >= out.reach:
        assert rise == min(out.final, direct_rise(x, out.u, out.buoyancy, out.momentum))


def test_near_rise_in_stable_air_is_neutral() -> None:
    hour = stable_hour()
    out = released(stack(), hour, STABLE)
    neutral = direct_rise(10.0, out.u, out.buoyancy, out.momentum)
    assert stable_rise(10.0, out, hour, STABLE) == pytest.approx(neutral, rel=0.02)


def test_branches() -> None:
    day = convective_hour(z_i=100.0)
    assert released(stack(height=99.0), day, CONVECTIVE).convective
    assert not released(stack(height=100.0), day, CONVECTIVE).convective
    assert not released(stack(height=10.0), stable_hour(), STABLE).convective


def test_air_at_the_exit() -> None:
    out = released(stack(height=50.0), stable_hour(), STABLE)
    assert out.theta == pytest.approx(291.0)
    assert out.air == pytest.approx(291.0 - LAPSE_RATE * 50.0)


def test_centroid_goes_from_the_stack_to_the_middle_of_the_layer() -> None:
    hour = convective_hour()
    out = released(stack(), hour, CONVECTIVE)
    assert out.mixed == pytest.approx(1000.0 * 6.0 / 0.3)
    assert out.centroid_reach == out.reach
    assert centroid_height(0.0, out, hour) == centroid_height(1.0, out, hour)
    near = 0.999999 * out.centroid_reach
    expected = out.start + out.centroid_rise
    assert centroid_height(near, out, hour) == pytest.approx(expected, rel=1e-4)
    half = 0.5 * (out.centroid_reach + out.mixed)
    assert centroid_height(half, out, hour) == pytest.approx(0.5 * (expected + 500.0))
    assert centroid_height(out.mixed, out, hour) == 500.0


def test_early_mixing_cuts_the_rise_of_the_centroid() -> None:
    hour = convective_hour(u_mean=0.3, sigma_w_mean=1.0)
    out = released(stack(), hour, CONVECTIVE)
    assert out.mixed == pytest.approx(300.0)
    assert out.centroid_reach == pytest.approx(240.0)
    assert out.centroid_rise == pytest.approx(direct_rise(240.0, out.u, out.buoyancy, out.momentum))


def test_indirect_rise_far_away() -> None:
    # where w* x / u outweighs the depth: sqrt(2 F z_i / (1.4 u c)) / w*
    hour = convective_hour()
    out = released(stack(), hour, CONVECTIVE)
    c = 0.25 * 0.1 * 2.3**1.5
    far = math.sqrt(2.0 * out.buoyancy * 1000.0 / (1.4 * out.u * c)) / hour.w_star
    assert indirect_rise(1e7, out, hour) == pytest.approx(far, rel=1e-3)


def test_volumes_do_not_rise() -> None:
    hour = convective_hour()
    out = released(volume(height=12.0), hour, CONVECTIVE)
    assert (out.kind, out.start, out.final, out.penetration) == (VOLUME, 12.0, 0.0, 0.0)
    assert indirect_rise(500.0, out, hour) == 0.0
    assert stable_rise(500.0, out, stable_hour(), STABLE) == 0.0


def test_transport_follows_the_wind_half_way_up() -> None:
    profile = uniform_profile(gradient=0.02)
    profile[:, DIRECTION] = np.minimum(200.0 + 0.1 * LEVELS, 360.0)
    out = released(stack(), stable_hour(), profile)
    assert out.direction == pytest.approx(200.0 + 0.1 * (40.0 + 0.5 * out.final))
    assert released(volume(height=20.0), stable_hour(), profile).direction == pytest.approx(202.0)
    # not above 4000 m
    profile[:, DIRECTION] = 100.0 + 0.04 * LEVELS
    weak = uniform_profile(u=0.3, sigma_w=0.9)
    weak[:, DIRECTION] = profile[:, DIRECTION]
    out = released(stack(velocity=30.0, diameter=20.0, temperature=900.0), convective_hour(), weak)
    assert out.final > 8000.0
    assert out.direction == pytest.approx(260.0)
