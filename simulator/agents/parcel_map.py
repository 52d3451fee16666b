"""Where the parcels of a region are and what lies around them: all that does not change."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array

from simulator.agents.centres import (
    centre_distance,
    centre_scale,
    district_centres,
    with_subcentres,
)
from simulator.constants import BUILT_CLASSES, LAND_CLASSES
from simulator.landuse.mosaic import Mosaic
from simulator.region.model import Grid
from simulator.region.overlay import neighbours, overlay

_BUILT: Final = tuple(LAND_CLASSES.index(name) for name in BUILT_CLASSES)

#: Parcels touch within this distance: borders are drawn to decimetres. [m]
_TOUCHING: Final = 1.0


@dataclass(frozen=True)
class ParcelMap:
    """Geometry of the parcels and what follows from it.

    Attributes
    ----------
    ids : ndarray of int ``[parcel]``
        Their ids.
    geometry : ndarray of shapely polygons ``[parcel]``
        In the grid's CRS.
    area : ndarray ``[parcel]``
        Whole area, the part outside the grid included. [m2]
    overlay : csr_array ``[cell, parcel]``
        Share of each cell's area that each parcel covers. [-]
    by_parcel : csr_array ``[parcel, cell]``
        The same, quick to read parcel by parcel. [-]
    adjacency : csr_array of bool ``[parcel, parcel]``
        Parcels within the neighbourhood distance.
    mosaic : Mosaic
        Parcels and those that touch them.
    class_at_start : ndarray of int ``[parcel]``
        Land class at the start of a run, index into :data:`simulator.constants.LAND_CLASSES`.
    slope : ndarray ``[parcel]``
        Mean slope of the cells under the parcel; NaN where none is known. [rad]
    centre_distance : ndarray ``[parcel]``
        From the parcel's centroid to the nearest centre. [m]
    centre_scale : float
        Distance over which built density falls by a factor e. [m]
    """

    ids: NDArray[np.int64]
    geometry: NDArray[np.object_]
    area: NDArray[np.float64]
    overlay: csr_array
    by_parcel: csr_array
    adjacency: csr_array
    mosaic: Mosaic
    class_at_start: NDArray[np.int64]
    slope: NDArray[np.float64]
    centre_distance: NDArray[np.float64]
    centre_scale: float

    @classmethod
    def build(
        cls,
        grid: Grid,
        slope: NDArray[np.float64],
        district: NDArray[np.integer],
        parcels: pd.DataFrame,
        neighbourhood_distance: float,
        subcentres: int = 0,
    ) -> ParcelMap:
        """Derive the map from what a region holds at the start of a run.

        Parameters
        ----------
        grid : Grid
            Cells.
        slope : ndarray ``[row, col]``
            NaN where unknown. [rad]
        district : ndarray of int ``[row, col]``
            District numbers.
        parcels : pandas.DataFrame
            ``id``, ``land_class``, ``geometry``.
        neighbourhood_distance : float
            Largest gap between neighbours. [m]
        subcentres : int
            New centres beside the middles of the districts' built land.
        """
        ids = parcels["id"].to_numpy(dtype=np.int64)
        geometry = parcels["geometry"].to_numpy(dtype=object)
        area = shapely.area(geometry)
        cover = overlay(grid, geometry, ids)
        by_parcel = cover.T.tocsr()
        land_class = parcels["land_class"].map(LAND_CLASSES.index).to_numpy(dtype=np.int64)
        built_area = np.where(np.isin(land_class, _BUILT), area, 0.0)
        points = shapely.get_coordinates(shapely.centroid(geometry))
        centres = district_centres(points, built_area, _majority(by_parcel, district.ravel()))
        # Cells are the resolution of everything else that is known about the region.
        scale = max(centre_scale(centre_distance(points, centres), built_area), grid.cell_size)
        centres = with_subcentres(points, built_area, centres, scale, subcentres)
        return cls(
            ids=ids,
            geometry=geometry,
            area=area,
            overlay=cover,
            by_parcel=by_parcel,
            adjacency=neighbours(geometry, neighbourhood_distance),
            mosaic=Mosaic.of_parcels(area, neighbours(geometry, _TOUCHING)),
            class_at_start=land_class,
            slope=_mean_known(by_parcel, slope.ravel()),
            centre_distance=centre_distance(points, centres),
            centre_scale=scale,
        )

    def __len__(self) -> int:
        return self.ids.size

    @cached_property
    def built_at_start(self) -> NDArray[np.bool_]:
        """Which are built at the start of a run, ``[parcel]``."""
        return np.isin(self.class_at_start, _BUILT)

    @cached_property
    def neighbourhood_area(self) -> NDArray[np.float64]:
        """Area of all neighbours of each parcel, ``[parcel]``. [m2]."""
        return self.adjacency @ self.area


def ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of a part in its whole, 0 where there is nothing."""
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0.0)


def _mean_known(by_parcel: csr_array, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area-weighted mean of a cell quantity under each parcel; NaN where none is known."""
    known = np.isfinite(values)
    weight = by_parcel @ known.astype(np.float64)
    mean = ratio(by_parcel @ np.where(known, values, 0.0), weight)
    return np.where(weight > 0.0, mean, np.nan)


def _majority(by_parcel: csr_array, codes: NDArray[np.integer]) -> NDArray[Any]:
    """Code with the largest area under each parcel; the lowest wins a tie."""
    values = np.unique(codes)
    area = by_parcel @ (codes[:, None] == values).astype(np.float64)
    return values[np.argmax(area, axis=1)]
