"""The arrays of the state: the only place where a cell's numbers live."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.constants import LAND_CLASSES, METALS, WATER_CLASS
from simulator.fields import FIELDS, STATE_FIELDS
from simulator.physics import land
from simulator.physics.slices import slices_of
from simulator.region.model import Region

_WATER: Final = LAND_CLASSES.index(WATER_CLASS)

#: Below this open share a cell's shown content is that of the soil under its pavement.
MIN_OPEN_SHARE: Final = 1.0e-6


class State:
    """Named arrays over cells; every array is C-contiguous, row 0 is north.

    The attributes are the keys of :data:`simulator.fields.STATE_FIELDS`, shaped after the field's
    ``dims``. ``flat(key)`` is the same memory with the cells on one axis.

    Parameters
    ----------
    shape : tuple of int
        ``(rows, cols)``.
    layer_thickness : array_like ``[layer]``
        Soil layers from the top. [m]

    Attributes
    ----------
    slices : Slices
        How transport divides the layers.
    """

    stock: NDArray[np.float64]
    slice_share: NDArray[np.float32]
    stock_sealed: NDArray[np.float64]
    open_share: NDArray[np.float64]
    sealed_share: NDArray[np.float64]
    soil_mass: NDArray[np.float64]
    water_content: NDArray[np.float64]
    ph: NDArray[np.float64]
    percolation: NDArray[np.float64]
    runoff_depth: NDArray[np.float64]
    soil_loss: NDArray[np.float64]
    solution_coefficient: NDArray[np.float64]

    def __init__(self, shape: tuple[int, int], layer_thickness: ArrayLike) -> None:
        self.shape = shape
        self.slices = slices_of(layer_thickness)
        self.n_layer = int(self.slices.layer[-1]) + 1
        self.n_cell = shape[0] * shape[1]
        sizes = {
            "metal": len(METALS),
            "layer": self.n_layer,
            "slice": len(self.slices),
            "land_class": len(LAND_CLASSES),
            "row": shape[0],
            "col": shape[1],
        }
        for key in STATE_FIELDS:
            kind = np.float32 if key == "slice_share" else np.float64
            setattr(self, key, np.zeros([sizes[d] for d in FIELDS[key].dims], dtype=kind))
        self.slice_share[...] = self.slices.share[:, None, None]
        self._open_ground = np.zeros(shape)

    def flat(self, key: str) -> NDArray[np.float64]:
        """View of a field with the cells on one last axis."""
        array: NDArray[np.float64] = getattr(self, key)
        return array.reshape(*array.shape[:-2], self.n_cell)

    @property
    def open_ground(self) -> NDArray[np.float64]:
        """Share of the cell that is unsealed soil, ``[row, col]``. [-]."""
        return self._open_ground

    def content(self, cell: int | slice = slice(None)) -> NDArray[np.float64]:
        """Total metal per dry mass of soil, ``[metal, layer, cell]``. [kg kg-1].

        That of the open soil, or of the soil under the pavement where (almost) none is open;
        NaN where there is no soil.
        """
        cells = slice(cell, cell + 1) if isinstance(cell, int) else cell
        ground = self._open_ground.reshape(-1)[cells]
        sealed = self.flat("sealed_share")[cells]
        mass = self.flat("soil_mass")[:, cells]
        is_open = ground > MIN_OPEN_SHARE
        share = np.where(is_open, ground, sealed)
        stock = np.where(
            is_open, self.flat("stock")[..., cells], self.flat("stock_sealed")[..., cells]
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(share * mass > 0.0, stock / (share * mass), np.nan)

    def set_land(self, open_share: NDArray[np.float64], sealed_share: NDArray[np.float64]) -> None:
        """Take new land shares and move metal between open and sealed soil with them.

        Sealing takes its share of the open stock under the pavement; unsealing gives it back. The
        sum of both stocks does not change.

        Parameters
        ----------
        open_share : ndarray ``[land_class, row, col]``
            Unsealed share by class. [-]
        sealed_share : ndarray ``[row, col]``
            Sealed share. [-]
        """
        land.seal(
            (sealed_share - self.sealed_share).reshape(-1),
            self.flat("open_ground"),
            self.flat("sealed_share"),
            self.flat("stock"),
            self.flat("stock_sealed"),
            0,
            self.n_cell,
        )
        self.open_share[...] = open_share
        self.sealed_share[...] = sealed_share
        self._open_ground[...] = _without_water(self.open_share)

    def total(self) -> NDArray[np.float64]:
        """Metal in the region per unit cell area, open and sealed, ``[metal]``. [kg m-2 cells]."""
        axes = (1, 2, 3)
        return self.stock.sum(axis=axes) + self.stock_sealed.sum(axis=axes)


def initial_state(
    region: Region, open_share: NDArray[np.float64], sealed_share: NDArray[np.float64]
) -> State:
    """State of a region at the start: background content under open and sealed ground alike."""
    state = State(region.grid.shape, region.layer_thickness)
    mask = region.soil_mask
    state.set_land(np.where(mask, open_share, 0.0), np.where(mask, sealed_share, 0.0))
    state.soil_mass[...] = np.where(
        mask, region.soil.bulk_density * region.layer_thickness[:, None, None], 0.0
    )
    state.ph[...] = np.where(mask, region.soil.ph, 7.0)
    per_ground = np.where(mask, region.background, 0.0) * state.soil_mass
    state.stock[...] = per_ground * state.open_ground
    state.stock_sealed[...] = per_ground * state.sealed_share
    return state


def _without_water(open_share: NDArray[np.float64]) -> NDArray[np.float64]:
    total = open_share[0].copy()
    for c in range(1, len(LAND_CLASSES)):
        if c != _WATER:
            total += open_share[c]
    return total
