"""Written files read back as what was written, and the same input gives the same bytes."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from simulator.region.build.write import (
    OPTIONAL_FILES,
    REGION_FILES,
    write_parcels,
    write_raster,
    write_region_toml,
    write_table,
)
from simulator.region.description import DepositionTable, WeatherTable
from simulator.region.model import Grid, LayerInfo

GRID = Grid("EPSG:32649", 700_000.0, 3_400_000.0, 500.0, (3, 4))
WEATHER = WeatherTable.model_validate(
    {
        "station": "s",
        "latitude": 30.0,
        "longitude": 120.0,
        "time_zone": 8.0,
        "elevation_m": -1.5,
        "anemometer_height_m": 10.0,
        "surface": {"albedo": 0.2, "roughness_m": [0.1, *[0.2] * 11]},
        "daily": {"station": 'd "e"', "latitude": 31.2, "radiation_coefficient": 0.16},
    }
)


def parcels() -> pd.DataFrame:
    outer = shapely.box(700_000, 3_399_000, 701_000, 3_400_000)
    hole = shapely.box(700_200, 3_399_200, 700_400.04, 3_399_400)
    return pd.DataFrame(
        {
            "id": [1, 2],
            "land_class": ["paddy", "water"],
            "impervious": [0.12345, 0.0],
            "zone": ["open", "protected"],
            "geometry": [outer.difference(hole), hole],
        }
    )


@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_raster_round_trip(tmp_path: Path, dtype: str) -> None:
    values = np.arange(12).reshape(3, 4).astype(dtype)
    write_raster(tmp_path / "a.tif", values, GRID, "m", -9999)
    with rasterio.open(tmp_path / "a.tif") as source:
        np.testing.assert_array_equal(source.read(1), values)
        assert source.dtypes == (dtype,)
        assert source.crs.to_epsg() == 32649
        assert source.bounds == GRID.bounds
        assert source.units == ("m",)
        assert source.nodata == -9999


def test_raster_of_another_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="array is"):
        write_raster(tmp_path / "a.tif", np.zeros((2, 2), dtype="float32"), GRID, "m", None)


def test_parcels_round_trip_with_holes_and_crs(tmp_path: Path) -> None:
    write_parcels(tmp_path / "p.geojson", parcels(), "EPSG:32649")
    read = json.loads((tmp_path / "p.geojson").read_text())
    assert read["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::32649"
    shapes = [shapely.geometry.shape(f["geometry"]) for f in read["features"]]
    assert shapes[0].area == pytest.approx(1e6 - 200.0 * 200.0)
    assert shapes[1].bounds[2] == 700_400.0  # rounded to 0.1 m
    assert read["features"][0]["properties"] == {
        "id": 1,
        "land_class": "paddy",
        "impervious": 0.123,
        "zone": "open",
    }


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("land_class", ["paddy", "swamp"], "swamp"),
        ("impervious", [0.1, 0.2], "water parcels"),
    ],
)
def test_impossible_parcels_are_refused(
    tmp_path: Path, column: str, values: list, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        write_parcels(tmp_path / "p.geojson", parcels().assign(**{column: values}), "EPSG:32649")
    assert not (tmp_path / "p.geojson").exists()


def test_table_text(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"a": [1.50, -0.001, np.nan], "b": [1, 2, 3], "c": ['x, "y"', None, "Ω"], "unused": 0}
    )
    write_table(tmp_path / "t.csv", table, ["b", "a", "c"], {"a": 1})
    text = (tmp_path / "t.csv").read_bytes().decode("utf-8")
    assert text == 'b,a,c\n1,1.5,"x, ""y"""\n2,0,\n3,,Ω\n'


def test_table_without_a_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="missing columns"):
        write_table(tmp_path / "t.csv", pd.DataFrame({"a": [1]}), ["a", "b"])


def test_region_toml_round_trip(tmp_path: Path) -> None:
    names = [*REGION_FILES, *OPTIONAL_FILES, "survey"]
    files = {k: LayerInfo(f"{k}.x", "derived", 'a "b"\nc', "CC0", "n") for k in names}
    write_region_toml(
        tmp_path / "region.toml",
        name="x",
        title="Ω",
        description="two\nlines",
        grid=GRID,
        layer_thickness=[0.2, 0.3],
        files=files,
        weather=WEATHER,
        deposition=DepositionTable(includes_sources=True, year=2010),
    )
    read = tomllib.loads((tmp_path / "region.toml").read_text(encoding="utf-8"))
    assert read["format"] == 1
    assert read["description"] == "two\nlines"
    assert read["grid"] == {
        "crs": "EPSG:32649",
        "x_min": 700_000.0,
        "y_max": 3_400_000.0,
        "cell_size": 500.0,
        "rows": 3,
        "cols": 4,
    }
    assert list(read["files"]) == names
    assert read["files"]["soils"]["source"] == 'a "b"\nc'
    assert read["soil"]["layer_thickness_m"] == [0.2, 0.3]
    assert read["deposition"] == {"includes_sources": True, "year": 2010}
    assert read["weather"] == {
        "station": "s",
        "latitude": 30.0,
        "longitude": 120.0,
        "time_zone": 8.0,
        "elevation_m": -1.5,
        "anemometer_height_m": 10.0,
        "temperature_height_m": 2.0,
        "calm_below_ms": 0.5,
        "surface": {"albedo": 0.2, "roughness_m": [0.1, *[0.2] * 11]},
        "daily": {"station": 'd "e"', "latitude": 31.2, "radiation_coefficient": 0.16},
    }
    assert WeatherTable.model_validate(read["weather"]) == WEATHER


def test_region_toml_needs_provenance_of_every_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="elevation"):
        write_region_toml(
            tmp_path / "region.toml",
            name="x",
            title="x",
            description="x",
            grid=GRID,
            layer_thickness=[0.2],
            files={},
            weather=WEATHER,
            deposition=DepositionTable(),
        )
