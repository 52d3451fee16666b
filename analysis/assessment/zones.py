"""Classes of comprehensive risk, and the contiguous areas of a class as polygons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray

from analysis.assessment import grades, thresholds
from analysis.assessment.variables import RISK_CLASSES
from simulator.constants import HECTARE, METALS
from simulator.region.model import Grid

Floats = NDArray[np.float64]

#: Class of comprehensive risk by level of capacity (rows) and of risk (columns), both 1 to 3.
MATRIX: Final = np.array([[1, 2, 3], [2, 3, 4], [3, 4, 5]], dtype=np.int8)
_LEVELS: Final = 3
#: Cells touch by their sides and by their corners.
_NEIGHBOURS: Final = np.ones((3, 3), dtype=np.int64)


@dataclass(frozen=True)
class Zone:
    """A contiguous area of one class.

    Attributes
    ----------
    year : int
        State at whose beginning it holds.
    land : str
        ``current`` or ``fixed``.
    code : int
        Class of comprehensive risk, 1 to 5, or 1 for overloaded.
    name : str
        The class in words.
    leading_metal : str
        Metal with the highest content over limit in most of its cells.
    metals : str
        Metals that are overloaded in any of its cells, the most widespread first.
    receptor : str
        Receptor of most of its cells.
    cells : int
        Their number.
    area_ha : float
        [ha]
    mean_load : float
        Mean over the cells of the leading metal's content over its limit. [-]
    outline : shapely.MultiPolygon
        In the CRS of the grid.
    """

    year: int
    land: str
    code: int
    name: str
    leading_metal: str
    metals: str
    receptor: str
    cells: int
    area_ha: float
    mean_load: float
    outline: shapely.MultiPolygon


def capacity_level(load: Floats) -> NDArray[np.int8]:
    """Level of the worst metal's content over limit: 1 not overloaded, 2 critical, 3 overloaded.

    Grades of the national early-warning method of 2016: exceedance below -0.2, up to 0, from 0 on;
    0 where there is none.
    """
    return grades.classify("national warning", load - 1.0)


def risk_level(cancer_risk: Floats, hazard_index: Floats, risk_index: Floats) -> NDArray[np.int8]:
    """Worst level of the risks to health and to ecosystems: 1 low, 2 medium, 3 high.

    Cancer risk up to 1e-6, up to 1e-4, above; hazard index up to 1, above (high); ecological risk
    index low, moderate, considerable or more. A risk that has no value does not count; 0 where
    none has.
    """
    cancer = grades.classify("cancer risk", cancer_risk)
    hazard = grades.classify("hazard quotient", hazard_index)
    ecological = grades.classify("ecological risk index", risk_index)
    levels = np.stack(
        np.broadcast_arrays(cancer, np.where(hazard > 1, _LEVELS, hazard), ecological)
    )
    return np.minimum(levels.max(axis=0), _LEVELS).astype(np.int8)


def risk_class(
    load: Floats, cancer_risk: Floats, hazard_index: Floats, risk_index: Floats
) -> Floats:
    """Class of comprehensive risk, 1 low to 5 high, by :data:`MATRIX`; NaN where there is none.

    Parameters
    ----------
    load : ndarray
        Content over limit of the worst metal. [-]
    cancer_risk, hazard_index, risk_index : ndarray
        Of all metals, the first without that of the background; shapes broadcast. [-]
    """
    of_capacity = capacity_level(load)
    of_risk = risk_level(cancer_risk, hazard_index, risk_index)
    known = (of_capacity > 0) & (of_risk > 0)
    found = MATRIX[np.where(known, of_capacity, 1) - 1, np.where(known, of_risk, 1) - 1]
    return np.where(known, found, np.nan)


def risk_zones(state: xr.Dataset, grid: Grid, min_area: float = 0.0) -> list[Zone]:
    """Contiguous areas of each class of comprehensive risk, the largest first.

    Parameters
    ----------
    state : xarray.Dataset
        An assessment at one year and on one land, with axes ``metal, y, x``.
    grid : Grid
        Its cells.
    min_area : float
        Areas smaller than this are joined to their largest neighbour. [ha]
    """
    classes = _codes(state["risk_class"].values)
    names = dict(enumerate(RISK_CLASSES, start=1))
    return _zones(state, grid, _sieved(classes, grid, min_area), names)


def overload_zones(state: xr.Dataset, grid: Grid, min_area: float = 0.0) -> list[Zone]:
    """Contiguous areas where any metal is at or above its limit, the largest first.

    Areas smaller than ``min_area`` [ha] are left out; other parameters as in :func:`risk_zones`.
    """
    over = (state["overload"].values == 1.0).any(axis=0)
    found = _zones(state, grid, over.astype(np.int8), {1: "overloaded"})
    return [zone for zone in found if zone.area_ha >= min_area]


def patches(classes: NDArray[np.int8]) -> NDArray[np.int32]:
    """Number the contiguous areas of each class above 0, by 8 neighbours; 0 elsewhere."""
    from scipy import ndimage

    found = np.zeros(classes.shape, dtype=np.int32)
    last = 0
    for code in np.unique(classes[classes > 0]):
        labels, count = ndimage.label(classes == code, structure=_NEIGHBOURS)
        found = np.where(labels > 0, labels + last, found).astype(np.int32)
        last += count
    return found


def outlines(ids: NDArray[np.int32], grid: Grid) -> dict[int, shapely.MultiPolygon]:
    """Outline of each numbered area along the sides of its cells.

    An area whose cells touch by corners only has several parts, so that outlines are valid.
    """
    from affine import Affine
    from rasterio.features import shapes

    size = grid.cell_size
    transform = Affine(size, 0.0, grid.x_min, 0.0, -size, grid.y_max)
    parts: dict[int, list[shapely.Polygon]] = {}
    for shape, value in shapes(ids, mask=ids > 0, connectivity=4, transform=transform):
        shell, *holes = shape["coordinates"]
        outline = shapely.make_valid(shapely.Polygon(shell, holes))
        found = [p for p in shapely.get_parts(outline) if isinstance(p, shapely.Polygon)]
        parts.setdefault(int(value), []).extend(found)
    return {k: shapely.MultiPolygon(v) for k, v in parts.items()}


def _sieved(classes: NDArray[np.int8], grid: Grid, min_area: float) -> NDArray[np.int8]:
    from rasterio.features import sieve

    cells = min(int(np.ceil(min_area * HECTARE / grid.cell_area)), classes.size - 1)
    if cells <= 1:
        return classes
    joined = sieve(classes.astype(np.uint8), cells, mask=classes > 0, connectivity=8)
    return np.where(classes > 0, joined, 0).astype(np.int8)


def _zones(
    state: xr.Dataset, grid: Grid, classes: NDArray[np.int8], names: dict[int, str]
) -> list[Zone]:
    ids = patches(classes)
    shapes = outlines(ids, grid)
    flat = ids.reshape(-1)
    order = np.argsort(flat, kind="stable")
    order = order[flat[order] > 0]
    cells_of = np.split(order, np.flatnonzero(np.diff(flat[order])) + 1) if order.size else []
    leading = _codes(state["leading_metal"].values).reshape(-1)
    receptor = _codes(state["receptor"].values).reshape(-1)
    over = (state["overload"].values == 1.0).reshape(len(METALS), -1)
    factor = state["single_factor"].values.reshape(len(METALS), -1)
    year, land = int(state["year"]), str(state["land"].item())
    found = []
    for cells in cells_of:
        code = int(classes.reshape(-1)[cells[0]])
        metals = over[:, cells].sum(axis=1)
        widest = [METALS[i] for i in np.argsort(-metals, kind="stable") if metals[i] > 0]
        load = factor[np.maximum(leading[cells], 0), cells]
        found.append(
            Zone(
                year, land, code, names[code], _most(leading[cells], METALS), " ".join(widest),
                _most(receptor[cells], thresholds.RECEPTORS), cells.size,
                cells.size * grid.cell_area / HECTARE, float(np.nanmean(load)),
                shapes[int(flat[cells[0]])],
            )
        )  # fmt: skip
    return sorted(found, key=lambda zone: -zone.cells)


def _codes(values: NDArray[np.floating]) -> NDArray[np.int8]:
    """Codes as integers, -1 where there is none."""
    return np.where(np.isfinite(values), values, -1).astype(np.int8)


def _most(codes: NDArray[np.int8], names: tuple[str, ...]) -> str:
    """Name of the most frequent code; empty if there is none."""
    known = codes[codes >= 0]
    return names[int(np.bincount(known).argmax())] if known.size else ""
