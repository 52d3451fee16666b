"""A parcel of land as an agent: a view on one row of the parcel set."""

from __future__ import annotations

from typing import Any

import mesa
import numpy as np
import shapely
from numpy.typing import NDArray

from simulator.agents.parcel_set import Conversion, ParcelSet
from simulator.constants import LAND_CLASSES


class LandUseParcel(mesa.Agent):
    """One parcel; its numbers live in ``model.parcels``.

    Parameters
    ----------
    model : mesa.Model
        Model with the attribute ``parcels``, a :class:`~simulator.agents.parcel_set.ParcelSet`.
    index : int
        Row of the set.
    """

    model: Any

    def __init__(self, model: Any, index: int) -> None:
        super().__init__(model)
        if not 0 <= index < len(model.parcels):
            raise IndexError(f"there is no parcel {index} among {len(model.parcels)}")
        self.index = index

    @property
    def _parcels(self) -> ParcelSet:
        parcels: ParcelSet = self.model.parcels
        return parcels

    @property
    def id(self) -> int:
        """Id in the region's files."""
        return int(self._parcels.map.ids[self.index])

    @property
    def land_class(self) -> str:
        """Land class."""
        return LAND_CLASSES[self._parcels.land_class[self.index]]

    @property
    def impervious(self) -> float:
        """Sealed share of the parcel. [-]."""
        return float(self._parcels.impervious[self.index])

    @property
    def area(self) -> float:
        """Area. [m2]."""
        return float(self._parcels.map.area[self.index])

    @property
    def zone(self) -> str:
        """``open``, or ``protected``: never built on."""
        return "protected" if self._parcels.kept_open[self.index] else "open"

    @property
    def built_since(self) -> float:
        """Date at which building began; -inf before the run, NaN where nothing is built. [yr]."""
        return float(self._parcels.built_since[self.index])

    @property
    def geometry(self) -> shapely.Geometry:
        """Outline in the grid's CRS."""
        return self._parcels.map.geometry[self.index]

    @property
    def cells(self) -> tuple[NDArray[np.integer], NDArray[np.float64]]:
        """Cells that the parcel lies in, and the share of each cell's area that it covers. [-]."""
        rows = self._parcels.map.by_parcel
        here = slice(rows.indptr[self.index], rows.indptr[self.index + 1])
        return rows.indices[here].copy(), rows.data[here].copy()

    @property
    def history(self) -> tuple[Conversion, ...]:
        """What was changed here, in order."""
        return tuple(e for e in self._parcels.history if e.parcel == self.id)

    def step(self) -> None:
        """Let the sealed share grow for a year, in this parcel only."""
        self._parcels.densify(slice(self.index, self.index + 1))

    def convert(self, to_class: str, year: float) -> Conversion:
        """Change the land class; see :meth:`~simulator.agents.parcel_set.ParcelSet.convert`."""
        return self._parcels.convert(self.index, to_class, year)
