"""Land, sea, rivers and districts as masks on a fine raster."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.features import rasterize
from scipy import ndimage

from simulator.region.build.coast_recipe import CoastRecipe, LonLat, WaterPart, fault
from simulator.region.build.gcj02 import gcj02_to_wgs84


@dataclass(frozen=True)
class Raster:
    """A raster that covers the model grid with smaller cells."""

    x_min: float
    y_max: float
    cell: float
    shape: tuple[int, int]

    @property
    def transform(self) -> Affine:
        """Georeference, north up."""
        return Affine(self.cell, 0.0, self.x_min, 0.0, -self.cell, self.y_max)

    def burn(self, geometries: Iterable[shapely.Geometry]) -> NDArray[np.bool_]:
        """Cells whose centre lies in (or, for lines, which are crossed by) any geometry."""
        shapes = [(g, 1) for g in geometries if not g.is_empty]
        if not shapes:
            return np.zeros(self.shape, dtype=bool)
        burnt = rasterize(shapes, self.shape, transform=self.transform, dtype="uint8")
        return burnt.astype(bool)

    def cell_of(self, point: shapely.Point) -> tuple[int, int]:
        """Row and column of the cell that holds a point."""
        row = int((self.y_max - point.y) // self.cell)
        col = int((point.x - self.x_min) // self.cell)
        if not (0 <= row < self.shape[0] and 0 <= col < self.shape[1]):
            raise fault(
                "grid",
                f"({point.x:.0f}, {point.y:.0f}) lies outside",
                "towns and parks lie inside the grid",
                "Mend the position or the grid.",
            )
        return row, col


@dataclass(frozen=True)
class Outline:
    """The real outline of the region, and the waters and plains drawn into it.

    Attributes
    ----------
    districts : dict of int to shapely geometry
        Land of each district without the sea, by number, in the grid's CRS. [m]
    mainland : shapely geometry
        All land of the boundary file, the neighbours' too, without the sea.
    waters : dict of str to shapely geometry
        Lakes, estuaries, rivers and canals by name, as areas.
    streams : dict of str to shapely geometry
        Centre lines of estuaries, rivers and canals by name.
    rivers, estuaries : tuple of str
        Names of the rivers and of the estuaries.
    plains : shapely geometry
        The plains.
    """

    districts: dict[int, shapely.Geometry]
    mainland: shapely.Geometry
    waters: dict[str, shapely.Geometry]
    streams: dict[str, shapely.Geometry]
    rivers: tuple[str, ...]
    estuaries: tuple[str, ...]
    plains: shapely.Geometry


def read_outline(recipe: CoastRecipe, raw: Path) -> Outline:
    """Read the boundaries, undo their GCJ-02 shift, project them and take the sea out.

    The outer edge of the boundaries is a smoothed baseline that crosses bays; the bays are drawn
    in the recipe.
    """
    to_grid = Transformer.from_crs("EPSG:4326", recipe.grid.crs, always_xy=True)
    areas = _boundaries(raw / recipe.raw.boundaries, to_grid)
    absent = [d.adcode for d in recipe.districts if d.adcode not in areas]
    if absent:
        raise fault(
            "districts",
            f"no area with adcode {', '.join(absent)} in {recipe.raw.boundaries}",
            "every district is an area of the boundary file",
            "Mend the adcode.",
        )
    drawn = {w.name: water_area(w, to_grid) for w in recipe.waters}
    sea = shapely.union_all([drawn[w.name] for w in recipe.waters if w.kind == "sea"])
    return Outline(
        districts={d.code: areas[d.adcode].difference(sea) for d in recipe.districts},
        mainland=shapely.union_all(list(areas.values())).difference(sea),
        waters={w.name: drawn[w.name] for w in recipe.waters if w.kind != "sea"},
        streams={
            w.name: shapely.LineString(project(w.points, to_grid))
            for w in recipe.waters
            if w.is_line
        },
        rivers=tuple(w.name for w in recipe.waters if w.kind == "river"),
        estuaries=tuple(w.name for w in recipe.waters if w.kind == "estuary"),
        plains=shapely.union_all(
            [shapely.Polygon(project(p.points, to_grid)) for p in recipe.plains]
        ),
    )


def project(points: Sequence[LonLat], to_grid: Transformer) -> NDArray[np.float64]:
    """Longitude and latitude as ``[point, (x, y)]`` in the grid's CRS. [m]"""
    lon, lat = np.array(points, dtype=np.float64).T
    return np.column_stack(to_grid.transform(lon, lat))


def water_area(water: WaterPart, to_grid: Transformer) -> shapely.Geometry:
    """Area of a water: its polygon, or a line that widens and narrows from point to point."""
    points = project(water.points, to_grid)
    if not water.is_line:
        return shapely.Polygon(points)
    discs = shapely.buffer(shapely.points(points), np.array(water.widths) / 2.0)
    reaches = [shapely.union(a, b).convex_hull for a, b in pairwise(discs)]
    return shapely.union_all(reaches)


def rasters(recipe: CoastRecipe) -> tuple[Raster, Raster]:
    """Rasters of land use and of terrain over the model grid."""
    part = recipe.grid
    sizes = (part.fine_cell, part.terrain_cell)
    return tuple(  # type: ignore[return-value]
        Raster(
            part.x_min,
            part.y_max,
            size,
            (round(part.rows * part.cell_size / size), round(part.cols * part.cell_size / size)),
        )
        for size in sizes
    )


def district_map(outline: Outline, raster: Raster) -> NDArray[np.int32]:
    """Burn the districts: their number in each cell, 0 outside and in the sea."""
    numbers = np.zeros(raster.shape, dtype=np.int32)
    for code, area in outline.districts.items():
        numbers[raster.burn([area])] = code
    return numbers


def distance_to(mask: NDArray[np.bool_], cell: float) -> NDArray[np.float64]:
    """Distance from each cell to the nearest cell of a mask, centre to centre. [m]"""
    if not mask.any():
        return np.full(mask.shape, np.inf)
    return ndimage.distance_transform_edt(~mask, sampling=cell)


def block_mean(values: NDArray, block: int) -> NDArray[np.float64]:
    """Mean over blocks of ``block`` x ``block`` cells; NaN cells are left out."""
    rows, cols = values.shape
    blocks = values.reshape(rows // block, block, cols // block, block).astype(np.float64)
    number = np.isfinite(blocks).sum(axis=(1, 3))
    total = np.nansum(blocks, axis=(1, 3))
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def _boundaries(path: Path, to_grid: Transformer) -> dict[str, shapely.Geometry]:
    """Areas of a boundary file (GCJ-02 longitude, latitude) by adcode, in the grid's CRS."""

    def unshift(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        lon, lat = gcj02_to_wgs84(coordinates[:, 0], coordinates[:, 1])
        return np.column_stack(to_grid.transform(lon, lat))

    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return {
        str(f["properties"]["adcode"]): shapely.make_valid(
            shapely.transform(shapely.geometry.shape(f["geometry"]), unshift)
        )
        for f in features
    }
