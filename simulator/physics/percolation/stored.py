"""Transport on stored flow: water is solved once, any number of solutes afterwards.

A flow field holds for a period, a day or a year, and is made of the mean flux of water, the mean of
its absolute daily value, which is what disperses, the mean water content and the mean uptake by
roots. In a steady field the flux changes with depth by uptake alone, so the water content at the
ends of a period follows from the fluxes. A curved isotherm is followed within the period.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.percolation.column import Profile, Solute
from simulator.physics.percolation.flow import Mesh
from simulator.physics.percolation.solutes import Solutes, of_solute, place
from simulator.physics.percolation.transport import exchange, move, tortuous_water
from simulator.physics.threads import in_ranges

Floats = NDArray[np.float64]

#: Largest share of the water and sorbed mass of a node that passes through it in one step.
COURANT: Final = 1.0
_LONGEST: Final = 10_000


class Field(NamedTuple):
    """Flow of one column by period, as :class:`Outcome` gives it."""

    days: Floats  #: length of the periods, ``[period]`` [d]
    flux: Floats  #: ``[period, node + 1]`` [cm d-1]
    flux_abs: Floats  #: ``[period, node + 1]`` [cm d-1]
    wetness: Floats  #: ``[period, node]`` [-]
    uptake: Floats  #: ``[period, node]`` [cm d-1]


class Moved(NamedTuple):
    """What became of the solutes."""

    mass: Floats  #: at the end, ``[solute, node]`` [ug cm-3]
    concentration: Floats  #: at the end, ``[solute, node]`` [ug cm-3]
    flux: Floats  #: sum over the period, ``[solute, period, node + 1]`` [ug cm-2]
    taken: Floats  #: by roots, ``[solute, period]`` [ug cm-2]


def transport(profile: Profile, solutes: Sequence[Solute], field: Field, arriving: Floats) -> Moved:
    """Move solutes through a stored flow.

    Parameters
    ----------
    profile : Profile
    solutes : sequence of Solute
        Their ``source`` is left out.
    field : Field
    arriving : ndarray ``[solute, period]``
        What comes in through the surface. [ug cm-2 d-1]

    Returns
    -------
    Moved
    """
    n, count = profile.depth.size, len(solutes)
    mesh = Mesh(np.diff(profile.depth), profile.length, np.asarray(profile.material, np.int64))
    density = np.array([m.bulk_density for m in profile.materials])
    spread = np.array([m.dispersivity for m in profile.materials])
    theta_s = np.array([m.theta_s for m in profile.materials])

    def of(name: str) -> Floats:
        return np.array([getattr(s, name) for s in solutes], dtype=np.float64)

    all_of_them = Solutes(
        of("kd"), of("beta"), of("eta"), density, spread, of("diffusion"), of("root_limit"),
        of("top_concentration"), of("pulse"), of("initial"), np.zeros((count, 1, n)),
    )  # fmt: skip
    periods = field.days.size
    out = Moved(
        np.zeros((count, n)),
        np.zeros((count, n)),
        np.zeros((count, periods, n + 1)),
        np.zeros((count, periods)),
    )
    in_ranges(_transport, count, 1, mesh, theta_s, all_of_them, field, arriving, out)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _transport(
    first: int,
    stop: int,
    mesh: Mesh,
    theta_s: Floats,
    s: Solutes,
    field: Field,
    arriving: Floats,
    out: Moved,
) -> None:
    n = mesh.length.size
    now = place(s, field.wetness[0], mesh)
    sink, theta, dry = np.zeros(n), np.zeros(n), np.zeros(n)
    for p in range(first, stop):
        bound, masses = of_solute(p, s, now)
        for i in range(n):
            theta[i] = field.wetness[0, i]
        for period in range(field.days.size):
            days = field.days[period]
            water, speed = field.flux[period], field.flux_abs[period]
            shortest = np.inf
            for i in range(n):
                k = mesh.material[i]
                sink[i] = field.uptake[period, i] / mesh.length[i]
                wet = field.wetness[period, i]
                now.tortuosity[i] = tortuous_water(wet, theta_s[k])
                passing = max(abs(water[i]), abs(water[i + 1]))
                content = mesh.length[i] * wet
                if s.beta[p, k] == 1.0 and s.eta[p, k] == 0.0:
                    content += mesh.length[i] * s.bulk_density[k] * s.kd[p, k]
                elif masses.concentration[i] > 0.0:
                    content = mesh.length[i] * masses.mass[i] / masses.concentration[i]
                if passing > 0.0:
                    shortest = min(shortest, COURANT * content / passing)
            steps = int(min(max(1.0, np.ceil(days / shortest)), _LONGEST))
            dt = days / steps
            exchange(water, speed, now.tortuosity, mesh, bound, False, masses)
            for _ in range(steps):
                for i in range(n):
                    gain = (water[i] - water[i + 1]) / mesh.length[i] - sink[i]
                    theta[i] += gain * dt
                taken, _iterations = move(
                    dt, arriving[p, period], water, theta, sink, dry, mesh, bound, masses
                )
                out.taken[p, period] += taken * dt
                for i in range(n + 1):
                    out.flux[p, period, i] += masses.flux[i] * dt
        for i in range(n):
            out.mass[p, i] = masses.mass[i]
            out.concentration[p, i] = masses.concentration[i]
