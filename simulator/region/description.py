"""The description of a region, ``region.toml``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import pyproj
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from simulator.errors import InputError, Problem
from simulator.files import MAX_TOML, file_inside, read_toml
from simulator.problems import pydantic_problems, rule_broken
from simulator.region.model import DailySite, Grid, LayerInfo, WeatherSite
from simulator.region.samples import COVARIATE_NAME, RESERVED
from simulator.region.weather import CALM

#: Cells beyond which arrays of eight metals and several layers no longer fit an ordinary machine.
MAX_CELLS = 10_000_000

#: Largest difference of a station's clock from the sun's; Kashgar keeps the time of Beijing. [h]
MAX_CLOCK_ERROR = 3.5

NonBlank = Annotated[str, Field(min_length=1, pattern=r"\S")]
Thickness = Annotated[float, Field(gt=0, le=5)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class GridTable(_Table):
    """``[grid]``."""

    crs: str = Field(
        pattern=r"^EPSG:\d{4,6}$",
        description="the EPSG code of a projected system in metres, such as 'EPSG:32649'",
    )
    x_min: float = Field(description="the easting of the west edge [m]")
    y_max: float = Field(description="the northing of the north edge [m]")
    cell_size: float = Field(gt=0, le=100_000, description="the side of a cell [m]")
    rows: int = Field(ge=1, le=100_000, description="the number of rows")
    cols: int = Field(ge=1, le=100_000, description="the number of columns")
    local_origin: Annotated[tuple[float, float], Field(strict=False)] = Field(
        default=(0.0, 0.0),
        description="easting and northing of the origin of x_m,y_m in tables of sites [m]",
    )


class SoilTable(_Table):
    """``[soil]``."""

    layer_thickness_m: Annotated[tuple[Thickness, ...], Field(strict=False)] = Field(
        min_length=1,
        max_length=10,
        description="the thickness of each layer from the top, such as [0.2, 0.3, 0.5] [m]",
    )


def _monthly(low: float, high: float) -> BeforeValidator:
    """Take 12 numbers of a range, or one for all months."""
    rule = f"it is one number from {low:g} to {high:g}, or a list of 12, January to December"

    def check(value: Any) -> tuple[float, ...]:
        months = list(value) if isinstance(value, (list, tuple)) else [value] * 12
        numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in months)
        if len(months) != 12 or not numbers:
            raise rule_broken(rule, "Give one number or 12.")
        if not all(low <= v <= high for v in months):
            raise rule_broken(rule, "Check value and unit.")
        return tuple(float(v) for v in months)

    return BeforeValidator(check)


class SurfaceTable(_Table):
    """``[weather.surface]``: the ground around the station; what is left out has a default."""

    albedo: Annotated[tuple[float, ...], _monthly(0.01, 0.95)] | None = Field(
        default=None, description="the albedo at noon [-]"
    )
    bowen_ratio: Annotated[tuple[float, ...], _monthly(0.01, 20.0)] | None = Field(
        default=None, description="the ratio of sensible to latent heat by day [-]"
    )
    roughness_m: Annotated[tuple[float, ...], _monthly(1e-4, 5.0)] | None = Field(
        default=None, description="the roughness length [m]"
    )
    morning_gradient_K_m: Annotated[tuple[float, ...], _monthly(1e-3, 0.05)] | None = Field(  # noqa: N815
        default=None, description="the gradient of potential temperature at sunrise [K m-1]"
    )


class DailyTable(_Table):
    """``[weather.daily]``: where the daily weather was observed, if not at the hourly station."""

    station: NonBlank | None = Field(default=None, description="the name of the station")
    latitude: float | None = Field(
        default=None, ge=-90, le=90, description="the latitude, north positive [degrees]"
    )
    elevation_m: float | None = Field(
        default=None, ge=-500, le=6000, description="the height of the station above the sea [m]"
    )
    anemometer_height_m: float | None = Field(
        default=None, gt=0, le=200, description="the height of the anemometer above ground [m]"
    )
    radiation_coefficient: float | None = Field(
        default=None,
        ge=0.1,
        le=0.3,
        description="the coefficient of FAO-56 eq. 50, 0.16 inland and 0.19 at the coast [K-0.5]",
    )


class WeatherTable(_Table):
    """``[weather]``."""

    station: NonBlank = Field(description="the name of the station or stations")
    latitude: float = Field(
        ge=-90, le=90, description="the latitude of the station, north positive [degrees]"
    )
    longitude: float = Field(
        ge=-180, le=180, description="the longitude of the station, east positive [degrees]"
    )
    time_zone: float = Field(
        ge=-12,
        le=14,
        description="the hours that the clock of weather.csv is ahead of Greenwich, such as 8.0",
    )
    elevation_m: float = Field(
        ge=-500, le=6000, description="the height of the station above the sea [m]"
    )
    anemometer_height_m: float = Field(
        gt=0, le=200, description="the height of the anemometer above ground [m]"
    )
    temperature_height_m: float = Field(
        default=2.0, gt=0, le=200, description="the height of the thermometer above ground [m]"
    )
    calm_below_ms: float = Field(
        default=CALM, ge=0, le=2, description="the speed below which an hour is calm [m s-1]"
    )
    surface: SurfaceTable = Field(default=SurfaceTable(), description="the table [weather.surface]")
    daily: DailyTable = Field(default=DailyTable(), description="the table [weather.daily]")

    @field_validator("time_zone")
    @classmethod
    def _near_the_sun(cls, value: float, info: ValidationInfo) -> float:
        longitude = info.data.get("longitude")
        if longitude is None:
            return value
        error = (value - longitude / 15.0 + 12.0) % 24.0 - 12.0
        if abs(error) > MAX_CLOCK_ERROR:
            raise rule_broken(
                f"the clock at longitude {longitude:g} is within {MAX_CLOCK_ERROR:g} h "
                f"of {longitude / 15.0:.1f}",
                "Check time_zone and the sign of longitude: both are positive east of Greenwich.",
            )
        return value

    @property
    def site(self) -> WeatherSite:
        """The same for the program."""
        ground = self.surface
        return WeatherSite(
            latitude=self.latitude,
            longitude=self.longitude,
            time_zone=self.time_zone,
            elevation=self.elevation_m,
            temperature_height=self.temperature_height_m,
            calm_below=self.calm_below_ms,
            albedo=ground.albedo,
            bowen_ratio=ground.bowen_ratio,
            roughness=ground.roughness_m,
            morning_gradient=ground.morning_gradient_K_m,
        )

    @property
    def daily_site(self) -> DailySite:
        """Where the daily weather was observed; what is not given is that of the hourly station."""
        own = self.daily

        def of(value: float | None, hourly: float) -> float:
            return hourly if value is None else value

        return DailySite(
            station=own.station or self.station,
            latitude=of(own.latitude, self.latitude),
            elevation=of(own.elevation_m, self.elevation_m),
            anemometer_height=of(own.anemometer_height_m, self.anemometer_height_m),
            radiation_coefficient=own.radiation_coefficient,
        )


class FileTable(_Table):
    """One table of ``[files]``."""

    file: str = Field(description="the name of the file in the folder")
    status: Literal["measured", "derived", "modelled", "illustrative"] = Field(
        description="measured, derived, modelled or illustrative"
    )
    source: NonBlank = Field(description="who made it, with DOI where there is one")
    licence: NonBlank = Field(description="the licence, or 'none stated'")
    note: str = Field(default="", description="a note")


class FilesTable(_Table):
    """``[files]``: the ten files of a region, and those that it may have."""

    elevation: FileTable
    slope: FileTable
    soil_unit: FileTable
    district: FileTable
    soils: FileTable
    districts: FileTable
    deposition: FileTable
    weather: FileTable
    sources: FileTable
    parcels: FileTable
    schedules: FileTable | None = None
    daily_weather: FileTable | None = None
    slope_length: FileTable | None = None
    connectivity: FileTable | None = None
    area_sources: FileTable | None = None
    survey: FileTable | None = None
    source_changes: FileTable | None = None
    samples: FileTable | None = None
    land_history: FileTable | None = None


class CovariateTable(FileTable):
    """One table of ``[covariates]``."""

    kind: Literal["number", "class"] = Field(
        description="number for a float32 map, class for an int32 map of codes"
    )


class DepositionTable(_Table):
    """``[deposition]``: what the deposition of ``deposition.csv`` is."""

    includes_sources: bool = Field(
        default=False, description="whether the deposition holds that of the region's own sources"
    )
    year: int | None = Field(
        default=None, ge=1900, le=2100, description="the year of the deposition"
    )


class Description(_Table):
    """``region.toml``."""

    format: Literal[1] = Field(description="the version of the format, 1")
    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]*$",
        description="a name of lower-case letters, digits and hyphens",
    )
    title: NonBlank = Field(description="the title for people")
    description: str = Field(default="", description="what the region is")
    grid: GridTable = Field(description="the table [grid]")
    soil: SoilTable = Field(description="the table [soil]")
    files: FilesTable = Field(description="a table [files.NAME] for each file")
    weather: WeatherTable = Field(description="the table [weather]")
    deposition: DepositionTable = Field(
        default=DepositionTable(), description="the table [deposition]"
    )
    covariates: dict[Annotated[str, Field(pattern=COVARIATE_NAME)], CovariateTable] = Field(
        default={}, description="a table [covariates.NAME] for each map, NAME of a-z, 0-9 and _"
    )

    @field_validator("covariates")
    @classmethod
    def _names_of_their_own(cls, value: dict[str, CovariateTable]) -> dict[str, CovariateTable]:
        if taken := [name for name in value if name in RESERVED]:
            raise rule_broken(
                f"{', '.join(taken)} is known of every cell already", "Choose another name."
            )
        return value

    @property
    def layers(self) -> dict[str, LayerInfo]:
        """Provenance of every file by its name."""
        return {
            name: LayerInfo(t.file, t.status, t.source, t.licence, t.note)
            for name, t in self.file_tables.items()
        } | {
            f"covariates.{name}": LayerInfo(t.file, t.status, t.source, t.licence, t.note)
            for name, t in self.covariates.items()
        }

    @property
    def file_tables(self) -> dict[str, FileTable]:
        """The tables of ``[files]`` by name, as far as they are there."""
        tables = {name: getattr(self.files, name) for name in FilesTable.model_fields}
        return {name: table for name, table in tables.items() if table is not None}


def read_description(folder: Path) -> Description:
    """Read and check ``region.toml`` of a folder."""
    where = f"{folder.name}/region.toml"
    table = read_toml(file_inside(folder, "region.toml", where, MAX_TOML), where)
    try:
        return Description.model_validate(table)
    except ValidationError as error:
        raise InputError(pydantic_problems(error, Description, lambda _: where)) from error


def locate(table: GridTable, where: str) -> tuple[Grid, float]:
    """Grid and the latitude of its centre, once the reference system has been checked.

    Parameters
    ----------
    table : GridTable
        ``[grid]`` of the description.
    where : str
        File, for messages.

    Returns
    -------
    grid : Grid
        The grid.
    latitude : float
        Of the centre. [degrees north]
    """

    def problem(key: str, what: str, rule: str, fix: str) -> InputError:
        return InputError(Problem(f"{where}: grid.{key}", what, rule, fix))

    if table.rows * table.cols > MAX_CELLS:
        raise problem(
            "rows",
            f"{table.rows} x {table.cols} cells",
            f"a region has at most {MAX_CELLS} cells",
            "Take larger cells or a smaller area.",
        )
    try:
        crs = pyproj.CRS.from_user_input(table.crs)
    except pyproj.exceptions.CRSError as error:
        raise problem(
            "crs",
            f"{table.crs!r} is not a known reference system",
            "crs is a code of the EPSG register",
            "Look the code up at epsg.io.",
        ) from error
    metres = all(axis.unit_conversion_factor == 1.0 for axis in crs.axis_info)
    if not crs.is_projected or not metres:
        kind = "geographic (degrees)" if crs.is_geographic else "not projected in metres"
        raise problem(
            "crs",
            f"{table.crs} ({crs.name}) is {kind}",
            "cells are squares in a projected system in metres",
            "Reproject the region, for instance to its UTM zone.",
        )
    shape = (table.rows, table.cols)
    grid = Grid(
        table.crs, table.x_min, table.y_max, table.cell_size, shape, table.local_origin
    )  # fmt: skip
    x0, y0, x1, y1 = grid.bounds
    to_degrees = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform((x0 + x1) / 2, (y0 + y1) / 2)
    area = crs.area_of_use
    # A zone is often carried on for half its width; anything further is a mistaken corner.
    margin = 3.0
    inside = abs(latitude) <= 90 and (
        area is None
        or (
            area.south <= latitude <= area.north
            and (area.west - margin <= longitude <= area.east + margin or area.west > area.east)
        )
    )
    if not inside:
        raise problem(
            "x_min",
            f"the grid lies at {longitude:.2f} E, {latitude:.2f} N",
            f"it must lie where {table.crs} ({crs.name}) is used",
            "Check crs, x_min and y_max: metres, not degrees, and easting before northing.",
        )
    return grid, float(latitude)
