"""Source tags as arrays, and what sealing does to them; :mod:`source_tags` follows the year."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.land import moved_parts
from simulator.physics.rows import Array

#: Instead of a tag, an input's metal is ...
PARTS: Final = -1  #: ... as ``parts`` divide it
TURNED: Final = -2  #: ... of the mixture that uptake takes from the layers
CAUGHT: Final = -4  #: ... of the mixture of all that falls, and counted with it
UNTAGGED: Final = -3  #: ... counted with another slot, or the slot is no input


class Tags(NamedTuple):
    """Stock by tag, how inputs are tagged, and what the year brought and took."""

    stock: Array  #: in open soil, ``[tag, metal, slice, cell]`` [kg m-2 of cell]
    parts: Array  #: of the slots that are :data:`PARTS`, ``[tag, metal, cell]`` [kg m-2 yr-1]
    gain: Array  #: what entered the soil in the year, ``[tag, metal, cell]`` [kg m-2 yr-1]
    loss: Array  #: what left the soil, ``[tag, metal, route, cell]`` [kg m-2 yr-1]
    tag: NDArray[np.int64]  #: of an input's slot, or a constant of this module, ``[slot]``
    falls: NDArray[np.bool_]  #: whether sealed ground takes its part of a slot, ``[slot]``
    route: NDArray[np.int64]  #: by which a slot leaves the soil, -1 for none, ``[slot]``
    native: int  #: tag of the soil at the start and of what comes up from below the column
    booked: int  #: tag of what is booked on signed slots
    taken: int  #: first slot of the uptake that :data:`TURNED` follows


def none(n_metal: int, n_slice: int, n_slot: int, n_cell: int) -> Tags:
    """No tags at all, which the balance takes no time for."""
    untagged = np.full(n_slot, UNTAGGED, dtype=np.int64)
    return Tags(
        np.zeros((0, n_metal, n_slice, n_cell)),
        np.zeros((0, n_metal, n_cell)),
        np.zeros((0, n_metal, n_cell)),
        np.zeros((0, n_metal, 1, n_cell)),
        untagged,
        np.zeros(n_slot, dtype=np.bool_),
        np.full(n_slot, -1, dtype=np.int64),
        0,
        0,
        -1,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def seal(
    change: Array,
    open_ground: Array,
    sealed: Array,
    shares: NDArray[np.float32],
    first: NDArray[np.int64],
    stock: Array,
    stock_sealed: Array,
    start: int,
    stop: int,
) -> None:
    """Move tags between open and sealed soil as :func:`simulator.physics.land.seal` moves metal.

    Parameters
    ----------
    change, open_ground, sealed, start, stop
        As there.
    shares : ndarray ``[metal, slice, cell]``
        Share of a layer's stock in each of its slices. [-]
    first : ndarray ``[layer + 1]``
        First slice of each layer.
    stock : ndarray ``[tag, metal, slice, cell]``
        Changed in place. [kg m-2 of cell]
    stock_sealed : ndarray ``[tag, metal, layer, cell]``
        Changed in place. [kg m-2 of cell]
    """
    for i in range(start, stop):
        if change[i] == 0.0:
            continue
        down, up = moved_parts(change[i], open_ground[i], sealed[i])
        for m in range(stock.shape[1]):
            for z in range(first.size - 1):
                norm = 0.0
                for s in range(first[z], first[z + 1]):
                    norm += shares[m, s, i]
                for t in range(stock.shape[0]):
                    back, gone = up * stock_sealed[t, m, z, i], 0.0
                    for s in range(first[z], first[z + 1]):
                        moved = down * stock[t, m, s, i]
                        gone += moved
                        stock[t, m, s, i] += back * (shares[m, s, i] / norm) - moved
                    stock_sealed[t, m, z, i] += gone - back
