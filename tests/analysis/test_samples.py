"""Samples: reading what users write, and finding the cell that holds a point."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyproj
import pytest

from analysis.samples import locate, pairs, read_samples
from simulator.errors import InputError
from simulator.region.model import Grid

GRID = Grid("EPSG:32651", 340_000.0, 3_168_000.0, 500.0, (4, 5))


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_coordinates_metals_units_and_blanks(tmp_path: Path) -> None:
    text = "\ufeffsite,X,y,Cd[mg/kg],pb (mg kg-1),depth\na,340100,3167900,0.2,,10\n\nb,1,2,0,30,\n"
    samples = read_samples(write(tmp_path / "s.csv", text), "concentration")
    assert samples.crs is None
    assert samples.x.tolist() == [340100.0, 1.0]
    assert samples.values["Cd"].tolist() == [0.2, 0.0]
    np.testing.assert_array_equal(samples.values["Pb"], [np.nan, 30.0])


def test_longitude_and_latitude_lie_where_the_projection_puts_them(tmp_path: Path) -> None:
    back = pyproj.Transformer.from_crs(GRID.crs, "EPSG:4326", always_xy=True)
    x, y = GRID.x[3], GRID.y[1]
    lon, lat = back.transform(x, y)
    path = write(tmp_path / "s.csv", f"lon,lat,Zn\n{lon:.8f},{lat:.8f},80\n0,0,80\n")
    located = locate(read_samples(path, "concentration"), GRID)
    assert (located.row[0], located.col[0]) == (1, 3)
    assert located.inside.tolist() == [True, False]
    # the same point given in the CRS of another zone
    other = pyproj.Transformer.from_crs(GRID.crs, "EPSG:32650", always_xy=True).transform(x, y)
    path = write(tmp_path / "t.csv", f"x,y,Zn\n{other[0]},{other[1]},80\n")
    located = locate(read_samples(path, "concentration"), GRID, "EPSG:32650")
    assert (located.row[0], located.col[0]) == (1, 3)


def test_edges_belong_to_the_cell_that_begins_there(tmp_path: Path) -> None:
    x_min, y_min, x_max, y_max = GRID.bounds
    corners = [(x_min, y_max), (x_min + 500.0, y_max - 500.0), (x_max, y_max), (x_min, y_min)]
    lines = "".join(f"{x},{y},1\n" for x, y in corners)
    located = locate(
        read_samples(write(tmp_path / "s.csv", f"x,y,Cd\n{lines}"), "concentration"), GRID
    )
    assert located.row.tolist() == [0, 1, -1, -1]
    assert located.col.tolist() == [0, 1, -1, -1]
    for k, (x, y) in enumerate(corners):
        assert GRID.cell_of(x, y) == (
            (located.row[k], located.col[k]) if located.inside[k] else None
        )


def test_pairs_drop_and_count_cells_without_soil(tmp_path: Path) -> None:
    field = np.arange(20.0).reshape(4, 5)
    field[0, 0] = np.nan
    text = "x,y,Cd\n340100,3167900,1\n340700,3167900,2\n340700,3167900,\n1,1,3\n"
    samples = read_samples(write(tmp_path / "s.csv", text), "concentration")
    predicted, observed, without = pairs(field, locate(samples, GRID), samples.values["Cd"])
    assert predicted.tolist() == [1.0]
    assert observed.tolist() == [2.0]
    assert without == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x,y,Cd[ug/kg]\n1,2,3\n", ["unit 'ug/kg'", "mg/kg"]),
        ("x,y,Cd[mg/kg],cd\n1,2,3,4\n", ["twice"]),
        ("east,north,Cd\n1,2,3\n", ["coordinates are columns x,y or lon,lat"]),
        ("x,y,Tl\n1,2,3\n", ["metals are columns named As"]),
        ("x,y,Cd\n", ["holds no samples"]),
        ("", ["columns none"]),
        ("x,y,Cd\n1,2,<0.1\n1,2,-3\n", ["column 'Cd', row 2", "'<0.1'", "1 more"]),
        ("x,y,Cd\n1,,3\n", ["column 'y'", "blank"]),
        ("x,y,Cd\n1,2,inf\n", ["finite"]),
        ("x,y,Cd\n1,2\n", ["row 2", "2 fields"]),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, words: list[str]) -> None:
    with pytest.raises(InputError) as error:
        read_samples(write(tmp_path / "s.csv", text), "concentration")
    for word in words:
        assert word in str(error.value)
    assert "s.csv" in str(error.value)


def test_the_unit_follows_the_quantity(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", "x,y,Cd[mg m-2 yr-1]\n1,2,3\n")
    assert read_samples(path, "deposition").values["Cd"].tolist() == [3.0]
    with pytest.raises(InputError, match="unit"):
        read_samples(path, "concentration")


def test_all_outside_and_unknown_crs_are_errors(tmp_path: Path) -> None:
    samples = read_samples(write(tmp_path / "s.csv", "x,y,Cd\n1,2,3\n"), "concentration")
    with pytest.raises(InputError, match="all 1 lie outside the grid"):
        locate(samples, GRID)
    with pytest.raises(InputError, match="coordinate reference system"):
        locate(samples, GRID, "EPSG:nonsense")
    lonlat = read_samples(write(tmp_path / "t.csv", "lon,lat,Cd\n500,500,3\n"), "concentration")
    with pytest.raises(InputError, match="outside the grid"):
        locate(lonlat, GRID)
