"""What the maps of a story show: values by year, how they are coloured, and the legend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from analysis.assessment.assess import Assessment
from analysis.assessment.palette import COLOURS
from analysis.assessment.thresholds import dominant_land
from analysis.landuse.pictures import run_frames
from analysis.layers.colours import CONTENT_PALETTE
from analysis.layers.scales import Scale, within
from analysis.map_frame import mostly_water
from analysis.report.page import words
from analysis.report.pictures import colour_bar, shades, swatches
from analysis.report.ticks import between, round_steps
from analysis.runs import content, years_of
from analysis.story.model import MapFigure, Story
from simulator.constants import LAND_CLASSES, WATER_CLASS

Floats = NDArray[np.float64]

#: Where the limit is reached.
_OVER: Final = "#d55e00"
#: Built land: open ground, what stood at the start, what is new.
OPEN, OLD, NEW = np.array([[240, 240, 236], [70, 70, 74], [213, 94, 0]]) / 255.0
#: Shares in which built land is shown: none, a fifth, ... all.
_SHARES: Final = 6


@dataclass(frozen=True)
class Layer:
    """Values by year and how they are coloured; see :func:`analysis.report.pictures.of_raster`."""

    values: Mapping[int, Floats]
    palette: str | Sequence[str]
    legend: Markup
    low: float = 0.0
    high: float = 1.0
    dark: bool = False


class Layers:
    """Layers of the maps of a story; runs are read a year at a time.

    Parameters
    ----------
    story : Story
    """

    def __init__(self, story: Story) -> None:
        self.story = story
        self._words = words(story.language)
        self.scale = lru_cache(maxsize=None)(self._scale)
        self._assessment = lru_cache(maxsize=None)(self._assess)

    def of(self, figure: MapFigure) -> Layer:
        """Layer that a map shows."""
        layers = {
            "content": self._content,
            "capacity": self._capacity,
            "land": self._land,
            "risk": self._risk,
            "built": self._built,
        }
        return layers[figure.show](figure)

    def _scale(self, metal: str) -> Scale:
        """Scale of all content maps of a metal.

        From the first, the middle and the last recorded year of every run.
        """
        parts = []
        for run in self.story.runs:
            years = years_of(run)
            for year in sorted({int(years[k]) for k in (0, len(years) // 2, -1)}):
                values = content(run, metal, year)
                parts.append(values[np.isfinite(values) & ~mostly_water(run, year)])
        return within(np.concatenate(parts))

    def _content(self, figure: MapFigure) -> Layer:
        run = self.story.runs[figure.run]
        values = {year: content(run, figure.metal, year) for year in figure.years}
        scale = self.scale(figure.metal)
        legend = colour_bar(CONTENT_PALETTE, scale.low, scale.high, figure.legend, scale.beyond)
        return Layer(values, CONTENT_PALETTE, legend, scale.low, scale.high, dark=True)

    def _capacity(self, figure: MapFigure) -> Layer:
        """Capacity in round classes, since it differs by orders of magnitude between lands."""
        values = self._assessed(figure, "remaining_capacity", figure.metal)
        known = np.concatenate([v[np.isfinite(v)] for v in values.values()])
        edges = [0.0, *round_steps(known[known > 0.0])]
        colours = [_OVER, *shades(CONTENT_PALETTE, len(edges))]
        names = [self._words["limit_reached"], *between(edges)]
        legend = swatches(zip(names, colours, strict=True), figure.legend)
        return Layer({y: graded(v, edges) for y, v in values.items()}, colours, legend)

    def _risk(self, figure: MapFigure) -> Layer:
        values = {y: v - 1.0 for y, v in self._assessed(figure, "risk_class").items()}
        colours = COLOURS["risk_class"]
        legend = swatches(zip(figure.classes, colours, strict=True), figure.legend)
        return Layer(values, colours, legend)

    def _land(self, figure: MapFigure) -> Layer:
        history = self.story.runs[figure.run].history
        values = {}
        for year in figure.years:
            state = history.sel(year=year)
            land = dominant_land(state["open_share"].values, state["sealed_share"].values)
            values[year] = np.where(land < 0, np.nan, land).astype(np.float64)
        colours = COLOURS["land_class"]
        present = {int(c) for v in values.values() for c in np.unique(v[np.isfinite(v)])}
        entries = [
            (name, colours[k])
            for k, name in enumerate(figure.classes)
            if k in present and LAND_CLASSES[k] != WATER_CLASS
        ]
        return Layer(values, colours, swatches(entries, figure.legend))

    def _built(self, figure: MapFigure) -> Layer:
        run = self.story.runs[figure.run]
        shares, years = run_frames(run)
        place = {int(y): k for k, y in enumerate(years)}
        first = figure.years[0]
        state = run.history.sel(year=first)
        ground = state["open_share"].sum("land_class").values + state["sealed_share"].values
        old = np.where(ground > 0.0, shares[place[first]], np.nan)
        values = {y: built_code(old, shares[place[y]]) for y in figure.years}
        named = (("built_before", OLD), ("built_new", NEW), ("not_built", OPEN))
        entries = [(self._words[key].format(year=first), as_css(rgb)) for key, rgb in named]
        return Layer(values, BLENDS, swatches(entries, figure.legend))

    def _assessed(
        self, figure: MapFigure, name: str, metal: str | None = None
    ) -> dict[int, Floats]:
        """Variable of the assessment on the land of each year of a figure."""
        found = {}
        for year in figure.years:
            value = self._assessment(figure.run).year(year)[name].sel(land="current")
            value = value.isel(year=0) if metal is None else value.isel(year=0).sel(metal=metal)
            found[year] = value.values.astype(np.float64)
        return found

    def _assess(self, run: int) -> Assessment:
        """Assessment of a run in all years of the story's maps of it."""
        figures = [f for c in self.story.chapters for s in c.sections for f in s.figures]
        years = {
            y
            for f in (*figures, self.story.hero)
            if isinstance(f, MapFigure) and f.run == run and f.show in ("capacity", "risk")
            for y in f.years
        }
        return Assessment(self.story.runs[run], sorted(years), soil=self.story.soil)


def graded(values: Floats, edges: Sequence[float]) -> Floats:
    """How many of the edges a value is beyond, ``[row, col]``; NaN stays."""
    return np.where(np.isfinite(values), np.searchsorted(edges, values, side="left"), np.nan)


def _blends() -> tuple[list[str], NDArray[np.int64]]:
    """Colours of old and new built shares in steps, and their codes, ``[old, new]``."""
    colours: list[str] = []
    codes = np.zeros((_SHARES, _SHARES), dtype=np.int64)
    for old in range(_SHARES):
        for new in range(_SHARES - old):
            codes[old, new] = len(colours)
            a, b = old / (_SHARES - 1), new / (_SHARES - 1)
            colours.append(as_css((1.0 - a - b) * OPEN + a * OLD + b * NEW))
    return colours, codes


def as_css(rgb: Floats) -> str:
    """Colour as CSS writes it, of red, green and blue from 0 to 1."""
    return "#" + "".join(f"{round(255.0 * float(c)):02x}" for c in rgb)


BLENDS, _CODES = _blends()


def built_code(old: NDArray[np.floating], now: NDArray[np.floating]) -> Floats:
    """Index into :data:`BLENDS` by the built share at the first year and now, ``[row, col]``."""
    known = np.isfinite(old) & np.isfinite(now)
    before = np.rint(np.where(known, np.minimum(old, now), 0.0) * (_SHARES - 1)).astype(np.int64)
    after = np.rint(np.where(known, now, 0.0).clip(0.0, 1.0) * (_SHARES - 1)).astype(np.int64)
    code = _CODES[before, np.maximum(after - before, 0)]
    return np.where(known, code, np.nan).astype(np.float64)
