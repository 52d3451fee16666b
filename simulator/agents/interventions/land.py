"""Interventions on land: what is kept open, how towns grow, what runs off their pavement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from simulator.agents.interventions.base import Intervention
from simulator.agents.open_land import red_line, within_share
from simulator.agents.parcel_map import ratio
from simulator.constants import LAND_CLASSES, WATER_CLASS
from simulator.scenario.select import select_parcels
from simulator.schedule import Phase

if TYPE_CHECKING:
    from simulator.agents.parcel_set import ParcelSet
    from simulator.model import Simulation

_SQUARE_KM: Final = 1.0e6  # m2


class Lasting(Intervention):
    """What is done once for good: its reach is the share that is done by the end of a year."""

    def reach(self, year: int) -> float:
        """Share of its full aim that is done by the end of a year. [-]."""
        ramp = ramp_at(year + 1 - self.date, float(self.spec.ramp_years))
        return float(self.spec.strength) * float(self.spec.compliance) * ramp


class KeptOpen(Lasting):
    """Keeps parcels from being built on, ever more of them as its reach grows."""

    def kept(self, reach: float) -> NDArray[np.bool_]:
        """Which parcels it keeps open at a reach, ``[parcel]``."""
        raise NotImplementedError

    def begin_phase(self, phase: Phase, year: int) -> None:
        """Protect those that the year adds, before towns grow."""
        if phase is Phase.LAND_USE:
            self.model.parcels.protected |= self.kept(self.reach(year))

    @property
    def area(self) -> float:
        """Land that it keeps open at full reach. [m2]."""
        return float(self.model.parcels.map.area[self.kept(1.0)].sum())


class Protect(KeptOpen, kind="protect"):
    """Protects parcels of open land, in the order of the region's list."""

    def __init__(self, model: Simulation, spec: Any) -> None:
        super().__init__(model, spec)
        around = model.parcels.map
        water = around.class_at_start == LAND_CLASSES.index(WATER_CLASS)
        open_land = ~around.built_at_start & ~water
        self._order = np.flatnonzero(chosen_parcels(model, spec.parcels) & open_land)

    def kept(self, reach: float) -> NDArray[np.bool_]:
        """Return the first of them."""
        return first_of(self.model.parcels, self._order, reach)


class RedLine(KeptOpen, kind="red_line"):
    """Protects the flattest farmland and the steepest forest and grassland of the start."""

    def kept(self, reach: float) -> NDArray[np.bool_]:
        """Return those behind the line."""
        around = self.model.parcels.map
        return red_line(around, around.class_at_start, float(self.spec.share) * reach)


class GreenBelt(KeptOpen, kind="green_belt"):
    """Protects open land around what is built at the start, the nearest first."""

    def __init__(self, model: Simulation, spec: Any) -> None:
        super().__init__(model, spec)
        around = model.parcels.map
        distance = built_distance(around.geometry, around.built_at_start)
        inner, outer = float(spec.distance_m), float(spec.distance_m + spec.width_m)
        water = around.class_at_start == LAND_CLASSES.index(WATER_CLASS)
        belt = ~around.built_at_start & ~water & (distance >= inner) & (distance < outer)
        here = np.flatnonzero(belt)
        self._order = here[np.argsort(distance[here], kind="stable")]

    def kept(self, reach: float) -> NDArray[np.bool_]:
        """Return those nearest to the towns."""
        return first_of(self.model.parcels, self._order, reach)


class CapBuilt(Intervention, kind="cap_built"):
    """Cuts the growth of towns; what is cut is not made up for later."""

    def start(self) -> None:
        """Cut from the date on."""
        self.model.land_demand.limits.append(self.limit)

    def limit(self, parcels: ParcelSet, year: int, growth: float) -> float:
        """Growth of the built area in a year, at most ``growth``. [m2]."""
        built, allowed = parcels.built_area, growth
        if self.spec.rate is not None:
            allowed = min(allowed, float(self.spec.rate) * built)
        if self.spec.area_km2 is not None:
            # What was built beyond demand is taken off the demand of later years.
            room = float(self.spec.area_km2) * _SQUARE_KM - built + parcels.surplus
            allowed = min(allowed, max(room, 0.0))
        return growth - self.reach(year) * (growth - allowed)


class BuildingStandard(Lasting, kind="building_standard"):
    """Lowers the ceiling of the sealed share of what is built on from the date on."""

    def start(self) -> None:
        """Set the standard."""
        self.model.parcels.standards.append(self.ceiling)

    def ceiling(
        self, built_since: NDArray[np.float64], ceiling: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Ceilings of parcels by the year in which building began, ``[parcel]``. [-].

        The reach is that of this year: of what is built in it that share follows the standard.
        """
        dated = np.isfinite(built_since)
        years, of = np.unique(built_since[dated], return_inverse=True)
        reach = np.zeros(built_since.size)
        reach[dated] = np.array([self.reach(int(y)) for y in years.tolist()])[of]
        return ceiling - reach * np.maximum(ceiling - float(self.spec.max_impervious), 0.0)


class Unseal(Intervention, kind="unseal"):
    """Opens a share of the sealed ground of built parcels each year."""

    def __init__(self, model: Simulation, spec: Any) -> None:
        super().__init__(model, spec)
        self._chosen = chosen_parcels(model, spec.parcels)

    def begin_phase(self, phase: Phase, year: int) -> None:
        """Open the share of a year, before more is sealed."""
        if phase is Phase.LAND_USE:
            rate = float(self.spec.rate) * self.reach(year)
            self.model.parcels.unseal(self._chosen, rate, float(self.spec.floor))

    @property
    def area(self) -> float:
        """Area of those of its parcels that are built at the start. [m2]."""
        around = self.model.parcels.map
        return float(around.area[self._chosen & around.built_at_start].sum())


class RetainRunoff(Intervention, kind="retain_runoff"):
    """Leads a share of what runs off sealed ground into the open soil of the same cell."""

    def __init__(self, model: Simulation, spec: Any) -> None:
        super().__init__(model, spec)
        self._chosen = chosen_parcels(model, spec.parcels)
        parcels = model.parcels
        self._area = float((parcels.map.area * parcels.impervious)[self._chosen].sum())

    def retained_share(self, year: int) -> NDArray[np.float64]:
        """Share of the runoff of sealed ground that stays in a cell, ``[cell]``. [-]."""
        parcels = self.model.parcels
        sealed = parcels.map.overlay @ parcels.impervious
        of_chosen = parcels.map.overlay @ (parcels.impervious * self._chosen)
        return float(self.spec.share) * self.reach(year) * ratio(of_chosen, sealed)

    @property
    def area(self) -> float:
        """Sealed ground of its parcels at the start. [m2]."""
        return self._area


def ramp_at(elapsed: float, ramp: float) -> float:
    """Share that is done after a time, if it is done evenly over ``ramp``. [-].

    Examples
    --------
    >>> [ramp_at(t, 4.0) for t in (0.0, 1.0, 9.0)], ramp_at(0.5, 0.0)
    ([0.0, 0.25, 1.0], 1.0)
    """
    if elapsed <= 0.0:
        return 0.0
    return 1.0 if elapsed >= ramp else elapsed / ramp


def chosen_parcels(model: Simulation, selectors: Sequence[int | str]) -> NDArray[np.bool_]:
    """Which parcels the words of a scenario choose, ``[parcel]``."""
    chosen = np.zeros(len(model.parcels), dtype=np.bool_)
    chosen[model.parcels.index_of(select_parcels(selectors, model.region))] = True
    return chosen


def first_of(parcels: ParcelSet, order: NDArray[np.integer], share: float) -> NDArray[np.bool_]:
    """Which parcels are the first of some, up to a share of their area, ``[parcel]``."""
    kept = np.zeros(len(parcels), dtype=np.bool_)
    kept[order[within_share(parcels.map.area[order], share)]] = True
    return kept


def built_distance(geometry: NDArray[np.object_], built: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Distance of parcels from the nearest built one, from edge to edge, ``[parcel]``. [m].

    Infinite where nothing is built.
    """
    distance = np.full(geometry.size, np.inf)
    if built.any():
        tree = shapely.STRtree(geometry[built])
        (parcel, _), found = tree.query_nearest(geometry, return_distance=True, all_matches=False)
        distance[parcel] = found
    return distance
