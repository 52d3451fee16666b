"""Builds a region of kind ``coast``: a real outline, filled where no open data say what is there.

Real: coast and districts, power plants and incinerators, weather, background contents.
Illustrative, by rule and seed: terrain, soil units, land use, parcels, the other works.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.constants import LAND_CLASSES, METALS, WATER_CLASS
from simulator.region.build.coast_recipe import (
    CoastRecipe,
    LandUsePart,
    class_code,
    coast_recipe,
)
from simulator.region.build.coast_soils import majority, soil_table, soil_units
from simulator.region.build.daily import write_daily
from simulator.region.build.flow import Terrain, cover_factors, flow_maps
from simulator.region.build.industry import Sites, point_sources
from simulator.region.build.outline import (
    Outline,
    Raster,
    block_mean,
    distance_to,
    district_map,
    rasters,
    read_outline,
)
from simulator.region.build.provenance import read_hand_made
from simulator.region.build.segment import label_parcels, segment, zonal_mean
from simulator.region.build.settlement import Ground, LandUse, land_use
from simulator.region.build.terrain import slope_degrees, surface
from simulator.region.build.weather import WEATHER_DECIMALS, read_cwb, weather_rows
from simulator.region.build.write import (
    DEPOSITION_COLUMNS,
    DISTRICT_COLUMNS,
    FLOW_FILES,
    OPTIONAL_FILES,
    REGION_FILES,
    SOIL_COLUMNS,
    SOURCE_COLUMNS,
    WEATHER_COLUMNS,
    write_parcels,
    write_raster,
    write_region_toml,
    write_table,
)


def build_coast(recipe: dict, raw: Path, out: Path, file: Path) -> Path:
    """Build a coastal region.

    The same recipe and raw data give the same bytes.

    Parameters
    ----------
    recipe : dict
        The recipe as read from TOML; see ``docs/taizhou.md``.
    raw : Path
        Folder that the paths of the recipe's table ``raw`` start from.
    out : Path
        Folder to write; made if absent.
    file : Path
        File of the recipe, beside which its tables made by hand lie.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    InputError
        If the recipe is wrong or a raw file is missing.
    """
    spec = coast_recipe(recipe, raw)
    hand_made = read_hand_made(spec.tables, file)
    grid = spec.grid.grid()
    fine, terrain = rasters(spec)
    outline = read_outline(spec, raw)
    elevation = surface(spec.terrain, outline, terrain, spec.seed)
    slope = slope_degrees(elevation, terrain.cell)
    ground = _ground(outline, fine, terrain, elevation, slope)
    use = land_use(spec, outline, fine, ground)
    units = _soil_units(spec, outline, fine, ground, use)
    soil_unit = majority(units, round(grid.cell_size / fine.cell), spec.soils.min_land_share)
    soils = soil_table(spec.soils, raw / spec.raw.background)
    names = pd.DataFrame([(d.code, d.name) for d in spec.districts], columns=DISTRICT_COLUMNS)
    sources = point_sources(spec, raw, Sites(use.parks, fine, spec.seed))
    weather = weather_rows(_weather(spec, raw))
    parcels = _parcels(spec.landuse, use, ground.district, fine)

    # Nothing is written before all of it is there.
    out.mkdir(parents=True, exist_ok=True)
    on_land = np.where(district_map(outline, terrain) > 0, 0.0, np.nan)
    block = round(grid.cell_size / terrain.cell)
    cell_slope = np.nan_to_num(block_mean(slope + on_land, block))
    height = np.nan_to_num(block_mean(elevation + on_land, block))
    for key, values, unit in (("elevation", height, "m"), ("slope", cell_slope, "degree")):
        write_raster(out / REGION_FILES[key], values.astype(np.float32), grid, unit, None)
    maps = flow_maps(
        _terrain(outline, fine, terrain, elevation, slope, use),
        cell_slope,
        lambda values: values.repeat(block, axis=0).repeat(block, axis=1),
        lambda values: block_mean(values + on_land, block),
    )
    for key, unit in (("slope_length", "m"), ("connectivity", "")):
        write_raster(out / FLOW_FILES[key], maps[key], grid, unit, None)
    district = majority(ground.district, round(grid.cell_size / fine.cell), 0.0)
    write_raster(out / REGION_FILES["soil_unit"], soil_unit, grid, "", None)
    write_raster(out / REGION_FILES["district"], district, grid, "", None)
    used = soils["code"].isin(np.unique(soil_unit))
    write_table(out / REGION_FILES["soils"], soils[used], SOIL_COLUMNS)
    write_table(out / REGION_FILES["districts"], names, DISTRICT_COLUMNS)
    write_table(out / REGION_FILES["deposition"], _deposition(spec), DEPOSITION_COLUMNS)
    write_table(out / REGION_FILES["weather"], weather, WEATHER_COLUMNS, WEATHER_DECIMALS)
    write_daily(out, spec.daily_weather, raw, spec.weather)
    write_table(out / REGION_FILES["sources"], sources, SOURCE_COLUMNS)
    write_parcels(out / REGION_FILES["parcels"], parcels, grid.crs)
    for made in hand_made.values():
        made.write(out)
    write_region_toml(
        out / "region.toml",
        name=spec.name,
        title=spec.title,
        description=spec.description,
        grid=grid,
        layer_thickness=spec.soils.layer_thickness_m,
        files={
            key: provenance.info({**REGION_FILES, **OPTIONAL_FILES}[key])
            for key, provenance in spec.files.items()
        }
        | {key: made.info for key, made in hand_made.items()},
        weather=spec.weather,
        deposition=spec.deposition,
    )
    return out


def _ground(
    outline: Outline,
    fine: Raster,
    terrain: Raster,
    elevation: NDArray[np.float64],
    slope: NDArray[np.float64],
) -> Ground:
    """Average the terrain over the cells of land use; estuaries count as sea for salt."""
    block = round(fine.cell / terrain.cell)
    land = fine.burn([outline.mainland])
    salt = fine.burn([outline.waters[name] for name in outline.estuaries])
    return Ground(
        district=district_map(outline, fine),
        elevation=block_mean(elevation, block),
        slope=block_mean(slope, block),
        from_sea=distance_to(~land | salt, fine.cell),
    )


def _terrain(
    outline: Outline,
    fine: Raster,
    terrain: Raster,
    elevation: NDArray[np.float64],
    slope: NDArray[np.float64],
    use: LandUse,
) -> Terrain:
    """Elevation, slope and cover of the terrain cells, for where water runs."""
    block = round(fine.cell / terrain.cell)
    classes = use.classes.repeat(block, axis=0).repeat(block, axis=1)
    drawn = terrain.burn(outline.waters.values())
    # code 0 is land outside the districts, whose cover is not known
    cover = np.concatenate(([np.nan], cover_factors()))
    return Terrain(
        elevation=np.where(terrain.burn([outline.mainland]), elevation, np.nan),
        gradient=np.tan(np.radians(slope)),
        cover=cover[classes],
        water=drawn | (classes == class_code(WATER_CLASS)),
        pixel=terrain.cell,
    )


def _soil_units(
    spec: CoastRecipe, outline: Outline, fine: Raster, ground: Ground, use: LandUse
) -> NDArray[np.int32]:
    """Soil units of the dry land on the fine raster."""
    rivers = fine.burn(
        [part[name] for part in (outline.waters, outline.streams) for name in outline.rivers]
    )
    dry = (ground.district > 0) & (use.classes != class_code("water"))
    return soil_units(spec.soils, ground, distance_to(rivers, fine.cell), dry)


def _weather(spec: CoastRecipe, raw: Path) -> pd.DataFrame:
    """Record of the station, its rain scaled to the normal of the coast.

    Linear scaling, the simplest correction of a bias in rain (Teutschbein & Seibert 2012,
    doi:10.1016/j.jhydrol.2012.05.052): every hour by one factor, so wet hours stay wet hours.
    """
    weather = read_cwb(raw / spec.raw.weather)
    factor = spec.weather.annual_rain_mm / weather["precip_mm"].sum()
    return weather.assign(precip_mm=weather["precip_mm"] * factor)


def _deposition(spec: CoastRecipe) -> pd.DataFrame:
    """Rows of ``deposition.csv``."""
    part = spec.deposition
    rows = [
        {
            "metal": m,
            "unit": "mg m-2 yr-1",
            "source": part.source,
            "note": part.note,
            **part.metals[m].model_dump(),
        }
        for m in METALS
    ]
    return pd.DataFrame(rows)


def _parcels(
    part: LandUsePart, use: LandUse, district: NDArray[np.int32], fine: Raster
) -> pd.DataFrame:
    """Parcels of the fine raster; a parcel is protected if most of its cells are."""
    cut = (use.classes, fine.transform, district, part.max_parcel_m2, part.min_parcel_m2)
    parcels = segment(use.classes, use.impervious, *cut[1:])
    labels = label_parcels(*cut)
    protected = zonal_mean(labels, use.protected.astype(np.float64), len(parcels)) > 0.5
    names = np.array(LAND_CLASSES, dtype=object)[parcels["code"].to_numpy() - 1]
    impervious = parcels["impervious"].where(names != "water", 0.0)
    return parcels.assign(
        land_class=names,
        impervious=impervious,
        zone=np.where(protected & ~np.isin(names, ["urban", "industrial"]), "protected", "open"),
    )
