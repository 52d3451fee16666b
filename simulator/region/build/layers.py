"""Builds a region from raster layers: land use, built-up land, elevation, districts, soil map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from affine import Affine
from numpy.typing import NDArray
from scipy import ndimage

from simulator.constants import LAND_CLASSES, METALS, WATER_CLASS
from simulator.errors import InputError, Problem
from simulator.region.build import plants as plant_sources
from simulator.region.build import rasters, soils, weather
from simulator.region.build.daily import write_daily
from simulator.region.build.flow import Terrain, cover_factors, flow_maps
from simulator.region.build.land_history import built_history, history_fact, write_land_history
from simulator.region.build.landcover import area_keeping_classes
from simulator.region.build.provenance import read_hand_made
from simulator.region.build.rasters import Layer
from simulator.region.build.recipe import CROPLAND, LayersRecipe, layers_recipe, missing_files
from simulator.region.build.segment import dominant_class, label_parcels, segment
from simulator.region.build.slope import (
    SlopeNoise,
    levelled,
    mean_slope,
    open_water_slope,
    slope_degrees,
    smoothed,
)
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
from simulator.region.model import Grid

_NODATA = -9999.0


@dataclass(frozen=True)
class Base:
    """The fine pixels that everything is counted on: those of the land-use map."""

    land_use: Layer
    elevation: NDArray[np.float64]  #: [m], NaN where missing
    slope: NDArray[np.float64]  #: as the map shows it, with its noise. [degree], NaN where missing
    flat: NDArray[np.bool_]  #: levelled in the elevation map: no noise there
    slope_noise: SlopeNoise
    district: NDArray[np.int64]  #: 0 outside; -1 where there is no land use
    built_up: NDArray[np.float64]  #: 1 built-up, 0 not; NaN where there is no land use
    soil: Layer

    @property
    def pixel(self) -> float:
        """Pixel size. [m]"""
        return float(self.land_use.transform.a)

    @property
    def noise(self) -> NDArray[np.float64]:
        """Root mean square gradient of the noise of each pixel. [-]"""
        return np.where(self.flat, 0.0, self.slope_noise.gradient)

    def cover(self, classes: Mapping[int, str], name: str) -> NDArray[np.bool_]:
        """Pixels whose code means the class `name`."""
        return _cover(self.land_use, classes, name)


def build_layers(table: dict[str, Any], raw: Path, out: Path, file: Path) -> Path:
    """Build a region of kind ``layers``.

    Parameters
    ----------
    table : dict
        Recipe, as read from TOML.
    raw, out : Path
        Folder of raw data; folder to write.
    file : Path
        File of the recipe, beside which its tables made by hand lie.
    """
    where = file.name
    recipe = layers_recipe(table, where)
    if problems := missing_files(recipe, raw, where):
        raise InputError(problems)
    hand_made = read_hand_made(recipe.tables, file)
    grid = recipe.grid.grid()
    base = read_base(recipe, raw)
    if recipe.elevation.noise_margin_m is not None and base.slope_noise.pixels == 0:
        raise InputError(_no_open_water(recipe, where))
    out.mkdir(parents=True, exist_ok=True)

    parcels = build_parcels(recipe, base, grid)
    units = soils.describe_units(
        base.soil.values,
        base.soil.valid & base.land_use.valid,
        base.cover(recipe.land_use.classes, WATER_CLASS),
        base.cover(recipe.land_use.classes, "urban"),
        base.elevation,
        base.slope,
        base.pixel,
        recipe.soil.rule.river_code,
    )
    types = units.apply(lambda unit: soils.soil_type(unit, recipe.soil.rule), axis=1)
    types = types[types != soils.WATER]
    sources = _sources(recipe, raw, grid)

    _write_rasters(recipe, base, raw, out, grid, types)
    soil_rows = soils.soil_table(types, units["land_pixels"], recipe.soil)
    write_table(out / "soils.csv", soil_rows, SOIL_COLUMNS)
    write_table(out / "districts.csv", _districts(recipe), DISTRICT_COLUMNS)
    write_table(out / "deposition.csv", _deposition(recipe), DEPOSITION_COLUMNS)
    write_table(
        out / "weather.csv", _weather(recipe, raw), WEATHER_COLUMNS, weather.WEATHER_DECIMALS
    )
    write_daily(out, recipe.daily_weather, raw, recipe.weather)
    write_table(out / "sources.csv", sources, SOURCE_COLUMNS)
    write_parcels(out / "parcels.geojson", parcels, grid.crs)
    facts = {}
    if recipe.land_history is not None:
        fine = rasters.finer(grid, recipe.parcels.resolution_m)
        history = built_history(recipe.land_history, raw, base.land_use, fine)
        write_land_history(out / OPTIONAL_FILES["land_history"], history, grid)
        facts["land_history"] = [history_fact(history)]
    for made in hand_made.values():
        made.write(out)
    write_region_toml(
        out / "region.toml",
        name=recipe.name,
        title=recipe.title,
        description=recipe.description,
        grid=grid,
        layer_thickness=recipe.soil.layer_thickness_m,
        files={
            key: provenance.info(
                {**REGION_FILES, **OPTIONAL_FILES}[key],
                *facts.get(key, _facts(key, recipe, base, parcels, types)),
            )
            for key, provenance in recipe.files.items()
        }
        | {key: made.info for key, made in hand_made.items()},
        weather=recipe.weather,
        deposition=recipe.deposition,
    )
    return out


def read_base(recipe: LayersRecipe, raw: Path) -> Base:
    """Read the raw layers onto the pixels of the land-use map."""
    crs = recipe.grid.crs
    land_use = rasters.read_layer(raw / recipe.land_use.file, crs)
    land_use = replace(
        land_use,
        valid=land_use.valid & np.isin(land_use.values, list(recipe.land_use.classes)),
    )
    elevation = _elevation(
        rasters.read_layer(raw / recipe.elevation.file, crs), recipe.elevation.valid_m
    )
    height = rasters.sample(elevation, land_use, np.nan)
    district = rasters.sample(
        rasters.read_layer(raw / recipe.district.file, crs), land_use, 0
    ).astype(np.int64)
    cover = rasters.read_layer(raw / recipe.built_up.file, crs, recipe.built_up.band)
    built = rasters.sample(cover, land_use, 0) == recipe.built_up.code
    soil = rasters.read_layer(raw / recipe.soil.file, crs)
    soil_codes = rasters.sample(soil, land_use, 0).astype(np.int64)
    pixel = float(land_use.transform.a)
    slope = slope_degrees(height, pixel, recipe.elevation.slope_smoothing)
    flat = levelled(height, recipe.elevation.levelled_pixels)
    noise = SlopeNoise(0.0, 0)
    if recipe.elevation.noise_margin_m is not None:
        water = _cover(land_use, recipe.land_use.classes, WATER_CLASS)
        margin = recipe.elevation.noise_margin_m
        noise = open_water_slope(slope, water & ~flat, pixel, margin)
    return Base(
        land_use=land_use,
        elevation=height,
        slope=slope,
        flat=flat,
        slope_noise=noise,
        district=np.where(land_use.valid, district, -1),
        built_up=np.where(land_use.valid, built.astype(np.float64), np.nan),
        soil=Layer(soil_codes, soil_codes > 0, land_use.transform, crs),
    )


def build_parcels(recipe: LayersRecipe, base: Base, grid: Grid) -> pd.DataFrame:
    """Parcels of the land-use map, with the impervious share of the built-up map.

    Returns
    -------
    pandas.DataFrame
        ``id``, ``land_class``, ``impervious``, ``zone``, ``area_m2``, ``geometry``.
    """
    fine = rasters.finer(grid, recipe.parcels.resolution_m)
    cells = rasters.cells_of(base.land_use, fine)
    mapped = rasters.covered(base.land_use, cells, fine)
    shares = class_shares(recipe, base, fine, cells)
    district_codes = [0, *sorted(recipe.district.names)]
    districts = rasters.majority(base.district, cells, fine, district_codes)
    size = fine.cell_size
    transform = Affine(size, 0.0, fine.x_min, 0.0, -size, fine.y_max)
    limits = (recipe.parcels.max_area_m2, recipe.parcels.min_area_m2)
    classes = area_keeping_classes(shares, mapped, districts, transform, *limits)
    labels = label_parcels(classes, transform, districts, *limits)
    parcel_class = dominant_class(labels, classes, int(labels.max()))
    is_land = np.concatenate([[False], parcel_class != LAND_CLASSES.index(WATER_CLASS) + 1])
    built = np.nan_to_num(rasters.mean(base.built_up, cells, fine))
    built = move_off_water(built, is_land[labels], mapped)
    parcels = segment(classes, built, transform, districts, *limits)
    sealed = parcels["impervious"].clip(upper=1.0) * recipe.built_up.imperviousness
    land_class = [LAND_CLASSES[code - 1] for code in parcels["code"]]
    is_water = np.array([c == WATER_CLASS for c in land_class])
    return pd.DataFrame(
        {
            "id": parcels["id"],
            "land_class": land_class,
            "impervious": sealed.where(~is_water, 0.0),
            "zone": "open",
            "area_m2": parcels["area_m2"],
            "geometry": parcels["geometry"],
        }
    )


def class_shares(
    recipe: LayersRecipe, base: Base, fine: Grid, cells: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Share of each land class in the mapped part of each parcel cell.

    Cropland counts as paddy where the cell is flat and low (the recipe's limits), else as dryland.
    """
    codes = sorted(recipe.land_use.classes)
    values = np.where(base.land_use.valid, base.land_use.values, -1)
    number = rasters.counts(values, cells, fine, codes)
    total = number.sum(axis=0)
    slope = mean_slope(base.slope, base.noise, cells, fine)
    height = rasters.mean(base.elevation, cells, fine)
    flat_and_low = (slope <= recipe.land_use.paddy_max_slope_deg) & (
        height <= recipe.land_use.paddy_max_elevation_m
    )
    shares = np.zeros((len(LAND_CLASSES), *fine.shape))
    for count, code in zip(number, codes, strict=True):
        name = recipe.land_use.classes[code]
        if name == CROPLAND:
            shares[LAND_CLASSES.index("paddy")] += np.where(flat_and_low, count, 0)
            shares[LAND_CLASSES.index("dryland")] += np.where(flat_and_low, 0, count)
        else:
            shares[LAND_CLASSES.index(name)] += count
    return shares / np.maximum(total, 1)


def move_off_water(
    built: NDArray[np.float64], land: NDArray[np.bool_], mapped: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Give the built-up share of water cells to the nearest land cell.

    Quays, dykes and bridges lie in cells that are mostly water; water parcels cannot be sealed,
    yet the built-up area is to be kept. A land cell may exceed 1 by it; the parcel's mean does
    not, or is cut.
    """
    strays = mapped & ~land & (built > 0.0)
    if not strays.any() or not land.any():
        return np.where(land, built, 0.0)
    row, col = ndimage.distance_transform_edt(~land, return_distances=False, return_indices=True)
    result = np.where(land, built, 0.0)
    np.add.at(result, (row[strays], col[strays]), built[strays])
    return result


def _write_rasters(
    recipe: LayersRecipe, base: Base, raw: Path, out: Path, grid: Grid, types: pd.Series
) -> None:
    cells = rasters.cells_of(base.land_use, grid)
    around = _elevation(
        rasters.read_layer(raw / recipe.elevation.surroundings, grid.crs),
        recipe.elevation.valid_m,
    )
    # The surroundings are coarse already: smoothing them further would only blur them.
    around_cells = rasters.cells_of(around, grid)
    around_slope = slope_degrees(around.values, around.transform.a, 1)
    covered = rasters.mean(np.isfinite(base.elevation).astype(np.float64), cells, grid) >= 0.5
    height = rasters.mean(base.elevation, cells, grid)
    slope = mean_slope(base.slope, base.noise, cells, grid)
    for name, unit, inside, outside in (
        ("elevation", "m", height, around.values),
        ("slope", "degree", slope, around_slope),
    ):
        values = np.where(covered, inside, rasters.mean(outside, around_cells, grid))
        values = np.where(np.isfinite(values), values, _NODATA).astype(np.float32)
        write_raster(out / f"{name}.tif", values, grid, unit, _NODATA)
    maps = flow_maps(
        _terrain(recipe, base),
        slope,
        lambda values: values.reshape(-1)[np.maximum(cells, 0)],
        lambda values: rasters.mean(values, cells, grid),
    )
    for name, unit in (("slope_length", "m"), ("connectivity", "")):
        write_raster(out / FLOW_FILES[name], maps[name], grid, unit, None)

    soil = soil_units(recipe, base, grid, cells, types)
    write_raster(out / "soil_unit.tif", soil.astype(np.int32), grid, "", None)
    district = rasters.majority(base.district, cells, grid, [0, *sorted(recipe.district.names)])
    write_raster(out / "district.tif", district.astype(np.int32), grid, "", None)


def _terrain(recipe: LayersRecipe, base: Base) -> Terrain:
    """Elevation, slope and cover of the pixels, for where water runs."""
    # Below the noise nothing is known of a single pixel; the index of connectivity bounds it.
    gradient = np.sqrt(np.maximum(np.tan(np.radians(base.slope)) ** 2 - base.noise**2, 0.0))
    low = (np.degrees(np.arctan(gradient)) <= recipe.land_use.paddy_max_slope_deg) & (
        base.elevation <= recipe.land_use.paddy_max_elevation_m
    )
    c = dict(zip(LAND_CLASSES, cover_factors(), strict=True))
    cover = np.full(gradient.shape, np.nan)
    for name in set(recipe.land_use.classes.values()):
        value = np.where(low, c["paddy"], c["dryland"]) if name == CROPLAND else c[name]
        cover = np.where(base.cover(recipe.land_use.classes, name), value, cover)
    return Terrain(
        elevation=smoothed(base.elevation, recipe.elevation.slope_smoothing),
        gradient=gradient,
        cover=cover,
        water=base.cover(recipe.land_use.classes, WATER_CLASS),
        pixel=base.pixel,
    )


def soil_units(
    recipe: LayersRecipe,
    base: Base,
    grid: Grid,
    cells: NDArray[np.int64],
    types: pd.Series,
) -> NDArray[np.int64]:
    """Soil unit of each grid cell: the most frequent on its land, 0 where there is no land.

    Land whose mapping unit is a water body takes the unit of the nearest cell that has one.
    """
    water = base.cover(recipe.land_use.classes, WATER_CLASS)
    land = base.land_use.valid & ~water
    codes = [int(c) for c in sorted(types.index)]
    unit = rasters.majority(np.where(land, base.soil.values, -1), cells, grid, codes)
    has_land = rasters.counts(land.astype(np.int64), cells, grid, [1])[0] > 0
    return np.where(has_land, rasters.nearest_fill(unit, unit > 0), 0)


def _cover(layer: Layer, classes: Mapping[int, str], name: str) -> NDArray[np.bool_]:
    codes = [code for code, meaning in classes.items() if meaning == name]
    return layer.valid & np.isin(layer.values, codes)


def _no_open_water(recipe: LayersRecipe, where: str) -> Problem:
    return Problem(
        f"{where}: elevation.noise_margin_m",
        f"no open water {recipe.elevation.noise_margin_m:g} m from every shore and levelled water",
        "the noise of the slope is measured on water that the elevation map does not level",
        "Lower the margin, or leave it out: the slope is then taken as it is.",
    )


def _elevation(layer: Layer, valid_m: tuple[float, float]) -> Layer:
    values = layer.values.astype(np.float64)
    known = layer.valid & (values >= valid_m[0]) & (values <= valid_m[1])
    return replace(layer, values=np.where(known, values, np.nan), valid=known)


def _districts(recipe: LayersRecipe) -> pd.DataFrame:
    return pd.DataFrame(sorted(recipe.district.names.items()), columns=["code", "name"])


def _deposition(recipe: LayersRecipe) -> pd.DataFrame:
    rows = recipe.deposition.metals
    return pd.DataFrame(
        [{"metal": m, "unit": "mg m-2 yr-1", **rows[m].model_dump()} for m in METALS]
    )


def _weather(recipe: LayersRecipe, raw: Path) -> pd.DataFrame:
    record = weather.read_cswd(raw / recipe.weather.typical_year, recipe.weather.year)
    rain = weather.read_uci_rain(raw / recipe.weather.rain, recipe.weather.rain_year)
    return weather.weather_rows(weather.with_rain(record, rain))


def _sources(recipe: LayersRecipe, raw: Path, grid: Grid) -> pd.DataFrame:
    return plant_sources.plants_to_sources(
        pd.read_csv(raw / recipe.plants.file),
        grid,
        distance=recipe.plants.distance_m,
        control=recipe.plants.control,
        fuel=recipe.plants.fuel,
        year=recipe.start_year,
    )


def _facts(
    key: str, recipe: LayersRecipe, base: Base, parcels: pd.DataFrame, types: pd.Series
) -> list[str]:
    """Numbers found while building that belong to the provenance of a file."""
    if key == "parcels":
        km2 = float(base.land_use.valid.sum()) * base.pixel**2 / 1e6
        built = float(np.nansum(base.built_up)) * base.pixel**2 / 1e6
        sealed = float((parcels["impervious"] * parcels["area_m2"]).sum()) / 1e6
        return [
            f"{len(parcels)} parcels on {parcels['area_m2'].sum() / 1e6:.0f} km2 "
            f"(map {km2:.0f} km2); sealed {sealed:.0f} km2 "
            f"(built-up map {built:.0f} km2 x {recipe.built_up.imperviousness:g})."
        ]
    if key == "slope" and base.slope_noise.pixels:
        found = base.slope_noise
        noise = np.degrees(np.arctan(found.gradient))
        return [
            f"Open water {recipe.elevation.noise_margin_m:g} m from shores and levelled water "
            f"({found.pixels} pixels) shows a median slope of {found.median:.2f} degrees; "
            f"noise of {noise:.2f} degrees (root mean square) is taken off."
        ]
    if key == "soil_unit":
        listed = "; ".join(
            f"{name}: {', '.join(str(c) for c in sorted(codes.index))}"
            for name, codes in types.groupby(types)
        )
        return [f"Soil types of the units: {listed}."]
    return []
