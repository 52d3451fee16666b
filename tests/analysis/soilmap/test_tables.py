"""Reading tables: coordinates, contents below detection, covariates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.soilmap.tables import contents, coordinates, covariates, metals_of, read_table
from simulator.errors import InputError


def table(folder: Path, text: str, name: str = "a.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    return read_table(folder / name)


def test_kilometres_become_metres_and_plane_goes_before_degrees(tmp_path: Path) -> None:
    read = table(tmp_path, "x_km,y_km,lon,lat,Cd\n1.5,2,7,47,1\n")
    places, crs = coordinates([read])
    np.testing.assert_array_equal(places[0], [[1500.0, 2000.0]])
    assert crs is None


def test_degrees_go_to_the_utm_zone(tmp_path: Path) -> None:
    """UTM 31N: 3 degrees east on the equator is easting 500 km, northing 0."""
    places, crs = coordinates([table(tmp_path, "lon,lat,Cd\n3.0,0.0,1\n")])
    assert crs == "EPSG:32631"
    np.testing.assert_allclose(places[0], [[500_000.0, 0.0]], atol=1e-3)


def test_files_must_share_their_coordinates(tmp_path: Path) -> None:
    one = table(tmp_path, "x,y,Cd\n1,2,3\n", "one.csv")
    other = table(tmp_path, "lon,lat,Cd\n1,2,3\n", "other.csv")
    with pytest.raises(InputError, match="share no columns"):
        coordinates([one, other])


def test_what_lies_below_detection(tmp_path: Path) -> None:
    read = table(
        tmp_path, "x,y,Cd,Cd_limit\n0,0,<0.05,\n0,0,0.3,0.1\n0,0,0.02,0.1\n0,0,,0.1\n0,0,,\n"
    )
    values, below = contents(read, "Cd")
    np.testing.assert_array_equal(values, [0.05, 0.3, 0.1, 0.1, np.nan])
    np.testing.assert_array_equal(below, [True, False, True, True, False])


def test_units_in_brackets_are_checked(tmp_path: Path) -> None:
    read = table(tmp_path, "x,y,Cd[mg/kg],Zn (ug/g)\n0,0,1,2\n")
    assert metals_of(read, ["Cd"]) == ["Cd"]
    with pytest.raises(InputError, match="ug/g"):
        metals_of(read, [])


def test_numbers_and_classes(tmp_path: Path) -> None:
    train = table(tmp_path, "x,y,rock,flood,depth\n0,0,lime,1,5\n0,0,sand,2,<4\n", "train.csv")
    test = table(tmp_path, "x,y,rock,flood,depth\n0,0,,3,\n", "test.csv")
    first, second = covariates([train, test], ["rock", "flood:class", "depth"])
    assert first["rock"].tolist() == ["lime", "sand"]
    assert first["flood"].tolist() == ["1", "2"]
    assert first["depth"].tolist() == [5.0, 2.0]
    assert second["rock"].tolist() == ["missing"]
    assert np.isnan(second["depth"]).all()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x,y,Cd,Cd\n0,0,1,1\n", "twice"),
        ("x,y,Cd\n0,0\n", "2 fields"),
        ("x,y,Cd\n", "no rows"),
    ],
)
def test_a_broken_file_is_told(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        table(tmp_path, text)


def test_latitudes_lie_within_ninety_degrees(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="beyond 90"):
        coordinates([table(tmp_path, "lon,lat,Cd\n47,120,1\n")])
