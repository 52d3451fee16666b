"""What a recipe of kind ``kola`` may say; see ``docs/kola.md``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.region.build.checked import GridPart, checked, require_files
from simulator.region.build.coast_recipe import DepositionPart
from simulator.region.build.provenance import HandMadeName, Provenance
from simulator.region.build.write import REGION_FILES
from simulator.region.description import FileTable, WeatherTable

#: One value a month, January first.
Monthly = Annotated[list[float], Field(min_length=12, max_length=12)]
#: A file that a region of this kind has besides those of every region, and its one covariate.
SAMPLES = "samples"
COAST = "coast_km"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RawPart(_Part):
    """Paths of the raw data, relative to the folder given to the builder."""

    outlines: str
    samples: str  #: the layer that is the top layer of the model
    places: (
        str  #: the layer with the most sites, which gives height, country and zone of vegetation
    )
    works: str


class SeaPart(_Part):
    """A sea behind an open piece of coast: corners that close it, from its end to its beginning."""

    name: str
    least_length: float = Field(gt=0)  #: the coast is the open line at least so long. [m]
    most_length: float = Field(gt=0)  #: [m]
    corners: list[tuple[float, float]] = []


class LayerPart(_Part):
    """A layer of the model: the table that tells its contents, and what the table does not tell."""

    table: str
    thickness_m: float = Field(gt=0)
    texture_pct: tuple[float, float, float]  #: clay, silt, sand of the mineral part
    bulk_density_g_cm3: float = Field(gt=0)
    source: str


class SoilPart(_Part):
    """The one soil unit."""

    name: str
    clean_km: float = Field(gt=0)  #: contents are medians of the sites so far from all works
    layers: list[LayerPart] = Field(min_length=1)


class LandPart(_Part):
    """Land by rule: forest, but tundra, ground that smoke has laid bare, and works."""

    tundra: list[str]  #: zones of vegetation that count as grassland
    bare_radius: float = Field(ge=0)  #: [m]
    works_radius: float = Field(ge=0)  #: [m]
    works_impervious: float = Field(ge=0, le=1)
    max_parcel_m2: float = Field(gt=0)
    min_parcel_m2: float = Field(gt=0)


class WorkPart(_Part):
    """Works, by their name in the table of works."""

    id: str
    name: str
    activity: float = Field(gt=0)
    start_year: float
    reference: str


class ReleasePart(_Part):
    """A way in which all works emit: a share of the activity and a stack."""

    suffix: str
    share: float = Field(gt=0, le=1)
    control: str
    height_m: float
    diameter_m: float
    temperature_k: float
    velocity_m_s: float
    reference: str


class SourcesPart(_Part):
    """Point sources: every work has every release."""

    sector: str
    activity_unit: str
    works: list[WorkPart]
    releases: list[ReleasePart]

    @model_validator(mode="after")
    def _whole(self) -> SourcesPart:
        total = sum(r.share for r in self.releases)
        if abs(total - 1.0) > 1e-9:
            raise ValueError(f"shares of the releases add up to {total}, not to 1")
        return self


class WeatherPart(WeatherTable):
    """``[weather]`` of the region, and what the record is brought to.

    The record lies beside the recipe. Temperature is shifted and rain is made month by month;
    directions are drawn.
    """

    model_config = ConfigDict(strict=False)

    record: str
    year: int  #: calendar year put on the record
    temperature_c: Monthly
    precipitation_mm: Monthly
    wet_share: float = Field(gt=0, lt=1)  #: share of the hours with rain or snow


class KolaRecipe(_Part):
    """A whole recipe."""

    kind: Literal["kola"]
    name: str
    title: str
    description: str
    seed: int = Field(ge=0)
    grid: GridPart
    raw: RawPart
    seas: list[SeaPart]
    districts: dict[str, str]  #: name by country of the sites
    soil: SoilPart
    land: LandPart
    sources: SourcesPart
    weather: WeatherPart
    deposition: DepositionPart
    survey_year: int
    most_inaccuracy_m: float = Field(gt=0)  #: sites less well placed are left out
    files: dict[str, Provenance]
    tables: dict[HandMadeName, FileTable] = {}

    @model_validator(mode="after")
    def _told(self) -> KolaRecipe:
        if set(self.files) != {*REGION_FILES, SAMPLES, COAST}:
            raise ValueError(f"files: give {', '.join((*REGION_FILES, SAMPLES, COAST))}")
        return self


def kola_recipe(table: dict[str, Any], raw: Path) -> KolaRecipe:
    """Check a recipe of kind ``kola`` and that its raw files are there; all faults at once.

    Raises
    ------
    InputError
        With every fault found.
    """
    recipe = checked(KolaRecipe, table, "docs/kola.md")
    named = {f"raw.{name}": path for name, path in recipe.raw.model_dump().items()}
    named |= {f"soil.layers.{n}": part.table for n, part in enumerate(recipe.soil.layers)}
    require_files(named, raw)
    return recipe
