"""What the policies of a run have reached and cost so far, as the run has booked it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.compare.flows import between
from analysis.desk.costs import cost_words
from analysis.desk.levers import KINDS
from simulator.record import RunFolder
from simulator.scenario import builtin_policies, read_policy
from simulator.scenario.acts import Cost, label_of


@dataclass(frozen=True)
class ActSpending:
    """What an intervention has come to.

    Attributes
    ----------
    name, kind : str
        Its name, and what it is in words.
    reach : float
        Share of its aim that it reached in the year before; 0 before it begins. [-]
    area_ha : float
        Land treated at that reach; 0 for what treats no land. [ha]
    cost_million_cny : float or None
        Spent before the year; None where its scenario states no cost. [million CNY]
    """

    name: str
    kind: str
    reach: float
    area_ha: float
    cost_million_cny: float | None


@dataclass(frozen=True)
class PolicySpending:
    """What the interventions of a policy, or of no policy, have come to.

    Attributes
    ----------
    policy, title : str
        Name and title; blank for interventions of no policy.
    acts : tuple of ActSpending
        In the order of the scenario.
    cost_million_cny : float or None
        Sum over those that state a cost; None if none does. [million CNY]
    """

    policy: str
    title: str
    acts: tuple[ActSpending, ...]
    cost_million_cny: float | None


def spending(run: RunFolder, year: int) -> list[PolicySpending]:
    """What the policies of a run have reached and cost at the beginning of a year.

    Parameters
    ----------
    run : RunFolder
        Finished or not.
    year : int
        Years before it count.
    """
    scenario = run.scenario
    booked = between(run.policies, scenario.start, year)
    named: dict[tuple[str, str, str], list[Cost]] = {}
    for act in scenario.interventions:
        key = act.policy, label_of(act), act.kind
        named.setdefault(key, []).append(act.cost)
    acts: dict[str, list[ActSpending]] = {}
    for (policy, name, kind), costs in named.items():
        same = (booked["policy"] == policy) & (booked["name"] == name) & (booked["kind"] == kind)
        found = _spent(booked[same], name, kind, year, stated=any(map(cost_words, costs)))
        acts.setdefault(policy, []).append(found)
    return [PolicySpending(name, _title(name), tuple(of), _sum(of)) for name, of in acts.items()]


def _spent(booked: pd.DataFrame, name: str, kind: str, year: int, stated: bool) -> ActSpending:
    last = booked[booked["year"] == year - 1]
    return ActSpending(
        name,
        KINDS[kind],
        float(last["reach"].max()) if len(last) else 0.0,
        float(last["area_ha"].sum()),
        float(booked["cost_million_cny"].sum()) if stated else None,
    )


def _sum(acts: list[ActSpending]) -> float | None:
    stated = [act.cost_million_cny for act in acts if act.cost_million_cny is not None]
    return sum(stated) if stated else None


def _title(policy: str) -> str:
    return read_policy(policy).title if policy in builtin_policies() else policy
