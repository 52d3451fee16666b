"""Kernels that write what a year brings to a cell and takes from it, before the balance is solved.

Each fills its slots of the flux array ``[metal, slot, cell]`` for a range of cells: amounts
[kg m-2 of cell yr-1] for inputs, rates [yr-1] for losses. They read the state of the start of the
year only, cell by cell, so order and splitting of the range cannot matter.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.power import power_row

Array = NDArray[np.float64]

_ROW = 512
_TINY = 1e-30  # content below which a metal counts as absent [kg kg-1]

# Loops run over slices from 0, which compile to vector instructions; loops over start:stop do not,
# because an index that might be negative has to be checked.


@njit(cache=True, nogil=True)
def _add_scaled(values: NDArray[np.floating[Any]], factor: float, row: Array) -> None:
    for j in range(row.size):
        row[j] += factor * values[j]


@njit(cache=True, nogil=True)
def _scale_by(factor: Array, row: Array) -> None:
    for j in range(row.size):
        row[j] *= factor[j]


@njit(cache=True, nogil=True)
def _sum_of(one: Array, other: Array, total: Array) -> None:
    for j in range(one.size):
        total[j] = one[j] + other[j]


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
    for a in range(start, stop, _ROW):
        b = min(a + _ROW, stop)
        for m in range(rate.shape[0]):
            row = flux[m, slot, a:b]
            row[:] = 0.0
            for c in range(rate.shape[1]):
                if rate[m, c] != 0.0:
                    _add_scaled(share[c, a:b], rate[m, c], row)


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
    ground = np.empty(_ROW)
    for a in range(start, stop, _ROW):
        b = min(a + _ROW, stop)
        _sum_of(open_ground[a:b], sealed[a:b], ground)
        for m in range(emission.shape[0]):
            row = flux[m, slot, a:b]
            row[:] = 0.0
            for k in range(emission.shape[1]):
                if emission[m, k] != 0.0:
                    _add_scaled(footprint[k, a:b], emission[m, k], row)
            _scale_by(ground, row)


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
    flux: Array,
    slot: int,
    start: int,
    stop: int,
) -> None:
    """Part of some inputs that falls on sealed ground and runs off.

    ``inputs`` are the slots of what falls on all ground alike; the sealed share of their sum is
    written to ``slot``.
    """
    share = np.empty(_ROW)
    for a in range(start, stop, _ROW):
        b = min(a + _ROW, stop)
        bare, paved = open_ground[a:b], sealed[a:b]
        for j in range(b - a):
            ground = bare[j] + paved[j]
            share[j] = paved[j] / ground if ground > 0.0 else 0.0
        for m in range(flux.shape[0]):
            row = flux[m, slot, a:b]
            row[:] = 0.0
            for k in range(inputs.size):
                _add_scaled(flux[m, inputs[k], a:b], 1.0, row)
            _scale_by(share, row)


@njit(cache=True, nogil=True, error_model="numpy")
def layer_supply(
    rate: Array, open_ground: Array, flux: Array, slot: int, start: int, stop: int
) -> None:
    """Amount released in every layer of open soil; ``rate[metal, layer]`` [kg m-2 yr-1]."""
    bare = open_ground[start:stop]
    for m in range(rate.shape[0]):
        for z in range(rate.shape[1]):
            row = flux[m, slot + z, start:stop]
            for j in range(row.size):
                row[j] = rate[m, z] * bare[j]


@njit(cache=True, nogil=True, error_model="numpy")
def dissolved_rate(
    stock: Array,
    open_ground: Array,
    soil_mass: Array,
    pore_water: Array,
    coefficient: Array,
    exponent: Array,
    water: Array,
    contact: float,
    flux: Array,
    slot: int,
    start: int,
    stop: int,
) -> None:
    r"""Rate at which moving water carries a metal out of a layer, in solution.

    .. math:: k = \beta q\,c/(X m), \quad c = A X^n, \quad k \le \beta q/w

    with the water flux :math:`q`, the share :math:`\beta` of the soil solution's concentration that
    it reaches, content :math:`X`, soil mass :math:`m` and pore water :math:`w`; the bound is that
    of a metal that is not sorbed at all.

    Parameters
    ----------
    stock, coefficient : ndarray ``[metal, layer, cell]``
        Metal in open soil [kg m-2 of cell] and ``A`` [kg m-3].
    open_ground : ndarray ``[cell]``
        Share of the cell. [-]
    soil_mass, pore_water, water : ndarray ``[layer, cell]``
        Dry soil [kg m-2], water held [m], water leaving [m yr-1]; ``water`` may hold fewer layers
        than the soil: as many slots are written.
    exponent : ndarray ``[metal]``
        ``n - 1``. [-]
    contact : float
        Concentration of the water over that of the soil solution. [-]
    flux, slot, start, stop
        As in :func:`area_weighted`; ``slot`` is that of the top layer.
    """
    x = np.empty(_ROW)
    steep = np.empty(_ROW)
    bits = np.empty(_ROW, dtype=np.int64)
    per_stock = np.empty(_ROW)
    per_mass = np.empty(_ROW)
    most = np.empty(_ROW)
    for a in range(start, stop, _ROW):
        b = min(a + _ROW, stop)
        width = b - a
        bare = open_ground[a:b]
        for z in range(water.shape[0]):
            mass, flow, held = soil_mass[z, a:b], water[z, a:b], pore_water[z, a:b]
            for j in range(width):
                q = contact * flow[j]
                moves = q > 0.0 and mass[j] > 0.0 and bare[j] > 0.0
                per_stock[j] = 1.0 / (bare[j] * mass[j]) if moves else 0.0
                per_mass[j] = q / mass[j] if moves else 0.0
                most[j] = q / held[j] if moves else 0.0
            for m in range(stock.shape[0]):
                row, metal, a_coefficient = (
                    flux[m, slot + z, a:b],
                    stock[m, z, a:b],
                    coefficient[m, z, a:b],
                )
                for j in range(width):
                    # tiny where there is nothing: the bound then takes over
                    x[j] = max(metal[j] * per_stock[j], _TINY)
                power_row(x[:width], exponent[m], steep[:width], bits[:width])
                for j in range(width):
                    row[j] = min(per_mass[j] * a_coefficient[j] * steep[j], most[j])


@njit(cache=True, nogil=True, error_model="numpy")
def erosion_rate(
    soil_loss: Array,
    soil_mass: Array,
    enrichment: Array,
    flux: Array,
    slot: int,
    start: int,
    stop: int,
) -> None:
    """Rate at which soil loss takes a metal from the top layer.

    ``soil_loss[cell]`` [kg m-2 yr-1] of open ground, ``soil_mass[layer, cell]`` [kg m-2],
    ``enrichment[metal]`` of the sediment against the soil [-].
    """
    lost, mass = soil_loss[start:stop], soil_mass[0, start:stop]
    for m in range(enrichment.size):
        row = flux[m, slot, start:stop]
        for j in range(row.size):
            row[j] = enrichment[m] * lost[j] / mass[j] if mass[j] > 0.0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def surface_lowering(
    stock: Array,
    soil_loss: Array,
    soil_mass: Array,
    open_ground: Array,
    background: Array,
    flux: Array,
    slot: int,
    start: int,
    stop: int,
) -> None:
    """Metal that comes up into each layer as erosion lowers the surface.

    The layers keep their thickness below a falling surface, so as much soil as was lost enters each
    layer from the one below, and parent material enters the last, with the initial content of that
    layer (``background[metal, layer, cell]``, [kg kg-1]). At most half of a layer comes up in a
    year.
    """
    n_layer = stock.shape[1]
    moved = np.empty(_ROW)
    for a in range(start, stop, _ROW):
        b = min(a + _ROW, stop)
        lost, bare = soil_loss[a:b], open_ground[a:b]
        for z in range(n_layer):
            for j in range(b - a):
                if z + 1 == n_layer:
                    moved[j] = lost[j] * bare[j]
                else:
                    mass = soil_mass[z + 1, a + j]
                    moved[j] = min(lost[j] / mass, 0.5) if mass > 0.0 else 0.0
            for m in range(stock.shape[0]):
                row = flux[m, slot + z, a:b]
                below = background[m, z, a:b] if z + 1 == n_layer else stock[m, z + 1, a:b]
                for j in range(b - a):
                    # content is unknown (NaN) where there is no soil to move
                    row[j] = moved[j] * below[j] if moved[j] > 0.0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def uptake_rate(
    share: Array,
    coefficient: Array,
    root: Array,
    acidity: NDArray[np.float32],
    open_ground: Array,
    soil_mass: Array,
    flux: Array,
    slot: int,
    start: int,
    stop: int,
) -> None:
    """Rate at which harvested plants take a metal out of each layer.

    Parameters
    ----------
    share : ndarray ``[land_class, cell]``
        Open share of the cell. [-]
    coefficient : ndarray ``[metal, land_class]``
        Plant mass removed times its content over that of the soil. [kg m-2 yr-1]
    root : ndarray ``[layer, land_class]``
        Share of the uptake from each layer. [-]
    acidity : ndarray ``[metal, cell]``
        Factor for the soil's pH. [-]
    open_ground, soil_mass, flux, slot, start, stop
        As above.
    """
    per_stock = np.empty(_ROW)
    for a in range(start, stop, _ROW):
        b = min(a + _ROW, stop)
        bare = open_ground[a:b]
        for z in range(soil_mass.shape[0]):
            mass = soil_mass[z, a:b]
            for j in range(b - a):
                ground = bare[j] * mass[j]
                per_stock[j] = 1.0 / ground if ground > 0.0 else 0.0
            for m in range(coefficient.shape[0]):
                row = flux[m, slot + z, a:b]
                row[:] = 0.0
                for c in range(coefficient.shape[1]):
                    taken = coefficient[m, c] * root[z, c]
                    if taken != 0.0:
                        _add_scaled(share[c, a:b], taken, row)
                acid = acidity[m, a:b]
                for j in range(b - a):
                    row[j] *= acid[j] * per_stock[j]


@njit(cache=True, nogil=True, error_model="numpy")
def class_mean(
    share: Array,
    value: Array,
    group: NDArray[np.int64],
    open_ground: Array,
    out: Array,
    start: int,
    stop: int,
) -> None:
    """Mean over the open land of a cell of values by land class and group of cells.

    Parameters
    ----------
    share : ndarray ``[land_class, cell]``
        Open share of the cell. [-]
    value : ndarray ``[row, land_class, group]``
        Any unit; one row of ``out`` each.
    group : ndarray ``[cell]``
        Group that the cell belongs to.
    open_ground : ndarray ``[cell]``
        Open share of the cell. [-]
    out : ndarray ``[row, cell]``
        Overwritten; 0 where nothing is open.
    start, stop : int
        Range of cells.
    """
    bare, groups = open_ground[start:stop], group[start:stop]
    for r in range(value.shape[0]):
        row = out[r, start:stop]
        row[:] = 0.0
        for c in range(value.shape[1]):
            part = share[c, start:stop]
            for j in range(row.size):
                row[j] += part[j] * value[r, c, groups[j]]
        for j in range(row.size):
            row[j] = row[j] / bare[j] if bare[j] > 0.0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def cell_mean(
    share: Array, value: NDArray[np.float32], open_ground: Array, out: Array, start: int, stop: int
) -> None:
    """Mean over the open land of a cell of values ``[land_class, cell]``; 0 where none is open."""
    row, bare = out[start:stop], open_ground[start:stop]
    row[:] = 0.0
    for c in range(value.shape[0]):
        part, local = share[c, start:stop], value[c, start:stop]
        for j in range(row.size):
            row[j] += part[j] * local[j]
    for j in range(row.size):
        row[j] = row[j] / bare[j] if bare[j] > 0.0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def seal(
    change: Array,
    open_ground: Array,
    sealed: Array,
    stock: Array,
    stock_sealed: Array,
    start: int,
    stop: int,
) -> None:
    """Move metal between open and sealed soil with a change of the sealed share.

    Sealing takes its share of the open stock under the pavement, unsealing gives its share of the
    sealed stock back.

    Parameters
    ----------
    change : ndarray ``[cell]``
        New less old sealed share. [-]
    open_ground, sealed : ndarray ``[cell]``
        Old open and sealed shares. [-]
    stock, stock_sealed : ndarray ``[metal, layer, cell]``
        Changed in place; their sum stays. [kg m-2 of cell]
    start, stop : int
        Range of cells.
    """
    for i in range(start, stop):
        if change[i] == 0.0:
            continue
        down = min(change[i] / open_ground[i], 1.0) if change[i] > 0.0 else 0.0
        up = min(-change[i] / sealed[i], 1.0) if change[i] < 0.0 else 0.0
        for m in range(stock.shape[0]):
            for z in range(stock.shape[1]):
                moved = down * stock[m, z, i] - up * stock_sealed[m, z, i]
                stock[m, z, i] -= moved
                stock_sealed[m, z, i] += moved
