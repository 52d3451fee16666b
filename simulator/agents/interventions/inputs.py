"""Interventions on what farms and the background bring."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.agents.interventions.base import Intervention
from simulator.agents.interventions.sources import by_metal
from simulator.constants import METALS
from simulator.data import to_si


class ScaleInput(Intervention, kind="scale_input"):
    """Scale an input of the farms or of the background, at once or over some years."""

    def factor(self, pathway: str, year: int) -> float | NDArray[np.float64]:
        """Mean factor over a year: 1 before the date, linear over the ramp, then the full one."""
        if pathway != self.spec.pathway:
            return 1.0
        factors = self.spec.factors
        full = by_metal(factors, 1.0) if factors else float(self.spec.factor)
        return 1.0 + (full - 1.0) * self.reach(year)


class LimitContent(Intervention, kind="limit_content"):
    """Bring contents of materials down to a limit; what is below stays as it is."""

    def limited(
        self, pathway: str, materials: Sequence[str], content: NDArray[np.float64], year: int
    ) -> NDArray[np.float64]:
        """Mean contents over a year: those above the limits go down to them, linear in the ramp."""
        if pathway != self.spec.pathway:
            return content
        limit = np.array([self._limits(m) for m in materials]).reshape(content.shape)
        return content + self.reach(year) * (np.minimum(content, limit) - content)

    def _limits(self, material: str) -> NDArray[np.float64]:
        """Limits of a material, infinite where there is none, ``[metal]``, as its contents are."""
        named = self.spec.materials
        limits = self.spec.limits if not named or material in named else {}
        row = self.model.parameters.row
        return np.array(
            [
                to_si(limits[m], row("material_contents", material=material, metal=m).unit)
                if m in limits
                else np.inf
                for m in METALS
            ]
        )
