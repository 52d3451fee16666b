"""Deposition from the air: of the region's own sources, dry and wet, and of the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.area_footprints import area_kernels
from simulator.constants import METALS, MG_PER_KG, MODES
from simulator.footprints import region_footprints
from simulator.ledger import SOURCES, Pathway
from simulator.physics import inputs
from simulator.physics.cell_kernel import spread
from simulator.processes.base import Process
from simulator.schedule import Phase

if TYPE_CHECKING:
    from simulator.model import Simulation


Metals = NDArray[np.float64]


@dataclass
class _Falling:
    """Footprints of one way, dry or wet, and the emissions of the year that go with them.

    Those of point sources come first, without those that leave nothing, then those of area sources,
    every mode of each. They are kept in single precision: far finer than any plume, and half of
    what large grids would have to hold.
    """

    owner: NDArray[np.intp]  #: whose footprints these are, a place in ``Simulation.emitters``
    mode: NDArray[np.intp]  #: place in :data:`MODES`
    footprint: NDArray[np.float32]  #: ``[footprint, cell]`` [m-2]
    emission: NDArray[np.float64]  #: ``[metal, footprint]`` [kg yr-1]

    @classmethod
    def of(cls, points: NDArray[np.float64], n_area: int) -> _Falling:
        """Footprints of point sources, ``[source and mode, cell]``, and room for area sources."""
        n_point, n_cell = points.shape
        kept = np.flatnonzero(points.any(axis=1))
        index = np.concatenate([kept, np.arange(n_point, n_point + n_area * len(MODES))])
        footprint = np.zeros((index.size, n_cell), dtype=np.float32)
        footprint[: kept.size] = points[kept]
        owner, mode = np.divmod(index, len(MODES))
        return cls(owner, mode, footprint, np.zeros((len(METALS), index.size)))

    def emissions(self, by_mode: NDArray[np.float64]) -> NDArray[np.float64]:
        """Emissions ``[source, metal, mode]`` in the order of the footprints. [kg yr-1]."""
        return np.ascontiguousarray(by_mode[self.owner, :, self.mode].T)

    def mean(self, by_mode: NDArray[np.float64], ground: NDArray[np.float64]) -> Metals:
        """Mean deposition on the ground ``[cell]`` of such emissions. [kg m-2 yr-1]."""
        # no matrix products: their order of summation is the library's, and follows its threads
        per_unit = np.array([float(np.sum(row * ground)) for row in self.footprint]) / ground.sum()
        mean: Metals = np.sum(self.emissions(by_mode) * per_unit, axis=1)
        return mean


class Deposition(Process):
    """Footprints of the sources times their emissions, and the bulk deposition of the background.

    What falls on sealed ground is booked here as well; :class:`simulator.processes.runoff.Runoff`
    books its way off. Water takes none.
    """

    phase = Phase.DEPOSITION
    settles = True
    reads = ("sealed_share", "open_share")
    pathways = (
        Pathway("deposition_dry", "Dry deposition", "input", falls=True, origin=SOURCES),
        Pathway("deposition_wet", "Wet deposition", "input", falls=True, origin=SOURCES),
        Pathway("deposition_background", "Background deposition", "input", falls=True),
    )

    def setup(self, sim: Simulation) -> None:
        """Compute the footprints of all sources from the region's weather."""
        super().setup(sim)
        shape = sim.region.grid.shape
        open_share, sealed_share = sim.parcels.land_shares()
        land = open_share.reshape(-1, *shape), sealed_share.reshape(shape)
        points = region_footprints(sim.region, sim.parameters, *land, _rows(sim))
        found = [np.stack([one.dry, one.wet]) for one in points]
        ways = np.concatenate([np.zeros((2, 0, *shape)), *found], axis=1)
        self.kernels = area_kernels(sim.region, sim.parameters, *land)
        self.dry, self.wet = (
            _Falling.of(way.reshape(way.shape[0], sim.region.grid.size), len(self.kernels))
            for way in ways
        )
        self.shares = [np.empty(0)] * len(self.kernels)
        self._spread_areas()
        self.reference = self._background() * self.sim.adjustments.background
        self.background = np.zeros(len(METALS))

    def begin_year(self, year: int) -> None:
        """Take the emissions of the sources and the background of the year."""
        self._spread_areas()
        by_mode = _by_mode([source.by_mode() for source in self.sim.emitters])
        for way in (self.dry, self.wet):
            way.emission = way.emissions(by_mode)
        factor = self.sim.input_factor("deposition_background", year)
        self.background = self.reference * factor

    def book(self, start: int, stop: int) -> None:
        """Write dry, wet and background deposition."""
        ground = self.state.flat("open_ground"), self.state.flat("sealed_share")
        flux, slot = self.ledger.flux, self.ledger.slot
        for way, name in ((self.dry, "deposition_dry"), (self.wet, "deposition_wet")):
            inputs.deposit(way.emission, way.footprint, *ground, flux, slot(name), start, stop)
        inputs.uniform(self.background, *ground, flux, slot("deposition_background"), start, stop)
        if self.sim.tags is not None:
            parts, tag = self.ledger.tags.parts, self.sim.tags.of_source
            parts[:, :, start:stop] = 0.0
            for way in (self.dry, self.wet):
                inputs.divide(
                    way.emission, way.footprint, tag[way.owner], *ground, parts, start, stop
                )

    def _spread_areas(self) -> None:
        """Bring the footprints of area sources up to the land of the year, where it has changed."""
        n_area, n_mode = len(self.kernels), len(MODES)
        for k, source in enumerate(self.sim.area_sources):
            share = source.share_by_cell()
            if np.array_equal(share, self.shares[k]):
                continue
            self.shares[k] = share
            maps = spread(share, self.kernels[k])
            for way, of_way in zip((self.dry, self.wet), maps, strict=True):
                first = way.owner.size - n_mode * (n_area - k)
                way.footprint[first : first + n_mode] = of_way.reshape(n_mode, -1)

    def _background(self) -> Metals:
        """Deposition of what is not listed, ``[metal]``. [kg m-2 yr-1].

        A measured deposition holds what the region's own sources leave. Their mean over the land,
        as the inventory has them in the year of the measurement, is taken off, so that it does not
        count twice.
        """
        # The inventory without a calibration's adjustments: the factors on emission and background
        # are found for what each left in a run that took off the inventory as it stands. Were the
        # adjusted emission taken off, the background would move with every source.
        region = self.sim.region
        measured = region.background_deposition
        if not region.deposition_includes_sources:
            return measured
        ground = self.state.flat("open_ground") + self.state.flat("sealed_share")
        year = region.deposition_year or self.sim.scenario.start
        by_mode = _by_mode([source.inventory_by_mode(year) for source in self.sim.emitters])
        own = self.dry.mean(by_mode, ground) + self.wet.mean(by_mode, ground)
        over = own > measured
        if over.any():
            metals = ", ".join(
                f"{m} {MG_PER_KG * a:.3g} over {MG_PER_KG * b:.3g}"
                for m, a, b, is_over in zip(METALS, own, measured, over, strict=True)
                if is_over
            )
            self.sim.warnings.append(
                "the region's own sources leave more than the measured deposition, no background "
                f"is left: {metals} mg m-2 yr-1"
            )
        return np.maximum(measured - own, 0.0)


def _rows(sim: Simulation) -> pd.DataFrame:
    """Rows of ``sources.csv`` of all point sources, those that move with their new places."""
    listed = sim.region.sources.set_index("id", drop=False)
    return listed.loc[[s.listed_id for s in sim.sources]].assign(
        id=[s.source_id for s in sim.sources],
        x=[s.position[0] for s in sim.sources],
        y=[s.position[1] for s in sim.sources],
    )


def _by_mode(emissions: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Emissions of all sources, ``[source, metal, mode]``. [kg yr-1]."""
    return np.array(emissions).reshape(-1, len(METALS), len(MODES))
