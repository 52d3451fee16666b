"""The recorded tables: totals, what sources emitted, what happened."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
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
    from simulator.agents.emitter import Emitter
    from simulator.ledger import Ledger
    from simulator.model import Simulation
    from simulator.tags import SourceTags

SOURCE_COLUMNS: Final = ("year", "id", "name", "sector", "x", "y", "metal", "kg_per_yr")
EVENT_COLUMNS: Final = ("date", "kind", "what")
POLICY_COLUMNS: Final = ("year", "name", "policy", "kind", "reach", "area_ha", "cost_million_cny")

_SQUARE_KM: Final = 1.0e6  # m2
_HECTARE: Final = 1.0e4  # m2


class YearTable:
    """A table of the region with the same rows every year; small, and rewritten every year.

    Parameters
    ----------
    path : Path
        File.
    keys : mapping of str to ndarray
        Columns that tell the rows of a year apart.
    """

    def __init__(self, path: Path, keys: Mapping[str, NDArray[Any]]) -> None:
        self.path = path
        self._keys = keys
        self._block = len(next(iter(keys.values())))
        self._years: list[int] = []
        self._values: list[NDArray[np.float64]] = []

    def add(self, year: int, values: NDArray[np.float64]) -> None:
        """Add the values of a year, in the order of the rows, and write the file. [kg yr-1]."""
        self._years.append(year)
        self._values.append(values.reshape(self._block))
        self.write()

    def cut(self, year: int) -> None:
        """Take over the file's years before ``year``, and drop the others."""
        table = pq.read_table(self.path)
        years = table["year"].to_numpy()[:: self._block].tolist()
        values = table["kg_per_yr"].to_numpy().reshape(-1, self._block)
        kept = [(y, v.copy()) for y, v in zip(years, values, strict=True) if y < year]
        self._years = [y for y, _ in kept]
        self._values = [v for _, v in kept]
        self.write()

    def write(self) -> None:
        """Write the file."""
        n_year = len(self._years)
        columns = {key: _column(np.tile(values, n_year)) for key, values in self._keys.items()}
        table = pa.table(
            {
                "year": pa.array(np.repeat(np.array(self._years, dtype=np.int32), self._block)),
                **columns,
                "kg_per_yr": pa.array(np.concatenate([np.empty(0), *self._values])),
            }
        )
        write_parquet(self.path, table)


def _column(values: NDArray[Any]) -> pa.Array:
    """Words are kept once."""
    if values.dtype != object:
        return pa.array(values)
    return pa.array(values, type=pa.string()).dictionary_encode()


def flux_totals(path: Path, ledger: Ledger) -> YearTable:
    """Table of the region's fluxes by metal, pathway and layer."""
    n_layer = ledger.state.n_layer
    slots = [
        (p.name, layer + 1) for p in ledger.pathways for layer in range(n_layer if p.layered else 1)
    ]
    keys = {
        "metal": np.repeat(np.array(METALS, dtype=object), len(slots)),
        "pathway": np.tile(np.array([name for name, _ in slots], dtype=object), len(METALS)),
        "layer": np.tile(np.array([layer for _, layer in slots], dtype=np.int8), len(METALS)),
    }
    return YearTable(path, keys)


def tag_totals(path: Path, tags: SourceTags) -> YearTable:
    """Table of what entered and left the soil of the region by source tag.

    ``way`` is ``gain`` or the pathway by which it left.
    """
    ways = np.array(["gain", *tags.routes], dtype=object)
    n_tag, n_metal = len(tags), len(METALS)
    keys = {
        "tag": np.repeat(np.array(tags.names, dtype=object), n_metal * ways.size),
        "metal": np.tile(np.repeat(np.array(METALS, dtype=object), ways.size), n_tag),
        "way": np.tile(ways, n_tag * n_metal),
    }
    return YearTable(path, keys)


def tag_fluxes(ledger: Ledger) -> NDArray[np.float64]:
    """What tags gained and lost in the year, ``[tag, metal, way]``. [kg m-2 cells yr-1]."""
    gain, loss = ledger.tags.gain.sum(axis=-1), ledger.tags.loss.sum(axis=-1)
    return np.concatenate([gain[..., None], loss], axis=-1)


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


def whole_rows(path: Path) -> io.BytesIO:
    """Content of a CSV file, without a last row that is only half written yet."""
    content = path.read_bytes()
    return io.BytesIO(content[: content.rfind(b"\n") + 1])


def _csv(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8")


def source_rows(year: int, sources: Iterable[Emitter]) -> list[tuple[Any, ...]]:
    """Return what the sources emitted in a year, one row a source and metal. [kg yr-1].

    Sources without a place have blank coordinates.
    """
    return [
        (year, s.source_id, s.name, s.sector, *(s.position or ("", "")), metal, float(kg))
        for s in sources
        if s.present
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
    if year in sim.calibrator.years_due:
        rows.append((float(year), "calibration", "fitted again with the samples of the year"))
    rows += [
        (short.year, "shortfall", _shortfall(short))
        for short in sim.parcels.shortfalls
        if year <= short.year < year + 1
    ]
    return rows


def policy_rows(year: int, sim: Simulation) -> list[tuple[Any, ...]]:
    """Return reach, treated land and cost of the interventions in force in a year."""
    return [
        (
            year,
            act.name,
            str(act.spec.policy),
            str(act.spec.kind),
            act.reach(year),
            act.reach(year) * act.area / _HECTARE,
            act.cost(year),
        )
        for act in sim.interventions
        if act.date < year + 1
    ]


def _by_classes(history: Iterable[Conversion]) -> list[list[Conversion]]:
    groups: dict[tuple[str, str], list[Conversion]] = {}
    for event in history:
        groups.setdefault((event.from_class, event.to_class), []).append(event)
    return list(groups.values())


def _shortfall(short: Shortfall) -> str:
    asked, found = short.demanded / _SQUARE_KM, short.converted / _SQUARE_KM
    return f"{asked:.3g} km2 of new built land were asked for, {found:.3g} km2 found"
