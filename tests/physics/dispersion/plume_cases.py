"""Hours, plumes and receptors for the tests of the plume engine."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from simulator.aermod.met_files import read_meteorology
from simulator.physics.dispersion.engine import Receptors
from simulator.physics.dispersion.hours import Hour, Hours, hour_of, prepare
from simulator.physics.dispersion.levels import (
    DIRECTION,
    GRADIENT,
    LEVELS,
    N_COLUMNS,
    N_LEVELS,
    SIGMA_V,
    SIGMA_W,
    THETA,
    U,
    integrate,
)
from simulator.physics.dispersion.meteorology import Meteorology
from simulator.physics.dispersion.plume import Plume, Setting, settle
from simulator.physics.dispersion.rise import POINT, VOLUME, Exit, Release, release

ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT.parent / "shared" / "reference" / "dispersion"
KEPT = ROOT / "tests" / "reference" / "dispersion"
UNIT_MET = ROOT / "tests" / "reference" / "aermod" / "met" / "UNIT_DEV.SFC"

UNTIMED = settings(deadline=None, max_examples=30)  # the first example compiles the kernels

#: What of a stable night is not as `weather` has it.
NIGHT: dict[str, float] = {
    "heat_flux": -15.0,
    "friction_velocity": 0.2,
    "convective_velocity": -9.0,
    "gradient_above": -9.0,
    "convective_height": -999.0,
    "mechanical_height": 220.0,
    "obukhov_length": 60.0,
    "wind_speed": 2.5,
    "albedo": 1.0,
    "temperature": 284.0,
}
_WEATHER = {
    "heat_flux": 150.0,
    "friction_velocity": 0.4,
    "convective_velocity": 1.5,
    "gradient_above": 0.008,
    "convective_height": 900.0,
    "mechanical_height": 600.0,
    "obukhov_length": -80.0,
    "roughness": 0.1,
    "bowen_ratio": 0.8,
    "albedo": 0.2,
    "wind_speed": 4.0,
    "wind_direction": 270.0,
    "wind_height": 10.0,
    "temperature": 293.0,
    "temperature_height": 2.0,
    "precipitation": 0.0,
    "relative_humidity": 60.0,
    "pressure": 1005.0,
    "cloud": 4.0,
}
_LEVELS = ("direction", "speed", "temperature", "sigma_a", "sigma_w")
_ABSENT = (999.0, 99.0, 99.0, 99.0, 99.0)


def weather(
    hours: int = 1,
    levels: list[tuple[float, ...]] | None = None,
    adjusted: bool = False,
    bulk: bool = False,
    **columns: Any,
) -> Meteorology:
    """Hours of meteorology, convective unless columns say otherwise.

    ``levels`` are the same in all hours: height, direction, speed, temperature [degree C], sigma-A
    [degree], sigma-w.
    """
    profile = np.array(levels or [], dtype=np.float64).reshape(-1, 6)
    known = {f.name for f in fields(Meteorology)}
    assert set(columns) <= known
    values: dict[str, Any] = {
        name: np.broadcast_to(np.asarray(columns.get(name, usual), dtype=np.float64), hours).copy()
        for name, usual in _WEATHER.items()
    }
    for n, name in enumerate(_LEVELS, start=1):
        values[f"level_{name}"] = np.tile(profile[:, n], (hours, 1))
    step = np.arange(hours)
    return Meteorology(
        year=np.full(hours, 2019),
        month=np.full(hours, 7),
        day=1 + step // 24,
        hour=1 + step % 24,
        precipitation_code=np.broadcast_to(columns.get("precipitation_code", 0), hours).copy(),
        level_count=np.full(hours, len(profile)),
        level_height=np.tile(profile[:, 0], (hours, 1)),
        adjusted_u_star=adjusted,
        bulk_richardson=bulk,
        **values,
    )


def mixed(hours: int = 12, seed: int = 1, rain: bool = True, **columns: Any) -> Meteorology:
    """Days and nights, one calm and one missing hour, rain in some."""
    rng = np.random.default_rng(seed)
    day = np.arange(hours) % 2 == 0
    wind = rng.uniform(0.8, 9.0, hours)
    u_star = 0.08 * wind
    length = np.where(day, -rng.uniform(8.0, 200.0, hours), rng.uniform(8.0, 300.0, hours))
    given = {
        "heat_flux": np.where(day, 120.0, -15.0),
        "friction_velocity": u_star,
        "convective_velocity": np.where(day, rng.uniform(0.5, 2.2, hours), -9.0),
        "gradient_above": np.where(day, rng.uniform(0.004, 0.02, hours), -9.0),
        "convective_height": np.where(day, rng.uniform(80.0, 1500.0, hours), -999.0),
        "mechanical_height": 2300.0 * u_star**1.5,
        "obukhov_length": length,
        "wind_speed": wind,
        "wind_direction": rng.uniform(0.0, 360.0, hours),
        "temperature": rng.uniform(265.0, 305.0, hours),
        "roughness": rng.uniform(0.01, 0.6, hours),
        "precipitation": np.where(rng.uniform(size=hours) < 0.4, 2.0, 0.0) * rain,
        "albedo": np.where(day, 0.2, 1.0),
        **columns,
    }
    return weather(hours, **given)


@cache
def unit_met() -> Meteorology:
    """The 48 synthetic hours of the unit cases."""
    return read_meteorology(UNIT_MET, UNIT_MET.with_suffix(".PFL"))


@cache
def unit_hours() -> Hours:
    return prepare(unit_met())


def keys(met: Meteorology) -> NDArray[np.int64]:
    """Hours as yymmddhh."""
    return ((met.year % 100 * 100 + met.month) * 100 + met.day) * 100 + met.hour


def one(hours: Hours, h: int = 0) -> tuple[Hour, NDArray[np.float64]]:
    """Scales and profile of one hour, as the kernels have them."""
    return hour_of(hours.scales[h]), hours.profiles[h]


def uniform_profile(
    u: float = 5.0,
    sigma_v: float = 0.5,
    sigma_w: float = 0.3,
    gradient: float = 0.0,
    theta: float = 290.0,
    direction: float = 270.0,
) -> NDArray[np.float64]:
    """Profile of an atmosphere that is the same at all heights."""
    profile = np.zeros((N_LEVELS, N_COLUMNS))
    profile[:, U] = u
    profile[:, SIGMA_V] = sigma_v
    profile[:, SIGMA_W] = sigma_w
    profile[:, GRADIENT] = gradient
    profile[:, THETA] = theta + gradient * LEVELS
    profile[:, DIRECTION] = direction
    integrate(profile)
    return profile


_HOUR = {
    "obukhov_length": 100.0, "u_star": 0.3, "w_star": -9.0, "z_i": 500.0, "z_ic": -999.0,
    "z_im": 500.0, "gradient_above": -9.0, "roughness": 0.1, "temperature": 290.0,
    "temperature_height": 2.0, "u_top": 8.0, "theta_top": 292.0, "u_mean": 6.0,
    "sigma_w_mean": 0.3, "theta_star": 0.05, "urban": 0.0,
}  # fmt: skip


def stable_hour(**scales: float) -> Hour:
    return Hour(**{**_HOUR, **{k: float(v) for k, v in scales.items()}})


def convective_hour(**scales: float) -> Hour:
    usual = {"obukhov_length": -50.0, "w_star": 1.5, "z_i": 1000.0, "z_ic": 1000.0,
             "gradient_above": 0.01}  # fmt: skip
    return stable_hour(**{**usual, **scales})


def stack(
    height: float = 40.0,
    diameter: float = 2.0,
    temperature: float = 400.0,
    velocity: float = 12.0,
    kind: int = POINT,
) -> Exit:
    return Exit(kind, float(height), float(diameter), float(temperature), float(velocity), 0.0, 0.0)


def volume(height: float = 5.0, sigma_y: float = 5.0, sigma_z: float = 2.0) -> Exit:
    return Exit(VOLUME, float(height), 0.0, 0.0, 0.0, float(sigma_y), float(sigma_z))


def released(exit_: Exit, hour: Hour, profile: NDArray[np.float64]) -> Release:
    return release(exit_, hour, profile, 0.0)


def settled(
    plume: Plume, out: Release, hour: Hour, profile: NDArray[np.float64], by: float = 0.0
) -> Setting:
    """Heights and lids of a plume that has settled by so much, for receptors anywhere."""
    return settle(plume, by, np.inf, True, out, hour, profile)


def receptors_at(*columns: object) -> Receptors:
    """Receptors of columns of a table: copied, as kernels compile anew for read-only arrays."""
    return Receptors.of(*(np.array(c, dtype=np.float64) for c in columns))


def table(name: str) -> pd.DataFrame:
    """A table kept beside the tests."""
    return pd.read_csv(KEPT / name, comment="#")


def need_cases() -> None:
    if not CASES.is_dir():
        pytest.skip(f"the set of reference cases is not there ({CASES})")


stacks = st.builds(
    stack,
    height=st.floats(1.0, 150.0),
    diameter=st.floats(0.1, 6.0),
    temperature=st.sampled_from([0.0, -30.0]) | st.floats(260.0, 700.0),
    velocity=st.floats(0.01, 30.0),
)
