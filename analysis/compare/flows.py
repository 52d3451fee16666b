"""What entered and left the soil of a run, as signed amounts of the region."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.runs import pathways_of
from simulator.constants import MG_PER_KG
from simulator.record import RunFolder
from simulator.region.model import Grid

#: Parts of the soil that amounts are told of.
SCOPES = ("control layer", "column")


def signed_totals(run: RunFolder, start: int, end: int) -> pd.DataFrame:
    """Fluxes of the region with their effect on the stock of the control layer and the column.

    Parameters
    ----------
    run : RunFolder
        A run.
    start, end : int
        Years ``[start, end)``.

    Returns
    -------
    pandas.DataFrame
        ``year, metal, pathway``, the gains ``control layer`` and ``column`` [kg yr-1], negative
        for what leaves, and ``enters``: whether it counts with the inputs of the column, as
        what runs off before it entered the soil does, which is taken off them.
    """
    totals = between(run.totals, start, end)
    n_layer = len(run.manifest["layer_thickness"])
    effect = {
        (p.name, layer + 1): p.signs(layer, n_layer)  # layers count from 1
        for p in pathways_of(run)
        for layer in range(n_layer)
    }
    signs = np.array([effect[k] for k in zip(totals["pathway"], totals["layer"], strict=True)])
    signs = signs.reshape(-1, n_layer)
    amount = totals["kg_per_yr"].to_numpy()
    bypass = [p.name for p in pathways_of(run) if p.kind == "bypass"]
    column = amount * signs.sum(axis=1)
    return totals[["year", "metal", "pathway"]].assign(
        **{SCOPES[0]: amount * signs[:, 0], SCOPES[1]: column},
        enters=(column > 0.0) | totals["pathway"].isin(bypass).to_numpy(),
    )


def inputs_and_outputs(signed: pd.DataFrame) -> pd.DataFrame:
    """Input to and output of the column: ``year, metal, input_kg, output_kg``. [kg yr-1]."""
    net, enters = signed["column"], signed["enters"]
    split = signed[["year", "metal"]].assign(
        input_kg=np.where(enters, net, 0.0), output_kg=np.where(enters, 0.0, -net)
    )
    return split.groupby(["year", "metal"], as_index=False).sum()


def stock_kg(run: RunFolder, year: int, grid: Grid) -> pd.DataFrame:
    """Metal in open and sealed soil: :data:`SCOPES` by metal at the beginning of a year. [kg]."""
    state = run.history[["stock", "stock_sealed"]].sel(year=year)
    held = sum(np.nansum(state[name].values, axis=(-2, -1), dtype=np.float64) for name in state)
    kg = np.asarray(held) * grid.cell_area / MG_PER_KG  # [metal, layer]
    columns = dict(zip(SCOPES, (kg[:, 0], kg.sum(axis=1)), strict=True))
    return pd.DataFrame(columns, index=pd.Index(run.history["metal"].values, name="metal"))


def between(table: pd.DataFrame, start: int, end: int) -> pd.DataFrame:
    """Rows of the years ``[start, end)``."""
    return table[(table["year"] >= start) & (table["year"] < end)]
