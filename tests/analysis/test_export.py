"""Exports hold what the run holds, where other programs look for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
import xarray as xr

from analysis.export import metals_and_years, replacing, write_csv, write_geotiff, write_netcdf
from analysis.runs import content, grid_of
from simulator.errors import InputError
from simulator.record import RunFolder


def test_geotiff_has_a_named_band_a_year_with_unit_crs_and_nodata(
    run: RunFolder, tmp_path: Path
) -> None:
    path = write_geotiff(run, tmp_path / "new", "Cd", [2020, 2024])
    assert path == tmp_path / "new" / "content_Cd.tif"
    grid = grid_of(run)
    with rasterio.open(path) as raster:
        assert raster.crs == rasterio.CRS.from_string(grid.crs)
        assert tuple(raster.bounds) == grid.bounds
        assert np.isnan(raster.nodata)
        assert raster.descriptions == ("Cd 2020", "Cd 2024")
        assert raster.units == ("mg kg-1", "mg kg-1")
        assert raster.tags(2)["year"] == "2024"
        assert "illustrative" in raster.tags()["comment"]
        assert raster.compression.name == "deflate"
        np.testing.assert_array_equal(raster.read(2), content(run, "Cd", 2024).astype(np.float32))
        # a point is found in the cell that the grid puts it into
        row, col = raster.index(grid.x[3], grid.y[7])
        assert (row, col) == (7, 3)


def test_netcdf_is_the_history_with_a_time_axis_after_cf(run: RunFolder, tmp_path: Path) -> None:
    path = write_netcdf(run, tmp_path, ["Cd", "Pb"], [2020, 2022, 2024])
    with xr.open_dataset(path, engine="h5netcdf", decode_coords="all") as data:
        assert data.attrs["Conventions"].startswith("CF-1")
        assert data["time"].values.astype("datetime64[Y]").astype(int).tolist() == [50, 52, 54]
        assert (data["time"].dt.dayofyear == 1).all()
        assert data["content"].dims == ("time", "metal", "layer", "y", "x")
        assert data["content"].attrs["units"] == "mg kg-1"
        assert data["content"].encoding["grid_mapping"] == "spatial_ref"
        assert "crs_wkt" in data["spatial_ref"].attrs
        assert "depth_bounds" in data.coords
        there = run.history.sel(metal=["Cd", "Pb"], year=[2020, 2022, 2024])
        for name in ("content", "stock", "stock_sealed", "open_share", "ph"):
            here = data[name].values
            expected = there[name].rename(year="time").transpose(*data[name].dims).values
            np.testing.assert_array_equal(here, expected, err_msg=name)
            assert here.dtype == expected.dtype


def test_csv_is_long_and_holds_every_soil_cell_once(run: RunFolder, tmp_path: Path) -> None:
    table = pd.read_csv(write_csv(run, tmp_path, ["Cd", "Zn"], [2020, 2024]))
    columns = ["row", "col", "x_m", "y_m", "metal", "year", "content_mg_kg"]
    assert table.columns.tolist() == columns
    soil = int(np.isfinite(content(run, "Cd", 2020)).sum())
    assert len(table) == 4 * soil
    grid = grid_of(run)
    for (metal, year), rows in table.groupby(["metal", "year"]):
        values = content(run, str(metal), int(year))
        found = np.full(values.shape, np.nan)
        found[rows["row"], rows["col"]] = rows["content_mg_kg"]
        np.testing.assert_allclose(found, values, rtol=1e-6)
        assert (rows["x_m"].to_numpy() == grid.x[rows["col"]]).all()
        assert (rows["y_m"].to_numpy() == grid.y[rows["row"]]).all()


def test_what_is_exported_is_chosen_from_what_is_there(run: RunFolder) -> None:
    metals, years = metals_and_years(run, None, None)
    assert len(metals) == 8
    assert years == [2020, 2021, 2022, 2023, 2024]
    assert metals_and_years(run, "pb", 2021) == (["Pb"], [2021])
    with pytest.raises(InputError):
        metals_and_years(run, "../../etc", None)
    with pytest.raises(InputError):
        metals_and_years(run, None, 1999)


def test_a_file_is_replaced_when_it_is_whole_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old", "utf-8")

    def fail() -> None:
        with replacing(path) as beside:
            beside.write_text("half", "utf-8")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]
    assert path.read_text("utf-8") == "old"
    with replacing(path) as beside:
        beside.write_text("new", "utf-8")
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]
    assert path.read_text("utf-8") == "new"
