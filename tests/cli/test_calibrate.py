"""``calibrate`` and ``score calibration``, from files to files."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator.constants import METALS, MG_PER_KG
from simulator.region import read_region
from tests.make_region import add_covariate, add_samples, make_region

WAYS = ("kriging", "process", "physical", "process_calibration", "physical_calibration")


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small region with samples that are richer in its east; a file of others beside."""
    folder = make_region(tmp_path_factory.mktemp("calibrated") / "testland")
    region = read_region(folder)
    rows, cols = region.grid.shape
    zone = np.where(np.arange(cols) < cols // 2, 1, 2)[None].repeat(rows, axis=0).astype(np.int32)
    add_covariate(folder, "zone", zone)
    rng = np.random.default_rng(4)
    cell = rng.choice(np.flatnonzero(region.soil_mask), 60)
    row, col = np.divmod(cell, cols)
    table = pd.DataFrame(
        {
            "site": [f"s{i}" for i in range(60)],
            "x": region.grid.x[col] + rng.uniform(-200.0, 200.0, 60).round(1),
            "y": region.grid.y[row] + rng.uniform(-200.0, 200.0, 60).round(1),
            "year": 2021,
            "zone": zone[row, col],
        }
    )
    natural = MG_PER_KG * region.background[METALS.index("Cd"), 0, row, col]
    table["Cd"] = natural * np.exp(0.7 * (table["zone"] == 2) + rng.normal(0.0, 0.15, 60))
    add_samples(folder, table[:45].to_csv(index=False))
    kept = table[45:].drop(columns="year").rename(columns={"x": "x_m", "y": "y_m", "site": "id"})
    kept.assign(zone_name="somewhere").to_csv(folder.parent / "kept.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def scenario(sampled: Path, write_scenario: Callable[..., Path]) -> Path:
    """A scenario that is calibrated by a hindcast of two years."""
    common = {"region": str(sampled), "start": 2020, "years": 2}
    write_scenario(sampled.parent / "past.toml", **common, name="past", tags={"by": "sector"})
    calibration = {"method": "ridge", "physical": True, "hindcast": "past.toml"}
    return write_scenario(sampled.parent / "now.toml", **common, calibration=calibration)


@pytest.mark.slow
def test_variants_side_by_side(call, scenario: Path) -> None:
    result = call("score", "calibration", scenario, "--folds", 3, "--metals", "Cd", "--jobs", 1,
                  "--variants", ",".join(WAYS), "--json")  # fmt: skip
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["hindcast"] == "past"
    assert document["survey_years"] == [2021]
    assert document["settings"]["method"] == "ridge"
    assert document["blocks"]["folds"] == 3
    scores = document["blocks"]["metals"]["Cd"]
    assert tuple(scores) == WAYS
    assert {s["n"] for s in scores.values()} == {45}
    assert scores["physical_calibration"]["rmse_log10"] < scores["process"]["rmse_log10"]
    shares = [scores["process_calibration"][k] for k in ("trusted", "corrected", "extrapolated")]
    assert sum(shares) == pytest.approx(1.0)
    assert "trusted" not in scores["kriging"]
    assert set(document["units"]) >= set(scores["process"]) - {"n"}


def test_a_file_kept_apart_with_the_hindcast_itself(call, scenario: Path) -> None:
    folder = scenario.parent
    result = call("score", "calibration", folder / "past.toml", "--holdout", folder / "kept.csv",
                  "--jobs", 1, "--variants", "kriging,process,physical")  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "kept.csv: 15 sites" in result.stdout
    assert "process alone" in result.stdout


def test_calibrate_writes_and_tells_where(call, scenario: Path, tmp_path: Path) -> None:
    out = tmp_path / "made"
    result = call("calibrate", scenario, "--out", out, "--folds", 3, "--jobs", 1)
    assert result.exit_code == 0, result.output
    for words in ("factor on", "deposition_background", "correction.tif", "sites.csv", "trusted"):
        assert words in result.stdout
    settings = tomllib.loads((out / "calibration.toml").read_text())
    assert settings["scenario"] == "test"
    assert settings["calibration"]["method"] == "ridge"
    assert settings["calibration"]["metals"] == ["Cd"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--metals", "Gold"), "no metal of the model"),
        (("--metals", "Zn"), "0 samples know it"),
        (("--variants", "krigin"), "kriging"),
    ],
)
def test_wrong_options_are_told(call, scenario: Path, options, words: str) -> None:
    result = call("score", "calibration", scenario, *options)
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_region_without_samples_and_a_strange_folder_are_refused(
    call, write_scenario, scenario: Path, tmp_path: Path
) -> None:
    plain = write_scenario(tmp_path / "plain.toml")
    result = call("score", "calibration", plain)
    assert result.exit_code == 2
    assert "has no samples" in result.stderr
    (tmp_path / "letter.txt").write_text("mine")
    result = call("calibrate", scenario, "--out", tmp_path)
    assert result.exit_code == 2
    assert "holds no calibration" in result.stderr
