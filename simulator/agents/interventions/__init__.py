"""Interventions: dated acts of policy. Each module registers its kinds."""

from simulator.agents.interventions import inputs, land, soil, sources
from simulator.agents.interventions.base import Intervention

__all__ = ["Intervention", "inputs", "land", "soil", "sources"]
