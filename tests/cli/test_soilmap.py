"""``soilmap`` and ``score soilmap``."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio

from simulator.constants import METALS
from simulator.region import read_region
from simulator.region.survey import read_survey
from tests.estimators.fields import soil
from tests.make_region import RECORD, X_MIN, Y_MAX


@pytest.fixture(autouse=True)
def small_forests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.estimators.learned.TREES", 50)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with samples, sites and nodes."""
    folder = tmp_path_factory.mktemp("soil")
    table = soil(180, seed=30)
    table[:100].to_csv(folder / "train.csv", index=False)
    table[100:].to_csv(folder / "test.csv", index=False)
    x, y = np.meshgrid(np.arange(100.0, 4000.0, 200.0), np.arange(100.0, 4000.0, 200.0))
    nodes = pd.DataFrame({"x": x.ravel(), "y": y.ravel()})
    nodes["rock"] = np.where(nodes["x"] < 2000.0, "lime", "sand")
    nodes[nodes["y"] > 400.0].to_csv(folder / "grid.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def in_region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Samples in the small region, in its reference system."""
    table = soil(60, seed=31)[["x", "y", "Cd", "Zn"]]
    table["x"] = X_MIN + table["x"] * 1.2
    table["y"] = Y_MAX - 6000.0 + table["y"] * 1.4
    path = tmp_path_factory.mktemp("samples") / "samples.csv"
    table.to_csv(path, index=False)
    return path


def test_a_region_gets_a_survey_that_it_reads(call, small_region, in_region, tmp_path) -> None:
    out = tmp_path / "maps"
    result = call("soilmap", in_region, "--region", small_region, "--out", out,
                  "--method", "forest", "--covariates", "soil,elevation",
                  "--metals", "Cd")  # fmt: skip
    assert result.exit_code == 0, result.output
    assert {p.name for p in out.iterdir()} == {
        "Cd.tif", "survey.tif", "cross_validation.csv", "README.md",
    }  # fmt: skip
    region = read_region(small_region)
    survey = read_survey(out / "survey.tif", "survey.tif", region.grid)
    with rasterio.open(out / "Cd.tif") as raster:
        assert raster.descriptions == ("Cd content", "Cd standard error")
        assert set(raster.units) == {"mg/kg"}
        assert raster.crs.to_string() == region.grid.crs
        content, error = raster.read()
    np.testing.assert_array_equal(np.isfinite(content), region.soil_mask)
    assert (error[region.soil_mask] > 0.0).all()
    cd, arsenic = METALS.index("Cd"), METALS.index("As")
    np.testing.assert_allclose(survey[cd] * 1e6, content, rtol=1e-6)
    assert np.isnan(survey[arsenic]).all()
    # the whole way: the region with the file in it
    folder = tmp_path / "region"
    shutil.copytree(small_region, folder)
    shutil.copy(out / "survey.tif", folder)
    entries = {"file": "survey.tif", **RECORD}
    text = (folder / "region.toml").read_text() + "\n[files.survey]\n"
    text += "".join(f'{k} = "{v}"\n' for k, v in entries.items())
    (folder / "region.toml").write_text(text)
    read = read_region(folder)
    assert read.survey is not None
    assert read.survey.top is not None


def test_longitude_and_latitude_come_to_the_same_place(
    call, small_region, in_region, tmp_path
) -> None:
    import pyproj

    table = pd.read_csv(in_region)
    back = pyproj.Transformer.from_crs("EPSG:32651", "EPSG:4326", always_xy=True)
    table["lon"], table["lat"] = back.transform(table.pop("x"), table.pop("y"))
    table.to_csv(tmp_path / "degrees.csv", index=False)
    maps = []
    for i, samples in enumerate((in_region, tmp_path / "degrees.csv")):
        out = tmp_path / str(i)
        call("soilmap", samples, "--region", small_region, "--out", out, "--metals", "Cd",
             "--method", "idw")  # fmt: skip
        with rasterio.open(out / "Cd.tif") as raster:
            maps.append(raster.read(1))
    np.testing.assert_allclose(maps[0], maps[1], rtol=1e-4)


def test_a_grid_is_mapped_and_mapped_again(call, files, tmp_path) -> None:
    out = tmp_path / "maps"
    arguments = ("soilmap", files / "train.csv", "--grid", files / "grid.csv", "--out", out,
                 "--metals", "Cd", "--covariates", "rock", "--method", "gp",
                 "--crs", "EPSG:32632")  # fmt: skip
    assert call(*arguments).exit_code == 0
    with rasterio.open(out / "Cd.tif") as raster:
        first = raster.read()
        assert raster.shape == (18, 20)
        assert raster.bounds == (0.0, 400.0, 4000.0, 4000.0)
    nodes = pd.read_csv(out / "nodes.csv")
    np.testing.assert_allclose(nodes["Cd[mg/kg]"].max(), first[0].max(), rtol=1e-4)
    scores = pd.read_csv(out / "cross_validation.csv")
    assert set(scores["folds"]) == {"random", "blocks", "matched"}
    nearest = scores.set_index("folds")["nearest_m"]
    assert nearest["blocks"] > nearest["random"]
    assert call(*arguments).exit_code == 0  # replaces its own
    with rasterio.open(out / "Cd.tif") as raster:
        np.testing.assert_array_equal(raster.read(), first)


def test_scores_beside_baselines(call, files) -> None:
    result = call("score", "soilmap", "--train", files / "train.csv", "--test", files / "test.csv",
                  "--metals", "Cd", "--covariates", "rock", "--secondary", "Zn",
                  "--method", "universal", "--json")  # fmt: skip
    assert result.exit_code == 0, result.output
    metal = json.loads(result.stdout)["metals"]["Cd"]
    assert list(metal["scores"]) == [
        "universal", "mean", "class mean", "inverse distance", "ordinary kriging",
    ]  # fmt: skip
    assert metal["inputs"] == ["rock", "Zn"]
    ours, plain = metal["scores"]["universal"], metal["scores"]["mean"]
    assert ours["n"] == 80
    assert ours["mae"] < 0.8 * plain["mae"]
    assert ours["r2"] > 0.3
    assert 0.0 < ours["coverage"] <= 1.0
    truth = pd.read_csv(files / "test.csv")["Cd"]
    mean = pd.read_csv(files / "train.csv")["Cd"].mean()
    assert plain["mae"] == pytest.approx(np.abs(truth - mean).mean())


def test_the_contents_of_the_test_file_are_for_scoring_only(call, files, tmp_path) -> None:
    """Other contents there: the same predictions, so errors differ by the shift alone."""
    table = pd.read_csv(files / "test.csv")
    table["Cd"] += 100.0
    table.to_csv(tmp_path / "test.csv", index=False)
    bias = []
    for test in (files / "test.csv", tmp_path / "test.csv"):
        result = call("score", "soilmap", "--train", files / "train.csv", "--test", test,
                      "--metals", "Cd", "--method", "gp", "--json")  # fmt: skip
        scores = json.loads(result.stdout)["metals"]["Cd"]["scores"]
        bias.append([s["bias"] for s in scores.values()])
    np.testing.assert_allclose(np.subtract(*bias), 100.0, atol=1e-9)


def test_a_metal_does_not_predict_itself_and_values_below_detection_are_told(
    call, files, tmp_path
) -> None:
    table = pd.read_csv(files / "train.csv")
    limit = table["Cd"].quantile(0.2)
    table["Cd"] = [f"<{limit}" if v < limit else str(v) for v in table["Cd"]]
    table.to_csv(tmp_path / "train.csv", index=False)
    result = call("score", "soilmap", "--train", tmp_path / "train.csv", "--test",
                  files / "test.csv", "--secondary", "Zn", "--method", "universal",
                  "--json")  # fmt: skip
    metals = json.loads(result.stdout)["metals"]
    assert list(metals) == ["Zn", "Cd"]
    assert metals["Zn"]["inputs"] == []
    assert metals["Cd"]["inputs"] == ["Zn"]
    assert metals["Cd"]["below_train"] == 20


def test_covariates_that_the_files_lack_come_from_the_grid(call, files, tmp_path) -> None:
    bare = {}
    for name in ("train", "test"):
        bare[name] = tmp_path / f"{name}.csv"
        pd.read_csv(files / f"{name}.csv").drop(columns="rock").to_csv(bare[name], index=False)
    result = call("score", "soilmap", "--train", bare["train"], "--test", bare["test"],
                  "--metals", "Cd", "--covariates", "rock", "--grid", files / "grid.csv",
                  "--method", "class")  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "class mean" in result.stdout


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        ({"Cd": "-1"}, (), "above zero"),
        ({"Cd": "much"}, (), "finite number"),
        ({"x": ""}, (), "finite number"),
        ({}, ("--metals", "Cadmium"), "no column 'Cadmium'"),
        ({}, ("--covariates", "rok"), "rock"),
        ({}, ("--covariates", "rock:kind"), "NAME:class"),
    ],
)
def test_wrong_input_is_told(call, files, tmp_path, change, options, words) -> None:
    table = pd.read_csv(files / "train.csv", dtype=object)
    for column, value in change.items():
        table.loc[3, column] = value
    table.to_csv(tmp_path / "train.csv", index=False)
    result = call("score", "soilmap", "--train", tmp_path / "train.csv", "--test",
                  files / "test.csv", *(options or ("--metals", "Cd")))  # fmt: skip
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_map_has_one_target_and_a_folder_of_its_own(call, files, tmp_path) -> None:
    result = call("soilmap", files / "train.csv", "--out", tmp_path / "maps")
    assert result.exit_code == 2
    assert "--region, --grid" in result.stderr
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine")
    result = call("soilmap", files / "train.csv", "--grid", files / "grid.csv", "--out",
                  tmp_path / "mine")  # fmt: skip
    assert result.exit_code == 2
    assert "no soil maps" in result.stderr


def test_samples_far_away_are_refused(call, files, small_region, tmp_path) -> None:
    result = call("soilmap", files / "train.csv", "--region", small_region, "--out",
                  tmp_path / "maps")  # fmt: skip
    assert result.exit_code == 2
    assert "outside the grid" in result.stderr
    assert list(tmp_path.iterdir()) == []
