"""What land a scenario wants each year, in the area of the parcels of a region."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from simulator.agents.parcel_set import ParcelSet
from simulator.constants import LAND_CLASSES, WATER_CLASS
from simulator.landuse.demand import BuiltDemand
from simulator.region.model import Region

if TYPE_CHECKING:
    from simulator.data import Parameters
    from simulator.scenario import Scenario


#: What is left of a growth of the built area [m2], by the parcels and the year.
Limit = Callable[[ParcelSet, int, float], float]


@dataclass(frozen=True)
class LandDemand:
    """Demand for built and for open land.

    Attributes
    ----------
    built : BuiltDemand
        Of the scenario.
    at_start : mapping of str to float
        Area of each land class at the start. [m2]
    limits : list of callable
        What cuts the growth of the built area of a year, each what those before it leave.
    """

    built: BuiltDemand
    at_start: Mapping[str, float]
    limits: list[Limit] = field(default_factory=list)

    def meet(self, parcels: ParcelSet, year: int, rng: np.random.Generator) -> None:
        """Let the parcels have their year, with what the scenario wants of it."""
        open_areas = {
            name: self.at_start[name] * self.built.class_factor(name, year)
            for name in self.built.class_factors
        }
        growth = self.built.increment(year)
        for limit in self.limits:
            growth = limit(parcels, year, growth)
        parcels.step(year, growth, rng, open_areas)


def demand_of(
    parcels: ParcelSet, region: Region, scenario: Scenario, parameters: Parameters
) -> LandDemand:
    """Demand of a scenario for the land of a region, as its parcels are at the start."""
    area = np.bincount(parcels.land_class, parcels.map.area, minlength=len(LAND_CLASSES))
    at_start = dict(zip(LAND_CLASSES, area.tolist(), strict=True))
    history = region.land_history
    years = areas = None
    if history is not None and history.years[0] <= scenario.start:
        past = history.years <= scenario.start
        known = np.isfinite(history.built).all(axis=0)
        areas = history.built[past][:, known].sum(axis=1, dtype=np.float64) * history.cell_size**2
        years = history.years[past]
    land = float(area.sum()) - at_start[WATER_CLASS]
    built = BuiltDemand.of(scenario, parameters, parcels.built_area, land, years, areas)
    return LandDemand(built, at_start)
