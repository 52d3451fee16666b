"""What interventions on sources and inputs may name, and what is said of all else."""

from __future__ import annotations

import tomllib

import pytest
from pydantic import ValidationError

from simulator.region import read_region
from simulator.scenario import Scenario, check_scenario
from tests.make_area_sources import add_area_sources
from tests.make_region import CELL, X_MIN, Y_MAX, make_region


@pytest.fixture(scope="module")
def spread_region(tmp_path_factory):
    made = make_region(tmp_path_factory.mktemp("regions") / "testland")
    return read_region(add_area_sources(made))


@pytest.fixture
def said(spread_region, make_scenario):
    """What is said of interventions of 2021."""

    def check(*acts):
        return [
            f"{p.where}: {p.what}; {p.rule} {p.fix}"
            for p in check_scenario(
                make_scenario(interventions=[{"date": 2021.0, **a} for a in acts]), spread_region
            )
        ]

    return check


def act(kind, *sources, **keys):
    return {"kind": kind, "sources": list(sources or ("coal-1",)), **keys}


INSIDE = [X_MIN + CELL, Y_MAX - CELL]

GOOD = [
    act("close", "all"),
    act("retrofit", "sector:coal power", control="ultra-low"),
    act("retrofit", "sector:road traffic", removal={"all": 0.5}),
    act("switch_fuel", "coal-1", "boilers", fuel="coal of Anhui", technology="stoker"),
    act("relocate", name="a", to=INSIDE),
    act("relocate", "stoves", name="b", to="outside"),
    act("cap_load", "all", cap={"Cd": 0.0}),
    act("cap_activity", "sector:small industry", factor=0.5),
    {"kind": "limit_content", "pathway": "manure", "limits": {"Cd": 3.0}},
    {"kind": "scale_input", "pathway": "deposition_background", "factors": {"all": 0.5}},
]

BAD = [
    (act("close", "coal-2"), "'coal-2' is no source of testland", "Did you mean 'coal-1'"),
    (act("cap_load", "sector:cement", cap={"Cd": 1}), "'sector:cement' is no source", "sources"),
    (act("retrofit", control="AC+FF"), "'AC+FF'", "control of 'coal power'"),
    (act("retrofit", "all", control="ultra-low"), "'ultra-low'", "control of 'road traffic'"),
    (act("switch_fuel", fuel="peat"), "'peat'", "fuel of 'coal power'"),
    (act("switch_fuel", fuel="coal of China", technology="x"), "'x'", "technology of 'coal power'"),
    (act("switch_fuel", "waste-1", fuel="coal of China"), "know no fuel", "coal power"),
    (act("relocate", name="n", to=[0, 0]), "[0, 0] is outside of testland", "x lies in 340000"),
    (act("relocate", "sector:road traffic", name="n", to=INSIDE), "traffic", "have no stack"),
    (
        {"kind": "limit_content", "pathway": "manure", "materials": ["peat"], "limits": {"Cd": 1}},
        "'peat' is no material of manure",
        "pig manure",
    ),
]


@pytest.mark.parametrize("good", GOOD, ids=lambda a: a["kind"])
def test_what_fits_is_good_and_survives_writing(said, make_scenario, good):
    assert said(good) == []
    scenario = make_scenario(interventions=[{"date": 2021.0, **good}])
    assert Scenario.model_validate(tomllib.loads(scenario.to_toml())) == scenario


@pytest.mark.parametrize(("bad", "what", "more"), BAD, ids=[str(i) for i in range(len(BAD))])
def test_what_does_not_fit_is_named(said, bad, what, more):
    assert any(what in problem and more in problem for problem in said(bad))


def test_each_problem_is_told_once(said):
    assert len(said(act("switch_fuel", "sector:coal power", "coal-1", fuel="peat"))) == 1


def test_two_relocations_have_two_names(said):
    move = act("relocate", name="n", to="outside")
    (problem,) = said(move, {**move, "sources": ["waste-1"]})
    assert "'n' moves sources already" in problem


@pytest.mark.parametrize(
    "keys",
    [{"removal": {"all": 0.5}}, {"control": "FF"}],
)
def test_a_policy_may_name_sectors_that_are_not_here(said, keys):
    absent = act("retrofit", "sector:cement", **keys)
    assert len(said(absent)) == 1
    assert said({**absent, "policy": "clean-air"}) == []


def test_a_policy_is_held_to_the_tables_too(said):
    def ours(*sources, **keys):
        return said(act(*sources, policy="clean-air", **keys))

    assert "control of 'cement'" in ours("retrofit", "sector:cement", control="x")[0]
    assert "know no fuel" in ours("switch_fuel", "sector:cement", fuel="coal of China")[0]
    assert "is no source" in ours("close", "sector:cment")[0]
    assert "is no source" in ours("close", "cement-1")[0]


@pytest.mark.parametrize(
    ("keys", "rule"),
    [
        (act("retrofit"), "either a control of the tables or the shares"),
        (act("retrofit", control="FF", removal={"all": 0.5}), "either a control"),
        (act("relocate", name="n", to="away"), r"\[x, y\] in metres"),
        (act("relocate", name="n", to=[1.0, float("nan")]), r"\[x, y\] in metres"),
        (act("relocate", name="n", to=[1.0]), r"\[x, y\] in metres"),
        (act("relocate", to=INSIDE), "Field required"),
        (act("cap_load", cap={}), "at least 1 item"),
        ({"kind": "scale_input", "pathway": "manure"}, "one factor or by factors"),
        (
            {"kind": "scale_input", "pathway": "manure", "factor": 1.0, "factors": {"Cu": 1.0}},
            "one factor or by factors",
        ),
        ({"kind": "limit_content", "pathway": "manure", "limits": {}}, "at least 1 item"),
        ({"kind": "limit_content", "pathway": "straw_return", "limits": {"Cd": 1}}, "'fertiliser'"),
    ],
)
def test_what_is_not_well_formed(make_scenario, keys, rule):
    with pytest.raises(ValidationError, match=rule):
        make_scenario(interventions=[{"date": 2021.0, **keys}])
