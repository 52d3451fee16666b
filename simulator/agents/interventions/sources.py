"""Interventions on sources of emission."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from simulator.agents.emitter import Emitter
from simulator.agents.interventions.base import Intervention
from simulator.agents.moved_source import MovedSource
from simulator.constants import METALS
from simulator.scenario.select import ALL, SECTOR, split_selector
from simulator.schedule import Phase

E = TypeVar("E", bound=Emitter)


class OnSources(Intervention):
    """Acts on sources; what they do at a place where they have moved to goes with it."""

    @property
    def sources(self) -> list[Emitter]:
        """The sources as the region lists them."""
        listed = [s for s in self.model.emitters if not isinstance(s, MovedSource)]
        return select_sources(listed, self.spec.sources)

    @property
    def note(self) -> str:
        """Say so where the region has none of them."""
        if self.sources:
            return ""
        policy = f" of {self.spec.policy}" if self.spec.policy else ""
        return (
            f"intervention {self.name!r}{policy} does nothing and costs nothing: "
            f"{self.model.region.name} has none of its sources"
        )

    def cost(self, year: int) -> float:
        """What is spent in a year, where there is a source to spend it on. [million CNY]."""
        return super().cost(year) if self.sources else 0.0

    @property
    def aim(self) -> float:
        """Share of its aim that it has once its ramp has passed. [-]."""
        return float(self.spec.strength) * float(self.spec.compliance)

    @property
    def ramp(self) -> float:
        """How long it takes. [yr]."""
        return float(self.spec.ramp_years)

    def start(self) -> None:
        """Date it in the sources; what has no reach leaves them as they are."""
        for source in self.sources if self.aim > 0.0 else ():
            self.apply(source)

    def apply(self, source: Emitter) -> None:
        """Date it in a source."""

    def switch(self, source: Emitter, **fields: str) -> None:
        """Let the share of a source that follows work in another setting from the date on."""
        source.switch(self.date, self.aim, self.ramp, self.name, **fields)


class Close(OnSources, kind="close"):
    """Close sources for good."""

    def apply(self, source: Emitter) -> None:
        """Close it at the date."""
        source.change(self.date, 1.0 - self.aim, self.name, self.ramp)


class Retrofit(OnSources, kind="retrofit"):
    """Fit sources with a control, of the tables or one that removes shares of what they emit."""

    def apply(self, source: Emitter) -> None:
        """Let it work behind the control, or take the removed shares off."""
        if self.spec.control:
            self.switch(source, control=self.spec.control)
        else:
            removal = by_metal(self.spec.removal, 0.0)
            source.change(self.date, 1.0 - self.aim * removal, self.name, self.ramp)


class SwitchFuel(OnSources, kind="switch_fuel"):
    """Let sources burn another fuel."""

    def apply(self, source: Emitter) -> None:
        """Change its fuel, and how it is burnt if that is given."""
        technology = self.spec.technology
        also = {"technology": technology} if technology else {}
        self.switch(source, fuel=self.spec.fuel, **also)


class Relocate(OnSources, kind="relocate"):
    """Let sources move to another place, or away from the region.

    The sources at the new place are there from the start of the run, with nothing to emit.
    """

    def apply(self, source: Emitter) -> None:
        """Let it leave, and arrive at the new place if that is in the region."""
        departure = source.leave(self.date, self.aim, self.name, self.ramp)
        for moved in self.model.emitters:
            if isinstance(moved, MovedSource) and (moved.origin, moved.act) == (source, self.spec):
                moved.departure = departure


class CapActivity(OnSources, kind="cap_activity"):
    """Let sources work no more than a part of what the inventory says."""

    def apply(self, source: Emitter) -> None:
        """Cap its activity from the date on."""
        source.cap_activity(self.date, float(self.spec.factor), self.aim, self.ramp, self.name)


class CapLoad(OnSources, kind="cap_load"):
    """Keep what sources emit together in a year below a load."""

    def begin_phase(self, phase: Phase, year: int) -> None:
        """Scale their emission of the year, before it is deposited."""
        if phase is not Phase.DEPOSITION:
            return
        ids = {s.source_id for s in self.sources}
        every = [s for s in self.model.emitters if s.listed_id in ids]
        total = np.sum([s.emission for s in every], axis=0) + np.zeros(len(METALS))
        cap = by_metal(self.spec.cap, np.inf)
        over = total > cap
        if over.any() and self.reach(year) > 0.0:
            kept = np.divide(cap, total, out=np.ones(len(METALS)), where=over)
            for source in every:
                source.limit(1.0 + self.reach(year) * (kept - 1.0))


def by_metal(values: Mapping[str, float], others: float) -> NDArray[np.float64]:
    """Values ``[metal]`` of a table by metal, where ``all`` stands for those not named."""
    return np.array([values.get(m, values.get("all", others)) for m in METALS], dtype=np.float64)


def select_sources(sources: Iterable[E], selectors: Sequence[str]) -> list[E]:
    """Sources by id, as ``sector:NAME`` or ``all``, each once, in their own order.

    The selectors have passed :func:`simulator.scenario.check_scenario`.
    """
    wanted = {split_selector(s) for s in selectors}
    every = ALL in selectors
    return [
        s for s in sources if every or ("", s.source_id) in wanted or (SECTOR, s.sector) in wanted
    ]
