from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.percolation.evapotranspiration import (
    DailyWeather,
    clear_sky_radiation,
    daily_weather,
    extraterrestrial_radiation,
    hargreaves,
    interception,
    radiation_from_temperature,
    reference_evapotranspiration,
    saturation_vapour_pressure,
    soil_cover,
    split,
    wind_at_2m,
)

MM = 1e-3
MJ = 1e6
ZERO = 273.15


def test_saturation_vapour_pressure_of_fao56_table_2_3() -> None:
    kpa = 1e-3 * saturation_vapour_pressure(np.array([1.0, 15.0, 24.5, 40.0]) + ZERO)
    assert kpa == pytest.approx([0.657, 1.705, 3.075, 7.376], abs=1.5e-3)


@pytest.mark.parametrize(
    ("latitude_deg", "day", "mj"),
    [
        (-20.0, 246, 32.2),  # FAO-56 example 8: 3 September at 20 S
        (50.8, 187, 41.09),  # example 18: 6 July, Brussels
        (-22.9, 135, 25.1),  # example 10: 15 May, Rio de Janeiro
        (13.73, 105, 38.06),  # example 17: April, Bangkok
    ],
)
def test_extraterrestrial_radiation_of_fao56(latitude_deg: float, day: int, mj: float) -> None:
    ra = extraterrestrial_radiation(math.radians(latitude_deg), day)
    assert float(ra) / MJ == pytest.approx(mj, abs=0.06)


def test_polar_night_and_polar_day() -> None:
    arctic = math.radians(75.0)
    assert float(extraterrestrial_radiation(arctic, 355)) == pytest.approx(0, abs=1)
    assert float(extraterrestrial_radiation(arctic, 172)) > 40 * MJ


def test_wind_of_fao56_example_14() -> None:
    assert float(wind_at_2m(3.2, 10.0)) == pytest.approx(2.4, abs=0.01)
    assert float(wind_at_2m(3.2, 2.0)) == pytest.approx(3.2, rel=2e-3)


def test_radiation_from_temperature_of_fao56_example_15() -> None:
    # Lyon in July: 26.6 and 14.8 C, Ra 40.6 MJ
    rs = radiation_from_temperature(14.8 + ZERO, 26.6 + ZERO, 40.6 * MJ, 200.0)
    assert float(rs) / MJ == pytest.approx(22.3, abs=0.05)


def test_hargreaves_of_fao56_example_20() -> None:
    et = hargreaves(14.8 + ZERO, 26.6 + ZERO, 40.6 * MJ)
    assert float(et) / MM == pytest.approx(5.0, abs=0.05)


@given(st.floats(250, 310), st.floats(0, 40), st.floats(0, 45e6), st.floats(0, 3000))
def test_estimates_from_temperature_are_bounded(
    t_min: float, spread: float, ra: float, elevation: float
) -> None:
    rs = float(radiation_from_temperature(t_min, t_min + spread, ra, elevation))
    assert 0.0 <= rs <= float(clear_sky_radiation(ra, elevation))
    assert float(hargreaves(t_min, t_min + spread, ra)) >= 0.0


def brussels(**change: float) -> DailyWeather:
    """FAO-56 example 18: Uccle, 6 July."""
    values = {
        "rain": 0.0,
        "t_min": 12.3 + ZERO,
        "t_max": 21.5 + ZERO,
        "vapour_pressure": 1409.0,
        "pressure": 100.1e3,
        "wind": 10.0 / 3.6,
        "radiation": 22.07e6,
    }
    values.update(change)
    return DailyWeather(
        day=np.array([0]), **{k: np.array([v], dtype=float) for k, v in values.items()}
    )


def et_mm(weather: DailyWeather, day: int = 187) -> float:
    et = reference_evapotranspiration(weather, math.radians(50.8), np.array([day]), 10.0, 100.0)
    return float(et[0]) / MM


def test_reference_evapotranspiration_of_fao56_example_18() -> None:
    assert et_mm(brussels()) == pytest.approx(3.88, abs=0.03)


def test_sun_wind_and_dry_air_evaporate_more() -> None:
    base = et_mm(brussels())
    assert et_mm(brussels(radiation=26e6)) > base
    assert et_mm(brussels(wind=5.0)) > base
    assert et_mm(brussels(vapour_pressure=1700.0)) < base
    assert et_mm(brussels(radiation=0.0, wind=0.0, vapour_pressure=2e3), day=1) == 0.0


@pytest.fixture(scope="module")
def shanghai() -> np.ndarray:
    """Shanghai 2012 of the reference case d14: weather and potential evapotranspiration."""
    table = Path(__file__).with_name("potential_et_shanghai.csv")
    return np.genfromtxt(table, delimiter=",", names=True)


LATITUDE = math.radians(31.17)  # the one that its radiation was computed with


@pytest.mark.reference
def test_radiation_of_the_reference_case(shanghai: np.ndarray) -> None:
    ra = extraterrestrial_radiation(LATITUDE, shanghai["day"])
    assert ra / MJ == pytest.approx(shanghai["extraterrestrial_rad_fao_mj"], abs=1e-4)
    t_min, t_max = shanghai["tmin_c"] + ZERO, shanghai["tmax_c"] + ZERO
    rs = radiation_from_temperature(t_min, t_max, ra, 4.0, coefficient=0.17)
    assert rs / MJ == pytest.approx(shanghai["solar_rad_mj"], abs=5.1e-5)


@pytest.mark.reference
def test_hargreaves_of_the_reference_case(shanghai: np.ndarray) -> None:
    ra = extraterrestrial_radiation(LATITUDE, shanghai["day"])
    et = hargreaves(shanghai["tmin_c"] + ZERO, shanghai["tmax_c"] + ZERO, ra) / MM
    # to the last digit printed
    assert et == pytest.approx(shanghai["et0_hargreaves_fao_mm"], abs=5.1e-5)
    assert et.sum() == pytest.approx(1005.38, abs=0.01)


@pytest.mark.reference
def test_penman_monteith_of_the_reference_case(shanghai: np.ndarray) -> None:
    t_min, t_max = shanghai["tmin_c"] + ZERO, shanghai["tmax_c"] + ZERO
    saturation = 0.5 * (saturation_vapour_pressure(t_min) + saturation_vapour_pressure(t_max))
    weather = DailyWeather(
        day=shanghai["day"].astype(np.int64),
        rain=np.zeros(366),
        t_min=t_min,
        t_max=t_max,
        vapour_pressure=0.01 * shanghai["rh_pct"] * saturation,
        pressure=np.full(366, 101.3e3 * ((293.0 - 0.0065 * 4.0) / 293.0) ** 5.26),
        wind=shanghai["wind2m_km_d"] / 86.4,
        radiation=shanghai["solar_rad_mj"] * MJ,
    )
    et = reference_evapotranspiration(weather, LATITUDE, weather.day, 2.0, 4.0) / MM
    # the reference rounds 1 / 2.45 to 0.408, which is 0.04 % less
    assert et == pytest.approx(shanghai["et0_pm_fao_mm"], rel=5e-4, abs=1e-3)
    assert et.sum() == pytest.approx(1110.95, rel=5e-4)


def hourly(n: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    return {
        "temperature": rng.uniform(280, 300, n),
        "relative_humidity": rng.uniform(0.4, 1, n),
        "pressure": np.full(n, 1.01e5),
        "wind": rng.uniform(0, 6, n),
        "radiation": rng.uniform(0, 800, n),
        "rain": rng.exponential(1e-4, n),
    }


def test_days_gather_their_hours() -> None:
    h = hourly(72)
    d = daily_weather(np.arange(72) // 24 + 100, **h)
    second = slice(24, 48)
    assert d.day.tolist() == [100, 101, 102]
    assert d.rain[1] == pytest.approx(h["rain"][second].sum())
    assert d.t_min[1] == h["temperature"][second].min()
    assert d.t_max[1] == h["temperature"][second].max()
    assert d.radiation[1] == pytest.approx(3600 * h["radiation"][second].sum())
    vapour = h["relative_humidity"] * saturation_vapour_pressure(h["temperature"])
    assert d.vapour_pressure[1] == pytest.approx(vapour[second].mean())


def test_unfinished_days_are_left_out() -> None:
    d = daily_weather((np.arange(60) + 6) // 24, **hourly(60))
    assert d.day.tolist() == [1]


@given(st.floats(0, 0.02), st.floats(0, 10), st.floats(0.1, 1.0))
def test_split_keeps_the_whole(potential: float, lai: float, extinction: float) -> None:
    transpiration, evaporation = split(potential, lai, extinction)
    assert float(transpiration + evaporation) == pytest.approx(potential, rel=1e-12)
    assert 0.0 <= float(transpiration) <= potential
    assert float(split(potential, 0.0)[0]) == 0.0
    assert float(split(potential, lai + 1, extinction)[0]) >= float(transpiration)


def test_split_of_the_reference_weather() -> None:
    # first day of case d08b: LAI 2.8, 1.4337 mm
    transpiration, evaporation = split(1.4337 * MM, 2.8)
    assert float(transpiration) == pytest.approx(1.0416 * MM, abs=1e-7)
    assert float(evaporation) == pytest.approx(0.3921 * MM, abs=1e-7)


@given(st.floats(0, 0.3), st.floats(0, 10))
def test_leaves_keep_at_most_what_they_hold_and_what_falls_on_them(rain: float, lai: float) -> None:
    kept = float(interception(rain, lai))
    rounding = 1 + 1e-12
    assert 0.0 <= kept <= 0.25e-3 * lai * rounding
    assert kept <= float(soil_cover(lai)) * rain * rounding
    assert kept <= float(interception(rain + 0.01, lai)) * rounding


def test_interception_of_the_equation() -> None:
    a, lai, rain = 0.25, 3.0, 10.0  # mm
    cover = 1.0 - math.exp(-0.463 * lai)
    expected = a * lai * (1.0 - 1.0 / (1.0 + cover * rain / (a * lai)))
    assert float(interception(rain * MM, lai)) == pytest.approx(expected * MM, rel=1e-12)
    assert float(interception(1.0, lai)) == pytest.approx(a * lai * MM, rel=1e-2)
    assert float(interception(0.0, 0.0)) == 0.0
