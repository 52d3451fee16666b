"""``inventory``: tables on the screen, CSV, JSON, the check, errors."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.make_sources import set_sources


@pytest.fixture(scope="module")
def scenario(write_scenario, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scenario(tmp_path_factory.mktemp("inventory") / "plan.toml")


def test_first_year_by_sector_with_ranges_and_mercury(call, scenario: Path) -> None:
    result = call("inventory", scenario)
    assert result.exit_code == 0, result.output
    assert "testland in 2020, kg a year" in result.stdout
    for word in ("coal power", "secondary copper", "all sectors", "low", "high", "HgII"):
        assert word in result.stdout
    line = next(t for t in result.stdout.splitlines() if t.lstrip().startswith("secondary copper"))
    assert "1320" in line  # Pb: 60 kt x 22 g/t
    assert "% recalled" in result.stdout


def test_all_years_are_a_row_each(call, scenario: Path) -> None:
    result = call("inventory", scenario, "--years")
    assert result.exit_code == 0, result.output
    rows = [t.split()[0] for t in result.stdout.splitlines() if t.strip()[:3] == "202"]
    assert rows == ["2020", "2021", "2022", "2023"]


def test_one_year_as_files_and_as_json(call, scenario: Path, tmp_path: Path) -> None:
    result = call("inventory", scenario, "--year", 2041, "--out", tmp_path / "out", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["years"] == [2041]
    assert 0 < document["recalled"] <= document["parameters"]
    copper = [r for r in document["sources"] if r["id"] == "copper-1"]
    assert all(r["kg"] == 0 for r in copper)  # closed in 2040
    table = pd.read_csv(tmp_path / "out" / "by_sector.csv")
    assert len(table) == len(document["sectors"])
    assert (tmp_path / "out" / "mercury.csv").is_file()


def test_check_holds_the_factors_against_china(call, scenario: Path) -> None:
    result = call("inventory", scenario, "--check")
    assert result.exit_code == 0, result.output
    assert "municipal waste incineration" in result.stdout
    assert "within 2" in result.stdout
    document = json.loads(call("inventory", scenario, "--check", "--json").stdout)
    assert {"scope", "metal", "ours", "published", "ratio", "verdict"} <= set(
        document["national"][0]
    )


def test_filled_stacks_are_named(call, small_region: Path, write_scenario, tmp_path: Path) -> None:
    folder = shutil.copytree(small_region, tmp_path / "testland")
    set_sources(folder, height_m=["", "80", "35"])
    scenario = write_scenario(tmp_path / "plan.toml", region=str(folder))
    assert "Stacks with typical values: coal-1." in call("inventory", scenario).stdout


def test_what_is_wrong_is_told_as_text(call, scenario: Path) -> None:
    both = call("inventory", scenario, "--year", 2020, "--years")
    assert both.exit_code == 2
    assert "not both" in both.output
    missing = call("inventory", "no-such-scenario")
    assert missing.exit_code == 2
    assert "Traceback" not in missing.output
