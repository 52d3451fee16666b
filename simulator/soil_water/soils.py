"""Soils of a region as columns: nodes, hydraulic parameters, plough pans and roots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.data import Parameters
from simulator.physics.percolation import pedotransfer
from simulator.physics.percolation.column import Feddes, Material, Profile, Roots
from simulator.physics.runoff import hydrologic_group

if TYPE_CHECKING:
    from simulator.region.model import Region

Floats = NDArray[np.float64]

_CM: Final = 100.0
_DAY: Final = 86400.0
#: Distance of the nodes; a shallow column has ten pieces at least. [cm]
SPACING: Final = 1.0
#: Soil down to this depth is topsoil to the pedotransfer functions. [m]
_TOPSOIL: Final = 0.3
#: Properties of a soil that its water depends on, in the order of :class:`Soils`.
PROPERTIES: Final = ("sand", "silt", "clay", "bulk_density", "organic_matter")


@dataclass(frozen=True)
class Soils:
    """The different soils of a region.

    Attributes
    ----------
    properties : ndarray ``[soil, property, layer]``
        Sand, silt, clay, organic matter [kg kg-1] and bulk density [kg m-3], in the order
        sand, silt, clay, bulk density, organic matter.
    soil : ndarray of int ``[cell]``
        Which of them a cell has; 0 where there is none.
    layer_thickness : ndarray ``[layer]``
        [m]
    """

    properties: Floats
    soil: NDArray[np.int64]
    layer_thickness: Floats

    def __len__(self) -> int:
        return self.properties.shape[0]

    @property
    def hydrologic_group(self) -> NDArray[np.intp]:
        """Hydrologic group of the curve number of each soil, 0 to 3."""
        return hydrologic_group(self.properties[:, 2, 0], self.properties[:, 0, 0])


def soils_of(region: Region) -> Soils:
    """Find the different soils of a region."""
    table = np.stack([getattr(region.soil, name) for name in PROPERTIES])
    by_cell = np.moveaxis(table, (0, 1), (-2, -1)).reshape(-1, *table.shape[:2])
    mask = region.soil_mask.reshape(-1)
    different, which = np.unique(by_cell[mask].reshape(mask.sum(), -1), axis=0, return_inverse=True)
    soil = np.zeros(mask.size, dtype=np.int64)
    soil[mask] = which.reshape(-1)
    return Soils(different.reshape(-1, *table.shape[:2]), soil, region.layer_thickness)


def profile_of(properties: Floats, thickness: Floats, land_class: str, p: Parameters) -> Profile:
    """Column of a soil under a land class.

    Parameters
    ----------
    properties : ndarray ``[property, layer]``
        Of :class:`Soils`.
    thickness : ndarray ``[layer]``
        [m]
    land_class : str
        A plough pan is that of the class.
    p : Parameters

    Returns
    -------
    Profile
        Materials are the layers and the pan. The pan holds water as compacted soil; its bulk
        density for transport is that of its layer, which the balance knows.
    """
    sand, silt, clay, density, organic = properties
    edges = np.concatenate(([0.0], np.cumsum(thickness)))
    topsoil = 0.5 * (edges[1:] + edges[:-1]) < _TOPSOIL
    dispersivity = _CM * p.value("general", process="percolation", parameter="dispersivity")
    pan_top, pan_thickness, pan_k, pan_factor = (
        p.value("vegetation", land_class=land_class, parameter=name)
        for name in ("pan_top", "pan_thickness", "pan_conductivity", "pan_bulk_density_factor")
    )
    # the pan is the soil of its depth, compacted
    has_pan = pan_thickness > 0.0
    place = int(np.clip(np.searchsorted(edges, pan_top, side="right") - 1, 0, thickness.size - 1))
    dense = density[place] * (pan_factor if has_pan else 1.0)
    density = np.append(density, dense)

    def with_pan(values: NDArray[Any]) -> NDArray[Any]:
        return np.append(values, values[place])

    found = pedotransfer.estimate(
        with_pan(sand), with_pan(silt), with_pan(clay), density, with_pan(organic),
        with_pan(topsoil),
    )  # fmt: skip
    materials = tuple(
        Material(
            float(found.theta_r[k]),
            float(found.theta_s[k]),
            float(found.alpha[k]),
            float(found.n[k]),
            float(pan_k * _DAY * _CM if has_pan and k == thickness.size else found.k_s[k]),
            float(found.l[k]),
            float(density[k if k < thickness.size else place] / 1000.0),
            dispersivity,
        )
        for k in range(thickness.size + 1)
    )
    total = _CM * float(edges[-1])
    # nodes in the middle of even pieces, so that layers change between nodes, and at both ends
    pieces = round(max(total / SPACING, 10.0))
    middle = (np.arange(pieces) + 0.5) * (total / pieces)
    depth = np.concatenate(([0.0], middle, [total]))
    material = np.clip(
        np.searchsorted(_CM * edges, depth - 1e-9, side="right") - 1, 0, thickness.size - 1
    )
    inside = (depth > _CM * pan_top) & (depth <= _CM * (pan_top + pan_thickness) + 1e-9)
    return Profile(
        depth, np.where(inside & has_pan, thickness.size, material), materials, air_entry=True
    )


def roots_of(profile: Profile, land_class: str, p: Parameters) -> Roots | None:
    """Roots of a land class: Jackson's distribution by depth, down to the rooting depth."""

    def plant(name: str) -> float:
        return _CM * p.value("vegetation", land_class=land_class, parameter=name)

    beta = p.value("land_classes", land_class=land_class, parameter="root_beta")
    reach = min(plant("rooting_depth"), float(profile.depth[-1]))
    density = np.where(profile.depth <= reach, beta**profile.depth, 0.0)
    feddes = Feddes(
        plant("feddes_p0"),
        plant("feddes_popt"),
        plant("feddes_p2h"),
        plant("feddes_p2l"),
        plant("feddes_p3"),
    )
    return Roots(density, feddes)
