"""Laws of the land: parcels as a set, as agents, and as shares of cells."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from simulator.agents.parcel import LandUseParcel
from simulator.agents.parcel_map import ParcelMap
from simulator.agents.parcel_set import (
    BEFORE_RUN,
    BuildingRules,
    Conversion,
    ParcelSet,
    Shortfall,
)
from simulator.constants import BUILT_CLASSES, LAND_CLASSES
from simulator.errors import RunError
from simulator.region import read_region
from simulator.region.model import Grid

RULES = BuildingRules(
    densification_rate=0.06,
    max_impervious_urban=0.85,
    max_impervious_industrial=0.8,
    neighbourhood_distance=200.0,
    construction_share=0.4,
    slope_limit=math.radians(25.0),
)
SIDE, SIZE = 24, 260.0  # parcels a side and their size; they cross the cells of 500 m
GRID = Grid("EPSG:32651", 340_000.0, 3_168_000.0, 500.0, (13, 13))
CODE = {name: k for k, name in enumerate(LAND_CLASSES)}


def town(seed: int = 0) -> pd.DataFrame:
    """Squares that tile most of the grid: a town with works, a river, farmland, a reserve."""
    rng = np.random.default_rng(seed)
    row, col = np.divmod(np.arange(SIDE * SIDE), SIDE)
    land = rng.choice(["paddy", "dryland", "vegetable", "forest"], row.size).astype(object)
    middle = np.hypot(row - 10, col - 10)
    land[middle < 3.5] = "urban"
    land[(middle < 3.5) & (col > 11)] = "industrial"
    land[col == 16] = "water"
    impervious = rng.uniform(0.0, 0.05, row.size)
    impervious[np.isin(land, BUILT_CLASSES)] = rng.uniform(0.3, 0.9)
    impervious[land == "water"] = 0.0
    x, y = GRID.x_min + col * SIZE, GRID.y_max - row * SIZE
    return pd.DataFrame(
        {
            "id": 1000 + 3 * np.arange(row.size),
            "land_class": land,
            "impervious": impervious,
            "zone": np.where((row < 6) & (col < 12), "protected", "open"),
            "geometry": list(box(x, y - SIZE, x + SIZE, y)),
        }
    )


def parcel_map(table: pd.DataFrame, distance: float = RULES.neighbourhood_distance) -> ParcelMap:
    slope = np.full(GRID.shape, math.radians(2.0))
    slope[-2:] = math.radians(40.0)
    return ParcelMap.build(GRID, slope, np.ones(GRID.shape, dtype=np.int32), table, distance)


TOWN = town()
MAP = parcel_map(TOWN)


def parcel_set(rules: BuildingRules = RULES) -> ParcelSet:
    return ParcelSet(
        MAP,
        rules,
        TOWN["land_class"].map(CODE).to_numpy(dtype=np.int64),
        TOWN["impervious"].to_numpy(),
        (TOWN["zone"] == "protected").to_numpy(),
    )


def grown(years: int, rate: float, seed: int = 5) -> ParcelSet:
    parcels, rng = parcel_set(), np.random.default_rng(seed)
    for year in range(2020, 2020 + years):
        parcels.step(year, rate, rng)
    return parcels


def same(one: ParcelSet, other: ParcelSet) -> bool:
    a, b = one.to_arrays(), other.to_arrays()
    return a.keys() == b.keys() and all(a[k].tobytes() == b[k].tobytes() for k in a)


class Land(mesa.Model):
    """No more than a home for the agents."""

    def __init__(self, parcels: ParcelSet) -> None:
        super().__init__(rng=1)
        self.parcels = parcels
        self.agents_of_land = [LandUseParcel(self, k) for k in range(len(parcels))]


@pytest.fixture
def land() -> Iterator[Land]:
    model = Land(parcel_set())
    yield model
    mesa.Agent._ids.pop(model, None)


# --- cells follow the parcels ---------------------------------------------------------------------


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
    parcels = ParcelSet.from_region(region, RULES)
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
    events = parcels.step(2020, 0.03, np.random.default_rng(0))
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


# --- a year -------------------------------------------------------------------------------------


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
        parcels.step(2019 + n, rate, rng)
        ahead = parcels.built_area - start * (1.0 + rate) ** n
        assert -1e-6 <= ahead < parcels.map.area.max()
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
        for event in parcels.step(year, 0.06, rng):
            assert isinstance(event, Conversion)
            assert near[parcels.index_of([event.parcel])[0]]


def test_new_building_starts_as_a_site_and_is_sealed_from_the_next_year_on() -> None:
    parcels, rng = parcel_set(), np.random.default_rng(2)
    event = parcels.step(2020, 0.03, rng)[0]
    assert isinstance(event, Conversion)
    assert event.from_class not in BUILT_CLASSES
    assert event.to_class in BUILT_CLASSES
    assert event.area == pytest.approx(SIZE**2)
    k = int(parcels.index_of([event.parcel])[0])
    assert parcels.impervious[k] == RULES.construction_share
    assert parcels.built_since[k] == 2020
    parcels.step(2021, 0.0, rng)
    assert RULES.construction_share < parcels.impervious[k] < RULES.construction_share * 1.06


def test_new_building_is_of_the_kinds_around_it() -> None:
    # Beside works alone only works are built, beside houses alone only houses.
    for kind, other in (("urban", "industrial"), ("industrial", "urban")):
        parcels = parcel_set()
        parcels.land_class[parcels.built] = CODE[kind]
        parcels.step(2020, 0.5, np.random.default_rng(0))
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
        parcels.step(2020, 1e-9, rng)
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
    events = parcels.step(2020, 0.05, np.random.default_rng(0))
    demanded = 0.05 * parcels.built_area
    assert events == [Shortfall(2020.0, pytest.approx(demanded), 0.0)]
    assert parcels.shortfalls == events
    assert parcels.history == []


def test_demand_beyond_the_neighbourhood_takes_all_of_it_and_reports_the_rest() -> None:
    parcels = parcel_set()
    events = parcels.step(2020, 20.0, np.random.default_rng(0))
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
        parcels.step(2020, 0.1, np.random.default_rng(seed))
        new = parcels.index_of([e.parcel for e in parcels.history])
        distances.append(parcels.map.centre_distance[new].mean())
    assert np.mean(distances) < parcels.map.centre_distance[candidates].mean()


# --- chance ---------------------------------------------------------------------------------------


def test_same_seed_gives_the_same_land_and_another_seed_another() -> None:
    assert same(grown(6, 0.05, seed=4), grown(6, 0.05, seed=4))
    assert not same(grown(6, 0.05, seed=4), grown(6, 0.05, seed=40))


def test_every_year_draws_the_same_number_of_random_numbers() -> None:
    busy, idle = np.random.default_rng(9), np.random.default_rng(9)
    parcel_set().step(2020, 0.2, busy)
    parcel_set().step(2020, 0.0, idle)
    assert busy.random() == idle.random()


def test_protecting_a_parcel_leaves_the_chances_of_the_others() -> None:
    free, green = parcel_set(), parcel_set()
    free.step(2020, 0.05, np.random.default_rng(3))
    first = free.history[0].parcel
    green.protect([first])
    green.step(2020, 0.05, np.random.default_rng(3))
    expected = [e.parcel for e in free.history[1:]]
    assert [e.parcel for e in green.history][: len(expected)] == expected
    assert len(green.history) == len(free.history)  # equal parcels: one more takes its place


# --- changes by hand ------------------------------------------------------------------------------


def index_of_class(parcels: ParcelSet, name: str, protected: bool = False) -> int:
    return int(
        np.flatnonzero((parcels.land_class == CODE[name]) & (parcels.protected == protected))[0]
    )


@pytest.mark.parametrize(
    ("start", "to_class", "message"),
    [
        ("water", "urban", "water"),
        ("paddy", "water", "water"),
        ("paddy", "paddy", "cannot turn"),
        ("paddy", "meadow", "no land class"),
    ],
)
def test_impossible_changes_are_refused_and_change_nothing(
    start: str, to_class: str, message: str
) -> None:
    parcels = parcel_set()
    with pytest.raises(ValueError, match=message):
        parcels.convert(index_of_class(parcels, start), to_class, 2030)
    assert same(parcels, parcel_set())


def test_protected_land_may_be_farmed_otherwise_but_not_built_on() -> None:
    parcels = parcel_set()
    k = index_of_class(parcels, "paddy", protected=True)
    with pytest.raises(ValueError, match="protected"):
        parcels.convert(k, "industrial", 2030)
    share = parcels.impervious[k]
    parcels.convert(k, "orchard", 2030)
    assert parcels.land_class[k] == CODE["orchard"]
    assert parcels.impervious[k] == share


def test_land_given_back_is_unsealed() -> None:
    parcels = parcel_set()
    k = index_of_class(parcels, "industrial")
    assert parcels.built_since[k] == BEFORE_RUN
    event = parcels.convert(k, "grassland", 2031.5)
    assert event == Conversion(2031.5, int(MAP.ids[k]), "industrial", "grassland", MAP.area[k])
    assert parcels.impervious[k] == 0.0
    assert math.isnan(parcels.built_since[k])


def test_a_village_that_becomes_a_town_keeps_its_pavement() -> None:
    parcels = parcel_set()
    k = index_of_class(parcels, "dryland")
    parcels.impervious[k] = 0.65
    parcels.convert(k, "urban", 2030)
    assert parcels.impervious[k] == 0.65


def test_unknown_ids_are_named() -> None:
    with pytest.raises(KeyError, match="no parcel has the id 5, 7"):
        parcel_set().protect([1000, 5, 7])


# --- agents ---------------------------------------------------------------------------------------


def test_agents_show_their_row(land: Land) -> None:
    assert len(land.agents) == len(land.parcels)
    for k, agent in enumerate(land.agents_of_land[:40]):
        assert agent.id == TOWN["id"][k]
        assert agent.land_class == TOWN["land_class"][k]
        assert agent.impervious == TOWN["impervious"][k]
        assert agent.zone == TOWN["zone"][k]
        assert agent.area == pytest.approx(SIZE**2)
        assert agent.geometry.equals(TOWN["geometry"][k])
        cells, weights = agent.cells
        assert weights.sum() * GRID.cell_area == pytest.approx(SIZE**2)
        assert (land.parcels.map.overlay[cells, [k]] == weights).all()


@pytest.mark.parametrize("order", [1, -1])
def test_agents_one_by_one_in_any_order_give_the_bits_of_the_batch(land: Land, order: int) -> None:
    batch = parcel_set()
    for _ in range(3):
        batch.densify()
        for agent in land.agents_of_land[::order]:
            agent.step()
    assert same(batch, land.parcels)
    assert not same(batch, parcel_set())


def test_an_agent_steps_alone(land: Land) -> None:
    before = land.parcels.impervious.copy()
    k = index_of_class(land.parcels, "urban")
    land.agents_of_land[k].step()
    assert np.flatnonzero(land.parcels.impervious != before).tolist() == [k]


def test_an_agent_remembers_what_happened_to_it(land: Land) -> None:
    first, second = (index_of_class(land.parcels, c) for c in ("paddy", "forest"))
    one = land.agents_of_land[first].convert("urban", 2025)
    land.agents_of_land[second].convert("grassland", 2026)
    two = land.agents_of_land[first].convert("bare", 2040)
    assert land.agents_of_land[first].history == (one, two)
    assert land.agents_of_land[first].built_since != land.agents_of_land[first].built_since  # NaN
    assert len(land.parcels.history) == 3


def test_there_is_no_agent_without_a_row(land: Land) -> None:
    with pytest.raises(IndexError):
        LandUseParcel(land, len(land.parcels))


# --- checkpoints ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "short"), [(0.05, False), (0.4, True)])
def test_resumed_run_has_the_bits_of_an_unbroken_one(
    tmp_path: Any, rate: float, short: bool
) -> None:
    whole, rng = parcel_set(), np.random.default_rng(8)
    for year in range(2020, 2032):
        if year == 2026:
            assert short or whole.surplus > 0.0
            np.savez(tmp_path / "parcels.npz", **whole.to_arrays())
            state = rng.bit_generator.state
        whole.step(year, rate, rng)
    assert bool(whole.shortfalls) == short

    with np.load(tmp_path / "parcels.npz", allow_pickle=False) as arrays:
        resumed = ParcelSet.from_arrays(arrays, parcel_map(town()), RULES)
    rng.bit_generator.state = state
    for year in range(2026, 2032):
        resumed.step(year, rate, rng)
    assert same(whole, resumed)
    assert whole.history == resumed.history
    assert whole.shortfalls == resumed.shortfalls


def test_a_set_does_not_share_memory_with_its_checkpoint() -> None:
    parcels = parcel_set()
    arrays = parcels.to_arrays()
    copy = {k: v.copy() for k, v in arrays.items()}
    other = ParcelSet.from_arrays(arrays, MAP, RULES)
    other.step(2020, 0.1, np.random.default_rng(0))
    parcels.step(2020, 0.1, np.random.default_rng(0))
    assert all(np.array_equal(arrays[k], copy[k], equal_nan=True) for k in arrays if k != "id")


def test_checkpoint_of_other_parcels_is_refused() -> None:
    arrays = {**parcel_set().to_arrays(), "id": np.arange(SIDE * SIDE)}
    with pytest.raises(RunError, match="other parcels"):
        ParcelSet.from_arrays(arrays, MAP, RULES)


# --- what goes in ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("densification_rate", -0.01),
        ("max_impervious_urban", 1.2),
        ("max_impervious_industrial", 0.0),
        ("neighbourhood_distance", math.nan),
        ("construction_share", 0.0),
        ("slope_limit", 25.0),  # degrees, forgotten to convert
    ],
)
def test_rules_out_of_range_are_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        replace(RULES, **{name: value})


@pytest.mark.parametrize("rate", [-0.01, math.nan, math.inf])
def test_growth_that_is_none_is_refused_before_anything_changes(rate: float) -> None:
    parcels = parcel_set()
    with pytest.raises(ValueError, match="growth_rate"):
        parcels.step(2020, rate, np.random.default_rng(0))
    assert same(parcels, parcel_set())


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan])
def test_shares_out_of_range_are_refused(share: float) -> None:
    impervious = TOWN["impervious"].to_numpy(copy=True)
    impervious[7] = share
    with pytest.raises(ValueError, match="impervious"):
        ParcelSet(MAP, RULES, parcel_set().land_class, impervious, parcel_set().protected)


def test_sealed_water_and_missing_rows_are_refused() -> None:
    good = parcel_set()
    with pytest.raises(ValueError, match="water"):
        ParcelSet(MAP, RULES, good.land_class, np.full(len(good), 0.1), good.protected)
    with pytest.raises(ValueError, match="each of 576"):
        ParcelSet(MAP, RULES, good.land_class[1:], good.impervious, good.protected)


# --- the map --------------------------------------------------------------------------------------


def test_slope_of_a_parcel_is_the_mean_of_its_cells_by_area() -> None:
    table = pd.DataFrame(
        {
            "id": [1, 2, 3],
            "land_class": ["paddy"] * 3,
            # 1/5 in the first column; wholly on unknown ground; outside the grid
            "geometry": [
                box(GRID.x_min + 400.0, GRID.y_max - 500.0, GRID.x_min + 900.0, GRID.y_max),
                box(GRID.x_min + 1000.0, GRID.y_max - 500.0, GRID.x_min + 1500.0, GRID.y_max),
                box(GRID.x_min - 900.0, GRID.y_max - 500.0, GRID.x_min - 100.0, GRID.y_max),
            ],
        }
    )
    slope = np.zeros(GRID.shape)
    slope[0, :3] = 0.1, 0.2, np.nan
    district = np.ones(GRID.shape, dtype=np.int32)
    found = ParcelMap.build(GRID, slope, district, table, 100.0).slope
    np.testing.assert_allclose(found, [0.2 * 0.1 + 0.8 * 0.2, np.nan, np.nan], rtol=1e-12)


def test_each_district_has_its_centre_in_the_middle_of_its_built_land() -> None:
    # Two towns of two equal squares each, 250 m either side of their centre: b = 250 / sqrt(6).
    x, y = GRID.x_min + np.array([0, 500, 4000, 4500, 1500]), GRID.y_max - 500.0
    table = pd.DataFrame(
        {
            "id": range(5),
            "land_class": ["urban", "industrial", "urban", "urban", "paddy"],
            "geometry": [box(a, y, a + 500.0, y + 500.0) for a in x],
        }
    )
    district = np.ones(GRID.shape, dtype=np.int32)
    district[:, 7:] = 2
    found = ParcelMap.build(GRID, np.zeros(GRID.shape), district, table, 100.0)
    np.testing.assert_allclose(found.centre_distance, [250.0] * 4 + [1250.0], rtol=1e-12)
    assert found.centre_scale == GRID.cell_size  # never below what the region resolves
    fine = replace(GRID, cell_size=50.0, shape=(130, 130))
    district = np.repeat(np.repeat(district, 10, axis=0), 10, axis=1)
    found = ParcelMap.build(fine, np.zeros(fine.shape), district, table, 100.0)
    assert found.centre_scale == pytest.approx(250.0 / math.sqrt(6.0))


def test_large_parcels_draw_the_centre_to_them() -> None:
    # 3 parts of area at 0 m and 1 part at 2000 m have their middle at 500 m.
    x, y = GRID.x_min + 1000.0, GRID.y_max - 2000.0
    shapes = [box(x - 150.0, y, x + 150.0, y + 100.0), box(x + 1950.0, y, x + 2050.0, y + 100.0)]
    table = pd.DataFrame({"id": [1, 2], "land_class": ["urban", "urban"], "geometry": shapes})
    np.testing.assert_allclose(parcel_map(table).centre_distance, [500.0, 1500.0], rtol=1e-9)


def test_land_without_any_town_builds_nothing_and_asks_for_nothing() -> None:
    table = TOWN.assign(land_class="forest")
    parcels = ParcelSet(
        parcel_map(table), RULES, np.full(len(table), CODE["forest"]),
        TOWN["impervious"].to_numpy(), np.zeros(len(table), dtype=bool),
    )  # fmt: skip
    assert parcels.step(2020, 0.05, np.random.default_rng(0)) == []


def test_batch_is_much_faster_than_agents_one_by_one(land: Land) -> None:
    def seconds(action: Any) -> float:
        start = time.perf_counter()
        action()
        return time.perf_counter() - start

    batch = min(seconds(land.parcels.densify) for _ in range(5))
    single = min(seconds(lambda: land.agents.do("step")) for _ in range(3))
    assert batch < single / 5.0
