"""The region and its past: what it is, what is measured, and how the run begins."""

from __future__ import annotations

from typing import Final

from analysis.story import specs
from analysis.story.model import Chapter, Section, Sentence
from analysis.story.quantities import BUILT
from analysis.story.telling import Telling
from simulator.constants import BUILT_CLASSES, LAND_CLASSES

_STATUSES: Final = ("measured", "derived", "modelled", "illustrative")
_LANDS_TOLD: Final = 3


def region(t: Telling) -> Chapter:
    """Chapter on the region."""
    sentences = (*_place(t), *_layers(t), *_start(t))
    section = Section("region-all", "", sentences, (specs.land_map(t, "land", t.record.first),))
    return Chapter("region", t.title("region"), (section,))


def _place(t: Telling) -> list[Sentence]:
    q, first = t.facts, t.record.first
    open_lands = [c for c in LAND_CLASSES if c not in BUILT_CLASSES]
    shares = {land: q.land_share(land, first) for land in open_lands}
    largest = sorted(open_lands, key=lambda c: -shares[c].amount)[:_LANDS_TOLD]
    lands = [
        t.teller.clause("land_item", land=t.word("lands", land), share=shares[land])
        for land in largest
        if shares[land].amount > 0
    ]
    return [
        t.say(
            "region_size", region=t.record.run.manifest["region"]["title"], rows=q.grid("rows"),
            cols=q.grid("cols"), size=q.grid("cell_size"), soil=q.soil_cells(),
        ),
        t.say(
            "region_contents", parcels=q.parcels(), points=q.sources("point"),
            areas=q.sources("area"),
        ),
        t.say(
            "region_land", year=q.year(first), lands=t.teller.language.listed(lands),
            built=q.land_share(BUILT, first),
        ),
    ]  # fmt: skip


def _layers(t: Telling) -> list[Sentence]:
    counts = {status: t.facts.layers(status) for status in ("all", *_STATUSES)}
    told = [t.say("region_layers", **counts)]
    names = [t.word("layers", name) for name in t.record.run.manifest["illustrative"]]
    if names:
        told.append(t.say("region_illustrative", layers=t.teller.language.listed(names)))
    else:
        told.append(t.say("region_real"))
    return told


def _start(t: Telling) -> list[Sentence]:
    q, metal, first = t.facts, t.metal, t.record.first
    told = [
        t.say(
            "region_start", year=q.year(first), depth=q.depth(), content=q.mean(metal, first),
            metal=t.metal_word, over=q.over(metal, first), share=q.over_share(metal, first),
        ),
        t.say("region_limits"),
    ]  # fmt: skip
    emitters = t.record.emitters(metal, first)
    if emitters.empty:
        told.append(t.say("region_no_emission", metal=t.metal_word, year=q.year(first)))
        return told
    largest = emitters.iloc[0]
    told.append(
        t.say(
            "region_emission", count=q.emitters(metal, first), year=q.year(first),
            total=q.emitted(metal, first), metal=t.metal_word, source=str(largest["name"]),
            share=q.emitter_share(str(largest["id"]), metal, first),
        )
    )  # fmt: skip
    return told
