"""Keys of a ``case.toml``, with their units, as one finds them in the reference cases."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(max_length=2000)]
#: AERMOD's limits for names of sources and of groups.
SourceId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,12}$")]
GroupId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,8}$")]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
FileName = Annotated[str, Field(min_length=1, max_length=200)]
Positive = Annotated[float, Field(gt=0.0)]
NotNegative = Annotated[float, Field(ge=0.0)]
Output = Literal["CONC", "DEPOS", "DDEP", "WDEP"]


class Table(BaseModel):
    """Base: only the keys of the format, each of its own type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class GasDeposition(Table):
    """``[options.gas_deposition]``."""

    reactivity_f0: Annotated[float, Field(ge=0.0, le=1.0)]
    lai_factor_season2: NotNegative
    lai_factor_season5: NotNegative
    season_by_month: Annotated[list[int], Field(min_length=12, max_length=12)]
    land_use_by_sector: Annotated[list[int], Field(min_length=36, max_length=36)]


class Urban(Table):
    """``[options.urban_area]``."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,8}$")]
    population: Positive
    roughness_m: Positive
    urban_sources: Annotated[list[SourceId], Field(min_length=1)]


class Options(Table):
    """``[options]``."""

    modelopt: list[str]
    regulatory_default: bool
    flat_terrain: bool
    outputs: Annotated[list[Output], Field(min_length=1)]
    deposition: bool
    dry_depletion: bool
    wet_depletion: bool
    stack_tip_downwash: bool
    building_downwash: Literal[False]
    urban: bool
    gas_deposition: GasDeposition | None = None
    urban_area: Urban | None = None


class Met(Table):
    """``[met]``."""

    surface_file: FileName
    profile_file: FileName
    synthetic: bool
    data_kind: Text
    surface_station_id: Annotated[str, Field(max_length=8)]
    upper_air_station_id: Annotated[str, Field(max_length=8)]
    site_station_id: Annotated[str, Field(max_length=8)] | None = None
    start_year: Annotated[int, Field(ge=1950, le=2049)]
    profile_base_elev_m: float
    first_day: Day | None = None
    last_day: Day | None = None
    hours_processed: Annotated[int, Field(ge=0)]
    hours_calm: Annotated[int, Field(ge=0)]
    hours_missing: Annotated[int, Field(ge=0)]


class ReceptorFile(Table):
    """``[receptors]``."""

    file: FileName
    count: Annotated[int, Field(gt=0)]


class ResultFiles(Table):
    """``[results]``."""

    period: FileName
    hourly: FileName | None = None
    hourly_sample: FileName | None = None


class Document(Table):
    """The whole file; its sources are validated one by one, each by its type."""

    id: Annotated[str, Field(min_length=1, max_length=68)]
    title: Text
    description: Text = ""
    model: Text = ""
    set: Text = ""
    options: Options
    met: Met
    receptors: ReceptorFile
    groups: Annotated[dict[GroupId, list[SourceId]], Field(min_length=1)]
    results: ResultFiles
    sources: Annotated[list[dict[str, Any]], Field(min_length=1)]


class Method1(Table):
    """``[sources.particles_method1]``."""

    diameter_um: Annotated[list[Positive], Field(min_length=1)]
    mass_fraction: Annotated[list[NotNegative], Field(min_length=1)]
    density_g_cm3: Annotated[list[Positive], Field(min_length=1)]


class Method2(Table):
    """``[sources.particles_method2]``."""

    fine_mass_fraction: Annotated[float, Field(ge=0.0, le=1.0)]
    mass_mean_diameter_um: Positive


class GasSource(Table):
    """``[sources.gas]``."""

    diffusivity_air_cm2_s: Positive
    diffusivity_water_cm2_s: Positive
    cuticular_resistance_s_cm: Positive
    henry_Pa_m3_mol: Positive  # noqa: N815  name of the format


class AnySource(Table):
    """What all sources have."""

    id: SourceId
    type: str
    base_elevation_m: float = 0.0
    building_downwash: Literal[False] = False
    particles_method1: Method1 | None = None
    particles_method2: Method2 | None = None
    gas: GasSource | None = None


class PointSource(AnySource):
    """Stack: ``POINT``, ``POINTCAP`` (with a cap) or ``POINTHOR`` (blows sideways)."""

    x_m: float
    y_m: float
    emission_rate_g_s: NotNegative
    stack_height_m: NotNegative
    exit_temperature_K: float  # noqa: N815  name of the format
    exit_velocity_m_s: NotNegative
    diameter_m: NotNegative


class VolumeSource(AnySource):
    """``VOLUME``."""

    x_m: float
    y_m: float
    emission_rate_g_s: NotNegative
    release_height_m: NotNegative
    initial_sigma_y_m: Positive
    initial_sigma_z_m: Positive


class AnyArea(AnySource):
    """What areas have."""

    emission_rate_g_s_m2: NotNegative
    release_height_m: NotNegative
    initial_sigma_z_m: NotNegative = 0.0


class RectangleSource(AnyArea):
    """``AREA``."""

    x_m: float
    y_m: float
    x_length_m: Positive
    y_length_m: Positive
    angle_deg: float = 0.0


class CircleSource(AnyArea):
    """``AREACIRC``."""

    x_m: float
    y_m: float
    radius_m: Positive
    number_of_vertices: Annotated[int, Field(ge=3, le=1000)] = 20


class PolygonSource(AnyArea):
    """``AREAPOLY``."""

    vertices_m: Annotated[
        list[Annotated[list[float], Field(min_length=2, max_length=2)]],
        Field(min_length=3, max_length=1000),
    ]


SOURCE_TYPES: Final[dict[str, type[AnySource]]] = {
    "POINT": PointSource,
    "POINTCAP": PointSource,
    "POINTHOR": PointSource,
    "VOLUME": VolumeSource,
    "AREA": RectangleSource,
    "AREACIRC": CircleSource,
    "AREAPOLY": PolygonSource,
}
