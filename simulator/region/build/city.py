"""Builds a region of kind ``city``: a survey of a city, and nothing else is known of the place.

Measured: the samples, their places, heights and functional areas. Derived from these: terrain,
zones, parcels. Illustrative: the sources, one candidate in every industrial parcel.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from affine import Affine
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator
from scipy.spatial import cKDTree

from simulator.constants import METALS
from simulator.region.build import weather
from simulator.region.build.city_recipe import MORE_FILES, CityRecipe, city_recipe
from simulator.region.build.coast_soils import majority
from simulator.region.build.daily import write_daily
from simulator.region.build.outline import block_mean
from simulator.region.build.provenance import read_hand_made
from simulator.region.build.segment import segment
from simulator.region.build.terrain import slope_degrees
from simulator.region.build.write import (
    DEPOSITION_COLUMNS,
    DISTRICT_COLUMNS,
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

#: Weights that traffic is spread by; the table of area sources names them.
_TRAFFIC = "traffic.tif"
_SAMPLE_COLUMNS = ("site", "x", "y", "year", *METALS, "zone", "elev_m")


@dataclass(frozen=True)
class Fine:
    """The fine raster, ``[row, col]``, row 0 north.

    Attributes
    ----------
    zone : ndarray of int
        Code of the functional area, 0 outside the region.
    elevation : ndarray
        [m]
    transform : Affine
        Georeference.
    block : int
        Fine cells along the side of a cell of the model.
    """

    zone: NDArray[np.int32]
    elevation: NDArray[np.float64]
    transform: Affine
    block: int


def build_city(recipe: dict, raw: Path, out: Path, file: Path) -> Path:
    """Build the region of a city of which a survey is all that is known.

    The same recipe and raw data give the same bytes.

    Parameters
    ----------
    recipe : dict
        The recipe as read from TOML; see ``docs/city.md``.
    raw : Path
        Folder that the paths of raw data start from.
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
    spec = city_recipe(recipe, raw)
    hand_made = read_hand_made(spec.tables, file)
    grid = spec.grid.grid()
    samples = _samples(spec, raw)
    fine = draw(spec, samples)
    parcels = cut_parcels(spec, fine)
    record = weather.with_rain(
        weather.read_cswd(raw / spec.weather.typical_year, spec.weather.year),
        weather.read_uci_rain(raw / spec.weather.rain, spec.weather.rain_year),
    )

    out.mkdir(parents=True, exist_ok=True)
    names = _names()
    zone = majority(fine.zone, fine.block, 0.5)
    by_code = {z.code: z for z in spec.zones}
    soil_unit = np.zeros_like(zone)
    for code, kind in by_code.items():
        soil_unit[zone == code] = kind.soil
    weight = np.array([by_code[c].traffic if c in by_code else 0.0 for c in range(zone.max() + 1)])
    slope = slope_degrees(fine.elevation, spec.grid.fine_cell)
    for key, values, unit in (
        (names["elevation"], block_mean(fine.elevation, fine.block), "m"),
        (names["slope"], block_mean(slope, fine.block), "degree"),
        (_TRAFFIC, block_mean(weight[fine.zone], fine.block), ""),
    ):
        write_raster(out / key, values.astype(np.float32), grid, unit, None)
    for key, codes in (("soil_unit", soil_unit), ("zone", zone), ("district", zone > 0)):
        write_raster(out / names[key], codes.astype(np.int32), grid, "", None)
    write_table(out / names["soils"], _soils(spec, raw), SOIL_COLUMNS)
    district = pd.DataFrame([(1, "the surveyed area")], columns=DISTRICT_COLUMNS)
    write_table(out / names["districts"], district, DISTRICT_COLUMNS)
    write_table(out / names["deposition"], _deposition(spec), DEPOSITION_COLUMNS)
    rows = weather.weather_rows(record)
    write_table(out / names["weather"], rows, WEATHER_COLUMNS, weather.WEATHER_DECIMALS)
    write_daily(out, spec.daily_weather, raw, spec.weather)
    write_table(out / names["sources"], candidates(spec, parcels), SOURCE_COLUMNS)
    write_table(out / names["samples"], samples, _SAMPLE_COLUMNS)
    write_parcels(out / names["parcels"], parcels, grid.crs)
    for made in hand_made.values():
        made.write(out)
    infos = {key: spec.files[key].info(names[key]) for key in names}
    covariates = {"zone": ("class", infos.pop("zone")), "elev_m": ("number", infos.pop("elev_m"))}
    write_region_toml(
        out / "region.toml",
        name=spec.name,
        title=spec.title,
        description=spec.description,
        grid=grid,
        layer_thickness=spec.layer_thickness_m,
        files=infos | {key: made.info for key, made in hand_made.items()},
        weather=spec.weather,
        deposition=spec.deposition,
        covariates=covariates,
    )
    return out


def draw(spec: CityRecipe, samples: pd.DataFrame) -> Fine:
    """Zones and heights on the fine raster, from the sites alone.

    The region is the convex hull of the sites and a margin. A zone reaches as far as a site of it
    is the nearest one. The height is that of ordinary kriging with a linear variogram without
    nugget, that is of radial basis functions -r and a constant (Cressie 1993, section 3.4.5): it
    keeps the heights of the sites. Rounded to a centimetre, lest libraries that add up otherwise
    show.

    Parameters
    ----------
    spec : CityRecipe
        The recipe.
    samples : DataFrame
        ``x``, ``y`` [m], ``zone`` and ``elev_m`` of the sites.
    """
    part, cell = spec.grid, spec.grid.fine_cell
    block = round(part.cell_size / cell)
    sites = samples[["x", "y"]].to_numpy(np.float64)
    x = part.x_min + (np.arange(part.cols * block) + 0.5) * cell
    y = part.y_max - (np.arange(part.rows * block) + 0.5) * cell
    east, north = np.meshgrid(x, y)
    points = np.column_stack([east.ravel(), north.ravel()])
    area = shapely.convex_hull(shapely.MultiPoint(sites)).buffer(spec.survey.margin_m)
    nearest = cKDTree(sites).query(points)[1]
    zone = np.where(
        shapely.contains_xy(area, points), samples["zone"].to_numpy(np.int32)[nearest], 0
    )
    height = samples["elev_m"].to_numpy(np.float64)
    surface = RBFInterpolator(sites, height, kernel="linear", degree=0)(points)
    return Fine(
        zone=zone.reshape(east.shape).astype(np.int32),
        elevation=np.clip(surface, height.min(), height.max()).round(2).reshape(east.shape),
        transform=Affine(cell, 0.0, part.x_min, 0.0, -cell, part.y_max),
        block=block,
    )


def _names() -> dict[str, str]:
    own = {"samples": "samples.csv", "zone": "zone.tif", "elev_m": REGION_FILES["elevation"]}
    known = {**REGION_FILES, **OPTIONAL_FILES, **own}
    return {key: known[key] for key in (*REGION_FILES, *MORE_FILES)}


def _samples(spec: CityRecipe, raw: Path) -> pd.DataFrame:
    """Rows of ``samples.csv``, as they were surveyed but for the origin."""
    table = pd.read_csv(raw / spec.survey.file)
    return table.assign(
        site=table["id"],
        x=table["x_m"] + spec.grid.x_offset,
        y=table["y_m"] + spec.grid.y_offset,
        year=spec.survey.year,
    )


def cut_parcels(spec: CityRecipe, fine: Fine) -> pd.DataFrame:
    """Patches of one zone, cut and sieved; ``code`` is the zone."""
    by_code = {z.code: z for z in spec.zones}
    parcels = segment(
        fine.zone,
        np.zeros(fine.zone.shape),
        fine.transform,
        None,
        spec.max_parcel_m2,
        spec.min_parcel_m2,
    )
    codes = parcels["code"].tolist()
    return parcels.assign(
        land_class=[by_code[c].land_class for c in codes],
        impervious=[by_code[c].impervious for c in codes],
        zone="open",
    )


def candidates(spec: CityRecipe, parcels: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``sources.csv``: one candidate at the centre of each industrial parcel."""
    part = spec.candidates
    industrial = parcels[parcels["code"] == part.zone]
    centres = [
        c if p.contains(c) else p.representative_point()
        for p in industrial["geometry"]
        for c in (p.centroid,)
    ]
    rows = {
        "id": [f"industry-{n:02d}" for n in range(1, len(centres) + 1)],
        "name": [f"Candidate in parcel {number}" for number in industrial["id"]],
        **part.model_dump(exclude={"zone"}),
        "x": [round(c.x) for c in centres],
        "y": [round(c.y) for c in centres],
        "start_year": None,
        "stop_year": None,
        "status": "illustrative",
        "fuel": "",
    }
    return pd.DataFrame(rows)


def _soils(spec: CityRecipe, raw: Path) -> pd.DataFrame:
    """Rows of ``soils.csv``: the background of the survey in every layer of every unit."""
    survey = pd.read_csv(raw / spec.survey.background).set_index("metal")["background_mean_mgkg"]
    metals = {m: float(survey[m]) for m in METALS}
    rows = [
        {
            "code": soil.code,
            "name": soil.name,
            "layer": layer + 1,
            "ph": soil.ph[layer],
            "organic_matter_pct": soil.organic_matter_pct[layer],
            "clay_pct": soil.clay_pct,
            "silt_pct": soil.silt_pct,
            "sand_pct": 100.0 - soil.clay_pct - soil.silt_pct,
            "bulk_density_g_cm3": soil.bulk_density_g_cm3[layer],
            **metals,
            "source": soil.source,
            "confidence": soil.confidence,
        }
        for soil in sorted(spec.soils, key=lambda s: s.code)
        for layer in range(len(spec.layer_thickness_m))
    ]
    return pd.DataFrame(rows)


def _deposition(spec: CityRecipe) -> pd.DataFrame:
    """Rows of ``deposition.csv``."""
    rows = [
        {"metal": m, "unit": "mg m-2 yr-1", **spec.deposition.metals[m].model_dump()}
        for m in METALS
    ]
    return pd.DataFrame(rows)
