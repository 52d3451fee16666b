"""What a story is made of: chapters of sentences whose numbers point at their evidence.

All text is plain, in the language of the story, and not escaped: titles of runs may hold
anything. Figures say what to draw; their words are there already, their pixels are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from analysis.assessment.assess import ControlLayer
from analysis.report.mapping import Place
from simulator.record import RunFolder

#: What a map shows: content [mg/kg], land class, remaining capacity [kg/ha], class of risk,
#: built share.
MAPS: Final = ("content", "land", "capacity", "risk", "built")


@dataclass(frozen=True)
class Evidence:
    """The row behind a number.

    Attributes
    ----------
    id : str
        Key in the story, fit for an anchor: ``e12``.
    what : str
        What the number is, in words.
    value : float, int or str
        As it is in the run, in ``unit``, not rounded.
    unit : str
        Display unit; empty for counts, years and names.
    text : str
        The value as the sentences write it, without unit.
    where : str
        File, year, metal, cell, parcel or source, and how it follows from there.
    run : int
        Place of the run in ``Story.runs``.
    quantity : str
        Name of the quantity in the program.
    keys : tuple of (str, str or int)
        Which one it is: metal, year, cell, ...
    """

    id: str
    what: str
    value: float | int | str
    unit: str
    text: str
    where: str
    run: int = 0
    quantity: str = ""
    keys: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True)
class Number:
    """A number in a sentence, and the id of its evidence."""

    text: str
    evidence: str


@dataclass(frozen=True)
class Sentence:
    """A sentence in parts: words, and numbers with evidence."""

    parts: tuple[str | Number, ...]

    @property
    def text(self) -> str:
        """The whole sentence."""
        return "".join(p if isinstance(p, str) else p.text for p in self.parts)

    @property
    def evidence(self) -> tuple[str, ...]:
        """Ids of the evidence of its numbers, in their order."""
        return tuple(p.evidence for p in self.parts if isinstance(p, Number))

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, kw_only=True)
class Figure:
    """Something to draw.

    Attributes
    ----------
    id : str
        Unique in the story, fit for an anchor.
    caption : Sentence
        What it shows, with unit.
    alt : str
        Text in place of the picture.
    """

    id: str
    caption: Sentence
    alt: str


@dataclass(frozen=True, kw_only=True)
class MapFigure(Figure):
    """A map, or with more than one year a row of maps to step through, on one scale.

    Attributes
    ----------
    show : str
        One of :data:`MAPS`.
    run : int
        Place in ``Story.runs``.
    metal : str
        Symbol; of a map of risk, land or built share empty.
    years : tuple of int
        Recorded years, rising; the state at their beginning.
    legend : str
        Quantity and unit.
    classes : tuple of str
        Names of the classes in the order of their codes; empty if values are continuous. Land:
        those of ``LAND_CLASSES``. Risk: class 1 first.
    places : tuple of Place
        Cells to ring and name.
    """

    show: str
    run: int
    metal: str
    years: tuple[int, ...]
    legend: str
    classes: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Line:
    """One line of a chart; ``values`` belong to ``years``."""

    label: str
    years: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Mark:
    """A year that is marked in a chart, and why."""

    year: int
    label: str


@dataclass(frozen=True, kw_only=True)
class SeriesFigure(Figure):
    """Lines over years, turning points marked on the first line."""

    lines: tuple[Line, ...]
    unit: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Bar:
    """A bar of a waterfall or of a bar chart."""

    label: str
    value: float


@dataclass(frozen=True, kw_only=True)
class WaterfallFigure(Figure):
    """Start, steps, end: ``start + sum of steps = end`` but for rounding of the record."""

    start: Bar
    steps: tuple[Bar, ...]
    end: Bar
    unit: str


@dataclass(frozen=True, kw_only=True)
class BarsFigure(Figure):
    """Bars to compare, longest first; values may be negative."""

    bars: tuple[Bar, ...]
    unit: str


@dataclass(frozen=True, kw_only=True)
class LatticeFigure(Figure):
    """Maps of runs by years under one legend, and their differences from the first run.

    Attributes
    ----------
    runs : tuple of int
        Places in ``Story.runs``, a row each.
    labels : tuple of str
        Names of the rows.
    metal : str
    years : tuple of int
        A column each, recorded in every run.
    legend, difference_legend : str
        Quantity and unit of the maps and of their differences.
    """

    runs: tuple[int, ...]
    labels: tuple[str, ...]
    metal: str
    years: tuple[int, ...]
    legend: str
    difference_legend: str


@dataclass(frozen=True, kw_only=True)
class TableFigure(Figure):
    """A small table; numbers in it have evidence as those of sentences have."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | Number, ...], ...]


@dataclass(frozen=True)
class Section:
    """A part of a chapter: a decade, a cell, or the whole of it (then without a title)."""

    key: str
    title: str
    sentences: tuple[Sentence, ...]
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class Chapter:
    """A chapter; ``key`` is fit for an anchor."""

    key: str
    title: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Story:
    """The whole.

    Attributes
    ----------
    title, subtitle : Sentence
        The finding; region, run and years.
    language : str
        ``en`` or ``zh``.
    metal : str
        Symbol of the metal that it is about.
    chapters : tuple of Chapter
    evidence : tuple of Evidence
        Every number's, in the order in which they are told.
    runs : tuple of RunFolder
        The runs; the first is told, the others are held against it.
    words : mapping
        Words of the page around the story: headings of the evidence table, buttons.
    hero : MapFigure
        The map under the title.
    commands : tuple of str
        Lines for a shell that repeat the run, in order; shown as code.
    citations : tuple of str
        Sources of data and parameters, as the manifest names them.
    soil : ControlLayer, optional
        Top layer of the region, for maps that are held against limits; read again by default.
    """

    title: Sentence
    subtitle: Sentence
    language: str
    metal: str
    chapters: tuple[Chapter, ...]
    evidence: tuple[Evidence, ...]
    runs: tuple[RunFolder, ...]
    words: Mapping[str, str]
    hero: MapFigure
    commands: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
    soil: ControlLayer | None = None
