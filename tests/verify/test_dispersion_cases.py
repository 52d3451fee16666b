"""The committed cases: within their limits, and told when they are not or are broken."""

from __future__ import annotations

import gzip
import json
import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from analysis.cli import app
from analysis.verify.dispersion import find_cases, load_case, verify_case
from analysis.verify.outcome import document
from analysis.verify.results import matched_period
from simulator.errors import InputError

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
CASES = find_cases(REFERENCE)
SET = REFERENCE / "dispersion" / "cases"


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["verify", "dispersion", *(str(a) for a in arguments)])


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Folder with two cases that a test may change."""
    for name in ("met", "01_low_stacks", "04_particles"):
        shutil.copytree(SET / name, tmp_path / "set" / name)
    return tmp_path / "set"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def change_period(case: Path, change: Any) -> None:
    path = case / "results_period.csv.gz"
    table = pd.read_csv(path)
    change(table).to_csv(path, index=False)


def numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [n for v in value.values() for n in numbers(v)]
    if isinstance(value, list):
        return [n for v in value for n in numbers(v)]
    return [value] if isinstance(value, int | float) else []


def test_the_set_covers_what_the_engine_does_and_stays_small() -> None:
    cases = [load_case(path).case for path in CASES]
    kinds = {type(s.source).__name__ for c in cases for s in c.sources}
    substances = {type(s.substance).__name__ for c in cases for s in c.sources}
    assert kinds == {"Point", "Volume", "Area"}
    assert substances == {"Inert", "Particles", "BulkParticles", "Gas"}
    assert any(not c.flat for c in cases)
    assert any(c.urban for c in cases)
    assert sum(p.stat().st_size for p in SET.rglob("*") if p.is_file()) < 300_000


@pytest.mark.reference
@pytest.mark.parametrize("path", CASES, ids=lambda p: p.name)
def test_a_case_is_within_its_limits(path: Path) -> None:
    loaded = load_case(path)
    done: list[float] = []
    found = verify_case(loaded, progress=done.append)
    assert found.passed, [o for o in found.outputs if o.findings]
    assert sum(done) == pytest.approx(loaded.work)
    assert found.hours == found.hours_reference
    assert {o.maximum.place for o in found.outputs} == {"same"}
    for row in found.outputs:
        assert row.hourly is not None
        assert row.hourly.n > row.period.n
        assert (row.tabulated is None) == (row.area or not loaded.case.flat)
        if not row.area:  # far better than the limits: to the printed digits
            assert row.period.largest < 1e-5
            assert row.hourly.largest < 5e-5


def test_the_command_prints_every_group_and_agrees() -> None:
    result = call(SET, "--case", "04", "--case", "08_terrain")
    assert result.exit_code == 0, result.output
    for word in ("04_particles", "08_terrain", "P60", "depos", "FAC2", "within their limits"):
        assert word in result.stdout
    assert "01_low" not in result.stdout


def test_json_is_one_document_with_finite_numbers() -> None:
    result = call(SET / "10_area_volume", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout, parse_constant=lambda text: pytest.fail(text))
    assert found["passed"]
    assert found["broken"] == []
    assert found["tolerances"]["point_and_volume"]["largest"] == 1e-3
    case = found["cases"][0]
    assert case["hours"] == case["hours_reference"] == {"processed": 48, "calm": 1, "missing": 1}
    assert [o["group"] for o in case["outputs"]] == ["VOL1", "AREA1", "AREA2"]
    assert case["outputs"][1]["tabulated"] is None
    assert case["exact"]["receptor_hours"] == 3 * 8 * 46
    assert case["exact"]["receptor_hours_per_second"] > 0.0
    assert all(math.isfinite(n) for n in numbers(found))


def test_a_case_outside_its_limits_is_told_and_ends_with_1(copy: Path) -> None:
    def one_percent_more(table: pd.DataFrame) -> pd.DataFrame:
        factor = np.where(table["group"] == "P10", 1.01, 1.0)
        return table.assign(wdep_g_m2=table["wdep_g_m2"] * factor)

    change_period(copy / "04_particles", one_percent_more)
    result = call(copy)
    assert result.exit_code == 1
    told = [line for line in result.stdout.splitlines() if line.startswith("outside")]
    assert told
    assert all("04_particles P10 wdep" in line for line in told)
    assert "1 within their limits, 1 outside" in result.stdout
    found = json.loads(call(copy, "--json").stdout)
    assert not found["passed"]
    assert [c["passed"] for c in found["cases"]] == [True, False]


def test_other_hours_than_stated_are_told(copy: Path) -> None:
    edit(copy / "01_low_stacks" / "case.toml", "hours_calm = 1", "hours_calm = 2")
    result = call(copy / "01_low_stacks")
    assert result.exit_code == 1
    assert "1 not 2" in result.stdout
    assert "hours processed, calm or missing differ" in result.stdout


def test_a_broken_case_ends_with_2_and_the_others_still_run(copy: Path) -> None:
    edit(copy / "01_low_stacks" / "case.toml", "count = 8", "count = 9")
    result = call(copy)
    assert result.exit_code == 2
    assert "01_low_stacks/case.toml: receptors.count" in result.stderr
    assert "1 case compared: 1 within their limits; 1 could not be used" in result.stdout
    as_json = call(copy, "--json")
    assert as_json.exit_code == 2
    found = json.loads(as_json.stdout)
    assert [c["id"] for c in found["cases"]] == ["04_particles"]
    assert found["broken"][0]["problems"][0]["where"].endswith("receptors.count")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t[t["group"] != "BU10"], "0 rows, but the case has 8 receptors"),
        (lambda t: t.iloc[1:], "7 rows, but the case has 8 receptors"),
        (lambda t: t.assign(x_m=t["x_m"] + 1.0), "no such receptor"),
        (lambda t: pd.concat([t, t]), "once too often"),
        (lambda t: t.assign(group="OTHER"), "no such group"),
        (lambda t: t.assign(conc_ug_m3=-1.0), "not negative"),
        (lambda t: t.assign(conc_ug_m3=np.inf), "no number from 0"),
    ],
)
def test_results_that_do_not_belong_to_the_case_are_refused(copy: Path, change, words) -> None:
    change_period(copy / "01_low_stacks", change)
    result = call(copy, "--case", "01")
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.output


def test_hours_that_are_not_in_the_meteorology_are_refused(copy: Path) -> None:
    path = copy / "01_low_stacks" / "results_hourly.csv.gz"
    text = gzip.decompress(path.read_bytes()).decode().replace(",10070101,", ",11070101,", 1)
    path.write_bytes(gzip.compress(text.encode()))
    with pytest.raises(InputError, match="hour 11070101"):
        verify_case(load_case(copy / "01_low_stacks"))


def test_what_the_engine_cannot_do_is_refused(copy: Path) -> None:
    toml = copy / "01_low_stacks" / "case.toml"
    edit(toml, "stack_tip_downwash = true", "stack_tip_downwash = false")
    edit(toml, '"FLAT"', '"FLAT", "NOSTD"')
    with pytest.raises(InputError, match="stack_tip_downwash"):
        load_case(copy / "01_low_stacks")


def test_a_group_without_sources_is_refused(copy: Path) -> None:
    edit(copy / "01_low_stacks" / "case.toml", '["NB10"]', "[]")
    with pytest.raises(InputError, match="without sources"):
        load_case(copy / "01_low_stacks")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no_such_folder"], "is no folder"),
        ([SET / "met"], "holds no case.toml"),
        ([SET, "--case", "04_partikles"], "Did you mean '04_particles'?"),
    ],
)
def test_a_wrong_question_is_told(arguments, words) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stdout == ""


def test_a_group_is_the_sum_of_its_sources(copy: Path) -> None:
    case = copy / "04_particles"
    edit(case / "case.toml", "[groups]\n", '[groups]\nALL = ["P60", "P10"]\n')
    for name, keys in (("period", []), ("hourly", ["yymmddhh"])):
        path = case / f"results_{name}.csv.gz"
        table = pd.read_csv(path)
        total = table.groupby([*keys, "x_m", "y_m"], as_index=False).sum(numeric_only=True)
        pd.concat([table, total.assign(group="ALL")]).to_csv(path, index=False)
    found = verify_case(load_case(case))
    assert found.passed
    assert [o.group for o in found.outputs][:4] == ["ALL"] * 4


def test_sources_of_one_stack_share_a_plume(copy: Path) -> None:
    case = copy / "04_particles"
    text = (case / "case.toml").read_text("utf-8")
    twin = "[[sources]]\n" + text.split("[[sources]]\n")[1].replace('"P60"', '"TWIN"')
    twin = twin.replace("emission_rate_g_s = 100.0", "emission_rate_g_s = 300.0")
    twin = twin[: twin.index("[sources.particles_method1]")]
    twin += "[sources.particles_method2]\nfine_mass_fraction = 0.5\nmass_mean_diameter_um = 1.0\n\n"
    text = text.replace("[groups]\n", '[groups]\nTWIN = ["TWIN"]\n', 1)
    (case / "case.toml").write_text(text.rstrip() + "\n\n" + twin, "utf-8")
    for name in ("period", "hourly"):
        path = case / f"results_{name}.csv.gz"
        table = pd.read_csv(path)
        pd.concat([table, table[table["group"] == "P60"].assign(group="TWIN")]).to_csv(
            path, index=False
        )
    found = verify_case(load_case(case))
    assert found.plumes == 2
    by_group = {o.group: o for o in found.outputs if o.output == "conc"}
    assert by_group["P60"].period.largest < 1e-5
    assert not by_group["P60"].findings
    assert by_group["TWIN"].period.total == pytest.approx(2.0, rel=0.1)  # about three times as much


def test_receptors_at_one_place_are_told_apart_by_their_order() -> None:
    loaded = load_case(SET / "03_tall_stacks")
    case = loaded.case
    points = replace(case.receptors, x=np.zeros(8), y=np.zeros(8), flagpole=np.arange(8.0))
    table = loaded.results["period"].assign(x_m=0.0, y_m=-0.0)
    matched = matched_period(replace(case, receptors=points), table)
    np.testing.assert_array_equal(matched["BU200"]["conc_ug_m3"], table["conc_ug_m3"])


def test_an_empty_verification_has_not_passed() -> None:
    assert not document([], {})["passed"]
