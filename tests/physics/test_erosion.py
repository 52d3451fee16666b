from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.constants import METALS
from simulator.data import Parameters
from simulator.physics import losses
from simulator.physics.erosion import (
    SQUARE_MILE,
    by_steepness,
    delivery_of_area,
    delivery_of_connectivity,
    erodibility,
    erosivity,
    fines_lost,
    slope_length_exponent,
    soil_loss,
    topographic_factor,
)

PRACTICE = ("p_factor_below_5", "p_factor_5_to_15", "p_factor_above_15")


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


def test_a_half_month_by_hand() -> None:
    # 15, 30 and 45 mm in one half-month of one year, 11 mm that do not count: Pd12 30, Py12 90,
    # beta 0.8363 + 0.6048 + 0.2717 = 1.7128, alpha 21.586 x 1.7128^-7.1891 = 0.4508
    rain = np.zeros(365)
    rain[[2, 5, 9, 12]] = 0.015, 0.030, 0.045, 0.011
    half_month = 0.4508 * (15**1.7128 + 30**1.7128 + 45**1.7128)
    assert erosivity(rain, days_per_year=365.0) == pytest.approx(half_month, rel=1e-3)


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


@pytest.mark.parametrize(
    ("percent", "feet", "ls"),
    [
        (2, 100, 0.27),
        (5, 100, 0.65),
        (5, 400, 1.13),
        (8, 200, 1.45),
        (10, 100, 1.38),
        (10, 1000, 4.56),
        (12, 300, 3.26),
        (14, 50, 1.48),
    ],
)
def test_ls_of_handbook_703_table_4_2(percent: float, feet: float, ls: float) -> None:
    """Moderate ratio of rill to interrill erosion, slopes up to 10 degrees (Renard et al. 1997)."""
    found = float(topographic_factor(math.atan(percent / 100), feet * 0.3048))
    assert found == pytest.approx(ls, abs=0.011)


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
    slope = math.radians(slope_deg)
    ls = topographic_factor(slope, value("slope_length"))
    practice = by_steepness(slope, [value(name) for name in PRACTICE])
    loss = 10.0 * soil_loss(8500.0, k, ls, value("c_factor"), practice)
    assert low <= float(loss) <= high


def test_practice_by_steepness() -> None:
    slope = np.radians([0.0, 4.99, 5.0, 14.9, 15.1, 40.0])
    assert by_steepness(slope, [1.0, 2.0, 3.0]).tolist() == [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]


@pytest.mark.parametrize(("square_miles", "ratio"), [(0.01, 0.747), (1, 0.42), (100, 0.236)])
def test_delivery_of_catchments_after_vanoni(square_miles: float, ratio: float) -> None:
    found = delivery_of_area(square_miles * SQUARE_MILE, 0.42, -0.125, 0.8)
    assert found == pytest.approx(ratio, abs=5e-4)
    assert delivery_of_area(1.0, 0.42, -0.125, 0.8) == 0.8


@given(st.lists(st.floats(-12, 3), min_size=1, max_size=20), st.floats(0.01, 0.79))
def test_connectivity_says_where_and_the_mean_how_much(index: list[float], mean: float) -> None:
    ratio = delivery_of_connectivity([*index, np.nan], mean, 2.0, 0.8)
    assert ratio[:-1].mean() == pytest.approx(mean, rel=1e-6)
    assert ((ratio > 0.0) & (ratio < 0.8)).all()
    assert ratio[-1] == mean
    assert (np.diff(ratio[:-1][np.argsort(index)]) >= -1e-12).all()


def test_delivery_without_an_index_or_with_too_large_a_mean() -> None:
    assert delivery_of_connectivity([np.nan, np.nan], 0.4, 2.0, 0.8).tolist() == [0.4, 0.4]
    assert delivery_of_connectivity([-3.0, 1.0], 0.9, 2.0, 0.8).tolist() == [0.8, 0.8]


def test_delivery_by_the_midpoint() -> None:
    # one place whose ratio is half the largest lies at the midpoint; one spread above it, 0.73
    ratio = delivery_of_connectivity([-4.0], 0.4, 2.0, 0.8)
    assert float(ratio[0]) == pytest.approx(0.4)
    pair = delivery_of_connectivity([-6.0, -2.0], 0.4, 2.0, 0.8)
    assert pair == pytest.approx([0.8 / (1 + math.e), 0.8 / (1 + 1 / math.e)])


@pytest.mark.parametrize("kg_ha", [200.0, 1000.0, 10_000.0])
def test_fineness_follows_menzels_line(kg_ha: float) -> None:
    """7.4 E^-0.2 in kg/ha; 2.58 t/ha is where it gives the mean ratio of the metals, 1.5375."""
    loss = 1e-4 * kg_ha
    ratio = 1.5375 * float(fines_lost(loss, 0.258, 0.2)) / loss
    assert ratio == pytest.approx(7.4 * kg_ha**-0.2, rel=0.005)


def test_the_reference_loss_is_where_menzels_line_has_the_mean_of_the_metals() -> None:
    p = Parameters()
    mean = p.array("enrichment", "metal", METALS).mean()
    loss = p["general/erosion/enrichment_loss"].value
    assert 7.4 * (1000.0 * loss) ** -0.2 == pytest.approx(mean, rel=0.01)


def test_enrichment_keeps_its_limits_in_the_rate() -> None:
    share = np.array([[0.5, 0.25, 1.0, 0.0], [0.25, 0.0, 0.0, 0.0]])
    loss = np.array([[1e-4, 0.02, 50.0, 1.0], [0.24, 1.0, 1.0, 1.0]], dtype=np.float32)
    delivery = np.array([1.0, 0.5, 0.5, 0.5])
    fines = fines_lost(delivery * loss, 0.24, 0.2).astype(np.float32)
    mass, bare = np.full((1, 4), 200.0), share.sum(axis=0)
    flux = np.full((1, 1, 4), np.nan)
    losses.erosion_rate(
        share, loss, delivery, fines, np.array([1.6]), 4.0, bare, mass, flux, 0, 0, 4
    )
    # four times the loss of the first class, the ratio itself at the reference loss of the second
    first = (0.5 * 4.0 * 1e-4 + 0.25 * 1.6 * 0.24) / (0.75 * 200.0)
    second = 0.25 * 0.01 * 1.6 * (0.01 / 0.24) ** -0.2 / (0.25 * 200.0)
    assert flux[0, 0] == pytest.approx([first, second, 25.0 / 200.0, 0.0], rel=1e-6)


@given(st.floats(0, 30), st.floats(0, 0.9))
def test_no_loss_is_negative(loss: float, delivery: float) -> None:
    assert float(fines_lost(delivery * loss, 0.24, 0.2)) >= 0.0
    assert float(soil_loss(8000.0, 0.01, loss, 0.2, 1.0)) >= 0.0
