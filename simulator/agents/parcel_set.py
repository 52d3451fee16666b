"""All parcels of a region as arrays: their land, how it is sealed and what is built on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.agents.building_rules import BuildingRules
from simulator.agents.open_land import red_line, turn_open_land
from simulator.agents.parcel_events import (
    BEFORE_RUN,
    NOT_BUILT,
    Conversion,
    LandEvent,
    Shortfall,
)
from simulator.agents.parcel_map import ParcelMap, ratio
from simulator.agents.parcel_potential import Potential, StatedPotential, potential_of
from simulator.constants import BUILT_CLASSES, LAND_CLASSES, WATER_CLASS
from simulator.errors import RunError
from simulator.landuse.allocation import grow
from simulator.physics.growth import logistic_step
from simulator.region.model import Region
from simulator.region.overlay import land_shares

_CODE: Final = {name: code for code, name in enumerate(LAND_CLASSES)}
_WATER: Final = _CODE[WATER_CLASS]
_BARE: Final = _CODE["bare"]
_BUILT: Final = tuple(_CODE[name] for name in BUILT_CLASSES)

#: Ceilings of the sealed share by dates at which building began, and the ceilings without it.
Standard = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


class ParcelSet:
    """The parcels of a region; the truth about its land.

    Cells follow by overlay (:meth:`land_shares`). In a year (:meth:`step`) more of the built
    parcels is sealed, then others are built on, and open land changes its use.

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
    potential : callable, optional
        Says where land is built on; by the stated rule where it is left out.

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
    sites : ndarray of bool ``[parcel]``
        Which are construction sites: what is not sealed there is bare ground.
    standards : list of callable
        What lowers the ceilings of the sealed share of parcels, by when building began.
    """

    def __init__(
        self,
        parcel_map: ParcelMap,
        rules: BuildingRules,
        land_class: NDArray[np.integer],
        impervious: NDArray[np.float64],
        protected: NDArray[np.bool_],
        potential: Potential | None = None,
    ) -> None:
        self.map = parcel_map
        self.rules = rules
        self.potential = StatedPotential() if potential is None else potential
        self.land_class = np.array(land_class, dtype=np.int64)
        self.impervious = np.array(impervious, dtype=np.float64)
        self.protected = np.array(protected, dtype=np.bool_)
        # Follows from the rules and the start, so it is of the path that a branch takes.
        self.behind_line = red_line(parcel_map, parcel_map.class_at_start, rules.red_line_share)
        self.built_since = np.where(self.built, BEFORE_RUN, NOT_BUILT)
        self.sites = np.zeros(len(self), dtype=np.bool_)
        self.surplus = 0.0
        self.history: list[Conversion] = []
        self.shortfalls: list[Shortfall] = []
        self.standards: list[Standard] = []
        if any(len(a) != len(self) for a in (self.land_class, self.impervious, self.protected)):
            raise ValueError(f"every array must have one value for each of {len(self)} parcels")
        ceiling = np.where(self.land_class == _WATER, 0.0, 1.0)
        if not ((self.impervious >= 0.0) & (self.impervious <= ceiling)).all():
            raise ValueError("impervious must lie in 0 to 1, and be 0 for water")

    @classmethod
    def from_region(cls, region: Region, rules: BuildingRules, start: float) -> ParcelSet:
        """Parcels of a region as they are at the start of a run."""
        table = region.parcels
        parcel_map = ParcelMap.build(
            region.grid, region.slope, region.district, table, rules.neighbourhood_distance,
            rules.subcentres,
        )  # fmt: skip
        return cls(
            parcel_map,
            rules,
            parcel_map.class_at_start,
            table["impervious"].to_numpy(dtype=np.float64),
            (table["zone"] == "protected").to_numpy(dtype=np.bool_),
            potential_of(region, parcel_map, start),
        )

    def __len__(self) -> int:
        return len(self.map)

    @property
    def built(self) -> NDArray[np.bool_]:
        """Which parcels are built, ``[parcel]``."""
        return np.isin(self.land_class, _BUILT)

    @property
    def kept_open(self) -> NDArray[np.bool_]:
        """Which are never built on: protected, or behind the red line of the path, ``[parcel]``."""
        return self.protected | self.behind_line

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

    def unseal(self, chosen: NDArray[np.bool_], rate: float, floor: float) -> None:
        """Open a share of the sealed ground of the built ones among some parcels.

        Parameters
        ----------
        chosen : ndarray of bool ``[parcel]``
            Which parcels.
        rate : float
            Share of their sealed ground. [-]
        floor : float
            Sealed share of a parcel that stays in any case. [-]
        """
        which = chosen & self.built & (self.impervious > floor)
        self.impervious[which] = np.maximum(self.impervious[which] * (1.0 - rate), floor)

    def ceilings(self, parcels: slice = slice(None)) -> NDArray[np.float64]:
        """Ceiling of the sealed share by class and standards, 0 where nothing is built. [-]."""
        ceiling = self.rules.ceilings()[self.land_class[parcels]]
        for standard in self.standards:
            ceiling = standard(self.built_since[parcels], ceiling)
        return ceiling

    def land_shares(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Land of the cells, by area overlay.

        Returns
        -------
        open_share : ndarray ``[land_class, cell]``
            Unsealed share of each cell's area by land class; water is wholly unsealed. [-]
        sealed_share : ndarray ``[cell]``
            Sealed share of each cell's area. [-]
        """
        cover = np.where(self.sites, _BARE, self.land_class)
        return land_shares(self.map.overlay, cover, self.impervious)

    def step(
        self,
        year: float,
        demand: float,
        rng: np.random.Generator,
        open_demand: Mapping[str, float] | None = None,
    ) -> list[LandEvent]:
        """One year: built parcels are sealed further, others built on, open land turned.

        Parameters
        ----------
        year : float
            Date of the events. [yr]
        demand : float
            Growth of the built area by building on parcels, not negative. [m2]
        rng : numpy.random.Generator
            The run's stream for land use. The same numbers are drawn for every parcel in every
            year whatever happens, so that scenarios with the same seed share their chances.
        open_demand : mapping of str to float, optional
            Area that classes of open land are to have at the end of the year. [m2]

        Returns
        -------
        list of Conversion and Shortfall
            What happened, in order.
        """
        if not 0.0 <= demand < math.inf:
            raise ValueError(f"demand is {demand} m2; built land grows or stays")
        draws = rng.random((3 + len(LAND_CLASSES), len(self)))
        self.densify()
        events = self._build(year, demand, draws[:3])
        for index, code in turn_open_land(self, open_demand or {}, draws[3:]):
            events.append(self.convert(index, LAND_CLASSES[code], year))
        # What was begun less than the time of construction ago, in this year too.
        self.sites = self.built & (year - self.built_since < self.rules.construction_years)
        return events

    def densify(self, parcels: slice = slice(None)) -> None:
        """Seal built parcels further for a year, toward the ceiling of their class, and unseal.

        Logistic growth leaves a parcel without any seal as it is; so does this a parcel that
        starts above the ceiling, for pavement does not go away by itself: it goes at the rate of
        unsealing.
        """
        ceiling = self.ceilings(parcels)
        share = self.impervious[parcels]  # a view: what is written here is written to the set
        grows = (share > 0.0) & (share < ceiling)
        share[grows] = logistic_step(
            share[grows], self.rules.densification_rate, ceiling[grows], dt=1.0
        )
        share[ceiling > 0.0] *= 1.0 - self.rules.unsealing_rate

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
        if is_built and not was_built and self.kept_open[index]:
            raise ValueError(f"parcel {parcel} is protected and cannot be built on")
        self.land_class[index] = new
        if is_built and not was_built:
            self.built_since[index] = year
            ceiling = float(self.ceilings(slice(index, index + 1))[0])
            start = min(self.rules.construction_share, ceiling)
            self.impervious[index] = max(float(self.impervious[index]), start)
        elif was_built and not is_built:
            self.impervious[index] = 0.0
            self.built_since[index] = NOT_BUILT
        area = float(self.map.area[index])
        event = Conversion(float(year), parcel, LAND_CLASSES[old], to_class, area)
        self.history.append(event)
        return event

    def weights(self, year: float) -> NDArray[np.float64]:
        """Weight of each parcel in the choice of what is built on next, ``[parcel]``. [-].

        The potential, turned by the urbanisation path; 0 for what cannot be built on.
        """
        rules, around = self.rules, self.map
        near_built = around.adjacency @ self.built.astype(np.float64)
        free = ~(self.built | (self.land_class == _WATER) | self.kept_open)
        free &= (near_built > 0.0) & (around.slope < rules.slope_limit)
        weight = self.potential(self, year) * rules.class_factors()[self.land_class]
        if rules.centre_weight != 0.0:
            weight *= np.exp(-rules.centre_weight * around.centre_distance / around.centre_scale)
        return np.where(free, weight, 0.0)

    def _build(self, year: float, demand: float, draws: NDArray[np.float64]) -> list[LandEvent]:
        """Take the demanded area from parcels near built land, by suitability and chance."""
        area = self.map.area
        wanted = max(0.0, demand - self.surplus)
        near = [self.map.adjacency @ (area * (self.land_class == code)) for code in _BUILT]
        weight = self.weights(year) if wanted > 0.0 else np.zeros(len(self))
        chosen = grow(self.map.mosaic, self.built, weight, wanted, self.rules.style, draws[:2])
        # What is built is of the kinds around it, in proportion to their area.
        is_first = draws[2] < ratio(near[0], near[0] + near[1])
        events: list[LandEvent] = [
            self.convert(k, BUILT_CLASSES[0 if is_first[k] else 1], year) for k in chosen.tolist()
        ]
        # Added up in the order in which demand was met: the same bits decide that it was met.
        converted = float(np.cumsum(area[chosen])[-1]) if chosen.size else 0.0
        self.surplus = max(0.0, self.surplus + converted - demand)
        if converted < wanted:
            self.shortfalls.append(Shortfall(float(year), wanted, converted))
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
            "sites": self.sites.copy(),
            "surplus": np.array(self.surplus),
            "conversion_year": np.array([e.year for e in log], dtype=np.float64),
            "conversion_parcel": np.array([e.parcel for e in log], dtype=np.int64),
            "conversion_from": np.array([_CODE[e.from_class] for e in log], dtype=np.int64),
            "conversion_to": np.array([_CODE[e.to_class] for e in log], dtype=np.int64),
            "conversion_area": np.array([e.area for e in log], dtype=np.float64),
            "shortfall": np.array(short, dtype=np.float64).reshape(-1, 3),
        }

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Become as :meth:`to_arrays` left the parcels of the same region.

        Raises
        ------
        RunError
            If the arrays are of other parcels.
        """
        if not np.array_equal(arrays["id"], self.map.ids):
            raise RunError("the checkpoint holds other parcels than the region; use its own region")
        for name in ("land_class", "impervious", "protected", "built_since", "sites"):
            getattr(self, name)[...] = arrays[name]
        self.surplus = float(arrays["surplus"])
        columns = ("year", "parcel", "from", "to", "area")
        log = zip(*(arrays[f"conversion_{c}"].tolist() for c in columns), strict=True)
        self.history = [
            Conversion(year, parcel, LAND_CLASSES[old], LAND_CLASSES[new], area)
            for year, parcel, old, new, area in log
        ]
        self.shortfalls = [Shortfall(*row) for row in arrays["shortfall"].tolist()]
