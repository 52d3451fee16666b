"""What is written can be read back, and tables, maps and zones tell the same areas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
import xarray as xr

from analysis.assessment import tables
from analysis.assessment.assess import Assessment, assess
from analysis.assessment.outputs import Written, write_assessment
from analysis.assessment.pictures import district_borders
from analysis.assessment.variables import catalogue
from simulator.constants import METALS
from simulator.errors import InputError
from simulator.record import RunFolder
from tests.analysis.assessment.hand_run import CELL_HA, GRID, RISING, control_layer

AREAS = ["area_ha", "overload_ha", "capacity_total_t"]


@pytest.fixture(scope="session")
def written(paper: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The run of ``hand_run`` assessed at its start, in the middle and at its end."""
    folder = tmp_path_factory.mktemp("written") / "assessment"
    return write_assessment(Assessment(paper, [2020, 2025, 2030], soil=control_layer()), folder)


def test_netcdf_is_the_assessment(written: Written, paper: RunFolder) -> None:
    expected = assess(paper, [2020, 2025, 2030], soil=control_layer())
    with xr.open_dataset(
        written.folder / "assessment.nc", engine="h5netcdf", decode_coords="all"
    ) as data:
        assert data["year"].values.tolist() == [2020, 2025, 2030]
        assert data["land"].values.tolist() == ["current", "fixed"]
        assert "crs_wkt" in data["spatial_ref"].attrs
        for name in catalogue():
            np.testing.assert_array_equal(data[name].values, expected[name].values, err_msg=name)
        assert data["warning"].encoding["dtype"] == np.int8
        flags = data["warning"].attrs
        assert flags["flag_values"].tolist() == [1, 2, 3, 4, 5]
        assert flags["flag_meanings"].split()[-1] == "overloaded"


def test_geotiffs_have_crs_bands_units_and_no_data(written: Written, assessed) -> None:
    with rasterio.open(written.folder / "maps" / "remaining_capacity_Cd.tif") as raster:
        assert raster.crs == rasterio.CRS.from_string(GRID.crs)
        assert tuple(raster.bounds) == GRID.bounds
        assert np.isnan(raster.nodata)
        assert raster.descriptions[-1] == "remaining capacity Cd 2030"
        assert raster.units == ("kg ha-1",) * 3
        found = assessed["remaining_capacity"].sel(year=2030, land="current", metal="Cd").values
        np.testing.assert_array_equal(raster.read(3), found)
        assert np.isnan(raster.read(1)[3, 4])
    with rasterio.open(written.folder / "maps" / "years_to_limit_Cd.tif") as raster:
        assert not np.isinf(raster.read()).any()
    with rasterio.open(written.folder / "maps" / "warning_fixed_Cd.tif") as raster:
        assert raster.dtypes[0] == "uint8"
        assert raster.nodata == 255
        assert raster.read(3)[3, 4] == 255
        assert raster.read(3)[RISING] == 5
        assert raster.tags(1)["code_5"] == "overloaded"
        assert raster.tags()["land"] == "fixed"
        assert raster.colormap(1)[5] == (102, 37, 6, 255)
        assert raster.colorinterp[1] == rasterio.enums.ColorInterp.palette


def test_every_variable_metal_and_land_has_its_geotiff(written: Written) -> None:
    count = sum(
        (len(METALS) if "metal" in v.dims else 1) * (2 if "land" in v.dims else 1)
        for v in catalogue().values()
    )
    assert len(list((written.folder / "maps").glob("*.tif"))) == count


def test_zones_are_a_geopackage_in_the_crs_of_the_grid(written: Written, assessed) -> None:
    path = written.folder / "zones.gpkg"
    assert sorted(name for name, _ in pyogrio.list_layers(path)) == ["overload", "risk"]
    meta, _, geometry, columns = pyogrio.raw.read(path, layer="risk")
    assert rasterio.CRS.from_string(meta["crs"]) == rasterio.CRS.from_string(GRID.crs)
    table = pd.DataFrame(dict(zip(meta["fields"], columns, strict=True)))
    shapes = shapely.from_wkb(geometry)
    assert shapely.is_valid(shapes).all()
    np.testing.assert_allclose(shapely.area(shapes) / 1e4, table["area_ha"])
    for (year, land), zones in table.groupby(["year", "land"]):
        if year in assessed["year"]:
            classed = assessed["risk_class"].sel(year=year, land=land)
            cells = int(np.isfinite(classed).sum())
            assert zones["area_ha"].sum() == pytest.approx(CELL_HA * cells)
    assert set(table["land"]) == {"current", "fixed"}


def test_a_kind_without_zones_is_an_empty_layer_with_its_columns(tmp_path: Path) -> None:
    from analysis.assessment.outputs import write_geopackage

    write_geopackage(tmp_path / "z.gpkg", {"risk": [], "overload": []}, GRID)
    meta, _, geometry, _ = pyogrio.raw.read(tmp_path / "z.gpkg", layer="overload")
    assert len(geometry) == 0
    assert "area_ha" in meta["fields"]


def test_the_tables_of_cadmium_by_hand(written: Written) -> None:
    change = written.tables["by_metal_change"].set_index(["land", "metal"])
    current, fixed = change.loc[("current", "Cd")], change.loc[("fixed", "Cd")]
    assert current["area_ha_2020"] == 1900.0
    assert (current["overload_ha_2020"], current["overload_ha_2030"]) == (200.0, 100.0)
    assert fixed["overload_ha_change"] == 0.0
    assert current["overload_share_change"] == pytest.approx(-1.0 / 19.0)
    assert change.loc[("current", "all"), "overload_ha_2030"] == 100.0
    use = written.tables["by_land_use"].set_index(["year", "land", "group", "metal"])
    assert use.loc[(2020, "current", "dryland", "Cd"), "area_ha"] == 1200.0
    assert use.loc[(2030, "current", "dryland", "Cd"), "area_ha"] == 1100.0
    assert use.loc[(2030, "fixed", "dryland", "Cd"), "area_ha"] == 1200.0
    districts = written.tables["by_district_change"].set_index(["land", "group", "metal"])
    assert districts.loc[("current", "North", "Cd"), "overload_ha_2030"] == 100.0
    assert districts.loc[("current", "South", "Cd"), "overload_ha_2030"] == 0.0
    years = written.tables["exceedance_years"].set_index(["land", "metal", "period"])["area_ha"]
    cadmium = years.loc["current"].loc["Cd"]
    assert cadmium["at the start"] == 200.0
    assert cadmium["2021-2030"] == 100.0
    assert cadmium["2031-2080 by trend"] == 100.0
    assert cadmium["later or never"] == 1500.0


@pytest.mark.parametrize("source", ["paper", "run"])
def test_every_breakdown_adds_up_to_the_whole_and_to_the_maps(source, written, run) -> None:
    if source == "paper":
        by = {k: written.tables[f"by_{k}"] for k in tables.GROUPINGS}
        data = xr.open_dataset(written.folder / "assessment.nc", engine="h5netcdf")
        hectares = CELL_HA
    else:
        data = assess(run, [2020, 2024])
        hectares = 25.0
        parts = [
            tables.overload_rows(data.isel(year=[i]), 1e4 * hectares, {"1": "North", "2": "South"})
            for i in (0, 1)
        ]
        by = {k: pd.concat([p[k] for p in parts]) for k in tables.GROUPINGS}
    keys = ["year", "land", "metal"]
    whole = by["metal"].set_index(keys)[AREAS]
    for grouping in tables.GROUPINGS[1:]:
        sums = by[grouping].groupby(keys)[AREAS].sum().reindex(whole.index)
        np.testing.assert_allclose(sums, whole.fillna(0.0), rtol=1e-6, err_msg=grouping)
    for (year, land, metal), row in whole.drop("all", level="metal").iterrows():
        over = data["overload"].sel(year=year, land=land, metal=metal)
        assert row["overload_ha"] == pytest.approx(hectares * float(over.sum()))
        assert row["area_ha"] == pytest.approx(hectares * int(np.isfinite(over).sum()))
    grades = tables.grade_rows(data.isel(year=[-1]), 1e4 * hectares)
    for (land, name, metal), rows in grades.groupby(["land", "variable", "metal"]):
        values = data[name].isel(year=-1)
        chosen = {k: v for k, v in (("land", land), ("metal", metal)) if k in values.dims}
        known = int(np.isfinite(values.sel(chosen)).sum())
        assert rows["area_ha"].sum() == pytest.approx(hectares * known), (land, name, metal)
    leading = tables.leading_rows(data.isel(year=[-1]), 1e4 * hectares)
    known = np.isfinite(data["leading_metal"].isel(year=-1).sel(land="current")).sum()
    assert leading[leading["land"] == "current"]["area_ha"].sum() == hectares * int(known)
    data.close()


@pytest.mark.slow
def test_only_an_older_assessment_is_replaced(paper: RunFolder, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine", "utf-8")
    assessment = Assessment(paper, [2020], soil=control_layer())
    with pytest.raises(InputError, match="something else"):
        write_assessment(assessment, out, pictures=False)
    assert [p.name for p in out.iterdir()] == ["notes.txt"]
    for _ in range(2):
        write_assessment(assessment, tmp_path / "new", pictures=False)
    assert (tmp_path / "new" / "assessment.nc").is_file()
    (tmp_path / "new" / "paper.docx").write_text("mine", "utf-8")
    with pytest.raises(InputError, match="something else"):
        write_assessment(assessment, tmp_path / "new", pictures=False)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["new", "out"]


def test_pictures_are_drawn(written: Written) -> None:
    for name in ("capacity", "overload", "warning", "zones"):
        assert (written.folder / f"{name}.png").read_bytes()[:4] == b"\x89PNG"


def test_borders_run_between_districts() -> None:
    district = np.array([[1, 1, 2, 2, 2]] * 2 + [[3, 3, 3, 3, 3]] * 2)
    borders = district_borders(district, GRID)
    length = np.abs(np.diff(borders, axis=1)).sum()
    assert length == pytest.approx(2.0 + 5.0)  # km
    upright = borders[borders[:, 0, 0] == borders[:, 1, 0]]
    assert (upright[:, 0, 0] == GRID.x_min / 1000.0 + 2.0).all()
