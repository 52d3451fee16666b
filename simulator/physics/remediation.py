r"""What remediation does to the topsoil of a cell.

Plants of dry harvest :math:`Y` [kg m-2 yr-1] with a content :math:`b` times that of the soil take
in a year the share :math:`Y b / m` of the metal of soil of mass :math:`m` [kg m-2]. Soil that is
dug off to a share :math:`d` of the layer and replaced by clean soil of content :math:`X_c` changes
the layer by :math:`d (X_c - X)\,m`. The rise of the pH by lime falls by the same share in each
year, until the land is limed again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.physics.rows import Array


def harvested(stock: Array, soil_mass: Array, uptake: Array, share: Array) -> Array:
    """Metal that plants take from the topsoil in a year, ``[metal, cell]``. [kg m-2 yr-1].

    Parameters
    ----------
    stock : ndarray ``[metal, cell]``
        Metal in the open topsoil, per area of the cell. [kg m-2]
    soil_mass : ndarray ``[cell]``
        Dry topsoil, per area of ground. [kg m-2]
    uptake : ndarray ``[metal]``
        Dry harvest times its content over that of the soil. [kg m-2 yr-1]
    share : ndarray ``[cell]``
        Share of the open ground that the plants grow on. [-]
    """
    taken = np.minimum(uptake[:, None], soil_mass)
    rate = np.divide(taken, soil_mass, out=np.zeros(stock.shape), where=soil_mass > 0.0)
    return np.asarray(rate * share * stock)


def replaced(
    stock: Array, soil_mass: Array, open_ground: Array, clean: Array, share: Array
) -> Array:
    """Gain of the topsoil of which a share is replaced by clean soil, ``[metal, cell]``. [kg m-2].

    Parameters
    ----------
    stock, soil_mass
        As in :func:`harvested`.
    open_ground : ndarray ``[cell]``
        Open share of the cell. [-]
    clean : ndarray ``[metal, cell]``
        Content of the clean soil. [kg kg-1]
    share : ndarray ``[cell]``
        Share of the topsoil of the open ground. [-]
    """
    return np.asarray(share * (clean * (open_ground * soil_mass) - stock))


def lime_level(reach: Sequence[float], decay: float, repeat: int | None = None) -> float:
    """Rise of the pH in the last of some years over that of land just limed. [-].

    Parameters
    ----------
    reach : sequence of float
        Share of the land that has been limed by each year, from the first one on. [-]
    decay : float
        Rate at which the rise falls. [yr-1]
    repeat : int, optional
        Years after which land is limed again; once if not given.

    Examples
    --------
    >>> round(lime_level([1.0, 1.0, 1.0], 0.1), 4)
    0.8187
    >>> lime_level([1.0, 1.0, 1.0], 0.1, repeat=2)
    1.0
    """
    level, before = 0.0, 0.0
    for year, now in enumerate(reach):
        age = len(reach) - 1 - year
        level += (now - before) * math.exp(-decay * (age if repeat is None else age % repeat))
        before = now
    return level


def ph_rise(
    ph: NDArray[np.float64], rise: float | NDArray[np.float64], highest: float
) -> NDArray[np.float64]:
    """Rise of the pH of soils that are limed, no further than lime raises it. [-]."""
    return np.clip(highest - ph, 0.0, rise)
