"""Laws of the land: shares of cells, and what a year does to parcels."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from simulator.agents.parcel_events import Conversion, Shortfall
from simulator.agents.parcel_set import ParcelSet
from simulator.constants import BUILT_CLASSES, LAND_CLASSES
from simulator.region import read_region
from tests.agents.town import (
    CODE,
    GRID,
    MAP,
    RULES,
    SIZE,
    TOWN,
    grown,
    parcel_map,
    parcel_set,
    same,
    step,
)


@given(years=st.integers(0, 12), rate=st.floats(0.0, 0.1), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=12, deadline=None)
def test_shares_of_a_cell_sum_to_what_parcels_cover(years: int, rate: float, seed: int) -> None:
    parcels = grown(years, rate, seed)
    open_share, sealed_share = parcels.land_shares()
    assert open_share.shape == (len(LAND_CLASSES), GRID.size)
    assert min(open_share.min(), sealed_share.min()) >= 0.0
    covered = parcels.map.overlay.sum(axis=1)
    np.testing.assert_allclose(open_share.sum(axis=0) + sealed_share, covered, atol=1e-14)


def test_area_by_class_is_the_same_over_cells_and_over_parcels() -> None:
    parcels = grown(8, 0.05)
    open_share, sealed_share = parcels.land_shares()
    open_area = parcels.map.area * (1.0 - parcels.impervious)
    by_class = np.bincount(parcels.land_class, open_area, minlength=len(LAND_CLASSES))
    # The tiling lies wholly inside the grid, so nothing of it is lost.
    np.testing.assert_allclose(open_share.sum(axis=1) * GRID.cell_area, by_class, rtol=1e-12)
    sealed = float(parcels.map.area @ parcels.impervious)
    assert sealed_share.sum() * GRID.cell_area == pytest.approx(sealed, rel=1e-12)


def test_parcels_come_from_a_region_as_its_files_say(small_region: Path) -> None:
    region = read_region(small_region)
    parcels = ParcelSet.from_region(region, RULES, 2020)
    table = region.parcels
    assert [LAND_CLASSES[c] for c in parcels.land_class] == table["land_class"].tolist()
    assert parcels.impervious.tolist() == table["impervious"].tolist()
    assert (parcels.protected == (table["zone"] == "protected")).all()
    assert (np.isneginf(parcels.built_since) == table["land_class"].isin(BUILT_CLASSES)).all()
    open_share, sealed_share = parcels.land_shares()
    np.testing.assert_allclose(open_share.sum(axis=0) + sealed_share, 1.0, atol=1e-9)


def test_one_parcel_gives_its_cells_their_exact_parts() -> None:
    # A square of 500 m, a quarter in each of four cells, 0.6 sealed.
    x, y = GRID.x_min + 250.0, GRID.y_max - 250.0
    table = pd.DataFrame(
        {"id": [1], "land_class": ["urban"], "geometry": [box(x, y - 500.0, x + 500.0, y)]}
    )
    parcels = ParcelSet(
        parcel_map(table), RULES, np.array([CODE["urban"]]), np.array([0.6]), np.array([False])
    )
    open_share, sealed_share = parcels.land_shares()
    cells = [0, 1, 13, 14]
    np.testing.assert_allclose(sealed_share[cells], 0.15, rtol=1e-14)
    np.testing.assert_allclose(open_share[CODE["urban"], cells], 0.10, rtol=1e-14)
    assert np.count_nonzero(sealed_share) == 4


def test_shares_of_untouched_cells_keep_their_bits() -> None:
    parcels = parcel_set(replace(RULES, densification_rate=0.0))
    before = np.vstack([*parcels.land_shares()])
    events = step(parcels, 2020, 0.03, np.random.default_rng(0))
    after = np.vstack([*parcels.land_shares()])
    touched = {
        int(c)
        for e in events
        if isinstance(e, Conversion)
        for c in parcels.map.by_parcel[parcels.index_of([e.parcel])].indices
    }
    changed = set(np.flatnonzero((before != after).any(axis=0)).tolist())
    assert changed
    assert changed <= touched


@given(rate=st.floats(0.0, 0.2), years=st.integers(1, 25), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_sealed_share_stays_below_the_ceiling_of_the_class(
    rate: float, years: int, seed: int
) -> None:
    parcels = grown(years, rate, seed)
    start = TOWN["impervious"].to_numpy()
    ceiling = np.maximum(RULES.ceilings()[parcels.land_class], start)
    assert (parcels.impervious >= start).all()
    assert (parcels.impervious <= ceiling).all()
    untouched = ~parcels.built
    assert (parcels.impervious[untouched] == start[untouched]).all()


def test_densification_follows_the_logistic_law_for_decades() -> None:
    parcels = grown(30, 0.0)
    k = int(np.flatnonzero(parcels.land_class == CODE["urban"])[0])
    start, ceiling = float(TOWN["impervious"][k]), RULES.max_impervious_urban
    assert start < ceiling
    odds = start / (ceiling - start) * math.exp(RULES.densification_rate * 30)
    assert parcels.impervious[k] == pytest.approx(ceiling * odds / (1 + odds), rel=1e-12)


def test_pavement_above_the_ceiling_stays() -> None:
    parcels = parcel_set(replace(RULES, max_impervious_urban=0.1, construction_share=0.05))
    urban = parcels.land_class == CODE["urban"]
    before = parcels.impervious[urban]
    assert (before > 0.1).all()
    parcels.densify()
    assert (parcels.impervious[urban] == before).all()


@given(rate=st.floats(0.0, 0.08), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_built_area_follows_demand_within_one_parcel(rate: float, seed: int) -> None:
    # Compound growth, B0 (1 + r)^n, ahead by less than a parcel however many years pass.
    parcels, rng = parcel_set(), np.random.default_rng(seed)
    start = parcels.built_area
    for n in range(1, 9):
        step(parcels, 2019 + n, rate, rng)
        ahead = parcels.built_area - start * (1.0 + rate) ** n
        assert -1e-6 <= ahead < parcels.map.area.max() + 1e-6
        assert parcels.surplus == pytest.approx(ahead, abs=1e-6)
    assert parcels.shortfalls == []


@given(rate=st.floats(0.0, 1.0), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=12, deadline=None)
def test_water_and_protected_and_steep_land_is_never_built_on(rate: float, seed: int) -> None:
    parcels = grown(12, rate, seed)
    water = (TOWN["land_class"] == "water").to_numpy()
    assert ((parcels.land_class == CODE["water"]) == water).all()
    assert (parcels.impervious[water] == 0.0).all()
    was_built = TOWN["land_class"].isin(BUILT_CLASSES).to_numpy()
    forbidden = parcels.protected | ~(parcels.map.slope < RULES.slope_limit)
    assert not (parcels.built & ~was_built & forbidden).any()


def test_land_is_built_on_only_near_what_was_built_the_year_before() -> None:
    parcels, rng = parcel_set(), np.random.default_rng(2)
    for year in range(2020, 2026):
        near = parcels.map.adjacency @ parcels.built.astype(float) > 0.0
        for event in step(parcels, year, 0.06, rng):
            assert isinstance(event, Conversion)
            assert near[parcels.index_of([event.parcel])[0]]


def test_new_building_starts_as_a_site_and_is_sealed_from_the_next_year_on() -> None:
    parcels, rng = parcel_set(), np.random.default_rng(2)
    event = step(parcels, 2020, 0.03, rng)[0]
    assert isinstance(event, Conversion)
    assert event.from_class not in BUILT_CLASSES
    assert event.to_class in BUILT_CLASSES
    assert event.area == pytest.approx(SIZE**2)
    k = int(parcels.index_of([event.parcel])[0])
    assert parcels.impervious[k] == RULES.construction_share
    assert parcels.built_since[k] == 2020
    step(parcels, 2021, 0.0, rng)
    assert RULES.construction_share < parcels.impervious[k] < RULES.construction_share * 1.06


def test_new_building_is_of_the_kinds_around_it() -> None:
    # Beside works alone only works are built, beside houses alone only houses.
    for kind, other in (("urban", "industrial"), ("industrial", "urban")):
        parcels = parcel_set()
        parcels.land_class[parcels.built] = CODE[kind]
        step(parcels, 2020, 0.5, np.random.default_rng(0))
        assert not (parcels.land_class == CODE[other]).any()
    both = {e.to_class for e in grown(6, 0.1).history}
    assert both == set(BUILT_CLASSES)


def test_kinds_are_drawn_in_proportion_to_their_area_around() -> None:
    # Independent draws with chances p: the count has mean sum(p), variance sum(p (1 - p)).
    mixed, rng = parcel_set().land_class, np.random.default_rng(1)
    built = np.flatnonzero(parcel_set().built)
    mixed[built] = np.where(built % 3 == 0, CODE["industrial"], CODE["urban"])
    near = [MAP.adjacency @ (MAP.area * (mixed == CODE[c])) for c in BUILT_CLASSES]
    chance, urban = [], 0
    for _ in range(400):
        parcels = parcel_set()
        parcels.land_class[:] = mixed
        step(parcels, 2020, 1e-9, rng)
        (event,) = parcels.history
        k = parcels.index_of([event.parcel])[0]
        chance.append(near[0][k] / (near[0][k] + near[1][k]))
        urban += event.to_class == "urban"
    p = np.array(chance)
    assert 0.2 < p.mean() < 0.8
    assert abs(urban - p.sum()) < 5.0 * math.sqrt((p * (1.0 - p)).sum())


def test_demand_that_finds_no_land_is_reported() -> None:
    parcels = parcel_set()
    parcels.protect(parcels.map.ids)
    events = step(parcels, 2020, 0.05, np.random.default_rng(0))
    demanded = 0.05 * parcels.built_area
    assert events == [Shortfall(2020.0, pytest.approx(demanded), 0.0)]
    assert parcels.shortfalls == events
    assert parcels.history == []


def test_demand_beyond_the_neighbourhood_takes_all_of_it_and_reports_the_rest() -> None:
    parcels = parcel_set()
    events = step(parcels, 2020, 20.0, np.random.default_rng(0))
    short = events[-1]
    assert isinstance(short, Shortfall)
    assert short.converted == pytest.approx(sum(e.area for e in parcels.history))
    assert 0.0 < short.converted < short.demanded
    assert parcels.surplus == 0.0


def test_suitable_land_is_built_on_first() -> None:
    # With strong demand on one side only, new parcels lie nearer the centre than candidates do.
    distances = []
    for seed in range(20):
        parcels = parcel_set()
        near = parcels.map.adjacency @ parcels.built.astype(float) > 0.0
        candidates = near & ~parcels.built & ~parcels.protected
        step(parcels, 2020, 0.1, np.random.default_rng(seed))
        new = parcels.index_of([e.parcel for e in parcels.history])
        distances.append(parcels.map.centre_distance[new].mean())
    assert np.mean(distances) < parcels.map.centre_distance[candidates].mean()


def test_same_seed_gives_the_same_land_and_another_seed_another() -> None:
    assert same(grown(6, 0.05, seed=4), grown(6, 0.05, seed=4))
    assert not same(grown(6, 0.05, seed=4), grown(6, 0.05, seed=40))


def test_every_year_draws_the_same_number_of_random_numbers() -> None:
    busy, idle = np.random.default_rng(9), np.random.default_rng(9)
    step(parcel_set(), 2020, 0.2, busy)
    step(parcel_set(), 2020, 0.0, idle)
    assert busy.random() == idle.random()


def test_protecting_a_parcel_leaves_the_chances_of_the_others() -> None:
    free, green = parcel_set(), parcel_set()
    step(free, 2020, 0.05, np.random.default_rng(3))
    first = free.history[0].parcel
    green.protect([first])
    step(green, 2020, 0.05, np.random.default_rng(3))
    expected = [e.parcel for e in free.history[1:]]
    assert [e.parcel for e in green.history][: len(expected)] == expected
    assert len(green.history) == len(free.history)  # equal parcels: one more takes its place


def test_land_without_any_town_builds_nothing_and_asks_for_nothing() -> None:
    table = TOWN.assign(land_class="forest")
    parcels = ParcelSet(
        parcel_map(table), RULES, np.full(len(table), CODE["forest"]),
        TOWN["impervious"].to_numpy(), np.zeros(len(table), dtype=bool),
    )  # fmt: skip
    assert step(parcels, 2020, 0.05, np.random.default_rng(0)) == []
