"""Policies: files of interventions that scenarios mix in."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.errors import InputError
from simulator.region import read_region
from simulator.scenario import (
    builtin_policies,
    builtin_scenarios,
    check_scenario,
    derive_scenario,
    read_policy,
    read_scenario,
)

POLICY = """
name = "less-manure"
title = "Less manure"
[[interventions]]
kind = "scale_input"
date = 2024.0
strength = 0.8
pathway = "manure"
factor = 0.5
[[interventions]]
kind = "close"
date = 2026.5
compliance = 0.5
sources = ["sector:foundry"]
"""
USER = """
base = "taizhou-baseline"
name = "mine"
title = "Mine"
policies = [{name = "less-manure.toml", begin = 2030.0, strength = 0.5, compliance = 0.9}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "less-manure.toml").write_text(POLICY)
    (tmp_path / "mine.toml").write_text(USER)
    return tmp_path


def problems(path: Path, text: str) -> str:
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_scenario(path)
    return str(caught.value)


def test_a_policy_adds_its_interventions_moved_and_weakened(folder: Path) -> None:
    base, mine = read_scenario("taizhou-baseline"), read_scenario(folder / "mine.toml")
    assert mine.interventions[: len(base.interventions)] == base.interventions
    manure, closing = mine.interventions[len(base.interventions) :]
    assert (manure.policy, closing.policy) == ("less-manure", "less-manure")
    assert (manure.date, closing.date) == (2030.0, 2032.5), "the distance of dates stays"
    assert manure.strength == 0.8 * 0.5
    assert closing.compliance == 0.5 * 0.9


def test_it_stands_before_the_scenarios_own_and_an_empty_list_drops_the_bases(folder: Path) -> None:
    text = USER.replace("policies", "interventions = []\npolicies")
    path = folder / "bare.toml"
    path.write_text(text)
    assert [a.kind for a in read_scenario(path).interventions] == ["scale_input", "close"]


def test_resolved_it_reads_back_the_same(folder: Path) -> None:
    mine = read_scenario(folder / "mine.toml")
    resolved = folder / "resolved.toml"
    resolved.write_text(mine.to_toml())
    assert read_scenario(resolved) == mine


def test_what_is_wrong_is_said(folder: Path) -> None:
    unknown = problems(folder / "a.toml", USER.replace("less-manure.toml", "clean-farmin"))
    assert "no policy 'clean-farmin'" in unknown
    assert "clean-farming" in unknown
    assert "strength" in problems(folder / "b.toml", USER.replace("= 0.5", "= 1.5"))
    misspelt = problems(folder / "c.toml", USER.replace("begin", "begins"))
    assert "unknown key 'begins'" in misspelt
    assert "Did you mean 'begin'" in misspelt
    outside = problems(folder / "d.toml", USER.replace("less-manure.toml", "../less-manure.toml"))
    assert "less-manure.toml" in outside
    (folder / "less-manure.toml").write_text(POLICY.replace("factor = 0.5", "factor = -0.5"))
    broken = problems(folder / "e.toml", USER)
    assert "less-manure.toml" in broken
    assert "factor" in broken


def test_a_policy_is_used_once_from_a_date(folder: Path) -> None:
    name, text = "less-manure.toml", USER.partition("policies")[0]
    twice = problems(folder / "a.toml", f'{text}policies = ["{name}", "{name}"]')
    assert "a.toml: policies, less-manure: scale_input, date: is there twice from 2024 on" in twice
    base = read_scenario("taizhou-clean-air")
    with pytest.raises(InputError, match="clean-air: coal cap, date: is there twice"):
        derive_scenario(base, {"policies": [{"name": "clean-air", "strength": 0.5}]})
    later = derive_scenario(base, {"policies": [{"name": "clean-air", "begin": 2040}]})
    assert len(later.interventions) == 2 * len(base.interventions) - 1, "one is of the baseline"


def test_dates_after_the_end_are_told_with_their_policy(folder: Path) -> None:
    late = problems(folder / "a.toml", USER.replace("2030.0", "2068.0"))
    assert "a.toml: policies, less-manure: close, date: 2070.5 is outside the run" in late
    assert "begin" in late
    assert "scale_input" not in late


def test_costs_by_the_hectare_need_land() -> None:
    base = read_scenario("taizhou-baseline")
    scaled = {"kind": "scale_input", "date": 2030.0, "pathway": "manure", "factor": 0.5}
    limed = {"kind": "lime", "date": 2030.0, "parcels": ["all"], "ph": 0.5}
    for act, cost in ((limed, {"per_hectare": 5.0}), (scaled, {"yearly": 5.0})):
        assert derive_scenario(base, {"interventions": [{**act, "cost": cost}]})
    for cost in ({"per_hectare": 5.0}, {"yearly_per_hectare": 5.0}):
        with pytest.raises(InputError, match="scale_input treats no land"):
            derive_scenario(base, {"interventions": [{**scaled, "cost": cost}]})


def test_changes_derive_as_a_file_would(folder: Path) -> None:
    base = read_scenario("taizhou-baseline")
    assert derive_scenario(base, {}) == base
    text = 'base = "taizhou-baseline"\nname = "n"\ntitle = "t"\nyears = 30\n'
    path = folder / "n.toml"
    path.write_text(text + '[landuse]\npath = "compact"\n')
    changes = {"name": "n", "title": "t", "description": "", "years": 30}
    assert derive_scenario(base, {**changes, "landuse": {"path": "compact"}}) == read_scenario(path)
    with pytest.raises(InputError, match="landuse"):
        derive_scenario(base, {"landuse": {"pathh": "compact"}})


@pytest.mark.parametrize("name", builtin_policies())
def test_built_in_policies_say_what_they_are(name: str) -> None:
    policy = read_policy(name)
    assert policy.name == name
    assert policy.description
    assert all(act.name for act in policy.interventions)


@pytest.mark.parametrize("region", ["wuhan", "taizhou"])
def test_each_region_has_every_policy_and_both_packages(region: str) -> None:
    land = read_region(region)
    for policy in builtin_policies():
        scenario = read_scenario(f"{region}-{policy}")
        assert {a.policy for a in scenario.interventions} == {"", policy}
        assert check_scenario(scenario, land) == []
    for package in ("source-control", "integrated"):
        assert f"{region}-{package}" in builtin_scenarios()
    integrated = read_scenario(f"{region}-integrated")
    assert {a.policy for a in integrated.interventions} == {"", *builtin_policies()}
