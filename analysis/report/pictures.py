"""Pictures as data: figures of matplotlib, and small maps of one byte a cell."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from analysis.report.ticks import bar_ticks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Colours of a continuous palette: with what comes before them, fewer than a byte holds.
_SHADES: Final = 250
_NO_DATA, _MARKED, _FIRST = 0, 1, 2
#: Longer side of a map on a page. [pixel]
SIDE: Final = 560
#: Samples of a colour bar.
_STOPS: Final = 12
_DOTS_PER_INCH: Final = 150


@dataclass(frozen=True)
class Picture:
    """A picture for a page.

    Attributes
    ----------
    uri : str
        ``data:image/png;base64,...``.
    alt : str
        Text in its place.
    width, height : int
        Size on the page. [px]
    pixelated : bool
        Whether its pixels are cells, to be enlarged without blur.
    """

    uri: str
    alt: str
    width: int
    height: int
    pixelated: bool = False


def of_figure(figure: Figure, alt: str) -> Picture:
    """Picture of a matplotlib figure, on the figure's own ground; the figure is emptied."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=_DOTS_PER_INCH, bbox_inches="tight")
    figure.clear()
    data = stream.getvalue()
    width, height = (int.from_bytes(data[k : k + 4], "big") for k in (16, 20))
    shown = 96.0 / _DOTS_PER_INCH  # a CSS pixel is 1/96 inch
    return Picture(_uri(data), alt, round(width * shown), round(height * shown))


def of_raster(
    values: NDArray,
    palette: str | Sequence[str],
    low: float,
    high: float,
    alt: str,
    scale: float | None = None,
    *,
    marked: NDArray[np.bool_] | None = None,
    mark: str = "#97a1ab",
) -> Picture:
    """Picture of a map, one pixel a cell, no data transparent.

    Parameters
    ----------
    values : ndarray ``[row, col]``
        Values, or codes if the palette is a list of colours; NaN has no colour. Row 0 is on top.
    palette : str or sequence of str
        Name of a palette of matplotlib, or the colours of codes 0, 1, ...
    low, high : float
        Values of the ends of the palette; what lies beyond is drawn in the end colour. Without
        meaning for codes.
    alt : str
        Text in place of the picture.
    scale : float, optional
        Pixels of the page a cell; by default the longer side becomes :data:`SIDE`. Below one
        only every other cell or fewer are kept.
    marked : ndarray of bool ``[row, col]``, optional
        Cells that are drawn in the colour ``mark`` instead.
    mark : str
        Colour of what is marked; that of water by default.
    """
    from matplotlib.colors import to_rgb
    from PIL import Image

    scale = SIDE / max(values.shape) if scale is None else scale
    codes, colours = _indexed(np.asarray(values, dtype=np.float64), palette, low, high)
    if marked is not None:
        codes[marked] = _MARKED
    rows, cols = (max(1, round(n * min(scale, 1.0))) for n in values.shape)
    codes = codes[_sampled(values.shape[0], rows)][:, _sampled(values.shape[1], cols)]
    table = np.array([to_rgb("white"), to_rgb(mark), *colours])
    image = Image.fromarray(np.ascontiguousarray(codes))
    image.putpalette(np.rint(255.0 * table).astype(np.uint8).ravel().tolist())
    stream = io.BytesIO()
    image.save(stream, "png", optimize=True, transparency=_NO_DATA)
    shown = max(scale, 1.0)
    return Picture(
        _uri(stream.getvalue()), alt, round(cols * shown), round(rows * shown), pixelated=True
    )


def _indexed(
    values: NDArray[np.float64],
    palette: str | Sequence[str],
    low: float,
    high: float,
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Code of each cell's colour, ``[row, col]``, and colours of the palette, ``[code, rgb]``."""
    known = np.isfinite(values)
    if isinstance(palette, str):
        colours = _shades(palette, _SHADES)
        span = high - low if high > low else 1.0
        place = np.floor((np.where(known, values, low) - low) / span * _SHADES)
    else:
        from matplotlib.colors import to_rgb

        colours = np.array([to_rgb(c) for c in palette])
        place = np.where(known, values, 0.0)
    codes = _FIRST + np.clip(place, 0, len(colours) - 1)
    return np.where(known, codes, _NO_DATA).astype(np.uint8), colours


def shades(palette: str, count: int) -> list[str]:
    """Evenly spread colours of a palette of matplotlib, as CSS writes them."""
    from matplotlib.colors import to_hex

    return [to_hex(c) for c in _shades(palette, count)]


def _shades(palette: str, count: int) -> NDArray[np.float64]:
    from matplotlib import colormaps

    shades: NDArray[np.float64] = colormaps[palette](np.linspace(0.0, 1.0, count))[:, :3]
    return shades


def _sampled(count: int, kept: int) -> NDArray[np.int64]:
    """Indices of ``kept`` evenly spread of ``count`` rows or columns."""
    return ((np.arange(kept) + 0.5) * count / kept).astype(np.int64)


def colour_bar(
    palette: str, low: float, high: float, name: str, extend: tuple[bool, bool] = (False, False)
) -> Markup:
    """Legend of a continuous palette: name with unit, bar, ticks.

    Parameters
    ----------
    palette : str
        Name of a palette of matplotlib.
    low, high : float
        Values of its ends.
    name : str
        What is shown and its unit; escaped.
    extend : tuple of bool
        Whether there are values below ``low`` and above ``high``; the ends then say so.
    """
    stops = ", ".join(shades(palette, _STOPS))
    marks = Markup("").join(
        Markup('<span style="left:{:.1f}%">{}</span>').format(100.0 * place, text)
        for place, text in bar_ticks(low, high, extend)
    )
    return Markup(
        '<div class="scale"><p class="scale-name">{}</p>'
        '<span class="scale-bar" style="background:linear-gradient(90deg, {})"></span>'
        '<div class="scale-ticks">{}</div></div>'
    ).format(name, stops, marks)


def swatches(
    entries: Iterable[tuple[str, str]], name: str = "", glyphs: Iterable[tuple[str, str]] = ()
) -> Markup:
    """Legend of colours, perhaps with a name of its own.

    Parameters
    ----------
    entries : iterable of (str, str)
        Names and colours as CSS writes them.
    name : str
        What is shown and its unit.
    glyphs : iterable of (str, str)
        Names and signs of what is drawn with a sign.
    """
    colours = [
        Markup('<li><span class="swatch" style="background:{}"></span>{}</li>').format(
            colour, label
        )
        for label, colour in entries
    ]
    signs = [
        Markup('<li><span class="glyph" aria-hidden="true">{}</span>{}</li>').format(glyph, label)
        for label, glyph in glyphs
    ]
    head = Markup('<p class="scale-name">{}</p>').format(name) if name else Markup("")
    items = Markup("").join([*colours, *signs])
    return head + Markup('<ul class="swatches">{}</ul>').format(items) if items else head


def _uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
