"""What was recorded of one cell, and how it adds up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray


@dataclass(frozen=True)
class CellRecord:
    """Everything that was recorded of one cell, in memory and in display units.

    Attributes
    ----------
    row, col : int
        The cell.
    history : xarray.Dataset
        State at the beginning of the recorded years, over ``year, metal, layer, land_class``.
    ledger : xarray.Dataset or None
        Fluxes as booked; None if only totals were recorded.
    contributions : xarray.DataArray or None
        What each pathway added to each layer, ``[pathway, year, metal, layer]``, signed: their sum
        is the change of :attr:`stock`. [mg m-2 in the interval]
    parcels : pandas.DataFrame
        Rows of the parcels in the cell, the largest share first, each with its changes; ``share``
        is the share of the cell's area that the parcel covers.
    """

    row: int
    col: int
    history: xr.Dataset
    ledger: xr.Dataset | None
    contributions: xr.DataArray | None
    parcels: pd.DataFrame

    @property
    def stock(self) -> xr.DataArray:
        """Metal in open and sealed soil together, ``[year, metal, layer]``. [mg m-2]."""
        return self.history["stock"] + self.history["stock_sealed"]

    @property
    def residual(self) -> xr.DataArray | None:
        """Change of stock that no pathway explains, ``[year, metal, layer]``. [mg m-2].

        It is what rounding leaves.
        """
        if self.contributions is None:
            return None
        change = self.stock.diff("year", label="lower")
        return change - self.contributions.sum("pathway")


def contributions(ledger: xr.Dataset, pathways: Sequence[dict[str, Any]]) -> xr.DataArray:
    """Signed effect of every pathway on the stock of each layer.

    Parameters
    ----------
    ledger : xarray.Dataset
        Fluxes of one cell.
    pathways : sequence of dict
        As the manifest lists them: ``name`` and ``signs [slot][layer]``.

    Returns
    -------
    xarray.DataArray ``[pathway, year, metal, layer]``
        [mg m-2 in the interval]
    """
    fluxes = {p["name"]: ledger[p["name"]].values for p in pathways}
    return xr.DataArray(
        layer_effects(fluxes, pathways),
        dims=("pathway", "year", "metal", "layer"),
        coords={
            "pathway": [p["name"] for p in pathways],
            "year": ledger["year"],
            "metal": ledger["metal"],
            "layer": ledger["layer"],
        },
        attrs={"units": "mg m-2", "long_name": "gain of the layer in the interval"},
    )


def layer_effects(
    fluxes: Mapping[str, NDArray[Any]], pathways: Sequence[dict[str, Any]]
) -> NDArray[np.float64]:
    """Signed effect of every pathway on the stock of each layer, from its fluxes.

    Parameters
    ----------
    fluxes : mapping of str to ndarray ``[..., layer]``, or ``[...]`` of what is not layered
        By pathway.
    pathways : sequence of dict
        As the manifest lists them: ``name``, ``layered`` and ``signs [slot][layer]``.

    Returns
    -------
    ndarray ``[pathway, ..., layer]``
        In the unit of the fluxes.
    """
    parts = []
    for pathway in pathways:
        flux = fluxes[pathway["name"]].astype(np.float64)
        slots = flux if pathway["layered"] else flux[..., None]
        parts.append(slots @ np.array(pathway["signs"], dtype=np.float64))
    return np.stack(parts)
