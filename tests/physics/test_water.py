from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.data import Parameters
from simulator.physics.runoff import yearly_runoff
from simulator.physics.water import (
    DailyWeather,
    actual_evapotranspiration,
    daily_weather,
    extraterrestrial_radiation,
    field_capacity,
    field_drainage,
    layer_percolation,
    reference_evapotranspiration,
    root_fraction,
    saturation_vapour_pressure,
    wind_at_2m,
)

MM = 1e-3


def percolation(enters, evapotranspiration):
    """Water that leaves the whole column."""
    return np.maximum(np.asarray(enters) - np.asarray(evapotranspiration), 0.0)


def test_saturation_vapour_pressure_of_fao56_table_2_3() -> None:
    kpa = 1e-3 * saturation_vapour_pressure(np.array([1.0, 15.0, 24.5, 40.0]) + 273.15)
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
    ra = extraterrestrial_radiation(math.radians(latitude_deg), np.array([day]))
    assert 1e-6 * float(ra[0]) == pytest.approx(mj, abs=0.06)


def test_polar_night_and_polar_day() -> None:
    arctic = math.radians(75.0)
    assert float(extraterrestrial_radiation(arctic, np.array([355]))[0]) == pytest.approx(0, abs=1)
    assert float(extraterrestrial_radiation(arctic, np.array([172]))[0]) > 40e6


def test_wind_of_fao56_example_14() -> None:
    assert float(wind_at_2m(3.2, 10.0)) == pytest.approx(2.4, abs=0.01)
    assert float(wind_at_2m(3.2, 2.0)) == pytest.approx(3.2, rel=2e-3)


def brussels(**change: float) -> DailyWeather:
    """FAO-56 example 18: Uccle, 6 July."""
    values = {
        "rain": 0.0,
        "t_min": 12.3 + 273.15,
        "t_max": 21.5 + 273.15,
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


@given(st.floats(0.05, 4), st.floats(0.05, 3), st.floats(1.2, 8))
def test_evapotranspiration_is_within_the_budyko_limits(p: float, e0: float, w: float) -> None:
    e = float(actual_evapotranspiration(p, e0, w))
    assert 0.0 <= e <= min(p, e0) * (1 + 1e-9)
    assert e <= float(actual_evapotranspiration(p, e0, w + 0.5)) + 1e-12


def test_a_perfect_cover_reaches_the_limits() -> None:
    assert float(actual_evapotranspiration(1.0, 0.5, 60.0)) == pytest.approx(0.5, rel=1e-3)
    assert float(actual_evapotranspiration(0.5, 1.0, 60.0)) == pytest.approx(0.5, rel=1e-3)


@pytest.mark.parametrize(
    ("beta", "depth", "share"),
    [  # Jackson et al. 1996, table 1: share of roots in the upper 30 cm
        (0.943, 0.30, 0.83),
        (0.961, 0.30, 0.70),
        (0.976, 0.30, 0.52),
    ],
)
def test_roots_of_jackson(beta: float, depth: float, share: float) -> None:
    roots = root_fraction(beta, [depth, 20.0])
    assert float(roots[0]) == pytest.approx(share, abs=0.01)


@given(st.floats(0.8, 0.99), st.lists(st.floats(0.05, 1.0), min_size=1, max_size=5))
def test_all_roots_are_in_the_column(beta: float, thickness: list[float]) -> None:
    assert float(root_fraction(beta, thickness).sum()) == pytest.approx(1.0)


def test_root_fraction_has_one_column_a_class() -> None:
    assert root_fraction(np.array([0.94, 0.97]), [0.2, 0.3, 0.5]).shape == (3, 2)


@given(st.floats(0, 2), st.floats(0, 2), st.floats(0.85, 0.99))
def test_water_falls_through_the_layers(infiltration: float, et: float, beta: float) -> None:
    roots = root_fraction(beta, [0.2, 0.3, 0.5])
    flux = layer_percolation(infiltration, et, roots)
    assert (np.diff(flux) <= 1e-12).all()
    assert (flux >= 0).all()
    assert flux[0] <= infiltration
    assert float(flux[-1]) == pytest.approx(float(percolation(infiltration, et)), abs=1e-12)


@given(st.floats(0, 2), st.floats(0, 2), st.floats(0, 1))
def test_drainage_shares_the_surplus(infiltration: float, et: float, share: float) -> None:
    led_off = float(field_drainage(infiltration, et, share))
    below = float(percolation(infiltration - led_off, et))
    assert led_off + below == pytest.approx(max(infiltration - et, 0.0), abs=1e-12)


@pytest.mark.parametrize(
    ("sand", "clay", "capacity"),
    [  # Saxton & Rawls 2006, table 3, 2.5 % organic matter
        (0.88, 0.05, 0.10),
        (0.65, 0.10, 0.18),
        (0.40, 0.20, 0.28),
        (0.20, 0.15, 0.31),
        (0.30, 0.35, 0.36),
        (0.25, 0.50, 0.42),
    ],
)
def test_field_capacity_of_saxton_and_rawls(sand: float, clay: float, capacity: float) -> None:
    assert float(field_capacity(sand, clay, 0.025)) == pytest.approx(capacity, abs=0.006)


@pytest.mark.parametrize(
    ("land_class", "group", "low", "high"),
    [  # percolation of Zhejiang water balance practice [mm/yr]
        ("paddy", "D", 150, 900),
        ("dryland", "C", 250, 700),
        ("forest", "C", 200, 700),
        ("urban", "D", 100, 500),
    ],
)
def test_classes_percolate_what_water_balances_say(
    land_class: str, group: str, low: float, high: float
) -> None:
    # about 1400 mm of rain, reference evapotranspiration 905 mm (Hangzhou typical year)
    rng = np.random.default_rng(0)
    days = np.where(rng.random(3652) < 1 / 3, rng.gamma(0.6, 0.0192, 3652), 0.0)
    rain = days.mean() * 365.25
    p = Parameters()

    def value(name: str) -> float:
        return p.value("land_classes", land_class=land_class, parameter=name)

    water = 0.0
    if land_class in ("paddy", "dryland"):
        water = p.value(
            "farm_rates", pathway="irrigation", land_class=land_class, material="river water"
        )
    abstraction = p.value("general", process="runoff", parameter="initial_abstraction_ratio")
    runoff = yearly_runoff(days, value(f"curve_number_{group}"), abstraction)
    et = actual_evapotranspiration(
        rain + water, value("crop_coefficient") * 0.905, value("budyko_omega")
    )
    enters = rain + water - runoff
    led_off = field_drainage(enters, et, value("drainage_share"))
    assert low <= float(percolation(enters - led_off, et)) / MM <= high
