"""The path: what turned, decade by decade what happened and what crossed a limit, and the end."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from analysis.story import specs
from analysis.story.ending import ending
from analysis.story.model import Chapter, Line, Section, Sentence
from analysis.story.telling import Telling
from analysis.story.turning import Turn, turning_points

#: Series in which turning points are looked for, with the kind of their numbers.
SERIES: Final = {"content": "mg_kg", "over": "ha", "emission": "kg"}
#: Sources that are named as beginning or ending in a decade; more are counted.
_SOURCES_TOLD: Final = 3
#: Years between the maps of a slider.
_STEP: Final = 5


def path(t: Telling) -> Chapter:
    """Chapter on what the run did."""
    decades = [_decade(t, since, until) for since, until in pairwise(t.record.decades)]
    return Chapter("path", t.title("path"), (_whole(t), *decades, ending(t)))


# --- the whole span -----------------------------------------------------------------------------


def _whole(t: Telling) -> Section:
    q, r, metal = t.facts, t.record, t.metal
    first, last = r.first, r.last
    sentences = [
        t.say(
            "path_content", first=q.year(first), last=q.year(last), metal=t.metal_word,
            depth=q.depth(), start=q.mean(metal, first), end=q.mean(metal, last),
        ),
        _over(t),
        t.say(
            "path_flow", arrived=q.flow("in", metal, first, last), metal=t.metal_word,
            left=q.flow("out", metal, first, last),
        ),
        t.say("path_built", start=q.built(first), end=q.built(last)),
    ]  # fmt: skip
    lines = {name: _line(t, name) for name in SERIES}
    turns = {name: _turns(line) for name, line in lines.items()}
    told = [_turn(t, name, turn) for name in SERIES for turn in turns[name]]
    years = slider_years(r.years)
    pictures = (
        specs.content_map(t, "content", years),
        *(specs.series(t, n, SERIES[n], [lines[n]], turns[n]) for n in SERIES),
        specs.built_map(t, "built", years),
    )
    sentences += told or [t.say("path_no_turn")]
    return Section("path-whole", t.title("path_whole"), tuple(sentences), pictures)


def _over(t: Telling) -> Sentence:
    start, end = (t.facts.over(t.metal, year) for year in (t.record.first, t.record.last))
    if start.amount == end.amount:
        return t.say("path_over_same", over=end)
    return t.say("path_over", start=start, end=end)


def slider_years(recorded: list[int]) -> list[int]:
    """Years to step through: the first, the first of each five years, the last."""
    first, last = recorded[0], recorded[-1]
    steps = range(first, last, _STEP)
    return sorted({min(y for y in recorded if y >= step) for step in steps} | {last})


def _line(t: Telling, name: str) -> Line:
    r = t.record
    if name == "emission":
        emitted = r.emitted(t.metal)
        years, values = emitted.index.to_numpy(), emitted.to_numpy()
    else:
        years = np.array(r.years)
        values = r.mean[:, r.metal(t.metal)] if name == "content" else r.over_ha(t.metal)
    return Line(t.word("series", name), tuple(years.tolist()), tuple(values.tolist()))


def _turns(line: Line) -> list[Turn]:
    return turning_points(np.array(line.years), np.array(line.values))


def _turn(t: Telling, name: str, turn: Turn) -> Sentence:
    q, series = t.facts, t.word("series", name)
    if turn.kind == "surge":
        years = {
            "year": q.turn(name, t.metal, turn.kind, turn.year),
            "until": q.turn(name, t.metal, "surge_end", turn.until),
        }
        return t.say("path_surge", series=series, **years)
    value = {"content": q.mean, "over": q.over, "emission": q.emitted}[name](t.metal, turn.year)
    return t.say(
        f"path_{turn.kind}", series=series, year=q.turn(name, t.metal, turn.kind, turn.year),
        value=value, unit=t.teller.language.unit(SERIES[name]),
    )  # fmt: skip


# --- a decade -----------------------------------------------------------------------------------


def _decade(t: Telling, since: int, until: int) -> Section:
    sentences = (
        *_balance(t, since, until),
        *_crossings(t, since, until),
        *_land(t, since, until),
        *_events(t, since, until),
        *_sources(t, since, until),
    )
    title = t.title("decade", since=str(since), until=str(until))
    return Section(f"from-{since}", title, sentences)


def _balance(t: Telling, since: int, until: int) -> list[Sentence]:
    q, metal = t.facts, t.metal
    told = [
        t.say(
            "decade_content", start=q.mean(metal, since), end=q.mean(metal, until),
            arrived=q.flow("in", metal, since, until), left=q.flow("out", metal, since, until),
        )
    ]  # fmt: skip
    gain, loss = (q.leading(way, metal, since, until) for way in ("in", "out"))
    if gain and loss:
        told.append(
            t.say(
                "decade_lead", gain=t.word("pathways", gain[0]), gain_share=gain[1],
                loss=t.word("pathways", loss[0]), loss_share=loss[1],
            )
        )  # fmt: skip
    emitted = [q.emitted(metal, year) for year in (since, until - 1)]
    if any(fact.amount > 0 for fact in emitted):
        years = {"first": q.year(since), "last": q.year(until - 1)}
        told.append(t.say("decade_emission", start=emitted[0], end=emitted[1], **years))
    tag = q.leading_tag(metal, since, until)
    if tag:
        told.append(t.say("decade_tag", tag=_tag(t, tag[0]), share=tag[1]))
    return told


def _tag(t: Telling, name: str) -> str:
    """Name of a source tag; that of a source of its own is the source's."""
    kind, _, source = name.partition(":")
    if kind == "source" and source in t.record.source_spans.index:
        return str(t.record.source_spans.loc[source, "name"])
    return t.word("tags", name)


def _crossings(t: Telling, since: int, until: int) -> list[Sentence]:
    told = []
    for way in ("up", "down"):
        area = t.facts.crossed(way, t.metal, since, until)
        used = t.facts.crossed_by_use(way, t.metal, since, until)
        if area.amount > 0 and used.amount > 0:
            told.append(t.say(f"decade_{way}_use", area=area, share=used))
        elif area.amount > 0:
            told.append(t.say(f"decade_{way}", area=area))
    return told or [t.say("decade_steady")]


def _land(t: Telling, since: int, until: int) -> list[Sentence]:
    table = t.record.converted(since, until)
    if table.empty:
        return []
    old, new = table.index[0]
    _, area = t.facts.converted_to(old, new, since, until)
    return [
        t.say(
            "decade_land", total=t.facts.converted(since, until), area=area,
            old=t.word("lands", old), new=t.word("lands", new), built=t.facts.built(until),
        )
    ]  # fmt: skip


def _events(t: Telling, since: int, until: int) -> list[Sentence]:
    q = t.facts
    told = [*_acts(t, since, until), *_policies(t, since, until)]
    for kind, key in (("shortfall", "decade_short"), ("calibration", "decade_calibration")):
        count = q.event_count(kind, since, until)
        if count.amount > 0:
            told.append(t.say(key, count=count))
    cost = q.cost(since, until)
    if cost.amount > 0:
        told.append(t.say("decade_cost", cost=cost))
    return told


def _acts(t: Telling, since: int, until: int) -> list[Sentence]:
    """Interventions of no policy, each by its name."""
    acts = t.record.acts(since, until)
    acts = acts[acts["policy"] == ""]
    return [
        t.say(
            "decade_act", year=t.facts.event_year(row), name=str(act["what"]),
            kind=t.word("kinds", str(act["kind"])),
        )
        for row, act in zip(acts.index.tolist(), acts.to_dict("records"), strict=True)
    ]  # fmt: skip


def _policies(t: Telling, since: int, until: int) -> list[Sentence]:
    """Policies with the number of their interventions that begin, and the year of the first."""
    acts = t.record.acts(since, until)
    acts = acts[acts["policy"] != ""]
    return [
        t.say(
            "decade_policy", policy=str(policy), year=t.facts.event_year(rows.index.tolist()[0]),
            count=t.facts.policy_acts(str(policy), since, until),
        )
        for policy, rows in acts.groupby("policy")
    ]  # fmt: skip


def _sources(t: Telling, since: int, until: int) -> list[Sentence]:
    """Sources that begin after the first year, or end before the last."""
    q, r, spans = t.facts, t.record, t.record.source_spans
    opens = [(s, "opens", "first") for s in spans.index[_within(spans["first"], since, until)]]
    closes = [(s, "closes", "last") for s in spans.index[_within(spans["last"], since, until)]]
    changes = [
        *(c for c in opens if spans.loc[c[0], "first"] > r.first),
        *(c for c in closes if spans.loc[c[0], "last"] < r.last - 1),
    ]
    changes.sort(key=lambda c: (int(spans.loc[c[0], c[2]]), c[0]))
    told = [
        t.say(f"decade_{what}", source=str(spans.loc[s, "name"]), year=q.source_year(end, s))
        for s, what, end in changes[:_SOURCES_TOLD]
    ]
    if len(changes) > _SOURCES_TOLD:
        rest = len(changes) - _SOURCES_TOLD
        told.append(t.say("decade_more", count=q.sources_changed(rest, since, until)))
    return told


def _within(years: pd.Series, since: int, until: int) -> pd.Series:
    return (years >= since) & (years < until)
