"""How much land is built on: laws against textbook numbers, fits, and what scenarios ask for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.data import Parameters
from simulator.errors import InputError
from simulator.landuse.demand import BuiltDemand, compound_areas, history_problem, never_less
from simulator.landuse.markov import markov_areas, transition_matrix, yearly_matrix
from simulator.landuse.trends import (
    exponential_rate,
    fit_logistic,
    linear_slope,
    logistic_areas,
    people_areas,
)
from simulator.scenario import Scenario

P = Parameters()
KM2 = 1e6
#: Built-up land of Wuhan, 90 m maps of doi 10.1080/10095020.2024.2341755. [km2]
WUHAN = [(2000, 525.1), (2010, 859.9)]


def scenario(landuse: dict[str, object], years: int = 10) -> Scenario:
    fixed = {"densification_rate": 0.0, "neighbourhood_distance_m": 500}
    return Scenario.model_validate(
        {
            "name": "s",
            "title": "S",
            "region": "wuhan",
            "start": 2010,
            "years": years,
            "seed": 1,
            "landuse": {**fixed, **landuse},
        }
    )


def demand(landuse: dict[str, object], years: int = 10, **past: object) -> BuiltDemand:
    """Demand of a region with 500 of 3000 km2 built."""
    return BuiltDemand.of(scenario(landuse, years), P, 500 * KM2, 3000 * KM2, **past)


PAST = {
    "history_years": [y for y, _ in WUHAN],
    "history_area": [a * KM2 for _, a in WUHAN],
}


# -- laws ------------------------------------------------------------------------------------------


def test_areas_grow_at_the_rate_of_each_year() -> None:
    np.testing.assert_allclose(compound_areas(100.0, [0.1, 0.2]), [110.0, 132.0])
    assert compound_areas(7.0, []).size == 0


@given(st.lists(st.floats(0, 1e9), max_size=20), st.floats(0, 1e9))
def test_built_land_never_falls(areas: list[float], start: float) -> None:
    course = never_less(start, areas)
    assert len(course) == len(areas)
    assert (np.diff(np.concatenate([[start], course])) >= 0).all()
    assert (course >= areas).all()


def test_rates_of_past_growth() -> None:
    years = [2000, 2002, 2007, 2010]
    assert linear_slope(years, [10 + 3 * (y - 2000) for y in years]) == pytest.approx(3.0)
    grown = [10 * np.exp(0.05 * (y - 2000)) for y in years]
    assert exponential_rate(years, grown) == pytest.approx(0.05)
    assert linear_slope([2000, 2010], [5.0, 4.0]) == 0.0, "towns that shrink are kept"
    # ln(859.9/525.1)/10 of the comment in wuhan-baseline.toml
    assert exponential_rate(*zip(*WUHAN, strict=True)) == pytest.approx(0.0493, abs=5e-5)


def test_logistic_of_pearl_and_reed() -> None:
    """Population of the United States (Pearl & Reed 1920, PNAS 6:275): 197.27 millions at last.

    y = 2 930 300.9 / (0.014854 + exp(-0.0313395 t)), through the censuses of 1790, 1850, 1910.
    """
    years, people = [1790, 1850, 1910], [3.929, 23.192, 91.972]
    fit = fit_logistic(years, people, most=1000.0)
    assert fit.ceiling == pytest.approx(2.9303009 / 0.014854, rel=2e-3)
    assert fit.rate == pytest.approx(0.0313395, rel=2e-3)
    # their curve has 3.929 in 1790 and 50.2 (census 50.156) in 1880
    assert logistic_areas(3.929, fit.rate, fit.ceiling, [90.0])[0] == pytest.approx(50.2, abs=0.5)


@settings(deadline=None, max_examples=30)
@given(rate=st.floats(0.01, 0.2), ceiling=st.floats(1.5, 20.0))
def test_a_logistic_past_is_found_again(rate: float, ceiling: float) -> None:
    years = np.arange(0.0, 60.0, 5.0)
    areas = logistic_areas(1.0, rate, ceiling, years)
    known = fit_logistic(years, areas, most=1e3, ceiling=ceiling)
    assert known.rate == pytest.approx(rate, rel=1e-5)
    assert known.ceiling == ceiling
    if areas[-1] > 0.6 * ceiling:  # bends enough to tell its ceiling
        found = fit_logistic(years, areas, most=1e3)
        assert found.ceiling == pytest.approx(ceiling, rel=1e-3)


def test_a_past_that_does_not_bend_has_its_ceiling_at_the_most() -> None:
    years = np.arange(0.0, 20.0, 2.0)
    fit = fit_logistic(years, np.exp(0.05 * years), most=100.0)
    assert fit.ceiling == pytest.approx(100.0, rel=1e-3)
    with pytest.raises(ValueError, match="two dates"):
        fit_logistic([2000, 2010], [1.0, 2.0], most=9.0)


def test_people_and_the_land_of_each() -> None:
    # as many people on the same land each
    np.testing.assert_allclose(people_areas(50.0, [100.0, 110.0, 121.0]), [55.0, 60.5])
    # elasticity 1/2: the root of the people
    np.testing.assert_allclose(people_areas(50.0, [100.0, 121.0], 0.5), [55.0])
    # same people, from half a unit each towards one, half of the gap in ln 2 / k years
    areas = people_areas(50.0, np.full(1001, 100.0), 1.0, 1.0, np.log(2) / 10)
    assert areas[9] == pytest.approx(75.0)
    assert areas[-1] == pytest.approx(100.0)


# -- Markov ----------------------------------------------------------------------------------------


def test_transitions_of_a_small_map() -> None:
    before = np.array([[0, 0, 0, 0], [1, 1, 2, -1]])
    after = np.array([[0, 0, 1, 2], [1, 2, 2, 0]])
    expected = [[0.5, 0.25, 0.25], [0.0, 0.5, 0.5], [0.0, 0.0, 1.0]]
    np.testing.assert_allclose(transition_matrix(before, after, 3), expected)
    assert transition_matrix(before, after, 4)[3].tolist() == [0, 0, 0, 1], "a class not there"
    by_area = transition_matrix(before, after, 3, np.array([[3, 1, 1, 1], [1, 1, 1, 1]]))
    np.testing.assert_allclose(by_area[0], [4 / 6, 1 / 6, 1 / 6])


def test_the_yearly_chance_of_a_decade() -> None:
    """A fifth of the open land in ten years: 1 - 0.8^(1/10) in one."""
    yearly = yearly_matrix([[0.8, 0.2], [0.0, 1.0]], 10.0)
    np.testing.assert_allclose(yearly, [[0.8**0.1, 1 - 0.8**0.1], [0.0, 1.0]], atol=1e-12)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(0.01, 1.0), min_size=9, max_size=9), st.integers(2, 20))
def test_a_yearly_root_keeps_areas_and_gives_back_its_period(
    change: list[float], years: int
) -> None:
    """Chances with a heavy diagonal, as land has them, have a root without negative chances."""
    yearly = np.eye(3) * 20.0 + np.reshape(change, (3, 3))
    yearly /= yearly.sum(axis=1, keepdims=True)
    root = yearly_matrix(np.linalg.matrix_power(yearly, years), years)
    np.testing.assert_allclose(root, yearly, atol=1e-8)
    course = markov_areas([5.0, 3.0, 2.0], root, 30)
    np.testing.assert_allclose(course.sum(axis=1), 10.0)
    assert (course >= 0).all()


# -- what scenarios ask for ------------------------------------------------------------------------


def test_growth_at_rates_is_compound_growth_to_the_bit() -> None:
    """As parcels have grown before: last year's area times 1 + rate, year by year."""
    landuse = {"built_growth": [{"year": 2010, "rate": 0.05}, {"year": 2020, "rate": 0.0}]}
    d, rates = demand(landuse), scenario(landuse).landuse
    area = 500 * KM2
    for year in range(2010, 2020):
        area *= 1.0 + rates.growth_rate(year)
        assert d.target(year) == area
        assert d.increment(year) == d.target(year) - d.target(year - 1)
    assert rates.growth_rate(2015) == pytest.approx(0.025)
    assert d.target(2009) == d.start_area == 500 * KM2
    assert d.factor == 1.0


@pytest.mark.parametrize("path", ["compact", "sprawl", "polycentric", "ecological"])
def test_the_factor_of_a_path_is_on_the_growth(path: str) -> None:
    rates = {"built_growth": [{"year": 2010, "rate": 0.03}]}
    trend, other = demand(rates), demand({**rates, "path": path})
    factor = P[f"urbanisation/{path}/demand_factor"].value
    assert other.factor == factor
    growth = trend.areas - trend.start_area
    np.testing.assert_allclose(other.areas - other.start_area, factor * growth)


def test_trends_go_on_from_the_built_area_of_the_start() -> None:
    """The past is scaled to the parcels: 859.9 km2 of the map are 500 km2 here."""
    linear = demand({"demand": {"kind": "trend"}}, **PAST)
    slope = (859.9 - 525.1) / 10 * 500 / 859.9
    np.testing.assert_allclose(linear.areas / KM2, 500 + slope * np.arange(1, 11))
    exponential = demand({"demand": {"kind": "trend", "law": "exponential"}}, **PAST)
    np.testing.assert_allclose(
        exponential.areas / KM2, 500 * (859.9 / 525.1) ** (np.arange(1, 11) / 10)
    )


def test_a_past_of_its_own_goes_before_that_of_the_region() -> None:
    own = [{"year": 2000, "area_km2": 400.0}, {"year": 2010, "area_km2": 500.0}]
    d = demand({"demand": {"kind": "trend", "history": own}}, **PAST)
    assert d.target(2019) == pytest.approx(600 * KM2)


def test_logistic_demand_bends_to_its_ceiling() -> None:
    d = demand({"demand": {"kind": "logistic", "ceiling_km2": 800.0}}, years=200, **PAST)
    assert (np.diff(d.areas) > 0).all()
    assert d.areas[-1] == pytest.approx(800 * KM2, rel=1e-3)
    # two dates and a ceiling: the rate follows from the logits, km2 as of the parcels
    logit = [np.log(a / (800 - a)) for a in (525.1 * 500 / 859.9, 500.0)]
    rate = (logit[1] - logit[0]) / 10
    np.testing.assert_allclose(
        d.areas, logistic_areas(500 * KM2, rate, 800 * KM2, np.arange(1, 201)), rtol=1e-6
    )


def test_markov_demand_takes_the_same_share_of_open_land_each_year() -> None:
    d = demand({"demand": {"kind": "markov"}}, years=30, **PAST)
    open_land = 3000 * KM2 - np.concatenate([[d.start_area], d.areas])
    shares = open_land[1:] / open_land[:-1]
    before = 3000 - 525.1 * 500 / 859.9
    np.testing.assert_allclose(shares, (2500 / before) ** 0.1)


def test_population_and_table() -> None:
    people = [{"year": 2010, "people": 1e6}, {"year": 2020, "people": 1.2e6}]
    d = demand({"demand": {"kind": "population", "population": people}}, years=20)
    assert d.target(2014) == pytest.approx(550 * KM2), "1.1 million at the end of 2014"
    assert d.target(2029) == d.target(2019) == pytest.approx(600 * KM2)
    areas = [{"year": 2010, "area_km2": 500.0}, {"year": 2020, "area_km2": 450.0}]
    table = demand(
        {"demand": {"kind": "table", "areas": [*areas, {"year": 2030, "area_km2": 650.0}]}},
        years=20,
    )
    assert table.target(2015) == 500 * KM2, "built land is not given back"
    assert table.target(2029) == 650 * KM2


def test_other_classes() -> None:
    forest = {"land_class": "forest", "path": [{"year": 2010, "rate": 0.01}]}
    paddy = {"land_class": "paddy", "path": [{"year": 2010, "rate": -0.02}]}
    d = demand(
        {
            "built_growth": [{"year": 2010, "rate": 0.0}],
            "demand": {"kind": "rate", "classes": [forest, paddy]},
        }
    )
    assert d.class_factor("forest", 2019) == pytest.approx(1.01**10)
    assert d.class_factor("paddy", 2010) == pytest.approx(0.98)
    assert d.class_factor("bare", 2019) == 1.0


@pytest.mark.parametrize("kind", ["trend", "logistic", "markov"])
def test_a_past_that_is_not_known_is_asked_for(kind: str) -> None:
    landuse = scenario({"demand": {"kind": kind}}).landuse
    problem = history_problem(landuse, region_has_history=False)
    assert problem is not None
    assert "files.land_history" in problem.rule
    assert history_problem(landuse, region_has_history=True) is None
    with pytest.raises(InputError, match="is not known"):
        demand({"demand": {"kind": kind}})


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(InputError, match="ceiling is 400 km2"):
        demand({"demand": {"kind": "logistic", "ceiling_km2": 400.0}}, **PAST)
    with pytest.raises(InputError, match="three dates"):
        demand({"demand": {"kind": "logistic"}}, **PAST)
    with pytest.raises(InputError, match="rise"):
        demand({"demand": {"kind": "trend"}}, history_years=[2000], history_area=[5e8])


@given(st.floats(1e3, 1e10), st.sampled_from(["compact", "sprawl", "polycentric", "ecological"]))
def test_where_nothing_grows_no_step_is_below_nothing_by_rounding(area: float, path: str) -> None:
    still = {"path": path, "built_growth": [{"year": 2010, "rate": 0.0}]}
    found = BuiltDemand.of(scenario(still), P, area, 2.0 * area)
    assert [found.increment(y) for y in range(2010, 2020)] == [0.0] * 10


@pytest.mark.parametrize("kind", ["trend", "logistic", "markov", "population"])
def test_nothing_grows_from_nothing(kind: str) -> None:
    more = {"population": [{"year": 2010, "people": 1e6}, {"year": 2060, "people": 2e6}]}
    landuse = {"demand": {"kind": kind, **(more if kind == "population" else {})}}
    with pytest.raises(InputError, match="no parcel is built"):
        BuiltDemand.of(scenario(landuse), P, 0.0, 3000 * KM2, **PAST)


@settings(deadline=None, max_examples=30)
@given(rate=st.floats(0, 0.2), path=st.sampled_from(["trend", "compact", "sprawl", "ecological"]))
def test_no_demand_ever_falls(rate: float, path: str) -> None:
    d = demand({"built_growth": [{"year": 2010, "rate": rate}], "path": path}, years=30)
    assert (np.diff(np.concatenate([[d.start_area], d.areas])) >= 0).all()
