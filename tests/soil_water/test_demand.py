"""What weather and crop ask: water is counted once, and nothing is asked twice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from simulator.constants import LAND_CLASSES, WATER_CLASS
from simulator.data import Parameters
from simulator.region.model import DailySite
from simulator.soil_water.demand import Days, days_of, demand_of, irrigation_depth
from tests.make_daily import daily_table

LAND = [c for c in LAND_CLASSES if c != WATER_CLASS]
SITE = DailySite("generated", 28.6, 5.0, 10.0)


def table(first: str, last: str) -> pd.DataFrame:
    daily = daily_table(first, last)
    return daily.assign(date=pd.to_datetime(daily["date"]))


def days_between(first: str, last: str, site: DailySite = SITE) -> Days:
    return days_of(table(first, last), site)


@pytest.fixture(scope="module")
def days() -> Days:
    """Two years with downpours, and with rain on days that hardly evaporate anything."""
    mild = days_between("2011-01-01", "2012-12-31")
    day = np.arange(mild.rain.size)
    return replace(
        mild,
        rain=np.where(day % 24 == 0, 0.15, mild.rain),
        reference=np.where(day % 8 == 4, 1e-5, mild.reference),
    )


@pytest.fixture(scope="module", params=LAND)
def one(request, days, parameters):
    """A land class and its demand by hydrologic group."""
    return request.param, demand_of(request.param, days, parameters)


def test_evapotranspiration_is_divided_without_rest(one, days, parameters):
    """Of the crop: from leaves, through plants and from soil."""
    name, demands = one
    crop = parameters.value("land_classes", land_class=name, parameter="crop_coefficient")
    for d in demands.values():
        for part in (d.interception, d.transpiration, d.evaporation):
            assert (part >= 0.0).all()
        total = d.interception + d.transpiration + d.evaporation
        whole = crop * days.reference
        assert (total <= whole * (1.0 + 1e-12)).all()
        # only what storms take from the leaves is not asked for again
        dry = d.storm_runoff == 0.0
        np.testing.assert_allclose(total[dry], whole[dry], rtol=1e-12)


def test_leaves_and_storms_take_no_more_than_the_rain(one):
    for d in one[1].values():
        assert (d.storm_runoff >= 0.0).all()
        assert (d.interception <= d.rain).all()
        assert (d.interception + d.storm_runoff <= d.rain * (1.0 + 1e-12)).all()
        assert (d.infiltrating >= -1e-18).all()
        assert d.rain.sum() > d.storm_runoff.sum()


def test_flooded_fields_have_no_storm_runoff(days, parameters):
    """But the same fields have some when they are dry."""
    demand = demand_of("paddy", days, parameters)[3]
    first, last = (
        parameters.value("vegetation", land_class="paddy", parameter=f"flooded_{k}")
        for k in ("from", "to")
    )
    flooded = (days.month >= first) & (days.month <= last)
    assert flooded.any()
    assert ((demand.bund > 0.0) == flooded).all()
    assert (demand.storm_runoff[flooded] == 0.0).all()
    dryland = demand_of("dryland", days, parameters)[3]
    assert dryland.storm_runoff[flooded].sum() > 0.0
    assert (dryland.bund == 0.0).all()


def test_a_dry_paddy_has_storm_runoff(days, parameters):
    demand = demand_of("paddy", days, parameters)[3]
    assert demand.storm_runoff[demand.bund == 0.0].sum() > 0.0


def test_where_all_rain_runs_off_leaves_hold_none(days):
    """And what they do not hold, plants and soil are asked for."""
    p = Parameters({"land_classes/forest/curve_number_D": 100.0})
    demand = demand_of("forest", days, p)[3]
    wet = demand.rain > 0.1
    assert wet.any()
    np.testing.assert_allclose(demand.storm_runoff[wet], demand.rain[wet], rtol=1e-12)
    assert np.abs(demand.interception[wet]).max() < 1e-15
    assert (demand.infiltrating >= -1e-18).all()


def test_a_heavier_soil_has_more_storm_runoff(days, parameters):
    demands = demand_of("dryland", days, parameters)
    assert list(demands) == [0, 1, 2, 3]
    runoff = [d.storm_runoff.sum() for d in demands.values()]
    assert (np.diff(runoff) > 0.0).all()


@pytest.mark.parametrize(
    ("first", "last"), [("2011-01-01", "2013-12-31"), ("2010-07-01", "2013-06-30")]
)
def test_irrigation_sums_to_its_depth_each_year(first, last, parameters):
    """In its season alone, whatever month the record starts in."""
    days = days_between(first, last)
    starts = np.append(0, days.year_ends[:-1])
    seen = []
    for name in LAND:
        water = demand_of(name, days, parameters)[0].irrigation
        depth = irrigation_depth(parameters, name)
        for a, b in zip(starts, days.year_ends, strict=True):
            assert water[a:b].sum() == pytest.approx(depth, rel=1e-12)
        season = parameters.value("vegetation", land_class=name, parameter="irrigated_from")
        if depth > 0.0 and season > 0.0:
            until = parameters.value("vegetation", land_class=name, parameter="irrigated_to")
            assert set(days.month[water > 0.0]) <= set(range(int(season), int(until) + 1))
            seen.append(name)
    assert "paddy" in seen


def test_irrigation_without_a_season_lasts_all_year(parameters, days):
    ids = ("vegetation/dryland/irrigated_from", "vegetation/dryland/irrigated_to")
    p = Parameters(dict.fromkeys(ids, 0.0))
    water = demand_of("dryland", days, p)[0].irrigation
    assert set(days.month[water > 0.0]) == set(range(1, 13))
    assert water.sum() == pytest.approx(2 * irrigation_depth(p, "dryland"), rel=1e-12)


def test_a_season_may_go_over_the_turn_of_the_year(parameters, days):
    p = Parameters(
        {"vegetation/dryland/irrigated_from": 11.0, "vegetation/dryland/irrigated_to": 2.0}
    )
    water = demand_of("dryland", days, p)[0].irrigation
    assert set(days.month[water > 0.0]) == {11, 12, 1, 2}


# -- days ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last", "ends"),
    [
        ("2011-01-01", "2012-12-31", [365, 731]),
        ("2012-01-01", "2013-12-31", [366, 731]),
        ("2011-07-01", "2013-06-30", [366, 731]),  # 29 February 2012 is in the first year
        ("2012-07-01", "2014-06-30", [365, 730]),
        ("2012-02-29", "2014-02-27", [365, 730]),
        ("2011-01-01", "2012-06-30", [365]),  # the half year is left out
        ("2011-01-01", "2011-12-31", [365]),
        ("2011-01-01", "2011-12-30", [364]),  # no whole year: what there is
        ("2011-04-01", "2011-06-30", [91]),
    ],
)
def test_years_end_where_the_calendar_says(first, last, ends):
    assert days_between(first, last).year_ends.tolist() == ends


def test_days_are_those_of_the_table():
    daily = table("2011-07-01", "2012-06-30")
    days = days_of(daily, SITE)
    np.testing.assert_allclose(days.rain, daily["precip_mm"] / 1000.0)
    assert days.month.tolist() == daily["date"].dt.month.tolist()
    assert days.month[0] == 7
    assert (days.reference > 0.0).all()
    assert 0.7 < days.reference.sum() < 1.5  # m
    summer = days.reference[np.isin(days.month, (6, 7, 8))].mean()
    assert summer > 1.5 * days.reference[np.isin(days.month, (12, 1, 2))].mean()


def test_plants_grow_in_the_warm_half_of_the_year_on_either_hemisphere():
    north = days_between("2011-01-01", "2011-12-31")
    south = days_between("2011-01-01", "2011-12-31", replace(SITE, latitude=-28.6))
    assert set(north.month[north.growing]) == {4, 5, 6, 7, 8, 9, 10}
    assert set(south.month[south.growing]) == {10, 11, 12, 1, 2, 3, 4}
