"""Reading maps and demands: what is understood, and what is refused with a remedy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.landuse.maps import cell_size_of, read_land_map, read_layers
from analysis.landuse.task import LandTask, open_task
from simulator.errors import InputError
from tests.analysis.landuse.towns import BUILT, SHAPE, TOWN, WATER, town, write, write_town


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_town(tmp_path_factory.mktemp("town"))


def opened(files: Path, **changed: object) -> LandTask:
    words = {
        "maps": [str(files / "town_1990.tif"), str(files / "town_2000.tif")],
        "truth": str(files / "town_2010.tif"),
        "built": TOWN,
    }
    return open_task(**(words | changed))


def test_years_are_read_from_names_and_bands(files):
    assert read_land_map(str(files / "town_1990.tif")).year == 1990.0
    one = read_land_map(f"{files / 'towns.tif'}:2000")
    assert (one.year, one.name) == (2000.0, "towns.tif:2000")
    second = read_land_map(f"{files / 'towns.tif'}:2")
    np.testing.assert_array_equal(one.cover, second.cover)
    assert second.year == 2000.0


def test_bands_of_one_file_are_maps_like_files(files):
    places = [f"{files / 'towns.tif'}:{y}" for y in (1990, 2000, 2010)]
    task = opened(files, maps=places[:2], truth=places[2])
    same = opened(files)
    np.testing.assert_array_equal(task.start_cover, same.start_cover)
    assert task.growth == same.growth == BUILT[2] - BUILT[1]


def test_start_is_the_last_map_or_the_first(files):
    assert opened(files).start_built.sum() == BUILT[1]
    first = opened(files, from_first=True)
    assert first.start_built.sum() == BUILT[0]
    assert first.growth == BUILT[2] - BUILT[0]
    assert len(first.past) == 1


def test_unknown_pixels_and_a_mask_do_not_count(files, tmp_path):
    assert opened(files).counted.sum() == SHAPE[0] * (SHAPE[1] - 1)
    half = np.zeros(SHAPE, np.uint8)
    half[:, :30] = 7
    mask = write(tmp_path / "mask.tif", [half])
    assert opened(files, within=str(mask)).counted.sum() == SHAPE[0] * 30


def test_the_demand_is_of_the_year_of_the_truth(files):
    task = opened(files, demand=str(files / "demand.csv"))
    assert task.demand.built_cells == BUILT[2]
    assert task.demand.cells[TOWN] == BUILT[2]
    assert sum(task.demand.cells.values()) == task.context.valid.sum()
    assert opened(files, demand="2=450").growth == 100
    assert "itself" in opened(files).demand.source


def test_a_demand_names_built_land(files):
    task = opened(files, built=None, demand=str(files / "demand.csv"))
    assert task.built_code == TOWN


def test_columns_of_a_demand_are_told_by_their_pixels(files, tmp_path):
    """The order of the columns does not matter where the table has the date of a map."""
    lines = [line.split(",") for line in (files / "demand.csv").read_text().splitlines()]
    turned = tmp_path / "demand.csv"
    turned.write_text("\n".join(",".join([v[0], v[2], v[3], v[1]]) for v in lines) + "\n")
    task = opened(files, built=None, demand=str(turned))
    assert task.built_code == TOWN
    assert task.demand.cells == opened(files, demand=str(files / "demand.csv")).demand.cells
    alone = tmp_path / "built.csv"
    alone.write_text(f"year,area_cells\n2000,{BUILT[1]}\n2010,480\n")
    assert opened(files, demand=str(alone)).demand.cells == {TOWN: 480.0}


def test_a_demand_without_the_dates_of_maps_is_in_order_of_code(files, tmp_path):
    ordered = tmp_path / "demand.csv"
    ordered.write_text("year,a,b,c\n2010,3560,490,90\n")
    assert opened(files, demand=str(ordered)).demand.cells == {1: 3560.0, 2: 490.0, 3: 90.0}


def test_classes_never_built_on(files):
    task = opened(files, exclude=[WATER])
    assert task.context.excluded.sum() == np.count_nonzero(task.start_cover == WATER)


def test_layers_are_named_by_band_and_nan_where_unknown(tmp_path):
    values = np.ones((4, 4), np.float32)
    values[0, 0] = -1.0
    two = write(tmp_path / "two.tif", [values, 2 * values], ["slope", "road"], nodata=-1.0)
    layers = read_layers([str(two)])
    assert list(layers) == ["slope", "road"]
    assert np.isnan(layers["slope"][0, 0])
    assert np.isfinite(layers["road"]).all()
    assert list(read_layers([f"{two}:road"])) == ["road"]


def test_pixels_in_degrees_get_a_size_in_metres(tmp_path):
    """At 30° N a degree is 111.3 cos 30° = 96.5 km of longitude, 110.9 km of latitude."""
    from affine import Affine

    place = Affine(0.001, 0.0, 113.0, 0.0, -0.001, 30.05)
    path = write(tmp_path / "a_2000.tif", [town()[0]], crs="EPSG:4326", transform=place)
    expected = np.sqrt(96.49 * 110.85)
    assert cell_size_of(read_land_map(str(path))) == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"built": 9}, "--built"),
        ({"built": None}, "--built"),
        ({"years": [1990.0]}, "--years"),
        ({"years": [2000.0, 1990.0, 2010.0]}, "--maps"),
        ({"demand": "3=5"}, "says nothing of class 2"),
        ({"demand": "2=many"}, "2=many"),
        ({"demand": "2=100"}, "built land grows"),
        ({"demand": "2=99999"}, "built land grows"),
    ],
)
def test_what_cannot_be_is_refused(files, changed, words):
    with pytest.raises(InputError, match=words):
        opened(files, **changed)


def test_files_that_do_not_fit_are_refused(files, tmp_path):
    from affine import Affine

    with pytest.raises(InputError, match="is not there"):
        opened(files, truth=str(files / "town_2011.tif"))
    with pytest.raises(InputError, match="has no band"):
        opened(files, truth=f"{files / 'towns.tif'}:2050")
    with pytest.raises(InputError, match="has 3 bands"):
        opened(files, truth=str(files / "towns.tif"))
    moved = write(
        tmp_path / "b_2010.tif", [town()[2]], transform=Affine(100.0, 0.0, 0.0, 0.0, -100.0, 3.4e6)
    )
    with pytest.raises(InputError, match="lies elsewhere"):
        opened(files, truth=str(moved))
    small = write(tmp_path / "c.tif", [town()[2][1:]])
    with pytest.raises(InputError, match="pixels"):
        opened(files, drivers=[str(small)])
    unnamed = write(tmp_path / "town.tif", [town()[2]])
    with pytest.raises(InputError, match="does not tell its year"):
        opened(files, truth=str(unnamed))
    assert opened(files, truth=str(unnamed), years=[1990, 2000, 2010]).growth == 150
    halves = write(tmp_path / "d_2010.tif", [town()[2] * np.float32(0.5)])
    with pytest.raises(InputError, match="no codes"):
        opened(files, truth=str(halves))


def test_a_demand_counted_elsewhere_is_refused(files, tmp_path):
    half = np.zeros(SHAPE, np.uint8)
    half[:, :30] = 1
    mask = write(tmp_path / "mask.tif", [half])
    with pytest.raises(InputError, match="--within"):
        opened(files, within=str(mask), demand=str(files / "demand.csv"))
    short = tmp_path / "demand.csv"
    short.write_text("year,open,built,water\n2005,1,400,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="no row for 2010"):
        opened(files, demand=str(short))
