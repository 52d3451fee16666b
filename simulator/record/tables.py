"""The recorded tables: totals, what sources emitted, what happened."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from simulator.agents.parcel_set import Conversion, Shortfall
from simulator.constants import METALS
from simulator.record.layout import replace_file

if TYPE_CHECKING:
    from simulator.agents.point_source import PointSource
    from simulator.ledger import Ledger
    from simulator.model import Simulation

SOURCE_COLUMNS: Final = ("year", "id", "name", "sector", "x", "y", "metal", "kg_per_yr")
EVENT_COLUMNS: Final = ("date", "kind", "what")

_SQUARE_KM: Final = 1.0e6  # m2


class Totals:
    """Fluxes of the region by year, metal, pathway and layer; small, and rewritten every year.

    Parameters
    ----------
    path : Path
        File.
    ledger : Ledger
        Gives the pathways.
    cell_area : float
        [m2]
    """

    def __init__(self, path: Path, ledger: Ledger, cell_area: float) -> None:
        self.path = path
        n_layer = ledger.state.n_layer
        slots = [
            (p.name, layer + 1)
            for p in ledger.pathways
            for layer in range(n_layer if p.layered else 1)
        ]
        self._pathway = np.array([name for name, _ in slots], dtype=object)
        self._layer = np.array([layer for _, layer in slots], dtype=np.int8)
        self._cell_area = cell_area
        self._years: list[int] = []
        self._values: list[NDArray[np.float64]] = []

    def add(self, year: int, ledger: Ledger) -> None:
        """Add the year that the ledger holds, and write the file."""
        self._years.append(year)
        self._values.append(ledger.totals() * self._cell_area)
        self.write()

    def cut(self, year: int) -> None:
        """Take over the file's years before ``year``, and drop the others."""
        table = pq.read_table(self.path)
        block = len(METALS) * self._layer.size
        years = table["year"].to_numpy()[::block].tolist()
        values = table["kg_per_yr"].to_numpy().reshape(-1, len(METALS), self._layer.size)
        kept = [(y, v.copy()) for y, v in zip(years, values, strict=True) if y < year]
        self._years = [y for y, _ in kept]
        self._values = [v for _, v in kept]
        self.write()

    def write(self) -> None:
        """Write the file."""
        n_year, n_slot = len(self._years), self._layer.size
        block = len(METALS) * n_slot
        metal = np.repeat(np.array(METALS, dtype=object), n_slot)
        table = pa.table(
            {
                "year": pa.array(np.repeat(np.array(self._years, dtype=np.int32), block)),
                "metal": _words(np.tile(metal, n_year)),
                "pathway": _words(np.tile(self._pathway, n_year * len(METALS))),
                "layer": pa.array(np.tile(self._layer, n_year * len(METALS))),
                "kg_per_yr": pa.array(
                    np.concatenate([v.ravel() for v in self._values])
                    if self._values
                    else np.empty(0)
                ),
            }
        )
        write_parquet(self.path, table)


def _words(values: NDArray[np.object_]) -> pa.Array:
    return pa.array(values, type=pa.string()).dictionary_encode()


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write a table so that it is whole whenever it is seen."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    replace_file(path, lambda file: file.write(buffer.getbuffer()))


class RowFile:
    """A CSV file to which rows are added every year.

    Parameters
    ----------
    path : Path
        File.
    columns : sequence of str
        Header.
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path = path
        self._columns = columns

    def begin(self) -> None:
        """Write the header."""
        self.path.write_bytes(_csv([self._columns]))

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add rows at the end."""
        with self.path.open("ab") as file:
            file.write(_csv(rows))

    @property
    def size(self) -> int:
        """Length; what a checkpoint keeps to come back to. [byte]."""
        return self.path.stat().st_size

    def cut(self, size: int) -> None:
        """Remove what was added since the file had a size."""
        os.truncate(self.path, size)


def _csv(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8")


def source_rows(year: int, sources: Iterable[PointSource]) -> list[tuple[Any, ...]]:
    """Return what the sources emitted in a year, one row a source and metal. [kg yr-1]."""
    return [
        (year, s.source_id, s.name, s.sector, *s.position, metal, float(kg))
        for s in sources
        for metal, kg in zip(METALS, s.history[year], strict=True)
    ]


def event_rows(year: int, sim: Simulation) -> list[tuple[float, str, str]]:
    """Return what happened in a year: interventions by date, then what became of the land."""
    rows = []
    for entry in sim.calendar.past:
        if entry.action == "intervention" and year <= entry.time < year + 1:
            act = sim.interventions[entry.arguments["index"]]
            rows.append((entry.time, str(act.spec.kind), act.name))
    for conversions in _by_classes(e for e in sim.parcels.history if year <= e.year < year + 1):
        first = conversions[0]
        area = sum(c.area for c in conversions) / _SQUARE_KM
        count = f"{len(conversions)} parcel{'s' if len(conversions) > 1 else ''}"
        what = f"{count}, {area:.3g} km2: {first.from_class} to {first.to_class}"
        rows.append((first.year, "conversion", what))
    rows += [
        (short.year, "shortfall", _shortfall(short))
        for short in sim.parcels.shortfalls
        if year <= short.year < year + 1
    ]
    return rows


def _by_classes(history: Iterable[Conversion]) -> list[list[Conversion]]:
    groups: dict[tuple[str, str], list[Conversion]] = {}
    for event in history:
        groups.setdefault((event.from_class, event.to_class), []).append(event)
    return list(groups.values())


def _shortfall(short: Shortfall) -> str:
    asked, found = short.demanded / _SQUARE_KM, short.converted / _SQUARE_KM
    return f"{asked:.3g} km2 of new built land were asked for, {found:.3g} km2 found"
