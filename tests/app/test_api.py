"""Every question of the page, and what is answered to wrong ones."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.explain import explain
from analysis.inspector import look
from analysis.layers import Atlas, View, describe, difference
from simulator.record import RunFolder
from tests.app.client import Browser, Reply, asked
from tests.app.conftest import TITLE

CELL = "row=3&col=4"


@pytest.fixture(scope="module")
def first(runs: Path) -> RunFolder:
    return RunFolder(runs / "first")


def picture(reply: Reply) -> Image.Image:
    assert reply.status == 200, reply.body
    assert reply.headers["content-type"] == "image/png"
    return Image.open(io.BytesIO(reply.body))


# --- what there is --------------------------------------------------------------------------------


def test_home_lists_what_can_be_opened_and_started(browser: Browser) -> None:
    home = asked(browser, "home")
    runs = {run["name"]: run for run in home["runs"]}
    assert set(runs) == {"first", "second", "stopped"}
    assert (runs["stopped"]["until"], runs["stopped"]["end"]) == (2022, 2026)
    assert not runs["stopped"]["finished"]
    assert {"name", "title", "description", "region"} <= home["scenarios"][0].keys()
    assert home["experiments"][0]["name"] == "made"
    assert "clean-air" in {policy["name"] for policy in home["policies"]}


def test_a_run_says_what_it_is_and_what_it_has(browser: Browser, first: RunFolder) -> None:
    run = asked(browser, "runs/first")
    assert run["title"] == TITLE  # as it is: the page writes text, not markup
    assert run["grid"] == first.manifest["grid"]
    assert run["years"] == [2020, 2021, 2022, 2023, 2024]
    assert (run["start"], run["until"], run["end"]) == (2020, 2024, 2024)
    assert run["finished"]
    assert run["live"] is None
    assert run["region"]["districts"] == ["North", "South"]
    assert set(run["related"]) == {"second", "stopped"}
    assert run["experiments"] == [
        {"name": "made", "title": "Made", "options": ["as it is", "clean"]}
    ]
    layers = {layer["key"]: layer for layer in run["layers"]}
    assert layers["content"]["unit"] == "mg/kg"
    assert layers["content"]["slow"] is False
    assert any(layer["slow"] for layer in run["layers"])
    assert "<script>" in browser.get("/api/runs/first").body.decode()
    assert browser.get("/api/runs/first").headers["content-type"] == "application/json"


def test_a_run_in_the_making_says_how_far_it_is(browser: Browser) -> None:
    run = asked(browser, "runs/stopped")
    assert run["live"]["phase"] == "ready"
    assert not run["finished"]
    assert "Fluxes" in run["missing"]


# --- maps -----------------------------------------------------------------------------------------


def test_a_map_has_a_pixel_for_each_cell(browser: Browser, first: RunFolder) -> None:
    reply = browser.get("/api/runs/first/map.png?layer=content&metal=Cd&depth=0&year=2023")
    image = picture(reply)
    assert image.size == (first.manifest["grid"]["cols"], first.manifest["grid"]["rows"])
    transparent = np.asarray(image.convert("RGBA"))[..., 3] == 0
    assert transparent[-1, -1]  # no soil there
    assert transparent.sum() == 1


def test_every_layer_has_a_map_a_legend_and_a_value(browser: Browser) -> None:
    for layer in asked(browser, "runs/first")["layers"]:
        query = f"layer={layer['key']}&metal=Zn&year=2022"
        picture(browser.get(f"/api/runs/first/map.png?{query}"))
        legend = asked(browser, f"runs/first/legend?{query}")
        assert legend["caption"]
        assert legend["classes"] or legend["ticks"]
        assert asked(browser, f"runs/first/value?{query}&{CELL}")["text"]


def test_runs_side_by_side_share_a_scale(browser: Browser) -> None:
    query = "layer=content&metal=Zn&year=2024"
    one = asked(browser, f"runs/first/legend?{query}&with=second")
    other = asked(browser, f"runs/second/legend?{query}&with=first")
    assert one["ticks"] == other["ticks"]
    assert one["ticks"] != asked(browser, f"runs/first/legend?{query}")["ticks"]


def test_a_difference_is_the_other_run_less_this_one(
    browser: Browser, runs: Path, first: RunFolder
) -> None:
    query = "layer=content&metal=Zn&year=2024&other=second&difference=1"
    atlases = Atlas(RunFolder(runs / "second")), Atlas(first)
    values = difference(*atlases, View("content", "Zn", 0, 2024))
    row, col = np.unravel_index(int(np.nanargmax(values)), values.shape)
    assert values[row, col] > 0.0  # manure brings zinc
    image = picture(browser.get(f"/api/runs/first/difference.png?{query}"))
    assert len(set(image.convert("RGB").get_flattened_data())) > 2
    legend = asked(browser, f"runs/first/legend?{query}")
    assert "second minus first" in legend["caption"]
    assert legend["ticks"][0][0] == pytest.approx(1.0 - legend["ticks"][-1][0])
    text = asked(browser, f"runs/first/value?{query}&row={row}&col={col}")["text"]
    assert text.startswith(f"+{values[row, col]:.3g}"[:5])
    assert "mg/kg (second: " in text
    assert "; first: " in text
    ph = asked(browser, f"runs/first/value?{query.replace('content', 'ph')}&row={row}&col={col}")
    assert ph["text"].startswith("no difference (pH ")


def test_the_value_is_what_the_layer_says(browser: Browser, first: RunFolder) -> None:
    text = asked(browser, f"runs/first/value?layer=content&metal=Cd&year=2023&{CELL}")["text"]
    assert text == describe(Atlas(first), View("content", "Cd", 0, 2023), 3, 4)


def test_the_overview_counts_the_land_over_its_limit(browser: Browser, runs: Path) -> None:
    overview = asked(browser, "runs/second/overview?metal=Cu")
    run = RunFolder(runs / "second")
    atlas, year = Atlas(run), 2024
    assert overview["years"] == list(atlas.years)
    view = View("content", "Cu", 0, year)
    content, limit = atlas.values(view), atlas.limit(view)
    judged = np.isfinite(content) & np.isfinite(limit)
    over = judged & (content >= limit)
    land = np.zeros(content.shape)
    for row, col in np.argwhere(judged).tolist():
        land[row, col] = 1.0 - dict(look(run, row, col, "Cu").land(year)).get("water", 0.0)
    share = land[over].sum() / land[judged].sum()
    assert 0.0 < share < 1.0
    assert overview["over_share"][-1] == pytest.approx(share, rel=1e-5)
    assert abs(share - over.sum() / judged.sum()) > 1e-3  # some of it is partly water
    assert overview["mean"][-1] == pytest.approx(np.nanmean(content), rel=1e-5)


def test_policies_tell_what_they_have_cost(browser: Browser) -> None:
    told = asked(browser, "runs/second/policies?year=2023")
    assert told["year"] == 2023
    [none] = told["policies"]
    assert (none["policy"], none["cost_million_cny"]) == ("", 5.0)
    [act] = none["acts"]
    assert (act["name"], act["reach"], act["area_ha"]) == ("scale_input 2021", 1.0, 0.0)
    assert "orders of magnitude" in told["remark"]
    assert asked(browser, "runs/first/policies")["policies"] == []


# --- what the browser may keep --------------------------------------------------------------------


def test_a_picture_of_a_state_holds_for_good(browser: Browser) -> None:
    stamp = asked(browser, "runs/first")["stamp"]
    beside = asked(browser, "runs/second")["stamp"]
    path = "/api/runs/first/map.png?layer=content&metal=Cd&year=2023"
    assert "immutable" in browser.get(f"{path}&v={stamp}").headers["cache-control"]
    assert (
        "immutable"
        in browser.get(f"{path}&with=second&v={stamp}-{beside}").headers["cache-control"]
    )
    for old in ("", "&v=2022.deadbeef", f"&with=second&v={stamp}"):
        assert "immutable" not in browser.get(path + old).headers["cache-control"]


def test_what_has_not_changed_is_not_sent_again(browser: Browser) -> None:
    path = "/api/runs/first/map.png?layer=content&metal=Cd&year=2023"
    tag = browser.get(path).headers["etag"]
    again = browser.get(path, if_none_match=tag)
    assert (again.status, again.body) == (304, b"")
    assert browser.get(path.replace("2023", "2020"), if_none_match=tag).status == 200


# --- places ---------------------------------------------------------------------------------------


def test_a_cell_tells_all_of_itself(browser: Browser, first: RunFolder) -> None:
    cell = asked(browser, f"runs/first/cell?{CELL}&metal=Cd&year=2023")
    known = explain(first, 3, 4, "Cd", 2023)
    assert (cell["row"], cell["col"], cell["x"], cell["y"]) == (3, 4, known.x, known.y)
    assert "N" in cell["where"]
    assert cell["line"]["years"] == [2020, 2021, 2022, 2023, 2024]
    assert cell["line"]["content"][:4] == pytest.approx(known.content[:, 0].tolist(), rel=1e-5)
    assert cell["line"]["depth"] == "0-20 cm"
    assert "mg/kg Cd in 2023" in cell["standing"]["text"]
    assert cell["profile"]["tops"][0] == 0.0
    assert asked(browser, f"runs/first/cell/why?{CELL}&metal=Cd&year=2023")["why"]


def test_what_came_and_went_adds_up(browser: Browser, first: RunFolder) -> None:
    known = explain(first, 3, 4, "Cd", 2023)
    found = asked(browser, f"runs/first/cell/pathways?{CELL}&metal=Cd&year=2023")
    flows = found["flows"]
    assert (flows["since"], flows["until"]) == (2020, 2023)
    total = flows["start"]["value"] + sum(step["value"] for step in flows["steps"])
    assert total == pytest.approx(flows["end"]["value"], rel=1e-8)
    assert flows["end"]["value"] == pytest.approx(float(known.stock[-1, 0]), rel=1e-6)
    yearly = found["yearly"]
    assert all(len(series["values"]) == len(yearly["years"]) for series in yearly["series"])


def test_sources_add_up_and_stacks_are_near(browser: Browser, first: RunFolder) -> None:
    known = explain(first, 3, 4, "Cd", 2023)
    found = asked(browser, f"runs/first/cell/sources?{CELL}&metal=Cd&year=2023")
    now = sum(row["value"] for row in found["sources"]["content_now"])
    assert now == pytest.approx(float(known.content[3, 0]), rel=1e-5)
    assert {"id", "name", "distance_m", "direction", "emitted_kg"} <= found["stacks_near"][0].keys()


def test_land_and_neighbours_of_a_cell(browser: Browser, first: RunFolder) -> None:
    around = asked(browser, f"runs/first/cell/around?{CELL}&metal=Cd&year=2023")
    assert (around["rows"][2], around["cols"][2]) == (3, 4)
    known = explain(first, 3, 4, "Cd", 2023)
    assert around["values"][2][2] == pytest.approx(float(known.content[3, 0]), rel=1e-5)
    land = asked(browser, f"runs/first/cell/land?{CELL}&metal=Cd&year=2023")
    assert sum(share for _, share in land["land"]) == pytest.approx(1.0, abs=1e-6)
    assert {"id", "share", "class", "biography"} == land["parcels"][0].keys()


def test_a_cell_at_the_edge_stays_in_the_middle_of_its_neighbours(browser: Browser) -> None:
    around = asked(browser, "runs/first/cell/around?row=0&col=0&metal=Cd")
    assert around["rows"] == [-2, -1, 0, 1, 2]
    assert around["values"][0] == [None] * 5
    assert around["values"][2][2] is not None


def test_the_first_year_has_no_past(browser: Browser) -> None:
    question = f"{CELL}&metal=Cd&year=2020"
    assert asked(browser, f"runs/first/cell/pathways?{question}")["flows"] is None
    assert asked(browser, f"runs/first/cell/sources?{question}")["sources"] is None


def test_without_fluxes_and_tags_these_are_left_out(browser: Browser) -> None:
    question = f"{CELL}&metal=Cd"
    found = asked(browser, f"runs/stopped/cell/pathways?{question}")
    assert (found["flows"], found["yearly"]) == (None, None)
    assert asked(browser, f"runs/stopped/cell/sources?{question}")["sources"] is None
    assert asked(browser, f"runs/stopped/cell?{question}")["standing"]["text"]


def test_a_cell_without_soil_is_told_in_words(browser: Browser) -> None:
    reply = browser.get("/api/runs/first/cell?row=11&col=9&metal=Cd")
    assert reply.status == 400
    assert "no soil" in reply.words


def test_outlines_and_what_lies_under_a_point(browser: Browser) -> None:
    shapes = asked(browser, "runs/first/shapes")
    assert shapes["parcels"].startswith("M")
    assert shapes["districts"].startswith("M")
    found = asked(browser, "runs/first/pick?x=4.5&y=3.5")
    parcel = asked(browser, f"runs/first/parcels/{found['parcel']}?year=2023")
    assert [3, 4] in [[cell["row"], cell["col"]] for cell in parcel["cells"]]
    assert parcel["outline"].endswith("z")
    assert parcel["biography"]
    assert len(parcel["sealed"]["years"]) == len(parcel["sealed"]["values"])


def test_stacks_and_where_their_metal_falls(browser: Browser, first: RunFolder) -> None:
    stacks = asked(browser, "runs/first/stacks?metal=Cd&year=2023")
    assert {"id", "name", "sector", "x", "y", "on"} <= stacks[0].keys()
    one = next(stack for stack in stacks if stack["on"])
    near = asked(browser, f"runs/first/pick?x={one['x']}&y={one['y']}")
    assert near["stack"] == one["id"]
    path = f"runs/first/stacks/{one['id']}"
    stack = asked(browser, f"{path}?metal=Cd&year=2023")
    assert stack["year"] == 2022  # what flowed into the state of 2023
    assert stack["emission"]["years"] == [2020, 2021, 2022, 2023]
    assert stack["emission"]["values"][2] == pytest.approx(one["kg"])
    assert "kg Cd in 2022" in stack["text"]
    assert stack["parameters"]["height"].endswith(" m")
    image = picture(browser.get(f"/api/{path}/footprint.png?metal=Cd&year=2023"))
    assert image.size[0] == first.manifest["grid"]["cols"]
    legend = asked(browser, f"{path}/footprint?metal=Cd&year=2023")
    assert legend["unit"] == "g/ha/yr"
    assert "inside the region" in legend["caption"]
    assert "g/ha Cd" in asked(browser, f"{path}/value?metal=Cd&year=2023&{CELL}")["text"]


# --- experiments ----------------------------------------------------------------------------------


def test_an_experiment_has_maps_of_chances(browser: Browser) -> None:
    made = asked(browser, "experiments/made")
    assert made["options"] == ["as it is", "clean"]
    assert made["members"]["clean"] == 40
    assert (made["grid"]["rows"], made["grid"]["cols"]) == (4, 5)
    query = "option=clean&metal=Cd&year=2022"
    assert picture(browser.get(f"/api/experiments/made/chance.png?{query}")).size == (5, 4)
    legend = asked(browser, f"experiments/made/chance?{query}")
    assert "clean" in legend["caption"]
    assert legend["ticks"][-1][1] == "100"
    assert "nearest to 2022 of the years kept" in legend["caption"]
    kept = asked(browser, "experiments/made/chance?option=clean&metal=Cd&year=2024")["caption"]
    assert "nearest" not in kept
    text = asked(browser, f"experiments/made/value?{query}&row=2&col=0")["text"]
    assert "of 40 futures" in text
    assert browser.get(f"/api/experiments/made/value?{query}&row=9&col=0").status == 400
    assert browser.get("/api/experiments/made/chance?option=dirty").status == 400


# --- what is wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["..", "../x", "..%2Fx", "%2Fetc", "/etc/passwd", "nowhere", "first.partial", "first%00"],
)
@pytest.mark.parametrize("rest", ["", "/map.png", "/cell?row=1&col=1"])
def test_only_names_of_runs_lead_to_runs(browser: Browser, name: str, rest: str) -> None:
    reply = browser.get(f"/api/runs/{name}{rest}")
    assert reply.status == 404
    assert "Traceback" not in reply.body.decode()
    assert reply.words


@pytest.mark.parametrize("path", ["other=..%2Fx&difference=1", "with=nowhere"])
def test_runs_beside_are_names_too(browser: Browser, path: str) -> None:
    assert browser.get(f"/api/runs/first/legend?{path}").status == 404


@pytest.mark.parametrize(
    ("path", "where", "said"),
    [
        ("map.png?layer=contend", "layer 'contend'", "content"),
        ("map.png?metal=Xx", "metal 'Xx'", "symbols"),
        ("map.png?year=1999", "year 1999", "2020"),
        ("map.png?year=soon", "year", "a recorded year"),
        ("map.png?depth=-1", "depth", "soil layer"),
        ("map.png?depth=9", "depth 9", "0 on top"),
        ("cell?row=3", "col", "column of a cell"),
        ("cell?row=3&col=99", "cell 3,99", "outside"),
        ("pick?x=nan&y=1", "x", "columns from"),
        ("parcels/999999", "parcel 999999", "ids from"),
        ("parcels/one", "parcel 'one'", "numbers"),
        ("stacks/none", "source 'none'", "emitted nothing"),
        ("nothing", "nothing at this address", ""),
    ],
)
def test_wrong_questions_are_answered_in_words(
    browser: Browser, path: str, where: str, said: str
) -> None:
    reply = browser.get(f"/api/runs/first/{path}")
    assert reply.status in (400, 404)
    error = reply.json["error"]
    assert where in error["what"] or where in error["problems"][0]["where"]
    assert said in json.dumps(error)
    assert all({"where", "what", "rule", "fix"} == p.keys() for p in error["problems"])


def test_what_was_not_foreseen_is_told_without_a_traceback(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr("analysis.inspector.pick.parcel_at", fail)
    reply = browser.get("/api/runs/first/pick?x=1&y=1")
    assert reply.status == 500
    assert reply.words == "the program failed: RuntimeError: on purpose"


# --- files ----------------------------------------------------------------------------------------


def test_the_page_and_its_modules_are_served(browser: Browser) -> None:
    page = browser.get("/?run=first")
    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    assert browser.get("/main.js").headers["content-type"].startswith("text/javascript")
    assert browser.get("/favicon.ico").headers["content-type"].startswith("image/svg+xml")
    assert browser.get("/main.js").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/../server.py", "/..%2fserver.py", "/%2e%2e/server.py", "//etc"])
def test_nothing_beside_the_page_is_served(browser: Browser, path: str) -> None:
    assert browser.get(path).status == 404
