"""Where the path ends: what is over its limit, what soil can still take, what is at risk."""

from __future__ import annotations

from typing import Final

import numpy as np

from analysis.assessment.assess import Assessment
from analysis.assessment.thresholds import RECEPTORS
from analysis.story import specs
from analysis.story.facts import Fact
from analysis.story.model import Section, Sentence, TableFigure
from analysis.story.telling import Telling

#: Classes of comprehensive risk from this one on are told as high.
_HIGH: Final = 4
#: Level of early warning of what reaches its limit within ten years.
_SOON: Final = 4


def ending(t: Telling) -> Section:
    """Section on the last year."""
    q, first, last = t.facts, t.record.first, t.record.last
    sentences = [*_over(t), *_capacity(t)]
    risky, below, soon = _assessed(t)
    sentences.append(t.say("end_risk", start=risky[0], end=risky[1]))
    if below.amount > 0:
        sentences.append(t.say("end_risk_below", area=below, year=q.year(last)))
    sentences.append(t.say("end_warning", area=soon, years=q.span()))
    pictures = (
        specs.capacity_map(t, "capacity", (first, last)),
        specs.risk_map(t, "risk", (first, last)),
        _table(t),
    )
    return Section("path-end", t.title("path_end"), tuple(sentences), pictures)


def _over(t: Telling) -> list[Sentence]:
    q, last = t.facts, t.record.last
    areas = {r: q.over_on(t.metal, r, last) for r in RECEPTORS}
    items = [
        t.teller.clause("receptor_item", area=area, receptor=t.word("receptors", receptor))
        for receptor, area in areas.items()
        if area.amount > 0
    ]
    if not items:
        return [t.say("end_none", year=q.year(last))]
    return [t.say("end_over", year=q.year(last), items=t.teller.language.listed(items))]


def _capacity(t: Telling) -> list[Sentence]:
    r, farmland = t.record, RECEPTORS[0]
    start, end = (t.facts.capacity(t.metal, farmland, year) for year in (r.first, r.last))
    if not np.isfinite([start.amount, end.amount]).all():
        return []
    years = {"first": t.facts.year(r.first), "last": t.facts.year(r.last)}
    return [t.say("end_capacity", start=start, end=end, metal=t.metal_word, **years)]


def _assessed(t: Telling) -> tuple[tuple[Fact, Fact], Fact, Fact]:
    """Area at high risk first and last, of it without overload, and area that is soon over."""
    q, r = t.facts, t.record
    assessment = Assessment(r.run, (r.first, r.last), soil=r.soil)
    states = [assessment.year(y).isel(year=0).sel(land="current") for y in (r.first, r.last)]
    high = [s["risk_class"].values >= _HIGH for s in states]
    risky = [float(h.sum()) * r.cell_ha for h in high]
    below = high[1] & ~(states[1]["overload"].values == 1.0).any(axis=0)
    soon = (states[1]["warning"].sel(metal=t.metal).values == _SOON).sum() * r.cell_ha
    return (
        (q.at_risk(risky[0], r.first), q.at_risk(risky[1], r.last)),
        q.at_risk_below(float(below.sum()) * r.cell_ha, r.last),
        q.soon(float(soon), t.metal, r.last),
    )


def _table(t: Telling) -> TableFigure:
    q, r, metal = t.facts, t.record, t.metal
    first, last = str(r.first), str(r.last)
    columns = [
        t.label("column_receptor"),
        t.label("column_over", year=first),
        t.label("column_over", year=last),
        t.label("column_capacity", year=first),
        t.label("column_capacity", year=last),
    ]
    rows: list[list[str | Fact]] = [
        [
            t.word("receptors", receptor),
            q.over_on(metal, receptor, r.first),
            q.over_on(metal, receptor, r.last),
            q.capacity(metal, receptor, r.first),
            q.capacity(metal, receptor, r.last),
        ]
        for receptor in RECEPTORS
    ]
    caption = t.say("fig_receptors", metal=t.metal_word)
    return specs.table(t, "receptors", caption, columns, rows)
