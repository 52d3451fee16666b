"""Worked cases A to H: the specification's intermediate values and AERMOD's concentrations."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulator.physics.dispersion.engine import disperse
from simulator.physics.dispersion.hours import Hours, prepare
from simulator.physics.dispersion.kernel_inputs import source_exit
from simulator.physics.dispersion.levels import (
    GRADIENT,
    SIGMA_V,
    SIGMA_W,
    THETA,
    U,
    value_at,
)
from simulator.physics.dispersion.plume import crosswind, meander, plume_at
from simulator.physics.dispersion.rise import Release, centroid_height
from simulator.physics.dispersion.sources import Inert, Point
from simulator.physics.dispersion.spread import SURFACE_LAYER, updrafts
from simulator.physics.dispersion.vertical import convective_part, stable_term
from tests.physics.dispersion.plume_cases import (
    one,
    receptors_at,
    released,
    settled,
    table,
    weather,
)

CASES = table("worked_cases.csv").set_index("case")
PROFILES = table("worked_profiles.csv")
STATES = table("worked_states.csv")
AERMOD = table("worked_concentrations.csv")
NAMES = list(CASES.index)

#: Columns of the table of states that were printed with four digits, the others with five.
SHORT = {"sigma_v", "sigma_w", "a_1", "a_2", "share_1", "lowered", "gradient", "sigma_v3",
         "sigma_w3", "f_direct", "f_indirect", "f_stable", "f_penetrated", "meander", "coherent",
         "around"}  # fmt: skip


@cache
def hours(name: str) -> Hours:
    case = CASES.loc[name]
    unstable = case.obukhov < 0.0
    return prepare(
        weather(
            heat_flux=50.0 if unstable else -20.0,
            friction_velocity=case.u_star,
            convective_velocity=case.w_star if unstable else -9.0,
            gradient_above=case.gradient_above if unstable else -9.0,
            convective_height=case.z_ic if unstable else -999.0,
            mechanical_height=case.z_im,
            obukhov_length=case.obukhov,
            roughness=case.z0,
            wind_speed=case.u_10,
            temperature=case.temperature,
            levels=[(10.0, 270.0, case.u_10, 99.0, 99.0, 99.0)],
        )
    )


def stack_of(name: str) -> Point:
    case = CASES.loc[name]
    return Point(0.0, 0.0, case.height, case.diameter, case.exit_temperature, case.velocity)


def out_of(name: str) -> Release:
    return released(source_exit(stack_of(name)), *one(hours(name)))


def agree(found: dict[str, float], row: Any, digits: dict[str, int], usual: int) -> None:
    """Every value that is there agrees to half a unit of its last digit, and a bit."""
    for key, value in row.items():
        if key in found and pd.notna(value):
            tolerance = 0.55 * 10.0 ** (1 - digits.get(key, usual))
            assert found[key] == pytest.approx(value, rel=tolerance, abs=1e-12), key


@pytest.mark.parametrize("name", NAMES)
def test_hour(name: str) -> None:
    hour, profile = one(hours(name))
    found = hour._asdict() | {"residual": 0.02 * hour.u_top}
    row = {k.removeprefix("hour_"): v for k, v in CASES.loc[name].items() if "hour_" in str(k)}
    agree(found, row, {"residual": 4}, 5)
    columns = {"u": U, "sigma_v": SIGMA_V, "sigma_w": SIGMA_W, "gradient": GRADIENT,
               "theta": THETA}  # fmt: skip
    for _, level in PROFILES[PROFILES.case == name].iterrows():
        at = {k: value_at(profile, c, float(level.z_m)) for k, c in columns.items()}
        agree(at, level, {"gradient": 4, "theta": 6}, 5)


@pytest.mark.parametrize("name", NAMES)
def test_release(name: str) -> None:
    out = out_of(name)
    row = {k.removeprefix("out_"): v for k, v in CASES.loc[name].items() if "out_" in str(k)}
    if not out.convective:
        row |= dict.fromkeys(("centroid_reach", "centroid_rise", "mixed"))
    agree(out._asdict(), row, {"gradient": 4, "penetration": 5}, 5)


def state(name: str, x: float) -> dict[str, float]:
    """Everything that the table of states may hold, at a distance."""
    hour, profile = one(hours(name))
    out = out_of(name)
    plume = plume_at(x, 0.0, True, out, hour, profile)
    setting = settled(plume, out, hour, profile)
    found = plume._asdict() | {"meander": meander(plume, out)}
    integral = crosswind(0.0, plume, setting, out, hour)
    p = out.penetration
    scale = 1e6 / np.sqrt(2.0 * np.pi)
    found["coherent"] = scale * integral.main / plume.sigma_y
    found["around"] = 1e6 * (integral.main + integral.penetrated) / (2.0 * np.pi * x)
    if p > 0.0:
        found |= {"lid_3": setting.lid_3, "penetrated_rise": out.penetrated_rise}
        found["f_penetrated"] = stable_term(0.0, plume.sigma_z3, plume.height_3, setting.lid_3)
        found["coherent"] += scale * integral.penetrated / plume.sigma_y3
    if not out.convective:
        found["lid"] = setting.lid
        found["f_stable"] = stable_term(0.0, plume.sigma_z1, plume.height_1, setting.lid)
        return found
    z_c = centroid_height(x, out, hour)
    drafts = updrafts(plume.sigma_w, z_c, z_c < SURFACE_LAYER * hour.z_i, hour)
    found |= {"centroid": z_c, "a_1": drafts.a_1, "a_2": drafts.a_2}
    one_, two = (
        convective_part(0.0, sigma, height, height - plume.lowered, hour.z_i)
        for sigma, height in (
            (plume.sigma_z1, plume.height_1), (plume.sigma_z2, plume.height_2)
        )
    )  # fmt: skip
    share = plume.share_1
    found["f_direct"], found["f_indirect"] = (
        share * one_[k] + (1.0 - share) * two[k] for k in (0, 1)
    )
    if p == 1.0:
        for key in ("u", "sigma_v", "sigma_w", "sigma_y"):
            found.pop(key)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_states(name: str) -> None:
    for _, row in STATES[STATES.case == name].iterrows():
        agree(state(name, float(row.x_m)), row.drop("case"), dict.fromkeys(SHORT, 4), 5)


@pytest.mark.parametrize("name", NAMES)
def test_concentration_is_that_of_aermod(name: str) -> None:
    rows = AERMOD[AERMOD.case == name]
    receptors = receptors_at(rows.x_m, rows.y_m)
    found = disperse(stack_of(name), [Inert()], hours(name), receptors)
    # 1 g/s is 1e9 ug/s; results are for 1 kg/s
    concentration = found.concentration[:, 0] * 1e6
    assert concentration == pytest.approx(rows.conc_ug_m3.to_numpy(), rel=6e-6, abs=1e-30)
