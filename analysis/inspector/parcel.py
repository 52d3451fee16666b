"""A parcel of land: its outline, its cells, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from analysis.inspector.pick import outlines
from analysis.runs import grid_of, run_name, year_of, years_of
from simulator.constants import HECTARE
from simulator.errors import InputError, Problem
from simulator.record import RunFolder
from simulator.region.overlay import overlay


@dataclass(frozen=True)
class Touched:
    """A cell that a parcel lies in.

    Attributes
    ----------
    row, col : int
        The cell.
    share : float
        Share of the cell that the parcel covers. [-]
    part : float
        Share of the parcel that lies in the cell. [-]
    """

    row: int
    col: int
    share: float
    part: float


@dataclass(frozen=True)
class ClassChange:
    """A change of land class; ``year`` is the first that begins with the new one."""

    year: int
    old: str
    new: str


@dataclass(frozen=True)
class Sealing:
    """Sealed share at the beginning of each year of the history.

    Attributes
    ----------
    years : ndarray of int ``[year]``
    shares : ndarray ``[year]``
        Of the parcel's area, as last logged: to within 0.05. [-]
    """

    years: NDArray[np.int64]
    shares: NDArray[np.float64]


@dataclass(frozen=True)
class ParcelState:
    """A parcel at the beginning of a year.

    Attributes
    ----------
    land_class, zone : str
        ``zone`` is ``open`` or ``protected`` (never built on).
    impervious : float
        Sealed share as last logged. [-]
    """

    land_class: str
    impervious: float
    zone: str


def parcels(run: RunFolder, year: int | None = None) -> pd.DataFrame:
    """All parcels as they are at the beginning of a year.

    Parameters
    ----------
    run : RunFolder
        The run, finished or not.
    year : int, optional
        A year of the history; the last one by default.

    Returns
    -------
    DataFrame
        ``id, land_class, impervious, zone``, in the order of the run.
    """
    table = run.parcels
    table = table[table["year"] <= year_of(run, year)].drop(columns="geometry")
    # rows are in the order of the years, so the last one of each parcel is the latest
    last = table.drop_duplicates("id", keep="last").set_index("id")
    last = last.loc[outlines(run).ids, ["land_class", "impervious", "zone"]]
    return last.astype({"land_class": str, "zone": str}).reset_index()


def look_parcel(run: RunFolder, parcel: int) -> ParcelView:
    """Look at one parcel.

    Raises
    ------
    InputError
        If the run has none of that id.
    """
    known = outlines(run)
    if parcel not in known.place:
        ids = known.ids
        raise InputError(
            Problem(
                f"parcel {parcel}", f"is not in the run {run_name(run)!r}",
                f"its {ids.size} parcels have ids from {ids.min()} to {ids.max()}",
                "Click on the map, or choose one of them.",
            )
        )  # fmt: skip
    return ParcelView(run, parcel)


@dataclass(frozen=True)
class ParcelView:
    """All that a click on a parcel shows.

    Examples
    --------
    >>> from analysis.runs import open_run
    >>> view = look_parcel(open_run("taizhou-baseline"), 1268)  # doctest: +SKIP
    >>> view.biography()  # doctest: +SKIP
    ['dryland until 2021, then urban', 'sealed 40 % in 2021, ...']
    """

    run: RunFolder
    id: int

    @property
    def outline(self) -> shapely.Geometry:
        """Polygon or polygons in the CRS of the run. [m]."""
        known = outlines(self.run)
        return known.shapes[known.place[self.id]]

    @property
    def hectares(self) -> float:
        """Whole area, also what lies outside the grid. [ha]."""
        return float(self.outline.area) / HECTARE

    @property
    def centre(self) -> tuple[float, float]:
        """A point inside it, easting and northing. [m]."""
        point = self.outline.point_on_surface()
        return point.x, point.y

    @cached_property
    def cells(self) -> tuple[Touched, ...]:
        """Cells of the grid that it lies in, those it covers most first."""
        grid = grid_of(self.run)
        cover = overlay(grid, [self.outline], [self.id]).tocoo()
        found = []
        for cell, share in zip(cover.coords[0].tolist(), cover.data.tolist(), strict=True):
            row, col = divmod(cell, grid.shape[1])
            found.append(Touched(row, col, share, share * grid.cell_area / self.outline.area))
        return tuple(sorted(found, key=lambda c: (-c.share, c.row, c.col)))

    @property
    def changes(self) -> tuple[ClassChange, ...]:
        """Changes of land class so far."""
        years, classes = self._log["year"].tolist(), self._log["land_class"].tolist()
        steps = zip(years[1:], classes[:-1], classes[1:], strict=True)
        return tuple(ClassChange(int(year), old, new) for year, old, new in steps if old != new)

    @property
    def sealed(self) -> Sealing:
        """Sealed share in all years of the history."""
        log, years = self._log, years_of(self.run)
        last = np.searchsorted(log["year"].to_numpy(), years, side="right") - 1
        return Sealing(years, log["impervious"].to_numpy(np.float64)[last])

    def at(self, year: int) -> ParcelState:
        """Land class, sealed share and zone at the beginning of a year of the history."""
        row = self._log[self._log["year"] <= year_of(self.run, year)].iloc[-1]
        return ParcelState(row["land_class"], float(row["impervious"]), row["zone"])

    def biography(self, year: int | None = None) -> list[str]:
        """Tell what became of it up to a year of the history, in short clauses.

        Its land classes, its sealed share at the start, after each change of class and in the end,
        and from when on it may not be built on.
        """
        year = year_of(self.run, year)
        log = self._log[self._log["year"] <= year]
        turns = [t for t in self.changes if t.year <= year]
        told = [_classes(log["land_class"].iloc[0], turns, year)]
        if log["impervious"].max() > 0.0:
            dates = dict.fromkeys([int(log["year"].iloc[0]), *(t.year for t in turns), year])
            told.append("sealed " + ", ".join(f"{self._sealed_percent(y)} in {y}" for y in dates))
        protected = log[log["zone"] == "protected"]
        if len(protected):
            since = int(protected["year"].iloc[0])
            first = since == int(log["year"].iloc[0])
            told.append("protected from building" + ("" if first else f" since {since}"))
        return told

    def _sealed_percent(self, year: int) -> str:
        percent = 100.0 * self.at(year).impervious
        return f"{percent:.1g} %" if 0.0 < percent < 1.0 else f"{percent:.0f} %"

    @cached_property
    def _log(self) -> pd.DataFrame:
        table = self.run.parcels
        rows = table[table["id"] == self.id].drop(columns="geometry")
        return rows.astype({"land_class": str, "zone": str}).reset_index(drop=True)


def _classes(first: str, turns: list[ClassChange], year: int) -> str:
    """``paddy until 2034, then urban``; ``paddy all the time up to 2050``."""
    if not turns:
        return f"{first} all the time up to {year}"
    steps = ", ".join(
        f"then {turn.new}" + (f" until {later.year}" if later else "")
        for turn, later in zip(turns, [*turns[1:], None], strict=True)
    )
    return f"{first} until {turns[0].year}, {steps}"
