from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from simulator.physics.dispersion.plume import (
    buoyancy_flux,
    final_rise,
    gradual_rise,
    penetrated_share,
    release_height,
    sigma_z,
    vertical_term,
    wind_at,
)

CLASSES = range(6)


@pytest.mark.parametrize(
    ("height", "sigma", "lid"),
    [(50.0, 10.0, math.inf), (50.0, 80.0, 800.0), (700.0, 300.0, 800.0), (0.0, 5.0, 800.0),
     (790.0, 60.0, 800.0), (400.0, 1270.0, 800.0), (400.0, 1300.0, 800.0)],
)  # fmt: skip
def test_vertical_distribution_integrates_to_one(height: float, sigma: float, lid: float) -> None:
    top = min(lid, height + 12.0 * sigma)
    total, _ = quad(
        vertical_term, 0.0, top, args=(height, sigma, lid), points=[min(height, top)], limit=200
    )
    assert total == pytest.approx(1.0, rel=1e-6)


def test_far_below_the_lid_the_ground_term_is_the_plain_reflected_gaussian() -> None:
    expected = 2.0 / (math.sqrt(2.0 * math.pi) * 30.0) * math.exp(-0.5 * (60.0 / 30.0) ** 2)
    assert vertical_term(0.0, 60.0, 30.0, 5000.0) == pytest.approx(expected, rel=1e-12)


def test_well_mixed_switch_is_smooth() -> None:
    lid = 800.0
    below = vertical_term(1.0, 300.0, 1.6 * lid * (1.0 - 1e-9), lid)
    assert below == pytest.approx(1.0 / lid, rel=1e-5)


@pytest.mark.parametrize(
    ("stability", "urban", "distance", "expected"),
    [
        # Hanna, Briggs and Hosker (1982), table 4.5
        (0, False, 1000.0, 200.0),
        (1, False, 1000.0, 120.0),
        (2, False, 1000.0, 80.0 / math.sqrt(1.2)),
        (3, False, 1000.0, 60.0 / math.sqrt(2.5)),
        (4, False, 1000.0, 30.0 / 1.3),
        (5, False, 1000.0, 16.0 / 1.3),
        (0, True, 1000.0, 240.0 * math.sqrt(2.0)),
        (2, True, 1000.0, 200.0),
        (3, True, 1000.0, 140.0 / math.sqrt(1.3)),
        (5, True, 1000.0, 80.0 / math.sqrt(2.5)),
    ],
)
def test_briggs_sigma_z(stability: int, urban: bool, distance: float, expected: float) -> None:
    assert sigma_z(distance, stability, urban) == pytest.approx(expected)


def test_plume_rise_by_hand() -> None:
    # F = 9.80616 * 15 * 3^2 * (400 - 288) / (4 * 400); neutral, F >= 55: 38.71 F^0.6 / u
    flux = buoyancy_flux(3.0, 400.0, 15.0, 288.0)
    assert flux == pytest.approx(92.668, rel=1e-4)
    rise, reach, exponent = final_rise(3.0, 400.0, 15.0, 288.0, 5.0, 3)
    assert rise == pytest.approx(38.71 * flux**0.6 / 5.0)
    assert reach == pytest.approx(119.0 * flux**0.4)
    assert exponent == pytest.approx(2.0 / 3.0)
    # stable, class F: 2.6 (F / (u s))^(1/3)
    s = 9.80616 * 0.035 / 288.0
    stable, _, _ = final_rise(3.0, 400.0, 15.0, 288.0, 5.0, 5)
    assert stable == pytest.approx(2.6 * (flux / (5.0 * s)) ** (1.0 / 3.0))


def test_gas_as_cold_as_the_air_rises_by_momentum_only() -> None:
    rise, reach, exponent = final_rise(2.0, 288.0, 10.0, 288.0, 4.0, 3)
    assert rise == pytest.approx(3.0 * 2.0 * 10.0 / 4.0)
    assert exponent == pytest.approx(1.0 / 3.0)
    # Briggs' gradual momentum rise (3 F_m x / (beta_j u)^2)^(1/3)
    momentum, entrainment = 10.0**2 * 2.0**2 / 4.0, 1.0 / 3.0 + 4.0 / 10.0
    x = 0.3 * reach
    expected = (3.0 * momentum * x / (entrainment * 4.0) ** 2) ** (1.0 / 3.0)
    assert gradual_rise(x, rise, reach, exponent) == pytest.approx(expected)


def test_gradual_rise_is_the_two_thirds_law() -> None:
    flux = buoyancy_flux(3.0, 400.0, 15.0, 288.0)
    for stability in (3, 5):
        rise, reach, exponent = final_rise(3.0, 400.0, 15.0, 288.0, 5.0, stability)
        x = 0.4 * reach
        expected = 1.6 * flux ** (1.0 / 3.0) * x ** (2.0 / 3.0) / 5.0
        assert gradual_rise(x, rise, reach, exponent) == pytest.approx(expected, rel=2e-3)


def test_source_without_flow_does_not_rise() -> None:
    rise, reach, exponent = final_rise(1.0, 290.0, 0.0, 290.0, 3.0, 3)
    assert gradual_rise(100.0, rise, reach, exponent) == 0.0


@given(st.floats(1.0, 20.0), st.floats(0.1, 30.0), st.floats(0.5, 8.0))
def test_tip_downwash_only_lowers_and_stops_at_one_and_a_half(u: float, v: float, d: float) -> None:
    height = release_height(60.0, d, v, u)
    assert 60.0 - 3.0 * d <= height <= 60.0
    if v >= 1.5 * u:
        assert height == 60.0


def test_penetration_bounds() -> None:
    assert penetrated_share(100.0, 200.0) == 0.0
    assert penetrated_share(100.0, 100.0) == pytest.approx(0.5)
    assert penetrated_share(100.0, 40.0) == 1.0
    assert penetrated_share(100.0, -10.0) == 1.0


@pytest.mark.parametrize("urban", [False, True])
def test_wind_profile_meets_the_anemometer_and_grows(urban: bool) -> None:
    for c in CLASSES:
        assert wind_at(10.0, 4.0, 10.0, c, urban) == pytest.approx(4.0)
        assert wind_at(2.0, 4.0, 10.0, c, urban) == pytest.approx(4.0)
        assert wind_at(100.0, 4.0, 10.0, c, urban) > 4.0
