"""Maps of built-up land of the past: read as shares, and refused where they cannot be right."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.region import check_region, read_region
from tests.make_region import CELL, X_MIN, add_land_history

#: Rows and columns of the small region, each cell divided by two.
SHAPE = (24, 20)
PIXEL = CELL / 2


@pytest.fixture
def folder(small_region: Path, tmp_path: Path) -> Path:
    """A copy that the test may change."""
    return Path(shutil.copytree(small_region, tmp_path / "testland"))


def percents(years: int = 3) -> np.ndarray:
    """A town that grows eastward, unknown in the last column."""
    town = np.zeros((years, *SHAPE), dtype=np.uint8)
    for k in range(years):
        town[k, 5:9, : 3 + 2 * k] = 100
        town[k, 5:9, 3 + 2 * k] = 35
    town[:, :, -1] = 255
    return town


def test_shares_by_year(folder: Path) -> None:
    add_land_history(folder, (2000, 2003, 2010), percents(), PIXEL)
    history = read_region(folder).land_history
    assert history is not None
    assert history.years.tolist() == [2000, 2003, 2010]
    assert history.cell_size == PIXEL
    assert history.built.shape == (3, *SHAPE)
    assert history.built.dtype == np.float32
    assert history.built[0, 5, 2] == 1.0
    assert history.built[1, 5, 5] == np.float32(0.35)
    assert np.isnan(history.built[:, :, -1]).all()
    assert np.isfinite(history.built[:, :, :-1]).all()
    assert history.built[0, 12, 3] == 0.0


def test_a_region_without_history_is_as_it_was(small_region: Path, folder: Path) -> None:
    plain = read_region(small_region)
    assert plain.land_history is None
    add_land_history(folder, (2000, 2010), percents(2), PIXEL)
    read = read_region(folder)
    assert read.digest != plain.digest
    assert read.layers["land_history"].status == "illustrative"


def test_pixels_may_be_the_cells(folder: Path) -> None:
    add_land_history(folder, (1999, 2000), percents(2)[:, ::2, ::2], CELL, nodata=None)
    history = read_region(folder).land_history
    assert history is not None
    assert history.cell_size == CELL


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"years": (2000, 2000, 2010)}, ["bands of 2000, 2000, 2010", "rise"]),
        ({"years": (2000, "now", 2010)}, ["band 2", "'now'", "is its year"]),
        ({"years": (2000, "", 2010)}, ["band 2", "no description"]),
        ({"years": (2000,), "percent": percents(1)}, ["1 band", "two dates"]),
        ({"percent": percents().astype(np.int16)}, ["int16", "uint8"]),
        ({"nodata": 0}, ["nodata is 0", "255"]),
        ({"pixel": 0.3 * CELL}, ["pixels of 150 m", "whole number", "166.6"]),
        ({"pixel": 2 * CELL}, ["pixels of 1000 m"]),
        ({"pixel": CELL / 3}, ["24 rows x 20 columns", "36 x 30"]),
        ({"corner": X_MIN + 10.0}, ["shifted by 10 m east"]),
    ],
)
def test_a_header_that_cannot_be_right(
    folder: Path, change: dict[str, Any], words: list[str]
) -> None:
    add_land_history(
        folder, **({"years": (2000, 2003, 2010), "percent": percents(), "pixel": PIXEL} | change)
    )
    problems = check_region(folder)
    assert problems
    for word in ("land_history.tif", *words):
        assert word in str(problems[0])


@pytest.mark.parametrize(
    ("value", "where", "words"),
    [
        (101, (1, 3, 4), ["2003, row 3, col 4", "value 101"]),
        (255, (2,), ["2010", "no pixel is known"]),
    ],
)
def test_values_that_are_no_shares(
    folder: Path, value: int, where: tuple[int, ...], words: list[str]
) -> None:
    percent = percents()
    percent[where] = value
    add_land_history(folder, (2000, 2003, 2010), percent, PIXEL)
    (problem,) = check_region(folder)
    for word in words:
        assert word in str(problem)


def test_a_truncated_file(folder: Path) -> None:
    add_land_history(folder, (2000, 2003, 2010), percents(), PIXEL)
    file = folder / "land_history.tif"
    file.write_bytes(file.read_bytes()[:700])
    (problem,) = check_region(folder)
    assert "truncated" in str(problem)


def test_more_values_than_a_machine_holds(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.region.land_history.MAX_VALUES", 1000)
    add_land_history(folder, (2000, 2003, 2010), percents(), PIXEL)
    (problem,) = check_region(folder)
    assert "3 bands of 24 x 20 pixels" in str(problem)


def test_the_history_of_wuhan_is_that_of_its_maps() -> None:
    """Built-up land hardly ever goes back, and 2010 is the 680 km2 that the parcels are of."""
    region = read_region("wuhan")
    history = region.land_history
    assert history is not None
    assert history.years.tolist() == list(range(2000, 2011))
    known = np.isfinite(history.built)
    assert (known == known[0]).all()
    km2 = np.nansum(history.built, axis=(1, 2)) * history.cell_size**2 / 1e6
    assert (np.diff(km2) > 0).all()
    assert km2[-1] == pytest.approx(680.0, rel=0.002)
    parcels = region.parcels
    area = sum(shape.area for shape in parcels["geometry"])
    assert known[0].sum() * history.cell_size**2 == pytest.approx(area, rel=1e-6)
