from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.physics.dispersion import rates
from simulator.physics.dispersion.meteorology import Meteorology
from simulator.physics.dispersion.rates import (
    categories,
    category_rates,
    deposition_hours,
    land_use_sector,
)
from simulator.physics.dispersion.sources import BulkParticles, Gas, Ground, Inert, Particles
from simulator.physics.dispersion.surface_air import root_water, saturation_vapour_pressure
from tests.physics.dispersion import deposition_tables as tables

UNTIMED = settings(deadline=None)  # the first example loads or compiles the kernels

DUST = Particles((1e-6, 5e-6, 20e-6), (0.5, 0.3, 0.2), (2000.0, 2100.0, 2200.0))
METAL = BulkParticles(0.7, 0.6e-6)
MERCURY = Gas(0.06e-4, 5.25e-10, 1e7, 6e-6, 1.0)
ALL = (Inert(), DUST, METAL, MERCURY)


def weather(hours: int = 30) -> Meteorology:
    ints = np.ones(hours, dtype=np.int64)
    ones = np.ones(hours)
    none = np.empty((hours, 0))
    return Meteorology(
        year=2020 * ints,
        month=7 * ints,
        day=1 + np.arange(hours) // 24,
        hour=1 + np.arange(hours) % 24,
        heat_flux=150.0 * ones,
        friction_velocity=0.4 * ones,
        convective_velocity=1.5 * ones,
        gradient_above=0.005 * ones,
        convective_height=1000.0 * ones,
        mechanical_height=600.0 * ones,
        obukhov_length=-80.0 * ones,
        roughness=0.1 * ones,
        bowen_ratio=0.8 * ones,
        albedo=0.2 * ones,
        wind_speed=4.0 * ones,
        wind_direction=200.0 * ones,
        wind_height=10.0 * ones,
        temperature=293.0 * ones,
        temperature_height=2.0 * ones,
        precipitation_code=0 * ints,
        precipitation=0.0 * ones,
        relative_humidity=60.0 * ones,
        pressure=1005.0 * ones,
        cloud=4.0 * ones,
        level_count=0 * ints,
        level_height=none,
        level_direction=none,
        level_speed=none,
        level_temperature=none,
        level_sigma_a=none,
        level_sigma_w=none,
    )


def test_categories_keep_order_and_mass() -> None:
    cats = categories(ALL)
    assert cats.kind.size == 6
    assert cats.kind.tolist() == [0, 1, 1, 1, 2, 3]
    assert cats.substance.tolist() == [0, 1, 1, 1, 2, 3]
    assert cats.fraction.tolist() == [1.0, 0.5, 0.3, 0.2, 1.0, 1.0]
    assert np.bincount(cats.substance, cats.fraction) == pytest.approx([1.0] * 4)
    assert (cats.settling[[0, 5]] == 0.0).all()
    assert (cats.settling[1:5] > 0.0).all()
    assert cats.parameters.shape == (6, rates.PARAMETER_COUNT)


def test_no_substances_make_no_categories() -> None:
    cats = categories([])
    assert cats.kind.size == 0
    assert cats.parameters.shape == (0, rates.PARAMETER_COUNT)


def test_what_is_no_substance_is_refused() -> None:
    with pytest.raises(TypeError, match="not a substance"):
        categories(["dust"])  # type: ignore[list-item]


def test_bulk_particles_settle_with_the_density_of_water() -> None:
    water = categories([Particles((0.6e-6,), (1.0,), (1000.0,))])
    assert categories([METAL]).settling[0] == water.settling[0]


@UNTIMED
@given(
    u_star=st.floats(0.01, 2.0),
    w_star=st.floats(-9.0, 3.0),
    length=st.one_of(st.floats(-9000.0, -1.0), st.floats(1.0, 9000.0)),
    z0=st.floats(1e-4, 3.0),
    t_a=st.floats(240.0, 315.0),
    land_use=st.integers(1, 9),
    rain=st.floats(0.05, 100.0),
)
def test_rates_are_never_negative_and_nothing_is_washed_without_rain(
    u_star: float,
    w_star: float,
    length: float,
    z0: float,
    t_a: float,
    land_use: int,
    rain: float,
) -> None:
    cats = categories(ALL)
    dry = deposition_hours(weather(), Ground())[12]
    wet = dry.copy()
    wet[rates.RAIN] = rain
    for kind, parameters, settling in zip(cats.kind, cats.parameters, cats.settling, strict=True):
        air = (u_star, w_star, length, z0, t_a, land_use, 800.0)
        ours = category_rates(kind, parameters, dry, *air)
        washed = category_rates(kind, parameters, wet, *air)
        assert ours.scavenging_flux == ours.scavenging_depletion == 0.0
        assert np.isfinite(washed).all()
        if kind == rates.INERT:
            assert ours == washed == (0.0, 0.0, 0.0)
            continue
        assert ours.v_d > (settling if kind == rates.BY_SIZE else 0.0)
        assert washed.scavenging_flux >= washed.scavenging_depletion * (1.0 - 1e-12) > 0.0


def test_the_sector_is_where_the_flow_goes() -> None:
    assert land_use_sector(190.0) == 0  # towards 10 degrees
    assert land_use_sector(270.0) == 8
    assert land_use_sector(180.0) == land_use_sector(176.0) == land_use_sector(184.9) == 35
    assert land_use_sector(360.0) == land_use_sector(0.0) == 17


@UNTIMED
@given(st.floats(0.0, 360.0))
def test_sectors_are_centred_on_tens_of_degrees(direction: float) -> None:
    sector = land_use_sector(direction)
    assert 0 <= sector <= 35
    off = (direction - 180.0 - 10.0 * (sector + 1) + 180.0) % 360.0 - 180.0
    assert abs(off) <= 5.0011


def test_hours_carry_what_was_read_within_limits() -> None:
    met = weather()
    met.pressure[1] = -9.0
    met.relative_humidity[2:4] = 999.0, 1.0
    met.precipitation[5:9] = 2.0, 1.0, -9.0, 901.0
    met.precipitation_code[5] = 11
    met.month[10] = 10
    met.obukhov_length[11] = 50.0
    met.temperature[12] = -9.0
    ground = Ground(season=(1,) * 9 + (2, 3, 4), leaf_area_autumn=0.4)
    hours = deposition_hours(met, ground)
    assert np.isfinite(hours).all()
    assert hours[:2, rates.PRESSURE].tolist() == [100.5, 100.0]
    assert hours[1:4, rates.HUMIDITY].tolist() == [60.0, 100.0, 5.0]
    assert hours[4:10, rates.RAIN].tolist() == [0.0, 2.0, 1.0, 0.0, 0.0, 0.0]
    assert hours[4:10, rates.RECENT_RAIN].tolist() == [0.0, 0.0, 2.0, 3.0, 1.0, 0.0]
    assert hours[5, rates.RAIN_CODE] == 11.0
    assert hours[9:11, rates.SEASON].tolist() == [1.0, 2.0]
    assert hours[9:11, rates.LEAF_AREA].tolist() == [1.0, 0.4]
    assert hours[11, rates.SOLAR] == 0.0
    assert hours[10, rates.SOLAR] > 300.0
    assert hours[0, rates.VAPOUR] == saturation_vapour_pressure(293.0)
    assert hours[23:25, rates.HOUR].tolist() == [24.0, 1.0]


def test_the_soil_remembers_calm_hours_and_pauses_in_missing_ones() -> None:
    temperature = np.full(6, 293.0)
    rain = np.array([0.0, 10.0, -9.0, 0.0, 0.0, 0.0])
    temperature[4] = -9.0
    memory = root_water(temperature, rain)
    water = memory.root_water
    assert water[0] < 180.0
    assert water[1] < water[0]  # rain counts from the hour after
    assert water[2] == water[1]  # P is missing
    assert water[4] == water[3]  # T is missing
    assert memory.recent_precipitation.tolist() == [0.0, 0.0, 10.0, 10.0, 0.0, 0.0]


@UNTIMED
@given(
    st.lists(st.tuples(st.floats(-10.0, 320.0), st.floats(-9.0, 30.0)), min_size=1, max_size=200)
)
def test_the_water_factor_stays_within_bounds(hours: list[tuple[float, float]]) -> None:
    temperature, rain = np.array(hours).T
    memory = root_water(temperature.copy(), rain.copy())
    assert ((memory.water_factor >= 0.01) & (memory.water_factor <= 1.0)).all()
    assert (memory.recent_precipitation >= 0.0).all()
    wetter = root_water(temperature.copy(), np.where(rain >= 0.0, rain + 1.0, rain))
    assert (wetter.root_water >= memory.root_water - 1e-9).all()


def test_an_earlier_year_does_not_change_the_memory_of_later_hours_in_place() -> None:
    met = weather()
    before = met.precipitation.copy()
    deposition_hours(met, Ground())
    assert (met.precipitation == before).all()
    assert deposition_hours(replace(met, cloud=met.cloud + 1.0), Ground())[0, rates.CLOUD] == 5.0


@pytest.mark.parametrize("name", ["deposition_particles.csv", "deposition_gas.csv"])
def test_kept_rows_agree_with_aermod(name: str) -> None:
    frame = tables.kept(name)
    assert len(frame) >= 30
    found = tables.disagreement(frame)
    assert {"kinematic_viscosity_m2_s", "ra_s_m", "scavenging_rate_1_s"} <= set(found.index)
    assert (found < 1e-6).all(), found[found >= 1e-6]


@pytest.mark.reference
@pytest.mark.parametrize("number", [4, 5, 6, 7, 12, 15, 16])
def test_every_row_agrees_with_aermod(number: int) -> None:
    tables.need_cases()
    frame = tables.case_frame(number)
    found = tables.disagreement(frame)
    assert (found < 1e-6).all(), found[found >= 1e-6]


@pytest.mark.reference
@pytest.mark.parametrize("number", [7, 15, 16])
def test_root_zone_water_agrees_with_aermod(number: int) -> None:
    tables.need_cases()
    frame = tables.case_frame(number)
    assert frame.root_water_mm.to_numpy() == pytest.approx(
        frame.root_zone_water_mm.to_numpy(), rel=1e-6
    )
