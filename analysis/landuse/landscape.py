"""How built land lies: its patches and edges, and how growth lies to what was built before.

References
----------
.. [1] K. McGarigal, B. J. Marks (1995), FRAGSTATS: spatial pattern analysis program for quantifying
   landscape structure, USDA Forest Service PNW-GTR-351, doi:10.2737/PNW-GTR-351.
.. [2] X. Liu et al. (2010), A new landscape index for quantifying urban expansion using
   multi-temporal remotely sensed data, Landscape Ecology 25, 671-682,
   doi:10.1007/s10980-010-9454-5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from simulator.landuse.mosaic import Mosaic
from simulator.landuse.patches import NewPatches

Mask = NDArray[np.bool_]

_M2_PER_HA: Final = 1e4
_EIGHT: Final = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True)
class Landscape:
    """Metrics of the built land of a map [1]_; patches are joined over corners too.

    Attributes
    ----------
    patches : int
        Number of patches.
    mean_patch_ha, largest_patch_ha : float
        Mean and largest area of a patch. [ha]
    largest_patch_share : float
        Share of the built land that lies in the largest patch. [-]
    edge_density_m_ha : float
        Length of borders between built and other counted pixels, by the counted area. [m ha-1]
    """

    patches: int
    mean_patch_ha: float
    largest_patch_ha: float
    largest_patch_share: float
    edge_density_m_ha: float


def landscape(built: Mask, counted: Mask, cell_size: float) -> Landscape:
    """Measure the built land of a map.

    Parameters
    ----------
    built : ndarray of bool ``[row, col]``
        Built pixels.
    counted : ndarray of bool ``[row, col]``
        Pixels that are looked at; the edge of the map and what is not counted make no border.
    cell_size : float
        Side of a pixel. [m]
    """
    built = built & counted
    label, patches = ndimage.label(built, _EIGHT)
    area = np.bincount(label[built], minlength=patches + 1)[1:] * cell_size**2 / _M2_PER_HA
    edges = sum(
        np.count_nonzero((built[a] != built[b]) & counted[a] & counted[b])
        for a, b in (
            (np.s_[1:, :], np.s_[:-1, :]),
            (np.s_[:, 1:], np.s_[:, :-1]),
        )
    )
    counted_ha = np.count_nonzero(counted) * cell_size**2 / _M2_PER_HA
    return Landscape(
        patches=int(patches),
        mean_patch_ha=float(area.mean()) if patches else 0.0,
        largest_patch_ha=float(area.max()) if patches else 0.0,
        largest_patch_share=float(area.max() / area.sum()) if patches else 0.0,
        edge_density_m_ha=float(edges * cell_size / counted_ha) if counted_ha else 0.0,
    )


@dataclass(frozen=True)
class Expansion:
    """Kinds of growth by the Landscape Expansion Index [2]_, shares of the new area.

    Attributes
    ----------
    infill, edge_expansion, leapfrog : float
        New patches with more than half of their surroundings built at the start, with less, and
        with none. [-]
    new_patches : int
        Number of new patches.
    mean_new_patch_ha : float
        Their mean area. [ha]
    """

    infill: float
    edge_expansion: float
    leapfrog: float
    new_patches: int
    mean_new_patch_ha: float


def expansion(mosaic: Mosaic, start: Mask, end: Mask) -> Expansion:
    """Tell the kinds of growth apart.

    Parameters
    ----------
    mosaic : Mosaic
        Units of land.
    start, end : ndarray of bool ``[unit]``
        Built units at two dates.
    """
    if not np.any(~start & end):
        return Expansion(np.nan, np.nan, np.nan, 0, 0.0)
    new = NewPatches.between(mosaic, start, end)
    return Expansion(*new.shares, len(new.area), float(new.area.mean()) / _M2_PER_HA)
