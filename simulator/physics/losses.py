"""Kernels that write what a year takes from a cell, before the balance is solved.

Each fills its slots of the flux array ``[metal, slot, cell]`` for a range of cells: rates [yr-1]
for losses, water [m yr-1] for those in solution, amounts [kg m-2 of cell yr-1] for what comes up
from below the column. They read the state of the start of the year only, cell by cell, so order and
splitting of the range cannot matter.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.power import power_row
from simulator.physics.rows import ROW, Array, scale_by
from simulator.physics.uptake import Stands


@njit(cache=True, nogil=True, error_model="numpy")
def carrying_water(
    water: Array, contact: float, flux: Array, slot: int, start: int, stop: int
) -> None:
    """Water that carries metals off in solution, the same for all metals.

    ``water[row, cell]`` [m yr-1] fills as many slots from ``slot`` on; ``contact`` is the
    concentration of the water over that of the soil solution [-].
    """
    for z in range(water.shape[0]):
        moving = water[z, start:stop]
        for m in range(flux.shape[0]):
            row = flux[m, slot + z, start:stop]
            for j in range(row.size):
                row[j] = contact * moving[j]


@njit(cache=True, nogil=True, error_model="numpy")
def erosion_rate(
    share: Array,
    soil_loss: NDArray[np.float32],
    delivery: Array,
    fines: NDArray[np.float32],
    enrichment: Array,
    most: float,
    open_ground: Array,
    soil_mass: Array,
    flux: Array,
    slot: int,
    start: int,
    stop: int,
) -> None:
    """Rate at which sediment takes a metal from the top layer.

    Parameters
    ----------
    share : ndarray ``[land_class, cell]``
        Open share of the cell. [-]
    soil_loss : ndarray ``[land_class, cell]``
        Soil that erosion moves. [kg m-2 yr-1]
    delivery : ndarray ``[cell]``
        Share of it that leaves the cell. [-]
    fines : ndarray ``[land_class, cell]``
        What leaves, weighted with its fineness
        (:func:`simulator.physics.erosion.fines_lost`). [kg m-2 yr-1]
    enrichment : ndarray ``[metal]``
        Content of the sediment over that of the soil where the weight is 1. [-]
    most : float
        Upper limit of the enrichment; the lower one is 1. [-]
    open_ground, soil_mass, flux, slot, start, stop
        As above.
    """
    least, limit, per_stock = np.empty(ROW), np.empty(ROW), np.empty(ROW)
    for a in range(start, stop, ROW):
        b = min(a + ROW, stop)
        bare, mass, leaves = open_ground[a:b], soil_mass[0, a:b], delivery[a:b]
        for j in range(b - a):
            ground = bare[j] * mass[j]
            per_stock[j] = 1.0 / ground if ground > 0.0 else 0.0
        for m in range(enrichment.size):
            flux[m, slot, a:b] = 0.0
        for c in range(share.shape[0]):
            part, gross, fine = share[c, a:b], soil_loss[c, a:b], fines[c, a:b]
            for j in range(b - a):
                least[j] = leaves[j] * gross[j]
                limit[j] = most * least[j]
            for m in range(enrichment.size):
                row, ratio = flux[m, slot, a:b], enrichment[m]
                for j in range(row.size):
                    lost = ratio * fine[j]
                    lost = lost if lost > least[j] else least[j]
                    lost = lost if lost < limit[j] else limit[j]
                    row[j] += part[j] * lost
        for m in range(enrichment.size):
            scale_by(per_stock, flux[m, slot, a:b])


@njit(cache=True, nogil=True, error_model="numpy")
def surface_lowering(
    stock: Array,
    shares: NDArray[np.float32],
    first: NDArray[np.int64],
    part: Array,
    soil_loss: Array,
    delivery: Array,
    soil_mass: Array,
    open_ground: Array,
    background: Array,
    rising: Array,
    flux: Array,
    slot: int,
    start: int,
    stop: int,
) -> None:
    """Soil that rises as erosion lowers the surface, and the metal it brings into each layer.

    Slices keep their depth below the falling surface, so as much soil as left the cell rises
    through every face between them, and as much parent material enters the last one. What comes
    from the next layer is foreseen at the content of the start, for whoever asks what a layer gets
    in the year; the balance puts what has come in its place.

    Parameters
    ----------
    stock : ndarray ``[metal, layer, cell]``
        At the start of the year. [kg m-2]
    shares : ndarray of float32 ``[metal, slice, cell]``
        Share of a layer's stock in each of its slices. [-]
    first : ndarray ``[layer + 1]``
        First slice of each layer.
    part : ndarray ``[slice]``
        Share of its layer that a slice has. [-]
    soil_loss, delivery : ndarray ``[cell]``
        Soil that erosion moves [kg m-2 of open ground yr-1] and the share that leaves the cell [-].
    open_ground : ndarray ``[cell]``
        Open share of the cell. [-]
    background : ndarray ``[metal, cell]``
        Content of the parent material. [kg kg-1]
    rising : ndarray ``[cell]``
        Overwritten. [kg m-2 of open ground yr-1]
    soil_mass, flux, slot, start, stop
        As above.
    """
    for j in range(start, stop):
        rising[j] = soil_loss[j] * delivery[j]
    for m in range(background.shape[0]):
        for z in range(stock.shape[1] - 1):
            row, held, top = flux[m, slot + z], stock[m, z + 1], shares[m, first[z + 1]]
            for j in range(start, stop):
                soil = soil_mass[z + 1, j] * part[first[z + 1]]
                row[j] = rising[j] * held[j] * top[j] / soil if soil > 0.0 else 0.0
        row, below = flux[m, slot + stock.shape[1] - 1], background[m]
        for j in range(start, stop):
            # content is unknown (NaN) where there is no soil to move
            row[j] = rising[j] * open_ground[j] * below[j] if rising[j] > 0.0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def crop_uptake(
    share: Array,
    stands: Stands,
    root: Array,
    stock: Array,
    open_ground: Array,
    soil_mass: Array,
    flux: Array,
    slot: int,
    straw_slot: int,
    start: int,
    stop: int,
) -> None:
    """Rate at which crops take a metal out of each layer, and what comes back with the straw.

    The straw that stays has what the crops take at the rates of the year from the stock of its
    start: an amount that is put on the surface.

    Parameters
    ----------
    share : ndarray ``[land_class, cell]``
        Open share of the cell. [-]
    stands : Stands
        What grows where and takes how much.
    root : ndarray ``[layer, land_class]``
        Share of the uptake from each layer. [-]
    stock : ndarray ``[metal, layer, cell]``
        At the start of the year. [kg m-2]
    open_ground, soil_mass, flux, slot, start, stop
        As above.
    straw_slot : int
        Slot of the amount that comes back.
    """
    per_stock, content, bent = np.empty(ROW), np.empty(ROW), np.empty(ROW)
    back, bits, of_ph = np.empty(ROW), np.empty(ROW, np.int64), np.empty(ROW)
    for a in range(start, stop, ROW):
        b = min(a + ROW, stop)
        width = b - a
        bare, soil, limed = open_ground[a:b], stands.soil[a:b], stands.limed[a:b]
        changed = False
        for j in range(width):
            changed |= limed[j] != 1.0
        for m in range(stock.shape[0]):
            flux[m, straw_slot, a:b] = 0.0
        for z in range(soil_mass.shape[0]):
            mass = soil_mass[z, a:b]
            for j in range(width):
                ground = bare[j] * mass[j]
                per_stock[j] = 1.0 / ground if ground > 0.0 else 0.0
            for m in range(stock.shape[0]):
                row, straw, held = (
                    flux[m, slot + z, a:b],
                    flux[m, straw_slot, a:b],
                    stock[m, z, a:b],
                )
                row[:] = 0.0
                back[:] = 0.0
                for j in range(width):
                    content[j] = max(held[j] * per_stock[j] / stands.content, stands.least)
                for s in range(stands.land_class.size):
                    c = stands.land_class[s]
                    rooted, power = root[z, c], stands.power[m, s]
                    if rooted == 0.0:
                        continue
                    if power != 0.0:
                        power_row(content[:width], power, bent[:width], bits[:width])
                    else:
                        bent[:] = 1.0
                    if changed:  # 1 to any power is exactly 1: other cells of the row keep theirs
                        power_row(limed, stands.ph_slope[m, s], of_ph[:width], bits[:width])
                        scale_by(of_ph[:width], bent[:width])
                    stays, of_soil, part = (
                        stands.returned[m, s],
                        stands.coefficient[m, s],
                        share[c, a:b],
                    )
                    for j in range(width):
                        taken = part[j] * of_soil[soil[j]] * rooted * bent[j]
                        row[j] += taken
                        back[j] += stays * taken
                for j in range(width):
                    row[j] *= per_stock[j]
                    straw[j] += back[j] * per_stock[j] * held[j]
