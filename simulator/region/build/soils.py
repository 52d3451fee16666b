"""Soil types of mapping units by terrain and cover, and their properties by layer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage

from simulator.constants import METALS
from simulator.region.build.recipe import SoilRecipe, SoilRule

#: Mark of mapping units that are water bodies.
WATER = "water"


def describe_units(
    codes: NDArray[np.integer],
    valid: NDArray[np.bool_],
    water: NDArray[np.bool_],
    urban: NDArray[np.bool_],
    elevation: NDArray[np.floating],
    slope: NDArray[np.floating],
    pixel: float,
    river_code: int,
) -> pd.DataFrame:
    """Terrain and cover of each soil mapping unit.

    Parameters
    ----------
    codes : ndarray of int
        Mapping unit of each pixel.
    valid : ndarray of bool
        Pixels with soil and land-use data.
    water, urban : ndarray of bool
        Cover of each pixel.
    elevation, slope : ndarray
        [m] and [degree]; NaN where missing.
    pixel : float
        Pixel size. [m]
    river_code : int
        Mapping unit of the river.

    Returns
    -------
    pandas.DataFrame
        Index ``code``; ``pixels``, ``land_pixels``, ``water`` and ``urban`` (shares),
        ``slope_deg`` (mean over land), ``elevation_m`` (median over land), ``river_m`` (median
        distance to the river unit).
    """
    to_river = ndimage.distance_transform_edt(codes != river_code) * pixel
    rows = []
    for code in np.unique(codes[valid]).tolist():
        unit = valid & (codes == code)
        land = unit & ~water & np.isfinite(slope) & np.isfinite(elevation)
        some = bool(land.any())
        rows.append(
            {
                "code": code,
                "pixels": int(unit.sum()),
                "land_pixels": int((unit & ~water).sum()),
                "water": float(water[unit].mean()),
                "urban": float(urban[unit].mean()),
                "slope_deg": float(slope[land].mean()) if some else np.nan,
                "elevation_m": float(np.median(elevation[land])) if some else np.nan,
                "river_m": float(np.median(to_river[unit])),
            }
        )
    return pd.DataFrame(rows).set_index("code")


def soil_type(unit: Mapping[str, float], rule: SoilRule) -> str:
    """Soil type of a mapping unit, from what :func:`describe_units` says of it."""
    if unit["water"] > rule.water_share:
        return WATER
    if unit["urban"] >= rule.urban_share:
        return "urban soil"
    if unit["slope_deg"] >= rule.skeletal_slope_deg:
        return "skeletal soil"
    if unit["elevation_m"] >= rule.red_elevation_m:
        return "red soil"
    flat = unit["slope_deg"] < rule.alluvial_slope_deg
    if flat and unit["river_m"] < rule.alluvial_distance_m:
        return "fluvo-aquic soil"
    return "paddy soil"


def soil_table(types: pd.Series, land_pixels: pd.Series, recipe: SoilRecipe) -> pd.DataFrame:
    """Rows of ``soils.csv``: one a mapping unit and layer.

    The contrast between soil types comes from the recipe's types; their level is shifted, metal
    by metal, so that the mean over the region's land is the recipe's ``level_mg_kg``. Sand and
    silt share what is not clay.

    Parameters
    ----------
    types : pandas.Series
        Soil type by mapping unit, without water units.
    land_pixels : pandas.Series
        Land area of each unit, any unit of area.
    recipe : SoilRecipe
        Properties of the types and layers.
    """
    shift = level_shift(types, land_pixels, recipe)
    rows = []
    for code, name in types.sort_index().items():
        kind = recipe.types[name]
        for k in range(len(recipe.layer_thickness_m)):
            deep = recipe.layers.towards_subsoil[k]
            ratio = recipe.subsoil_ratio[kind.subsoil]
            metals = {
                m: float(f"{kind.metals[m] * shift[m] * (1.0 + deep * (ratio[m] - 1.0)):.3g}")
                for m in METALS
            }
            silt = round((100.0 - kind.clay_pct) * kind.silt_of_rest, 1)
            rows.append(
                {
                    "code": code,
                    "name": name,
                    "layer": k + 1,
                    "ph": round(kind.ph + recipe.layers.ph_add[k], 2),
                    "organic_matter_pct": round(
                        kind.organic_matter_pct * recipe.layers.organic_matter_ratio[k], 2
                    ),
                    "clay_pct": kind.clay_pct,
                    "silt_pct": silt,
                    "sand_pct": round(100.0 - kind.clay_pct - silt, 1),
                    "bulk_density_g_cm3": round(
                        kind.bulk_density_g_cm3 + recipe.layers.bulk_density_add_g_cm3[k], 3
                    ),
                    **metals,
                    "source": _source(kind.source, recipe, k),
                    "confidence": _weakest(kind.confidence, recipe.level_confidence),
                }
            )
    return pd.DataFrame(rows)


def level_shift(types: pd.Series, land_pixels: pd.Series, recipe: SoilRecipe) -> dict[str, float]:
    """Factor for each metal that brings the land mean of the soil types to the recipe's level."""
    weight = land_pixels.reindex(types.index).to_numpy(dtype=np.float64)
    shift = {}
    for metal in METALS:
        content = np.array([recipe.types[t].metals[metal] for t in types])
        shift[metal] = recipe.level_mg_kg[metal] / float(np.average(content, weights=weight))
    return shift


def _source(of_type: str, recipe: SoilRecipe, layer: int) -> str:
    text = f"type: {of_type}; metal level: {recipe.level_source}"
    return text if layer == 0 else f"{text}; depth: {recipe.layers.source}"


def _weakest(*grades: str) -> str:
    return "recalled" if "recalled" in grades else "read"
