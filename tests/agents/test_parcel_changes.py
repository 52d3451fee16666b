"""Parcels changed by hand, kept in checkpoints, and refused when they make no sense."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simulator.agents.parcel_events import BEFORE_RUN, Conversion
from simulator.agents.parcel_set import ParcelSet
from simulator.errors import RunError
from tests.agents.town import (
    CODE,
    MAP,
    RULES,
    SIDE,
    TOWN,
    index_of_class,
    parcel_set,
    same,
    step,
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
        step(whole, year, rate, rng)
    assert bool(whole.shortfalls) == short

    with np.load(tmp_path / "parcels.npz", allow_pickle=False) as arrays:
        resumed = parcel_set()
        resumed.restore(arrays)
    rng.bit_generator.state = state
    for year in range(2026, 2032):
        step(resumed, year, rate, rng)
    assert same(whole, resumed)
    assert whole.history == resumed.history
    assert whole.shortfalls == resumed.shortfalls


def test_a_set_does_not_share_memory_with_its_checkpoint() -> None:
    parcels = parcel_set()
    arrays = parcels.to_arrays()
    copy = {k: v.copy() for k, v in arrays.items()}
    other = parcel_set()
    other.restore(arrays)
    step(other, 2020, 0.1, np.random.default_rng(0))
    step(parcels, 2020, 0.1, np.random.default_rng(0))
    assert all(np.array_equal(arrays[k], copy[k], equal_nan=True) for k in arrays if k != "id")


def test_checkpoint_of_other_parcels_is_refused() -> None:
    arrays = {**parcel_set().to_arrays(), "id": np.arange(SIDE * SIDE)}
    with pytest.raises(RunError, match="other parcels"):
        parcel_set().restore(arrays)


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
    with pytest.raises(ValueError, match="demand"):
        step(parcels, 2020, rate, np.random.default_rng(0))
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
