"""``--help``, ``check``, ``regions``, ``scenarios``, ``region build``."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.scenario import DEFAULT_SCENARIO, builtin_scenarios


def test_help_answers_at_once_and_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from analysis.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'pandas', 'xarray', 'mesa', 'numba', 'matplotlib', 'rasterio'}\n"
        "sys.exit(repr(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)\n"
    )
    began = os.times()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "inspect" in done.stdout
    spent = os.times()  # seconds at work, whatever else the machine does: 0.2 on a quick one
    assert sum(spent[2:4]) - sum(began[2:4]) < 3.0


def test_version_and_unknown_commands(call) -> None:
    assert call("--version").stdout.startswith("metalscape ")
    assert call("simulate").exit_code == 2


def test_lists_name_everything_that_is_built_in(
    call, small_region, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = json.loads(call("scenarios", "--json").stdout)
    assert [s["name"] for s in listed] == builtin_scenarios()
    assert [s["name"] for s in listed if s["default"]] == [DEFAULT_SCENARIO]
    assert DEFAULT_SCENARIO in call("scenarios").stdout
    # Reading the real ones takes seconds; their own tests do
    monkeypatch.setattr("simulator.region.builtin_regions", lambda: [str(small_region)])
    (facts,) = json.loads(call("regions", "--json").stdout)
    assert facts["name"] == "testland"
    assert (facts["soil_cells"], facts["sources"], facts["parcels"]) == (119, 3, 40)
    table = call("regions").stdout
    assert "Testland" in table
    assert "illustrative layers" in table


def test_check_takes_a_scenario_or_a_region(call, write_scenario, small_region, tmp_path) -> None:
    scenario = write_scenario(tmp_path / "s.toml")
    for what in (scenario, small_region):
        result = call("check", what)
        assert result.exit_code == 0, result.output
        assert "is in order" in result.stdout
        assert "119 soil cells" in result.stdout
    document = json.loads(call("check", scenario, "--json").stdout)
    assert document == {"input": str(scenario), "ok": True, "problems": []}


def test_check_tells_every_problem_and_no_traceback(call, small_region, tmp_path: Path) -> None:
    broken = shutil.copytree(small_region, tmp_path / "broken")
    (broken / "districts.csv").unlink()
    (broken / "slope.tif").write_bytes(b"no tiff")
    result = call("check", broken)
    assert result.exit_code == 2
    assert "districts.csv" in result.stderr
    assert "slope.tif" in result.stderr
    assert "2 problems." in result.stderr
    assert "Traceback" not in result.output
    machine = call("check", broken, "--json")
    assert machine.exit_code == 2
    assert machine.stderr == ""
    document = json.loads(machine.stdout)
    assert not document["ok"]
    assert {"where", "what", "rule", "fix"} == set(document["problems"][0])
    assert call("check", "nowhere").exit_code == 2


def test_building_from_a_wrong_recipe_is_an_input_error(call, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text("kind = 'nothing'\n", "utf-8")
    result = call("region", "build", recipe, "--raw", tmp_path, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "error:" in result.stderr
    assert not (tmp_path / "out").exists()
