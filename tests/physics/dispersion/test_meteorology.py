from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.dispersion.meteorology import (
    MINIMUM_WIND,
    RAIN_EDGES,
    SECTORS,
    WIND_EDGES,
    Climate,
    sector_weights,
    stability_class,
    summarise_weather,
)
from tests.physics.dispersion.conftest import make_weather


@pytest.mark.parametrize(
    ("wind", "radiation", "cloud", "expected"),
    [
        # solar radiation method, EPA-454/R-99-005 table 6-7
        (1.5, 950.0, 0.0, "A"),
        (1.5, 700.0, 0.0, "A"),
        (1.5, 300.0, 5.0, "B"),
        (1.5, 100.0, 10.0, "D"),
        (2.5, 700.0, 0.0, "B"),
        (2.5, 300.0, 5.0, "C"),
        (4.0, 950.0, 0.0, "B"),
        (4.0, 300.0, 5.0, "C"),
        (5.5, 700.0, 0.0, "C"),
        (5.5, 300.0, 0.0, "D"),
        (8.0, 950.0, 0.0, "C"),
        (8.0, 700.0, 0.0, "D"),
        # Turner at night: index -2 with little cloud, -1 with more
        (0.0, 0.0, 0.0, "F"),
        (1.5, 0.0, 9.0, "F"),
        (2.5, 0.0, 2.0, "F"),
        (2.5, 0.0, 8.0, "E"),
        (4.5, 0.0, 2.0, "E"),
        (4.5, 0.0, 8.0, "D"),
        (7.0, 0.0, 0.0, "D"),
    ],
)
def test_stability_class_table(wind: float, radiation: float, cloud: float, expected: str) -> None:
    assert "ABCDEF"[int(stability_class(wind, radiation, cloud, 0.0))] == expected


def test_rain_under_overcast_night_is_neutral() -> None:
    assert stability_class(1.0, 0.0, 10.0, 1.0 / 3600.0) == 3
    assert stability_class(1.0, 0.0, 10.0, 0.0) == 5


@given(st.floats(0.0, 20.0), st.floats(0.0, 1000.0), st.floats(0.0, 10.0), st.floats(0.1, 10.0))
def test_more_wind_moves_towards_neutral(u: float, sun: float, cloud: float, more: float) -> None:
    before = int(stability_class(u, sun, cloud, 0.0))
    after = int(stability_class(u + more, sun, cloud, 0.0))
    assert abs(after - 3) <= abs(before - 3)


def test_ten_degree_steps_do_not_bias_the_rose() -> None:
    # all 36 reported directions equally often: all 16 sectors must be
    share = sector_weights(np.linspace(0.0, 350.0, 36)).mean(axis=0)
    np.testing.assert_allclose(share, 1.0 / SECTORS, rtol=1e-12)


def test_compass_points_fall_in_their_own_sector() -> None:
    share = sector_weights(np.linspace(0.0, 337.5, SECTORS))
    assert np.allclose(share, np.eye(SECTORS), rtol=0.0, atol=1e-12)


def test_table_keeps_the_means_of_the_hours(weather: dict[str, Any], climate: Climate) -> None:
    f = climate.frequency
    assert f.sum() == pytest.approx(1.0)
    wind = (f.sum(axis=(0, 3)) * climate.wind).sum()
    assert wind == pytest.approx(np.maximum(weather["wind_speed"], MINIMUM_WIND).mean())
    temperature = (f.sum(axis=(0, 3)) * climate.temperature).sum()
    assert temperature == pytest.approx(weather["temperature"].mean())
    assert (f.sum(axis=0) * climate.rain).sum() == pytest.approx(weather["precipitation"].mean())
    assert climate.wet_fraction == pytest.approx(np.mean(weather["precipitation"] > 0.0))


def test_mean_wind_and_rain_of_a_bin_lie_within_it(climate: Climate) -> None:
    used = climate.frequency.sum(axis=(0, 3)) > 0.0
    edges = np.array([MINIMUM_WIND, *WIND_EDGES, np.inf])
    for bins, wind in zip(used, climate.wind, strict=True):
        assert np.all(wind[bins] >= edges[:-1][bins])
        assert np.all(wind[bins] < edges[1:][bins])
    assert used.sum() > 40
    wet = climate.frequency.sum(axis=0)[..., 1:] > 0.0
    edges = np.array([0.0, *RAIN_EDGES, np.inf])
    low, high = np.broadcast_to(edges[:-1], wet.shape), np.broadcast_to(edges[1:], wet.shape)
    assert np.all((climate.rain[..., 1:] >= low)[wet] & (climate.rain[..., 1:] <= high)[wet])


def test_calms_take_the_directions_of_light_winds_of_their_class() -> None:
    # class F: light winds from the north; a calm hour of the class must go there,
    # although the strong winds (class D) come from the south
    hours: dict[str, Any] = {
        "wind_speed": [1.5, 1.5, 0.0, 9.0, 9.0],
        "wind_direction": [0.0, 0.0, np.nan, 180.0, 180.0],
        "global_radiation": np.zeros(5),
        "cloud_tenths": np.zeros(5),
        "temperature": np.full(5, 285.0),
        "precipitation": np.zeros(5),
    }
    rose = summarise_weather(**hours).wind_rose
    assert rose[0] == pytest.approx(3.0 / 5.0)
    assert rose[8] == pytest.approx(2.0 / 5.0)


def test_weather_without_any_direction_is_shared_evenly() -> None:
    weather = make_weather()
    weather["wind_direction"] = np.full(8760, np.nan)
    np.testing.assert_allclose(summarise_weather(**weather).wind_rose, 1.0 / SECTORS)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("temperature", 15.0, "temperature"),  # degrees Celsius
        ("precipitation", 2.0, "precipitation"),  # mm in the hour
        ("cloud_tenths", 80.0, "cloud"),  # per cent
        ("wind_speed", np.nan, "wind_speed"),
        ("wind_direction", 400.0, "wind_direction"),
    ],
)
def test_gaps_and_wrong_units_are_refused(name: str, value: float, words: str) -> None:
    weather = make_weather()
    weather[name] = weather[name].copy()
    weather[name][100] = value
    with pytest.raises(ValueError, match=words):
        summarise_weather(**weather)


def test_columns_of_unequal_length_are_refused() -> None:
    weather = make_weather()
    weather["temperature"] = weather["temperature"][:-1]
    with pytest.raises(ValueError, match="same length"):
        summarise_weather(**weather)


def test_unstable_air_needs_a_lid(weather: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="finite mixing height"):
        summarise_weather(**weather, mixing_height=(np.inf,) * 6)
