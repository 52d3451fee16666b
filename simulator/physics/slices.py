"""Slices: what transport divides the layers of the balance into.

The stock of a layer is the sum of its slices; ledger, record and reports know layers only. Contents
change most at the surface, where metals fall, and across the edges of layers, where the soil
changes, so slices are thin there and grow away from it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Thickness of the uppermost slice. [m]
SURFACE: Final = 0.03
#: Thickness of the slices beside the edge of two layers, as a share of its depth.
FINEST: Final = 0.04
#: Least thickness of these. [m]
LEAST: Final = 0.005
#: Growth of thickness away from it.
GROWTH: Final = 2.1
#: Greatest thickness in the uppermost layer and below. [m]
GREATEST_ABOVE: Final = 0.06
GREATEST_BELOW: Final = 0.10


@dataclass(frozen=True)
class Slices:
    """Slices of a column, from the top.

    Attributes
    ----------
    thickness : ndarray ``[slice]``
        [m]
    layer : ndarray of int ``[slice]``
        Layer that a slice belongs to.
    share : ndarray ``[slice]``
        Share of its layer's thickness. [-]
    """

    thickness: NDArray[np.float64]
    layer: NDArray[np.int64]
    share: NDArray[np.float64]

    def __len__(self) -> int:
        return self.thickness.size

    @property
    def edges(self) -> NDArray[np.float64]:
        """Depths of the faces, ``[slice + 1]``. [m]."""
        return np.concatenate(([0.0], np.cumsum(self.thickness)))

    @property
    def first(self) -> NDArray[np.int64]:
        """First slice of each layer, and the number of slices, ``[layer + 1]``."""
        return np.searchsorted(self.layer, np.arange(self.layer[-1] + 2))

    def above(self, depth: float) -> int:
        """Slices of the uppermost layer that lie above a depth [m] as a whole."""
        lower = self.edges[1 : self.first[1] + 1]
        return int(np.count_nonzero(lower <= depth + 1e-9))


def slices_of(layer_thickness: ArrayLike) -> Slices:
    """Divide layers into slices.

    Parameters
    ----------
    layer_thickness : array_like ``[layer]``
        From the top. [m]
    """
    thickness = np.asarray(layer_thickness, dtype=np.float64)
    edges = np.cumsum(thickness)
    parts: list[list[float]] = []
    for z, whole in enumerate(thickness):
        most = GREATEST_ABOVE if z == 0 else GREATEST_BELOW
        finest = (SURFACE if z == 0 else FINEST * edges[z - 1], FINEST * edges[z])
        above = _grown(finest[0], whole / 2, most)[: 1 if z == 0 else None]
        below = _grown(finest[1], whole / 2, most) if z + 1 < thickness.size else []
        rest = whole - sum(above) - sum(below)
        if below and rest < LEAST:  # no sliver where both sides meet
            rest += below.pop()
        number = max(int(np.ceil(rest / most - 1e-9)), 1)
        parts.append([*above, *([rest / number] * number), *reversed(below)])
    size = np.array(list(itertools.chain(*parts)))
    layer = np.repeat(np.arange(thickness.size), [len(p) for p in parts])
    return Slices(size, layer.astype(np.int64), size / thickness[layer])


def _grown(finest: float, room: float, most: float) -> list[float]:
    """Slices that grow from ``finest`` as long as they are thinner than ``most`` and have room."""
    sizes: list[float] = []
    size = max(finest, LEAST)
    while size < most and sum(sizes) + size < room:
        sizes.append(size)
        size *= GROWTH
    return sizes
