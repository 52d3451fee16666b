from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from simulator.physics.dispersion.levels import (
    DIRECTION,
    GRADIENT,
    INTEGRAL,
    LEVELS,
    N_COLUMNS,
    N_LEVELS,
    SIGMA_V,
    SIGMA_W,
    THETA,
    U,
    direction_at,
    floored,
    flow_at,
    integrate,
    integrate_temperature,
    layer_mean,
    level_below,
    mean_below,
    value_at,
)
from tests.physics.dispersion.plume_cases import UNTIMED, uniform_profile


def some_profile(seed: int = 3) -> NDArray[np.float64]:
    profile = np.zeros((N_LEVELS, N_COLUMNS))
    profile[:, :6] = np.random.default_rng(seed).uniform(0.1, 9.0, (N_LEVELS, 6))
    integrate(profile)
    return profile


PROFILE = some_profile()


def test_levels_are_those_of_aermod() -> None:
    assert N_LEVELS == 87
    assert LEVELS[[0, 1, 2, 3, 4, 5, 6, 7]].tolist() == [0, 0.5, 1, 2, 4, 8, 14, 20]
    assert LEVELS[[15, 20, 21, -1]].tolist() == [100, 200, 250, 5000]
    assert np.all(np.diff(LEVELS) > 0.0)


@UNTIMED
@given(st.floats(0.0, 9000.0))
def test_level_below_is_the_highest_not_above(z: float) -> None:
    expected = min(np.searchsorted(LEVELS, z, side="right") - 1, N_LEVELS - 2)
    assert level_below(z) == expected


@pytest.mark.parametrize("side", [0.0, np.inf, -np.inf])
def test_level_below_at_and_beside_every_level(side: float) -> None:
    for z in LEVELS:
        z = np.nextafter(z, side) if side else z
        if z >= 0.0:
            expected = min(np.searchsorted(LEVELS, z, side="right") - 1, N_LEVELS - 2)
            assert level_below(z) == expected, z


@UNTIMED
@given(st.floats(0.0, 5000.0))
def test_value_at_interpolates(z: float) -> None:
    assert value_at(PROFILE, THETA, z) == pytest.approx(np.interp(z, LEVELS, PROFILE[:, THETA]))


def test_value_at_extrapolates_above_the_highest_level() -> None:
    slope = (PROFILE[-1, U] - PROFILE[-2, U]) / 100.0
    assert value_at(PROFILE, U, 5200.0) == pytest.approx(PROFILE[-1, U] + 200.0 * slope)


def brute_force_mean(column: int, bottom: float, top: float) -> float:
    """The rule as the specification words it (2.1)."""
    values = PROFILE[:, column]
    a, b = max(bottom, 0.5), max(top, 0.51)
    first = 1 if bottom < 0.5 else int(np.searchsorted(LEVELS, a, side="right"))
    last = int(np.searchsorted(LEVELS, b, side="right")) - 1
    at = lambda z: np.interp(z, LEVELS, values)  # noqa: E731
    if last < first:
        return float(at(0.5 * (a + b)))
    z = np.concatenate([[a], LEVELS[first : last + 1], [b]])
    return float(np.trapezoid(at(z), z) / (b - a))


@UNTIMED
@given(
    st.floats(0.0, 4800.0) | st.floats(0.0, 3.0),
    st.floats(1e-3, 200.0),
    st.sampled_from([U, SIGMA_V, SIGMA_W, GRADIENT]),
)
def test_layer_mean_is_that_of_trapezoids(bottom: float, depth: float, column: int) -> None:
    found = layer_mean(PROFILE, bottom, bottom + depth)[
        (U, SIGMA_V, SIGMA_W, GRADIENT).index(column)
    ]
    assert found == pytest.approx(brute_force_mean(column, bottom, bottom + depth), rel=1e-8)


@pytest.mark.parametrize("bottom", [0.0, 0.3, 0.5, 2.0, 14.0, 200.0, 250.0, 2000.0])
@pytest.mark.parametrize("top", [0.4, 5.0, 14.0, 300.0, 2100.0, 5000.0])
def test_layer_mean_from_and_to_levels(bottom: float, top: float) -> None:
    if top > bottom:
        found = layer_mean(PROFILE, bottom, top).u
        assert found == pytest.approx(brute_force_mean(U, bottom, top), rel=1e-9)


def test_layer_mean_of_a_uniform_profile() -> None:
    profile = uniform_profile(u=3.0, sigma_v=0.4, sigma_w=0.2, gradient=0.01)
    for bottom, top in ((0.0, 5.0), (0.0, 0.2), (33.3, 1234.5), (120.0, 121.0)):
        assert layer_mean(profile, bottom, top) == pytest.approx((3.0, 0.4, 0.2, 0.01))


def test_integrals_run_from_the_ground() -> None:
    expected = np.trapezoid(PROFILE[:41, SIGMA_W], LEVELS[:41])
    assert PROFILE[40, INTEGRAL + SIGMA_W] == pytest.approx(expected)
    assert np.all(PROFILE[0, INTEGRAL:] == 0.0)


@UNTIMED
@given(st.floats(1.0, 4000.0))
def test_mean_below(top: float) -> None:
    z = np.append(LEVELS[top > LEVELS], top)
    values = np.interp(z, LEVELS, PROFILE[:, U])
    assert mean_below(PROFILE, U, top) == pytest.approx(np.trapezoid(values, z) / top)


def test_floors() -> None:
    assert floored(0.0, 0.0, 0.0) == (0.2828, 0.2, 0.02)
    assert floored(10.0, 0.3, 0.5) == (10.0, 0.5, 0.5)
    # the floor of sigma_v takes the wind as it was
    assert floored(0.1, 0.01, 1.0) == (0.2828, 0.2, 1.0)
    profile = uniform_profile(u=8.0, sigma_v=0.1, sigma_w=0.001)
    assert flow_at(profile, 77.0) == pytest.approx((8.0, 0.4, 0.02))
    # layer means themselves have none
    assert layer_mean(profile, 10.0, 77.0).sigma_w == pytest.approx(0.001)


@pytest.mark.parametrize(
    ("low", "high", "middle"),
    [(350.0, 10.0, 360.0), (10.0, 350.0, 360.0), (355.0, 15.0, 5.0), (90.0, 180.0, 135.0),
     (200.0, 380.0 - 360.0, 110.0), (359.0, 359.0, 359.0)],
)  # fmt: skip
def test_direction_turns_the_shorter_way(low: float, high: float, middle: float) -> None:
    profile = uniform_profile(direction=low)
    j = level_below(100.0)
    profile[j + 1 :, DIRECTION] = high
    assert direction_at(profile, 110.0) == pytest.approx(middle)


@UNTIMED
@given(st.floats(0.1, 360.0), st.floats(-179.0, 179.0), st.floats(0.0, 1.0))
def test_direction_stays_within_the_circle(low: float, turn: float, share: float) -> None:
    profile = uniform_profile(direction=low)
    j = level_below(100.0)
    profile[j + 1 :, DIRECTION] = (low + turn - 1e-9) % 360.0 or 360.0
    found = direction_at(profile, 100.0 + 20.0 * share)
    assert 0.0 < found <= 360.0
    away = (found - low - share * turn + 180.0) % 360.0 - 180.0
    assert away == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("height", [0.7, 2.0, 10.0, 63.0])
def test_temperature_is_the_integral_of_its_gradient(height: float) -> None:
    profile = uniform_profile(gradient=0.01)
    integrate_temperature(profile, 300.0, height)
    assert profile[:, THETA] == pytest.approx(300.0 + 0.01 * (LEVELS - height), abs=1e-9)


def test_temperature_goes_to_the_level_below_by_the_mean_of_both_gradients() -> None:
    profile = uniform_profile(gradient=0.0)
    j = level_below(10.0)
    profile[j, GRADIENT], profile[j + 1, GRADIENT] = 0.02, 0.04
    integrate_temperature(profile, 300.0, 10.0)
    assert profile[j, THETA] == pytest.approx(300.0 - 0.03 * (10.0 - LEVELS[j]))
    assert profile[j + 1, THETA] == pytest.approx(
        profile[j, THETA] + 0.03 * (LEVELS[j + 1] - LEVELS[j])
    )
