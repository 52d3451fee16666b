"""Where parcels of a real region are built on, as learned from its maps."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from simulator.agents.building_rules import BuildingRules
from simulator.agents.parcel_potential import LearnedPotential, StatedPotential, potential_of
from simulator.agents.parcel_set import ParcelSet
from simulator.data import Parameters
from simulator.region import read_region
from simulator.scenario import read_scenario


@pytest.fixture(scope="module")
def wuhan() -> ParcelSet:
    scenario = read_scenario("wuhan-baseline")
    rules = BuildingRules.of(scenario, Parameters(scenario.parameters))
    return ParcelSet.from_region(read_region("wuhan"), rules, scenario.start)


@pytest.fixture
def parcels(wuhan: ParcelSet) -> ParcelSet:
    """The region as it begins, with the model that is fitted once."""
    return ParcelSet(
        wuhan.map, wuhan.rules, wuhan.land_class, wuhan.impervious, wuhan.protected, wuhan.potential
    )


def test_a_region_with_maps_learns_and_others_go_by_the_rule(parcels: ParcelSet) -> None:
    region = read_region("wuhan")
    assert isinstance(parcels.potential, LearnedPotential)
    assert isinstance(potential_of(region, parcels.map, 2000), StatedPotential)  # one map is none
    assert isinstance(potential_of(region, parcels.map, 2001), LearnedPotential)
    assert isinstance(potential_of(read_region("taizhou"), parcels.map, 2020), StatedPotential)


def test_land_in_the_midst_of_towns_is_built_on_first(parcels: ParcelSet) -> None:
    weight = parcels.weights(2010)
    assert not weight[parcels.built | (parcels.land_class == 9)].any()
    candidate = weight > 0.0
    around = parcels.map.adjacency @ (parcels.map.area * parcels.built)
    share = around[candidate] / parcels.map.neighbourhood_area[candidate]
    assert candidate.sum() > 1000
    assert spearmanr(share, weight[candidate])[0] > 0.4
    assert weight[candidate].max() <= 1.0


def test_what_a_run_builds_draws_more_building_and_what_it_gives_back_less(
    parcels: ParcelSet,
) -> None:
    before = parcels.potential(parcels, 2012)
    candidate = np.flatnonzero(parcels.weights(2010) > 0.0)
    k = int(candidate[np.argsort(before[candidate])[candidate.size // 2]])
    mosaic = parcels.map.mosaic
    near = mosaic.indices[mosaic.indptr[k] : mosaic.indptr[k + 1]]
    near = near[(before[near] > 0.0) & ~parcels.built[near]]
    assert near.size
    parcels.convert(k, "urban", 2010)
    after = parcels.potential(parcels, 2012)
    assert (after[near] > before[near]).all()
    assert after[k] == pytest.approx(0.0, abs=1e-12)
    parcels.convert(k, "bare", 2011)
    np.testing.assert_array_equal(parcels.potential(parcels, 2012), before)
    town = int(np.argmax(np.where(parcels.built, parcels.map.area, 0.0)))
    parcels.convert(town, "grassland", 2011)
    near = mosaic.indices[mosaic.indptr[town] : mosaic.indptr[town + 1]]
    near = near[(before[near] > 0.0) & ~parcels.built[near]]
    assert (parcels.potential(parcels, 2012)[near] < before[near]).all()


def test_growth_of_the_run_is_growth_of_late(parcels: ParcelSet) -> None:
    # The same town, built long ago or only now: what grew of late goes on growing.
    candidate = np.flatnonzero(parcels.weights(2010) > 0.0)
    for k in candidate[:40].tolist():
        parcels.convert(k, "urban", 2014)
    young = parcels.potential(parcels, 2018)
    parcels.built_since[candidate[:40]] = 2010
    old = parcels.potential(parcels, 2018)
    assert young.sum() > old.sum()


@pytest.mark.slow
def test_a_model_fitted_anew_has_the_same_bits(parcels: ParcelSet) -> None:
    again = LearnedPotential(read_region("wuhan"), parcels.map, 2010)
    assert again(parcels, 2012).tobytes() == parcels.potential(parcels, 2012).tobytes()
