"""The choice: the run's own interventions, and other runs of the region beside it."""

from __future__ import annotations

import numpy as np

from analysis.experiment.effects import years_ahead
from analysis.story import specs
from analysis.story.facts import Fact
from analysis.story.model import Chapter, Figure, Line, Section, Sentence, TableFigure
from analysis.story.record import common
from analysis.story.telling import Telling

_PERCENT = 100.0


def choice(t: Telling) -> Chapter:
    """Chapter on what was or could be chosen."""
    sentences, pictures = _acts(t)
    others = range(1, len(t.records))
    if others:
        sentences.append(
            t.say("choice_runs", count=t.facts.others(len(others)), reference=t.name(0))
        )
        pictures += [_table(t), *_drawn(t)]
    else:
        sentences.append(t.say("choice_one"))
    together = Section("choice-all", "", tuple(sentences), tuple(pictures))
    return Chapter("choice", t.title("choice"), (together, *(_beside(t, run) for run in others)))


def _acts(t: Telling) -> tuple[list[Sentence], list[Figure]]:
    """Interventions of the run that is told."""
    q, first, last = t.facts, t.record.first, t.record.last
    table = t.record.run.policies
    policies = dict(zip(table["name"], table["policy"], strict=True))
    names = list(policies)
    if not names:
        return [], []
    told = [t.say("choice_acts", count=q.acts(len(names)))]
    cost = q.cost(first, last)
    if cost.amount > 0:
        told.append(t.say("choice_cost", cost=cost))
    columns = [
        t.label("column_act"),
        t.label("column_policy"),
        t.label("column_since"),
        t.label("column_reach", year=str(last - 1)),
        t.label("column_cost"),
    ]
    rows = [
        [name, policy, q.policy_year(name), q.reach(name, last - 1), q.cost(first, last, name)]
        for name, policy in policies.items()
    ]
    return told, [specs.table(t, "acts", t.say("fig_acts"), columns, rows)]


# --- several runs -------------------------------------------------------------------------------


def _beside(t: Telling, run: int) -> Section:
    """Another run beside the first."""
    told = [_end(t, run), *_use(t, run), *_won(t, run), _pathway(t, run), *_price(t, run)]
    effects = effects_more(t, run)
    bars = (specs.differences(t, run, effects),) if effects else ()
    return Section(f"choice-{run}", t.name(run), tuple(told), bars)


def _more(t: Telling, run: int) -> Fact:
    """How much more land of a run is over the limit at the end than of the first. [ha]."""
    first, other = (q.over(t.metal, t.record.last).amount for q in (t.facts, t.quantities[run]))
    keys = {"metal": t.metal, "year": t.record.last}
    return t.quantities[run].fact("more_over", "ha", other - first, **keys)


def _less(t: Telling, run: int) -> Fact:
    """How much less it is. [ha]."""
    more = _more(t, run)
    return t.quantities[run].fact("less_over", "ha", -more.amount, **dict(more.keys))


def _end(t: Telling, run: int) -> Sentence:
    last, more = t.record.last, _more(t, run)
    words = {"run": t.name(run), "reference": t.name(0), "metal": t.metal_word}
    year, over = t.facts.year(last), t.quantities[run].over(t.metal, last)
    if more.amount == 0:
        return t.say("choice_level", over=over, year=year, **words)
    if more.amount > 0:
        return t.say("choice_more", over=over, year=year, difference=more, **words)
    return t.say("choice_less", over=over, year=year, difference=_less(t, run), **words)


def _use(t: Telling, run: int) -> list[Sentence]:
    """How much of the land that is over its limit in one of two runs only has two uses."""
    last, m = t.record.last, t.record.metal(t.metal)
    own, other = (t.records[i].state(last) for i in (0, run))
    apart = own.over[m] != other.over[m]
    if not apart.any():
        return []
    q, keys = t.quantities[run], {"metal": t.metal, "year": last}
    share = _PERCENT * float((own.land != other.land)[apart].mean())
    area = float(apart.sum()) * t.record.cell_ha
    return [
        t.say(
            "choice_use", area=q.fact("apart", "ha", area, **keys),
            share=q.fact("apart_by_use", "percent", share, **keys),
        )
    ]  # fmt: skip


def _won(t: Telling, run: int) -> list[Sentence]:
    """Years by which a run ends behind the growth of the land over the limit in the first.

    From the recorded year since which the first run has more of it than the other run at the end,
    as in :func:`analysis.experiment.effects.years_won`; none where the first run ends with no more.
    """
    r, last = t.record, t.record.last
    level = np.array([t.quantities[run].over(t.metal, last).amount])
    won = int(years_ahead(r.over_ha(t.metal), level, np.array(r.years)))
    if won == 0:
        return []
    q, keys = t.quantities[run], {"metal": t.metal, "year": last}
    return [
        t.say(
            "choice_won", reference=t.name(0), then=q.fact("won_since", "year", last - won, **keys),
            won=q.fact("won", "year", won, **keys),
        )
    ]  # fmt: skip


def effects_more(t: Telling, run: int) -> dict[str, float]:
    """What each pathway added to the control layer in a run, less the same in the first. [kg]."""
    first, last = t.record.first, t.record.last
    own, other = (t.records[i].effects(t.metal, first, last) for i in (0, run))
    found = {n: other.get(n, 0.0) - own.get(n, 0.0) for n in dict.fromkeys((*own, *other))}
    return {n: v for n, v in found.items() if v != 0.0}


def _pathway(t: Telling, run: int) -> Sentence:
    """Pathway in which a run differs most from the first."""
    differences = effects_more(t, run)
    words = {"run": t.name(run), "reference": t.name(0), "metal": t.metal_word}
    if not differences:
        return t.say("choice_equal", **words)
    pathway = max(differences, key=lambda k: abs(differences[k]))
    first, last = t.record.first, t.record.last
    either = t.record.effects(t.metal, first, last) | t.records[run].effects(t.metal, first, last)
    way = "brings" if either[pathway] > 0.0 else "takes"
    more = "more" if (differences[pathway] > 0.0) == (way == "brings") else "less"
    keys = {"metal": t.metal, "pathway": pathway, "since": first, "until": last}
    amount = t.quantities[run].fact("effect_apart", "kg", abs(differences[pathway]), **keys)
    return t.say(
        f"choice_{way}_{more}", amount=amount, depth=t.facts.depth(),
        pathway=t.word("pathways", pathway), **words,
    )  # fmt: skip


def _price(t: Telling, run: int) -> list[Sentence]:
    """What a run costs more than the first, and a hectare that it keeps under the limit."""
    q, first, last = t.quantities[run], t.record.first, t.record.last
    cost, less = q.cost(first, last), _less(t, run)
    usual = t.facts.cost(first, last).amount
    if cost.amount <= 0:
        return []
    if less.amount <= 0:
        return [t.say("choice_price_none", cost=cost, reference=t.name(0))]
    more = q.fact("more_cost", "million_cny", cost.amount - usual, since=first, until=last)
    if more.amount <= 0:
        return [t.say("choice_price_saved", cost=cost, less=less, reference=t.name(0))]
    each = q.fact("price", "million_cny", more.amount / less.amount, metal=t.metal, year=last)
    if usual > 0:
        return [
            t.say(
                "choice_price_more", cost=cost, more=more, less=less, each=each,
                reference=t.name(0),
            )
        ]  # fmt: skip
    return [t.say("choice_price", cost=cost, less=less, each=each)]


def _table(t: Telling) -> TableFigure:
    first, last, metal = t.record.first, t.record.last, t.metal
    year = str(last)
    columns = [
        t.label("column_run"),
        t.label("column_over", year=year),
        t.label("column_more"),
        t.label("column_mean", year=year),
        t.label("column_built", year=year),
        t.label("column_cost"),
    ]
    rows = [
        [
            t.name(i),
            q.over(metal, last),
            _more(t, i) if i > 0 else "",
            q.mean(metal, last),
            q.built(last),
            q.cost(first, last),
        ]
        for i, q in enumerate(t.quantities)
    ]
    return specs.table(t, "runs", t.say("fig_runs", metal=t.metal_word), columns, rows)


def _drawn(t: Telling) -> list[Figure]:
    lines = [
        Line(t.name(i), tuple(r.years), tuple(r.over_ha(t.metal).tolist()))
        for i, r in enumerate(t.records)
    ]
    shared = set(common([r.years for r in t.records]))
    years = [y for y in t.record.decades if y in shared]
    lattice = specs.lattice(t, "lattice", years)
    if not any(any(line.values) for line in lines):
        return [lattice]
    return [specs.series(t, "runs", "ha", lines), lattice]
