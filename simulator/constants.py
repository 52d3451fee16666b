"""The names that everything else is ordered by: metals, land classes, units."""

from __future__ import annotations

from typing import Final

#: Metals and the metalloid As, in the order of every ``metal`` axis.
METALS: Final[tuple[str, ...]] = ("As", "Cd", "Cr", "Cu", "Hg", "Ni", "Pb", "Zn")

#: Land classes, in the order of every ``land_class`` axis.
LAND_CLASSES: Final[tuple[str, ...]] = (
    "paddy",
    "dryland",
    "vegetable",
    "orchard",
    "forest",
    "grassland",
    "bare",
    "urban",
    "industrial",
    "water",
)

#: Classes that are farmed and receive fertiliser, manure, pesticide and irrigation.
FARM_CLASSES: Final[tuple[str, ...]] = ("paddy", "dryland", "vegetable", "orchard")

#: Classes on which ground is sealed.
BUILT_CLASSES: Final[tuple[str, ...]] = ("urban", "industrial")

#: Land without soil: takes no part in the balance.
WATER_CLASS: Final[str] = "water"

#: Default soil layers: 0-20, 20-50, 50-100 cm; limits refer to the top one, the control layer. [m]
DEFAULT_LAYER_THICKNESS: Final[tuple[float, ...]] = (0.2, 0.3, 0.5)

MG_PER_KG: Final[float] = 1.0e6
HECTARE: Final[float] = 1.0e4  # m2
SECONDS_PER_YEAR: Final[float] = 365.25 * 86400.0
