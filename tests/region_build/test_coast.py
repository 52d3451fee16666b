"""The coast builder: real parts stay real, drawn parts say so, same bytes every time."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from simulator.constants import LAND_CLASSES
from simulator.errors import InputError
from simulator.region import check_region, read_region, region_folder
from simulator.region.build import build_region
from simulator.region.build.coast import build_coast
from simulator.region.build.coast_recipe import CoastRecipe
from simulator.region.build.outline import read_outline
from tests.region_build.make_coast import (
    EAST,
    PLANT,
    RECIPE,
    SEA,
    WEST,
    coast_table,
    shipped_recipe,
    write_raw,
)


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_raw(tmp_path_factory.mktemp("coast") / "raw")


@pytest.fixture(scope="module")
def coast(tmp_path_factory: pytest.TempPathFactory, raw: Path) -> Path:
    return build_coast(coast_table(), raw, tmp_path_factory.mktemp("coast") / "out", RECIPE)


@pytest.fixture(scope="module")
def taizhou() -> Path:
    return region_folder("taizhou")


def read_parcels(folder: Path) -> pd.DataFrame:
    features = json.loads((folder / "parcels.geojson").read_text(encoding="utf-8"))["features"]
    table = pd.DataFrame([f["properties"] for f in features])
    table["geometry"] = [shapely.geometry.shape(f["geometry"]) for f in features]
    return table.assign(area=shapely.area(table["geometry"].to_numpy()))


class TestBuild:
    """A whole small coast."""

    def test_reader_accepts_it(self, coast: Path) -> None:
        assert check_region(coast) == []

    def test_same_recipe_same_bytes(self, coast: Path, raw: Path, tmp_path: Path) -> None:
        again = build_coast(coast_table(), raw, tmp_path / "again", RECIPE)
        names = sorted(p.name for p in coast.iterdir())
        assert names == sorted(p.name for p in again.iterdir())
        for name in names:
            assert (coast / name).read_bytes() == (again / name).read_bytes(), name

    def test_the_seed_moves_what_is_drawn_and_nothing_else(
        self, coast: Path, raw: Path, tmp_path: Path
    ) -> None:
        other = build_coast(coast_table() | {"seed": 7}, raw, tmp_path / "other", RECIPE)
        for name in ("elevation.tif", "parcels.geojson", "sources.csv"):
            assert (coast / name).read_bytes() != (other / name).read_bytes(), name
        same = ("district.tif", "weather.csv", "daily_weather.csv", "deposition.csv")
        for name in (*same, "districts.csv"):
            assert (coast / name).read_bytes() == (other / name).read_bytes(), name

    def test_parcels_cover_the_land_and_spare_the_sea(self, coast: Path) -> None:
        """Districts less the bay, by area; the shift undone to better than a fine cell."""
        to_grid = Transformer.from_crs("EPSG:4326", "EPSG:32651", always_xy=True)

        def projected(points: Any) -> shapely.Polygon:
            return shapely.Polygon(np.column_stack(to_grid.transform(*np.array(points).T)))

        boxes = [shapely.segmentize(shapely.box(*b), 0.01) for b in (WEST, EAST)]
        land = shapely.union_all([projected(shapely.get_coordinates(b)) for b in boxes])
        land = land.difference(projected(SEA))
        parcels = shapely.union_all(read_parcels(coast)["geometry"].to_numpy())
        assert parcels.symmetric_difference(land).area < 0.5 * 250.0 * land.length
        assert parcels.area == pytest.approx(land.area, rel=0.01)

    def test_shares_survive_the_sieve(self, coast: Path) -> None:
        shares = CoastRecipe.model_validate(coast_table()).landuse.shares
        parcels = read_parcels(coast)
        area = parcels.groupby("land_class")["area"].sum() / parcels["area"].sum()
        assert area["forest"] == pytest.approx(shares.forest, abs=0.03)
        assert area["urban"] + area["industrial"] == pytest.approx(shares.built, abs=0.03)
        assert area["water"] == pytest.approx(shares.water, abs=0.03)
        assert set(area.index) <= set(LAND_CLASSES)

    def test_real_plants_keep_their_place(self, coast: Path) -> None:
        sources = pd.read_csv(coast / "sources.csv").set_index("id")
        x, y = Transformer.from_crs("EPSG:4326", "EPSG:32651", always_xy=True).transform(*PLANT)
        plant = sources.loc["shore-power-station"]
        assert np.hypot(plant["x"] - x, plant["y"] - y) < 1.0
        assert (plant["status"], plant["control"]) == ("derived", "ultra-low")
        assert "far-power-station" not in sources.index

    def test_invented_works_say_so_and_stand_in_their_park(self, coast: Path, raw: Path) -> None:
        table = coast_table()
        sources = pd.read_csv(coast / "sources.csv")
        invented = sources[sources["id"] != "shore-power-station"]
        assert set(invented["status"]) == {"illustrative"}
        assert len(invented) == len(table["industry"]) + 1
        districts = read_outline(CoastRecipe.model_validate(table), raw).districts
        west, east = districts[1], districts[2]
        for row in invented.itertuples():
            home = west if row.id == "lost-waste-incineration" else east
            assert home.contains(shapely.Point(row.x, row.y)), row.id
        assert not invented.duplicated(["x", "y"]).any()

    def test_rain_is_scaled_to_the_normal(self, coast: Path) -> None:
        weather = pd.read_csv(coast / "weather.csv")
        assert weather["precip_mm"].sum() == pytest.approx(1500.0, rel=1e-3)

        days = pd.read_csv(coast / "daily_weather.csv")
        assert days["precip_mm"].sum() == pytest.approx(1500.0, rel=1e-3)

    def test_a_recipe_may_do_without_daily_weather(self, raw: Path, tmp_path: Path) -> None:
        table = coast_table()
        del table["daily_weather"], table["files"]["daily_weather"], table["weather"]["daily"]
        region = read_region(build_coast(table, raw, tmp_path / "hours only", RECIPE))
        assert len(region.daily) == 365
        assert "daily_weather" not in region.layers

    def test_generated_layers_are_marked(self, coast: Path) -> None:
        region = read_region(coast)
        for name in ("elevation", "slope", "soil_unit", "parcels", "sources"):
            assert name in region.illustrative


def _unknown_key(table: dict[str, Any]) -> None:
    table["terrain"]["roughness"] = 1.0


def _bad_shares(table: dict[str, Any]) -> None:
    table["landuse"]["shares"]["forest"] = 0.6


def _unknown_park(table: dict[str, Any]) -> None:
    table["industry"][0]["parks"] = ["Nowhere park"]


def _no_width(table: dict[str, Any]) -> None:
    table["waters"][1]["widths"] = [100.0]


def _no_room(table: dict[str, Any]) -> None:
    table["landuse"]["town_slope"] = 1e-6


def _town_abroad(table: dict[str, Any]) -> None:
    table["landuse"]["towns"][0]["at"] = [121.40, 28.60]


def _no_such_district(table: dict[str, Any]) -> None:
    table["districts"][0]["adcode"] = "1009"


def _missing_record(table: dict[str, Any]) -> None:
    table["daily_weather"]["record"] = "no_such_record.csv"


def _daily_without_provenance(table: dict[str, Any]) -> None:
    del table["files"]["daily_weather"]


def _missing_raw(table: dict[str, Any]) -> None:
    table["raw"]["plants"] = "no_such_file.csv"


def _unnested_cells(table: dict[str, Any]) -> None:
    table["grid"]["fine_cell"] = 300.0


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_unknown_key, "terrain.roughness"),
        (_bad_shares, "add up to"),
        (_unknown_park, "Nowhere park"),
        (_no_width, "one width a point"),
        (_no_room, "find no place"),
        (_town_abroad, "does not lie in West"),
        (_no_such_district, "1009"),
        (_missing_raw, "no_such_file.csv"),
        (_missing_record, "no_such_record.csv"),
        (_daily_without_provenance, "files: give .*daily_weather"),
        (_unnested_cells, "cannot be cut"),
    ],
)
def test_wrong_recipes_are_refused_before_anything_is_written(
    spoil: Callable[[dict[str, Any]], None], words: str, raw: Path, tmp_path: Path
) -> None:
    table = copy.deepcopy(coast_table())
    spoil(table)
    with pytest.raises(InputError, match=words):
        build_coast(table, raw, tmp_path / "out", RECIPE)
    assert not (tmp_path / "out").exists()


class TestTaizhou:
    """The region that is shipped."""

    def test_reader_accepts_it(self, taizhou: Path) -> None:
        assert check_region(taizhou) == []

    def test_it_is_small(self, taizhou: Path) -> None:
        assert sum(p.stat().st_size for p in taizhou.iterdir()) < 4e6
        assert (taizhou / "parcels.geojson").stat().st_size < 2.8e6

    def test_land_use_is_that_of_a_coastal_county(self, taizhou: Path) -> None:
        shares = CoastRecipe.model_validate(shipped_recipe()).landuse.shares
        parcels = read_parcels(taizhou)
        area = parcels.groupby("land_class")["area"].sum() / parcels["area"].sum()
        crops = area[["paddy", "dryland", "vegetable"]].sum()
        assert area["forest"] == pytest.approx(shares.forest, abs=0.015)
        assert crops == pytest.approx(shares.cropland, abs=0.015)
        assert area[["urban", "industrial"]].sum() == pytest.approx(shares.built, abs=0.015)
        assert area["water"] == pytest.approx(shares.water, abs=0.015)
        assert area[["orchard", "grassland"]].sum() == pytest.approx(shares.other, abs=0.015)

    def test_imperviousness_is_near_the_provinces(self, taizhou: Path) -> None:
        """Zhejiang 2020: 10.3 % of the land (7.7-12.9 %); means of the classes as cited."""
        parcels = read_parcels(taizhou)
        sealed = parcels["impervious"] * parcels["area"]
        assert 0.077 < sealed.sum() / parcels["area"].sum() < 0.129
        mean = sealed.groupby(parcels["land_class"]).sum()
        mean /= parcels.groupby("land_class")["area"].sum()
        assert mean["urban"] == pytest.approx(0.58, abs=0.04)  # towns 0.62, villages 0.55
        assert mean["industrial"] == pytest.approx(0.75, abs=0.05)
        assert mean["paddy"] < 0.05

    def test_coal_plants_stand_on_the_shore(self, taizhou: Path) -> None:
        """Huaneng Yuhuan and Taizhou 1: within 1.5 km of open water, and not far out at sea."""
        parcels = read_parcels(taizhou)
        land = shapely.union_all(
            parcels.loc[parcels["land_class"] != "water", "geometry"].to_numpy()
        )
        sources = pd.read_csv(taizhou / "sources.csv").set_index("id")
        for name in ("huaneng-yuhuan-power-station", "zhejiang-taizhou-1-power-station"):
            place = shapely.Point(sources.loc[name, "x"], sources.loc[name, "y"])
            assert shapely.distance(land, place) < 500.0, name
            assert not land.contains(place.buffer(1500.0)), name

    def test_it_is_what_the_recipe_builds(self, taizhou: Path, tmp_path: Path) -> None:
        raw = os.environ.get("METALSCAPE_RAW")
        if not raw:
            pytest.skip("needs the raw public data: set METALSCAPE_RAW to their folder")
        built = build_region(RECIPE, Path(raw), tmp_path / "taizhou")
        assert {p.name for p in built.iterdir()} == {p.name for p in taizhou.iterdir()}
        for path in sorted(built.iterdir()):
            assert path.read_bytes() == (taizhou / path.name).read_bytes(), path.name
