"""The boundary layer from weather: limits, invariants, and the digits that AERMET 24142 prints.

A day of the agreement is committed (station Matsu 467990, Central Weather Bureau of Taiwan, Open
Government Data Licence; synthetic sounding; values by AERMET). The years need the shared reference
material next to the checkout.
"""

from __future__ import annotations

import gzip
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.physics.dispersion import mixing
from simulator.physics.dispersion import surface_fluxes as fluxes
from simulator.physics.dispersion.aermet import (
    Observations,
    Site,
    Soundings,
    boundary_layer,
    hours_ending,
    in_ten_degree_steps,
    mean_elevation,
    printed,
    spread_directions,
)
from simulator.physics.dispersion.meteorology import CALM, MISSING, VALID, Meteorology, status

ROOT = Path(__file__).resolve().parents[3]
KEPT = ROOT / "tests" / "reference" / "dispersion"
MET = ROOT.parent / "shared" / "reference" / "dispersion" / "met"
shared = pytest.mark.skipif(not MET.exists(), reason=f"the reference files are not at {MET}")

SURFACE = [
    "year",
    "month",
    "day",
    "day_of_year",
    "hour",
    "heat_flux",
    "friction_velocity",
    "convective_velocity",
    "gradient_above",
    "convective_height",
    "mechanical_height",
    "obukhov_length",
    "roughness",
    "bowen_ratio",
    "albedo",
    "wind_speed",
    "wind_direction",
    "wind_height",
    "temperature",
    "temperature_height",
    "precipitation_code",
    "precipitation",
    "relative_humidity",
    "pressure",
    "cloud",
    "source",
    "substituted",
]
LAYER = [
    "heat_flux",
    "friction_velocity",
    "convective_velocity",
    "gradient_above",
    "convective_height",
    "mechanical_height",
    "obukhov_length",
    "albedo",
]

#: The first call compiles.
unhurried = settings(deadline=None)


def months(value: float) -> np.ndarray:
    return np.full(12, value)


MATSU = Site(
    latitude=26.169, longitude=119.923, time_zone=8.0, elevation=98.0,
    albedo=months(0.16), bowen_ratio=months(0.5), roughness=months(0.05), calm_below=0.5,
)  # fmt: skip


def weather(days: int = 1, **columns: Any) -> Observations:
    """Days of June with the same weather every hour, but for the columns given."""
    n = 24 * days
    values = {
        "wind_speed": 4.0, "wind_direction": 90.0, "temperature": 293.15, "cloud": 3.0,
        "pressure": 1000.0, "precipitation": 0.0, "relative_humidity": 70.0,
    } | columns  # fmt: skip
    hour = np.arange(n)
    return Observations(
        year=np.full(n, 2021), month=np.full(n, 6), day=1 + hour // 24, hour=1 + hour % 24,
        **{k: np.broadcast_to(np.asarray(v, float), n).copy() for k, v in values.items()},
    )  # fmt: skip


MORNING = replace(MATSU, morning_gradient=months(0.006))


def read(name: str, columns: list[str], header: int = 0) -> pd.DataFrame:
    return pd.read_csv(MET / name, sep=r"\s+", skiprows=header, header=None, names=columns)


def coded(values: pd.Series, missing: float) -> np.ndarray:
    """Values with NaN for what is as large as a missing code."""
    return np.where(values < missing, values, np.nan).astype(float)


def differing(met: Meteorology, reference: pd.DataFrame, name: str) -> np.ndarray:
    return np.flatnonzero(np.abs(getattr(met, name) - reference[name].to_numpy(float)) > 1e-9)


# -- the sun


@pytest.mark.parametrize(
    ("day_of_year", "latitude", "noon"),
    [(80, 0.0, 90.0), (172, 30.0, 83.44), (355, 30.0, 36.56), (172, -40.0, 26.56)],
)
def test_sun_stands_at_noon_where_the_almanac_says(
    day_of_year: int, latitude: float, noon: float
) -> None:
    hours = np.arange(11.5, 12.6, 0.01)
    highest = fluxes.sun_elevation(day_of_year, hours, latitude, 0.0, 0.0).max()
    assert highest == pytest.approx(noon, abs=0.4)


def test_zone_and_longitude_shift_the_sun_alike() -> None:
    hours = np.arange(1, 25)
    east = fluxes.sun_elevation(100, hours, 30.0, 120.0, 8.0)
    np.testing.assert_allclose(east, fluxes.sun_elevation(100, hours, 30.0, 0.0, 0.0), atol=1e-9)
    late = fluxes.sun_elevation(100, hours, 30.0, 105.0, 8.0)
    assert hours[late.argmax()] == hours[east.argmax()] + 1


def test_hour_takes_the_mean_of_its_ends_across_midnight() -> None:
    elevation = mean_elevation(weather(days=2), MATSU)
    place = (MATSU.latitude, MATSU.longitude, MATSU.time_zone)
    ends = fluxes.sun_elevation([152, 153], [24, 1], *place)
    assert elevation[24] == pytest.approx(ends.mean())
    assert elevation[0] == pytest.approx(fluxes.sun_elevation([152, 152], [24, 1], *place).mean())


@unhurried
@given(
    elevation=st.floats(0.1, 90.0),
    albedo=st.floats(0.05, 0.6),
    temperature=st.floats(250.0, 310.0),
    cloud=st.integers(0, 10),
)
def test_net_radiation_vanishes_at_the_critical_elevation(
    elevation: float, albedo: float, temperature: float, cloud: int
) -> None:
    critical = fluxes.critical_elevation(elevation, albedo, temperature, float(cloud))
    assert 0.0 <= critical <= 92.0
    if not 5.0 < critical < 60.0:
        return
    at, t, n = np.array([critical]), np.array([temperature]), np.array([float(cloud)])
    sun = fluxes.clear_sky_radiation(at) * (1.0 - 0.75 * (n / 10.0) ** 3.4)
    gain = (1.0 - fluxes.hourly_albedo(at, np.array([albedo]))) * sun
    loss = 5.67e-8 * t**4 - 5.31e-13 * t**6 - 6.0 * n
    assert gain[0] == pytest.approx(loss[0], rel=0.08)  # iterated to 1 % of the angle


@given(cloud=st.integers(0, 10), elevation=st.floats(5.0, 90.0))
def test_cloud_of_the_radiation_that_it_lets_through(cloud: int, elevation: float) -> None:
    sun = np.array([elevation])
    through = fluxes.clear_sky_radiation(sun) * (1.0 - 0.75 * (cloud / 10.0) ** 3.4)
    assert fluxes.equivalent_cloud(through, sun) == cloud
    assert fluxes.equivalent_cloud(through * 0.0 + 1400.0, sun) == 0


# -- friction


@unhurried
@given(wind=st.floats(0.3, 30.0), roughness=st.floats(0.001, 1.0))
def test_neutral_wind_follows_the_logarithm(wind: float, roughness: float) -> None:
    log_law = 0.4 * wind / math.log(10.0 / roughness)
    unstable, _ = fluxes.convective_friction(wind, 10.0, roughness, 290.0, 1.2, 1.0e-9)
    assert unstable == pytest.approx(log_law, rel=1e-3)
    stable, length, heat = fluxes.stable_friction(
        wind, 10.0, roughness, 290.0, 1.2, 10.0, 1.0e-9, False
    )
    assert stable == pytest.approx(log_law, rel=1e-4)
    assert length > 8888.0
    assert heat == pytest.approx(0.0, abs=1e-3)


@unhurried
@given(wind=st.floats(0.29, 20.0), roughness=st.floats(0.001, 1.0), heat=st.floats(0.1, 500.0))
def test_unstable_length_fits_friction_and_heat(wind: float, roughness: float, heat: float) -> None:
    friction, length = fluxes.convective_friction(wind, 10.0, roughness, 290.0, 1.2, heat)
    assert friction > 0.4 * wind / math.log(10.0 / roughness)
    assert length == pytest.approx(-1.2 * 1004.0 * 290.0 * friction**3 / (0.4 * 9.80655 * heat))


@unhurried
@given(
    wind=st.floats(0.29, 40.0),
    roughness=st.floats(0.0001, 1.4),
    cloud=st.integers(0, 10),
    low_sun=st.floats(1.0e-9, 1.0),
    adjusted=st.booleans(),
)
def test_stable_air_never_loses_more_than_the_limit(
    wind: float, roughness: float, cloud: int, low_sun: float, adjusted: bool
) -> None:
    friction, length, heat = fluxes.stable_friction(
        wind, 10.0, roughness, 280.0, 1.25, float(cloud), low_sun, adjusted
    )
    assert friction > 0.0
    assert length > 0.0
    assert -64.0 - 1e-9 <= heat < 0.0


@unhurried
@given(neutral=st.floats(0.05, 3.0), part=st.floats(0.001, 0.999))
def test_flux_limit_takes_the_largest_root(neutral: float, part: float) -> None:
    constant = part * 4.0 * (neutral / 3.0) ** 3
    roots = np.roots([1.0, -neutral, 0.0, constant])
    assert fluxes._largest_root(neutral, constant) == pytest.approx(roots.real.max(), rel=1e-6)
    assert fluxes._largest_root(neutral, 4.01 * (neutral / 3.0) ** 3) == -1.0


# -- mixing heights


def test_mechanical_height_is_smoothed_and_starts_anew_after_a_gap() -> None:
    friction = np.array([0.4, 0.1, np.nan, 0.1, 0.1, 0.4])
    follows = np.array([True, True, True, True, False, True])
    heights = mixing.mechanical_heights(friction, follows)
    equilibrium = 2400.0 * friction**1.5
    assert heights[0] == equilibrium[0]
    assert equilibrium[1] < heights[1] < heights[0]
    assert np.isnan(heights[2])
    assert heights[3] == equilibrium[3]  # after a missing hour
    assert heights[4] == equilibrium[4]  # after a gap in time
    kept = math.exp(-7200.0 * 0.4 / heights[4])
    assert heights[5] == pytest.approx(heights[4] * kept + equilibrium[5] * (1.0 - kept))


def linear_sounding(gradient: float) -> Soundings:
    """Potential temperature rises evenly from 290 K."""
    height = np.linspace(0.0, 5000.0, 26)
    theta = 290.0 + gradient * height
    pressure = 1000.0 * np.exp(-height / 8000.0)
    return Soundings(
        *(np.array([v]) for v in (2021, 6, 1)),
        height=height[None] + 98.0,
        temperature=(theta * (pressure / 1000.0) ** 0.2857)[None],
        pressure=pressure[None],
    )


@given(gradient=st.floats(0.002, 0.02), cloud=st.integers(0, 10))
@settings(max_examples=20, deadline=None)
def test_even_gradient_is_a_linear_sounding(gradient: float, cloud: int) -> None:
    """(10.14) and (10.11), (10.13)."""
    site = replace(MATSU, morning_gradient=months(gradient))
    by_gradient = boundary_layer(weather(cloud=cloud), site)
    by_sounding = boundary_layer(weather(cloud=cloud), MATSU, linear_sounding(gradient))
    assert (by_gradient.convective_height > 0.0).sum() > 5
    for name in ("convective_height", "convective_velocity", "gradient_above"):
        np.testing.assert_allclose(
            getattr(by_gradient, name), getattr(by_sounding, name), rtol=1e-6
        )


def test_soundings_are_extended_and_never_cool_upwards() -> None:
    whole = linear_sounding(0.004)
    low = replace(
        whole,
        **{n: getattr(whole, n)[:, :8] for n in ("height", "temperature", "pressure")},
    )
    profiles = mixing.Profiles.of(low)
    assert profiles.top[0] == 1400.0
    assert profiles.height[0, profiles.count[0] - 1] == 5000.0
    np.testing.assert_allclose(profiles.theta[0, 8], 310.0, rtol=1e-9)
    cold = low.temperature.copy()
    cold[0, 3] -= 5.0
    theta = mixing.Profiles.of(replace(low, temperature=cold)).theta[0]
    assert theta[3] == theta[2]
    assert (np.diff(theta) >= 0.0).all()


def test_area_of_a_linear_sounding_grows_with_the_square() -> None:
    profiles = mixing.Profiles.of(linear_sounding(0.01))
    for z in (30.0, 200.0, 1234.0, 4999.0):
        assert mixing.height_under(
            0.005 * z**2, profiles.height[0, :26], profiles.area[0, :26]
        ) == (pytest.approx(z))
    assert mixing.height_under(1.0e9, profiles.height[0, :26], profiles.area[0, :26]) == 5000.0


def test_day_without_morning_profile_has_no_convective_height() -> None:
    met = boundary_layer(weather(), MATSU)
    assert (met.obukhov_length < 0.0).any()
    assert (met.convective_height == -999.0).all()
    assert (status(met)[met.obukhov_length < 0.0] == MISSING).all()


# -- the hours


@st.composite
def any_weather(draw: st.DrawFn) -> Observations:
    """Two days of anything a station reports, with gaps."""
    n = 48
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    gaps = draw(st.sampled_from([0.0, 0.1, 0.5]))
    ranges = {
        "wind_speed": (0.0, draw(st.sampled_from([1.0, 8.0, 40.0]))),
        "wind_direction": (1.0, 360.0),
        "temperature": (240.0, 315.0),
        "cloud": (0.0, 10.0),
        "pressure": (850.0, 1040.0),
        "precipitation": (0.0, 5.0),
        "relative_humidity": (10.0, 100.0),
        "global_radiation": (0.0, 1100.0),
    }
    columns = {
        k: np.where(rng.random(n) < gaps, np.nan, rng.uniform(*r, n)) for k, r in ranges.items()
    }
    return weather(days=2, **columns)


@given(observations=any_weather(), adjusted=st.booleans())
@settings(max_examples=60, deadline=None)
def test_what_holds_in_every_hour(observations: Observations, adjusted: bool) -> None:
    site = replace(MORNING, adjusted_u_star=adjusted)
    met = boundary_layer(observations, site)
    for name, value in vars(met).items():
        if isinstance(value, np.ndarray):
            assert np.isfinite(value).all(), name
    known = met.obukhov_length > -99999.0
    stable = known & (met.obukhov_length > 0.0)
    convective = known & (met.obukhov_length < 0.0)
    assert (met.friction_velocity[known] > 0.0).all()
    assert (met.friction_velocity[~known] == -9.0).all()
    assert (np.abs(met.obukhov_length[known]) >= 1.0).all()
    assert (np.abs(met.obukhov_length[known]) <= 8888.0).all()
    assert (met.mechanical_height[known] > 0.0).all()
    assert (met.mechanical_height <= 4000.0).all()
    assert (met.convective_height <= 4000.0).all()
    assert (met.heat_flux[stable] < 0.0).all()
    assert (met.heat_flux[stable] >= -64.0 - 1e-9).all()
    assert (met.heat_flux[convective] > 0.0).all()
    for name, missing in (
        ("convective_velocity", -9.0), ("gradient_above", -9.0), ("convective_height", -999.0)
    ):  # fmt: skip
        assert (getattr(met, name)[stable] == missing).all()
    heated = convective & (met.convective_height > 0.0)
    assert (met.convective_velocity[heated] >= 0.001).all()
    assert (met.gradient_above[heated] >= 0.005).all()
    assert (met.albedo >= 0.16).all()
    assert (met.albedo <= 1.0).all()
    state = status(met)
    calm = observations.wind_speed < 0.5
    np.testing.assert_array_equal(state == CALM, calm)
    assert (met.wind_speed[state == VALID] >= 0.5).all()
    gap = np.isnan(observations.temperature) | np.isnan(observations.wind_speed)
    assert (state[gap & ~calm] == MISSING).all()


def test_more_measured_sun_heats_more() -> None:
    noon = 11
    heat = [
        boundary_layer(weather(global_radiation=s), MORNING).heat_flux[noon]
        for s in (100.0, 400.0, 800.0)
    ]
    assert heat[0] < heat[1] < heat[2]
    dark = boundary_layer(weather(global_radiation=0.0), MORNING)
    assert dark.heat_flux[noon] == boundary_layer(weather(), MORNING).heat_flux[noon]


def test_measured_sun_stands_for_missing_cloud() -> None:
    met = boundary_layer(weather(global_radiation=400.0, cloud=np.nan), MORNING)
    noon = 11
    assert met.cloud[noon] < 10.0
    assert status(met)[noon] == VALID
    assert met.cloud[0] == 99.0
    assert status(met)[0] == MISSING


def test_calms_and_missing_hours_are_coded() -> None:
    speed = np.full(24, 4.0)
    speed[[2, 12]] = 0.3
    speed[[3, 13]] = np.nan
    temperature = np.full(24, 293.15)
    temperature[[4, 14]] = np.nan
    pressure = np.full(24, np.nan)
    met = boundary_layer(
        weather(wind_speed=speed, temperature=temperature, pressure=pressure), MORNING
    )
    for calm in (2, 12):
        assert (met.wind_speed[calm], met.wind_direction[calm]) == (0.0, 0.0)
        assert (met.friction_velocity[calm], met.obukhov_length[calm]) == (-9.0, -99999.0)
        assert (met.level_speed[calm] == 99.0).all()
    for missing in (3, 13):
        assert (met.wind_speed[missing], met.wind_direction[missing]) == (999.0, 999.0)
    assert met.heat_flux[2] == -999.0
    assert met.heat_flux[12] > 0.0  # the sun heats calm air, too
    assert met.convective_height[12] > met.convective_height[11]
    assert met.temperature[4] == 999.0
    # a single unknown hour of the day takes the mean of its neighbours
    assert met.heat_flux[14] == pytest.approx(0.5 * (met.heat_flux[13] + met.heat_flux[15]))
    assert met.convective_velocity[14] == -9.0
    np.testing.assert_allclose(met.pressure, 1013.25 * (1 - 0.0065 * 98 / 288.15) ** 5.255)


def test_wind_chooses_the_sector() -> None:
    site = replace(
        MORNING,
        albedo=np.full((12, 2), 0.2),
        bowen_ratio=np.full((12, 2), 1.0),
        roughness=np.tile([0.01, 0.3], (12, 1)),
        sector_start=np.array([20.0, 200.0]),
    )
    direction = np.full(24, 90.0)
    direction[:5] = [20.0, 199.9, 200.0, 360.0, 10.0]
    speed = np.full(24, 4.0)
    speed[5] = 0.0
    met = boundary_layer(weather(wind_direction=direction, wind_speed=speed), site)
    assert met.roughness[:7].tolist() == [0.01, 0.01, 0.3, 0.3, 0.3, 0.155, 0.01]


def test_precipitation_is_snow_below_freezing() -> None:
    met = boundary_layer(
        weather(
            precipitation=[0.0, 1.0, 1.0, np.nan] * 6, temperature=[270.0, 270.0, 280.0, 280.0] * 6
        ),
        MORNING,
    )
    assert met.precipitation_code[:4].tolist() == [0, 22, 11, 99]
    assert met.precipitation[3] == -9.0


def test_profile_has_one_level_where_both_instruments_hang() -> None:
    one = boundary_layer(weather(), replace(MORNING, temperature_height=10.0))
    assert one.level_height.tolist() == [[10.0]] * 24
    assert one.level_temperature[0, 0] == pytest.approx(20.0)
    two = boundary_layer(weather(), MORNING)
    assert two.level_height[0].tolist() == [2.0, 10.0]
    assert two.level_speed[0].tolist() == [99.0, 4.0]
    assert two.level_direction[0].tolist() == [999.0, 90.0]
    assert two.level_temperature[0].tolist() == [pytest.approx(20.0), 99.0]


def test_weak_wind_is_raised() -> None:
    met = boundary_layer(weather(wind_speed=0.1), replace(MORNING, calm_below=0.0))
    np.testing.assert_allclose(met.wind_speed, math.sqrt(2.0) * 0.2)


def test_site_and_order_are_checked() -> None:
    with pytest.raises(ValueError, match="7 roughness lengths"):
        replace(MATSU, roughness=months(2.0))
    with pytest.raises(ValueError, match="by month and sector"):
        replace(MATSU, albedo=np.zeros((12, 3)))
    backwards = weather()
    with pytest.raises(ValueError, match="order of time"):
        boundary_layer(replace(backwards, hour=backwards.hour[::-1].copy()), MORNING)


def test_midnight_is_hour_24_of_the_day_before() -> None:
    time = np.array(["2021-01-01T01", "2021-03-01T00", "2022-01-01T00"], "datetime64[ns]")
    year, month, day, hour = hours_ending(time)
    assert year.tolist() == [2021, 2021, 2021]
    assert month.tolist() == [1, 2, 12]
    assert day.tolist() == [1, 28, 31]
    assert hour.tolist() == [1, 24, 24]


def test_printing_rounds_the_binary_number() -> None:
    met = boundary_layer(weather(temperature=14.4 + 273.15), MORNING, rounded=True)
    assert met.temperature[0] == 287.5
    np.testing.assert_array_equal(printed(met).obukhov_length, met.obukhov_length)


# -- directions


@given(seed=st.integers(0, 2**31), degrees=st.lists(st.sampled_from(range(0, 361, 10)), min_size=1))
def test_directions_are_spread_over_their_ten_degrees(seed: int, degrees: list[int]) -> None:
    direction = np.array(degrees, float)
    assert in_ten_degree_steps(np.append(direction, np.nan))
    spread = spread_directions(direction, seed)
    np.testing.assert_array_equal(spread, spread_directions(direction, seed))
    assert (spread > 0.0).all()
    assert (spread <= 360.0).all()
    turned = (spread - direction + 180.0) % 360.0 - 180.0
    assert set(turned) <= set(range(-4, 6))


def test_spread_is_even_and_keeps_gaps() -> None:
    spread = spread_directions(np.append(np.full(20000, 360.0), np.nan), 3)
    assert np.isnan(spread[-1])
    counts = np.unique(spread[:-1], return_counts=True)[1]
    assert counts.size == 10
    assert counts.min() > 1800
    assert not in_ten_degree_steps(spread)
    assert not in_ten_degree_steps(np.array([np.nan]))


# -- agreement with AERMET


def test_committed_day_agrees_to_the_printed_digits() -> None:
    day = pd.read_csv(KEPT / "aermet_matsu_day.csv")
    levels = pd.read_csv(KEPT / "aermet_matsu_sounding.csv").to_numpy().T[:, None]
    observations = Observations(
        *(day[c].to_numpy(np.int64) for c in ("year", "month", "day", "hour")),
        wind_speed=day["wind_speed_ms"].to_numpy(), wind_direction=day["wind_dir_deg"].to_numpy(),
        temperature=day["temp_C"].to_numpy() + 273.15, cloud=day["cloud_tenths"].to_numpy(float),
        pressure=day["pressure_hPa"].to_numpy(), precipitation=day["precip_mm"].to_numpy(),
        relative_humidity=day["rh_pct"].to_numpy(),
        global_radiation=day["global_rad_Wm2"].to_numpy(),
    )  # fmt: skip
    date = (np.array([v]) for v in (2020, 6, 1))
    soundings = Soundings(*date, levels[0], levels[1] + 273.15, levels[2])
    met = boundary_layer(observations, MATSU, soundings, rounded=True)
    for name in LAYER:
        np.testing.assert_array_equal(getattr(met, name), day[name], err_msg=name)


def matsu_soundings() -> Soundings:
    """The FSL file; its hours are 8 h behind local time."""
    times: list[pd.Timestamp] = []
    levels: list[list[tuple[float, ...]]] = []
    with gzip.open(MET / "aermet_matsu" / "MATSU.FSL.gz", "rt") as file:
        for line in file:
            words = line.split()
            if words[0] == "254":
                text = f"{words[4]} {words[3]} {words[2]} {words[1]}"
                times.append(pd.to_datetime(text, format="%Y %b %d %H") + pd.Timedelta(hours=8))
                levels.append([])
            elif words[0] in ("5", "9"):
                pressure, height, temperature = (float(w) for w in words[1:4])
                levels[-1].append((height, temperature / 10.0 + 273.15, pressure / 10.0))
    table = np.full((len(levels), max(map(len, levels)), 3), np.nan)
    for row, sounding in zip(table, levels, strict=True):
        row[: len(sounding)] = sounding
    index = pd.DatetimeIndex(times)
    date = (v.to_numpy(np.int64) for v in (index.year, index.month, index.day))
    return Soundings(*date, table[..., 0], table[..., 1], table[..., 2])


@shared
@pytest.mark.reference
def test_matsu_year_agrees_to_the_printed_digits() -> None:
    """Weather, radiation and soundings of a year: 8760 hours, 20 columns, the profile.

    The one hour with neither wind nor temperature has its temperature filled by AERMET, and no
    height of the wind.
    """
    names = [
        "year",
        "month",
        "day",
        "hour",
        "rain",
        "pressure",
        "cloud",
        "sun",
        "z1",
        "temperature",
        "rh",
        "z2",
        "speed",
        "direction",
    ]
    raw = read("aermet_matsu/MATSU.OS.gz", names)
    observations = Observations(
        *(raw[c].to_numpy(np.int64) for c in ("year", "month", "day", "hour")),
        wind_speed=coded(raw.speed, 99.0), wind_direction=coded(raw.direction, 999.0),
        temperature=coded(raw.temperature, 99.0) + 273.15, cloud=coded(raw.cloud, 99.0),
        pressure=coded(raw.pressure, 99999.0) / 10.0,
        precipitation=np.where(raw.rain < 0, np.nan, raw.rain / 100.0),
        relative_humidity=coded(raw.rh, 999.0), global_radiation=raw.sun.to_numpy(),
    )  # fmt: skip
    met = boundary_layer(observations, MATSU, matsu_soundings(), rounded=True)
    reference = read("MATSU_2020_2021.SFC.gz", SURFACE, header=1)
    assert len(met) == len(reference) == 8760
    filled = np.flatnonzero(reference.substituted != "NoSubs")
    assert filled.size == 1
    for name in SURFACE[5:25]:
        expected = filled if name in ("temperature", "wind_height") else []
        np.testing.assert_array_equal(differing(met, reference, name), expected, err_msg=name)

    profile = pd.read_csv(MET / "MATSU_2020_2021.PFL.gz", sep=r"\s+", header=None).to_numpy()
    profile = profile.reshape(8760, 2, -1)
    for column, name in ((4, "height"), (6, "direction"), (7, "speed"), (8, "temperature")):
        np.testing.assert_allclose(
            getattr(met, f"level_{name}"), profile[..., column], atol=1e-9, err_msg=name
        )


@shared
@pytest.mark.reference
def test_houston_year_agrees_within_the_digits_of_its_weather() -> None:
    """Airport data, adjusted u*, no soundings: what follows from wind, cloud and temperature.

    The file gives pressure to 1 hPa only, which is 0.05 % in the density.
    """
    reference = read("HOUSTON_1996.SFC.gz", SURFACE, header=1)
    profile = pd.read_csv(MET / "HOUSTON_1996.PFL.gz", sep=r"\s+", header=None)
    celsius = profile[8].where(profile[8] < 99.0)
    # filled hours are in the surface file alone
    temperature = np.where(celsius.notna(), celsius + 273.15, coded(reference.temperature, 990.0))
    speed = coded(reference.wind_speed, 990.0)
    raised = (reference.source == "ADJ-SFC").to_numpy() & (speed > 0.0)
    speed = np.where(raised, np.round(speed - 0.257, 1) + 0.257, speed)
    observations = Observations(
        reference.year.to_numpy(np.int64) + 1900,
        *(reference[c].to_numpy(np.int64) for c in ("month", "day", "hour")),
        wind_speed=speed, wind_direction=coded(reference.wind_direction, 990.0),
        temperature=temperature, cloud=coded(reference.cloud, 99.0),
        pressure=coded(reference.pressure, 99999.0),
        precipitation=reference.precipitation.to_numpy(),
        relative_humidity=coded(reference.relative_humidity, 999.0),
    )  # fmt: skip
    site = Site(
        latitude=29.967, longitude=-95.350, time_zone=-6.0, elevation=29.0, wind_height=6.1,
        albedo=months(0.25), bowen_ratio=months(0.7), roughness=months(0.15),
    )  # fmt: skip
    met = boundary_layer(observations, site, rounded=True)
    known = (reference.friction_velocity > 0.0).to_numpy()
    assert known.sum() > 7000
    np.testing.assert_array_equal(met.friction_velocity > 0.0, known)
    for name, digit, relative, share in (
        ("albedo", 0.01, 0.0, 1.0),
        ("friction_velocity", 0.001, 0.0, 0.995),
        ("mechanical_height", 1.0, 0.0, 0.99),
        ("heat_flux", 0.1, 0.6e-3, 0.94),
        ("obukhov_length", 0.1, 1.0e-2, 0.75),  # a pass more or less of an iteration to 1 %
    ):
        expected = reference[name].to_numpy()[known]
        off = np.abs(getattr(met, name)[known] - expected)
        assert (off <= 1.01 * digit + relative * np.abs(expected)).all(), name
        assert (off < 0.1 * digit).mean() >= share, name


@shared
@pytest.mark.reference
def test_lovett_nights_agree_to_the_printed_digits() -> None:
    """The standard form of stable hours, over water and forest, wind at 10 to 100 m."""
    reference = read("LOVETT_1988.SFC.gz", SURFACE, header=1)
    profile = pd.read_csv(MET / "LOVETT_1988.PFL.gz", sep=r"\s+", header=None)
    keys = ["month", "day", "hour"]
    celsius = profile[profile[4] == 10.0].set_index([1, 2, 3])[8]
    reference["exact"] = reference.set_index(keys).index.map(celsius).to_numpy() + 273.15
    nights = reference[
        (reference.albedo == 1.0)
        & (reference.friction_velocity > 0.0)
        & (reference.cloud < 99)
        & ((reference.exact - reference.temperature).abs() < 0.06)
    ]
    assert len(nights) > 4000
    for row in nights.itertuples():
        density = 100.0 * row.pressure / (fluxes.GAS_CONSTANT * row.exact)
        speed = max(row.wind_speed, math.sqrt(2.0) * 0.2)
        friction, length, heat = fluxes.stable_friction(
            speed, row.wind_height, row.roughness, row.exact, density, float(row.cloud), 1.0, False
        )
        assert round(friction, 3) == row.friction_velocity
        assert round(min(max(length, 1.0), 8888.0), 1) == row.obukhov_length
        assert round(heat, 1) == row.heat_flux
