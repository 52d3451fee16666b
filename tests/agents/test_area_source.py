"""Area sources: where they emit, what they leave, what policy does to them."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from simulator import Simulation
from simulator.agents.area_source import AreaSource
from simulator.constants import LAND_CLASSES, METALS
from simulator.processes.deposition import Deposition
from simulator.record import RunFolder, ZarrRecorder, resume
from simulator.region import read_region
from tests.make_area_sources import AREA_SOURCES, add_area_sources, measure_all_sources
from tests.make_region import make_region, write_raster
from tests.make_schedules import thin_weather

COPPER = METALS.index("Cu")

#: Land that stays as it is.
STILL = {
    "built_growth": [{"year": 2020, "rate": 0.0}],
    "densification_rate": 0.0,
    "max_impervious_urban": 0.8,
    "max_impervious_industrial": 0.9,
    "neighbourhood_distance_m": 600.0,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A region with area sources whose plumes are quick."""
    made = make_region(tmp_path_factory.mktemp("regions") / "testland")
    thin_weather(made)
    return add_area_sources(made)


@pytest.fixture(scope="module")
def spread_region(folder):
    return read_region(folder)


@pytest.fixture
def simulate(spread_region, make_scenario):
    """Simulations of deposition alone."""

    def make(region=spread_region, threads=None, **overrides):
        return Simulation(
            region,
            make_scenario(**overrides),
            processes=[Deposition()],
            threads=threads,
            settle=False,
        )

    return make


def falling(sim):
    """Dry and wet deposition of the year, ``[metal, cell]``. [kg m-2 yr-1]."""
    names = ("deposition_dry", "deposition_wet")
    return sum(sim.ledger.flux[:, sim.ledger.slot(name)] for name in names)


def test_the_table_becomes_agents(simulate):
    with simulate() as sim:
        assert [s.source_id for s in sim.area_sources] == ["traffic", "boilers", "stoves"]
        assert all(isinstance(s, AreaSource) for s in sim.area_sources)
        assert sim.emitters == [*sim.sources, *sim.area_sources]
        sim.step()
        traffic = sim.area_sources[0]
        # 400 million km, wear of brakes above all: some hundred kg
        assert 50.0 < traffic.emission[COPPER] < 600.0
        np.testing.assert_allclose(traffic.by_mode().sum(axis=1), traffic.emission, rtol=1e-12)


def test_shares_follow_the_land(simulate):
    with simulate() as sim:
        for source in sim.area_sources:
            assert source.share_by_cell().sum() == pytest.approx(1.0, rel=1e-12)
        traffic, boilers, stoves = (s.share_by_cell().ravel() for s in sim.area_sources)
        land = sim.parcels.map.overlay
        urban = land @ (sim.parcels.land_class == LAND_CLASSES.index("urban")).astype(float)
        np.testing.assert_allclose(traffic, urban / urban.sum(), rtol=1e-12)
        assert ((boilers > 0.0) >= (traffic > 0.0)).all()
        assert stoves[np.argmax(traffic)] < stoves.max()


def test_a_growing_town_takes_the_emission_with_it(simulate):
    growth = {**STILL, "built_growth": [{"year": 2020, "rate": 0.5}]}
    with simulate(years=3, landuse=growth) as sim:
        before = sim.area_sources[0].share_by_cell()
        sim.step()
        first = falling(sim)[COPPER].copy()
        sim.run()
        after = sim.area_sources[0].share_by_cell()
        gained = (after > 0.0) & (before == 0.0)
        assert gained.any()
        assert after.max() < before.max()
        # activity is that of the region: as much is emitted, elsewhere
        emitted = {round(float(kg[COPPER]), 9) for kg in sim.area_sources[0].history.values()}
        assert len(emitted) == 1
        assert (falling(sim)[COPPER] > first)[gained.ravel()].any()


def test_rows_know_their_owners(simulate):
    with simulate() as sim:
        sim.step()
        deposition = sim.processes[0]
        for way in (deposition.dry, deposition.wet):
            assert way.footprint.dtype == np.float32
            assert way.owner.size == way.mode.size == len(way.footprint)
            assert set(way.owner[-9:]) == {3, 4, 5}  # after the three point sources
            for row, (owner, mode) in enumerate(zip(way.owner, way.mode, strict=True)):
                emission = sim.emitters[owner].by_mode()[:, mode]
                np.testing.assert_array_equal(way.emission[:, row], emission)


def test_what_falls_is_footprints_times_emissions(simulate):
    with simulate() as sim:
        sim.step()
        deposition = sim.processes[0]
        ground = sim.state.flat("open_ground") + sim.state.flat("sealed_share")
        expected = sum(way.emission @ way.footprint for way in (deposition.dry, deposition.wet))
        np.testing.assert_allclose(falling(sim), expected * ground, rtol=1e-6)
        # 200 km2 near the ground: a part of what is emitted, never more
        source = sim.area_sources[0]
        place = [k for k, owner in enumerate(deposition.dry.owner) if owner == 3]
        fallen = deposition.dry.footprint[place[0]].sum() * sim.region.grid.cell_area
        assert 0.02 < fallen < 1.0
        assert source.emission[COPPER] > 0.0


def test_interventions_reach_sectors_without_stacks(simulate):
    acts = [
        {"kind": "close", "date": 2021.5, "sources": ["sector:small industry"]},
        {
            "kind": "retrofit",
            "date": 2022,
            "sources": ["traffic"],
            "removal": {"all": 0.5, "Hg": 0},
        },
    ]
    with simulate(interventions=acts, years=4) as sim:
        sim.run()
        boilers = [sim.area_sources[1].history[y][COPPER] for y in range(2020, 2024)]
        np.testing.assert_allclose(np.array(boilers) / boilers[0], [1.0, 0.5, 0.0, 0.0])
        first, last = sim.area_sources[0].history[2020], sim.area_sources[0].history[2023]
        np.testing.assert_allclose(last[COPPER], 0.5 * first[COPPER])
        np.testing.assert_allclose(last[METALS.index("Hg")], first[METALS.index("Hg")])


def test_paths_of_sectors_reach_them(simulate):
    path = [{"year": 2020, "factor": 1.0}, {"year": 2022, "factor": 3.0}]
    with simulate(emission={"paths": [{"sector": "road traffic", "path": path}]}) as sim:
        sim.step()
        sim.step()
        history = sim.area_sources[0].history
        np.testing.assert_allclose(history[2021], 2.0 * history[2020])
        np.testing.assert_array_equal(
            sim.area_sources[2].history[2021], sim.area_sources[2].history[2020]
        )


def test_the_bits_do_not_depend_on_threads(simulate):
    fluxes = []
    for threads in (1, 3):
        with simulate(threads=threads) as sim:
            sim.step()
            sim.step()
            fluxes.append(sim.ledger.flux.copy())
    np.testing.assert_array_equal(fluxes[0], fluxes[1])


def test_a_resumed_run_ends_with_the_same_bits(spread_region, make_scenario, tmp_path):
    def run(until=None):
        folder = tmp_path / str(until)
        scenario = make_scenario(region=str(spread_region.folder), years=3)
        recorder = ZarrRecorder(folder)
        with Simulation(spread_region, scenario, recorder=recorder) as sim:
            sim.run(until=until)
        return folder

    whole = RunFolder(run())
    with resume(run(2022)) as sim:
        sim.run()
        again = RunFolder(tmp_path / "2022")
        assert len(sim.area_sources[0].history) == 3
    pd.testing.assert_frame_equal(whole.sources, again.sources)
    np.testing.assert_array_equal(whole.history["content"], again.history["content"])
    table = whole.sources
    assert set(table.loc[table["x"].isna(), "id"]) == {"traffic", "boilers", "stoves"}


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    made = make_region(tmp_path_factory.mktemp("measured") / "testland")
    thin_weather(made)
    add_area_sources(made)
    measure_all_sources(made)
    return made


def test_own_sources_and_background_add_up_to_what_was_measured(measured, simulate):
    region = read_region(measured)
    with simulate(region, landuse=STILL) as sim:
        sim.step()
        assert not sim.warnings
        ground = sim.state.flat("open_ground") + sim.state.flat("sealed_share")
        total = falling(sim) + sim.ledger.amounts("deposition_background")[:, 0]
        mean = total.sum(axis=-1) / ground.sum()
        np.testing.assert_allclose(mean, region.background_deposition, rtol=1e-5)


def test_without_the_word_nothing_is_taken_off(simulate, spread_region):
    with simulate() as sim:
        reference = sim.processes[0].reference
        np.testing.assert_array_equal(reference, spread_region.background_deposition)


def test_interventions_and_paths_do_not_change_what_is_taken_off(measured, simulate):
    region = read_region(measured)
    acts = [{"kind": "close", "date": 2020.0, "sources": ["sector:road traffic"]}]
    path = [{"year": 2020, "factor": 7.0}]
    emission = {"paths": [{"sector": "*", "path": path}]}
    with (
        simulate(region) as plain,
        simulate(region, interventions=acts, emission=emission) as other,
    ):
        np.testing.assert_array_equal(plain.processes[0].reference, other.processes[0].reference)


def test_the_year_of_the_measurement_says_which_sources_count(measured, simulate):
    """The incinerator of the small region opens in mid-2015."""
    region = read_region(measured)
    with (
        simulate(replace(region, deposition_year=2010)) as before,
        simulate(replace(region, deposition_year=2018)) as after,
        simulate(region) as start,
    ):
        without, with_it = (s.processes[0].reference for s in (before, after))
        assert (without >= with_it).all()
        assert (without > with_it).any()
        np.testing.assert_array_equal(with_it, start.processes[0].reference)


def test_more_than_was_measured_leaves_none_and_says_so(tmp_path, simulate):
    made = make_region(tmp_path / "testland")
    thin_weather(made)
    add_area_sources(made, AREA_SOURCES.assign(activity=[4e4, 6000.0, 2000.0]))
    measure_all_sources(made)
    region = read_region(made)
    with simulate(region) as sim:
        reference = sim.processes[0].reference
        assert reference[COPPER] == 0.0
        assert 0.0 < reference[METALS.index("As")] < region.background_deposition[0]
        assert len(sim.warnings) == 1
        assert "Cu " in sim.warnings[0]
        assert "mg m-2 yr-1" in sim.warnings[0]


def test_a_raster_of_weights_says_where(folder, tmp_path, simulate):
    copy = tmp_path / "testland"
    shutil.copytree(folder, copy)
    weights = np.zeros((12, 10), dtype=np.float32)
    weights[3, 2], weights[8, 7] = 1.0, 3.0
    write_raster(copy / "roads.tif", weights)
    table = AREA_SOURCES.assign(proxy=["roads.tif", "built", "farmland"])
    table.to_csv(copy / "area_sources.csv", index=False)
    plain, region = read_region(folder), read_region(copy)
    assert region.layers["roads.tif"].status == "illustrative"
    with simulate(region) as sim:
        share = sim.area_sources[0].share_by_cell()
        assert share[3, 2] == 0.25
        assert share[8, 7] == 0.75
    write_raster(copy / "roads.tif", 2.0 * weights)
    assert plain.digest != read_region(copy).digest != region.digest
