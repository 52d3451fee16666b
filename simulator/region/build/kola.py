"""Builds a region of kind ``kola``: land around works, drawn from sampled sites and outlines.

Measured: contents of the soil, heights at the sites, outlines of coast and lakes. By rule: land
classes from the vegetation of the nearest site, heights between sites. Elsewhere: weather.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.interpolate import LinearNDInterpolator, NearestNDInterpolator

from simulator.constants import LAND_CLASSES, METALS
from simulator.region.build.coast_recipe import fault
from simulator.region.build.coast_soils import majority
from simulator.region.build.kola_outline import read_outline
from simulator.region.build.kola_recipe import COAST, SAMPLES, KolaRecipe, SoilPart, kola_recipe
from simulator.region.build.kola_weather import kola_weather
from simulator.region.build.outline import Raster
from simulator.region.build.provenance import read_hand_made
from simulator.region.build.segment import segment
from simulator.region.build.terrain import slope_degrees
from simulator.region.build.weather import WEATHER_DECIMALS, weather_rows
from simulator.region.build.write import (
    DEPOSITION_COLUMNS,
    DISTRICT_COLUMNS,
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

#: Columns of ``samples.csv`` as far as the layer has them.
_SAMPLE_COLUMNS = ("site", "x", "y", "year", *METALS)


def build_kola(table: dict, raw: Path, out: Path, file: Path) -> Path:
    """Build a region of kind ``kola``.

    The same recipe and raw data give the same bytes.

    Parameters
    ----------
    table : dict
        The recipe as read from TOML; see ``docs/kola.md``.
    raw : Path
        Folder that the paths of the recipe start from.
    out : Path
        Folder to write; made if absent.
    file : Path
        File of the recipe, beside which the record of the weather lies.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    InputError
        If the recipe is wrong or a raw file is missing.
    """
    spec = kola_recipe(table, raw)
    hand_made = read_hand_made(spec.tables, file)
    grid = spec.grid.grid()
    block = round(grid.cell_size / spec.grid.fine_cell)
    fine = Raster(
        grid.x_min, grid.y_max, spec.grid.fine_cell, (grid.shape[0] * block, grid.shape[1] * block)
    )
    outline = read_outline(spec, raw)
    land = fine.burn([outline.land])
    works = pd.read_csv(raw / spec.raw.works).set_index("name")
    classes = _land_classes(spec, raw, fine, land, fine.burn([outline.lakes]), works)
    dry = land & (classes != LAND_CLASSES.index("water") + 1)
    samples = _samples(spec, raw)
    soil_unit = _with_sites(majority(dry.astype(np.int32), block, 0.0), samples, grid)
    elevation = np.where(soil_unit > 0, _heights(pd.read_csv(raw / spec.raw.places), grid), 0.0)
    district = majority(np.where(land, _districts(spec, raw, fine), 0), block, 0.0)
    parcels = _parcels(spec, classes, fine)
    weather = kola_weather(spec.weather, file.parent / spec.weather.record, spec.seed)

    x, y = np.meshgrid(grid.x, grid.y)
    shore = shapely.distance(outline.coast, shapely.points(x, y)) / 1e3
    files = {**REGION_FILES, SAMPLES: f"{SAMPLES}.csv", COAST: f"{COAST}.tif"}

    tables = {
        "soils": (_soil_rows(spec.soil, raw), SOIL_COLUMNS),
        "districts": (_district_rows(spec), DISTRICT_COLUMNS),
        "deposition": (_deposition_rows(spec), DEPOSITION_COLUMNS),
        "sources": (_source_rows(spec, works), SOURCE_COLUMNS),
    }

    # Nothing is written before all of it is there.
    out.mkdir(parents=True, exist_ok=True)
    for key, values, unit in (
        ("elevation", elevation.astype(np.float32), "m"),
        ("slope", slope_degrees(elevation, grid.cell_size).astype(np.float32), "degree"),
        ("soil_unit", soil_unit, ""),
        ("district", district, ""),
        (COAST, shore.astype(np.float32), "km"),
    ):
        write_raster(out / files[key], values, grid, unit, None)
    for key, (rows, columns) in tables.items():
        write_table(out / REGION_FILES[key], rows, columns)
    write_table(
        out / REGION_FILES["weather"], weather_rows(weather), WEATHER_COLUMNS, WEATHER_DECIMALS
    )
    write_table(out / files[SAMPLES], samples, [c for c in _SAMPLE_COLUMNS if c in samples])
    write_parcels(out / REGION_FILES["parcels"], parcels, grid.crs)
    for made in hand_made.values():
        made.write(out)
    write_region_toml(
        out / "region.toml",
        name=spec.name,
        title=spec.title,
        description=spec.description,
        grid=grid,
        layer_thickness=[layer.thickness_m for layer in spec.soil.layers],
        files={key: told.info(files[key]) for key, told in spec.files.items() if key != COAST}
        | {key: made.info for key, made in hand_made.items()},
        weather=spec.weather,
        deposition=spec.deposition,
        covariates={COAST: ("number", spec.files[COAST].info(files[COAST]))},
    )
    return out


def _nearest(sites: pd.DataFrame, values: NDArray, fine: Raster) -> NDArray[np.int32]:
    """Number of the nearest site in each cell of a raster."""
    y, x = _centres(fine)
    nearest = NearestNDInterpolator(sites[["y_m", "x_m"]].to_numpy(np.float64), values)(y, x)
    return np.asarray(nearest, dtype=np.int32)


def _centres(fine: Raster) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Northing and easting of the centres of a raster's cells. [m]"""
    y = fine.y_max - (np.arange(fine.shape[0]) + 0.5) * fine.cell
    x = fine.x_min + (np.arange(fine.shape[1]) + 0.5) * fine.cell
    north, east = np.meshgrid(y, x, indexing="ij")
    return north, east


def _land_classes(
    spec: KolaRecipe,
    raw: Path,
    fine: Raster,
    land: NDArray[np.bool_],
    lakes: NDArray[np.bool_],
    works: pd.DataFrame,
) -> NDArray[np.int32]:
    """Codes of the land classes, 0 = sea or outside."""
    sites = pd.read_csv(raw / spec.raw.samples).dropna(subset=["veg_zone"])
    tundra = _nearest(sites, sites["veg_zone"].isin(spec.land.tundra).to_numpy(np.int32), fine) > 0
    y, x = _centres(fine)
    away = np.min([np.hypot(x - w["x_m"], y - w["y_m"]) for w in works.to_dict("records")], axis=0)
    names = np.select(
        [away < spec.land.works_radius, lakes, away < spec.land.bare_radius, tundra],
        ["industrial", "water", "bare", "grassland"],
        default="forest",
    )
    codes = np.zeros(fine.shape, dtype=np.int32)
    for name in np.unique(names):
        codes[land & (names == name)] = LAND_CLASSES.index(str(name)) + 1
    return codes


def _districts(spec: KolaRecipe, raw: Path, fine: Raster) -> NDArray[np.int32]:
    """Number of the country of the nearest site, from 1 in the order of the recipe."""
    sites = pd.read_csv(raw / spec.raw.places)
    number = {country: n for n, country in enumerate(spec.districts, start=1)}
    return _nearest(sites, sites["country"].map(number).to_numpy(), fine)


def _heights(sites: pd.DataFrame, grid: Grid) -> NDArray[np.float64]:
    """Heights between the sites, linear on the triangles of Delaunay; beyond, the nearest. [m]"""
    places, heights = sites[["x_m", "y_m"]].to_numpy(np.float64), sites["elev_m"].to_numpy()
    x, y = np.meshgrid(grid.x, grid.y)
    inside = LinearNDInterpolator(places, heights)(x, y)
    return np.where(np.isnan(inside), NearestNDInterpolator(places, heights)(x, y), inside)


def _samples(spec: KolaRecipe, raw: Path) -> pd.DataFrame:
    """Rows of ``samples.csv``: the sites that are well enough placed."""
    sites = pd.read_csv(raw / spec.raw.samples)
    sites = sites[sites["y_accuracy_m"] <= spec.most_inaccuracy_m]
    sites = sites.rename(columns={"x_m": "x", "y_m": "y"}).assign(year=spec.survey_year)
    return sites.sort_values("site").astype({"site": str})


def _with_sites(
    soil_unit: NDArray[np.int32], samples: pd.DataFrame, grid: Grid
) -> NDArray[np.int32]:
    """Soil units with the one unit in cells of samples that the outlines call water."""
    cols = np.floor((samples["x"].to_numpy() - grid.x_min) / grid.cell_size).astype(int)
    rows = np.floor((grid.y_max - samples["y"].to_numpy()) / grid.cell_size).astype(int)
    soil_unit = soil_unit.copy()
    soil_unit[rows, cols] = 1
    return soil_unit


def _parcels(spec: KolaRecipe, classes: NDArray[np.int32], fine: Raster) -> pd.DataFrame:
    works = LAND_CLASSES.index("industrial") + 1
    parcels = segment(
        classes,
        np.where(classes == works, spec.land.works_impervious, 0.0),
        fine.transform,
        None,
        spec.land.max_parcel_m2,
        spec.land.min_parcel_m2,
    )
    names = np.array(LAND_CLASSES, dtype=object)[parcels["code"].to_numpy() - 1]
    impervious = parcels["impervious"].where(names != "water", 0.0)
    return parcels.assign(land_class=names, impervious=impervious, zone="open")


def _soil_rows(soil: SoilPart, raw: Path) -> pd.DataFrame:
    """Rows of ``soils.csv``: medians of far sites for metals, of all for acidity and loss."""
    rows = []
    for n, layer in enumerate(soil.layers, start=1):
        sites = pd.read_csv(raw / layer.table)
        far = sites[sites.filter(regex=r"^dist_.*_km$").min(axis=1) >= soil.clean_km]
        clay, silt, sand = layer.texture_pct
        rows.append(
            {
                "code": 1,
                "name": soil.name,
                "layer": n,
                "ph": round(float(sites["pH"].median()), 2),
                "organic_matter_pct": round(float(sites["LOI"].median()), 2),
                "clay_pct": clay,
                "silt_pct": silt,
                "sand_pct": sand,
                "bulk_density_g_cm3": layer.bulk_density_g_cm3,
                **{m: float(f"{far[m].median():.3g}") for m in METALS},
                "source": f"metals: medians of the {len(far)} sites of {Path(layer.table).stem} at "
                f"least {soil.clean_km:g} km from all works; pH, loss on ignition: medians of all "
                f"{len(sites)} sites; {layer.source}",
                "confidence": "read",
            }
        )
    return pd.DataFrame(rows)


def _district_rows(spec: KolaRecipe) -> pd.DataFrame:
    return pd.DataFrame(enumerate(spec.districts.values(), start=1), columns=DISTRICT_COLUMNS)


def _deposition_rows(spec: KolaRecipe) -> pd.DataFrame:
    part = spec.deposition
    common = {"unit": "mg m-2 yr-1", "source": part.source, "note": part.note}
    return pd.DataFrame([{"metal": m, **common, **part.metals[m].model_dump()} for m in METALS])


def _source_rows(spec: KolaRecipe, works: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``sources.csv``: each release of each of the works."""
    part = spec.sources
    absent = [work.name for work in part.works if work.name not in works.index]
    if absent:
        raise fault(
            "sources.works",
            f"{', '.join(absent)} not in {spec.raw.works}",
            "every work has a row with its place",
            "Mend the name.",
        )
    place = works.to_dict("index")
    return pd.DataFrame(
        [
            {
                "id": work.id + release.suffix,
                "name": f"{work.name}, {place[work.name]['kind']}",
                "sector": part.sector,
                "control": release.control,
                "activity": work.activity * release.share,
                "activity_unit": part.activity_unit,
                "x": float(place[work.name]["x_m"]),
                "y": float(place[work.name]["y_m"]),
                "height_m": release.height_m,
                "diameter_m": release.diameter_m,
                "temperature_K": release.temperature_k,
                "velocity_m_s": release.velocity_m_s,
                "start_year": work.start_year,
                "stop_year": None,
                "status": "derived",
                "reference": f"{work.reference}; {release.reference}",
                "fuel": "",
            }
            for work in part.works
            for release in part.releases
        ]
    )
