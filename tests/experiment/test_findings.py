from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
import rasterio
from typer.testing import CliRunner

from analysis.cli import app
from analysis.cli.console import as_json
from analysis.cli.findings import document
from analysis.experiment import pareto, robustness
from analysis.experiment.findings import FINDINGS, PAGE, find, write_findings
from analysis.experiment.page import spread
from analysis.experiment.probability import wilson
from simulator.errors import InputError
from tests.experiment.made_experiment import END, GRID, MadeExperiment

TITLE = 'Choices <script>alert("1")</script>'
OPTIONS = ("none", "some <b>$x$</b>")
VOID = {"meta", "img", "input", "br", "link", "line", "rect", "polyline"}


class Page(HTMLParser):
    """Tags, ids, links and texts of a page; fails where tags do not close."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.alts, self.headings = [], [], [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given[k] for k in ("href", "src") if k in given]
        if tag == "img":
            self.alts.append(given.get("alt", ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("h1", "h2"):
            self.headings.append(data)


def area(x, option, seed):
    return 200.0 + 100.0 * x[0] - 60.0 * option * x[1]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    made = MadeExperiment(
        tmp_path_factory.mktemp("made"), area, samples=30, options=OPTIONS, lost=(3,), title=TITLE
    )
    return made, write_findings(find(made))


def test_folder_holds_tables_maps_pictures_and_the_page(written):
    made, out = written
    assert out == made.path / FINDINGS
    names = {p.name for p in out.iterdir()}
    assert names == {
        "effects.csv", "sensitivity.csv", "robustness.csv", "pareto.csv", PAGE, "effects.png",
        "pareto.png", "regret.png",
    } | {
        f"{what}_{metal}.{kind}"
        for metal in ("Cd", "Cu")
        for what, kinds in (("probability", ("tif", "png")), ("leading_factor", ("tif", "png")),
                            ("sensitivity", ("tif", "png")))
        for kind in kinds
    }  # fmt: skip
    table = pd.read_csv(out / "robustness.csv")
    assert set(table["option"]) == set(OPTIONS)
    assert {p.name for p in made.path.iterdir()} == {FINDINGS}


def test_chances_are_bands_with_names(written):
    made, out = written
    with rasterio.open(out / "probability_Cd.tif") as raster:
        assert raster.descriptions == tuple(
            f"{option} {END} {part}"
            for option in OPTIONS
            for part in ("probability", "low", "high")
        )
        assert raster.crs.to_epsg() == 32649
        assert raster.bounds == GRID.bounds
        bands = raster.read()
    assert np.isnan(bands[:, 0]).all()  # no soil
    x = made.design[made.design["lever/policy"] == "none"]["position/a"]
    share = (x.to_numpy() > 0.5).mean()
    np.testing.assert_allclose(bands[0, 1:, :2], share, rtol=1e-6)
    np.testing.assert_allclose(bands[1, 1:, :2], wilson(share, 30)[0], rtol=1e-6)


def test_leading_factor_is_the_one_that_the_cell_follows(written):
    _, out = written
    with rasterio.open(out / "leading_factor_Cu.tif") as raster:
        codes, tags = raster.read(), raster.tags()
    assert (codes[:, 1:, :2] == 1).all()
    assert (codes[:, 1:, 2:] == 2).all()
    assert (codes[:, 0] == 255).all()
    assert [tags[f"code_{k}"] for k in range(3)] == ["none stands out", "a", "b"]
    with rasterio.open(out / "sensitivity_Cu.tif") as raster:
        assert raster.descriptions[1] == f"{OPTIONS[0]}: b"
        np.testing.assert_allclose(raster.read(1)[1:, :2], 1.0, rtol=1e-6)


def test_page_is_whole_escaped_and_needs_no_network(written):
    _, out = written
    text = (out / PAGE).read_text("utf-8")
    page = Page(text)
    assert TITLE in "".join(page.headings)
    assert "<b>$x$</b>" not in text
    assert "<script>alert" not in text
    assert len(page.ids) == len(set(page.ids))
    for link in page.links:
        assert link.startswith("data:") or link.removeprefix("#") in page.ids
    assert len(page.alts) == 9
    assert all(page.alts)
    assert "1 of 60 members did not finish" in text
    assert "&lt;lost&gt;" in text


def test_numbers_of_the_first_sentence_are_those_of_the_table(written):
    made, out = written
    table = pd.read_csv(out / "effects.csv")
    row = table[(table["outcome"] == "overload_ha") & (table["metal"] == "Cd")].iloc[0]
    text = (out / PAGE).read_text("utf-8")
    assert f"keeps {spread(row, -1)} ha more land" in text
    assert row["futures"] == 29
    one, other = (made.design[made.design["lever/policy"] == o]["position/b"] for o in OPTIONS)
    assert row["difference_median"] == pytest.approx(-60.0 * np.median(np.delete(other, 1)))
    assert one.tolist() == other.tolist()


@pytest.mark.parametrize(
    ("metals", "year", "says"), [(["Xx"], None, "metal 'Xx'"), ([], 1999, "One of 2024")]
)
def test_wrong_questions_are_answered(written, metals, year, says):
    with pytest.raises(InputError) as error:
        find(written[0], metals, year)
    (problem,) = error.value.problems
    assert says in f"{problem.where} {problem.fix}"


def test_nothing_finished(tmp_path):
    made = MadeExperiment(tmp_path, area, samples=2, lost=(0, 1))
    with pytest.raises(InputError, match="no finished member"):
        find(made)


def test_no_future_with_all_options(tmp_path, monkeypatch):
    """Early in a run, or where an option always fails: tables without rows, no picture of them."""
    count = len(OPTIONS)
    made = MadeExperiment(tmp_path, area, samples=2, options=OPTIONS, lost=(0, count + 1))
    assert list(find(made).robustness) == list(robustness.COLUMNS)
    assert list(find(made).pareto) == list(pareto.COLUMNS)
    nothing = MadeExperiment(tmp_path, area, samples=2, options=OPTIONS, lost=(0, count))
    monkeypatch.setattr("analysis.experiment.folder.ExperimentFolder", lambda path: nothing)
    told = CliRunner().invoke(app, ["findings", "made"])
    assert told.exit_code == 0, told.output
    assert "No future has all options." in (tmp_path / FINDINGS / PAGE).read_text("utf-8")


@pytest.mark.parametrize("method", ["sobol", "morris", "full"])
def test_other_designs_without_options(tmp_path, method):
    samples = {"sobol": 8, "morris": 6, "full": 4}[method]
    made = MadeExperiment(tmp_path, area, method=method, samples=samples, metals=("Cd",))
    found = find(made)
    text = (write_findings(found) / PAGE).read_text("utf-8")
    assert "What the options do" not in text
    assert re.search(r"In 2024, \S+ ha are overloaded with Cd in the mean", text)
    assert found.effects.empty


def test_nothing_sampled_but_seeds(tmp_path):
    made = MadeExperiment(
        tmp_path, lambda x, option, seed: 100.0 + seed, samples=1, replicates=20, factors=(),
        metals=("Cd",),
    )  # fmt: skip
    found = find(made)
    assert found.results.independent.sum() == 20
    out = write_findings(found)
    assert "futures differ by their seed only" in (out / PAGE).read_text("utf-8")
    assert not list(out.glob("leading*"))


def test_command_prints_tables_and_replaces_an_older_folder(tmp_path, monkeypatch):
    made = MadeExperiment(tmp_path, area, samples=6, options=OPTIONS, lost=(3,))
    monkeypatch.setattr("analysis.experiment.folder.ExperimentFolder", lambda path: made)
    (tmp_path / FINDINGS).mkdir()
    (tmp_path / FINDINGS / "old.txt").write_text("old")
    told = CliRunner().invoke(app, ["findings", "made", "--metal", "cd"])
    assert told.exit_code == 0, told.output
    assert "against none, in the same futures" in told.output
    assert "1 member did not finish" in told.output
    assert str(tmp_path / FINDINGS / PAGE) in told.output
    names = {p.name for p in (tmp_path / FINDINGS).iterdir()}
    assert "old.txt" not in names
    assert "probability_Cd.tif" in names
    assert "probability_Cu.tif" not in names


def test_document_is_plain(tmp_path):
    made = MadeExperiment(tmp_path, area, samples=6, options=OPTIONS, lost=(3,))
    told = json.loads(as_json(document(find(made), tmp_path)))
    assert told["futures"] == 6
    assert told["missing"] == 1
    assert {row["option"] for row in told["pareto"]} == set(OPTIONS)
