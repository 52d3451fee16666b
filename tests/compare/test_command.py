"""``metalscape compare``."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from analysis.cli import app


def call(*arguments: object):
    return CliRunner().invoke(app, ["compare", *(str(a) for a in arguments)])


def test_the_table_names_runs_metals_and_differences(baseline, closed, tmp_path) -> None:
    out = tmp_path / "out"
    result = call(
        baseline.path, closed.path, "--out", out, "--no-pictures", "--metal", "zn", "--years", 2024
    )
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.stdout.splitlines()]
    assert [line[1] for line in lines if line[:1] == ["Zn"]] == ["baseline", "closed"]
    assert "metals: Zn; differences from baseline" in result.stdout
    assert (out / "compare.html").is_file()
    assert (out / "difference_Zn.tif").is_file()


def test_json_is_one_document(baseline, closed, tmp_path) -> None:
    result = call(baseline.path, closed.path, "--out", tmp_path / "o", "--no-pictures", "--json")
    document = json.loads(result.stdout)
    assert document["reference"] == "baseline"
    assert document["metals"][:2] == ["Cd", "Cu"]
    assert document["finding"].startswith("In 2024")
    assert document["largest_residual"] < 1e-12
    assert len(document["summary"]) == 2 * 9
    assert document["runs"][1]["title"].startswith("<script>")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "2 to 8 runs"),
        (["nope"], "no such run"),
        (["BASELINE", "--metal", "Au"], "metal 'Au'"),
        (["BASELINE", "--years", "1066"], "year 1066"),
        (["BASELINE", "--standard", "none"], "standard"),
    ],
)
def test_wrong_input_is_told_and_writes_nothing(baseline, tmp_path, arguments, words) -> None:
    rest = [baseline.path if a == "BASELINE" else a for a in arguments]
    result = call(baseline.path, *rest, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert words in result.stderr
    assert list(tmp_path.iterdir()) == []
