"""How land is built on: the rules of a scenario and of its urbanisation path."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from simulator.constants import FARM_CLASSES, LAND_CLASSES
from simulator.landuse.allocation import GrowthStyle
from simulator.landuse.paths import UrbanPath

if TYPE_CHECKING:
    from simulator.data import Parameters
    from simulator.scenario import Scenario

#: Open land that the factor of nature is on.
NATURE_CLASSES: Final = ("forest", "grassland")

#: Weighted sampling, parcel by parcel.
_BY_CHANCE: Final = GrowthStyle(chance=1.0)


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
    construction_years : float
        Time from the beginning of building in which what is not sealed is bare ground. [yr]
    unsealing_rate : float
        Share of the sealed ground of built parcels that is opened again. [yr-1]
    style : GrowthStyle
        Chance, kinds and sizes of the patches of new built land.
    centre_weight : float
        Suitability is multiplied by exp(-weight d / b), d the distance to the nearest centre. [-]
    subcentres : int
        New centres beside those of the start.
    farmland_factor, nature_factor : float
        Factors on the suitability of farmland, and of forest and grassland. [-]
    red_line_share : float
        Share of the area of farmland and of nature that is protected from the start. [-]
    open_inertia : float
        Logarithm of how much rather open land stays as it is than turns to a class that is all
        around it, where neither is in demand. [-]
    """

    densification_rate: float
    max_impervious_urban: float
    max_impervious_industrial: float
    neighbourhood_distance: float
    construction_share: float
    slope_limit: float
    construction_years: float = 0.0
    unsealing_rate: float = 0.0
    style: GrowthStyle = field(default=_BY_CHANCE)
    centre_weight: float = 0.0
    subcentres: int = 0
    farmland_factor: float = 1.0
    nature_factor: float = 1.0
    red_line_share: float = 0.0
    open_inertia: float = 0.0

    def __post_init__(self) -> None:
        for name in (
            "densification_rate", "neighbourhood_distance", "construction_years",
            "unsealing_rate", "farmland_factor", "nature_factor",
        ):  # fmt: skip
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
        landuse, path = scenario.landuse, UrbanPath.of(parameters, scenario.landuse.path)
        urban, industrial = landuse.ceilings(
            path.max_impervious_urban, path.max_impervious_industrial
        )

        def building(parameter: str) -> float:
            return parameters.value("general", process="building", parameter=parameter)

        return cls(
            densification_rate=landuse.densification_rate,
            max_impervious_urban=urban,
            max_impervious_industrial=industrial,
            neighbourhood_distance=landuse.neighbourhood_distance_m,
            construction_share=building("construction_share"),
            slope_limit=building("slope_limit"),
            construction_years=building("construction_years"),
            unsealing_rate=path.unsealing_rate,
            style=GrowthStyle(
                path.chance,
                path.shares,
                path.patch_mean,
                path.patch_log_sd,
                building("patch_decay"),
            ),
            centre_weight=path.centre_weight,
            subcentres=path.subcentres,
            farmland_factor=path.farmland_factor,
            nature_factor=path.nature_factor,
            red_line_share=path.red_line_share,
            open_inertia=parameters.value("general", process="open land", parameter="inertia"),
        )

    def ceilings(self) -> NDArray[np.float64]:
        """Ceiling of the sealed share, ``[land_class]``; 0 for land that is not built. [-]."""
        ceiling = np.zeros(len(LAND_CLASSES))
        ceiling[LAND_CLASSES.index("urban")] = self.max_impervious_urban
        ceiling[LAND_CLASSES.index("industrial")] = self.max_impervious_industrial
        return ceiling

    def class_factors(self) -> NDArray[np.float64]:
        """Factor of the path on the suitability of each class, ``[land_class]``. [-]."""
        factor = np.ones(len(LAND_CLASSES))
        factor[[LAND_CLASSES.index(name) for name in FARM_CLASSES]] = self.farmland_factor
        factor[[LAND_CLASSES.index(name) for name in NATURE_CLASSES]] = self.nature_factor
        return factor
