"""The arrays of the state: the only place where a cell's numbers live."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.constants import LAND_CLASSES, METALS, WATER_CLASS
from simulator.fields import FIELDS, STATE_FIELDS
from simulator.physics import land, tag_arrays
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
    sediment_delivery: NDArray[np.float64]
    solution_coefficient: NDArray[np.float64]
    tag_stock: NDArray[np.float64]
    tag_stock_sealed: NDArray[np.float64]

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
            "tag": 0,
            "row": shape[0],
            "col": shape[1],
        }
        for key in STATE_FIELDS:
            kind = np.float32 if key == "slice_share" else np.float64
            setattr(self, key, np.zeros([sizes[d] for d in FIELDS[key].dims], dtype=kind))
        self.slice_share[...] = self.slices.share[:, None, None]
        self._open_ground = np.zeros(shape)

    def add_tags(self, count: int) -> None:
        """Tell the metal apart by so many source tags; all that is there has the first one."""
        self.tag_stock = np.zeros((count, *self.slice_share.shape))
        self.tag_stock_sealed = np.zeros((count, *self.stock.shape))
        share = self.slice_share.astype(np.float64)
        layer, first = self.slices.layer, self.slices.first
        share /= np.add.reduceat(share, first[:-1], axis=1)[:, layer]
        self.tag_stock[0] = self.stock[:, layer] * share
        self.tag_stock_sealed[0] = self.stock_sealed

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
        mass = self.flat("soil_mass")[:, cells]
        is_open, share = self._shown(cells)
        stock = np.where(
            is_open, self.flat("stock")[..., cells], self.flat("stock_sealed")[..., cells]
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(share * mass > 0.0, stock / (share * mass), np.nan)

    def content_by_tag(self, cells: slice = slice(None)) -> NDArray[np.float64]:
        """Content of :meth:`content` by source tag, ``[tag, metal, layer, cell]``. [kg kg-1]."""
        is_open, _ = self._shown(cells)
        open_stock = np.add.reduceat(
            self.flat("tag_stock")[..., cells], self.slices.first[:-1], axis=2
        )
        stock = np.where(is_open, open_stock, self.flat("tag_stock_sealed")[..., cells])
        total = stock.sum(axis=0)
        share = np.divide(stock, total, out=np.zeros_like(stock), where=total > 0.0)
        return share * self.content(cells)

    def _shown(self, cells: slice) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Whether it is the open soil of cells that is shown, and the share of what is."""
        ground = self._open_ground.reshape(-1)[cells]
        is_open = ground > MIN_OPEN_SHARE
        return is_open, np.where(is_open, ground, self.flat("sealed_share")[cells])

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
        change = (sealed_share - self.sealed_share).reshape(-1)
        ground = self.flat("open_ground"), self.flat("sealed_share")
        tag_arrays.seal(
            change,
            *ground,
            self.slice_share.reshape(*self.slice_share.shape[:2], -1),
            self.slices.first,
            self.flat("tag_stock"),
            self.flat("tag_stock_sealed"),
            0,
            self.n_cell,
        )
        land.seal(
            change,
            *ground,
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
    region: Region,
    open_share: NDArray[np.float64],
    sealed_share: NDArray[np.float64],
    *,
    surveyed: bool = False,
    background_factor: ArrayLike = 1.0,
) -> State:
    """State of a region at the start, under open and sealed ground alike.

    Parameters
    ----------
    region : Region
        The region.
    open_share : ndarray ``[land_class, row, col]``
        Unsealed share by class. [-]
    sealed_share : ndarray ``[row, col]``
        Sealed share. [-]
    surveyed : bool
        Whether the top layer has what the region's survey found; the others, and the top one
        without a survey of it, have the background content.
    background_factor : array_like
        Factor on the background content, for all or by ``[metal]``. [-]
    """
    state = State(region.grid.shape, region.layer_thickness)
    mask = region.soil_mask
    state.set_land(np.where(mask, open_share, 0.0), np.where(mask, sealed_share, 0.0))
    state.soil_mass[...] = np.where(
        mask, region.soil.bulk_density * region.layer_thickness[:, None, None], 0.0
    )
    state.ph[...] = np.where(mask, region.soil.ph, 7.0)
    factor = np.reshape(background_factor, (-1, 1, 1, 1))
    content = np.where(mask, region.background * factor, 0.0)
    if surveyed and region.survey is not None:
        content[:, 0] = surveyed_content(content[:, 0], region, state.open_share)
    per_ground = content * state.soil_mass
    state.stock[...] = per_ground * state.open_ground
    state.stock_sealed[...] = per_ground * state.sealed_share
    return state


def surveyed_content(
    background: NDArray[np.float64], region: Region, open_share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Content of the top layer by a survey, ``[metal, row, col]``. [kg kg-1].

    A map is taken as it is. For a mean the background contents of its scope are multiplied by one
    factor, which keeps the contrast between soils; the factor is that of all its cells, also of
    those that a narrower scope claims. A cell counts to the land class that has most of its open
    soil. A scope without cells changes nothing.

    Parameters
    ----------
    background : ndarray ``[metal, row, col]``
        Background content of the top layer. [kg kg-1]
    region : Region
        With a survey.
    open_share : ndarray ``[land_class, row, col]``
        Unsealed share by class. [-]
    """
    survey, content = region.survey, background.copy()
    assert survey is not None
    if survey.top is not None:
        return np.where(region.soil_mask & ~np.isnan(survey.top), survey.top, background)
    soil_class = np.where(np.arange(len(LAND_CLASSES)) == _WATER, 0.0, 1.0)
    most = np.argmax(open_share * soil_class[:, None, None], axis=0)
    for mean in survey.means:
        scope = region.soil_mask.copy()
        if mean.district is not None:
            scope &= region.district == mean.district
        if mean.land_class is not None:
            scope &= (most == mean.land_class) & (open_share[mean.land_class] > 0.0)
        natural = background[mean.metal]
        level = natural[scope].mean() if scope.any() else 0.0
        if level > 0.0:
            content[mean.metal, scope] = natural[scope] * (mean.content / level)
    return content


def _without_water(open_share: NDArray[np.float64]) -> NDArray[np.float64]:
    total = open_share[0].copy()
    for c in range(1, len(LAND_CLASSES)):
        if c != _WATER:
            total += open_share[c]
    return total
