"""The folder and the page of a comparison."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from analysis.compare.align import align
from analysis.compare.findings import main_finding, telling_metals
from analysis.compare.output import check_folder, default_folder, write_comparison
from analysis.compare.tables import make_tables
from simulator.errors import InputError

_VOID = {"meta", "img", "input", "br", "hr", "line", "rect", "polyline", "path", "circle"}


class Page(HTMLParser):
    """What is on a page; elements must be closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.scripts = 0
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag, attrs) -> None:
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given[k] for k in ("href", "src") if k in given]
        self.images += [given] if tag == "img" else []
        self.scripts += tag == "script"
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag) -> None:
        if tag not in _VOID:
            assert self._open.pop() == tag


@pytest.fixture(scope="module")
def written(baseline, closed, longer, tmp_path_factory):
    """Comparison of three runs, all files."""
    out = tmp_path_factory.mktemp("out") / "comparison"
    return write_comparison(align([baseline, closed, longer]), out, ["Cd"])


@pytest.fixture(scope="module")
def text(written) -> str:
    return (written.folder / "compare.html").read_text("utf-8")


def test_all_files_are_there(written) -> None:
    assert {p.name for p in written.folder.iterdir()} == {
        "compare.html", "summary.csv", "series.csv", "exceedance.csv", "pathways.csv",
        "emissions.csv", "difference_Cd.tif", "lattice_Cd.png", "difference_Cd.png",
        "overload_Cd.png", "series_Cd.png", "pathways_Cd.png", "sources_Cd.png",
    }  # fmt: skip
    summary = pd.read_csv(written.folder / "summary.csv")
    assert set(summary["run"]) == {"baseline", "closed", "longer"}
    assert len(summary) == 3 * 9


def test_the_page_is_whole_and_needs_nothing_else(text, written) -> None:
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    for link in page.links:
        assert link.startswith(("#", "data:image/png;base64,"))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert len(page.images) == 3
    assert all(image["alt"] for image in page.images)
    assert page.scripts == 1
    assert "http://" not in text
    assert "https://" not in text
    assert len(text) < 5e6


def test_titles_are_text(text) -> None:
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(&#39;closed&#39;)&lt;/script&gt;" in text


def test_the_finding_comes_first_and_follows_from_the_numbers(text, written) -> None:
    results = written.results
    body = re.sub(r"<[^>]+>", " ", text[text.index("</h1>") :])
    assert body.strip().startswith(results.finding)
    assert "all runs have the same area of land overloaded with Cd" in results.finding
    rows = results.tables.summary[results.tables.summary["metal"] == "Cd"]
    least = rows.sort_values("mean_content_mg_kg_end")["run"].iloc[0]
    assert f"lowest in {least}" in results.finding


def test_the_run_with_the_least_overloaded_land_is_named(paper) -> None:
    tables = make_tables(paper)
    assert telling_metals(paper, tables) == ["Cd", "Cu"]
    finding = main_finding(paper, tables, ["Cu", "Cd"]).replace("\N{NO-BREAK SPACE}", " ")
    assert finding == (
        "In 2030, steady has the least land overloaded with Cd: 0 ha, 100 ha less than rising."
    )


def test_a_run_against_itself_makes_a_page_that_says_so(baseline, tmp_path) -> None:
    written = write_comparison(align([baseline, baseline]), tmp_path / "a", ["Cd"], False)
    assert "and the same mean content" in written.results.finding
    text = (tmp_path / "a" / "compare.html").read_text("utf-8")
    assert not Page(text).images
    assert "Nothing differs." in text
    assert not list((tmp_path / "a").glob("*.png"))


def test_only_a_comparison_is_replaced(written, tmp_path) -> None:
    check_folder(written.folder)
    check_folder(tmp_path)
    (tmp_path / "thesis.docx").touch()
    with pytest.raises(InputError, match="holds something else"):
        check_folder(tmp_path)


def test_the_default_folder_names_the_runs(baseline, closed) -> None:
    assert default_folder(align([baseline, closed])).as_posix() == "comparisons/baseline-vs-closed"
    comparison = align([baseline] * 8)
    vars(comparison)["names"] = ("a/../b",) * 8
    assert default_folder(comparison).parts[-1].startswith("a-..-b-vs-a-..-b")
    vars(comparison)["names"] = ("x" * 70,) * 8
    assert default_folder(comparison).parts[-1] == "x" * 70 + "-vs-7-others"
