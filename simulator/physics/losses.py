"""Kernels that write what a year takes from a cell, before the balance is solved.

Each fills its slots of the flux array ``[metal, slot, cell]`` for a range of cells: rates [yr-1]
for losses, water [m yr-1] for those in solution, amounts [kg m-2 of cell yr-1] for what comes up
from below. They read the state of the start of the year only, cell by cell, so order and splitting
of the range cannot matter.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.rows import ROW, Array, add_scaled


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
    moved = np.empty(ROW)
    for a in range(start, stop, ROW):
        b = min(a + ROW, stop)
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
    per_stock = np.empty(ROW)
    for a in range(start, stop, ROW):
        b = min(a + ROW, stop)
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
                        add_scaled(share[c, a:b], taken, row)
                acid = acidity[m, a:b]
                for j in range(b - a):
                    row[j] *= acid[j] * per_stock[j]
