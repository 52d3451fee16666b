"""What a process of the cell balance is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

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
    #: Whether it takes part in the years before the first that arrange metals within layers: its
    #: ``begin_year`` and ``book`` are then called before the run, and must change no state of it.
    settles: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """Name in the schedule."""
        return type(self).__name__

    def setup(self, sim: Simulation) -> None:
        """Bind the simulation and derive constants.

        Raises
        ------
        ValueError
            If the process serves another simulation already.
        """
        if hasattr(self, "sim"):
            raise ValueError(f"{self.name} serves another simulation; make a new one for each")
        self.sim = sim
        self.state = sim.state
        self.ledger = sim.ledger

    def begin_year(self, year: int) -> None:
        """Prepare what all cells share in this year."""

    def book(self, start: int, stop: int) -> None:
        """Write the fluxes of the cells ``start:stop``."""


class Booked(Process):
    """A signed pathway that others book on: a user's cells, interventions, the calibrator.

    The ledger empties its slots when a year opens.
    """

    phase = Phase.CALIBRATION

    def __init__(self, pathway: Pathway) -> None:
        self.pathways = (pathway,)  # type: ignore[misc]

    @property
    def name(self) -> str:
        """Name of its pathway."""
        return self.pathways[0].name
