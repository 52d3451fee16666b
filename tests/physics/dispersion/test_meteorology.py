from __future__ import annotations

import numpy as np
import pytest

from simulator.physics.dispersion.meteorology import (
    CALM,
    MISSING,
    VALID,
    Meteorology,
    limited,
    mixing_height,
    status,
)
from tests.physics.dispersion.plume_cases import NIGHT, unit_met, weather


def state(**columns: float) -> int:
    return int(status(weather(**columns))[0])


@pytest.mark.parametrize("usual", [{}, NIGHT])
def test_a_usual_hour_is_valid(usual: dict[str, float]) -> None:
    assert state(**usual) == VALID


def test_calm_comes_first() -> None:
    assert state(wind_speed=0.0) == CALM
    assert state(wind_speed=0.0, temperature=999.0, obukhov_length=-99999.0) == CALM


@pytest.mark.parametrize(
    "columns",
    [
        {"wind_speed": 90.0}, {"wind_speed": 999.0}, {"wind_speed": -1.0},
        {"wind_direction": 999.0}, {"wind_direction": -9.0}, {"temperature": 999.0},
        {"temperature": 0.0}, {"obukhov_length": -99999.0}, {"convective_height": -999.0},
        {"convective_height": 99999.0}, {"mechanical_height": -999.0},
        {"mechanical_height": 99999.0}, {"friction_velocity": -9.0}, {"friction_velocity": 9.0},
        {"convective_velocity": -9.0},
    ],
)  # fmt: skip
def test_missing(columns: dict[str, float]) -> None:
    assert state(**columns) == MISSING


@pytest.mark.parametrize(
    "columns",
    [
        {"wind_speed": 89.9}, {"wind_direction": 900.0}, {"wind_direction": -8.9},
        {"temperature": 900.0}, {"friction_velocity": 0.0}, {"friction_velocity": 8.99},
        {"convective_height": 0.0}, {"mechanical_height": 0.5}, {"convective_velocity": 0.0},
        {"obukhov_length": -99990.0},
    ],
)  # fmt: skip
def test_just_not_missing(columns: dict[str, float]) -> None:
    assert state(**columns) == VALID


def test_stable_hours_need_no_convective_scales() -> None:
    night = {**NIGHT, "convective_height": -999.0, "convective_velocity": -9.0}
    assert state(**night) == VALID
    assert state(**{**night, "obukhov_length": -5.0}) == MISSING


def test_unit_cases_have_one_calm_and_one_missing_hour() -> None:
    assert np.bincount(status(unit_met()), minlength=3).tolist() == [46, 1, 1]


def inside(**columns: float) -> Meteorology:
    return limited(weather(**columns))


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("convective_height", 0.0, 1.0), ("convective_height", 0.99, 1.0),
        ("convective_height", 5000.0, 4000.0), ("convective_height", -999.0, -999.0),
        ("mechanical_height", 0.4, 1.0), ("mechanical_height", 4100.0, 4000.0),
        ("mechanical_height", 3999.0, 3999.0), ("wind_direction", 0.0, 360.0),
        ("wind_direction", 0.1, 0.1), ("convective_velocity", 0.0, 0.001),
        ("obukhov_length", -0.3, -1.0), ("obukhov_length", 0.3, 1.0),
        ("obukhov_length", -1.0, -1.0), ("gradient_above", 0.001, 0.005),
        ("gradient_above", -9.0, 0.005), ("gradient_above", 0.006, 0.006),
        ("roughness", 0.0, 0.0001), ("precipitation", -9.0, 0.0),
        ("precipitation", 901.0, 0.0), ("precipitation", 900.0, 900.0),
    ],
)  # fmt: skip
def test_limits(name: str, given: float, expected: float) -> None:
    assert getattr(inside(**{name: given}), name)[0] == expected


@pytest.mark.parametrize(("heat_flux", "length"), [(50.0, -1.0), (-50.0, 1.0)])
def test_no_obukhov_length_takes_the_sign_against_heat(heat_flux: float, length: float) -> None:
    assert inside(obukhov_length=0.0, heat_flux=heat_flux).obukhov_length[0] == length


def test_gradient_of_a_stable_hour_is_left() -> None:
    assert inside(**NIGHT).gradient_above[0] == -9.0


def test_mixing_height() -> None:
    day, night = weather(), weather(**NIGHT)
    assert mixing_height(day)[0] == 900.0
    assert mixing_height(weather(mechanical_height=1200.0))[0] == 1200.0
    assert mixing_height(night)[0] == 220.0
    assert mixing_height(weather(**{**NIGHT, "mechanical_height": 0.0}))[0] == 1.0


def test_select() -> None:
    met = unit_met()
    some = met.select(met.hour == 5)
    assert len(some) == 2
    assert some.level_height.shape == (2, met.level_height.shape[1])
    assert some.adjusted_u_star == met.adjusted_u_star
    assert some.wind_speed.tolist() == met.wind_speed[[4, 28]].tolist()
