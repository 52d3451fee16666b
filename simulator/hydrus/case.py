"""Cases for HYDRUS-1D: what a run is made of, and what HYDRUS found."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.physics.percolation.column import Column

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TransportOptions:
    """How HYDRUS solves transport, beyond what a column says; of no effect without solutes.

    Attributes
    ----------
    time_weight : float
        Of the new time level: 0.5 is Crank-Nicolson, 1 fully implicit. [-]
    tol_abs, tol_rel : float
        Greatest last change of a concentration. [ug cm-3, -]
    max_iter : int
        Iterations of a nonlinear isotherm.
    peclet_courant : float
        Greatest product of the Péclet and Courant numbers. [-]
    """

    time_weight: float = 0.5
    tol_abs: float = 0.0
    tol_rel: float = 0.001
    max_iter: int = 20
    peclet_courant: float = 2.0


@dataclass(frozen=True)
class Results:
    """What HYDRUS found, with its column names, signs and units; None where there is no file.

    HYDRUS's z points up: upward fluxes are positive, infiltration and percolation negative.

    Attributes
    ----------
    tlevel : DataFrame or None
        Water by ``time``: fluxes [cm d-1], their sums [cm], heads [cm], ``volume`` [cm].
    solute : DataFrame or None
        Solute by ``time``: fluxes [ug cm-2 d-1] and sums [ug cm-2], positive into the profile at
        its ends and up at observation depths; concentrations [ug cm-3].
    profiles : DataFrame or None
        By ``time`` and ``node``: ``depth``, ``h`` [cm], ``theta``, ``K``, ``flux`` [cm d-1],
        ``C`` [cm-1], ``sink`` [d-1], ``conc_1`` [ug cm-3], ``sorbed_1`` [ug g-1].
    balance : DataFrame or None
        By ``time``: water [cm] and solute [ug cm-2] of the profile and its subregions, and
        HYDRUS's balance errors; blank at the start.
    annual : DataFrame or None
        By ``year``: water [cm] and solute [ug cm-2], positive where lost.
    standard_build : DataFrame or None
        By ``time``: sums of the build with 8-byte reals and, suffix ``_std``, of that with 4-byte.
    """

    tlevel: pd.DataFrame | None = None
    solute: pd.DataFrame | None = None
    profiles: pd.DataFrame | None = None
    balance: pd.DataFrame | None = None
    annual: pd.DataFrame | None = None
    standard_build: pd.DataFrame | None = None


@dataclass(frozen=True)
class Case:
    """One run of HYDRUS-1D.

    Attributes
    ----------
    folder : Path
        Where its files are.
    id, title, kind : str
        Name, what it is about, and its sort.
    column : Column
        What is simulated.
    output_interval : float
        Between the times of ``tlevel.csv``. [d]
    output_times : ndarray
        Times of ``tlevel.csv``; multiples of the interval without that file. [d]
    print_times : ndarray
        Times of ``profiles.csv`` and ``balance.csv``, the start left out. [d]
    subregions : tuple of (float, float)
        Upper and lower end of the parts that are balanced apart. [cm]
    observation_depths : tuple of float
        Where solute fluxes are reported. [cm]
    transport : TransportOptions
        HYDRUS's own options.
    hydraulic_tables : bool
        Whether HYDRUS interpolates the hydraulic functions in a table.
    results : Results
        What HYDRUS found.
    """

    folder: Path
    id: str
    title: str
    kind: str
    column: Column
    output_interval: float
    output_times: Floats
    print_times: Floats
    subregions: tuple[tuple[float, float], ...]
    observation_depths: tuple[float, ...] = ()
    transport: TransportOptions = field(default_factory=TransportOptions)
    hydraulic_tables: bool = False
    results: Results = field(default_factory=Results)


@dataclass(frozen=True)
class EvapotranspirationCase:
    """A case of potential evapotranspiration only.

    Attributes
    ----------
    folder : Path
        Where its files are.
    id, note : str
        Name and what it is about.
    latitude : float
        North positive. [degree]
    altitude : float
        [m]
    crop_height : float
        [cm]
    albedo, leaf_area_index, extinction : float
        Of the crop. [-]
    measuring_height : float
        Of wind and temperature. [cm]
    shortwave : tuple of float
        Angstrom's coefficients. [-]
    longwave : tuple of float
        Of the emissivity with the root of the vapour pressure. [-, kPa-0.5]
    daily : DataFrame
        ``et.csv``: the weather of each ``day``, and what HYDRUS and FAO-56 make of it, its
        columns named with their units.
    """

    folder: Path
    id: str
    note: str
    latitude: float
    altitude: float
    crop_height: float
    albedo: float
    leaf_area_index: float
    extinction: float
    measuring_height: float
    shortwave: tuple[float, float]
    longwave: tuple[float, float]
    daily: pd.DataFrame
