"""What a recipe of kind ``city`` may say; see ``docs/city.md``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.region.build.checked import GridPart, checked, require_files
from simulator.region.build.daily import DailyRecipe
from simulator.region.build.provenance import HandMadeName, Provenance
from simulator.region.build.recipe import DepositionRecipe, WeatherRecipe
from simulator.region.build.write import REGION_FILES
from simulator.region.description import FileTable
from simulator.region.model import Grid

#: Files that a region of this kind has besides those of every region.
MORE_FILES = ("daily_weather", "samples", "zone", "elev_m")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CityGrid(GridPart):
    """With the place of the plane of the survey in it."""

    x_offset: float  #: easting of the origin of the survey. [m]
    y_offset: float  #: northing. [m]

    def grid(self) -> Grid:
        """Return the model grid."""
        return replace(super().grid(), local_origin=(self.x_offset, self.y_offset))


class SurveyPart(_Part):
    """The samples and how far the region reaches beyond them."""

    file: Path
    background: Path
    year: int
    margin_m: float = Field(gt=0)  #: of the region around the convex hull of the sites


class ZonePart(_Part):
    """A functional area of the survey and what it is in the model."""

    code: int = Field(gt=0)
    name: str
    land_class: str
    impervious: float = Field(ge=0, le=1)
    soil: int = Field(gt=0)  #: code of the soil unit
    traffic: float = Field(ge=0)  #: weight of a square metre for traffic


class SoilPart(_Part):
    """A soil unit: the same in all layers but for organic matter and bulk density."""

    code: int = Field(gt=0)
    name: str
    ph: list[float]
    organic_matter_pct: list[float]
    clay_pct: float
    silt_pct: float
    bulk_density_g_cm3: list[float]
    source: str
    confidence: Literal["read", "recalled"]


class CandidatePart(_Part):
    """What a candidate source is; there is one in every industrial parcel."""

    zone: int  #: code of the industrial zone
    sector: str
    control: str
    activity: float = Field(gt=0)
    activity_unit: str
    height_m: float = Field(gt=0)
    diameter_m: float = Field(gt=0)
    temperature_K: float = Field(gt=0)  # noqa: N815
    velocity_m_s: float = Field(gt=0)
    reference: str


class CityRecipe(_Part):
    """A whole recipe."""

    kind: Literal["city"]
    name: str
    title: str
    description: str
    grid: CityGrid
    survey: SurveyPart
    zones: list[ZonePart] = Field(min_length=1)
    min_parcel_m2: float = Field(gt=0)
    max_parcel_m2: float = Field(gt=0)
    layer_thickness_m: list[float]
    soils: list[SoilPart]
    candidates: CandidatePart
    deposition: DepositionRecipe
    weather: WeatherRecipe
    daily_weather: DailyRecipe
    files: dict[str, Provenance]
    tables: dict[HandMadeName, FileTable] = {}

    @model_validator(mode="after")
    def _consistent(self) -> CityRecipe:
        wanted = {*REGION_FILES, *MORE_FILES}
        if set(self.files) != wanted:
            raise ValueError(f"files must be {', '.join(sorted(wanted))}")
        if missing := {z.soil for z in self.zones} - {s.code for s in self.soils}:
            raise ValueError(f"zones: no soils of code {sorted(missing)}")
        if self.candidates.zone not in {z.code for z in self.zones}:
            raise ValueError(f"candidates.zone: no zone {self.candidates.zone}")
        for soil in self.soils:
            for key in ("ph", "organic_matter_pct", "bulk_density_g_cm3"):
                if len(getattr(soil, key)) != len(self.layer_thickness_m):
                    raise ValueError(f"soils, {soil.name}: one {key} a layer is needed")
        return self


def city_recipe(table: dict[str, Any], raw: Path) -> CityRecipe:
    """Check a recipe of kind ``city`` and that its raw files are there; all faults at once.

    Raises
    ------
    InputError
        With every fault found.
    """
    recipe = checked(CityRecipe, table, "docs/city.md")
    named = {
        "survey.file": recipe.survey.file,
        "survey.background": recipe.survey.background,
        "weather.typical_year": recipe.weather.typical_year,
        "weather.rain": recipe.weather.rain,
        "daily_weather.record": recipe.daily_weather.record,
    }
    require_files(named, raw)
    return recipe
