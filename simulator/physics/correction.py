r"""The correction of a year, from the mean correction of the years that it was learned from.

What the processes miss is carried on beyond these years by what it goes with. A missing input
(:math:`r > 0`) follows the inputs of the topsoil, a missing loss (:math:`r < 0`) its content:

.. math::
   F = \begin{cases} g\ r\ \min(I / \bar I,\ \rho) & r > 0 \\
                     g\ r\ X / \bar X & r < 0 \end{cases}

with the open ground :math:`g` [-], the input :math:`I` [kg m-2 of open ground yr-1] and content
:math:`X` [kg kg-1] of the year, their means :math:`\bar I, \bar X` in the years that :math:`r` was
learned from, and the largest ratio :math:`\rho` that is believed. Where nothing entered in those
years :math:`r` stays as it is. The form is a choice of this program.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.rows import ROW, Array

Slots = NDArray[np.int64]


class Reference(NamedTuple):
    """What a correction was learned as, arrays ``[metal, cell]``."""

    rate: Array  #: mean correction, of open ground [kg m-2 yr-1]
    gross_input: Array  #: mean input to the topsoil, of open ground [kg m-2 yr-1]
    content: Array  #: mean content of the topsoil [kg kg-1]


@njit(cache=True, nogil=True, error_model="numpy")
def book(
    reference: Reference,
    largest_ratio: float,
    entering: tuple[Slots, Slots],
    open_ground: Array,
    mass: Array,
    stock: Array,
    flux: Array,
    slot: int,
    start: int,
    stop: int,
) -> None:
    """Add the correction of the year to its slot; nothing where there is no soil.

    Parameters
    ----------
    reference : Reference
        What is carried on.
    largest_ratio : float
        Largest ratio of the input of the year to the mean one. [-]
    entering : tuple of ndarray of int
        Slots of amounts that enter the top layer, and of those of them that never do.
    open_ground : ndarray ``[cell]``
        [-]
    mass : ndarray ``[cell]``
        Dry soil of the top layer. [kg m-2 of ground]
    stock : ndarray ``[metal, layer, cell]``
        Metal in open soil. [kg m-2 of cell]
    flux : ndarray ``[metal, slot, cell]``
        Amounts; slot ``slot`` is added to. [kg m-2 of cell yr-1]
    slot, start, stop : int
        Slot and range of cells.
    """
    into, past = entering
    entered = np.empty(ROW)
    for a in range(start, stop, ROW):
        b = min(a + ROW, stop)
        ground, soil = open_ground[a:b], mass[a:b]
        for m in range(flux.shape[0]):
            rate, content = reference.rate[m, a:b], reference.content[m, a:b]
            usual = reference.gross_input[m, a:b]
            entered[:] = 0.0
            for s in into:
                row = flux[m, s, a:b]
                for j in range(row.size):
                    entered[j] += row[j]
            for s in past:
                row = flux[m, s, a:b]
                for j in range(row.size):
                    entered[j] -= row[j]
            held, row = stock[m, 0, a:b], flux[m, slot, a:b]
            for j in range(row.size):
                if not ground[j] > 0.0:
                    continue
                if rate[j] > 0.0:
                    ratio = 1.0
                    if usual[j] > 0.0:
                        ratio = max(entered[j] / (ground[j] * usual[j]), 0.0)
                    row[j] += ground[j] * rate[j] * min(ratio, largest_ratio)
                elif rate[j] < 0.0 and content[j] > 0.0 and soil[j] > 0.0:
                    row[j] += rate[j] * held[j] / (soil[j] * content[j])
