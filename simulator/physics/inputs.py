"""Kernels that write what a year brings to a cell, before the balance is solved.

Each fills its slots of the flux array ``[metal, slot, cell]`` with amounts
[kg m-2 of cell yr-1] for a range of cells. They read the state of the start of the year only, cell
by cell, so order and splitting of the range cannot matter.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.rows import ROW, Array, add_scaled, scale_by, sum_of


@njit(cache=True, nogil=True, error_model="numpy")
def area_weighted(share: Array, rate: Array, flux: Array, slot: int, start: int, stop: int) -> None:
    """Sum over land classes of share times rate.

    Parameters
    ----------
    share : ndarray ``[land_class, cell]``
        Open share of the cell. [-]
    rate : ndarray ``[metal, land_class]``
        Amount per area of the class. [kg m-2 yr-1]
    flux : ndarray ``[metal, slot, cell]``
        Slot ``slot`` is overwritten.
    slot, start, stop : int
        Slot and range of cells.
    """
    for a in range(start, stop, ROW):
        b = min(a + ROW, stop)
        for m in range(rate.shape[0]):
            row = flux[m, slot, a:b]
            row[:] = 0.0
            for c in range(rate.shape[1]):
                if rate[m, c] != 0.0:
                    add_scaled(share[c, a:b], rate[m, c], row)


@njit(cache=True, nogil=True, error_model="numpy")
def deposit(
    emission: Array,
    footprint: NDArray[np.float32],
    open_ground: Array,
    sealed: Array,
    flux: Array,
    slot: int,
    start: int,
    stop: int,
) -> None:
    """Deposition on the ground of a cell, sealed and open, from footprints and emissions.

    Parameters
    ----------
    emission : ndarray ``[metal, footprint]``
        Emission of the year by footprint (source and mode). [kg yr-1]
    footprint : ndarray ``[footprint, cell]``
        Deposition per unit emission. [m-2]
    open_ground, sealed : ndarray ``[cell]``
        Shares of the cell. [-]
    flux, slot, start, stop
        As in :func:`area_weighted`.
    """
    ground = np.empty(ROW)
    for a in range(start, stop, ROW):
        b = min(a + ROW, stop)
        sum_of(open_ground[a:b], sealed[a:b], ground)
        for m in range(emission.shape[0]):
            row = flux[m, slot, a:b]
            row[:] = 0.0
            for k in range(emission.shape[1]):
                if emission[m, k] != 0.0:
                    add_scaled(footprint[k, a:b], emission[m, k], row)
            scale_by(ground, row)


@njit(cache=True, nogil=True, error_model="numpy")
def divide(
    emission: Array,
    footprint: NDArray[np.float32],
    tag: NDArray[np.intp],
    open_ground: Array,
    sealed: Array,
    parts: Array,
    start: int,
    stop: int,
) -> None:
    """Add the deposition of :func:`deposit` to its source tags.

    ``tag[footprint]`` is that of its source; ``parts[tag, metal, cell]`` [kg m-2 yr-1] is added to.
    """
    ground = np.empty(ROW)
    part = np.empty(ROW)
    for a in range(start, stop, ROW):
        b = min(a + ROW, stop)
        sum_of(open_ground[a:b], sealed[a:b], ground)
        for k in range(emission.shape[1]):
            for m in range(emission.shape[0]):
                if emission[m, k] != 0.0:
                    row, local = parts[tag[k], m, a:b], part[: b - a]
                    local[:] = 0.0
                    add_scaled(footprint[k, a:b], emission[m, k], local)
                    scale_by(ground, local)
                    add_scaled(local, 1.0, row)


@njit(cache=True, nogil=True, error_model="numpy")
def uniform(
    rate: Array, open_ground: Array, sealed: Array, flux: Array, slot: int, start: int, stop: int
) -> None:
    """Amount of a metal that falls on all ground of a cell alike; ``rate[metal]`` [kg m-2 yr-1]."""
    for m in range(rate.size):
        row, bare, paved = flux[m, slot, start:stop], open_ground[start:stop], sealed[start:stop]
        for j in range(row.size):
            row[j] = rate[m] * (bare[j] + paved[j])


@njit(cache=True, nogil=True, error_model="numpy")
def sealed_part(
    inputs: NDArray[np.int64],
    open_ground: Array,
    sealed: Array,
    retained: Array,
    flux: Array,
    slot: int,
    retained_slot: int,
    start: int,
    stop: int,
) -> None:
    """Part of some inputs that falls on sealed ground and runs off, and what is kept of it.

    ``inputs`` are the slots of what falls on all ground alike; the sealed share of their sum is
    written to ``slot``. Of that the share ``retained[cell]`` [-] is written to ``retained_slot``
    where there is open ground to take it.
    """
    share = np.empty(ROW)
    for a in range(start, stop, ROW):
        b = min(a + ROW, stop)
        bare, paved = open_ground[a:b], sealed[a:b]
        for j in range(b - a):
            ground = bare[j] + paved[j]
            share[j] = paved[j] / ground if ground > 0.0 else 0.0
        for m in range(flux.shape[0]):
            row = flux[m, slot, a:b]
            row[:] = 0.0
            for k in range(inputs.size):
                add_scaled(flux[m, inputs[k], a:b], 1.0, row)
            scale_by(share, row)
            kept, part = flux[m, retained_slot, a:b], retained[a:b]
            for j in range(b - a):
                kept[j] = part[j] * row[j] if bare[j] > 0.0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def layer_supply(
    rate: Array,
    factor: Array,
    open_ground: Array,
    flux: Array,
    slot: int,
    start: int,
    stop: int,
) -> None:
    """Amount released in every layer of open soil.

    ``rate[metal, layer]`` [kg m-2 yr-1] is that of a soil whose ``factor[cell]`` is 1.
    """
    bare, kind = open_ground[start:stop], factor[start:stop]
    for m in range(rate.shape[0]):
        for z in range(rate.shape[1]):
            row = flux[m, slot + z, start:stop]
            for j in range(row.size):
                row[j] = rate[m, z] * kind[j] * bare[j]
