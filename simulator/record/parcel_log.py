"""The parcels of a run: how they were at the start, and every change since."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely
from numpy.typing import NDArray

from simulator.agents.parcel_set import ParcelSet
from simulator.constants import LAND_CLASSES
from simulator.record.tables import write_parquet

#: A parcel gets a new row when its sealed share has moved by this since its last row. Densifying
#: moves every built parcel every year; the cells' own shares are recorded exactly. [-]
IMPERVIOUS_STEP: Final = 0.05

_ZONES: Final = ("open", "protected")


class ParcelLog:
    """Table of parcels, GeoParquet: one row a parcel with its outline, then one row a change.

    ``year`` is the first year that begins with what the row says.

    Parameters
    ----------
    path : Path
        File.
    parcels : ParcelSet
        The parcels as they are at the start of the run.
    crs : str
        Coordinate reference system of the outlines.
    start : int
        First year.
    """

    def __init__(self, path: Path, parcels: ParcelSet, crs: str, start: int) -> None:
        self.path = path
        self._ids = parcels.map.ids
        n = len(parcels)
        self._outlines = pa.array(shapely.to_wkb(parcels.map.geometry), type=pa.binary())
        self._geo = json.dumps(_geoparquet(crs))
        self._land_class = parcels.land_class.copy()
        self._impervious = parcels.impervious.copy()
        self._protected = parcels.kept_open
        self._columns: list[tuple[NDArray[Any], ...]] = [
            self._rows(np.arange(n), start),
        ]

    def _rows(self, which: NDArray[np.intp], year: int) -> tuple[NDArray[Any], ...]:
        return (
            np.full(which.size, year, dtype=np.int32),
            self._ids[which],
            self._land_class[which].astype(np.int8),
            self._impervious[which],
            self._protected[which].astype(np.int8),
        )

    def add(self, year: int, parcels: ParcelSet) -> None:
        """Add the parcels that are not at the beginning of ``year`` what their last row says."""
        changed = (
            (parcels.land_class != self._land_class)
            | (parcels.kept_open != self._protected)
            | (np.abs(parcels.impervious - self._impervious) >= IMPERVIOUS_STEP)
        )
        which = np.flatnonzero(changed)
        if which.size == 0:
            return
        for mine, now in (
            (self._land_class, parcels.land_class),
            (self._impervious, parcels.impervious),
            (self._protected, parcels.kept_open),
        ):
            mine[which] = now[which]
        self._columns.append(self._rows(which, year))
        self.write()

    def cut(self, year: int) -> None:
        """Take over the file up to the beginning of ``year``, and drop what is later."""
        table = pq.read_table(self.path, columns=["year", "id", "land_class", "impervious", "zone"])
        years = table["year"].to_numpy()
        place = {parcel: i for i, parcel in enumerate(self._ids.tolist())}
        where = np.array([place[i] for i in table["id"].to_pylist()], dtype=np.intp)
        classes = np.array([LAND_CLASSES.index(c) for c in table["land_class"].to_pylist()])
        impervious = table["impervious"].to_numpy()
        protected = np.array([z == _ZONES[1] for z in table["zone"].to_pylist()])
        self._columns = []
        for y in np.unique(years[years <= year]).tolist():
            rows = np.flatnonzero(years == y)
            self._land_class[where[rows]] = classes[rows]
            self._impervious[where[rows]] = impervious[rows]
            self._protected[where[rows]] = protected[rows]
            self._columns.append(self._rows(where[rows], y))
        self.write()

    def write(self) -> None:
        """Write the file."""
        year, ids, land_class, impervious, protected = (
            np.concatenate(column) for column in zip(*self._columns, strict=True)
        )
        changes = year.size - self._ids.size
        outlines = pa.concat_arrays([self._outlines, pa.nulls(changes, pa.binary())])
        table = pa.table(
            {
                "year": pa.array(year),
                "id": pa.array(ids),
                "land_class": pa.DictionaryArray.from_arrays(land_class, list(LAND_CLASSES)),
                "impervious": pa.array(impervious),
                "zone": pa.DictionaryArray.from_arrays(protected, list(_ZONES)),
                "geometry": outlines,
            }
        )
        write_parquet(self.path, table.replace_schema_metadata({"geo": self._geo}))


def _geoparquet(crs: str) -> dict[str, Any]:
    """Metadata after the GeoParquet 1.1 specification."""
    column = {
        "encoding": "WKB",
        "geometry_types": [],
        "crs": pyproj.CRS.from_user_input(crs).to_json_dict(),
    }
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
