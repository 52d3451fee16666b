"""``score landuse`` on a town that grows outwards: predictions, nulls, document, pictures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from PIL import Image
from typer.testing import CliRunner, Result

from analysis.cli import app
from analysis.cli.score_landuse import repeated
from analysis.landuse.make import Scored, null_maps, over_seeds, score_land
from analysis.landuse.output import as_document, write_output
from analysis.landuse.pictures import (
    growth_animation,
    importance_plot,
    reliability_plot,
    run_frames,
)
from analysis.landuse.predict import predict_land
from analysis.landuse.task import LandTask, open_task
from tests.analysis.landuse.towns import BUILT, TOWN, YEARS, write_town

GROWTH = BUILT[2] - BUILT[1]
MODELS = [
    "best", "seeded", "no change", "random", "distance", "neighbourhood 5x5", "neighbourhood 9x9",
]  # fmt: skip
KEYS = {
    "figure_of_merit", "hits", "misses", "false_alarms", "wrong_hits", "producers", "users",
    "quantity", "exchange", "shift", "multiresolution", "fuzzy", "landscape", "all_classes",
}  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_town(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def task(files: Path) -> LandTask:
    maps = [str(files / f"town_{y}.tif") for y in YEARS]
    return open_task(maps[:2], maps[2], [str(files / "road.tif")], str(files / "demand.csv"))


@pytest.fixture(scope="module")
def scored(task: LandTask) -> Scored:
    return score_land(task, "logistic", seeds=3)


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["score", "landuse", *map(str, arguments)])


def test_every_map_has_all_scores(scored):
    assert list(scored.models) == MODELS
    for name, scores in scored.models.items():
        assert set(scores) - {"sd", "seeds"} == KEYS, name
        assert scores["wrong_hits"] == 0  # of built and not built none can be wrong


@pytest.mark.parametrize("name", [n for n in MODELS if n != "no change"])
def test_demand_is_met_to_the_pixel(scored, name):
    scores = scored.models[name]
    assert scores["hits"] + scores["false_alarms"] == pytest.approx(GROWTH)
    assert scores["hits"] + scores["misses"] == pytest.approx(GROWTH)
    assert scores["quantity"] == pytest.approx(0.0)


def test_no_change_hits_nothing_and_lacks_the_quantity(scored):
    scores = scored.models["no change"]
    assert scores["figure_of_merit"] == scores["hits"] == scores["false_alarms"] == 0
    assert scores["quantity"] == pytest.approx(GROWTH / scored.task.counted.sum())
    assert scores["exchange"] == scores["shift"] == pytest.approx(0.0)


def test_a_town_that_grows_outwards_is_foreseen(scored):
    merit = {name: scores["figure_of_merit"] for name, scores in scored.models.items()}
    assert merit["best"] > merit["distance"] > 3 * merit["random"]
    assert merit["best"] > merit["seeded"] > merit["random"]


def test_seeds_give_mean_and_spread(scored):
    for name in ("seeded", "random"):
        assert scored.models[name]["seeds"] == 3
        assert scored.models[name]["sd"]["figure_of_merit"] > 0.0
    both = over_seeds([{"a": 1.0, "b": {"c": (1, 2)}}, {"a": 3.0, "b": {"c": (1, 6)}}])
    assert both["a"] == 2.0
    assert both["b"]["c"].tolist() == [1.0, 4.0]
    assert both["sd"]["a"] == pytest.approx(np.sqrt(2.0))


def test_frequency_is_the_share_of_the_drawn_maps(scored):
    assert scored.frequency.sum() == pytest.approx(GROWTH, rel=1e-5)
    assert scored.frequency.max() <= 1.0 + 1e-6
    assert not (scored.frequency[scored.task.start_built] > 0.0).any()


@pytest.mark.slow
def test_all_classes_can_be_foreseen(files):
    maps = [str(files / f"town_{y}.tif") for y in YEARS]
    task = open_task(maps[:2], maps[2], demand=str(files / "demand.csv"), built=TOWN)
    scored = score_land(task, "logistic", seeds=0, every_class=True)
    valid = task.context.valid
    for code, cells in task.demand.cells.items():
        assert np.count_nonzero(scored.cover[valid] == code) == cells
    np.testing.assert_array_equal(
        (scored.cover == TOWN) & valid, (task.start_built | scored.built) & valid
    )
    found = scored.models["best"]["all_classes"]
    assert found["gains"][str(TOWN)]["hits"] == scored.models["best"]["hits"]


def test_the_same_seed_gives_the_same_scores(task, scored):
    again = score_land(task, "logistic", seeds=3)
    np.testing.assert_array_equal(again.order, scored.order)
    np.testing.assert_array_equal(again.frequency, scored.frequency)


def test_nulls_choose_open_land_only(task):
    for name, maps in null_maps(task, 0, 2):
        for new in maps:
            assert new.sum() == (0 if name == "no change" else GROWTH)
            assert not (new & (task.start_built | ~task.context.valid)).any()


def test_prediction_in_steps_meets_the_demand(task):
    new = predict_land(task.snapshots, task.context, GROWTH, 2010.0, TOWN, "logistic", steps=3)
    assert new.sum() == GROWTH
    assert not (new & task.start_built).any()
    one = predict_land(task.snapshots, task.context, GROWTH, 2010.0, TOWN, "logistic")
    assert (one & new).sum() > 0.3 * GROWTH


def test_truth_is_not_looked_at_before_the_score(task, scored):
    """Another truth of the same total gives the same prediction."""
    from dataclasses import replace

    turned = replace(task, truth=replace(task.truth, cover=task.truth.cover[::-1]))
    other = score_land(turned, "logistic", seeds=1)
    np.testing.assert_array_equal(other.built, scored.built)


def test_a_document_of_plain_numbers(files, tmp_path):
    out = tmp_path / "out"
    result = call(
        "--maps", files / "towns.tif:1990", files / "towns.tif:2000",
        "--truth", files / "towns.tif:2010", "--drivers", files / "road.tif",
        "--demand", files / "demand.csv", "--method", "logistic", "--seeds", 2, "--exclude", "3",
        "--json", "--out", out,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert list(document) == ["task", "demand", "learning", "landscape", "models"]
    assert document["task"]["years"] == [1990.0, 2000.0]
    assert document["task"]["drivers"] == ["road"]
    assert document["demand"]["growth_cells"] == document["demand"]["gain_cells"] == GROWTH
    assert document["models"]["no change"]["users"] is None
    assert document["landscape"]["truth"]["infill"] >= 0.0
    assert json.loads((out / "scores.json").read_text()) == document
    with rasterio.open(out / "predicted.tif") as raster:
        assert (raster.read(1) == TOWN).sum() == BUILT[2]
        assert raster.crs.to_epsg() == 32649
    with rasterio.open(out / "potential.tif") as raster:
        assert raster.read(1, masked=True).min() == 0.0
    assert {p.name for p in out.iterdir()} == {
        "scores.json", "predicted.tif", "potential.tif", "frequency.tif", "hits.png",
        "importance.png", "reliability.png", "growth.gif",
    }  # fmt: skip


def test_tables_on_a_terminal(files):
    result = call(
        "--maps", files / "town_1990.tif", "--maps", files / "town_2000.tif",
        "--truth", files / "town_2010.tif", "--built", 2, "--method", "logistic", "--seeds", 1,
        "--start", "first",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    for words in (*MODELS, "1990 to 2010", "the totals of town_2010.tif itself", "leapfrog"):
        assert words in result.output


def test_what_is_wrong_is_said_in_words(files):
    result = call("--maps", files / "town_1990.tif", "--truth", files / "town_2010.tif")
    assert result.exit_code == 2
    assert "two maps or more" in result.output
    result = call("--maps", files / "a", files / "b", "--truth", "c", "--exclude", "water")
    assert result.exit_code == 2
    assert "--exclude 1,2" in result.output


def test_values_of_an_option_are_taken_up_to_the_next():
    said = ["--maps", "a", "b", "--truth", "c", "--drivers", "d", "e", "f", "--json"]
    assert repeated(said) == [
        "--maps", "a", "--maps", "b", "--truth", "c",
        "--drivers", "d", "--drivers", "e", "--drivers", "f", "--json",
    ]  # fmt: skip
    assert repeated(["--maps", "a", "--maps", "b"]) == ["--maps", "a", "--maps", "b"]


def test_animation_shows_old_and_new_land(tmp_path):
    frames = np.zeros((3, 20, 30), np.float32)
    frames[:, 5, 5] = 1.0
    frames[2, 10:, 15:] = 1.0
    path = growth_animation(frames, [2000, 2005, 2010], tmp_path / "growth.gif")
    with Image.open(path) as shown:
        assert shown.n_frames == 3
        assert max(shown.size) <= 700
        shown.seek(0)
        first = np.asarray(shown.convert("RGB")).astype(int)
        shown.seek(2)
        last = np.asarray(shown.convert("RGB")).astype(int)
    corner = np.s_[-60:-10, -60:-10]
    assert np.ptp(first[corner].mean(axis=(0, 1))) < 10  # pale ground
    red, green, blue = last[corner].mean(axis=(0, 1))
    assert red > 180
    assert red > green + 80 > blue


def test_animation_of_a_run(run, tmp_path):
    frames, years = run_frames(run)
    assert years == list(range(int(years[0]), int(years[0]) + 5))
    assert np.nanmin(frames) >= 0.0
    assert np.nanmax(frames) <= 1.0 + 1e-6
    assert np.nansum(frames[-1]) > np.nansum(frames[0])  # towns grow
    with Image.open(growth_animation(frames, years, tmp_path / "run.gif")) as shown:
        assert shown.n_frames == 5


def test_plots_of_what_was_learned(scored):
    axes = importance_plot(pd.Series({"near": 0.2, "far": 0.01})).axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["far", "near"]
    assert reliability_plot(scored.model.reliability_).axes[0].get_xscale() == "log"


def test_output_goes_where_it_is_asked_to(scored, tmp_path):
    document = as_document(scored, "logistic", 1, 0)
    assert document["learning"]["style"]["chance"] > 0.0
    write_output(scored, "{}", tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b" / "hits.png").stat().st_size < 400_000
