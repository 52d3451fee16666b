"""What a recipe of kind ``coast`` may say; see ``docs/taizhou.md``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.constants import LAND_CLASSES, METALS
from simulator.errors import InputError, Problem
from simulator.region.build.checked import GridPart, checked, require_files
from simulator.region.build.daily import DailyRecipe
from simulator.region.build.provenance import HandMadeName, Provenance
from simulator.region.build.write import FLOW_FILES, REGION_FILES
from simulator.region.description import DepositionTable, FileTable, WeatherTable

#: Longitude and latitude, WGS 84. [degrees]
LonLat = tuple[float, float]
#: One value a soil layer, top first.
Profile = tuple[float, float, float]
#: Kinds of land by how much of it is sealed.
ImperviousKind = Literal["town", "village", "industrial", "farm", "wild"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CoastGrid(GridPart):
    """With ``terrain_cell``, the raster of elevation."""

    terrain_cell: float = Field(gt=0)

    def _sides(self) -> tuple[float, ...]:
        return (*super()._sides(), self.terrain_cell)


class RawPart(_Part):
    """Paths of the raw data, relative to the folder given to the builder."""

    boundaries: str
    plants: str
    weather: str
    background: str


class DistrictPart(_Part):
    """A district: number on the raster, administrative code in the boundary file, name."""

    code: int = Field(gt=0)
    adcode: str
    name: str


class WaterPart(_Part):
    """Water that the boundaries do not show: a polygon, or a line with its widths. [m]

    A sea has no parcels. The others are water parcels; estuaries make the soil beside them saline,
    rivers lie in valleys with alluvial soil, canals do neither.
    """

    name: str
    kind: Literal["sea", "lake", "estuary", "river", "canal"]
    points: list[LonLat] = Field(min_length=2)
    widths: list[float] = []

    @property
    def is_line(self) -> bool:
        """Whether the water is drawn as a line with widths."""
        return self.kind in ("estuary", "river", "canal")

    @model_validator(mode="after")
    def _shape(self) -> WaterPart:
        if self.is_line and len(self.widths) != len(self.points):
            raise ValueError(f"{self.kind} {self.name!r} needs one width a point")
        if not self.is_line and (self.widths or len(self.points) < 3):
            raise ValueError(f"{self.kind} {self.name!r} is a polygon without widths")
        return self


class PlainPart(_Part):
    """A plain between the hills, as a polygon."""

    name: str
    points: list[LonLat] = Field(min_length=3)


class TerrainPart(_Part):
    """Numbers of the fractal surface; see :func:`simulator.region.build.terrain.surface`."""

    shore_height: float  #: height of the plain at the shore. [m]
    plain_gradient: float  #: rise of the plain away from the sea. [m m-1]
    hill_height_shore: float  #: scale of the hills at the shore. [m]
    hill_height_inland: float  #: scale of the hills at ``inland_distance``. [m]
    inland_distance: float = Field(gt=0)  #: [m]
    rise_distance: float = Field(gt=0)  #: distance from the plain at which hills are high. [m]
    cliff_distance: float = Field(gt=0)  #: distance from the sea at which hills are high. [m]
    valley_width: float = Field(gt=0)  #: half width of the lowland along a river. [m]
    wander: float = Field(ge=0)  #: standard deviation of the wandering plain border. [m]
    longest_wave: float = Field(gt=0)  #: [m]
    hurst: float = Field(gt=0, lt=1)  #: roughness exponent of the surface. [-]
    outcrop_height: float = Field(ge=0)  #: scale of the lone hills in the plains. [m]
    outcrop_rarity: float  #: standard deviations of noise above which a lone hill stands. [-]


class SoilType(_Part):
    """A soil type: properties of the three layers and content of the top one. [mg kg-1]"""

    code: int = Field(gt=0)
    name: str
    ph: Profile
    organic_matter_pct: Profile
    clay_pct: Profile
    silt_pct: Profile
    sand_pct: Profile
    bulk_density_g_cm3: Profile
    metals: dict[str, float]
    same_at_depth: bool = False  #: young sediment: no enrichment of the topsoil
    source: str
    confidence: Literal["read", "recalled"]


class SoilsPart(_Part):
    """Soil types and where they lie."""

    layer_thickness_m: tuple[float, float, float]
    reference_types: list[str]  #: types whose mean stands for the surveyed background
    level_source: str
    topsoil_survey: dict[str, float]  #: plain, 0-20 cm. [mg kg-1]
    deep_survey: dict[str, float]  #: plain, 150-200 cm. [mg kg-1]
    depth_source: str
    saline_distance: float  #: [m] from the sea
    alluvial_distance: float  #: [m] from a river
    yellow_height: float  #: [m]
    skeletal_slope: float  #: [degree]
    plain_slope: float  #: [degree]
    plain_height: float  #: [m]
    min_land_share: float = Field(gt=0, le=1)  #: a cell with less land has no soil
    types: list[SoilType]

    @model_validator(mode="after")
    def _complete(self) -> SoilsPart:
        tables = {t.name: t.metals for t in self.types}
        tables |= {"topsoil_survey": self.topsoil_survey, "deep_survey": self.deep_survey}
        for name, table in tables.items():
            if set(table) != set(METALS):
                raise ValueError(f"soils: {name!r} must give {', '.join(METALS)}")
        return self


class Settlement(_Part):
    """A town or an industrial park: where it starts to grow and its part of the built area."""

    name: str
    district: str
    at: LonLat
    weight: float = Field(gt=0)


class Shares(_Part):
    """Share of the land of the region. [-]"""

    forest: float
    cropland: float
    built: float
    water: float
    other: float
    source: str

    @model_validator(mode="after")
    def _all(self) -> Shares:
        total = self.forest + self.cropland + self.built + self.water + self.other
        if abs(total - 1.0) > 1e-9:
            raise ValueError(f"shares add up to {total}, not to 1")
        return self


class ImperviousPart(_Part):
    """Imperviousness of a kind of land: mean and range. [-]"""

    mean: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)
    source: str


class LandUsePart(_Part):
    """How land classes are spread; shares are of the class named."""

    shares: Shares
    paddy_of_cropland: float
    vegetable_of_cropland: float
    orchard_of_other: float
    town_of_built: float
    industry_of_built: float
    scattered_industry: float  #: part of the industrial land outside the parks
    village_cells: tuple[int, int]  #: least and most fine cells of a village
    town_slope: float  #: no town or park above. [degree]
    pond_distance: float = Field(gt=0)  #: distance from the sea at which ponds get rare. [m]
    orchard_districts: list[str]
    protected_slope: float  #: parcels steeper on average are protected. [degree]
    protected_lakes: list[str]
    protected_distance: float  #: [m] from the lakes named
    max_parcel_m2: float
    min_parcel_m2: float
    impervious: dict[ImperviousKind, ImperviousPart]
    towns: list[Settlement]
    parks: list[Settlement]


class Relocation(_Part):
    """A plant whose place in the database is wrong: it is put into a park instead."""

    name: str
    park: str
    why: str


class PlantsPart(_Part):
    """Real power plants and incinerators."""

    distance: float = Field(ge=0)  #: taken up to this far outside the grid. [m]
    year: int
    control: dict[str, str]
    fuel: dict[str, str] = {}  #: of coal power, a key of fuel_contents.csv
    relocate: list[Relocation] = []


class IndustryPart(_Part):
    """Works of one kind: one for each entry of ``parks``, with its activity."""

    name: str
    sector: str
    control: str
    activity_unit: str
    parks: list[str]
    activities: list[float]
    height_m: float = Field(gt=0)
    diameter_m: float = Field(gt=0)
    temperature_k: float = Field(gt=0)
    velocity_m_s: float = Field(gt=0)
    reference: str

    @model_validator(mode="after")
    def _paired(self) -> IndustryPart:
        if len(self.parks) != len(self.activities):
            raise ValueError(f"industry {self.name!r}: as many activities as parks are needed")
        return self


class WeatherPart(WeatherTable):
    """``[weather]`` of the region, and the annual rain that the record is scaled to. [mm]"""

    model_config = ConfigDict(strict=False)

    annual_rain_mm: float = Field(gt=0)


class DepositionRow(_Part):
    """Background deposition of a metal. [mg m-2 yr-1]"""

    value: float
    low: float
    high: float
    confidence: Literal["read", "recalled"]


class DepositionPart(DepositionTable):
    """``[deposition]`` of the region, and the background deposition of all metals."""

    source: str
    note: str
    metals: dict[str, DepositionRow]


class CoastRecipe(_Part):
    """A whole recipe."""

    kind: Literal["coast"]
    name: str
    title: str
    description: str
    seed: int = Field(ge=0)
    grid: CoastGrid
    raw: RawPart
    districts: list[DistrictPart]
    waters: list[WaterPart]
    terrain: TerrainPart
    plains: list[PlainPart]
    soils: SoilsPart
    landuse: LandUsePart
    plants: PlantsPart
    industry: list[IndustryPart]
    weather: WeatherPart
    daily_weather: DailyRecipe | None = None
    deposition: DepositionPart
    files: dict[str, Provenance]
    tables: dict[HandMadeName, FileTable] = {}

    @model_validator(mode="after")
    def _consistent(self) -> CoastRecipe:
        files = [*REGION_FILES, *FLOW_FILES]
        if self.daily_weather is not None:
            files.append("daily_weather")
        if set(self.files) != set(files):
            raise ValueError(f"files: give {', '.join(files)}")
        names = {d.name for d in self.districts}
        for place in (*self.landuse.towns, *self.landuse.parks):
            if place.district not in names:
                raise ValueError(f"{place.name}: unknown district {place.district!r}")
        parks = {p.name for p in self.landuse.parks}
        wanted = {p for works in self.industry for p in works.parks}
        wanted |= {r.park for r in self.plants.relocate}
        if wanted - parks:
            raise ValueError(f"unknown industrial parks {sorted(wanted - parks)}")
        return self


def coast_recipe(table: dict[str, Any], raw: Path) -> CoastRecipe:
    """Check a recipe of kind ``coast`` and that its raw files are there; all faults at once.

    Raises
    ------
    InputError
        With every fault found.
    """
    recipe = checked(CoastRecipe, table, "docs/taizhou.md")
    named = {f"raw.{name}": path for name, path in recipe.raw.model_dump().items()}
    if recipe.daily_weather is not None:
        named["daily_weather.record"] = recipe.daily_weather.record
    require_files(named, raw)
    return recipe


def fault(where: str, what: str, rule: str, fix: str) -> InputError:
    """Error about a place in the recipe that shows only when it meets the raw data."""
    return InputError(Problem(f"recipe: {where}", what, rule, fix))


def class_code(name: str) -> int:
    """Code of a land class on the fine raster; 0 is "no parcel"."""
    return LAND_CLASSES.index(name) + 1
