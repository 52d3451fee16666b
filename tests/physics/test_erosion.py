from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.data import Parameters
from simulator.physics.erosion import (
    erodibility,
    erosivity,
    slope_length_exponent,
    soil_loss,
    topographic_factor,
)


def wet_year(seed: int = 0, years: int = 5) -> np.ndarray:
    """Synthetic daily rain of about 1400 mm a year, a third of the days wet."""
    rng = np.random.default_rng(seed)
    wet = rng.random(365 * years) < 1 / 3
    return np.where(wet, rng.gamma(0.6, 0.0192, wet.size), 0.0)


def test_equal_erosive_days_follow_the_daily_model_by_hand() -> None:
    # 40 days of 25 mm in one year: Pd12 = 25, Py12 = 1000
    rain = np.zeros(365)
    rain[:40] = 0.025
    beta = 0.8363 + 18.144 / 25 + 24.455 / 1000
    by_hand = 21.586 * beta**-7.1891 * 40 * 25**beta
    assert erosivity(rain, days_per_year=365.0) == pytest.approx(by_hand, rel=1e-12)


def test_drizzle_does_not_erode() -> None:
    assert erosivity(np.full(365, 0.0119)) == 0.0


def test_daily_model_agrees_with_the_annual_one_for_a_wet_climate() -> None:
    # R = 0.0534 P^1.6548 (Zhang & Fu 2003), an independent fit to the same stations
    rain = wet_year()
    annual_mm = 1e3 * rain.mean() * 365.25
    assert erosivity(rain) == pytest.approx(0.0534 * annual_mm**1.6548, rel=0.5)


def test_erosivity_is_a_yearly_mean() -> None:
    rain = wet_year(years=2)
    assert erosivity(np.tile(rain, 3)) == pytest.approx(erosivity(rain), rel=1e-12)


def test_erodibility_by_hand() -> None:
    # sand 40, silt 40, clay 20 %, carbon 1.5 %: EPIC 0.2604 US units, 0.0343 metric
    k = float(erodibility(0.4, 0.4, 0.2, 0.015 * 1.724))
    coarse = 0.2 + 0.3 * math.exp(-0.6144)
    organic = 1 - 0.375 / (1.5 + math.exp(-0.705))
    sandy = 1 - 0.42 / (0.6 + math.exp(8.23))
    epic = 0.1317 * coarse * (2 / 3) ** 0.3 * organic * sandy
    assert epic == pytest.approx(0.0343, abs=5e-5)
    assert k == pytest.approx(-0.01383 + 0.51575 * epic, rel=1e-9)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.2))
def test_erodibility_stays_in_the_range_of_chinese_soils(a: float, b: float, om: float) -> None:
    sand, silt = a * (1 - b), (1 - a) * (1 - b)
    k = float(erodibility(sand, silt, b, om))
    assert 0.0 <= k < 0.025


def test_organic_matter_protects() -> None:
    k = erodibility(0.2, 0.6, 0.2, np.array([0.005, 0.02, 0.04]))
    assert (np.diff(k) < 0).all()


@pytest.mark.parametrize(
    ("percent", "m"),
    [(1, 0.15), (5, 0.40), (10, 0.52), (20, 0.61), (50, 0.70)],
)
def test_slope_length_exponent_of_handbook_703_table_4_5(percent: float, m: float) -> None:
    assert float(slope_length_exponent(math.atan(percent / 100))) == pytest.approx(m, abs=0.01)


def test_the_unit_plot_has_ls_one() -> None:
    # 22.13 m at 9 % is what the equation is normalised to
    assert float(topographic_factor(math.atan(0.09), 22.13)) == pytest.approx(1.0, abs=0.01)


@given(st.floats(0, 1.0), st.floats(5, 120))
def test_steeper_and_longer_erodes_more(slope: float, length: float) -> None:
    here = float(topographic_factor(slope, length))
    assert here > 0
    assert float(topographic_factor(slope, length + 10)) >= here
    # the steepness branches meet within 1 % at 5 and 10 degrees
    assert float(topographic_factor(slope + 0.02, 22.13)) > 0.99 * float(
        topographic_factor(slope, 22.13)
    )


def test_soil_loss_is_the_product_in_si() -> None:
    # 8000 x 0.005 x 2 x 0.25 x 0.4 = 8 t/ha = 0.8 kg/m2
    assert float(soil_loss(8000.0, 0.005, 2.0, 0.25, 0.4)) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("land_class", "slope_deg", "low", "high"),
    [  # soil loss of Zhejiang soil-and-water bulletins [t/ha/yr]
        ("paddy", 0.5, 0.05, 2),
        ("dryland", 8, 3, 40),
        ("orchard", 12, 2, 25),
        ("forest", 20, 0.1, 4),
        ("bare", 5, 15, 200),
    ],
)
def test_classes_lose_what_bulletins_report(
    land_class: str, slope_deg: float, low: float, high: float
) -> None:
    p = Parameters()

    def value(name: str) -> float:
        return p.value("land_classes", land_class=land_class, parameter=name)

    k = erodibility(0.30, 0.42, 0.28, 0.025)
    ls = topographic_factor(math.radians(slope_deg), value("slope_length"))
    loss = 10.0 * soil_loss(8500.0, k, ls, value("c_factor"), value("p_factor"))
    assert low <= float(loss) <= high
