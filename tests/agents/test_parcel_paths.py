"""What an urbanisation path does to parcels: sites, unsealing, spared land, centres, open land."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.agents.building_rules import BuildingRules
from simulator.agents.centres import centre_distance, with_subcentres
from simulator.agents.open_land import red_line
from simulator.agents.parcel_set import ParcelSet
from simulator.constants import LAND_CLASSES
from simulator.data import Parameters
from simulator.landuse.allocation import GrowthStyle
from simulator.scenario import read_scenario
from tests.agents.town import CODE, MAP, RULES, SIZE, TOWN, parcel_map, parcel_set, step

FARM = [CODE[c] for c in ("paddy", "dryland", "vegetable", "orchard")]


def area_of(parcels: ParcelSet, name: str) -> float:
    return float(parcels.map.area[parcels.land_class == CODE[name]].sum())


def new_parcels(rules: BuildingRules, seeds: int = 12, rate: float = 0.1) -> np.ndarray:
    """Rows of the parcels that are built on in one year, over several seeds."""
    found = []
    for seed in range(seeds):
        parcels = parcel_set(rules)
        step(parcels, 2020, rate, np.random.default_rng(seed))
        found.append(parcels.index_of([e.parcel for e in parcels.history]))
    return np.concatenate(found)


def test_a_site_is_bare_ground_until_it_is_finished() -> None:
    parcels = parcel_set(replace(RULES, construction_years=2.0, densification_rate=0.0))
    rng = np.random.default_rng(0)
    bare_before = parcels.land_shares()[0][CODE["bare"]].sum()
    events = step(parcels, 2020, 0.03, rng)
    open_ground = len(events) * SIZE**2 * (1.0 - RULES.construction_share)
    for year in (2020, 2021, 2022):
        bare = parcels.land_shares()[0][CODE["bare"]].sum() - bare_before
        expected = open_ground if year < 2022 else 0.0
        assert bare * 500.0**2 == pytest.approx(expected, abs=1e-6)
        step(parcels, year + 1, 0.0, rng)
    assert not parcels.sites.any()
    sealed = parcels.land_shares()[1].sum() * 500.0**2
    assert sealed == pytest.approx(float(parcels.map.area @ parcels.impervious), rel=1e-12)


def test_sealed_ground_is_opened_at_the_rate_of_the_path() -> None:
    parcels = parcel_set(replace(RULES, densification_rate=0.0, unsealing_rate=0.01))
    start = parcels.impervious.copy()
    for _ in range(20):
        parcels.densify()
    built = parcels.built
    np.testing.assert_allclose(parcels.impervious[built], start[built] * 0.99**20, rtol=1e-12)
    assert (parcels.impervious[~built] == start[~built]).all()


def test_a_path_that_spares_farmland_builds_on_less_of_it() -> None:
    land = parcel_set().land_class
    free = np.isin(land[new_parcels(RULES)], FARM).mean()
    spared = np.isin(land[new_parcels(replace(RULES, farmland_factor=0.05))], FARM).mean()
    assert spared < 0.5 * free


def test_weight_of_centres_draws_growth_in_or_out() -> None:
    distance = {
        weight: MAP.centre_distance[new_parcels(replace(RULES, centre_weight=weight))].mean()
        for weight in (-3.0, 0.0, 3.0)
    }
    assert distance[3.0] < distance[0.0] < distance[-3.0]


def test_chance_zero_takes_the_best_land_whatever_the_seed() -> None:
    weight = parcel_set().weights(2020)
    for row in new_parcels(replace(RULES, style=GrowthStyle()), seeds=3).reshape(3, -1):
        # Seeds only part parcels of the same weight.
        assert (weight[row] == np.sort(weight)[::-1][: row.size]).all()


@pytest.mark.slow
def test_leapfrog_growth_touches_no_town() -> None:
    rules = replace(RULES, style=GrowthStyle(1.0, (0.0, 0.0, 1.0), 3.0 * SIZE**2, 0.0, 0.4))
    near = parcel_set()  # its map has no neighbours that do not touch
    parcels = ParcelSet(
        parcel_map(TOWN, 600.0), rules, near.land_class, near.impervious, near.protected
    )
    was_built = parcels.built.copy()
    step(parcels, 2020, 0.05, np.random.default_rng(1))
    new = parcels.index_of([e.parcel for e in parcels.history])
    mosaic = parcels.map.mosaic
    assert new.size
    for k in new.tolist():
        assert not was_built[mosaic.indices[mosaic.indptr[k] : mosaic.indptr[k + 1]]].any()


@given(share=st.floats(0.0, 1.0))
@settings(max_examples=20, deadline=None)
def test_red_line_protects_the_flattest_fields_and_the_steepest_woods(share: float) -> None:
    land = parcel_set().land_class
    slope = np.random.default_rng(0).uniform(0.0, 0.4, len(MAP))
    here = replace(MAP, slope=slope)
    behind = red_line(here, land, share)
    for codes, sign in ((FARM, 1.0), ([CODE["forest"], CODE["grassland"]], -1.0)):
        group = np.isin(land, codes)
        protected = MAP.area[group & behind].sum() / MAP.area[group].sum()
        assert share - MAP.area.max() / MAP.area[group].sum() < protected <= share + 1e-12
        if (group & behind).any() and (group & ~behind).any():
            assert (sign * slope)[group & behind].max() <= (sign * slope)[group & ~behind].min()
    assert not behind[np.isin(land, [CODE["urban"], CODE["industrial"], CODE["water"]])].any()


def test_a_red_line_is_of_the_path_and_not_of_the_past() -> None:
    # What a run without a line leaves, taken up on a path with one: the line holds from then on.
    plain = parcel_set()
    step(plain, 2020, 0.05, np.random.default_rng(0))
    green = parcel_set(replace(RULES, red_line_share=1.0))
    green.restore(plain.to_arrays())
    assert green.kept_open.sum() > plain.kept_open.sum()
    assert not green.weights(2021)[green.behind_line].any()
    back = parcel_set()
    back.restore(green.to_arrays())
    assert (back.kept_open == plain.kept_open).all()
    line = int(np.flatnonzero(green.behind_line & ~green.built)[0])
    with pytest.raises(ValueError, match="protected"):
        green.convert(line, "urban", 2021)


def test_new_centres_arise_in_the_largest_towns_that_have_none() -> None:
    # Towns of 9, 4 and 2 parcels at 0, 10 and 20 km; the first has the centre.
    points = np.array(
        [[x + 100.0 * k, 0.0] for x, n in ((0.0, 9), (10e3, 4), (20e3, 2)) for k in range(n)]
    )
    area, centres = np.ones(len(points)), np.array([[400.0, 0.0]])
    found = with_subcentres(points, area, centres, 1000.0, 2)
    assert found[1:, 0] == pytest.approx([10e3, 20e3], abs=301.0)
    assert len(with_subcentres(points, area, centres, 1000.0, 9)) == 3
    assert centre_distance(points, found).max() < 401.0


@pytest.mark.slow
def test_open_land_follows_its_demand_and_nothing_else_moves() -> None:
    parcels, rng = parcel_set(replace(RULES, open_inertia=5.0)), np.random.default_rng(4)
    before, start = parcels.land_class.copy(), area_of(parcels, "forest")
    events = parcels.step(2020, 0.0, rng, {"forest": 1.1 * start})
    assert area_of(parcels, "forest") == pytest.approx(1.1 * start, abs=SIZE**2)
    changed = parcels.land_class != before
    assert changed.sum() == len(events) < 0.2 * len(parcels)
    forest = CODE["forest"]
    assert ((parcels.land_class[changed] == forest) | (before[changed] == forest)).all()
    assert (parcels.land_class[parcels.built] == before[parcels.built]).all()


def test_demands_beyond_the_open_land_are_cut() -> None:
    parcels = parcel_set(replace(RULES, open_inertia=5.0))
    parcels.step(2020, 0.0, np.random.default_rng(0), {"forest": 1e9, "paddy": 1e9})
    assert area_of(parcels, "forest") == pytest.approx(area_of(parcels, "paddy"), abs=2 * SIZE**2)
    assert area_of(parcels, "dryland") <= SIZE**2


def test_a_path_of_a_scenario_becomes_rules() -> None:
    parameters = Parameters({})
    trend = BuildingRules.of(read_scenario("wuhan-baseline"), parameters)
    assert trend.style.chance == 1.0
    assert trend.style.shares is None
    assert trend.red_line_share == trend.unsealing_rate == 0.0
    green = BuildingRules.of(read_scenario("wuhan-ecological"), parameters)
    assert green.red_line_share > 0.0
    assert green.unsealing_rate > 0.0
    assert green.max_impervious_urban < trend.max_impervious_urban
    factor = dict(zip(LAND_CLASSES, green.class_factors(), strict=True))
    assert factor["forest"] < factor["paddy"] < factor["bare"] == 1.0
