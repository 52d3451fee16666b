from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.dispersion.constants import FREEZING, GRAVITY, LAPSE_RATE
from simulator.physics.dispersion.hours import Hours, prepare
from simulator.physics.dispersion.levels import (
    DIRECTION,
    GRADIENT,
    LEVELS,
    SIGMA_V,
    SIGMA_W,
    THETA,
    U,
    value_at,
)
from simulator.physics.dispersion.similarity import (
    convective_sigma_v2,
    convective_sigma_w2,
    mechanical_sigma_v2,
    mechanical_sigma_w2,
    similarity_wind,
    stable_gradient,
    surface_gradient,
)
from tests.physics.dispersion.plume_cases import NIGHT, UNTIMED, one, weather

MISSING_LEVEL = (999.0, 99.0, 99.0, 99.0, 99.0)
TEN = int(np.searchsorted(LEVELS, 8.0))


def night(levels: list[tuple[float, ...]] | None = None, **columns: float) -> Hours:
    flags = {k: columns.pop(k) for k in ("adjusted", "bulk") if k in columns}
    return prepare(weather(levels=levels, **{**NIGHT, **columns}, **flags))


def at(hours: Hours, column: int, z: float) -> float:
    return value_at(hours.profiles[0], column, z)


def test_calm_and_missing_hours_stay_empty() -> None:
    hours = prepare(weather(3, wind_speed=np.array([0.0, 999.0, 3.0])))
    assert hours.valid.tolist() == [False, False, True]
    assert not hours.profiles[:2].any()
    assert hours.profiles[2].any()


def test_wind_without_levels_is_that_of_the_surface_file() -> None:
    hours = prepare(weather())
    u_10 = similarity_wind(10.0, 0.4, -80.0, 0.1)
    j = int(np.searchsorted(LEVELS, 100.0))
    expected = 4.0 * similarity_wind(100.0, 0.4, -80.0, 0.1) / u_10
    assert hours.profiles[0, j, U] == pytest.approx(expected)
    assert hours.profiles[0, 0, U] == 0.01
    assert np.all(hours.profiles[0, :, DIRECTION] == 270.0)


def test_neutral_profile_is_logarithmic() -> None:
    hours = prepare(weather(obukhov_length=-9e4, convective_height=4000.0))
    z = np.array([2.0, 20.0, 100.0, 500.0])
    found = hours.profiles[0, np.searchsorted(LEVELS, z), U]
    assert found == pytest.approx(4.0 * np.log(z / 0.1) / np.log(100.0), rel=5e-3)


@UNTIMED
@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=4, unique=True),
    st.integers(0, 10**6),
    st.sampled_from([{}, NIGHT]),
)
def test_profiles_meet_what_was_observed(
    places: list[int], seed: int, usual: dict[str, float]
) -> None:
    rng = np.random.default_rng(seed)
    z = LEVELS[sorted(places)]
    speed, sigma_w = rng.uniform(1.0, 9.0, z.size), rng.uniform(0.1, 0.9, z.size)
    direction, sigma_a = rng.uniform(1.0, 360.0, z.size), rng.uniform(3.0, 40.0, z.size)
    levels = [(z[k], direction[k], speed[k], 99.0, sigma_a[k], sigma_w[k]) for k in range(z.size)]
    profile = prepare(weather(levels=levels, **usual)).profiles[0, sorted(places)]
    assert profile[:, U] == pytest.approx(speed)
    assert profile[:, DIRECTION] == pytest.approx(direction)
    assert profile[:, SIGMA_W] == pytest.approx(sigma_w)
    s = np.radians(sigma_a)
    root = np.sqrt(1.0 - (np.sin(s) * (1.0 - 0.073864 * s)) ** 2)
    assert profile[:, SIGMA_V] == pytest.approx(np.maximum(0.2, s * speed * root))


def test_between_levels_the_shape_is_that_of_the_reference() -> None:
    # observed values twice the reference everywhere: so is the profile
    scale = 2.0
    levels = [
        (z, 270.0, scale * similarity_wind(z, 0.4, -80.0, 0.1), 99.0, 99.0, 99.0)
        for z in (10.0, 50.0, 200.0)
    ]
    hours = prepare(weather(levels=levels))
    for j in range(int(np.searchsorted(LEVELS, 4.0)), int(np.searchsorted(LEVELS, 900.0))):
        share = hours.profiles[0, j, U] / similarity_wind(LEVELS[j], 0.4, -80.0, 0.1)
        between = 10.0 < LEVELS[j] < 200.0
        # linear interpolation of both in between cancels
        assert share == pytest.approx(scale, rel=1e-9), (LEVELS[j], between)


def test_a_level_within_a_decimetre_counts_as_met() -> None:
    near = prepare(weather(levels=[(20.09, 270.0, 7.0, 99.0, 99.0, 99.0)]))
    far = prepare(weather(levels=[(20.11, 270.0, 7.0, 99.0, 99.0, 99.0)]))
    j = int(np.searchsorted(LEVELS, 20.0))
    assert near.profiles[0, j, U] == 7.0
    assert far.profiles[0, j, U] < 7.0


def test_a_calm_level_is_left_out() -> None:
    levels = [(10.0, 270.0, 3.0, 99.0, 99.0, 99.0), (50.0, 0.0, 0.0, 99.0, 99.0, 99.0)]
    both, single = prepare(weather(levels=levels)), prepare(weather(levels=levels[:1]))
    assert np.array_equal(both.profiles, single.profiles)


@pytest.mark.parametrize(
    ("low", "high", "middle"), [(350.0, 10.0, 360.0), (10.0, 350.0, 360.0), (80.0, 100.0, 90.0)]
)
def test_direction_between_levels(low: float, high: float, middle: float) -> None:
    levels = [(20.0, low, 3.0, 99.0, 99.0, 99.0), (100.0, high, 5.0, 99.0, 99.0, 99.0)]
    direction = prepare(weather(levels=levels)).profiles[0, :, DIRECTION]
    assert direction[np.searchsorted(LEVELS, 60.0)] == pytest.approx(middle)
    assert np.all(direction[LEVELS < 20.0] == low)
    assert np.all(direction[LEVELS > 100.0] == high)


def test_direction_north_is_360() -> None:
    levels = [(10.0, 0.0, 3.0, 99.0, 99.0, 99.0)]
    assert np.all(prepare(weather(levels=levels)).profiles[0, :, DIRECTION] == 360.0)
    assert np.all(prepare(weather(wind_direction=0.0)).profiles[0, :, DIRECTION] == 360.0)


def test_gradient_of_an_unstable_hour() -> None:
    gradient = prepare(weather()).profiles[0, :, GRADIENT]
    assert np.all(gradient[LEVELS <= 900.0] == 0.0)
    assert np.all(gradient[(LEVELS > 900.0) & (LEVELS <= 1400.0)] == 0.008)
    assert np.all(gradient[LEVELS > 1400.0] == 0.005)


@pytest.mark.parametrize(
    ("flags", "theta_star"),
    [
        ({}, 284.0 * 0.04 / (0.4 * GRAVITY * 60.0)),
        ({"adjusted": True}, 0.08),
        ({"bulk": True}, 284.0 * 0.04 / (0.4 * GRAVITY * 60.0)),
    ],
)
def test_temperature_scale_without_levels(flags: dict[str, float], theta_star: float) -> None:
    hours = night(**flags)
    assert one(hours)[0].theta_star == pytest.approx(theta_star)
    expected = [
        stable_gradient(z, theta_star, 60.0, 220.0, bool(flags.get("adjusted"))) for z in LEVELS
    ]
    assert hours.profiles[0, :, GRADIENT] == pytest.approx(expected)


def test_temperature_scale_of_bulk_richardson() -> None:
    # 4 tenths are 3 eighths
    theta_0 = 1.4 * (0.005 / math.tan(0.17 * 7.0) + 0.05)
    u_max = 0.6 * (10.0 / math.log(95.0)) ** (1.0 / 3.0)
    expected = theta_0 * (1.0 - (0.4 / u_max - 1.0) ** 2)
    assert one(night(adjusted=True, bulk=True))[0].theta_star == pytest.approx(expected)


def temperatures(*pairs: tuple[float, float]) -> list[tuple[float, ...]]:
    return [(z, 999.0, 99.0, t, 99.0, 99.0) for z, t in pairs]


def test_gradient_observed() -> None:
    hours = night(temperatures((10.0, 10.0), (30.0, 11.0), (50.0, 11.0)))
    low, high = 0.05 + LAPSE_RATE, LAPSE_RATE
    theta_star = low * 0.4 * 20.0 / (1.0 + 5.0 * 20.0 / 60.0)
    assert one(hours)[0].theta_star == pytest.approx(theta_star)
    gradient = hours.profiles[0, :, GRADIENT]
    at_20, at_40 = np.searchsorted(LEVELS, [20.0, 40.0])
    assert gradient[at_20] == pytest.approx(low)
    assert gradient[at_40] == pytest.approx(high)
    # between: as the reference; below: the reference itself; above: scaled with it
    r_20, r_30, r_40, r_200 = (
        stable_gradient(z, theta_star, 60.0, 220.0, False) for z in (20.0, 30.0, 40.0, 200.0)
    )
    expected = 0.5 * (low + high) * r_30 / (0.5 * (r_20 + r_40))
    assert gradient[at_20 + 1] == pytest.approx(expected)
    assert gradient[1] == pytest.approx(surface_gradient(2.0, theta_star, 60.0, False))
    at_200 = int(np.searchsorted(LEVELS, 200.0))
    assert gradient[at_200] == pytest.approx(high * r_200 / r_40)
    assert gradient[-1] == 0.002


def test_gradient_observed_high_up_decays() -> None:
    hours = night(temperatures((150.0, 10.0), (250.0, 11.0)))
    usual = 284.0 * 0.04 / (0.4 * GRAVITY * 60.0)
    assert one(hours)[0].theta_star == pytest.approx(usual)
    observed = 0.01 + LAPSE_RATE
    at_250 = int(np.searchsorted(LEVELS, 250.0))
    expected = observed * math.exp(-50.0 / (0.44 * 220.0))
    assert hours.profiles[0, at_250, GRADIENT] == pytest.approx(expected)
    # as the flag of u* does where a gradient was measured, but too high up
    adjusted = night(temperatures((150.0, 10.0), (250.0, 11.0)), adjusted=True)
    assert one(adjusted)[0].theta_star == pytest.approx(usual)


def test_gradient_observed_has_a_floor_and_skips_missing_temperatures() -> None:
    hours = night(temperatures((10.0, 10.0), (20.0, 99.0), (30.0, 5.0)))
    assert at(hours, GRADIENT, 20.0) == 0.002


def test_observed_temperatures_do_not_count_by_day() -> None:
    levels = temperatures((10.0, 10.0), (30.0, 11.0))
    assert np.array_equal(prepare(weather(levels=levels)).profiles, prepare(weather()).profiles)


@pytest.mark.parametrize("base", [0.0, 350.0])
def test_potential_temperature(base: float) -> None:
    hours = prepare(weather(), base)
    # no gradient below z_i
    assert hours.profiles[0, :20, THETA] == pytest.approx(293.0 + LAPSE_RATE * (2.0 + base))
    assert FREEZING == 273.16


def test_turbulence_of_the_reference() -> None:
    for hours, unstable in ((prepare(weather()), True), (night(), False)):
        hour, profile = one(hours)
        residual = 0.02 * hour.u_top
        for j, z in enumerate(LEVELS):
            v2 = mechanical_sigma_v2(z, hour.u_star, hour.z_im)
            w2 = max(mechanical_sigma_w2(z, hour.u_star, hour.z_i, residual), 1e-8)
            if unstable:
                v2 += convective_sigma_v2(z, hour.w_star, hour.z_ic)
                w2 += max(convective_sigma_w2(z, hour.w_star, hour.z_ic), 1e-8)
            assert profile[j, SIGMA_V] == pytest.approx(math.sqrt(v2))
            assert profile[j, SIGMA_W] == pytest.approx(math.sqrt(w2))


def test_residual_turbulence_is_the_mean_of_what_was_observed_above() -> None:
    levels = [(z, 270.0, 4.0, 99.0, 99.0, s) for z, s in ((10.0, 0.5), (300.0, 0.1), (400.0, 0.3))]
    profile = night(levels).profiles[0]
    # above the highest level the reference, which is the residual, is scaled to what is observed
    assert profile[np.searchsorted(LEVELS, 1000.0), SIGMA_W] == pytest.approx(0.3)
    at_350 = profile[np.searchsorted(LEVELS, 350.0), SIGMA_W]
    assert at_350 == pytest.approx(0.2)


def test_scales_that_follow_from_the_profiles() -> None:
    hour, profile = one(prepare(weather()))
    assert hour.u_top == value_at(profile, U, 900.0)
    assert hour.theta_top == value_at(profile, THETA, 900.0)
    z = LEVELS[LEVELS <= 900.0]
    mean = np.trapezoid(profile[: z.size, U], z) / 900.0
    assert hour.u_mean == pytest.approx(mean)
    assert hour.sigma_w_mean == pytest.approx(np.trapezoid(profile[: z.size, SIGMA_W], z) / 900.0)


def test_above_the_highest_level_the_last_interval_goes_on() -> None:
    hours = night()
    gradient = hours.profiles[0, -1, THETA] - hours.profiles[0, -2, THETA]
    assert at(hours, THETA, 5100.0) == pytest.approx(hours.profiles[0, -1, THETA] + gradient)
    assert at(hours, U, 6000.0) == pytest.approx(hours.profiles[0, -1, U])
