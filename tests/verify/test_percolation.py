"""The committed cases of HYDRUS-1D: within their limits, and told when they are not or broken."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from analysis.cli import app
from analysis.verify.percolation import find_cases, load_case, verify_case
from analysis.verify.percolation_outcome import ColumnAgreement, document
from simulator.errors import InputError
from simulator.hydrus.case_read import read_case
from simulator.physics.percolation.batch import run_columns
from tests.hydrus.places import (
    DEEP,
    FULL,
    GROWTH,
    LOAM,
    PADDY,
    SMALL,
    TRACER,
    change_table,
    copy_case,
    edit,
    two_solutes,
)  # fmt: skip

CASES = [pytest.param(p, id=p.name) for p in find_cases(SMALL)]
FULL_SET = [pytest.param(p, id=p.name) for p in (find_cases(FULL) if FULL.is_dir() else [])] or [
    pytest.param(None, marks=pytest.mark.skip(reason=f"no reference cases in {FULL}"))
]

#: Rows of d14 of the reference set, Shanghai 2012.
WEATHER = """\
day,date,tmax_c,tmin_c,rh_pct,wind2m_km_d,solar_rad_mj,hydrus_et_pm_mm,hydrus_et_hargreaves_mm,\
extraterrestrial_rad_fao_mj,et0_hargreaves_fao_mm,et0_pm_fao_mm
1,2012-01-01,8.0,2.0,66.33,250.387,8.0265,1.482,1.01,19.2754,1.0102,1.413
2,2012-01-02,9.0,1.0,61.16,140.054,9.2936,1.355,1.169,19.3282,1.1697,1.2872
"""
SITE = """\
[case]
id = "et"
kind = "potential ET"
[site]
latitude_deg = 31.1667
altitude_m = 4.0
[penman_monteith]
crop_height_cm = 12.0
albedo = 0.23
leaf_area_index = 2.88
extinction = 0.463
wind_and_temperature_height_cm = 200.0
shortwave_coefficients = [0.25, 0.5]
longwave_emissivity = [0.34, -0.139]
"""


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["verify", "percolation", *(str(a) for a in arguments)])


def outside(result: Result) -> list[str]:
    return [line for line in result.stdout.splitlines() if line.startswith("outside")]


def scale(path: Path, name: str, factor: float) -> None:
    change_table(path, **{name: pd.read_csv(path)[name] * factor})


def verify(folder: Path) -> ColumnAgreement:
    found = verify_case(load_case(folder))
    assert isinstance(found, ColumnAgreement)
    return found


def numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [n for v in value.values() for n in numbers(v)]
    if isinstance(value, list):
        return [n for v in value for n in numbers(v)]
    return [value] if isinstance(value, int | float) else []


def write_results(folder: Path) -> None:
    """What our column finds, as HYDRUS would have written it."""
    case = read_case(folder)
    column = case.column
    shown = [column.start, *case.print_times]
    found = run_columns([column], case.output_times, shown)
    water = {
        "sum_vTop": -found.infiltration, "sum_vRoot": found.transpiration,
        "sum_vBot": -found.percolation, "sum_runoff": found.runoff,
    }  # fmt: skip
    for name in folder.glob("*.csv"):
        if name.stem in ("tlevel", "balance", "profiles", "standard_build"):
            name.unlink()
    frame = pd.DataFrame({"time": case.output_times, **{n: v[0] for n, v in water.items()}})
    frame.to_csv(folder / "tlevel.csv", index=False)
    nodes = column.profile.depth.size
    profiles: dict[str, Any] = {
        "time": np.repeat(shown, nodes), "depth": np.tile(column.profile.depth, len(shown)),
        "node": np.tile(np.arange(nodes) + 1, len(shown)), "h": found.head[0].ravel(),
        "theta": found.theta[0].ravel(),
    }  # fmt: skip
    for index in range(len(column.solutes)):
        number = index + 1
        profiles[f"conc_{number}"] = found.concentration[0, index].ravel()
        solute = {
            "time": case.output_times, "sum_cvTop": found.solute_in[0, index],
            "sum_cvBot": -found.solute_out[0, index], "sum_cvRoot": found.solute_uptake[0, index],
        }  # fmt: skip
        ending = "" if index == 0 else f"_{number}"
        pd.DataFrame(solute).to_csv(folder / f"solute{ending}.csv", index=False)
    pd.DataFrame(profiles).to_csv(folder / "profiles.csv", index=False)


@pytest.fixture
def et(tmp_path: Path) -> Path:
    folder = tmp_path / "et"
    folder.mkdir()
    (folder / "case.toml").write_text(SITE, encoding="utf-8")
    (folder / "et.csv").write_text(WEATHER, encoding="utf-8")
    return folder


@pytest.mark.reference
@pytest.mark.parametrize("path", CASES)
def test_a_case_is_within_its_limits(path: Path) -> None:
    found = verify(path)
    assert found.passed, found.findings
    assert found.effort.forced == 0
    assert not found.notes
    water = found.water  # far better than the limits
    if path.name != GROWTH:  # HYDRUS keeps a root density in its surface node
        assert water.roots < 2e-4
    assert max(water.surface, water.bottom, water.runoff) < 6e-4
    assert water.balance < 1e-11
    assert water.nse is None or water.nse > 0.9999
    for solute in found.solutes:
        assert solute.balance < 1e-12


@pytest.mark.slow
@pytest.mark.reference
@pytest.mark.parametrize("path", FULL_SET)
def test_a_case_of_the_whole_set_is_within_its_limits(path: Path) -> None:
    found = verify_case(load_case(path))
    assert found.passed, found.findings


def test_the_command_prints_every_case_and_agrees() -> None:
    result = call(SMALL, "--case", LOAM, "--case", "d09")
    assert result.exit_code == 0, result.output
    for word in (LOAM, TRACER, "tracer", "NSE", "2 cases compared: 2 within their limits"):
        assert word in result.stdout
    assert DEEP not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 100


def test_json_is_one_document_with_finite_numbers() -> None:
    result = call(SMALL / TRACER, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout, parse_constant=lambda text: pytest.fail(text))
    assert found["passed"]
    assert found["tolerances"]["flux"] == 5e-3
    case = found["cases"][0]
    assert case["water"]["nse"] is None  # a steady flux
    assert case["solutes"][0]["into"]["reference"] == 5.0
    assert case["solutes"][0]["remaining"]["limit"] == 0.01
    assert case["timing"]["column_years_per_second"] > 0.0
    assert all(math.isfinite(n) for n in numbers(found))


@pytest.mark.parametrize(
    ("table", "column", "factor", "words"),
    [
        ("tlevel", "sum_vTop", 1.01, "water: largest error of the flux through the surface"),
        ("tlevel", "sum_vBot", 1.01, "water: largest error of the flux out of the bottom"),
        ("profiles", "theta", 1.01, "water: RMSE of water contents"),
        ("profiles", "h", 1.2, "water: RMSE of log10(-h)"),
        ("solute", "sum_cvTop", 1.011, "tracer: largest error of the solute that came in"),
        ("profiles", "conc_1", 3.0, "tracer: NSE of concentrations"),
    ],
)
def test_a_result_changed_is_told_and_ends_with_1(
    tmp_path: Path, table: str, column: str, factor: float, words: str
) -> None:
    folder = copy_case(TRACER, tmp_path)
    copy_case(LOAM, tmp_path)
    scale(folder / f"{table}.csv", column, factor)
    result = call(tmp_path)
    assert result.exit_code == 1
    told = outside(result)
    assert f"outside its limit: {TRACER} {words}" in "\n".join(told)
    assert all(TRACER in line for line in told)
    assert "1 within their limits, 1 outside" in result.stdout


def test_uptake_and_runoff_changed_by_one_percent_of_the_largest_flux_are_told(
    tmp_path: Path,
) -> None:
    path = copy_case(PADDY, tmp_path) / "tlevel.csv"
    scale(path, "sum_vRoot", 1.02)
    scale(path, "sum_runoff", 1.10)
    statistics = [f.statistic for f in verify(path.parent).findings["water"]]
    assert statistics == ["largest error of the uptake by roots", "largest error of the runoff"]


def test_results_may_be_few(tmp_path: Path) -> None:
    folder = copy_case(TRACER, tmp_path)
    for name in ("balance", "solute", "standard_build"):
        (folder / f"{name}.csv").unlink()
    found = verify(folder)
    assert found.passed, found.findings
    [solute] = found.solutes
    assert solute.into is None
    assert solute.bottom is None
    assert solute.remaining is not None
    assert solute.remaining.error < 0.01
    (folder / "profiles.csv").unlink()
    with pytest.raises(InputError, match="no results of solute 1"):
        load_case(folder)


def test_several_solutes(tmp_path: Path) -> None:
    folder = two_solutes(tmp_path)
    with pytest.raises(InputError, match="no results of solute 1"):
        load_case(folder)
    write_results(folder)
    found = verify(folder)
    assert found.passed, found.findings
    assert [solute.name for solute in found.solutes] == ["Cd", "Cu"]
    for solute in found.solutes:
        assert solute.uptake is not None
        assert solute.remaining is not None
        assert solute.remaining.error < 1e-9
    second = folder / "solute_2.csv"
    scale(second, "sum_cvTop", 1.011)
    assert [n for n, found in verify(folder).findings.items() if found] == ["Cu"]
    edit(folder / "case.toml", ('name = "Cu"', 'name = "Cd"'))
    assert [n for n, found in verify(folder).findings.items() if found] == ["Cd 2"]
    second.unlink()  # masses are still there
    assert verify(folder).passed


def test_what_hydrus_was_asked_otherwise_is_noted(tmp_path: Path) -> None:
    folder = copy_case(TRACER, tmp_path)
    toml = folder / "case.toml"
    edit(toml, ("hydraulic_tables = false", "hydraulic_tables = true"))
    edit(toml, ("time_weight = 0.5", "time_weight = 1.0"))
    result = call(folder)
    assert "interpolated" in result.stdout
    assert "weighted the new time by 1" in result.stdout


def test_a_broken_case_ends_with_2_and_the_others_still_run(tmp_path: Path) -> None:
    edit(copy_case(LOAM, tmp_path) / "case.toml", ("t_end = 1.5", 't_end = "soon"'))
    copy_case(TRACER, tmp_path)
    result = call(tmp_path)
    assert result.exit_code == 2
    assert f"{LOAM}/case.toml: time.t_end" in result.stderr
    assert "1 case compared: 1 within their limits; 1 could not be used" in result.stdout
    found = json.loads(call(tmp_path, "--json").stdout)
    assert [c["id"] for c in found["cases"]] == [TRACER]
    assert found["broken"][0]["problems"][0]["where"].endswith("time.t_end")


@pytest.mark.parametrize(
    ("table", "change", "words"),
    [
        ("tlevel", {"sum_vBot": None}, "sum_vBot"),
        ("tlevel", {"sum_vBot": ""}, "holds blanks"),
        ("tlevel", {"time": np.linspace(0.1, 99.0, 200)}, "times of results rise within 0 to 10"),
        ("tlevel", {"time": np.linspace(9.0, 1.0, 200)}, "times go back"),
        ("tlevel", {"time": 0.0}, "no time after the start"),
        ("profiles", {"depth": 1.0}, "nodes are not those"),
        ("profiles", {"time": 1.0}, "nodes are not those"),
        ("profiles", {"theta": None}, "profiles.csv: theta"),
        ("balance", {"ConcVol_1": ""}, "holds blanks"),
        ("solute", {"sum_cvTop": "x"}, "no number"),
    ],
)
def test_results_that_do_not_fit_are_refused(tmp_path: Path, table, change, words) -> None:
    folder = copy_case(TRACER, tmp_path)
    change_table(folder / f"{table}.csv", **change)
    result = call(folder)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.output


def test_a_case_without_results_is_refused(tmp_path: Path) -> None:
    folder = copy_case(LOAM, tmp_path)
    (folder / "tlevel.csv").unlink()
    result = call(folder)
    assert result.exit_code == 2
    assert "tlevel.csv" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no_such_folder"], "is no folder"),
        ([SMALL / LOAM / "hydrus"], "holds no case.toml"),
        ([SMALL.parent / "dispersion"], "cases of another program only"),
        ([SMALL, "--case", "d01b_pondet_loam"], f"Did you mean '{LOAM}'?"),
    ],
)
def test_a_wrong_question_is_told(arguments, words) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stdout == ""


def test_cases_of_another_program_are_left_to_it() -> None:
    assert {p.parent for p in find_cases(SMALL.parent)} == {SMALL}


def test_potential_evapotranspiration_agrees_to_the_digits_of_its_constants(et: Path) -> None:
    result = call(et)
    assert result.exit_code == 0, result.output
    assert "Penman-Monteith, FAO-56" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 100
    rows = {
        q["reference"]: q for q in json.loads(call(et, "--json").stdout)["cases"][0]["quantities"]
    }
    assert len(rows) == 5
    assert rows["hydrus_et_pm_mm"]["limit"] is None
    assert rows["et0_hargreaves_fao_mm"]["error"] < 1e-4
    scale(et / "et.csv", "et0_pm_fao_mm", 1.01)
    result = call(et)
    assert result.exit_code == 1
    assert "et Penman-Monteith, FAO-56 (et0_pm_fao_mm): largest error" in outside(result)[0]


def test_evapotranspiration_without_what_it_needs_is_refused(et: Path) -> None:
    change_table(et / "et.csv", tmin_c=None)
    result = call(et)
    assert result.exit_code == 2
    assert "tmin_c" in result.stderr


def test_an_empty_verification_has_not_passed() -> None:
    assert not document([], {})["passed"]
