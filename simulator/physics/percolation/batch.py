"""Columns by the thousand: each on its own time steps, on all processors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.percolation import advance as a
from simulator.physics.percolation.column import Column
from simulator.physics.percolation.flow import Boundaries, Mesh, Tolerance
from simulator.physics.percolation.hydraulics import Hydraulics
from simulator.physics.percolation.outcome import Outcome, outcome_of
from simulator.physics.percolation.packing import pack, stops_of
from simulator.physics.percolation.roots import Uptake
from simulator.physics.percolation.solutes import (
    N_SOLUTE,
    Solutes,
)
from simulator.physics.threads import in_ranges

Floats = NDArray[np.float64]

#: Columns that a thread takes at a time.
_TAKE: Final = 1


def run_columns(
    columns: Sequence[Column],
    output: Sequence[float] | Floats = (),
    profiles: Sequence[float] | Floats = (),
    periods: Sequence[float] | Floats = (),
) -> Outcome:
    """Run independent columns of as many nodes, solutes and weather records.

    Parameters
    ----------
    columns : sequence of Column
        Of one number of nodes, materials, solutes and records, one start and stop, and one depth of
        tillage.
    output, profiles : sequence of float
        Times at which cumulative amounts and profiles are wanted, rising; the stop if none is
        given.
    periods : sequence of float
        Ends of the periods over which fluxes are averaged, rising up to the stop; the whole run if
        not given.

    Returns
    -------
    Outcome

    Raises
    ------
    ValueError
        If the columns differ in shape, or times do not rise within the run.
    """
    first = columns[0]
    shapes = {
        (
            c.profile.depth.size,
            len(c.profile.materials),
            len(c.solutes),
            _records(c),
            c.tillage,
            c.start,
            c.stop,
        )
        for c in columns
    }
    if len(shapes) != 1:
        raise ValueError(
            f"columns of one batch are alike in shape and time, these are not: {shapes}"
        )
    times = [np.asarray(t, dtype=np.float64) for t in (output, profiles, periods)]
    outputs, shown, ends = (t if t.size else np.array([first.stop]) for t in times)
    for t in (outputs, shown, ends):
        if not ((t >= first.start) & (t <= first.stop)).all() or (np.diff(t) <= 0.0).any():
            raise ValueError(
                f"times rise between {first.start:g} and {first.stop:g} d, these do not: {t}"
            )
    if ends[-1] != first.stop:
        raise ValueError(
            f"the last period ends with the run, at {first.stop:g} d, not {ends[-1]:g}"
        )
    stops = stops_of(first, outputs, shown, ends)
    n = len(columns)
    packed = pack(columns, ends.size)
    node, solute = first.profile.depth.size, len(first.solutes)
    shape = {
        "water": (outputs.size, a.N_WATER),
        "solute": (solute, outputs.size, N_SOLUTE),
        "head": (shown.size, node),
        "theta": (shown.size, node),
        "concentration": (solute, shown.size, node),
        "mass": (solute, shown.size, node),
        "flux": (ends.size, node + 1),
        "flux_abs": (ends.size, node + 1),
        "wetness": (ends.size, node),
        "uptake": (ends.size, node),
        "solute_flux": (solute, ends.size, node + 1),
        "told": (a.N_TOLD,),
    }
    out = a.Recorded(**{name: np.zeros((n, *size)) for name, size in shape.items()})
    in_ranges(_run, n, _TAKE, *packed, stops, out)
    return outcome_of(out, outputs, shown, ends, first.start)


def _records(column: Column) -> int:
    return 0 if column.weather is None else column.weather.end.size


@njit(cache=True, nogil=True, error_model="numpy")
def _run(
    first: int,
    stop: int,
    start: float,
    head: Any,
    depth: Any,
    mesh: Any,
    soil: Any,
    saturated: Any,
    edge: Any,
    density: Any,
    wilted: Any,
    root: Any,
    weather: Any,
    number: Any,
    solutes: Any,
    tolerance: Any,
    control: Any,
    stops: Any,
    out: Any,
) -> None:
    for i in range(first, stop):
        w = number[i]
        a.advance(
            start,
            head[i],
            Mesh(mesh.gap[i], mesh.length[i], mesh.material[i]),
            Hydraulics(
                soil[0][i], soil[1][i], soil[2][i], soil[3][i], soil[4][i], soil[5][i], saturated[i]
            ),
            Boundaries(
                edge.top[i], edge.top_value[i], edge.h_crit_a[i], edge.ponds[i],
                edge.bottom[i], edge.bottom_value[i], edge.drainage_a[i], edge.drainage_b[i],
                edge.drainage_level[i],
            ),
            Uptake(
                density[i], depth[i], wilted[i], root[i, 0], root[i, 1], root[i, 2], root[i, 3],
                root[i, 4], root[i, 5], root[i, 6], root[i, 7] > 0.0, root[i, 8], root[i, 9],
                root[i, 10], root[i, 11], root[i, 12],
            ),
            a.Records(
                weather.rain[w], weather.evaporation[w], weather.transpiration[w],
                weather.bund[w], weather.concentration[w],
            ),
            stops,
            Solutes(
                solutes.kd[i], solutes.beta[i], solutes.eta[i], solutes.bulk_density[i],
                solutes.dispersivity[i], solutes.diffusion[i], solutes.root_limit[i],
                solutes.top_concentration[i], solutes.pulse[i], solutes.initial[i],
                solutes.source[i],
            ),
            Tolerance(tolerance.theta[i], tolerance.head[i], tolerance.most[i]),
            a.Control(
                control.dt_init[i], control.dt_min[i], control.dt_max[i], control.few[i],
                control.many[i], control.grow[i], control.shrink[i], control.upstream[i],
            ),
            a.Recorded(
                out.water[i], out.solute[i], out.head[i], out.theta[i], out.concentration[i],
                out.mass[i], out.flux[i], out.flux_abs[i], out.wetness[i], out.uptake[i],
                out.solute_flux[i], out.told[i],
            ),
        )  # fmt: skip
