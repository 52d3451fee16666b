"""All parcels of a region as arrays: their land, how it is sealed and what is built on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.agents.parcel_map import ParcelMap, ratio
from simulator.constants import BUILT_CLASSES, LAND_CLASSES, WATER_CLASS
from simulator.errors import RunError
from simulator.physics.growth import logistic_step, pick_conversions, suitability
from simulator.region.model import Region
from simulator.region.overlay import land_shares

if TYPE_CHECKING:
    from simulator.data import Parameters
    from simulator.scenario import Scenario

_CODE: Final = {name: code for code, name in enumerate(LAND_CLASSES)}
_WATER: Final = _CODE[WATER_CLASS]
_BUILT: Final = tuple(_CODE[name] for name in BUILT_CLASSES)

#: ``built_since`` of what was built before the run, and of what is not built.
BEFORE_RUN: Final = -math.inf
NOT_BUILT: Final = math.nan


@dataclass(frozen=True)
class BuildingRules:
    """How land is built on; every value comes from the scenario or a parameter table.

    Attributes
    ----------
    densification_rate : float
        Logistic growth rate of the sealed share of built parcels. [yr-1]
    max_impervious_urban, max_impervious_industrial : float
        Ceilings of that growth. [-]
    neighbourhood_distance : float
        Land may be built on within this distance of built land, from edge to edge. [m]
    construction_share : float
        Sealed share of a parcel when building begins. [-]
    slope_limit : float
        Slope from which nothing is built. [rad]
    """

    densification_rate: float
    max_impervious_urban: float
    max_impervious_industrial: float
    neighbourhood_distance: float
    construction_share: float
    slope_limit: float

    def __post_init__(self) -> None:
        for name in ("densification_rate", "neighbourhood_distance"):
            if not 0.0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} is {getattr(self, name)}; it must not be negative")
        for name in ("max_impervious_urban", "max_impervious_industrial", "construction_share"):
            if not 0.0 < getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be above 0, at most 1")
        if not 0.0 < self.slope_limit < math.pi / 2.0:
            raise ValueError(f"slope_limit is {self.slope_limit} rad; it must lie in 0 to pi/2")

    @classmethod
    def of(cls, scenario: Scenario, parameters: Parameters) -> BuildingRules:
        """Return the rules that a scenario and the parameter tables give."""
        landuse = scenario.landuse
        building = {"table": "general", "process": "building"}
        return cls(
            densification_rate=landuse.densification_rate,
            max_impervious_urban=landuse.max_impervious_urban,
            max_impervious_industrial=landuse.max_impervious_industrial,
            neighbourhood_distance=landuse.neighbourhood_distance_m,
            construction_share=parameters.value(**building, parameter="construction_share"),
            slope_limit=parameters.value(**building, parameter="slope_limit"),
        )

    def ceilings(self) -> NDArray[np.float64]:
        """Ceiling of the sealed share, ``[land_class]``; 0 for land that is not built. [-]."""
        ceiling = np.zeros(len(LAND_CLASSES))
        ceiling[_CODE["urban"]] = self.max_impervious_urban
        ceiling[_CODE["industrial"]] = self.max_impervious_industrial
        return ceiling


@dataclass(frozen=True)
class Conversion:
    """A parcel that changed its land class.

    Attributes
    ----------
    year : float
        Date. [yr]
    parcel : int
        Id of the parcel.
    from_class, to_class : str
        Land classes before and after.
    area : float
        Area of the parcel. [m2]
    """

    year: float
    parcel: int
    from_class: str
    to_class: str
    area: float


@dataclass(frozen=True)
class Shortfall:
    """A year in which less land could be built on than was demanded.

    Attributes
    ----------
    year : float
        Date. [yr]
    demanded, converted : float
        New built area that was asked for, and that was found. [m2]
    """

    year: float
    demanded: float
    converted: float


LandEvent = Conversion | Shortfall


class ParcelSet:
    """The parcels of a region; the truth about its land.

    Cells follow by overlay (:meth:`land_shares`). In a year (:meth:`step`) more of the built
    parcels is sealed, and then others are built on.

    Parameters
    ----------
    parcel_map : ParcelMap
        What does not change.
    rules : BuildingRules
        How land is built on.
    land_class : ndarray of int ``[parcel]``
        Index into :data:`simulator.constants.LAND_CLASSES`.
    impervious : ndarray ``[parcel]``
        Sealed share, 0 for water. [-]
    protected : ndarray of bool ``[parcel]``
        Never built on.

    Attributes
    ----------
    built_since : ndarray ``[parcel]``
        Date at which building began; ``BEFORE_RUN``, or ``NOT_BUILT`` (NaN). [yr]
    surplus : float
        Area built beyond demand so far, because parcels are built on whole. [m2]
    history : list of Conversion
        Every change of class.
    shortfalls : list of Shortfall
        Every year in which demand was not met.
    """

    def __init__(
        self,
        parcel_map: ParcelMap,
        rules: BuildingRules,
        land_class: NDArray[np.integer],
        impervious: NDArray[np.float64],
        protected: NDArray[np.bool_],
    ) -> None:
        self.map = parcel_map
        self.rules = rules
        self.land_class = np.array(land_class, dtype=np.int64)
        self.impervious = np.array(impervious, dtype=np.float64)
        self.protected = np.array(protected, dtype=np.bool_)
        self.built_since = np.where(self.built, BEFORE_RUN, NOT_BUILT)
        self.surplus = 0.0
        self.history: list[Conversion] = []
        self.shortfalls: list[Shortfall] = []
        if any(len(a) != len(self) for a in (self.land_class, self.impervious, self.protected)):
            raise ValueError(f"every array must have one value for each of {len(self)} parcels")
        ceiling = np.where(self.land_class == _WATER, 0.0, 1.0)
        if not ((self.impervious >= 0.0) & (self.impervious <= ceiling)).all():
            raise ValueError("impervious must lie in 0 to 1, and be 0 for water")

    @classmethod
    def from_region(cls, region: Region, rules: BuildingRules) -> ParcelSet:
        """Parcels of a region as they are at the start of a run."""
        table = region.parcels
        return cls(
            ParcelMap.build(
                region.grid, region.slope, region.district, table, rules.neighbourhood_distance
            ),
            rules,
            table["land_class"].map(_CODE).to_numpy(dtype=np.int64),
            table["impervious"].to_numpy(dtype=np.float64),
            (table["zone"] == "protected").to_numpy(dtype=np.bool_),
        )

    def __len__(self) -> int:
        return len(self.map)

    @property
    def built(self) -> NDArray[np.bool_]:
        """Which parcels are built, ``[parcel]``."""
        return np.isin(self.land_class, _BUILT)

    @property
    def built_area(self) -> float:
        """Area of all built parcels. [m2]."""
        return float(self.map.area[self.built].sum())

    def index_of(self, ids: Iterable[int]) -> NDArray[np.int64]:
        """Positions of parcels by their ids.

        Raises
        ------
        KeyError
            If there is no such parcel.
        """
        place = {parcel: k for k, parcel in enumerate(self.map.ids.tolist())}
        wanted = [int(i) for i in ids]
        unknown = [i for i in wanted if i not in place]
        if unknown:
            raise KeyError(f"no parcel has the id {', '.join(map(str, unknown))}")
        return np.array([place[i] for i in wanted], dtype=np.int64)

    def protect(self, ids: Iterable[int]) -> None:
        """Convert none of these parcels to built land from now on; what is built stays."""
        self.protected[self.index_of(ids)] = True

    def land_shares(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Land of the cells, by area overlay.

        Returns
        -------
        open_share : ndarray ``[land_class, cell]``
            Unsealed share of each cell's area by land class; water is wholly unsealed. [-]
        sealed_share : ndarray ``[cell]``
            Sealed share of each cell's area. [-]
        """
        return land_shares(self.map.overlay, self.land_class, self.impervious)

    def step(self, year: float, growth_rate: float, rng: np.random.Generator) -> list[LandEvent]:
        """One year: built parcels are sealed further, then others are built on.

        Parameters
        ----------
        year : float
            Date of the events. [yr]
        growth_rate : float
            Growth of the built area by building on parcels, not negative. [yr-1]
        rng : numpy.random.Generator
            The run's stream for land use. Two numbers are drawn for every parcel in every year
            whatever happens, so that scenarios with the same seed share their chances.

        Returns
        -------
        list of Conversion and Shortfall
            What happened, in order.
        """
        if not 0.0 <= growth_rate < math.inf:
            raise ValueError(f"growth_rate is {growth_rate}; built land grows or stays")
        self.densify()
        return self._build(year, growth_rate, rng.random((2, len(self))))

    def densify(self, parcels: slice = slice(None)) -> None:
        """Let the sealed share of built parcels grow for a year toward the ceiling of their class.

        Logistic growth leaves a parcel without any seal as it is; so does this a parcel that
        starts above the ceiling, for pavement does not go away by itself.
        """
        ceiling = self.rules.ceilings()[self.land_class[parcels]]
        share = self.impervious[parcels]  # a view: what is written here is written to the set
        grows = (share > 0.0) & (share < ceiling)
        share[grows] = logistic_step(
            share[grows], self.rules.densification_rate, ceiling[grows], dt=1.0
        )

    def convert(self, index: int, to_class: str, year: float) -> Conversion:
        """Change the land class of one parcel.

        Ground that is built on starts with the sealed share of a construction site, or keeps its
        own if that is more; built ground that is given back is unsealed; else the share stays.

        Raises
        ------
        ValueError
            If the land is or would become water, is protected and would be built on, or would not
            change.
        """
        parcel, old = int(self.map.ids[index]), int(self.land_class[index])
        if to_class not in _CODE:
            raise ValueError(f"{to_class!r} is no land class; use one of {', '.join(LAND_CLASSES)}")
        new = _CODE[to_class]
        if old == new or _WATER in (old, new):
            raise ValueError(f"parcel {parcel} cannot turn from {LAND_CLASSES[old]} to {to_class}")
        was_built, is_built = old in _BUILT, new in _BUILT
        if is_built and not was_built:
            if self.protected[index]:
                raise ValueError(f"parcel {parcel} is protected and cannot be built on")
            start = min(self.rules.construction_share, float(self.rules.ceilings()[new]))
            self.impervious[index] = max(float(self.impervious[index]), start)
            self.built_since[index] = year
        elif was_built and not is_built:
            self.impervious[index] = 0.0
            self.built_since[index] = NOT_BUILT
        self.land_class[index] = new
        area = float(self.map.area[index])
        event = Conversion(float(year), parcel, LAND_CLASSES[old], to_class, area)
        self.history.append(event)
        return event

    def _build(
        self, year: float, growth_rate: float, draws: NDArray[np.float64]
    ) -> list[LandEvent]:
        """Take the demanded area from parcels near built land, by suitability and chance."""
        area, before = self.map.area, self.built_area
        target = (before - self.surplus) * (1.0 + growth_rate)
        demand = max(0.0, target - before)
        near = [self.map.adjacency @ (area * (self.land_class == code)) for code in _BUILT]
        near_built = near[0] + near[1]
        score = suitability(
            ratio(near_built, self.map.neighbourhood_area),
            self.map.centre_distance,
            self.map.slope,
            self.map.centre_scale,
            self.rules.slope_limit,
        )
        score[self.built | (self.land_class == _WATER) | self.protected] = 0.0
        chosen = pick_conversions(score, area, demand, draws[0])
        # What is built is of the kinds around it, in proportion to their area.
        is_first = draws[1] < ratio(near[0], near_built)
        events: list[LandEvent] = [
            self.convert(k, BUILT_CLASSES[0 if is_first[k] else 1], year) for k in chosen.tolist()
        ]
        # Added up in the order in which demand was met: the same bits decide that it was met.
        converted = float(np.cumsum(area[chosen])[-1]) if chosen.size else 0.0
        self.surplus = max(0.0, before + converted - target)
        if converted < demand:
            self.shortfalls.append(Shortfall(float(year), demand, converted))
            events.append(self.shortfalls[-1])
        return events

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Everything that changes, as plain arrays for a checkpoint."""
        log = self.history
        short = [(s.year, s.demanded, s.converted) for s in self.shortfalls]
        return {
            "id": self.map.ids.copy(),
            "land_class": self.land_class.copy(),
            "impervious": self.impervious.copy(),
            "protected": self.protected.copy(),
            "built_since": self.built_since.copy(),
            "surplus": np.array(self.surplus),
            "conversion_year": np.array([e.year for e in log], dtype=np.float64),
            "conversion_parcel": np.array([e.parcel for e in log], dtype=np.int64),
            "conversion_from": np.array([_CODE[e.from_class] for e in log], dtype=np.int64),
            "conversion_to": np.array([_CODE[e.to_class] for e in log], dtype=np.int64),
            "conversion_area": np.array([e.area for e in log], dtype=np.float64),
            "shortfall": np.array(short, dtype=np.float64).reshape(-1, 3),
        }

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], parcel_map: ParcelMap, rules: BuildingRules
    ) -> ParcelSet:
        """Parcels as :meth:`to_arrays` left them, on the map of the same region.

        Raises
        ------
        RunError
            If the arrays are of other parcels.
        """
        if not np.array_equal(arrays["id"], parcel_map.ids):
            raise RunError("the checkpoint holds other parcels than the region; use its own region")
        parcels = cls(
            parcel_map, rules, arrays["land_class"], arrays["impervious"], arrays["protected"]
        )
        parcels.built_since = np.array(arrays["built_since"], dtype=np.float64)
        parcels.surplus = float(arrays["surplus"])
        columns = ("year", "parcel", "from", "to", "area")
        log = zip(*(arrays[f"conversion_{c}"].tolist() for c in columns), strict=True)
        parcels.history = [
            Conversion(year, parcel, LAND_CLASSES[old], LAND_CLASSES[new], area)
            for year, parcel, old, new, area in log
        ]
        parcels.shortfalls = [Shortfall(*row) for row in arrays["shortfall"].tolist()]
        return parcels
