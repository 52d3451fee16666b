"""Pictures of maps have the colours that the legend says."""

from __future__ import annotations

import io
import json

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.colors import to_rgb
from PIL import Image

from analysis.layers import WATER, Atlas, Layer, Scale, View, legend, png, shared_scale
from analysis.layers.chances import CHANCE
from analysis.layers.colours import codes, colours

CONTENT = Layer("content", "Content", "mg/kg", "Soil", by_depth=True, note="What.")
CHANGE = Layer("change", "Change", "mg/kg", "Soil", diverging=True)
ROOM = Layer("remaining_capacity", "Room", "kg/ha", "Capacity and risk")
WHEN = Layer("exceedance_year", "Year", "", "Capacity and risk")
CLASSES = Layer("overload", "Over", "", "Risk", classes=(("no", "#d9dde0"), ("yes", "#d55e00")))


def decoded(picture: bytes) -> np.ndarray:
    """Red, green, blue and opacity of a PNG, ``[row, col, rgba]``."""
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGBA"))


def rgb(colour: str) -> list[int]:
    return [round(255 * c) for c in to_rgb(colour)]


def test_a_picture_has_the_colours_of_the_palette_and_no_data_is_clear() -> None:
    scale = Scale(1.0, 3.0, (True, True))
    values = np.array([[1.0, 3.0, 2.0], [0.0, 9.0, np.nan]], dtype=np.float32)
    pixels = decoded(png(values, CONTENT, scale, water=np.zeros(values.shape, bool)))
    viridis = matplotlib.colormaps["viridis"]
    for place, share in (((0, 0), 0.0), ((1, 0), 0.0), ((0, 1), 1.0), ((1, 1), 1.0)):
        assert pixels[place][:3].tolist() == rgb(viridis(share)), place  # beyond: the end colour
    near = np.abs(pixels[0, 2, :3] - 255.0 * np.array(viridis(0.5)[:3])).max()
    assert near <= 3  # a shade off
    assert pixels[..., 3].tolist() == [[255, 255, 255], [255, 255, 0]]


def test_infinite_values_have_the_colours_of_the_ends() -> None:
    values = np.array([[-np.inf, np.inf]], dtype=np.float32)
    pixels = decoded(png(values, CONTENT, Scale(0.0, 1.0)))
    viridis = matplotlib.colormaps["viridis"]
    assert pixels[0, :, :3].tolist() == [rgb(viridis(0.0)), rgb(viridis(1.0))]


def test_water_classes_and_what_is_apart() -> None:
    water = np.array([[False, False, True]])
    pixels = decoded(png(np.array([[0.0, 1.0, 1.0]]), CLASSES, Scale(-0.5, 1.5), water=water))
    assert pixels[0, :, :3].tolist() == [rgb("#d9dde0"), rgb("#d55e00"), rgb(WATER)]
    room = decoded(png(np.array([[-1.0, 0.0, 1.0]]), ROOM, Scale(1.0, 100.0)))
    over = legend(ROOM, Scale(1.0, 100.0)).classes
    assert over == (("at or above the limit", "#d55e00"),)
    assert room[0, 0, :3].tolist() == room[0, 1, :3].tolist() == rgb("#d55e00")
    assert room[0, 2, :3].tolist() == rgb(matplotlib.colormaps["viridis"](0.0))
    never = decoded(png(np.array([[np.inf, 2020.0]]), WHEN, Scale(2020, 2030)))
    assert never[0, 0, :3].tolist() == rgb(legend(WHEN, Scale(2020, 2030)).classes[0][1])


def test_no_change_is_in_the_middle_of_a_palette_of_either_sign() -> None:
    for layer, differs in ((CHANGE, False), (CONTENT, True)):
        values = np.array([[-2.0, -1e-3, 1e-3, 2.0]])
        found = codes(values, layer, Scale(-2.0, 2.0), difference=differs)
        assert found[0, 2] - found[0, 1] == 1
        table = colours(layer, differs)
        ends = [to_rgb(matplotlib.colormaps["coolwarm"](share)) for share in (0.0, 1.0)]
        assert table[found[0, [0, 3]]].tolist() == [rgb(end) for end in ends]


@given(
    arrays(np.float32, 40, elements=st.floats(-50, 50, width=32)),
    st.sampled_from([CONTENT, CHANGE, CHANCE]),
)
def test_higher_values_have_no_lower_colour(values: np.ndarray, layer: Layer) -> None:
    found = codes(np.sort(values)[None], layer, Scale(-20.0, 20.0)).astype(int)
    assert (np.diff(found) >= 0).all()
    assert found.min() >= 3  # neither no data, nor water, nor apart
    assert found.max() < len(colours(layer))


def test_a_legend_says_the_ends_the_limit_and_what_lies_beyond() -> None:
    found = legend(CONTENT, Scale(0.1, 0.5, (False, True)), threshold=0.3)
    assert found.marks == ((pytest.approx(0.5), "limit 0.3"),)
    assert found.ticks[0] == (0.0, "0.1")
    assert found.ticks[-1] == (1.0, "\N{GREATER-THAN OR EQUAL TO} 0.5")
    assert [share for share, _ in found.palette] == sorted(share for share, _ in found.palette)
    assert found.palette[0][1] == "#440154"  # the dark end of viridis
    assert (found.title, found.unit, found.note) == ("Content", "mg/kg", "What.")
    json.dumps(found.as_dict())
    assert legend(CONTENT, Scale(0.1, 0.5), threshold=2.0).marks == ()  # beyond the bar
    assert legend(CONTENT, Scale(0.1, 0.5), threshold=float("nan")).marks == ()
    assert legend(CHANGE, Scale(-1.0, 1.0), threshold=0.3).marks == ()  # no limit of changes


def test_a_logarithmic_legend_has_its_ticks_where_the_colours_are() -> None:
    scale = Scale(1.0, 100.0)
    ticks = {text: place for place, text in legend(ROOM, scale).ticks}
    assert ticks == {"1": 0.0, "10": pytest.approx(0.5), "100": 1.0}
    found = codes(np.array([[1.0, 10.1, 100.0]]), ROOM, scale)[0].astype(int)
    assert found[1] - found[0] == pytest.approx(found[2] - found[1], abs=2)


def test_shares_are_ticked_in_percent() -> None:
    texts = [text for _, text in legend(CHANCE, Scale(0.0, 1.0)).ticks]
    assert texts == ["0", "50", "100"]


def test_differences_of_shares_are_in_points() -> None:
    share = Layer("sealed_share", "Sealed ground", "%", "Land")
    assert legend(share, Scale(-0.2, 0.2), difference=True).unit == "percentage points"
    assert legend(share, Scale(0.0, 1.0)).unit == "%"
    year = Layer("exceedance_year", "Year", "", "Risk")
    assert legend(year, Scale(-9.0, 9.0), difference=True).unit == "years"


def test_differences_of_classes_are_alike_or_not() -> None:
    found = legend(CLASSES, Scale(-0.5, 1.5), difference=True)
    assert [name for name, _ in found.classes] == ["alike", "different"]
    pixels = decoded(png(np.array([[0.0, 1.0]]), CLASSES, Scale(-0.5, 1.5), difference=True))
    assert pixels[0, :, :3].tolist() == [rgb(colour) for _, colour in found.classes]
    plain = legend(CLASSES, Scale(-0.5, 1.5))
    assert plain.classes == CLASSES.classes
    assert not plain.palette


def test_every_layer_can_be_drawn(everything: Atlas) -> None:
    for layer in everything.layers:
        view = View(layer.key, "Cd", 0, 2024)
        values, scale = everything.values(view), shared_scale([everything], view)
        water = everything.water(2024)
        pixels = decoded(png(values, layer, scale, water=water))
        opaque = pixels[..., 3] == 255
        np.testing.assert_array_equal(opaque, ~np.isnan(values) | water, err_msg=layer.key)
        key = legend(layer, scale)
        assert key.palette or key.classes
        assert all(0.0 <= place <= 1.0 for place, _ in (*key.ticks, *key.marks))


#: Red, green and blue as they are seen without one kind of cone: protanopia, deuteranopia and
#: tritanopia (Machado, Oliveira & Fernandes 2009, doi:10.1109/TVCG.2009.113, severity 1).
SEEN = {
    "all": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip
#: Linear sRGB to CIE XYZ over the white of D65.
XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
) / np.array([[0.9505], [1.0], [1.089]])  # fmt: skip


def lab(colour: str, seen: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of a colour as it is seen."""
    srgb = np.array(to_rgb(colour))
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    x, y, z = XYZ @ np.clip(seen @ linear, 0.0, 1.0)
    f = [np.cbrt(v) if v > 0.008856 else 7.787 * v + 16.0 / 116.0 for v in (x, y, z)]
    return np.array([116.0 * f[1] - 16.0, 500.0 * (f[0] - f[1]), 200.0 * (f[1] - f[2])])


@pytest.mark.parametrize("seen", SEEN)
def test_classes_are_told_apart_by_the_colour_blind(everything: Atlas, seen: str) -> None:
    for layer in (one for one in everything.layers if one.classes):
        shown = [colour for name, colour in layer.classes if name != "water"]
        found = [lab(colour, SEEN[seen]) for colour in (*shown, WATER)]
        apart = [np.linalg.norm(a - b) for k, a in enumerate(found) for b in found[:k]]
        assert min(apart) > 15.0, layer.key  # differences of colour (CIE 1976)
