"""Slope length and connectivity of a region from maps on fine pixels."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from simulator.constants import LAND_CLASSES
from simulator.region import read_region
from simulator.region.build.flow import Terrain, cover_factors, flow_maps
from simulator.region.build.layers import build_layers
from simulator.region.build.outline import block_mean
from tests.region_build import raw as small

PIXEL, BLOCK = 10.0, 6


def plane(rows: int, cols: int, gradient: float) -> Terrain:
    """Fields on a plane that falls to the south, with a river at its foot."""
    height = 100.0 - gradient * PIXEL * np.arange(rows)
    elevation = np.repeat(height[:, None], cols, axis=1)
    water = np.zeros(elevation.shape, dtype=bool)
    water[-1] = True
    return Terrain(
        elevation=elevation,
        gradient=np.full(elevation.shape, gradient),
        cover=np.full(elevation.shape, 0.2),
        water=water,
        pixel=PIXEL,
    )


def maps(terrain: Terrain, gradient: float) -> dict[str, np.ndarray]:
    shape = tuple(n // BLOCK for n in terrain.elevation.shape)
    return flow_maps(
        terrain,
        np.full(shape, math.degrees(math.atan(gradient))),
        lambda values: values.repeat(BLOCK, axis=0).repeat(BLOCK, axis=1),
        lambda values: block_mean(values, BLOCK),
    )


def test_the_length_of_a_plane_in_one_cell_is_its_length() -> None:
    terrain = plane(BLOCK, 9 * BLOCK, 0.1)
    found = maps(terrain, 0.1)["slope_length"]
    # the river is no slope: five pixels are left; beside the edges the flow spreads
    assert found[0, 4] == pytest.approx(5 * PIXEL, rel=1e-3)


def test_slopes_grow_downhill_up_to_the_longest() -> None:
    found = maps(plane(20 * BLOCK, 5 * BLOCK, 0.1), 0.1)
    length, index = found["slope_length"][:, 2], found["connectivity"][:, 2]
    assert (np.diff(length) >= 0.0).all()
    assert length[-1] == 305.0
    assert (np.diff(index) > 0.0).all()


def test_cells_without_a_known_pixel_take_their_neighbour() -> None:
    terrain = plane(4 * BLOCK, 4 * BLOCK, 0.1)
    terrain.elevation[:, :BLOCK] = np.nan
    found = maps(terrain, 0.1)
    for values in found.values():
        assert np.isfinite(values).all()
        np.testing.assert_array_equal(values[:, 0], values[:, 1])
        assert values.dtype == np.float32


def test_cover_factors_are_those_of_the_land_classes() -> None:
    c = dict(zip(LAND_CLASSES, cover_factors(), strict=True))
    assert c["forest"] < c["paddy"] < c["dryland"] < c["bare"]


def test_a_built_region_has_them(tmp_path: Path) -> None:
    raw = small.write_raw(tmp_path / "raw")
    region = read_region(build_layers(small.recipe(), raw, tmp_path / "built", Path("recipe.toml")))
    assert region.slope_length is not None
    assert region.connectivity is not None
    assert ((region.slope_length > 0.0) & (region.slope_length <= 305.0)).all()
    assert np.isfinite(region.connectivity).all()
    assert np.ptp(region.connectivity) > 0.5
