"""Heads of water contents: the inverse of the retention curve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.physics.percolation.column import AIR_ENTRY, Material

Floats = NDArray[np.float64]


def head_of(
    theta: Floats,
    material: NDArray[np.int64],
    materials: Sequence[Material],
    air_entry: bool,
) -> Floats:
    """Head at which soil holds a water content; saturated soil has the highest such suction.

    Parameters
    ----------
    theta : ndarray ``[node]``
        Water content, above the residual and not above the saturated one. [cm3 cm-3]
    material : ndarray of int ``[node]``
        Index into ``materials``.
    materials : sequence of Material
        van Genuchten's parameters.
    air_entry : bool
        Whether soil is saturated from a head of -2 cm on.

    Returns
    -------
    ndarray ``[node]``
        At most 0, with air entry at most -2. [cm]
    """
    theta_r, theta_s, alpha, n = (
        np.array([getattr(m, name) for m in materials])[material]
        for name in ("theta_r", "theta_s", "alpha", "n")
    )
    m = 1.0 - 1.0 / n
    highest = AIR_ENTRY if air_entry else 0.0
    span = (theta_s - theta_r) * (1.0 + (-alpha * highest) ** n) ** m
    saturation = (theta - theta_r) / span
    head = -((saturation ** (-1.0 / m) - 1.0).clip(0.0) ** (1.0 / n)) / alpha
    return np.where(theta >= theta_s, highest, np.minimum(head, highest))
