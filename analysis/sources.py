"""Where the metal in the soil comes from: content, gains and losses by source tag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from analysis.runs import cell_of, run_name, year_of, years_of
from simulator.constants import LAND_CLASSES, WATER_CLASS
from simulator.errors import InputError, Problem
from simulator.problems import suggest
from simulator.record import RunFolder

#: mg m-2 to g ha-1.
_G_HA = 10.0


@dataclass(frozen=True)
class Place:
    """Cells that are looked at, with their weights.

    Attributes
    ----------
    name : str
        For people.
    weight : ndarray ``[row, col]``
        Area that counts of each cell, relative to the whole cell. [-]
    """

    name: str
    weight: NDArray[np.float64]


def whole_region(run: RunFolder) -> Place:
    """All cells with soil."""
    return Place("the region", _soil(run).astype(np.float64))


def one_cell(run: RunFolder, row: int, col: int) -> Place:
    """One cell.

    Raises
    ------
    InputError
        If it is not in the run or has no soil.
    """
    row, col = cell_of(run, row, col)
    weight = np.zeros(_soil(run).shape)
    weight[row, col] = 1.0
    return Place(f"cell {row},{col}", weight)


def one_district(run: RunFolder, name: str) -> Place:
    """Cells with soil of a district.

    Raises
    ------
    InputError
        If the run has no such district, or it has no soil.
    """
    codes = {str(v): int(k) for k, v in run.manifest["region"]["districts"].items()}
    if name not in codes:
        raise _unknown("district", name, "districts are those of the region", codes)
    weight = (run.history["district"].values == codes[name]) & _soil(run)
    return _not_empty(Place(f"district {name}", weight.astype(np.float64)))


def one_land_class(run: RunFolder, name: str, year: int | None = None) -> Place:
    """Cells by the share of a land class that is open at the beginning of a year.

    A cell has one soil for all its classes: what is found is the mean of such cells, not of the
    class alone.

    Raises
    ------
    InputError
        If there is no such class, or none of it.
    """
    classes = [c for c in LAND_CLASSES if c != WATER_CLASS]
    if name not in classes:
        raise _unknown(
            "land class", name, "classes of land with soil are those of the model", classes
        )
    share = run.history["open_share"].sel(land_class=name, year=year_of(run, year)).values
    return _not_empty(Place(f"cells with open {name} land", np.where(_soil(run), share, 0.0)))


def source_table(run: RunFolder, place: Place, year: int | None = None) -> pd.DataFrame:
    """Content at a year by source, and mean gain and loss of the years before it.

    Parameters
    ----------
    run : RunFolder
        A run with source tags.
    place : Place
        Cells; means are weighted with their areas.
    year : int, optional
        A year of the history; the last one by default.

    Returns
    -------
    DataFrame
        One row a metal and tag: ``metal, tag, source, content_mg_kg, share`` of the control layer,
        and ``gain_g_ha_yr, loss_g_ha_yr`` of the whole column, means over the years from the start
        (per area of the whole cell; without the last two where no fluxes of cells were recorded).

    Raises
    ------
    InputError
        If the run has no source tags.
    """
    history = tagged(run)
    at = year_of(run, year)
    content = history["content_by_source"].sel(year=at).isel(layer=0)
    mean = weighted_mean(content.values, place.weight)  # [tag, metal]
    total = mean.sum(axis=0)
    names, labels, metals = (history[k].values for k in ("tag", "tag_label", "metal"))
    n_tag, n_metal = mean.shape
    columns: dict[str, Any] = {
        "metal": np.repeat(metals, n_tag),
        "tag": np.tile(names, n_metal),
        "source": np.tile(labels, n_metal),
        "content_mg_kg": mean.T.ravel(),
        "share": (mean / total).T.ravel(),
    }
    ledger = run.ledger
    if ledger is not None and at > years_of(run)[0]:
        span = ledger.sel(year=slice(None, at - 1))
        n_year = at - int(years_of(run)[0])
        for way in ("gain", "loss"):
            flux = span[f"{way}_by_source"]
            over = np.zeros(mean.shape)
            for k in range(flux.sizes["year"]):  # a year at a time: no more is held
                over += weighted_mean(flux.isel(year=k).values, place.weight)
            columns[f"{way}_g_ha_yr"] = (_G_HA * over / n_year).T.ravel()
    return pd.DataFrame(columns)


def largest_sources(table: pd.DataFrame, metal: str, at_most: int = 8) -> pd.DataFrame:
    """Rows of a metal with the largest contents; the rest summed as ``others``."""
    rows = table[table["metal"] == metal].sort_values(
        "content_mg_kg", ascending=False, kind="stable"
    )
    rows = rows[(rows["content_mg_kg"] > 0.0) | (rows.filter(like="g_ha_yr") > 0.0).any(axis=1)]
    if len(rows) <= at_most:
        return rows
    rest = rows.iloc[at_most - 1 :]
    others: dict[str, Any] = {c: rest[c].sum() for c in rest.select_dtypes("number").columns}
    others |= {"metal": metal, "tag": "others", "source": f"{len(rest)} others"}
    return pd.concat([rows.iloc[: at_most - 1], pd.DataFrame([others])], ignore_index=True)


def weighted_mean(
    values: NDArray[np.floating[Any]], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Mean over the cells ``[..., row, col]`` with a weight, of those that have a value."""
    cells = weight > 0.0
    chosen = values[..., cells].astype(np.float64)
    part = np.where(np.isfinite(chosen), weight[cells], 0.0)
    total = np.sum(np.where(part > 0.0, chosen * part, 0.0), axis=-1)
    return np.asarray(total / part.sum(axis=-1))


def tagged(run: RunFolder) -> xr.Dataset:
    """Return the history of a run with source tags.

    Raises
    ------
    InputError
        If it has none.
    """
    if "content_by_source" not in run.history:
        raise InputError(
            Problem(
                f"run {run_name(run)!r}", "has no source tags",
                'metal is told apart by source where the scenario has [tags] by = "sector"',
                "Set it and run again.",
            )
        )  # fmt: skip
    return run.history


def _soil(run: RunFolder) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(run.history["content"][0, 0, 0].values))


def _not_empty(place: Place) -> Place:
    if not place.weight.any():
        raise InputError(
            Problem(
                place.name, "has no cell with soil", "sources are told of cells with soil",
                "Choose another place.",
            )
        )  # fmt: skip
    return place


def _unknown(what: str, name: str, rule: str, known: Sequence[str] | dict[str, int]) -> InputError:
    return InputError(
        Problem(f"{what} {name!r}", "is not in the run", rule, suggest(name, list(known)))
    )
