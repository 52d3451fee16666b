"""Three cells: how each was chosen, what became of it, and what came and went."""

from __future__ import annotations

from typing import Final

import numpy as np

from analysis.assessment.thresholds import AGRICULTURAL
from analysis.story import cells, specs
from analysis.story.biography import Life
from analysis.story.facts import Words
from analysis.story.model import Chapter, Figure, Section, Sentence
from analysis.story.record import leading
from analysis.story.telling import Telling

#: Changes of parcels that are told of a cell.
_TURNS_TOLD: Final = 3


def lives(t: Telling) -> Chapter:
    """Chapter on the worst, the typical and the surprising cell, as far as there are such."""
    found = chosen(t)
    pasts = t.record.along([cell for _, cell, _ in found], t.metal) if found else []
    sections = tuple(
        _section(t, key, Life(t.record, cell, t.metal, past), why)
        for (key, cell, why), past in zip(found, pasts, strict=True)
    )
    return Chapter("cells", t.title("cells"), sections)


def chosen(t: Telling) -> list[tuple[str, cells.Cell, str]]:
    """Cells to tell of: key of the section, cell, key of the sentence that says why."""
    r, m = t.record, t.record.metal(t.metal)
    start, end = r.state(r.first), r.state(r.last)
    told: list[cells.Cell] = []
    found: list[tuple[str, cells.Cell, str]] = []

    def tell(key: str, cell: cells.Cell | None, why: str) -> None:
        if cell is not None:
            told.append(cell)
            found.append((key, cell, why))

    tell("worst", cells.worst(end.content[m], end.limit[m]), "why_worst")
    path = np.stack([r.state(year).content[m] for year in r.decades])
    farmed = always_farmed(t)
    among = farmed if farmed.any() else np.isfinite(path).all(axis=0)
    why = "why_typical" if farmed.any() else "why_typical_all"
    tell("typical", cells.typical(path, among, told), why)
    tell("surprising", cells.surprising(end.content[m] - start.content[m], told), "why_surprising")
    return found


def always_farmed(t: Telling) -> np.ndarray:
    """Where farmland counts at the start, in the first year of each decade and at the end."""
    states = [t.record.state(year) for year in t.record.decades]
    farmed: np.ndarray = np.logical_and.reduce([s.receptor == AGRICULTURAL for s in states])
    return farmed & np.isfinite(states[0].content[0])


def _section(t: Telling, key: str, life: Life, why: str) -> Section:
    sentences = [_place(t, life), _why(t, life, why), *_content(t, life), *_flows(t, life)]
    sentences += [*_source(t, life), *_turns(t, life)]
    pictures: tuple[Figure, ...] = ()
    if life.effects:
        pictures = (specs.waterfall(t, f"waterfall-{key}", life),)
    return Section(f"cell-{key}", t.title(key), tuple(sentences), pictures)


def _place(t: Telling, life: Life) -> Sentence:
    last = t.record.last
    words: Words = {
        "row": life.place("row"),
        "col": life.place("col"),
        "land": t.word("lands", life.land(last) or "none"),
        "year": t.facts.year(last),
    }
    if life.district:
        return t.say("cell_place", district=life.district, **words)
    return t.say("cell_place_bare", **words)


def _why(t: Telling, life: Life, key: str) -> Sentence:
    if key == "why_worst":
        last = t.record.last
        return t.say(key, metal=t.metal_word, ratio=life.ratio(last), year=t.facts.year(last))
    if key == "why_surprising":
        return t.say(key, own=life.change(), around=life.change_around())
    if key == "why_typical":
        return t.say(key, count=t.facts.always_farmed(int(always_farmed(t).sum())))
    return t.say(key, count=t.facts.soil_cells())


def _content(t: Telling, life: Life) -> list[Sentence]:
    first, last = t.record.first, t.record.last
    told = [
        t.say("cell_content", metal=t.metal_word, start=life.content(first), end=life.content(last))
    ]
    limit = life.limit(last)
    if limit is None:
        told.append(t.say("cell_no_limit", year=t.facts.year(last)))
    else:
        told.append(t.say("cell_limit", limit=limit, year=t.facts.year(last)))
    how, year = life.crossing()
    told.append(t.say(f"cell_{how}", **({} if year is None else {"year": year})))
    return told


def _flows(t: Telling, life: Life) -> list[Sentence]:
    if not life.effects:
        return [t.say("cell_no_ledger")]
    told = []
    for way, key, sign in (("in", "cell_gain", 1.0), ("out", "cell_loss", -1.0)):
        pathway, _ = leading(life.effects, sign)
        if pathway:
            told.append(
                t.say(
                    key, total=life.flow(way), pathway=t.word("pathways", pathway),
                    amount=life.effect(pathway),
                )
            )  # fmt: skip
    return told


def _source(t: Telling, life: Life) -> list[Sentence]:
    source = life.nearest
    if source is None:
        return []
    return [
        t.say(
            "cell_nearest", metal=t.metal_word, source=source.name,
            distance=life.distance(source), direction=t.word("compass", source.direction),
            amount=life.emitted(source),
        )
    ]  # fmt: skip


def _turns(t: Telling, life: Life) -> list[Sentence]:
    told = []
    for row in life.turns.index[:_TURNS_TOLD]:
        year, share = life.turn(int(row))
        old, new = (str(life.turns.loc[row, c]) for c in ("old", "new"))
        words: Words = {"old": t.word("lands", old), "new": t.word("lands", new)}
        told.append(t.say("cell_turn", year=year, share=share, **words))
    return told or [t.say("cell_stays")]
