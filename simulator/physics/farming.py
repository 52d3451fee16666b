"""Metal inputs of farming: amounts of materials times their contents."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def material_flux(rate: ArrayLike, content: ArrayLike) -> NDArray[np.float64]:
    """Flux of metals with materials spread on land: fertiliser, manure, pesticide.

    Parameters
    ----------
    rate : array_like
        Yearly rate, ``[..., material]``. [kg m-2 yr-1]
    content : array_like
        Content, ``[material, metal]``. [kg kg-1]

    Returns
    -------
    ndarray
        ``[..., metal]``. [kg m-2 yr-1]
    """
    return np.asarray(rate) @ np.asarray(content)


def irrigation_flux(depth: ArrayLike, concentration: ArrayLike) -> NDArray[np.float64]:
    """Flux of metals with irrigation water.

    Parameters
    ----------
    depth : array_like
        Yearly depth, any shape. [m yr-1]
    concentration : array_like
        Total concentration, ``[metal]``. [kg m-3]

    Returns
    -------
    ndarray
        ``[..., metal]``. [kg m-2 yr-1]
    """
    return np.multiply.outer(depth, concentration)
