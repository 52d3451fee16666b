"""The city builder: all that is drawn follows from places, heights and functional areas."""

from __future__ import annotations

import copy
import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from simulator.constants import METALS
from simulator.errors import InputError
from simulator.region import Region, check_region, read_region, region_folder
from simulator.region.build import build_region
from simulator.region.build.city import candidates, cut_parcels, draw
from simulator.region.build.city_recipe import CityRecipe, city_recipe
from simulator.region.overlay import region_land
from simulator.scenario import read_scenario

RECIPE = Path(__file__).parents[2] / "scenarios" / "recipes" / "city.toml"
TABLE = tomllib.loads(RECIPE.read_text(encoding="utf-8"))
#: Mean background of the survey, table 3 of the problem's appendix. [mg/kg]
BACKGROUND = {
    "As": 3.6, "Cd": 0.13, "Cr": 31.0, "Cu": 13.2, "Hg": 0.035, "Ni": 12.3, "Pb": 31.0, "Zn": 69.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def spec() -> CityRecipe:
    return CityRecipe.model_validate(TABLE)


@pytest.fixture(scope="module")
def city() -> Region:
    return read_region("city")


@pytest.fixture(scope="module")
def sites() -> pd.DataFrame:
    """What is known of the sites of the shipped region but for what they hold."""
    table = pd.read_csv(region_folder("city") / "samples.csv")
    return table[["x", "y", "zone", "elev_m"]]


def made_up(rows: list[tuple[float, float, int, float]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["x", "y", "zone", "elev_m"])
    return table.assign(x=table["x"] + 500_000.0, y=table["y"] + 3_350_000.0)


# -- drawing ---------------------------------------------------------------------------------------


def test_a_zone_reaches_as_far_as_its_site_is_the_nearest(spec: CityRecipe) -> None:
    sites = made_up([(0, 0, 2, 10), (4000, 0, 3, 50), (4000, 4000, 3, 90), (0, 4000, 2, 30)])
    zone = draw(spec, sites).zone
    assert set(np.unique(zone)) == {0, 2, 3}
    # west half and east half of the square, each with half of the margin
    square = 16.0 + 4 * 4 * 1.5 + np.pi * 1.5**2
    assert (zone == 2).sum() / 100 == pytest.approx(square / 2, rel=0.01)
    assert (zone == 3).sum() == pytest.approx((zone == 2).sum(), rel=0.01)
    column = np.flatnonzero((zone == 3).any(axis=0))[0]
    assert spec.grid.x_min + column * 100.0 == pytest.approx(502_000.0, abs=100.0)


def test_heights_are_those_of_the_sites_and_lie_between_them(spec: CityRecipe) -> None:
    sites = made_up([(50, 50, 1, 10), (4050, 50, 1, 50), (4050, 4050, 1, 90), (50, 4050, 1, 30)])
    fine = draw(spec, sites)
    col = ((sites["x"] - spec.grid.x_min) // 100.0).astype(int)
    row = ((spec.grid.y_max - sites["y"]) // 100.0).astype(int)
    assert fine.elevation[row, col] == pytest.approx(sites["elev_m"], abs=1e-2)
    middle = fine.elevation[row.mean().astype(int), col.mean().astype(int)]
    assert middle == pytest.approx(45.0, abs=1.0)  # by symmetry the mean of the four
    assert fine.elevation.min() >= 10.0
    assert fine.elevation.max() <= 90.0


def test_candidates_do_not_know_the_contents(spec: CityRecipe, sites: pd.DataFrame) -> None:
    """Built again from a table without contents, the sources are those of the region."""
    parcels = cut_parcels(spec, draw(spec, sites))
    built = candidates(spec, parcels).set_index("id")
    shipped = pd.read_csv(region_folder("city") / "sources.csv").set_index("id")
    assert list(built.index) == list(shipped.index)
    assert built[["x", "y"]].to_numpy(float) == pytest.approx(shipped[["x", "y"]].to_numpy(float))
    same = ["sector", "activity", "height_m", "diameter_m", "temperature_K", "velocity_m_s"]
    assert len(shipped[same].drop_duplicates()) == 1


# -- the shipped region ----------------------------------------------------------------------------


def test_reader_accepts_it_and_it_is_small() -> None:
    folder = region_folder("city")
    assert check_region(folder) == []
    assert sum(p.stat().st_size for p in folder.iterdir()) < 1.5e6


def test_it_says_that_the_place_is_not_published(city: Region) -> None:
    assert "TRUE PLACE IS NOT PUBLISHED" in city.description
    assert "not published" in city.title
    assert {"sources", "soils", "weather", "deposition"} <= set(city.illustrative)
    assert city.layers["samples"].status == "measured"


def test_samples_are_the_shared_ones(city: Region) -> None:
    samples = city.samples
    assert samples is not None
    assert len(samples) == 224
    assert not np.isnan(samples.content).any()
    assert not samples.below.any()
    assert set(samples.year.tolist()) == {2010}
    # site 1 of the contest's table: (74, 781), 5 m, trunk road
    first = samples.site.index("1")
    assert (samples.x[first], samples.y[first]) == (500_074.0, 3_350_781.0)
    assert samples.content[first] * 1e6 == pytest.approx(
        [7.84, 0.1538, 44.31, 20.56, 0.266, 18.2, 35.38, 72.35]
    )
    assert samples.covariates.loc[first].tolist() == [4.0, 5.0]


def test_maps_agree_with_the_sites(city: Region) -> None:
    """Cells have the zone of most of their ground, and their mean height."""
    samples = city.samples
    assert samples is not None
    zone = city.covariates["zone"].values.reshape(-1)[samples.cell]
    assert city.covariates["zone"].is_class
    assert (zone == samples.covariates["zone"]).mean() > 0.9
    height = city.covariates["elev_m"].values.reshape(-1)[samples.cell]
    assert np.corrcoef(height, samples.covariates["elev_m"])[0, 1] > 0.95


def test_parcels_tile_the_surveyed_area(city: Region) -> None:
    assert city.samples is not None
    sites = shapely.MultiPoint(np.column_stack([city.samples.x, city.samples.y]))
    area = shapely.convex_hull(sites).buffer(1500.0)
    whole = shapely.union_all(city.parcels["geometry"].to_numpy())
    assert whole.symmetric_difference(area).area < 100.0 * area.length
    open_share, sealed = region_land(city)
    assert (open_share.sum(axis=0) + sealed)[city.soil_mask].min() >= 0.5


def test_every_industrial_parcel_has_one_candidate(city: Region) -> None:
    parcels = city.parcels[city.parcels["land_class"] == "industrial"]
    points = shapely.points(city.sources[["x", "y"]].to_numpy(float))
    inside = shapely.contains(parcels["geometry"].to_numpy()[:, None], points[None, :])
    assert (inside.sum(axis=0) == 1).all()
    assert (inside.sum(axis=1) == 1).all()
    assert 10 <= len(points) <= 25
    assert set(city.sources["status"]) == {"illustrative"}


def test_background_is_that_of_the_survey(city: Region) -> None:
    soil = city.background[:, :, city.soil_mask]
    for metal, value in BACKGROUND.items():
        assert soil[METALS.index(metal)] * 1e6 == pytest.approx(value)


def test_the_top_layer_is_what_was_sampled(city: Region) -> None:
    assert city.layer_thickness[0] == pytest.approx(0.1)  # 0-10 cm


@pytest.mark.parametrize("name", ["city-hindcast", "city-baseline"])
def test_scenarios_tell_all_candidates_apart(city: Region, name: str) -> None:
    scenario = read_scenario(name)
    assert list(scenario.tags.plants) == city.sources["id"].tolist()


def test_hindcast_ends_with_the_survey_and_the_baseline_goes_on(city: Region) -> None:
    hindcast, baseline = read_scenario("city-hindcast"), read_scenario("city-baseline")
    assert city.samples is not None
    assert hindcast.start + hindcast.years - 1 == city.samples.year.max()
    assert baseline.start == city.samples.year.max() + 1


@pytest.mark.skipif(
    "METALSCAPE_RAW" not in os.environ,
    reason="needs the raw data of the shipped region; set METALSCAPE_RAW to their folder",
)
def test_it_is_what_the_recipe_builds(tmp_path: Path) -> None:
    built = build_region(RECIPE, Path(os.environ["METALSCAPE_RAW"]), tmp_path / "city")
    shipped = region_folder("city")
    assert {p.name for p in built.iterdir()} == {p.name for p in shipped.iterdir()}
    for path in built.iterdir():
        assert path.read_bytes() == (shipped / path.name).read_bytes(), path.name


# -- wrong recipes ---------------------------------------------------------------------------------


def _no_soil(table: dict[str, Any]) -> None:
    table["zones"][0]["soil"] = 9


def _unknown_key(table: dict[str, Any]) -> None:
    table["survey"]["depth"] = 0.1


def _no_zone(table: dict[str, Any]) -> None:
    table["candidates"]["zone"] = 7


def _layers(table: dict[str, Any]) -> None:
    table["soils"][1]["ph"] = [5.0]


def _no_file(table: dict[str, Any]) -> None:
    del table["files"]["samples"]


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (_no_soil, "no soils of code"),
        (_unknown_key, "survey.depth"),
        (_no_zone, "no zone 7"),
        (_layers, "one ph a layer"),
        (_no_file, "files must be"),
        (lambda table: None, "there is no file"),  # the folder of raw data is empty
    ],
)
def test_wrong_recipes_are_refused(
    break_it: Callable[[dict[str, Any]], None], words: str, tmp_path: Path
) -> None:
    table = copy.deepcopy(TABLE)
    break_it(table)
    with pytest.raises(InputError, match=words):
        city_recipe(table, tmp_path)
