"""``column`` and ``export hydrus`` on a finished run."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.column import cell_column
from analysis.column_hydrus import project_column
from simulator.record import RunFolder

CELL = "8,7"


def test_column_prints_water_leaching_and_contents(call, finished) -> None:
    result = call("column", finished[1], "--cell", CELL, "--metal", "zn", "--metal", "Cd")
    assert result.exit_code == 0, result.output
    for words in ("open ground of the cell at the start: ", "percolation", "leached in 4 years",
                  "100 cm", "content, mg/kg", "50-100 cm", "Kd of the top layer"):  # fmt: skip
        assert words in result.stdout, words
    rows = [line.split() for line in result.stdout.splitlines()]
    leached = [row for row in rows if row and row[0] in ("Cd", "Zn") and len(row) == 9]
    assert [row[0] for row in leached] == ["Cd", "Zn"]  # in the order of the metals
    for row in leached:
        assert abs(float(row[7])) < 5.0  # % at the bottom of the column


def test_json_is_one_document_with_the_same_numbers(call, finished, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = call(
        "column", finished[1], "--cell", CELL, "--metal", "Cd", "--out", out, "--json",
        "--land-class", "grassland",
    )  # fmt: skip
    document = json.loads(result.stdout)
    assert document["land_class"] == "grassland"
    assert document["years"] == [2020, 2021, 2022, 2023]
    leached = document["metals"]["Cd"]["leached_mg_m2"]
    daily, yearly = (np.sum(leached[side], axis=0) for side in ("daily", "yearly"))
    np.testing.assert_allclose(yearly[-1], daily[-1], rtol=0.05)
    assert sorted(p.name for p in out.iterdir()) == ["column.png", "leaching.csv", "profiles.csv"]
    assert document["files"] == [
        str(out / name) for name in ("profiles.csv", "leaching.csv", "column.png")
    ]
    table = pd.read_csv(out / "leaching.csv")
    total = table[table["depth_m"] == 1.0]["daily_mg_m2"].sum()
    assert total == pytest.approx(daily[-1], rel=1e-6)
    profile = pd.read_csv(out / "profiles.csv")
    assert set(profile["source"]) == {"start", "daily", "yearly", "run"}
    assert (out / "column.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--cell", "12,0"], "rows are 0 (north) to 11"),
        (["--cell", "11,9"], "no soil"),
        (["--cell", "five"], "ROW,COL"),
        (["--cell", CELL, "--metal", "Tl"], "Valid: As"),
        (["--cell", CELL, "--land-class", "paddi"], "paddy"),
    ],
)
def test_wrong_questions_are_refused_by_both(
    call, finished, arguments, words, tmp_path: Path
) -> None:
    out = ["--out", tmp_path / "out"]
    for command in (["column"], ["export", "hydrus"]):
        result = call(*command, finished[1], *arguments, *out)
        assert result.exit_code == 2
        assert words in result.stderr
    assert not (tmp_path / "out").exists()


def test_totals_alone_are_told_with_the_remedy(call, write_scenario, tmp_path, no_map) -> None:
    scenario = write_scenario(tmp_path / "t.toml", years=1, record={"ledger": "totals"})
    call("run", scenario, "--out", tmp_path, "--name", "totals")
    result = call("column", tmp_path / "totals", "--cell", CELL)
    assert result.exit_code == 2
    assert "ledger = 'cells'" in result.stderr
    project = call("export", "hydrus", tmp_path / "totals", "--cell", CELL, "--metal", "Cd",
                   "--out", tmp_path / "p")  # fmt: skip
    assert project.exit_code == 0, project.output


def blocks(path: Path) -> list[list[str]]:
    return [line.split() for line in path.read_text("ascii").splitlines()]


def test_a_project_holds_the_numbers_of_the_column(call, finished, tmp_path: Path) -> None:
    out = tmp_path / "project"
    ask = ("export", "hydrus", finished[1], "--cell", CELL, "--land-class", "paddy",
           "--metal", "Zn", "--metal", "cd", "--out", out)  # fmt: skip
    result = call(*ask)
    assert result.exit_code == 0, result.output
    assert "all the time" in result.stdout
    names = ["ATMOSPH.IN", "PROFILE.DAT", "README.txt", "SELECTOR.IN", "ours.csv"]
    assert sorted(p.name for p in out.iterdir()) == names
    row, col = map(int, CELL.split(","))
    cell = cell_column(RunFolder(finished[1]), row, col, "paddy", ["Cd", "Zn"], fluxes=False)
    column, ends = project_column(cell)

    selector = blocks(out / "SELECTOR.IN")
    after = {line[0]: selector[i + 1] for i, line in enumerate(selector[:-1])}
    material = column.profile.materials[0]
    assert [float(v) for v in after["thr"]] == [
        material.theta_r, material.theta_s, material.alpha, material.n, material.k_s, material.l,
    ]  # fmt: skip
    assert [float(v) for v in after["tInit"]] == [0.0, ends[-1]]
    assert [float(v) for v in after["TPrint(1),TPrint(2),...,TPrint(MPL)"]] == ends.tolist()
    sorbed = [selector[i + 1] for i, line in enumerate(selector) if line[0] == "Ks"]
    for solute, line in zip(column.solutes, sorbed, strict=True):
        assert [float(v) for v in line[:3]] == [solute.kd[0], solute.eta[0], solute.beta[0]]

    nodes = np.array([line for line in blocks(out / "PROFILE.DAT") if len(line) == 12], dtype=float)
    np.testing.assert_array_equal(-nodes[:, 1], column.profile.depth)
    np.testing.assert_array_equal(nodes[:, 2], column.head)
    np.testing.assert_array_equal(nodes[:, 3], column.profile.material + 1)
    np.testing.assert_array_equal(nodes[:, 10:], np.array([s.initial for s in column.solutes]).T)
    assert nodes[:, 10].max() > 0.0

    weather = blocks(out / "ATMOSPH.IN")
    start = next(i for i, line in enumerate(weather) if line[0] == "tAtm")
    days = np.array([line[:4] for line in weather[start + 1 : -1]], dtype=float)
    np.testing.assert_array_equal(days[:, 0], column.weather.end)
    np.testing.assert_array_equal(days[:, 1], column.weather.rain)
    np.testing.assert_array_equal(days[:, 3], column.weather.transpiration)
    held = next(weather[i + 1] for i, line in enumerate(weather) if line[0] == "hCritS")
    assert float(held[0]) == column.top.h_crit_s > 0.0

    ours = pd.read_csv(out / "ours.csv")
    assert ours["end_d"].tolist() == ends.tolist()
    assert (ours["percolation_cm"] > 0.0).all()
    assert {"Cd_20cm_ug_cm2", "Zn_100cm_ug_cm2"} <= set(ours.columns)
    text = (out / "README.txt").read_text("utf-8")
    assert "1  Cd\n  2  Zn" in text
    assert "H1D_CALC" in text
    again = call(*ask)
    assert again.exit_code == 2
    assert "is there already" in again.stderr
    assert call(*ask, "--overwrite").exit_code == 0
