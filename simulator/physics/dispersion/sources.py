"""Sources and what they emit: geometry of the release, substances and their deposition.

Units are SI: diameters in m, densities in kg m-3, diffusivities in m2 s-1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

#: How a stack releases (spec 4.2).
VERTICAL: Final[str] = "vertical"
CAPPED: Final[str] = "capped"
HORIZONTAL: Final[str] = "horizontal"


def _finite(source: object, *values: float) -> None:
    if not all(math.isfinite(v) for v in values):
        raise ValueError(f"a source must have finite values: {source}")


@dataclass(frozen=True)
class Point:
    """A stack.

    Attributes
    ----------
    x, y : float
        Position. [m]
    height : float
        Of the exit above ground. [m]
    diameter : float
        Inner diameter of the exit. [m]
    temperature : float
        Of the gas at the exit; 0 for that of the air, negative for a fixed excess over it. [K]
    velocity : float
        Of the gas at the exit. [m s-1]
    base : float
        Elevation of the foot. [m]
    release : str
        ``"vertical"``, ``"capped"`` or ``"horizontal"``.
    """

    x: float
    y: float
    height: float
    diameter: float
    temperature: float
    velocity: float
    base: float = 0.0
    release: str = VERTICAL

    def __post_init__(self) -> None:
        _finite(self, self.x, self.y, self.height, self.diameter, self.temperature)
        _finite(self, self.velocity, self.base)
        if self.height < 0.0 or self.velocity < 0.0 or self.diameter < 0.0:
            raise ValueError(
                f"height, diameter and velocity of a stack must not be negative: {self}"
            )
        if self.release not in (VERTICAL, CAPPED, HORIZONTAL):
            raise ValueError(f"release must be vertical, capped or horizontal: {self}")


@dataclass(frozen=True)
class Volume:
    """A puff of given size at its start: a building that leaks, a pile, a conveyor.

    Attributes
    ----------
    x, y : float
        Position of the centre. [m]
    height : float
        Of the centre above ground. [m]
    sigma_y, sigma_z : float
        Initial spread. [m]
    base : float
        Elevation of the ground. [m]
    """

    x: float
    y: float
    height: float
    sigma_y: float
    sigma_z: float
    base: float = 0.0

    def __post_init__(self) -> None:
        _finite(self, self.x, self.y, self.height, self.sigma_y, self.sigma_z, self.base)
        if self.height < 0.0 or self.sigma_y <= 0.0 or self.sigma_z <= 0.0:
            raise ValueError(f"height must not be negative, spreads must be positive: {self}")


@dataclass(frozen=True)
class Area:
    """A polygon that emits evenly. Rates of emission are those of the whole polygon.

    Attributes
    ----------
    vertices : tuple of tuple of float
        Corners in order, not closed. [m]
    height : float
        Of the release above ground. [m]
    sigma_z : float
        Initial vertical spread. [m]
    base : float
        Elevation of the ground. [m]
    """

    vertices: tuple[tuple[float, float], ...]
    height: float
    sigma_z: float = 0.0
    base: float = 0.0

    def __post_init__(self) -> None:
        _finite(self, self.height, self.sigma_z, self.base, *np.ravel(self.vertices))
        if len(self.vertices) < 3 or self.height < 0.0 or self.sigma_z < 0.0:
            raise ValueError(f"an area has three corners at least, nothing negative: {self}")

    @classmethod
    def rectangle(
        cls,
        x: float,
        y: float,
        x_length: float,
        y_length: float,
        height: float,
        angle: float = 0.0,
        sigma_z: float = 0.0,
        base: float = 0.0,
    ) -> Area:
        """A rectangle from its vertex (x, y), its y side towards azimuth ``angle`` [degree]."""
        a = math.radians(angle)
        up = (y_length * math.sin(a), y_length * math.cos(a))
        across = (x_length * math.cos(a), -x_length * math.sin(a))
        corners = (
            (x, y),
            (x + up[0], y + up[1]),
            (x + up[0] + across[0], y + up[1] + across[1]),
            (x + across[0], y + across[1]),
        )
        return cls(corners, height, sigma_z, base)

    @classmethod
    def circle(
        cls,
        x: float,
        y: float,
        radius: float,
        height: float,
        corners: int = 20,
        sigma_z: float = 0.0,
        base: float = 0.0,
    ) -> Area:
        """A regular polygon of the circle's area, first corner due north of the centre (x, y)."""
        step = 2.0 * math.pi / corners
        reach = radius * math.sqrt(step / math.sin(step))
        return cls(
            tuple(
                (x + reach * math.sin(i * step), y + reach * math.cos(i * step))
                for i in range(corners)
            ),
            height,
            sigma_z,
            base,
        )

    @property
    def size(self) -> float:
        """Area of the polygon. [m2]"""
        x, y = np.asarray(self.vertices).T
        return 0.5 * abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))))


Source = Point | Volume | Area


@dataclass(frozen=True)
class Inert:
    """A substance that does not deposit."""


@dataclass(frozen=True)
class Particles:
    """Particles by size, AERMOD's Method 1.

    Attributes
    ----------
    diameters : tuple of float
        Mass-mean diameter of each size class. [m]
    fractions : tuple of float
        Share of the mass in each class, sums to 1. [-]
    densities : tuple of float
        Of each class. [kg m-3]
    """

    diameters: tuple[float, ...]
    fractions: tuple[float, ...]
    densities: tuple[float, ...]

    def __post_init__(self) -> None:
        if not len(self.diameters) == len(self.fractions) == len(self.densities) > 0:
            raise ValueError("particles need as many diameters as fractions and densities")
        if not all(1e-9 < d < 1e-3 for d in self.diameters):
            raise ValueError("diameters of particles must be in metres, 1e-9 to 1e-3")
        if min(self.fractions) < 0.0 or abs(sum(self.fractions) - 1.0) > 1e-3:
            raise ValueError("mass fractions of particles must sum to 1")
        if not all(10.0 <= d <= 25000.0 for d in self.densities):
            raise ValueError("densities of particles must be in kg m-3, 10 to 25000")


@dataclass(frozen=True)
class BulkParticles:
    """Particles by fine share and mean diameter, AERMOD's Method 2.

    Attributes
    ----------
    fine_fraction : float
        Share of the mass in particles below 2.5 um. [-]
    diameter : float
        Mass-mean diameter. [m]
    """

    fine_fraction: float
    diameter: float

    def __post_init__(self) -> None:
        if not (0.0 <= self.fine_fraction <= 1.0 and 1e-9 < self.diameter < 1e-3):
            raise ValueError(f"fine fraction within 0 to 1, diameter in metres: {self}")


@dataclass(frozen=True)
class Gas:
    """A gas that deposits and dissolves.

    Attributes
    ----------
    diffusivity_air, diffusivity_water : float
        [m2 s-1]
    cuticular_resistance : float
        To uptake by the lipids of leaves. [s m-1]
    henry : float
        Henry's constant. [Pa m3 mol-1]
    reactivity : float
        f0: 0 for most, 1 for divalent mercury and ozone. [-]
    """

    diffusivity_air: float
    diffusivity_water: float
    cuticular_resistance: float
    henry: float
    reactivity: float = 0.0

    def __post_init__(self) -> None:
        values = (self.diffusivity_air, self.diffusivity_water, self.cuticular_resistance)
        if not all(math.isfinite(v) and v > 0.0 for v in (*values, self.henry)):
            raise ValueError(f"properties of a gas must be positive: {self}")
        if not 0.0 <= self.reactivity <= 1.0:
            raise ValueError(f"reactivity within 0 to 1: {self}")


Substance = Inert | Particles | BulkParticles | Gas


@dataclass(frozen=True)
class Ground:
    """What gases fall on: land use by direction of flow and season by month (spec 8.3).

    Attributes
    ----------
    land_use : tuple of int
        Class 1 to 9 for flow towards 10, 20, ... 360 degrees.
    season : tuple of int
        Category 1 to 5 for January to December.
    leaf_area_autumn, leaf_area_spring : float
        Leaf area factor in seasons 2 and 5. [-]
    """

    land_use: tuple[int, ...] = (2,) * 36
    season: tuple[int, ...] = (4, 4, 5, 5, 1, 1, 1, 1, 2, 2, 3, 4)
    leaf_area_autumn: float = 0.5
    leaf_area_spring: float = 0.25

    def __post_init__(self) -> None:
        if len(self.land_use) != 36 or not set(self.land_use) <= set(range(1, 10)):
            raise ValueError("land_use must hold 36 classes of 1 to 9")
        if len(self.season) != 12 or not set(self.season) <= set(range(1, 6)):
            raise ValueError("season must hold 12 categories of 1 to 5")
