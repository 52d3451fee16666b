"""Deposition from the air: of the region's own sources, dry and wet, and of the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulator.constants import METALS
from simulator.ledger import Pathway
from simulator.physics import inputs
from simulator.physics.dispersion.footprint import (
    SOLUBLE_GAS_SCAVENGING,
    Mode,
    Stack,
    compute_footprints,
)
from simulator.physics.dispersion.meteorology import summarise_weather
from simulator.processes.base import Process
from simulator.schedule import Phase

if TYPE_CHECKING:
    from simulator.data import Parameters
    from simulator.model import Simulation

_KELVIN = 273.15
_SECONDS_PER_HOUR = 3600.0


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
    reads = ("sealed_share", "open_share")
    pathways = (
        Pathway("deposition_dry", "Dry deposition", "input", falls=True),
        Pathway("deposition_wet", "Wet deposition", "input", falls=True),
        Pathway("deposition_background", "Background deposition", "input", falls=True),
    )

    def setup(self, sim: Simulation) -> None:
        """Compute the footprints of all sources from the region's weather."""
        super().setup(sim)
        grid, weather = sim.region.grid, sim.region.weather
        n_cell = sim.state.n_cell
        if sim.sources:
            climate = summarise_weather(
                wind_speed=weather["wind_speed_ms"].to_numpy(),
                wind_direction=weather["wind_dir_deg"].to_numpy(),
                global_radiation=weather["global_rad_Wm2"].to_numpy(),
                cloud_tenths=weather["cloud_tenths"].to_numpy(),
                temperature=weather["temp_C"].to_numpy() + _KELVIN,
                precipitation=weather["precip_mm"].to_numpy() / _SECONDS_PER_HOUR,
                anemometer_height=sim.region.anemometer_height,
            )
            footprints = compute_footprints(
                [stack_of(row) for row in sim.region.sources.itertuples()],
                [emission_modes(sim.parameters, s.sector, s.control) for s in sim.sources],
                climate,
                grid.x,
                grid.y,
                grid.cell_size,
            )
            self.dry = _Falling.of(footprints.dry.reshape(-1, n_cell))
            self.wet = _Falling.of(footprints.wet.reshape(-1, n_cell))
        else:
            self.dry = self.wet = _Falling.of(np.zeros((0, n_cell)))
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


def stack_of(row: Any) -> Stack:
    """Stack of a row of ``sources.csv``."""
    return Stack(row.x, row.y, row.height_m, row.diameter_m, row.temperature_K, row.velocity_m_s)


def emission_modes(parameters: Parameters, sector: str, control: str) -> list[Mode]:
    """Modes in which a sector emits, in the order of the agents' ``MODES``."""
    p = parameters
    bins = p.keys("particle_sizes", "bin", sector=sector, control=control)
    sizes = p.array("size_bins", "bin", bins, parameter="diameter")
    shares = p.array("particle_sizes", "bin", bins, sector=sector, control=control)
    density = p.value("particle_density", sector=sector, control=control)
    velocity = {
        s: p.value("general", process="mercury", parameter=f"{s}_deposition_velocity")
        for s in ("hg2", "hg0")
    }
    return [
        Mode("particle", tuple(sizes), tuple(shares / np.sum(shares)), density),
        Mode(
            "hg2",
            deposition_velocity=velocity["hg2"],
            scavenging_rate=SOLUBLE_GAS_SCAVENGING,
        ),
        Mode("hg0", deposition_velocity=velocity["hg0"]),
    ]
