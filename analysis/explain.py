"""Why a cell is what it is: its history, every pathway of every year, and what stands around it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from analysis.runs import (
    cell_of,
    control_layer,
    layer_name,
    metal_of,
    pathways_of,
    year_of,
    years_of,
)
from simulator.ledger import Pathway
from simulator.record import RunFolder

_COMPASS: Final = (
    "north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"
)  # fmt: skip


@dataclass(frozen=True)
class NearSource:
    """A point source seen from the cell: where it stands and what it emitted since the start."""

    id: str
    name: str
    sector: str
    distance_m: float
    direction: str
    emitted_kg: float


@dataclass(frozen=True)
class CellParcel:
    """A parcel in the cell, as it is at the end of the period, with its changes of class."""

    id: int
    land_class: str
    share: float  #: of the cell's area [-]
    impervious: float
    changes: list[str]


@dataclass(frozen=True)
class CellHistory:
    """One metal in one cell, from the start of the run to a year.

    Attributes
    ----------
    row, col : int
        The cell; ``x, y`` is its centre. [m]
    district : str
        Name of its district; empty outside of all.
    metal : str
        Symbol.
    control_layer : str
        The first layer in words, ``top 20 cm``.
    layers : list of str
        Depth of each layer.
    years : ndarray ``[state]``
        Years at whose beginning the state was recorded.
    content : ndarray of float32 ``[state, layer]``
        Content. [mg kg-1]
    stock : ndarray ``[state, layer]``
        Stock of open and sealed ground together, per area of the cell. [mg m-2]
    pathways : list of Pathway
        Pathways of the ledger, in its order.
    effect : ndarray ``[interval, pathway, layer]`` or None
        What each pathway added to (or, negative, took from) each layer between two states. None
        where the run kept no fluxes of single cells. [mg m-2]
    land : dict
        Share of the cell by land class, open, and ``sealed``, at the last state. [-]
    """

    row: int
    col: int
    x: float
    y: float
    district: str
    metal: str
    control_layer: str
    layers: list[str]
    years: NDArray[np.int64]
    content: NDArray[np.float32]
    stock: NDArray[np.float64]
    pathways: list[Pathway]
    effect: NDArray[np.float64] | None
    land: dict[str, float]
    parcels: list[CellParcel]
    sources: list[NearSource]

    @property
    def residual(self) -> NDArray[np.float64]:
        """Change of stock less the sum of the pathways, ``[interval, layer]``. [mg m-2]."""
        assert self.effect is not None
        residual: NDArray[np.float64] = np.diff(self.stock, axis=0) - self.effect.sum(axis=1)
        return residual

    @property
    def relative_residual(self) -> float:
        """Largest residual against the stock and what moved in its interval. [-]."""
        assert self.effect is not None
        scale = np.abs(self.stock[:-1]) + np.abs(self.effect).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            relative = np.where(scale > 0.0, np.abs(self.residual) / scale, 0.0)
        return float(relative.max(initial=0.0))


def explain(run: RunFolder, row: int, col: int, metal: str, year: int | None = None) -> CellHistory:
    """History of a metal in a cell from the start to a year.

    Parameters
    ----------
    run : RunFolder
        The run, finished or not.
    row, col : int
        The cell; row 0 is north.
    metal : str
        Symbol of the metal.
    year : int, optional
        A year of the history; the last one by default.

    Raises
    ------
    InputError
        If the run does not hold the cell, metal or year.
    """
    metal, year = metal_of(run, metal), year_of(run, year)
    row, col = cell_of(run, row, col)
    record = run.cell(row, col, metal)
    years = years_of(run)
    years = years[years <= year]
    here = record.history.sel(year=years)
    x, y = float(here["x"]), float(here["y"])
    land = here["open_share"].sel(year=year)
    shares = {str(c): float(v) for c, v in zip(land["land_class"].values, land.values, strict=True)}
    shares["sealed"] = float(here["sealed_share"].sel(year=year))
    effect = None
    if record.contributions is not None:
        between = record.contributions.sel(metal=metal, year=years[:-1])
        effect = between.transpose("year", "pathway", "layer").values
    return CellHistory(
        row, col, x, y, _district(run, here), metal,
        control_layer(run),
        [layer_name(run, i) for i in range(here.sizes["layer"])],
        years,
        here["content"].sel(metal=metal).transpose("year", "layer").values,
        record.stock.sel(metal=metal, year=years).transpose("year", "layer").values.astype(float),
        pathways_of(run),
        effect,
        {name: share for name, share in shares.items() if share > 0.0},
        _parcels(record.parcels, year),
        near_sources(run, x, y, metal, year),
    )  # fmt: skip


def _district(run: RunFolder, here: xr.Dataset) -> str:
    return str(run.manifest["region"]["districts"].get(str(int(here["district"])), ""))


def near_sources(
    run: RunFolder, x: float, y: float, metal: str, year: int, at_most: int = 3
) -> list[NearSource]:
    """Sources that emitted a metal before a year, the nearest to a point first.

    Parameters
    ----------
    x, y : float
        Point in the CRS of the run. [m]
    """
    table = run.sources
    table = table[(table["metal"] == metal) & (table["year"] < year) & (table["kg_per_yr"] > 0.0)]
    table = table[table["x"].notna()]  # area sources are everywhere
    found = []
    for source, rows in table.groupby("id"):
        first = rows.iloc[0]
        east, north = float(first["x"]) - x, float(first["y"]) - y
        found.append(
            NearSource(
                str(source), str(first["name"]), str(first["sector"]), math.hypot(east, north),
                compass(east, north), float(rows["kg_per_yr"].sum()),
            )
        )  # fmt: skip
    return sorted(found, key=lambda s: (s.distance_m, s.id))[:at_most]


def compass(east: float, north: float) -> str:
    """Direction of a step in eight points.

    Examples
    --------
    >>> compass(1.0, 0.9), compass(0.0, -1.0)
    ('north-east', 'south')
    """
    return _COMPASS[round(math.degrees(math.atan2(east, north)) / 45.0) % 8]


def _parcels(table: pd.DataFrame, year: int) -> list[CellParcel]:
    """Parcels of a cell at the beginning of a year, the largest first."""
    found = []
    for _, rows in table[table["year"] <= year].groupby("id", sort=False):
        last = rows.iloc[-1]
        found.append(
            CellParcel(
                int(last["id"]), str(last["land_class"]), float(last["share"]),
                float(last["impervious"]), _changes(rows),
            )
        )  # fmt: skip
    return found


def _changes(past: pd.DataFrame) -> list[str]:
    """Changes of land class; rows of a new sealed share alone are none."""
    classes = past["land_class"].astype(str).tolist()
    years = past["year"].tolist()
    return [
        f"{year}: {old} to {new}"
        for year, old, new in zip(years[1:], classes[:-1], classes[1:], strict=True)
        if new != old
    ]


def why(history: CellHistory) -> str:
    """Say in a sentence or two how the control layer changed and what did most of it."""
    first, last = history.content[0, 0], history.content[-1, 0]
    begin, end = history.years[0], history.years[-1]
    if history.years.size < 2:
        return f"{history.metal} in the {history.control_layer}: {last:.4g} mg/kg in {begin}."
    verb = "rose" if last > first else "fell" if last < first else "stayed"
    text = (
        f"{history.metal} in the {history.control_layer} {verb} from {first:.4g} to {last:.4g} "
        f"mg/kg between {begin} and {end} ({100.0 * (last / first - 1.0):+.1f} %)."
    )
    if history.effect is None:
        return text
    total = history.effect[:, :, 0].sum(axis=0)
    entered, left = np.maximum(total, 0.0), -np.minimum(total, 0.0)
    if entered.sum() > 0.0:
        text += f" Of what was added, {_largest(history.pathways, entered)}."
    if left.sum() > 0.0:
        text += f" Of what left, {_largest(history.pathways, left)}."
    return text


def _largest(pathways: list[Pathway], amounts: NDArray[np.float64]) -> str:
    shares = amounts / amounts.sum()
    order = [k for k in np.argsort(-shares, kind="stable")[:2] if shares[k] >= 0.01]
    return " and ".join(f"{100.0 * shares[k]:.0f} % was {pathways[k].label.lower()}" for k in order)
