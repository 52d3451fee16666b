"""Reading the parcels of a region: polygons of GeoJSON in the grid's reference system."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from simulator.constants import LAND_CLASSES, WATER_CLASS
from simulator.errors import InputError, Problem
from simulator.files import MIB, read_text
from simulator.problems import Report, suggest
from simulator.region.model import Grid

MAX_PARCELS = 128 * MIB
ZONES = ("open", "protected")
PROPERTIES = ("id", "land_class", "impervious", "zone")
#: Overlap of two parcels that is taken for rounding of coordinates, by share of a cell.
OVERLAP_TOLERANCE = 1e-3
#: Problems of single features after which the rest are not looked at.
ENOUGH = 20


def read_parcels(path: Path, where: str, grid: Grid) -> pd.DataFrame:
    """``parcels.geojson``: one row a parcel, geometry as shapely polygons.

    Parameters
    ----------
    path : Path
        GeoJSON file.
    where : str
        File, for messages.
    grid : Grid
        Grid of the region.

    Returns
    -------
    DataFrame
        ``id`` int64, ``land_class``, ``impervious`` float64, ``zone``, ``geometry``.
    """
    features = _features(path, where, grid.crs)
    report = Report()
    rows, shapes = [], []
    for number, feature in enumerate(features, start=1):
        rows.append(_properties(feature, f"{where}: feature {number}", report))
        shapes.append(_geometry(feature, f"{where}: feature {number}", report))
        if len(report) >= ENOUGH:
            break
    report.raise_if_any()
    table = pd.DataFrame(rows, columns=list(PROPERTIES)).astype({"impervious": np.float64})
    geometry = np.array(shapes, dtype=object)
    twice = table["id"].duplicated().to_numpy()
    if twice.any():
        _complain(
            report, where, table, twice, "the id is there already", "ids are unique",
            "Number the parcels anew.",
        )  # fmt: skip
    _check_geometry(table, geometry, where, grid, report)
    report.raise_if_any()
    _check_overlaps(table, geometry, where, grid, report)
    report.raise_if_any()
    table["geometry"] = geometry
    return table


def _features(path: Path, where: str, crs: str) -> list[Any]:
    def no_constant(name: str) -> float:
        raise ValueError(f"{name} is no coordinate")

    try:
        document = json.loads(read_text(path, where), parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        raise InputError(
            Problem(
                where,
                f"is not JSON: {str(error) or type(error).__name__}",
                "parcels are GeoJSON with finite coordinates",
                "Export the parcels again.",
            )
        ) from error
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise InputError(
            Problem(
                where,
                "is not a FeatureCollection",
                "parcels are a GeoJSON FeatureCollection of polygons",
                "Export the parcels as GeoJSON.",
            )
        )
    report = Report()
    name = document.get("crs")
    for key in ("properties", "name"):
        name = name.get(key) if isinstance(name, dict) else None
    code = re.fullmatch(r"(?:urn:ogc:def:crs:)?EPSG:[\d.]*:?(\d+)", str(name))
    if name is None:
        report.add(
            f"{where}: crs",
            "no reference system is named",
            f"the member crs names that of the grid, {crs}",
            'Add "crs": {"type": "name", "properties": '
            f'{{"name": "urn:ogc:def:crs:EPSG::{crs[5:]}"}}}}.',
        )
    elif code is None or code.group(1) != crs[5:]:
        report.add(
            f"{where}: crs",
            f"reference system {str(name)[:60]!r}",
            f"it must be that of the grid, {crs}",
            f"Reproject the parcels, for instance with ogr2ogr -t_srs {crs}.",
        )
    features = document.get("features")
    if not isinstance(features, list) or not features:
        report.add(
            f"{where}: features",
            "no features",
            "a region has at least one parcel",
            "Export the parcels again.",
        )
    report.raise_if_any()
    assert isinstance(features, list)
    return features


def _properties(feature: Any, where: str, report: Report) -> tuple[int, str, float, str]:
    found = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(found, dict):
        found = {}
    for key in found:
        if key not in PROPERTIES:
            report.add(
                f"{where}, {key}",
                "unknown property",
                f"the properties are {', '.join(PROPERTIES)}",
                suggest(key, PROPERTIES),
            )
    for key in PROPERTIES:
        if found.get(key) is None:
            report.add(
                f"{where}, {key}", "is missing", f"the properties are {', '.join(PROPERTIES)}",
                "Give it a value.",
            )  # fmt: skip
    number, land, share, zone = (found.get(key) for key in PROPERTIES)
    if number is not None and (type(number) is not int or not 0 <= number < 2**63):
        report.add(f"{where}, id", f"found {number!r}", "ids are whole numbers", "Number it.")
    if land is not None and land not in LAND_CLASSES:
        report.add(
            f"{where}, land_class", f"found {land!r}",
            f"land classes are {', '.join(LAND_CLASSES)}", suggest(str(land), LAND_CLASSES),
        )  # fmt: skip
    if zone is not None and zone not in ZONES:
        report.add(
            f"{where}, zone", f"found {zone!r}", f"zones are {', '.join(ZONES)}",
            suggest(str(zone), ZONES),
        )  # fmt: skip
    if share is not None:
        is_number = isinstance(share, int | float) and not isinstance(share, bool)
        if not is_number or not 0 <= share <= 1:
            report.add(
                f"{where}, impervious", f"found {share!r}", "it is a share from 0 to 1",
                "Divide percent by 100.",
            )  # fmt: skip
        elif land == WATER_CLASS and share != 0:
            report.add(
                f"{where}, impervious", f"water with {share!r}", "water is never sealed",
                "Give 0, or another land class.",
            )  # fmt: skip
    return number, land, share, zone  # type: ignore[return-value]  # checked above


def _geometry(feature: Any, where: str, report: Report) -> shapely.Geometry | None:
    found = feature.get("geometry") if isinstance(feature, dict) else None
    kind = found.get("type") if isinstance(found, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        report.add(
            f"{where}, geometry", f"type {kind!r}", "parcels are Polygon or MultiPolygon",
            "Convert or remove the feature.",
        )  # fmt: skip
        return None
    assert isinstance(found, dict)
    coordinates = found.get("coordinates", [])
    try:
        parts = [coordinates] if kind == "Polygon" else coordinates
        polygons = [_polygon(part) for part in parts]
        if not polygons:
            raise ValueError("no rings")
    except (ValueError, TypeError, OverflowError, shapely.errors.ShapelyError) as error:
        report.add(
            f"{where}, geometry", f"{error}",
            "a polygon is a list of closed rings of at least four finite [x, y]",
            "Export the parcels again.",
        )  # fmt: skip
        return None
    return polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)


def _polygon(rings: Any) -> shapely.Polygon:
    if not isinstance(rings, list) or not rings:
        raise ValueError("no rings")
    arrays = []
    for ring in rings:
        points = np.array(ring)
        if points.ndim != 2 or points.shape[1] not in (2, 3) or points.dtype.kind not in "if":
            raise ValueError("coordinates are not a list of [x, y]")
        if len(points) < 4 or (points[0] != points[-1]).any():
            raise ValueError("a ring is not closed")
        if not np.isfinite(points).all():
            raise ValueError("a coordinate is not finite")
        arrays.append(points[:, :2])
    return shapely.Polygon(arrays[0], arrays[1:])


def _check_geometry(
    table: pd.DataFrame, geometry: NDArray[Any], where: str, grid: Grid, report: Report
) -> None:
    invalid = ~shapely.is_valid(geometry)
    if invalid.any():
        reason = shapely.is_valid_reason(geometry[invalid][0])
        _complain(
            report, where, table, invalid, f"invalid polygon: {reason}",
            "rings do not cross themselves or each other",
            "Repair it, for instance with 'Fix geometries' of QGIS.",
        )  # fmt: skip
    none = ~invalid & (shapely.area(geometry) <= 0)
    if none.any():
        _complain(
            report, where, table, none, "area 0 m2", "parcels have an area", "Remove the parcel."
        )
    x0, y0, x1, y1 = grid.bounds
    left, bottom, right, top = shapely.bounds(geometry).T
    outside = (right <= x0) | (left >= x1) | (top <= y0) | (bottom >= y1)
    if outside.any():
        i = int(np.flatnonzero(outside)[0])
        _complain(
            report, where, table, outside,
            f"lies at x {left[i]:.10g}, y {bottom[i]:.10g}, wholly outside the grid",
            f"parcels reach into the grid, x {x0:.10g} to {x1:.10g}, y {y0:.10g} to {y1:.10g} m",
            f"Check that the coordinates are in {grid.crs}, easting first, or remove the parcel.",
        )  # fmt: skip


def _check_overlaps(
    table: pd.DataFrame, geometry: NDArray[Any], where: str, grid: Grid, report: Report
) -> None:
    """Compare areas of intersection of neighbours; shared edges have none."""
    first, second = shapely.STRtree(geometry).query(geometry, predicate="intersects")
    pairs = first < second
    first, second = first[pairs], second[pairs]
    common = shapely.area(shapely.intersection(geometry[first], geometry[second]))
    over = common > OVERLAP_TOLERANCE * grid.cell_area
    if over.any():
        worst = int(np.argmax(common))
        one, other = table["id"].iloc[first[worst]], table["id"].iloc[second[worst]]
        more = int(over.sum()) - 1
        report.add(
            f"{where}: parcels {one} and {other}",
            f"overlap by {common[worst]:.6g} m2" + (f" (and {more} more pairs)" if more else ""),
            f"parcels may not overlap; {OVERLAP_TOLERANCE:g} of a cell is taken for rounding",
            "Cut one of them, for instance with 'Difference' of QGIS.",
        )


def _complain(
    report: Report,
    where: str,
    table: pd.DataFrame,
    mask: NDArray[np.bool_],
    what: str,
    rule: str,
    fix: str,
) -> None:
    first = int(np.flatnonzero(mask)[0])
    more = int(mask.sum()) - 1
    name = f"{where}: feature {first + 1}, id {table['id'].iloc[first]}"
    report.add(name, what + (f" (and {more} more parcels)" if more else ""), rule, fix)
