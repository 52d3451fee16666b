"""Parcels from a land-class raster: patches of one class, cut and sieved to a workable size."""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
import pandas as pd
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio import features
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def segment(
    classes: NDArray[np.integer],
    impervious: NDArray[np.floating],
    transform: Affine,
    districts: NDArray[np.integer] | None,
    max_area_m2: float,
    min_area_m2: float,
) -> pd.DataFrame:
    """Cut a land-class raster into polygons that tile it without gaps or overlaps.

    1. Patches: connected cells (4-neighbour) of one class and one district.
    2. Patches above `max_area_m2` are cut by a square lattice of that cell area.
    3. Pieces below `min_area_m2` join the neighbour of their class and district with the longest
       common border; where there is none, the neighbour of any class in their district; where
       there is none, any neighbour. The joined piece takes the class of the larger part.

    Parameters
    ----------
    classes : ndarray of int, shape (rows, cols)
        Land-class code of each raster cell; 0 = no parcel.
    impervious : ndarray of float, shape (rows, cols)
        Impervious share of each raster cell; NaN counts as missing. [-]
    transform : affine.Affine
        Georeference of the raster, north up. [m]
    districts : ndarray of int, shape (rows, cols), or None
        Parcels do not cross district borders, save slivers below `min_area_m2`.
    max_area_m2, min_area_m2 : float
        Largest and smallest wanted parcel. [m2]

    Returns
    -------
    pandas.DataFrame
        ``id`` (1, 2, ... in reading order of each parcel's first cell), ``code`` (class code),
        ``impervious`` (mean over the parcel's cells, 0 if all are missing), ``area_m2``,
        ``geometry`` (shapely polygon).
    """
    labels = label_parcels(classes, transform, districts, max_area_m2, min_area_m2)
    count = int(labels.max(initial=0))
    if count == 0:
        return pd.DataFrame(columns=["id", "code", "impervious", "area_m2", "geometry"])
    cell_area = abs(transform.a * transform.e)
    cells = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    return pd.DataFrame(
        {
            "id": np.arange(1, count + 1, dtype=np.int64),
            "code": dominant_class(labels, classes, count),
            "impervious": zonal_mean(labels, impervious, count),
            "area_m2": cells * cell_area,
            "geometry": _polygons(labels, transform, count),
        }
    )


def label_parcels(
    classes: NDArray[np.integer],
    transform: Affine,
    districts: NDArray[np.integer] | None,
    max_area_m2: float,
    min_area_m2: float,
) -> NDArray[np.int32]:
    """Return the parcel number of each raster cell, 0 = none; see :func:`segment`."""
    cell_area = abs(transform.a * transform.e)
    if districts is None:
        districts = np.zeros(classes.shape, dtype=np.int32)
    pieces = _patches(classes, districts)
    block = max(1, int(np.sqrt(max_area_m2 / cell_area)))
    pieces = _cut_large(pieces, max_area_m2 / cell_area, block)
    return _merge_small(pieces, classes, districts, min_area_m2 / cell_area)


def zonal_mean(
    labels: NDArray[np.integer], values: NDArray[np.floating], count: int
) -> NDArray[np.float64]:
    """Mean of the finite `values` in each zone 1 ... `count`; 0 where a zone has none."""
    finite = np.isfinite(values) & (labels > 0)
    zone = labels[finite]
    total = np.bincount(zone, weights=values[finite].astype(np.float64), minlength=count + 1)
    number = np.bincount(zone, minlength=count + 1)
    return (total / np.maximum(number, 1))[1:]


def _patches(classes: NDArray[np.integer], districts: NDArray[np.integer]) -> NDArray[np.int32]:
    """Label connected cells of equal (class, district) from 1; 0 where class is 0."""
    key = classes.astype(np.int64) * (int(districts.max(initial=0)) + 1) + districts
    key = np.where(classes > 0, key, -1)
    return _components(key, key >= 0)


def _components(key: NDArray[np.int64], inside: NDArray[np.bool_]) -> NDArray[np.int32]:
    """4-connected components of equal `key` inside a mask, numbered by their first cell."""
    labels = np.zeros(key.shape, dtype=np.int32)
    offset = 0
    for value in np.unique(key[inside]):
        part, number = ndimage.label(inside & (key == value))
        labels[part > 0] = part[part > 0] + offset
        offset += number
    return _renumber(labels)


def _renumber(labels: NDArray[np.integer]) -> NDArray[np.int32]:
    """Renumber labels 1, 2, ... in reading order of their first cell; 0 stays 0."""
    values, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    order = np.argsort(np.where(values == 0, -1, first))
    number = np.empty(values.size, dtype=np.int32)
    number[order] = np.arange(values.size, dtype=np.int32)
    if values.size and values[0] != 0:
        number += 1
    return number[inverse].reshape(labels.shape)


def _cut_large(labels: NDArray[np.int32], max_cells: float, block: int) -> NDArray[np.int32]:
    """Cut components of more than `max_cells` by a lattice of `block` x `block` cells."""
    large = (np.bincount(labels.ravel()) > max_cells)[labels] & (labels > 0)
    if not large.any():
        return labels
    rows, cols = np.indices(labels.shape)
    lattice_cols = -(-labels.shape[1] // block)
    lattice = (rows // block) * lattice_cols + cols // block + 1
    lattices = int(lattice.max()) + 1
    key = labels.astype(np.int64) * lattices + np.where(large, lattice, 0)
    # Equal keys of a component that was not cut are connected already; the others must be
    # labelled anew, for a lattice square may hold several arms of one patch.
    return _renumber(_connected(key, labels > 0))


def _connected(key: NDArray[np.int64], inside: NDArray[np.bool_]) -> NDArray[np.int32]:
    """4-connected components of equal `key` for very many keys (union of neighbouring cells)."""
    index = np.arange(key.size).reshape(key.shape)
    east = (key[:, :-1] == key[:, 1:]) & inside[:, :-1] & inside[:, 1:]
    south = (key[:-1] == key[1:]) & inside[:-1] & inside[1:]
    tail = np.concatenate([index[:, :-1][east], index[:-1][south]])
    head = np.concatenate([index[:, 1:][east], index[1:][south]])
    graph = coo_array((np.ones(tail.size, dtype=np.int8), (tail, head)), shape=(key.size,) * 2)
    _, component = connected_components(graph, directed=False)
    return np.where(inside, component.reshape(key.shape) + 1, 0).astype(np.int32)


def _merge_small(
    labels: NDArray[np.int32],
    classes: NDArray[np.integer],
    districts: NDArray[np.integer],
    min_cells: float,
) -> NDArray[np.int32]:
    """Join pieces below `min_cells` to a neighbour, the smallest first."""
    count = int(labels.max(initial=0))
    size = np.bincount(labels.ravel(), minlength=count + 1).tolist()
    first = np.zeros(count + 1, dtype=np.int64)
    flat = labels.ravel()
    first[flat[::-1]] = np.arange(flat.size)[::-1]
    code = classes.ravel()[first].tolist()
    district = districts.ravel()[first].tolist()
    borders = _borders(labels, count)
    parent = list(range(count + 1))

    def root(piece: int) -> int:
        while parent[piece] != piece:
            parent[piece] = parent[parent[piece]]
            piece = parent[piece]
        return piece

    queue = [(size[k], k) for k in range(1, count + 1) if size[k] < min_cells]
    heapq.heapify(queue)
    while queue:
        cells, small = heapq.heappop(queue)
        if parent[small] != small or cells != size[small]:
            continue  # joined meanwhile, or queued again with its new size
        if not borders[small]:
            continue  # an island in ground without parcels stays as it is

        def preference(other: int, small: int = small) -> tuple[bool, bool, int, int]:
            same_district = district[other] == district[small]
            same_class = code[other] == code[small]
            return same_district and same_class, same_district, borders[small][other], -other

        target = max(borders[small], key=preference)
        keep, drop = (target, small) if size[target] >= size[small] else (small, target)
        parent[drop] = keep
        size[keep] += size[drop]
        for other, length in borders[drop].items():
            del borders[other][drop]
            if other != keep:
                borders[keep][other] = borders[keep].get(other, 0) + length
                borders[other][keep] = borders[keep][other]
        borders[drop] = {}
        if size[keep] < min_cells:
            heapq.heappush(queue, (size[keep], keep))
    merged = np.array([root(k) for k in range(count + 1)], dtype=np.int32)
    return _renumber(merged[labels])


def _borders(labels: NDArray[np.int32], count: int) -> list[dict[int, int]]:
    """Length of the common border, in cell sides, of every pair of neighbouring pieces."""
    a = np.concatenate([labels[:, :-1].ravel(), labels[:-1].ravel()]).astype(np.int64)
    b = np.concatenate([labels[:, 1:].ravel(), labels[1:].ravel()]).astype(np.int64)
    crossing = (a != b) & (a > 0) & (b > 0)
    low, high = np.minimum(a, b)[crossing], np.maximum(a, b)[crossing]
    pair, length = np.unique(low * (count + 1) + high, return_counts=True)
    borders: list[dict[int, int]] = [{} for _ in range(count + 1)]
    for p, n in zip(pair.tolist(), length.tolist(), strict=True):
        i, j = divmod(p, count + 1)
        borders[i][j] = borders[j][i] = n
    return borders


def dominant_class(
    labels: NDArray[np.int32], classes: NDArray[np.integer], count: int
) -> NDArray[np.int64]:
    """Class with the most cells in each parcel; the lowest code wins a tie."""
    codes = int(classes.max()) + 1
    table = np.bincount(
        labels.ravel().astype(np.int64) * codes + classes.ravel(), minlength=(count + 1) * codes
    ).reshape(count + 1, codes)
    return np.argmax(table[1:], axis=1).astype(np.int64)


def _polygons(labels: NDArray[np.int32], transform: Affine, count: int) -> NDArray[Any]:
    """Outline of each label, exactly along the raster's cells."""
    polygons = np.empty(count, dtype=object)
    for outline, value in features.shapes(
        labels, mask=labels > 0, connectivity=4, transform=transform
    ):
        polygons[int(value) - 1] = shapely.geometry.shape(outline)
    return polygons
