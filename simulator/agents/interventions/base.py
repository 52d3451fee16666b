"""What all interventions are: a date, a reach that grows, a cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

import mesa
import numpy as np
from numpy.typing import NDArray

from simulator.scenario.acts import label_of

if TYPE_CHECKING:
    from simulator.model import Simulation
    from simulator.schedule import Phase

_HECTARE: Final = 1.0e4  # m2
_MILLION: Final = 1.0e6


class Intervention(mesa.Agent):
    """One intervention of the scenario: it acts from its date on.

    ``start`` sets what holds from the date on. It depends on the scenario, the region and the
    parameters only, so that a resumed run can repeat it; what changes from year to year is worked
    out in :meth:`begin_phase` from the year alone, or is a field of the state.

    Parameters
    ----------
    model : Simulation
        The model.
    spec : Act
        The scenario's entry: ``kind``, ``date``, ``name``, reach, cost and what the kind has.
    """

    kinds: ClassVar[dict[str, type[Intervention]]] = {}
    model: Simulation

    def __init_subclass__(cls, kind: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if kind:  # without one it is what several kinds have in common
            Intervention.kinds[kind] = cls

    def __init__(self, model: Simulation, spec: Any) -> None:
        super().__init__(model)
        self.spec = spec
        self.date = float(spec.date)
        self.name = label_of(spec)

    @staticmethod
    def create(model: Simulation, spec: Any) -> Intervention:
        """Make the intervention of the scenario's entry."""
        return Intervention.kinds[spec.kind](model, spec)

    @property
    def note(self) -> str:
        """What the user should know of it before the run; blank for nothing."""
        return ""

    def start(self) -> None:
        """Take effect."""

    def begin_phase(self, phase: Phase, year: int) -> None:
        """Act in a phase of a year in which it is in force, before the processes do."""

    def factor(self, pathway: str, year: int) -> float | NDArray[np.float64]:
        """Mean factor on an input pathway over a year, one or ``[metal]``. [-]."""
        return 1.0

    def limited(
        self, pathway: str, materials: Sequence[str], content: NDArray[np.float64], year: int
    ) -> NDArray[np.float64]:
        """Mean contents of materials of an input over a year, given those without it.

        ``[material, metal]``, in SI.
        """
        return content

    def retained_share(self, year: int) -> float | NDArray[np.float64]:
        """Share of the runoff of sealed ground that it keeps in a cell, one or ``[cell]``. [-]."""
        return 0.0

    def reach(self, year: int) -> float:
        """Share of its full aim in a year: strength x compliance x mean ramp. [-]."""
        ramp = mean_ramp(year - self.date, float(self.spec.ramp_years))
        return float(self.spec.strength) * float(self.spec.compliance) * ramp

    def begun(self, year: int) -> float:
        """Share of its full aim that has been reached so far, for what is spent once. [-]."""
        return self.reach(year)

    @property
    def area(self) -> float:
        """Land that it treats at full reach. [m2]."""
        return 0.0

    def cost(self, year: int) -> float:
        """What is spent in a year. [million CNY of 2020].

        Capital is spent as the reach grows, running costs in proportion to it; who does not follow
        does not pay.
        """
        cost, hectares = self.spec.cost, self.area / _HECTARE
        capital = cost.capital + cost.per_hectare * hectares / _MILLION
        yearly = cost.yearly + cost.yearly_per_hectare * hectares / _MILLION
        grown = max(self.begun(year) - self.begun(year - 1), 0.0)  # rounding is no refund
        return capital * grown + yearly * self.reach(year)


def mean_ramp(begin: float, ramp: float) -> float:
    """Mean over ``[begin, begin + 1]`` of a rise from 0 at 0 to 1 at ``ramp``. [-]."""

    def integral(t: float) -> float:
        if t <= 0.0:
            return 0.0
        if ramp <= 0.0:
            return t
        return 0.5 * t * t / ramp if t < ramp else t - 0.5 * ramp

    return integral(begin + 1.0) - integral(begin)
