"""Reading a region: what stands in the files arrives in SI, in its cell, and nothing else does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.warp import transform

from simulator.constants import METALS
from simulator.errors import InputError
from simulator.region import (
    Region,
    builtin_regions,
    check_region,
    read_region,
    region_folder,
)
from tests.make_region import CRS, DEPOSITION, make_region, write_raster


@pytest.fixture(scope="module")
def region(small_region: Path) -> Region:
    return read_region(small_region)


@pytest.fixture
def folder(small_region: Path, tmp_path: Path) -> Path:
    """A copy that the test may change."""
    return Path(shutil.copytree(small_region, tmp_path / "testland"))


def test_soil_of_a_cell_is_its_unit_in_si(region: Region, small_region: Path) -> None:
    table = pd.read_csv(small_region / "soils.csv").set_index(["code", "layer"])
    with rasterio.open(small_region / "soil_unit.tif") as dataset:
        code = dataset.read(1)
    for row, col in ((0, 0), (5, 3), (11, 8)):
        for layer in range(3):
            unit = table.loc[(code[row, col], layer + 1)]
            at = (layer, row, col)
            assert region.soil.ph[at] == unit["ph"]
            assert region.soil.organic_matter[at] == pytest.approx(
                unit["organic_matter_pct"] / 100, rel=1e-15
            )
            for name in ("clay", "silt", "sand"):
                share = getattr(region.soil, name)[at]
                assert share == pytest.approx(unit[f"{name}_pct"] / 100, rel=1e-15)
            assert region.soil.bulk_density[at] == pytest.approx(
                unit["bulk_density_g_cm3"] * 1000, rel=1e-15
            )
            for i, metal in enumerate(METALS):
                assert region.background[(i, *at)] == pytest.approx(unit[metal] * 1e-6, rel=1e-15)


def test_ground_without_soil_takes_no_part(region: Region) -> None:
    assert region.soil_mask.sum() == region.grid.size - 1
    assert not region.soil_mask[-1, -1]
    for values in (region.soil.ph, region.soil.bulk_density, region.background):
        assert np.isnan(values[..., ~region.soil_mask]).all()
        assert np.isfinite(values[..., region.soil_mask]).all()


def test_rasters_lie_as_they_were_written(region: Region, small_region: Path) -> None:
    """Row 0 is north; slope is an angle in radians; nodata is NaN."""
    assert (region.district[:6] == 1).all()
    assert (region.district[6:] == 2).all()
    with rasterio.open(small_region / "slope.tif") as dataset:
        degrees = dataset.read(1).astype(float)
    assert np.isnan(region.slope[-1, -1])
    assert np.isnan(region.elevation[-1, -1])
    np.testing.assert_allclose(
        region.slope[region.soil_mask], degrees[region.soil_mask] * np.pi / 180, rtol=1e-15
    )


def test_grid_is_that_of_the_rasters_and_its_latitude_that_of_its_centre(region: Region) -> None:
    grid = region.grid
    assert grid.shape == (12, 10)
    x0, y0, x1, y1 = grid.bounds
    assert (x1 - x0, y1 - y0) == (5000.0, 6000.0)
    _, latitude = transform(CRS, "EPSG:4326", [(x0 + x1) / 2], [(y0 + y1) / 2])
    assert region.latitude == pytest.approx(latitude[0], abs=1e-9)
    for row, col in ((0, 0), (3, 7), (11, 9)):
        assert grid.cell_of(grid.x[col], grid.y[row]) == (row, col)


def test_deposition_is_in_kg_per_m2_and_year(region: Region) -> None:
    expected = [DEPOSITION[metal] * 1e-6 for metal in METALS]
    np.testing.assert_allclose(region.background_deposition, expected, rtol=1e-15)


def test_sources_keep_their_columns_and_blank_years_are_missing(region: Region) -> None:
    sources = region.sources.set_index("id")
    assert sources.index.tolist() == ["coal-1", "waste-1", "copper-1"]
    assert np.isnan(sources.loc["coal-1", "start_year"])
    assert sources.loc["waste-1", "start_year"] == 2015.5
    assert sources.loc["copper-1", "stop_year"] == 2040.0


def test_a_region_may_have_no_sources(folder: Path) -> None:
    header = (folder / "sources.csv").read_text("utf-8").splitlines()[0]
    (folder / "sources.csv").write_text(header + "\n", "utf-8")
    sources = read_region(folder).sources
    assert len(sources) == 0
    assert sources["height_m"].dtype == np.float64


def test_parcels_tile_the_grid(region: Region) -> None:
    area = shapely.area(region.parcels["geometry"].to_numpy())
    assert area.sum() == pytest.approx(region.grid.size * region.grid.cell_area, rel=1e-12)
    assert region.parcels["id"].dtype == np.int64
    assert region.parcels["impervious"].dtype == np.float64


def test_order_of_rows_and_columns_does_not_matter(folder: Path, region: Region) -> None:
    table = pd.read_csv(folder / "soils.csv", dtype=str)
    table.sample(frac=1, random_state=1)[table.columns[::-1]].to_csv(
        folder / "soils.csv", index=False
    )
    np.testing.assert_array_equal(read_region(folder).background, region.background)


def test_code_zero_may_also_be_declared_as_nodata(folder: Path, region: Region) -> None:
    with rasterio.open(folder / "soil_unit.tif") as dataset:
        code = dataset.read(1)
    (folder / "soil_unit.tif").unlink()
    write_raster(folder / "soil_unit.tif", np.where(code == 0, -1, code).astype("int32"), "", -1)
    np.testing.assert_array_equal(read_region(folder).soil_mask, region.soil_mask)


def test_nan_may_be_declared_as_nodata(folder: Path, region: Region) -> None:
    values = np.where(np.isnan(region.elevation), np.nan, region.elevation).astype("float32")
    (folder / "elevation.tif").unlink()
    write_raster(folder / "elevation.tif", values, "m", float("nan"))
    np.testing.assert_array_equal(read_region(folder).elevation, region.elevation)


def test_side_files_of_rasters_are_not_read(folder: Path, region: Region) -> None:
    """GDAL would take nodata from them: the region is what region.toml names."""
    for name in ("slope", "elevation"):
        (folder / f"{name}.tif.aux.xml").write_text(
            "<PAMDataset><PAMRasterBand band='1'><NoDataValue>0.8</NoDataValue>"
            "<UnitType>ft</UnitType></PAMRasterBand></PAMDataset>",
            "utf-8",
        )
    np.testing.assert_array_equal(read_region(folder).slope, region.slope)


def test_digest_is_of_what_the_files_hold(folder: Path, region: Region) -> None:
    assert read_region(folder).digest == region.digest, "it does not depend on the place"
    (folder / "README.md").write_text("a file that the region does not name", "utf-8")
    assert read_region(folder).digest == region.digest
    for name in ("soils.csv", "region.toml", "parcels.geojson"):
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data + b"\n")
        assert read_region(folder).digest != region.digest, name
        (folder / name).write_bytes(data)


def test_all_problems_are_told_at_once(folder: Path) -> None:
    (folder / "slope.tif").unlink()
    (folder / "soils.csv").write_text("code\n", "utf-8")
    text = (folder / "parcels.geojson").read_text("utf-8")
    (folder / "parcels.geojson").write_text(text.replace("paddy", "rice"), "utf-8")
    where = " ".join(p.where for p in check_region(folder))
    assert all(name in where for name in ("files.slope", "soils.csv", "parcels.geojson"))


def test_layers_say_where_they_come_from(region: Region) -> None:
    assert set(region.illustrative) == set(region.layers)
    assert region.layers["slope"].source == "generated for tests"


def test_holes_parts_and_heights_of_parcels(folder: Path) -> None:
    """Area of a parcel = outer ring - hole + second part; a third coordinate is left out."""
    path = folder / "parcels.geojson"
    document = json.loads(path.read_text("utf-8"))
    document["features"] = document["features"][-1:]

    def square(x: float, y: float, side: float) -> list[list[float]]:
        corners = ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
        return [[x + a * side, y + b * side, 12.0] for a, b in corners]

    document["features"][0]["geometry"] = {
        "type": "MultiPolygon",
        "coordinates": [
            [square(341_000, 3_163_000, 1000), square(341_200, 3_163_200, 300)],
            [square(343_000, 3_163_000, 500)],
        ],
    }
    path.write_text(json.dumps(document), "utf-8")
    geometry = read_region(folder).parcels["geometry"].iloc[0]
    assert geometry.area == 1000**2 - 300**2 + 500**2
    assert not geometry.has_z


@pytest.mark.parametrize(("width", "accepted"), [(0.1, True), (1.0, False)])
def test_overlap_is_judged_by_area(folder: Path, width: float, accepted: bool) -> None:
    """A thousandth of a cell of 500 m is 250 m2: 0.33 m along a side of 750 m."""
    path = folder / "parcels.geojson"
    document = json.loads(path.read_text("utf-8"))
    x, y = 341_000.0, 3_164_000.0
    for feature, (west, east) in zip(
        document["features"], ((x, x + 700 + width), (x + 700, x + 900)), strict=False
    ):
        feature["geometry"]["coordinates"] = [
            [[west, y], [east, y], [east, y + 750], [west, y + 750], [west, y]]
        ]
    document["features"] = document["features"][:2]
    path.write_text(json.dumps(document), "utf-8")
    assert (check_region(folder) == []) is accepted


def test_names_and_paths_of_regions(small_region: Path) -> None:
    assert region_folder(small_region) == small_region
    assert region_folder(str(small_region)) == small_region
    for name in builtin_regions():
        assert (region_folder(name) / "region.toml").is_file()
    with pytest.raises(InputError, match="no such folder or built-in region"):
        region_folder("atlantis")
    with pytest.raises(InputError, match="is a file"):
        region_folder(small_region / "region.toml")


def test_regions_of_other_sizes_can_be_made(tmp_path: Path) -> None:
    region = read_region(make_region(tmp_path / "tiny", rows=4, cols=3, seed=5))
    assert region.grid.shape == (4, 3)
