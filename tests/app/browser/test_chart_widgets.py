"""Charts and the timeline in a browser, with made-up data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from analysis.report.numbers import number, short, signed
from analysis.report.ticks import ticks

pytestmark = pytest.mark.slow

VALUES = (
    0.0, 0.4123, -12345.6, 1.23456e-4, 999.6, 2031.0, -0.0001, 0.005, 98213.4, 1e-9, 12.0, -3.0,
    0.0995, 1234567.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def opened(browser: Any, served: str) -> Iterator[tuple[Any, list[str]]]:
    """The page, and what went wrong in it."""
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{served}/tests/app/browser/chart_harness.html")
    page.wait_for_function("window.reset !== undefined")
    yield page, wrong
    page.close()


@pytest.fixture
def page(opened: tuple[Any, list[str]]) -> Iterator[Any]:
    """The page with the data it begins with; nothing may have gone wrong when the test ends."""
    shown, wrong = opened
    shown.evaluate("reset()")
    yield shown
    assert wrong == []


def width(page: Any, pixels: int) -> None:
    page.set_viewport_size({"width": pixels, "height": 900})
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")


def calls(page: Any, name: str) -> list[Any]:
    page.wait_for_timeout(150)  # what is throttled comes later
    return [call[1:] for call in page.evaluate("() => calls") if call[0] == name]


def keys(page: Any, chart: str) -> list[str]:
    return [text.strip() for text in page.locator(f"#{chart} .chart-keys li").all_inner_texts()]


# --- what is written ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "python"),
    [("number", number), ("short", short), ("signed", lambda value: signed(value, 2))],
)
def test_numbers_are_written_as_in_reports(
    page: Any, name: str, python: Callable[[float], str]
) -> None:
    decimals = ", 2" if name == "signed" else ""
    written = page.evaluate(f"(vs) => vs.map((v) => dom.{name}(v{decimals}))", list(VALUES))
    assert written == [python(value) for value in VALUES]
    assert page.evaluate("() => [dom.number(null), dom.number(NaN)]") == [number(None)] * 2


def test_ticks_are_those_of_reports(page: Any) -> None:
    spans = [
        (0.0, 1.0, 5),
        (2020.0, 2070.0, 5),
        (-3.2, 7.9, 4),
        (98213.0, 98299.0, 4),
        (1.0, 1.0, 5),
    ]
    made = page.evaluate(
        """async (spans) => {
            const axis = await import('/analysis/app/static/chart_axis.js');
            return spans.map((span) => axis.ticks(...span));
        }""",
        spans,
    )
    for got, span in zip(made, spans, strict=True):
        assert got == pytest.approx(ticks(*span))


def test_texts_stay_texts(page: Any) -> None:
    tag = "<img src=x onerror=alert(1)>"
    page.evaluate(
        """(tag) => {
            const series = [{ ...OPTIONS.line.series[0], name: tag }];
            draw('line', { title: tag, unit: tag, series });
            draw('shares', { rows: [{ key: 'a', label: tag, value: 1, note: tag }] });
            const marks = [{ year: 2047, kind: tag, text: tag }];
            time({ live: { phase: 'failed', error: tag }, marks });
        }""",
        tag,
    )
    assert page.locator("img").count() == 0
    assert page.locator("#line .chart-title").inner_text() == tag
    assert page.locator(".timeline-text").inner_text() == tag


@pytest.mark.parametrize("pixels", [380, 640, 1200])
@pytest.mark.parametrize("size", ["100%", "125%"])
def test_no_text_covers_another(page: Any, pixels: int, size: str) -> None:
    page.evaluate("(size) => { document.documentElement.style.fontSize = size; }", size)
    width(page, pixels)
    assert page.evaluate("measures.overlaps()") == []
    page.evaluate("strain()")
    width(page, pixels)
    assert page.evaluate("measures.overlaps()") == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_numbers_of_neighbours_can_be_read(page: Any, theme: str) -> None:
    page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
    ratios = page.evaluate("measures.contrasts('.cell:not(.cell-none)')")
    assert len(ratios) == 23
    assert min(ratios) >= 4.5  # WCAG 2.2, success criterion 1.4.3


def test_numbers_are_there_as_a_table(page: Any) -> None:
    page.locator("#line summary").click()
    rows = page.locator("#line tbody tr")
    assert rows.count() == 51
    assert rows.nth(0).locator("th, td").all_inner_texts() == ["2020", "0.2200", "0.4000"]
    assert rows.nth(7).locator("td").nth(0).inner_text() == number(None)
    series = [{"name": "b", "years": [2020], "values": [1]}]
    page.evaluate("(series) => draw('line', { series, limit: null })", series)
    assert rows.count() == 1  # it stays open, with the new numbers
    page.locator("#line summary").click()


# --- what is drawn ------------------------------------------------------------------------------


def test_small_steps_are_one_and_nothing_is_lost(page: Any) -> None:
    steps = page.evaluate("() => OPTIONS.waterfall.steps")
    merged = page.evaluate("() => merged(OPTIONS.waterfall.steps)")
    turnover = sum(abs(step["value"]) for step in steps)
    assert sum(part["value"] for part in merged) == pytest.approx(sum(s["value"] for s in steps))
    assert merged[-1]["label"] == "other (2)"
    assert all(abs(part["value"]) >= 0.005 * turnover for part in merged[:-1])
    values = [part["value"] for part in merged[:-1]]
    gains = [value for value in values if value > 0]
    assert gains == sorted(gains, reverse=True)
    assert values[len(gains) :] == sorted(values[len(gains) :])


def test_parts_of_bars_add_up_and_keep_their_colours(page: Any) -> None:
    whole = page.evaluate("() => OPTIONS.stacked.series")
    parts = page.evaluate("() => coloured(OPTIONS.stacked.series)")
    assert len(parts) <= 8
    assert len({part["colour"] for part in parts}) == len(parts)
    for year in (0, 17, 50):
        assert sum(part["values"][year] for part in parts) == pytest.approx(
            sum(series["values"][year] for series in whole)
        )
    fewer = page.evaluate("""() => coloured(OPTIONS.stacked.series.map((s) =>
        s.key === 'manure' ? { ...s, values: s.values.map(() => 0) } : s))""")
    before = {part["label"]: part["colour"] for part in parts}
    assert before["Dry deposition"] == {p["label"]: p["colour"] for p in fewer}["Dry deposition"]


def test_waterfall_runs_from_start_to_end(page: Any) -> None:
    bars = page.evaluate("measures.rows('waterfall')")
    at = bars[0]["right"]
    for bar in bars[1:-1]:
        old, new = ("left", "right") if "bar-gain" in bar["kind"] else ("right", "left")
        assert bar[old] == pytest.approx(at, abs=1.1)  # thin bars are drawn a pixel wide
        at = bar[new]
    assert bars[-1]["right"] == pytest.approx(at, abs=1.1)
    assert bars[0]["text"] == "58.1"
    assert page.locator("#waterfall .chart-note").is_hidden()


def test_axis_that_is_cut_says_so(page: Any) -> None:
    assert "does not begin at zero" in page.locator("#cut .chart-note").inner_text()
    assert page.locator("#cut .bar-cut").count() == 2
    page.evaluate("() => draw('waterfall', { end: { label: '2047', value: 200 } })")
    assert "not accounted for" in page.locator("#waterfall .bars").inner_text()


def test_gaps_stay_gaps_and_a_far_limit_is_told(page: Any) -> None:
    path = page.locator("#line .chart-curve").last.get_attribute("d")
    assert path.count("M") == 2
    assert page.locator("#line .chart-over").count() == 2  # no limit from 2034 to 2037
    assert page.locator("#two .chart-over").count() == 0
    assert "0.500, is beyond the axis" in page.locator("#two .chart-note").inner_text()


def test_area_above_the_limit_ends_at_it(page: Any) -> None:
    found = page.evaluate("measures.limits('line')")
    ends = [found["ticks"]["0.4"], found["ticks"]["0.3"]]
    assert found["edges"] == pytest.approx(ends)


# --- the cursor ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chart", "name"), [("line", "line"), ("stacked", "stacked"), ("timeline", "year")]
)
def test_year_is_dragged(page: Any, chart: str, name: str) -> None:
    width(page, 1200)
    plot = page.locator(f"#{chart} :is(.chart-plot, .track-plot)")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.3 * box["width"], middle)
    page.mouse.down()
    for share in (0.35, 0.4, 0.45, 0.5):
        page.mouse.move(box["x"] + share * box["width"], middle)
        page.evaluate("(name) => { if (name !== 'timeline') draw(name, { year: 2020 }); }", chart)
    shown = page.locator(f"#{chart} [role=slider]").first.get_attribute("aria-valuenow")
    page.mouse.up()
    told = [year for (year,) in calls(page, name)]
    assert told == sorted(set(told))
    assert len(told) >= 2
    assert told[-1] == int(shown)  # the last one is told, and redrawing does not take it back
    assert told[-1] == pytest.approx(2045, abs=4)


def test_year_is_moved_by_keys_which_go_no_further(page: Any) -> None:
    page.evaluate(
        "() => { window.heard = 0; addEventListener('keydown', () => { window.heard += 1; }); }"
    )
    slider = page.locator("#line [role=slider]")
    slider.focus()
    for key in (
        "ArrowRight",
        "ArrowRight",
        "ArrowLeft",
        "PageUp",
        "PageDown",
        "Home",
        "ArrowLeft",
        "End",
    ):
        page.keyboard.press(key)
        page.wait_for_timeout(70)
    assert [year for (year,) in calls(page, "line")] == [2048, 2049, 2048, 2053, 2048, 2020, 2070]
    assert slider.get_attribute("aria-valuenow") == "2070"
    assert slider.get_attribute("aria-valuetext").startswith("2070: taizhou-baseline 0.44")
    assert page.evaluate("() => window.heard") == 0
    page.keyboard.press("Escape")
    assert page.evaluate("() => window.heard") == 1


def test_values_are_told_under_the_pointer(page: Any) -> None:
    width(page, 1200)
    assert keys(page, "line")[0] == "2047"
    plot = page.locator("#line .chart-plot")
    plot.scroll_into_view_if_needed()
    plot.hover(position={"x": 60, "y": 60})
    year = int(keys(page, "line")[0])
    values = page.evaluate("() => OPTIONS.line.series[0].values")
    assert year < 2030
    assert keys(page, "line")[1].endswith(number(values[year - 2020]))
    page.mouse.move(0, 0)
    assert keys(page, "line")[0] == "2047"
    assert calls(page, "line") == []


def test_focus_and_elements_stay_when_data_change(page: Any) -> None:
    page.locator("#line [role=slider]").focus()
    page.evaluate("() => draw('line', { year: 2030 })")
    assert page.evaluate("() => document.activeElement.getAttribute('aria-valuenow')") == "2030"
    kept = page.evaluate("measures.refilled(dom)")
    assert kept == [True, 1, "newmore"]


def test_layers_and_neighbours_are_walked_by_keys(page: Any) -> None:
    page.locator("#profile .chart-plot").focus()
    page.keyboard.press("ArrowDown")
    assert keys(page, "profile") == ["2\N{EN DASH}5 cm", "2047 0.470", "start 0.220"]
    page.keyboard.press("End")
    assert keys(page, "profile")[0] == "40\N{EN DASH}100 cm"
    page.locator(".cell-here").focus()
    for key in ("ArrowUp", "ArrowRight", "Enter", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    assert calls(page, "cell") == [[11, 33]]  # the one beyond has no value, and is not chosen
    page.evaluate("() => draw('neighbours', { cell: [10, 30] })")
    assert page.locator(".cell-here").inner_text() == "0.280"


# --- timeline -----------------------------------------------------------------------------------

GO = ".timeline-go"
ON = ".timeline-buttons button >> nth=3"


@pytest.mark.parametrize(
    ("state", "text", "call"),
    [
        ({}, "Pause", "pause"),
        ({"live": {"phase": "pausing"}}, "Pausing", None),
        (
            {"live": {"phase": "preparing", "text": "footprints", "share": 0.4}},
            "Go",
            None,
        ),
        ({"live": {"phase": "queued"}, "years": []}, "Go", None),
        ({"live": {"phase": "ready", "text": "stands at 2051"}}, "Go", "go"),
        ({"live": {"phase": "failed", "error": "out of memory"}}, "Resume", "go"),
        ({"live": None}, "Resume", "go"),
        ({"live": None, "finished": True}, "Play", "go"),
        ({"live": None, "finished": True, "playing": True}, "Pause", "pause"),
    ],
)
def test_go_says_what_it_does(
    page: Any, state: dict[str, Any], text: str, call: str | None
) -> None:
    page.evaluate("(state) => time(state)", state)
    assert page.locator(GO).inner_text() == text
    page.locator(GO).click(force=True)
    assert [name for name, *_ in page.evaluate("() => calls")] == ([call] if call else [])
    assert (page.locator(GO).get_attribute("aria-disabled") == "true") == (call is None)


def test_buttons_of_years(page: Any) -> None:
    buttons = page.locator(".timeline-buttons button")
    for k in (0, 1, 3, 4):
        page.evaluate("() => time()")
        buttons.nth(k).click()
    page.locator(".timeline-branch").click()
    assert page.evaluate("() => calls") == [
        ["year", 2020], ["step", -1], ["step", 1], ["year", 2051], ["branch", 2051],
    ]  # fmt: skip


def test_next_year_is_simulated_where_there_is_none(page: Any) -> None:
    ready = {"year": 2051, "live": {"phase": "ready", "text": "stands at 2051"}}
    page.evaluate("(state) => time(state)", ready)
    assert page.locator(ON).get_attribute("title") == "Simulate 2052"
    page.locator(ON).click()
    page.evaluate("() => time({ year: 2051, live: null, finished: true })")
    page.locator(ON).click(force=True)
    assert page.evaluate("() => calls") == [["step", 1]]
    assert page.evaluate("() => document.activeElement.getAttribute('aria-disabled')") == "true"


def test_status_in_words(page: Any) -> None:
    text = page.locator(".timeline-text")
    assert text.inner_text() == "simulating 2052, 4 s a year, 74 s left"
    assert page.locator(".timeline-progress").evaluate("(bar) => bar.value") == pytest.approx(0.62)
    preparing = {"phase": "preparing", "text": "preparing: footprints of the sources", "share": 0.4}
    page.evaluate(
        "(live) => time({ live, years: [], year: null, until: null, spark: [] })", preparing
    )
    assert text.inner_text() == "preparing: footprints of the sources 40\N{NO-BREAK SPACE}%"
    assert page.locator(".timeline-year").inner_text() == number(None)
    page.evaluate("() => time({ branches: [{ name: 'b', state: { text: 'simulating 2031' } }] })")
    assert page.locator(".timeline-others").inner_text() == "b: simulating 2031"
    page.evaluate("() => time({ live: null, finished: true, until: 2070 })")
    assert text.inner_text() == "Finished: 2020\N{EN DASH}2070"


def test_years_to_come_are_hatched(page: Any) -> None:
    width(page, 1200)
    share = page.evaluate("measures.wide('.track-coming') / measures.wide('.track-rail')")
    assert share == pytest.approx(19 / 50, abs=0.02)
    titles = page.locator(".track .mark title").all_text_contents()
    assert len(titles) == 6
    assert sum("Hanchuan" in title for title in titles) == 1
