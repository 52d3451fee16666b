"""Capacity: worked numbers, and what must hold whatever the numbers are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.assessment import capacity as c

contents = st.floats(0.01, 1000.0)
masses = st.floats(1.0e6, 1.0e7)
rates = st.floats(0.5, 1.0)
horizons = st.integers(1, 200)


def a(value: float) -> np.ndarray:
    return np.array([value])


def test_mass_of_the_plough_layer() -> None:
    # 0.2 m x 10 000 m2 x 1200 kg/m3 (carrying capacity facts, M_20cm)
    assert c.soil_mass(a(1200.0), 0.2)[0] == pytest.approx(2.4e6)


def test_static_capacity_by_hand() -> None:
    # Cd of acid paddy: (0.3 - 0.14) mg/kg x 2.4e6 kg/ha = 384 000 mg/ha = 0.384 kg/ha;
    # a content of 0.22 leaves half of it
    limit, content, background, mass = a(0.3), a(0.22), a(0.14), a(2.4e6)
    assert c.total_capacity(limit, background, mass)[0] == pytest.approx(0.384)
    assert c.remaining_capacity(limit, content, mass)[0] == pytest.approx(0.192)
    assert c.relative_capacity(limit, content, background)[0] == pytest.approx(0.5)
    assert c.load_index(limit, content, background)[0] == pytest.approx(0.5)
    assert c.exceedance(limit, content)[0] == pytest.approx(0.22 / 0.3 - 1.0)


def test_headroom_of_arsenic() -> None:
    # facts, section 4.5: 1 mg/kg is 2.4 kg/ha over 20 cm, 40 g/ha/yr use it in 60 years
    mass = a(2.4e6)
    assert c.remaining_capacity(a(1.0), a(0.0), mass)[0] == pytest.approx(2.4)
    assert c.years_to_limit(a(1.0), a(0.0), a(40.0), mass)[0] == pytest.approx(60.0)
    assert c.content_change(a(1.0), mass)[0] == pytest.approx(4.17e-4, rel=1e-3)


def test_published_decline_of_a_smelting_area() -> None:
    # Mean capacity of Cu 427.89, after 50 years 202.31 kg/ha (spatial accounting of soil
    # environmental carrying capacity, copper smelting area): a net input of 4.51 kg/ha/yr, which is
    # 1.88 mg/kg/yr in 2.4e6 kg/ha and leaves 202.31/4.51 = 44.8 further years
    net = 1000.0 * (427.89 - 202.31) / 50.0
    mass, content = a(2.4e6), a(100.0)
    limit = content + 427.89 / 2.4
    later = content + 50.0 * c.content_change(a(net), mass)
    assert c.remaining_capacity(limit, later, mass)[0] == pytest.approx(202.31)
    assert c.years_to_limit(limit, later, a(net), mass)[0] == pytest.approx(44.84, abs=0.01)


def test_dynamic_capacity_by_hand() -> None:
    # n = 2, K = 0.9, Cs = 100, Cp = 50, M = 2e6: (100 - 50 x 0.81)/(0.9 + 0.81) = 34.796 mg/kg/yr,
    # 69.591 kg/ha/yr
    found = c.annual_capacity(a(100.0), a(50.0), a(2e6), 0.9, 2)
    assert found[0] == pytest.approx(69.5906, abs=1e-4)
    # without losses it is the remaining capacity over the years
    assert c.annual_capacity(a(100.0), a(50.0), a(2e6), 1.0, 50)[0] == pytest.approx(2.0)


@given(limit=contents, content=contents, mass=masses, k=rates, years=horizons)
def test_the_dynamic_capacity_fills_the_soil_in_time(limit, content, mass, k, years) -> None:
    annual = c.annual_capacity(a(limit), a(content), a(mass), k, years)
    end = c.forecast(a(content), annual * 1e6 / mass, k, years)
    assert end[0] == pytest.approx(limit, rel=1e-9)


@given(content=contents, share=st.floats(0.0, 1.0), k=rates, years=st.integers(1, 40))
def test_the_forecast_is_the_yearly_recursion(content, share, k, years) -> None:
    annual = share * content
    stepwise = content
    for _ in range(years):
        stepwise = (stepwise + annual) * k
    assert c.forecast(a(content), a(annual), k, years)[0] == pytest.approx(stepwise, rel=1e-9)


@given(years=horizons, excess=st.floats(1e-15, 1e-6))
def test_accumulation_is_smooth_towards_no_loss(years, excess) -> None:
    assert c.accumulation(1.0 - excess, years) == pytest.approx(years, rel=1e-3)
    assert c.accumulation(1.0, years) == years


@given(limit=contents, low=contents, high=contents, background=contents, mass=masses)
def test_capacity_falls_as_the_content_rises(limit, low, high, background, mass) -> None:
    low, high = sorted((low, high))
    kg = [c.remaining_capacity(a(limit), a(x), a(mass))[0] for x in (low, high)]
    relative = [c.relative_capacity(a(limit), a(x), a(background))[0] for x in (low, high)]
    assert kg[0] >= kg[1]
    assert relative[0] >= relative[1]


@given(limit=contents, content=contents, background=contents, mass=masses)
def test_remaining_exceeds_total_only_below_the_background(
    limit, content, background, mass
) -> None:
    total = c.total_capacity(a(limit), a(background), a(mass))
    left = c.remaining_capacity(a(limit), a(content), a(mass))
    # contents a rounding apart leave the same capacity
    assert left[0] <= total[0] if content >= background else left[0] >= total[0]


@given(limit=contents, content=contents, background=contents)
def test_overload_is_the_same_in_every_index(limit, content, background) -> None:
    assume(content == limit or abs(content - limit) > 1e-9 * limit)  # beyond rounding
    over = content >= limit
    assert (c.relative_capacity(a(limit), a(content), a(background))[0] <= 0.0) == over
    assert (c.load_index(a(limit), a(content), a(background))[0] >= 1.0) == over
    assert (c.exceedance(a(limit), a(content))[0] >= 0.0) == over


def test_a_limit_at_the_background_leaves_no_capacity() -> None:
    limit = np.array([20.0, 20.0, 20.0, 20.0, np.nan])
    content = np.array([19.0, 20.0, 21.0, 19.0, 1.0])
    background = np.array([20.0, 20.0, 25.0, np.nan, 1.0])
    found = c.relative_capacity(limit, content, background)
    np.testing.assert_array_equal(found, [np.inf, -np.inf, -np.inf, np.nan, np.nan])


def test_years_to_the_limit_at_its_edges() -> None:
    limit, mass = a(10.0), a(2.4e6)
    years = c.years_to_limit(
        limit,
        np.array([5.0, 5.0, 5.0, 10.0, 12.0, np.nan]),
        np.array([100.0, 0.0, -10.0, -10.0, 100.0, 1.0]),
        mass,
    )
    np.testing.assert_allclose(years, [120.0, np.inf, np.inf, 0.0, 0.0, np.nan])


def test_residual_rate_rebuilds_the_year_it_came_from() -> None:
    stock, gain, loss = 100.0, 5.0, 2.0
    k = c.residual_rate(a(stock), a(loss), gain)
    assert (stock + gain) * k[0] == pytest.approx(stock + gain - loss)


@given(limit=contents, content=contents, mass=masses, years=horizons)
def test_the_largest_net_input_just_reaches_the_limit(limit, content, mass, years) -> None:
    net = c.largest_net_input(a(limit), a(content), a(mass), years)
    end = content + years * c.content_change(net, a(mass))
    assert end[0] == pytest.approx(limit, rel=1e-9)


@given(
    start=contents,
    headroom=st.floats(-50.0, 500.0),
    activity=st.floats(0.1, 1000.0),
    other=st.floats(0.0, 500.0),
    k=rates,
    years=st.integers(1, 100),
)
def test_the_largest_activity_just_reaches_the_limit(
    start, headroom, activity, other, k, years
) -> None:
    mass = a(2.4e6)

    def end(factor: float) -> float:
        annual = c.content_change(a(factor * activity + other), mass)
        return float(c.forecast(a(start), annual, k, years)[0])

    limit = start + headroom
    factor = c.largest_activity_factor(a(limit), a(end(1.0)), a(activity), mass, years, k)
    assert end(factor[0]) == pytest.approx(limit, rel=1e-6, abs=1e-6)


def test_an_activity_that_brings_nothing_does_not_bind() -> None:
    factor = c.largest_activity_factor(
        a(10.0), np.array([9.0, 10.0, 11.0, np.nan]), a(0.0), a(2.4e6), 50
    )
    np.testing.assert_array_equal(factor, [np.inf, np.inf, -np.inf, np.nan])


def test_factor_for_a_share_of_the_cells() -> None:
    factor = np.array([[3.0, 1.0, np.nan], [2.0, 5.0, np.inf]])
    assert c.factor_for_share(factor) == 1.0
    assert c.factor_for_share(factor, 0.8) == 2.0
    assert c.factor_for_share(factor, 0.6) == 3.0
    assert np.isnan(c.factor_for_share(np.full(3, np.nan)))


@given(factor=st.lists(st.floats(-5.0, 50.0), min_size=1, max_size=60), share=st.floats(0.0, 1.0))
def test_the_factor_keeps_at_least_its_share(factor, share) -> None:
    found = c.factor_for_share(np.array(factor), share)
    assert (np.array(factor) >= found).mean() >= share - 1e-9
