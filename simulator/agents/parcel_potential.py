"""How suitable parcels are to be built on next: by a stated rule, or learned from past maps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.agents.parcel_map import ParcelMap, ratio
from simulator.constants import LAND_CLASSES, WATER_CLASS
from simulator.landuse.context import LandContext, Snapshot
from simulator.physics.growth import suitability
from simulator.region.model import Region
from simulator.region.overlay import OVERLAP_TOLERANCE, overlay

if TYPE_CHECKING:
    from simulator.agents.parcel_set import ParcelSet
    from simulator.landuse.growth_model import GrowthModel

_WATER_CODE: Final = LAND_CLASSES.index(WATER_CLASS)

#: How a run learns: drivers change over fifty years, and a smooth law goes on beyond what was seen.
_METHOD: Final = "logistic"

#: A pixel with this share of water and more is never built on.
_MOSTLY: Final = 0.5


class Potential(Protocol):
    """Says where land is built on; only ratios between parcels matter."""

    def __call__(self, parcels: ParcelSet, year: float) -> NDArray[np.float64]:
        """Weight of each parcel at a date, ``[parcel]``; not negative. [-]."""


class StatedPotential:
    """Built neighbourhood, distance to the nearest centre and slope, by a stated rule.

    See :func:`simulator.physics.growth.suitability`.
    """

    def __call__(self, parcels: ParcelSet, year: float) -> NDArray[np.float64]:
        """Weight of each parcel, ``[parcel]``. [-]."""
        around = parcels.map
        return suitability(
            ratio(around.adjacency @ (around.area * parcels.built), around.neighbourhood_area),
            around.centre_distance,
            around.slope,
            around.centre_scale,
            parcels.rules.slope_limit,
        )


class LearnedPotential:
    """Chance to be built on as a model learned it from the land history of a region.

    Pixels of the history show the growth of the run too: a parcel that is built in the run fills
    its part of them, one that is given back leaves it. The model is fitted at its first use, from
    maps up to the start of the run.

    Parameters
    ----------
    region : Region
        With a land history.
    parcel_map : ParcelMap
        Parcels.
    start : float
        Beginning of the run. [yr]
    """

    def __init__(self, region: Region, parcel_map: ParcelMap, start: float) -> None:
        history = region.land_history
        if history is None:
            raise ValueError("a model of growth needs maps of the past")
        past = history.years <= start
        self._map = parcel_map
        self._shape = history.built.shape[1:]
        self._pixels = replace(region.grid, cell_size=history.cell_size, shape=self._shape)
        # Parcels may overlap by as much as on the cells of the grid, where it was checked.
        slack = OVERLAP_TOLERANCE * region.grid.cell_area / self._pixels.cell_area
        self._cover = overlay(self._pixels, parcel_map.geometry, parcel_map.ids, slack)
        self._known = np.asarray(np.isfinite(history.built[past]).all(axis=0))
        self._past = [
            Snapshot(float(year), np.nan_to_num(built).astype(np.float32))
            for year, built in zip(history.years[past], history.built[past], strict=True)
        ]
        self._layers = {
            "elevation_m": self._fine(region.elevation),
            "slope_deg": self._fine(np.degrees(region.slope)),
        } | {
            name: self._fine(covariate.values)
            for name, covariate in region.covariates.items()
            if not covariate.is_class
        }
        self._model: GrowthModel | None = None

    def __call__(self, parcels: ParcelSet, year: float) -> NDArray[np.float64]:
        """Weight of each parcel, ``[parcel]``. [-]."""
        from simulator.landuse.growth_model import GrowthModel  # scikit-learn takes seconds

        context = self._context(parcels)
        if self._model is None:
            self._model = GrowthModel(_METHOD).fit(self._past, context)
        # Growth of late is a driver: of the maps, and of the run once it is old enough.
        earlier = year - self._model.memory_
        dates = [earlier, year] if self._past[-1].year < earlier < year else [year]
        run = [self._at(parcels, date) for date in dates]
        chance = self._model.potential([*self._past, *run], context)
        gain = (chance * (1.0 - run[-1].built)).ravel()
        return ratio(self._cover.T @ gain * self._pixels.cell_area, self._map.area)

    def _at(self, parcels: ParcelSet, year: float) -> Snapshot:
        """Built share of the pixels with what the run has built before a date."""
        last = self._past[-1].built.ravel()
        gained = parcels.built & ~self._map.built_at_start & (parcels.built_since < year)
        lost = ~parcels.built & self._map.built_at_start
        built = last * (1.0 - self._cover @ lost.astype(np.float64))
        built = np.clip(built + (self._cover @ gained.astype(np.float64)) * (1.0 - last), 0.0, 1.0)
        return Snapshot(year, built.reshape(self._shape).astype(np.float32))

    def _context(self, parcels: ParcelSet) -> LandContext:
        water = (parcels.land_class == _WATER_CODE).astype(np.float64)
        excluded = (self._cover @ water).reshape(self._shape) >= _MOSTLY
        return LandContext(
            cell_size=self._pixels.cell_size,
            valid=self._known,
            excluded=excluded,
            layers=self._layers,
        )

    def _fine(self, values: NDArray[np.floating]) -> NDArray[np.float32]:
        """Values of cells on the pixels in them."""
        factor = self._shape[0] // values.shape[0]
        return np.kron(values, np.ones((factor, factor))).astype(np.float32)


def potential_of(region: Region, parcel_map: ParcelMap, start: float) -> Potential:
    """Learned where maps of two years before the run show growth, else stated."""
    history = region.land_history
    if history is None or np.count_nonzero(history.years <= start) < 2:
        return StatedPotential()
    past = history.built[history.years <= start]
    if not (past[-1] > past[len(past) // 2 - 1]).any():
        return StatedPotential()
    return LearnedPotential(region, parcel_map, start)
