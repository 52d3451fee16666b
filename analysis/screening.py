"""Screening values of soil: the limits that contents of the control layer are held against."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from simulator.constants import LAND_CLASSES
from simulator.data.parameters import Table, parse_table

#: What the values are, for tables and figures.
STANDARD = "GB 15618-2018 risk screening value of agricultural land, by pH"

_PADDY, _ORCHARD, _OTHER = "paddy", "orchard", "other farmland"


def screening_value(metal: str, ph: NDArray[np.float64], land: NDArray[np.str_]) -> NDArray:
    """Screening value of each cell by its pH and land.

    Parameters
    ----------
    metal : str
        Symbol of the metal.
    ph : ndarray
        pH of the control layer, any shape; NaN where there is no soil.
    land : ndarray of str
        Kind of land in the standard's sense, as :func:`land_of` gives it, same shape.

    Returns
    -------
    ndarray
        Screening value, NaN where pH is. [mg kg-1]
    """
    rows = _table().rows
    bounds = sorted({float(key[2]) for key in rows})
    value = np.full(ph.shape, np.nan)
    below = -np.inf
    for bound in bounds:
        in_class = (ph > below) & (ph <= bound)
        for kind in (_PADDY, _ORCHARD, _OTHER):
            row = rows.get((kind, metal, f"{bound:g}")) or rows[(_OTHER, metal, f"{bound:g}")]
            value[in_class & (land == kind)] = row.value
        below = bound
    return value


def land_of(open_share: NDArray[np.float64]) -> NDArray[np.str_]:
    """Kind of land of each cell in the standard's sense, from the largest open farmed class.

    Parameters
    ----------
    open_share : ndarray ``[land_class, ...]``
        Unsealed share of the cell by land class. [-]

    Returns
    -------
    ndarray of str
        ``paddy`` or ``orchard`` where that is the largest open class but water, else
        ``other farmland``, which is also the yardstick of land that is not farmed.
    """
    land = [i for i, name in enumerate(LAND_CLASSES) if name != "water"]
    largest = np.array(LAND_CLASSES)[land][np.argmax(open_share[land], axis=0)]
    some = open_share[land].max(axis=0) > 0.0
    known = some & ((largest == _PADDY) | (largest == _ORCHARD))
    return np.where(known, largest, _OTHER)


@cache
def _table() -> Table:
    text = (files("simulator.data") / "screening_values.csv").read_text(encoding="utf-8")
    return parse_table("screening_values", text)
