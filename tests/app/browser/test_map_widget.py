"""The map and its legend in a browser, with made-up data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from analysis.layers.colours import WATER
from tests.app.browser.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

STATIC = ROOT / "analysis" / "app" / "static"
MODULES = [*sorted(path.stem for path in STATIC.glob("map*.js")), "camera", "legend"]
SIDE = 60  # cells of the made-up region

#: A picture of one colour as a URL; `other` is that of the northern row.
PLAIN = """(colour, other = colour) => {
    const canvas = Object.assign(document.createElement("canvas"), {width: 60, height: 60});
    const context = canvas.getContext("2d");
    context.fillStyle = colour;
    context.fillRect(0, 0, 60, 60);
    context.fillStyle = other;
    context.fillRect(0, 0, 60, 1);
    return canvas.toDataURL();
}"""


def set_plain(colours: str, label: str) -> str:
    """Script that shows a picture of one colour, or of two with that of the northern row."""
    return f"() => harness.maps[0].set(harness.picture(({PLAIN})({colours}), '{label}'))"


#: Colour of the canvas at a place in cells, with nothing drawn over the picture.
COLOUR_AT = """async ([x, y]) => {
    const map = harness.maps[0], canvas = document.querySelector("canvas");
    map.overlays({show: {districts: false, parcels: false, stacks: false}});
    map.select({cell: null, stack: null, parcel: null});
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    const {x: atX, y: atY, zoom} = map.camera, ratio = devicePixelRatio;
    const right = canvas.width / 2 + (x - atX) * zoom * ratio;
    const down = canvas.height / 2 + (y - atY) * zoom * ratio;
    return [...canvas.getContext("2d").getImageData(right, down, 1, 1).data];
}"""
#: Point of the page at a place in cells.
POINT_AT = """([x, y]) => {
    const box = document.querySelector("canvas").getBoundingClientRect();
    const camera = harness.maps[0].camera;
    return [box.x + box.width / 2 + (x - camera.x) * camera.zoom,
            box.y + box.height / 2 + (y - camera.y) * camera.zoom];
}"""

Open = Callable[..., "Page"]


@pytest.fixture
def open_map(browser: Browser, served: str) -> Iterator[Open]:
    """Open the harness; a test fails if the page complained."""
    pages = []
    complaints: list[str] = []

    def open_(query: str = "", ratio: float = 1.0, **settings: Any) -> Page:
        size = {"width": 1000, "height": 760}
        context = browser.new_context(viewport=size, device_scale_factor=ratio, **settings)
        page = context.new_page()
        pages.append(page)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.goto(f"{served}/tests/app/browser/map_harness.html?{query}")
        page.wait_for_selector("html[data-ready]")
        return page

    yield open_
    for page in pages:
        page.context.close()
    assert [c for c in complaints if "404" not in c] == []


def calls(page: Page, kind: str) -> list[list[Any]]:
    """What the map told of a kind, without the kind."""
    return [call[1:] for call in page.evaluate("harness.calls") if call[0] == kind]


def point(page: Page, x: float, y: float) -> tuple[float, float]:
    """Point of the page at a place in cells."""
    right, down = page.evaluate(POINT_AT, [x, y])
    return right, down


def until(page: Page, condition: str) -> None:
    """Wait till a condition holds; Playwright's own way of it is against the page's policy."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(30)
    pytest.fail(f"never: {condition}")


def camera(page: Page, number: int = 0) -> dict[str, float]:
    return page.evaluate(f"harness.maps[{number}].camera")


def test_legend_has_the_colour_of_water_of_the_pictures() -> None:
    css = (STATIC / "map.css").read_text()
    assert re.findall(r"--water: (#\w+)", css) == [WATER]


@pytest.mark.parametrize("name", MODULES)
def test_no_markup_is_built_from_text(name: str) -> None:
    text = Path(STATIC / f"{name}.js").read_text()
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|new Function", text
    )
    assert len(text.splitlines()) < 400


@pytest.mark.slow
class TestPicture:
    @pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0])
    def test_cells_have_their_colour_and_north_is_up(self, open_map: Open, ratio: float) -> None:
        page = open_map(ratio=ratio)
        assert page.evaluate(set_plain("'#0a1428', '#c86432'", "Plain")) is True
        # all of a cell, to its very sides, is of one colour
        for y in (0.1, 0.5, 0.9):
            assert page.evaluate(COLOUR_AT, [30.5, y]) == [200, 100, 50, 255]
        assert page.evaluate(COLOUR_AT, [30.5, 1.1]) == [10, 20, 40, 255]
        assert page.evaluate(COLOUR_AT, [30.5, 59.9]) == [10, 20, 40, 255]
        assert page.evaluate(COLOUR_AT, [30.5, -0.2]) == [0, 0, 0, 0]

    def test_the_one_asked_for_last_wins_and_the_old_one_stays(self, open_map: Open) -> None:
        page = open_map()
        slow = "/plain.png?colour=red&wait=900"
        before = page.evaluate(COLOUR_AT, [30.5, 30.5])
        page.evaluate(f"""() => {{
            window.slow = harness.maps[0].set(harness.picture("{slow}", "Slow"));
        }}""")
        assert page.evaluate(COLOUR_AT, [30.5, 30.5]) == before
        assert "Content of Cd" in (page.get_attribute("canvas", "aria-label") or "")
        assert page.evaluate(set_plain("'#0a1428'", "Quick")) is True
        assert page.evaluate("window.slow") is False
        assert page.evaluate(COLOUR_AT, [30.5, 30.5]) == [10, 20, 40, 255]
        assert "Quick" in (page.get_attribute("canvas", "aria-label") or "")

    def test_a_slider_is_followed_as_fast_as_pictures_come(self, open_map: Open) -> None:
        page = open_map()
        shown, loaded = page.evaluate("""async () => {
            const picture = (k) => `/plain.png?colour=red&wait=150&k=${k}`;
            const all = [];
            for (let k = 0; k < 30; k++) {
                all.push(harness.maps[0].set(harness.picture(picture(k), `Year ${k}`)));
                await new Promise((done) => setTimeout(done, 30));
            }
            const shown = await Promise.all(all);
            const loaded = performance.getEntriesByType("resource")
                .filter((entry) => entry.name.includes("wait=150")).length;
            return [shown, loaded];
        }""")
        assert shown[-1] is True
        assert any(shown[:-1])
        assert loaded <= 10  # of 30 that were asked for within 900 ms
        assert "Year 29" in (page.get_attribute("canvas", "aria-label") or "")

    def test_a_picture_that_does_not_come_is_said_and_not_left_as_the_old_one(
        self, open_map: Open
    ) -> None:
        page = open_map()
        assert page.evaluate("harness.maps[0].set(harness.picture('/none.png', 'None'))") is False
        until(page, "!document.querySelector('.map-note').hidden")
        assert page.text_content(".map-note") == "This picture could not be drawn."
        assert page.evaluate(COLOUR_AT, [30.5, 30.5]) == [0, 0, 0, 0]

    def test_scale_bar_is_round_and_true(self, open_map: Open) -> None:
        page = open_map()
        for _ in range(4):
            number, unit = (page.text_content(".map-scale") or "").split()
            length = float(number) * {"m": 0.001, "km": 1.0}[unit]
            pixels = page.evaluate("parseFloat(document.querySelector('.map-scale').style.width)")
            assert pixels * 0.5 / camera(page)["zoom"] == pytest.approx(length, 1e-5)  # 500 m
            assert length in (0.5, 1, 2, 5, 10, 20)
            page.click("[aria-label='Zoom in']")
            page.evaluate("() => new Promise(requestAnimationFrame)")


@pytest.mark.slow
class TestPointer:
    @pytest.mark.parametrize("place", [(3.5, 20.5), (41.2, 9.9), (59.9, 59.9), (0.1, 0.1)])
    def test_click_selects_the_cell_below(self, open_map: Open, place: tuple[float, float]) -> None:
        page = open_map()
        page.mouse.click(*point(page, *place))
        row, col, x, y, opened = calls(page, "click")[0]
        assert (row, col, opened) == (int(place[1]), int(place[0]), False)
        assert (x, y) == pytest.approx(place, abs=0.2)
        assert f"row {row}, column {col}" in (page.get_attribute("canvas", "aria-label") or "")

    def test_click_outside_of_the_grid_is_none(self, open_map: Open) -> None:
        page = open_map()
        page.mouse.click(*point(page, -3.0, 30.0))
        assert calls(page, "click") == []

    def test_drag_moves_the_map_and_selects_nothing(self, open_map: Open) -> None:
        page = open_map()
        before = camera(page)
        x, y = point(page, 30.5, 20.5)
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 30, y + 10, steps=5)
        page.mouse.move(x + 60, y - 20, steps=5)
        page.mouse.up()
        assert calls(page, "click") == []
        after = camera(page)
        assert after["x"] == pytest.approx(before["x"] - 60 / before["zoom"], abs=0.01)
        assert after["y"] == pytest.approx(before["y"] + 20 / before["zoom"], abs=0.01)
        assert point(page, 30.5, 20.5) == pytest.approx((x + 60, y - 20), abs=0.1)

    def test_wheel_zooms_about_the_pointer_within_bounds(self, open_map: Open) -> None:
        page = open_map()
        before = camera(page)
        centre = point(page, before["x"], before["y"])
        at = (centre[0] - 140, centre[1] + 120)  # wheels tell of whole pixels
        place = [before["x"] - 140 / before["zoom"], before["y"] + 120 / before["zoom"]]
        page.mouse.move(*at)
        page.mouse.wheel(0, -300)
        until(page, f"harness.maps[0].camera.zoom > {before['zoom'] * 1.2}")
        assert point(page, *place) == pytest.approx(at, abs=1e-6)
        for _ in range(12):
            page.mouse.wheel(0, -300)
        page.wait_for_timeout(100)
        assert camera(page)["zoom"] == 96
        for _ in range(30):
            page.mouse.wheel(0, 300)
        page.wait_for_timeout(100)
        assert camera(page)["zoom"] == pytest.approx(0.5)

    def test_double_click_zooms(self, open_map: Open) -> None:
        page = open_map()
        before = camera(page)["zoom"]
        at = point(page, 40.0, 20.0)
        page.mouse.dblclick(*at)
        assert camera(page)["zoom"] == pytest.approx(2 * before)
        assert point(page, 40.0, 20.0) == pytest.approx(at, abs=0.1)
        assert len(calls(page, "click")) == 1

    def test_stack_is_clicked_by_its_distance_on_the_screen(self, open_map: Open) -> None:
        page = open_map()
        stack = page.evaluate("harness.stacks[7]")
        x, y = point(page, stack["x"], stack["y"])
        page.mouse.click(x + 5, y - 4)
        assert calls(page, "stack") == [["s7"]]
        assert calls(page, "click") == []
        page.evaluate("harness.maps[0].overlays({show: {stacks: false}})")
        page.wait_for_timeout(400)  # no double click
        page.mouse.click(x + 8, y)
        assert calls(page, "stack") == [["s7"]]
        assert len(calls(page, "click")) == 1

    def test_touch_taps_and_pinches(self, open_map: Open) -> None:
        page = open_map(has_touch=True)
        page.touchscreen.tap(*point(page, 41.5, 9.5))
        assert calls(page, "click")[0][:2] == [9, 41]
        session = page.context.new_cdp_session(page)
        before = camera(page)["zoom"]
        x, y = point(page, 30.0, 30.0)

        def touch(kind: str, half: float | None) -> None:
            ends = [] if half is None else [(x - half, 0), (x + half, 1)]
            points = [{"x": at, "y": y, "id": number} for at, number in ends]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        touch("touchStart", 40)
        for half in (50, 65, 80):
            touch("touchMove", half)
        touch("touchEnd", None)
        until(page, f"harness.maps[0].camera.zoom > {before * 1.5}")
        assert camera(page)["zoom"] == pytest.approx(2 * before, rel=0.05)
        assert point(page, 30.0, 30.0) == pytest.approx((x, y), abs=2)
        assert len(calls(page, "click")) == 1


@pytest.mark.slow
class TestKeys:
    def test_arrows_move_the_cell_and_go_no_further(self, open_map: Open) -> None:
        page = open_map()
        page.evaluate("harness.maps[0].select({cell: [0, 58]})")
        page.focus("canvas")
        for key in ("ArrowRight", "ArrowRight", "ArrowUp", "ArrowDown", "ArrowLeft"):
            page.keyboard.press(key)
        cells = [call[:2] for call in calls(page, "click")]
        assert cells == [[0, 59], [0, 59], [0, 59], [1, 59], [1, 58]]
        page.keyboard.press("Enter")
        assert calls(page, "click")[-1] == [1, 58, 58.5, 1.5, True]
        page.keyboard.press("d")
        assert page.evaluate("harness.keysOfPage") == ["d"]

    def test_the_map_follows_the_cell_out_of_view(self, open_map: Open) -> None:
        page = open_map()
        page.focus("canvas")
        for _ in range(3):
            page.keyboard.press("+")
        for _ in range(20):
            page.keyboard.press("ArrowRight")
        box = page.locator("canvas").bounding_box()
        assert box is not None
        right, _ = point(page, calls(page, "click")[-1][2], 30.0)
        assert box["x"] < right < box["x"] + box["width"]

    def test_zoom_pan_and_fit(self, open_map: Open) -> None:
        page = open_map()
        fit = camera(page)
        page.focus("canvas")
        page.keyboard.press("+")
        assert camera(page)["zoom"] == pytest.approx(2 * fit["zoom"])
        page.keyboard.press("Shift+ArrowRight")
        assert camera(page)["x"] == pytest.approx(fit["x"] + 80 / (2 * fit["zoom"]))
        page.keyboard.press("-")
        assert camera(page)["zoom"] == pytest.approx(fit["zoom"])
        page.keyboard.press("0")
        assert camera(page) == fit

    def test_enter_opens_the_stack_in_the_cell(self, open_map: Open) -> None:
        page = open_map()
        stack = page.evaluate("harness.stacks[5]")
        page.evaluate(f"harness.maps[0].select({{cell: [{int(stack['y'])}, {int(stack['x'])}]}})")
        page.focus("canvas")
        page.keyboard.press("Enter")
        assert calls(page, "stack") == [["s5"]]


@pytest.mark.slow
class TestWords:
    def test_of_the_cell_where_the_pointer_rests(self, open_map: Open) -> None:
        page = open_map()
        page.mouse.move(*point(page, 10.5, 30.5))
        page.mouse.move(*point(page, 20.5, 30.5), steps=10)
        words = "0.3020 mg/kg Cd, limit 0.30; paddy"
        until(page, f"document.querySelector('.map-words').textContent === '{words}'")
        assert calls(page, "hover")[-1] == [30, 20]
        page.mouse.move(*point(page, -3.0, 30.5))
        assert page.is_hidden(".map-words")

    def test_late_words_of_another_cell_are_dropped(self, open_map: Open) -> None:
        page = open_map()
        page.evaluate("""() => {
            harness.answer = (row, col) => new Promise((done) =>
                setTimeout(() => done(`column ${col}`), col === 10 ? 600 : 20));
        }""")
        page.mouse.move(*point(page, 10.5, 30.5))
        page.wait_for_timeout(100)
        page.mouse.move(*point(page, 20.5, 30.5))
        page.wait_for_timeout(800)
        assert page.text_content(".map-words") == "column 20"

    def test_words_do_not_stay_over_a_cell_that_has_none_yet(self, open_map: Open) -> None:
        page = open_map()
        page.mouse.move(*point(page, 10.5, 30.5))
        page.wait_for_selector(".map-words:not([hidden])")
        page.evaluate("() => { harness.answer = () => undefined; }")
        page.mouse.move(*point(page, 20.5, 30.5))
        page.wait_for_selector(".map-words", state="hidden")
        page.evaluate("harness.maps[0].hoverText('given later')")
        assert page.text_content(".map-words") == "given later"

    def test_another_picture_asks_again(self, open_map: Open) -> None:
        page = open_map()
        page.mouse.move(*point(page, 10.5, 30.5))
        page.wait_for_selector(".map-words:not([hidden])")
        page.evaluate("() => { harness.answer = () => 'of the new picture'; }")
        page.evaluate(set_plain("'#0a1428'", "New"))
        until(page, "document.querySelector('.map-words').textContent === 'of the new picture'")

    def test_names_are_text_and_stay_inside(self, open_map: Open) -> None:
        page = open_map()
        page.evaluate("harness.maps[0].overlays({stacks: [{...harness.stacks[0], x: 59, y: 59}]})")
        page.mouse.move(*point(page, 59.0, 59.0))
        page.wait_for_selector(".map-words:not([hidden])")
        assert page.text_content(".map-words strong") == "Smelter <b>A</b>"
        box, words = (page.locator(s).bounding_box() for s in ("canvas", ".map-words"))
        assert box is not None
        assert words is not None
        assert words["x"] + words["width"] <= box["x"] + box["width"]
        assert words["y"] + words["height"] <= box["y"] + box["height"]


@pytest.mark.slow
class TestOverlays:
    def test_lines_keep_their_width(self, open_map: Open) -> None:
        page = open_map()
        page.evaluate("harness.maps[0].overlays({districts: 'M0 30h60', parcels: '', stacks: []})")
        page.evaluate(set_plain("'#ff0000'", "Red"))
        other = """async (zoom) => {
            harness.maps[0].camera = {x: 30, y: 30, zoom};
            await new Promise(requestAnimationFrame);
            await new Promise(requestAnimationFrame);
            const canvas = document.querySelector("canvas");
            const context = canvas.getContext("2d");
            const column = context.getImageData(canvas.width / 2, 0, 1, canvas.height).data;
            let count = 0;
            for (let i = 0; i < column.length; i += 4) count += column[i + 3] && column[i + 1] > 8;
            return count;
        }"""
        counts = {page.evaluate(other, zoom) for zoom in (2, 8, 40)}
        assert len(counts) == 1
        assert 2 <= counts.pop() <= 5

    def test_many_parcels_only_from_near(self, open_map: Open) -> None:
        page = open_map("side=200&parcels=10000")
        drawn = """async () => {
            const map = harness.maps[0], canvas = document.querySelector("canvas");
            const pixels = async (parcels) => {
                map.overlays({show: {parcels}});
                await new Promise(requestAnimationFrame);
                await new Promise(requestAnimationFrame);
                return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            };
            const [without, with_] = [await pixels(false), await pixels(true)];
            return without.some((value, i) => value !== with_[i]);
        }"""
        assert page.evaluate(drawn) is False
        assert page.text_content(".map-note") == "Zoom in to see the parcels."
        page.evaluate("harness.maps[0].camera = {x: 100, y: 100, zoom: 8}")
        assert page.evaluate(drawn) is True
        assert page.is_hidden(".map-note")

    @pytest.mark.parametrize(
        ("path", "box"),
        [
            ("M1 2L5 2L5 7Z", [1, 2, 5, 7]),
            ("M1 2h3v-4", [1, -2, 4, 2]),
            ("M1.5 2l.5-.25-3 1z", [-1, 1.75, 2, 2.75]),
            ("M10 10H4V12", [4, 10, 10, 12]),
            ("M0 0C1 1 2 2 3 3", None),
        ],
    )
    def test_boxes_of_paths(self, open_map: Open, path: str, box: list[float] | None) -> None:
        page = open_map()
        found = page.evaluate(
            """async (path) => {
            const { bounds } = await import("/analysis/app/static/map_paths.js");
            const box = bounds(path);
            return box && [box.left, box.top, box.right, box.bottom];
        }""",
            path,
        )
        assert found == box


@pytest.mark.slow
class TestTwoMaps:
    def test_move_together(self, open_map: Open) -> None:
        page = open_map("maps=2&width=460&height=400")
        assert camera(page, 0) == camera(page, 1)
        page.mouse.move(*point(page, 12.3, 45.6))
        page.mouse.wheel(0, -300)
        until(page, "harness.maps[0].camera.zoom > 8")
        assert camera(page, 0) == camera(page, 1)
        page.locator("canvas").nth(1).focus()
        page.keyboard.press("Shift+ArrowUp")
        assert camera(page, 0) == camera(page, 1)

    def test_a_fitted_map_stays_so_when_its_size_changes(self, open_map: Open) -> None:
        page = open_map()
        page.evaluate("document.querySelector('.sheet-map').style.width = '300px'")
        until(page, "harness.maps[0].camera.zoom < 5")
        assert camera(page)["zoom"] == pytest.approx((298 - 16) / SIDE)  # borders of 1 px
        page.click("[aria-label='Zoom in']")
        zoomed = camera(page)
        page.evaluate("document.querySelector('.sheet-map').style.width = '600px'")
        page.wait_for_timeout(100)
        assert camera(page) == zoomed

    def test_destroyed_leaves_nothing(self, open_map: Open) -> None:
        page = open_map()
        page.evaluate("harness.maps[0].destroy()")
        assert page.evaluate("document.querySelector('.sheet-map').children.length") == 0


@pytest.mark.slow
class TestLegend:
    @pytest.mark.parametrize("width", [150, 300, 900])
    def test_texts_do_not_touch_nor_leave_the_bar(self, open_map: Open, width: int) -> None:
        page = open_map()
        page.evaluate(f"harness.places.continuous.style.width = '{width}px'")
        page.wait_for_timeout(100)
        for row in (".scale-ticks", ".scale-marks"):
            boxes = page.evaluate(f"""[...document.querySelectorAll("{row} span:not([hidden])")]
                .map((span) => span.getBoundingClientRect())
                .map(({{left, right}}) => [left, right])""")
            bar = page.evaluate(
                "(({left, right}) => [left, right])"
                "(document.querySelector('.scale-bar').getBoundingClientRect())"
            )
            assert boxes
            for (_, right), (left, _) in pairwise(boxes):
                assert right + 7 < left
            assert boxes[0][0] >= bar[0] - 1
            assert boxes[-1][1] <= bar[1] + 1

    def test_says_what_it_shows(self, open_map: Open) -> None:
        page = open_map()
        scales = page.locator(".scale")
        assert page.locator(".scale-title").nth(0).text_content() == "Content (mg/kg)"
        mark = page.evaluate("document.querySelector('.scale-bar > i:not(.tick)').style.left")
        assert mark == "62.5%"
        assert scales.nth(0).locator("li").all_text_contents() == ["not yet", "water", "no data"]
        names = ["paddy", "dry land", "urban", "water", "no data"]
        assert scales.nth(1).locator("li").all_text_contents() == names
        assert scales.nth(1).locator(".scale-bar").count() == 0
