"""The recipe of a region built from raster layers, as pydantic models; unknown keys are refused.

Paths in a recipe are relative to the folder of raw data, those of tables made by hand to that of
the recipe.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from simulator.constants import LAND_CLASSES, METALS
from simulator.errors import InputError, Problem
from simulator.region.build.daily import DailyRecipe
from simulator.region.build.land_history import LandHistoryRecipe
from simulator.region.build.provenance import HandMadeName, Provenance
from simulator.region.build.write import FLOW_FILES, REGION_FILES
from simulator.region.description import DepositionTable, FileTable, WeatherTable
from simulator.region.model import Grid

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
Confidence = Literal["read", "recalled"]

#: Class of a land-use map whose parcels are split into paddy and dryland.
CROPLAND = "cropland"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GridRecipe(_Model):
    """Grid of the region; metres."""

    crs: str
    x_min: float
    y_max: float
    cell_size: Positive
    rows: Annotated[int, Field(gt=0)]
    cols: Annotated[int, Field(gt=0)]

    def grid(self) -> Grid:
        """Return the grid."""
        return Grid(self.crs, self.x_min, self.y_max, self.cell_size, (self.rows, self.cols))


class ElevationRecipe(_Model):
    """Elevation maps; values outside `valid_m` are faults of the map."""

    file: Path
    #: Map for the cells that `file` does not cover.
    surroundings: Path
    valid_m: tuple[float, float]
    #: Side of the moving mean before the slope is taken. [pixels of `file`]
    slope_smoothing: Annotated[int, Field(ge=1)]
    #: Water counts as levelled in squares of one height of this side. [pixels of `file`]
    levelled_pixels: Annotated[int, Field(ge=3)] = 7
    #: The noise of the slope is measured on open water this far from shores and levelled water.
    #: A map without such water has none: left out, nothing is taken off.
    noise_margin_m: Positive | None = None

    @model_validator(mode="after")
    def _odd(self) -> ElevationRecipe:
        for key in ("slope_smoothing", "levelled_pixels"):
            if getattr(self, key) % 2 == 0:
                raise ValueError(f"{key} must be odd, so that the square is centred")
        return self


class LandUseRecipe(_Model):
    """Land-use map and what its codes mean."""

    file: Path
    classes: dict[int, str]
    #: Cropland of a parcel cell is paddy up to this mean slope and elevation, else dryland.
    paddy_max_slope_deg: Positive
    paddy_max_elevation_m: float

    @model_validator(mode="after")
    def _known(self) -> LandUseRecipe:
        unknown = set(self.classes.values()) - {*LAND_CLASSES, CROPLAND}
        if unknown:
            raise ValueError(f"unknown land classes {sorted(unknown)}")
        return self


class BuiltUpRecipe(_Model):
    """Map of built-up land and how much of such land is sealed."""

    file: Path
    band: Annotated[int, Field(ge=1)]
    code: int
    imperviousness: Share
    source: str


class DistrictRecipe(_Model):
    """Map of districts and their names."""

    file: Path
    names: dict[int, str]


class ParcelRecipe(_Model):
    """How parcels are cut."""

    resolution_m: Positive
    min_area_m2: Positive
    max_area_m2: Positive


class SoilType(_Model):
    """Topsoil of a soil type; `metals` in mg/kg before they are brought to the region's level."""

    ph: Positive
    organic_matter_pct: Positive
    clay_pct: Annotated[float, Field(gt=0.0, lt=100.0)]
    #: Share of silt in what is not clay; the rest is sand.
    silt_of_rest: Share
    bulk_density_g_cm3: Positive
    subsoil: str
    metals: dict[str, Positive]
    source: str
    confidence: Confidence

    @model_validator(mode="after")
    def _all_metals(self) -> SoilType:
        if set(self.metals) != set(METALS):
            raise ValueError(f"metals must be {', '.join(METALS)}")
        return self


class SoilRule(_Model):
    """Soil type of a mapping unit from its terrain and cover; the first that fits is taken."""

    #: Units with more water than this have no soil; their land takes the nearest other unit.
    water_share: Share
    #: "urban soil" from this share of urban land.
    urban_share: Share
    #: "skeletal soil" from this mean slope. [degree]
    skeletal_slope_deg: Positive
    #: "red soil" from this median elevation. [m]
    red_elevation_m: float
    #: "fluvo-aquic soil" below this mean slope [degree], near the river. Else "paddy soil".
    alluvial_slope_deg: Positive
    alluvial_distance_m: Positive
    #: Mapping unit of the river. Its distance to a unit is the median over the unit's pixels.
    river_code: int


class LayerChange(_Model):
    """What a soil layer has compared with the top one, by layer (top first)."""

    organic_matter_ratio: list[Positive]
    bulk_density_add_g_cm3: list[float]
    ph_add: list[float]
    #: How far the layer is from topsoil (0) to deep soil (1).
    towards_subsoil: list[Share]
    source: str


class SoilRecipe(_Model):
    """Soil map and the properties of its soils."""

    file: Path
    layer_thickness_m: list[Positive]
    rule: SoilRule
    types: dict[str, SoilType]
    #: Ratio of deep soil to topsoil, by kind of profile and metal.
    subsoil_ratio: dict[str, dict[str, Positive]]
    layers: LayerChange
    #: Mean topsoil content that the region's soils are brought to. [mg/kg]
    level_mg_kg: dict[str, Positive]
    level_source: str
    level_confidence: Confidence

    @model_validator(mode="after")
    def _consistent(self) -> SoilRecipe:
        needed = {"urban soil", "skeletal soil", "red soil", "fluvo-aquic soil", "paddy soil"}
        if missing := needed - set(self.types):
            raise ValueError(f"types: missing {sorted(missing)}")
        for name, kind in self.types.items():
            if kind.subsoil not in self.subsoil_ratio:
                raise ValueError(f"types.{name}: no subsoil_ratio {kind.subsoil!r}")
        number = len(self.layer_thickness_m)
        for key in (
            "organic_matter_ratio",
            "bulk_density_add_g_cm3",
            "ph_add",
            "towards_subsoil",
        ):
            if len(getattr(self.layers, key)) != number:
                raise ValueError(f"layers.{key} must have {number} values, one a layer")
        for name, table in [("level_mg_kg", self.level_mg_kg), *self.subsoil_ratio.items()]:
            if set(table) != set(METALS):
                raise ValueError(f"{name}: metals must be {', '.join(METALS)}")
        return self


class DepositionRow(_Model):
    """Background deposition of a metal. [mg m-2 yr-1]"""

    value: Positive
    low: Positive
    high: Positive
    source: str
    note: str
    confidence: Confidence


class DepositionRecipe(DepositionTable):
    """``[deposition]`` of the region, and the rows of ``deposition.csv``."""

    metals: dict[str, DepositionRow]

    @model_validator(mode="after")
    def _all_metals(self) -> DepositionRecipe:
        if set(self.metals) != set(METALS):
            raise ValueError(f"metals must be {', '.join(METALS)}")
        return self


class WeatherRecipe(WeatherTable):
    """Typical year and the rain of another station; the rest is ``[weather]`` of the region."""

    model_config = ConfigDict(strict=False)

    typical_year: Path
    #: Calendar year put on the typical year's rows.
    year: int
    rain: Path
    rain_year: int


class PlantRecipe(_Model):
    """Power plants to take as point sources."""

    file: Path
    distance_m: Annotated[float, Field(ge=0.0, le=100_000.0)]
    control: dict[str, str]
    #: Fuel of coal power, a key of fuel_contents.csv.
    fuel: dict[str, str] = {}


class LayersRecipe(_Model):
    """Recipe of a region built from raster layers (``kind = "layers"``)."""

    kind: Literal["layers"]
    name: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    title: str
    description: str
    start_year: int
    grid: GridRecipe
    elevation: ElevationRecipe
    land_use: LandUseRecipe
    built_up: BuiltUpRecipe
    district: DistrictRecipe
    parcels: ParcelRecipe
    soil: SoilRecipe
    deposition: DepositionRecipe
    weather: WeatherRecipe
    daily_weather: DailyRecipe | None = None
    land_history: LandHistoryRecipe | None = None
    plants: PlantRecipe
    files: dict[str, Provenance]
    tables: dict[HandMadeName, FileTable] = {}

    @model_validator(mode="after")
    def _complete(self) -> LayersRecipe:
        files = [*REGION_FILES, *FLOW_FILES]
        files += [k for k in ("daily_weather", "land_history") if getattr(self, k) is not None]
        if set(self.files) != set(files):
            raise ValueError(f"files must be {', '.join(files)}")
        if self.grid.cell_size % self.parcels.resolution_m != 0.0:
            raise ValueError("parcels.resolution_m must divide grid.cell_size")
        return self


def read_recipe(path: Path) -> dict[str, Any]:
    """Read the TOML of a recipe of any kind."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            Problem(
                str(path), error.strerror or "cannot be read", "a recipe is a file", "Check it."
            )
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            Problem(str(path), str(error), "a recipe is a TOML file in UTF-8", "Mend the line.")
        ) from error


def layers_recipe(table: dict[str, Any], where: str) -> LayersRecipe:
    """Check a recipe of kind ``layers``; every fault is reported at once."""
    try:
        return LayersRecipe.model_validate(table)
    except ValidationError as error:
        raise InputError(
            Problem(
                f"{where}: {'.'.join(str(p) for p in fault['loc']) or 'recipe'}",
                _found(fault["input"]),
                fault["msg"],
                "See docs/region-building.md.",
            )
            for fault in error.errors()
        ) from error


def missing_files(recipe: LayersRecipe, raw: Path, where: str) -> list[Problem]:
    """Raw files that the recipe names and `raw` does not have."""
    named = {
        "elevation.file": recipe.elevation.file,
        "elevation.surroundings": recipe.elevation.surroundings,
        "land_use.file": recipe.land_use.file,
        "built_up.file": recipe.built_up.file,
        "district.file": recipe.district.file,
        "soil.file": recipe.soil.file,
        "weather.typical_year": recipe.weather.typical_year,
        "weather.rain": recipe.weather.rain,
        "plants.file": recipe.plants.file,
    }
    if recipe.daily_weather is not None:
        named["daily_weather.record"] = recipe.daily_weather.record
    if recipe.land_history is not None:
        named["land_history.file"] = recipe.land_history.file
    return [
        Problem(
            f"{where}: {key}",
            f"no file {file}",
            f"paths are relative to the folder of raw data, {raw}",
            "Mend the path or fetch the data.",
        )
        for key, file in named.items()
        if not (raw / file).is_file()
    ]


def _found(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"a {type(value).__name__}"
