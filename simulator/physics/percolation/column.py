"""What a soil column is made of: materials, boundaries, roots, weather, solutes, numerics."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TopKind = Literal["atmospheric", "head", "flux"]
BottomKind = Literal["free_drainage", "seepage", "head", "flux", "deep_drainage"]

#: Head at which soil with the air-entry option is saturated. [cm]
AIR_ENTRY: Final = -2.0


@dataclass(frozen=True)
class Material:
    """One soil material: van Genuchten-Mualem parameters and what transport needs.

    Attributes
    ----------
    theta_r, theta_s : float
        Residual and saturated water content. [cm3 cm-3]
    alpha : float
        [cm-1]
    n : float
        Above 1. [-]
    k_s : float
        Saturated conductivity. [cm d-1]
    l : float
        Pore connectivity. [-]
    bulk_density : float
        [g cm-3]
    dispersivity : float
        [cm]
    name : str
        For people.
    """

    theta_r: float
    theta_s: float
    alpha: float
    n: float
    k_s: float
    l: float = 0.5  # noqa: E741 - its name in the literature
    bulk_density: float = 1.4
    dispersivity: float = 10.0
    name: str = ""


@dataclass(frozen=True)
class Profile:
    """Materials by depth.

    Attributes
    ----------
    depth : ndarray ``[node]``
        Depth of the nodes, from 0 at the surface downwards. [cm]
    material : ndarray of int ``[node]``
        Index into ``materials``; a node on a boundary belongs to the material above.
    materials : tuple of Material
    air_entry : bool
        Saturation from a head of -2 cm on (Vogel et al. 2001), for all materials.
    """

    depth: Floats
    material: NDArray[np.int64]
    materials: tuple[Material, ...]
    air_entry: bool = False

    @property
    def length(self) -> Floats:
        """Length of soil that each node stands for, half the way to its neighbours. [cm]."""
        gap = np.diff(self.depth)
        return 0.5 * (np.append(gap, 0.0) + np.append(0.0, gap))


def node_faces(depth: Floats) -> Floats:
    """Ends of the soil that each node stands for, halfway to its neighbours, ``[node + 1]``."""
    return np.concatenate((depth[:1], 0.5 * (depth[1:] + depth[:-1]), depth[-1:]))


@dataclass(frozen=True)
class Top:
    """The upper boundary.

    Attributes
    ----------
    kind : str
        ``atmospheric`` (weather decides), ``head`` or ``flux``.
    value : float
        Head [cm], or flux into the soil [cm d-1].
    h_crit_a : float
        Least head at the surface, of soil as dry as the air; negative. [cm]
    h_crit_s : float
        Depth of water that the surface holds before it runs off, with ``surface_layer``. [cm]
    surface_layer : bool
        Whether water ponds on the surface; without, what does not infiltrate runs off.
    """

    kind: TopKind
    value: float = 0.0
    h_crit_a: float = -15000.0
    h_crit_s: float = 0.0
    surface_layer: bool = False


@dataclass(frozen=True)
class Bottom:
    """The lower boundary.

    Attributes
    ----------
    kind : str
        ``free_drainage`` (unit gradient), ``seepage`` (no flux below the head ``value``), ``head``,
        ``flux`` or ``deep_drainage``.
    value : float
        Head [cm], or flux out of the profile [cm d-1].
    a, b, level : float
        Deep drainage out of the profile ``-a exp(b |h - level|)``, with ``h`` the groundwater level
        above the lowest node. [cm d-1, cm-1, cm]
    """

    kind: BottomKind
    value: float = 0.0
    a: float = 0.0
    b: float = 0.0
    level: float = 0.0


@dataclass(frozen=True)
class Feddes:
    """Reduction of root water uptake by head (Feddes et al. 1978).

    No uptake above ``p0`` and below ``p3``, full uptake from ``p_opt`` down to ``p2``, which lies
    at ``p2_high`` for a potential transpiration of ``r2_high`` and more and at ``p2_low`` for
    ``r2_low`` and less. ``p0`` of 0 means full uptake at saturation. Heads in cm, rates in cm d-1.
    """

    p0: float = -10.0
    p_opt: float = -25.0
    p2_high: float = -200.0
    p2_low: float = -800.0
    p3: float = -8000.0
    r2_high: float = 0.5
    r2_low: float = 0.1


@dataclass(frozen=True)
class RootGrowth:
    """Logistic growth of the rooting depth, half of the gain halfway through the season.

    Attributes
    ----------
    start, stop : float
        Season within the period. [d]
    least, greatest : float
        Rooting depth at the start and in the limit. [cm]
    period : float
        After which the season returns. [d]
    """

    start: float
    stop: float
    least: float
    greatest: float
    period: float = 365.0


@dataclass(frozen=True)
class Roots:
    """Root water uptake.

    Attributes
    ----------
    density : ndarray ``[node]``
        Share of the uptake by depth, any unit; the lowest node takes none. Replaced by Hoffman and
        van Genuchten's distribution where there is ``growth``.
    feddes : Feddes
    growth : RootGrowth or None
    """

    density: Floats
    feddes: Feddes = field(default_factory=Feddes)
    growth: RootGrowth | None = None


@dataclass(frozen=True)
class Weather:
    """What the atmosphere asks for, by record; each holds from the end of the one before.

    Attributes
    ----------
    end : ndarray ``[record]``
        Time at which a record ends. [d]
    rain : ndarray ``[record]``
        Water that reaches the surface: rain less interception and storm runoff, and irrigation.
        [cm d-1]
    evaporation, transpiration : ndarray ``[record]``
        Potential rates. [cm d-1]
    concentration : ndarray ``[solute, record]``
        Of the rain. [ug cm-3]
    bund : ndarray ``[record]`` or None
        Depth of water that the surface holds before it runs off, where that changes; otherwise the
        ``h_crit_s`` of the top boundary. [cm]
    """

    end: Floats
    rain: Floats
    evaporation: Floats
    transpiration: Floats
    concentration: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    bund: Floats | None = None


@dataclass(frozen=True)
class Solute:
    """A solute that sorbs at once: ``s = kd c^beta / (1 + eta c^beta)``.

    Attributes
    ----------
    initial : ndarray ``[node]``
        Concentration at the start. [ug cm-3]
    kd, beta, eta : ndarray ``[material]``
        Linear with ``beta`` 1 and ``eta`` 0, Freundlich with ``eta`` 0, Langmuir with ``beta`` 1.
        [cm3 g-1 for beta 1, -, cm3 ug-1 for beta 1]
    diffusion : float
        In free water. [cm2 d-1]
    root_limit : float
        Largest concentration that roots take in; 0 for none at all. [ug cm-3]
    top_concentration : float
        Of water that infiltrates under a constant head or flux. [ug cm-3]
    pulse : float
        Time at which ``top_concentration`` falls to 0. [d]
    source : ndarray ``[period, node]`` or None
        What comes in, or with a negative sign is taken out, within the soil, by period of the run.
        [ug cm-3 d-1]
    name : str
        For people.
    """

    initial: Floats
    kd: Floats
    beta: Floats
    eta: Floats
    diffusion: float = 0.6
    root_limit: float = 0.0
    top_concentration: float = 0.0
    pulse: float = float("inf")
    source: Floats | None = None
    name: str = ""


@dataclass(frozen=True)
class Numerics:
    """Time steps and tolerances; the defaults are those that the reference cases ask for.

    Attributes
    ----------
    dt_init, dt_min, dt_max : float
        First, least and greatest step. [d]
    tol_theta, tol_h : float
        Greatest last change of water content, relative to its range, of unsaturated nodes [-] and
        of head elsewhere [cm].
    max_iter, few, many : int
        Iterations after which a step is cut, up to which the next may grow, and from which it
        shrinks.
    grow, shrink : float
        Factors of the step. [-]
    upstream : bool
        Upstream weighting of advection rather than central.
    """

    dt_init: float = 1.0e-3
    dt_min: float = 1.0e-6
    dt_max: float = 0.025
    tol_theta: float = 1.0e-4
    tol_h: float = 0.1
    max_iter: int = 20
    few: int = 3
    many: int = 7
    grow: float = 1.3
    shrink: float = 0.7
    upstream: bool = False


@dataclass(frozen=True)
class Column:
    """A column, ready to run from ``start`` to ``stop``. [d]

    Attributes
    ----------
    profile : Profile
    top : Top
    bottom : Bottom
    head : ndarray ``[node]``
        At the start. [cm]
    weather : Weather or None
        For an atmospheric top, or transpiration under another.
    roots : Roots or None
    solutes : tuple of Solute
    numerics : Numerics
    start, stop : float
        [d]
    tillage : float
        Depth to which solutes are mixed at the end of each period. [cm]
    """

    profile: Profile
    top: Top
    bottom: Bottom
    head: Floats
    start: float
    stop: float
    weather: Weather | None = None
    roots: Roots | None = None
    solutes: tuple[Solute, ...] = ()
    numerics: Numerics = field(default_factory=Numerics)
    tillage: float = 0.0
