"""The history of built-up land that a recipe makes: shares counted on the land-use map."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio

from simulator.errors import InputError
from simulator.region import read_region
from simulator.region.build.land_history import (
    LandHistoryRecipe,
    built_history,
    write_land_history,
)
from simulator.region.build.layers import build_layers
from simulator.region.build.rasters import finer, read_layer
from simulator.region.land_history import LandHistory, read_land_history
from simulator.region.model import Grid
from tests.region_build import raw as small


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small.write_raw(tmp_path_factory.mktemp("raw"))


def grid() -> Grid:
    return Grid(small.CRS, small.X_MIN, small.Y_MAX, small.CELL, (small.CELLS, small.CELLS))


def test_shares_are_counted_on_mapped_pixels(raw: Path) -> None:
    pixels = read_layer(raw / "land.tif", small.CRS)
    recipe = LandHistoryRecipe(file=Path("history.tif"), code=3)
    history = built_history(recipe, raw, pixels, finer(grid(), 100.0))
    assert history.years.tolist() == [2000, 2005]
    # 4 x 4 pixels a cell; the first four columns of the map have no land use
    assert np.isnan(history.built[:, :, 0]).all()
    assert np.isfinite(history.built[:, :, 1:]).all()
    # the town ends half-way through the 13th row of cells, in 2000 at half of the 8th column
    assert history.built[1, 12, 10] == 0.5
    assert history.built[0, 2, 7] == 0.5
    assert history.built[0, 2, 8] == 0.0
    with rasterio.open(raw / "history.tif") as source:
        built = (source.read() == 3) & pixels.valid
    area = np.nansum(history.built, axis=(1, 2)) * history.cell_size**2
    assert area == pytest.approx(built.sum(axis=(1, 2)) * small.PIXEL**2)


def test_cells_that_the_map_covers_by_less_than_half_are_unknown(raw: Path) -> None:
    pixels = read_layer(raw / "land.tif", small.CRS)
    recipe = LandHistoryRecipe(file=Path("history.tif"), code=3)
    # 10 pixels a cell, 4 of the first column unmapped; then 5 of which 4 are unmapped
    assert np.isfinite(built_history(recipe, raw, pixels, finer(grid(), 250.0)).built).all()
    narrow = built_history(recipe, raw, pixels, finer(grid(), 125.0)).built
    assert np.isnan(narrow[:, :, 0]).all()


def test_a_written_history_is_read_to_half_a_percent(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    built = rng.random((3, 16, 16)).astype(np.float32)
    built[:, 0, 0] = np.nan
    made = LandHistory(np.array([1990, 2000, 2005]), built, 250.0)
    write_land_history(tmp_path / "h.tif", made, grid())
    read = read_land_history(tmp_path / "h.tif", "h.tif", grid())
    assert read.years.tolist() == made.years.tolist()
    assert read.cell_size == 250.0
    assert (np.isnan(read.built) == np.isnan(built)).all()
    assert np.nanmax(np.abs(read.built - built)) <= 0.005 + 1e-6


def test_a_region_is_built_with_its_history_or_without(raw: Path, tmp_path: Path) -> None:
    region = read_region(build_layers(small.recipe(), raw, tmp_path / "with", Path("r.toml")))
    assert region.land_history is not None
    assert region.land_history.cell_size == small.recipe()["parcels"]["resolution_m"]
    assert "km2 in 2000" in region.layers["land_history"].note
    table = small.recipe()
    del table["land_history"], table["files"]["land_history"]
    region = read_region(build_layers(table, raw, tmp_path / "without", Path("r.toml")))
    assert region.land_history is None
    assert not (tmp_path / "without" / "land_history.tif").exists()


def test_bands_without_years_are_refused(raw: Path, tmp_path: Path) -> None:
    table = small.recipe()
    table["land_history"]["file"] = "built.tif"
    with pytest.raises(InputError, match="described by its year"):
        build_layers(table, raw, tmp_path / "out", Path("r.toml"))
