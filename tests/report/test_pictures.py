"""Small maps hold the colours of their values, and nothing where there is none."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from analysis.report.mapping import Place, Sheet, border_path, triangles
from analysis.report.numbers import number, percent, short, signed, with_decimals
from analysis.report.pictures import Picture, colour_bar, of_raster, shades
from analysis.report.ticks import between, round_steps, ticks


def opened(picture: Picture) -> np.ndarray:
    data = base64.b64decode(picture.uri.removeprefix("data:image/png;base64,"))
    return np.array(Image.open(io.BytesIO(data)).convert("RGBA"))


def test_codes_have_their_colours_and_no_data_is_transparent() -> None:
    values = np.array([[0.0, 1.0], [np.nan, 2.0]])
    water = np.array([[False, False], [False, True]])
    picture = of_raster(values, ["#ff0000", "#00ff00", "#0000ff"], 0, 1, "x", marked=water)
    pixels = opened(picture)
    assert pixels[0, 0].tolist() == [255, 0, 0, 255]
    assert pixels[0, 1].tolist() == [0, 255, 0, 255]
    assert pixels[1, 0, 3] == 0
    assert pixels[1, 1].tolist() == [0x97, 0xA1, 0xAB, 255]
    assert (picture.width, picture.height, picture.pixelated) == (560, 560, True)


def test_values_run_through_the_palette_and_stop_at_its_ends() -> None:
    values = np.array([[-5.0, 0.0, 0.5, 1.0, 9.0]])
    pixels = opened(of_raster(values, "gray", 0.0, 1.0, "x"))[0, :, 0].astype(int)
    assert pixels[0] == pixels[1] == 0
    assert pixels[3] == pixels[4] == 255
    assert abs(pixels[2] - 127) <= 1


def test_a_large_map_is_thinned_and_keeps_its_corners() -> None:
    values = np.zeros((1000, 500))
    values[:500, :250] = 1.0
    picture = of_raster(values, ["#000000", "#ffffff"], 0, 1, "x", scale=0.1)
    pixels = opened(picture)[:, :, 0]
    assert pixels.shape == (100, 50) == (picture.height, picture.width)
    assert (pixels[:50, :25] == 255).all()
    assert (pixels == 255).sum() == 50 * 25


def test_a_colour_bar_names_its_ends() -> None:
    bar = colour_bar("viridis", 0.1, 0.9, "Cd <mg/kg>", (False, True))
    assert "Cd &lt;mg/kg&gt;" in bar
    assert ">0.1<" in bar
    assert ">\N{GREATER-THAN OR EQUAL TO} 0.9<" in bar
    assert shades("viridis", 2) == ["#440154", "#fde725"]  # ends of viridis


def test_borders_run_between_districts() -> None:
    district = np.array([[1, 1, 2], [1, 1, 2]])
    assert border_path(district) == "M2 0v2"
    assert border_path(district.T) == "M0 2h2"
    assert border_path(np.ones((4, 4), dtype=int)) == ""


def test_border_length_is_that_of_the_sides() -> None:
    rng = np.random.default_rng(0)
    district = rng.integers(0, 3, (7, 9))
    path = border_path(district)
    lengths = [int(p.split("h" if "h" in p else "v")[1]) for p in path.split("M")[1:]]
    sides = (district[1:] != district[:-1]).sum() + (district[:, 1:] != district[:, :-1]).sum()
    assert sum(lengths) == sides


def test_a_sheet_rings_and_names_places() -> None:
    sheet = Sheet("0", (10, 20), "M1 0v2", triangles(np.array([[3.0, 4.0]]), 20), 0.25, "5 km")
    picture = of_raster(np.zeros((10, 20)), ["#000000"], 0, 1, "map")
    shown = sheet.over(picture, places=[Place("<worst>", 3, 4), Place("east", 3, 18)])
    assert "&lt;worst&gt;" in shown
    assert 'cx="4.5" cy="3.5"' in shown
    assert shown.count("<circle") == 4
    assert 'class="place west" style="left:92.5%' in shown
    assert 'href="#borders-0"' in shown
    assert 'id="borders-0"' in sheet.definitions
    assert "stacks" not in sheet.over(picture, stacks=False)
    assert "5 km" not in sheet.over(picture, scale=False)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.012345, "0.0123"),
        (123456.0, "123\N{NARROW NO-BREAK SPACE}456"),
        (2040.0, "2040"),
        (-0.5, "\N{MINUS SIGN}0.500"),
        (0.0, "0"),
        (9.999, "10.0"),
        (float("nan"), "\N{EN DASH}"),
        (None, "\N{EN DASH}"),
    ],
)
def test_numbers(value: float | None, text: str) -> None:
    assert number(value) == text


def test_signs_shares_and_ticks_as_text() -> None:
    assert signed(0.1234, 2) == "+0.12"
    assert signed(-0.001, 2) == signed(0.001, 2) == "0.00"
    assert signed(-1.0, 0) == "\N{MINUS SIGN}1"
    assert percent(0.1234) == "12.3\N{NO-BREAK SPACE}%"
    assert short(0.5) == "0.5"
    assert short(20.0) == "20"
    assert short(200.0) == "200"
    assert with_decimals(-0.0, 1) == "0.0"


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(2, 8))
def test_ticks_lie_within_and_are_evenly_apart(low: float, span: float, about: int) -> None:
    high = low + span
    found = ticks(low, high, about)
    slack = 1e-6 * max(abs(low), abs(high), span)
    assert all(low - slack <= t <= high + slack for t in found)
    assert len(found) <= about + 2
    if len(found) > 2:
        steps = np.diff(found)
        assert np.allclose(steps, steps[0], rtol=1e-3, atol=slack)


def test_no_span_has_one_tick() -> None:
    assert ticks(3.0, 3.0) == [3.0]
    assert ticks(0.0, 5e-324) == [0.0]


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=40))
def test_classes_of_a_legend_are_few_and_named(values: list[float]) -> None:
    edges = round_steps(np.array(values))
    assert edges == sorted(set(edges))
    assert all(min(values) < e < max(values) for e in edges)
    assert len(between([0.0, *edges])) == len(edges) + 1


def test_classes_by_hand() -> None:
    assert round_steps(np.array([0.5, 3.0, 30.0])) == [1.0, 2.0, 5.0, 10.0, 20.0]
    assert round_steps(np.geomspace(1e-2, 1e4, 1000)) == [0.1, 1.0, 10.0, 100.0, 1000.0]
    assert between([0.0, 1.0, 2.0]) == ["0\N{EN DASH}1", "1\N{EN DASH}2", "> 2"]
