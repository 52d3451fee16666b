"""Interventions on sources of emission."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simulator.agents.interventions.base import Intervention
from simulator.constants import METALS
from simulator.scenario.select import SECTOR, split_selector

if TYPE_CHECKING:
    from simulator.agents.emitter import Emitter


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


def select_sources(sources: Iterable[Emitter], selectors: Sequence[str]) -> list[Emitter]:
    """Sources by id or as ``sector:NAME``, each once, in their own order.

    The selectors have passed :func:`simulator.scenario.check_scenario`.
    """
    wanted = {split_selector(s) for s in selectors}
    return [s for s in sources if ("", s.source_id) in wanted or (SECTOR, s.sector) in wanted]
