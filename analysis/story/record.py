"""A finished run as a story looks at it: read once, a year at a time, then asked for facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
import xarray as xr
from numpy.typing import NDArray

from analysis.assessment import grades, thresholds
from analysis.assessment.assess import ControlLayer, default_years
from analysis.compare.flows import SCOPES, signed_totals
from analysis.layers.limits import control_layer_of
from analysis.runs import grid_of, pathways_of, run_name, years_of
from simulator.constants import BUILT_CLASSES, HECTARE, LAND_CLASSES
from simulator.errors import InputError, Problem
from simulator.record import RunFolder

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

SQUARE_KM: Final = 1.0e6  # m2
#: Kinds of events that are no interventions.
_NO_ACTS: Final = ("conversion", "calibration", "shortfall")
_BUILT: Final = [LAND_CLASSES.index(c) for c in BUILT_CLASSES]


@dataclass(frozen=True)
class State:
    """The control layer at the beginning of a year.

    Attributes
    ----------
    content, limit : ndarray ``[metal, row, col]``
        NaN without soil; the limit also where the land has none. [mg kg-1]
    land : ndarray of int8 ``[row, col]``
        Land class that counts, index into ``LAND_CLASSES``; -1 without soil.
    built : float
        Sealed ground and open ground of the built classes. [m2]
    """

    content: Floats
    limit: Floats
    land: NDArray[np.int8]
    built: float

    @property
    def over(self) -> Mask:
        """Where the content has reached its limit, ``[metal, row, col]``."""
        return grades.overloaded(self.content, self.limit)

    @property
    def receptor(self) -> NDArray[np.int8]:
        """Index into ``RECEPTORS``; -1 for none, ``[row, col]``."""
        return thresholds.receptor_of_land(self.land)


def check_finished(run: RunFolder) -> None:
    """Refuse a run that is not finished."""
    if not run.finished:
        raise InputError(
            Problem(
                f"run {run_name(run)!r}", "is not finished",
                "a story is told of the whole of a run",
                f"Go on with: metalscape resume {run_name(run)}",
            )
        )  # fmt: skip


class Record:
    """A finished run.

    Limits are those of ``metalscape assess`` by default: screening values, added limits of
    ecological land, on the land of the year.

    Parameters
    ----------
    run : RunFolder
    soil : ControlLayer, optional
        Read from the run's region by default.

    Raises
    ------
    InputError
        If the run is not finished.
    """

    def __init__(self, run: RunFolder, soil: ControlLayer | None = None) -> None:
        check_finished(run)
        self.run = run
        self.soil = control_layer_of(run) if soil is None else soil
        self.years: list[int] = years_of(run).tolist()
        self.first, self.last = self.years[0], self.years[-1]
        self.metals = [str(m) for m in run.history["metal"].values]
        self.cell_ha = grid_of(run).cell_area / HECTARE
        self.state = lru_cache(maxsize=4)(self._state)
        self.effects_by_cell = lru_cache(maxsize=1)(self._effects_by_cell)
        shape = (len(self.years), len(self.metals))
        #: Mean content over the soil cells, ``[year, metal]``. [mg kg-1]
        self.mean = np.zeros(shape)
        #: Cells at or above their limit, ``[year, metal]``.
        self.over = np.zeros(shape, dtype=np.int64)
        #: Cells that have a limit, ``[year, metal]``.
        self.limited = np.zeros(shape, dtype=np.int64)
        #: Built land, ``[year]``. [m2]
        self.built = np.zeros(len(self.years))
        for i, year in enumerate(self.years):
            state = self.state(year)
            self.mean[i] = np.nanmean(state.content, axis=(1, 2))
            self.over[i] = state.over.sum(axis=(1, 2))
            self.limited[i] = np.isfinite(state.limit - state.content).sum(axis=(1, 2))
            self.built[i] = state.built

    def _state(self, year: int) -> State:
        history = self.run.history.sel(year=year)
        content = history["content"].isel(layer=0).values.astype(np.float64)
        share, sealed = history["open_share"].values, history["sealed_share"].values
        land = thresholds.land_of_soil(share, sealed, content)
        limit = self.limits(land, history["ph"].isel(layer=0).values)
        built = float(np.nansum(sealed, dtype=np.float64))
        built += float(np.nansum(share[_BUILT], dtype=np.float64))
        return State(content, limit, land, built * self.cell_ha * HECTARE)

    def limits(
        self, land: NDArray[np.int8], ph: NDArray[Any], cell: tuple[int, int] | None = None
    ) -> Floats:
        """Limits of all metals on land of a class and pH, of the grid or along one cell's years."""
        if cell is None:
            return self.soil.limits(land, ph)
        row, col = cell
        return self.soil.at((row, slice(col, col + 1))).limits(land, ph)

    @property
    def decades(self) -> list[int]:
        """The first and last recorded year, and the first of each decade between."""
        return default_years(self.years)

    def place(self, year: int) -> int:
        """Place of a recorded year on the axes."""
        return self.years.index(year)

    def metal(self, symbol: str) -> int:
        """Place of a metal on the axes."""
        return self.metals.index(symbol)

    def over_ha(self, metal: str) -> Floats:
        """Area at or above the limit by year. [ha]."""
        return np.asarray(self.over[:, self.metal(metal)] * self.cell_ha, dtype=np.float64)

    @cached_property
    def soil_cells(self) -> int:
        """Cells with soil."""
        return int(np.isfinite(self.state(self.first).content[0]).sum())

    # --- fluxes of the region -------------------------------------------------------------------

    @cached_property
    def _effects(self) -> pd.DataFrame:
        """Effect of every pathway on the control layer: ``year, metal, pathway, kg``."""
        signed = signed_totals(self.run, self.first, self.last)
        table = signed[["year", "metal", "pathway"]].assign(kg=signed[SCOPES[0]])
        for column in ("metal", "pathway"):
            table[column] = table[column].astype(str)
        return table.groupby(["year", "metal", "pathway"], as_index=False)[["kg"]].sum()

    def effects(self, metal: str, since: int, until: int) -> dict[str, float]:
        """What each pathway added to (or took from) the control layer in years. [kg].

        Of the years ``since`` to ``until - 1``; pathways without effect are left out.
        """
        table = self._effects
        chosen = table[
            (table["metal"] == metal) & (table["year"] >= since) & (table["year"] < until)
        ]
        sums = chosen.groupby("pathway")["kg"].sum()
        names = [p.name for p in pathways_of(self.run)]
        return {n: float(sums[n]) for n in names if n in sums.index and sums[n] != 0.0}

    def _effects_by_cell(self, metal: str) -> dict[str, Floats]:
        """What each pathway did to the control layer in all years, ``[row, col]``. [mg m-2].

        Empty where the run kept no fluxes of single cells.
        """
        ledger = self.run.ledger
        if ledger is None:
            return {}
        shape = (ledger.sizes["y"], ledger.sizes["x"])
        found = {p["name"]: np.zeros(shape) for p in self.run.manifest["pathways"]}
        for year in ledger["year"].values:
            fluxes = ledger.sel(year=year, metal=metal)
            for pathway in self.run.manifest["pathways"]:
                slots = fluxes[pathway["name"]].values.reshape(-1, *shape)
                for slot, signs in zip(slots, pathway["signs"], strict=True):
                    found[pathway["name"]] += signs[0] * slot.astype(np.float64)
        return found

    def effects_on(self, metal: str, cells: Mask) -> dict[str, float]:
        """What each pathway did to the control layer of some cells, summed. [mg m-2 cells]."""
        sums = {name: float(v[cells].sum()) for name, v in self.effects_by_cell(metal).items()}
        return {name: value for name, value in sums.items() if value != 0.0}

    def along(self, cells: Sequence[tuple[int, int]], metal: str) -> list[xr.Dataset]:
        """State of the control layer of some cells in all recorded years, read at once."""
        rows, cols = zip(*cells, strict=True)
        names = ["content", "stock", "stock_sealed", "open_share", "sealed_share", "ph", "district"]
        found = self.run.history[names].sel(metal=metal).isel(layer=0)
        found = found.isel(
            y=xr.DataArray(list(rows), dims="cell"), x=xr.DataArray(list(cols), dims="cell")
        ).load()
        return [found.isel(cell=i) for i in range(len(cells))]

    def gains(self, metal: str, since: int, until: int) -> dict[str, float]:
        """What each source tag added to the soil in years, empty without tags. [kg]."""
        table = self.run.source_totals
        if table is None:
            return {}
        chosen = table[
            (table["metal"] == metal)
            & (table["way"] == "gain")
            & (table["year"] >= since)
            & (table["year"] < until)
        ]
        sums = chosen.groupby(chosen["tag"].astype(str))["kg_per_yr"].sum()
        return {str(k): float(v) for k, v in sums.items() if v > 0.0}

    # --- sources and parcels --------------------------------------------------------------------

    def emitted(self, metal: str) -> pd.Series:
        """Emission of all sources by year. [kg yr-1]."""
        table = self.run.sources
        return table[table["metal"] == metal].groupby("year")["kg_per_yr"].sum()

    def emitters(self, metal: str, year: int) -> pd.DataFrame:
        """Sources that emit in a year, the largest first: ``id, name, sector, kg_per_yr``."""
        table = self.run.sources
        here = table[
            (table["metal"] == metal) & (table["year"] == year) & (table["kg_per_yr"] > 0.0)
        ]
        return here.sort_values(["kg_per_yr", "id"], ascending=[False, True], kind="stable")

    @cached_property
    def source_spans(self) -> pd.DataFrame:
        """First and last year with emission of each source: ``name, sector, first, last``."""
        table = self.run.sources
        table = table[table["kg_per_yr"] > 0.0]
        return table.groupby("id").agg(
            name=("name", "first"), sector=("sector", "first"),
            first=("year", "min"), last=("year", "max"),
        )  # fmt: skip

    def acts(self, since: int, until: int) -> pd.DataFrame:
        """Interventions that begin in years, as in the events, with their ``policy`` or none."""
        table, known = self.run.events, self.run.policies
        table = table[(table["date"] >= since) & (table["date"] < until)]
        table = table[~table["kind"].isin(_NO_ACTS)]
        policy = dict(zip(known["name"], known["policy"], strict=True))
        return table.assign(policy=[policy.get(name, "") for name in table["what"]])

    @cached_property
    def outlines(self) -> dict[int, shapely.Geometry]:
        """Outline of every parcel by its id."""
        start = self.run.parcels[self.run.parcels["geometry"].notna()]
        shapes = shapely.from_wkb(start["geometry"].to_numpy())
        return dict(zip(start["id"].tolist(), shapes, strict=True))

    @cached_property
    def conversions(self) -> pd.DataFrame:
        """Changes of land class: ``year`` (first that begins with it)``, id, old, new, ha``."""
        rows = self.run.parcels[["year", "id", "land_class"]].copy()
        rows["land_class"] = rows["land_class"].astype(str)
        rows = rows.sort_values(["id", "year"], kind="stable")
        rows["old"] = rows.groupby("id")["land_class"].shift()
        rows = rows[rows["old"].notna() & (rows["old"] != rows["land_class"])]
        rows = rows.rename(columns={"land_class": "new"})
        rows["ha"] = [self.outlines[i].area / HECTARE for i in rows["id"]]
        return rows.sort_values(["year", "id"], kind="stable").reset_index(drop=True)

    def conversions_in(self, x: float, y: float) -> pd.DataFrame:
        """Changes in the cell around a point, with ``share`` of the cell, the largest first."""
        half = 0.5 * grid_of(self.run).cell_size
        square = shapely.box(x - half, y - half, x + half, y + half)
        rows = self.conversions
        shapes = np.array([self.outlines[i] for i in rows["id"]], dtype=object)
        share = shapely.area(shapely.intersection(shapes, square)) / square.area
        rows = rows.assign(share=share)[share > 0.0]
        return rows.sort_values(
            ["share", "id", "year"], ascending=[False, True, True], kind="stable"
        ).reset_index(drop=True)

    def converted(self, since: int, until: int) -> pd.DataFrame:
        """Conversions between two states by classes, the largest area first: ``n, ha``."""
        table = self.conversions
        chosen = table[(table["year"] > since) & (table["year"] <= until)]
        sums = chosen.groupby(["old", "new"]).agg(n=("id", "size"), ha=("ha", "sum"))
        return sums.sort_values("ha", ascending=False, kind="stable")


def leading(effects: dict[str, float], sign: float) -> tuple[str, float]:
    """Largest of the effects of a sign and its share of them; empty and 0 if there is none. [-]."""
    chosen = {k: sign * v for k, v in effects.items() if sign * v > 0.0}
    if not chosen:
        return "", 0.0
    name = max(chosen, key=lambda k: chosen[k])
    return name, chosen[name] / sum(chosen.values())


def common(values: Sequence[Sequence[int]]) -> list[int]:
    """Numbers that all sequences hold, rising."""
    return sorted(set.intersection(*(set(v) for v in values)))
