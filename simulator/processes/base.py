"""What a process of the cell balance is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from simulator.constants import METALS
from simulator.ledger import Pathway
from simulator.schedule import Phase

if TYPE_CHECKING:
    from simulator.model import Simulation


class Process:
    """One process of the cell balance: reads fields, calls physics, books fluxes.

    A process runs in three strokes. :meth:`setup` derives its constants once; :meth:`begin_year`
    prepares what is common to all cells; :meth:`book` writes the fluxes of a range of cells from
    the state of the start of the year. ``book`` writes all of its slots for every cell it is asked
    for, so that it may be repeated, split and run in any order.

    To add a process, subclass this, declare its pathways and hand it to the simulation: the ledger,
    the record and the inspector take the pathways from here.
    """

    phase: ClassVar[Phase]
    reads: ClassVar[tuple[str, ...]] = ()  #: keys of fields
    writes: ClassVar[tuple[str, ...]] = ()  #: keys of fields, where it sets any
    pathways: ClassVar[tuple[Pathway, ...]] = ()

    @property
    def name(self) -> str:
        """Name in the schedule."""
        return type(self).__name__

    def setup(self, sim: Simulation) -> None:
        """Bind the simulation and derive constants."""
        self.sim = sim
        self.state = sim.state
        self.ledger = sim.ledger

    def begin_year(self, year: int) -> None:
        """Prepare what all cells share in this year."""

    def book(self, start: int, stop: int) -> None:
        """Write the fluxes of the cells ``start:stop``."""


class Booked(Process):
    """A pathway that others book on: cells of a user's kind, interventions, the calibrator.

    The ledger empties its slot at the start of every year.
    """

    phase = Phase.CALIBRATION

    def __init__(self, pathway: Pathway) -> None:
        self.pathways = (pathway,)  # type: ignore[misc]

    @property
    def name(self) -> str:
        """Name of its pathway."""
        return self.pathways[0].name


def by_class(values: dict[str, np.ndarray], classes: tuple[str, ...]) -> np.ndarray:
    """Stack vectors over metals by land class, zero where a class has none: ``[metal, class]``."""
    zero = np.zeros(len(METALS))
    return np.ascontiguousarray(np.stack([values.get(c, zero) for c in classes], axis=1))
