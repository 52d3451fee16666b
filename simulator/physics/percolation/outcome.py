"""What columns did."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.physics.percolation import advance as a
from simulator.physics.percolation import solutes as t

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """What columns did; the first axis of every array is the column.

    Attributes
    ----------
    output_times, profile_times, period_ends : ndarray
        [d]
    infiltration, transpiration, percolation, runoff, evaporation : ndarray ``[column, output]``
        Since the start; infiltration is net of evaporation from the soil. [cm]
    storage, pond : ndarray ``[column, output]``
        Water in the profile and on it. [cm]
    head_top, head_bottom : ndarray ``[column, output]``
        [cm]
    solute_in, solute_out, solute_uptake, solute_runoff, solute_source, solute_storage : ndarray
        ``[column, solute, output]``, through the surface, out of the bottom, into roots, off with
        runoff, from sources within the soil, all since the start; and in the profile. [ug cm-2]
    head, theta : ndarray ``[column, profile, node]``
        [cm, -]
    concentration, mass : ndarray ``[column, solute, profile, node]``
        In solution; dissolved and sorbed by volume of soil. [ug cm-3]
    flux, flux_abs : ndarray ``[column, period, node + 1]``
        Mean flux through the surface, between nodes and out of the bottom, and mean of the absolute
        fluxes of the records. [cm d-1]
    wetness : ndarray ``[column, period, node]``
        Mean water content. [-]
    uptake : ndarray ``[column, period, node]``
        Mean uptake by roots from the soil of a node. [cm d-1]
    solute_flux : ndarray ``[column, solute, period, node + 1]``
        Mean flux. [ug cm-2 d-1]
    steps, iterations, forced, repeated : ndarray ``[column]``
        Steps, iterations, steps accepted without convergence, and repeated ones. A column with more
        than :data:`simulator.physics.percolation.advance.MOST_FORCED` of the third is given up: all
        else is NaN.
    water_error : ndarray ``[column]``
        What the equations of all steps leave open, over the water that passed. [-]
    """

    output_times: Floats
    profile_times: Floats
    period_ends: Floats
    infiltration: Floats
    transpiration: Floats
    percolation: Floats
    runoff: Floats
    evaporation: Floats
    storage: Floats
    pond: Floats
    head_top: Floats
    head_bottom: Floats
    solute_in: Floats
    solute_out: Floats
    solute_uptake: Floats
    solute_runoff: Floats
    solute_source: Floats
    solute_storage: Floats
    head: Floats
    theta: Floats
    concentration: Floats
    mass: Floats
    flux: Floats
    flux_abs: Floats
    wetness: Floats
    uptake: Floats
    solute_flux: Floats
    steps: Floats
    iterations: Floats
    forced: Floats
    repeated: Floats
    water_error: Floats


def outcome_of(
    raw: a.Recorded, output_times: Floats, profile_times: Floats, period_ends: Floats, start: float
) -> Outcome:
    """Name what the kernel has written, with sums over periods turned into means."""
    days = np.diff(np.append(start, period_ends))[:, None]
    water = {
        "infiltration": a.INFILTRATION,
        "transpiration": a.TRANSPIRATION,
        "percolation": a.PERCOLATION,
        "runoff": a.RUNOFF,
        "evaporation": a.EVAPORATION,
        "storage": a.STORAGE,
        "pond": a.POND,
        "head_top": a.HEAD_TOP,
        "head_bottom": a.HEAD_BOTTOM,
    }
    solute = {
        "solute_in": t.SOLUTE_IN,
        "solute_out": t.SOLUTE_OUT,
        "solute_uptake": t.SOLUTE_UPTAKE,
        "solute_runoff": t.SOLUTE_RUNOFF,
        "solute_source": t.SOLUTE_SOURCE,
        "solute_storage": t.SOLUTE_STORAGE,
    }
    told = {
        "steps": a.STEPS,
        "iterations": a.ITERATIONS,
        "forced": a.FORCED,
        "repeated": a.REPEATED,
    }
    return Outcome(
        output_times=output_times,
        profile_times=profile_times,
        period_ends=period_ends,
        head=raw.head,
        theta=raw.theta,
        concentration=raw.concentration,
        mass=raw.mass,
        flux=raw.flux / days,
        flux_abs=raw.flux_abs / days,
        wetness=raw.wetness / days,
        uptake=raw.uptake / days,
        solute_flux=raw.solute_flux / days,
        water_error=raw.told[:, a.ERROR] / np.maximum(raw.told[:, a.TURNOVER], 1e-300),
        **{name: raw.water[..., i] for name, i in water.items()},
        **{name: raw.solute[..., i] for name, i in solute.items()},
        **{name: raw.told[:, i] for name, i in told.items()},
    )
