r"""One time step of advection, dispersion and equilibrium sorption of a solute.

.. math:: \frac{\partial}{\partial t}(\theta c + \rho s) = \frac{\partial}{\partial x}\Big(\theta D
          \frac{\partial c}{\partial x}\Big) - \frac{\partial q c}{\partial x} - S\min(c, c_{root}),
          \quad s = \frac{k_d c^\beta}{1 + \eta c^\beta}, \quad
          \theta D = \lambda |q| + D_w\,\theta^{10/3}/\theta_s^2

Each node stands for its length of soil and holds a mass; Crank-Nicolson in time, with the water
flux of the step, which is the one that changed the water contents, so that water of one
concentration keeps it. The mass is what is carried: the isotherm, linearised where it is curved,
only says which concentration goes with it, so mass is conserved to rounding whatever the
tolerance. At the bottom the concentration gradient is zero and water leaves with the concentration
of the lowest node, whose mass is balanced like any other (HYDRUS-1D sets it equal to the node
above and loses sight of half an element).

References
----------
Simunek, J. et al. (2013): The HYDRUS-1D software package, version 4.17, chapter 5.
Millington, R.J. & Quirk, J.P. (1961): Permeability of porous solids. Trans. Faraday Soc. 57,
1200-1207. doi:10.1039/TF9615701200
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.percolation.flow import Mesh

Floats = NDArray[np.float64]

_MOST_ITERATIONS: Final = 30
#: Last relative change of concentration in the iteration of a curved isotherm.
_TOLERANCE: Final = 1.0e-4
#: Concentration, relative to the greatest of the column, below which an isotherm counts as linear.
_FLOOR: Final = 1.0e-10
#: Above this grid Peclet number upstream weighting is complete.
_FULL_UPSTREAM: Final = 20.0


class Sorption(NamedTuple):
    """What a solute does in the materials of a profile, arrays ``[material]``."""

    kd: Floats
    beta: Floats
    eta: Floats
    bulk_density: Floats  #: [g cm-3]
    dispersivity: Floats  #: [cm]
    diffusion: float  #: [cm2 d-1]
    root_limit: float  #: [ug cm-3]
    linear: bool


class Masses(NamedTuple):
    """A solute at the old time, changed to the new one, and scratch; arrays ``[node]``."""

    concentration: Floats  #: [ug cm-3]
    mass: Floats  #: dissolved and sorbed. [ug cm-3 of soil]
    flux: Floats  #: of the step, like that of water, ``[node + 1]``. [ug cm-2 d-1]
    ahead: Floats
    behind: Floats
    trial: Floats
    upper: Floats
    right: Floats


@njit(cache=True, nogil=True, error_model="numpy")
def sorbed(c: float, kd: float, beta: float, eta: float) -> float:
    """Sorbed content at a concentration, odd about 0. [ug g-1]."""
    power = abs(c) ** beta
    s = kd * power / (1.0 + eta * power)
    return s if c >= 0.0 else -s


@njit(cache=True, nogil=True, error_model="numpy")
def sorbed_slope(c: float, kd: float, beta: float, eta: float) -> float:
    """Derivative of :func:`sorbed` at a positive concentration. [cm3 g-1]."""
    power = c**beta
    return float(kd * beta * power / (c * (1.0 + eta * power) ** 2))


@njit(cache=True, nogil=True, error_model="numpy")
def concentration_of(
    mass: float, theta: float, bulk_density: float, kd: float, beta: float, eta: float
) -> float:
    """Concentration in solution of a mass by volume of soil, by Newton's method. [ug cm-3]."""
    if mass <= 0.0:
        return mass / (theta + bulk_density * kd) if beta == 1.0 else mass / theta
    # from below the root of a concave function every step goes up to it
    c = mass / (theta + bulk_density * kd)
    if beta != 1.0 or eta != 0.0:
        most = mass / theta
        bound = (mass / (2.0 * bulk_density * kd)) ** (1.0 / beta) if kd > 0.0 else most
        c = min(0.5 * most, bound)
    for _ in range(100):
        held = theta * c + bulk_density * sorbed(c, kd, beta, eta)
        slope = theta + bulk_density * sorbed_slope(c, kd, beta, eta)
        change = (mass - held) / slope
        c = max(c + change, 0.1 * c)
        if abs(change) <= 1e-13 * c:
            break
    return c


@njit(cache=True, nogil=True, error_model="numpy")
def tortuous_water(theta: float, theta_s: float) -> float:
    """Water content times tortuosity (Millington & Quirk 1961). [-]."""
    return float(theta**3 * np.cbrt(theta) / theta_s**2)


@njit(cache=True, nogil=True, error_model="numpy")
def exchange(
    water: Floats,
    speed: Floats,
    tortuosity: Floats,
    mesh: Mesh,
    p: Sorption,
    upstream: bool,
    m: Masses,
) -> None:
    """Write how concentrations drive the flux between nodes, ``ahead c_i - behind c_(i+1)``.

    Parameters
    ----------
    water : ndarray ``[node + 1]``
        Flux of water. [cm d-1]
    speed : ndarray ``[node + 1]``
        Flux of water that disperses, of either sign: the same, or the mean of its absolute value
        over a longer time. [cm d-1]
    tortuosity : ndarray ``[node]``
        Times water content, from :func:`tortuous_water`. [-]
    mesh, p, m
        See their types; ``m.ahead[1:]`` and ``m.behind[1:]`` are written, which belong to the node
        above. [cm d-1]
    upstream : bool
        Weight of the node upstream by the grid Peclet number.
    """
    here = 0.0
    for i in range(mesh.length.size):
        k = mesh.material[i]
        below = p.diffusion * tortuosity[i]
        if i > 0:
            q = water[i]
            j = mesh.material[i - 1]
            spread = 0.5 * (here + below + (p.dispersivity[j] + p.dispersivity[k]) * abs(speed[i]))
            weight = 0.0
            if upstream and q != 0.0:
                peclet = q * mesh.gap[i - 1] / spread
                if abs(peclet) > _FULL_UPSTREAM:
                    weight = 1.0 if q > 0.0 else -1.0
                elif abs(peclet) > 0.05:
                    weight = 1.0 / math.tanh(0.5 * peclet) - 2.0 / peclet
            spread /= mesh.gap[i - 1]
            m.ahead[i] = 0.5 * (1.0 + weight) * q + spread
            m.behind[i] = spread - 0.5 * (1.0 - weight) * q
        here = below


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _retention(c: float, theta: float, k: int, p: Sorption, floor: float) -> tuple[float, float]:
    """Slope and intercept of the mass by volume of soil as a line through the isotherm at ``c``."""
    if p.linear:
        return theta + p.bulk_density[k] * p.kd[k], 0.0
    if abs(c) < floor:
        rise = sorbed_slope(floor, p.kd[k], p.beta[k], p.eta[k])
        return theta + p.bulk_density[k] * rise, 0.0
    rise = sorbed_slope(abs(c), p.kd[k], p.beta[k], p.eta[k])
    held = sorbed(c, p.kd[k], p.beta[k], p.eta[k])
    return theta + p.bulk_density[k] * rise, p.bulk_density[k] * (held - rise * c)


@njit(cache=True, nogil=True, error_model="numpy")
def move(
    dt: float,
    inflow: float,
    water: Floats,
    theta: Floats,
    sink: Floats,
    source: Floats,
    mesh: Mesh,
    p: Sorption,
    m: Masses,
) -> tuple[float, int]:
    """Move a solute over one step; changes its concentration and mass and writes its flux.

    Parameters
    ----------
    dt : float
        [d]
    inflow : float
        Solute that comes in through the surface. [ug cm-2 d-1]
    water : ndarray ``[node + 1]``
        Flux of water during the step. [cm d-1]
    theta, sink : ndarray ``[node]``
        Water content after the step and uptake of water by roots during it. [-, d-1]
    source : ndarray ``[node]``
        Solute that comes in within the soil. [ug cm-3 d-1]
    mesh, p, m
        See their types; ``m.ahead`` and ``m.behind`` from :func:`exchange`.

    Returns
    -------
    taken : float
        Solute taken up by roots. [ug cm-2 d-1]
    iterations : int
    """
    n = mesh.length.size
    c, mass, trial = m.concentration, m.mass, m.trial
    half = 0.5 * dt
    drain = water[n]
    greatest = inflow / water[0] if inflow > 0.0 else 0.0
    for i in range(n):
        trial[i] = c[i]
        greatest = max(greatest, abs(c[i]))
    floor = max(greatest * _FLOOR, 1e-300)
    iterations = 0
    while True:
        for i in range(n):
            slope, fixed = _retention(trial[i], theta[i], mesh.material[i], p, floor)
            uptake, limited = sink[i] * mesh.length[i], 0.0
            if trial[i] > p.root_limit:
                uptake, limited = 0.0, uptake * p.root_limit
            away = uptake + (m.ahead[i + 1] if i + 1 < n else drain)
            if i > 0:
                away += m.behind[i]
            diagonal = mesh.length[i] * slope + half * away
            right = mesh.length[i] * (mass[i] - fixed + dt * source[i]) - half * away * c[i]
            right -= dt * limited
            if i > 0:
                from_above = half * m.ahead[i]
                right += from_above * (c[i - 1] + m.right[i - 1])
                diagonal -= from_above * m.upper[i - 1]
            else:
                right += dt * inflow
            from_below = 0.0
            if i + 1 < n:
                from_below = half * m.behind[i + 1]
                right += from_below * c[i + 1]
            m.upper[i] = from_below / diagonal
            m.right[i] = right / diagonal
        iterations += 1
        settled = True
        value = 0.0
        for i in range(n - 1, -1, -1):
            value = m.right[i] + m.upper[i] * value
            if abs(value - trial[i]) > _TOLERANCE * abs(value) + floor:
                settled = False
            trial[i] = value
        if p.linear or settled or iterations >= _MOST_ITERATIONS:
            break
    flux = m.flux
    flux[0] = inflow
    for i in range(1, n):
        ahead = m.ahead[i] * (c[i - 1] + trial[i - 1])
        flux[i] = 0.5 * (ahead - m.behind[i] * (c[i] + trial[i]))
    flux[n] = 0.5 * drain * (c[n - 1] + trial[n - 1])
    taken = 0.0
    for i in range(n):
        eaten = sink[i] * mesh.length[i] * min(0.5 * (c[i] + trial[i]), p.root_limit)
        taken += eaten
        mass[i] += dt * (source[i] + (flux[i] - flux[i + 1] - eaten) / mesh.length[i])
        c[i] = trial[i]
    return taken, iterations
