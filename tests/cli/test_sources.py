"""Command ``sources``."""

from __future__ import annotations

import json

import pandas as pd
import pytest


@pytest.fixture(scope="module")
def tagged(call, write_scenario, tmp_path_factory):
    """Folder of a run with source tags."""
    folder = tmp_path_factory.mktemp("sources")
    scenario = write_scenario(folder / "test.toml", tags={"by": "sector"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analysis.cli.run.write_map", lambda run, metal: None)
        result = call("run", scenario, "--out", folder / "runs", "--name", "tagged")
    assert result.exit_code == 0, result.output
    return folder / "runs" / "tagged"


def test_tells_the_largest_sources(call, tagged):
    result = call("sources", tagged, "--metal", "cu")
    assert result.exit_code == 0, result.output
    assert "Cu in the control layer of the region at the beginning of 2024" in result.output
    assert "At the start, and from below" in result.output
    assert "Manure" in result.output


def test_json_and_csv_have_all(call, tagged, tmp_path):
    file = tmp_path / "sources.csv"
    result = call("sources", tagged, "--landuse", "paddy", "--json", "--out", file)
    document = json.loads(result.stdout)
    assert document["place"] == "cells with open paddy land"
    table = pd.read_csv(file)
    assert len(table) == len(document["sources"])
    assert table.groupby("metal")["share"].sum().to_numpy() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--cell", "0,0", "--district", "x"), "are given together"),
        (("--district", "nowhere"), "district 'nowhere'"),
        (("--landuse", "padi"), "paddy"),
        (("--metal", "Xx"), "metal 'Xx'"),
        (("--year", "1900"), "1900"),
    ],
)
def test_wrong_questions_get_an_answer(call, tagged, options, message):
    result = call("sources", tagged, *options)
    assert result.exit_code == 2
    assert message in result.output


def test_a_run_without_tags_says_what_to_do(call, finished):
    result = call("sources", finished[1])
    assert result.exit_code == 2
    assert "has no source tags" in result.output
