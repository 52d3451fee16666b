"""The page of a story is sound, leads every number to its row, and holds what it is told to."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from analysis.cli import app
from analysis.report.mapping import Place
from analysis.report.pictures import swatches
from analysis.runs import years_of
from analysis.story.figures import Painter
from analysis.story.layers import BLENDS, NEW, OLD, OPEN, as_css, built_code
from analysis.story.model import (
    Bar,
    BarsFigure,
    Chapter,
    Evidence,
    Figure,
    LatticeFigure,
    Line,
    MapFigure,
    Mark,
    Number,
    Section,
    Sentence,
    SeriesFigure,
    Story,
    TableFigure,
    WaterfallFigure,
)
from analysis.story.page import story_page, write_story
from simulator.constants import LAND_CLASSES
from simulator.record import RunFolder
from tests.report.pages import Page, sound

EVIL = "<script>alert('x')</script> & \"quoted\""
RISKS = ("low", "fairly low", "medium", "fairly high", "high")


@pytest.fixture(scope="module")
def all_figures(eventful: RunFolder, quiet: RunFolder) -> Story:
    """A story with a figure of every kind, whose texts are as bad as can be."""
    years = tuple(int(y) for y in years_of(quiet))
    first, last = years[0], years[-1]
    one, two = Number("12", "e1"), Number(EVIL, "e2")
    said = Sentence((EVIL, one, " and ", two, "."))
    words = {"caption": said, "alt": EVIL}
    maps = {"run": 0, "legend": EVIL, **words}
    rising = tuple(float(y) for y in years)
    unknown = (float("nan"),) * len(years)
    drawn: tuple[Figure, ...] = (
        MapFigure(
            id="land", show="land", metal="", years=(first,), classes=LAND_CLASSES, **maps
        ),
        MapFigure(id="built", show="built", metal="", years=years, **maps),
        MapFigure(id="capacity", show="capacity", metal="Cd", years=(first, last), **maps),
        MapFigure(id="risk", show="risk", metal="", years=(last,), classes=RISKS, **maps),
        SeriesFigure(
            id="lines", lines=(Line(EVIL, years, rising), Line("b", years, unknown)), unit="ha",
            marks=(Mark(last, EVIL),), **words,
        ),
        WaterfallFigure(
            id="fall", start=Bar(EVIL, 1.0), steps=(Bar("in", 0.5),), end=Bar("b", 1.5), unit=EVIL,
            **words,
        ),
        BarsFigure(id="bars", bars=(Bar(EVIL, -1.0), Bar("b", 2.0)), unit="kg", **words),
        LatticeFigure(
            id="lattice", runs=(0, 1), labels=(EVIL, "b"), metal="Cd", years=(first, last),
            legend=EVIL, difference_legend=EVIL, **words,
        ),
        TableFigure(id="table", columns=(EVIL, "n"), rows=((EVIL, one), ("b", two)), **words),
    )  # fmt: skip
    evidence = tuple(Evidence(f"e{k}", EVIL, k, "ha", EVIL, EVIL, k - 1) for k in (1, 2))
    names = ("evidence", "evidence_note", "what", "value", "unit", "where", "run", "back",
             "commands", "citations")  # fmt: skip
    return Story(
        title=said,
        subtitle=said,
        language="en",
        metal="Cd",
        chapters=(Chapter("one", EVIL, (Section("part", EVIL, (said, said), drawn),)),),
        evidence=evidence,
        runs=(quiet, eventful),
        words=dict.fromkeys(names, EVIL),
        hero=MapFigure(
            id="hero",
            show="content",
            metal="Cd",
            years=(first, last),
            places=(Place(EVIL, 2, 3),),
            **maps,
        ),
        commands=(f"echo {EVIL}",),
        citations=(EVIL,),
    )


def inside(page: Page, tag: str, of_class: str) -> list[dict[str, str | None]]:
    return [a for a in page.attributes(tag) if of_class in str(a.get("class")).split()]


def test_a_page_with_every_figure_and_hostile_texts_is_sound(all_figures: Story) -> None:
    html = story_page(all_figures)
    page = sound(html)
    assert len(page.scripts) == 1
    assert "alert" not in page.scripts[0]
    for figure in (all_figures.hero, *all_figures.chapters[0].sections[0].figures):
        assert page.ids[f"figure-{figure.id}"] == 1
    assert len(inside(page, "circle", "ring")) == len(all_figures.hero.years)
    assert len(html) < 8e6


def test_sliders_have_a_frame_a_year(all_figures: Story) -> None:
    page = sound(story_page(all_figures))
    section = all_figures.chapters[0].sections[0]
    maps = [f for f in (all_figures.hero, *section.figures) if isinstance(f, MapFigure)]
    stepped = [f for f in maps if len(f.years) > 1]
    assert len(inside(page, "figure", "slider")) == len(stepped)
    assert len(inside(page, "div", "frame")) == sum(len(f.years) for f in stepped)
    (lattice,) = (f for f in section.figures if isinstance(f, LatticeFigure))
    of_lattice = len(lattice.years) * (2 * len(lattice.runs) - 1)
    assert len(page.attributes("img")) == sum(len(f.years) for f in maps) + of_lattice


@pytest.mark.parametrize("name", ["told", "compared"])
def test_every_number_leads_to_its_row_and_the_row_back(
    name: str, request: pytest.FixtureRequest
) -> None:
    story: Story = request.getfixturevalue(name)
    page = sound(story_page(story))
    assert page.attributes("html")[0]["lang"] == {"en": "en", "zh": "zh-CN"}[story.language]
    links = inside(page, "a", "number")
    sentences = [story.title, story.subtitle, story.hero.caption]
    for section in (s for c in story.chapters for s in c.sections):
        sentences += [*section.sentences, *(f.caption for f in section.figures)]
        for table in (f for f in section.figures if isinstance(f, TableFigure)):
            sentences += [Sentence(row) for row in table.rows]
    told = [e for s in sentences for e in s.evidence]
    assert sorted(str(a["href"])[1:] for a in links) == sorted(told)
    back = {str(a["href"]) for a in page.attributes("a")}
    for row in story.evidence:
        assert page.ids[row.id] == 1
        assert f"#{row.id}-told" in back
    assert len(page.attributes("nav")) == 1
    for chapter in story.chapters:
        assert f"#{chapter.key}" in back


def test_the_title_of_a_run_stays_text(told: Story) -> None:
    html = story_page(told)
    assert "<script>alert" not in html
    assert "alert(1)" in sound(html).text


def test_a_story_without_script_shows_all_and_is_small(told: Story, tmp_path: Path) -> None:
    path = write_story(told, tmp_path / "deep" / "story.html")
    assert path.stat().st_size < 2e6
    html = path.read_text("utf-8")
    assert 'class="controls" hidden' in html
    assert not re.search(r'class="frame[^"]*" hidden', html)
    assert story_page(told) == html  # nothing of the moment is in it


def test_the_scale_of_contents_is_one_for_all_runs(all_figures: Story) -> None:
    painter = Painter(all_figures)
    scale = painter.layers.scale("Cd")
    contents = [
        run.history["content"].sel(metal="Cd").isel(layer=0).values for run in all_figures.runs
    ]
    known = np.concatenate([c[np.isfinite(c)] for c in contents])
    assert known.min() <= scale.low < scale.high < known.max()
    assert scale.beyond[1]
    legends = [
        str(painter.draw(figure).legend)
        for figure in (all_figures.hero, replace(all_figures.hero, run=1, id="other"))
    ]
    assert legends[0].split("swatches")[0] == legends[1].split("swatches")[0]


def test_differences_of_a_run_from_itself_are_nothing(all_figures: Story) -> None:
    section = all_figures.chapters[0].sections[0]
    (lattice,) = (f for f in section.figures if isinstance(f, LatticeFigure))
    same = replace(lattice, runs=(1, 1), labels=("a", "b"))
    drawn = Painter(all_figures).draw(same)
    (_, first), (_, second), (name, changes) = drawn.rows
    assert name == "b \N{MINUS SIGN} a"
    pictures = [[re.search(r'src="([^"]+)"', str(m)) for m in maps] for maps in (first, second)]
    assert [m and m[1] for m in pictures[0]] == [m and m[1] for m in pictures[1]]
    uris = {m[1] for m in (re.search(r'src="([^"]+)"', str(c)) for c in changes) if m}
    assert len(uris) == 1


def test_built_land_is_old_grey_new_red() -> None:
    old = np.array([[0.0, 1.0, 0.4, np.nan]])
    now = np.array([[0.0, 1.0, 1.0, 0.5]])
    code = built_code(old, now)
    colours = [BLENDS[int(c)] for c in code[0, :3]]
    assert colours[0] == as_css(OPEN)
    assert colours[1] == as_css(OLD)
    assert colours[2] == as_css(0.4 * OLD + 0.6 * NEW)
    assert np.isnan(code[0, 3])
    assert built_code(np.array([[0.0]]), np.array([[1.0]]))[0, 0] == (BLENDS.index(as_css(NEW)))


def test_legends_escape() -> None:
    legend = swatches([(EVIL, "#000000")], EVIL)
    assert "<script>" not in legend
    assert legend.count("&lt;script&gt;") == 2


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["story", *(str(a) for a in arguments)])


def test_the_command_writes_into_the_run(eventful: RunFolder) -> None:
    result = call(eventful.path, "--language", "zh", "--metal", "cu")
    assert result.exit_code == 0, result.output
    path = eventful.path / "story.zh.html"
    assert f"story: {path}" in result.stdout
    page = sound(path.read_text("utf-8"))
    assert page.text.count(result.stdout.splitlines()[0]) == 2  # title and heading


def test_json_is_one_document(told: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.story.build_story", lambda *_: told)
    path = tmp_path / "x.html"
    document = json.loads(call(told.runs[0].path, "--out", path, "--json").stdout)
    assert document == {
        "file": str(path),
        "bytes": path.stat().st_size,
        "title": told.title.text,
        "metal": told.metal,
        "numbers": len(told.evidence),
    }


def test_the_command_refuses_what_is_not_there(tmp_path: Path, eventful: RunFolder) -> None:
    assert call(tmp_path / "none").exit_code == 2
    assert call(eventful.path, "--metal", "Xx", "--out", tmp_path / "x.html").exit_code == 2
    assert not (tmp_path / "x.html").exists()
