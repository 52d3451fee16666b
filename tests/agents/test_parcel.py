"""A parcel as an agent is a view on its row of the set."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import mesa
import numpy as np
import pytest

from simulator.agents.parcel import LandUseParcel
from simulator.agents.parcel_set import ParcelSet
from tests.agents.town import (
    GRID,
    SIZE,
    TOWN,
    index_of_class,
    parcel_set,
    same,
)


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


def test_batch_is_much_faster_than_agents_one_by_one(land: Land) -> None:
    def seconds(action: Any) -> float:
        start = time.perf_counter()
        action()
        return time.perf_counter() - start

    batch = min(seconds(land.parcels.densify) for _ in range(5))
    single = min(seconds(lambda: land.agents.do("step")) for _ in range(3))
    assert batch < single / 5.0
