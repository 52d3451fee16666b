"""What moves to another place of the region: the same source with another position."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simulator.agents.operation import Departure, Operation
from simulator.agents.point_source import PointSource
from simulator.constants import METALS, MODES
from simulator.scenario.source_acts import OUTSIDE, Relocate


class MovedSource(PointSource):
    """A point source at the place where it moves to.

    It does what the source that it comes from does, closures and retrofits of before and after
    among it, and emits the share that has moved here less what moves on.

    Parameters
    ----------
    origin : PointSource
        The source that moves.
    act : Relocate
        The intervention. It says where to; the id is ``ORIGIN@NAME``.

    Attributes
    ----------
    departure : Departure, optional
        What takes it from its origin, once the intervention has begun.
    """

    def __init__(self, origin: PointSource, act: Relocate) -> None:
        assert act.to != OUTSIDE
        opening = origin.operation.setting
        super().__init__(
            origin.model, f"{origin.source_id}@{act.name}", origin.name, origin.sector,
            origin.control, act.to, origin.activity, origin.activity_unit, opening.technology,
            opening.fuel,
        )  # fmt: skip
        self.origin = origin
        self.act = act
        self.departure: Departure | None = None

    @property
    def listed_id(self) -> str:
        """Id under which the region lists what moves."""
        return self.origin.source_id

    @property
    def present(self) -> bool:
        """Whether it has begun to move here."""
        return self.departure is not None

    @property
    def operation(self) -> Operation:
        """What its origin does, with what has come here in place of what has left there."""
        of_origin = self.origin.operation
        if self.departure is None:
            return replace(of_origin, stop=-math.inf)
        leaving = [c for c in of_origin.changes if isinstance(c, Departure)]
        leaving.sort(key=lambda c: c.date)
        earlier = leaving[: leaving.index(self.departure) + 1]
        changes = [c for c in of_origin.changes if c not in earlier]
        return replace(of_origin, changes=[*changes, self.departure.arrival()])

    def inventory_by_mode(self, year: int) -> NDArray[np.float64]:
        """Nothing: the inventory has it where it comes from. [kg yr-1]."""
        return np.zeros((len(METALS), len(MODES)))
