"""Plans: what is wrong is said before anything starts, and what is tried is what is asked."""

from __future__ import annotations

import typing

import pytest

from analysis.desk import Choice, Plan, Setting, levers_of, library, sources_at
from analysis.desk.levers import KINDS
from simulator.errors import InputError
from simulator.scenario.model import Scenario

AT = 2022


def kinds(union) -> set[str]:
    """Values of ``kind`` of a union of interventions."""
    found = set()
    for each in typing.get_args(union):
        if isinstance(each, type):
            found |= set(typing.get_args(each.model_fields["kind"].annotation))
        else:
            found |= kinds(each)
    return found


def test_every_kind_of_intervention_has_words():
    from simulator.scenario.land_acts import LandAct
    from simulator.scenario.source_acts import SourceAct

    assert set(KINDS) == kinds(SourceAct) | kinds(LandAct)


def test_the_library_is_that_of_the_program():
    cards = {card.name: card for card in library()}
    assert {"clean-air", "clean-farming", "spared-land"} <= set(cards)
    assert ("coal cap", "limit on activity", "5000 million CNY once") in cards["clean-air"].acts
    assert ("neighbours clean up", "less or more of an input", "") in cards["clean-air"].acts
    assert cards["clean-air"].cost == "5200 million CNY once, 50 million CNY a year"
    assert cards["soil-care"].cost == "by the hectare treated"  # hectares of different land
    assert cards["clean-air"].begin == 2026.0
    assert cards["clean-air"].span == 1.0


def test_policies_begin_in_the_year_of_the_branch(scenario):
    plan = Plan(choices=(Choice("clean-farming", strength=0.5, compliance=0.8),))
    tried = plan.scenario(scenario, AT)
    assert tried.interventions[: len(scenario.interventions)] == scenario.interventions
    mine = [act for act in tried.interventions if act.policy == "clean-farming"]
    assert {act.date for act in mine} == {2022.0}
    feed = next(act for act in mine if act.name == "copper, zinc and arsenic of feed")
    assert feed.strength == 0.5
    assert feed.compliance == pytest.approx(0.85 * 0.8)


def test_nothing_else_of_the_scenario_changes(scenario):
    plan = Plan("Less manure", levers=(Setting("manure", 0.5),), close=("coal-1",))
    tried = plan.scenario(scenario, AT)
    same = {"name", "title", "description", "interventions"}
    assert tried.model_dump(exclude=same) == scenario.model_dump(exclude=same)
    manure, closed = tried.interventions[-2:]
    assert (manure.kind, manure.pathway, manure.factor, manure.date) == (
        "scale_input", "manure", 0.5, 2022.0,
    )  # fmt: skip
    assert (closed.kind, closed.sources, closed.date) == ("close", ("coal-1",), 2022.0)
    assert tried.name == "test-2022-less-manure"
    assert tried.title == "Test; from 2022: Less manure"


def test_levers_where_they_were_change_nothing(scenario):
    settings = [
        Setting(lever.key, lever.default or scenario.landuse.path) for lever in levers_of(scenario)
    ]
    tried = Plan(levers=tuple(settings)).scenario(scenario, AT)
    assert tried.interventions == scenario.interventions
    assert tried.landuse == scenario.landuse


@pytest.mark.parametrize("at", [2020, 2022, 2025])
def test_growth_is_scaled_from_the_year_on(make_scenario, at):
    """At all years, since rates count at the beginning of each."""
    path = [{"year": 2019, "rate": 0.02}, {"year": 2022.5, "rate": 0.05}, {"year": 2025, "rate": 0}]
    base = make_scenario(
        landuse={
            "built_growth": path, "densification_rate": 0.05, "neighbourhood_distance_m": 600.0,
        }
    )  # fmt: skip
    tried = Plan(levers=(Setting("growth", 0.5),)).scenario(base, at)
    for year in range(base.start, base.end):
        factor = 0.5 if year >= at else 1.0
        rate = base.landuse.growth_rate(year)
        assert tried.landuse.growth_rate(year) == pytest.approx(factor * rate, rel=1e-12)


def test_growth_is_no_lever_where_it_is_not_given_as_rates(make_scenario):
    base = make_scenario(
        landuse={
            "densification_rate": 0.05, "neighbourhood_distance_m": 600.0,
            "demand": {"kind": "table", "areas": [
                {"year": 2020, "area_km2": 5.0}, {"year": 2026, "area_km2": 6.0},
            ]},
        }
    )  # fmt: skip
    assert "growth" not in [lever.key for lever in levers_of(base)]
    with pytest.raises(InputError, match="'table'"):
        Plan(levers=(Setting("growth", 0.5),)).scenario(base, AT)


@pytest.mark.parametrize(
    ("plan", "at", "said"),
    [
        (Plan(), 2026, "in one of its years"),
        (Plan(), 2019, "in one of its years"),
        (Plan(choices=(Choice("clean-aire"),)), AT, "Did you mean 'clean-air'"),
        (Plan(choices=(Choice("clean-air"), Choice("clean-air", 0.5))), AT, "twice"),
        (Plan(choices=(Choice("clean-air", 1.5),)), AT, "strength"),
        (Plan(choices=(Choice("clean-air"),)), 2025, "Branch earlier"),
        (Plan(levers=(Setting("manur", 0.5),)), AT, "Did you mean 'manure'"),
        (Plan(levers=(Setting("manure", 0.5), Setting("manure", 0.6))), AT, "twice"),
        (Plan(levers=(Setting("manure", -0.1),)), AT, "from 0 to 2"),
        (Plan(levers=(Setting("manure", float("nan")),)), AT, "from 0 to 2"),
        (Plan(levers=(Setting("manure", "much"),)), AT, "from 0 to 2"),
        (Plan(levers=(Setting("path", "compakt"),)), AT, "Did you mean 'compact'"),
        (Plan(close=("coal-1", "coal-1")), AT, "closes once"),
    ],
)
def test_what_is_wrong_with_a_plan_is_said(scenario, region, plan, at, said):
    problems = plan.problems(scenario, region, at)
    assert problems
    assert any(said in str(problem) for problem in problems), problems
    with pytest.raises(InputError):
        plan.scenario(scenario, at)


def test_what_depends_on_the_region_is_said_too(scenario, region):
    plan = Plan(close=("coal-2",))
    assert isinstance(plan.scenario(scenario, AT), Scenario)
    (problem,) = plan.problems(scenario, region, AT)
    assert "coal-2" in problem.what
    assert Plan(close=("coal-1",)).problems(scenario, region, AT) == []


def test_a_policy_comes_once(scenario, region):
    base = Plan(choices=(Choice("soil-care", 0.5),)).scenario(scenario, 2021)
    problems = Plan(choices=(Choice("soil-care"),)).problems(base, region, 2023)
    assert any("already" in problem.what for problem in problems)


def test_sentences_are_plain():
    plan = Plan(
        choices=(Choice("clean-farming"), Choice("clean-air", 0.5, 0.8)),
        levers=(
            Setting("path", "compact"), Setting("manure", 0.7), Setting("activity", 0.25),
            Setting("fertiliser", 1.0),
        ),
        close=("coal-1",),
    )  # fmt: skip
    assert plan.sentence() == (
        "Clean farming; clean air, here and around at 50 % of its strength, followed by 80 % of "
        "those who would; form of growth of towns: compact; manure 70 % of what it would be; "
        "activity of all sources at most 25 % of that of the inventory; fertiliser as it is; "
        "closed: coal-1."
    )
    assert Plan().sentence() == "Nothing changes."


def test_names_are_names_of_scenarios_and_folders(scenario):
    many = tuple(Choice(card.name) for card in library() if card.span < 2)
    assert len(Plan(choices=many).slug) <= 40
    assert Plan(name="Grüne Wiese! / ../x").slug == "gr-ne-wiese-x"
    assert Plan(name="湿地").slug == "plan"
    long = scenario.model_copy(update={"name": "a" * 80})
    assert len(Plan(choices=(Choice("clean-air"),)).scenario(long, AT).name) == 80


def test_sources_that_still_work_can_close(region):
    assert [card.id for card in sources_at(region, 2022)] == ["coal-1", "copper-1", "waste-1"]
    assert [card.id for card in sources_at(region, 2045)] == ["coal-1", "waste-1"]
