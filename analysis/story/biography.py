"""The facts that stories tell of one cell."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from analysis.assessment.grades import overloaded
from analysis.assessment.thresholds import dominant_land
from analysis.explain import NearSource, near_sources
from analysis.story.cells import Cell, neighbours
from analysis.story.facts import Fact
from analysis.story.record import Record
from simulator.constants import LAND_CLASSES

Floats = NDArray[np.float64]

_PERCENT: Final = 100.0
_KILOMETRE: Final = 1000.0  # m


class Life:
    """One metal in one cell of a run.

    Parameters
    ----------
    record : Record
        The run.
    cell : (row, col)
        A cell with soil.
    metal : str
        Symbol.
    past : xarray.Dataset
        Of :meth:`Record.along`.
    run : int
        Place of the run in the story.
    """

    def __init__(
        self, record: Record, cell: Cell, metal: str, past: xr.Dataset, run: int = 0
    ) -> None:
        self.record, self.cell, self.metal, self.past, self.run = record, cell, metal, past, run
        self._content: Floats = past["content"].values.astype(np.float64)
        self._stock: Floats = (past["stock"] + past["stock_sealed"]).values.astype(np.float64)
        share = past["open_share"].transpose("land_class", "year").values
        self._land = dominant_land(share, past["sealed_share"].values)
        limits = record.limits(self._land, past["ph"].values, cell)
        self._limit: Floats = limits[record.metal(metal)]

    def fact(self, quantity: str, kind: str, value: float | int, **keys: str | int) -> Fact:
        """Fact of this cell and metal."""
        row, col = self.cell
        place = {"metal": self.metal, "row": row, "col": col, **keys}
        return Fact(quantity, tuple(place.items()), value, kind, self.run)

    def place(self, axis: str) -> Fact:
        """Row or column of the cell."""
        return self.fact("cell_place", "index", self.cell[axis == "col"], axis=axis)

    @property
    def district(self) -> str:
        """Name of its district; empty outside of all."""
        names = self.record.run.manifest["region"]["districts"]
        return str(names.get(str(int(self.past["district"])), ""))

    def land(self, year: int) -> str:
        """Land class that counts in a year; empty where none does."""
        code = int(self._land[self.record.place(year)])
        return LAND_CLASSES[code] if code >= 0 else ""

    def content(self, year: int) -> Fact:
        """Content of the control layer."""
        value = float(self._content[self.record.place(year)])
        return self.fact("cell_content", "mg_kg", value, year=year)

    def limit(self, year: int) -> Fact | None:
        """Limit of its use and pH; None where there is none."""
        value = float(self._limit[self.record.place(year)])
        return self.fact("cell_limit", "mg_kg", value, year=year) if np.isfinite(value) else None

    def ratio(self, year: int) -> Fact:
        """Content over limit."""
        i = self.record.place(year)
        value = float(self._content[i] / self._limit[i])
        return self.fact("cell_ratio", "ratio", value, year=year)

    def crossing(self) -> tuple[str, Fact | None]:
        """How it stands to its limit, and since or until when.

        ``over`` with the first year from which on it is at or above the limit to the end, ``under``
        with the last year in which it was, or ``never``.
        """
        over = overloaded(self._content, self._limit)
        years = np.array(self.record.years)
        if not over.any():
            return "never", None
        last = int(years[over][-1])
        if not over[-1]:
            return "under", self.fact("cell_over_until", "year", last)
        below = np.flatnonzero(~over)
        since = int(years[below[-1] + 1]) if below.size else int(years[0])
        return "over", self.fact("cell_over_since", "year", since)

    def change(self) -> Fact:
        """Change of the content from the first year to the last."""
        value = float(self._content[-1] - self._content[0])
        return self.fact("cell_change", "mg_kg", value)

    def change_around(self) -> Fact:
        """Median of that of its neighbours."""
        r, m = self.record, self.record.metal(self.metal)
        change = r.state(r.last).content[m] - r.state(r.first).content[m]
        return self.fact("cell_change_around", "mg_kg", float(neighbours(change)[self.cell]))

    # --- what came and went ---------------------------------------------------------------------

    def stock(self, year: int) -> Fact:
        """Metal in the control layer, open and sealed."""
        value = float(self._stock[self.record.place(year)])
        return self.fact("cell_stock", "mg_m2", value, year=year)

    @cached_property
    def effects(self) -> dict[str, float]:
        """What each pathway added to the control layer; empty without fluxes of cells. [mg m-2]."""
        found = self.record.effects_by_cell(self.metal)
        return {n: float(v[self.cell]) for n, v in found.items() if v[self.cell] != 0.0}

    def effect(self, pathway: str) -> Fact:
        """Size of what one pathway added or took."""
        return self.fact("cell_effect", "mg_m2", abs(self.effects[pathway]), pathway=pathway)

    def flow(self, way: str) -> Fact:
        """All that pathways added (``in``) or took (``out``)."""
        total = sum(abs(v) for v in self.effects.values() if (v > 0.0) == (way == "in"))
        return self.fact(f"cell_flow_{way}", "mg_m2", total)

    # --- around it ------------------------------------------------------------------------------

    @cached_property
    def nearest(self) -> NearSource | None:
        """Nearest point source that emitted the metal; None without one."""
        x, y = float(self.past["x"]), float(self.past["y"])
        found = near_sources(self.record.run, x, y, self.metal, self.record.last, at_most=1)
        return found[0] if found else None

    def distance(self, source: NearSource) -> Fact:
        """Distance of a source."""
        value = source.distance_m / _KILOMETRE
        return self.fact("cell_distance", "km", value, source=source.id)

    def emitted(self, source: NearSource) -> Fact:
        """What a source emitted in the whole run."""
        return self.fact("source_total", "kg", source.emitted_kg, source=source.id)

    @cached_property
    def turns(self) -> pd.DataFrame:
        """Changes of class of its parcels: ``year, id, share, old, new``, largest share first."""
        return self.record.conversions_in(float(self.past["x"]), float(self.past["y"]))

    def turn(self, row: int) -> tuple[Fact, Fact]:
        """Year and share of the cell of one of :attr:`turns`."""
        found = self.turns.to_dict("records")[row]
        parcel, year = int(found["id"]), int(found["year"])
        share = _PERCENT * float(found["share"])
        return (
            self.fact("parcel_turn", "year", year, parcel=parcel, year=year),
            self.fact("parcel_share", "percent", share, parcel=parcel),
        )
