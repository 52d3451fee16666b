"""The program as readers use it: a finished run, two beside each other, an experiment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analysis.inspector import look
from analysis.inspector.parcel import look_parcel
from analysis.inspector.pick import parcel_at
from tests.app.browser.program import Program, until
from tests.app.browser.reader import Reader
from tests.app.browser.world import OVER, START, UNDER, YEARS, World

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

END = START + YEARS
TABS = ("history", "pathways", "sources", "depth", "land", "around")
#: Place of the incinerator, in cells: see make_region.sources.
INCINERATOR = (0.57 * 10, 0.62 * 12)


def value_of(reader: Reader, selector: str) -> int:
    return int(reader.one(selector).get_attribute("aria-valuenow") or -1)


# --- a cell ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", [OVER, UNDER])
def test_a_click_on_a_cell_says_what_the_data_say(
    reader: Reader, world: World, cell: tuple[int, int]
) -> None:
    reader.open("base")
    assert reader.text("#caption").startswith(f"Cd, Content, 0-20 cm, {END}")
    assert reader.text(".bar h1") == "As it is"
    assert reader.text(".side h2") == "Click a cell"
    reader.click_cell(*cell)
    reader.becomes(cell=f"{cell[0]},{cell[1]}")
    found = look(world.run("base"), *cell, "Cd")
    reader.says("#why", found.why(END))
    assert reader.text(".side h2") == f"Cell {cell[0]}, {cell[1]} {found.place(END)}"
    assert reader.text(".standing") == found.standing(END).text
    assert reader.one(".standing.over").count() == int(found.standing(END).over)
    assert found.standing(END).over == (cell == OVER)


def test_every_tab_of_a_cell(reader: Reader, world: World) -> None:
    row, col = OVER
    found = look(world.run("base"), row, col, "Cd")
    reader.open("base", cell=f"{row},{col}", year=2025)
    for key in TABS:
        reader.one(f"#tab-{key}").click()
        reader.becomes(**({"tab": key} if key != "history" else {"year": 2025}))
        assert reader.one(f"#tab-{key}").get_attribute("aria-selected") == "true"
        until(lambda: len(reader.text("#tab-panel")) > 30 or reader.rest(), key)
        shown = reader.text("#tab-panel")
        assert "NaN" not in shown
        assert "undefined" not in shown
        if key == "pathways":
            flows = found.flows(START, 2025)
            assert flows is not None
            biggest = max(flows.steps, key=lambda step: abs(step.value))
            reader.says("#tab-panel", biggest.label)
            reader.says("#tab-panel", "Each year")
        elif key == "sources":
            by_source = found.by_source(START, 2025)
            assert by_source is not None
            reader.says("#tab-panel", by_source.content_now[0].label)
        elif key == "depth":
            reader.says("#tab-panel", "Cd by depth")
        elif key == "land":
            reader.says("#tab-panel", found.land(2025)[0][0])
            reader.says("#tab-panel", "Parcel")
        elif key == "around":
            number = f"{found.content[5, 0]:.3g}"
            assert number.rstrip("0") in reader.text(".cell-here")


def test_since_changes_what_is_told(reader: Reader, world: World) -> None:
    found = look(world.run("base"), *OVER, "Cd")
    reader.open("base", cell="{},{}".format(*OVER), tab="pathways")
    reader.says("#tab-panel", f"{START} to {END}")
    reader.one("#choose-since").select_option("2024")
    reader.becomes(since=2024)
    reader.says("#tab-panel", f"2024 to {END}")
    reader.says("#why", found.why(END, 2024))


def test_a_cell_without_soil_and_one_outside_are_told_in_words(
    browser: Browser, program: Program
) -> None:
    reader = Reader(browser, program.base)
    reader.open("base", cell="11,9")
    reader.says(".notice.error, .side", "no soil")
    reader.go(run="base", cell="500,3")
    reader.says(".notice.error, .side", "500")
    reader.drawn()
    reader.click_cell(*UNDER)
    reader.says(".side h2", f"Cell {UNDER[0]}, {UNDER[1]}")
    reader.close(allowed=("status of 400", "status of 404"))


# --- time -----------------------------------------------------------------------------------------


def test_year_by_keys_by_the_timeline_and_by_the_history(reader: Reader) -> None:
    reader.open("base", cell="{},{}".format(*OVER), layer="change")
    reader.says("#caption", str(END))
    reader.settled()
    last = reader.seen()
    reader.press(",", ",")
    reader.becomes(year=END - 2)
    reader.says("#caption", str(END - 2))
    until(lambda: reader.seen() != last or reader.rest(), "another picture")
    reader.press(".")
    reader.becomes(year=END - 1)
    reader.press("Home")
    reader.becomes(year=START)
    reader.says(".standing", f"in {START}")
    reader.press("End")
    reader.becomes(year=END)

    plot = reader.one(".track-plot").bounding_box()
    assert plot is not None
    reader.page.mouse.click(plot["x"] + plot["width"] / 2, plot["y"] + 20)
    middle = START + YEARS // 2
    reader.becomes(year=middle)
    reader.says(".standing", f"in {middle}")
    assert value_of(reader, ".track-plot [role=slider]") == middle

    history = reader.one("#tab-panel .chart-plot").first.bounding_box()
    assert history is not None
    y = history["y"] + history["height"] / 2
    reader.page.mouse.move(history["x"] + 0.6 * history["width"], y)
    reader.page.mouse.down()
    for share in (0.7, 0.8, 0.9, 0.99):
        reader.page.mouse.move(history["x"] + share * history["width"], y)
    reader.page.mouse.up()
    reader.becomes(year=END)
    reader.says("#caption", str(END))
    reader.settled()
    assert reader.seen() == last
    assert value_of(reader, "#tab-panel [role=slider]") == END
    assert reader.text(".timeline-year") == str(END)


def test_play_walks_through_the_years_and_stops(reader: Reader) -> None:
    reader.open("base", year=START)
    reader.press("Space")
    reader.says(".timeline-go", "Pause")
    until(lambda: int(reader.cursor["year"]) > START + 1 or reader.rest(), "walks")
    reader.press("Space")
    reader.says(".timeline-go", "Play")
    year = reader.cursor["year"]
    assert int(year) < END
    reader.page.wait_for_timeout(600)
    assert reader.cursor["year"] == year
    reader.one(".timeline-go").click()
    reader.becomes(year=END)
    reader.says(".timeline-go", "Play")


# --- what is mapped -------------------------------------------------------------------------------


def test_metals_by_keys_and_layers_one_after_the_other(reader: Reader, program: Program) -> None:
    about = program.client.get("/api/runs/base").json
    reader.open("base")
    for number, metal in enumerate(about["metals"], start=1):
        reader.press(str(number))
        reader.becomes(**({"metal": metal} if metal != "Cd" else {"run": "base"}))
        reader.says("#caption", f"{metal}, Content")
    reader.choose("metal", "Cd")
    seen = {}
    for layer in about["layers"]:
        reader.choose("layer", layer["key"])
        reader.says(".scale-title", layer["title"])
        reader.settled()
        seen[layer["key"]] = reader.seen()
        assert reader.text("#caption")
        assert reader.one(".notice").count() == 0, layer["key"]
    assert len(seen) > 20
    assert len(set(seen.values())) > 0.6 * len(seen)
    depth = reader.one("#choose-depth option").all_inner_texts()
    reader.choose("layer", "content")
    reader.choose("depth", "2")
    reader.says("#caption", about["depths"][2])
    assert depth == [] or depth == about["depths"]


def test_words_follow_the_pointer(reader: Reader, world: World) -> None:
    reader.open("base")
    content = world.run("base").history["content"].sel(metal="Cd").values[-1, 0]
    for row, col in (OVER, UNDER):
        reader.page.mouse.move(*reader.point(col + 0.5, row + 0.5))
        reader.says(".map-words", f"{content[row, col]:.3g}"[:4])
        assert "limit" in reader.text(".map-words")
    reader.page.mouse.move(*reader.point(INCINERATOR[0], INCINERATOR[1]))
    reader.says(".map-words", "Waste to energy")
    reader.page.mouse.move(*reader.point(9.5, 11.5))
    reader.says(".map-words", "no soil")


# --- parcels and stacks ---------------------------------------------------------------------------


def test_a_parcel_has_a_biography(reader: Reader, world: World) -> None:
    run = world.run("base")
    reader.open("base")
    until(lambda: reader.seen()[0] > 8 or reader.rest())
    reader.page.get_by_label("parcels", exact=True).check()
    reader.click_cell(*UNDER)
    number = parcel_at(run, UNDER[1] + 0.5, UNDER[0] + 0.5)
    reader.becomes(parcel=number)
    reader.says(".side h2", f"Parcel {number}")
    reader.says(".side", "Biography")
    shown = reader.text(".side")
    for line in look_parcel(run, number).biography(END):
        assert line in shown
    reader.page.get_by_role("button", name="Let go").click()
    reader.says(".side h2", "Cell")


def test_a_stack_says_what_it_emits_and_where_that_falls(reader: Reader, world: World) -> None:
    reader.open("base", metal="Hg")
    before = reader.seen()
    reader.page.mouse.click(*reader.point(*INCINERATOR))
    reader.becomes(stack="waste-1")
    reader.says(".side h2", "Waste to energy")
    table = world.run("base").sources.set_index(["id", "metal", "year"])["kg_per_yr"]
    emitted = float(table["waste-1", "Hg", END - 1])
    words = re.search(r"([\d.]+) kg Hg in (\d+)", reader.text(".side"))
    assert words is not None
    assert int(words[2]) == END - 1
    assert float(words[1]) == pytest.approx(emitted, rel=0.01)
    reader.page.get_by_role("button", name="Show where it falls").click()
    reader.becomes(show="footprint")
    reader.says("#caption", "from Waste to energy, fallen in")
    until(lambda: reader.seen() != before or reader.rest(), "its footprint")
    reader.page.mouse.move(*reader.point(INCINERATOR[0] + 2, INCINERATOR[1]))
    reader.says(".map-words", "from Waste to energy")
    reader.page.get_by_role("button", name="Back to the map").click()
    reader.says("#caption", "Hg, Content")
    reader.page.get_by_role("button", name="Let go").click()
    reader.says(".side h2", "Click a cell")
    reader.settled()
    assert reader.seen() == before


# --- experiments, sharing, going back -------------------------------------------------------------


def test_chance_of_an_experiment(reader: Reader) -> None:
    reader.open("base", year=2024)
    before = reader.seen()
    reader.press("c")
    reader.becomes(show="chance")
    reader.says(".scale-title", "Chance")
    until(lambda: reader.seen() != before or reader.rest(), "a picture of chances")
    options = reader.one("#choose-option option").all_inner_texts()
    assert len(options) == 2
    reader.choose("option", options[1])
    reader.becomes(option=options[1])
    reader.says("#caption", options[1])
    reader.page.mouse.move(*reader.point(OVER[1] + 0.5, OVER[0] + 0.5))
    reader.says(".map-words", "100")
    reader.one("#choose-chance").uncheck()
    reader.says("#caption", "Cd, Content")
    reader.settled()
    assert reader.seen() == before


def test_a_shared_link_shows_the_same(reader: Reader) -> None:
    reader.open("base", cell="{},{}".format(*UNDER), year=2024, layer="ph", tab="depth", depth=1)
    reader.settled()
    reader.press("s")
    link = reader.page.get_by_label("Link", exact=True).input_value()
    assert "layer_map" in reader.page.get_by_label("Python", exact=True).input_value()
    assert "metalscape inspect" in reader.page.get_by_label("Commands", exact=True).input_value()
    reader.press("Escape")
    first = (reader.seen(), reader.text("#caption"), reader.text(".side"), reader.text(".bar"))
    reader.page = reader.new_page()
    reader.page.goto(link)
    reader.drawn()
    reader.says("#why p", "Cd is")
    reader.settled()
    assert (
        reader.seen(), reader.text("#caption"), reader.text(".side"), reader.text(".bar")
    ) == first  # fmt: skip


def test_the_python_that_is_shared_works(
    reader: Reader, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world.folder)  # where the program runs
    reader.open("base", year=2024, metal="Cu")
    reader.press("s")
    code = reader.page.get_by_label("Python", exact=True).input_value()
    reader.press("Escape")
    file = str(tmp_path / "map.png")
    exec(code.replace('"map.png"', repr(file)), {})
    assert (tmp_path / "map.png").stat().st_size > 1000


def test_the_way_back(reader: Reader) -> None:
    reader.go()
    card = reader.one("li.card", has_text="As it is")
    card.get_by_role("link", name="Open").click()
    reader.drawn()
    reader.click_cell(*OVER)
    reader.becomes(cell="{},{}".format(*OVER))
    reader.choose("other", "other")
    reader.drawn(2)
    reader.page.go_back()
    reader.drawn(1)
    assert "other" not in reader.cursor
    reader.page.go_back()
    reader.one("li.card", has_text="As it is").wait_for()
    reader.page.go_forward()
    reader.drawn()
    assert reader.cursor["cell"] == "{},{}".format(*OVER)


# --- two runs -------------------------------------------------------------------------------------


def test_two_runs_beside_each_other(reader: Reader, world: World) -> None:
    reader.open("base", layer="flux:manure", cell="{},{}".format(*UNDER))
    reader.choose("other", "other")
    reader.drawn(2)
    reader.settled()
    assert reader.one(".scale").count() == 1
    assert reader.one(".sheet-name").all_inner_texts() == ["base", "other"]
    assert reader.seen(0) != reader.seen(1)
    history = reader.one("#tab-panel .chart-line .chart-keys li").all_inner_texts()
    assert any(text.strip().startswith("base") for text in history)
    assert any(text.strip().startswith("other") for text in history)
    assert reader.one("#tab-panel .chart-curve").count() >= 2
    bars = reader.one(".map-scale")
    before = bars.all_inner_texts()
    assert before[0] == before[1]
    reader.page.mouse.move(*reader.point(5, 6))
    for _ in range(4):
        reader.page.mouse.wheel(0, -300)
    until(lambda: bars.all_inner_texts()[1] != before[1] or reader.rest(), "the other map zooms")
    assert len(set(bars.all_inner_texts())) == 1

    reader.press("d")
    reader.becomes(show="difference")
    reader.drawn(1)
    reader.says("#caption", "other minus base")
    reader.says(".scale-title", "manure")
    ticks = [text.replace("\N{MINUS SIGN}", "-") for text in reader.ticks()]
    numbers = [float(re.sub(r"[^\d.eE+-]", "", text)) for text in ticks]
    assert numbers[0] == pytest.approx(-numbers[-1])
    assert numbers[-1] > 0
    flux = [
        world.run(name).ledger["manure"].sel(metal="Cd").values[-1] for name in ("base", "other")
    ]
    assert np.nanmean(flux[1]) < np.nanmean(flux[0])
