"""A stack that emits: a plant, a smelter, a workshop."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulator.agents.emitter import Emitter

if TYPE_CHECKING:
    from simulator.model import Simulation


class PointSource(Emitter):
    """One point source with its inventory entry and its history.

    Parameters
    ----------
    position : tuple of float
        Easting and northing. [m]
    model, source_id, name, sector, control, activity, activity_unit, technology, fuel, start, stop
        As for :class:`~simulator.agents.emitter.Emitter`.
    """

    position: tuple[float, float]

    def __init__(
        self,
        model: Simulation,
        source_id: str,
        name: str,
        sector: str,
        control: str,
        position: tuple[float, float],
        activity: float,
        activity_unit: str,
        technology: str = "",
        fuel: str = "",
        start: float = -math.inf,
        stop: float = math.inf,
    ) -> None:
        super().__init__(
            model, source_id, name, sector, control, activity, activity_unit, technology, fuel,
            start, stop,
        )  # fmt: skip
        self.position = position
