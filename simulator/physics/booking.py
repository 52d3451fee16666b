"""What the slots of the flux array are, and the soil and water that their year is solved with."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.physics.rows import Array

INPUT: Final = 0  #: amount that enters the slot's layer
LOSS: Final = 1  #: rate, or water if dissolved; leaves the slot's layer and the column
#: Amount that moves from the slot's layer into the next one, or out of the last, with water; of
#: either sign. Written by the balance alone.
DOWNWARD: Final = 2
#: Amount that enters the slot's layer with soil that rises: from below the last layer as it is
#: booked, from the next layer as the balance writes it.
UPWARD: Final = 3
BYPASS: Final = 4  #: amount of the inputs of the slot's layer that never entered it
SIGNED: Final = 5  #: amount of either sign, applied last, bounded by what is there


class Slots(NamedTuple):
    """What the slots of the flux array are, arrays ``[slot]``."""

    kind: NDArray[np.int64]  #: a constant of this module
    layer: NDArray[np.int64]
    dissolved: NDArray[np.bool_]
    spread: NDArray[np.bool_]  #: one of several, so it acts on its layer as a whole


class Exchange(NamedTuple):
    """What water does between slices in a year, by land class and group of cells.

    With the group of each cell, ``[cell]``. The faces are those above the slices and the bottom.
    """

    ahead: Array  #: ``a`` of :mod:`column_year`, ``[slice + 1, land_class, group]`` [m yr-1]
    behind: Array  #: ``b``, likewise
    wetness: Array  #: water content, ``[slice, land_class, group]`` [-]
    tilled: Array  #: share of a class that is tilled, ``[land_class]`` [-]
    tilled_slices: int  #: slices from the top that tillage mixes
    group: NDArray[np.int64]


class Ground(NamedTuple):
    """The soil of the cells, and how layers are divided."""

    thickness: Array  #: of the slices, ``[slice]`` [m]
    part: Array  #: share of its layer that a slice has, ``[slice]`` [-]
    first: NDArray[np.int64]  #: first slice of each layer and their number, ``[layer + 1]``
    soil_mass: Array  #: dry soil, ``[layer, cell]`` [kg m-2]
    coefficient: Array  #: ``A`` of ``c = A X^n``, ``[metal, layer, cell]`` [kg m-3]
    exponent: Array  #: ``n - 1``, ``[metal]``
    open_share: Array  #: ``[land_class, cell]``
    open_ground: Array  #: ``[cell]``
    rising: Array  #: soil that erosion lets rise through every face, ``[cell]`` [kg m-2 yr-1]
