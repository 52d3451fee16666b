"""Scenarios: what they say, reading, deriving and checking them."""

from simulator.scenario.model import Scenario, factors_by_metal, interpolate_path
from simulator.scenario.policies import builtin_policies, read_policy
from simulator.scenario.read import (
    DEFAULT_SCENARIO,
    builtin_scenarios,
    check_scenario,
    derive_scenario,
    hindcast_of,
    read_scenario,
    scenario_file,
)
from simulator.scenario.select import select_parcels

__all__ = [
    "DEFAULT_SCENARIO",
    "Scenario",
    "builtin_policies",
    "builtin_scenarios",
    "check_scenario",
    "derive_scenario",
    "factors_by_metal",
    "hindcast_of",
    "interpolate_path",
    "read_policy",
    "read_scenario",
    "scenario_file",
    "select_parcels",
]
