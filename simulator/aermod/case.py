"""Cases for AERMOD: what a run is made of, and reading reference cases with their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulator.physics.dispersion.sources import Ground, Source, Substance

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rectangle:
    """A rectangular area as AERMOD takes it; its vertex (x, y) is the one it turns about.

    Attributes
    ----------
    x, y, x_length, y_length : float
        [m]
    angle : float
        Direction of the y side, clockwise from north. [degree]
    """

    x: float
    y: float
    x_length: float
    y_length: float
    angle: float = 0.0


@dataclass(frozen=True)
class Circle:
    """A circular area as AERMOD takes it.

    Attributes
    ----------
    x, y, radius : float
        [m]
    corners : int
        Of the polygon that stands for it.
    """

    x: float
    y: float
    radius: float
    corners: int = 20


@dataclass(frozen=True)
class CaseSource:
    """A source and what it emits.

    Attributes
    ----------
    id : str
        At most 12 characters.
    source : Source
        Where and how.
    substance : Substance
        What.
    rate : float
        Emission, of an area that of the whole polygon. [g s-1]
    urban : bool
        Whether the urban option acts on it.
    shape : Rectangle, Circle or None
        Of an area, if AERMOD is to be given this shape rather than the polygon.
    """

    id: str
    source: Source
    substance: Substance
    rate: float
    urban: bool = False
    shape: Rectangle | Circle | None = None


@dataclass(frozen=True)
class Receptors:
    """Points at which AERMOD computes.

    Attributes
    ----------
    x, y : ndarray
        Position. [m]
    ground, hill : ndarray
        Elevation of the ground and hill-height scale; ``hill`` is not below ``ground``. [m]
    flagpole : ndarray
        Height above ground. [m]
    """

    x: Floats
    y: Floats
    ground: Floats
    hill: Floats
    flagpole: Floats

    def __len__(self) -> int:
        return self.x.size

    @classmethod
    def on_flat_ground(cls, x: Floats, y: Floats) -> Receptors:
        """Receptors at the ground of flat terrain. [m]"""
        zero = np.zeros(len(x))
        return cls(np.asarray(x, float), np.asarray(y, float), zero, zero, zero)


@dataclass(frozen=True)
class UrbanArea:
    """The town of the urban option.

    Attributes
    ----------
    name : str
        At most 8 characters.
    population : float
        Inhabitants.
    roughness : float
        [m]
    """

    name: str
    population: float
    roughness: float = 1.0


@dataclass(frozen=True)
class Hours:
    """Hours that AERMOD counted: all that it processed, and the calm and missing ones of them."""

    processed: int
    calm: int
    missing: int


@dataclass(frozen=True)
class Case:
    """One run of AERMOD.

    Attributes
    ----------
    id, title : str
        Name (at most 68 characters) and what it is about.
    folder : Path
        Where its files are.
    sources : tuple of CaseSource
        In AERMOD's order; ids are unique.
    groups : mapping of str to tuple of str
        Ids of the sources whose sum is a result. ``ALL`` holds all sources.
    receptors : Receptors
        Points of the results.
    surface_file, profile_file : Path
        Meteorology.
    flat : bool
        Whether terrain is left out.
    regulatory_default : bool
        AERMOD's ``DFAULT``: its defaults, with terrain.
    outputs : tuple of str
        Of ``CONC``, ``DEPOS``, ``DDEP``, ``WDEP``, in AERMOD's order.
    dry_depletion, wet_depletion : bool
        Whether the plume loses what deposits.
    stack_tip_downwash : bool
        Whether slow stacks lose height.
    ground : Ground or None
        What gases fall on; None without gases.
    urban : UrbanArea or None
        Town of the urban sources.
    profile_base : float
        Elevation that potential temperature counts from. [m]
    first_day, last_day : date or None
        Days to take of the meteorology, both included; None for all.
    surface_station, upper_air_station : str
        Ids of AERMOD's input, numbers.
    site_station : str or None
        Id of a measuring site.
    start_year : int
        First year of the meteorology.
    hours : Hours or None
        What AERMOD counted.
    results : mapping of str to str
        Files of the results in ``folder``: ``period``, ``hourly``, ``hourly_sample``.
    """

    id: str
    title: str
    folder: Path
    sources: tuple[CaseSource, ...]
    groups: Mapping[str, tuple[str, ...]]
    receptors: Receptors
    surface_file: Path
    profile_file: Path
    start_year: int
    flat: bool = True
    regulatory_default: bool = False
    outputs: tuple[str, ...] = ("CONC",)
    dry_depletion: bool = True
    wet_depletion: bool = True
    stack_tip_downwash: bool = True
    ground: Ground | None = None
    urban: UrbanArea | None = None
    profile_base: float = 0.0
    first_day: date | None = None
    last_day: date | None = None
    surface_station: str = "99999"
    upper_air_station: str = "99999"
    site_station: str | None = None
    hours: Hours | None = None
    results: Mapping[str, str] = field(default_factory=dict)

    @property
    def deposition(self) -> bool:
        """Whether deposition is among the outputs."""
        return any(name != "CONC" for name in self.outputs)
