"""Tables of an assessment: areas and capacities by metal, district, land use and receptor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from analysis.assessment.variables import LANDS, catalogue
from analysis.assessment.warning import SPANS
from simulator.constants import HECTARE, METALS

#: What the tables of areas are broken down by; ``metal`` is the region as a whole.
GROUPINGS: Final = ("metal", "district", "land_use", "receptor")
#: Graded variables whose areas are tabled.
GRADED: Final = ("capacity_grade", "warning", "worst_warning", "direction", "risk_class")

_KEYS: Final = ["land", "group", "metal"]
_ALL: Final = "all"


def overload_rows(
    state: xr.Dataset, cell_area: float, districts: Mapping[str, str]
) -> dict[str, pd.DataFrame]:
    """Areas and capacities of one year by each of :data:`GROUPINGS`.

    Parameters
    ----------
    state : xarray.Dataset
        An assessment at one year (an axis ``year`` of length one).
    cell_area : float
        Area of a cell; a cell counts with all of it. [m2]
    districts : mapping of str to str
        Names of the districts by their numbers.

    Returns
    -------
    dict of str to pandas.DataFrame
        By grouping: ``year, land, group, metal``, ``area_ha`` of the cells with a limit of the
        metal, ``overload_ha`` and ``overload_share`` of them, ``capacity_mean_kg_ha`` and
        ``capacity_total_t`` of what remains. Metal ``all`` is overloaded where any metal is; it has
        no capacity.
    """
    state = state.isel(year=0)
    hectares = cell_area / HECTARE
    tables: dict[str, list[pd.DataFrame]] = {name: [] for name in GROUPINGS}
    for land in LANDS:
        on_land = state.sel(land=land)
        for grouping in GROUPINGS:
            codes, names = _groups(on_land, grouping, districts)
            table = pd.concat(list(_by_metal(on_land, codes, names, hectares)))
            table.insert(0, "land", land)
            table.insert(0, "year", int(state["year"]))
            tables[grouping].append(table)
    return {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}


def differences(table: pd.DataFrame) -> pd.DataFrame:
    """First and last year of :func:`overload_rows` side by side, and last less first.

    A group that is empty in one of the two years counts there with no area.
    """
    first, last = table["year"].min(), table["year"].max()
    at = [table[table["year"] == y].drop(columns="year").set_index(_KEYS) for y in (first, last)]
    index = at[0].index.union(at[1].index, sort=False)
    start, end = (t.reindex(index) for t in at)
    for side in (start, end):
        side[["area_ha", "overload_ha"]] = side[["area_ha", "overload_ha"]].fillna(0.0)
    columns = {}
    for name in start.columns:
        columns[f"{name}_{first}"] = start[name]
        columns[f"{name}_{last}"] = end[name]
        columns[f"{name}_change"] = end[name] - start[name]
    return pd.DataFrame(columns, index=index).reset_index()


def grade_rows(state: xr.Dataset, cell_area: float) -> pd.DataFrame:
    """Area of each grade of :data:`GRADED` in one year.

    Returns
    -------
    pandas.DataFrame
        ``year, land, variable, metal, code, name, area_ha, share``; the share is that of the graded
        area. Land ``all`` and metal ``all`` where a variable has no such axis.
    """
    state = state.isel(year=0)
    rows = []
    for name in GRADED:
        codes = catalogue()[name].codes
        for land, metal, values in _layers(state[name]):
            known = values[np.isfinite(values)]
            for code, words in codes.items():
                cells = int((known == code).sum())
                share = cells / known.size if known.size else np.nan
                rows.append(
                    (int(state["year"]), land, name, metal, code, words,
                     cells * cell_area / HECTARE, share)
                )  # fmt: skip
    columns = ["year", "land", "variable", "metal", "code", "name", "area_ha", "share"]
    return pd.DataFrame(rows, columns=columns)


def leading_rows(state: xr.Dataset, cell_area: float) -> pd.DataFrame:
    """Area in which each metal leads in one year, and its share: ``year, land, metal, ...``."""
    state = state.isel(year=0)
    rows = []
    for land, _, values in _layers(state["leading_metal"]):
        known = values[np.isfinite(values)].astype(np.int64)
        for metal, cells in zip(METALS, np.bincount(known, minlength=len(METALS)), strict=True):
            share = cells / known.size if known.size else np.nan
            rows.append((int(state["year"]), land, metal, cells * cell_area / HECTARE, share))
    return pd.DataFrame(rows, columns=["year", "land", "metal", "area_ha", "share"])


def exceedance_rows(state: xr.Dataset, last: int, cell_area: float) -> pd.DataFrame:
    """When limits are reached, by the years to the limit from one year on.

    Parameters
    ----------
    state : xarray.Dataset
        An assessment at the first year of the run.
    last : int
        Last year of the run.
    cell_area : float
        [m2]

    Returns
    -------
    pandas.DataFrame
        ``land, metal, period, area_ha, share``: at the start, by decade of the run, by the trend
        within fifty years of its end, later or never.
    """
    first = int(state["year"].item())
    edges = sorted({first, *range(first + 10, last, 10), last})
    names = ["at the start", *(f"{a + 1}-{b}" for a, b in pairwise(edges))]
    until = last + int(SPANS[-1])
    names += [f"{last + 1}-{until} by trend", "later or never"]
    rows = []
    for land, metal, values in _layers(state["years_to_limit"].isel(year=0)):
        known = first + values[np.isfinite(values) | np.isposinf(values)].astype(np.float64)
        period = np.digitize(known, [*edges, until], right=True)
        for name, cells in zip(names, np.bincount(period, minlength=len(names)), strict=True):
            share = cells / known.size if known.size else np.nan
            rows.append((land, metal, name, cells * cell_area / HECTARE, share))
    return pd.DataFrame(rows, columns=["land", "metal", "period", "area_ha", "share"])


def _layers(values: xr.DataArray) -> Iterator[tuple[str, str, NDArray[np.floating]]]:
    """Each map of a variable at one year, with its land and metal."""
    for land in values["land"].values if "land" in values.dims else [_ALL]:
        on_land = values.sel(land=land) if land != _ALL else values
        for metal in on_land["metal"].values if "metal" in on_land.dims else [_ALL]:
            one = on_land.sel(metal=metal) if metal != _ALL else on_land
            yield str(land), str(metal), one.values


def _groups(
    state: xr.Dataset, grouping: str, districts: Mapping[str, str]
) -> tuple[NDArray[np.int64], dict[int, str]]:
    """Group of every cell, -1 for none, and the names of the groups."""
    if grouping == "metal":
        return np.zeros(state["district"].shape, dtype=np.int64), {0: _ALL}
    if grouping == "district":
        names = {int(k): v for k, v in districts.items()}
        return state["district"].values.astype(np.int64), {0: "outside of districts", **names}
    name = {"land_use": "land_class", "receptor": "receptor"}[grouping]
    values = state[name].values
    return np.where(np.isfinite(values), values, -1).astype(np.int64), catalogue()[name].codes


def _by_metal(
    state: xr.Dataset, codes: NDArray[np.int64], names: Mapping[int, str], hectares: float
) -> Iterator[pd.DataFrame]:
    overload = state["overload"].values
    capacity = state["remaining_capacity"].values
    layers = {m: (overload[i], capacity[i]) for i, m in enumerate(METALS)}
    known_of_any = np.isfinite(overload).any(axis=0)
    any_over = np.where(known_of_any, (overload == 1.0).any(axis=0), np.nan)
    layers[_ALL] = (any_over, np.full(any_over.shape, np.nan))
    order = sorted(names)
    for metal, (over, remaining) in layers.items():
        known = np.isfinite(over) & np.isin(codes, order)
        group = np.searchsorted(order, codes[known])
        cells = np.bincount(group, minlength=len(order)).astype(np.float64)
        overloaded = np.bincount(group, over[known], minlength=len(order))
        total = np.bincount(group, remaining[known], minlength=len(order))
        with np.errstate(invalid="ignore"):
            table = pd.DataFrame(
                {
                    "group": [names[k] for k in order],
                    "metal": metal,
                    "area_ha": cells * hectares,
                    "overload_ha": overloaded * hectares,
                    "overload_share": overloaded / cells,
                    "capacity_mean_kg_ha": total / cells,
                    "capacity_total_t": total * hectares / 1000.0,
                }
            )
        yield table[cells > 0.0]
