"""The reader of pages finds what it is for, and the chrome has none of it."""

from __future__ import annotations

import re

import numpy as np
import pytest
from jinja2 import UndefinedError
from markupsafe import Markup
from matplotlib.figure import Figure

from analysis.app.server import STATIC
from analysis.report.page import PALETTE, content_policy, environment, render, words, write_page
from analysis.report.pictures import of_figure, of_raster
from tests.report.pages import Page, sound

EVIL = "<script>alert('x')</script> & \"quoted\" </title>"


def chrome(**context: object) -> str:
    return render("base.html.j2", **{"title": "Title", "contents": [], **context})


def with_body(body: str, **context: object) -> str:
    """A page made of macros."""
    source = (
        '{% extends "base.html.j2" %}'
        '{% from "macros.html.j2" import data_table, figure, slider, callout, swatches %}'
        f"{{% block content %}}{body}{{% endblock %}}"
    )
    template = environment(str(context.get("language", "en"))).from_string(source)
    return template.render({"title": "Title", "contents": [], **context})


def pictures(count: int) -> list[tuple[str, object]]:
    values = np.arange(12.0).reshape(3, 4)
    return [(str(2020 + k), of_raster(values, "viridis", 0, 11, f"map {k}")) for k in range(count)]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("</main>", "", "closes"),
        ("<main", '<img src="data:image/png;base64,AA"><main', "without words"),
        ("<main", '<img src="https://example.org/x.png" alt="x"><main', "leads out"),
        ("<main", '<a href="//example.org">x</a><main', "leads out"),
        ("<main", '<a href="#nowhere">x</a><main', "not there"),
        ("<main", '<p onclick="go()">x</p><main', "handles onclick"),
        ("<main", '<p id="page-content">x</p><main', "comes 2 times"),
        ("<main", "<script>go()</script><main", "does not allow"),
        ("default-src &#39;none&#39;", "default-src *", "default-src"),
        ("<main", '<p style="background:url(x)">x</p><main', "loads"),
        ("<main", "<table><tr><th>x</th></tr></table><main", "without scope"),
    ],
)
def test_the_reader_finds_what_is_wrong(old: str, new: str, complaint: str) -> None:
    html = chrome()
    assert old in html
    assert any(complaint in p for p in Page(html.replace(old, new, 1)).problems)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_chrome_is_sound(language: str) -> None:
    page = sound(chrome(language=language, contents=[("page-content", "All of it")]))
    assert page.attributes("html")[0]["lang"] == {"en": "en", "zh": "zh-CN"}[language]
    assert page.attributes("nav")
    assert words(language)["skip"] in page.text


def test_both_languages_have_the_same_words() -> None:
    english, chinese = words("en"), words("zh")
    assert english.keys() == chinese.keys()
    for key in english:
        assert re.findall(r"{\w*}", english[key]) == re.findall(r"{\w*}", chinese[key])


def test_text_of_users_is_escaped() -> None:
    page = sound(chrome(title=EVIL, contents=[("page-content", EVIL)]))
    assert len(page.scripts) == 1
    assert page.text.count(EVIL) == 3  # title, heading, contents


def test_an_undefined_name_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("base.html.j2", title="x")


def test_the_policy_follows_the_script() -> None:
    # SHA-256 of the empty string, FIPS 180-4 test value, in base64
    assert "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='" in content_policy("")
    assert content_policy("a") != content_policy("b")


def test_a_table_escapes_formats_and_scopes() -> None:
    body = '{{ data_table("t", caption, columns, rows) }}'
    columns = [
        {"key": "run", "label": "Run"},
        {"key": "ha", "label": "Area", "unit": "ha", "align": "right"},
    ]
    rows = [
        {"run": EVIL, "ha": 12345.678},
        {"run": "b", "ha": float("nan")},
        {"run": "c", "ha": None},
        {"run": "d", "ha": Markup("<b>x</b>")},
    ]
    page = sound(with_body(body, caption="Areas", columns=columns, rows=rows))
    scopes = [a["scope"] for a in page.attributes("th")]
    assert scopes == ["col"] * 2 + ["row"] * len(rows)
    assert EVIL in page.text
    assert "12\N{NARROW NO-BREAK SPACE}346" in page.text
    assert page.text.count("\N{EN DASH}") == 2
    assert page.attributes("b")


@pytest.mark.parametrize(("count", "printed"), [(1, 1), (2, 2), (3, 3), (11, 3)])
def test_a_slider_holds_all_frames_and_prints_three(count: int, printed: int) -> None:
    page = sound(with_body('{{ slider("s", frames, "Caption") }}', frames=pictures(count)))
    frames = [a for a in page.attributes("div") if "frame" in str(a.get("class")).split()]
    assert len(frames) == len(page.attributes("img")) == count
    assert [f["data-label"] for f in frames] == [str(2020 + k) for k in range(count)]
    marked = [f["data-label"] for f in frames if "printed" in str(f["class"]).split()]
    assert len(marked) == printed
    assert marked[0] == "2020"
    assert marked[-1] == str(2019 + count)
    (bar,) = page.attributes("input")
    assert (bar["min"], bar["max"], bar["type"]) == ("0", str(count - 1), "range")


def test_a_figure_shows_a_picture_of_matplotlib() -> None:
    drawn = Figure(figsize=(2.0, 1.0))
    drawn.subplots().plot([0, 1])
    picture = of_figure(drawn, "a line")
    assert not drawn.axes
    page = sound(with_body('{{ figure("f", picture, caption) }}', picture=picture, caption=EVIL))
    (image,) = page.attributes("img")
    assert image["alt"] == "a line"
    assert 100 < int(str(image["width"])) < 220
    assert EVIL in page.text


def test_a_page_takes_its_place_whole_or_not_at_all(tmp_path) -> None:
    path = tmp_path / "page.html"
    write_page(path, "base.html.j2", title="first", contents=[])
    with pytest.raises(UndefinedError):
        write_page(path, "base.html.j2", title="second")
    assert "first" in path.read_text("utf-8")
    assert list(tmp_path.iterdir()) == [path]


def _luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def _contrast(a: str, b: str) -> float:
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_known_colours() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21.0)  # WCAG 2.2
    assert _contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # WebAIM


def test_pages_and_app_share_their_colours() -> None:
    """Neither has a value of its own for what the palette names, but on paper."""
    palette = PALETTE.read_text("utf-8")
    light, dark = re.findall(r"\{(.*?)\}", palette, flags=re.S)
    made = str(environment().globals["style"])
    assert re.findall(r":root \{(.*?)\}", made, flags=re.S)[:2] == [light, dark]
    assert "data-theme" not in made
    named = set(re.findall(r"(--[\w-]+):", palette))
    assert {"--text", "--c7", "--sans"} <= named
    sheets = [PALETTE.with_name("style.css"), *STATIC.glob("*.css")]
    assert len(sheets) > 3
    for sheet in sheets:
        on_screen = sheet.read_text("utf-8").partition("@media print")[0]
        assert not named & set(re.findall(r"(--[\w-]+):", on_screen)), sheet.name


def test_colours_keep_the_contrast_of_wcag_aa() -> None:
    """Text 4.5 to 1, lines and bars 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11), light and dark."""
    style = str(environment().globals["style"])
    schemes = re.findall(r":root \{(.*?)\}", style, flags=re.S)
    assert len(schemes) == 3  # light, dark, print
    light = dict(re.findall(r"--([\w-]+): (#\w{6})\b", schemes[0]))
    dark = light | dict(re.findall(r"--([\w-]+): (#\w{6})\b", schemes[1]))
    assert light["ground"] != dark["ground"]
    for colours in (light, dark):
        for text in ("text", "muted", "accent"):
            for ground in ("ground", "card"):
                assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        for k in range(8):  # lines, and their names
            assert _contrast(colours[f"c{k}"], colours["ground"]) >= 4.5, k
        for bar in ("gain", "loss", "total"):
            assert _contrast(colours[bar], colours["ground"]) >= 3.0
