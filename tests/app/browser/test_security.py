"""Nothing from elsewhere comes into the page, and nobody from elsewhere gets at the program."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pandas as pd
import pytest

from tests.app.browser.program import Program, running, until
from tests.app.browser.reader import Reader
from tests.app.browser.world import CLOSING, OVER, START, YEARS, World, make_world

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

END = START + YEARS
IMAGE = "<img src=x onerror=alert(1)>"
SCRIPT = "<script>alert(2)</script>"
#: Elements that no part of the page makes, but its own script.
FOREIGN = "img, iframe, object, embed, video, audio, form[action], script:not([src='main.js'])"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A region in which all that has a name has one that would do harm as markup."""
    made = make_world(tmp_path_factory.mktemp("hostile"))
    toml = made.region / "region.toml"
    text = toml.read_text("utf-8").replace('title = "Testland"', f'title = "Land {IMAGE}"')
    toml.write_text(text.replace("A small generated", f"{SCRIPT} A small"), "utf-8")
    for file, column, names in (
        ("districts.csv", "name", [f"North {IMAGE}", f"South {SCRIPT}"]),
        ("sources.csv", "name", [f"{w} {IMAGE}{SCRIPT}" for w in ("Coal", "Waste", "Copper")]),
        ("soils.csv", "name", [f"soil {IMAGE}"] * 6),
    ):
        table = pd.read_csv(made.region / file)
        table[column] = names
        table.to_csv(made.region / file, index=False)
    closing = {**CLOSING, "name": f"closing {SCRIPT}{IMAGE}"}
    for name, until_ in (("base", None), ("other", None), ("stopped", START + 2)):
        scenario = made.scenario(
            name, f"Title {IMAGE} of {name}", description=SCRIPT, interventions=[closing]
        )
        made.record(scenario, until_)
    made.experiment(made.scenario("futures", "Futures"), f"Experiment {IMAGE}")
    return made


class _Attack(http.server.SimpleHTTPRequestHandler):
    """A site of somebody else."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[int]:
    """Port of another site on this computer."""
    handler = functools.partial(_Attack, directory=str(Path(__file__).parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


# --- nothing from elsewhere -----------------------------------------------------------------------


def test_all_works_without_any_other_host(reader: Reader) -> None:
    """The browser of all these tests knows no other host; the page does not ask for one either."""
    reader.go()
    reader.says("h2", "Runs")
    reader.go(run="base", cell="{},{}".format(*OVER), other="other")
    reader.drawn(2)
    for tab in ("pathways", "sources", "depth", "land", "around", "history"):
        reader.one(f"#tab-{tab}").click()
    for key in ("d", "d", "c", "c", "s", "Escape", "?", "Escape", "b", "Escape", "Home", "."):
        reader.press(key)
        reader.page.wait_for_timeout(60)
    reader.settled()
    assert len(reader.asked) > 40
    own = (f"{reader.base}/", "data:", "blob:")
    assert [url for url in reader.asked if not url.startswith(own)] == []
    stored = reader.page.evaluate("[localStorage.length, document.cookie]")
    assert stored == [0, ""]


def test_the_page_may_do_nothing_that_it_need_not(reader: Reader) -> None:
    """What its policy forbids does not happen, and is counted: the other tests can see it."""
    reader.go()
    refused = reader.page.evaluate("""async () => {
        const style = Object.assign(document.createElement("style"), { textContent: "p {}" });
        const script = document.createElement("script");
        try { script.textContent = "window.ran = 1"; } catch { /* no trusted type */ }
        document.head.append(style, script);
        try { document.body.innerHTML = "<b>b</b>"; } catch { /* no trusted type */ }
        await fetch("http://127.0.0.1:1/").catch(() => 0);
        await new Promise((done) => setTimeout(done, 300));
        return [window.ran ?? 0, document.querySelectorAll("b").length, window.refused.length];
    }""")
    assert refused[:2] == [0, 0]
    assert refused[2] >= 3
    reader.page.evaluate("window.refused.length = 0")
    reader.wrong.clear()


# --- markup in names ------------------------------------------------------------------------------


def harmless(reader: Reader) -> None:
    """No name became an element."""
    assert reader.page.evaluate("(them) => document.querySelectorAll(them).length", FOREIGN) == 0
    assert not [url for url in reader.asked if url.endswith("/x")]


def test_names_are_text_everywhere(reader: Reader, program: Program) -> None:
    reader.go()
    reader.says("li.card", f"Title {IMAGE} of base")
    reader.says("li.card", f"Experiment {IMAGE}")
    harmless(reader)

    reader.open("base", cell="{},{}".format(*OVER), year=2024)
    assert reader.text(".bar h1") == f"Title {IMAGE} of base"
    reader.says(".bar", f"Land {IMAGE}")
    reader.says(".side h2", f"orchard, North {IMAGE}")
    reader.one(".track-plot [role=slider]").focus()
    until(lambda: reader.press("ArrowLeft") or reader.cursor["year"] == "2023" or reader.rest())
    reader.says(".track-text", f"closing {SCRIPT}{IMAGE}")
    for tab in ("pathways", "sources", "depth", "land", "around", "history"):
        reader.one(f"#tab-{tab}").click()
        reader.settled()
        harmless(reader)
    reader.one("#tab-sources").click()
    reader.says("#tab-panel", f"{IMAGE}{SCRIPT}")

    reader.page.mouse.move(*reader.point(0.57 * 10, 0.62 * 12))
    reader.says(".map-words", f"Waste {IMAGE}{SCRIPT}")
    reader.page.mouse.click(*reader.point(0.64 * 10, 0.66 * 12))
    reader.says(".side h2", f"Copper {IMAGE}{SCRIPT}")
    reader.says(".side", f"closing {SCRIPT}{IMAGE}")
    reader.page.get_by_role("button", name="Show where it falls").click()
    reader.says("#caption", f"Copper {IMAGE}{SCRIPT}")
    reader.says(".scale-title", f"Copper {IMAGE}{SCRIPT}")
    harmless(reader)
    spoken = reader.one(".sheet-map canvas")
    until(lambda: IMAGE in (spoken.get_attribute("aria-label") or "") or reader.rest(), "named")

    reader.press("Escape", "b")
    reader.says("dialog[open]", f"Coal {IMAGE}{SCRIPT}")
    reader.settled()
    harmless(reader)
    reader.press("Escape", "s")
    reader.says("dialog[open]", "Share")
    harmless(reader)
    reader.press("Escape", "c")
    reader.says("#caption", "")
    harmless(reader)


@pytest.mark.parametrize(
    "key", ["run", "other", "stack", "parcel", "layer", "metal", "cell", "tab", "option", "show"]
)
def test_markup_in_an_address_is_text(browser: Browser, program: Program, key: str) -> None:
    reader = Reader(browser, program.base)
    for markup in (IMAGE, SCRIPT):
        reader.go(**{"run": "base", "cell": "2,3", key: markup})
        reader.settled()
        harmless(reader)
        if key in ("run", "other", "stack", "parcel"):  # a path may hold no slash
            reader.says(".notice.error", IMAGE if markup is IMAGE else "nothing at this address")
    if key != "run":
        reader.says("h1", "Title")
    reader.close(allowed=("status of 404", "status of 400"))


# --- pages of other sites -------------------------------------------------------------------------


@pytest.mark.parametrize("site", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("target", ["127.0.0.1", "localhost"])
def test_another_site_reads_nothing_and_begins_nothing(
    browser: Browser, program: Program, elsewhere: int, site: str, target: str
) -> None:
    context = browser.new_context()
    page = context.new_page()
    address = f"http://{target}:{program.client.port}"
    page.goto(f"http://{site}:{elsewhere}/attack.html?target={quote(address)}")
    until(lambda: page.evaluate("window.attack !== undefined") or page.wait_for_timeout(50))
    found: dict[str, dict[str, str]] = page.evaluate("attack()")
    assert found["read"].pop("own").startswith("200")  # it could read what it may
    assert found["read"] == dict.fromkeys(found["read"], "refused")
    assert len(found["read"]) == 12
    assert not any(what.startswith("2") for what in found["done"].values()), found["done"]
    frame = page.query_selector("#framed").content_frame()
    assert frame is None or "Title" not in frame.locator("body").inner_text()
    assert program.jobs() == {}
    context.close()


def test_what_that_site_asked_for_is_what_the_own_page_does(world: World, tmp_path: Path) -> None:
    """Else nothing would be shown by the test before."""
    with running(world.folder) as program:
        body = {"kind": "resume", "run": "stopped"}
        assert program.client.post("/api/jobs", body, x_metalscape=None).status == 403
        assert program.client.post("/api/jobs", body, origin="http://127.0.0.1:1").status == 403
        assert program.jobs() == {}
        assert program.client.post("/api/jobs", body).status == 201
        assert list(program.jobs()) == ["stopped"]


def test_a_link_from_another_site_opens_the_page(
    reader: Reader, program: Program, elsewhere: int
) -> None:
    """Sharing a link by mail or chat works; it shows the page to its reader only."""
    reader.page.goto(f"http://localhost:{elsewhere}/attack.html")
    reader.page.evaluate(f"location.href = '{program.base}/?run=base'")
    reader.says("h1", "Title")
    reader.drawn()
    reader.wrong.clear()


def test_a_name_that_was_made_to_point_here_is_refused(browser: Browser, program: Program) -> None:
    port = program.client.port
    for name in ("rebound.test", "localhost.rebound.test", "127.0.0.1.rebound.test", "0.0.0.0"):
        for host in (name, f"{name}:{port}"):
            for path in ("/", "/api/home", "/main.js"):
                reply = program.client.get(path, host=host)
                assert reply.status == 403
                assert b"Land" not in reply.body
    context = browser.new_context()
    page = context.new_page()
    answer = page.goto(f"http://rebound.test:{port}/")
    assert answer is not None
    assert answer.status == 403
    asked: Any = page.evaluate("fetch('/api/home').then((r) => r.text(), () => 'refused')")
    assert "Title" not in asked
    context.close()
