"""Reading area sources: what is refused, and how it is said."""

from __future__ import annotations

import shutil
from dataclasses import fields

import numpy as np
import pytest

from simulator.errors import InputError
from simulator.region import check_region, read_region
from simulator.region.model import Region
from simulator.scenario.check import region_problems
from tests.make_area_sources import AREA_SOURCES, add_area_sources, measure_all_sources
from tests.make_region import write_raster


@pytest.fixture
def folder(small_region, tmp_path):
    copy = tmp_path / "testland"
    shutil.copytree(small_region, copy)
    return copy


def problem(folder):
    (one,) = check_region(folder)
    return f"{one.where}: {one.what}; {one.rule}; {one.fix}"


def test_a_region_made_in_memory_has_none(folder, make_scenario):
    whole = read_region(folder)
    given = {f.name: getattr(whole, f.name) for f in fields(Region)}
    del given["source_changes"]
    region = Region(**given)
    assert region.area_sources.columns.tolist() == whole.area_sources.columns.tolist()
    assert region.source_changes.columns.tolist() == whole.source_changes.columns.tolist()
    scenario = make_scenario(tags={"by": "sector", "plants": [region.sources["id"].iloc[0]]})
    assert region_problems(scenario, region) == []


def test_they_are_read_and_part_of_the_digest(folder):
    before = read_region(folder)
    assert before.area_sources.empty
    assert not before.deposition_includes_sources
    region = read_region(add_area_sources(folder))
    assert region.area_sources["proxy"].tolist() == ["urban", "built", "farmland"]
    assert region.area_sources["technology"].tolist() == ["", "", ""]
    assert region.layers["area_sources"].status == "illustrative"
    assert region.digest != before.digest
    measure_all_sources(folder)
    assert read_region(folder).deposition_includes_sources


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("sector", "road trafic", ("row 2, sector", "no emission profile", "'road traffic'")),
        ("control", "FF", ("row 2, control", "'FF'", "road traffic")),
        ("activity_unit", "km", ("row 2, activity_unit", "1e6 km")),
        ("fuel", "coal of China", ("row 2, fuel", "Leave it blank")),
        ("proxy", "urbn", ("row 2, proxy", "'urbn'", "urban, industrial, built, farmland")),
        ("height_m", 400.0, ("row 2, height_m", "0.5 to 100 m")),
        ("activity", -1.0, ("row 2, activity", "value -1")),
        ("id", "coal-1", ("row 2, id", "point source too", "Rename")),
        ("id", "stoves", ("row 4, id", "stoves is there already")),
        ("status", "guessed", ("row 2, status", "illustrative")),
    ],
)
def test_a_wrong_field_is_named(folder, column, value, words):
    table = AREA_SOURCES.assign(technology="", fuel="").astype(object)
    table.loc[0, column] = value
    found = problem(add_area_sources(folder, table))
    assert all(word in found for word in words), found


def test_years_are_in_order(folder):
    table = AREA_SOURCES.assign(start_year=[2030, None, None], stop_year=[2020, None, None])
    assert "stops in 2020 and starts in 2030" in problem(add_area_sources(folder, table))


def test_land_must_be_there(folder):
    text = (folder / "parcels.geojson").read_text("utf-8")
    (folder / "parcels.geojson").write_text(text.replace('"urban"', '"bare"'), "utf-8")
    found = problem(add_area_sources(folder))
    assert "row 2, proxy" in found
    assert "no parcel is urban" in found


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (None, ("roads.tif", "is not there")),
        (np.zeros((12, 10), dtype=np.float32), ("roads.tif", "all weights are 0")),
        (np.full((12, 10), -1.0, dtype=np.float32), ("roads.tif", "value -1")),
        (np.ones((3, 3), dtype=np.float32), ("roads.tif", "the grid has 12 x 10")),
    ],
)
def test_weights_are_checked(folder, weights, words):
    add_area_sources(folder, AREA_SOURCES.assign(proxy=["roads.tif", "built", "farmland"]))
    if weights is not None:
        write_raster(folder / "roads.tif", weights)
    found = problem(folder)
    assert all(word in found for word in words), found


def test_weights_stay_inside_the_folder(folder):
    add_area_sources(folder, AREA_SOURCES.assign(proxy=["../roads.tif", "built", "farmland"]))
    with pytest.raises(InputError, match=r"roads\.tif"):
        read_region(folder)
