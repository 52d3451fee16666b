"""``inspect``, ``export`` and ``score samples`` on a finished run."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from simulator.record import RunFolder


def test_inspect_prints_a_budget_that_adds_up_in_the_digits_shown(call, finished) -> None:
    result = call("inspect", finished[1], "--cell", "5,6", "--metal", "zn")
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.stdout.splitlines()]
    start = next(i for i, line in enumerate(lines) if line[:2] == ["stock", "at"])
    stop = next(i for i, line in enumerate(lines) if line[:4] == ["stock", "at", "the", "end"])
    columns = len(lines[start]) - 4  # "stock at the start" and a number a column
    rows = np.array([[float(v) for v in line[-columns:]] for line in lines[start : stop + 1]])
    digits = len(lines[start][-1].partition(".")[2])
    off = np.abs(rows[:-1].sum(axis=0) - rows[-1])
    assert (off <= 0.5 * 10.0**-digits * len(rows) + 1e-9).all()
    for words in ("land in 2024", "Coast power station", "copper", "Weathering", "relative"):
        assert words in result.stdout, words


def test_inspect_json_is_one_document_that_adds_up_exactly(call, finished) -> None:
    result = call("inspect", finished[1], "--cell", "5, 6", "--year", 2023, "--json")
    document = json.loads(result.stdout)
    stock = np.array(document["stock_mg_m2"])
    effect = sum(np.array(p["effect_mg_m2"]) for p in document["pathways"])
    np.testing.assert_allclose(np.diff(stock, axis=0), effect, rtol=1e-9, atol=1e-12)
    assert document["relative_residual"] < 1e-13
    assert document["years"] == [2020, 2021, 2022, 2023]
    assert document["cell"]["row"] == 5
    assert document["why"] in call("inspect", finished[1], "--cell", "5,6", "--year", 2023).stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--cell", "12,0"], "rows are 0 (north) to 11"),
        (["--cell", "11,9"], "no soil"),
        (["--cell", "five,six"], "ROW,COL"),
        (["--cell", "-1,0"], "rows are 0 (north) to 11"),
        (["--cell", "5,6", "--metal", "Tl"], "Valid: As"),
        (["--cell", "5,6", "--year", "1066"], "2020 to 2024"),
    ],
)
def test_a_wrong_question_gets_the_valid_range(call, finished, arguments, words) -> None:
    result = call("inspect", finished[1], *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stdout == ""


def test_unknown_runs_are_input_errors_everywhere(call, tmp_path: Path) -> None:
    for command in (
        ["inspect", "nope", "--cell", "0,0"],
        ["export", "nope", "--csv"],
        ["resume", "nope"],
        ["score", "samples", "nope", "x.csv"],
    ):
        result = call(*command)
        assert result.exit_code == 2, command
        assert "no such run" in result.stderr


def test_export_writes_what_is_asked_for_and_nothing_else(call, finished, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = call(
        "export", finished[1], "--geotiff", "--csv", "--netcdf", "--metal", "pb", "--out", out
    )
    assert result.exit_code == 0, result.output
    names = ["content.csv", "content_Pb.tif", "history.nc"]
    assert sorted(p.name for p in out.iterdir()) == names
    assert all(str(out / name) in result.stdout for name in names)
    nothing = call("export", finished[1])
    assert nothing.exit_code == 2
    assert "--geotiff" in nothing.stderr


def test_a_folder_that_cannot_be_written_is_told(call, finished, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    result = call("export", finished[1], "--csv", "--out", tmp_path / "file")
    assert result.exit_code == 1
    assert "error:" in result.stderr
    assert "Traceback" not in result.output


def test_score_prints_a_table_or_json_and_refuses_wrong_units(
    call, finished, tmp_path: Path
) -> None:
    run = RunFolder(finished[1])
    x, y = run.history["x"].values, run.history["y"].values
    rows = "".join(f"{x[c]},{y[r]},{0.1 + 0.01 * c}\n" for r in range(5) for c in range(5, 10))
    file = tmp_path / "s.csv"
    file.write_text(f"x,y,Cd[mg/kg]\n{rows}0,0,1\n", "utf-8")
    result = call("score", "samples", finished[1], file)
    assert result.exit_code == 0, result.output
    assert "1 outside" in result.stdout
    assert "FAC2" in result.stdout
    document = json.loads(call("score", "samples", finished[1], file, "--json").stdout)
    assert (document["samples"], document["outside"], document["cells"]) == (26, 1, 25)
    assert document["metals"]["Cd"]["scores"]["n"] == 25
    wrong = call("score", "samples", finished[1], file, "--quantity", "deposition")
    assert wrong.exit_code == 2
    assert "mg m-2 yr-1" in wrong.stderr
    missing = call("score", "samples", finished[1], tmp_path / "none.csv")
    assert missing.exit_code == 2
