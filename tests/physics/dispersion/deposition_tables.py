"""AERMOD's intermediate values of deposition, joined with what they were computed from.

Frames have a row per hour, source and category. A small part of them is kept beside the tests, see
``tests/reference/dispersion/``; the rest is read from the set of reference cases where it is there.
"""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator.physics.dispersion import rates
from simulator.physics.dispersion.constants import FREEZING, LAPSE_RATE
from simulator.physics.dispersion.gas import GasSubstance, gas_deposition, gas_scavenging
from simulator.physics.dispersion.meteorology import Meteorology, limited
from simulator.physics.dispersion.particles import (
    deposition_by_size,
    deposition_in_bulk,
    scavenging_by_size,
    scavenging_in_bulk,
    schmidt_number,
)
from simulator.physics.dispersion.rates import categories, deposition_hours
from simulator.physics.dispersion.sources import BulkParticles, Gas, Ground, Particles
from simulator.physics.dispersion.surface_air import aerodynamic_resistance, kinematic_viscosity

ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT.parent / "shared" / "reference" / "dispersion"
KEPT = ROOT / "tests" / "reference" / "dispersion"

#: Columns of the hours' array, under the names that the kept tables use.
HOUR_COLUMNS = {
    "pressure_kPa": rates.PRESSURE,
    "humidity_percent": rates.HUMIDITY,
    "vapour_kPa": rates.VAPOUR,
    "solar_W_m2": rates.SOLAR,
    "water_factor": rates.WATER_FACTOR,
    "recent_rain_mm": rates.RECENT_RAIN,
    "cloud_tenths": rates.CLOUD,
    "rain_code": rates.RAIN_CODE,
    "hour": rates.HOUR,
    "season": rates.SEASON,
    "leaf_area": rates.LEAF_AREA,
    "rain_mm_h": rates.RAIN,
}
PARAMETER_COLUMNS = {
    "kind": None,
    "diameter_m": rates.DIAMETER,
    "density_kg_m3": rates.DENSITY,
    "fine": rates.FINE,
    "d_air_m2_s": rates.D_AIR,
    "d_water_m2_s": rates.D_WATER,
    "r_cuticle_s_m": rates.R_CUTICLE,
    "henry_Pa_m3_mol": rates.HENRY,
    "reactivity": rates.REACTIVITY,
}
#: AERMOD's names for what ``GasDeposition`` holds, in its order.
GAS_NAMES = (
    "ra_s_m",
    "rb_s_m",
    "rc_s_m",
    "rs_stomatal_s_m",
    "rm_mesophyll_s_m",
    "rcl_lipid_s_m",
    "rcut_cuticle_s_m",
    "rac_canopy_s_m",
    "rg_ground_s_m",
    "f1_light",
    "f2_water",
    "f3_humidity",
    "f4_temperature",
    "vd_gas_m_s",
)


def need_cases() -> None:
    if not CASES.is_dir():
        pytest.skip(f"the reference cases are not at {CASES}")


@cache
def surface_file(name: str) -> Meteorology:
    """Surface file of the reference set; the profile is left empty, deposition does not use it."""
    path = next((CASES / "met").glob(f"{name}.SFC*"))
    table = pd.read_csv(path, sep=r"\s+", skiprows=1, header=None, usecols=range(25)).to_numpy(
        float
    )
    none = np.empty((len(table), 0))
    whole = np.int64
    return Meteorology(
        (table[:, 0] + np.where(table[:, 0] < 50, 2000, 1900)).astype(whole),
        *(table[:, c].astype(whole) for c in (1, 2, 4)),
        *(table[:, c] for c in range(5, 20)),
        table[:, 20].astype(whole),
        *(table[:, c] for c in range(21, 25)),
        np.zeros(len(table), whole),
        *(none,) * 6,
    )


def _substance(source: dict, ground: dict):
    if "particles_method1" in source:
        it = source["particles_method1"]
        return Particles(
            tuple(1e-6 * d for d in it["diameter_um"]),
            tuple(it["mass_fraction"]),
            tuple(1e3 * d for d in it["density_g_cm3"]),
        )
    if "particles_method2" in source:
        it = source["particles_method2"]
        return BulkParticles(it["fine_mass_fraction"], 1e-6 * it["mass_mean_diameter_um"])
    it = source["gas"]
    return Gas(
        1e-4 * it["diffusivity_air_cm2_s"],
        1e-4 * it["diffusivity_water_cm2_s"],
        1e2 * it["cuticular_resistance_s_cm"],
        it["henry_Pa_m3_mol"],
        ground["reactivity_f0"],
    )


def _temperature_of(viscosity, pressure):
    """Invert eq. 8.4: cases of a year come without the temperature at the stack."""
    scale = 1.505e-5 * pressure / 101.3 * (1.0 + 0.0132 * (pressure - 101.3))
    return FREEZING * (viscosity / scale) ** (1.0 / 1.772)


def _read(folder: Path, name: str) -> pd.DataFrame | None:
    path = next(folder.glob(f"intermediates_{name}*.csv*"), None)
    return None if path is None else pd.read_csv(path)


@cache
def case_frame(number: int) -> pd.DataFrame:
    """Everything about the deposition of one reference case."""
    folder = next(CASES.glob(f"{number:02d}_*"))
    case = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    met = surface_file(case["met"]["surface_file"].split("/")[-1].split(".")[0])
    gas = case["options"].get("gas_deposition", {})
    ground = Ground()
    if gas:
        ground = Ground(
            tuple(gas["land_use_by_sector"]),
            tuple(gas["season_by_month"]),
            gas["lai_factor_season2"],
            gas["lai_factor_season5"],
        )
    dry = _read(folder, "dry_gas" if gas else "dry_particles")
    assert dry is not None
    dry["bin"] = dry.get("bin", 0)
    wet = _read(folder, "wet")
    if wet is not None:
        dry = dry.merge(
            wet.drop(columns="precip_mm_h"), on=["yymmddhh", "source", "bin"], how="left"
        )
    source = _read(folder, "source")
    if source is not None:
        used = ["yymmddhh", "source", "stack_height_m", "pot_temp_stack_K", "wind_dir_deg"]
        dry = dry.merge(source[used], on=["yymmddhh", "source"])

    stamp = ((met.year % 100 * 100 + met.month) * 100 + met.day) * 100 + met.hour
    at = np.searchsorted(stamp, dry.yymmddhh)
    assert (stamp[at] == dry.yymmddhh).all()
    hours = deposition_hours(met, ground)[at]
    fit = limited(met)
    columns = {name: hours[:, c] for name, c in HOUR_COLUMNS.items()}
    columns |= {
        "u_star": fit.friction_velocity[at],
        "w_star": fit.convective_velocity[at],
        "obukhov": fit.obukhov_length[at],
        "z0": fit.roughness[at],
        "root_water_mm": rates.root_water(met.temperature, met.precipitation).root_water[at],
    }
    if source is not None:
        columns["t_a"] = dry.pot_temp_stack_K - LAPSE_RATE * dry.stack_height_m
        direction = dry.wind_dir_deg.to_numpy()
    else:
        columns["t_a"] = _temperature_of(dry.kinematic_viscosity_m2_s, columns["pressure_kPa"])
        direction = fit.wind_direction[at]
    columns["land_use"] = [ground.land_use[rates.land_use_sector(d)] for d in direction]

    kinds, rows = {}, {}
    for item in case["sources"]:
        cats = categories([_substance(item, gas)])
        for j in range(cats.kind.size):
            key = (item["id"], 0 if gas else j + 1)
            kinds[key] = cats.kind[j]
            rows[key] = cats.parameters[j]
    keys = list(zip(dry.source, dry["bin"], strict=True))
    for name, column in PARAMETER_COLUMNS.items():
        columns[name] = [kinds[k] if column is None else rows[k][column] for k in keys]
    dry = dry.assign(case=number, **columns)
    if "schmidt_number" in dry:
        # printed with the slip correction of the last source (spec 13.2), and not used
        dry.loc[dry.kind == rates.BULK, "schmidt_number"] = np.nan
    return dry


@cache
def washed_hours_of_case_12() -> pd.DataFrame:
    """Every hour of rain of case 12: efficiencies in columns 1 to 5, rates in rate_1 to rate_5."""
    wet = _read(next(CASES.glob("12_*")), "wet")
    assert wet is not None
    met = surface_file("HOUSTON_1996")
    stamp = ((met.year % 100 * 100 + met.month) * 100 + met.day) * 100 + met.hour
    table = wet.set_index(["yymmddhh", "bin"]).drop(columns="source").unstack("bin")  # noqa: PD010
    out = table["collision_efficiency"].copy()
    rate = table["scavenging_rate_1_s"]
    out[[f"rate_{j}" for j in rate.columns]] = rate
    out["rain_mm_h"] = table["precip_mm_h"][1]
    hours = deposition_hours(met, Ground())
    out["pressure_kPa"] = hours[np.searchsorted(stamp, out.index), rates.PRESSURE]
    return out


def hour_row(row) -> np.ndarray:
    """A row of the hours' array from a row of a frame."""
    hour = np.zeros(rates.HOUR_COLUMN_COUNT)
    for name, column in HOUR_COLUMNS.items():
        hour[column] = getattr(row, name)
    return hour


@lru_cache(maxsize=256)
def _category(kind, diameter, density, fine, d_air, d_water, r_cuticle, henry, reactivity):
    match kind:
        case rates.BY_SIZE:
            return categories([Particles((diameter,), (1.0,), (density,))])
        case rates.BULK:
            return categories([BulkParticles(fine, diameter)])
    return categories([Gas(d_air, d_water, r_cuticle, henry, reactivity)])


def computed(frame: pd.DataFrame, warmer: float = 0.0) -> pd.DataFrame:
    """Our values under AERMOD's names, with the air at the stack made warmer by so many K."""
    rows = []
    for row in frame.itertuples():
        cats = _category(*(getattr(row, name) for name in PARAMETER_COLUMNS))
        p, hour, t_a, rain = cats.parameters[0], hour_row(row), row.t_a + warmer, row.rain_mm_h
        depth = getattr(row, "zsubp_m", np.nan)
        air = (row.u_star, row.w_star, row.obukhov, row.z0, t_a)
        whole = rates.category_rates(cats.kind[0], p, hour, *air, row.land_use, depth)
        viscosity = kinematic_viscosity(t_a, row.pressure_kPa)
        r_a = aerodynamic_resistance(row.u_star, row.obukhov, row.z0)
        values = {"kinematic_viscosity_m2_s": viscosity, "ra_s_m": r_a}
        if cats.kind[0] == rates.GAS:
            gas = GasSubstance(*p[rates.D_AIR : rates.REACTIVITY + 1])
            around = rates.surroundings(hour, row.land_use)
            dry = gas_deposition(gas, around, r_a, row.u_star, t_a, viscosity)
            values |= dict(zip(GAS_NAMES, dry, strict=True))
            values["vd_gas_m_s"] = whole.v_d
            values["solar_irradiance_W_m2"] = hour[rates.SOLAR]
            if rain > 0.0 and depth > 0.0:
                wet = gas_scavenging(gas, t_a, rain, depth)
                values["saturation_fraction"] = wet.saturation
                values["liquid_content_g_m3"] = wet.liquid
        else:
            values["vd_m_s"] = whole.v_d
            values["settling_velocity_m_s"] = cats.settling[0]
            values["stopping_time_s"] = p[rates.STOPPING]
            if cats.kind[0] == rates.BULK:
                values["rd_or_rp_s_m"] = deposition_in_bulk(
                    p[rates.FINE], r_a, row.u_star, row.obukhov
                ).r_d
                if rain > 0.0:
                    wet = scavenging_in_bulk(p[rates.DIAMETER], p[rates.FINE], rain, depth)
                    values["collision_efficiency"] = wet.efficiency
            else:
                size = (p[rates.SETTLING], p[rates.STOPPING])
                sc = schmidt_number(p[rates.DIAMETER], p[rates.SLIP], t_a, viscosity)
                values["schmidt_number"] = sc
                values["rd_or_rp_s_m"] = deposition_by_size(
                    *size, sc, viscosity, r_a, row.u_star, row.w_star
                ).r_d
                if rain > 0.0:
                    values["collision_efficiency"] = scavenging_by_size(
                        p[rates.DIAMETER], p[rates.DENSITY], *size, sc, viscosity, rain
                    ).efficiency
        if rain > 0.0 and depth > 0.0:
            values["scavenging_rate_1_s"] = whole.scavenging_depletion
        rows.append(values)
    return pd.DataFrame(rows, index=frame.index)


def disagreement(frame: pd.DataFrame) -> pd.Series:
    """Largest relative difference of each quantity beyond what the printed inputs leave open.

    The temperature at the stack is known to 6e-5 K only, from digits that AERMOD printed; terms of
    frost multiply such an error. AERMOD's value should lie between ours for either end.
    """
    ours = [computed(frame, t) for t in (-6e-5, 0.0, 6e-5)]
    out = {}
    for name in ours[0].columns.intersection(frame.columns):
        theirs = frame[name].astype(float)
        known = theirs.notna()
        assert ours[0][name][known].notna().all(), name
        values = np.array([o[name][known] for o in ours])
        gap = np.maximum(values.min(axis=0) - theirs[known], theirs[known] - values.max(axis=0))
        out[name] = float((gap.clip(0.0) / theirs[known].abs().clip(1e-300)).max())
    return pd.Series(out)


def kept(name: str) -> pd.DataFrame:
    return pd.read_csv(KEPT / name, comment="#")


def write_kept() -> None:
    """Write the small part that is kept: rows of each kind of hour, season and ground."""
    head = "# Inputs and printed intermediates of AERMOD 24142 (public domain): some rows of the\n"
    head += "# reference cases, written by tests/physics/dispersion/deposition_tables.py\n"
    KEPT.mkdir(parents=True, exist_ok=True)
    inputs = [*PARAMETER_COLUMNS, *HOUR_COLUMNS, "u_star", "w_star", "obukhov", "z0", "t_a"]
    inputs += ["land_use"]
    aside = {"diameter_um", "ustar_m_s", "obukhov_length_m", "z0_m", "wstar_m_s", "drop_radius_cm"}
    aside |= {"stack_height_m", "pot_temp_stack_K", "wind_dir_deg", "washout_coefficient"}
    for name, numbers in (("particles", (4, 6)), ("gas", (7, 15, 16))):
        frame = pd.concat([case_frame(n) for n in numbers], ignore_index=True)
        frame["wet"] = frame.rain_mm_h > 0.0
        frame["cold"] = frame.t_a < 273.16
        frame["stable"] = frame.obukhov > 0.0
        frame["dew"] = frame.ra_s_m == 1000.0
        kinds = ["case", "bin", "wet", "cold", "stable", "dew"]
        ground = ["case", "bin", "season", "land_use"]
        groups = [frame.groupby(by) for by in (kinds, ground)]
        chosen = sorted(set().union(*(g.head(1).index for g in groups)))
        some = frame.loc[chosen]
        given = ["case", "yymmddhh", "source", "bin"]
        printed = [c for c in frame if c.endswith(("_m", "_s", "_K", "_m2", "_m3", "_mm", "_cm"))]
        printed += [c for c in frame if c.startswith(("f1", "f2", "f3", "f4", "sett", "schm"))]
        printed += [c for c in ("collision_efficiency", "saturation_fraction") if c in frame]
        wanted = [c for c in dict.fromkeys(printed) if c not in aside and c not in inputs]
        with (KEPT / f"deposition_{name}.csv").open("w", encoding="utf-8") as out:
            out.write(head)
            some[given + inputs + wanted].to_csv(out, index=False, float_format="%.12g")


if __name__ == "__main__":
    write_kept()
