"""The description of a region, ``region.toml``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pyproj
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulator.errors import InputError, Problem
from simulator.files import MAX_TOML, file_inside, read_toml
from simulator.problems import pydantic_problems
from simulator.region.model import Grid, LayerInfo

#: Cells beyond which arrays of eight metals and several layers no longer fit an ordinary machine.
MAX_CELLS = 10_000_000

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


class SoilTable(_Table):
    """``[soil]``."""

    layer_thickness_m: Annotated[tuple[Thickness, ...], Field(strict=False)] = Field(
        min_length=1,
        max_length=10,
        description="the thickness of each layer from the top, such as [0.2, 0.3, 0.5] [m]",
    )


class WeatherTable(_Table):
    """``[weather]``."""

    station: NonBlank = Field(description="the name of the station or stations")
    anemometer_height_m: float = Field(
        gt=0, le=200, description="the height of the anemometer above ground [m]"
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
    """``[files]``: the ten files of a region."""

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

    @property
    def layers(self) -> dict[str, LayerInfo]:
        """Provenance of every file by its name."""
        return {
            name: LayerInfo(t.file, t.status, t.source, t.licence, t.note)
            for name, t in self.file_tables.items()
        }

    @property
    def file_tables(self) -> dict[str, FileTable]:
        """The tables of ``[files]`` by name."""
        return {name: getattr(self.files, name) for name in FilesTable.model_fields}


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
    grid = Grid(table.crs, table.x_min, table.y_max, table.cell_size, (table.rows, table.cols))
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
