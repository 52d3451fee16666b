"""Footprints: what a source leaves on a grid for each unit that it emits.

Deposition is linear in emission. A source and an emission mode (particles of given sizes, divalent
or elemental mercury) have one footprint; a year's deposition is footprints times emissions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import ArrayLike, NDArray

from simulator.physics.dispersion.cells import cell_mean
from simulator.physics.dispersion.meteorology import Climate
from simulator.physics.dispersion.radial import STEP, node_count, radial_table

#: Scavenging rate of a soluble gas at 1 mm of rain an hour: nitric acid in CALPUFF (Scire,
#: Strimaitis and Yamartino 2000), which divalent mercury is likened to. [s-1]
SOLUBLE_GAS_SCAVENGING = 6.0e-5


@dataclass(frozen=True)
class Stack:
    """A point source.

    Attributes
    ----------
    x, y : float
        Position in the coordinates of the grid. [m]
    height : float
        Of the exit above ground. [m]
    diameter : float
        Inner diameter of the exit. [m]
    temperature : float
        Of the gas at the exit; at or below that of the air for no buoyancy. [K]
    velocity : float
        Of the gas at the exit. [m s-1]
    """

    x: float
    y: float
    height: float
    diameter: float
    temperature: float
    velocity: float

    def __post_init__(self) -> None:
        values = (self.x, self.y, self.height, self.diameter, self.temperature, self.velocity)
        if not all(math.isfinite(v) for v in values):
            raise ValueError(f"a stack must have finite values: {self}")
        if self.height < 0.0 or self.velocity < 0.0:
            raise ValueError(f"height and velocity of a stack must not be negative: {self}")
        if self.diameter <= 0.0 or self.temperature <= 0.0:
            raise ValueError(f"diameter and temperature of a stack must be positive: {self}")


@dataclass(frozen=True)
class Mode:
    """A form in which metal leaves a stack: particles by size, or a gas.

    Particles have ``diameters``, ``mass_fractions`` and ``density``; a gas has none of them but a
    ``deposition_velocity`` and a ``scavenging_rate``.

    Attributes
    ----------
    name : str
        ``"particle"``, ``"hg2"``, ``"hg0"`` or another.
    diameters : tuple of float
        Mass-mean diameter of each size class. [m]
    mass_fractions : tuple of float
        Share of the mass in each class, sums to 1. [-]
    density : float
        Of the particles. [kg m-3]
    deposition_velocity : float
        Net dry deposition velocity of a gas. It is held to what the air can bring to the ground
        (the inverse of the aerodynamic resistance) in each state of the weather. [m s-1]
    scavenging_rate : float
        Rate at which 1 mm of rain an hour washes a gas out, in proportion to the rain. [s-1]
    """

    name: str
    diameters: tuple[float, ...] = ()
    mass_fractions: tuple[float, ...] = ()
    density: float = 0.0
    deposition_velocity: float = 0.0
    scavenging_rate: float = 0.0

    def __post_init__(self) -> None:
        if len(self.diameters) != len(self.mass_fractions):
            raise ValueError(f"mode {self.name}: as many mass fractions as diameters")
        if self.deposition_velocity < 0.0 or self.scavenging_rate < 0.0:
            raise ValueError(f"mode {self.name}: rates must not be negative")
        if not self.diameters:
            return
        if self.deposition_velocity or self.scavenging_rate:
            raise ValueError(f"mode {self.name}: rates of particles follow from their size")
        if not all(1e-9 < d < 1e-3 for d in self.diameters):
            raise ValueError(f"mode {self.name}: diameters must be in metres, 1e-9 to 1e-3")
        if min(self.mass_fractions) < 0.0 or abs(sum(self.mass_fractions) - 1.0) > 1e-6:
            raise ValueError(f"mode {self.name}: mass fractions must sum to 1")
        if not 100.0 <= self.density <= 25000.0:
            raise ValueError(f"mode {self.name}: density must be in kg m-3, 100 to 25000")


@dataclass(frozen=True)
class Footprint:
    """What one source leaves in one mode, for each unit emitted at a steady rate over the year.

    Attributes
    ----------
    dry, wet : ndarray
        Deposition, ``[row, col]``: kg m-2 for each kg emitted. [m-2]
    air : ndarray
        Mean concentration near the ground, ``[row, col]``: kg m-3 for each kg s-1. [s m-3]
    deposited_share : float
        Share of the emission that comes down within the grid. [-]
    """

    dry: NDArray[np.float64]
    wet: NDArray[np.float64]
    air: NDArray[np.float64]
    deposited_share: float


@dataclass(frozen=True)
class Footprints:
    """Footprints of many sources, stacked so that a year is one product with the emissions.

    The first axis runs over stacks and, within a stack, its modes; ``stack`` and ``mode`` say
    which. Deposition of a metal is ``np.tensordot(emission, footprints.dry, 1)`` with ``emission``
    ``[footprint]`` in kg a year.

    Attributes
    ----------
    stack : ndarray of int
        Number of the stack in the order given, ``[footprint]``.
    mode : tuple of str
        Name of the mode, ``[footprint]``.
    dry, wet : ndarray
        ``[footprint, row, col]``. [m-2]
    air : ndarray
        ``[footprint, row, col]``. [s m-3]
    cell_area : float
        [m2]
    """

    stack: NDArray[np.int64]
    mode: tuple[str, ...]
    dry: NDArray[np.float64]
    wet: NDArray[np.float64]
    air: NDArray[np.float64]
    cell_area: float

    def __len__(self) -> int:
        return len(self.mode)

    def __getitem__(self, index: int) -> Footprint:
        """One footprint, a view."""
        return Footprint(
            self.dry[index],
            self.wet[index],
            self.air[index],
            float(self.deposited_share[index]),
        )

    def index(self, stack: int, mode: str) -> int:
        """Place of a stack's mode on the first axis."""
        for i in np.flatnonzero(self.stack == stack):
            if self.mode[i] == mode:
                return int(i)
        raise KeyError(f"stack {stack} has no mode {mode!r}")

    @property
    def deposited_share(self) -> NDArray[np.float64]:
        """Share of each emission that comes down within the grid, ``[footprint]``. [-]"""
        return (self.dry.sum(axis=(1, 2)) + self.wet.sum(axis=(1, 2))) * self.cell_area


def compute_footprints(
    stacks: Sequence[Stack],
    modes_per_stack: Sequence[Sequence[Mode]],
    climate: Climate,
    x_centres: ArrayLike,
    y_centres: ArrayLike,
    cell_size: float,
) -> Footprints:
    """Footprints of stacks on a grid of square cells.

    Values are means over cells, not at their centres. Every value depends on its own cell, stack
    and mode only, so parts of a grid and subsets of sources give the same bits as the whole,
    whatever the number of threads.

    Parameters
    ----------
    stacks : sequence of Stack
    modes_per_stack : sequence of sequence of Mode
        Modes of each stack.
    climate : Climate
        Of :func:`~simulator.physics.dispersion.meteorology.summarise_weather`.
    x_centres, y_centres : array_like
        Coordinates of the cell centres, one a column and one a row. [m]
    cell_size : float
        Side of a cell. [m]

    Returns
    -------
    Footprints
    """
    x = np.ascontiguousarray(x_centres, dtype=float)
    y = np.ascontiguousarray(y_centres, dtype=float)
    if len(stacks) != len(modes_per_stack):
        raise ValueError("modes_per_stack must hold one sequence of modes a stack")
    if x.ndim != 1 or y.ndim != 1 or x.size == 0 or y.size == 0 or cell_size <= 0.0:
        raise ValueError("x_centres and y_centres must be 1-D and not empty, cell_size positive")
    pairs = [(i, mode) for i, modes in enumerate(modes_per_stack) for mode in modes]
    count = len(pairs)
    position = np.array([(stacks[i].x, stacks[i].y) for i, _ in pairs]).reshape(count, 2)
    exits = np.array(
        [(s.height, s.diameter, s.temperature, s.velocity) for s in (stacks[i] for i, _ in pairs)]
    ).reshape(count, 4)
    rates = np.array(
        [(m.density, m.deposition_velocity, m.scavenging_rate) for _, m in pairs]
    ).reshape(count, 3)
    diameters, fractions, sizes = _pad([m for _, m in pairs])
    dry, wet, air = (np.empty((count, y.size, x.size)) for _ in range(3))
    _footprint_kernel(
        position, exits, rates, diameters, fractions, sizes,
        climate.frequency, climate.wind, climate.temperature, climate.rain, climate.mixing_height,
        climate.anemometer_height, climate.roughness, climate.urban,
        x, y, float(cell_size), _nodes(position, x, y, cell_size), STEP, dry, wet, air,
    )  # fmt: skip
    return Footprints(
        stack=np.array([i for i, _ in pairs], dtype=np.int64),
        mode=tuple(m.name for _, m in pairs),
        dry=dry,
        wet=wet,
        air=air,
        cell_area=float(cell_size) ** 2,
    )


def _pad(
    modes: Sequence[Mode],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Diameters and fractions ``[mode, class]`` and the number of classes; a gas has diameter 0."""
    width = max((len(m.diameters) for m in modes), default=0)
    diameters = np.zeros((len(modes), max(width, 1)))
    fractions = np.zeros((len(modes), max(width, 1)))
    fractions[:, 0] = 1.0  # of a gas
    for i, mode in enumerate(modes):
        diameters[i, : len(mode.diameters)] = mode.diameters
        fractions[i, : len(mode.diameters)] = mode.mass_fractions
    sizes = np.array([max(len(m.diameters), 1) for m in modes], dtype=np.int64)
    return diameters, fractions, sizes


def _nodes(
    position: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    cell_size: float,
) -> NDArray[np.int64]:
    """Nodes of distance that each source needs to reach the farthest corner of the grid."""
    reach_x = np.maximum(np.abs(position[:, 0] - x.min()), np.abs(position[:, 0] - x.max()))
    reach_y = np.maximum(np.abs(position[:, 1] - y.min()), np.abs(position[:, 1] - y.max()))
    reach = np.hypot(reach_x + cell_size, reach_y + cell_size)
    return np.array([node_count(r) for r in reach], dtype=np.int64)


@njit(cache=True, parallel=True)
def _footprint_kernel(
    position: NDArray[np.float64],
    exits: NDArray[np.float64],
    rates: NDArray[np.float64],
    diameters: NDArray[np.float64],
    fractions: NDArray[np.float64],
    sizes: NDArray[np.int64],
    frequency: NDArray[np.float64],
    wind: NDArray[np.float64],
    temperature: NDArray[np.float64],
    rain: NDArray[np.float64],
    mixing_height: NDArray[np.float64],
    anemometer: float,
    roughness: float,
    urban: bool,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    cell_size: float,
    nodes: NDArray[np.int64],
    step: float,
    dry: NDArray[np.float64],
    wet: NDArray[np.float64],
    air: NDArray[np.float64],
) -> None:
    """Fill in the footprints: the table of a source and mode, then its cells."""
    for n in prange(position.shape[0]):
        size = sizes[n]
        table = radial_table(
            nodes[n], step, exits[n], diameters[n, :size], fractions[n, :size],
            rates[n, 0], rates[n, 1], rates[n, 2],
            frequency, wind, temperature, rain, mixing_height, anemometer, roughness, urban,
        )  # fmt: skip
        for i in range(y.size):
            for j in range(x.size):
                mean = cell_mean(
                    table, step, x[j] - position[n, 0], y[i] - position[n, 1], cell_size
                )
                dry[n, i, j] = mean[0]
                wet[n, i, j] = mean[1]
                air[n, i, j] = mean[2]
