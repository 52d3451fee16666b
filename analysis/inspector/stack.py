"""A point source: what it emitted, what acted on it, and what it left where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.inspector.devices import spelled
from analysis.inspector.plume import ground_in, mercury_shares, unit_footprint
from analysis.inventory import make_inventory
from analysis.runs import grid_of, metal_of, region_of, run_name, years_of
from simulator.constants import MG_PER_KG, MODES
from simulator.errors import InputError, Problem
from simulator.problems import suggest
from simulator.record import RunFolder
from simulator.region.model import Grid
from simulator.scenario.select import ALL, SECTOR, split_selector
from simulator.scenario.source_acts import OnSources, Relocate

Floats = NDArray[np.float64]

#: Columns of ``sources.csv`` that describe a stack: name for people, and unit.
_STACK: Final = {
    "height_m": ("height", "m"),
    "diameter_m": ("diameter at the mouth", "m"),
    "temperature_K": ("temperature of the gas", "K"),
    "velocity_m_s": ("velocity of the gas", "m/s"),
}
_TYPICAL: Final = "typical of its sector, not of this stack"


@dataclass(frozen=True)
class Stack:
    """A point source that emitted something in a run.

    Attributes
    ----------
    id, name, sector : str
        As the run lists it.
    x, y : float
        Easting and northing. [m]
    row, col : float
        Cells from the north-west corner of the grid, may lie outside: cell (0, 0) spans 0 to 1.
    first, last : int
        First and last year with emission so far.
    """

    id: str
    name: str
    sector: str
    x: float
    y: float
    row: float
    col: float
    first: int
    last: int


@dataclass(frozen=True)
class Property:
    """Something that the region says of a stack, in words; unit and note may be blank."""

    name: str
    value: str
    unit: str = ""
    note: str = ""


@dataclass(frozen=True)
class Deposited:
    """What a stack left inside the region in a year.

    Attributes
    ----------
    kg : float
        On open and sealed ground. [kg yr-1]
    share : float
        Of what it emitted; NaN where it emitted nothing. [-]
    """

    kg: float
    share: float


def stacks(run: RunFolder, metal: str | None = None) -> list[Stack]:
    """Point sources with emission so far, in the order of the run.

    Parameters
    ----------
    run : RunFolder
        The run, finished or not.
    metal : str, optional
        Count the emission of this metal only.

    Examples
    --------
    >>> from analysis.runs import open_run
    >>> [s.name for s in stacks(open_run("taizhou-baseline"), "Cd")]  # doctest: +SKIP
    ['Huaneng Yuhuan power station', ...]
    """
    table, grid = run.sources, grid_of(run)
    table = table[(table["kg_per_yr"] > 0.0) & table["x"].notna()]
    if metal is not None:
        table = table[table["metal"] == metal_of(run, metal)]
    found = []
    for source, rows in table.groupby("id", sort=False):
        one = rows.iloc[0]
        col, row = in_cells(grid, float(one["x"]), float(one["y"]))
        found.append(
            Stack(
                str(source), str(one["name"]), str(one["sector"]), float(one["x"]),
                float(one["y"]), row, col, int(rows["year"].min()), int(rows["year"].max()),
            )
        )  # fmt: skip
    return found


def in_cells(grid: Grid, x: float, y: float) -> tuple[float, float]:
    """Columns to the right and rows down from the north-west corner of a point. [cells]."""
    return (x - grid.x_min) / grid.cell_size, (grid.y_max - y) / grid.cell_size


def flow_year(run: RunFolder, year: int) -> int:
    """Year whose flows are shown with the state at the beginning of ``year``: the one before it.

    With the state at the start of the run that is its first year.

    Raises
    ------
    InputError
        If no year has been simulated yet, or it is not one of the run.
    """
    years = years_of(run)
    if years.size < 2 or not years[0] <= year <= years[-1]:
        raise InputError(
            Problem(
                f"year {year}", "no flows of it are known",
                f"the run {run_name(run)!r} holds the states of {years[0]} to {years[-1]}",
                "Choose one of these." if years.size > 1 else "Let it go on for a year.",
            )
        )  # fmt: skip
    return max(year - 1, int(years[0]))


def look_stack(run: RunFolder, source: str) -> StackView:
    """Look at one stack.

    Raises
    ------
    InputError
        If the run has no such stack, or it never emitted.
    """
    known = {s.id: s for s in stacks(run)}
    if source in known:
        return StackView(run, known[source])
    table = run.sources
    if table.loc[table["x"].isna(), "id"].eq(source).any():
        raise InputError(
            Problem(
                f"source {source!r}", "has no stack: it is spread over the land",
                "only point sources have a place",
                "Maps by source (source tags) show where its metal is.",
            )
        )  # fmt: skip
    raise InputError(
        Problem(
            f"source {source!r}", f"emitted nothing in the run {run_name(run)!r}",
            "sources are known by the ids of the run's sources.csv", suggest(source, list(known)),
        )
    )  # fmt: skip


@dataclass(frozen=True)
class StackView:
    """All that a click on a stack shows; years are those of the flows (see :func:`flow_year`)."""

    run: RunFolder
    stack: Stack

    # --- what it emitted ------------------------------------------------------------------------

    @cached_property
    def emissions(self) -> pd.DataFrame:
        """Emission, one row a year and one column a metal. [kg yr-1]."""
        table = self.run.sources
        rows = table[table["id"] == self.stack.id]
        wide = rows.pivot_table("kg_per_yr", index="year", columns="metal", aggfunc="sum")
        # what moves here is listed from its first year only
        years = pd.RangeIndex(int(table["year"].min()), int(table["year"].max()) + 1, name="year")
        metals = [str(m) for m in self.run.history["metal"].values]
        return wide.reindex(index=years, columns=metals).fillna(0.0)

    def emission(self, metal: str) -> tuple[NDArray[np.int64], Floats]:
        """Years, and what it emitted in each. [kg yr-1]."""
        found = self.emissions[metal_of(self.run, metal)]
        return found.index.to_numpy(np.int64), found.to_numpy(np.float64)

    def share_of_region(self, metal: str, year: int) -> float:
        """Share of the emission of all sources of the region, area sources too. [-].

        NaN where nothing is emitted.
        """
        metal, own = metal_of(self.run, metal), self._emitted(metal, year)
        table = self.run.sources
        chosen = table[(table["metal"] == metal) & (table["year"] == year)]
        total = float(chosen["kg_per_yr"].sum())
        return own / total if total > 0.0 else float("nan")

    # --- what is known of it --------------------------------------------------------------------

    @cached_property
    def listed_id(self) -> str:
        """Id under which the region lists it: that of its origin where it has moved here."""
        here = self.stack.id
        for act in self.run.scenario.interventions:
            if isinstance(act, Relocate) and here.endswith(f"@{act.name}"):
                origin = here.removesuffix(f"@{act.name}")
                if _names(act.sources, origin, self.stack.sector):
                    return origin
        return here

    @cached_property
    def events(self) -> pd.DataFrame:
        """Interventions of the scenario that name it: ``date, kind, name, policy``, by date.

        Also those that are still to come.
        """
        rows = [
            (act.date, str(act.kind), act.name, act.policy)
            for act in self.run.scenario.interventions
            if isinstance(act, OnSources) and _names(act.sources, self.listed_id, self.stack.sector)
        ]
        table = pd.DataFrame(rows, columns=["date", "kind", "name", "policy"])
        return table.sort_values("date", kind="stable", ignore_index=True)

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Dated changes that the region's own tables hold: ``date, what, value, reference``.

        Raises
        ------
        InputError
            Without the region of the run.
        """
        table = region_of(self.run).source_changes
        chosen = table.loc[table["id"] == self.listed_id, ["date", "what", "value", "reference"]]
        return chosen.reset_index(drop=True)

    @cached_property
    def parameters(self) -> tuple[Property, ...]:
        """Stack and operation as the region lists them.

        Raises
        ------
        InputError
            Without the region of the run.
        """
        table = region_of(self.run).sources
        row = table[table["id"] == self.listed_id].iloc[0]
        typical = str(row["filled"]).split()
        found = [
            Property(name, f"{float(row[key]):.4g}", unit, _TYPICAL if key in typical else "")
            for key, (name, unit) in _STACK.items()
        ]
        found.append(Property("control", str(row["control"]), note=spelled(str(row["control"]))))
        found += [Property(key, str(row[key])) for key in ("technology", "fuel") if row[key]]
        activity = f"{float(row['activity']):.6g}"
        found.append(Property("activity", activity, f"{row['activity_unit']}/yr"))
        for key, name in (("start_year", "opens"), ("stop_year", "closes")):
            if pd.notna(row[key]):
                found.append(Property(name, f"{float(row[key]):g}"))
        found.append(Property("status", str(row["status"]), note=str(row["reference"])))
        return tuple(found)

    def control(self, year: int) -> str:
        """Control of most of it at the end of a year.

        Raises
        ------
        InputError
            Without the region of the run.
        """
        table = make_inventory(region_of(self.run), self.run.scenario, [year]).sources
        return str(table.loc[table["id"] == self.stack.id, "control"].iloc[0])

    # --- what it left where ---------------------------------------------------------------------

    def footprint(self, metal: str, year: int) -> Floats:
        """Deposition of what it emitted in a year, dry and wet, on open and sealed ground.

        The same as in the run's ledger: per area of the whole cell, of which water takes nothing.
        Ten times as much in g ha-1 yr-1.

        Parameters
        ----------
        metal : str
            Symbol.
        year : int
            A year that has been simulated.

        Returns
        -------
        ndarray ``[row, col]``
            NaN without soil. [mg m-2 yr-1]

        Raises
        ------
        InputError
            If the year has not been simulated, or without the region of the run.
        """
        metal = metal_of(self.run, metal)
        kg = self._emitted(metal, year)
        ground = ground_in(self.run, year)
        if kg == 0.0:
            return np.where(np.isfinite(ground), 0.0, np.nan)
        share = np.eye(len(MODES))[0]  # all metals but mercury are particles
        if metal == "Hg":
            share = mercury_shares(self.run, self.stack.id, year)
        place = self.stack.x, self.stack.y
        unit = unit_footprint(self.run, self.stack.id, self.listed_id, place)
        per_ground = sum(s * one for s, one in zip(share.tolist(), unit, strict=True) if s > 0.0)
        return np.asarray(MG_PER_KG * kg * per_ground * ground)

    def deposited(self, metal: str, year: int) -> Deposited:
        """What came down inside the region of what it emitted in a year; see :meth:`footprint`."""
        area = grid_of(self.run).cell_area
        kg = float(np.nansum(self.footprint(metal, year))) * area / MG_PER_KG
        emitted = self._emitted(metal_of(self.run, metal), year)
        return Deposited(kg, kg / emitted if emitted > 0.0 else float("nan"))

    def share_of_deposition(self, metal: str, year: int) -> Floats:
        """Share of all that falls on each cell, sources and background, that it brings.

        Where not every year was recorded, of the whole interval that holds the year.

        Returns
        -------
        ndarray ``[row, col]``
            NaN where nothing falls. [-]

        Raises
        ------
        InputError
            As :meth:`footprint`, and where the run kept no fluxes of single cells.
        """
        metal, ledger = metal_of(self.run, metal), self.run.ledger
        if ledger is None:
            raise InputError(
                Problem(
                    f"run {run_name(self.run)!r}", "kept no fluxes of single cells",
                    "the share of a stack is one of all that falls on a cell",
                    'Run it again with [record] ledger = "cells".',
                )
            )  # fmt: skip
        self._emitted(metal, year)
        bounds = ledger["year_bounds"].values
        k = int(np.flatnonzero((bounds[:, 0] <= year) & (year < bounds[:, 1]))[0])
        own = sum(self.footprint(metal, int(y)) for y in range(*bounds[k].tolist()))
        falling = [p["name"] for p in self.run.manifest["pathways"] if p["falls"]]
        fluxes = ledger[falling].isel(year=k).sel(metal=metal)
        total = np.sum([fluxes[name].values.astype(np.float64) for name in falling], axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(total > 0.0, own / total, np.nan)

    def _emitted(self, metal: str, year: int) -> float:
        """What it emitted in a year that has been simulated. [kg yr-1]."""
        table = self.emissions
        if year not in table.index:
            raise InputError(
                Problem(
                    f"year {year}", "has not been simulated",
                    "a stack is looked at in years with flows",
                    f"Choose one of {table.index[0]} to {table.index[-1]}.",
                )
            )  # fmt: skip
        return float(table[metal].loc[year])


def _names(selectors: Iterable[str], source: str, sector: str) -> bool:
    """Whether the selectors of an intervention choose a source."""
    chosen = {split_selector(s) for s in selectors}
    return ALL in selectors or ("", source) in chosen or (SECTOR, sector) in chosen
