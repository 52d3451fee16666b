"""What a region is once it has been read: frozen, aligned, in SI units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.region.covariates import Covariate
from simulator.region.land_history import LandHistory
from simulator.region.samples import SoilSamples
from simulator.region.source_changes import no_source_changes


@dataclass(frozen=True)
class Grid:
    """Square cells in a projected coordinate system; row 0 is north.

    Attributes
    ----------
    crs : str
        Coordinate reference system, e.g. ``"EPSG:32649"`` (projected, in metres).
    x_min, y_max : float
        Upper left corner of the grid. [m]
    cell_size : float
        Side of a cell. [m]
    shape : tuple of int
        ``(rows, cols)``.
    local_origin : tuple of float
        Easting and northing of the origin of a local plane, in which tables give ``x_m,y_m``. [m]
    """

    crs: str
    x_min: float
    y_max: float
    cell_size: float
    shape: tuple[int, int]
    local_origin: tuple[float, float] = (0.0, 0.0)

    @property
    def size(self) -> int:
        """Number of cells."""
        return self.shape[0] * self.shape[1]

    @property
    def cell_area(self) -> float:
        """Area of a cell. [m2]"""
        return self.cell_size * self.cell_size

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """``(x_min, y_min, x_max, y_max)``. [m]"""
        rows, cols = self.shape
        return (
            self.x_min,
            self.y_max - rows * self.cell_size,
            self.x_min + cols * self.cell_size,
            self.y_max,
        )

    @property
    def x(self) -> NDArray[np.float64]:
        """Easting of the cell centres, one a column. [m]"""
        return self.x_min + (np.arange(self.shape[1], dtype=np.float64) + 0.5) * self.cell_size

    @property
    def y(self) -> NDArray[np.float64]:
        """Northing of the cell centres, one a row, falling. [m]"""
        return self.y_max - (np.arange(self.shape[0], dtype=np.float64) + 0.5) * self.cell_size

    def cell_of(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column of the cell that holds a point, or None outside the grid."""
        col = int(np.floor((x - self.x_min) / self.cell_size))
        row = int(np.floor((self.y_max - y) / self.cell_size))
        if 0 <= row < self.shape[0] and 0 <= col < self.shape[1]:
            return row, col
        return None


@dataclass(frozen=True)
class Soil:
    """Soil properties, each ``[layer, row, col]``; NaN where there is no soil."""

    ph: NDArray[np.float64]  #: pH in water. [-]
    organic_matter: NDArray[np.float64]  #: [kg kg-1]
    clay: NDArray[np.float64]  #: [kg kg-1]
    silt: NDArray[np.float64]  #: [kg kg-1]
    sand: NDArray[np.float64]  #: [kg kg-1]
    bulk_density: NDArray[np.float64]  #: dry bulk density. [kg m-3]


@dataclass(frozen=True)
class WeatherSite:
    """Where the weather was observed, and the ground around the station as far as it is given.

    Attributes
    ----------
    latitude, longitude : float
        North and east positive. [degree]
    time_zone : float
        Hours that the clock of the record is ahead of Greenwich. [h]
    elevation : float
        Above the sea. [m]
    temperature_height : float
        Of the thermometer above ground. [m]
    calm_below : float
        Least speed that is not calm. [m s-1]
    albedo, bowen_ratio : tuple of float, optional
        At noon and by day, January to December; None for that of the region's land. [-]
    roughness : tuple of float, optional
        Likewise. [m]
    morning_gradient : tuple of float, optional
        Gradient of potential temperature at sunrise; None for that of the parameter table. [K m-1]
    """

    latitude: float
    longitude: float
    time_zone: float
    elevation: float
    temperature_height: float = 2.0
    calm_below: float = 0.5
    albedo: tuple[float, ...] | None = None
    bowen_ratio: tuple[float, ...] | None = None
    roughness: tuple[float, ...] | None = None
    morning_gradient: tuple[float, ...] | None = None


@dataclass(frozen=True)
class DailySite:
    """Where the daily weather was observed.

    Attributes
    ----------
    station : str
        For people.
    latitude : float
        North positive. [degree]
    elevation : float
        Above the sea. [m]
    anemometer_height : float
        Above ground. [m]
    radiation_coefficient : float, optional
        Of FAO-56 eq. 50, which estimates radiation that was not observed. [K-0.5]
    """

    station: str
    latitude: float
    elevation: float
    anemometer_height: float
    radiation_coefficient: float | None = None


@dataclass(frozen=True)
class ImportedFootprint:
    """What a source leaves in one mode of emission, as another model has computed it.

    Attributes
    ----------
    dry, wet : ndarray
        Deposition for each unit emitted, ``[row, col]``; NaN where the model was not asked. [m-2]
    air : ndarray
        Mean concentration near the ground for each unit emitted in a second, ``[row, col]``;
        NaN likewise. [s m-3]
    """

    dry: NDArray[np.float64]
    wet: NDArray[np.float64]
    air: NDArray[np.float64]


@dataclass(frozen=True)
class SurveyMean:
    """Mean content that a survey found in a part of the region.

    Attributes
    ----------
    metal : int
        Index in :data:`simulator.constants.METALS`.
    content : float
        In the topsoil. [kg kg-1]
    district, land_class : int or None
        Code of the district, index of the land class; None for any.
    """

    metal: int
    content: float
    district: int | None = None
    land_class: int | None = None

    @property
    def rank(self) -> int:
        """How narrow the scope is: a district goes before a land class, both before either."""
        return 2 * (self.district is not None) + (self.land_class is not None)


@dataclass(frozen=True)
class Survey:
    """What was found in the topsoil.

    Attributes
    ----------
    means : tuple of SurveyMean
        The narrower a scope, the later it comes.
    top : ndarray, optional
        Content of the top layer, ``[metal, row, col]``; NaN where it is not known. [kg kg-1]
    """

    means: tuple[SurveyMean, ...] = ()
    top: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class LayerInfo:
    """Where a layer of a region comes from."""

    file: str
    status: str  #: ``measured``, ``derived``, ``modelled`` or ``illustrative``
    source: str
    licence: str
    note: str = ""


@dataclass(frozen=True)
class Region:
    """A region, read and checked.

    Arrays are ``[row, col]`` or ``[layer, row, col]``; metals in the order of
    :data:`simulator.constants.METALS`.

    Attributes
    ----------
    soil_mask : ndarray of bool
        True where the cell has soil data. Cells outside take no part.
    background : ndarray
        Natural content ``[metal, layer, row, col]``; also the initial one where a scenario does not
        start from the survey. [kg kg-1]
    slope : ndarray
        Mean slope of the cell, from the finest elevation available. [rad]
    district : ndarray of int
        District number, 0 outside; ``district_names`` names them.
    background_deposition : ndarray
        Bulk deposition, ``[metal]``. [kg m-2 yr-1]
    deposition_includes_sources : bool
        Whether it holds that of the region's own sources.
    deposition_year : int, optional
        Of whose year; None for the first of a run.
    weather : pandas.DataFrame
        Hourly; columns ``time`` (hour ending, local), ``temp_C``, ``rh_pct``, ``pressure_hPa``,
        ``wind_speed_ms``, ``wind_dir_deg``, ``precip_mm``, ``global_rad_Wm2``, ``cloud_tenths``.
    anemometer_height : float
        Above ground. [m]
    weather_site : WeatherSite
        Where the weather was observed.
    daily : pandas.DataFrame
        Whole years of days without gaps, columns ``date``, ``t_min_C``, ``t_max_C``, ``rh_pct``,
        ``pressure_hPa`` (at the station), ``wind_speed_ms``, ``global_rad_Wm2`` (means) and
        ``precip_mm``: the file of daily weather, else the full days of ``weather``.
    daily_site : DailySite
        Where the daily weather was observed.
    sources : pandas.DataFrame
        One row a point source, columns of ``sources.csv``; ``schedule`` is blank where steady,
        ``filled`` names the columns of the stack that have typical values.
    source_changes : pandas.DataFrame
        Dated changes of point sources, columns of ``source_changes.csv``, by date.
    area_sources : pandas.DataFrame
        One row an area source, columns of ``area_sources.csv``; the table may have no rows.
    weights : mapping of str to ndarray
        Rasters that area sources are spread by, ``[row, col]``, by the names of their files.
    parcels : pandas.DataFrame
        One row a parcel: ``id``, ``land_class``, ``impervious`` (0-1), ``zone``, ``geometry``
        (shapely polygon in the grid's CRS).
    layers : mapping
        Provenance of every file by its name in ``region.toml``, imported footprints by their path.
    digest : str
        SHA-256 over ``region.toml``, the files that it names and imported footprints.
    schedules : mapping of str to ndarray
        Emission by month and hour ending in any unit, ``[month, hour]``, by the names in
        ``sources``.
    footprints : mapping of (str, str) to ImportedFootprint
        Imported footprints by source and mode of emission.
    soil_unit : ndarray of int, optional
        Code of the soil unit, 0 without soil; ``soil_names`` names them.
    survey : Survey, optional
        What was found in the topsoil.
    slope_length : ndarray, optional
        Length of the even slope whose length factor of RUSLE is the mean of the cell's. [m]
    connectivity : ndarray, optional
        Mean index of connectivity of the cell's land with water. [-]
    samples : SoilSamples, optional
        Contents that were found at sites.
    covariates : mapping of str to Covariate
        Maps that explain what samples show, by name.
    land_history : LandHistory, optional
        Built-up land at several dates of the past.
    """

    name: str
    title: str
    description: str
    folder: Path
    grid: Grid
    latitude: float  #: of the centre of the grid. [degrees north]
    layer_thickness: NDArray[np.float64]
    soil_mask: NDArray[np.bool_]
    soil: Soil
    background: NDArray[np.float64]
    elevation: NDArray[np.float64]
    slope: NDArray[np.float64]
    district: NDArray[np.int32]
    district_names: Mapping[int, str]
    background_deposition: NDArray[np.float64]
    weather: pd.DataFrame
    weather_station: str
    anemometer_height: float
    weather_site: WeatherSite
    daily: pd.DataFrame
    daily_site: DailySite
    sources: pd.DataFrame
    area_sources: pd.DataFrame
    parcels: pd.DataFrame
    layers: Mapping[str, LayerInfo] = field(default_factory=dict)
    digest: str = ""
    schedules: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    footprints: Mapping[tuple[str, str], ImportedFootprint] = field(default_factory=dict)
    source_changes: pd.DataFrame = field(default_factory=no_source_changes)
    weights: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    deposition_includes_sources: bool = False
    deposition_year: int | None = None
    soil_unit: NDArray[np.int32] | None = None
    soil_names: Mapping[int, str] = field(default_factory=dict)
    survey: Survey | None = None
    slope_length: NDArray[np.float64] | None = None
    connectivity: NDArray[np.float64] | None = None
    samples: SoilSamples | None = None
    covariates: Mapping[str, Covariate] = field(default_factory=dict)
    land_history: LandHistory | None = None

    @property
    def illustrative(self) -> tuple[str, ...]:
        """Names of the layers that were generated, not measured."""
        return tuple(k for k, v in self.layers.items() if v.status == "illustrative")
