"""The builder of kind ``kola``: sites and outlines become a region, the weather comes from afar."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from simulator.constants import LAND_CLASSES, METALS
from simulator.errors import InputError
from simulator.region import Region, read_region
from simulator.region.build.kola import build_kola
from simulator.region.build.kola_outline import is_ring, read_outline, rings
from simulator.region.build.kola_recipe import kola_recipe
from simulator.region.build.kola_weather import kola_weather
from tests.region_build.make_kola import (
    ISLAND,
    LAKE,
    RECIPE,
    SHORE,
    SIDE,
    X0,
    Y0,
    kola_table,
    write_raw,
)


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_raw(tmp_path_factory.mktemp("kola") / "raw")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, raw: Path) -> Path:
    return build_kola(kola_table(), raw, tmp_path_factory.mktemp("kola") / "smallkola", RECIPE)


@pytest.fixture(scope="module")
def region(built: Path) -> Region:
    return read_region(built)


@pytest.fixture(scope="module")
def hours(raw: Path) -> pd.DataFrame:
    part = kola_recipe(kola_table(), raw).weather
    return kola_weather(part, RECIPE.parent / part.record, 1)


@pytest.fixture(scope="module")
def kola() -> Region:
    return read_region("kola")


class TestBuild:
    def test_same_bytes_again(self, built: Path, raw: Path, tmp_path: Path) -> None:
        again = build_kola(kola_table(), raw, tmp_path / "again", RECIPE)
        for file in sorted(built.iterdir()):
            assert (again / file.name).read_bytes() == file.read_bytes()

    def test_no_soil_in_the_sea(self, region: Region) -> None:
        north = np.broadcast_to(region.grid.y[:, None], region.grid.shape)
        assert region.soil_mask[north < SHORE].all()
        assert not region.soil_mask[north > SHORE].any()

    def test_contents_are_those_of_clean_sites(self, region: Region) -> None:
        layers = region.background[:, :, region.soil_mask]
        assert layers[:, 0] == pytest.approx(0.2e-6)
        assert layers[:, 1:] == pytest.approx(2.0e-6)

    def test_heights_are_linear_between_sites(self, region: Region) -> None:
        inside = np.zeros(region.grid.shape, bool)
        inside[3:-1, 1:-1] = True  # between the outermost sites
        expected = np.broadcast_to((region.grid.x - X0) / 1e3, region.grid.shape)
        assert region.elevation[inside] == pytest.approx(expected[inside], abs=1e-3)

    def test_samples_are_the_well_placed_sites(self, region: Region) -> None:
        assert region.samples is not None
        assert len(region.samples) == 29
        assert "4" not in region.samples.site
        assert set(region.samples.year) == {1995}

    def test_releases_share_the_activity(self, region: Region) -> None:
        sources = region.sources.set_index("id")
        assert sources.loc[["nikel", "nikel-low"], "activity"].sum() == pytest.approx(189800.0)
        assert set(sources["control"]) == {"ESP", "none"}

    def test_distance_from_the_coast(self, region: Region) -> None:
        expected = np.abs(SHORE - region.grid.y) / 1e3
        assert region.covariates["coast_km"].values[:, 5] == pytest.approx(expected)

    def test_land_by_rule(self, region: Region) -> None:
        area = dict.fromkeys(LAND_CLASSES, 0.0)
        for land, shape in zip(region.parcels["land_class"], region.parcels.geometry, strict=True):
            area[land] += shape.area
        lake = (LAKE[2] - LAKE[0]) ** 2 - (ISLAND[2] - ISLAND[0]) ** 2
        assert area["water"] == pytest.approx(lake, rel=0.05)
        assert area["industrial"] == pytest.approx(np.pi * 1.5e3**2, rel=0.5)
        assert area["bare"] + area["industrial"] == pytest.approx(np.pi * 5e3**2, rel=0.1)
        # half of the land north of the works has the vegetation of the tundra
        assert area["grassland"] > 5e8
        assert sum(area.values()) == pytest.approx(SIDE * (SHORE - Y0), rel=1e-6)


class TestOutline:
    def test_a_small_gap_closes(self) -> None:
        line = shapely.LineString([(0, 0), (3e4, 0), (3e4, 3e4), (0, 3e4), (0, 4e3)])
        assert is_ring(line)
        assert rings(shapely.MultiLineString([line]))[0].area == pytest.approx(9e8)

    def test_a_large_gap_does_not(self) -> None:
        assert not is_ring(shapely.LineString([(0, 0), (3e4, 0), (3e4, 3e4)]))

    def test_an_island_in_a_lake_is_land(self, raw: Path) -> None:
        outline = read_outline(kola_recipe(kola_table(), raw), raw)
        assert not outline.lakes.contains(shapely.box(*ISLAND).centroid)
        assert outline.land.contains(shapely.box(*ISLAND))
        assert outline.lakes.area == pytest.approx(
            shapely.box(*LAKE).area - shapely.box(*ISLAND).area, rel=0.01
        )

    def test_a_sea_needs_its_coast(self, raw: Path) -> None:
        table = kola_table()
        table["seas"][0]["least_length"] = 9e5
        with pytest.raises(InputError, match="0 open lines of the coast"):
            read_outline(kola_recipe(table, raw), raw)


class TestWeather:
    def test_months_have_the_means_and_sums_of_the_recipe(self, hours: pd.DataFrame) -> None:
        told = kola_table()["weather"]
        grouped = hours.groupby((hours["time"] - pd.Timedelta(hours=1)).dt.month)
        assert grouped["temp_C"].mean().to_list() == pytest.approx(told["temperature_c"])
        assert grouped["precip_mm"].sum().to_list() == pytest.approx(told["precipitation_mm"])

    def test_it_rains_in_cloud(self, hours: pd.DataFrame) -> None:
        wet = hours["precip_mm"] > 0.0
        assert wet.mean() == pytest.approx(kola_table()["weather"]["wet_share"], abs=0.001)
        assert hours["cloud_tenths"][wet].min() == 10.0

    def test_wind_goes_everywhere_alike(self, hours: pd.DataFrame) -> None:
        angle = np.radians(hours["wind_dir_deg"].dropna())
        # the resultant of n random unit vectors exceeds 2.15/sqrt(n) once in a hundred (Rayleigh)
        resultant = np.hypot(np.cos(angle).mean(), np.sin(angle).mean())
        assert resultant < 2.15 / np.sqrt(angle.size)
        assert hours["wind_dir_deg"].between(1, 360).sum() == angle.size


class TestRecipe:
    def test_all_faults_at_once(self, raw: Path) -> None:
        table = kola_table()
        table["sources"]["releases"][0]["share"] = 0.4
        table["weather"]["temperature_c"] = [1.0]
        with pytest.raises(InputError) as caught:
            kola_recipe(table, raw)
        assert len(caught.value.problems) == 2

    def test_missing_raw_files_are_named(self, raw: Path) -> None:
        table = kola_table()
        table["raw"]["works"] = "nowhere.csv"
        with pytest.raises(InputError, match=r"nowhere\.csv"):
            kola_recipe(table, raw)

    def test_works_without_a_place(self, raw: Path, tmp_path: Path) -> None:
        table = kola_table()
        table["sources"]["works"][0]["name"] = "Norilsk"
        with pytest.raises(InputError, match="Norilsk"):
            build_kola(table, raw, tmp_path / "out", RECIPE)
        assert not (tmp_path / "out").exists()


class TestShipped:
    def test_every_well_placed_site_is_a_sample(self, kola: Region) -> None:
        assert kola.samples is not None
        assert len(kola.samples) == 557
        assert np.isfinite(kola.samples.content).all()
        assert kola.samples.content.shape == (557, len(METALS))

    def test_no_sample_of_the_area_kept_apart(self, kola: Region) -> None:
        place = kola.sources.set_index("id").loc["monchegorsk"]
        away = np.hypot(kola.samples.x - place["x"], kola.samples.y - place["y"])
        assert away.min() > 53e3

    def test_activity_is_the_published_sulphur(self, kola: Region) -> None:
        total = kola.sources["activity"].sum()
        assert total == pytest.approx(189800.0 + 67600.0 + 196200.0)

    def test_what_is_not_of_kola_says_so(self, kola: Region) -> None:
        assert kola.layers["weather"].status == "illustrative"
        assert "NOT OF KOLA" in kola.layers["weather"].note
