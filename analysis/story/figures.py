"""The figures of a story drawn: maps as small pictures under one overlay, charts as geometry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from markupsafe import Markup

from analysis.layers.colours import CHANGE_PALETTE, CONTENT_PALETTE, WATER
from analysis.layers.scales import WITHIN
from analysis.map_frame import mostly_water
from analysis.report.mapping import Sheet
from analysis.report.page import words
from analysis.report.pictures import colour_bar, of_raster, swatches
from analysis.report.svg import BarChart, LineChart, bars, series, waterfall
from analysis.runs import content
from analysis.story.layers import Floats, Layers
from analysis.story.model import (
    BarsFigure,
    Figure,
    LatticeFigure,
    MapFigure,
    Number,
    SeriesFigure,
    Story,
    TableFigure,
    WaterfallFigure,
)

#: Width of a lattice, and of a map of it at least and at most. [px]
_LATTICE, _NARROWEST, _WIDEST = 780, 110, 230
#: Room between two of its maps. [px]
_GAP: Final = 20


@dataclass(frozen=True)
class Drawn:
    """A figure of the story, drawn.

    Attributes
    ----------
    kind : str
        ``maps``, ``lines``, ``bars``, ``lattice`` or ``table``.
    frames : tuple of (str, Markup)
        Labels and maps.
    legend : Markup, optional
        Of the maps.
    chart : LineChart or BarChart, optional
    rows : tuple of (str, tuple of Markup)
        Of a lattice: name and maps by year.
    right : tuple of bool
        Of a table: whether a column holds nothing but numbers and blanks.
    """

    kind: str
    frames: tuple[tuple[str, Markup], ...] = ()
    legend: Markup | None = None
    chart: LineChart | BarChart | None = None
    rows: tuple[tuple[str, tuple[Markup, ...]], ...] = ()
    right: tuple[bool, ...] = ()


class Painter:
    """Draws the figures of a story.

    Parameters
    ----------
    story : Story
        Its runs are read as the maps need them.
    """

    def __init__(self, story: Story) -> None:
        self.story = story
        self.layers = Layers(story)
        self._words: Mapping[str, str] = words(story.language)

    @cached_property
    def sheets(self) -> tuple[Sheet, ...]:
        """What lies over the maps of each run: borders, sources of the metal, a scale."""
        return tuple(
            Sheet.of_run(run, self.story.metal, k, self._words["kilometres"])
            for k, run in enumerate(self.story.runs)
        )

    def draw(self, figure: Figure) -> Drawn:
        """Draw a figure."""
        match figure:
            case MapFigure():
                return self._maps(figure)
            case LatticeFigure():
                return self._lattice(figure)
            case SeriesFigure(lines=lines, unit=unit, marks=marks):
                chart: LineChart | BarChart = series(
                    [(x.label, x.years, x.values) for x in lines],
                    unit,
                    [(m.year, m.label) for m in marks],
                )
                return Drawn("lines", chart=chart)
            case WaterfallFigure(start=start, steps=steps, end=end, unit=unit):
                chart = waterfall(
                    (start.label, start.value),
                    [(s.label, s.value) for s in steps],
                    (end.label, end.value),
                    unit,
                )
                return Drawn("bars", chart=chart)
            case BarsFigure(bars=values, unit=unit):
                return Drawn("bars", chart=bars([(b.label, b.value) for b in values], unit))
            case TableFigure(rows=rows):
                columns = zip(*rows, strict=True)
                right = tuple(all(isinstance(v, Number) or not v for v in c) for c in columns)
                return Drawn("table", right=right)
        raise TypeError(f"no such figure: {type(figure).__name__}")

    def _maps(self, figure: MapFigure) -> Drawn:
        layer = self.layers.of(figure)
        run = self.story.runs[figure.run]
        frames = []
        for year in figure.years:
            alt = f"{figure.alt} {year}" if len(figure.years) > 1 else figure.alt
            picture = of_raster(
                layer.values[year], layer.palette, layer.low, layer.high, alt,
                marked=mostly_water(run, year), mark=WATER,
            )  # fmt: skip
            shown = self.sheets[figure.run].over(
                picture, _of_sources(figure), figure.places, dark=layer.dark
            )
            frames.append((str(year), shown))
        return Drawn("maps", frames=tuple(frames), legend=layer.legend + self._keys(figure))

    def _keys(self, figure: MapFigure) -> Markup:
        """Legend of what is on the map besides its values."""
        run = self.story.runs[figure.run]
        entries = []
        if any(mostly_water(run, y).any() for y in figure.years):
            entries.append((self._words["water"], WATER))
        if not np.isfinite(content(run, self.story.metal, figure.years[0])).all():
            entries.append((self._words["no_soil"], "var(--paper)"))
        glyphs = []
        if _of_sources(figure) and self.sheets[figure.run].stacks:
            name = self._words["source"].format(metal=figure.metal)
            glyphs.append((name, "\N{WHITE UP-POINTING TRIANGLE}"))
        return swatches(entries, glyphs=glyphs)

    def _lattice(self, figure: LatticeFigure) -> Drawn:
        """Maps of runs by years under one legend, then what differs from the first run."""
        scale = self.layers.scale(figure.metal)
        first, *others = zip(figure.runs, figure.labels, strict=True)
        values = {run: self._contents(figure, run) for run in figure.runs}
        changes = {
            run: {year: values[run][year] - values[first[0]][year] for year in figure.years}
            for run, _ in others
        }
        sizes = [np.abs(v[np.isfinite(v)]) for c in changes.values() for v in c.values()]
        edge = max((float(np.percentile(s, WITHIN[1])) for s in sizes), default=0.0) or 1.0
        ends = (scale.low, scale.high)
        rows = [
            (label, self._row(figure, run, label, values[run], CONTENT_PALETTE, ends))
            for run, label in (first, *others)
        ]
        for run, label in others:
            name = f"{label} \N{MINUS SIGN} {first[1]}"
            maps = self._row(figure, run, name, changes[run], CHANGE_PALETTE, (-edge, edge))
            rows.append((name, maps))
        legend = colour_bar(CONTENT_PALETTE, *ends, figure.legend, scale.beyond)
        if others:
            both = (True, True)
            legend += colour_bar(CHANGE_PALETTE, -edge, edge, figure.difference_legend, both)
        return Drawn("lattice", legend=legend, rows=tuple(rows))

    def _contents(self, figure: LatticeFigure, run: int) -> dict[int, Floats]:
        return {y: content(self.story.runs[run], figure.metal, y) for y in figure.years}

    def _row(
        self,
        figure: LatticeFigure,
        run: int,
        name: str,
        values: Mapping[int, Floats],
        palette: str,
        ends: tuple[float, float],
    ) -> tuple[Markup, ...]:
        """Maps of a row of a lattice."""
        width = min(max(_LATTICE // len(figure.years) - _GAP, _NARROWEST), _WIDEST)
        maps = []
        for year in figure.years:
            picture = of_raster(
                values[year], palette, *ends, f"{figure.alt} {name}, {year}",
                width / values[year].shape[1],
                marked=mostly_water(self.story.runs[run], year), mark=WATER,
            )  # fmt: skip
            maps.append(self.sheets[run].over(picture, stacks=False, scale=False))
        return tuple(maps)


def _of_sources(figure: MapFigure) -> bool:
    """Whether a map shows the sources too."""
    return figure.show == "content"
