"""A soil cell: an agent to step and to question, and a view on the arrays of the state."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mesa
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.constants import LAND_CLASSES, METALS, MG_PER_KG
from simulator.errors import RunError

if TYPE_CHECKING:
    from simulator.agents.parcel import LandUseParcel
    from simulator.model import Simulation
    from simulator.record.cell_record import CellRecord


class SoilCell(mesa.Agent):
    """One cell of the grid.

    It holds nothing but the model and an index: its numbers are those of the state, and ``step``
    runs the batch's kernels on a range of length one, so both give the same bits. Cells are made on
    demand by :class:`simulator.agents.cell_set.CellSet`; two views of one cell are equal.

    Subclass it and hand the cell to :meth:`CellSet.replace` to let a cell of your own kind live
    among the others.

    Parameters
    ----------
    model : Simulation
        The model.
    index : int
        Row-major index of the cell.
    """

    model: Simulation

    def __init__(self, model: Simulation, index: int) -> None:
        # Registering a million views would cost what the arrays were made to save: no super().
        if not 0 <= index < model.state.n_cell:
            raise IndexError(f"cell {index} is not one of the {model.state.n_cell} cells")
        self.model = model
        self.index = int(index)
        self.unique_id = int(index) + 1
        self.pos = self.position

    @property
    def position(self) -> tuple[int, int]:
        """``(row, col)``; row 0 is north."""
        row, col = divmod(self.index, self.model.state.shape[1])
        return row, col

    @property
    def content(self) -> NDArray[np.float64]:
        """Total metal per dry soil, ``[metal, layer]``. [kg kg-1]."""
        return self.model.state.content(self.index)[..., 0]

    @property
    def stock(self) -> NDArray[np.float64]:
        """Metal in open and sealed soil per area of the cell, ``[metal, layer]``. [kg m-2]."""
        state = self.model.state
        return state.flat("stock")[..., self.index] + state.flat("stock_sealed")[..., self.index]

    @property
    def sealed_share(self) -> float:
        """Sealed share of its area. [-]."""
        return float(self.model.state.flat("sealed_share")[self.index])

    @property
    def land(self) -> dict[str, float]:
        """Open share of its area by land class, without those it has not. [-]."""
        shares = self.model.state.flat("open_share")[:, self.index]
        return {c: float(s) for c, s in zip(LAND_CLASSES, shares, strict=True) if s > 0.0}

    @property
    def fluxes(self) -> dict[str, NDArray[np.float64]]:
        """Fluxes of the last closed year by pathway, ``[metal, layer]``. [kg m-2 yr-1]."""
        ledger = self.model.ledger
        return {p.name: ledger.amounts(p.name)[..., self.index].copy() for p in ledger.pathways}

    @property
    def parcels(self) -> list[LandUseParcel]:
        """Parcels that lie in it, the largest share first."""
        return self.model.parcels_of(self.index)

    @property
    def neighbours(self) -> list[SoilCell]:
        """The up to eight cells around it."""
        rows, cols = self.model.state.shape
        row, col = self.position
        return [
            self.model.cells[r * cols + c]
            for r in range(max(row - 1, 0), min(row + 2, rows))
            for c in range(max(col - 1, 0), min(col + 2, cols))
            if (r, c) != (row, col)
        ]

    def history(self) -> CellRecord:
        """Everything recorded of it so far: contents, stocks, fluxes and parcels by year.

        Raises
        ------
        RunError
            If the run is not being recorded.
        """
        return self.model.recorder.cell(*self.position)

    def explain(self, year: int | None = None) -> pd.DataFrame:
        """What each pathway added to its column in a year, by metal; they sum to the change.

        Parameters
        ----------
        year : int, optional
            A recorded year; the last closed one by default, which needs no record.

        Returns
        -------
        pandas.DataFrame
            Rows are pathways, columns metals. [mg m-2 yr-1]
        """
        ledger, n_layer = self.model.ledger, self.model.state.n_layer
        if year is not None:
            gains = self.history().contributions
            if gains is None:
                raise RunError("the run records no fluxes of cells; set record.ledger = 'cells'")
            if year not in gains["year"]:
                raise RunError(f"year {year} is not recorded")
            column = gains.sel(year=year).sum("layer")
            return pd.DataFrame(column.values, index=column["pathway"].values, columns=METALS)
        rows = {}
        for pathway in ledger.pathways:
            amounts = ledger.amounts(pathway.name)[..., self.index]
            signs = [sum(pathway.signs(z, n_layer)) for z in range(amounts.shape[1])]
            rows[pathway.name] = amounts @ np.array(signs, dtype=float) * MG_PER_KG
        return pd.DataFrame.from_dict(rows, orient="index", columns=METALS)

    def step(self) -> None:
        """Step the balance of one year: book the fluxes, then close."""
        self.exchange()
        self.close()

    def exchange(self) -> None:
        """Let every process book its fluxes for this cell, from the state of the year's start."""
        self.model.book(self.index, self.index + 1)

    def book(self, pathway: str, metal: str, amount: float) -> None:
        """Book an amount of one's own for the top layer, between ``exchange`` and ``close``.

        Parameters
        ----------
        pathway : str
            A pathway of kind ``signed``, e.g. ``"remediation"``.
        metal : str
            Symbol of the metal.
        amount : float
            Gain of the layer, negative to remove; a removal is bounded by the stock. [kg m-2 yr-1]
        """
        ledger = self.model.ledger
        signed = [p.name for p in ledger.pathways if p.kind == "signed"]
        if pathway not in signed:
            raise ValueError(f"{pathway!r} is not a signed pathway; these are: {', '.join(signed)}")
        if metal not in METALS:
            raise ValueError(f"{metal!r} is not one of {', '.join(METALS)}")
        if not math.isfinite(amount):
            raise ValueError(f"cannot book {amount} on {pathway!r}")
        ledger.amounts(pathway)[METALS.index(metal), 0, self.index] += amount

    def close(self) -> None:
        """Solve the year of this cell and change its stock."""
        self.model.require_open_year()
        self.model.ledger.close(self.index, self.index + 1)

    def remove(self) -> None:
        """Refuse: the grid fixes the cells."""
        raise TypeError("a soil cell is fixed by the grid and cannot be removed")

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, SoilCell) and other.model is self.model and other.index == self.index
        )

    def __hash__(self) -> int:
        return hash((id(self.model), self.index))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.position}>"
