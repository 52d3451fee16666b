"""Interventions: dated acts of policy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import mesa
import numpy as np

from simulator.constants import METALS
from simulator.scenario.select import SECTOR, select_parcels, split_selector

if TYPE_CHECKING:
    from simulator.agents.emitter import Emitter
    from simulator.model import Simulation


class Intervention(mesa.Agent):
    """One intervention of the scenario: it acts once, at its date.

    ``start`` sets what holds from the date on and depends on the intervention's own settings only,
    so that a resumed run can repeat it.

    Parameters
    ----------
    model : Simulation
        The model.
    spec : object
        The scenario's entry: ``kind``, ``date``, ``name`` and the settings of the kind.
    """

    kinds: ClassVar[dict[str, type[Intervention]]] = {}
    model: Simulation

    def __init_subclass__(cls, kind: str, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        Intervention.kinds[kind] = cls

    def __init__(self, model: Simulation, spec: Any) -> None:
        super().__init__(model)
        self.spec = spec
        self.date = float(spec.date)
        self.name = spec.name or f"{spec.kind} {spec.date:g}"

    @staticmethod
    def create(model: Simulation, spec: Any) -> Intervention:
        """Make the intervention of the scenario's entry."""
        return Intervention.kinds[spec.kind](model, spec)

    def start(self) -> None:
        """Take effect."""
        raise NotImplementedError

    def factor(self, pathway: str, year: int) -> float:
        """Mean factor on an input pathway over a year. [-]."""
        return 1.0


class Close(Intervention, kind="close"):
    """Close sources for good."""

    def start(self) -> None:
        """Close them at the date."""
        for source in select_sources(self.model.emitters, self.spec.sources):
            source.close(self.date, self.name)


class Retrofit(Intervention, kind="retrofit"):
    """Fit sources with a control that removes a share of what they emit."""

    def start(self) -> None:
        """Take the removed share off from the date on."""
        removal = self.spec.removal
        shares = np.array([removal.get(m, removal.get("all", 0.0)) for m in METALS])
        for source in select_sources(self.model.emitters, self.spec.sources):
            source.change(self.date, 1.0 - shares, self.name)


class ScaleInput(Intervention, kind="scale_input"):
    """Scale an input of the farms or of the background, at once or over some years."""

    def start(self) -> None:
        """Nothing to set: the factor follows from the date."""

    def factor(self, pathway: str, year: int) -> float:
        """Mean factor over a year: 1 before the date, linear over the ramp, then the full one."""
        if pathway != self.spec.pathway:
            return 1.0
        ramp = float(self.spec.ramp_years)
        return 1.0 + (float(self.spec.factor) - 1.0) * _mean_ramp(year - self.date, ramp)


class Protect(Intervention, kind="protect"):
    """Protect parcels from being built on."""

    def start(self) -> None:
        """Zone them as protected."""
        self.model.parcels.protect(select_parcels(self.spec.parcels, self.model.region))


def _mean_ramp(begin: float, ramp: float) -> float:
    """Mean over ``[begin, begin + 1]`` of a rise from 0 at 0 to 1 at ``ramp``."""

    def integral(t: float) -> float:
        if t <= 0.0:
            return 0.0
        if ramp <= 0.0:
            return t
        return 0.5 * t * t / ramp if t < ramp else t - 0.5 * ramp

    return integral(begin + 1.0) - integral(begin)


def select_sources(sources: Iterable[Emitter], selectors: Sequence[str]) -> list[Emitter]:
    """Sources by id or as ``sector:NAME``, each once, in their own order.

    The selectors have passed :func:`simulator.scenario.check_scenario`.
    """
    wanted = {split_selector(s) for s in selectors}
    return [s for s in sources if ("", s.source_id) in wanted or (SECTOR, s.sector) in wanted]
