"""A soil cell: an agent to step and to question, and a view on the arrays of the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np
from numpy.typing import NDArray

from simulator.constants import LAND_CLASSES, METALS

if TYPE_CHECKING:
    from simulator.agents.parcel import LandUseParcel
    from simulator.model import Simulation


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

    def step(self) -> None:
        """Step the balance of one year: book the fluxes, then close."""
        self.exchange()
        self.close()

    def exchange(self) -> None:
        """Let every process book its fluxes for this cell, from the state of the year's start."""
        self.model.book(self.index, self.index + 1)

    def book(self, pathway: str, metal: str, amount: float, layer: int = 0) -> None:
        """Book an amount of one's own on a signed pathway, between ``exchange`` and ``close``.

        Parameters
        ----------
        pathway : str
            A pathway of kind ``signed``, e.g. ``"remediation"``.
        metal : str
            Symbol of the metal.
        amount : float
            Gain of the layer, negative to remove; a removal is bounded by the stock. [kg m-2 yr-1]
        layer : int
            Layer, 0 on top.
        """
        ledger = self.model.ledger
        kinds = {p.name: p for p in ledger.pathways}
        if pathway not in kinds or kinds[pathway].kind != "signed":
            signed = [p.name for p in ledger.pathways if p.kind == "signed"]
            raise ValueError(f"{pathway!r} is not a signed pathway; these are: {', '.join(signed)}")
        ledger.amounts(pathway)[METALS.index(metal), layer, self.index] += amount

    def close(self) -> None:
        """Solve the year of this cell and change its stock."""
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
