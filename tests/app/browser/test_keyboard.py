"""The page without a pointer, for those who hear it, and for those who need it large."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.app.browser.program import Program, until
from tests.app.browser.reader import Reader
from tests.app.browser.world import OVER

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

#: What has the focus, in a word.
FOCUSED = """() => {
    const at = document.activeElement;
    return `${at.tagName} ${at.id} ${at.getAttribute("role") ?? ""} ${at.ariaLabel ?? ""} `
        + at.textContent.slice(0, 30);
}"""
#: Controls without a name that can be said. Hidden ones do not count.
NAMELESS = """() => {
    const name = (it) => it.getAttribute("aria-label") || it.textContent.trim()
        || [...(it.labels ?? [])].map((label) => label.textContent.trim()).join(" ")
        || it.getAttribute("aria-labelledby") || "";
    const all = document.querySelectorAll(
        "button, a, input, select, textarea, canvas, progress, [role=slider], [role=tab]");
    return [...all].filter((it) => it.checkVisibility() && !name(it)).map((it) => it.outerHTML);
}"""
#: Ids that are there twice, and references to ids that are not there.
WRONG_IDS = """() => {
    const ids = [...document.querySelectorAll("[id]")].map((it) => it.id);
    const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
    const lost = ["for", "aria-controls", "aria-labelledby"].flatMap((name) =>
        [...document.querySelectorAll(`[${name}]`)].map((it) => it.getAttribute(name)))
        .filter((id) => !document.getElementById(id));
    return [...twice, ...lost];
}"""
#: Boxes of parts of the page that cover each other, reach out of the window or hide their text.
MISPLACED = """() => {
    const parts = [".brand", ".run-title", ".choices > *", ".tools > *", ".tabs > *",
                   ".timeline-button", ".timeline-year", ".track", ".timeline-branch", "#caption",
                   ".sheet-map", ".under-map"];
    const shown = parts.flatMap((part) => [...document.querySelectorAll(part)])
        .filter((it) => it.checkVisibility());
    const named = (it) => `${it.className || it.tagName} ${it.textContent.slice(0, 20)}`;
    const found = [];
    const boxes = shown.map((it) => [it, it.getBoundingClientRect()]);
    for (const [it, box] of boxes) {
        if (box.left < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1)
            found.push(`out of the window: ${named(it)}`);
        if (it.scrollWidth > it.clientWidth + 1 && !it.matches(".track, .sheet-map"))
            found.push(`cut off: ${named(it)}`);
        if (box.width < 1 || box.height < 1) found.push(`no size: ${named(it)}`);
    }
    for (const [k, [one, a]] of boxes.entries())
        for (const [other, b] of boxes.slice(k + 1)) {
            const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
            const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            if (across > 1 && down > 1 && !one.contains(other) && !other.contains(one))
                found.push(`${named(one)} covers ${named(other)}`);
        }
    if (document.documentElement.scrollWidth > innerWidth) found.push("the page scrolls sideways");
    return found;
}"""


def focused(reader: Reader) -> str:
    return str(reader.page.evaluate(FOCUSED))


def tab_to(reader: Reader, words: str, key: str = "Tab", most: int = 60) -> list[str]:
    """Press a key till something has the focus; what had it on the way."""
    way = []
    for _ in range(most):
        reader.press(key)
        way.append(focused(reader))
        if words in way[-1]:
            return way
    raise AssertionError(f"{key} does not lead to {words!r}: {way}")


def test_a_cell_is_chosen_and_read_with_keys_alone(reader: Reader) -> None:
    reader.open("base", cell="{},{}".format(*OVER))
    tab_to(reader, "CANVAS")
    reader.press("ArrowDown", "ArrowRight")
    reader.becomes(cell=f"{OVER[0] + 1},{OVER[1] + 1}")
    reader.says(".side h2", f"Cell {OVER[0] + 1}, {OVER[1] + 1}")
    reader.says(".map-words", "limit")
    before = reader.text(".map-scale")
    reader.press("+", "+")
    until(lambda: reader.text(".map-scale") != before or reader.rest(), "zooms")
    reader.press("0")
    until(lambda: reader.text(".map-scale") == before or reader.rest(), "shows all")
    tab_to(reader, "tab-history")
    reader.press("ArrowRight")
    reader.becomes(tab="pathways")
    assert "tab-pathways" in focused(reader)
    reader.says("#tab-panel", "Each year")
    assert "tab-pathways" in focused(reader)  # it was not lost when the panel came
    reader.press("ArrowLeft")
    reader.becomes(year=2028)
    reader.one("#tab-panel .chart-line").wait_for()
    tab_to(reader, "slider")
    reader.press("ArrowLeft")
    reader.becomes(year=2027)
    reader.press("PageDown")
    reader.becomes(year=2022)


def test_sources_and_parcels_one_after_the_other(reader: Reader, program: Program) -> None:
    """From the cell outward, or by emission where none is selected; round and round."""
    year, (row, col) = 2022, OVER
    stacks = program.client.get(f"/api/runs/base/stacks?metal=Cu&year={year}").json
    emit = [stack for stack in stacks if stack["kg"] > 0.0]
    assert len(emit) > 1
    near = sorted(emit, key=lambda s: (s["x"] - col - 0.5) ** 2 + (s["y"] - row - 0.5) ** 2)
    strong = sorted(emit, key=lambda s: -s["kg"])
    reader.open("base", year=year, metal="Cu", cell=f"{row},{col}")
    for key, k in (("n", 0), ("n", 1), ("Shift+N", 0), ("Shift+N", -1), ("n", 0)):
        reader.press(key)
        reader.becomes(stack=near[k]["id"], cell=f"{row},{col}")
        reader.says(".side h2", near[k]["name"])
    said = reader.one("p.unseen[role=status]").last
    assert said.text_content() == (
        f"Source 1 of {len(emit)} that emit Cu, the nearest first: {near[0]['name']}"
    )
    reader.press("Escape", "n")
    reader.becomes(stack=strong[0]["id"])
    reader.press("Escape", "p")
    reader.says(".notice", "Choose a cell first")

    land = f"/api/runs/base/cell/land?row={row}&col={col}&metal=Cu&year={year}"
    parcels = [str(parcel["id"]) for parcel in program.client.get(land).json["parcels"]]
    reader.open("base", year=year, metal="Cu", cell=f"{row},{col}")
    for key, number in (("p", parcels[0]), ("p", parcels[1 % len(parcels)])):
        reader.press(key)
        reader.becomes(parcel=number, cell=f"{row},{col}")
        reader.says(".side h2", f"Parcel {number}")
    reader.press("?")
    reader.says("dialog[open] tr", "the next source that emits the metal")


def test_dialogs_open_hold_the_focus_and_give_it_back(reader: Reader) -> None:
    reader.open("base", year=2024)
    for key, words in (("?", "Keys"), ("s", "Share what is shown"), ("b", "Try a policy")):
        reader.press(key)
        reader.says("dialog[open] h2", words)
        for _ in range(12):
            reader.press("Tab")
            inside = reader.page.evaluate(
                "document.activeElement === document.body"
                " || document.querySelector('dialog').contains(document.activeElement)"
            )
            assert inside, focused(reader)
        reader.press("Escape")
        until(lambda: not reader.one("dialog").count() or reader.rest(), "gone")
    reader.press("?")
    reader.one("dialog[open]").get_by_role("button", name="Close").press("Enter")
    until(lambda: not reader.one("dialog").count() or reader.rest(), "gone")
    reader.open("base", cell="{},{}".format(*OVER))
    reader.press("b")  # at the end of the run there is nothing to branch into
    reader.says(".notice", "go back to an earlier year")
    reader.press("Escape")
    reader.says(".side h2", "Click a cell")


def test_tab_goes_round_and_back(reader: Reader) -> None:
    """No part of the page keeps the focus."""
    reader.open("base", cell="{},{}".format(*OVER))
    reader.says("#why", "Cd is")
    way = tab_to(reader, "Branch here")
    assert len(set(way)) > 20
    assert all(stop.split(" ")[0] != "BODY" for stop in way)
    back = tab_to(reader, "metalscape", "Shift+Tab")
    assert len(back) >= len(way) - 2


def test_keys_do_not_reach_through_lists_and_fields(reader: Reader) -> None:
    reader.open("base")
    reader.one("#choose-layer").focus()
    reader.press("c")  # types ahead in the list
    assert "show" not in reader.cursor
    reader.one("#choose-metal").focus()
    reader.press("Home")
    reader.becomes(metal="As")
    assert reader.cursor["year"] == "2028"


@pytest.mark.parametrize("tab", ["history", "pathways", "sources", "depth", "land", "around"])
def test_all_that_can_be_used_has_a_name(reader: Reader, tab: str) -> None:
    reader.go(run="base", cell="{},{}".format(*OVER), other="other", tab=tab, year=2024)
    reader.drawn(2)
    reader.settled()
    assert reader.page.evaluate(NAMELESS) == []
    assert reader.page.evaluate(WRONG_IDS) == []
    if tab != "history":
        return
    for key in ("b", "s", "?"):
        reader.press(key)
        reader.one("dialog[open]").wait_for()
        reader.settled()
        assert reader.page.evaluate(NAMELESS) == []
        assert reader.page.evaluate(WRONG_IDS) == []
        reader.press("Escape")
    reader.go()
    reader.says("h2", "Runs")
    assert reader.page.evaluate(NAMELESS) == []
    assert reader.page.evaluate("document.querySelectorAll('h1').length") == 1
    assert reader.page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize(
    "settings",
    [
        {"viewport": {"width": 1280, "height": 800}},
        {"viewport": {"width": 1152, "height": 720}, "device_scale_factor": 1.25},
        {"viewport": {"width": 1536, "height": 960}, "root": "20px"},
    ],
    ids=["plain", "zoomed", "large"],
)
@pytest.mark.parametrize("other", ["", "other"])
def test_nothing_is_covered_or_cut_off(
    browser: Browser, program: Program, settings: dict[str, Any], other: str
) -> None:
    root = settings.get("root", "16px")
    window = {key: value for key, value in settings.items() if key != "root"}
    reader = Reader(browser, program.base, **window)
    reader.go(run="base", cell="{},{}".format(*OVER), other=other)
    reader.drawn(2 if other else 1)
    reader.says("#why", "Cd is")
    reader.page.evaluate("(size) => { document.documentElement.style.fontSize = size; }", root)
    reader.settled()
    assert reader.page.evaluate(MISPLACED) == []
    map_ = reader.one(".sheet-map").first.bounding_box()
    assert map_ is not None
    assert min(map_["width"], map_["height"]) > 220
    reader.close()
