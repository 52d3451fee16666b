"""Reading a region: every file checked, everything in SI, all problems told at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.constants import METALS, MG_PER_KG
from simulator.errors import InputError, Problem
from simulator.files import file_inside
from simulator.problems import Report, suggest
from simulator.region.area_sources import (
    check_others,
    no_area_sources,
    read_area_sources,
    read_weights,
)
from simulator.region.covariates import Covariate, read_covariate
from simulator.region.csv_table import MAX_TABLE
from simulator.region.daily import Days, daily_means, read_daily
from simulator.region.description import DailyTable, Description, locate, read_description
from simulator.region.epw import read_epw
from simulator.region.footprints import find_footprints, footprint_name, read_footprint
from simulator.region.land_history import read_land_history
from simulator.region.model import Grid, ImportedFootprint, LayerInfo, Region, Soil
from simulator.region.rasters import MAX_RASTER, RASTERS, cells, read_raster
from simulator.region.samples import check_samples, read_soil_samples
from simulator.region.schedules import check_schedules, read_schedules
from simulator.region.source_changes import (
    check_source_changes,
    no_source_changes,
    read_source_changes,
)
from simulator.region.stacks import filled_note
from simulator.region.surface import check_anemometer
from simulator.region.survey import read_survey, survey_of
from simulator.region.tables import read_deposition, read_districts, read_soils, read_sources
from simulator.region.vectors import MAX_PARCELS, read_parcels
from simulator.region.weather import complete, read_weather

KG_M3_PER_G_CM3 = 1000.0


def builtin_regions() -> list[str]:
    """Names of the regions that are installed with the program."""
    folder = _builtin_folder()
    return sorted(p.parent.name for p in folder.glob("*/region.toml"))


def region_folder(region: str | Path) -> Path:
    """Folder of a region.

    Parameters
    ----------
    region : str or Path
        Name of a built-in region, or path of a folder. A string that is the name of a built-in
        region means that one; write ``./name`` for a folder of the same name.

    Raises
    ------
    InputError
        If there is no such region.
    """
    names = builtin_regions()
    if isinstance(region, str) and region in names:
        return _builtin_folder() / region
    folder = Path(region)
    if not folder.is_dir():
        what = "is a file" if folder.is_file() else "there is no such folder or built-in region"
        raise InputError(
            Problem(
                f"region {str(region)!r}",
                what,
                "a region is the name of a built-in region or a folder with region.toml",
                suggest(str(region), names),
            )
        )
    return folder


def read_region(region: str | Path) -> Region:
    """Read a region and check all of it.

    Parameters
    ----------
    region : str or Path
        Name of a built-in region or path of a folder in the format of ``docs/region-format.md``.

    Returns
    -------
    Region
        Aligned, in SI units.

    Raises
    ------
    InputError
        With every problem found.
    """
    report = Report()
    read = report.attempt(_read, region_folder(region), report)
    report.raise_if_any()
    assert read is not None
    return read


def check_region(region: str | Path) -> list[Problem]:
    """Everything that is wrong with a region; an empty list for a good one."""
    try:
        read_region(region)
    except InputError as error:
        return error.problems
    return []


def _builtin_folder() -> Path:
    return Path(str(files("scenarios"))) / "regions"


def _read(folder: Path, report: Report) -> Region | None:
    """Region of a folder, or None with the reasons in the report."""
    folder = folder.resolve()
    description = read_description(folder)
    grid, latitude = locate(description.grid, f"{folder.name}/region.toml")
    paths = {
        name: report.attempt(
            file_inside,
            folder,
            table.file,
            f"{folder.name}/region.toml: files.{name}.file",
            _max_size(name),
        )
        for name, table in description.file_tables.items()
    }
    found: dict[str, Any] = {}
    for name, path in paths.items():
        if path is not None:
            where = f"{folder.name}/{description.file_tables[name].file}"
            found[name] = report.attempt(_read_file, name, path, where, grid, description)
    _cross_check(found, folder.name, description, report)
    layers = dict(description.layers)
    footprints = _read_footprints(folder, found.get("sources"), grid, layers, paths, report)
    area_sources = found.get("area_sources")
    if area_sources is None:
        area_sources = no_area_sources()
    weights = read_weights(folder, area_sources, grid, layers, paths, report)
    named = description.files.survey
    survey = None if named is None else survey_of(found, f"{folder.name}/{named.file}", report)
    covariates = _read_covariates(folder, description, grid, paths, report)
    samples, told = found.get("samples"), description.files.samples
    if samples is not None and told is not None:
        where = f"{folder.name}/{told.file}"
        check_samples(samples, found.get("soil_unit"), covariates, where, report)
    if report:
        return None
    daily: Days = found.get("daily_weather") or Days(daily_means(found["weather"]), 0)
    if daily.dry:
        layers["daily_weather"] = _with_dry_days(layers["daily_weather"], daily)
    if note := filled_note(found["sources"]):
        layers["sources"] = _with_note(layers["sources"], note)
    codes, soil_unit = found["soils"], found["soil_unit"]
    soil, background = _lay_out(codes, soil_unit, len(description.soil.layer_thickness_m))
    return Region(
        name=description.name,
        title=description.title,
        description=description.description,
        folder=folder,
        grid=grid,
        latitude=latitude,
        layer_thickness=np.array(description.soil.layer_thickness_m, dtype=np.float64),
        soil_mask=soil_unit > 0,
        soil=soil,
        background=background,
        elevation=found["elevation"],
        slope=np.radians(found["slope"]),
        district=found["district"],
        district_names=found["districts"],
        background_deposition=found["deposition"],
        weather=found["weather"],
        weather_station=description.weather.station,
        anemometer_height=description.weather.anemometer_height_m,
        weather_site=description.weather.site,
        daily=daily.table,
        daily_site=description.weather.daily_site,
        sources=found["sources"],
        parcels=found["parcels"],
        layers=layers,
        digest=digest(folder / "region.toml", {n: p for n, p in paths.items() if p is not None}),
        schedules=found.get("schedules", MappingProxyType({})),
        footprints=footprints,
        area_sources=area_sources,
        source_changes=found.get("source_changes", no_source_changes()),
        weights=weights,
        deposition_includes_sources=description.deposition.includes_sources,
        deposition_year=description.deposition.year,
        soil_unit=soil_unit,
        soil_names=MappingProxyType(dict(zip(codes["code"], codes["name"], strict=True))),
        survey=survey,
        slope_length=found.get("slope_length"),
        connectivity=found.get("connectivity"),
        samples=samples,
        covariates=MappingProxyType(covariates),
        land_history=found.get("land_history"),
    )


def _read_covariates(
    folder: Path,
    description: Description,
    grid: Grid,
    paths: dict[str, Path | None],
    report: Report,
) -> dict[str, Covariate]:
    """Maps of ``[covariates]`` by name; they join the files of the region."""
    covariates = {}
    for name, table in description.covariates.items():
        key = f"covariates.{name}"
        where = f"{folder.name}/region.toml: {key}.file"
        path = report.attempt(file_inside, folder, table.file, where, MAX_RASTER)
        if path is None:
            continue
        paths[key] = path
        read = report.attempt(read_covariate, path, f"{folder.name}/{table.file}", grid, table.kind)
        if read is not None:
            covariates[name] = read
    return covariates


def _read_footprints(
    folder: Path,
    sources: pd.DataFrame | None,
    grid: Grid,
    layers: dict[str, LayerInfo],
    paths: dict[str, Path | None],
    report: Report,
) -> Mapping[tuple[str, str], ImportedFootprint]:
    """Imported footprints; they join the layers and the files of the region."""
    footprints: dict[tuple[str, str], ImportedFootprint] = {}
    if sources is None:
        return footprints
    for key, path in find_footprints(folder, sources["id"].tolist(), report).items():
        name = footprint_name(*key)
        read = report.attempt(read_footprint, path, f"{folder.name}/{name}", grid)
        if read is not None:
            footprints[key], layers[name] = read
            paths[name] = path
    return MappingProxyType(footprints)


def _with_dry_days(layer: LayerInfo, daily: Days) -> LayerInfo:
    """Provenance that tells how many days without a record of rain count as dry."""
    fact = f"{daily.dry} of {len(daily.table)} days have no record of rain and count as dry."
    return _with_note(layer, fact)


def _with_note(layer: LayerInfo, fact: str) -> LayerInfo:
    return replace(layer, note=f"{layer.note} {fact}".strip())


def _max_size(name: str) -> int:
    if name in RASTERS or name in ("survey", "land_history"):
        return MAX_RASTER
    return MAX_PARCELS if name == "parcels" else MAX_TABLE


def _read_file(name: str, path: Path, where: str, grid: Grid, description: Description) -> Any:
    """One file of a region by its name in ``region.toml``."""
    if name in RASTERS:
        return read_raster(path, where, grid, RASTERS[name])
    if name == "soils":
        return read_soils(path, where, len(description.soil.layer_thickness_m))
    if name == "sources":
        return read_sources(path, where, grid)
    if name == "schedules":
        return read_schedules(path, where)
    if name == "area_sources":
        return read_area_sources(path, where)
    if name == "survey":
        return read_survey(path, where, grid)
    if name == "land_history":
        return read_land_history(path, where, grid)
    if name == "samples":
        return read_soil_samples(path, where, grid)
    if name == "source_changes":
        return read_source_changes(path, where)
    if name == "parcels":
        return read_parcels(path, where, grid)
    if name == "weather":
        calm = description.weather.calm_below_ms
        if path.suffix.lower() == ".epw":
            return complete(read_epw(path, where)[0], where, calm)
        return read_weather(path, where, calm)
    if name == "daily_weather":
        return read_daily(path, where, description.weather.daily_site)
    return {"districts": read_districts, "deposition": read_deposition}[name](path, where)


def _cross_check(
    found: Mapping[str, Any], folder: str, description: Description, report: Report
) -> None:
    """Rules between files, as far as both could be read."""
    name = {key: f"{folder}/{table.file}" for key, table in description.file_tables.items()}
    soil_unit, district = found.get("soil_unit"), found.get("district")
    if soil_unit is not None:
        if not (soil_unit > 0).any():
            report.add(
                name["soil_unit"],
                "every cell is 0",
                "at least one cell has a soil unit",
                "Check the raster; 0 means that there is no soil data.",
            )
        for key in ("elevation", "slope", "slope_length", "connectivity"):
            if found.get(key) is not None:
                lost = np.isnan(found[key]) & (soil_unit > 0)
                if lost.any():
                    report.add(
                        f"{name[key]}: {cells(lost)}",
                        "no value where there is soil",
                        f"every cell with a soil unit has a value of {key}",
                        f"Fill the cells, or set soil unit 0 there in {name['soil_unit']}.",
                    )
        if found.get("soils") is not None:
            _check_codes(soil_unit, set(found["soils"]["code"]), name, "soil_unit", "soils", report)
    if district is not None and found.get("districts") is not None:
        _check_codes(district, set(found["districts"]), name, "district", "districts", report)
    if found.get("sources") is not None:
        check_schedules(
            found["sources"], found.get("schedules"), name["sources"], name.get("schedules"), report
        )
    if found.get("sources") is not None and found.get("source_changes") is not None:
        check_source_changes(
            found["source_changes"], found["sources"], name["source_changes"], report
        )
    if found.get("area_sources") is not None:
        check_others(found, name["area_sources"], report)
    if description.files.daily_weather is None and description.weather.daily != DailyTable():
        report.add(
            f"{folder}/region.toml: weather.daily",
            "the region has no daily weather",
            "the table tells where the days of files.daily_weather were observed",
            "Add [files.daily_weather], or remove the table.",
        )
    if found.get("weather") is not None and found.get("parcels") is not None:
        check_anemometer(
            f"{folder}/region.toml: weather.anemometer_height_m",
            description.weather.anemometer_height_m,
            description.weather.site,
            found["weather"],
            found["parcels"],
            report,
        )


def _check_codes(
    raster: NDArray[np.int32],
    known: set[int],
    name: Mapping[str, str],
    key: str,
    table: str,
    report: Report,
) -> None:
    unknown = sorted(set(np.unique(raster[raster > 0]).tolist()) - known)
    if unknown:
        more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        report.add(
            f"{name[key]}: {cells(np.isin(raster, unknown))}",
            f"codes {', '.join(str(c) for c in unknown[:5])}{more} are not in {name[table]}",
            f"every code on the raster has its row in {table}.csv",
            f"Add the rows to {name[table]}, or correct the raster.",
        )


def _lay_out(
    table: pd.DataFrame, soil_unit: NDArray[np.int32], n_layers: int
) -> tuple[Soil, NDArray[np.float64]]:
    """Soil properties and initial contents on the grid, in SI; NaN without soil.

    Parameters
    ----------
    table : DataFrame
        ``soils.csv``, sorted by code and layer.
    soil_unit : ndarray of int
        Code of each cell, 0 without soil. ``[row, col]``
    n_layers : int
        Number of layers.

    Returns
    -------
    soil : Soil
        ``[layer, row, col]``.
    background : ndarray
        ``[metal, layer, row, col]``. [kg kg-1]
    """
    codes = table["code"].to_numpy()[::n_layers]
    index = np.searchsorted(codes, soil_unit)

    def on_grid(column: str, factor: float) -> NDArray[np.float64]:
        by_unit = factor * table[column].to_numpy().reshape(-1, n_layers)  # [code, layer]
        values = by_unit[np.minimum(index, len(codes) - 1)].transpose(2, 0, 1)
        return np.where(soil_unit > 0, values, np.nan)

    soil = Soil(
        ph=on_grid("ph", 1.0),
        organic_matter=on_grid("organic_matter_pct", 1e-2),
        clay=on_grid("clay_pct", 1e-2),
        silt=on_grid("silt_pct", 1e-2),
        sand=on_grid("sand_pct", 1e-2),
        bulk_density=on_grid("bulk_density_g_cm3", KG_M3_PER_G_CM3),
    )
    return soil, np.stack([on_grid(metal, 1.0 / MG_PER_KG) for metal in METALS])


def digest(description: Path, paths: Mapping[str, Path]) -> str:
    """SHA-256 over ``region.toml``, the files that it names and imported footprints, by name.

    Other files of the folder (a readme, a picture) do not count: they change no result.
    """
    total = hashlib.sha256()
    for name, path in (("region.toml", description), *sorted(paths.items())):
        with path.open("rb") as file:
            total.update(f"{name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return total.hexdigest()
