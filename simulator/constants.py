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

MG_PER_KG: Final[float] = 1.0e6
HECTARE: Final[float] = 1.0e4  # m2

#: Modes in which a source emits, in the order of every ``mode`` axis.
MODES: Final[tuple[str, ...]] = ("particle", "hg2", "hg0")

#: Years of transport that arrange the metals of each layer among its slices before a run.
SETTLING_YEARS: Final = 20
