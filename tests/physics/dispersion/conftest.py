"""A year of weather made for these tests: daily and yearly cycle, calms, rain, two main winds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulator.physics.dispersion import Climate, Mode, Stack, summarise_weather

HOURS = 8760


def make_weather(seed: int = 0) -> dict[str, Any]:
    """Keyword arguments of ``summarise_weather``."""
    rng = np.random.default_rng(seed)
    hour = np.arange(HOURS)
    season = np.cos(2.0 * np.pi * (hour / 8760.0 - 0.55))
    sun = np.maximum(0.0, np.sin(2.0 * np.pi * (hour % 24 - 6) / 24.0) * (0.7 + 0.25 * season))
    cloud = np.clip(np.repeat(rng.normal(6.0, 4.0, HOURS // 24), 24), 0.0, 10.0)
    speed = rng.weibull(1.8, HOURS) * (2.2 + 1.5 * (sun > 0.0))
    speed[speed < 0.5] = 0.0
    main = np.where(rng.random(HOURS) < 0.6, 40.0, 170.0) + rng.normal(0.0, 35.0, HOURS)
    direction = np.where(speed > 0.0, np.rint(main / 10.0) % 36 * 10.0, np.nan)
    rain = np.where((cloud > 8.0) & (rng.random(HOURS) < 0.3), rng.exponential(2.5, HOURS), 0.0)
    return {
        "wind_speed": speed,
        "wind_direction": direction,
        "global_radiation": 1000.0 * sun * (1.0 - 0.065 * cloud),
        "cloud_tenths": cloud,
        "temperature": 289.0 + 10.0 * season + 6.0 * sun,
        "precipitation": rain / 3600.0,
    }


def steady_weather(
    wind: float, direction: float, radiation: float = 0.0, cloud: float = 10.0, rain: float = 0.0
) -> dict[str, Any]:
    """One state of the weather; a wind of 6 m/s or more under cloud is class D."""
    return {
        "wind_speed": [wind],
        "wind_direction": [direction],
        "global_radiation": [radiation],
        "cloud_tenths": [cloud],
        "temperature": [288.0],
        "precipitation": [rain],
    }


@pytest.fixture(scope="package")
def weather() -> dict[str, Any]:
    return make_weather()


@pytest.fixture(scope="package")
def climate(weather: dict[str, Any]) -> Climate:
    return summarise_weather(**weather)


@pytest.fixture(scope="package")
def particles() -> Mode:
    return Mode(
        "particle",
        diameters=(0.63e-6, 1.85e-6, 3.88e-6, 7.77e-6, 15.5e-6, 31.1e-6),
        mass_fractions=(0.2, 0.2, 0.2, 0.2, 0.1, 0.1),
        density=2300.0,
    )


@pytest.fixture(scope="package")
def hg2() -> Mode:
    return Mode("hg2", deposition_velocity=0.01, scavenging_rate=6.0e-5)


@pytest.fixture(scope="package")
def low_stack() -> Stack:
    return Stack(0.0, 0.0, height=30.0, diameter=1.2, temperature=380.0, velocity=8.0)


@pytest.fixture(scope="package")
def tall_stack() -> Stack:
    return Stack(0.0, 0.0, height=150.0, diameter=5.0, temperature=400.0, velocity=18.0)
