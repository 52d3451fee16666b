"""Soil units of a coast by landscape position, and their table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.constants import METALS
from simulator.region.build.coast_recipe import SoilsPart, SoilType
from simulator.region.build.settlement import Ground

#: Part of the way from the topsoil to the deep soil at which a layer lies, top first.
_DEPTH_PART = (0.0, 0.5, 1.0)


def soil_units(
    part: SoilsPart, ground: Ground, from_river: NDArray[np.float64], dry: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Soil unit of each cell of the fine raster by rule; 0 where there is no dry land.

    On the plain (low and flat): coastal saline soil near the sea, fluvo-aquic soil along rivers,
    else paddy soil. On the hills: skeletal soil where steep, yellow soil where high, else red soil.

    Parameters
    ----------
    part : SoilsPart
        Limits of the rules and the soil types.
    ground : Ground
        Terrain of the fine raster.
    from_river : ndarray
        Distance to the nearest river. [m]
    dry : ndarray of bool
        Land that is not water.

    Returns
    -------
    ndarray of int
        Code of the soil type.
    """
    plain = (ground.slope < part.plain_slope) & (ground.elevation < part.plain_height)
    names = np.select(
        [
            plain & (ground.from_sea < part.saline_distance),
            plain & (from_river < part.alluvial_distance),
            plain,
            ground.slope >= part.skeletal_slope,
            ground.elevation >= part.yellow_height,
        ],
        ["coastal saline soil", "fluvo-aquic soil", "paddy soil", "skeletal soil", "yellow soil"],
        default="red soil",
    )
    codes = {t.name: t.code for t in part.types}
    units = np.zeros(names.shape, dtype=np.int32)
    for name in np.unique(names[dry]).tolist():
        units[dry & (names == name)] = codes[name]
    return units


def majority(units: NDArray[np.integer], block: int, min_share: float) -> NDArray[np.int32]:
    """Most frequent unit in each block of cells; 0 where less than `min_share` has one."""
    codes = np.unique(units[units > 0])
    rows, cols = units.shape
    blocks = units.reshape(rows // block, block, cols // block, block)
    counts = np.stack([(blocks == code).sum(axis=(1, 3)) for code in codes])
    covered = counts.sum(axis=0) >= max(1, min_share * block * block)
    return np.where(covered, codes[np.argmax(counts, axis=0)], 0).astype(np.int32)


def soil_table(part: SoilsPart, background: Path) -> pd.DataFrame:
    """Rows of ``soils.csv``.

    The level of each metal comes from a survey of the region (median of all soils), the contrast
    between soil types from the provincial table:
    ``content(type) = survey median x table(type) / mean of table(surveyed types)``.
    Deeper layers follow the ratio of the deep to the top survey of the plain, half of it
    (geometrically) in the middle layer; young sediments keep their topsoil content.

    Parameters
    ----------
    part : SoilsPart
        Soil types and surveys.
    background : Path
        CSV with ``metal`` and ``median_mgkg``, the survey.

    Returns
    -------
    pandas.DataFrame
        One row a soil type and layer.
    """
    survey = pd.read_csv(background).set_index("metal")["median_mgkg"]
    table = {t.name: t.metals for t in part.types}
    level = {
        m: float(survey[m]) / float(np.mean([table[t][m] for t in part.reference_types]))
        for m in METALS
    }
    rows = [
        _row(soil, layer, level, part)
        for soil in sorted(part.types, key=lambda t: t.code)
        for layer in range(len(part.layer_thickness_m))
    ]
    return pd.DataFrame(rows)


def _row(soil: SoilType, layer: int, level: dict[str, float], part: SoilsPart) -> dict:
    texture = np.array([soil.clay_pct[layer], soil.silt_pct[layer], soil.sand_pct[layer]])
    clay, silt, sand = (100.0 * texture / texture.sum()).round(1)
    depth = 0.0 if soil.same_at_depth else _DEPTH_PART[layer]
    metals = {
        m: soil.metals[m] * level[m] * (part.deep_survey[m] / part.topsoil_survey[m]) ** depth
        for m in METALS
    }
    below = "" if depth == 0.0 else f"; below: {part.depth_source}"
    return {
        "code": soil.code,
        "name": soil.name,
        "layer": layer + 1,
        "ph": soil.ph[layer],
        "organic_matter_pct": soil.organic_matter_pct[layer],
        "clay_pct": clay,
        "silt_pct": silt,
        "sand_pct": sand,
        "bulk_density_g_cm3": soil.bulk_density_g_cm3[layer],
        **{m: float(f"{v:.3g}") for m, v in metals.items()},
        "source": f"{soil.source}; metals: {part.level_source}{below}",
        "confidence": soil.confidence,
    }
