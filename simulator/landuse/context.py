"""What a model of land-use change sees: the state of the land at dates, and what stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Snapshot:
    """Land at a date, on the pixels of a map.

    Attributes
    ----------
    year : float
        Date. [yr]
    built : ndarray ``[row, col]``
        Built-up share of each pixel, 0 or 1 on maps of classes. [-]
    cover : ndarray of int ``[row, col]``, optional
        Code of the land class, 0 where unknown.
    """

    year: float
    built: NDArray[np.float32]
    cover: NDArray[np.integer] | None = None


@dataclass(frozen=True)
class LandContext:
    """What does not change between snapshots.

    Attributes
    ----------
    cell_size : float
        Side of a pixel. [m]
    valid : ndarray of bool ``[row, col]``
        Pixels that are looked at: mapped land and water of the area.
    excluded : ndarray of bool ``[row, col]``
        Pixels that are never built on: open water, protected land.
    layers : mapping of str to ndarray ``[row, col]``
        Drivers by name, such as elevation_m, slope_deg, road_distance_m; NaN where unknown.
    """

    cell_size: float
    valid: NDArray[np.bool_]
    excluded: NDArray[np.bool_]
    layers: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
