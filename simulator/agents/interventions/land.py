"""Interventions on land."""

from __future__ import annotations

from simulator.agents.interventions.base import Intervention
from simulator.scenario.select import select_parcels


class Protect(Intervention, kind="protect"):
    """Protect parcels from being built on."""

    def start(self) -> None:
        """Zone them as protected."""
        self.model.parcels.protect(select_parcels(self.spec.parcels, self.model.region))
