"""From weather.csv to the boundary layer: hours, ground and directions arrive as they should."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.constants import LAND_CLASSES
from simulator.data import Parameters
from simulator.physics.dispersion.aermet import mean_elevation
from simulator.physics.dispersion.meteorology import CALM, MISSING, status
from simulator.region import Region, read_region
from simulator.region.meteorology import (
    region_meteorology,
    region_observations,
    region_site,
    unrounded_directions,
)
from simulator.region.surface import (
    SEASONS,
    class_shares,
    land_surface,
    monthly_temperature,
    season_by_month,
)

MET = Path(__file__).parents[3] / "shared" / "reference" / "dispersion" / "met"
shared = pytest.mark.skipif(not MET.exists(), reason=f"the reference files are not at {MET}")
P = Parameters()


@pytest.fixture(scope="module")
def taizhou() -> Region:
    return read_region("taizhou")


@pytest.fixture(scope="module")
def wuhan() -> Region:
    return read_region("wuhan")


# -- the record


def test_hours_of_the_record_end_as_they_are_stamped(taizhou: Region) -> None:
    obs = region_observations(taizhou)
    stamp = taizhou.weather["time"]
    assert stamp.iloc[23] == pd.Timestamp("2020-06-02T00:00")
    assert (obs.year[23], obs.month[23], obs.day[23], obs.hour[23]) == (2020, 6, 1, 24)
    assert (obs.day[24], obs.hour[24]) == (2, 1)


def test_units_are_those_of_the_preprocessor(taizhou: Region) -> None:
    obs, weather = region_observations(taizhou), taizhou.weather
    np.testing.assert_array_equal(obs.temperature, weather["temp_C"] + 273.15)
    np.testing.assert_array_equal(obs.pressure, weather["pressure_hPa"])
    np.testing.assert_array_equal(obs.global_radiation, weather["global_rad_Wm2"])
    np.testing.assert_array_equal(obs.cloud, weather["cloud_tenths"])


@pytest.mark.parametrize("name", ["wuhan", "taizhou"])
def test_radiation_of_the_built_in_regions_follows_the_sun(
    name: str, request: pytest.FixtureRequest
) -> None:
    """The clock of the record is that of ``time_zone``."""
    region = request.getfixturevalue(name)
    obs = region_observations(region)
    sun = np.maximum(np.sin(np.radians(mean_elevation(obs, region_site(region)))), 0.0)
    shone = obs.global_radiation
    assert shone is not None
    centre = [np.average(obs.hour, weights=w) for w in (shone, sun)]
    assert centre[0] == pytest.approx(centre[1], abs=0.15)
    assert shone[sun == 0.0].sum() < 0.005 * shone.sum()


@pytest.mark.parametrize("name", ["wuhan", "taizhou"])
def test_every_hour_of_the_built_in_regions_is_valid_or_calm(
    name: str, request: pytest.FixtureRequest
) -> None:
    region = request.getfixturevalue(name)
    met = region_meteorology(region)
    state = status(met)
    assert len(met) == len(region.weather)
    assert not (state == MISSING).any()
    np.testing.assert_array_equal(state == CALM, region.weather["wind_speed_ms"] < 0.5)
    convective = met.obukhov_length < 0.0
    assert 0.4 < convective[state != CALM].mean() < 0.55
    assert 500.0 < met.convective_height[convective & (met.hour == 14)].mean() < 1200.0


def test_the_same_region_has_the_same_meteorology(taizhou: Region) -> None:
    first, second = region_meteorology(taizhou), region_meteorology(taizhou)
    for name, value in vars(first).items():
        np.testing.assert_array_equal(value, getattr(second, name))
    other = region_meteorology(taizhou, seed=1)
    assert not np.array_equal(first.wind_direction, other.wind_direction)
    np.testing.assert_array_equal(first.friction_velocity, other.friction_velocity)


@shared
def test_weather_of_matsu_is_what_aermet_makes_of_it(taizhou: Region) -> None:
    """But for directions (another random table) and convective heights (no soundings)."""
    ground = {"albedo": (0.16,) * 12, "bowen_ratio": (0.5,) * 12, "roughness": (0.05,) * 12}
    met = region_meteorology(replace(taizhou, weather_site=replace(taizhou.weather_site, **ground)))
    reference = np.loadtxt(
        MET / "MATSU_2020_2021.SFC.gz", skiprows=1, usecols=(5, 6, 9, 10, 11, 15)
    )
    heat, friction, z_ic, z_im, length, _ = reference.T
    known = (friction > 0.0) & (met.friction_velocity > 0.0)
    assert known.mean() > 0.98
    np.testing.assert_allclose(met.friction_velocity[known], friction[known], atol=2e-3, rtol=2e-3)
    assert np.median(met.mechanical_height[known] / z_im[known]) == pytest.approx(1.0, abs=0.002)
    assert np.median(np.abs(met.heat_flux - heat)[known]) < 0.1
    both = known & (met.obukhov_length < 0.0) & (length < 0.0) & (z_ic > 0.0)
    assert met.convective_height[both].mean() == pytest.approx(z_ic[both].mean(), rel=0.05)


# -- directions


@given(
    st.lists(st.sampled_from([*np.floor(22.5 * np.arange(17)), np.nan]), min_size=1, max_size=50)
)
def test_points_of_the_compass_are_spread_over_their_angle(directions: list[float]) -> None:
    given_ = np.array(directions)
    spread = unrounded_directions(given_, 3)
    known = np.isfinite(given_)
    np.testing.assert_array_equal(np.isfinite(spread), known)
    assert ((spread[known] > 0.0) & (spread[known] <= 360.0)).all()
    apart = (spread - given_ + 180.0) % 360.0 - 180.0
    assert (np.abs(apart[known]) <= 11.25 + 0.5).all()


def test_a_rose_of_points_becomes_even() -> None:
    points = np.floor(22.5 * np.random.default_rng(1).integers(0, 16, 200_000))
    spread = unrounded_directions(points, 3)
    count = np.histogram(spread, 72, (0.0, 360.0))[0]
    assert count.std() / count.mean() < 0.05


def test_directions_to_the_degree_stay() -> None:
    directions = np.array([13.0, np.nan, 359.0, 22.0])
    np.testing.assert_array_equal(unrounded_directions(directions, 3), directions)


def test_steps_of_ten_degrees_are_spread_as_aermet_does() -> None:
    directions = np.tile([10.0, 350.0, 360.0], 200)
    apart = (unrounded_directions(directions, 3) - directions + 180.0) % 360.0 - 180.0
    assert set(apart) == set(range(-4, 6))


# -- seasons and ground


@pytest.mark.parametrize(
    ("temperature", "latitude", "seasons"),
    [
        # Wuhan, Harbin, Haikou, and a place south of the equator
        (
            [4, 7, 11, 17, 22, 26, 29, 28, 24, 18, 12, 6],
            30.0,
            (3, 3, 5, 5, 1, 1, 1, 1, 1, 2, 2, 3),
        ),
        (
            [-18, -13, -3, 8, 15, 21, 23, 22, 15, 6, -5.1, -15],
            46.0,
            (4, 4, 3, 3, 5, 1, 1, 1, 2, 3, 4, 4),
        ),
        (
            [18, 19, 22, 25, 28, 28, 28, 28, 27, 25, 22, 19],
            20.0,
            (3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3),
        ),
        ([21] * 12, -30.0, (1, 1, 2, 2, 2, 3, 3, 3, 5, 5, 5, 1)),
    ],
)
def test_seasons_follow_temperature_and_calendar(
    temperature: list[float], latitude: float, seasons: tuple[int, ...]
) -> None:
    assert season_by_month(np.array(temperature, float), latitude) == seasons


def test_monthly_temperature_counts_the_hour_that_ends_at_midnight_with_its_month() -> None:
    time = pd.date_range("2021-01-01T01:00", periods=8760, freq="h")
    temperature = np.where((time - pd.Timedelta(hours=1)).month == 1, 5.0, 25.0)
    mean = monthly_temperature(pd.DataFrame({"time": time, "temp_C": temperature}))
    np.testing.assert_array_equal(mean, [5.0] + [25.0] * 11)


@pytest.mark.parametrize("land_class", LAND_CLASSES)
def test_one_class_has_the_values_of_its_rows(land_class: str) -> None:
    shares = np.array([float(c == land_class) for c in LAND_CLASSES])
    values = land_surface(shares, (3, 3, 5, 5, 5, 1, 1, 1, 2, 2, 2, 4), P)
    for name, value in zip(("albedo", "bowen_ratio", "roughness"), values, strict=True):
        expected = P.array("surface", "season", SEASONS, land_class=land_class, parameter=name)
        np.testing.assert_allclose(value, expected[[2, 2, 4, 4, 4, 0, 0, 0, 1, 1, 1, 3]])


def test_means_are_those_of_aersurface() -> None:
    """A quarter of water in the forest: albedo arithmetic, the others geometric."""
    shares = np.array([0.75 * (c == "forest") + 0.25 * (c == "water") for c in LAND_CLASSES])
    albedo, bowen_ratio, roughness = land_surface(shares, (1,) * 12, P)
    np.testing.assert_allclose(albedo, 0.75 * 0.14 + 0.25 * 0.1)
    np.testing.assert_allclose(bowen_ratio, 0.3**0.75 * 0.1**0.25)
    np.testing.assert_allclose(roughness, 1.3**0.75 * 0.001**0.25)


def test_the_surface_table_is_complete_and_rougher_in_summer() -> None:
    for name in ("albedo", "bowen_ratio", "roughness"):
        table = P.array(
            "surface", ("land_class", "season"), (LAND_CLASSES, SEASONS), parameter=name
        )
        assert table.shape == (10, 5)
        assert (table > 0.0).all()
    assert (table[:, 0] >= table[:, 2]).all()


def test_shares_are_those_of_the_parcels(region: Region) -> None:
    shares = class_shares(region.parcels)
    assert shares.sum() == pytest.approx(1.0)
    area = region.parcels.assign(area=[g.area for g in region.parcels["geometry"]])
    paddy = area.loc[area["land_class"] == "paddy", "area"].sum() / area["area"].sum()
    assert shares[LAND_CLASSES.index("paddy")] == pytest.approx(paddy)


def test_ground_of_the_station_comes_before_that_of_the_land(
    small_region: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(small_region, tmp_path / "testland"))
    text = (folder / "region.toml").read_text("utf-8")
    months = [0.004 + 0.0005 * m for m in range(12)]
    text += f"\n[weather.surface]\nroughness_m = 0.25\nmorning_gradient_K_m = {months}\n"
    (folder / "region.toml").write_text(text, "utf-8")
    default, site = region_site(read_region(small_region)), region_site(read_region(folder))
    np.testing.assert_array_equal(site.roughness, np.full(12, 0.25))
    np.testing.assert_array_equal(site.morning_gradient, months)
    np.testing.assert_array_equal(default.morning_gradient, np.full(12, 0.005))
    np.testing.assert_array_equal(site.albedo, default.albedo)
    assert (site.temperature_height, site.calm_below) == (2.0, 0.5)


def test_parameters_may_be_overridden(region: Region) -> None:
    p = Parameters({"general/boundary layer/morning_gradient": 0.008})
    gradient = region_site(region, p).morning_gradient
    np.testing.assert_array_equal(gradient, np.full(12, 0.008))
    assert "surface/paddy/summer/bowen_ratio" in p.used


def test_a_lower_limit_of_calms_is_that_of_the_record(small_region: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(small_region, tmp_path / "testland"))
    text = (folder / "region.toml").read_text("utf-8")
    height = "anemometer_height_m = 10.0\n"
    (folder / "region.toml").write_text(text.replace(height, f"{height}calm_below_ms = 0.1\n"))
    table = pd.read_csv(folder / "weather.csv")
    table.loc[10:20, "wind_speed_ms"] = 0.3
    table.loc[12:20, "wind_dir_deg"] = np.nan
    table.to_csv(folder / "weather.csv", index=False)
    region = read_region(folder)
    assert region.weather["wind_dir_deg"][10:21].notna().all()
    assert not (status(region_meteorology(region))[10:21] == CALM).any()
