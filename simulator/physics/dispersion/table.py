"""A plume by distance: what one hour leaves downwind and all around, tabulated (spec 12.3).

In flat terrain the state of a plume is a function of distance alone. Its logarithms are tabulated
at distances evenly spaced in their own logarithm and read by cubic interpolation, so that
thousands of receptors cost little more than a hundred. This is the one approximation of the
tabulated mode; what it costs is measured beside the exact mode in ``docs/dispersion.md``.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.dispersion.hours import Hour
from simulator.physics.dispersion.kernel_inputs import DEPLETES, SCAVENGED, V_D, Switches
from simulator.physics.dispersion.plume import Plume, crosswind, meander, plume_at, settle
from simulator.physics.dispersion.rates import Categories
from simulator.physics.dispersion.receptor import CONCENTRATION, DRY, WET
from simulator.physics.dispersion.rise import Release
from simulator.physics.dispersion.surface_air import deposition_height

#: Nodes in a decade of distance: for receptors wherever they are, and for rings at the nodes.
NODES_PER_DECADE: Final[int] = 48
RING_NODES_PER_DECADE: Final[int] = 32
#: Logarithm of what does not reach the ground, and below which nothing counts as reached.
NOTHING: Final[float] = -1.0e4
_REACHED: Final[float] = -1.0e3

#: A plume that has settled by less than this share of its spread counts as level.
_SAME: Final[float] = 3e-4
#: Gauss's two points on (1, X): 1 + a (X - 1).
_GAUSS_NEAR: Final[float] = 0.5 - 0.2886751
_GAUSS_FAR: Final[float] = 0.5 + 0.2886751
#: Logarithm of sqrt(2 pi).
LN_SQRT_2PI: Final[float] = 0.5 * math.log(2.0 * math.pi)


class Table(NamedTuple):
    """One hour by distance; logarithms but for ``share``.

    ``main`` and ``penetrated`` lack the lateral term, ``around`` (the meandering part) has it and
    its weight. Quantities run over substances, and for each over concentration, dry and wet.
    """

    share: NDArray[np.float64]  #: weight of the meandering part, ``[node]``
    spread: NDArray[np.float64]  #: sigma_y, sigma_y3, ``[node, 2]``
    main: NDArray[np.float64]  #: ``[node, quantity]``
    penetrated: NDArray[np.float64]  #: ``[node, quantity]``
    around: NDArray[np.float64]  #: ``[node, quantity]``


def node_distances(
    nearest: float, farthest: float, per_decade: int = NODES_PER_DECADE
) -> NDArray[np.float64]:
    """Distances of the nodes that serve receptors between two distances. [m]

    They reach inwards as far as the integral of depletion does.
    """
    first = max(1.0, 0.99 * _GAUSS_NEAR * nearest)
    count = 2 + math.ceil(math.log10(max(farthest / first, 1.0)) * per_decade)
    return first * 10.0 ** (np.arange(count) / per_decade)


@njit(cache=True)
def new_table(nodes: int, quantities: int) -> Table:
    """An empty table."""
    return Table(
        np.empty(nodes),
        np.empty((nodes, 2)),
        np.empty((nodes, quantities)),
        np.empty((nodes, quantities)),
        np.empty((nodes, quantities)),
    )


@njit(cache=True)
def _log(value: float) -> float:
    return math.log(value) if value > 0.0 else NOTHING


class Place(NamedTuple):
    """Where a distance lies among the nodes: the node below and the weights of four around it."""

    below: int
    share: float  #: of the interval
    before: float
    here: float
    there: float
    after: float


@njit(cache=True)
def place_at(position: float, nodes: int) -> Place:
    """Place from a position in units of the spacing, from the first node on.

    Weights are those of the cubic through four nodes; linear in the first and last interval.
    """
    k = min(int(max(position, 0.0)), nodes - 2)
    t = position - k
    if k == 0 or k == nodes - 2:
        return Place(k, t, 0.0, 1.0 - t, t, 0.0)
    return Place(
        k,
        t,
        -t * (t - 1.0) * (t - 2.0) / 6.0,
        (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0,
        -(t + 1.0) * t * (t - 2.0) / 2.0,
        (t + 1.0) * t * (t - 1.0) / 6.0,
    )


@njit(cache=True)
def read(rows: NDArray[np.float64], at: Place, column: int) -> float:
    """A logarithm of ``[node, column]`` between nodes.

    Linear where the plume does not reach a neighbour.
    """
    k = at.below
    low, high = rows[k, column], rows[k + 1, column]
    if at.before != 0.0:
        before, after = rows[k - 1, column], rows[k + 2, column]
        if min(min(before, after), min(low, high)) > _REACHED:
            return at.before * before + at.here * low + at.there * high + at.after * after
    return low + at.share * (high - low)


@njit(cache=True)
def _terms(
    plume: Plume,
    bare: Plume,
    settled: float,
    flagpole: float,
    z_d: float,
    deposits: bool,
    out: Release,
    hour: Hour,
    profile: NDArray[np.float64],
) -> tuple[float, float, float, float, float]:
    """Crosswind integrals at the receptor, and at z_d apart and together (for depletion)."""
    setting = settle(plume, settled, flagpole + z_d, True, out, hour, profile)
    here = crosswind(flagpole, plume, setting, out, hour)
    if not deposits:
        return here.main, here.penetrated, 0.0, 0.0, 0.0
    low = crosswind(z_d, plume, setting, out, hour)
    path = low.main + low.penetrated
    if out.sigma_z0 > 0.0:
        setting = settle(bare, settled, flagpole + z_d, False, out, hour, profile)
        start = crosswind(z_d, bare, setting, out, hour)
        path = start.main + start.penetrated
    return here.main, here.penetrated, low.main, low.penetrated, path


@njit(cache=True)
def fill_table(
    distances: NDArray[np.float64],
    flagpole: float,
    switches: Switches,
    out: Release,
    hour: Hour,
    profile: NDArray[np.float64],
    rates: NDArray[np.float64],
    categories: Categories,
    table: Table,
) -> None:
    """Fill in the table of one hour and source.

    Parameters
    ----------
    distances : ndarray
        Evenly spaced in their logarithm, ``[node]``. [m]
    flagpole : float
        Height of all receptors above the ground. [m]
    """
    n_node, n_category = distances.size, rates.shape[0]
    z_d = deposition_height(hour.roughness)
    # crosswind integrals [node, category]: for concentration and for dry deposition, and of both
    # plumes together along the path of depletion
    conc = np.zeros((n_node, n_category, 2))
    dry = np.zeros((n_node, n_category, 2))
    along = np.empty((n_node, n_category))
    wind = np.empty((n_node, 2))
    deposits = False
    for c in range(n_category):
        deposits = deposits or rates[c, V_D] > 0.0
    for k in range(n_node):
        x = distances[k]
        plume = plume_at(x, flagpole, True, out, hour, profile)
        bare = plume
        if out.sigma_z0 > 0.0:
            bare = plume_at(x, flagpole, False, out, hour, profile)
        table.share[k] = meander(plume, out)
        table.spread[k, 0] = math.log(plume.sigma_y)
        table.spread[k, 1] = math.log(plume.sigma_y3)
        wind[k, 0] = (1.0 - out.penetration) / plume.u
        wind[k, 1] = out.penetration / plume.u_3
        level = _terms(plume, bare, 0.0, flagpole, z_d, deposits, out, hour, profile)
        for c in range(n_category):
            settled = categories.settling[c] * x / out.u
            found = level
            if settled > _SAME * min(plume.sigma_z1, plume.sigma_z2 if out.convective else 1e30):
                found = _terms(
                    plume, bare, settled, flagpole, z_d, rates[c, V_D] > 0.0, out, hour, profile
                )
            conc[k, c, 0], conc[k, c, 1], dry[k, c, 0], dry[k, c, 1], total = found
            along[k, c] = _log(total)
    first, step = distances[0], math.log(distances[1] / distances[0])
    for k in range(n_node):
        for q in range(table.main.shape[1]):
            table.main[k, q] = 0.0
            table.penetrated[k, q] = 0.0
    for k in range(n_node):
        x = distances[k]
        near = place_at(math.log((1.0 + _GAUSS_NEAR * (x - 1.0)) / first) / step, n_node)
        far = place_at(math.log((1.0 + _GAUSS_FAR * (x - 1.0)) / first) / step, n_node)
        for c in range(n_category):
            v_d = rates[c, V_D]
            left = categories.fraction[c]
            if switches.dry_depletion and v_d > 0.0:
                path = math.exp(read(along, near, c)) + math.exp(read(along, far, c))
                left *= math.exp(-min(v_d * 0.5 * (x - 1.0) * path, 50.0))
            if switches.wet_depletion and rates[c, DEPLETES] > 0.0:
                left *= math.exp(-rates[c, DEPLETES] * x / out.u)
            s = 3 * categories.substance[c]
            table.main[k, s + CONCENTRATION] += left * conc[k, c, 0]
            table.main[k, s + DRY] += left * v_d * dry[k, c, 0]
            washed = left * rates[c, SCAVENGED]
            table.main[k, s + WET] += washed * wind[k, 0]
            if out.penetration > 0.0:
                table.penetrated[k, s + CONCENTRATION] += left * conc[k, c, 1]
                table.penetrated[k, s + DRY] += left * v_d * dry[k, c, 1]
                table.penetrated[k, s + WET] += washed * wind[k, 1]
    for k in range(n_node):
        around = table.share[k] / (2.0 * math.pi * distances[k])
        for q in range(table.main.shape[1]):
            main, penetrated = table.main[k, q], table.penetrated[k, q]
            table.around[k, q] = _log(around * (main + penetrated))
            table.main[k, q] = _log(main)
            if out.penetration > 0.0:
                table.penetrated[k, q] = _log(penetrated)


@njit(cache=True)
def lateral_log(table: Table, at: Place, y: float, plume: int) -> float:
    """Logarithm of the lateral term (6.2) of the main (0) or the penetrated (1) plume."""
    log = read(table.spread, at, plume)
    eta = y * math.exp(-log)
    return -0.5 * eta * eta - log - LN_SQRT_2PI
