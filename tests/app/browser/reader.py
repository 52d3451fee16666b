"""A reader in front of the page: what they see, click and type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.app.browser.program import until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

#: What a view of the whole grid leaves free on each side: camera.js. [px]
MARGIN = 8
#: Keeps what the page's security policy refused.
_WATCH = """
window.refused = [];
addEventListener("securitypolicyviolation",
                 (event) => window.refused.push(`${event.violatedDirective} ${event.blockedURI}`));
"""
#: Number of colours of a map, and a number that differs where the picture does.
_SEEN = """(canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const pixels = new Uint32Array(data.buffer);
    let sum = 0;
    for (const pixel of pixels) sum = (31 * sum + pixel) | 0;
    return [new Set(pixels).size, sum];
}"""


class Reader:
    """One page of the program, and all that went wrong in it.

    Parameters
    ----------
    browser : Browser
        Headless Chromium.
    base : str
        Address of the server.
    grid : tuple of int
        Rows and columns of the region.
    settings
        Of the browser's context.
    """

    def __init__(
        self, browser: Browser, base: str, grid: tuple[int, int] = (12, 10), **settings: Any
    ) -> None:
        size = {"width": 1280, "height": 800}
        self.context = browser.new_context(**{"viewport": size, **settings})
        self.base, self.grid = base, grid
        self.wrong: list[str] = []
        self.asked: list[str] = []
        self.page: Page = self.new_page()

    def new_page(self) -> Page:
        """Another page of the same reader."""
        page = self.context.new_page()
        page.add_init_script(_WATCH)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("dialog", lambda dialog: self.wrong.append(f"dialog {dialog.message}"))
        page.on("console", lambda m: self.wrong.append(m.text) if m.type == "error" else None)
        page.on("request", lambda request: self.asked.append(request.url))
        page.set_default_timeout(15_000)
        return page

    def go(self, **cursor: object) -> None:
        """Open an address."""
        query = urlencode(cursor, safe=",")
        self.page.goto(f"{self.base}/?{query}" if query else f"{self.base}/")

    def open(self, run: str, **cursor: object) -> None:
        """Open a run and wait till its map is drawn."""
        self.go(run=run, **cursor)
        self.drawn()

    # --- what is seen -----------------------------------------------------------------------------

    def one(self, selector: str, **filters: Any) -> Locator:
        return self.page.locator(selector, **filters)

    def text(self, selector: str) -> str:
        """Text of the first element of a selector; empty if there is none."""
        found = self.page.locator(selector)
        return found.first.inner_text() if found.count() else ""

    def says(self, selector: str, words: str) -> None:
        """Wait till an element says something."""
        self.page.locator(selector, has_text=words).first.wait_for()

    @property
    def cursor(self) -> dict[str, str]:
        """Query of the address."""
        return {key: values[0] for key, values in parse_qs(urlsplit(self.page.url).query).items()}

    def becomes(self, **cursor: object) -> None:
        """Wait till the address says something."""
        wanted = {key: str(value) for key, value in cursor.items()}
        until(lambda: wanted.items() <= self.cursor.items() or self.rest(), f"{wanted}")

    def rest(self) -> None:
        """Let the page work; nothing that is true."""
        self.page.wait_for_timeout(30)

    def seen(self, number: int = 0) -> tuple[int, int]:
        """Number of colours of a map, and what tells its picture from others."""
        colours, sum_ = self.page.locator(".sheet-map canvas").nth(number).evaluate(_SEEN)
        return colours, sum_

    def ticks(self) -> list[str]:
        """Texts under the bar of the legend, hidden ones too."""
        return [str(text) for text in self.one(".scale-ticks > span").all_text_contents()]

    def drawn(self, maps: int = 1) -> None:
        """Wait till maps show more than outlines, their legend and their caption."""
        until(lambda: self.one(".sheet-map canvas").count() == maps or self.rest(), "maps")
        for number in range(maps):
            until(lambda n=number: self.seen(n)[0] > 8 or self.rest(), f"picture {number}")
        self.one(".legend .scale-title").wait_for()

    def settled(self) -> None:
        """Wait till all questions are answered and drawn."""
        still = """() => new Promise((done) => {
            let last = performance.getEntriesByType("resource").length, same = 0;
            const look = () => {
                const now = performance.getEntriesByType("resource").length;
                same = now === last ? same + 1 : 0;
                last = now;
                if (same >= 4) requestAnimationFrame(() => done());
                else setTimeout(look, 50);
            };
            look();
        })"""
        self.page.evaluate(still)

    # --- what is done -----------------------------------------------------------------------------

    def point(self, x: float, y: float, number: int = 0) -> tuple[float, float]:
        """Point of the page at a place in cells, of a map that shows the whole grid."""
        box = self.page.locator(".sheet-map canvas").nth(number).bounding_box()
        assert box is not None
        rows, cols = self.grid
        zoom = min((box["width"] - 2 * MARGIN) / cols, (box["height"] - 2 * MARGIN) / rows)
        right = box["x"] + box["width"] / 2 + (x - cols / 2) * zoom
        return right, box["y"] + box["height"] / 2 + (y - rows / 2) * zoom

    def click_cell(self, row: int, col: int, number: int = 0) -> None:
        """Click the middle of a cell, off the stacks."""
        self.page.wait_for_timeout(400)  # two clicks at once are a double click
        self.page.mouse.click(*self.point(col + 0.5, row + 0.5, number))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def choose(self, key: str, value: str) -> None:
        """Choose from a list of the header."""
        self.page.locator(f"#choose-{key}").select_option(value)

    def close(self, allowed: tuple[str, ...] = ()) -> None:
        """End; nothing may have gone wrong but what is foreseen."""
        refused = [page.evaluate("window.refused ?? []") for page in self.context.pages]
        self.context.close()
        wrong = [text for text in self.wrong if not any(words in text for words in allowed)]
        assert not wrong, wrong
        assert not any(refused), refused
