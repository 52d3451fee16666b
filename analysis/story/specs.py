"""What the figures of a story are to show, with their words; ``figures`` draws them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from analysis.story.biography import Life
from analysis.story.facts import Fact
from analysis.story.language import number
from analysis.story.model import (
    Bar,
    BarsFigure,
    LatticeFigure,
    Line,
    MapFigure,
    Mark,
    Number,
    Sentence,
    SeriesFigure,
    TableFigure,
    WaterfallFigure,
)
from analysis.story.telling import Telling
from analysis.story.turning import Turn
from simulator.constants import LAND_CLASSES

_RISKS: Final = 5


def content_map(t: Telling, name: str, years: Sequence[int]) -> MapFigure:
    """Content of the metal."""
    caption = t.say("fig_content", metal=t.metal_word, depth=t.facts.depth())
    legend = t.label("legend_content", metal=t.metal_word)
    return _map(t, name, "content", years, caption, legend, t.metal)


def built_map(t: Telling, name: str, years: Sequence[int]) -> MapFigure:
    """Share of built land."""
    return _map(t, name, "built", years, t.say("fig_built"), t.label("legend_built"))


def land_map(t: Telling, name: str, year: int) -> MapFigure:
    """Land use."""
    caption = t.say("fig_land", year=t.facts.year(year))
    classes = tuple(t.word("lands", c) for c in LAND_CLASSES)
    return _map(t, name, "land", (year,), caption, t.label("legend_land"), classes=classes)


def capacity_map(t: Telling, name: str, years: Sequence[int]) -> MapFigure:
    """Capacity that remains."""
    caption = t.say("fig_capacity", metal=t.metal_word)
    return _map(t, name, "capacity", years, caption, t.label("legend_capacity"), t.metal)


def risk_map(t: Telling, name: str, years: Sequence[int]) -> MapFigure:
    """Class of comprehensive risk."""
    classes = tuple(t.word("risks", str(i + 1)) for i in range(_RISKS))
    legend = t.label("legend_risk")
    return _map(t, name, "risk", years, t.say("fig_risk"), legend, classes=classes)


def _map(
    t: Telling,
    name: str,
    show: str,
    years: Sequence[int],
    caption: Sentence,
    legend: str,
    metal: str = "",
    classes: tuple[str, ...] = (),
) -> MapFigure:
    what = _bare(caption)
    first, last = str(years[0]), str(years[-1])
    if len(years) > 1:
        alt = t.label("alt_maps", what=what, first=first, last=last)
    else:
        alt = t.label("alt_map", what=what, year=first)
    return MapFigure(
        id=name, caption=caption, alt=alt, show=show, run=0, metal=metal, years=tuple(years),
        legend=legend, classes=classes,
    )  # fmt: skip


def series(
    t: Telling, what: str, kind: str, lines: Sequence[Line], turns: Sequence[Turn] = ()
) -> SeriesFigure:
    """Lines over years of one of the series that turning points are looked for in."""
    fields = {"depth": t.facts.depth()} if what == "content" else {}
    line = lines[0]
    alt = t.label(
        "alt_series", first=str(line.years[0]), last=str(line.years[-1]),
        start=number(line.values[0], kind), end=number(line.values[-1], kind),
    )  # fmt: skip
    return SeriesFigure(
        id=f"series-{what}",
        caption=t.say(f"fig_series_{what}", metal=t.metal_word, **fields),
        alt=alt,
        lines=tuple(lines),
        unit=t.teller.language.unit(kind),
        marks=tuple(Mark(turn.year, t.label(f"mark_{turn.kind}")) for turn in turns),
    )


def waterfall(t: Telling, name: str, life: Life) -> WaterfallFigure:
    """Stock of the control layer of a cell, from the first year to the last."""
    first, last = t.record.first, t.record.last
    start, end = life.stock(first), life.stock(last)
    years = {"first": t.facts.year(first), "last": t.facts.year(last)}
    return WaterfallFigure(
        id=name,
        caption=t.say("fig_waterfall", metal=t.metal_word, depth=t.facts.depth(), **years),
        alt=t.label("alt_waterfall", start=start, end=end),
        start=Bar(t.label("stock", year=str(first)), start.amount),
        steps=_bars(t, life.effects),
        end=Bar(t.label("stock", year=str(last)), end.amount),
        unit=t.teller.language.unit("mg_m2"),
    )


def differences(t: Telling, run: int, effects: dict[str, float]) -> BarsFigure:
    """Difference of a run from the first by pathway, the largest first. [kg]."""
    largest = dict(sorted(effects.items(), key=lambda item: -abs(item[1])))
    caption = t.say(
        "fig_differences", run=t.name(run), reference=t.name(0), metal=t.metal_word,
        depth=t.facts.depth(),
    )  # fmt: skip
    return BarsFigure(
        id=f"differences-{run}",
        caption=caption,
        alt=t.label("alt_bars", what=_bare(caption)),
        bars=_bars(t, largest),
        unit=t.teller.language.unit("kg"),
    )


def table(
    t: Telling,
    name: str,
    caption: Sentence,
    columns: Sequence[str],
    rows: Sequence[Sequence[str | Fact]],
) -> TableFigure:
    """Table whose facts become numbers with evidence."""
    cells: list[tuple[str | Number, ...]] = [
        tuple(t.teller.cite(c) if isinstance(c, Fact) else c for c in row) for row in rows
    ]
    alt = t.label("alt_table", what=_bare(caption))
    return TableFigure(id=name, caption=caption, alt=alt, columns=tuple(columns), rows=tuple(cells))


def lattice(t: Telling, name: str, years: Sequence[int]) -> LatticeFigure:
    """Maps of all runs in some years, and their differences from the first."""
    labels = tuple(t.name(i) for i in range(len(t.records)))
    caption = t.say("fig_lattice", metal=t.metal_word, depth=t.facts.depth(), reference=labels[0])
    return LatticeFigure(
        id=name,
        caption=caption,
        alt=t.label("alt_maps", what=_bare(caption), first=str(years[0]), last=str(years[-1])),
        runs=tuple(range(len(t.records))),
        labels=labels,
        metal=t.metal,
        years=tuple(years),
        legend=t.label("legend_content", metal=t.metal_word),
        difference_legend=t.label("legend_difference"),
    )


def _bars(t: Telling, effects: dict[str, float]) -> tuple[Bar, ...]:
    return tuple(Bar(t.word("pathways", name), value) for name, value in effects.items())


def _bare(caption: Sentence) -> str:
    return caption.text.rstrip(".。")
