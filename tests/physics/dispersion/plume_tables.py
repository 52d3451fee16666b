"""AERMOD's intermediate values of the unit cases beside those of the engine.

:func:`read` gives a table of a reference case with the properties of its sources; some rows of
each are kept in ``tests/reference/dispersion``, written by ``python -m
tests.physics.dispersion.plume_tables``. :func:`compare` gives the largest difference by column.
"""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from simulator.physics.dispersion.hours import Hours
from simulator.physics.dispersion.levels import (
    DIRECTION,
    GRADIENT,
    SIGMA_V,
    SIGMA_W,
    THETA,
    U,
    level_below,
    value_at,
)
from simulator.physics.dispersion.plume import crosswind, meander, plume_at, washed_depth
from simulator.physics.dispersion.receptor import lateral_term
from simulator.physics.dispersion.rise import POINT, Exit, Release, centroid_height
from simulator.physics.dispersion.spread import SURFACE_LAYER, buoyancy_spread, updrafts
from simulator.physics.dispersion.terrain import critical_height, level_weight, share_below
from simulator.physics.dispersion.urban import urbanise
from simulator.physics.dispersion.vertical import convective_part, stable_term
from tests.physics.dispersion.plume_cases import (
    CASES,
    KEPT,
    keys,
    one,
    released,
    settled,
    stack,
    unit_hours,
    unit_met,
    volume,
)

FOLDERS = {1: "01_unit_low_stacks", 2: "02_unit_medium_stacks", 3: "03_unit_tall_stacks",
           8: "08_unit_terrain", 9: "09_unit_urban"}  # fmt: skip
KINDS = ("hours", "profiles", "source", "stable", "convective", "components")
_SOURCE = {"stack_height_m": "height", "release_height_m": "height", "diameter_m": "diameter",
           "exit_temperature_K": "temperature", "exit_velocity_m_s": "velocity",
           "initial_sigma_y_m": "sigma_y", "initial_sigma_z_m": "sigma_z"}  # fmt: skip

FUGITIVE = "10_unit_area_volume"
NOTE = """# Inputs and printed {} of AERMOD 24142 (public domain): some rows of the unit cases,
# written by tests/physics/dispersion/plume_tables.py
"""

#: Seven digits are printed.
PRINTED = 1e-6
#: What differs by more. Far out in the tails of Gaussians the last digits of a spread show many
#: times over. AERMOD's error function has an error of 1e-7: it shows where 1 - f is next to nothing
#: and the plume that keeps its level misses the receptor.
TOLERANCE = {
    "dtheta_dz_eff_K_m": 5e-6, "fy_1_m": 1e-4, "fz_1_m": 5e-5, "c_horizontal_g_m3": 1e-4,
    "c_terrain_following_g_m3": 1e-4, "conc_ug_m3": 3e-4, "fy_direct_1_m": 2e-5,
    "fz_direct_1_m": 1e-5, "fz_indirect_1_m": 1e-4, "fy_penetrated_1_m": 2e-5,
    "fz_penetrated_1_m": 5e-5, "h_direct1_m": 3e-6, "h_direct2_m": 3e-6, "h_indirect1_m": 3e-6,
    "h_indirect2_m": 3e-6,
}  # fmt: skip
#: Heights that may be next to zero [m], and shares.
SCALES = {
    "h_direct1_m": 100.0, "h_direct2_m": 100.0, "h_indirect1_m": 100.0, "h_indirect2_m": 100.0,
    "phi_below_hcrit": 1.0,
}  # fmt: skip

Values = dict[str, float]


@cache
def read(number: int, kind: str) -> pd.DataFrame:
    """A table of a reference case; with the sources' properties and the receptors' elevations."""
    folder = CASES / FOLDERS[number]
    path = folder / f"intermediates_{kind}.csv"
    if kind in ("hours", "profiles"):
        path = folder / f"{kind}.csv" if number == 9 else CASES / "met" / f"UNIT_DEV_{kind}.csv"
        return pd.read_csv(path if path.is_file() else f"{path}.gz").assign(case=number)
    frame = pd.read_csv(path if path.is_file() else f"{path}.gz")
    if "receptor" in frame:
        receptors = pd.read_csv(folder / "receptors.csv").drop_duplicates(["x_m", "y_m"])
        frame = frame.merge(receptors, on=["x_m", "y_m"], how="left", validate="many_to_one")
    document = tomllib.loads((folder / "case.toml").read_text())
    entries = {
        s["id"]: {"rate": s["emission_rate_g_s"]}
        | {new: s[k] for k, new in _SOURCE.items() if k in s}
        for s in document["sources"]
    }
    sources = pd.DataFrame.from_dict(entries, orient="index").reindex(
        columns=["rate", *dict.fromkeys(_SOURCE.values())]
    )
    sources.columns = [f"of_{c}" for c in sources.columns]
    return frame.join(sources, on="source").assign(case=number)


@cache
def kept(kind: str) -> pd.DataFrame:
    return pd.read_csv(KEPT / f"plume_{kind}.csv", comment="#")


@cache
def _hours(case: int) -> Hours:
    return urbanise(unit_hours(), 2e6, 1.0) if case == 9 else unit_hours()


@cache
def _places() -> dict[int, int]:
    return {int(key): h for h, key in enumerate(keys(unit_met()))}


@cache
def _out(case: int, h: int, exit_: Exit) -> Release:
    return released(exit_, *one(_hours(case), h))


def _exit(row: Any) -> Exit:
    if pd.notna(row.of_sigma_y):
        return volume(row.of_height, row.of_sigma_y, row.of_sigma_z)
    return stack(row.of_height, row.of_diameter, row.of_temperature, row.of_velocity, POINT)


def of_hours(row: Any) -> Values:
    """The columns of ``hours``."""
    h = _places()[row.yymmddhh]
    if not unit_hours().valid[h]:
        return {}
    hour, profile = one(_hours(row.case), h)
    found = {
        "zi_m": hour.z_i,
        "u_mean_sfc_to_zi_m_s": hour.u_mean,
        "sigmaw_mean_sfc_to_zi_m_s": hour.sigma_w_mean,
        "u_at_zi_m_s": hour.u_top,
        "pot_temp_at_zi_K": hour.theta_top,
    }
    if row.case != 9:  # there as they are in the country
        found |= {
            "ustar_m_s": hour.u_star,
            "obukhov_length_m": hour.obukhov_length,
            "sigmav_at_zi_m_s": value_at(profile, SIGMA_V, hour.z_i),
            "sigmaw_at_zi_m_s": value_at(profile, SIGMA_W, hour.z_i),
        }
    if row.stable:
        found["theta_star_K"] = hour.theta_star
    return found


def of_profiles(row: Any) -> Values:
    """The columns of ``profiles``."""
    h = _places()[row.yymmddhh]
    if not unit_hours().valid[h]:
        return {}
    profile = one(_hours(row.case), h)[1]
    at = profile[level_below(row.height_m) + (row.height_m == 5000.0)]
    return {
        "wind_dir_deg": at[DIRECTION],
        "wind_speed_m_s": at[U],
        "sigma_v_m_s": at[SIGMA_V],
        "sigma_w_m_s": at[SIGMA_W],
        "pot_temp_K": at[THETA],
        "pot_temp_gradient_K_m": at[GRADIENT],
    }


def of_source(row: Any) -> Values:
    """The columns of ``source``."""
    h = _places()[row.yymmddhh]
    hour, profile = one(_hours(row.case), h)
    out = _out(row.case, h, _exit(row))
    found = {
        "zi_m": hour.z_i,
        "stack_height_after_tip_downwash_m": out.start,
        "u_stack_m_s": out.u,
        "sigmav_stack_m_s": out.sigma_v,
        "sigmaw_stack_m_s": out.sigma_w,
        "dtheta_dz_stack_K_m": out.gradient,
        "pot_temp_stack_K": out.theta,
        "flow_vector_deg": (out.direction + 180.0) % 360.0 or 360.0,
        "u_mean_sfc_to_zi_m_s": hour.u_mean,
        "sigmaw_mean_sfc_to_zi_m_s": hour.sigma_w_mean,
    }
    if pd.isna(row.of_sigma_y):
        found |= {
            "buoyancy_flux_m4_s3": out.buoyancy,
            "momentum_flux_m4_s2": out.momentum,
            "final_rise_m": out.final,
            "dist_to_final_rise_m": out.reach,
        }
    if out.convective:
        # in other hours AERMOD prints what it does not use
        found["penetration_fraction"] = out.penetration
        found["dist_to_mixed_m"] = out.mixed
        if pd.isna(row.of_sigma_y):
            found["dist_final_used_m"] = out.centroid_reach
    if row.wet_depth_zsubp_m > 0.0:
        found["wet_depth_zsubp_m"] = washed_depth(out, hour, profile)
    return found


def _state(row: Any) -> tuple[Any, ...]:
    h = _places()[row.yymmddhh]
    hour, profile = one(_hours(row.case), h)
    out = _out(row.case, h, _exit(row))
    above = float(row.z_elev_m + row.z_flag_m)
    plume = plume_at(float(row.dist_used_m), above, True, out, hour, profile)
    return hour, profile, out, above, plume, settled(plume, out, hour, profile)


def _pair(row: Any, weight: float, lateral: float, lateral_3: float) -> Values:
    """Concentration of the plume that keeps its level and of the one that follows the ground."""
    hour, _, out, above, plume, setting = _state(row)
    parts = [crosswind(z, plume, setting, out, hour) for z in (above, float(row.z_flag_m))]
    level, follow = (
        row.of_rate * (lateral * part.main + lateral_3 * part.penetrated) for part in parts
    )
    return {
        "c_horizontal_g_m3": level,
        "c_terrain_following_g_m3": follow,
        "conc_ug_m3": 1e6 * (weight * level + (1.0 - weight) * follow),
    }


def of_stable(row: Any) -> Values:
    """The columns of ``stable``."""
    hour, profile, _, _, plume, setting = _state(row)
    lateral = lateral_term(row.crosswind_m, plume.sigma_y)
    if not row.coherent:
        lateral = 1.0 / (2.0 * np.pi * row.dist_used_m)
    ground = row.z_elev_m, row.z_hill_m
    stable = hour.obukhov_length > 0.0
    weight = level_weight(stable, *ground, setting.height, plume.sigma_z1, setting.lid, profile)
    found = {
        "plume_rise_m": plume.rise,
        "plume_height_m": plume.height_1,
        "u_eff_m_s": plume.u,
        "sigmav_eff_m_s": plume.sigma_v,
        "sigmaw_eff_m_s": plume.sigma_w,
        "dtheta_dz_eff_K_m": plume.gradient,
        "sy_buoyancy_m": plume.sigma_b,
        "sy_total_m": plume.sigma_y,
        "sz_buoyancy_m": plume.sigma_b,
        "sz_total_m": plume.sigma_z1,
        "fy_1_m": lateral,
        "effective_reflecting_height_m": setting.lid,
        "f_weight_horizontal": weight,
        **_pair(row, weight, lateral, 0.0),
    }
    if row.z_elev_m == 0.0 and lateral > 0.0:
        found["fz_1_m"] = stable_term(0.0, plume.sigma_z1, setting.height, setting.lid)
    if stable and row.case == 8:
        critical = critical_height(*ground, setting.height, profile)
        found["hcrit_m"] = critical
        found["phi_below_hcrit"] = share_below(
            critical, setting.height, plume.sigma_z1, setting.lid
        )
    return found


def of_convective(row: Any) -> Values:
    """The columns of ``convective``."""
    hour, _, out, above, plume, setting = _state(row)
    p, x = out.penetration, float(row.dist_used_m)
    lateral = lateral_term(row.crosswind_m, plume.sigma_y)
    lateral_3 = lateral_term(row.crosswind_m, plume.sigma_y3)
    if not row.coherent:
        lateral = lateral_3 = 1.0 / (2.0 * np.pi * x)
    found = {"penetration_fraction": p, "f_weight_horizontal": 0.5,
             **_pair(row, 0.5, lateral, lateral_3)}  # fmt: skip
    if p < 1.0:
        z_c = centroid_height(x, out, hour)
        drafts = updrafts(plume.sigma_w, z_c, z_c < SURFACE_LAYER * hour.z_i, hour)
        found |= {
            "rise_direct_m": plume.rise,
            "rise_indirect_dh2_m": plume.lowered,
            "h_direct1_m": plume.height_1,
            "h_direct2_m": plume.height_2,
            "h_indirect1_m": plume.height_1 - plume.lowered,
            "h_indirect2_m": plume.height_2 - plume.lowered,
            "u_eff_direct_m_s": plume.u,
            "u_eff_indirect_m_s": plume.u,
            "sigmav_eff_direct_m_s": plume.sigma_v,
            "sigmaw_eff_direct_m_s": plume.sigma_w,
            "pdf_a1": drafts.a_1,
            "pdf_a2": drafts.a_2,
            "pdf_b1": drafts.b_1,
            "pdf_b2": drafts.b_2,
            "pdf_lambda1": plume.share_1,
            "pdf_lambda2": 1.0 - plume.share_1,
            "sy_buoyancy_m": buoyancy_spread(plume.rise),
            "sy_total_m": plume.sigma_y,
            "sz_buoy_direct_m": plume.sigma_b,
            "sz_direct1_m": plume.sigma_z1,
            "sz_direct2_m": plume.sigma_z2,
            "sz_indirect1_m": plume.sigma_z1,
            "sz_indirect2_m": plume.sigma_z2,
            "fy_direct_1_m": lateral,
        }
        if above == 0.0 and lateral > 0.0:
            one_ = convective_part(
                0.0, plume.sigma_z1, plume.height_1, plume.height_1 - plume.lowered, hour.z_i
            )
            two = convective_part(
                0.0, plume.sigma_z2, plume.height_2, plume.height_2 - plume.lowered, hour.z_i
            )
            for k, key in enumerate(("fz_direct_1_m", "fz_indirect_1_m")):
                found[key] = plume.share_1 * one_[k] + (1.0 - plume.share_1) * two[k]
    if p > 0.0:
        found |= {
            "rise_penetrated_m": out.penetrated_rise,
            "h_penetrated_m": plume.height_3,
            "u_eff_penetrated_m_s": plume.u_3,
            "sigmav_eff_penetrated_m_s": plume.sigma_v3,
            "sigmaw_eff_penetrated_m_s": plume.sigma_w3,
            "sy_buoy_penetrated_m": plume.sigma_b3,
            "sy_penetrated_m": plume.sigma_y3,
            "sz_buoy_penetrated_m": plume.sigma_b3,
            "sz_penetrated_m": plume.sigma_z3,
            "penetrated_reflecting_height_m": setting.lid_3,
            "fy_penetrated_1_m": lateral_3,
        }
        if above == 0.0 and lateral_3 > 0.0:
            found["fz_penetrated_1_m"] = stable_term(
                0.0, plume.sigma_z3, plume.height_3, setting.lid_3
            )
    return found


def of_components(row: Any) -> Values:
    """The weight of the part that meanders, of ``components``."""
    h = _places()[row.yymmddhh]
    hour, profile = one(_hours(row.case), h)
    out = _out(row.case, h, _exit(row))
    above = float(row.z_elev_m + row.z_flag_m)
    plume = plume_at(float(row.radial_m), above, True, out, hour, profile)
    return {"meander_fraction": meander(plume, out)}


COMPUTED = {
    "hours": of_hours,
    "profiles": of_profiles,
    "source": of_source,
    "stable": of_stable,
    "convective": of_convective,
    "components": of_components,
}


def compare(frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Relative differences of all values ``[row, column]``; heights and shares relative to SCALES.

    Values that AERMOD did not print and its zeros are missing.
    """
    rows = list(frame.itertuples())
    found = pd.DataFrame([COMPUTED[kind](row) for row in rows], index=frame.index)
    printed = frame.reindex(columns=found.columns).astype(float)
    least = np.array([SCALES.get(c, 0.0) for c in found])
    scale = np.maximum(printed.abs(), least)
    difference = (found - printed).abs() / scale
    return difference.where(printed.notna() & found.notna() & (printed.abs() > 1e-30))


def worst(frame: pd.DataFrame, kind: str) -> dict[str, float]:
    """Columns that differ by more than they may, with the largest difference."""
    difference = compare(frame, kind)
    largest = difference.max()
    assert largest.notna().all(), f"nothing to compare in {list(largest[largest.isna()].index)}"
    allowed = np.array([TOLERANCE.get(c, PRINTED) for c in largest.index])
    return dict(largest[~(largest <= allowed)])


def keep() -> None:
    """Write the rows that are kept."""
    for kind in KINDS:
        numbers = [3, 9] if kind in ("hours", "profiles") else list(FOLDERS)
        frame = pd.concat([read(n, kind) for n in numbers], ignore_index=True)
        frame = frame.groupby("case").sample(12, random_state=5).sort_index()
        path = KEPT / f"plume_{kind}.csv"
        path.write_text(NOTE.format("intermediates") + frame.to_csv(index=False))
    frame = pd.read_csv(CASES / FUGITIVE / "results_hourly.csv.gz")
    largest = frame.groupby(["group", "yymmddhh"]).conc_ug_m3.transform("max")
    frame = frame[frame.conc_ug_m3 > 0.05 * largest]
    frame = frame.groupby("group").sample(24, random_state=5).sort_index()
    path = KEPT / "plume_fugitive.csv"
    path.write_text(NOTE.format("concentrations") + frame.to_csv(index=False))


if __name__ == "__main__":
    keep()
