"""The solutes of a column over one step of its water."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.percolation.flow import ATMOSPHERIC, Boundaries, Levels, Mesh, Step
from simulator.physics.percolation.hydraulics import Hydraulics
from simulator.physics.percolation.transport import (
    Masses,
    Sorption,
    concentration_of,
    exchange,
    move,
    sorbed,
    tortuous_water,
)

Floats = NDArray[np.float64]

#: Amounts of a solute since the start. [ug cm-2]
SOLUTE_IN: Final = 0
SOLUTE_OUT: Final = 1
SOLUTE_UPTAKE: Final = 2
SOLUTE_RUNOFF: Final = 3
SOLUTE_SOURCE: Final = 4  #: from sources within the soil
SOLUTE_STORAGE: Final = 5  #: dissolved and sorbed in the profile, now
N_SOLUTE: Final = 6


class Solutes(NamedTuple):
    """Solutes of a column, arrays ``[solute, ...]``."""

    kd: Floats  #: ``[solute, material]``
    beta: Floats
    eta: Floats
    bulk_density: Floats  #: ``[material]``
    dispersivity: Floats  #: ``[material]``
    diffusion: Floats
    root_limit: Floats
    top_concentration: Floats
    pulse: Floats
    initial: Floats  #: ``[solute, node]``
    source: Floats  #: ``[solute, period, node]`` [ug cm-3 d-1]


class Carried(NamedTuple):
    """Where the solutes are."""

    concentration: Floats  #: ``[solute, node]`` [ug cm-3]
    mass: Floats  #: ``[solute, node]`` [ug cm-3 of soil]
    flux: Floats  #: of the step, ``[solute, node + 1]`` [ug cm-2 d-1]
    pond: Floats  #: on the surface, ``[solute]`` [ug cm-2]
    amount: Floats  #: ``[solute, N_SOLUTE]``
    linear: NDArray[np.bool_]  #: ``[solute]``
    tortuosity: Floats  #: ``[node]``
    scratch: Floats  #: ``[5, node + 1]``


@njit(cache=True, nogil=True, error_model="numpy")
def place(s: Solutes, theta: Floats, mesh: Mesh) -> Carried:
    """Solutes at the start, at rest in the water contents ``theta``."""
    count, n = s.initial.shape
    mass = np.empty((count, n))
    linear = np.ones(count, dtype=np.bool_)
    for p in range(count):
        for i in range(n):
            k = mesh.material[i]
            if s.beta[p, k] != 1.0 or s.eta[p, k] != 0.0:
                linear[p] = False
            held = sorbed(s.initial[p, i], s.kd[p, k], s.beta[p, k], s.eta[p, k])
            mass[p, i] = theta[i] * s.initial[p, i] + s.bulk_density[k] * held
    return Carried(
        s.initial.copy(),
        mass,
        np.zeros((count, n + 1)),
        np.zeros(count),
        np.zeros((count, N_SOLUTE)),
        linear,
        np.zeros(n),
        np.zeros((5, n + 1)),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def of_solute(p: int, s: Solutes, now: Carried) -> tuple[Sorption, Masses]:
    """What one solute does, and where it is."""
    bound = Sorption(
        s.kd[p],
        s.beta[p],
        s.eta[p],
        s.bulk_density,
        s.dispersivity,
        s.diffusion[p],
        s.root_limit[p],
        now.linear[p],
    )
    masses = Masses(
        now.concentration[p],
        now.mass[p],
        now.flux[p],
        now.scratch[0],
        now.scratch[1],
        now.scratch[2],
        now.scratch[3],
        now.scratch[4],
    )
    return bound, masses


@njit(cache=True, nogil=True, error_model="numpy")
def _surface(
    dt: float,
    arriving: float,
    potential: float,
    edge: Boundaries,
    step: Step,
    infiltration: float,
    pond: float,
) -> tuple[float, float, float]:
    """What of the solute that arrives with rain infiltrates, runs off, and stays in the pond.

    Water that evaporates leaves its solute. Without a pond, rain that evaporates on the same day
    is lost with its solute, as in HYDRUS-1D.
    """
    if edge.ponds:
        inflow, lost = max(infiltration, 0.0), max(step.runoff, 0.0)
        water = step.switches.pond + (inflow + lost) * dt
        if water <= 0.0:
            return 0.0, 0.0, pond + arriving * dt
        mixed = (pond + arriving * dt) / water
        return inflow * mixed, lost * mixed, step.switches.pond * mixed
    if potential <= 0.0:
        return 0.0, 0.0, 0.0
    entering = arriving * max(infiltration, 0.0) / potential
    return entering, arriving - entering, 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def carry(
    dt: float,
    time: float,
    period: int,
    rain: float,
    potential: float,
    record: int,
    rain_concentration: Floats,
    mesh: Mesh,
    soil: Hydraulics,
    edge: Boundaries,
    step: Step,
    level: Levels,
    s: Solutes,
    upstream: bool,
    now: Carried,
) -> int:
    """Move all solutes over one step.

    Parameters
    ----------
    dt, time : float
        Step and its beginning. [d]
    period : int
        Of the sources.
    rain, potential : float
        Rain, and rain less potential evaporation. [cm d-1]
    record : int
        Of ``rain_concentration``, ``[solute, record]`` [ug cm-3].
    mesh, soil, edge, step, level
        The water of the step, see their types.
    s : Solutes
    upstream : bool
        Weighting of advection.
    now : Carried
        Changed.

    Returns
    -------
    int
        Most iterations of a solute.
    """
    n = mesh.length.size
    for i in range(n):
        mean = 0.5 * (level.theta[i] + level.new_theta[i])
        now.tortuosity[i] = tortuous_water(mean, soil.theta_s[mesh.material[i]])
    most = 0
    q = level.flux
    for p in range(s.kd.shape[0]):
        bound, masses = of_solute(p, s, now)
        washed = 0.0
        if edge.top == ATMOSPHERIC:
            arriving = rain * rain_concentration[p, record]
            entering, washed, now.pond[p] = _surface(
                dt, arriving, potential, edge, step, q[0], now.pond[p]
            )
        else:
            entering = max(q[0], 0.0) * s.top_concentration[p] if time < s.pulse[p] else 0.0
        exchange(q, q, now.tortuosity, mesh, bound, upstream, masses)
        source = s.source[p, period]
        taken, iterations = move(
            dt, entering, q, level.new_theta, level.sink, source, mesh, bound, masses
        )
        for i in range(n):
            now.amount[p, SOLUTE_SOURCE] += source[i] * mesh.length[i] * dt
        most = max(most, iterations)
        now.amount[p, SOLUTE_IN] += entering * dt
        now.amount[p, SOLUTE_OUT] += now.flux[p, n] * dt
        now.amount[p, SOLUTE_UPTAKE] += taken * dt
        now.amount[p, SOLUTE_RUNOFF] += washed * dt
    return most


@njit(cache=True, nogil=True, error_model="numpy")
def mix(nodes: int, theta: Floats, mesh: Mesh, s: Solutes, now: Carried) -> None:
    """Till: spread every solute evenly over the uppermost nodes and let it sorb anew."""
    depth = 0.0
    for i in range(nodes):
        depth += mesh.length[i]
    for p in range(s.kd.shape[0]):
        total = 0.0
        for i in range(nodes):
            total += now.mass[p, i] * mesh.length[i]
        for i in range(nodes):
            k = mesh.material[i]
            now.mass[p, i] = total / depth
            now.concentration[p, i] = concentration_of(
                now.mass[p, i], theta[i], s.bulk_density[k], s.kd[p, k], s.beta[p, k], s.eta[p, k]
            )


@njit(cache=True, nogil=True, error_model="numpy")
def longest_step(mesh: Mesh, level: Levels, s: Solutes) -> float:
    """Longest step by the Courant numbers of the solutes, without any curved sorption. [d]."""
    limit = np.inf
    for p in range(s.kd.shape[0]):
        for i in range(mesh.gap.size):
            q = abs(level.flux[i + 1])
            if q == 0.0:
                continue
            held = np.inf
            for j in (i, i + 1):
                k = mesh.material[j]
                straight = s.beta[p, k] == 1.0 and s.eta[p, k] == 0.0
                sorption = s.bulk_density[k] * s.kd[p, k] if straight else 0.0
                held = min(held, level.new_theta[j] + sorption)
            j, k = mesh.material[i], mesh.material[i + 1]
            spread = s.dispersivity[j] + s.dispersivity[k]
            courant = min(1.0, spread / mesh.gap[i]) if spread > 0.0 else 1.0
            limit = min(limit, courant * mesh.gap[i] * held / q)
    return limit
