"""Colours of maps: pictures of one byte a cell, and the legends that explain them."""

from __future__ import annotations

import dataclasses
import io
import math
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analysis.layers.model import Layer
from analysis.layers.scales import LOGARITHMIC, Scale
from analysis.report.numbers import short
from analysis.report.ticks import bar_ticks, log_ticks
from simulator.constants import WATER_CLASS

Floats = NDArray[np.floating]

#: Perceptually uniform palettes: quantities, rises or falls only, changes of either sign
#: (the last after Moreland 2009, doi:10.1007/978-3-642-10520-3_9).
CONTENT_PALETTE: Final = "viridis"
RISE_PALETTE: Final = "plasma"
CHANGE_PALETTE: Final = "coolwarm"
_PALETTES: Final = {"chance": "YlOrBr", "exceedance_year": "plasma"}

#: Mostly water: no colour of the palettes.
WATER: Final = "#97a1ab"
_OVER, _NEVER = "#d55e00", "#d9dde0"
_SAME, _OTHER = "#d9dde0", "#d55e00"

#: Codes of a picture: no data, water, a colour apart, then the palette.
_NO_DATA, _WET, _APART, _FIRST = 0, 1, 2, 3
#: Colours of a palette: with what comes before them, no more than a byte holds.
SHADES: Final = 250
_STOPS: Final = 12

#: What is marked on the bar of ratios to the limit.
_OWN_THRESHOLD: Final = {"content_over_limit": 1.0, "relative_capacity": 0.0}


@dataclass(frozen=True)
class Legend:
    """Legend of a map as plain data.

    Attributes
    ----------
    title, unit : str
        What is shown.
    palette : tuple of (float, str)
        CSS colours along the bar, from 0 to 1; none for classes.
    ticks : tuple of (float, str)
        Places along the bar and their texts.
    classes : tuple of (str, str)
        Names and CSS colours of classes, and of what has a colour beside the bar.
    marks : tuple of (float, str)
        Thresholds along the bar.
    note : str
        What the layer says.
    """

    title: str
    unit: str
    palette: tuple[tuple[float, str], ...]
    ticks: tuple[tuple[float, str], ...]
    classes: tuple[tuple[str, str], ...]
    marks: tuple[tuple[float, str], ...]
    note: str

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return dataclasses.asdict(self)


def legend(
    layer: Layer, scale: Scale, *, threshold: float | None = None, difference: bool = False
) -> Legend:
    """Legend of a layer on a scale.

    Parameters
    ----------
    layer : Layer
        What is shown.
    scale : Scale
        Ends of the bar; without meaning for classes.
    threshold : float, optional
        Limit of the content, marked where it lies on the bar. [mg kg-1] Other layers pass it over;
        ratios to a limit have a mark of their own.
    difference : bool
        Whether the map is of a difference between two runs.
    """
    title = f"{layer.title}, difference" if difference else layer.title
    if layer.classes:
        alike = (("alike", _SAME), ("different", _OTHER))
        classes = alike if difference else layer.classes
        shown = tuple(c for c in classes if c[0] != WATER_CLASS)
        return Legend(title, layer.unit, (), (), shown, (), layer.note)
    unit = difference_unit(layer) if difference else layer.unit
    log = _is_log(layer, difference)
    colours = _css(palette_of(layer, difference), _STOPS)
    stops = tuple((k / (_STOPS - 1), colour) for k, colour in enumerate(colours))
    write = percent_short if layer.unit == "%" else short
    ticks = (log_ticks if log else bar_ticks)(scale.low, scale.high, scale.beyond, write)
    marks: list[tuple[float, str]] = []
    threshold = _OWN_THRESHOLD.get(layer.key, threshold if layer.key == "content" else None)
    if threshold is not None and math.isfinite(threshold) and not difference:
        place = float(_share(layer, scale, np.array([threshold], dtype=np.float64))[0])
        if 0.0 <= place <= 1.0:
            marks.append((place, f"limit {write(threshold)}"))
    return Legend(
        title, unit, stops, tuple(ticks), () if difference else _apart(layer), tuple(marks),
        layer.note,
    )  # fmt: skip


def difference_unit(layer: Layer) -> str:
    """Unit of the difference between two runs."""
    if layer.key == "exceedance_year":
        return "years"
    return "percentage points" if layer.unit == "%" else layer.unit


def percent_short(share: float) -> str:
    """Share as a percentage without the sign, for ticks of a bar whose unit is %."""
    return short(100.0 * share)


def png(
    values: Floats,
    layer: Layer,
    scale: Scale,
    *,
    water: NDArray[np.bool_] | None = None,
    difference: bool = False,
) -> bytes:
    """Picture of a map, one pixel a cell, no data transparent.

    Parameters
    ----------
    values : ndarray ``[row, col]``
        Of :meth:`analysis.layers.Atlas.values` or :func:`analysis.layers.difference`.
    layer : Layer
        What they are.
    scale : Scale
        Ends of the palette; what lies beyond is drawn in the end colour.
    water : ndarray of bool ``[row, col]``, optional
        Cells that are drawn as water.
    difference : bool
        Whether the values are a difference between two runs.

    Returns
    -------
    bytes
        A PNG of 8 bits with a palette; row 0 is on top.
    """
    from PIL import Image

    image = Image.fromarray(codes(values, layer, scale, water=water, difference=difference))
    image.putpalette(colours(layer, difference).ravel().tolist())
    stream = io.BytesIO()
    image.save(stream, "png", compress_level=1, transparency=_NO_DATA)
    return stream.getvalue()


def codes(
    values: Floats,
    layer: Layer,
    scale: Scale,
    *,
    water: NDArray[np.bool_] | None = None,
    difference: bool = False,
) -> NDArray[np.uint8]:
    """Code of each cell's colour in :func:`colours`, ``[row, col]``; see :func:`png`."""
    if layer.classes:
        place = np.array(values, dtype=np.float32)
        last = len(layer.classes) - 1
    else:
        place = _share(layer, scale, values, difference)
        place *= SHADES
        last = SHADES - 1
    np.clip(place, 0, last, out=place)
    place += _FIRST
    place[np.isnan(place)] = _NO_DATA
    found = place.astype(np.uint8)
    if not difference and _apart(layer):
        found[_where_apart(layer, values)] = _APART
    if water is not None:
        found[water] = _WET
    return found


def _share(layer: Layer, scale: Scale, values: Floats, difference: bool = False) -> Floats:
    """Place of values along the bar, 0 at its lower end and 1 at its upper one; a new array."""
    place = np.array(values)
    low, high = scale.low, scale.high
    if _is_log(layer, difference):
        np.log10(np.maximum(place, 1e-3 * low, out=place), out=place)
        low, high = math.log10(low), math.log10(high)
    place -= low
    place *= 1.0 / (high - low)
    return place


def palette_of(layer: Layer, difference: bool = False) -> str:
    """Name of the palette of a quantity, as matplotlib has it."""
    if difference or layer.diverging:
        return CHANGE_PALETTE
    return _PALETTES.get(layer.key, CONTENT_PALETTE)


@cache
def colours(layer: Layer, difference: bool = False) -> NDArray[np.uint8]:
    """Red, green and blue of the codes of a picture, ``[code, rgb]``."""
    from matplotlib.colors import to_rgb

    apart = _apart(layer)
    first = ["white", WATER, apart[0][1] if apart else "white"]
    if layer.classes:
        named = (_SAME, _OTHER) if difference else tuple(colour for _, colour in layer.classes)
    else:
        named = _css(palette_of(layer, difference), SHADES)
    table = np.array([to_rgb(colour) for colour in (*first, *named)])
    return np.rint(255.0 * table).astype(np.uint8)


@cache
def _css(palette: str, count: int) -> tuple[str, ...]:
    from analysis.report.pictures import shades

    return tuple(shades(palette, count))


def _is_log(layer: Layer, difference: bool) -> bool:
    return layer.key in LOGARITHMIC and not difference


def _apart(layer: Layer) -> tuple[tuple[str, str], ...]:
    """Name and colour of what has a colour beside the palette."""
    if layer.key == "exceedance_year":
        return (("not in the recorded years", _NEVER),)
    if layer.key == "remaining_capacity":
        return (("at or above the limit", _OVER),)
    return ()


def _where_apart(layer: Layer, values: Floats) -> NDArray[np.bool_]:
    if layer.key == "exceedance_year":
        return np.isposinf(values)
    return np.asarray(values) <= 0.0
