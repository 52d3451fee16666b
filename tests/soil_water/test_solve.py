"""Water of the land classes: every column closes, and the yearly balance gets what it may use."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.cache import VARIABLE
from simulator.constants import LAND_CLASSES, WATER_CLASS
from simulator.data import Parameters
from simulator.model import Simulation
from simulator.physics.slices import slices_of
from simulator.soil_water import solve
from simulator.soil_water.demand import demand_of
from simulator.soil_water.soils import soils_of
from simulator.soil_water.solve import ClassWater, class_water, column_of, exchange_of

WATER = LAND_CLASSES.index(WATER_CLASS)
LAND = [c for c in LAND_CLASSES if c != WATER_CLASS]
NAMES = [f.name for f in fields(ClassWater)]
PADDY, FOREST, BARE = (LAND_CLASSES.index(c) for c in ("paddy", "forest", "bare"))


def test_shapes_are_those_of_years_classes_and_soils(water, slices):
    tail = (len(LAND_CLASSES), 2)
    assert water.years == 2
    assert water.ahead.shape == water.behind.shape == (2, len(slices) + 1, *tail)
    assert water.wetness.shape == (2, len(slices), *tail)
    assert water.percolation.shape == water.uptake.shape == (2, 3, *tail)
    for name in NAMES:
        values = getattr(water, name)
        assert np.isfinite(values).all()
        assert (values[..., WATER, :] == 0.0).all()


def test_the_balance_of_every_column_closes(water):
    """Rain and irrigation against what leaves and what is stored. [m]"""
    assert np.abs(water.residual).max() < 1e-9


def test_plants_and_soil_evaporate_no_more_than_the_air_asks(water):
    land = np.arange(len(LAND_CLASSES)) != WATER
    et, asked = water.evapotranspiration[:, land], water.potential[:, land]
    assert (et <= asked * (1.0 + 1e-9)).all()
    assert (et > 0.3 * asked).all()
    for name in ("uptake", "evaporation", "interception", "runoff", "irrigation"):
        assert (getattr(water, name) >= -1e-12).all()


def test_roots_drink_what_percolation_loses_from_layer_to_layer(water, solved):
    """In the year that also wetted the column nothing is stored, so each layer closes alone."""
    infiltrating = water.rain + water.irrigation - water.interception - water.evaporation
    infiltrating -= water.runoff
    inflow = np.concatenate((infiltrating[:, None], water.percolation[:, :-1]), axis=1)
    kept = inflow - water.percolation - water.uptake
    np.testing.assert_allclose(kept.sum(axis=1), water.storage, atol=1e-9)
    assert np.abs(kept[0]).max() < 2e-3
    assert water.uptake[:, 0, PADDY].min() > 0.1
    assert (water.uptake[:, :, BARE] == 0.0).all()
    assert (water.uptake[:, 2, FOREST] > 0.0).all()


def test_land_classes_differ_as_they_should(water):
    """Flooded fields lose most below, bare soil runs off most, deep roots drink deepest."""
    below = water.percolation[:, -1, :WATER]
    assert (below.argmax(axis=1) == PADDY).all()
    assert (water.runoff[:, :WATER].argmax(axis=1) == BARE).all()
    assert (water.uptake[:, 2, :WATER].argmax(axis=1) == FOREST).all()


def test_water_contents_are_possible(water):
    land = np.arange(len(LAND_CLASSES)) != WATER
    wet = water.wetness[:, :, land]
    assert (wet > 0.05).all()
    assert (wet < 0.65).all()


def test_exchange_is_what_percolates(water, slices):
    """Ahead less behind is the flux of water, at the edges of layers what is recorded."""
    flux = water.ahead - water.behind
    np.testing.assert_allclose(flux[:, slices.first[1:]], water.percolation, atol=1e-12)
    assert (water.ahead >= 0.0).all()
    assert (water.behind >= 0.0).all()
    assert (water.ahead[:, 0] == 0.0).all()
    assert (water.behind[:, [0, -1]] == 0.0).all()


def test_years_are_those_of_the_calendar(water, two_years):
    """A leap year's water is a yearly rate too."""
    rain = two_years.daily["precip_mm"].to_numpy() / 1000.0
    np.testing.assert_allclose(water.rain[0, FOREST], rain[:365].sum() * 365.25 / 365.0)
    np.testing.assert_allclose(water.rain[1, FOREST], rain[365:].sum() * 365.25 / 366.0)


def test_a_column_is_wetted_by_its_first_year(two_years, days, parameters):
    soils = soils_of(two_years)
    demand = demand_of("forest", days, parameters)[int(soils.hydrologic_group[0])]
    column = column_of(
        soils.properties[0], soils.layer_thickness, "forest", demand, days, parameters
    )
    assert (column.start, column.stop) == (-365.0, 731.0)
    rain = column.weather.rain
    assert column.weather.end.tolist() == list(range(-364, 732))
    np.testing.assert_array_equal(rain[:365], rain[365:730])
    np.testing.assert_allclose(rain[365:], 100.0 * demand.infiltrating)


@pytest.mark.parametrize("size", [5, 7])
def test_bits_do_not_depend_on_the_batch(size, two_years, parameters, slices, water, monkeypatch):
    monkeypatch.setattr(solve, "_BATCH", size)
    monkeypatch.setattr(solve.cache, "load", lambda *_: None)
    again, _ = class_water(two_years, parameters, slices)
    for name in NAMES:
        np.testing.assert_array_equal(getattr(again, name), getattr(water, name))


# -- exchange --------------------------------------------------------------------------------------

fluxes = st.floats(-5.0, 5.0)


@given(st.lists(fluxes, min_size=6, max_size=6), st.floats(0.0, 0.1), st.floats(0.0, 0.1))
@settings(max_examples=100, deadline=None)
def test_exchange_is_positive_whatever_flows(flux, dispersivity, diffusion):
    """Ahead and behind are never negative; their difference is the flux of water."""
    flux = np.array([flux])
    flux[:, -1] = np.abs(flux[:, -1])
    thickness = np.array([0.03, 0.05, 0.008, 0.008, 0.1])
    ahead, behind = exchange_of(
        flux, np.abs(flux), np.full((1, 5), 0.3), np.full(5, 0.45), dispersivity, diffusion,
        thickness,
    )  # fmt: skip
    assert (ahead >= 0.0).all()
    assert (behind >= 0.0).all()
    np.testing.assert_allclose((ahead - behind)[:, 1:], flux[:, 1:], atol=1e-12)
    assert (ahead[:, 0] == 0.0).all()
    assert (behind[:, [0, -1]] == 0.0).all()


def test_weak_flow_takes_the_concentration_of_the_face():
    """Central weighting by the distance to the middles, and dispersion over it."""
    thickness, q, speed = np.array([0.02, 0.06]), 0.2, 0.5
    ahead, behind = exchange_of(
        np.array([[0.0, q, q]]), np.array([[0.0, speed, q]]), np.array([[0.3, 0.2]]),
        np.array([0.45, 0.4]), 0.05, 0.0, thickness,
    )  # fmt: skip
    spread = 0.05 * speed / 0.04
    above, below = 3e-3, 1e-3
    face = above + (below - above) * 0.01 / 0.04
    expected = q * face + spread * (above - below)
    assert ahead[0, 1] * above - behind[0, 1] * below == pytest.approx(expected)


def test_diffusion_spreads_in_still_water():
    """By Millington and Quirk: theta^(7/3) / theta_s^2 times that in free water."""
    thickness = np.array([0.04, 0.04])
    ahead, behind = exchange_of(
        np.zeros((1, 3)), np.zeros((1, 3)), np.array([[0.3, 0.2]]), np.array([0.45, 0.4]), 0.05,
        0.02, thickness,
    )  # fmt: skip
    diffusion = 0.02 * (0.3 ** (10 / 3) / 0.45**2 + 0.2 ** (10 / 3) / 0.4**2) / 2
    assert ahead[0, 1] == behind[0, 1] == pytest.approx(diffusion / 0.04)


@pytest.mark.parametrize("q", [3.0, -3.0])
def test_strong_flow_takes_the_concentration_upstream(q):
    ahead, behind = exchange_of(
        np.array([[0.0, q, 0.0]]), np.zeros((1, 3)), np.full((1, 2), 0.3), np.full(2, 0.45), 0.0,
        0.0, np.array([0.05, 0.05]),
    )  # fmt: skip
    assert (ahead[0, 1], behind[0, 1]) == (max(q, 0.0), max(-q, 0.0))


# -- what is kept on disk --------------------------------------------------------------------------


def test_from_disk_comes_what_was_computed(two_years, parameters, slices, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    computed, _ = class_water(two_years, parameters, slices)
    (file,) = (tmp_path / "soil_water").iterdir()

    def fail(*_, **__):
        raise AssertionError("the columns are on disk")

    with monkeypatch.context() as patch:
        patch.setattr(solve, "run_columns", fail)
        stored, _ = class_water(two_years, parameters, slices)
    for name in NAMES:
        assert getattr(stored, name).tobytes() == getattr(computed, name).tobytes()
    file.write_bytes(file.read_bytes()[:-1000])
    again, _ = class_water(two_years, parameters, slices)
    for name in NAMES:
        assert getattr(again, name).tobytes() == getattr(computed, name).tobytes()
    np.savez(file, ahead=computed.ahead)  # a result of another program
    assert class_water(two_years, parameters, slices)[0].years == 2


@pytest.fixture
def key_of(two_years, parameters, slices, water, monkeypatch):
    """The key under which the water of a region, parameters and slices is looked for."""
    stored = {n: getattr(water, n) for n in NAMES}

    def key(region=two_years, p=parameters, s=slices) -> str:
        keys = []
        with monkeypatch.context() as patch:
            patch.setattr(solve.cache, "load", lambda _, key: keys.append(key) or stored)
            class_water(region, p, s)
        return keys[0]

    return key


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vegetation/paddy/lai_07", 2.5),
        ("vegetation/paddy/rooting_depth", 41.0),
        ("vegetation/forest/feddes_p0", -11.0),
        ("vegetation/forest/feddes_popt", -26.0),
        ("vegetation/dryland/feddes_p2h", -501.0),
        ("vegetation/dryland/feddes_p2l", -901.0),
        ("vegetation/dryland/feddes_p3", -15999.0),
        ("vegetation/orchard/interception", 0.3),
        ("vegetation/paddy/bund_height", 9.0),
        ("vegetation/paddy/flooded_from", 5.0),
        ("vegetation/paddy/flooded_to", 8.0),
        ("vegetation/paddy/irrigated_from", 5.0),
        ("vegetation/paddy/irrigated_to", 8.0),
        ("vegetation/paddy/pan_top", 21.0),
        ("vegetation/paddy/pan_thickness", 11.0),
        ("vegetation/paddy/pan_conductivity", 1.3),
        ("vegetation/paddy/pan_bulk_density_factor", 1.2),
        ("land_classes/grassland/crop_coefficient", 0.99),
        ("land_classes/grassland/root_beta", 0.95),
        ("land_classes/urban/curve_number_C", 85.0),
        ("farm_rates/irrigation/paddy/river water", 551.0),
        ("general/percolation/dispersivity", 6.0),
        ("general/percolation/diffusion", 1.1e-9),
        ("general/percolation/extinction", 0.45),
        ("general/runoff/initial_abstraction_ratio", 0.15),
    ],
)
def test_any_parameter_of_the_water_changes_the_key(name, value, key_of):
    assert key_of(p=Parameters({name: value})) != key_of()


def test_soil_weather_and_slices_change_the_key(key_of, two_years):
    clay, ph = two_years.soil.clay.copy(), two_years.soil.ph + 0.1
    clay[1, 0, 0] += 1e-6
    wetter = two_years.daily.copy()
    wetter.loc[700, "precip_mm"] += 0.1
    site = replace(two_years.daily_site, latitude=28.7)
    keys = [
        key_of(),
        key_of(replace(two_years, soil=replace(two_years.soil, clay=clay))),
        key_of(replace(two_years, daily=wetter)),
        key_of(replace(two_years, daily=two_years.daily.iloc[:365])),
        key_of(replace(two_years, daily_site=site)),
        key_of(s=slices_of([0.2, 0.3, 0.25, 0.25])),
    ]
    assert len(set(keys)) == len(keys)
    assert key_of(replace(two_years, soil=replace(two_years.soil, ph=ph))) == keys[0]


def test_years_that_end_elsewhere_change_the_key(key_of, days, monkeypatch):
    """Of the same days: without irrigation nothing else tells them apart."""
    dry = Parameters(
        {f"farm_rates/irrigation/{c}/river water": 0.0
         for c in ("paddy", "dryland", "vegetable", "orchard")}
    )  # fmt: skip
    keys = set()
    for ends in ([365, 731], [365, 700, 731]):
        changed = replace(days, year_ends=np.array(ends))
        monkeypatch.setattr(solve, "days_of", lambda *_, changed=changed: changed)
        keys.add(key_of(p=dry))
    assert len(keys) == 2


def test_new_formulas_change_the_key(key_of, monkeypatch):
    before = key_of()
    monkeypatch.setattr(solve.cache, "formulas", lambda *_: b"new")
    assert key_of() != before


# -- in a run --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_run_goes_through_the_record_again_and_again(two_years, make_scenario, water, days):
    with Simulation(two_years, make_scenario(years=5), threads=1) as sim:
        soils = sim.soil_water[1].soil
        seen = []
        for year in range(2020, 2025):
            sim.open_year()
            sim.cells.do("step")
            now = (year - 2020) % 2
            share, ground = sim.state.flat("open_share"), sim.state.flat("open_ground")
            by_class = np.moveaxis(water.percolation[now][:, :, soils], 1, 0)
            with np.errstate(invalid="ignore"):
                mean = (share[:, None] * by_class).sum(axis=0) / ground
            np.testing.assert_allclose(
                sim.state.flat("percolation"), np.nan_to_num(mean), rtol=1e-12
            )
            np.testing.assert_array_equal(sim.ledger.exchange.ahead, water.ahead[now])
            seen.append(sim.state.flat("percolation")[0, 0])
            sim.close_year()
    assert len(set(seen[:2])) == 2
