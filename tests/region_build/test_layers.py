"""A region built from rasters: complete, valid, the same bytes each time, areas kept."""

from __future__ import annotations

import copy
import json
import os
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from simulator.constants import METALS
from simulator.errors import InputError
from simulator.region import check_region, read_region
from simulator.region.build import build_region
from simulator.region.build.layers import build_layers
from simulator.region.build.recipe import layers_recipe
from simulator.region.build.soils import level_shift, soil_table, soil_type
from tests.region_build import raw as small

SHIPPED = Path(__file__).parents[2] / "scenarios" / "regions" / "wuhan"


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small.write_raw(tmp_path_factory.mktemp("raw"))


@pytest.fixture(scope="module")
def built(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_layers(small.recipe(), raw, tmp_path_factory.mktemp("built"), Path("recipe.toml"))


def features(folder: Path) -> pd.DataFrame:
    read = json.loads((folder / "parcels.geojson").read_text(encoding="utf-8"))["features"]
    table = pd.DataFrame([f["properties"] for f in read])
    table["geometry"] = [shapely.geometry.shape(f["geometry"]) for f in read]
    table["area"] = shapely.area(table["geometry"].to_numpy())
    return table


def test_the_built_region_is_valid(built: Path) -> None:
    assert [str(p) for p in check_region(built)] == []
    assert read_region(built).name == "smallplain"


def test_building_again_gives_the_same_bytes(built: Path, raw: Path, tmp_path: Path) -> None:
    again = build_layers(small.recipe(), raw, tmp_path / "again", Path("recipe.toml"))
    names = sorted(p.name for p in built.iterdir())
    assert names == sorted(p.name for p in again.iterdir())
    for name in names:
        assert (built / name).read_bytes() == (again / name).read_bytes(), name


def test_parcels_keep_the_class_areas_of_the_map(built: Path, raw: Path) -> None:
    with rasterio.open(raw / "land.tif") as source:
        land = source.read(1)
    meaning = {"grassland": [1], "forest": [2], "farm": [3], "urban": [4], "water": [6]}
    area = features(built).replace({"land_class": {"paddy": "farm", "dryland": "farm"}})
    area = area.groupby("land_class")["area"].sum()
    mapped = (land > 0).sum() * small.PIXEL**2
    for name, codes in meaning.items():
        wanted = np.isin(land, codes).sum() * small.PIXEL**2
        assert abs(area[name] - wanted) < 0.02 * mapped, name


def test_built_up_area_is_kept_and_water_is_open(built: Path, raw: Path) -> None:
    with rasterio.open(raw / "built.tif") as source:
        map_area = (source.read(1) == 3).sum() * small.PIXEL**2
    parcels = features(built)
    sealed = (parcels["impervious"] * parcels["area"]).sum()
    factor = small.recipe()["built_up"]["imperviousness"]
    assert (parcels.loc[parcels["land_class"] == "water", "impervious"] == 0.0).all()
    assert sealed == pytest.approx(factor * map_area, rel=0.05)


def test_paddy_is_flat_and_low(built: Path) -> None:
    region = read_region(built)
    parcels = features(built)
    centre = shapely.centroid(parcels["geometry"].to_numpy())
    cell = [region.grid.cell_of(p.x, p.y) for p in centre]
    height = np.array([region.elevation[c] for c in cell if c is not None])
    paddy = parcels["land_class"].to_numpy() == "paddy"
    dry = parcels["land_class"].to_numpy() == "dryland"
    assert height[paddy].mean() < height[dry].mean()


def test_soil_types_follow_terrain_and_river(built: Path) -> None:
    soils = pd.read_csv(built / "soils.csv").drop_duplicates("code").set_index("code")["name"]
    assert soils[small.BANK_UNIT] == "fluvo-aquic soil"
    assert soils[small.PLAIN_UNIT] == "paddy soil"
    assert soils[small.HILL_UNIT] == "red soil"
    assert small.RIVER_UNIT not in soils.index


def test_land_on_water_units_takes_a_neighbouring_soil(built: Path) -> None:
    with rasterio.open(built / "soil_unit.tif") as source:
        unit = source.read(1)
    assert small.RIVER_UNIT not in unit
    assert (unit > 0).all()


def test_outside_the_map_nothing_is_unknown(built: Path) -> None:
    region = read_region(built)
    assert np.isfinite(region.elevation).all()
    assert np.isfinite(region.slope).all()


def test_a_region_without_open_water_takes_its_slope_as_it_is(raw: Path, tmp_path: Path) -> None:
    table = small.recipe()
    del table["elevation"]["noise_margin_m"]
    region = read_region(build_layers(table, raw, tmp_path / "dry", Path("recipe.toml")))
    assert "Open water" not in region.layers["slope"].note


def soil_recipe() -> Any:
    return layers_recipe(small.recipe(), Path("recipe.toml")).soil


def test_mean_metal_content_of_the_land_is_the_level() -> None:
    recipe = soil_recipe()
    types = pd.Series({1: "paddy soil", 2: "red soil", 3: "urban soil"})
    area = pd.Series({1: 500.0, 2: 300.0, 3: 10.0})
    top = soil_table(types, area, recipe).query("layer == 1").set_index("code")
    for metal in METALS:
        mean = np.average(top[metal], weights=area)
        # Contents are written with three digits.
        assert mean == pytest.approx(recipe.level_mg_kg[metal], rel=0.005)


def test_contrast_between_soil_types_is_kept() -> None:
    recipe = soil_recipe()
    types = pd.Series({1: "paddy soil", 2: "red soil"})
    shift = level_shift(types, pd.Series({1: 1.0, 2: 5.0}), recipe)
    table = soil_table(types, pd.Series({1: 1.0, 2: 5.0}), recipe).query("layer == 1")
    ratio = table["Cd"].iloc[0] / table["Cd"].iloc[1]
    metals = recipe.types
    assert ratio == pytest.approx(
        metals["paddy soil"].metals["Cd"] / metals["red soil"].metals["Cd"], rel=0.01
    )
    assert set(shift) == set(METALS)


def test_deepest_layer_has_the_deep_soil_ratio_and_texture_is_whole() -> None:
    recipe = soil_recipe()
    table = soil_table(pd.Series({7: "paddy soil"}), pd.Series({7: 1.0}), recipe)
    assert table["Hg"].iloc[2] / table["Hg"].iloc[0] == pytest.approx(0.30, rel=0.02)
    whole = table[["clay_pct", "silt_pct", "sand_pct"]].sum(axis=1)
    np.testing.assert_allclose(whole, 100.0)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ({"water": 0.8}, "water"),
        ({"urban": 0.9}, "urban soil"),
        ({"slope_deg": 50.0}, "skeletal soil"),
        ({"elevation_m": 90.0}, "red soil"),
        ({"river_m": 100.0}, "fluvo-aquic soil"),
        ({"river_m": 100.0, "slope_deg": 2.0}, "paddy soil"),
        ({}, "paddy soil"),
    ],
)
def test_soil_rule(unit: dict[str, float], expected: str) -> None:
    plain = {"water": 0.1, "urban": 0.1, "slope_deg": 1.0, "elevation_m": 20.0, "river_m": 9000.0}
    assert soil_type(plain | unit, soil_recipe().rule) == expected


def broken(change: str) -> dict[str, Any]:
    table = copy.deepcopy(small.recipe())
    match change:
        case "unknown key":
            table["parcels"]["resolution"] = 10.0
        case "unknown class":
            table["land_use"]["classes"][1] = "meadow"
        case "resolution":
            table["parcels"]["resolution_m"] = 70.0
        case "metal":
            del table["deposition"]["metals"]["Cd"]
        case "soil type":
            del table["soil"]["types"]["red soil"]
        case "smoothing":
            table["elevation"]["slope_smoothing"] = 2
        case "levelled":
            table["elevation"]["levelled_pixels"] = 4
        case "no open water":
            table["elevation"]["noise_margin_m"] = 500.0
        case "raw file":
            table["soil"]["file"] = "nothing.tif"
    return table


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("unknown key", ["parcels.resolution", "Extra inputs"]),
        ("unknown class", ["land_use", "meadow"]),
        ("resolution", ["resolution_m must divide"]),
        ("metal", ["deposition", "Cd"]),
        ("soil type", ["red soil"]),
        ("smoothing", ["slope_smoothing must be odd"]),
        ("levelled", ["levelled_pixels must be odd"]),
        ("no open water", ["elevation.noise_margin_m", "no open water 500 m from"]),
        ("raw file", ["soil.file", "nothing.tif"]),
    ],
)
def test_a_wrong_recipe_says_what_and_where(
    change: str, words: list[str], raw: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as error:
        build_layers(broken(change), raw, tmp_path / "out", Path("recipe.toml"))
    for word in ["recipe.toml", *words]:
        assert word in str(error.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "word"),
    [('kind = "islands"', "islands"), ("name = 1", "kind"), ("kind = ", "TOML")],
)
def test_unknown_kinds_and_broken_files_are_refused(text: str, word: str, tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=word):
        build_region(tmp_path / "r.toml", tmp_path, tmp_path / "out")


def test_a_missing_recipe_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml"):
        build_region(tmp_path / "none.toml", tmp_path, tmp_path / "out")


def test_a_raster_in_another_system_is_refused(raw: Path, tmp_path: Path) -> None:
    table = small.recipe()
    table["grid"]["crs"] = "EPSG:32651"
    with pytest.raises(InputError, match="EPSG:32649"):
        build_layers(table, raw, tmp_path / "out", Path("recipe.toml"))


# The shipped region -----------------------------------------------------------------------------


def test_shipped_region_is_valid_and_small() -> None:
    assert [str(p) for p in check_region(SHIPPED)] == []
    sizes = [p.stat().st_size for p in SHIPPED.iterdir()]
    assert sum(sizes) < 4e6
    assert max(sizes) < 3e6


def test_shipped_parcels_have_the_areas_of_the_land_use_map() -> None:
    """Areas of the 30 m map of 2010 [km2]: pixels of the map times 900 m2."""
    pixels = {
        "grassland": 66_408,
        "forest": 162_629 + 127_594,
        "farm": 2_774_437,
        "urban": 612_505,
        "bare": 148_823,
        "water": 1_433_723,
    }
    parcels = features(SHIPPED).replace({"land_class": {"paddy": "farm", "dryland": "farm"}})
    area = parcels.groupby("land_class")["area"].sum()
    assert set(area.index) == set(pixels)
    for name, number in pixels.items():
        assert area[name] == pytest.approx(number * 900.0, rel=0.03), name


def test_shipped_provenance_is_stated_for_every_file() -> None:
    table = tomllib.loads((SHIPPED / "region.toml").read_text(encoding="utf-8"))
    for key, file in table["files"].items():
        assert file["source"], key
        assert file["licence"], key
        assert file["status"] != "illustrative", key
    assert "not joint" in table["files"]["weather"]["note"]
    assert "noise of 1.08 degrees" in table["files"]["slope"]["note"]


@pytest.mark.skipif(
    "METALSCAPE_RAW" not in os.environ,
    reason="needs the raw data of the shipped region; set METALSCAPE_RAW to their folder",
)
def test_shipped_region_is_what_its_recipe_gives(tmp_path: Path) -> None:
    out = build_region(small.PATTERN, Path(os.environ["METALSCAPE_RAW"]), tmp_path / "wuhan")
    assert {p.name for p in out.iterdir()} == {p.name for p in SHIPPED.iterdir()}
    for file in sorted(SHIPPED.iterdir()):
        assert (out / file.name).read_bytes() == file.read_bytes(), file.name
