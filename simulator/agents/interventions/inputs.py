"""Interventions on what farms and the background bring."""

from __future__ import annotations

from simulator.agents.interventions.base import Intervention


class ScaleInput(Intervention, kind="scale_input"):
    """Scale an input of the farms or of the background, at once or over some years."""

    def factor(self, pathway: str, year: int) -> float:
        """Mean factor over a year: 1 before the date, linear over the ramp, then the full one."""
        if pathway != self.spec.pathway:
            return 1.0
        return 1.0 + (float(self.spec.factor) - 1.0) * self.reach(year)
