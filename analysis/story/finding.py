"""The finding: which metal the story is about, what the title says, and the map under it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from analysis.report.mapping import Place
from analysis.story import specs
from analysis.story.facts import Words
from analysis.story.lives import chosen
from analysis.story.model import MapFigure, Sentence
from analysis.story.record import Record
from analysis.story.telling import Telling

#: Change of the land over a limit that makes a finding, as a share of the soil cells.
NOTABLE: Final = 0.001
_HALF: Final = 50.0


def notable_metal(record: Record) -> str:
    """Metal whose land over the limit changes most between the first year and the last.

    Where none changes by :data:`NOTABLE` of the soil: the metal whose mean content changes most,
    as a share of that at the start. The first of equals.
    """
    moved = np.abs(record.over[-1] - record.over[0])
    if moved.max() < max(NOTABLE * record.soil_cells, 1):
        moved = np.abs(record.mean[-1] / record.mean[0] - 1.0)
    return record.metals[int(moved.argmax())]


def title(t: Telling) -> Sentence:
    """Say how the land over the limit changed, or the mean content, and what moved most of it."""
    q, r, metal = t.facts, t.record, t.metal
    start, end = q.over(metal, r.first), q.over(metal, r.last)
    years: Words = {"first": q.year(r.first), "last": q.year(r.last), "metal": t.metal_word}
    if start.amount == end.amount:
        rises = q.mean(metal, r.last).amount >= q.mean(metal, r.first).amount
        return t.say(
            "finding_rises" if rises else "finding_falls", depth=q.depth(),
            change=q.mean_change(metal, r.first, r.last),
            driver=_driver(t, "in" if rises else "out"), **years,
        )  # fmt: skip
    grows = end.amount > start.amount
    if grows:
        key = "finding_grows" if start.amount > 0 else "finding_appears"
    else:
        key = "finding_shrinks" if end.amount > 0 else "finding_vanishes"
    driver = _crossing_driver(t, "up" if grows else "down")
    return t.say(key, start=start, end=end, driver=driver, **years)


def _crossing_driver(t: Telling, way: str) -> Sentence:
    """Change of use if most of the land that crossed its limit had one, else a pathway there."""
    first, last = t.record.first, t.record.last
    used = t.facts.crossed_by_use(way, t.metal, first, last)
    if used.amount > _HALF:
        return t.teller.clause("driver_use", share=used)
    found = t.facts.leading_on(way, t.metal)
    if found is None:
        return _driver(t, "in" if way == "up" else "out")
    pathway, share = found
    return t.teller.clause(f"driver_on_{way}", pathway=t.word("pathways", pathway), share=share)


def _driver(t: Telling, way: str) -> Sentence:
    """Pathway that brings or takes most in the region."""
    found = t.facts.leading(way, t.metal, t.record.first, t.record.last)
    if found is None:
        return t.teller.clause(f"driver_{way}_none")
    pathway, share = found
    return t.teller.clause(f"driver_{way}", pathway=t.word("pathways", pathway), share=share)


def subtitle(t: Telling) -> Sentence:
    """Name region and scenario, and say how much is illustrative."""
    manifest = t.record.run.manifest
    return t.say(
        "subtitle", region=manifest["region"]["title"], scenario=manifest["scenario"]["title"],
        illustrative=t.facts.layers("illustrative"), layers=t.facts.layers("all"),
    )  # fmt: skip


def hero(t: Telling) -> MapFigure:
    """Map of the content in the last year, with the cells that are told of."""
    told = tuple(Place(t.title(key), *cell) for key, cell, _ in chosen(t))
    return replace(specs.content_map(t, "hero", (t.record.last,)), places=told)
