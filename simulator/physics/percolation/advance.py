"""One column through time: adaptive steps between the times that have to be met.

The rules of the step are those of HYDRUS-1D 4.08: it grows after few iterations and shrinks after
many, starts again small when rain sets in, and meets the times of records and outputs in equal
parts. Uptake by roots is taken from the state at the beginning of the step, which agrees with the
limit of small steps (HYDRUS-1D takes that of the step before).
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.percolation.flow import (
    ATMOSPHERIC,
    HEAD,
    Boundaries,
    Levels,
    Mesh,
    Step,
    Switches,
    Tolerance,
    take_step,
)
from simulator.physics.percolation.hydraulics import ROWS, Hydraulics, fill_table, water_content
from simulator.physics.percolation.roots import Uptake, grow, take_up
from simulator.physics.percolation.solutes import (
    SOLUTE_STORAGE,
    Carried,
    Solutes,
    carry,
    longest_step,
    mix,
    place,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Amounts of water since the start, and the state now. [cm]
INFILTRATION: Final = 0  #: through the surface, net of evaporation from the soil
TRANSPIRATION: Final = 1
PERCOLATION: Final = 2
RUNOFF: Final = 3
EVAPORATION: Final = 4  #: upward part of the flux through the surface
STORAGE: Final = 5  #: in the profile, now
POND: Final = 6  #: on the surface, now
HEAD_TOP: Final = 7  #: now
HEAD_BOTTOM: Final = 8  #: now
N_WATER: Final = 9
#: What a run tells about itself.
STEPS: Final = 0
ITERATIONS: Final = 1
FORCED: Final = 2  #: steps accepted at the least length without convergence
REPEATED: Final = 3
ERROR: Final = 4  #: what the equations of all steps leave open [cm]
TURNOVER: Final = 5  #: water through both ends and into roots [cm]
N_TOLD: Final = 6

#: Change of the potential flux at the surface, relative, that sends the step back to the first.
_SUDDEN: Final = 0.2
#: Steps accepted without convergence after which a column is given up: all its results are NaN.
MOST_FORCED: Final = 1000
#: Up to so many steps to the next time to be met, they are made equal.
_EQUAL_STEPS: Final = 10


class Control(NamedTuple):
    """See :class:`simulator.physics.percolation.column.Numerics`."""

    dt_init: float
    dt_min: float
    dt_max: float
    few: int
    many: int
    grow: float
    shrink: float
    upstream: bool


class Records(NamedTuple):
    """Weather by record. [cm d-1, ug cm-3]."""

    rain: Floats
    evaporation: Floats
    transpiration: Floats
    bund: Floats  #: [cm]
    concentration: Floats  #: ``[solute, record]``


class Stops(NamedTuple):
    """Times that are met exactly, and what happens there; arrays ``[stop]``.

    The record holds for the time up to the stop. A row of -1 means that nothing is written.
    """

    time: Floats
    record: Ints
    ends_record: NDArray[np.bool_]
    output: Ints  #: row of the amounts
    profile: Ints  #: row of the profiles
    period: Ints  #: period that the time up to the stop belongs to
    tilled: Ints  #: nodes from the surface whose solutes are mixed then, 0 for none


class Recorded(NamedTuple):
    """Results of one column, written by :func:`advance`."""

    water: Floats  #: ``[output, N_WATER]``
    solute: Floats  #: ``[solute, output, N_SOLUTE]``
    head: Floats  #: ``[profile, node]``
    theta: Floats  #: ``[profile, node]``
    concentration: Floats  #: ``[solute, profile, node]``
    mass: Floats  #: ``[solute, profile, node]``
    flux: Floats  #: sum over the period, ``[period, node + 1]`` [cm]
    flux_abs: Floats  #: sum of the absolute amounts of the records, ``[period, node + 1]`` [cm]
    wetness: Floats  #: integral of the water content, ``[period, node]`` [d]
    uptake: Floats  #: ``[period, node]`` [cm]
    solute_flux: Floats  #: ``[solute, period, node + 1]`` [ug cm-2]
    told: Floats  #: ``[N_TOLD]``


@njit(cache=True, nogil=True, error_model="numpy")
def _settle(head: Floats, mesh: Mesh, soil: Hydraulics) -> Levels:
    """Levels of a column at rest."""
    n = head.size
    theta = np.empty(n)
    for i in range(n):
        theta[i] = water_content(head[i], soil, mesh.material[i])
    return Levels(
        head.copy(),
        theta,
        head.copy(),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n + 1),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _book_water(
    dt: float,
    period: int,
    step: Step,
    mesh: Mesh,
    level: Levels,
    water: Floats,
    day: Floats,
    out: Recorded,
) -> None:
    """Add a step to the amounts and means."""
    n = mesh.length.size
    q = level.flux
    transpired = 0.0
    for i in range(n):
        eaten = level.sink[i] * mesh.length[i]
        transpired += eaten
        out.uptake[period, i] += eaten * dt
        out.wetness[period, i] += 0.5 * (level.theta[i] + level.new_theta[i]) * dt
    for i in range(n + 1):
        day[i] += q[i] * dt
    water[INFILTRATION] += q[0] * dt
    water[TRANSPIRATION] += transpired * dt
    water[PERCOLATION] += (q[n] + step.leak) * dt
    water[RUNOFF] += step.runoff * dt
    water[EVAPORATION] -= min(q[0], 0.0) * dt
    out.told[STEPS] += 1.0
    out.told[FORCED] += 0.0 if step.converged else 1.0
    out.told[ERROR] += abs(step.leak) * dt
    out.told[TURNOVER] += (abs(q[0]) + abs(q[n]) + transpired) * dt


@njit(cache=True, nogil=True, error_model="numpy")
def _write(
    stop: int,
    stops: Stops,
    state: Switches,
    mesh: Mesh,
    level: Levels,
    water: Floats,
    carried: Carried,
    out: Recorded,
) -> None:
    """Write amounts and profiles at a stop where they are wanted."""
    n = mesh.length.size
    count = carried.mass.shape[0]
    row = stops.output[stop]
    if row >= 0:
        water[STORAGE] = 0.0
        for i in range(n):
            water[STORAGE] += level.theta[i] * mesh.length[i]
        water[POND] = state.pond
        water[HEAD_TOP], water[HEAD_BOTTOM] = level.head[0], level.head[n - 1]
        out.water[row] = water
        for p in range(count):
            carried.amount[p, SOLUTE_STORAGE] = 0.0
            for i in range(n):
                carried.amount[p, SOLUTE_STORAGE] += carried.mass[p, i] * mesh.length[i]
            out.solute[p, row] = carried.amount[p]
    row = stops.profile[stop]
    if row >= 0:
        out.head[row] = level.head
        out.theta[row] = level.theta
        for p in range(count):
            out.concentration[p, row] = carried.concentration[p]
            out.mass[p, row] = carried.mass[p]


@njit(cache=True, nogil=True, error_model="numpy")
def _give_up(out: Recorded) -> None:
    """Leave no result that might be taken for one."""
    for array in (out.head, out.theta, out.flux, out.flux_abs, out.wetness, out.uptake, out.water):
        array[:] = np.nan
    for array in (out.solute, out.concentration, out.mass, out.solute_flux):
        array[:] = np.nan


@njit(cache=True, nogil=True, error_model="numpy")
def advance(
    start: float,
    head: Floats,
    mesh: Mesh,
    soil: Hydraulics,
    edge: Boundaries,
    roots: Uptake,
    records: Records,
    stops: Stops,
    solutes: Solutes,
    tolerance: Tolerance,
    control: Control,
    out: Recorded,
) -> None:
    """Carry one column from ``start`` through all stops.

    Parameters
    ----------
    start : float
        [d]
    head : ndarray ``[node]``
        At the start. [cm]
    mesh, soil, edge, roots, records, stops, solutes, tolerance, control
        See their types.
    out : Recorded
        Zeros; written.
    """
    n = mesh.length.size
    table = np.empty((soil.theta_s.size, ROWS, 8))
    fill_table(soil, table)
    level = _settle(head, mesh, soil)
    carried = place(solutes, level.theta, mesh)
    count = carried.mass.shape[0]
    water = np.zeros(N_WATER)
    day = np.zeros(n + 1)
    pond = max(head[0], 0.0) if edge.ponds else 0.0
    state = Switches(edge.top == HEAD, edge.top_value, False, pond)
    time, dt_opt, last_dt, limit = start, control.dt_init, control.dt_init, np.inf
    iterations = control.few + 1
    record = -1
    rain, potential, transpiration, bund = 0.0, 0.0, 0.0, 0.0
    for stop in range(stops.time.size):
        now, period, goal = stops.record[stop], stops.period[stop], stops.time[stop]
        drying = False
        if now != record and now >= 0:
            before, record = potential, now
            rain, transpiration = records.rain[now], records.transpiration[now]
            potential, bund = rain - records.evaporation[now], records.bund[now]
            sudden = abs(potential - before) > _SUDDEN * abs(potential)
            if potential > 0.0 and sudden and edge.top == ATMOSPHERIC:
                dt_opt = min(dt_opt, control.dt_init)
            drying = potential <= 0.0 < before
        while goal - time > 1e-10 * max(1.0, abs(goal)):
            remaining = goal - time
            if iterations <= control.few and remaining >= control.grow * dt_opt:
                dt_opt = min(control.grow * dt_opt, control.dt_max)
            elif iterations >= control.many:
                dt_opt = max(control.shrink * dt_opt, control.dt_min)
            dt = min(dt_opt, control.dt_max, limit)
            number = math.floor(remaining / dt + 0.5)
            if number <= _EQUAL_STEPS:
                dt = remaining / max(number, 1)
            while True:
                if roots.grows:
                    grow(time + dt, roots, mesh)
                take_up(dt, transpiration, roots, mesh, soil, level)
                step = take_step(
                    dt, last_dt, potential, bund, drying, mesh, soil, table, edge, tolerance,
                    state, level,
                )  # fmt: skip
                out.told[ITERATIONS] += step.iterations
                if step.converged or dt <= control.dt_min:
                    break
                out.told[REPEATED] += 1.0
                dt = max(dt / 3.0, control.dt_min)
                dt_opt = dt
            iterations = step.iterations
            if count > 0:
                moved = carry(
                    dt, time, period, rain, potential, record, records.concentration, mesh, soil,
                    edge, step, level, solutes, control.upstream, carried,
                )  # fmt: skip
                iterations = max(iterations, moved)
                limit = longest_step(mesh, level, solutes)
                for p in range(count):
                    for i in range(n + 1):
                        out.solute_flux[p, period, i] += carried.flux[p, i] * dt
            _book_water(dt, period, step, mesh, level, water, day, out)
            if out.told[FORCED] > MOST_FORCED:
                _give_up(out)
                return
            for i in range(n):
                level.before[i] = level.head[i]
                level.head[i] = level.new_head[i]
                level.theta[i] = level.new_theta[i]
            state, last_dt, drying = step.switches, dt, False
            time += dt
        time = goal
        if stops.ends_record[stop]:
            for i in range(n + 1):
                out.flux[period, i] += day[i]
                out.flux_abs[period, i] += abs(day[i])
                day[i] = 0.0
        if stops.tilled[stop] > 0:
            mix(stops.tilled[stop], level.theta, mesh, solutes, carried)
        _write(stop, stops, state, mesh, level, water, carried, out)
