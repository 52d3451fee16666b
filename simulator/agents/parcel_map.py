"""Where the parcels of a region are and what lies around them: all that does not change."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from simulator.constants import BUILT_CLASSES
from simulator.region.model import Grid
from simulator.region.overlay import neighbours, overlay


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
    slope : ndarray ``[parcel]``
        Mean slope of the cells under the parcel; NaN where none is known. [rad]
    centre_distance : ndarray ``[parcel]``
        From the parcel's centroid to the nearest centre of a district. [m]
    centre_scale : float
        Distance over which built density falls by a factor e. [m]
    """

    ids: NDArray[np.int64]
    geometry: NDArray[np.object_]
    area: NDArray[np.float64]
    overlay: csr_array
    by_parcel: csr_array
    adjacency: csr_array
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
        """
        ids = parcels["id"].to_numpy(dtype=np.int64)
        geometry = parcels["geometry"].to_numpy(dtype=object)
        area = shapely.area(geometry)
        cover = overlay(grid, geometry, ids)
        by_parcel = cover.T.tocsr()
        built = parcels["land_class"].isin(BUILT_CLASSES).to_numpy(dtype=np.bool_)
        group = _majority(by_parcel, district.ravel())
        centre_distance, scale = _centres(geometry, area, built, group)
        return cls(
            ids=ids,
            geometry=geometry,
            area=area,
            overlay=cover,
            by_parcel=by_parcel,
            adjacency=neighbours(geometry, neighbourhood_distance),
            slope=_mean_known(by_parcel, slope.ravel()),
            centre_distance=centre_distance,
            # Cells are the resolution of everything else that is known about the region.
            centre_scale=max(scale, grid.cell_size),
        )

    def __len__(self) -> int:
        return self.ids.size

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


def _centres(
    geometry: NDArray[np.object_],
    area: NDArray[np.float64],
    built: NDArray[np.bool_],
    district: NDArray[Any],
) -> tuple[NDArray[np.float64], float]:
    """Distance to the nearest centre and the e-folding distance of built density. [m].

    A centre is the middle of a district's built land. Around a centre where density falls as
    exp(-r / b) the mean square distance is 6 b^2, which gives b.
    """
    points = shapely.get_coordinates(shapely.centroid(geometry))
    if not built.any():
        return np.zeros(area.size), 0.0
    centres = [
        np.average(points[here], axis=0, weights=area[here])
        for here in (built & (district == d) for d in np.unique(district[built]))
    ]
    distance, _ = KDTree(np.array(centres)).query(points)
    mean_square = np.average(distance[built] ** 2, weights=area[built])
    return distance, math.sqrt(mean_square / 6.0)
