"""Axes of the recorded maps, and their coordinates after the CF conventions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyproj
import zarr
from numpy.typing import NDArray

from simulator.constants import LAND_CLASSES, METALS
from simulator.region.model import Grid

#: Maps larger than this are cut into tiles of this side. [cells]
TILE: Final = 256

#: Names of the axes in the files, by those of :class:`simulator.fields.Field`.
AXIS_NAMES: Final = {
    "tag": "tag",
    "metal": "metal",
    "layer": "layer",
    "land_class": "land_class",
    "row": "y",
    "col": "x",
}


@dataclass(frozen=True)
class Axes:
    """Axes of the arrays of a run.

    Attributes
    ----------
    grid : Grid
        Cells.
    layer_thickness : ndarray ``[layer]``
        [m]
    years : ndarray of int ``[year]``
        Labels of the axis ``year``.
    tags : dict of str to str
        Source tags and their names for people; empty where none are recorded.
    """

    grid: Grid
    layer_thickness: NDArray[np.float64]
    years: NDArray[np.int64]
    tags: Mapping[str, str] = field(default_factory=dict)

    def sizes(self) -> dict[str, int]:
        """Length of every axis."""
        return {
            "year": self.years.size,
            "tag": len(self.tags),
            "metal": len(METALS),
            "layer": self.layer_thickness.size,
            "land_class": len(LAND_CLASSES),
            "y": self.grid.shape[0],
            "x": self.grid.shape[1],
        }

    def chunks(self) -> dict[str, int]:
        """Length of a chunk along every axis: one year, and one metal where maps are tiled.

        A year is then written once and never touched again, and the map of one metal costs no
        reading of the others.
        """
        sizes = self.sizes()
        tiled = max(self.grid.shape) > TILE
        return {
            **sizes,
            "year": 1,
            "tag": 1 if tiled else sizes["tag"],
            "metal": 1 if tiled else sizes["metal"],
            "y": min(sizes["y"], TILE),
            "x": min(sizes["x"], TILE),
        }


def put(
    group: zarr.Group, name: str, dims: tuple[str, ...], values: NDArray[Any], **attributes: Any
) -> None:
    """Write a small array that does not change."""
    array = group.create_array(
        name,
        shape=values.shape,
        dtype=str if values.dtype.kind == "U" else values.dtype,
        chunks=values.shape,
        dimension_names=dims,
        attributes=attributes,
    )
    array[...] = values


def write_coordinates(group: zarr.Group, axes: Axes, year_attributes: Mapping[str, Any]) -> None:
    """Write the coordinates that all maps share, and the grid mapping."""
    edges = np.concatenate(([0.0], np.cumsum(axes.layer_thickness)))
    bounds = np.stack((edges[:-1], edges[1:]), axis=1)
    put(group, "year", ("year",), axes.years.astype(np.int32), **year_attributes)
    put(group, "metal", ("metal",), np.array(METALS), long_name="metal or metalloid")
    if axes.tags:
        put(group, "tag", ("tag",), np.array([*axes.tags]), long_name="source of the metal")
        labels = np.array([*axes.tags.values()])
        put(group, "tag_label", ("tag",), labels, long_name="name of the source")
    put(
        group,
        "layer",
        ("layer",),
        np.arange(1, edges.size, dtype=np.int32),
        long_name="soil layer, 1 on top",
    )
    put(
        group,
        "depth",
        ("layer",),
        bounds.mean(axis=1),
        long_name="depth of the middle of the layer",
        standard_name="depth",
        units="m",
        positive="down",
        bounds="depth_bounds",
    )
    put(group, "depth_bounds", ("layer", "bound"), bounds)
    for axis, values in (("x", axes.grid.x), ("y", axes.grid.y)):
        put(
            group,
            axis,
            (axis,),
            values,
            long_name=f"{axis} of the cell centre",
            standard_name=f"projection_{axis}_coordinate",
            units="m",
            axis=axis.upper(),
        )
    put(group, "spatial_ref", (), np.array(0, dtype=np.int32), **grid_mapping(axes.grid))


def grid_mapping(grid: Grid) -> dict[str, Any]:
    """Attributes of the CF grid mapping, with those that GDAL and rioxarray look for."""
    crs = pyproj.CRS.from_user_input(grid.crs)
    transform = (grid.x_min, grid.cell_size, 0.0, grid.y_max, 0.0, -grid.cell_size)
    return {
        **crs.to_cf(),
        "spatial_ref": crs.to_wkt(),
        "GeoTransform": " ".join(repr(float(v)) for v in transform),
    }
