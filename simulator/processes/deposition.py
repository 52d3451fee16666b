"""Deposition from the air: of the region's own sources, dry and wet, and of the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulator.constants import METALS
from simulator.footprints import region_footprints
from simulator.ledger import Pathway
from simulator.physics import inputs
from simulator.processes.base import Process
from simulator.schedule import Phase

if TYPE_CHECKING:
    from simulator.model import Simulation


@dataclass
class _Falling:
    """Footprints that leave something, and the emissions of the year that go with them.

    Footprints are kept in single precision: far finer than any plume, and half of what large grids
    would have to hold.
    """

    index: NDArray[np.intp]  #: which footprints these are, in the order of sources and modes
    footprint: NDArray[np.float32]  #: ``[footprint, cell]`` [m-2]
    emission: NDArray[np.float64]  #: ``[metal, footprint]`` [kg yr-1]

    @classmethod
    def of(cls, footprints: NDArray[np.float64]) -> _Falling:
        index = np.flatnonzero(footprints.any(axis=1))
        kept = footprints[index].astype(np.float32)
        return cls(index, kept, np.zeros((len(METALS), index.size)))


class Deposition(Process):
    """Footprints of the sources times their emissions, and the bulk deposition of the background.

    What falls on sealed ground is booked here as well; :class:`simulator.processes.runoff.Runoff`
    books its way off. Water takes none.
    """

    phase = Phase.DEPOSITION
    settles = True
    reads = ("sealed_share", "open_share")
    pathways = (
        Pathway("deposition_dry", "Dry deposition", "input", falls=True),
        Pathway("deposition_wet", "Wet deposition", "input", falls=True),
        Pathway("deposition_background", "Background deposition", "input", falls=True),
    )

    def setup(self, sim: Simulation) -> None:
        """Compute the footprints of all sources from the region's weather."""
        super().setup(sim)
        shape = sim.region.grid.shape
        open_share, sealed_share = sim.parcels.land_shares()
        footprints = region_footprints(
            sim.region,
            sim.parameters,
            open_share.reshape(-1, *shape),
            sealed_share.reshape(shape),
        )
        found = [np.stack([one.dry, one.wet]) for one in footprints]
        ways = np.concatenate([np.zeros((2, 0, *shape)), *found], axis=1)
        self.dry, self.wet = (
            _Falling.of(way.reshape(way.shape[0], sim.region.grid.size)) for way in ways
        )
        self.background = np.zeros(len(METALS))

    def begin_year(self, year: int) -> None:
        """Take the emissions of the sources and the background of the year."""
        modes = [source.by_mode() for source in self.sim.sources]
        emission = np.concatenate([np.zeros((len(METALS), 0)), *modes], axis=1)
        for way in (self.dry, self.wet):
            way.emission = np.ascontiguousarray(emission[:, way.index])
        factor = self.sim.input_factor("deposition_background", year)
        self.background = self.sim.region.background_deposition * factor

    def book(self, start: int, stop: int) -> None:
        """Write dry, wet and background deposition."""
        ground = self.state.flat("open_ground"), self.state.flat("sealed_share")
        flux, slot = self.ledger.flux, self.ledger.slot
        for way, name in ((self.dry, "deposition_dry"), (self.wet, "deposition_wet")):
            inputs.deposit(way.emission, way.footprint, *ground, flux, slot(name), start, stop)
        inputs.uniform(self.background, *ground, flux, slot("deposition_background"), start, stop)
