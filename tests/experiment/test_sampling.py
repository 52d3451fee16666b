"""From positions to numbers, and from there to scenarios."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.experiment.read import read_experiment
from analysis.experiment.sampling import (
    between,
    member_scenario,
    with_activity,
    with_parameters,
    within_row,
)
from simulator.data import Parameters
from simulator.data.parameters import Parameter
from simulator.scenario import check_scenario
from tests.experiment.files import SMALL, write_experiment

CADMIUM = "material_contents/pig manure/Cd"
numbers = st.floats(-1e6, 1e6)


def row(low: float, value: float, high: float) -> Parameter:
    return Parameter("t/x", value, low, high, "1", "source", "", "choice")


@given(st.lists(numbers, min_size=3, max_size=3), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_parameter_rises_with_its_position_through_its_range(three, one, other):
    r = row(*sorted(three))
    assert within_row(r, 0.0) == r.low
    assert within_row(r, 0.5) == r.value
    assert within_row(r, 1.0) == pytest.approx(r.high, rel=1e-12, abs=1e-9)
    lower, upper = sorted((one, other))
    slack = 1e-9 * (1.0 + abs(r.low) + abs(r.high))
    assert within_row(r, lower) <= within_row(r, upper) + slack
    assert r.low - slack <= within_row(r, one) <= r.high + slack


def test_a_value_outside_its_range_widens_it():
    assert within_row(row(1.0, 5.0, 3.0), 1.0) == 5.0
    assert within_row(row(1.0, 0.2, 3.0), 0.0) == 0.2


def test_ratios_are_even_on_a_log_scale():
    values = [between(0.5, 2.0, p, "log") for p in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert [b / a for a, b in pairwise(values)] == pytest.approx([2**0.5] * 4)


def test_parameters_move_together_from_what_the_scenario_has(make_scenario):
    scenario = make_scenario(parameters={CADMIUM: 0.9, "sorption/Cd/m_ph": -0.45})
    known = Parameters()[CADMIUM]
    lowest = with_parameters(scenario, [CADMIUM], 0.0, math.nan).parameters
    assert lowest == {CADMIUM: min(known.low, 0.9), "sorption/Cd/m_ph": -0.45}
    assert with_parameters(scenario, [CADMIUM], 0.5, math.nan).parameters[CADMIUM] == 0.9
    assert with_parameters(scenario, [CADMIUM], 0.0, 3.0).parameters[CADMIUM] == 0.9 * 3.0


def test_activity_scales_the_path_that_a_sector_follows(make_scenario):
    paths = [
        {"sector": "*", "path": [{"year": 2020, "factor": 1.0}, {"year": 2030, "factor": 0.5}]},
        {"sector": "cement", "path": [{"year": 2020, "factor": 2.0}]},
    ]
    scenario = make_scenario(emission={"paths": paths})
    varied = with_activity(scenario, ["cement", "coal power"], 0.1).emission
    assert varied.activity_factor("cement", 2025) == pytest.approx(0.2)
    assert varied.activity_factor("coal power", 2025) == pytest.approx(0.075)
    assert varied.activity_factor("foundry", 2025) == 0.75
    alone = with_activity(make_scenario(), ["foundry"], 3.0).emission
    assert (alone.activity_factor("foundry", 2050), alone.activity_factor("cement", 2050)) == (3, 1)


def test_a_member_has_its_option_its_numbers_and_its_seed(make_scenario, tmp_path):
    text = SMALL + '\n[[uncertainties]]\nname = "follow"\ncompliance = [0.5, 1.0]\n'
    experiment, region = read_experiment(write_experiment(tmp_path, make_scenario, text))
    scenario = member_scenario(experiment, 1, [1.0, 0.25, 0.2], 99)
    assert scenario.seed == 99
    known = Parameters()
    assert scenario.parameters == {i: known[i].high for i in experiment.rows["manure contents"]}
    background, manure = scenario.interventions
    assert (background.pathway, background.date, background.factor) == (
        "deposition_background", 2020.0, 0.75,
    )  # fmt: skip
    assert (manure.policy, manure.compliance) == ("manure", pytest.approx(0.6))
    assert background.compliance == 1.0, "compliance is that of policies"
    assert check_scenario(scenario, region) == []
    assert member_scenario(experiment, 2, [1.0, 0.25, 0.2], 99).landuse.path == "compact"


def test_strength_and_levels_weaken_a_policy(make_scenario, tmp_path):
    (tmp_path / "own.toml").write_text(
        'name = "own"\ntitle = "Own"\n[[interventions]]\nkind = "scale_input"\ndate = 2021.0\n'
        'pathway = "manure"\nfactor = 0.5\nstrength = 0.8\n',
        encoding="utf-8",
    )
    text = SMALL + (
        '\n[[levers]]\nname = "drawn"\npolicies = ["own.toml"]\nstrength = [0.0, 1.0]\n'
        '\n[[levers]]\nname = "steps"\nlevels = [0.0, 0.5]\n'
        'policies = [{name = "own.toml", begin = 2023.0, strength = 0.5}]\n'
    )
    experiment, _ = read_experiment(write_experiment(tmp_path, make_scenario, text))
    assert len(experiment.options) == 6
    scenario = member_scenario(experiment, 1, [0.25, 0.5, 0.5], 1)
    acts = {act.date: act.strength for act in scenario.interventions}
    assert acts == {2020.0: 1.0, 2021.0: pytest.approx(0.2), 2023.0: pytest.approx(0.2)}
