"""The ledger: every flux of every year by pathway; it closes or the run stops."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.constants import METALS
from simulator.errors import BalanceError
from simulator.physics import balance, booking, tag_arrays
from simulator.state import State

#: Largest relative residual a year may have.
TOLERANCE: Final = 1.0e-9

#: Origin of what comes from the sources of the region.
SOURCES: Final = "sources"
#: Origin of what falls on sealed ground and is led into the soil: all that falls, as it is mixed.
FALLING: Final = "falling"

_KINDS: Final = {
    "input": booking.INPUT,
    "loss": booking.LOSS,
    "downward": booking.DOWNWARD,
    "upward": booking.UPWARD,
    "bypass": booking.BYPASS,
    "signed": booking.SIGNED,
}


@dataclass(frozen=True)
class Pathway:
    """A way by which metal enters, leaves or moves within a cell.

    Attributes
    ----------
    name : str
        Name in the ledger, e.g. ``"deposition_dry"``.
    label : str
        Name in tables and figures.
    kind : str
        ``input`` (amount into its layer), ``loss`` (rate, out of the column), ``downward`` (what
        water moves into the next layer or out of the last; the balance works it out, and one
        pathway at most is of this kind), ``upward`` (what rising soil brings from the next layer,
        which the balance works out, or from below the last, an amount), ``bypass`` (part of the
        inputs that never entered the soil) or ``signed`` (amount of either sign, applied last and
        bounded by the stock).
    layered : bool
        One slot a layer, which acts on the layer as a whole, or one slot that acts at the surface.
    dissolved : bool
        A loss in solution: what is booked is the water that carries it off. [m yr-1]
    falls : bool
        An input that falls from the air on open and sealed ground alike; what falls on sealed
        ground runs off.
    origin : str
        Where an input comes from, for source tags: from itself if blank, :data:`SOURCES`,
        :data:`FALLING`, or the pathway of which it returns a part to the soil, a layered loss and
        the same for all.
    """

    name: str
    label: str
    kind: str
    layered: bool = False
    dissolved: bool = False
    falls: bool = False
    origin: str = ""

    def signs(self, layer: int, n_layer: int) -> tuple[int, ...]:
        """Effect of the slot of one layer on the stock of each layer: -1, 0 or 1."""
        effect = [0] * n_layer
        if self.kind in ("input", "signed"):
            effect[layer] = 1
        elif self.kind in ("loss", "bypass"):
            effect[layer] = -1
        else:
            sign = -1 if self.kind == "downward" else 1
            effect[layer] = sign
            if layer + 1 < n_layer:
                effect[layer + 1] = -sign
        return tuple(effect)


class Ledger:
    """Fluxes of one year, ``[metal, slot, cell]``. [kg m-2 yr-1].

    Processes write amounts (inputs), rates (losses) and water (losses in solution) into their slots
    and set ``exchange``, what water does in the year, and ``rising``, the soil that rises as the
    surface falls; :meth:`close` solves the year, turns all into amounts and changes the stock.
    Nothing else changes the stock of open soil but sealing, which moves it under the pavement.

    Parameters
    ----------
    pathways : iterable of Pathway
        In the order of the slots; names are unique.
    state : State
        The state that is balanced.
    exponent : ndarray ``[metal]``
        ``n - 1`` of the isotherm ``c = A X^n``.
    """

    def __init__(
        self, pathways: Iterable[Pathway], state: State, exponent: NDArray[np.float64]
    ) -> None:
        self.pathways = tuple(pathways)
        self.state = state
        self.exponent = np.ascontiguousarray(exponent, dtype=np.float64)
        if sum(p.kind == "downward" for p in self.pathways) > 1:
            raise ValueError("water moves metals downwards on one pathway; here are several")
        layered = {p.name for p in self.pathways if p.kind == "loss" and p.layered}
        origins = {p.origin for p in self.pathways} - {"", SOURCES, FALLING}
        if len(origins) > 1 or not origins <= layered:
            raise ValueError(
                f"inputs return metal from one layered loss at most, not from {sorted(origins)}"
            )
        kind: list[int] = []
        layer: list[int] = []
        dissolved: list[bool] = []
        spread: list[bool] = []
        self._slots: dict[str, slice] = {}
        for pathway in self.pathways:
            if pathway.name in self._slots:
                raise ValueError(f"pathway {pathway.name!r} is booked by two processes")
            n = state.n_layer if pathway.layered else 1
            self._slots[pathway.name] = slice(len(kind), len(kind) + n)
            kind += [_KINDS[pathway.kind]] * n
            layer += range(n)
            dissolved += [pathway.dissolved] * n
            spread += [pathway.layered] * n
        self.slots = booking.Slots(
            np.array(kind, dtype=np.int64),
            np.array(layer, dtype=np.int64),
            np.array(dissolved, dtype=np.bool_),
            np.array(spread, dtype=np.bool_),
        )
        self.exchange = standing_water(state)
        #: soil that rises through every face of a cell; needs an upward pathway [kg m-2 yr-1]
        self.rising = np.zeros(state.n_cell)
        self.flux = np.zeros((len(METALS), len(kind), state.n_cell))
        self.tags = tag_arrays.none(len(METALS), len(state.slices), len(kind), state.n_cell)
        self.residual = 0.0  #: largest relative residual so far [-]
        self._residuals: list[float] = []  # of this year, one a call of close
        self._opening = state.total()

    def slot(self, name: str) -> int:
        """First slot of a pathway; its further layers follow."""
        return self._slots[name].start

    def amounts(self, name: str) -> NDArray[np.float64]:
        """Fluxes of a pathway, ``[metal, layer, cell]`` (one layer if it is not layered)."""
        return self.flux[:, self._slots[name], :]

    def begin_year(self) -> None:
        """Open a year: nothing is booked on the signed slots, the others get overwritten."""
        for slot in np.flatnonzero(self.slots.kind == booking.SIGNED):
            self.flux[:, slot] = 0.0
        self._residuals.clear()

    def reopen(self, residual: float) -> None:
        """Take the stock as it is now, and the largest residual of the years before it."""
        self.residual = residual
        self._opening = self.state.total()

    @property
    def year_residual(self) -> float:
        """Largest relative residual of the cells closed this year; NaN if one is. [-]."""
        return float(np.max(self._residuals, initial=0.0))

    def close(self, start: int, stop: int) -> None:
        """Solve the year of cells ``start:stop`` and change their stock."""
        state, slices = self.state, self.state.slices
        ground = booking.Ground(
            slices.thickness,
            slices.share,
            slices.first,
            state.flat("soil_mass"),
            state.flat("solution_coefficient"),
            self.exponent,
            state.flat("open_share"),
            state.flat("open_ground"),
            self.rising,
        )
        residual = balance.close(
            self.flux,
            state.flat("stock"),
            state.slice_share.reshape(*state.slice_share.shape[:2], -1),
            self.slots,
            self.exchange,
            ground,
            self.tags,
            start,
            stop,
        )
        self._residuals.append(residual)  # appending is safe from several threads

    def end_year(self, year: int) -> None:
        """Check the year: every cell, and the region from its opening to its closing stock.

        Raises
        ------
        BalanceError
            If a residual exceeds :data:`TOLERANCE`; names the year and the size.
        """
        closing = self.state.total()
        turnover = self.totals()
        scale = self._opening + np.abs(turnover).sum(axis=1)
        change = closing - self._opening
        with np.errstate(invalid="ignore", divide="ignore"):
            regional = np.where(scale > 0.0, np.abs(change - self.net_input(turnover)) / scale, 0.0)
        worst = float(np.max([self.year_residual, np.max(regional)]))
        if not worst <= TOLERANCE or not np.isfinite(closing).all():
            raise BalanceError(
                f"the mass balance of {year} does not close: relative residual {worst:.3g} "
                f"(cells {self.year_residual:.3g}, region {float(np.max(regional)):.3g} for "
                f"{METALS[int(np.argmax(regional))]}), tolerance {TOLERANCE:g}. A process changed "
                "the stock without booking it, booked a value that is not finite or a negative "
                "rate, or a cell was stepped twice or not at all."
            )
        self.residual = max(self.residual, worst)
        self._opening = closing

    def totals(self) -> NDArray[np.float64]:
        """Sum of every slot over the cells, ``[metal, slot]``. [kg m-2 cells yr-1]."""
        return self.flux.sum(axis=-1)

    def net_input(self, totals: NDArray[np.float64]) -> NDArray[np.float64]:
        """Net gain of the columns, ``[metal]``, from the totals of the slots."""
        n_layer = self.state.n_layer
        net = np.zeros(len(METALS))
        for pathway in self.pathways:
            slots = self._slots[pathway.name]
            for layer, slot in enumerate(range(slots.start, slots.stop)):
                net += sum(pathway.signs(layer, n_layer)) * totals[:, slot]
        return net


def standing_water(state: State) -> booking.Exchange:
    """Exchange of soil whose water does not move, which is so until a process says otherwise."""
    n_slice, n_class = len(state.slices), state.open_share.shape[0]
    return booking.Exchange(
        np.zeros((n_slice + 1, n_class, 1)),
        np.zeros((n_slice + 1, n_class, 1)),
        np.zeros((n_slice, n_class, 1)),
        np.zeros(n_class),
        0,
        np.zeros(state.n_cell, dtype=np.int64),
    )
