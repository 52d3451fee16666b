from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from simulator.physics.dispersion.constants import GRAVITY
from simulator.physics.dispersion.levels import GRADIENT, LEVELS, THETA, U
from simulator.physics.dispersion.terrain import critical_height, level_weight, share_below
from tests.physics.dispersion.plume_cases import UNTIMED, uniform_profile


def air(u: float, n: float) -> NDArray[np.float64]:
    """Uniform wind and Brunt-Vaisala frequency: theta is held, as only its gradient matters."""
    profile = uniform_profile(u=u, theta=290.0)
    profile[:, GRADIENT] = n * n * 290.0 / GRAVITY
    profile[:, THETA] = 290.0
    return profile


@UNTIMED
@given(st.floats(10.0, 900.0), st.floats(0.5, 12.0), st.floats(0.005, 0.05))
def test_dividing_streamline_of_uniform_air(hill: float, u: float, n: float) -> None:
    expected = max(hill - u / n, 0.0)
    found = critical_height(hill, hill, 1000.0, air(u, n))
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-6 * hill)


def test_dividing_streamline_in_shear() -> None:
    # wind from the ground up proportional to height, N uniform: from kinetic and potential energy
    # (a z)^2 / 2 = N^2 (H - z)^2 / 2 follows z = H N / (N + a)
    profile = air(1.0, 0.02)
    profile[:, U] = 0.01 * LEVELS
    assert critical_height(300.0, 300.0, 500.0, profile) == pytest.approx(200.0, rel=1e-9)


def test_top_of_the_flow() -> None:
    profile = air(2.0, 0.02)
    # the hill, or as high as the plume lies above the receptor's ground
    assert critical_height(150.0, 400.0, 50.0, profile) == pytest.approx(200.0 - 100.0)
    assert critical_height(150.0, 180.0, 50.0, profile) == pytest.approx(180.0 - 100.0)
    assert critical_height(-60.0, 180.0, 50.0, profile) == 0.0
    assert critical_height(0.0, 0.0, 50.0, profile) == 0.0


def test_fast_air_goes_over() -> None:
    assert critical_height(100.0, 100.0, 500.0, air(20.0, 0.01)) == 0.0


@UNTIMED
@given(
    st.floats(0.0, 800.0), st.floats(0.0, 500.0), st.floats(1.0, 2000.0), st.floats(1.0, 4000.0)
)  # fmt: skip
def test_share_below_is_a_share(critical: float, height: float, sigma: float, lid: float) -> None:
    share = share_below(critical, min(height, lid), sigma, lid)
    assert -1e-12 < share <= 1.01
    assert share <= share_below(critical + 10.0, min(height, lid), sigma, lid) + 1e-4


def test_share_below_without_a_lid() -> None:
    share = share_below(100.0, 80.0, 30.0, 5000.0)
    expected = 0.5 * (math.erf(20.0 / 30.0 / math.sqrt(2)) + math.erf(180.0 / 30.0 / math.sqrt(2)))
    assert share == pytest.approx(expected, rel=1e-9)
    assert share_below(0.0, 80.0, 30.0, 5000.0) == 0.0
    assert share_below(1000.0, 80.0, 30.0, 5000.0) == pytest.approx(1.0)


def test_share_below_of_a_well_mixed_plume() -> None:
    # evenly spread under a lid of 200 m
    assert share_below(50.0, 120.0, 300.0, 200.0) == pytest.approx(0.25, rel=1e-4)
    assert share_below(300.0, 120.0, 300.0, 200.0) == pytest.approx(1.0, rel=1e-4)


def test_weight() -> None:
    profile = air(2.0, 0.02)
    assert level_weight(False, 150.0, 400.0, 50.0, 20.0, 500.0, profile) == 0.5
    assert level_weight(True, 0.0, 0.0, 50.0, 20.0, 500.0, profile) == 0.5
    # H_c of 100 m, the plume at 50 m all below
    weight = level_weight(True, 150.0, 400.0, 50.0, 10.0, 500.0, profile)
    assert weight == pytest.approx(1.0, rel=1e-5)
    # the plume at the dividing streamline: half of it below
    weight = level_weight(True, 200.0, 200.0, 100.0, 10.0, 500.0, profile)
    assert weight == pytest.approx(0.75, rel=1e-6)
