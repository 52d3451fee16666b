"""Costs of policies: as they are stated, and as a run has booked them."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.desk import spending
from analysis.desk.costs import cost_words, total_words
from simulator.scenario.acts import Cost

START = 2020
#: By year: name, policy, kind, reach, treated land, cost.
BOOKED = [
    (2021, "lime on fields above 0.2 mg/kg of cadmium", "soil-care", "lime", 0.5, 40.0, 1.5),
    (2021, "less manure", "", "scale_input", 0.2, 0.0, 0.0),
    (2022, "lime on fields above 0.2 mg/kg of cadmium", "soil-care", "lime", 1.0, 80.0, 2.5),
    (2022, "less manure", "", "scale_input", 0.4, 0.0, 0.0),
    (2022, "close 2022", "", "close", 1.0, 0.0, 7.0),
]


@pytest.fixture
def run(make_scenario):
    """A run that booked what is above under a scenario that says so."""
    lime, manure = BOOKED[0][1], BOOKED[1][1]
    acts = [
        {
            "kind": "lime", "name": lime, "policy": "soil-care", "date": 2021.0, "ph": 0.5,
            "repeat_years": 5, "parcels": ["all"], "cost": {"yearly_per_hectare": 600},
        },
        {"kind": "scale_input", "name": manure, "date": 2021.0, "pathway": "manure", "factor": 0.5},
        {"kind": "close", "date": 2022.0, "sources": ["all"], "cost": {"capital": 7.0}},
    ]  # fmt: skip
    columns = ["year", "name", "policy", "kind", "reach", "area_ha", "cost_million_cny"]
    scenario = make_scenario(start=START, interventions=acts)
    return SimpleNamespace(scenario=scenario, policies=pd.DataFrame(BOOKED, columns=columns))


def test_words_of_costs():
    assert cost_words(Cost()) == total_words([]) == total_words([Cost()]) == ""
    assert cost_words(Cost(yearly=0.5, per_hectare=600.0)) == (
        "0.5 million CNY a year, 600 CNY once for each hectare treated"
    )
    both = total_words([Cost(capital=3.0, yearly=1.0), Cost(yearly=2.0, yearly_per_hectare=5.0)])
    assert both == "3 million CNY once, 3 million CNY a year, and by the hectare treated"


def test_spending_up_to_a_year(run):
    care, none = spending(run, 2023)
    assert (care.policy, care.title, care.cost_million_cny) == ("soil-care", "Soil care", 4.0)
    [lime] = care.acts
    assert (lime.kind, lime.reach, lime.area_ha, lime.cost_million_cny) == ("lime", 1.0, 80.0, 4.0)
    manure, closing = none.acts
    assert (manure.reach, manure.cost_million_cny) == (0.4, None)  # none is stated
    assert (closing.name, closing.cost_million_cny) == ("close 2022", 7.0)
    assert none.cost_million_cny == 7.0


def test_what_has_not_begun_has_cost_nothing(run):
    care, none = spending(run, 2022)
    assert (care.acts[0].reach, care.acts[0].area_ha, care.cost_million_cny) == (0.5, 40.0, 1.5)
    assert (none.acts[1].reach, none.acts[1].cost_million_cny) == (0.0, 0.0)
    assert [act.reach for policy in spending(run, START) for act in policy.acts] == [0.0] * 3
