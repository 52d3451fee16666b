"""The field registry: every quantity of the state, declared once.

State arrays, CF attributes, viewer labels and documentation all read this table. Inside, values
are in SI units with the year as unit of time; ``scale`` turns them into display units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np


@dataclass(frozen=True)
class Field:
    """One quantity.

    Attributes
    ----------
    key : str
        Short name: attribute of the state and variable of the history.
    name : str
        Long name after the CSDMS pattern, object and quantity.
    symbol : str
        Symbol in the equations.
    unit, display_unit : str
        Units (UDUNITS) inside and shown.
    scale : float
        Display value = inside value x scale.
    dims : tuple of str
        Dimensions, from ``tag``, ``metal``, ``layer``, ``slice``, ``land_class``, ``row``, ``col``.
    low, high : float
        Bounds of valid values, inside units.
    doc : str
        One sentence.
    """

    key: str
    name: str
    symbol: str
    unit: str
    display_unit: str
    scale: float
    dims: tuple[str, ...]
    low: float
    high: float
    doc: str

    def attributes(self) -> dict[str, str | float]:
        """CF attributes of the variable in display units."""
        return {
            "long_name": self.name,
            "units": self.display_unit,
            "symbol": self.symbol,
            "comment": self.doc,
            "grid_mapping": "spatial_ref",
        }


_INF = float("inf")
_METAL_LAYER = ("metal", "layer", "row", "col")
_LAYER = ("layer", "row", "col")
_CELL = ("row", "col")

_FIELDS: Final = (
    Field(
        "stock", "soil_open_metal__mass_per_area", "M", "kg m-2", "mg m-2", 1e6,
        _METAL_LAYER, 0.0, _INF, "Metal in the open soil of the cell, per area of the whole cell.",
    ),
    Field(
        "slice_share", "soil_open_metal__share_of_layer", "s", "1", "1", 1.0,
        ("metal", "slice", "row", "col"), 0.0, 1.0,
        "Share of the open stock of a layer in each of its slices.",
    ),
    Field(
        "stock_sealed", "soil_sealed_metal__mass_per_area", "M_s", "kg m-2", "mg m-2", 1e6,
        _METAL_LAYER, 0.0, _INF, "Metal kept under sealed ground, per area of the whole cell.",
    ),
    Field(
        "content", "soil_metal__mass_fraction", "X", "kg kg-1", "mg kg-1", 1e6,
        _METAL_LAYER, 0.0, _INF, "Total metal per dry soil; under pavement where none is open.",
    ),
    Field(
        "open_share", "land_open__area_fraction", "a", "1", "1", 1.0,
        ("land_class", "row", "col"), 0.0, 1.0, "Unsealed share of the cell's area, by land class.",
    ),
    Field(
        "sealed_share", "land_sealed__area_fraction", "s", "1", "1", 1.0,
        _CELL, 0.0, 1.0, "Sealed (impervious) share of the cell's area.",
    ),
    Field(
        "soil_mass", "soil__dry_mass_per_area", "m", "kg m-2", "kg m-2", 1.0,
        _LAYER, 0.0, _INF, "Dry soil of a layer, per area of ground.",
    ),
    Field(
        "water_content", "soil_water__volume_fraction", "theta", "1", "1", 1.0,
        _LAYER, 0.0, 1.0, "Mean water content of the year under open ground.",
    ),
    Field(
        "ph", "soil__ph", "pH", "1", "1", 1.0, _LAYER, 0.0, 14.0, "pH of the soil in water.",
    ),
    Field(
        "percolation", "soil_water__percolation_flux", "q", "m yr-1", "mm yr-1", 1e3,
        _LAYER, -_INF, _INF, "Water that leaves a layer through its bottom under open ground.",
    ),
    Field(
        "runoff_depth", "land_surface_water__runoff_flux", "Q", "m yr-1", "mm yr-1", 1e3,
        _CELL, 0.0, _INF, "Surface runoff of open ground.",
    ),
    Field(
        "soil_loss", "soil__erosion_mass_flux", "E", "kg m-2 yr-1", "t ha-1 yr-1", 10.0,
        _CELL, 0.0, _INF, "Soil moved by water erosion (RUSLE), per area of open ground.",
    ),
    Field(
        "sediment_delivery", "soil__sediment_delivery_ratio", "d", "1", "1", 1.0,
        _CELL, 0.0, 1.0, "Share of the soil that water erosion moves that leaves the cell.",
    ),
    Field(
        "solution_coefficient", "soil_solution_metal__coefficient", "A", "kg m-3", "kg m-3",
        1.0, _METAL_LAYER, 0.0, _INF, "A of c = A X^n, c in solution, X content.",
    ),
    Field(
        "tag_stock", "soil_open_metal__mass_per_area_by_source", "M_t", "kg m-2", "mg m-2", 1e6,
        ("tag", "metal", "slice", "row", "col"), 0.0, _INF,
        "Metal of each source in the slices of open soil, per area of the whole cell.",
    ),
    Field(
        "tag_stock_sealed", "soil_sealed_metal__mass_per_area_by_source", "M_st", "kg m-2",
        "mg m-2", 1e6, ("tag", *_METAL_LAYER), 0.0, _INF,
        "Metal of each source under sealed ground, per area of the whole cell.",
    ),
)  # fmt: skip

#: Every field by its key.
FIELDS: Final[dict[str, Field]] = {f.key: f for f in _FIELDS}

#: Fields that make up the changing state, and no more: a checkpoint holds these.
STATE_FIELDS: Final[tuple[str, ...]] = tuple(
    f.key
    for f in _FIELDS
    if f.key != "content"  # content is derived from stock
)


def out_of_bounds(key: str, values: np.ndarray) -> int:
    """Count values of a field outside its bounds (NaN counts)."""
    field = FIELDS[key]
    return int(np.size(values) - np.count_nonzero((values >= field.low) & (values <= field.high)))
