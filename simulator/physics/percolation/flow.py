r"""One time step of Richards' equation in its mixed form.

.. math:: \frac{L_i}{\Delta t}\big[C_i^k \delta_i + \theta_i^k - \theta_i^{old}\big]
          = q_{i-1/2}^{k+1} - q_{i+1/2}^{k+1} - S_i L_i, \quad
          q_{i+1/2} = K_{i+1/2}\Big[1 - \frac{h_{i+1} - h_i}{\Delta x_i}\Big]

with depth counted downwards, fluxes positive downwards, arithmetic means of conductivities of the
iteration before, and :math:`\delta = h^{k+1} - h^k`: modified Picard iterations (Celia, Bouloutas &
Zarba 1990). The new water content is :math:`\theta^k + C^k \delta`, so water is conserved to
rounding whatever the tolerance; it is carried from step to step beside the head.

Boundaries and their switching are those of HYDRUS-1D 4.08 (Simunek et al. 2013).

References
----------
Celia, M.A., Bouloutas, E.T. & Zarba, R.L. (1990): A general mass-conservative numerical solution
for the unsaturated flow equation. Water Resour. Res. 26, 1483-1496. doi:10.1029/WR026i007p01483
Simunek, J., Sejna, M., Saito, H., Sakai, M. & van Genuchten, M.T. (2013): The HYDRUS-1D software
package, version 4.17. University of California Riverside.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.percolation.hydraulics import Hydraulics, look_up

Floats = NDArray[np.float64]

#: Weight of the last iteration in the head at which the soil's functions are taken; the rest is
#: that of the iteration before, which keeps iterations from swinging.
WEIGHT: Final = 0.9

#: An iteration changes suction by no more than this factor, so that rain on dry soil, which has
#: hardly any capacity, does not throw heads to and fro.
_FARTHEST: Final = 10.0
#: Suction up to which soil counts as near saturation, and may become wet at once. [cm]
_NEAR: Final = 10.0
#: Greatest head that an iteration may reach. [cm]
_HIGHEST: Final = 1.0e3

#: Iterations after which heads go half the way only, so that they do not swing for ever.
_PATIENCE: Final = 8

#: Share of the potential flux by which that of a prescribed head may exceed it once solved.
_SLACK: Final = 1.0e-6

#: Kinds of boundaries.
ATMOSPHERIC: Final = 0
HEAD: Final = 1
FLUX: Final = 2
FREE_DRAINAGE: Final = 3
SEEPAGE: Final = 4
DEEP_DRAINAGE: Final = 5


class Mesh(NamedTuple):
    """Nodes from the surface down."""

    gap: Floats  #: distance to the next node, ``[node - 1]``. [cm]
    length: Floats  #: soil that a node stands for, ``[node]``. [cm]
    material: NDArray[np.int64]  #: ``[node]``


class Boundaries(NamedTuple):
    """Both ends, see :class:`simulator.physics.percolation.column.Top` and ``Bottom``."""

    top: int
    top_value: float
    h_crit_a: float
    ponds: bool
    bottom: int
    bottom_value: float
    drainage_a: float
    drainage_b: float
    drainage_level: float


class Tolerance(NamedTuple):
    """When iterations end."""

    theta: float
    head: float
    most: int


class Levels(NamedTuple):
    """The column at the old and the new time, and scratch; arrays ``[node]`` unless stated."""

    head: Floats
    theta: Floats
    before: Floats  #: head one step earlier, for the first guess
    sink: Floats  #: uptake by roots. [d-1]
    new_head: Floats
    new_theta: Floats
    flux: (
        Floats  #: of the step, through the surface, between nodes, out of the bottom, ``[node+1]``
    )
    earlier: Floats  #: head of the iteration before
    capacity: Floats
    conductivity: Floats
    upper: Floats
    right: Floats


class Switches(NamedTuple):
    """State of the boundaries: whether heads are prescribed, at which value, and ponded water."""

    top_head: bool
    top_value: float
    seeping: bool
    pond: float  #: [cm]


class Step(NamedTuple):
    """How a step went."""

    converged: bool
    iterations: int
    switches: Switches
    runoff: float  #: [cm d-1]
    leak: float  #: outflow at the bottom less what the balance of the column says. [cm d-1]


@njit(cache=True, nogil=True, error_model="numpy")
def _bottom_outflow(edge: Boundaries, head: float, conductivity: float) -> float:
    """Flux out of the lowest node where a flux is prescribed there."""
    if edge.bottom == FREE_DRAINAGE:
        return conductivity
    if edge.bottom == DEEP_DRAINAGE:
        return -edge.drainage_a * math.exp(edge.drainage_b * abs(head - edge.drainage_level))
    return edge.bottom_value if edge.bottom == FLUX else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _switch_top(
    edge: Boundaries,
    held: bool,
    value: float,
    head: float,
    inflow: float,
    potential: float,
    bund: float,
    pond: float,
) -> tuple[bool, float]:
    """Whether the atmosphere prescribes a head at the surface now, and which.

    ``inflow`` is the flux through the surface, with what goes into ponded water, that the present
    heads imply; ``potential`` what the atmosphere offers; ``pond`` the water on the surface before
    the step, of which no more than ``bund`` stays.
    """
    if held:
        wet = value >= 0.0
        if wet and (inflow > potential or (potential <= 0.0 and pond <= bund)):
            return False, value
        if wet:
            return True, bund if edge.ponds else 0.0
        if inflow < potential or inflow > 0.0 or potential >= 0.0:
            return False, value
        return True, value
    most = bund if edge.ponds else 0.0
    if head > most and (potential > 0.0 or pond > most):
        return True, most
    if head <= edge.h_crit_a and potential < 0.0:
        return True, edge.h_crit_a
    return False, value


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _within_reach(head: float, new: float) -> float:
    """The new head or, if an iteration may not go so far from the present one, how far it may."""
    least = min(_FARTHEST * head, -_NEAR)
    most = head / _FARTHEST if head < -_NEAR else _HIGHEST
    return min(max(new, least), most)


@njit(cache=True, nogil=True, error_model="numpy")
def take_step(
    dt: float,
    last_dt: float,
    potential: float,
    bund: float,
    drying: bool,
    mesh: Mesh,
    soil: Hydraulics,
    table: Floats,
    edge: Boundaries,
    tolerance: Tolerance,
    state: Switches,
    level: Levels,
) -> Step:
    """Solve one step; writes the new levels and the fluxes of the step.

    Parameters
    ----------
    dt, last_dt : float
        This step and the one before. [d]
    potential : float
        What the atmosphere offers the surface: rain less potential evaporation. [cm d-1]
    bund : float
        Depth of water that the surface holds, where it ponds. [cm]
    drying : bool
        Whether this is the first step of a record without net rain.
    mesh, soil, table, edge, tolerance, state
        See their types.
    level : Levels
        ``head``, ``theta``, ``before`` and ``sink`` are read.

    Returns
    -------
    Step
        If it did not converge, the levels hold the last iteration, with its water balance closed.
    """
    n = mesh.length.size
    last = n - 1
    h, theta, c, k = level.new_head, level.new_theta, level.capacity, level.conductivity
    old, sink, earlier = level.theta, level.sink, level.earlier
    upper, right = level.upper, level.right
    per_dt = 1.0 / dt
    held, held_value, seeping = state.top_head, state.top_value, state.seeping
    top_flux = edge.top_value if edge.top == FLUX else potential
    growth = dt / last_dt
    for i in range(n):
        guess = level.head[i]
        if guess < 0.0 and level.before[i] < 0.0:
            guess = min(guess + (guess - level.before[i]) * growth, 0.0)
        h[i] = guess
    if drying and h[0] > soil.saturated - 1.0 and state.pond == 0.0:
        h[0] = soil.saturated - 1.0  # where the soil has a capacity, to begin with
    if edge.top == HEAD:
        held, held_value = True, edge.top_value

    for i in range(n):
        earlier[i] = h[i]

    iteration = 0
    converged = False
    delta = 0.0
    pond = state.pond
    while True:
        for i in range(n):
            weighted = WEIGHT * h[i] + (1.0 - WEIGHT) * earlier[i]
            theta[i], c[i], k[i] = look_up(weighted, soil, table, mesh.material[i])
            earlier[i] = h[i]
        # -- top row, eliminated on the way
        mean = 0.5 * (k[0] + k[1])
        out = mean * (1.0 - (h[1] - h[0]) / mesh.gap[0])
        weight = mean / mesh.gap[0]
        stored = mesh.length[0] * ((theta[0] - old[0]) * per_dt + sink[0])
        ponded = max(h[0], 0.0) if edge.ponds else 0.0
        if edge.top == ATMOSPHERIC:
            filling = (ponded - state.pond) * per_dt if edge.ponds else 0.0
            held, held_value = _switch_top(
                edge, held, held_value, h[0], out + stored + filling, potential, bund, state.pond
            )
        if held:
            diagonal, beyond = 1.0, 0.0
            right[0] = held_value - h[0]
        else:
            diagonal = mesh.length[0] * c[0] * per_dt + weight
            beyond = weight
            right[0] = top_flux - out - stored
            if edge.ponds:
                right[0] -= (ponded - state.pond) * per_dt
                if h[0] > 0.0:
                    diagonal += per_dt
        upper[0] = beyond / diagonal
        right[0] /= diagonal
        # -- rows below
        for i in range(1, last):
            into, above = out, weight
            mean = 0.5 * (k[i] + k[i + 1])
            out = mean * (1.0 - (h[i + 1] - h[i]) / mesh.gap[i])
            weight = mean / mesh.gap[i]
            diagonal = mesh.length[i] * c[i] * per_dt + above + weight - above * upper[i - 1]
            balance = into - out - mesh.length[i] * ((theta[i] - old[i]) * per_dt + sink[i])
            inverse = 1.0 / diagonal
            upper[i] = weight * inverse
            right[i] = (balance + above * right[i - 1]) * inverse
        # -- bottom row
        stored = mesh.length[last] * ((theta[last] - old[last]) * per_dt + sink[last])
        if edge.bottom == SEEPAGE:
            seeping = out >= stored if seeping else h[last] >= edge.bottom_value
        fixed = edge.bottom == HEAD or (edge.bottom == SEEPAGE and seeping)
        leaving = 0.0
        if fixed:
            delta = edge.bottom_value - h[last]
        else:
            leaving = _bottom_outflow(edge, h[last], 0.5 * (k[last] + k[last - 1]))
            diagonal = mesh.length[last] * c[last] * per_dt + weight - weight * upper[last - 1]
            delta = (out - leaving - stored + weight * right[last - 1]) / diagonal
        # -- back, with the test of convergence
        converged = True
        for i in range(last, -1, -1):
            if i < last:
                delta = right[i] + upper[i] * delta
            material = mesh.material[i]
            change = c[i] * delta
            theta[i] += change
            new = h[i] + delta
            if h[i] < soil.saturated and new < soil.saturated:
                span = soil.theta_s[material] - soil.theta_r[material]
                if abs(change) > tolerance.theta * span:
                    converged = False
            elif abs(delta) > tolerance.head:
                converged = False
            if not ((held and i == 0) or (fixed and i == last)):
                reached = _within_reach(h[i], new)
                if reached != new:
                    new, converged = reached, False
            h[i] = new
        if edge.ponds and not held:
            pond = ponded + (delta if ponded > 0.0 else 0.0)
        elif edge.ponds:
            pond = max(held_value, 0.0)
        if pond < 0.0:  # the last of the water has gone within the step
            converged = False
        iteration += 1
        if not math.isfinite(delta):
            converged = False
            break
        if converged and edge.top == ATMOSPHERIC and (not held or held_value >= 0.0):
            # a surface that has just gone beyond its bounds, or fills from nowhere, is not solved
            inflow = 0.0
            if held:
                under = 0.5 * (k[0] + k[1]) * (1.0 - (h[1] - h[0]) / mesh.gap[0])
                inflow = under + mesh.length[0] * ((theta[0] - old[0]) * per_dt + sink[0])
                inflow += (pond - state.pond) * per_dt - _SLACK * abs(potential)
            keeps, _ = _switch_top(
                edge, held, held_value, h[0], inflow, potential, bund, state.pond
            )
            converged = keeps == held
        if (converged and iteration >= 2) or iteration >= tolerance.most:
            break
        if edge.top == ATMOSPHERIC and potential < 0.0:
            h[0] = max(h[0], edge.h_crit_a)
        if iteration >= _PATIENCE:
            for i in range(n):
                h[i] = 0.5 * (h[i] + earlier[i])

    # -- fluxes of the step from the balance of the nodes, from the top down
    q = level.flux
    if held:
        under = 0.5 * (k[0] + k[1]) * (1.0 - (h[1] - h[0]) / mesh.gap[0])
        q[0] = under + mesh.length[0] * ((theta[0] - old[0]) * per_dt + sink[0])
    else:
        q[0] = top_flux
        if edge.ponds:
            q[0] -= (pond - state.pond) * per_dt
    for i in range(n):
        q[i + 1] = q[i] - mesh.length[i] * ((theta[i] - old[i]) * per_dt + sink[i])
    runoff = 0.0
    if held and edge.top == ATMOSPHERIC and held_value >= 0.0:
        runoff = potential - q[0] - (pond - state.pond) * per_dt
    # what the last row says against what the balance of all rows says
    if fixed:
        over = 0.5 * (k[last - 1] + k[last]) * (1.0 - (h[last] - h[last - 1]) / mesh.gap[last - 1])
        leaving = over - mesh.length[last] * ((theta[last] - old[last]) * per_dt + sink[last])
    return Step(
        converged,
        iteration,
        Switches(held, held_value, seeping, pond),
        runoff,
        leaving - q[n],
    )
